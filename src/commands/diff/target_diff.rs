//! One target, planned with the store before and after the change.
//!
//! Input: both stores, and what could be read of a target. Output: a [`TargetDiff`]. Not here: reading (`sides`) and
//! comparing (`pipeline/impact`).

use super::compared_stores::{ComparedStore, ComparedStores, key};
use crate::run::Context;
use crate::run::github_targets::heard;
use crate::run::planning::{needs_github, stops, unreadable};
use lessonbook_base::finding::Finding;
use lessonbook_base::snapshot::Snapshot;
use lessonbook_pipeline::impact::{self, ImpactState, TargetDiff, TargetOnBothSides, Wording};
use lessonbook_pipeline::plan::TargetPlan;
use lessonbook_pipeline::pull_request::Remote;
use lessonbook_pipeline::{Planner, lifecycle};
use lessonbook_store::{Target, TargetLocation};

/// What planning needs on both sides, and what it gathers.
pub(super) struct DiffRun<'s> {
    /// The two stores.
    pub sides: &'s ComparedStores,
    /// The old store's planner, and the new one's.
    pub planners: [Result<Planner<'s>, Finding>; 2],
    /// Words of templates.
    pub wording: Wording<'s>,
    /// What is wrong in each of the stores.
    pub findings: [Vec<Finding>; 2],
}

impl DiffRun<'_> {
    /// A target on disk that is there in the new store.
    pub fn local(&mut self, target: &Target, snapshot: &Snapshot) -> TargetDiff {
        let base = self.sides.base.target(&target.name).cloned();
        self.both(base.as_ref(), target, snapshot, &[Vec::new(), Vec::new()])
    }

    /// A target on GitHub that could be read.
    pub fn remote(&mut self, context: &Context, target: &Target, remote: &Remote) -> TargetDiff {
        let forks = self.sides.head.store.discover.iter().any(|rule| rule.forks);
        if let Some(why) = lifecycle::left_alone(remote, forks) {
            return self.unlooked(target, why);
        }
        let Some(snapshot) = &remote.snapshot else {
            return self.unlooked(target, &unreadable(target).message);
        };
        let hear = |side: &ComparedStore, target: &Target| {
            let (target, _, findings) = heard(context, &side.store, target, remote);
            (target, findings)
        };
        let (head, wishes) = hear(&self.sides.head, target);
        let base = self.sides.base.target(&target.name);
        let (base, wished) = base.map(|target| hear(&self.sides.base, target)).unzip();
        self.both(
            base.as_ref(),
            &head,
            snapshot,
            &[wished.unwrap_or_default(), wishes],
        )
    }

    /// Plans with both; `wishes` are findings about what the target asks for.
    fn both(
        &mut self,
        base: Option<&Target>,
        head: &Target,
        snapshot: &Snapshot,
        wishes: &[Vec<Finding>; 2],
    ) -> TargetDiff {
        let found = self.sides.head.found.contains(&key(&head.name));
        let plan = |side: usize, target: &Target, snapshot: &Snapshot| {
            let mut plan = match &self.planners[side] {
                Err(_) => TargetPlan::refused(target, Some(snapshot), Vec::new()),
                Ok(_) if !stops(&self.findings[side], target).is_empty() => {
                    TargetPlan::refused(target, Some(snapshot), Vec::new())
                }
                Ok(planner) => planner.plan(target, snapshot),
            };
            plan.outcome.findings.extend(wishes[side].iter().cloned());
            plan
        };
        let before = |target: &Target, snapshot: &Snapshot| plan(0, target, snapshot);
        let after = |target: &Target, snapshot: &Snapshot| plan(1, target, snapshot);
        let TargetOnBothSides {
            mut diff,
            before,
            after,
        } = impact::compare(
            base.map(|base| (base, &before as impact::SidePlan<'_>)),
            (head, &after),
            snapshot,
        );
        diff.found = found;
        if base.is_none() && self.sides.base.writes(&head.name) {
            // Its entry could not be read before: it is no new one, and nobody knows what the old plan was.
            (diff.came, diff.was_refused) = (false, true);
            diff.fell.clear();
        }
        // What is refused is not written, and the old words in it are no template's.
        let after =
            (!matches!(diff.state, ImpactState::Refused | ImpactState::StillRefused)).then_some(&after);
        self.wording.see(&diff.target, &before, after);
        diff
    }

    /// A target that could not be read. New and on disk, it is a mistake of the change; on GitHub it may be the token's lack.
    pub fn unread(&self, target: &Target, why: Option<&Finding>) -> TargetDiff {
        if self.sides.head.target(&target.name).is_none() && self.sides.head.writes(&target.name) {
            return TargetDiff::stopped(target);
        }
        if self.sides.head.target(&target.name).is_none() {
            return TargetDiff {
                found: self.sides.base.found.contains(&key(&target.name)),
                ..TargetDiff::gone(target)
            };
        }
        let came = self.sides.base.target(&target.name).is_none();
        match why {
            Some(why) if came && matches!(target.place, TargetLocation::Local(_)) => {
                TargetDiff::unreadable(target, why.clone())
            }
            Some(why) => self.unlooked(target, &why.message),
            None => self.unlooked(target, &needs_github(target).message),
        }
    }

    fn unlooked(&self, target: &Target, why: &str) -> TargetDiff {
        let came = self.sides.base.target(&target.name).is_none();
        TargetDiff {
            found: self.sides.head.found.contains(&key(&target.name)),
            ..TargetDiff::unread(target, came, why)
        }
    }
}
