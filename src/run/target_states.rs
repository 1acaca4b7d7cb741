//! The state of each target in a run.
//!
//! Input: a survey. Output: a [`TargetStatus`] or a state with its reason for each target. Not here: deciding the states of proposals on GitHub
//! (`lifecycle` of the pipeline), and printing.

use super::planning::Planning;
use crate::report::plan_json::{GithubState, GithubStates, PullLink};
use crate::report::status::TargetStatus;
use lessonbook_base::finding::{Code, Finding};
use lessonbook_pipeline::branch_action::Action;
use lessonbook_pipeline::lifecycle::{self, TargetState};
use lessonbook_pipeline::plan::{PlanVerdict, TargetPlan};
use lessonbook_store::Severity;

/// One for each plan of a survey.
pub fn standings(survey: &Planning, now: i64) -> Vec<TargetStatus> {
    survey
        .plans
        .iter()
        .map(|plan| standing(survey, plan, now))
        .collect()
}

fn standing(survey: &Planning, plan: &TargetPlan, now: i64) -> TargetStatus {
    let live = survey.lives.get(&plan.target.name);
    let (state, why) = state(survey, plan);
    let pull = live.and_then(|live| live.remote.pull.as_ref());
    let open = pull.filter(|pull| pull.state == lessonbook_pipeline::pull_request::PullState::Open);
    let branch = survey.store.branch();
    let link = match (pull, &plan.proposal.action) {
        (Some(pull), _) => Some(pull.url.clone()),
        (None, Action::Current { .. }) => Some(format!(
            "git -C {} show {branch}",
            survey.folder_from_here(&plan.target.name)
        )),
        _ => None,
    };
    let critical = plan
        .proof
        .coverage
        .cells
        .iter()
        .filter(|cell| cell.severity == Severity::Critical && cell.exempt.is_none());
    let help = || {
        plan.outcome
            .findings
            .iter()
            .find(|finding| finding.is_error())
            .and_then(|finding| finding.help.clone())
    };
    TargetStatus {
        target: plan.target.name.clone(),
        state,
        why,
        link,
        age: open.map(|pull| (now - pull.opened).max(0)),
        critical_missing: critical.filter(|cell| !cell.is_covered_now()).count(),
        drift: plan.content.drift.clone(),
        next: match state {
            TargetState::Refused => help().or(state.next().map(str::to_owned)).unwrap_or_default(),
            _ => state.next().unwrap_or_default().to_owned(),
        },
    }
}

/// A target's state, and why.
pub fn state(survey: &Planning, plan: &TargetPlan) -> (TargetState, String) {
    match survey.lives.get(&plan.target.name) {
        // What stopped the plan is a limit, not something that anybody has to mend.
        Some(live) if live.life.state == TargetState::Refused && is_limited(plan) => {
            (TargetState::Deferred, local(plan).1)
        }
        Some(live) => (live.life.state, live.life.why.clone()),
        None if survey.github.is_some() && survey.is_on_github(&plan.target.name) => {
            let state = if is_limited(plan) {
                TargetState::Deferred
            } else {
                TargetState::Unreachable
            };
            (state, local(plan).1)
        }
        None => local(plan),
    }
}

fn is_limited(plan: &TargetPlan) -> bool {
    plan.outcome.findings.iter().any(is_for_now)
}

/// The state of a target on disk, or of one that nobody reached.
fn local(plan: &TargetPlan) -> (TargetState, String) {
    let first = || {
        plan.outcome
            .findings
            .iter()
            .find(|finding| finding.is_error())
            .or(plan.outcome.findings.first())
    };
    let said = || first().map(|finding| finding.message.clone()).unwrap_or_default();
    match (plan.outcome.verdict, &plan.proposal.action) {
        (PlanVerdict::Refused, _) => (TargetState::Refused, said()),
        (PlanVerdict::Skipped, _) => (TargetState::Excluded, said()),
        (_, Action::Remove { .. }) => (TargetState::Leftover, "our branch has nothing left to say".into()),
        (PlanVerdict::InSync, _) if !plan.content.waiting.is_empty() => {
            (TargetState::Waiting, lifecycle::waits(plan))
        }
        (PlanVerdict::InSync, _) => (TargetState::InSync, "nothing to propose".into()),
        (PlanVerdict::Proposed, _) => (TargetState::Current, "waits for a person".into()),
        (PlanVerdict::Update, Action::Create | Action::Update { .. }) if plan.only_takes_back() => (
            TargetState::Drifted,
            "our text was changed since it was merged".into(),
        ),
        (PlanVerdict::Update, Action::Update { .. }) => {
            (TargetState::Outdated, "the lessons changed since".into())
        }
        (PlanVerdict::Update, _) => (TargetState::Missing, "a proposal is due".into()),
    }
}

/// Where the targets on GitHub stand, for the views of plans.
pub fn stands(survey: &Planning) -> GithubStates {
    let stand = |plan: &lessonbook_pipeline::plan::TargetPlan| {
        let (state, why) = state(survey, plan);
        let live = survey.lives.get(&plan.target.name);
        let pull = live.and_then(|live| live.remote.pull.as_ref());
        let pull = pull.map(|pull| PullLink {
            url: pull.url.clone(),
            number: pull.number,
        });
        GithubState { state, why, pull }
    };
    survey
        .plans
        .iter()
        .filter(|plan| survey.github.is_some() && survey.is_on_github(&plan.target.name))
        .map(|plan| (plan.target.name.clone(), stand(plan)))
        .collect()
}

/// Whether a finding is a limit's: the next run may find it gone, though nobody did anything.
pub fn is_for_now(finding: &Finding) -> bool {
    finding.code == Code::GithubLimited
}
