//! Plans each chosen target. Canaries are planned first, because what they merged decides what the other targets receive.
//!
//! Input: a [`Planning`] whose store and local targets were read. Output: plans, states and gates. Not here: querying the canaries
//! (`canary_queries`) and reading GitHub (`github_targets`).

use std::collections::BTreeMap;
use std::num::NonZero;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;

use super::{Context, Planning, blocking_errors, needs_github, unreadable};
use crate::report::Progress;
use crate::repository::github::Github;
use crate::run::canary_queries::{Canary, CanaryInput, CanaryResult};
use crate::run::github_targets::{self, GithubReader, GithubTarget};
use lessonbook_base::finding::{Finding, Level};
use lessonbook_base::shared::Pool;
use lessonbook_base::snapshot::Snapshot;
use lessonbook_base::tree::Tree;
use lessonbook_pipeline::plan::TargetPlan;
use lessonbook_pipeline::pull_request::Remote;
use lessonbook_pipeline::rollout::{LessonVersions, NonCanaryPlans, RolloutGate, StoreCache};
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

/// Makes what plans need, calls its argument with a function that plans, and drops it. Each thread does so, because a planner keeps
/// what it compiled and rendered for itself.
type WithPlanner<'p, 's> = &'p (dyn Fn(&mut dyn FnMut(PlanFn<'_, 's>)) + Sync);

/// A thread is worth its own planner from so many targets on.
const TARGETS_PER_THREAD: usize = 8;

impl PlansByTarget {
    fn extend(&mut self, plans: Vec<(TargetPlan, Option<GithubTarget>)>) {
        for (plan, live) in plans {
            let name = plan.target.name.clone();
            self.lives.extend(live.map(|live| (name.clone(), live)));
            self.plans.insert(name, plan);
        }
    }
}

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

    /// Plans each of the targets, those on GitHub first.
    fn plan_each<'s>(
        &'s self,
        context: &Context,
        targets: &[&Target],
        unread: &mut BTreeMap<String, Finding>,
        earlier: &[&Lesson],
        with_planner: WithPlanner<'_, 's>,
    ) -> PlansByTarget {
        let mut planned = PlansByTarget::default();
        let is_remote =
            |target: &&Target| self.github.is_some() && matches!(target.place, TargetLocation::Github(_));
        let (remote, local): (Vec<&Target>, Vec<&Target>) = targets.iter().copied().partition(is_remote);
        if let Some(github) = self.github.as_ref().filter(|_| !remote.is_empty()) {
            let reader = GithubReader {
                context,
                store: &self.store,
                commit: self.commit.as_ref(),
                root: &self.root,
                earlier,
                audit: self.audit_files.as_ref(),
            };
            with_planner(&mut |plan| planned.extend(self.plan_remote(reader, github, &remote, plan)));
        }
        let progress = Progress::start(&context.printer, "planning", local.len());
        let queue = Mutex::new(
            local
                .into_iter()
                .map(|target| (target, unread.remove(&target.name))),
        );
        let plans = Mutex::new(&mut planned.plans);
        let work = || {
            with_planner(&mut |plan| {
                while let Some((target, unread)) = next(&queue) {
                    progress.now(&target.name);
                    let plan = self.plan_local(target, unread, plan);
                    locked(&plans).insert(target.name.clone(), plan);
                    progress.done();
                }
            });
        };
        let left = locked(&queue).len();
        let processors = thread::available_parallelism().map_or(1, NonZero::get);
        let threads = processors.min(left.div_ceil(TARGETS_PER_THREAD));
        thread::scope(|scope| {
            for _ in 1..threads {
                scope.spawn(work);
            }
            if threads > 0 {
                work();
            }
        });
        if threads > 1 {
            share_contents(&mut planned.plans);
        }
        planned
    }

    fn plan_remote<'s>(
        &'s self,
        reader: GithubReader<'_>,
        github: &Github,
        targets: &[&Target],
        plan: PlanFn<'_, 's>,
    ) -> Vec<(TargetPlan, Option<GithubTarget>)> {
        let plan_one = |target: &Target, remote: &Remote| match &remote.snapshot {
            Some(snapshot) => {
                let first = plan(target, snapshot, remote.is_open());
                match self.with_file_history(github, remote, target, snapshot, &first.0) {
                    Some(with_history) => plan(target, &with_history, remote.is_open()),
                    None => first,
                }
            }
            None => (TargetPlan::skipped(target, unreadable(target)), &self.store),
        };
        github_targets::plan(reader, github, targets, &plan_one)
    }

    /// Plans a target that is not read from GitHub now. `unread`: why its repository could not be read.
    fn plan_local(&self, target: &Target, unread: Option<Finding>, plan: PlanFn<'_, '_>) -> TargetPlan {
        match (self.snapshots.get(&target.name), unread) {
            (_, Some(finding)) => TargetPlan::refused(target, None, vec![finding]),
            (Some(snapshot), None) => {
                let first = plan(target, snapshot, true).0;
                let with_history = self.with_history(target, snapshot, &first);
                with_history.map_or(first, |snapshot| plan(target, &snapshot, true).0)
            }
            (None, None) => TargetPlan::skipped(target, needs_github(target)),
        }
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

/// Lets plans of different threads share equal contents, as the plans of one planner do.
fn share_contents(plans: &mut BTreeMap<String, TargetPlan>) {
    let mut contents = Pool::default();
    let edits = plans.values_mut().flat_map(|plan| &mut plan.content.edits);
    for state in edits.filter_map(|edit| edit.after.as_mut()) {
        contents.share(&mut state.bytes);
    }
}

/// The value behind a lock. A thread that panicked ends the whole run, so its lock is no reason to stop.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn next<T>(queue: &Mutex<impl Iterator<Item = T>>) -> Option<T> {
    locked(queue).next()
}
