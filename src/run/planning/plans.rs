//! A plan for each chosen target: the canaries first, for what they merged decides what the others get.
//!
//! Input: a survey whose store and local snapshots were read. Output: plans, states and gates. Not here: asking the canaries
//! (`rollout`), reading GitHub (`remote`).

use std::cell::RefCell;
use std::collections::BTreeMap;

use super::{Context, Planning, needs_github, stops, unreadable};
use crate::report::Progress;
use crate::run::canary_queries::{Canary, CanaryInput, CanaryResult};
use crate::run::github_targets::{self, GithubReader, GithubTarget};
use lessonbook_base::finding::Finding;
use lessonbook_base::snapshot::Snapshot;
use lessonbook_base::tree::Tree;
use lessonbook_pipeline::Planner;
use lessonbook_pipeline::plan::TargetPlan;
use lessonbook_pipeline::pr_body::WithdrawnLesson;
use lessonbook_pipeline::pull_request::Remote;
use lessonbook_pipeline::rollout::{NonCanaryPlans, RolloutGate, StoreCache};
use lessonbook_pipeline::withdraw::Withdrawer;
use lessonbook_store::{Lesson, Store, Target, TargetLocation};

/// What planning gives.
pub(super) struct PlanningResult {
    /// A plan for each chosen target, in their order.
    pub plans: Vec<TargetPlan>,
    /// The chosen targets on GitHub that could be read.
    pub lives: BTreeMap<String, GithubTarget>,
    /// The gates.
    pub gates: Vec<RolloutGate>,
}

/// Plans and states by target.
#[derive(Default)]
struct PlansByTarget {
    plans: BTreeMap<String, TargetPlan>,
    lives: BTreeMap<String, GithubTarget>,
}

/// Makes a plan of a snapshot, and says with which store. The last argument: whether our branch, where there is one, is an open proposal.
type PlanFn<'p, 's> = &'p dyn Fn(&Target, &Snapshot, bool) -> (TargetPlan, &'s Store);

impl Planning {
    /// Plans the canaries, asks them, and plans the others.
    pub(super) fn plan(
        &self,
        context: &Context,
        chosen: &[Target],
        mut unread: BTreeMap<String, Finding>,
    ) -> PlanningResult {
        if let Some(what) = &self.withdraws {
            return self.withdraw(what, context, chosen, unread);
        }
        let planner = Planner::new(&self.store);
        let planner = planner.as_ref();
        let trees = RefCell::new(BTreeMap::new());
        let canaries = self.canaries();
        let mut made = self.make(context, &canaries, &mut unread, &[], &|target, snapshot, _| {
            if matches!(target.place, TargetLocation::Github(_)) {
                let name = target.name.clone();
                trees.borrow_mut().insert(name, snapshot.tree.clone());
            }
            (self.present(planner, target, snapshot), &self.store)
        });
        let verdict = self.ask(context, planner.ok(), &canaries, &made, &trees.into_inner());
        let earlier = verdict.ladders.iter().flat_map(|ladder| &ladder.rungs);
        let earlier: Vec<&Lesson> = earlier.map(|rung| &rung.lesson).collect();
        let shelf = StoreCache::default();
        let rest = planner
            .ok()
            .map(|planner| NonCanaryPlans::new(&self.store, planner, &verdict.ladders, &shelf));
        // Where a saved plan says what waits: targets for which the same does share their planners.
        let mut groups: Vec<NonCanaryPlans<'_>> = Vec::new();
        if let (Some(kept), Some(planner)) = (&self.kept, planner.ok()) {
            for ladders in kept.values() {
                if !groups.iter().any(|rest| rest.is_for(ladders)) {
                    groups.push(NonCanaryPlans::new(&self.store, planner, ladders, &shelf));
                }
            }
        }
        let rest_for = |target: &Target| match &self.kept {
            Some(kept) => {
                let ladders = kept.get(&target.name).map(Vec::as_slice).unwrap_or_default();
                let group = groups.iter().find(|rest| rest.is_for(ladders));
                group.or(rest.as_ref())
            }
            None => rest.as_ref(),
        };
        let is_canary = |target: &&Target| canaries.iter().any(|canary| canary.name == target.name);
        let others: Vec<&Target> = chosen.iter().filter(|target| !is_canary(target)).collect();
        let more = self.make(context, &others, &mut unread, &earlier, &|target, snapshot, _| {
            let stops = stops(&self.findings, target);
            match rest_for(target) {
                Some(rest) if stops.is_empty() => rest.plan(target, snapshot),
                _ => (self.present(planner, target, snapshot), &self.store),
            }
        });
        made.plans.extend(more.plans);
        made.lives.extend(more.lives);
        let plans: Vec<TargetPlan> = chosen
            .iter()
            .filter_map(|target| made.plans.remove(&target.name))
            .collect();
        // Canaries that were only asked take no part in what follows.
        made.lives
            .retain(|name, _| chosen.iter().any(|target| target.name == *name));
        PlanningResult {
            plans,
            lives: made.lives,
            gates: verdict.gates,
        }
    }

    /// Plans a withdrawal: of what stands there, whatever the store's plan would be.
    fn withdraw(
        &self,
        what: &WithdrawnLesson,
        context: &Context,
        chosen: &[Target],
        mut unread: BTreeMap<String, Finding>,
    ) -> PlanningResult {
        let withdrawer = Withdrawer::new(&self.store, what);
        let all: Vec<&Target> = chosen.iter().collect();
        let mut made = self.make(context, &all, &mut unread, &[], &|target, snapshot, is_open| {
            (withdrawer.plan(target, snapshot, is_open), &self.store)
        });
        let plans = chosen.iter().filter_map(|target| made.plans.remove(&target.name));
        PlanningResult {
            plans: plans.collect(),
            lives: made.lives,
            gates: Vec::new(),
        }
    }

    /// The plan with every lesson in its present version.
    fn present(
        &self,
        planner: Result<&Planner<'_>, &Finding>,
        target: &Target,
        snapshot: &Snapshot,
    ) -> TargetPlan {
        let stops = stops(&self.findings, target);
        match planner {
            Err(finding) => TargetPlan::refused(target, Some(snapshot), vec![finding.clone()]),
            Ok(_) if !stops.is_empty() => TargetPlan::refused(target, Some(snapshot), stops),
            Ok(planner) => planner.plan(target, snapshot),
        }
    }

    /// What the canaries say; nothing without a `rollout`.
    fn ask(
        &self,
        context: &Context,
        planner: Option<&Planner<'_>>,
        canaries: &[&Target],
        made: &PlansByTarget,
        trees: &BTreeMap<String, Tree>,
    ) -> CanaryResult {
        let (Some(rules), Some(planner)) = (&self.store.rollout, planner) else {
            return CanaryResult::default();
        };
        let canary = |target: &&Target| {
            let snapshot = self.snapshots.get(&target.name);
            let repository = self.open(target).and_then(Result::ok);
            Some(Canary {
                plan: made.plans.get(&target.name)?,
                live: made.lives.get(&target.name),
                tree: trees.get(&target.name),
                local: repository.zip(snapshot),
                target: self.store.targets.iter().find(|one| one.name == target.name)?,
            })
        };
        let canaries: Vec<Canary<'_>> = canaries.iter().filter_map(canary).collect();
        let inquiry = CanaryInput {
            context,
            store: &self.store,
            rules,
            root: &self.root,
            commit: self.commit.as_ref(),
            github: self.github.as_ref(),
            planner,
            unsought: &self.unsought,
        };
        inquiry.judge(&canaries)
    }

    /// Plans for some targets, those on GitHub first.
    fn make(
        &self,
        context: &Context,
        targets: &[&Target],
        unread: &mut BTreeMap<String, Finding>,
        earlier: &[&Lesson],
        plan: PlanFn<'_, '_>,
    ) -> PlansByTarget {
        let mut made = PlansByTarget::default();
        let is_remote =
            |target: &&Target| self.github.is_some() && matches!(target.place, TargetLocation::Github(_));
        let there: Vec<&Target> = targets.iter().copied().filter(is_remote).collect();
        if let Some(github) = self.github.as_ref().filter(|_| !there.is_empty()) {
            let reach = GithubReader {
                context,
                store: &self.store,
                commit: self.commit.as_ref(),
                root: &self.root,
                earlier,
            };
            let make = |target: &Target, seen: &Remote| match &seen.snapshot {
                Some(snapshot) => plan(target, snapshot, seen.is_open()),
                None => (TargetPlan::skipped(target, unreadable(target)), &self.store),
            };
            for (plan, live) in github_targets::plan(reach, github, &there, &make) {
                made.lives
                    .extend(live.map(|live| (plan.target.name.clone(), live)));
                made.plans.insert(plan.target.name.clone(), plan);
            }
        }
        let progress = Progress::start(&context.printer, "planning", targets.len() - there.len());
        for target in targets {
            if made.plans.contains_key(&target.name) {
                continue;
            }
            progress.now(&target.name);
            let snapshot = self.snapshots.get(&target.name);
            let plan = match (snapshot, unread.remove(&target.name)) {
                (_, Some(finding)) => TargetPlan::refused(target, None, vec![finding]),
                (Some(snapshot), None) => {
                    let made = plan(target, snapshot, true).0;
                    let past = self.with_past(target, snapshot, &made);
                    past.map_or(made, |snapshot| plan(target, &snapshot, true).0)
                }
                (None, None) => TargetPlan::skipped(target, needs_github(target)),
            };
            made.plans.insert(target.name.clone(), plan);
            progress.done();
        }
        made
    }
}
