//! The parts of a plan that a terminal and a page have in common: lessons, findings, invariants, and the reason for a state.

use std::collections::BTreeSet;

use crate::report::findings::counted;
use crate::report::style::{self, BAD, CAREFUL, DIM, GOOD};
use crate::report::{Document, Line, TextTable, View};
use lessonbook_base::finding::{Finding, Level};
use lessonbook_pipeline::changes::{ChangeKind, LessonChange};
use lessonbook_pipeline::checks_delivery::ChecksChange;
use lessonbook_pipeline::plan::TargetPlan;
use lessonbook_pipeline::select::{Match, Reason};
use lessonbook_proof::Invariant;
use lessonbook_store::Severity;

/// How many lessons below critical are named without `-v`; the others are counted.
const NAMED: usize = 8;

/// How many invariants share a line.
const JOINED: usize = 3;

/// The changed lessons of a target, and what else happens to lessons there.
pub fn lessons(plan: &TargetPlan, view: View) -> Document {
    let verbose = view == View::Verbose;
    let changes = &plan.content.changes;
    let (unchanged, changed): (Vec<&LessonChange>, Vec<&LessonChange>) = changes
        .iter()
        .partition(|change| change.kind == ChangeKind::Unchanged);
    let is_minor = |change: &&LessonChange| {
        let severity = change.severity;
        severity.is_some_and(|severity| severity < Severity::Critical) && change.kind == ChangeKind::Added
    };
    let minor = changed.iter().copied().filter(is_minor).count();
    let most = if minor <= NAMED + 2 {
        minor
    } else {
        view.most(NAMED, minor)
    };
    let mut room = most;
    let head: &[&str] = if view.is_page() {
        &["", "lesson", "severity", "why here"]
    } else {
        &[]
    };
    let mut table = TextTable::new(head).can_shrink(3);
    for change in changes {
        if change.kind == ChangeKind::Unchanged && !verbose {
            continue;
        }
        if is_minor(&change) {
            if room == 0 {
                continue;
            }
            room -= 1;
        }
        table.row(lesson(change, view));
    }
    let mut document = Document::default();
    document.table(table);
    let mut rest = Vec::new();
    if minor > most {
        rest.push(format!("+ {} more below critical (-v lists them)", minor - most));
    }
    if !unchanged.is_empty() && !verbose {
        rest.push(format!("= {} unchanged", unchanged.len()));
    }
    rest.extend(checks(plan));
    rest.extend(plan.content.exempt.iter().map(|exempt| {
        let (lesson, place) = (&exempt.lesson, &exempt.entry_point);
        format!("exempt: {lesson} at {place}: {}", exempt.reason)
    }));
    let shrunk = &plan.content.shrunk;
    if !shrunk.is_empty() {
        rest.push(format!("shorter, to keep a budget: {}", shrunk.len()));
    }
    for line in rest {
        document.item(Line::styled(DIM, line));
    }
    for line in crate::report::rollout::waits(plan) {
        document.item(Line::styled(CAREFUL, format!("… {line}")));
    }
    if let Some(first) = plan.content.left_out.first() {
        let number = counted(plan.content.left_out.len(), "lesson");
        document.item(format!("left out: {number} ({})", first.why));
    }
    document
}

fn lesson(change: &LessonChange, view: View) -> [Line; 4] {
    let (mark, word, style) = match change.kind {
        ChangeKind::Added => ("+", "new", GOOD),
        ChangeKind::Changed => ("~", "changed", CAREFUL),
        ChangeKind::Removed => ("-", "removed", BAD),
        ChangeKind::Moved => (">", "moved", CAREFUL),
        ChangeKind::Unchanged => ("=", "unchanged", DIM),
    };
    let severity = change
        .severity
        .map(|severity| Line::styled(style::severity(severity), severity.word()));
    [
        Line::styled(style, if view.is_page() { word } else { mark }),
        Line::code(&change.lesson),
        severity.unwrap_or_default(),
        why(change).into(),
    ]
}

/// Whose checks change: `checks: new no-todo; changed liveness`.
fn checks(plan: &TargetPlan) -> Option<String> {
    let change = ChecksChange::new(&plan.content.edits)?;
    let groups = change
        .groups()
        .map(|(word, ids)| format!("{word} {}", ids.join(", ")));
    let groups: Vec<String> = groups.collect();
    (!groups.is_empty()).then(|| format!("checks: {}", groups.join("; ")))
}

/// Why a lesson is here: `tag kubernetes; **/*.yaml: 14 files, charts/web.yaml …`.
fn why(change: &LessonChange) -> String {
    let mut parts = Vec::new();
    match &change.reason {
        Some(Reason::Tags { tags }) => parts.push(format!("tag {}", tags.join(", "))),
        Some(Reason::Everywhere) => parts.push("every repository".to_owned()),
        Some(Reason::Paths) | None => {}
    }
    parts.extend(change.because.clone());
    let best = change.matches.iter().max_by_key(|found| found.count);
    if let Some(Match { glob, count, example }) = best {
        let example = example
            .as_ref()
            .map(|path| format!(", {path}{}", if *count > 1 { " …" } else { "" }))
            .unwrap_or_default();
        parts.push(format!("{glob}: {}{example}", counted(*count, "file")));
    }
    parts.join("; ")
}

/// Findings as a list, with the next step of each.
pub fn findings<'f>(findings: impl IntoIterator<Item = &'f Finding>) -> Document {
    findings_once(findings, &mut BTreeSet::new())
}

/// The same, without the next steps of warnings that are among `known`, to which they are added.
pub fn findings_once<'f>(
    findings: impl IntoIterator<Item = &'f Finding>,
    known: &mut BTreeSet<String>,
) -> Document {
    let mut document = Document::default();
    for finding in findings {
        let word = Line::styled(style::level(finding.level), finding.level.word());
        if finding.level == Level::Note {
            document.item(word.then(format!("   {}", finding.message)));
            continue;
        }
        let code = Line::code(finding.code.name());
        let line = word.then("[").then(code).then(format!("]: {}", finding.message));
        let next = finding
            .help
            .as_ref()
            .filter(|help| known.insert((*help).clone()) || finding.is_error())
            .map(|help| Line::from(format!("next: {help}")));
        document.item_with(line, next);
    }
    document
}

/// Invariants, those that fail first: a list with names on a page; on a terminal a list under
/// a label of at most six letters, or one line.
pub fn invariants(label: &str, invariants: &[Invariant], view: View) -> Document {
    let mut document = Document::default();
    let (held, failed): (Vec<_>, Vec<_>) = invariants.iter().partition(|invariant| invariant.holds);
    let lines = failed.into_iter().chain(held).map(|invariant| {
        let (sign, style) = if invariant.holds {
            ("✓ ", GOOD)
        } else {
            ("✗ ", BAD)
        };
        let name = if view.is_page() {
            Line::code(&*invariant.name).then(": ")
        } else {
            Line::default()
        };
        Line::styled(style, sign).then(name).then(&invariant.evidence)
    });
    if view.is_page() {
        document.items(lines, usize::MAX);
    } else if (1..=JOINED).contains(&invariants.len()) {
        document.line(Line::from(format!("{label:<7}")).then(Line::join(lines, "   ")));
    } else if !invariants.is_empty() {
        let mut list = Document::default();
        list.items(lines, usize::MAX);
        document.section(label, list);
    }
    document
}

/// The proof of a target for a terminal. If all invariants hold, it is one line: `proof  ✓ 14 of 14 invariants hold, 5 critical
/// lessons at 4 of 4 entry points`. Invariants that fail are shown before it.
pub fn proof(all: &[Invariant]) -> Document {
    let failed = all.iter().filter(|invariant| !invariant.holds);
    let failed: Vec<Invariant> = failed.cloned().collect();
    let mut document = invariants("proof", &failed, View::Brief);
    if all.is_empty() {
        return document;
    }
    let line = format!("{} of {} invariants hold", all.len() - failed.len(), all.len());
    let line = Line::styled(GOOD, "✓ ").then(line);
    if failed.is_empty() {
        // The evidence of this invariant also contains exceptions and lessons that wait for canaries.
        let mut critical = all
            .iter()
            .filter(|invariant| invariant.name == "critical-everywhere");
        let critical = critical
            .next()
            .map(|invariant| format!(", {}", invariant.evidence));
        document.line(
            Line::from("proof  ")
                .then(line)
                .then(critical.unwrap_or_default()),
        );
    } else {
        document.line(Line::from("       ").then(line));
    }
    document
}
