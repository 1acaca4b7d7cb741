//! Where each lesson stands in a target, and in which form the policy wants it there.
//!
//! Comes in: a selection, the target's policy and the tree (for `?` entry points). Goes out: a [`Placement`], one [`File`] for
//! every file of ours, and what was exempted on the way. Leaves to others: budgets (`fit`), wording (`render`), and proof
//! (`verify`, which works out for itself what should stand where).

use serde::{Deserialize, Serialize};

use super::select::{Chosen, Selection};
use lessonbook_base::tree::Tree;
use lessonbook_store::{EntryPoint, Exception, Form, Kind, Lesson, Severity, Store, Target};

/// The topic whose scoped file holds the critical lessons without paths.
pub const GENERAL: &str = "general";

/// A lesson at an entry point.
#[derive(Debug, Clone, PartialEq)]
pub struct Placed<'s> {
    /// The lesson.
    pub lesson: &'s Lesson,
    /// The form it gets; `fit` may shrink it.
    pub form: Form,
    /// The form that the policy asks for.
    pub wanted: Form,
}

/// A file of ours.
#[derive(Debug, Clone, PartialEq)]
pub struct File<'s> {
    /// The row that it belongs to.
    pub entry_point: &'s EntryPoint,
    /// The topic, for a file of a family; empty otherwise.
    pub topic: String,
    /// The lessons, in the order in which they stand.
    pub placed: Vec<Placed<'s>>,
}

impl File<'_> {
    /// The globs that a file of a family is loaded for: those of its lessons, in order, without duplicates.
    /// Empty for the file that is for every path.
    pub fn globs(&self) -> Vec<&str> {
        let mut globs = Vec::new();
        let shown = self.placed.iter().filter(|placed| placed.form != Form::None);
        for glob in shown.flat_map(|placed| placed.lesson.globs()) {
            if !globs.contains(&glob) {
                globs.push(glob);
            }
        }
        globs
    }
}

/// A lesson that an exception keeps from an entry point.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct Exempt {
    /// The lesson's id.
    pub lesson: String,
    /// The entry point's name.
    pub entry_point: String,
    /// Why.
    pub reason: String,
}

/// What stands where.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Placement<'s> {
    /// The files, in the order of the table, then by topic.
    pub files: Vec<File<'s>>,
    /// What exceptions kept out.
    pub exempt: Vec<Exempt>,
}

/// Places a selection.
pub fn place<'s>(store: &'s Store, target: &Target, selection: &Selection<'s>, tree: &Tree) -> Placement<'s> {
    let mut placement = Placement::default();
    let used: Vec<&EntryPoint> = in_use(store, target, tree).collect();
    for row in &used {
        let mut files: Vec<File<'s>> = Vec::new();
        for Chosen { lesson, .. } in &selection.chosen {
            let form = wanted(store, row, lesson, target, &used);
            if form == Form::None || !row.topics.is_empty() && !row.topics.contains(&lesson.topic) {
                continue;
            }
            if let Some(exception) = exception(store, lesson, target, row) {
                placement.exempt.push(exempt(lesson, row, exception));
                continue;
            }
            let Some(topic) = topic(row, lesson) else { continue };
            let placed = Placed {
                lesson,
                form,
                wanted: form,
            };
            match files.iter_mut().find(|file| file.topic == topic) {
                Some(file) => file.placed.push(placed),
                None => files.push(File {
                    entry_point: row,
                    topic: topic.to_owned(),
                    placed: vec![placed],
                }),
            }
        }
        if row.kind == Kind::Reference {
            for file in &mut files {
                file.placed.sort_by(|a, b| a.lesson.topic.cmp(&b.lesson.topic)); // stable: severity and id stay below
            }
        }
        files.sort_by(|a, b| a.topic.cmp(&b.topic));
        placement.files.append(&mut files);
    }
    placement
}

/// The rows that a target uses: those marked `?` only where a file of theirs exists.
pub fn in_use<'s>(store: &'s Store, target: &Target, tree: &Tree) -> impl Iterator<Item = &'s EntryPoint> {
    target.uses.iter().filter_map(move |used| {
        let row = store.entry_point(&used.entry_point)?;
        let exists = || match row.family() {
            Some((folder, _)) => tree.under(folder).any(|(path, _)| row.owns(path)),
            None => tree.get(&row.path).is_some(),
        };
        (!used.if_exists || exists()).then_some(row)
    })
}

/// The policy's form, with the two rules that the table can't say: a family has no place for lessons without paths unless
/// they are critical, and a medium lesson leaves the always-loaded file of a reader that gets it from a family.
fn wanted(store: &Store, row: &EntryPoint, lesson: &Lesson, target: &Target, used: &[&EntryPoint]) -> Form {
    let form = target.redundancy.form(lesson.severity, row);
    match row.kind {
        Kind::Scoped if topic(row, lesson).is_none() => Form::None,
        Kind::Always if lesson.severity == Severity::Medium => {
            let elsewhere = used.iter().any(|other| {
                other.kind == Kind::Scoped
                    && topic(other, lesson).is_some()
                    && (other.topics.is_empty() || other.topics.contains(&lesson.topic))
                    && target.redundancy.form(lesson.severity, other) != Form::None
                    && exception(store, lesson, target, other).is_none()
                    && main_reader(other).is_some_and(|reader| Some(reader) == main_reader(row))
            });
            if elsewhere { Form::None } else { form }
        }
        _ => form,
    }
}

/// The reader that an entry point is made for: the first of its row.
fn main_reader(row: &EntryPoint) -> Option<&str> {
    row.readers.first().map(|reader| reader.name.as_str())
}

/// The file of a family that holds a lesson; the empty topic for an entry point that is one file.
fn topic<'a>(row: &EntryPoint, lesson: &'a Lesson) -> Option<&'a str> {
    match (row.kind, lesson.paths.is_empty(), lesson.severity) {
        (Kind::Scoped, true, Severity::Critical) => Some(GENERAL),
        (Kind::Scoped, true, _) => None,
        (Kind::Scoped, false, _) => Some(&lesson.topic),
        _ => Some(""),
    }
}

/// The exception that keeps a lesson from an entry point of a target.
fn exception<'s>(
    store: &'s Store,
    lesson: &Lesson,
    target: &'s Target,
    row: &EntryPoint,
) -> Option<&'s Exception> {
    let mut all = store.exceptions.iter().chain(&target.declined);
    all.find(|exception| {
        exception.accepts.is_none()
            && exception.lesson == lesson.id
            && exception
                .entry_point
                .as_ref()
                .is_none_or(|name| *name == row.name)
            && exception.names_target(&target.name)
    })
}

fn exempt(lesson: &Lesson, row: &EntryPoint, exception: &Exception) -> Exempt {
    let until = exception
        .until
        .map(|date| format!(" until {date}"))
        .unwrap_or_default();
    Exempt {
        lesson: lesson.id.clone(),
        entry_point: row.name.clone(),
        reason: format!("by {}{until}: {}", exception.by, exception.reason),
    }
}
