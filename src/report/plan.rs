//! Prints plans for a terminal: a summary of each target, and with `-v` the diffs and every reason.
//!
//! Input: the store, its commit and the plans. Output: one string with colors. Not here: decisions, and the page (`plan/page`).

mod block_size;
pub(super) mod content;
pub mod page;
pub mod page_input;
mod redaction;

use std::collections::BTreeSet;

use super::diff_groups::{self, DiffGroups};
use super::findings::counted;
use super::plan_json::{GithubState, GithubStates};
use super::style::{BAD, BOLD, DIM, GOOD, REMOVED, paint};
use super::{Document, Line, TextTable, View, drift, moved};
use crate::report::words::short;
use lessonbook_base::finding::{Finding, Level};
use lessonbook_pipeline::branch_action::Action;
use lessonbook_pipeline::merge::BlockState;
use lessonbook_pipeline::plan::TargetPlan;
use lessonbook_pipeline::plan_file::SavedPlan;
use lessonbook_pipeline::target_state::TargetState;
use lessonbook_proof::Invariant;
use lessonbook_store::Store;

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

/// The run limits, and the findings that stop the whole run; empty if there are none.
pub fn bounds(bounds: &[Invariant], against: &[Finding]) -> String {
    let mut document = content::invariants("bounds", bounds, View::Brief);
    document.append(content::findings(against));
    document.human()
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
    let view = View::terminal(verbose);
    let mut document = Document::default();
    document.gap();
    // With many targets, those without changes are counted in one line, so that the others can be found.
    let brief = plans.len() > 12 && !verbose;
    let mut helps = BTreeSet::new();
    for plan in plans {
        let rests = matches!(
            plan.outcome.state,
            TargetState::UpToDate
                | TargetState::Merged
                | TargetState::Proposed
                | TargetState::Held
                | TargetState::Unreachable
        );
        let state = states.get(&plan.target.name);
        if brief && rests {
            document.line(headline(plan, state));
        } else {
            document.section(
                headline(plan, state),
                target(store, plan, state, view, &mut helps),
            );
        }
    }
    if verbose {
        for (heading, groups) in DiffGroups::new(plans).parts() {
            document.gap();
            document.line(Line::styled(BOLD, heading));
            for group in &groups {
                diff_groups::add(&mut document, group, view);
            }
        }
    }
    if let Some(offer) = moved::offer(store, plans) {
        document.gap();
        document.line(offer);
    }
    document.gap();
    let (mut line, is_due) = sum(plans, states);
    if is_due {
        line.push_str(&format!("    diffs: {}    apply: {}", next.diffs, next.apply));
    }
    document.line(line);
    "\n".to_owned() + &document.human()
}

/// What to know before a run that asks nothing: targets with errors, the warnings of the others, and the totals. What it writes is
/// reported afterwards.
pub fn refusals(store: &Store, plans: &[TargetPlan], states: &GithubStates) -> String {
    let view = View::Brief;
    let mut document = Document::default();
    let mut helps = BTreeSet::new();
    for plan in plans {
        let findings = &plan.outcome.findings;
        let state = states.get(&plan.target.name);
        let is_warning = |finding: &&Finding| finding.level == Level::Warning;
        if findings.iter().any(Finding::is_error) {
            document.section(
                headline(plan, state),
                target(store, plan, state, view, &mut helps),
            );
        } else if findings.iter().any(|finding| is_warning(&finding)) {
            let warnings = findings.iter().filter(is_warning);
            let name = Line::styled(BOLD, &plan.target.name);
            document.section(name, content::findings_once(warnings, &mut helps));
        }
    }
    document.gap();
    document.line(sum(plans, states).0);
    document.human()
}

/// A target's name, base branch, tags and state.
pub(super) fn headline(plan: &TargetPlan, state: Option<&GithubState>) -> Line {
    let base = plan.target.base.as_ref();
    let base = base.map(|base| format!("{}@{}", base.branch, short(&base.commit)));
    let visibility = format!("{:?}", plan.target.visibility).to_lowercase();
    let facts = [base.unwrap_or_default(), visibility, plan.target.tags.join(", ")];
    let facts = facts.into_iter().filter(|fact| !fact.is_empty());
    let facts: Vec<String> = facts.collect();
    let off = if plan.target.enabled { "" } else { "  disabled" };
    Line::styled(BOLD, &plan.target.name)
        .then(format!("   {}{off}   ", facts.join("   ")))
        .then(state.map_or_else(|| state_and_reason(plan), |state| state_and_action(state.state)))
}

/// `helps`: the next steps that are shown already.
fn target(
    store: &Store,
    plan: &TargetPlan,
    state: Option<&GithubState>,
    view: View,
    helps: &mut BTreeSet<String>,
) -> Document {
    let mut document = Document::default();
    match state {
        Some(state) if state.state != TargetState::UpToDate && !is_finding(plan, state) => {
            document.line(reason(state));
        }
        _ => {}
    }
    let is_verbose = view == View::Verbose;
    if is_verbose {
        document.append(content::invariants("proof", &plan.proof.invariants, view));
    } else {
        document.append(content::proof(&plan.proof.invariants));
    }
    document.append(content::lessons(plan, view));
    document.table(files(store, plan));
    document.append(moved::list(plan, view));
    document.append(drift::list(&plan.content.drift, view));
    document.append(content::findings_once(&plan.outcome.findings, helps));
    if is_verbose {
        document.append(details(plan));
    }
    document
}

/// The state of a target on disk, with its reason where the findings below do not give it.
fn state_and_reason(plan: &TargetPlan) -> Line {
    let word = state_and_action(plan.outcome.state);
    match plan.outcome.state {
        TargetState::UpToDate if plan.proposal.action == Action::Nothing => word,
        TargetState::Refused | TargetState::Unreachable => word,
        _ => word.then(format!(": {}", plan.reason())),
    }
}

/// Whether the reason for a state is one of the findings, which are shown below it.
pub(super) fn is_finding(plan: &TargetPlan, state: &GithubState) -> bool {
    let mut findings = plan.outcome.findings.iter();
    state.pull.is_none() && findings.any(|finding| finding.message == state.why)
}

/// The state of a target in the headline of a plan, and whether `sync` would write there.
fn state_and_action(state: TargetState) -> Line {
    let word = state_word(state);
    if state.is_due() {
        word.then(", ")
            .then(Line::styled(super::status::style(state), "UPDATE"))
    } else {
        word
    }
}

/// The state of a target in a headline.
pub(super) fn state_word(state: TargetState) -> Line {
    Line::styled(super::status::style(state), state.word().to_uppercase())
}

/// The reason for the state, and the address of the proposal.
pub(super) fn reason(state: &GithubState) -> Line {
    let pull = state.pull.as_ref();
    let url = pull.map(|pull| Line::styled(DIM, format!("   {}", pull.url)));
    Line::from(&state.why).then(url.unwrap_or_default())
}

fn files(store: &Store, plan: &TargetPlan) -> TextTable {
    let mut table = TextTable::new(&[]).right(3);
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
            Line::styled(GOOD, sign("+", added)),
            Line::styled(REMOVED, sign("-", removed)),
            size.into(),
            block_size::room(store, plan, file).into(),
            state(file.state).into(),
        ]);
    }
    table
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

/// What `-v` adds for a target: lessons that are shorter or left out.
fn details(plan: &TargetPlan) -> Document {
    let mut document = Document::default();
    for shrunk in &plan.content.shrunk {
        let (lesson, place) = (&shrunk.lesson, &shrunk.entry_point);
        let (detail, wanted) = (shrunk.detail.word(), shrunk.wanted.word());
        document.item(format!(
            "shorter: {lesson} at {place}: {detail} instead of {wanted}"
        ));
    }
    for left_out in &plan.content.left_out {
        document.item(format!("left out: {}: {}", left_out.lesson, left_out.why));
    }
    document
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
