//! How a run over a fleet ended: every target in one state, and the exit code that follows.
//!
//! Comes in: a survey, what was applied, and `--fail-on`. Goes out: where each target stands, and an [`Exit`]. Leaves to others:
//! deciding states (`pipeline/lifecycle`) and printing them.

use clap::{Args, ValueEnum};

use super::carry_out::{Applied, What};
use super::survey::Survey;
use super::{Context, Exit, status};
use crate::finding::{Code, Finding};
use crate::pipeline::fleet::{self, Tally};
use crate::pipeline::lifecycle::{Life, State};
use crate::report::plan_json::{PullLink, Stand, Stands};

/// Which failures make the run fail.
#[derive(Debug, Clone, Copy, Default, Args)]
pub struct FailArgs {
    /// Which targets that fail make the run exit with 1: new (those that targets.yaml does not `acknowledge`), any or none
    #[arg(long, value_name = "WHICH", default_value = "new")]
    pub fail_on: FailOn,
}

/// Which failures count.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
#[expect(missing_docs, reason = "the help of the argument explains them in one line")]
pub enum FailOn {
    #[default]
    New,
    Any,
    None,
}

impl From<FailOn> for fleet::FailOn {
    fn from(which: FailOn) -> Self {
        match which {
            FailOn::New => fleet::FailOn::New,
            FailOn::Any => fleet::FailOn::Any,
            FailOn::None => fleet::FailOn::None,
        }
    }
}

/// Where the targets on GitHub stand, for the views of plans.
pub fn stands(survey: &Survey) -> Stands {
    let stand = |plan: &crate::pipeline::plan::TargetPlan| {
        let (state, why) = status::state(survey, plan);
        let live = survey.lives.get(&plan.target);
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
        .filter(|plan| survey.github.is_some() && survey.is_on_github(&plan.target))
        .map(|plan| (plan.target.clone(), stand(plan)))
        .collect()
}

/// How the run ended: by the store's findings, by the targets that fail, and by what was applied.
pub fn ended(survey: &Survey, context: &Context, which: FailArgs, applied: &[Applied]) -> Exit {
    let sent = |target: &str| {
        applied.iter().find_map(|applied| match &applied.outcome {
            What::Remote(sent) if applied.target == target => Some((sent.state, sent.why.clone())),
            What::Deferred(why) if applied.target == target => Some((State::Deferred, why.clone())),
            _ => None,
        })
    };
    let lives: Vec<(&str, Life)> = survey
        .plans
        .iter()
        .map(|plan| {
            let (state, why) = sent(&plan.target).unwrap_or_else(|| status::state(survey, plan));
            (plan.target.as_str(), Life::quiet(state, why))
        })
        .collect();
    let tally = Tally::of(
        lives.iter().map(|(target, life)| (*target, life)),
        &survey.store.acknowledge,
        which.fail_on.into(),
        context.today,
    );
    let fleet = match tally.end(false) {
        fleet::End::Failed => Exit::Findings,
        fleet::End::Deferred => Exit::Deferred,
        fleet::End::Pending => Exit::Pending,
        fleet::End::Done => Exit::Done,
    };
    let store = survey.findings.iter().filter(|finding| finding.is_error());
    let store = store.map(|finding| Exit::findings_if(!is_for_now(finding)));
    applied.iter().map(outcome).chain(store).fold(fleet, Exit::and)
}

/// Whether a finding is a limit's: the next run may find it gone, though nobody did anything.
pub fn is_for_now(finding: &Finding) -> bool {
    finding.code == Code::GithubLimited
}

/// What the state alone does not say: a base or branch that moved since the plan is stale, and what a local repository refused is a
/// finding.
fn outcome(applied: &Applied) -> Exit {
    let failed = match &applied.outcome {
        What::Local(outcome) => outcome.as_ref().err(),
        What::Deferred(_) => return Exit::Done, // the tally counts it
        What::Remote(sent) if sent.state.fails() || sent.state == State::Deferred => return Exit::Done,
        What::Remote(sent) => sent.failed.as_ref(),
    };
    match failed {
        None => Exit::Done,
        Some(finding) if matches!(finding.code, Code::BaseMoved | Code::PlanStale) => Exit::Stale,
        // Told by the target's state, which somebody may know already (`acknowledge`).
        Some(finding) if finding.code == Code::PlanRefused => Exit::Done,
        Some(_) => Exit::Findings,
    }
}
