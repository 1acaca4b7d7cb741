//! The run limits: what a run would write in all targets together, compared with `policy`.
//!
//! Input: what would be written where. Output: a sum, an invariant for each limit, and findings for those that fail. Not here: stopping
//! the run before its first write (`run/run_limits`), the limits of one target (`proof`), and how many proposals one run opens
//! (`scheduling`, which defers the rest).

use serde::Serialize;

use super::branch_action::Action;
use super::lifecycle::ProposalPlan;
use super::plan::TargetPlan;
use crate::pull_request::Step;
use lessonbook_base::edit::Edit;
use lessonbook_base::finding::{Code, Finding};
use lessonbook_proof::Invariant;
use lessonbook_store::RunLimits;

/// What a run would write, summed over its targets. Files and lines are those of the proposals, compared with their bases.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct RunTotals {
    /// Targets.
    pub targets: usize,
    /// Files.
    pub files: usize,
    /// Lines, added and removed.
    pub changed_lines: usize,
}

impl RunTotals {
    /// Sums up the edits; each item is a target, with the edits that would be written there.
    pub fn sum<'a>(writes: impl IntoIterator<Item = &'a [Edit]>) -> Self {
        let mut reach = RunTotals::default();
        for edits in writes {
            reach.targets += 1;
            reach.files += edits.len();
            let lines = edits.iter().map(Edit::counts);
            reach.changed_lines += lines.map(|(added, removed)| added + removed).sum::<usize>();
        }
        reach
    }
}

/// What a run would write in a repository on disk; none: nothing, or only the deletion of a merged branch.
pub fn locally(plan: &TargetPlan) -> Option<&[Edit]> {
    let tidies = matches!(plan.proposal.action, Action::Remove { merged: true, .. });
    (plan.verified().is_some() && !tidies).then_some(&plan.content.edits)
}

/// What a run would write on GitHub; none: nothing, or only the deletion of a branch that is not needed. If only texts or labels change,
/// it is a target without files.
pub fn on_github<'a>(plan: &'a TargetPlan, life: &ProposalPlan) -> Option<&'a [Edit]> {
    if life
        .steps
        .iter()
        .all(|step| matches!(step, Step::DeleteBranch { .. }))
    {
        return None;
    }
    let writes_files = |step: &Step| {
        matches!(
            step,
            Step::CreateBranch(_) | Step::MoveBranch { .. } | Step::Open { .. } | Step::Reopen { .. }
        )
    };
    Some(if life.steps.iter().any(writes_files) {
        &plan.content.edits
    } else {
        &[]
    })
}

/// One invariant for each limit that is set.
pub fn check(bounds: &RunLimits, reach: &RunTotals) -> Vec<Invariant> {
    let rows = rows(bounds, reach).into_iter();
    rows.map(|(name, is, most, word)| Invariant {
        name: name.into(),
        holds: is <= most,
        evidence: format!("{is} of at most {}", counted(most, word)),
    })
    .collect()
}

/// A finding for each limit that is exceeded.
pub fn findings(bounds: &RunLimits, reach: &RunTotals) -> Vec<Finding> {
    let failed = rows(bounds, reach)
        .into_iter()
        .filter(|(_, is, most, _)| is > most);
    failed
        .map(|(name, is, most, word)| {
            let key = name.replace('-', "_");
            let message = format!(
                "this run would write {}{}, but at most {most} {} allowed",
                if word == TARGET { "in " } else { "" },
                counted(is, word),
                if most == 1 { "is" } else { "are" }
            );
            Finding::new(Code::RunTooLarge, message)
                .effect("nothing is written anywhere")
                .help(format!(
                    "review the plan; then raise `policy.{key}` in targets.yaml, or name fewer TARGETs"
                ))
        })
        .collect()
}

const TARGET: &str = "target";

/// The limits that are set: name, actual number, limit, and the word for what is counted.
fn rows(bounds: &RunLimits, reach: &RunTotals) -> Vec<(&'static str, usize, usize, &'static str)> {
    let all = [
        ("max-targets", reach.targets, bounds.max_targets, TARGET),
        ("max-files", reach.files, bounds.max_files, "file"),
        (
            "max-changed-lines",
            reach.changed_lines,
            bounds.max_changed_lines,
            "changed line",
        ),
    ];
    all.into_iter()
        .filter_map(|(name, is, most, word)| Some((name, is, most?, word)))
        .collect()
}

fn counted(number: usize, word: &str) -> String {
    format!("{number} {word}{}", if number == 1 { "" } else { "s" })
}
