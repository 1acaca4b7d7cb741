//! The result of a run, and every exit code.
//!
//! Input: the planned targets, what was applied, and `--fail-on`. Output: one [`Exit`] for the whole run. Not here: the state of each
//! target (`target_states`).

use lessonbook_pipeline::target_state::TargetState;
use std::process::ExitCode;

use clap::{Args, ValueEnum};

use super::execute::{AppliedOutcome, TargetResult};
use super::planning::Planning;
use super::{Context, target_states};
use crate::report::UserError;
use lessonbook_base::finding::Code;
use lessonbook_pipeline::lifecycle::ProposalPlan;
use lessonbook_pipeline::scheduling::{self, RunSummary};

/// The result of a run, ordered by importance: if several apply, the greatest is returned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    /// Done, or nothing left to do: 0.
    Done,
    /// Changes are pending, and the user asked for this exit code: 3.
    Pending,
    /// Something was deferred by a limit: 5.
    Deferred,
    /// The plan no longer matches the repositories: 4.
    Stale,
    /// Findings or failures: 1.
    Findings,
    /// Wrong use: 2.
    WrongUse,
}

impl Exit {
    /// The exit code of the program.
    pub fn code(self) -> u8 {
        match self {
            Exit::Done => 0,
            Exit::Findings => 1,
            Exit::WrongUse => 2,
            Exit::Pending => 3,
            Exit::Stale => 4,
            Exit::Deferred => 5,
        }
    }

    /// The more important of two results, in the order 2, 1, 4, 5, 3, 0.
    #[must_use]
    pub fn and(self, other: Exit) -> Exit {
        self.max(other)
    }

    /// The result of a run that an error stopped.
    pub fn from_error(error: &anyhow::Error) -> Exit {
        let context = error.downcast_ref::<UserError>();
        let causes = error
            .chain()
            .filter_map(|cause| cause.downcast_ref::<UserError>());
        if context.into_iter().chain(causes).any(UserError::is_wrong_use) {
            Exit::WrongUse
        } else {
            Exit::Findings
        }
    }

    /// Findings if there are any, otherwise done.
    pub fn findings_if(has_findings: bool) -> Exit {
        if has_findings { Exit::Findings } else { Exit::Done }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit.code())
    }
}

impl FromIterator<Exit> for Exit {
    fn from_iter<T: IntoIterator<Item = Exit>>(exits: T) -> Exit {
        exits.into_iter().fold(Exit::Done, Exit::and)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_several_results_the_most_important_is_returned() {
        let order = [2, 1, 4, 5, 3, 0];
        let all = [
            Exit::Done,
            Exit::Findings,
            Exit::WrongUse,
            Exit::Pending,
            Exit::Stale,
            Exit::Deferred,
        ];
        let weight = |code: u8| order.iter().position(|other| *other == code);
        for a in all {
            for b in all {
                let both = a.and(b).code();
                assert!(both == a.code() || both == b.code());
                assert!(weight(both) <= weight(a.code()) && weight(both) <= weight(b.code()));
            }
        }
        assert_eq!(all.into_iter().collect::<Exit>(), Exit::WrongUse);
        assert_eq!([].into_iter().collect::<Exit>(), Exit::Done);
    }

    #[test]
    fn an_error_of_the_environment_is_1_and_wrong_use_is_2_at_any_depth() {
        assert_eq!(Exit::from_error(&anyhow::anyhow!("disk is full")).code(), 1);
        assert_eq!(Exit::from_error(&UserError::new("no store").into()).code(), 1);
        let wrong = anyhow::Error::from(UserError::wrong_use("no terminal"));
        assert_eq!(Exit::from_error(&wrong).code(), 2);
        assert_eq!(Exit::from_error(&wrong.context("sync stopped")).code(), 2);
        let outer = anyhow::anyhow!("inner").context(UserError::wrong_use("outer"));
        assert_eq!(Exit::from_error(&outer).code(), 2);
    }
}

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
