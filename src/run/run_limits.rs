//! Checks the limits of the whole run, between planning and the first write.
//!
//! Input: the planned targets. Output: a [`WriteGate`]: each limit with whether it holds, and findings if the run must not write. Not
//! here: counting (`pipeline/run_limits`), and what stops a single target (its plan).

use super::execute;
use super::planning::Planning;
use lessonbook_base::finding::Finding;
use lessonbook_pipeline::run_limits::{self, RunTotals};
use lessonbook_pipeline::scheduling::{self, ProposalLimit};
use lessonbook_proof::Invariant;

/// Whether a run may write.
#[derive(Debug, Clone, Default)]
pub struct WriteGate {
    /// The limits of `policy`, compared with what the run would write.
    pub bounds: Vec<Invariant>,
    /// Why the run must not write anything; empty: it may write.
    pub blockers: Vec<Finding>,
}

impl WriteGate {
    /// Checks the limits. Targets that `max_proposals` (`--max-proposals`) or the policy leaves for the next run do not count.
    pub fn new(planning: &Planning, max_proposals: Option<usize>) -> Self {
        let bounds = &planning.store.policy.bounds;
        if bounds.is_empty() {
            return WriteGate::default();
        }
        let totals = totals(planning, max_proposals);
        WriteGate {
            bounds: run_limits::check(bounds, &totals),
            blockers: run_limits::findings(bounds, &totals),
        }
    }

    /// Whether the run must not write anything.
    pub fn is_closed(&self) -> bool {
        !self.blockers.is_empty()
    }
}

/// What the run would write.
fn totals(planning: &Planning, max_proposals: Option<usize>) -> RunTotals {
    let local = planning
        .plans
        .iter()
        .filter(|plan| !planning.lives.contains_key(&plan.target.name))
        .filter_map(run_limits::locally);
    let mut scheduled = execute::scheduled_targets(planning);
    scheduling::defer(
        &mut scheduled,
        ProposalLimit::new(&planning.store.policy, max_proposals),
    );
    let remote = scheduled
        .iter()
        .filter_map(|target| run_limits::on_github(target.plan, &target.life));
    RunTotals::sum(local.chain(remote))
}
