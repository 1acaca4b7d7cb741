//! Prints which lesson is at which entry point: a headline, and a matrix for each target.
//!
//! Input: the plans, with the proof's matrix. Output: text for a terminal, or a page. Not here: JSON (`coverage/json`), and which
//! lessons assistants load (`assistants`).

mod headline;
pub mod json;
mod matrix;
mod placements;

pub(super) use headline::head;
pub use headline::{counts, headline, holes};
pub(super) use matrix::{details, heads, heads_legend, letter};

use std::collections::BTreeMap;

use super::plan::{content, state_word};
use super::style::{BAD, BOLD, CAREFUL, DIM};
use super::words::short;
use super::{Document, Line, View, check_levels};
use lessonbook_base::finding::Finding;
use lessonbook_pipeline::check_level::PlannedLevels;
use lessonbook_pipeline::plan::TargetPlan;
use lessonbook_pipeline::target_state::TargetState;
use lessonbook_proof::Placement;

/// The findings that stopped a target.
fn stopped_by(plan: &TargetPlan) -> impl Iterator<Item = &Finding> {
    let stopped = matches!(
        plan.outcome.state,
        TargetState::Refused | TargetState::Unreachable
    );
    let shown = move |finding: &&Finding| {
        stopped && (finding.is_error() || plan.outcome.state == TargetState::Unreachable)
    };
    plan.outcome.findings.iter().filter(shown)
}

/// For a terminal. `levels`: for each plan, how firmly its lessons are kept there.
pub fn human(plans: &[TargetPlan], levels: &[PlannedLevels], verbose: bool) -> String {
    document(plans, levels, View::terminal(verbose)).human()
}

/// The same as a page.
pub fn markdown(plans: &[TargetPlan], levels: &[PlannedLevels]) -> String {
    let document = document(plans, levels, View::Page);
    document.markdown("Coverage", "Run `lessonbook coverage` to see everything.")
}

/// The headline, a legend, and for each target a row for each lesson and a column for each entry point.
fn document(plans: &[TargetPlan], levels: &[PlannedLevels], view: View) -> Document {
    let mut document = head(plans);
    if view == View::Brief {
        document.append(legend(plans));
    }
    for (plan, levels) in plans.iter().zip(levels) {
        let mut content = state(plan);
        if view == View::Verbose {
            content.append(placements::placements(plan, levels));
        } else {
            content.append(matrix::matrix(plan, levels, view));
        }
        if let Some(line) = check_levels::line(plan, levels) {
            content.line(line);
        }
        content.append(holes_of(plan));
        for (reason, placements) in exempt(plan) {
            let shown = view.most(3, usize::MAX).min(placements.len());
            let more = match placements.len() - shown {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            let line = format!("exempt: {}{more}: {reason}", placements[..shown].join("; "));
            content.item(Line::styled(DIM, line));
        }
        for line in super::rollout::waits(plan) {
            content.item(Line::styled(CAREFUL, format!("not covered: {line}")));
        }
        document.section(target_line(plan), content);
    }
    document
}

fn legend(plans: &[TargetPlan]) -> Document {
    let mut document = Document::default();
    let cells = || plans.iter().flat_map(|plan| &plan.proof.coverage.placements);
    if cells().next().is_none() {
        return document;
    }
    let mut legend = "r rule, s summary, f full, · nothing; empty: not required".to_owned();
    if cells().any(|cell| cell.current.detail != cell.proposed.detail) {
        legend.push_str("; now → after the merge");
    }
    if cells().any(|cell| cell.exempt.is_some()) {
        legend.push_str("; (in brackets) exempt");
    }
    if cells().any(|cell| cell.waits.is_some()) {
        legend.push_str("; … waits for canaries");
    }
    if cells().any(Placement::is_hole) {
        legend.push_str("; ! a hole");
    }
    document.line(Line::styled(DIM, legend));
    document
}

/// A target's name and state.
pub(super) fn target_line(plan: &TargetPlan) -> Line {
    let base = plan.target.base.as_ref();
    let base = base.map(|base| Line::code(format!("{}@{}", base.branch, short(&base.commit))));
    let base = base.map(|base| Line::from("   ").then(base));
    let name = Line::code(&plan.target.name).style(BOLD);
    name.then(base.unwrap_or_default())
        .then("   ")
        .then(state_word(plan.outcome.state))
}

/// What stopped a target, and why it has no matrix.
pub(super) fn state(plan: &TargetPlan) -> Document {
    let mut document = content::findings(stopped_by(plan));
    let why = if plan.proof.coverage.placements.is_empty() {
        match plan.outcome.state {
            _ if !plan.target.enabled => "disabled: no lesson is required here, and our blocks are removed",
            TargetState::Refused | TargetState::Unreachable => "not looked at, so its coverage is unknown",
            _ => "no lesson applies to this target",
        }
    } else if plan.outcome.state == TargetState::Refused {
        "refused: nothing is proposed; the value after an arrow is what the plan would produce"
    } else {
        return document;
    };
    document.line(Line::styled(DIM, why));
    document
}

/// The reasons of exceptions, each with its placements: `image-tag-pinned at claude, copilot`.
fn exempt(plan: &TargetPlan) -> Vec<(String, Vec<String>)> {
    let mut by_reason: BTreeMap<&str, Vec<(&str, Vec<&str>)>> = BTreeMap::new();
    for cell in &plan.proof.coverage.placements {
        let Some(reason) = &cell.exempt else { continue };
        let lessons = by_reason.entry(reason).or_default();
        match lessons.iter_mut().find(|(lesson, _)| *lesson == cell.lesson) {
            Some((_, entry_points)) => entry_points.push(&cell.entry_point),
            None => lessons.push((&cell.lesson, vec![&cell.entry_point])),
        }
    }
    let placements =
        |(lesson, entry_points): (&str, Vec<&str>)| format!("{lesson} at {}", entry_points.join(", "));
    by_reason
        .into_iter()
        .map(|(reason, lessons)| (reason.to_owned(), lessons.into_iter().map(placements).collect()))
        .collect()
}

fn holes_of(plan: &TargetPlan) -> Document {
    let mut document = Document::default();
    for cell in plan
        .proof
        .coverage
        .placements
        .iter()
        .filter(|cell| cell.is_hole())
    {
        let line = Line::styled(BAD, "hole: ")
            .then(Line::code(cell.lesson.as_str()))
            .then(" at ")
            .then(Line::code(cell.entry_point.as_str()))
            .then(format!(
                ", required as `{}`: {}",
                cell.required.word(),
                cell.proposed.missing
            ));
        document.item(line);
    }
    document
}
