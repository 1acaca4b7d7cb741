//! What differs between two states of a store, at the level at which a lesson is reviewed.
//!
//! Input: two stores and the files that they were read from. Output: a [`StoreChange`]: lessons, templates and settings that
//! came, went or changed. Not here: what that does in the targets (`pipeline/impact`).

mod lessons;
mod settings;

use serde::Serialize;

use super::{Files, Severity, Store};
use lessonbook_base::edit::{Edit, FileState};
use lessonbook_base::tree::Mode;

/// What differs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct StoreChange {
    /// Lessons, the most severe first.
    pub lessons: Vec<LessonDifference>,
    /// Templates of the store's own.
    pub templates: Vec<TemplateChange>,
    /// Everything else: `targets.yaml` and the topics' titles.
    pub settings: Vec<Setting>,
}

impl StoreChange {
    /// Compares.
    pub fn of(base: (&Store, &Files), head: (&Store, &Files)) -> Self {
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

/// What happened to a lesson.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum LessonEvent {
    /// It is new.
    Added,
    /// Its file could not be read before, so nobody can say what differs.
    Repaired,
    /// Its file can't be read any more, so nobody can say what differs.
    Broken,
    /// It says something else, or of something else.
    Changed,
    /// It stands in another topic, and is the same otherwise.
    Moved,
    /// It has another id, and the same rule.
    Renamed,
    /// It leaves every block, and stays in the store.
    Retired,
    /// Its file is gone.
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

    /// In the order of a page's headline.
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
    /// Its id: the new one, where there is one.
    pub lesson: String,
    /// What happened.
    pub event: LessonEvent,
    /// The id that it had, where it was renamed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub was: Option<String>,
    /// Its severity: the new one, where there is one.
    pub severity: Severity,
    /// Its file: the new one, where there is one.
    pub file: String,
    /// Whether targets can hold it now.
    pub active: bool,
    /// What differs; of a new lesson what it says, of one that is gone what it said.
    pub fields: Vec<Field>,
}

impl LessonDifference {
    /// The rule, before and after.
    pub fn rule(&self) -> Option<&Field> {
        self.field("rule")
    }

    /// A field that differs.
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }
}

/// One thing that a lesson says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Field {
    /// As it is called in YAML.
    pub name: &'static str,
    /// Before; none: it said nothing.
    pub before: Option<String>,
    /// After; none: it says nothing any more.
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
    /// Where it stands: `policy.max_new_proposals`.
    pub key: String,
    /// Before, on one line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    /// After, on one line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// In words, where a sentence says it better.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub says: Option<String>,
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
