//! The store, its targets, and a plan for each: what `plan`, `sync`, `coverage`, `explain` and `render` are views of.
//!
//! Input: a context and the TARGET arguments. Output: a [`Planning`]. Not here: planning in the right order (`plans`), printing and
//! applying it.

mod plans;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::context::from_here;
use super::github_targets::{self, GithubTarget};
use super::{Context, duplicate_targets, plan_file, targets};
use crate::report::Progress;
use crate::repository::github::Github;
use crate::repository::{self, LocalRepository, StoreCommit};
use lessonbook_base::finding::{Code, Finding};
use lessonbook_base::shared::Pool;
use lessonbook_base::snapshot::Snapshot;
use lessonbook_pipeline::plan::TargetPlan;
use lessonbook_pipeline::plan_file::SavedPlan;
use lessonbook_pipeline::pr_body::WithdrawnLesson;
use lessonbook_pipeline::rollout::{LessonVersions, RolloutGate};
use lessonbook_pipeline::{Planner, branch_action, drift, render};
use lessonbook_store::{EntryPoint, Files, Status, Store, Target, TargetLocation};

/// A store, and what would happen to its targets.
pub struct Planning {
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
    pub lives: BTreeMap<String, GithubTarget>,
    /// Where each active lesson stands on its way to everybody; empty without a `rollout`.
    pub gates: Vec<RolloutGate>,
    /// The lessons that wait in each target, where a saved plan says it: then no canary is asked.
    kept: Option<BTreeMap<String, Vec<LessonVersions>>>,
    /// Names that canaries may have which `discover:` could not look for, and why: no gate opens meanwhile.
    unsought: BTreeMap<String, String>,
    /// GitHub, where it was reached.
    pub github: Option<Github>,
    /// Where the plans are those of a withdrawal: of what. The store is then the one in which the lesson is retired.
    pub withdraws: Option<WithdrawnLesson>,
}

impl Planning {
    /// Reads everything and plans. With TARGET arguments only those targets are read.
    pub fn take(context: &Context, typed: &[String]) -> anyhow::Result<Self> {
        Self::take_in(context, typed, None)
    }

    /// The same; but a target whose work tree is the folder `here` is planned as its files stand there, uncommitted changes
    /// included.
    pub fn take_in(context: &Context, typed: &[String], here: Option<&Path>) -> anyhow::Result<Self> {
        Self::take_for(context, typed, here, None)
    }

    /// The same; but the plans only take one lesson out of what stands there, and the reason is why.
    pub fn take_to_withdraw(
        context: &Context,
        typed: &[String],
        lesson: &str,
        reason: &str,
    ) -> anyhow::Result<Self> {
        Self::take_for(context, typed, None, Some((lesson, reason)))
    }

    fn take_for(
        context: &Context,
        typed: &[String],
        here: Option<&Path>,
        withdraws: Option<(&str, &str)>,
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
            store.rollout = None; // a wrong lesson waits for no canary
        }
        let mut github = None;
        let reaches = targets::reach_github(&store, typed) || has_canaries_there(&store);
        if github_targets::is_wanted(&store, &store.targets) && reaches {
            match github_targets::start(context, &store) {
                Ok(started) => github = started,
                Err(finding) => findings.push(finding),
            }
        }
        let found = github
            .as_ref()
            .map(|github| github_targets::discover(github, &mut store));
        let unsought = github_targets::unsought(&store, found.as_deref());
        findings.extend(found.unwrap_or_default());
        let mut chosen: Vec<Target> = targets::select(&store, typed)?.into_iter().cloned().collect();
        chosen.retain(|target| context.remote.shard.is_none_or(|shard| shard.holds(&target.name)));
        let mut survey = Planning {
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
            gates: Vec::new(),
            kept: None,
            unsought,
            github,
            withdraws,
        };
        let others = survey.canaries().into_iter();
        let others: Vec<Target> = others
            .filter(|canary| !chosen.iter().any(|target| target.name == canary.name))
            .cloned()
            .collect();
        let mut unread = survey.read(context, &[chosen.clone(), others].concat(), here);
        unread.extend(duplicate_targets::refused(&survey.root, &survey.store));
        if typed.is_empty() && context.remote.shard.is_none() {
            let trees = survey
                .snapshots
                .iter()
                .map(|(name, snapshot)| (name.clone(), snapshot.tree.clone()))
                .collect();
            survey
                .findings
                .extend(lessonbook_store::reach::check_reach(&survey.store, &trees));
        }
        lessonbook_base::finding::sort(&mut survey.findings);
        survey.look(context, &chosen, unread);
        Ok(survey)
    }

    /// Looks again at targets of a saved plan: the store is the plan's own, and nothing of it is read from disk. With TARGET arguments
    /// only those targets are read.
    pub fn again(
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
            // A pause may stand there all the same.
            root().unwrap_or_else(|_| PathBuf::from("."))
        };
        let mut github = None;
        if !chosen.iter().all(is_local) {
            match github_targets::start(context, &store) {
                Ok(started) => github = started,
                Err(finding) => findings.push(finding),
            }
        }
        let mut survey = Planning {
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
            gates: Vec::new(),
            kept: Some(waits(saved)),
            unsought: BTreeMap::new(),
            github,
            withdraws: None,
        };
        let mut unread = survey.read(context, &chosen, None);
        unread.extend(duplicate_targets::refused(&survey.root, &written));
        survey.look(context, &chosen, unread);
        Ok(survey)
    }

    /// Plans the chosen targets, and reads and plans those on GitHub.
    fn look(&mut self, context: &Context, chosen: &[Target], unread: BTreeMap<String, Finding>) {
        let planned = self.plan(context, chosen, unread);
        for (name, live) in &planned.lives {
            if let Some(snapshot) = &live.remote.snapshot {
                self.snapshots.insert(name.clone(), snapshot.clone());
            }
        }
        (self.plans, self.lives, self.gates) = (planned.plans, planned.lives, planned.gates);
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
            TargetLocation::Local(path) => Some(LocalRepository::open(&self.root.join(path), &target.name)),
            TargetLocation::Github(_) => None,
        }
    }

    /// Whether a target is on GitHub.
    pub fn is_on_github(&self, name: &str) -> bool {
        let target = self.store.targets.iter().find(|target| target.name == name);
        target.is_some_and(|target| matches!(target.place, TargetLocation::Github(_)))
    }

    /// A local target's folder as a user would type it here: relative where it is below the current folder.
    pub fn folder_from_here(&self, name: &str) -> String {
        let target = self.store.targets.iter().find(|target| target.name == name);
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
        let rules = self.store.rollout.as_ref().filter(|_| self.kept.is_none());
        let Some(rules) = rules else {
            return Vec::new();
        };
        let all = self.store.targets.iter();
        all.filter(|target| rules.is_canary(&target.name)).collect()
    }

    /// Takes the snapshots; gives back why some could not be taken.
    fn read(
        &mut self,
        context: &Context,
        chosen: &[Target],
        here: Option<&Path>,
    ) -> BTreeMap<String, Finding> {
        let places: Vec<&str> = self.store.entry_points.iter().map(EntryPoint::place).collect();
        let (mut snapshots, mut unread) = (BTreeMap::new(), BTreeMap::new());
        let mut contents = Pool::default();
        let progress = Progress::start(&context.printer, "reading targets", chosen.len());
        for target in chosen {
            progress.now(&target.name);
            let wants = |path: &str| Planner::wants(&self.store, path);
            let read = self.open(target).map(|opened| {
                opened.and_then(|repository| {
                    if here.is_some_and(|here| repository.is_work_tree(here)) {
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

    /// The snapshot with what of ours was merged last, where that would tell more of a plan. A history that can't be read tells nothing.
    fn with_past(&self, target: &Target, snapshot: &Snapshot, plan: &TargetPlan) -> Option<Snapshot> {
        if !drift::needs_history(&plan.content.files, &plan.content.edits)
            && !branch_action::may_return(&plan.content.changes, snapshot)
        {
            return None;
        }
        let repository = self.open(target)?.ok()?;
        let wants = |path: &str| Planner::wants(&self.store, path);
        let past = repository
            .last_merged(snapshot, &self.store.name, &wants)
            .ok()??;
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
            let owner = matches!(target.place, TargetLocation::Github(_))
                .then(|| github_targets::everything_of(owner));
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

/// What a saved plan says of the lessons that wait.
fn waits(saved: &SavedPlan) -> BTreeMap<String, Vec<LessonVersions>> {
    let of = |plan: &TargetPlan| {
        plan.content
            .waiting
            .iter()
            .map(|one| one.ladder(saved.today))
            .collect()
    };
    let targets = saved.targets.iter();
    targets
        .map(|target| (target.plan.target.name.clone(), of(&target.plan)))
        .collect()
}

/// Whether a target on GitHub is, or may turn out to be, a canary: then GitHub is asked even for a run over targets on disk.
fn has_canaries_there(store: &Store) -> bool {
    let there = |target: &&Target| matches!(target.place, TargetLocation::Github(_));
    store.rollout.as_ref().is_some_and(|rules| {
        let mut there = store.targets.iter().filter(there);
        !store.discover.is_empty() || there.any(|target| rules.is_canary(&target.name))
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

/// The finding on a target on GitHub where there are no credentials.
pub fn needs_github(target: &Target) -> Finding {
    Finding::new(
        Code::TargetNeedsGithub,
        format!("{} is on GitHub, and there are no credentials", target.name),
    )
    .help("set GITHUB_TOKEN (docs/github.md says which permissions it takes), or clone it and name it by its path")
}

/// The finding on a repository that could not be read.
pub fn unreadable(target: &Target) -> Finding {
    let message = format!("{} holds nothing that could be planned", target.name);
    Finding {
        level: lessonbook_base::finding::Level::Note,
        ..Finding::new(Code::EmptyRepository, message)
    }
}
