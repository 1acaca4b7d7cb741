//! The result of a run over targets.
//!
//! Input: the planned targets, what was applied, and `--fail-on`. Output: one [`Exit`] for the whole run. Not here: the state of each
//! target (`target_states`), and the codes (`exit`).

use clap::{Args, ValueEnum};

use super::execute::{AppliedOutcome, TargetResult};
use super::planning::Planning;
use super::{Context, target_states};
use crate::run::Exit;
use lessonbook_base::finding::Code;
use lessonbook_pipeline::lifecycle::ProposalPlan;
use lessonbook_pipeline::scheduling::{self, RunSummary};
use lessonbook_pipeline::target_state::TargetState;

/// Which failed targets make the run fail.
#[derive(Debug, Clone, Copy, Default, Args)]
pub struct FailArgs {
    /// Which failed targets make the run exit with 1: new (not listed under `acknowledge` in targets.yaml), any or none
    #[arg(long, value_name = "WHICH", default_value = "new")]
    pub fail_on: FailOn,
}

/// The values of `--fail-on`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
#[expect(missing_docs, reason = "the help of the argument explains them in one line")]
pub enum FailOn {
    #[default]
    New,
    Any,
    None,
}

impl From<FailOn> for scheduling::FailureFilter {
    fn from(which: FailOn) -> Self {
        match which {
            FailOn::New => scheduling::FailureFilter::New,
            FailOn::Any => scheduling::FailureFilter::Any,
            FailOn::None => scheduling::FailureFilter::None,
        }
    }
}

/// The result of the run, from the store's findings, the failed targets and what was applied.
pub fn exit(planning: &Planning, context: &Context, which: FailArgs, applied: &[TargetResult]) -> Exit {
    let sent = |target: &str| {
        applied.iter().find_map(|applied| match &applied.outcome {
            AppliedOutcome::Remote(sent) if applied.target == target => Some((sent.state, sent.why.clone())),
            AppliedOutcome::Deferred(why) if applied.target == target => {
                Some((TargetState::Deferred, why.clone()))
            }
            _ => None,
        })
    };
    let lives: Vec<(&str, ProposalPlan)> = planning
        .plans
        .iter()
        .map(|plan| {
            let (state, why) =
                sent(&plan.target.name).unwrap_or_else(|| target_states::state(planning, plan));
            (plan.target.name.as_str(), ProposalPlan::quiet(state, why))
        })
        .collect();
    let summary = RunSummary::new(
        lives.iter().map(|(target, life)| (*target, life)),
        &planning.store.acknowledge,
        which.fail_on.into(),
        context.today,
    );
    let targets = match summary.end(false) {
        scheduling::End::Failed => Exit::Findings,
        scheduling::End::Deferred => Exit::Deferred,
        scheduling::End::Pending => Exit::Pending,
        scheduling::End::Done => Exit::Done,
    };
    let store = planning.findings.iter().filter(|finding| finding.is_error());
    let store = store.map(|finding| Exit::findings_if(!target_states::is_for_now(finding)));
    applied
        .iter()
        .map(result_exit)
        .chain(store)
        .fold(targets, Exit::and)
}

/// What the state alone does not show: a base or branch that moved since the plan is stale, and an error of a local repository is a
/// finding.
fn result_exit(applied: &TargetResult) -> Exit {
    let failed = match &applied.outcome {
        AppliedOutcome::Local(outcome) => outcome.as_ref().err(),
        AppliedOutcome::Deferred(_) => return Exit::Done, // counted in the summary
        AppliedOutcome::Remote(sent) if sent.state.fails() || sent.state == TargetState::Deferred => {
            return Exit::Done;
        }
        AppliedOutcome::Remote(sent) => sent.failed.as_ref(),
    };
    match failed {
        None => Exit::Done,
        Some(finding) if matches!(finding.code, Code::BaseMoved | Code::PlanStale) => Exit::Stale,
        // Counted with the target's state, so that `acknowledge` can accept it.
        Some(finding) if finding.code == Code::PlanRefused => Exit::Done,
        Some(_) => Exit::Findings,
    }
}
