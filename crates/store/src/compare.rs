//! Compares two versions of a store, lesson by lesson and setting by setting, as a reviewer does.
//!
//! Input: two stores and the files that they were read from.
//! Output: a [`StoreChange`]: lessons, templates and settings that were added, removed or changed.
//! Not here: the effect on the targets (`pipeline/impact`).

mod direction;
mod effective;
mod lessons;
mod settings;
mod tree;

use serde::Serialize;

pub use direction::{ChangedPart, Class, SettingChange};

use super::{Exception, Files, Release, Severity, Store, Target};
use lessonbook_base::edit::{Edit, FileState};
use lessonbook_base::tree::Mode;

/// The differences between two versions of a store.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct StoreChange {
    /// Lessons, the most severe first.
    pub lessons: Vec<LessonDifference>,
    /// The store's own templates.
    pub templates: Vec<TemplateChange>,
    /// Everything else: `targets.yaml` and the topics' titles.
    pub settings: Vec<Setting>,
}

impl StoreChange {
    /// Compares two versions of a store.
    pub fn new(base: (&Store, &Files), head: (&Store, &Files)) -> Self {
        StoreChange {
            lessons: lessons::compare(base.0, head.0),
            templates: templates(base.1, head.1),
            settings: settings::compare(base, head),
        }
    }

    /// Whether nothing differs.
    pub fn is_empty(&self) -> bool {
        self.lessons.is_empty() && self.templates.is_empty() && self.settings.is_empty()
    }
}

/// How a lesson changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum LessonEvent {
    /// It is new.
    Added,
    /// Its file could not be read before, so the differences are unknown.
    Repaired,
    /// Its file can no longer be read, so the differences are unknown.
    Broken,
    /// One of its fields differs.
    Changed,
    /// It is in another topic, and nothing else differs.
    Moved,
    /// It has another id and the same rule.
    Renamed,
    /// It is removed from every block, and remains in the store.
    Retired,
    /// Its file was deleted.
    Removed,
}

impl LessonEvent {
    /// The word for people.
    pub fn word(self) -> &'static str {
        match self {
            LessonEvent::Added => "added",
            LessonEvent::Repaired => "repaired",
            LessonEvent::Broken => "broken",
            LessonEvent::Changed => "changed",
            LessonEvent::Moved => "moved",
            LessonEvent::Renamed => "renamed",
            LessonEvent::Retired => "retired",
            LessonEvent::Removed => "removed",
        }
    }

    /// Every event, in the order of a headline.
    pub const ALL: [LessonEvent; 8] = [
        LessonEvent::Added,
        LessonEvent::Repaired,
        LessonEvent::Broken,
        LessonEvent::Changed,
        LessonEvent::Moved,
        LessonEvent::Renamed,
        LessonEvent::Retired,
        LessonEvent::Removed,
    ];
}

/// A lesson that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LessonDifference {
    /// Its id; the new one, if there is one.
    pub lesson: String,
    /// How it changed.
    pub event: LessonEvent,
    /// Its previous id, if it was renamed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub was: Option<String>,
    /// Its severity; the new one, if there is one.
    pub severity: Severity,
    /// Its file; the new one, if there is one.
    pub file: String,
    /// Whether targets can receive it now.
    pub active: bool,
    /// The fields that differ; for an added or removed lesson, its fields.
    pub fields: Vec<Field>,
}

impl LessonDifference {
    /// The rule before and after.
    pub fn rule(&self) -> Option<&Field> {
        self.field("rule")
    }

    /// A field that differs.
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }
}

/// One field of a lesson, before and after.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Field {
    /// Its key in YAML.
    pub name: &'static str,
    /// The value before; `None` if it was not set.
    pub before: Option<String>,
    /// The value after; `None` if it is no longer set.
    pub after: Option<String>,
}

/// A template that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TemplateChange {
    /// Its file, relative to the store.
    pub file: String,
    /// `added`, `changed` or `removed`.
    pub event: LessonEvent,
    /// Lines added and removed.
    pub counts: (usize, usize),
}

/// A setting that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Setting {
    /// Its path of keys: `policy.max_new_proposals`.
    pub key: String,
    /// The value before, on one line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    /// The value after, on one line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// The change as a sentence, for an exception.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sentence: Option<String>,
    /// Whether a run may do more or less; none if that is in the plans of the targets.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub class: Option<Class>,
}

/// The settings that hold for a run as a whole and that differ, each with its direction. Settings with an effect only in the plans of
/// targets are not here.
pub fn store_changes(old: &Store, new: &Store) -> Vec<SettingChange> {
    directed(&effective::of_store(old), &effective::of_store(new))
}

/// The same for the settings of a target.
pub fn target_changes(old: &Target, new: &Target) -> Vec<SettingChange> {
    directed(&effective::of_target(old), &effective::of_target(new))
}

/// The key of an exception in the path of a [`SettingChange`]: the lesson and the place, whoever decided it and why.
pub fn exception_key(exception: &Exception) -> String {
    effective::exception_key(exception)
}

/// The key of a release in the path of a [`SettingChange`]: the lesson and its version.
pub fn release_key(release: &Release) -> String {
    effective::release_key(release)
}

fn directed(old: &tree::SettingTree, new: &tree::SettingTree) -> Vec<SettingChange> {
    let changes = tree::changes(Some(old), Some(new), &[]);
    changes.iter().flat_map(direction::directed).collect()
}

fn templates(base: &Files, head: &Files) -> Vec<TemplateChange> {
    let mut paths: Vec<&String> = base
        .keys()
        .chain(head.keys())
        .filter(|path| path.starts_with("templates/"))
        .collect();
    paths.sort();
    paths.dedup();
    let state = |files: &Files, path: &str| {
        files.get(path).map(|bytes| FileState {
            mode: Mode::File,
            bytes: bytes.into(),
        })
    };
    let change = |path: &String| {
        let (before, after) = (state(base, path), state(head, path));
        let event = match (&before, &after) {
            (None, _) => LessonEvent::Added,
            (_, None) => LessonEvent::Removed,
            _ => LessonEvent::Changed,
        };
        let differs = before != after;
        let edit = Edit {
            path: path.clone(),
            before,
            after,
        };
        differs.then(|| TemplateChange {
            file: path.clone(),
            event,
            counts: edit.counts(),
        })
    };
    paths.into_iter().filter_map(change).collect()
}
