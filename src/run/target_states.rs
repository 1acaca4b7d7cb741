//! The state of each target in a run.
//!
//! Input: a survey. Output: a [`Standing`] or a state with its reason for each target. Not here: deciding the states of proposals on GitHub
//! (`lifecycle` of the pipeline), and printing.

use super::planning::Survey;
use crate::report::plan_json::{PullLink, Stand, Stands};
use crate::report::status::Standing;
use lessonbook_base::finding::{Code, Finding};
use lessonbook_pipeline::branch_action::Action;
use lessonbook_pipeline::lifecycle::{self, State};
use lessonbook_pipeline::plan::{TargetPlan, Verdict};
use lessonbook_store::Severity;

/// One for each plan of a survey.
pub fn standings(survey: &Survey, now: i64) -> Vec<Standing> {
    survey
        .plans
        .iter()
        .map(|plan| standing(survey, plan, now))
        .collect()
}

fn standing(survey: &Survey, plan: &TargetPlan, now: i64) -> Standing {
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
    Standing {
        target: plan.target.name.clone(),
        state,
        why,
        link,
        age: open.map(|pull| (now - pull.opened).max(0)),
        critical_missing: critical.filter(|cell| !cell.is_covered_now()).count(),
        drift: plan.content.drift.clone(),
        next: match state {
            State::Refused => help().or(state.next().map(str::to_owned)).unwrap_or_default(),
            _ => state.next().unwrap_or_default().to_owned(),
        },
    }
}

/// A target's state, and why.
pub fn state(survey: &Survey, plan: &TargetPlan) -> (State, String) {
    match survey.lives.get(&plan.target.name) {
        // What stopped the plan is a limit, not something that anybody has to mend.
        Some(live) if live.life.state == State::Refused && is_limited(plan) => {
            (State::Deferred, local(plan).1)
        }
        Some(live) => (live.life.state, live.life.why.clone()),
        None if survey.github.is_some() && survey.is_on_github(&plan.target.name) => {
            let state = if is_limited(plan) {
                State::Deferred
            } else {
                State::Unreachable
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
fn local(plan: &TargetPlan) -> (State, String) {
    let first = || {
        plan.outcome
            .findings
            .iter()
            .find(|finding| finding.is_error())
            .or(plan.outcome.findings.first())
    };
    let said = || first().map(|finding| finding.message.clone()).unwrap_or_default();
    match (plan.outcome.verdict, &plan.proposal.action) {
        (Verdict::Refused, _) => (State::Refused, said()),
        (Verdict::Skipped, _) => (State::Excluded, said()),
        (_, Action::Remove { .. }) => (State::Leftover, "our branch has nothing left to say".into()),
        (Verdict::InSync, _) if !plan.content.waiting.is_empty() => (State::Waiting, lifecycle::waits(plan)),
        (Verdict::InSync, _) => (State::InSync, "nothing to propose".into()),
        (Verdict::Proposed, _) => (State::Current, "waits for a person".into()),
        (Verdict::Update, Action::Create | Action::Update { .. }) if plan.only_takes_back() => {
            (State::Drifted, "our text was changed since it was merged".into())
        }
        (Verdict::Update, Action::Update { .. }) => (State::Outdated, "the lessons changed since".into()),
        (Verdict::Update, _) => (State::Missing, "a proposal is due".into()),
    }
}

/// Where the targets on GitHub stand, for the views of plans.
pub fn stands(survey: &Survey) -> Stands {
    let stand = |plan: &lessonbook_pipeline::plan::TargetPlan| {
        let (state, why) = state(survey, plan);
        let live = survey.lives.get(&plan.target.name);
        let pull = live.and_then(|live| live.remote.pull.as_ref());
        let pull = pull.map(|pull| PullLink {
            url: pull.url.clone(),
            number: pull.number,
        });
        Stand { state, why, pull }
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
