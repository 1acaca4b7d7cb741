//! What stands against writing at all: asked between planning and the first write.
//!
//! Input: a survey. Output: a [`WriteGate`]: the run's bounds, each held or not, and findings where the run must not write. Leaves
//! to others: counting (`pipeline/run_limits`), and what stops one target alone (its plan).

use super::execute;
use super::planning::Planning;
use lessonbook_base::finding::Finding;
use lessonbook_pipeline::run_limits::{self, RunTotals};
use lessonbook_pipeline::scheduling::{self, ProposalLimit};
use lessonbook_proof::Invariant;

/// Whether a run may write.
#[derive(Debug, Clone, Default)]
pub struct WriteGate {
    /// The bounds that `policy` sets, against what the run would write.
    pub bounds: Vec<Invariant>,
    /// Why it must not write anything; empty: it may.
    pub against: Vec<Finding>,
}

impl WriteGate {
    /// Asks. `most`: `--max-proposals`; what that or the policy leaves for the next run does not count.
    pub fn of(survey: &Planning, most: Option<usize>) -> Self {
        let bounds = &survey.store.policy.bounds;
        if bounds.is_empty() {
            return WriteGate::default();
        }
        let reach = reach(survey, most);
        WriteGate {
            bounds: run_limits::check(bounds, &reach),
            against: run_limits::findings(bounds, &reach),
        }
    }

    /// Whether the run must not write anything.
    pub fn is_shut(&self) -> bool {
        !self.against.is_empty()
    }
}

/// What the run would write.
fn reach(survey: &Planning, most: Option<usize>) -> RunTotals {
    let here = survey
        .plans
        .iter()
        .filter(|plan| !survey.lives.contains_key(&plan.target.name))
        .filter_map(run_limits::locally);
    let mut members = execute::members(survey);
    scheduling::defer(&mut members, ProposalLimit::new(&survey.store.policy, most));
    let there = members
        .iter()
        .filter_map(|member| run_limits::on_github(member.plan, &member.life));
    RunTotals::sum(here.chain(there))
}
