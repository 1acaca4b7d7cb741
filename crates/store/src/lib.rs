//! The store: lessons, targets, policy and the table of entry points, as values.
//!
//! Input: the files of a store's folder as bytes. Output: a [`Store`] with everything that could be read, and a finding
//! for everything that could not. Not here: reading folders (`repository/`) and what to do with the lessons
//! (`pipeline/`).

pub mod assistants;
pub mod compare;
pub mod entry_point;
mod fix;
pub mod lesson;
mod lesson_version;
pub mod limits;
mod lint;
mod load;
pub mod normal_form;
pub mod reach;
pub mod read;
mod retire;
pub mod rollout;
mod source_map;
pub mod target;
pub mod target_overrides;
pub mod writable;
pub mod write;
pub mod yaml;

pub use fix::apply_fixes;
pub use lesson_version::lesson_version;
pub use load::load;
pub use retire::retire;
pub use source_map::Places;
pub use write::to_yaml;

pub use entry_point::{Assistant, EntryPoint, EntryPointKind, Limit};
pub use lesson::{Audience, Incident, Lesson, Severity, Status};
pub use limits::{PathPolicy, RunLimits};
pub use rollout::{Release, Rollout};
pub use target::{
    Acknowledge, Detail, Discover, EntryPointUse, Exception, FAILING, OnDrift, Policy, Proposal, Redundancy,
    ReportSettings, Target, TargetLocation, Visibility,
};
pub use target_overrides::TargetOverrides;

use std::collections::{BTreeMap, BTreeSet};

/// The files of a store by relative path: `targets.yaml`, everything below `lessons/` and `templates/`.
pub type Files = BTreeMap<String, Vec<u8>>;

/// Everything a store says, after its defaults were filled in.
#[derive(Debug, Clone, Default)]
pub struct Store {
    /// The name in markers and branch names.
    pub name: String,
    /// Where changes belong, as a reader of a block is told: `home:` in `targets.yaml`, else the name.
    pub home: String,
    /// The lessons that the store's own history holds, as far as somebody looked.
    pub history: LessonHistory,
    /// Every lesson that could be read, whatever its status, by id.
    pub lessons: Vec<Lesson>,
    /// Files under `lessons/` that could not be read as a lesson: nobody knows whom they concern.
    pub unread: Vec<String>,
    /// The titles of the topics, by topic.
    pub topics: BTreeMap<String, String>,
    /// Built-in rows and the user's own, by name.
    pub entry_points: Vec<EntryPoint>,
    /// Templates by file name, the user's own over the embedded ones.
    pub templates: BTreeMap<String, String>,
    /// Who receives lessons, in the order of `targets.yaml`.
    pub targets: Vec<Target>,
    /// What a target is where nothing else is written: how one that `discover:` finds begins.
    pub prototype: Option<Target>,
    /// Lessons that need not stand somewhere, with a reason.
    pub exceptions: Vec<Exception>,
    /// Tags of lessons that are kept here for other stores, so that no target needs them.
    pub library_tags: Vec<String>,
    /// How proposals look.
    pub proposal: Proposal,
    /// Bounds of one run.
    pub policy: Policy,
    /// Who gets new lessons first, and what the others wait for; none: everybody gets them at once.
    pub rollout: Option<Rollout>,
    /// Gates that somebody opened by hand.
    pub open: Vec<Release>,
    /// Targets to be found on GitHub.
    pub discover: Vec<Discover>,
    /// Failures that are known.
    pub acknowledge: Vec<Acknowledge>,
    /// What a run reports besides what it prints.
    pub report: ReportSettings,
    /// Whether `targets.yaml` could be read; else nobody knows who receives lessons, nor what the policy is.
    pub is_read: bool,
    /// Where in the store's files things stand.
    pub places: Places,
}

/// Which lessons a store ever had.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LessonHistory {
    /// Their ids.
    pub ids: BTreeSet<String>,
    /// Whether these are all: the history was read to its first commit.
    pub is_whole: bool,
}

impl Store {
    /// The lesson with this id.
    pub fn lesson(&self, id: &str) -> Option<&Lesson> {
        self.lessons
            .binary_search_by(|lesson| lesson.id.as_str().cmp(id))
            .ok()
            .map(|at| &self.lessons[at])
    }

    /// The entry point with this name.
    pub fn entry_point(&self, name: &str) -> Option<&EntryPoint> {
        self.entry_points.iter().find(|row| row.name == name)
    }

    /// Whether a lesson is kept here for other stores, so that no target needs it.
    pub fn is_library(&self, lesson: &Lesson) -> bool {
        !lesson.tags.is_empty() && lesson.tags.iter().all(|tag| self.library_tags.contains(tag))
    }

    /// The branch that this store's proposals live on, without `refs/heads/`.
    pub fn branch(&self) -> String {
        format!("lessonbook/{}", self.name)
    }
}
