//! How a run ended, and every exit code.
//!
//! Input: a survey, what was applied, and `--fail-on`. Output: one [`Exit`] for the whole run. Not here: the state of each target
//! (`target_states`).

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

/// How a run ended. Ordered by weight: of several the greatest is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    /// Done, or nothing left to do: 0.
    Done,
    /// Changes are pending, and the user asked to be told so: 3.
    Pending,
    /// Something was deferred by a limit: 5.
    Deferred,
    /// The plan does not fit the repositories any more: 4.
    Stale,
    /// Findings or failures: 1.
    Findings,
    /// Wrong use: 2.
    WrongUse,
}

impl Exit {
    /// The number that the shell sees.
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

    /// Both happened: 2 before 1 before 4 before 5 before 3 before 0.
    #[must_use]
    pub fn and(self, other: Exit) -> Exit {
        self.max(other)
    }

    /// How a run ended that this error stopped.
    pub fn of(error: &anyhow::Error) -> Exit {
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

    /// Findings if any, else done.
    pub fn findings_if(found: bool) -> Exit {
        if found { Exit::Findings } else { Exit::Done }
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
    fn of_several_ends_the_heaviest_is_told() {
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
    fn an_error_of_the_world_is_1_and_wrong_use_is_2_however_deep() {
        assert_eq!(Exit::of(&anyhow::anyhow!("disk is full")).code(), 1);
        assert_eq!(Exit::of(&UserError::new("no store").into()).code(), 1);
        let wrong = anyhow::Error::from(UserError::wrong_use("no terminal"));
        assert_eq!(Exit::of(&wrong).code(), 2);
        assert_eq!(Exit::of(&wrong.context("sync stopped")).code(), 2);
        let outer = anyhow::anyhow!("inner").context(UserError::wrong_use("outer"));
        assert_eq!(Exit::of(&outer).code(), 2);
    }
}

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

impl From<FailOn> for scheduling::FailureFilter {
    fn from(which: FailOn) -> Self {
        match which {
            FailOn::New => scheduling::FailureFilter::New,
            FailOn::Any => scheduling::FailureFilter::Any,
            FailOn::None => scheduling::FailureFilter::None,
        }
    }
}

/// How the run ended: by the store's findings, by the targets that fail, and by what was applied.
pub fn ended(survey: &Planning, context: &Context, which: FailArgs, applied: &[TargetResult]) -> Exit {
    let sent = |target: &str| {
        applied.iter().find_map(|applied| match &applied.outcome {
            AppliedOutcome::Remote(sent) if applied.target == target => Some((sent.state, sent.why.clone())),
            AppliedOutcome::Deferred(why) if applied.target == target => {
                Some((TargetState::Deferred, why.clone()))
            }
            _ => None,
        })
    };
    let lives: Vec<(&str, ProposalPlan)> = survey
        .plans
        .iter()
        .map(|plan| {
            let (state, why) = sent(&plan.target.name).unwrap_or_else(|| target_states::state(survey, plan));
            (plan.target.name.as_str(), ProposalPlan::quiet(state, why))
        })
        .collect();
    let tally = RunSummary::new(
        lives.iter().map(|(target, life)| (*target, life)),
        &survey.store.acknowledge,
        which.fail_on.into(),
        context.today,
    );
    let fleet = match tally.end(false) {
        scheduling::End::Failed => Exit::Findings,
        scheduling::End::Deferred => Exit::Deferred,
        scheduling::End::Pending => Exit::Pending,
        scheduling::End::Done => Exit::Done,
    };
    let store = survey.findings.iter().filter(|finding| finding.is_error());
    let store = store.map(|finding| Exit::findings_if(!target_states::is_for_now(finding)));
    applied.iter().map(outcome).chain(store).fold(fleet, Exit::and)
}

/// What the state alone does not say: a base or branch that moved since the plan is stale, and what a local repository refused is a
/// finding.
fn outcome(applied: &TargetResult) -> Exit {
    let failed = match &applied.outcome {
        AppliedOutcome::Local(outcome) => outcome.as_ref().err(),
        AppliedOutcome::Deferred(_) => return Exit::Done, // the tally counts it
        AppliedOutcome::Remote(sent) if sent.state.fails() || sent.state == TargetState::Deferred => {
            return Exit::Done;
        }
        AppliedOutcome::Remote(sent) => sent.failed.as_ref(),
    };
    match failed {
        None => Exit::Done,
        Some(finding) if matches!(finding.code, Code::BaseMoved | Code::PlanStale) => Exit::Stale,
        // Told by the target's state, which somebody may know already (`acknowledge`).
        Some(finding) if finding.code == Code::PlanRefused => Exit::Done,
        Some(_) => Exit::Findings,
    }
}
