//! Plans one target with the store before and after the change.
//!
//! Input: both stores, and a target as it was read. Output: a [`TargetDiff`]. Not here: reading (`compared_stores`) and comparing
//! (`pipeline/impact`).

use super::compared_stores::{ComparedStore, ComparedStores, key};
use crate::run::Context;
use crate::run::github_targets::with_overrides;
use crate::run::planning::{blocking_errors, needs_github, unreadable};
use lessonbook_base::finding::Finding;
use lessonbook_base::snapshot::Snapshot;
use lessonbook_pipeline::impact::{self, ImpactState, TargetDiff, TargetOnBothSides, Wording};
use lessonbook_pipeline::plan::TargetPlan;
use lessonbook_pipeline::pull_request::Remote;
use lessonbook_pipeline::{Planner, lifecycle};
use lessonbook_store::{Target, TargetLocation};

/// What planning with both stores needs, and what it collects.
pub(super) struct DiffRun<'s> {
    /// The two stores.
    pub stores: &'s ComparedStores,
    /// The old store's planner, and the new one's.
    pub planners: [Result<Planner<'s>, Finding>; 2],
    /// The words that templates add.
    pub wording: Wording<'s>,
    /// The findings in each of the stores.
    pub findings: [Vec<Finding>; 2],
}

impl DiffRun<'_> {
    /// A target on disk that the new store has.
    pub fn local(&mut self, target: &Target, snapshot: &Snapshot) -> TargetDiff {
        let base = self.stores.base.target(&target.name).cloned();
        self.both(base.as_ref(), target, snapshot, &[Vec::new(), Vec::new()])
    }

    /// A target on GitHub that could be read.
    pub fn remote(&mut self, context: &Context, target: &Target, remote: &Remote) -> TargetDiff {
        let forks = self.stores.head.store.discover.iter().any(|rule| rule.forks);
        if let Some(why) = lifecycle::left_alone(remote, forks) {
            return self.not_read(target, why);
        }
        let Some(snapshot) = &remote.snapshot else {
            return self.not_read(target, &unreadable(target).message);
        };
        let overridden = |side: &ComparedStore, target: &Target| {
            let (target, _, findings) = with_overrides(context, &side.store, target, remote);
            (target, findings)
        };
        let (head, head_findings) = overridden(&self.stores.head, target);
        let base = self.stores.base.target(&target.name);
        let (base, base_findings) = base.map(|target| overridden(&self.stores.base, target)).unzip();
        self.both(
            base.as_ref(),
            &head,
            snapshot,
            &[base_findings.unwrap_or_default(), head_findings],
        )
    }

    /// Plans with both stores. `override_findings` are findings about the target's own settings, one list for each store.
    fn both(
        &mut self,
        base: Option<&Target>,
        head: &Target,
        snapshot: &Snapshot,
        override_findings: &[Vec<Finding>; 2],
    ) -> TargetDiff {
        let is_discovered = self.stores.head.discovered.contains(&key(&head.name));
        let plan = |side: usize, target: &Target, snapshot: &Snapshot| {
            let mut plan = match &self.planners[side] {
                Err(_) => TargetPlan::refused(target, Some(snapshot), Vec::new()),
                Ok(_) if !blocking_errors(&self.findings[side], target).is_empty() => {
                    TargetPlan::refused(target, Some(snapshot), Vec::new())
                }
                Ok(planner) => planner.plan(target, snapshot),
            };
            plan.outcome
                .findings
                .extend(override_findings[side].iter().cloned());
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
        diff.found = is_discovered;
        if base.is_none() && self.stores.base.names(&head.name) {
            // Its entry could not be read in the old store, so it is not a new target, and the old plan is unknown.
            (diff.came, diff.was_refused) = (false, true);
            diff.fell.clear();
        }
        // A refused plan writes nothing, so it adds no words of templates.
        let after =
            (!matches!(diff.state, ImpactState::Refused | ImpactState::StillRefused)).then_some(&after);
        self.wording.see(&diff.target, &before, after);
        diff
    }

    /// A target that could not be read. If it is new and on disk, the change is wrong; on GitHub the token may lack a permission.
    pub fn unread(&self, target: &Target, why: Option<&Finding>) -> TargetDiff {
        if self.stores.head.target(&target.name).is_none() && self.stores.head.names(&target.name) {
            return TargetDiff::stopped(target);
        }
        if self.stores.head.target(&target.name).is_none() {
            return TargetDiff {
                found: self.stores.base.discovered.contains(&key(&target.name)),
                ..TargetDiff::gone(target)
            };
        }
        let is_new = self.stores.base.target(&target.name).is_none();
        match why {
            Some(why) if is_new && matches!(target.place, TargetLocation::Local(_)) => {
                TargetDiff::unreadable(target, why.clone())
            }
            Some(why) => self.not_read(target, &why.message),
            None => self.not_read(target, &needs_github(target).message),
        }
    }

    fn not_read(&self, target: &Target, why: &str) -> TargetDiff {
        let is_new = self.stores.base.target(&target.name).is_none();
        TargetDiff {
            found: self.stores.head.discovered.contains(&key(&target.name)),
            ..TargetDiff::unread(target, is_new, why)
        }
    }
}
