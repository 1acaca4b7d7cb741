//! Reads the store and its targets, and plans each target. Most commands start with this.
//!
//! Input: a context and the TARGET arguments. Output: a [`Planning`]. Not here: the order of planning (`plans`), printing, and carrying
//! out the plans (`execute`).

mod plans;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::context::from_here;
use super::github_targets::{self, GithubTarget};
use super::{Context, duplicate_targets, plan_file, targets};
use crate::report::Progress;
use crate::repository::github::Github;
use crate::repository::{self, LocalRepository, StoreCommit};
use lessonbook_audit::AuditFiles;
use lessonbook_base::finding::{Code, Finding, Level};
use lessonbook_base::shared::Pool;
use lessonbook_base::snapshot::Snapshot;
use lessonbook_pipeline::check_level::PlannedLevels;
use lessonbook_pipeline::plan::TargetPlan;
use lessonbook_pipeline::plan_file::SavedPlan;
use lessonbook_pipeline::rollout::{LessonVersions, RolloutGate};
use lessonbook_pipeline::withdrawn_lesson::WithdrawnLesson;
use lessonbook_pipeline::{Planner, adopt, branch_action, check_level, custom_agents, drift, render};
use lessonbook_store::{Files, Status, Store, Target, TargetLocation};

/// A store, its targets as they were read, and a plan for each.
pub struct Planning {
    /// The store's folder.
    pub root: PathBuf,
    /// The store.
    pub store: Store,
    /// The store's files, as they were read.
    pub files: Files,
    /// The digest of the saved plan that the run carries out.
    pub saved: Option<String>,
    /// How many targets the store has, whatever TARGET arguments were given.
    pub all: usize,
    /// The commit that is checked out in the store's folder; none if it is not in a repository.
    pub commit: Option<StoreCommit>,
    /// All findings in the store.
    pub findings: Vec<Finding>,
    /// A plan for each chosen target, in the order of `targets.yaml`.
    pub plans: Vec<TargetPlan>,
    /// The targets that could be read, as they were read: with the content of instruction files and, if the store has checks, of
    /// workflows.
    pub snapshots: BTreeMap<String, Snapshot>,
    /// The targets on GitHub that could be read.
    pub lives: BTreeMap<String, GithubTarget>,
    /// The gate of each active lesson; empty without a `rollout`.
    pub gates: Vec<RolloutGate>,
    /// The lessons that wait in each target, if a saved plan records them. Then no canary is queried.
    saved_waiting: Option<BTreeMap<String, Vec<LessonVersions>>>,
    /// Names of possible canaries that `discover:` could not search, and why. No gate opens meanwhile.
    not_searched: BTreeMap<String, String>,
    /// The client for GitHub, if there are credentials.
    pub github: Option<Github>,
    /// Which files an audit needs, if one is made.
    audit_files: Option<AuditFiles>,
    /// The withdrawn lesson, if the plans are those of a withdrawal. In the store it is then retired.
    pub withdraws: Option<WithdrawnLesson>,
}

impl Planning {
    /// Reads and plans the chosen targets; without TARGET arguments all of them.
    pub fn new(context: &Context, typed: &[String]) -> anyhow::Result<Self> {
        Self::read_and_plan(context, typed, None, None, false)
    }

    /// Reads and plans all targets, with the files that an audit needs, and with every path of targets on GitHub.
    pub fn for_audit(context: &Context) -> anyhow::Result<Self> {
        Self::read_and_plan(context, &[], None, None, true)
    }

    /// The same, except that a target with `folder` as its work tree is planned from the files there, uncommitted changes included.
    pub fn in_work_tree(context: &Context, typed: &[String], folder: &Path) -> anyhow::Result<Self> {
        Self::read_and_plan(context, typed, Some(folder), None, false)
    }

    /// The same, except that the plans only remove one lesson, with a reason.
    pub fn for_withdrawal(
        context: &Context,
        typed: &[String],
        lesson: &str,
        reason: &str,
    ) -> anyhow::Result<Self> {
        Self::read_and_plan(context, typed, None, Some((lesson, reason)), false)
    }

    fn read_and_plan(
        context: &Context,
        typed: &[String],
        work_tree: Option<&Path>,
        withdraws: Option<(&str, &str)>,
        is_audit: bool,
    ) -> anyhow::Result<Self> {
        let root = context.store_root()?;
        let (files, commit) = if let Some(revision) = &context.remote.from_commit {
            let (files, commit) = repository::read_store_at(&root, revision, &default_branches())?;
            (files, Some(commit))
        } else {
            let files = repository::read_store(&root)?;
            let commit = repository::store_commit(&root, &files);
            (files, commit)
        };
        let (mut store, mut findings) = lessonbook_store::load(&files, context.today);
        if let Some(commit) = &commit {
            store.history = repository::lesson_history(&root, &commit.commit);
        }
        findings.extend(render::check(&store));
        let withdraws = withdraws.map(|(lesson, reason)| WithdrawnLesson::new(&store, lesson, reason));
        for lesson in &mut store.lessons {
            if withdraws.as_ref().is_some_and(|what| what.lesson == lesson.id) {
                lesson.status = Status::Retired;
            }
        }
        if withdraws.is_some() {
            store.rollout = None; // a withdrawal does not wait for canaries
        }
        let mut github = None;
        let is_needed = targets::reach_github(&store, typed) || has_canaries_on_github(&store);
        if github_targets::uses_github(&store, &store.targets) && is_needed {
            match github_targets::start(context, &store) {
                Ok(started) => github = started,
                Err(finding) => findings.push(finding),
            }
        }
        let discovery = github
            .as_ref()
            .map(|github| github_targets::discover(github, &mut store));
        let not_searched = github_targets::canaries_not_searched(&store, discovery.as_deref());
        findings.extend(discovery.unwrap_or_default());
        let mut chosen: Vec<Target> = targets::select(&store, typed)?.into_iter().cloned().collect();
        chosen.retain(|target| {
            let shard = context.remote.shard;
            shard.is_none_or(|shard| shard.contains(&target.name))
        });
        let audit_files = is_audit.then(|| AuditFiles::new(&store));
        let mut planning = Planning {
            root,
            audit_files,
            all: store.targets.len(),
            saved: None,
            store,
            files,
            commit,
            findings,
            plans: Vec::new(),
            snapshots: BTreeMap::new(),
            lives: BTreeMap::new(),
            gates: Vec::new(),
            saved_waiting: None,
            not_searched,
            github,
            withdraws,
        };
        let others = planning.canaries().into_iter();
        let others: Vec<Target> = others
            .filter(|canary| !chosen.iter().any(|target| target.name == canary.name))
            .cloned()
            .collect();
        let mut unread = planning.read(context, &[chosen.clone(), others].concat(), work_tree);
        unread.extend(duplicate_targets::refused(&planning.root, &planning.store));
        if typed.is_empty() && context.remote.shard.is_none() {
            let trees = planning
                .snapshots
                .iter()
                .map(|(name, snapshot)| (name.clone(), snapshot.tree.clone()))
                .collect();
            planning
                .findings
                .extend(lessonbook_store::reach::check_reach(&planning.store, &trees));
        }
        lessonbook_base::finding::sort(&mut planning.findings);
        planning.plan_targets(context, &chosen, unread);
        Ok(planning)
    }

    /// Reads the targets of a saved plan again, with the store that is in the plan; no lesson is read from disk. With TARGET arguments
    /// only those targets are read.
    pub fn from_saved(
        context: &Context,
        saved: &SavedPlan,
        typed: &[String],
        root: &dyn Fn() -> anyhow::Result<PathBuf>,
    ) -> anyhow::Result<Self> {
        let (mut store, _) = lessonbook_store::load(&saved.store.files, saved.today);
        if let (Some(commit), Ok(root)) = (&saved.store.commit, root()) {
            store.history = repository::lesson_history(&root, &plan_file::store_commit(commit).commit);
        }
        let written = store.clone();
        store.targets = saved.targets.iter().map(|target| target.target.clone()).collect();
        let chosen: Vec<Target> = targets::select(&store, typed)?.into_iter().cloned().collect();
        let mut findings = saved.findings.clone();
        let is_local = |target: &Target| matches!(target.place, TargetLocation::Local(_));
        let root = if chosen.iter().any(is_local) {
            root()?
        } else {
            // The folder may still contain a pause.
            root().unwrap_or_else(|_| PathBuf::from("."))
        };
        let mut github = None;
        if !chosen.iter().all(is_local) {
            match github_targets::start(context, &store) {
                Ok(started) => github = started,
                Err(finding) => findings.push(finding),
            }
        }
        let mut planning = Planning {
            root,
            audit_files: None,
            all: saved.store.targets,
            saved: Some(saved.digest.clone()),
            store,
            files: saved.store.files.clone(),
            commit: saved.store.commit.as_ref().map(plan_file::store_commit),
            findings,
            plans: Vec::new(),
            snapshots: BTreeMap::new(),
            lives: BTreeMap::new(),
            gates: Vec::new(),
            saved_waiting: Some(waiting_lessons(saved)),
            not_searched: BTreeMap::new(),
            github,
            withdraws: None,
        };
        let mut unread = planning.read(context, &chosen, None);
        unread.extend(duplicate_targets::refused(&planning.root, &written));
        planning.plan_targets(context, &chosen, unread);
        Ok(planning)
    }

    /// Plans the chosen targets; reads those on GitHub first.
    fn plan_targets(&mut self, context: &Context, chosen: &[Target], unread: BTreeMap<String, Finding>) {
        let planned = self.plan(context, chosen, unread);
        for (name, live) in &planned.lives {
            if let Some(snapshot) = &live.remote.snapshot {
                self.snapshots.insert(name.clone(), snapshot.clone());
            }
        }
        (self.plans, self.lives, self.gates) = (planned.plans, planned.lives, planned.gates);
    }

    /// How firmly lessons are kept in each target, in the order of the plans; in a target that could not be read, nothing is known.
    pub fn check_levels(&self) -> Vec<PlannedLevels> {
        let levels = |plan: &TargetPlan| {
            let snapshot = self.snapshots.get(&plan.target.name)?;
            Some(PlannedLevels::new(&self.store, plan, &snapshot.tree))
        };
        let plans = self.plans.iter();
        plans.map(|plan| levels(plan).unwrap_or_default()).collect()
    }

    /// Whether every target of the store was planned.
    pub fn is_whole(&self) -> bool {
        self.plans.len() == self.all
    }

    /// Whether the files that an audit needs were read, and every path of targets on GitHub.
    pub fn is_for_audit(&self) -> bool {
        self.audit_files.is_some()
    }

    /// Whether `discover:`, if the store has it, could search everywhere.
    pub fn knows_all_targets(&self) -> bool {
        self.store.discover.is_empty() || self.github.is_some() && self.not_searched.is_empty()
    }

    /// Prints findings that are not about a specific target.
    pub fn print_findings(context: &Context, findings: &[Finding]) {
        for finding in findings {
            context
                .printer
                .talk(&format!("{}: {}", finding.level.word(), finding.message));
        }
    }

    /// Opens a local target.
    pub fn open(&self, target: &Target) -> Option<Result<LocalRepository, Finding>> {
        match &target.place {
            TargetLocation::Local(path) => Some(LocalRepository::open(&self.root.join(path), &target.name)),
            TargetLocation::Github(_) => None,
        }
    }

    /// Whether a target is on GitHub.
    pub fn is_on_github(&self, name: &str) -> bool {
        let target = self.store.target(name);
        target.is_some_and(|target| matches!(target.place, TargetLocation::Github(_)))
    }

    /// A local target's folder as a user would type it: relative if it is below the current folder.
    pub fn folder_from_here(&self, name: &str) -> String {
        let target = self.store.target(name);
        match target.map(|target| &target.place) {
            Some(TargetLocation::Local(path)) => {
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

    /// The targets that get new lessons first.
    fn canaries(&self) -> Vec<&Target> {
        let rules = self.store.rollout.as_ref();
        let rules = rules.filter(|_| self.saved_waiting.is_none());
        let Some(rules) = rules else {
            return Vec::new();
        };
        let all = self.store.targets.iter();
        all.filter(|target| rules.is_canary(&target.name)).collect()
    }

    /// Reads the local targets, and returns a finding for each that can't be read.
    fn read(
        &mut self,
        context: &Context,
        chosen: &[Target],
        work_tree: Option<&Path>,
    ) -> BTreeMap<String, Finding> {
        let places = Planner::places(&self.store);
        let places: Vec<&str> = places.iter().map(String::as_str).collect();
        let (mut snapshots, mut unread) = (BTreeMap::new(), BTreeMap::new());
        let mut contents = Pool::default();
        let progress = Progress::start(&context.printer, "reading targets", chosen.len());
        for target in chosen {
            progress.now(&target.name);
            let wants = |path: &str| {
                Planner::wants(&self.store, path)
                    || check_level::wants(&self.store, path)
                    || custom_agents::wants(&self.store, path)
                    || self.audit_files.as_ref().is_some_and(|files| files.wants(path))
            };
            let read = self.open(target).map(|opened| {
                opened.and_then(|repository| {
                    if work_tree.is_some_and(|folder| repository.is_work_tree(folder)) {
                        return repository.work_tree_snapshot(&wants, &places);
                    }
                    let mut snapshot =
                        repository.snapshot(target.base.as_deref(), &self.store.name, &wants)?;
                    repository.see_untracked(&mut snapshot.tree, &self.store.name, &places)?;
                    Ok(snapshot)
                })
            });
            match read {
                Some(Ok(mut snapshot)) => {
                    snapshot.tree.share_contents(&mut contents);
                    snapshots.insert(target.name.clone(), snapshot);
                }
                Some(Err(finding)) => drop(unread.insert(target.name.clone(), finding)),
                None => {}
            }
            progress.done();
        }
        self.snapshots = snapshots;
        unread
    }

    /// The snapshot with what the plan needs of the target's history: our last merged files, to recognize drift, and earlier states of
    /// files that lose a lesson, to put hand-written text back. None if it needs nothing.
    fn with_history(&self, target: &Target, snapshot: &Snapshot, plan: &TargetPlan) -> Option<Snapshot> {
        let needs_past = drift::needs_history(&plan.content.files, &plan.content.edits)
            || branch_action::may_return(&plan.content.changes, snapshot);
        let losing = adopt::losing(&self.store.name, target, &plan.content.edits);
        if !needs_past && losing.is_empty() {
            return None;
        }
        let repository = self.open(target)?.ok()?;
        let wants = |path: &str| Planner::wants(&self.store, path);
        let past = if needs_past {
            repository.last_merged(snapshot, &self.store.name, &wants)
        } else {
            Ok(None)
        };
        // Nothing was ever merged, as in every new target: then the history changes nothing.
        if losing.is_empty() && matches!(past, Ok(None)) {
            return None;
        }
        let mut with_history = snapshot.clone();
        let warning = |unread: Finding, effect: &str| Finding {
            level: Level::Warning,
            ..unread.effect(effect)
        };
        match past {
            Ok(past) => with_history.past = past,
            Err(unread) => {
                let effect = "changes that people made to merged text may not be noticed";
                with_history.findings.push(warning(unread, effect));
            }
        }
        if !losing.is_empty() {
            match repository.file_states(&snapshot.base, &losing) {
                Ok(earlier) => with_history.earlier = earlier,
                Err(unread) => {
                    with_history.earlier.is_cut = true;
                    let effect = "hand-written lines that a lesson replaced are not put back";
                    with_history.findings.push(warning(unread, effect));
                }
            }
        }
        Some(with_history)
    }
}

/// Errors of the store that stop this target: those about it, and those about no lesson or target, because then the policy is unknown.
pub fn blocking_errors(findings: &[Finding], target: &Target) -> Vec<Finding> {
    let about = |finding: &&Finding| match (&finding.target, &finding.lesson) {
        (Some(name), _) => {
            let owner = target.name.split('/').next().unwrap_or_default();
            let owner = matches!(target.place, TargetLocation::Github(_))
                .then(|| github_targets::all_targets_of(owner));
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

/// The possible names of the store's default branch: the one in the environment, as in Actions, otherwise the usual ones.
pub fn default_branches() -> Vec<String> {
    let variable = std::env::var("LESSONBOOK_DEFAULT_BRANCH")
        .ok()
        .filter(|name| !name.is_empty());
    variable.map_or_else(|| vec!["main".to_owned(), "master".to_owned()], |name| vec![name])
}

/// The lessons that wait in each target of a saved plan.
fn waiting_lessons(saved: &SavedPlan) -> BTreeMap<String, Vec<LessonVersions>> {
    let waiting = |plan: &TargetPlan| {
        plan.content
            .waiting
            .iter()
            .map(|one| one.versions(saved.today))
            .collect()
    };
    let targets = saved.targets.iter();
    targets
        .map(|target| (target.plan.target.name.clone(), waiting(&target.plan)))
        .collect()
}

/// Whether a target on GitHub is or may be a canary. Then GitHub is needed even for a run over targets on disk.
fn has_canaries_on_github(store: &Store) -> bool {
    let is_on_github = |target: &&Target| matches!(target.place, TargetLocation::Github(_));
    store.rollout.as_ref().is_some_and(|rules| {
        let mut on_github = store.targets.iter().filter(is_on_github);
        !store.discover.is_empty() || on_github.any(|target| rules.is_canary(&target.name))
    })
}

fn is_here(folder: &std::path::Path) -> bool {
    let here = std::env::current_dir().and_then(|here| here.canonicalize());
    folder
        .canonicalize()
        .ok()
        .zip(here.ok())
        .is_some_and(|(folder, here)| folder == here)
}

/// The finding for a target on GitHub without credentials.
pub fn needs_github(target: &Target) -> Finding {
    Finding::new(
        Code::TargetNeedsGithub,
        format!("{} is on GitHub, but there are no credentials", target.name),
    )
    .help("set GITHUB_TOKEN (docs/github.md lists the permissions that it needs), or clone the repository and name it by its path")
}

/// The finding for a repository on GitHub without readable content.
pub fn unreadable(target: &Target) -> Finding {
    let message = format!("{} contains nothing that can be planned", target.name);
    Finding {
        level: Level::Note,
        ..Finding::new(Code::EmptyRepository, message)
    }
}
