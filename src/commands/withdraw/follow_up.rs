//! What people still have to do after a withdrawal.
//!
//! Input: the planned withdrawals and their results. Output: follow-ups, target by target. Not here: printing them
//! (`report/withdraw`).

use crate::report::plan_json::GithubState;
use crate::report::withdraw::{FollowUp, FollowUpKind, LessonFileChange, WithdrawEnding};
use crate::run::execute::{AppliedOutcome, TargetResult};
use crate::run::planning::Planning;
use crate::run::target_states;
use lessonbook_base::finding::Code;
use lessonbook_base::snapshot::WriteOutcome;
use lessonbook_pipeline::branch_action::Action;
use lessonbook_pipeline::plan::TargetPlan;
use lessonbook_pipeline::target_state::TargetState;
use lessonbook_pipeline::withdraw;
use lessonbook_pipeline::withdrawn_lesson::WithdrawnLesson;

/// The follow-ups, and what else people should know.
pub fn ending<'s>(
    planning: &'s Planning,
    applied: &[TargetResult],
    what: &WithdrawnLesson,
    source: &LessonFileChange,
    paused: bool,
) -> WithdrawEnding<'s> {
    let has_cuts = |plan: &TargetPlan| {
        plan.proposal
            .withdraws
            .as_ref()
            .is_some_and(|text| !text.cuts.is_empty())
    };
    WithdrawEnding {
        left: follow_ups(planning, applied, source, paused),
        others: planning.all.saturating_sub(planning.plans.len()),
        named_by: withdraw::named_by(&planning.store, &what.lesson),
        makes_room: matches!(source, LessonFileChange::Retires(_))
            && !paused
            && planning.plans.iter().any(has_cuts),
    }
}

fn follow_ups(
    planning: &Planning,
    applied: &[TargetResult],
    source: &LessonFileChange,
    paused: bool,
) -> Vec<FollowUp> {
    let mut all = Vec::new();
    let in_store = match source {
        LessonFileChange::Retires(edit) if paused => {
            Some((&edit.path, "paused, so the lesson is still active".to_owned()))
        }
        LessonFileChange::Retires(edit) => Some((&edit.path, "retired, but not committed yet".to_owned())),
        LessonFileChange::ByHand { file, why } => Some((file, format!("write `status: retired`: {why}"))),
        LessonFileChange::Retired { file } => {
            let dirty = planning
                .commit
                .as_ref()
                .is_some_and(|commit| commit.dirty.contains(file));
            dirty.then(|| (file, "retired, but not committed yet".to_owned()))
        }
        LessonFileChange::Gone => None,
    };
    all.extend(in_store.map(|(file, why)| FollowUp {
        target: None,
        what: FollowUpKind::Store,
        link: Some(file.clone()),
        why,
    }));
    let states = target_states::github_states(planning);
    for plan in &planning.plans {
        let applied = applied.iter().find(|applied| applied.target == plan.target.name);
        let mut next = match states.get(&plan.target.name) {
            Some(state) => on_github(plan, state, applied),
            None => on_disk(planning, plan, applied),
        };
        next.extend(to_review(plan));
        all.extend(next.into_iter().map(|(what, link, why)| FollowUp {
            target: Some(plan.target.name.clone()),
            what,
            link,
            why,
        }));
    }
    all
}

type TargetOutcome = (FollowUpKind, Option<String>, String);

/// The follow-ups of a target on disk.
fn on_disk(planning: &Planning, plan: &TargetPlan, applied: Option<&TargetResult>) -> Vec<TargetOutcome> {
    let not_reached = |why: String| vec![(FollowUpKind::NotReached, None, why)];
    let on_base = plan.proposal.withdraws.as_ref().is_some_and(|text| text.on_base);
    match (plan.outcome.state, applied.map(|applied| &applied.outcome)) {
        (_, Some(AppliedOutcome::Deferred(why))) => not_reached(why.clone()),
        (_, Some(AppliedOutcome::Local(Err(finding)))) => not_reached(finding.message.clone()),
        (_, Some(AppliedOutcome::Local(Ok(WriteOutcome::Removed)))) => Vec::new(),
        (TargetState::Unreachable, _) => not_reached(first_message(plan)),
        (TargetState::Refused, _) if plan.proposal.withdraws.is_none() => not_reached(first_message(plan)),
        (TargetState::Refused, _) => refused(plan, None, first_message(plan)),
        (TargetState::Stale | TargetState::Drifted | TargetState::Proposed, _)
            if on_base && plan.proposal.action != Action::Nothing =>
        {
            let folder = planning.folder_from_here(&plan.target.name);
            let show = format!("git -C {folder} show {}", planning.store.branch());
            vec![(FollowUpKind::Merge, Some(show), String::new())]
        }
        _ => Vec::new(),
    }
}

/// The message of the first error, otherwise of the first finding.
fn first_message(plan: &TargetPlan) -> String {
    let error = plan.outcome.findings.iter().find(|finding| finding.is_error());
    let finding = error.or(plan.outcome.findings.first());
    finding.map(|finding| finding.message.clone()).unwrap_or_default()
}

/// One follow-up for each error of a refused target; with `why` if there is no error.
fn refused(plan: &TargetPlan, link: Option<&String>, why: String) -> Vec<TargetOutcome> {
    let errors = plan.outcome.findings.iter().filter(|finding| finding.is_error());
    let mut all: Vec<TargetOutcome> = errors
        .map(|finding| {
            let what = follow_up_kind(finding.code);
            let text = match &finding.help {
                Some(help) if what == FollowUpKind::Again => format!("{}: {help}", finding.message),
                _ => finding.message.clone(),
            };
            (what, link.cloned(), text)
        })
        .collect();
    all.dedup();
    if all.is_empty() {
        all.push((FollowUpKind::ByHand, link.cloned(), why));
    }
    all
}

/// What people have to do about an error: edit a file by hand, decide about the branch, or fix the cause and run the command again.
fn follow_up_kind(code: Code) -> FollowUpKind {
    match code {
        Code::BranchForeign => FollowUpKind::Decide,
        Code::LessonNotCut
        | Code::NotASubset
        | Code::MarkerUnbalanced
        | Code::NameTaken
        | Code::BlockSwallowed
        | Code::BlockEdited
        | Code::FrontMatterForeign
        | Code::BytesLost
        | Code::NotAtRest => FollowUpKind::ByHand,
        _ => FollowUpKind::Again,
    }
}

/// Text that a person edited or wrote and that may contain the lesson.
fn to_review(plan: &TargetPlan) -> Vec<TargetOutcome> {
    let places = plan.outcome.findings.iter().filter_map(|finding| {
        let why = match finding.code {
            Code::BlockEdited if !finding.is_error() => {
                "its block was edited, so it is unknown whether it still contains the lesson"
            }
            Code::HandCopy => "hand-written text contains the lesson or names it",
            _ => return None,
        };
        Some((finding.at.as_ref()?, why))
    });
    places
        .map(|(at, why)| {
            (
                FollowUpKind::Look,
                None,
                format!("{}:{}, {why}", at.file, at.line),
            )
        })
        .collect()
}

/// The follow-ups of a target on GitHub.
fn on_github(plan: &TargetPlan, state: &GithubState, applied: Option<&TargetResult>) -> Vec<TargetOutcome> {
    if plan
        .proposal
        .withdraws
        .as_ref()
        .is_some_and(|text| !text.is_here())
    {
        return Vec::new();
    }
    let link = state.pull.as_ref().map(|pull| pull.url.clone());
    let (state, why, link, failed) = match applied.map(|applied| &applied.outcome) {
        Some(AppliedOutcome::Remote(sent)) => (
            sent.state,
            sent.why.clone(),
            sent.url.clone().or(link),
            sent.failed.as_ref(),
        ),
        _ => (state.state, state.why.clone(), link, None),
    };
    if let Some(finding) = failed {
        return vec![(FollowUpKind::NotReached, link, finding.message.clone())];
    }
    let on_base = plan.proposal.withdraws.as_ref().is_some_and(|text| text.on_base);
    match state {
        TargetState::UpToDate | TargetState::Merged => Vec::new(),
        TargetState::Held | TargetState::Edited => vec![(FollowUpKind::Decide, link, why)],
        TargetState::Refused if plan.proposal.withdraws.is_some() => refused(plan, link.as_ref(), why),
        state if state.fails() => vec![(FollowUpKind::NotReached, link, why)],
        TargetState::Disabled => vec![(FollowUpKind::NotReached, None, why)],
        TargetState::Deferred => vec![(FollowUpKind::NotReached, link, why)],
        _ if on_base => vec![(FollowUpKind::Merge, link, String::new())],
        _ => Vec::new(),
    }
}
