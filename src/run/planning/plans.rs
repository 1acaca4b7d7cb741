//! Plans each chosen target. Canaries are planned first, because what they merged decides what the other targets receive.
//!
//! Input: a [`Planning`] whose store and local targets were read. Output: plans, states and gates. Not here: querying the canaries
//! (`canary_queries`) and reading GitHub (`github_targets`).

use std::cell::RefCell;
use std::collections::BTreeMap;

use super::{Context, Planning, blocking_errors, needs_github, unreadable};
use crate::report::Progress;
use crate::repository::github::Github;
use crate::run::canary_queries::{Canary, CanaryInput, CanaryResult};
use crate::run::github_targets::{self, GithubReader, GithubTarget};
use lessonbook_base::finding::{Finding, Level};
use lessonbook_base::snapshot::Snapshot;
use lessonbook_base::tree::Tree;
use lessonbook_pipeline::plan::TargetPlan;
use lessonbook_pipeline::pull_request::Remote;
use lessonbook_pipeline::rollout::{NonCanaryPlans, RolloutGate, StoreCache};
use lessonbook_pipeline::withdraw::Withdrawer;
use lessonbook_pipeline::withdrawn_lesson::WithdrawnLesson;
use lessonbook_pipeline::{Planner, adopt};
use lessonbook_store::{Lesson, Store, Target, TargetLocation};

/// The plans of all chosen targets.
pub(super) struct PlanningResult {
    /// A plan for each chosen target, in the order of the targets.
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

/// Plans a snapshot, and returns the plan with the store that it was made with. The last argument is whether our branch, if there is
/// one, is an open proposal.
type PlanFn<'p, 's> = &'p dyn Fn(&Target, &Snapshot, bool) -> (TargetPlan, &'s Store);

impl Planning {
    /// Plans the canaries, queries them, and plans the other targets.
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
        let mut planned = self.plan_each(context, &canaries, &mut unread, &[], &|target, snapshot, _| {
            if matches!(target.place, TargetLocation::Github(_)) {
                let name = target.name.clone();
                trees.borrow_mut().insert(name, snapshot.tree.clone());
            }
            (self.plan_present(planner, target, snapshot), &self.store)
        });
        let canary_result =
            self.query_canaries(context, planner.ok(), &canaries, &planned, &trees.into_inner());
        let waiting = &canary_result.waiting;
        let earlier = waiting.iter().flat_map(|versions| &versions.versions);
        let earlier: Vec<&Lesson> = earlier.map(|version| &version.lesson).collect();
        let cache = StoreCache::default();
        let non_canary = planner
            .ok()
            .map(|planner| NonCanaryPlans::new(&self.store, planner, waiting, &cache));
        // If a saved plan records the waiting lessons, targets with the same waiting lessons share a planner.
        let mut groups: Vec<NonCanaryPlans<'_>> = Vec::new();
        if let (Some(saved), Some(planner)) = (&self.saved_waiting, planner.ok()) {
            for waiting in saved.values() {
                if !groups.iter().any(|group| group.is_for(waiting)) {
                    groups.push(NonCanaryPlans::new(&self.store, planner, waiting, &cache));
                }
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
        let is_canary = |target: &&Target| canaries.iter().any(|canary| canary.name == target.name);
        let others: Vec<&Target> = chosen.iter().filter(|target| !is_canary(target)).collect();
        let more = self.plan_each(context, &others, &mut unread, &earlier, &|target, snapshot, _| {
            let errors = blocking_errors(&self.findings, target);
            match non_canary_for(target) {
                Some(non_canary) if errors.is_empty() => non_canary.plan(target, snapshot),
                _ => (self.plan_present(planner, target, snapshot), &self.store),
            }
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
        let withdrawer = Withdrawer::new(&self.store, what);
        let all: Vec<&Target> = chosen.iter().collect();
        let mut planned = self.plan_each(context, &all, &mut unread, &[], &|target, snapshot, is_open| {
            (withdrawer.plan(target, snapshot, is_open), &self.store)
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
        planner: Option<&Planner<'_>>,
        canaries: &[&Target],
        planned: &PlansByTarget,
        trees: &BTreeMap<String, Tree>,
    ) -> CanaryResult {
        let (Some(rules), Some(planner)) = (&self.store.rollout, planner) else {
            return CanaryResult::default();
        };
        let canary = |target: &&Target| {
            let snapshot = self.snapshots.get(&target.name);
            let repository = self.open(target).and_then(Result::ok);
            Some(Canary {
                plan: planned.plans.get(&target.name)?,
                live: planned.lives.get(&target.name),
                tree: trees.get(&target.name),
                local: repository.zip(snapshot),
                target: self.store.targets.iter().find(|one| one.name == target.name)?,
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
            planner,
            not_searched: &self.not_searched,
        };
        input.evaluate(&canaries)
    }

    /// Plans each of the targets, those on GitHub first.
    fn plan_each(
        &self,
        context: &Context,
        targets: &[&Target],
        unread: &mut BTreeMap<String, Finding>,
        earlier: &[&Lesson],
        plan: PlanFn<'_, '_>,
    ) -> PlansByTarget {
        let mut planned = PlansByTarget::default();
        let is_remote =
            |target: &&Target| self.github.is_some() && matches!(target.place, TargetLocation::Github(_));
        let remote: Vec<&Target> = targets.iter().copied().filter(is_remote).collect();
        if let Some(github) = self.github.as_ref().filter(|_| !remote.is_empty()) {
            let reader = GithubReader {
                context,
                store: &self.store,
                commit: self.commit.as_ref(),
                root: &self.root,
                earlier,
                audit: self.audit_files.as_ref(),
            };
            let plan_remote = |target: &Target, remote: &Remote| match &remote.snapshot {
                Some(snapshot) => {
                    let first = plan(target, snapshot, remote.is_open());
                    match self.with_file_history(github, remote, target, snapshot, &first.0) {
                        Some(with_history) => plan(target, &with_history, remote.is_open()),
                        None => first,
                    }
                }
                None => (TargetPlan::skipped(target, unreadable(target)), &self.store),
            };
            for (plan, live) in github_targets::plan(reader, github, &remote, &plan_remote) {
                planned
                    .lives
                    .extend(live.map(|live| (plan.target.name.clone(), live)));
                planned.plans.insert(plan.target.name.clone(), plan);
            }
        }
        let progress = Progress::start(&context.printer, "planning", targets.len() - remote.len());
        for target in targets {
            if planned.plans.contains_key(&target.name) {
                continue;
            }
            progress.now(&target.name);
            let snapshot = self.snapshots.get(&target.name);
            let plan = match (snapshot, unread.remove(&target.name)) {
                (_, Some(finding)) => TargetPlan::refused(target, None, vec![finding]),
                (Some(snapshot), None) => {
                    let first = plan(target, snapshot, true).0;
                    let with_history = self.with_history(target, snapshot, &first);
                    with_history.map_or(first, |snapshot| plan(target, &snapshot, true).0)
                }
                (None, None) => TargetPlan::skipped(target, needs_github(target)),
            };
            planned.plans.insert(target.name.clone(), plan);
            progress.done();
        }
        planned
    }

    /// The snapshot of a target on GitHub with earlier states of the files that lose a lesson; none if the plan needs none.
    fn with_file_history(
        &self,
        github: &Github,
        remote: &Remote,
        target: &Target,
        snapshot: &Snapshot,
        plan: &TargetPlan,
    ) -> Option<Snapshot> {
        let losing = adopt::losing(&self.store.name, target, &plan.content.edits);
        if losing.is_empty() {
            return None;
        }
        let mut with_history = snapshot.clone();
        match github.file_states(&remote.name, &snapshot.base.commit, &losing) {
            Ok(earlier) => with_history.earlier = earlier,
            Err(unread) => {
                with_history.earlier.is_cut = true;
                with_history.findings.push(Finding {
                    level: Level::Warning,
                    ..unread
                });
            }
        }
        Some(with_history)
    }
}
