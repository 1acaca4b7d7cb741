//! The steps that open a pull request: our branch, and the text.
//!
//! Input: a situation, and why it is opened again. Output: steps, or why a person's commits prevent them. Not here: whether a pull
//! request is due (`new`, `withdrawn`).

use super::{ProposalPlan, ProposalSituation, TargetState, commit};
use crate::pr_body::{self, BodyMetadata, EarlierWithdrawals, ReproposalReason};
use crate::pull_request::Step;
use crate::withdrawn_lesson::{WithdrawnLesson, is_still_active};
use lessonbook_base::snapshot::Branch;

/// The steps that open a pull request. The error: a person's commits are on our branch.
pub(super) fn opened(
    situation: &ProposalSituation<'_>,
    branch: Option<&Branch>,
    marker: Option<&BodyMetadata>,
    again: Option<&ReproposalReason>,
) -> Result<Vec<Step>, ProposalPlan> {
    let mut steps = Vec::new();
    match branch {
        Some(branch) if !branch.ours => {
            let why = format!(
                "`{}` holds commits that a person made or changed: {}",
                situation.store.branch(),
                branch.foreign.join("; ")
            );
            return Err(ProposalPlan::quiet(TargetState::Blocked, why));
        }
        Some(branch) if commit::lacks(situation, branch).is_some_and(|lacks| lacks.is_empty()) => {}
        Some(branch) => steps.push(commit::moves(situation, branch, None)),
        None => steps.push(Step::CreateBranch(commit::on_base(situation))),
    }
    let past = EarlierWithdrawals {
        again,
        withdrawn: &remembered(situation, marker),
    };
    let (text, _) = pr_body::write(situation.store, situation.plan, situation.about, &past);
    steps.push(Step::Open {
        base: situation.base().to_owned(),
        text,
        draft: situation.store.proposal.draft,
        metadata: situation.metadata(),
    });
    Ok(steps)
}

/// Withdrawals of the last pull request whose lessons are still active in the store. The next one has to record them.
pub(super) fn remembered(
    situation: &ProposalSituation<'_>,
    marker: Option<&BodyMetadata>,
) -> Vec<WithdrawnLesson> {
    let told = marker.map_or(&[][..], |marker| &marker.withdrawn);
    told.iter()
        .filter(|one| is_active(situation, one))
        .cloned()
        .collect()
}

/// While a version waits for canaries the plan contains an earlier one, which is withdrawn as well.
pub(super) fn is_active(situation: &ProposalSituation<'_>, one: &WithdrawnLesson) -> bool {
    let mut waiting = situation.plan.content.waiting.iter();
    is_still_active(situation.store, &one.lesson, &one.version)
        || waiting.any(|waiting| waiting.lesson == one.lesson)
}
