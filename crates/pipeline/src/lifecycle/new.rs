//! No open proposal, and something to say: one is opened, or there is a reason not to.
//!
//! Input: a situation without an open pull request. Output: its [`ProposalPlan`]. Not here: proposals that are open (`open`).

use super::{ProposalPlan, ProposalSituation, TargetState, commit, open, withdrawn};
use crate::changes::{ChangeKind, LessonChange};
use crate::pr_body::{self, BodyMetadata, EarlierWithdrawals, ReproposalReason};
use crate::pull_request::{Pull, PullState, Step};
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
        let why = "nothing in it opens a proposal by itself: it waits for the next";
        return ProposalPlan::quiet(TargetState::Waiting, why);
    }
    if let (TargetState::ClosedByUs, Some(branch), Some(pull), Some(marker)) = (state, branch, last, marker)
        && can_reopen(situation, branch, pull)
    {
        return ProposalPlan::does(state, why, open::reopen(situation, branch, pull, marker));
    }
    let mut steps = Vec::new();
    match branch {
        Some(branch) if !branch.ours => {
            let why = format!(
                "`{}` holds commits that a person made or changed: {}",
                situation.store.branch(),
                branch.foreign.join("; ")
            );
            return ProposalPlan::quiet(TargetState::Blocked, why);
        }
        Some(branch) if commit::lacks(situation, branch).is_some_and(|lacks| lacks.is_empty()) => {}
        Some(branch) => steps.push(commit::moves(situation, branch, None)),
        None => steps.push(Step::CreateBranch(commit::on_base(situation))),
    }
    let past = EarlierWithdrawals {
        again: again.as_ref(),
        withdrawn: &withdrawn::remembered(situation, marker),
    };
    let (text, _) = pr_body::write(situation.store, situation.plan, situation.about, &past);
    steps.push(Step::Open {
        base: situation.base().to_owned(),
        text,
        draft: situation.store.proposal.draft,
        metadata: situation.metadata(),
    });
    ProposalPlan::does(state, why, steps)
}

/// Why one is due, after the last one; or that a person said no.
fn reason(
    situation: &ProposalSituation<'_>,
    branch: Option<&Branch>,
    last: Option<&Pull>,
    marker: Option<&BodyMetadata>,
) -> Result<(TargetState, String, Option<ReproposalReason>), ProposalPlan> {
    let number = last.map_or(0, |pull| pull.number);
    match (last.map(|pull| pull.state), marker) {
        (Some(PullState::Closed), Some(marker)) if marker.closed_by_us => Ok((
            TargetState::ClosedByUs,
            format!("we closed #{number}, and there is something to say again"),
            Some(ReproposalReason::Closed { number }),
        )),
        (Some(PullState::Closed), Some(marker)) => match changed_since(situation, marker) {
            Some(change) => Ok((
                TargetState::DeclinedBefore,
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
            format!("a person closed #{number}, and its text does not tell any more what it proposed"),
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
                    TargetState::Orphan,
                    "our branch is there without a pull request".to_owned(),
                    None,
                )),
                None => Ok((TargetState::Missing, "a proposal is due".to_owned(), None)),
            }
        }
    }
}

fn changed<'s>(situation: &ProposalSituation<'s>) -> impl Iterator<Item = &'s LessonChange> + use<'s> {
    let changes = situation.plan.content.changes.iter();
    changes.filter(|change| change.kind != ChangeKind::Unchanged)
}

/// A lesson of a declined proposal that says something else now. What the proposal did not speak of opens none.
fn changed_since<'s>(situation: &ProposalSituation<'s>, marker: &BodyMetadata) -> Option<&'s LessonChange> {
    // One that only took edits back spoke of no lesson: then every lesson that changes is news.
    let silent = marker.lessons.is_empty() && marker.more.is_empty();
    changed(situation).find(|change| silent || marker.says(situation.store, change) == Some(false))
}

/// Whether everything that is missing was merged once in these words, or only what somebody wrote in our text goes.
fn is_drift(situation: &ProposalSituation<'_>, marker: &BodyMetadata) -> bool {
    if situation.plan.only_takes_back() {
        return true;
    }
    let mut changed = changed(situation).peekable();
    changed.peek().is_some() && changed.all(|change| marker.says(situation.store, change) == Some(true))
}

/// A change of mere wording around the lessons, or of lessons below `open_for`, waits for the next proposal. To be switched off
/// does not wait, nor does what somebody changed in our text (`on_drift`).
fn opens_by_itself(situation: &ProposalSituation<'_>) -> bool {
    let least = situation.store.proposal.open_for;
    !situation.plan.target.enabled
        || situation.plan.taken_back().next().is_some()
        || changed(situation).any(|change| change.severity.is_none_or(|severity| severity >= least))
}

/// GitHub opens a pull request again only while its head is where it was, with something on it, and its base is there.
fn can_reopen(situation: &ProposalSituation<'_>, branch: &Branch, pull: &Pull) -> bool {
    branch.ours && !branch.merged && branch.head == pull.head && pull.base_branch == situation.base()
}
