//! Plans targets in several threads, each with a planner of its own; those on GitHub first, in one.
//!
//! Input: targets, and a function that makes a planner. Output: a plan for each. Not here: which planner a target needs
//! (`planning_order`).

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;

use super::{Context, Planning, needs_github, unreadable};
use crate::report::Progress;
use crate::repository::github::Github;
use crate::run::github_targets::{self, GithubReader, GithubTarget};
use crate::run::threads;
use lessonbook_base::finding::Finding;
use lessonbook_base::shared::Pool;
use lessonbook_base::snapshot::Snapshot;
use lessonbook_pipeline::plan::TargetPlan;
use lessonbook_pipeline::pull_request::Remote;
use lessonbook_store::{Lesson, Store, Target, TargetLocation};

/// Plans and states by target.
#[derive(Default)]
pub(super) struct PlansByTarget {
    pub plans: BTreeMap<String, TargetPlan>,
    pub lives: BTreeMap<String, GithubTarget>,
}

/// Plans a snapshot, and returns the plan with the store that it was made with. The last argument is whether our branch, if there is
/// one, is an open proposal.
pub(super) type PlanFn<'p, 's> = &'p dyn Fn(&Target, &Snapshot, bool) -> (TargetPlan, &'s Store);

/// Makes what plans need, calls its argument with a function that plans, and drops it. Each thread does so, because a planner keeps
/// what it compiled and rendered for itself.
pub(super) type WithPlanner<'p, 's> = &'p (dyn Fn(&mut dyn FnMut(PlanFn<'_, 's>)) + Sync);

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
    /// Plans each of the targets, those on GitHub first.
    pub(super) fn plan_each<'s>(
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
        let threads = threads::count(left);
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
}

/// Lets plans of different threads share equal contents, as the plans of one planner do.
fn share_contents(plans: &mut BTreeMap<String, TargetPlan>) {
    let mut contents = Pool::default();
    let edits = plans.values_mut().flat_map(|plan| &mut plan.content.edits);
    for state in edits.filter_map(|edit| edit.after.as_mut()) {
        contents.share(&mut state.bytes);
    }
}

/// The value behind a lock. A thread that panicked ends the whole run, so a poisoned lock is ignored.
pub(super) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn next<T>(queue: &Mutex<impl Iterator<Item = T>>) -> Option<T> {
    locked(queue).next()
}
