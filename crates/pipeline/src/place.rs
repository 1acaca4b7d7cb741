//! Where each lesson stands in a target, and in which form the policy wants it there.
//!
//! Comes in: a selection, the target's policy and the tree (for `?` entry points). Goes out: a [`Placement`], one [`File`] for
//! every file of ours, and what was exempted on the way. Leaves to others: budgets (`fit`), wording (`render`), and proof
//! (`verify`, which works out for itself what should stand where).

use serde::{Deserialize, Serialize};

use std::cell::RefCell;
use std::collections::BTreeMap;

use super::available::{Withheld, withheld};
use super::select::{Chosen, Selection};
use lessonbook_base::finding::{Finding, Level};
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
        self.each(Lesson::globs)
    }

    /// The same with their other Unicode spellings, for front matter.
    pub fn spellings(&self) -> Vec<&str> {
        self.each(Lesson::spellings)
    }

    fn each(&self, of: impl Fn(&Lesson) -> Vec<&str>) -> Vec<&str> {
        let mut globs = Vec::new();
        let shown = self.placed.iter().filter(|placed| placed.form != Form::None);
        for glob in shown.flat_map(|placed| of(placed.lesson)) {
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
    /// What exceptions, or the target's own git files, kept out.
    pub exempt: Vec<Exempt>,
    /// The files that the target keeps from us and that can be done without.
    pub(super) withheld: Vec<Withheld>,
}

/// What the target keeps from us, looked up once for each file.
struct Kept<'a> {
    store: &'a Store,
    tree: &'a Tree,
    known: RefCell<BTreeMap<(String, String), Option<Withheld>>>,
}

impl Kept<'_> {
    fn of(&self, row: &EntryPoint, topic: &str) -> Option<Withheld> {
        let key = (row.name.clone(), topic.to_owned());
        let mut known = self.known.borrow_mut();
        let held = known.entry(key);
        held.or_insert_with(|| withheld(self.store, row, topic, self.tree))
            .clone()
    }
}

/// Places a selection.
pub fn place<'s>(store: &'s Store, target: &Target, selection: &Selection<'s>, tree: &Tree) -> Placement<'s> {
    let mut placement = Placement::default();
    let used: Vec<&EntryPoint> = in_use(store, target, tree).collect();
    let kept = Kept {
        store,
        tree,
        known: RefCell::default(),
    };
    // Files that are each person's own may be left out only while another file is loaded in every session.
    let is_private = |row: &EntryPoint| kept.of(row, "").is_some_and(|withheld| withheld.private);
    let loaded = used
        .iter()
        .any(|row| row.kind == Kind::Always && !is_private(row));
    for row in &used {
        let mut files: Vec<File<'s>> = Vec::new();
        for Chosen { lesson, .. } in &selection.chosen {
            let form = wanted((store, target), row, lesson, &used, &kept);
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
        for file in files {
            match kept.of(row, &file.topic) {
                Some(withheld) if can_do_without(&file, &withheld, loaded) => {
                    placement.leave_out(&file, withheld);
                }
                _ => placement.files.push(file),
            }
        }
    }
    placement
}

/// Whether the lessons of a file may be missing there: a critical one only where git does not track the file at all, and only
/// while another file is loaded in every session.
fn can_do_without(file: &File<'_>, withheld: &Withheld, loaded: bool) -> bool {
    let is_critical = |placed: &Placed<'_>| placed.lesson.severity == Severity::Critical;
    if withheld.private {
        loaded
    } else {
        !file.placed.iter().any(is_critical)
    }
}

impl Placement<'_> {
    fn leave_out(&mut self, file: &File<'_>, mut withheld: Withheld) {
        self.exempt.extend(file.placed.iter().map(|placed| Exempt {
            lesson: placed.lesson.id.clone(),
            entry_point: withheld.entry_point.clone(),
            reason: withheld.reason.clone(),
        }));
        withheld.finding.level = Level::Warning;
        self.withheld.push(withheld);
    }

    /// The findings of the files that are left out.
    pub fn left_out(&self) -> impl Iterator<Item = (&str, &str, &Finding)> {
        self.withheld
            .iter()
            .map(|one| (one.entry_point.as_str(), one.path.as_str(), &one.finding))
    }
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
fn wanted(
    (store, target): (&Store, &Target),
    row: &EntryPoint,
    lesson: &Lesson,
    used: &[&EntryPoint],
    kept: &Kept<'_>,
) -> Form {
    let form = target.redundancy.form(lesson.severity, row);
    match row.kind {
        Kind::Scoped if topic(row, lesson).is_none() => Form::None,
        Kind::Always if lesson.severity == Severity::Medium => {
            let elsewhere = used.iter().any(|other| {
                other.kind == Kind::Scoped
                    && topic(other, lesson).is_some_and(|topic| kept.of(other, topic).is_none())
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
