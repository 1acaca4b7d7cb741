//! The order in which targets are planned: canaries first, because what they merged decides what the other targets receive.
//!
//! Input: a [`Planning`] whose store and local targets were read. Output: plans, states and gates. Not here: threads
//! (`parallel`), querying the canaries (`canary_queries`) and reading GitHub (`github_targets`).

use std::collections::BTreeMap;
use std::sync::Mutex;

use super::{Context, Planning, blocking_errors};
use crate::run::canary_queries::{Canary, CanaryInput, CanaryResult};
use crate::run::github_targets::GithubTarget;
use crate::run::planning::parallel::{PlanFn, PlansByTarget, locked};
use lessonbook_base::finding::Finding;
use lessonbook_base::snapshot::Snapshot;
use lessonbook_base::tree::Tree;
use lessonbook_pipeline::Planner;
use lessonbook_pipeline::plan::TargetPlan;
use lessonbook_pipeline::rollout::{LessonVersions, NonCanaryPlans, RolloutGate, StoreCache};
use lessonbook_pipeline::withdraw::Withdrawer;
use lessonbook_pipeline::withdrawn_lesson::WithdrawnLesson;
use lessonbook_store::{Lesson, Target, TargetLocation};

/// The plans of all chosen targets.
pub(super) struct PlanningResult {
    /// A plan for each chosen target, in the order of the targets.
    pub plans: Vec<TargetPlan>,
    /// The chosen targets on GitHub that could be read.
    pub lives: BTreeMap<String, GithubTarget>,
    /// The gates.
    pub gates: Vec<RolloutGate>,
}

impl Planning {
    /// Plans the canaries, queries them, and plans the other targets.
    pub(super) fn plan_in_order(
        &self,
        context: &Context,
        chosen: &[Target],
        mut unread: BTreeMap<String, Finding>,
    ) -> PlanningResult {
        if let Some(what) = &self.withdraws {
            return self.withdraw(what, context, chosen, unread);
        }
        let trees = Mutex::new(BTreeMap::new());
        let canaries = self.canaries();
        let mut planned = self.plan_each(context, &canaries, &mut unread, &[], &|work| {
            let planner = Planner::new(&self.store);
            work(&|target, snapshot, _| {
                if matches!(target.place, TargetLocation::Github(_)) {
                    locked(&trees).insert(target.name.clone(), snapshot.tree.clone());
                }
                (self.plan_present(planner.as_ref(), target, snapshot), &self.store)
            });
        });
        let canary_result = self.query_canaries(context, &canaries, &planned, &locked(&trees));
        let waiting = &canary_result.waiting;
        let earlier = waiting.iter().flat_map(|versions| &versions.versions);
        let earlier: Vec<&Lesson> = earlier.map(|version| &version.lesson).collect();
        let cache = StoreCache::default();
        let is_canary = |target: &&Target| canaries.iter().any(|canary| canary.name == target.name);
        let others: Vec<&Target> = chosen.iter().filter(|target| !is_canary(target)).collect();
        let more = self.plan_each(context, &others, &mut unread, &earlier, &|work| {
            self.with_non_canary_planner(waiting, &cache, work);
        });
        planned.plans.extend(more.plans);
        planned.lives.extend(more.lives);
        let plans: Vec<TargetPlan> = chosen
            .iter()
            .filter_map(|target| planned.plans.remove(&target.name))
            .collect();
        // Drop canaries that were planned only to query them.
        planned
            .lives
            .retain(|name, _| chosen.iter().any(|target| target.name == *name));
        PlanningResult {
            plans,
            lives: planned.lives,
            gates: canary_result.gates,
        }
    }

    /// Plans the removal of one lesson from the blocks as they are, whatever else the store would change.
    fn withdraw(
        &self,
        what: &WithdrawnLesson,
        context: &Context,
        chosen: &[Target],
        mut unread: BTreeMap<String, Finding>,
    ) -> PlanningResult {
        let all: Vec<&Target> = chosen.iter().collect();
        let mut planned = self.plan_each(context, &all, &mut unread, &[], &|work| {
            let withdrawer = Withdrawer::new(&self.store, what);
            work(&|target, snapshot, is_open| (withdrawer.plan(target, snapshot, is_open), &self.store));
        });
        let plans = chosen
            .iter()
            .filter_map(|target| planned.plans.remove(&target.name));
        PlanningResult {
            plans: plans.collect(),
            lives: planned.lives,
            gates: Vec::new(),
        }
    }

    /// Calls `work` with a function that plans targets that are not canaries.
    fn with_non_canary_planner<'s>(
        &'s self,
        waiting: &'s [LessonVersions],
        cache: &'s StoreCache,
        work: &mut dyn FnMut(PlanFn<'_, 's>),
    ) {
        let planner = Planner::new(&self.store);
        let planner = planner.as_ref();
        let plans = |waiting| {
            let planner = planner.ok()?;
            Some(NonCanaryPlans::new(&self.store, planner, waiting, cache))
        };
        let non_canary = plans(waiting);
        // If a saved plan records the waiting lessons, targets with the same waiting lessons share a planner.
        let mut groups: Vec<NonCanaryPlans<'_, '_>> = Vec::new();
        for waiting in self.saved_waiting.iter().flat_map(BTreeMap::values) {
            if !groups.iter().any(|group| group.is_for(waiting)) {
                groups.extend(plans(waiting));
            }
        }
        let non_canary_for = |target: &Target| match &self.saved_waiting {
            Some(saved) => {
                let waiting = saved.get(&target.name).map(Vec::as_slice).unwrap_or_default();
                let group = groups.iter().find(|group| group.is_for(waiting));
                group.or(non_canary.as_ref())
            }
            None => non_canary.as_ref(),
        };
        work(&|target, snapshot, _| {
            let errors = blocking_errors(&self.findings, target);
            match non_canary_for(target) {
                Some(non_canary) if errors.is_empty() => non_canary.plan(target, snapshot),
                _ => (self.plan_present(planner, target, snapshot), &self.store),
            }
        });
    }

    /// The plan with every lesson in its present version.
    fn plan_present(
        &self,
        planner: Result<&Planner<'_>, &Finding>,
        target: &Target,
        snapshot: &Snapshot,
    ) -> TargetPlan {
        let errors = blocking_errors(&self.findings, target);
        match planner {
            Err(finding) => TargetPlan::refused(target, Some(snapshot), vec![finding.clone()]),
            Ok(_) if !errors.is_empty() => TargetPlan::refused(target, Some(snapshot), errors),
            Ok(planner) => planner.plan(target, snapshot),
        }
    }

    /// Queries the canaries; empty without a `rollout`.
    fn query_canaries(
        &self,
        context: &Context,
        canaries: &[&Target],
        planned: &PlansByTarget,
        trees: &BTreeMap<String, Tree>,
    ) -> CanaryResult {
        let Some(rules) = &self.store.rollout else {
            return CanaryResult::default();
        };
        let Ok(planner) = Planner::new(&self.store) else {
            return CanaryResult::default(); // every plan has the finding
        };
        let canary = |target: &&Target| {
            let snapshot = self.snapshots.get(&target.name);
            let repository = self.open(target).and_then(Result::ok);
            Some(Canary {
                plan: planned.plans.get(&target.name)?,
                live: planned.lives.get(&target.name),
                tree: trees.get(&target.name),
                local: repository.zip(snapshot),
                target: self.store.target(&target.name)?,
            })
        };
        let canaries: Vec<Canary<'_>> = canaries.iter().filter_map(canary).collect();
        let input = CanaryInput {
            context,
            store: &self.store,
            rules,
            root: &self.root,
            commit: self.commit.as_ref(),
            github: self.github.as_ref(),
            planner: &planner,
            not_searched: &self.not_searched,
        };
        input.evaluate(&canaries)
    }
}
