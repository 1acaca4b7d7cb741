//! Plans as a Markdown page, for a job's summary or a comment: the changes of each target, the diffs (hand-written files first,
//! equal diffs once), and the proof.
//!
//! Input: the store, its plans, and the saved plan that they are from. Output: one Markdown document of at most 60,000 characters,
//! in which other people's text is escaped. Not here: decisions.

use std::collections::BTreeMap;

use super::redaction::PageContent;
use super::{content, is_finding, short, sum};
use crate::report::diff_groups::{self, DiffGroups};
use crate::report::findings::counted;
use crate::report::plan::page_input::PlanPage;
use crate::report::style::BOLD;
use crate::report::{Document, Line, TextTable, View, moved};
use lessonbook_base::finding::{Finding, Level};
use lessonbook_pipeline::changes::ChangeKind;
use lessonbook_pipeline::plan::TargetPlan;
use lessonbook_pipeline::redaction::Disclosures;
use lessonbook_pipeline::target_state::TargetState;
use lessonbook_proof::Invariant;

/// The page.
pub fn page(sheet: &PlanPage<'_>) -> String {
    let sights = sheet.for_all.then(|| match sheet.saved {
        Some((saved, _)) => saved.sights(),
        None => Disclosures::new(sheet.store, sheet.plans.iter()),
    });
    let sheet = &PageContent { sheet, sights };
    let (resting, due): (Vec<&TargetPlan>, Vec<&TargetPlan>) =
        sheet.plans.iter().partition(|plan| rests(sheet, plan));
    let mut document = head(sheet);
    document.table(table(sheet, &due));
    let shown = due.iter().filter(|plan| !sheet.hides(plan));
    let shown: Vec<&TargetPlan> = shown.copied().collect();
    // Reviewers look at hand-written files first, so the diffs are above the targets.
    for (heading, groups) in DiffGroups::new(shown.iter().copied()).parts() {
        let mut diffs = Document::default();
        for group in &groups {
            diff_groups::add(&mut diffs, group, View::Page);
        }
        document.section(heading, diffs);
    }
    let mut each = Document::default();
    for plan in shown {
        let title = Line::code(&plan.target.name)
            .then(": ")
            .then(verdict(sheet, plan).0);
        each.folded(title, target(sheet, plan));
    }
    if !each.is_empty() {
        document.section("Each target", each);
    }
    if !resting.is_empty() {
        let mut quiet = Document::default();
        quiet.table(quiet_table(sheet, &resting));
        let title = format!("{} with nothing to do", counted(resting.len(), "target"));
        document.folded(title, quiet);
    }
    let file = sheet.saved.map_or("plan.json", |(_, file)| file);
    let title = Line::from("Plan of ").then(Line::code(&sheet.store.name));
    let show = Line::code(format!("lessonbook show {file} -v"));
    document.markdown(title, Line::from("Run ").then(show).then(" to see them."))
}

/// The store, the saved plan, the sum, and why nothing may be written.
fn head(sheet: &PageContent<'_>) -> Document {
    let store = sheet.store;
    let count = |level: Level| {
        sheet
            .findings
            .iter()
            .filter(|finding| finding.level == level)
            .count()
    };
    let active = store.lessons.iter().filter(|lesson| lesson.is_active()).count();
    let mut document = Document::default();
    let line = Line::from("Store ")
        .then(Line::code(&store.home))
        .then(sheet.commit);
    document.line(line.then(format!(
        " · {} · {}, {}",
        counted(active, "active lesson"),
        counted(count(Level::Error), "error"),
        counted(count(Level::Warning), "warning"),
    )));
    if let Some((saved, _)) = sheet.saved {
        let line = Line::from("Plan ").then(Line::code(&saved.digest));
        let version = &saved.tool_version;
        document.line(line.then(format!(", made on {} by lessonbook {version}", saved.today)));
    }
    document.line(Line::styled(BOLD, sum(sheet.plans, sheet.states).0));
    let errors = sheet.findings.iter().filter(|finding| finding.is_error());
    let (shown, hidden): (Vec<&Finding>, Vec<&Finding>) = errors
        .chain(sheet.against)
        .partition(|finding| sheet.tells(finding));
    document.append(content::findings(shown));
    if !hidden.is_empty() {
        let number = counted(hidden.len(), "finding");
        document.item(format!("{number} about targets that are not public"));
    }
    document.append(content::invariants("bounds", sheet.bounds, View::Page));
    document
}

/// Whether there is nothing to do for a target.
fn rests(sheet: &PageContent<'_>, plan: &TargetPlan) -> bool {
    match sheet.states.get(&plan.target.name) {
        Some(state) => !state.state.is_due() && !state.state.fails(),
        None => !plan.outcome.state.is_due() && plan.outcome.state != TargetState::Refused,
    }
}

/// A target's verdict, in one word, and the reason.
fn verdict(sheet: &PageContent<'_>, plan: &TargetPlan) -> (String, String) {
    if let Some(state) = sheet.states.get(&plan.target.name) {
        return (state.state.word().to_owned(), state.why.clone());
    }
    (plan.outcome.state.word().to_owned(), String::new())
}

const MARKED: [(ChangeKind, &str); 4] = [
    (ChangeKind::Added, "+"),
    (ChangeKind::Changed, "~"),
    (ChangeKind::Removed, "−"),
    (ChangeKind::Moved, ">"),
];

fn table(sheet: &PageContent<'_>, due: &[&TargetPlan]) -> TextTable {
    let mut table = TextTable::new(&["target", "state", "lessons", "files", "proof"]);
    for plan in due.iter().filter(|plan| !sheet.counts(plan)) {
        let name = Line::code(&plan.target.name);
        let word = verdict(sheet, plan).0;
        if sheet.hides(plan) {
            table.row([name, word.into(), "".into(), "not public".into(), "".into()]);
            continue;
        }
        let of = |kind: ChangeKind| {
            let changes = plan.content.changes.iter();
            changes.filter(|change| change.kind == kind).count()
        };
        let lessons = MARKED.into_iter().filter(|(kind, _)| of(*kind) > 0);
        let lessons: Vec<String> = lessons
            .map(|(kind, mark)| format!("{mark}{}", of(kind)))
            .collect();
        let files = plan.content.files.iter();
        let (added, removed) = files.fold((0, 0), |sum, file| (sum.0 + file.added, sum.1 + file.removed));
        let files = match plan.content.edits.len() {
            0 => String::new(),
            number => format!("{}, +{added} −{removed}", counted(number, "file")),
        };
        table.row([
            name,
            word.into(),
            lessons.join(" ").into(),
            files.into(),
            proof(&plan.proof.invariants),
        ]);
    }
    for (word, number) in unnamed(sheet, due) {
        table.row([
            found(number).into(),
            word.into(),
            "".into(),
            "not public".into(),
            "".into(),
        ]);
    }
    table
}

/// How many targets are counted instead of named, by verdict.
fn unnamed(sheet: &PageContent<'_>, plans: &[&TargetPlan]) -> BTreeMap<String, usize> {
    let mut words = BTreeMap::new();
    for plan in plans.iter().filter(|plan| sheet.counts(plan)) {
        *words.entry(verdict(sheet, plan).0).or_default() += 1;
    }
    words
}

/// `2 targets that only discover: found`.
fn found(number: usize) -> String {
    format!("{} that only `discover:` found", counted(number, "target"))
}

/// A summary of the proof: how many invariants hold, and which do not.
fn proof(invariants: &[Invariant]) -> Line {
    let failed = invariants.iter().filter(|invariant| !invariant.holds);
    let failed: Vec<&str> = failed.map(|invariant| &*invariant.name).collect();
    match (invariants.len(), failed.is_empty()) {
        (0, _) => Line::default(),
        (all, true) => format!("✓ {all} of {all}").into(),
        _ => Line::from("✗ ").then(Line::names(&failed, usize::MAX)),
    }
}

/// A target's part of the page.
fn target(sheet: &PageContent<'_>, plan: &TargetPlan) -> Document {
    let mut document = Document::default();
    let (_, why) = verdict(sheet, plan);
    let state = sheet.states.get(&plan.target.name);
    if !why.is_empty() && !state.is_some_and(|state| is_finding(plan, state)) {
        document.line(why);
    }
    document.append(content::invariants("proof", &plan.proof.invariants, View::Page));
    document.append(content::findings(&plan.outcome.findings));
    document.append(content::lessons(plan, View::Page));
    document.append(moved::list(plan, View::Page));
    if let Some(base) = &plan.target.base {
        let line = Line::from("Base: ").then(Line::code(&base.branch)).then(" at ");
        let visibility = format!("{:?}", plan.target.visibility).to_lowercase();
        document.line(
            line.then(Line::code(short(&base.commit)))
                .then(format!(", {visibility}.")),
        );
    }
    document
}

/// The targets with nothing to do.
fn quiet_table(sheet: &PageContent<'_>, resting: &[&TargetPlan]) -> TextTable {
    let mut table = TextTable::new(&["target", "state", "why"]);
    for plan in resting.iter().filter(|plan| !sheet.counts(plan)) {
        let (word, why) = verdict(sheet, plan);
        let why = if sheet.hides(plan) { String::new() } else { why };
        table.row([Line::code(&plan.target.name), word.into(), why.into()]);
    }
    for (word, number) in unnamed(sheet, resting) {
        table.row([found(number).into(), word.into(), "not public".into()]);
    }
    table
}
