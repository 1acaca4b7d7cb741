//! The store: lessons, targets, policy and the table of entry points, as values.
//!
//! Input: the files of a store's folder as bytes.
//! Output: a [`Store`] with everything that could be read, and a finding for everything that could not.
//! Not here: reading folders (`repository/`), and placing the lessons (`pipeline/`).

pub mod assistants;
pub mod checks_file;
pub mod compare;
pub mod entry_point;
mod evidence;
pub mod exception;
mod fix;
pub mod folder;
mod incident;
pub mod lesson;
mod lesson_version;
pub mod limits;
mod lint;
mod load;
mod name_pattern;
pub mod names;
pub mod normal_form;
pub mod opening;
pub mod reach;
pub mod read;
pub mod redundancy;
mod retire;
pub mod rollout;
pub mod scope;
mod self_test;
pub mod settings;
mod source_map;
pub mod target;
pub mod target_overrides;
pub mod verification_age;
pub mod words;
pub mod writable;
pub mod write;
pub mod yaml;

pub use checks_file::{CheckedLesson, ChecksFile};
pub use evidence::Evidence;
pub use fix::apply_fixes;
pub use incident::{incident_lines, with_incident};
pub use lesson_version::lesson_version;
pub use load::load;
pub use retire::retire;
pub use self_test::check_examples;
pub use source_map::Places;
pub use write::to_yaml;

pub use entry_point::{Assistant, EntryPoint, EntryPointKind, Limit};
pub use exception::{Exception, PathException};
pub use lesson::{Audience, Incident, Lesson, LessonSource, Severity, Status};
pub use limits::{PathPolicy, RunLimits};
pub use redundancy::{Detail, Redundancy};
pub use rollout::{Release, Rollout};
pub use settings::{Acknowledge, Discover, FAILING, OnDrift, Policy, Proposal, ReportSettings};
pub use target::{EntryPointUse, Target, TargetLocation, TargetScope, Visibility};
pub use target_overrides::TargetOverrides;

use std::collections::{BTreeMap, BTreeSet};

/// The files of a store by relative path: `targets.yaml`, everything below `lessons/` and `templates/`.
pub type Files = BTreeMap<String, Vec<u8>>;

/// The content of a store, with all defaults filled in.
#[derive(Debug, Clone, Default)]
pub struct Store {
    /// The name in markers and branch names.
    pub name: String,
    /// The store that blocks name as their manager: `home:` in `targets.yaml`, otherwise the name.
    pub home: String,
    /// The lessons in the store's own history, as far as it was read.
    pub history: LessonHistory,
    /// Every lesson that could be read, with any status, sorted by id.
    pub lessons: Vec<Lesson>,
    /// Files under `lessons/` that could not be read as a lesson, so that it is unknown which targets they concern.
    pub unread: Vec<String>,
    /// The titles of the topics, by topic.
    pub topics: BTreeMap<String, String>,
    /// Built-in rows and the user's own, by name.
    pub entry_points: Vec<EntryPoint>,
    /// Templates by file name; the user's own replace the built-in ones.
    pub templates: BTreeMap<String, String>,
    /// The templates of the catalogue by file name, without `site/`; the user's own replace the built-in ones.
    pub site_templates: BTreeMap<String, String>,
    /// The repositories that receive lessons, in the order of `targets.yaml`.
    pub targets: Vec<Target>,
    /// A target with only default settings, from which targets that `discover:` finds are made.
    pub prototype: Option<Target>,
    /// Lessons that may be absent at an entry point, with a reason.
    pub exceptions: Vec<Exception>,
    /// Paths of targets in which checks may fire, with a reason.
    pub path_exceptions: Vec<PathException>,
    /// Tags of lessons that are kept here for other stores, so that no target needs them.
    pub library_tags: Vec<String>,
    /// Settings of proposals.
    pub proposal: Proposal,
    /// Limits of one run.
    pub policy: Policy,
    /// The targets that get new lessons first, and what the others wait for; `None` if all targets get them at once.
    pub rollout: Option<Rollout>,
    /// Gates that someone opened by hand.
    pub open: Vec<Release>,
    /// Rules by which targets are found on GitHub.
    pub discover: Vec<Discover>,
    /// Known failures.
    pub acknowledge: Vec<Acknowledge>,
    /// What a run reports in addition to its output.
    pub report: ReportSettings,
    /// Whether `targets.yaml` could be read; otherwise neither the targets nor the policy are known.
    pub is_read: bool,
    /// Where values are written in the store's files.
    pub places: Places,
}

/// The lessons that a store ever had.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LessonHistory {
    /// Their ids.
    pub ids: BTreeSet<String>,
    /// Whether the list is complete, because the history was read to its first commit.
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

    /// The entry point with this name. That of a scope has the properties of the target's, which is returned if the table has no scopes.
    pub fn entry_point(&self, name: &str) -> Option<&EntryPoint> {
        let named = |name: &str| self.entry_points.iter().find(|row| row.name == name);
        named(name).or_else(|| named(name.rsplit_once('/')?.1))
    }

    /// The target with a name.
    pub fn target(&self, name: &str) -> Option<&Target> {
        self.targets.iter().find(|target| target.name == name)
    }

    /// The entry point to which a path belongs, no matter who wrote the file: that of a scope before the target's.
    pub fn owner(&self, path: &str) -> Option<&EntryPoint> {
        let rows = self.entry_points.iter().filter(|row| row.owns(path));
        rows.reduce(|best, row| {
            if row.folder.len() > best.folder.len() {
                row
            } else {
                best
            }
        })
    }

    /// Whether a lesson is kept here for other stores, so that no target needs it.
    pub fn is_library(&self, lesson: &Lesson) -> bool {
        !lesson.tags.is_empty() && lesson.tags.iter().all(|tag| self.library_tags.contains(tag))
    }

    /// The branch of this store's proposals, without `refs/heads/`.
    pub fn branch(&self) -> String {
        format!("lessonbook/{}", self.name)
    }
}
