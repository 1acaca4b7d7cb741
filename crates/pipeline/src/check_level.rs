//! How firmly a lesson is kept in a target: `enforced`, `detected` or `advisory`. The level follows from the target's files and is
//! written nowhere.
//!
//! Input: a store, and the tree of a target with its checks file and its workflows. Output: a [`CheckLevel`] for each lesson. Not here:
//! what the checks find (crate `checks`), and which checks a proposal delivers (`checks_delivery`).

mod lint_run;

use std::collections::BTreeSet;

use serde::Serialize;

use crate::assistant_view::after;
use crate::checks_delivery::ownership::{ChecksOwner, owner};
use crate::plan::TargetPlan;
use lessonbook_base::tree::Tree;
use lessonbook_store::{ChecksFile, Lesson, Store};

pub use self::lint_run::{LintRun, WORKFLOW_ENDINGS, WORKFLOW_FOLDER, is_workflow};

/// How firmly a lesson is kept in a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum CheckLevel {
    /// No check of the lesson is in the target: assistants and people are reminded, and nothing finds a mistake.
    Advisory,
    /// Its checks are in the target, but no workflow runs `lint`: whoever runs `lint` by hand or in a hook finds mistakes.
    Detected,
    /// Its checks are in the target, and a workflow runs `lint` for changes.
    Enforced,
}

impl CheckLevel {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            CheckLevel::Advisory => "advisory",
            CheckLevel::Detected => "detected",
            CheckLevel::Enforced => "enforced",
        }
    }
}

/// The levels of a store's lessons in one tree of a target.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CheckLevels {
    /// The lessons whose checks are in the target's checks file.
    checked: BTreeSet<String>,
    run: Option<LintRun>,
}

impl CheckLevels {
    /// Reads the levels from a tree. It must hold the content of the checks file and of what [`wants`] names.
    pub fn new(store: &Store, tree: &Tree) -> Self {
        let path = ChecksFile::path_for(&store.name);
        let file = tree
            .file(&path)
            .and_then(|bytes| match owner(store, &path, bytes) {
                ChecksOwner::Ours(file) | ChecksOwner::OurEarlierHome(file) => Some(file),
                ChecksOwner::OursDamaged(_) | ChecksOwner::Another(_) => None, // `lint` runs none of its checks
            });
        let Some(file) = file else {
            return CheckLevels::default();
        };
        CheckLevels {
            checked: file.lessons.into_iter().map(|lesson| lesson.id).collect(),
            run: lint_run::find(tree),
        }
    }

    /// The level of a lesson.
    pub fn level(&self, lesson: &str) -> CheckLevel {
        match (self.checked.contains(lesson), &self.run) {
            (false, _) => CheckLevel::Advisory,
            (true, None) => CheckLevel::Detected,
            (true, Some(_)) => CheckLevel::Enforced,
        }
    }

    /// Where a workflow runs `lint`; none if no workflow does, or if there are no checks to run.
    pub fn run(&self) -> Option<&LintRun> {
        self.run.as_ref()
    }
}

/// The level of a lesson now and after the merge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct LevelChange {
    /// On the base branch.
    pub current: CheckLevel,
    /// After the proposal is merged. A refused plan proposes nothing.
    pub proposed: CheckLevel,
}

impl LevelChange {
    /// `detected`, or `advisory → detected` where the proposal changes it.
    pub fn words(self) -> String {
        if self.current == self.proposed {
            self.current.word().to_owned()
        } else {
            format!("{} → {}", self.current.word(), self.proposed.word())
        }
    }

    /// Whether the lesson's checks are, or will be, in the target.
    pub fn is_checked(self) -> bool {
        self.current.max(self.proposed) > CheckLevel::Advisory
    }
}

/// The levels in a target now and after the merge.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PlannedLevels {
    /// On the base branch.
    pub current: CheckLevels,
    /// After the proposal is merged.
    pub proposed: CheckLevels,
}

impl PlannedLevels {
    /// Reads the levels from the tree of a target and from its plan.
    pub fn new(store: &Store, plan: &TargetPlan, before: &Tree) -> Self {
        PlannedLevels {
            current: CheckLevels::new(store, before),
            proposed: CheckLevels::new(store, &after(plan, before)),
        }
    }

    /// The level of a lesson now and after the merge.
    pub fn level(&self, lesson: &str) -> LevelChange {
        LevelChange {
            current: self.current.level(lesson),
            proposed: self.proposed.level(lesson),
        }
    }
}

/// Whether levels in this store's targets depend on workflows: without checks every lesson is advisory.
pub fn needs_workflows(store: &Store) -> bool {
    let has_checks = |lesson: &Lesson| lesson.is_active() && !lesson.checks.is_empty();
    store.lessons.iter().any(has_checks)
}

/// Whether a tree must hold the content of a path for the levels, beside the checks file.
pub fn wants(store: &Store, path: &str) -> bool {
    is_workflow(path) && needs_workflows(store)
}
