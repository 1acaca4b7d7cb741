//! The state of each target in a run.
//!
//! Input: the plans of a run. Output: a [`TargetStatus`] for each target. Not here: deciding the states (the plan for targets on
//! disk, `lifecycle` of the pipeline for those on GitHub), and printing.

use super::planning::Planning;
use crate::report::plan_json::{GithubState, GithubStates, PullLink};
use crate::report::status::TargetStatus;
use lessonbook_base::finding::{Code, Finding};
use lessonbook_pipeline::branch_action::Action;
use lessonbook_pipeline::pause::Pause;
use lessonbook_pipeline::plan::TargetPlan;
use lessonbook_pipeline::target_state::TargetState;
use lessonbook_store::Severity;

/// One for each plan of a run.
pub fn statuses(planning: &Planning, now: i64) -> Vec<TargetStatus> {
    planning
        .plans
        .iter()
        .map(|plan| status(planning, plan, now))
        .collect()
}

fn status(planning: &Planning, plan: &TargetPlan, now: i64) -> TargetStatus {
    let live = planning.lives.get(&plan.target.name);
    let (state, why) = state(planning, plan);
    let pull = live.and_then(|live| live.remote.pull.as_ref());
    let open = pull.filter(|pull| pull.state == lessonbook_pipeline::pull_request::PullState::Open);
    let branch = planning.store.branch();
    let link = match (pull, &plan.proposal.action) {
        (Some(pull), _) => Some(pull.url.clone()),
        (None, Action::Keep { .. }) => Some(format!(
            "git -C {} show {branch}",
            planning.folder_from_here(&plan.target.name)
        )),
        _ => None,
    };
    let critical = plan
        .proof
        .coverage
        .placements
        .iter()
        .filter(|cell| cell.severity == Severity::Critical && cell.exempt.is_none());
    let help = || {
        plan.outcome
            .findings
            .iter()
            .find(|finding| finding.is_error() || state == TargetState::Unreachable)
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
            TargetState::Refused | TargetState::Unreachable => {
                help().or(state.next().map(str::to_owned)).unwrap_or_default()
            }
            _ => state.next().unwrap_or_default().to_owned(),
        },
    }
}

/// A target's state, and why.
pub fn state(planning: &Planning, plan: &TargetPlan) -> (TargetState, String) {
    match planning.lives.get(&plan.target.name) {
        // A limit stopped the plan: there is nothing to fix.
        Some(live) if live.life.state == TargetState::Refused && is_limited(plan) => {
            (TargetState::Deferred, plan.reason())
        }
        Some(live) => (live.life.state, live.life.why.clone()),
        None if planning.github.is_some() && planning.is_on_github(&plan.target.name) => {
            let state = if is_limited(plan) {
                TargetState::Deferred
            } else {
                TargetState::Unreachable
            };
            (state, plan.reason())
        }
        None => (plan.outcome.state, plan.reason()),
    }
}

fn is_limited(plan: &TargetPlan) -> bool {
    plan.outcome.findings.iter().any(is_for_now)
}

/// Marks every target that a sync would write to as paused.
pub fn pause(statuses: &mut [TargetStatus], pause: &Pause) {
    for status in statuses.iter_mut().filter(|status| status.state.is_due()) {
        status.why = format!(
            "{}; without the pause it is {}: {}",
            pause.clause(),
            status.state.word(),
            status.why
        );
        status.state = TargetState::Paused;
    }
}

/// The states of the targets on GitHub, for the views of plans.
pub fn github_states(planning: &Planning) -> GithubStates {
    let github_state = |plan: &lessonbook_pipeline::plan::TargetPlan| {
        let (state, why) = state(planning, plan);
        let live = planning.lives.get(&plan.target.name);
        let pull = live.and_then(|live| live.remote.pull.as_ref());
        let pull = pull.map(|pull| PullLink {
            url: pull.url.clone(),
            number: pull.number,
        });
        GithubState { state, why, pull }
    };
    planning
        .plans
        .iter()
        .filter(|plan| planning.github.is_some() && planning.is_on_github(&plan.target.name))
        .map(|plan| (plan.target.name.clone(), github_state(plan)))
        .collect()
}

/// Whether a finding comes from a limit of GitHub, so that the next run may succeed without a change.
pub fn is_for_now(finding: &Finding) -> bool {
    finding.code == Code::GithubLimited
}
