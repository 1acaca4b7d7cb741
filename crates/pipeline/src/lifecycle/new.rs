//! No open proposal, and something to say: one is opened, or there is a reason not to.
//!
//! Input: a situation without an open pull request. Output: its [`ProposalPlan`]. Not here: proposals that are open (`open`).

use super::{ProposalPlan, ProposalSituation, TargetState, open};
use crate::changes::{ChangeKind, LessonChange};
use crate::checks_delivery::ChecksChange;
use crate::lifecycle::opening;
use crate::pr_body::{BodyMetadata, ReproposalReason};
use crate::pull_request::{Pull, PullState};
use lessonbook_base::snapshot::Branch;

/// Decides.
pub(super) fn start(
    situation: &ProposalSituation<'_>,
    branch: Option<&Branch>,
    marker: Option<&BodyMetadata>,
) -> ProposalPlan {
    let last = situation.remote.pull.as_ref();
    let (state, why, again) = match reason(situation, branch, last, marker) {
        Ok(reason) => reason,
        Err(declined) => return declined.since(last.and_then(|pull| pull.closed)),
    };
    if let Some(why) = situation.hold {
        return ProposalPlan::quiet(
            TargetState::Held,
            format!("held by the repository's own file: {why}"),
        );
    }
    if !opens_by_itself(situation) {
        let why = "its changes are below `open_for` and wait for the next proposal";
        return ProposalPlan::quiet(TargetState::Held, why);
    }
    let closed_by_us = matches!(again, Some(ReproposalReason::Closed { .. }));
    if let (true, Some(branch), Some(pull), Some(marker)) = (closed_by_us, branch, last, marker)
        && can_reopen(situation, branch, pull)
    {
        return ProposalPlan::does(state, why, open::reopen(situation, branch, pull, marker));
    }
    match opening::opened(situation, branch, marker, again.as_ref()) {
        Ok(steps) => ProposalPlan::does(state, why, steps),
        Err(blocked) => blocked,
    }
}

/// Why a new pull request is due after the last one, or that a person declined it.
fn reason(
    situation: &ProposalSituation<'_>,
    branch: Option<&Branch>,
    last: Option<&Pull>,
    marker: Option<&BodyMetadata>,
) -> Result<(TargetState, String, Option<ReproposalReason>), ProposalPlan> {
    let number = last.map_or(0, |pull| pull.number);
    match (last.map(|pull| pull.state), marker) {
        (Some(PullState::Closed), Some(marker)) if marker.closed_by_us => Ok((
            TargetState::Stale,
            format!("we closed #{number}, and there is something to propose again"),
            Some(ReproposalReason::Closed { number }),
        )),
        (Some(PullState::Closed), Some(marker)) => match changed_since(situation, marker) {
            Some(change) => Ok((
                TargetState::Stale,
                format!("#{number} was declined, but `{}` changed since", change.lesson),
                Some(ReproposalReason::Declined {
                    number,
                    lesson: change.lesson.clone(),
                }),
            )),
            None => Err(ProposalPlan::quiet(
                TargetState::Declined,
                format!("a person closed #{number}, and none of its lessons changed since"),
            )),
        },
        (Some(PullState::Closed), None) => Err(ProposalPlan::quiet(
            TargetState::Declined,
            format!("a person closed #{number}, and its text no longer records what it proposed"),
        )),
        (Some(PullState::Merged), Some(marker)) if is_drift(situation, marker) => Ok((
            TargetState::Drifted,
            format!("#{number} was merged, and the files changed back"),
            Some(ReproposalReason::Drifted { number }),
        )),
        _ => {
            let left = branch.filter(|branch| branch.ours && !branch.merged);
            match left.filter(|branch| last.is_none_or(|last| last.head != branch.head)) {
                Some(_) => Ok((
                    TargetState::Stale,
                    "our branch has no pull request yet".to_owned(),
                    None,
                )),
                None => Ok((TargetState::Stale, "there is no proposal yet".to_owned(), None)),
            }
        }
    }
}

fn changed<'s>(situation: &ProposalSituation<'s>) -> impl Iterator<Item = &'s LessonChange> + use<'s> {
    let changes = situation.plan.content.changes.iter();
    changes.filter(|change| change.kind != ChangeKind::Unchanged)
}

/// A lesson of a declined proposal that changed since. Other lessons do not open a new one.
fn changed_since<'s>(situation: &ProposalSituation<'s>, marker: &BodyMetadata) -> Option<&'s LessonChange> {
    // A proposal that only reverted edits contained no lesson, so every changed lesson counts.
    let silent = marker.lessons.is_empty() && marker.more.is_empty();
    changed(situation).find(|change| silent || marker.says(situation.store, change) == Some(false))
}

/// Whether everything missing was merged before in the same words, or the plan only reverts edits inside managed blocks.
fn is_drift(situation: &ProposalSituation<'_>, marker: &BodyMetadata) -> bool {
    if situation.plan.only_takes_back() {
        return true;
    }
    let mut changed = changed(situation).peekable();
    changed.peek().is_some() && changed.all(|change| marker.says(situation.store, change) == Some(true))
}

/// Whether the plan opens a pull request by itself. A change of the wording around lessons, or of lessons or checks below `open_for`, waits for
/// the next one. Disabling a target does not wait, nor does reverting edits inside a block (`on_drift`).
fn opens_by_itself(situation: &ProposalSituation<'_>) -> bool {
    let least = situation.store.proposal.open_for;
    !situation.plan.target.enabled
        || situation.plan.taken_back().next().is_some()
        || changed(situation).any(|change| change.severity.is_none_or(|severity| severity >= least))
        || ChecksChange::new(&situation.plan.content.edits)
            .and_then(|change| change.severity)
            .is_some_and(|severity| severity >= least)
}

/// GitHub reopens a pull request only while its head has not moved, contains a change, and its base exists.
fn can_reopen(situation: &ProposalSituation<'_>, branch: &Branch, pull: &Pull) -> bool {
    branch.ours && !branch.merged && branch.head == pull.head && pull.base_branch == situation.base()
}
