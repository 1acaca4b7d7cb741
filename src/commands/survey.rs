//! The store, its targets, and a plan for each: what `plan`, `sync`, `coverage`, `explain` and `render` are views of.
//!
//! Comes in: a context and the TARGET arguments. Goes out: a [`Survey`]. Leaves to others: printing and applying it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::context::from_here;
use super::remote::{self, Live};
use super::{Context, plan_file, targets};
use crate::finding::{Code, Finding};
use crate::pipeline::plan::TargetPlan;
use crate::pipeline::saved::SavedPlan;
use crate::pipeline::{Planner, drift, render};
use crate::remote::Remote;
use crate::report::Progress;
use crate::repository::github::Github;
use crate::repository::{self, LocalRepository, StoreCommit};
use crate::snapshot::Snapshot;
use crate::store::{self, Files, Place, Store, Target};

/// A store, and what would happen to its targets.
pub struct Survey {
    /// The store's folder.
    pub root: PathBuf,
    /// The store.
    pub store: Store,
    /// Its files, as they were read.
    pub files: Files,
    /// The digest of the saved plan that the run carries out.
    pub saved: Option<String>,
    /// How many targets it has, whatever TARGET arguments were given.
    pub all: usize,
    /// The commit that the store's folder stands at; none where it is in no repository.
    pub commit: Option<StoreCommit>,
    /// Everything wrong in the store.
    pub findings: Vec<Finding>,
    /// A plan for each chosen target, in the order of `targets.yaml`.
    pub plans: Vec<TargetPlan>,
    /// The targets that could be read, as they were read; of those on GitHub only our files.
    pub snapshots: BTreeMap<String, Snapshot>,
    /// The targets on GitHub that could be read.
    pub lives: BTreeMap<String, Live>,
    /// GitHub, where it was reached.
    pub github: Option<Github>,
}

impl Survey {
    /// Reads everything and plans. With TARGET arguments only those targets are opened.
    pub fn take(context: &Context, typed: &[String]) -> anyhow::Result<Self> {
        Self::take_in(context, typed, None)
    }

    /// The same; but a target whose work tree is the folder `here` is planned as its files stand there, uncommitted changes
    /// included.
    pub fn take_in(context: &Context, typed: &[String], here: Option<&Path>) -> anyhow::Result<Self> {
        let root = context.store_root()?;
        let (files, commit) = if let Some(revision) = &context.remote.from_commit {
            let (files, commit) = repository::read_store_at(&root, revision, &default_branches())?;
            (files, Some(commit))
        } else {
            let files = repository::read_store(&root)?;
            let commit = repository::store_commit(&root, &files);
            (files, commit)
        };
        let (mut store, mut findings) = store::load(&files, context.today);
        findings.extend(render::check(&store));
        let mut github = None;
        if remote::is_wanted(&store, &store.targets) && targets::reach_github(&store, typed) {
            match remote::start(context, &store) {
                Ok(started) => github = started,
                Err(finding) => findings.push(finding),
            }
        }
        if let Some(github) = &github {
            findings.extend(remote::discover(github, &mut store));
        }
        let mut chosen: Vec<Target> = targets::select(&store, typed)?.into_iter().cloned().collect();
        chosen.retain(|target| context.remote.shard.is_none_or(|shard| shard.holds(&target.name)));
        let mut survey = Survey {
            root,
            all: store.targets.len(),
            saved: None,
            store,
            files,
            commit,
            findings,
            plans: Vec::new(),
            snapshots: BTreeMap::new(),
            lives: BTreeMap::new(),
            github,
        };
        let unread = survey.read(context, &chosen, here);
        if typed.is_empty() && context.remote.shard.is_none() {
            let trees = survey
                .snapshots
                .iter()
                .map(|(name, snapshot)| (name.clone(), snapshot.tree.clone()))
                .collect();
            survey
                .findings
                .extend(store::reach::check_reach(&survey.store, &trees));
        }
        crate::finding::sort(&mut survey.findings);
        survey.look(context, &chosen, unread);
        Ok(survey)
    }

    /// Looks again at targets of a saved plan: the store is the plan's own, and nothing of it is read from disk. With TARGET arguments
    /// only those targets are opened.
    pub fn again(
        context: &Context,
        saved: &SavedPlan,
        typed: &[String],
        root: &dyn Fn() -> anyhow::Result<PathBuf>,
    ) -> anyhow::Result<Self> {
        let (mut store, _) = store::load(&saved.store.files, saved.today);
        store.targets = saved.targets.iter().map(|target| target.target.clone()).collect();
        let chosen: Vec<Target> = targets::select(&store, typed)?.into_iter().cloned().collect();
        let mut findings = saved.findings.clone();
        let is_local = |target: &Target| matches!(target.place, Place::Local(_));
        let root = if chosen.iter().any(is_local) {
            root()?
        } else {
            // A pause may stand there all the same.
            root().unwrap_or_else(|_| PathBuf::from("."))
        };
        let mut github = None;
        if !chosen.iter().all(is_local) {
            match remote::start(context, &store) {
                Ok(started) => github = started,
                Err(finding) => findings.push(finding),
            }
        }
        let mut survey = Survey {
            root,
            all: saved.store.targets,
            saved: Some(saved.digest.clone()),
            store,
            files: saved.store.files.clone(),
            commit: saved.store.commit.as_ref().map(plan_file::store_commit),
            findings,
            plans: Vec::new(),
            snapshots: BTreeMap::new(),
            lives: BTreeMap::new(),
            github,
        };
        let unread = survey.read(context, &chosen, None);
        survey.look(context, &chosen, unread);
        Ok(survey)
    }

    /// Plans the chosen targets, and reads and plans those on GitHub.
    fn look(&mut self, context: &Context, chosen: &[Target], unread: BTreeMap<String, Finding>) {
        let (plans, lives) = self.plan(context, chosen, unread);
        for (name, live) in &lives {
            if let Some(snapshot) = &live.remote.snapshot {
                self.snapshots.insert(name.clone(), snapshot.clone());
            }
        }
        (self.plans, self.lives) = (plans, lives);
    }

    /// Whether every target of the store was looked at.
    pub fn is_whole(&self) -> bool {
        self.plans.len() == self.all
    }

    /// Says findings that are about no target in particular.
    pub fn report(context: &Context, findings: &[Finding]) {
        for finding in findings {
            context
                .printer
                .talk(&format!("{}: {}", finding.level.word(), finding.message));
        }
    }

    /// Opens a local target.
    pub fn open(&self, target: &Target) -> Option<Result<LocalRepository, Finding>> {
        match &target.place {
            Place::Local(path) => Some(LocalRepository::open(&self.root.join(path), &target.name)),
            Place::Github(_) => None,
        }
    }

    /// Whether a target is on GitHub.
    pub fn is_on_github(&self, name: &str) -> bool {
        let target = self.store.targets.iter().find(|target| target.name == name);
        target.is_some_and(|target| matches!(target.place, Place::Github(_)))
    }

    /// A local target's folder as a user would type it here: relative where it is below the current folder.
    pub fn folder_from_here(&self, name: &str) -> String {
        let target = self.store.targets.iter().find(|target| target.name == name);
        match target.map(|target| &target.place) {
            Some(Place::Local(path)) => {
                let folder = self.root.join(path);
                let below = from_here(&folder);
                match below.trim_end_matches('/') {
                    "" if is_here(&folder) => ".".to_owned(),
                    "" => folder.canonicalize().unwrap_or(folder).display().to_string(),
                    below => below.to_owned(),
                }
            }
            _ => name.to_owned(),
        }
    }

    /// Takes the snapshots; gives back why some could not be taken.
    fn read(
        &mut self,
        context: &Context,
        chosen: &[Target],
        here: Option<&Path>,
    ) -> BTreeMap<String, Finding> {
        let places: Vec<&str> = self
            .store
            .entry_points
            .iter()
            .map(|row| row.family().map_or(row.path.as_str(), |(folder, _)| folder))
            .collect();
        let (mut snapshots, mut unread) = (BTreeMap::new(), BTreeMap::new());
        let progress = Progress::start(&context.printer, "reading targets", chosen.len());
        for target in chosen {
            progress.now(&target.name);
            let wants = |path: &str| Planner::wants(&self.store, path);
            let read = self.open(target).map(|opened| {
                opened.and_then(|repository| {
                    if here.is_some_and(|here| repository.is_work_tree(here)) {
                        return repository.work_tree_snapshot(&wants, &places);
                    }
                    repository.snapshot(target.base.as_deref(), &self.store.name, &wants)
                })
            });
            match read {
                Some(Ok(snapshot)) => drop(snapshots.insert(target.name.clone(), snapshot)),
                Some(Err(finding)) => drop(unread.insert(target.name.clone(), finding)),
                None => {}
            }
            progress.done();
        }
        self.snapshots = snapshots;
        unread
    }

    fn plan(
        &self,
        context: &Context,
        chosen: &[Target],
        mut unread: BTreeMap<String, Finding>,
    ) -> (Vec<TargetPlan>, BTreeMap<String, Live>) {
        let planner = Planner::new(&self.store);
        let make = |target: &Target, snapshot: Option<&Snapshot>, unread: Option<Finding>| {
            let stops = stops(&self.findings, target);
            match (&planner, snapshot, unread) {
                (_, None, Some(finding)) => TargetPlan::refused(target, None, vec![finding]),
                (_, None, None) => TargetPlan::skipped(target, needs_github(target)),
                (Err(finding), _, _) => TargetPlan::refused(target, snapshot, vec![finding.clone()]),
                (Ok(_), _, _) if !stops.is_empty() => TargetPlan::refused(target, snapshot, stops),
                (Ok(planner), Some(snapshot), _) => planner.plan(target, snapshot),
            }
        };
        let (mut plans, mut lives) = (BTreeMap::new(), BTreeMap::new());
        let is_remote = |target: &&Target| self.github.is_some() && matches!(target.place, Place::Github(_));
        let there: Vec<&Target> = chosen.iter().filter(is_remote).collect();
        if let Some(github) = &self.github {
            let make = |target: &Target, seen: &Remote| match &seen.snapshot {
                Some(snapshot) => make(target, Some(snapshot), None),
                None => TargetPlan::skipped(target, unreadable(target)),
            };
            let commit = self.commit.as_ref();
            for (plan, live) in remote::plan(context, &self.store, commit, &self.root, github, &there, &make)
            {
                lives.extend(live.map(|live| (plan.target.clone(), live)));
                plans.insert(plan.target.clone(), plan);
            }
        }
        let progress = Progress::start(&context.printer, "planning", chosen.len() - there.len());
        let all = chosen.iter().map(|target| {
            plans.remove(&target.name).unwrap_or_else(|| {
                progress.now(&target.name);
                let snapshot = self.snapshots.get(&target.name);
                let plan = make(target, snapshot, unread.remove(&target.name));
                let past = snapshot.and_then(|snapshot| self.with_past(target, snapshot, &plan));
                progress.done();
                past.map_or(plan, |snapshot| make(target, Some(&snapshot), None))
            })
        });
        (all.collect(), lives)
    }

    /// The snapshot with what of ours was merged last, where that would tell more of a plan. A history that can't be read tells nothing.
    fn with_past(&self, target: &Target, snapshot: &Snapshot, plan: &TargetPlan) -> Option<Snapshot> {
        if !drift::asks(&plan.files, &plan.edits) {
            return None;
        }
        let repository = self.open(target)?.ok()?;
        let wants = |path: &str| Planner::wants(&self.store, path);
        let past = repository.past(snapshot, &self.store.name, &wants).ok()??;
        Some(Snapshot {
            past: Some(past),
            ..snapshot.clone()
        })
    }
}

/// Errors of the store that are about this target, or about nothing in particular: then nobody knows what the policy is.
pub fn stops(findings: &[Finding], target: &Target) -> Vec<Finding> {
    let about = |finding: &&Finding| match (&finding.target, &finding.lesson) {
        (Some(name), _) => {
            let owner = target.name.split('/').next().unwrap_or_default();
            let owner = matches!(target.place, Place::Github(_)).then(|| remote::everything_of(owner));
            *name == target.name || owner.is_some_and(|owner| owner.eq_ignore_ascii_case(name))
        }
        (None, lesson) => lesson.is_none(),
    };
    findings
        .iter()
        .filter(|finding| finding.is_error())
        .filter(about)
        .cloned()
        .collect()
}

/// The names that the store's default branch can have: as Actions says it, else the usual ones.
pub fn default_branches() -> Vec<String> {
    let said = std::env::var("LESSONBOOK_DEFAULT_BRANCH")
        .ok()
        .filter(|name| !name.is_empty());
    said.map_or_else(|| vec!["main".to_owned(), "master".to_owned()], |name| vec![name])
}

fn is_here(folder: &std::path::Path) -> bool {
    let here = std::env::current_dir().and_then(|here| here.canonicalize());
    folder
        .canonicalize()
        .ok()
        .zip(here.ok())
        .is_some_and(|(folder, here)| folder == here)
}

pub(super) fn needs_github(target: &Target) -> Finding {
    Finding::new(
        Code::TargetNeedsGithub,
        format!("{} is on GitHub, and there are no credentials", target.name),
    )
    .help("set GITHUB_TOKEN (docs/github.md says which permissions it takes), or clone it and name it by its path")
}

pub(super) fn unreadable(target: &Target) -> Finding {
    let message = format!("{} holds nothing that could be planned", target.name);
    Finding {
        level: crate::finding::Level::Note,
        ..Finding::new(Code::EmptyRepository, message)
    }
}
