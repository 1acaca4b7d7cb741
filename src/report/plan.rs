//! Prints plans for a terminal: a summary of each target, and with `-v` the diffs and every reason.
//!
//! Input: the store, its commit and the plans. Output: one string with colors. Not here: decisions.

use lessonbook_pipeline::branch_action::Action;
use lessonbook_pipeline::target_state::TargetState;
use std::fmt::Write;

use super::diff_groups::DiffGroups;
use super::findings::counted;
use super::plan_json::{GithubState, GithubStates};
use super::style::{self, BAD, BOLD, CAREFUL, DIM, GOOD, paint};
use super::table::{TableCell, TextTable};
use super::{drift, proof};
use lessonbook_base::finding::{Finding, Level};
use lessonbook_pipeline::changes::{ChangeKind, LessonChange};
use lessonbook_pipeline::checks_delivery::ChecksChange;
use lessonbook_pipeline::merge::{BlockState, WrittenFile};
use lessonbook_pipeline::plan::TargetPlan;
use lessonbook_pipeline::plan_file::SavedPlan;
use lessonbook_pipeline::select::{Match, Reason};
use lessonbook_proof::Invariant;
use lessonbook_store::entry_point::{LimitUnit, PastLimit};
use lessonbook_store::{Severity, Store};

/// The line about the store: name, commit, lessons, and the result of `check`.
pub fn header(store: &Store, commit: &str, findings: &[Finding]) -> String {
    let active = store.lessons.iter().filter(|lesson| lesson.is_active()).count();
    let count = |level: Level| findings.iter().filter(|finding| finding.level == level).count();
    let check = format!(
        "check: {}, {}",
        counted(count(Level::Error), "error"),
        counted(count(Level::Warning), "warning")
    );
    let check = if count(Level::Error) > 0 {
        paint(BAD, &check)
    } else {
        check
    };
    format!(
        "store {}{commit} · {} · {check}\n",
        paint(BOLD, &store.home),
        counted(active, "active lesson")
    )
}

/// The run limits, and findings because of which nothing may be written; empty if there are none.
pub fn bounds(bounds: &[Invariant], against: &[Finding]) -> String {
    let mut out = proof::lines("bounds", bounds);
    for finding in against {
        problem(&mut out, finding);
    }
    out
}

/// The line about a saved plan: its digest, date and program version.
pub fn saved(saved: &SavedPlan) -> String {
    let digest = paint(BOLD, saved.short_digest());
    let day = saved.today;
    format!("plan {digest} · of {day} · lessonbook {}\n", saved.tool_version)
}

/// The commands for the next steps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NextCommands {
    /// The command that shows the diffs.
    pub diffs: String,
    /// The command that proposes.
    pub apply: String,
}

impl Default for NextCommands {
    fn default() -> Self {
        NextCommands {
            diffs: "plan -v".to_owned(),
            apply: "sync".to_owned(),
        }
    }
}

/// All targets, those on GitHub with their states, and the totals.
pub fn plans(
    store: &Store,
    plans: &[TargetPlan],
    states: &GithubStates,
    next: &NextCommands,
    verbose: bool,
) -> String {
    let mut out = String::new();
    // With many targets, those without changes are counted in one line, so that the others can be found.
    let brief = plans.len() > 12 && !verbose;
    for plan in plans {
        let rests = matches!(
            plan.outcome.state,
            TargetState::UpToDate
                | TargetState::Merged
                | TargetState::Proposed
                | TargetState::Held
                | TargetState::Unreachable
        );
        if brief && rests {
            headline(&mut out, plan, states.get(&plan.target.name));
        } else {
            out.push('\n');
            target(&mut out, store, plan, states.get(&plan.target.name), verbose);
        }
    }
    if verbose {
        diffs(&mut out, plans);
    }
    out.push('\n');
    let (mut line, is_due) = sum(plans, states);
    if is_due {
        let _ = write!(line, "    diffs: {}    apply: {}", next.diffs, next.apply); // writing to a String can't fail
    }
    say(&mut out, &line);
    out
}

pub(super) fn headline(out: &mut String, plan: &TargetPlan, state: Option<&GithubState>) {
    let base = plan
        .target
        .base
        .as_ref()
        .map(|base| format!("{}@{}", base.branch, short(&base.commit)))
        .unwrap_or_default();
    let visibility = format!("{:?}", plan.target.visibility).to_lowercase();
    let facts: Vec<String> = [base, visibility, plan.target.tags.join(", ")]
        .into_iter()
        .filter(|fact| !fact.is_empty())
        .collect();
    let off = if plan.target.enabled { "" } else { "  disabled" };
    say(
        out,
        &format!(
            "{}   {}{off}   {}",
            paint(BOLD, &plan.target.name),
            facts.join("   "),
            state.map_or_else(|| state_and_reason(plan), |state| state_and_action(state.state))
        ),
    );
}

fn target(out: &mut String, store: &Store, plan: &TargetPlan, state: Option<&GithubState>, verbose: bool) {
    headline(out, plan, state);
    match state {
        Some(state) if state.state != TargetState::UpToDate => say(out, &format!("  {}", reason(state))),
        _ => {}
    }
    if verbose {
        out.push_str(&proof::lines("proof", &plan.proof.invariants));
    } else {
        out.push_str(&proof::summary(&plan.proof.invariants));
    }
    lessons(out, plan, verbose);
    files(out, store, plan);
    drift::lines(out, &plan.content.drift, verbose);
    findings(out, plan);
    if verbose {
        details(out, plan);
    }
}

/// Adds a line. Line ends in names are escaped, so that it stays one line.
pub(super) fn say(out: &mut String, line: &str) {
    out.push_str(&line.trim_end().replace('\n', "\\n"));
    out.push('\n');
}

pub(super) fn short(commit: &str) -> &str {
    commit.get(..7).unwrap_or(commit)
}

/// The state of a target on disk, with its reason where the findings below do not give it.
fn state_and_reason(plan: &TargetPlan) -> String {
    let word = state_and_action(plan.outcome.state);
    match plan.outcome.state {
        TargetState::UpToDate if plan.proposal.action == Action::Nothing => word,
        TargetState::Refused | TargetState::Unreachable => word,
        _ => format!("{word}: {}", plan.reason()),
    }
}

/// The state of a target in the headline of a plan, and whether `sync` would write there.
fn state_and_action(state: TargetState) -> String {
    if state.is_due() {
        let action = paint(super::status::style(state), "UPDATE");
        format!("{}, {action}", state_word(state))
    } else {
        state_word(state)
    }
}

/// The state of a target in a headline.
pub(super) fn state_word(state: TargetState) -> String {
    paint(super::status::style(state), &state.word().to_uppercase())
}

/// The reason for the state, and the address of the proposal.
pub(super) fn reason(state: &GithubState) -> String {
    let url = state
        .pull
        .as_ref()
        .map(|pull| format!("   {}", paint(DIM, &pull.url)));
    state.why.clone() + &url.unwrap_or_default()
}

/// How many lessons below critical are named without `-v`; the others are counted.
const NAMED: usize = 8;

fn lessons(out: &mut String, plan: &TargetPlan, verbose: bool) {
    let changed = || {
        plan.content
            .changes
            .iter()
            .filter(|change| change.kind != ChangeKind::Unchanged)
    };
    let lesser = |change: &&LessonChange| {
        change
            .severity
            .is_some_and(|severity| severity < Severity::Critical)
            && change.kind == ChangeKind::Added
    };
    let mut room = if verbose || changed().filter(lesser).count() <= NAMED + 2 {
        usize::MAX
    } else {
        NAMED
    };
    let mut unnamed = 0;
    let mut table = TextTable::new(&[]).indent(2).can_shrink(3);
    for change in plan
        .content
        .changes
        .iter()
        .filter(|change| verbose || change.kind != ChangeKind::Unchanged)
    {
        if lesser(&change) {
            if room == 0 {
                unnamed += 1;
                continue;
            }
            room = room.saturating_sub(1);
        }
        let (mark, mark_style) = match change.kind {
            ChangeKind::Added => ("+", GOOD),
            ChangeKind::Changed => ("~", CAREFUL),
            ChangeKind::Removed => ("-", BAD),
            ChangeKind::Moved => (">", CAREFUL),
            ChangeKind::Unchanged => ("=", DIM),
        };
        let severity = change.severity.map_or_else(
            || "".into(),
            |severity| TableCell::styled(style::severity(severity), severity.word()),
        );
        table.row([
            TableCell::styled(mark_style, mark),
            change.lesson.as_str().into(),
            severity,
            why(change).into(),
        ]);
    }
    out.push_str(&table.render());
    let unchanged = plan
        .content
        .changes
        .iter()
        .filter(|change| change.kind == ChangeKind::Unchanged)
        .count();
    let mut rest = Vec::new();
    if unnamed > 0 {
        rest.push(format!("+ {unnamed} more below critical (-v lists them)"));
    }
    if unchanged > 0 && !verbose {
        rest.push(format!("= {unchanged} unchanged"));
    }
    rest.extend(checks(plan));
    rest.extend(plan.content.exempt.iter().map(|exempt| {
        format!(
            "exempt: {} at {}: {}",
            exempt.lesson, exempt.entry_point, exempt.reason
        )
    }));
    if !plan.content.shrunk.is_empty() {
        rest.push(format!(
            "shorter, to keep a budget: {}",
            plan.content.shrunk.len()
        ));
    }
    for line in rest {
        say(out, &paint(DIM, &format!("  {line}")));
    }
    for line in super::rollout::waits(plan) {
        out.push_str(&paint(
            CAREFUL,
            &super::assistants::fill(2, 4, &format!("… {line}")),
        ));
    }
    if !plan.content.left_out.is_empty() {
        let why = &plan.content.left_out[0].why;
        say(
            out,
            &format!(
                "  left out: {} ({why})",
                counted(plan.content.left_out.len(), "lesson")
            ),
        );
    }
}

/// Whose checks change: `checks: new no-todo; changed liveness`.
pub(super) fn checks(plan: &TargetPlan) -> Option<String> {
    let change = ChecksChange::new(&plan.content.edits)?;
    let groups: Vec<String> = change
        .groups()
        .map(|(word, ids)| format!("{word} {}", ids.join(", ")))
        .collect();
    (!groups.is_empty()).then(|| format!("checks: {}", groups.join("; ")))
}

/// Why a lesson is here: `tag kubernetes; **/*.yaml: 14 files, charts/web.yaml …`.
pub(super) fn why(change: &LessonChange) -> String {
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

fn files(out: &mut String, store: &Store, plan: &TargetPlan) {
    let mut table = TextTable::new(&[]).indent(2).right(3);
    for file in plan
        .content
        .files
        .iter()
        .filter(|file| file.state != BlockState::Refused)
    {
        let (added, removed) = file.counts();
        let sign = |sign: &str, number: usize| {
            if number == 0 {
                String::new()
            } else {
                format!("{sign}{number}")
            }
        };
        let size = if file.state == BlockState::Removed && file.total == 0 {
            "deleted".into()
        } else {
            counted(file.total, "line")
        };
        table.row([
            file.path.as_str().into(),
            TableCell::styled(GOOD, sign("+", added)),
            TableCell::styled(BAD, sign("-", removed)),
            size.into(),
            room(store, file).into(),
            state(file.state).into(),
        ]);
    }
    out.push_str(&table.render());
}

/// The size of our block against its budget, and the vendor's advice for the whole file.
fn room(store: &Store, file: &WrittenFile) -> String {
    let Some(row) = store.entry_point(&file.entry_point) else {
        return String::new();
    };
    let budget = row
        .budget
        .filter(|budget| budget.unit == LimitUnit::Lines)
        .map(|budget| format!("ours {} of {}", file.lines, budget.count));
    let limits = row.assistants.iter().flat_map(|reader| &reader.limits);
    let advice = limits
        .filter(|limit| limit.over == PastLimit::Advice && limit.unit == LimitUnit::Lines)
        .map(|limit| limit.count)
        .min();
    let advice = advice.map(|lines| format!("advice {lines}"));
    [budget, advice]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(", ")
}

fn state(state: BlockState) -> &'static str {
    match state {
        BlockState::New => "new",
        BlockState::Edited => "edited by hand",
        BlockState::Reformatted => "reformatted, not changed",
        BlockState::Link => "link",
        BlockState::Removed => "block removed",
        BlockState::Inserted | BlockState::Changed | BlockState::Unchanged | BlockState::Refused => "",
    }
}

pub(super) fn findings(out: &mut String, plan: &TargetPlan) {
    for finding in &plan.outcome.findings {
        let word = paint(style::level(finding.level), finding.level.word());
        match finding.level {
            Level::Note => say(out, &format!("  {word}   {}", finding.message)),
            Level::Warning | Level::Error => problem(out, finding),
        }
    }
}

/// A warning or an error, with the next step.
fn problem(out: &mut String, finding: &Finding) {
    let word = paint(style::level(finding.level), finding.level.word());
    say(out, &format!("  {word}[{}]: {}", finding.code, finding.message));
    if let Some(help) = &finding.help {
        say(out, &format!("    next: {help}"));
    }
}

/// What `-v` adds for a target: lessons that are exempt, shorter or left out.
fn details(out: &mut String, plan: &TargetPlan) {
    for shrunk in &plan.content.shrunk {
        say(
            out,
            &format!(
                "  shorter: {} at {}: {} instead of {}",
                shrunk.lesson,
                shrunk.entry_point,
                shrunk.detail.word(),
                shrunk.wanted.word()
            ),
        );
    }
    for left_out in &plan.content.left_out {
        say(out, &format!("  left out: {}: {}", left_out.lesson, left_out.why));
    }
}

/// The diffs of all targets: hand-written files first, and equal diffs once, with all their targets.
fn diffs(out: &mut String, plans: &[TargetPlan]) {
    let all = DiffGroups::new(plans);
    for (heading, groups) in all.parts() {
        out.push('\n');
        say(out, &paint(BOLD, heading));
        for group in groups {
            out.push('\n');
            let others: Vec<String> = group
                .files
                .iter()
                .map(|(target, path)| {
                    if *path == group.first.path {
                        (*target).to_owned()
                    } else {
                        format!("{target}: {path}")
                    }
                })
                .collect();
            say(out, &paint(DIM, &format!("in {}", others.join(", "))));
            out.push_str(&diff(&group.first.diff));
        }
    }
}

/// A unified diff with its colors.
pub fn diff(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for line in text.lines() {
        let style = match line.as_bytes() {
            [b'+', b'+', b'+', ..] | [b'-', b'-', b'-', ..] | [b'd', b'i', b'f', b'f', ..] => Some(BOLD),
            [b'+', ..] => Some(GOOD),
            [b'-', ..] => Some(BAD),
            [b'@', ..] => Some(DIM),
            _ => None,
        };
        match style {
            Some(style) => out.push_str(&paint(style, line)),
            None => out.push_str(line),
        }
        out.push('\n');
    }
    out
}

/// `1 to update (4 files, +38 -6), 1 held, 1 refused, 0 deletions.`, and whether anything would be written.
pub(super) fn sum(plans: &[TargetPlan], states: &GithubStates) -> (String, bool) {
    let is_due = |plan: &&TargetPlan| match states.get(&plan.target.name) {
        Some(state) => state.state.is_due() && !plan.content.edits.is_empty(),
        None => plan.outcome.state.is_due(),
    };
    let updates: Vec<&TargetPlan> = plans.iter().filter(is_due).collect();
    let files = updates.iter().map(|plan| plan.content.edits.len()).sum::<usize>();
    let counts = updates
        .iter()
        .flat_map(|plan| &plan.content.files)
        .fold((0, 0), |sum, file| (sum.0 + file.added, sum.1 + file.removed));
    let deletions = updates
        .iter()
        .flat_map(|plan| &plan.content.edits)
        .filter(|edit| edit.after.is_none())
        .count();
    let mut parts = Vec::new();
    if !updates.is_empty() {
        parts.push(format!(
            "{} to update ({}, +{} -{})",
            updates.len(),
            counted(files, "file"),
            counts.0,
            counts.1
        ));
    }
    parts.extend(others(plans.iter().filter(|plan| !is_due(plan)), states));
    parts.push(counted(deletions, "deletion"));
    let writes = |state: &GithubState| state.state.is_due();
    let is_due = !updates.is_empty() || states.values().any(writes);
    (format!("{}.", parts.join(", ")), is_due)
}

/// How many of the other targets are in which state, in the order of a proposal's life.
fn others<'a>(plans: impl Iterator<Item = &'a TargetPlan>, states: &GithubStates) -> Vec<String> {
    let state = |plan: &TargetPlan| match states.get(&plan.target.name) {
        Some(state) => state.state,
        None => plan.outcome.state,
    };
    let mut counts = std::collections::BTreeMap::new();
    for plan in plans {
        *counts.entry(state(plan)).or_insert(0_usize) += 1;
    }
    counts
        .into_iter()
        .map(|(state, number)| format!("{number} {}", state.word()))
        .collect()
}
