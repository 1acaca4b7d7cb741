//! Reads the store and its targets, and plans each target. Most commands start with this.
//!
//! Input: a context and the TARGET arguments. Output: a [`Planning`]. Not here: the order of planning (`planning_order`), its threads
//! (`parallel`), printing, and carrying out the plans (`execute`).

mod findings;
mod history;
mod local_targets;
mod parallel;
mod planning_order;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::github_targets::GithubTarget;
use super::{Context, duplicate_targets, targets};
use crate::repository::github::Github;
use crate::repository::{self, StoreCommit};
use crate::run::{discovery, github_access};
use lessonbook_audit::AuditFiles;
use lessonbook_base::finding::Finding;
use lessonbook_base::snapshot::Snapshot;
use lessonbook_pipeline::check_level::PlannedLevels;
use lessonbook_pipeline::plan::TargetPlan;
use lessonbook_pipeline::plan_file::SavedPlan;
use lessonbook_pipeline::render;
use lessonbook_pipeline::rollout::{LessonVersions, RolloutGate};
use lessonbook_pipeline::withdrawn_lesson::WithdrawnLesson;
use lessonbook_store::{Files, Status, Store, Target, TargetLocation};

pub use findings::{blocking_errors, needs_github, unreadable};

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
        if discovery::uses_github(&store, &store.targets) && is_needed {
            match github_access::start(context, &store) {
                Ok(started) => github = started,
                Err(finding) => findings.push(finding),
            }
        }
        let discovery = github
            .as_ref()
            .map(|github| discovery::discover(github, &mut store));
        let not_searched = discovery::canaries_not_searched(&store, discovery.as_deref());
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
        let mut unread = planning.read_local(context, &[chosen.clone(), others].concat(), work_tree);
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
            store.history = repository::lesson_history(&root, &commit.commit);
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
            match github_access::start(context, &store) {
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
            commit: saved.store.commit.as_ref().map(StoreCommit::from),
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
        let mut unread = planning.read_local(context, &chosen, None);
        unread.extend(duplicate_targets::refused(&planning.root, &written));
        planning.plan_targets(context, &chosen, unread);
        Ok(planning)
    }

    /// Plans the chosen targets; reads those on GitHub first.
    fn plan_targets(&mut self, context: &Context, chosen: &[Target], unread: BTreeMap<String, Finding>) {
        let planned = self.plan_in_order(context, chosen, unread);
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
