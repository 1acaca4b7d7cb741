//! Where each lesson stands in a target, and in which form the policy wants it there.
//!
//! Input: a selection, the target's policy and the tree (for `?` entry points). Output: a [`PlacedLessons`], one [`PlannedFile`] for
//! every file of ours, and what was exempted on the way. Not here: budgets (`fit`), wording (`render`), and proof
//! (`verify`, which works out for itself what should stand where).

mod in_use;

use serde::{Deserialize, Serialize};

use std::cell::RefCell;
use std::collections::BTreeMap;

pub use self::in_use::{InUse, in_use, leads};

use super::available::{WithheldFile, withheld};
use super::select::{SelectedLesson, Selection};
use lessonbook_base::finding::{Finding, Level};
use lessonbook_base::tree::Tree;
use lessonbook_store::assistants::reads;
use lessonbook_store::{Detail, EntryPoint, EntryPointKind, Exception, Lesson, Severity, Store, Target};

/// The forms that budgets left, by lesson and entry point: what is shorter there does not spare another file the lesson.
pub type ReducedDetails = BTreeMap<(String, String), Detail>;

/// A lesson at an entry point.
#[derive(Debug, Clone, PartialEq)]
pub struct PlacedLesson<'s> {
    /// The lesson.
    pub lesson: &'s Lesson,
    /// The form it gets; `fit` may shrink it.
    pub detail: Detail,
    /// The form that the policy asks for.
    pub wanted: Detail,
}

/// A file of ours.
#[derive(Debug, Clone, PartialEq)]
pub struct PlannedFile<'s> {
    /// The row that it belongs to.
    pub entry_point: &'s EntryPoint,
    /// The topic, for a file of a family; empty otherwise.
    pub topic: String,
    /// The lessons, in the order in which they stand.
    pub placed: Vec<PlacedLesson<'s>>,
}

impl PlannedFile<'_> {
    /// The globs that a file of a family is loaded for: those of its lessons, in order, without duplicates.
    pub fn globs(&self) -> Vec<&str> {
        self.each(Lesson::globs)
    }

    /// The same with their other Unicode spellings, for front matter.
    pub fn spellings(&self) -> Vec<&str> {
        self.each(Lesson::spellings)
    }

    fn each(&self, of: impl Fn(&Lesson) -> Vec<&str>) -> Vec<&str> {
        let mut globs = Vec::new();
        let shown = self.placed.iter().filter(|placed| placed.detail != Detail::None);
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
pub struct Exemption {
    /// The lesson's id.
    pub lesson: String,
    /// The entry point's name.
    pub entry_point: String,
    /// Why.
    pub reason: String,
}

/// What stands where.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PlacedLessons<'s> {
    /// The files, in the order of the table, then by topic.
    pub files: Vec<PlannedFile<'s>>,
    /// What exceptions, or the target's own git files, kept out.
    pub exempt: Vec<Exemption>,
    /// The files that the target keeps from us and that can be done without.
    pub(super) withheld: Vec<WithheldFile>,
}

/// What the target keeps from us, looked up once for each file.
struct WithheldFiles<'a> {
    store: &'a Store,
    tree: &'a Tree,
    known: RefCell<BTreeMap<(String, String), Option<WithheldFile>>>,
}

impl WithheldFiles<'_> {
    fn of(&self, row: &EntryPoint, topic: &str) -> Option<WithheldFile> {
        let key = (row.name.clone(), topic.to_owned());
        let mut known = self.known.borrow_mut();
        let held = known.entry(key);
        held.or_insert_with(|| withheld(self.store, row, topic, self.tree))
            .clone()
    }
}

/// Places a selection.
pub fn place<'s>(
    store: &'s Store,
    target: &Target,
    selection: &Selection<'s>,
    tree: &Tree,
    shrunk: &ReducedDetails,
) -> PlacedLessons<'s> {
    let mut placement = PlacedLessons::default();
    let used = in_use(store, target, tree);
    let kept = WithheldFiles {
        store,
        tree,
        known: RefCell::default(),
    };
    // Files that are each person's own may be left out only while another file is loaded in every session.
    let is_private = |row: &EntryPoint| kept.of(row, "").is_some_and(|withheld| withheld.private);
    let loaded = used
        .iter()
        .any(|used| used.row.kind == EntryPointKind::Always && !is_private(used.row));
    let placing = PlacementInput {
        store,
        target,
        tree,
        used: &used,
        kept: &kept,
        shrunk,
    };
    for one in &used {
        let row = one.row;
        if row.kind == EntryPointKind::Reference
            && one.follows
            && !placing.is_reference_needed(*one, selection)
        {
            continue;
        }
        let mut files: Vec<PlannedFile<'s>> = Vec::new();
        for SelectedLesson { lesson, .. } in &selection.chosen {
            let detail = placing.wanted(*one, lesson);
            if detail == Detail::None || !row.topics.is_empty() && !row.topics.contains(&lesson.topic) {
                continue;
            }
            if let Some(exception) = exception(store, lesson, target, row) {
                placement.exempt.push(exempt(lesson, row, exception));
                continue;
            }
            let Some(topic) = topic(row, lesson) else { continue };
            let placed = PlacedLesson {
                lesson,
                detail,
                wanted: detail,
            };
            match files.iter_mut().find(|file| file.topic == topic) {
                Some(file) => file.placed.push(placed),
                None => files.push(PlannedFile {
                    entry_point: row,
                    topic: topic.to_owned(),
                    placed: vec![placed],
                }),
            }
        }
        if row.kind == EntryPointKind::Reference {
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
fn can_do_without(file: &PlannedFile<'_>, withheld: &WithheldFile, loaded: bool) -> bool {
    let is_critical = |placed: &PlacedLesson<'_>| placed.lesson.severity == Severity::Critical;
    if withheld.private {
        loaded
    } else {
        !file.placed.iter().any(is_critical)
    }
}

impl PlacedLessons<'_> {
    fn leave_out(&mut self, file: &PlannedFile<'_>, mut withheld: WithheldFile) {
        self.exempt.extend(file.placed.iter().map(|placed| Exemption {
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

/// What decides where a lesson is placed.
struct PlacementInput<'a, 's> {
    store: &'s Store,
    target: &'a Target,
    tree: &'a Tree,
    used: &'a [InUse<'s>],
    kept: &'a WithheldFiles<'a>,
    shrunk: &'a ReducedDetails,
}

impl PlacementInput<'_, '_> {
    /// The policy's form, with the rules that the table can't say: a family has no place for lessons without paths, a medium
    /// lesson leaves an always-loaded file whose assistants all get it from a family, and what follows from `assistants` holds
    /// only what they do not read elsewhere.
    fn wanted(&self, used: InUse<'_>, lesson: &Lesson) -> Detail {
        let row = used.row;
        let detail = self.target.redundancy.detail(lesson.severity, row);
        match row.kind {
            EntryPointKind::Scoped if lesson.paths.is_empty() => Detail::None,
            EntryPointKind::Scoped if used.follows && self.is_read_always(row, lesson, detail) => {
                Detail::None
            }
            EntryPointKind::Always
                if lesson.severity == Severity::Medium && self.is_in_families(row, lesson) =>
            {
                Detail::None
            }
            _ => detail,
        }
    }

    /// The form at which a row holds a lesson, if nothing keeps it out.
    fn held(&self, used: InUse<'_>, lesson: &Lesson) -> Detail {
        let row = used.row;
        let topic = topic(row, lesson);
        let is_out = topic.is_none_or(|topic| self.kept.of(row, topic).is_some())
            || !row.topics.is_empty() && !row.topics.contains(&lesson.topic)
            || exception(self.store, lesson, self.target, row).is_some();
        if is_out {
            return Detail::None;
        }
        let shrunk = self.shrunk.get(&(lesson.id.clone(), row.name.clone()));
        let detail = self.wanted(used, lesson);
        shrunk.map_or(detail, |form_now| detail.min(*form_now))
    }

    /// Whether the assistant that a family is made for reads all of it in every session.
    fn is_read_always(&self, family: &EntryPoint, lesson: &Lesson, detail: Detail) -> bool {
        let Some(assistant) = family.made_for() else {
            return false;
        };
        self.used.iter().any(|used| {
            used.row.kind == EntryPointKind::Always
                && reads(&self.store.entry_points, assistant, used.row)
                    .is_some_and(|assistant| !in_use::is_hidden(used.row, assistant, self.tree))
                && self.says(self.held(*used, lesson), detail, lesson)
        })
    }

    /// Whether every assistant that an always-loaded file is for gets a lesson from a family too.
    fn is_in_families(&self, row: &EntryPoint, lesson: &Lesson) -> bool {
        let rows = &self.store.entry_points;
        let mut assistants: Vec<&str> = self.target.assistants.iter().map(String::as_str).collect();
        assistants.retain(|id| reads(rows, id, row).is_some());
        if assistants.is_empty() {
            assistants.extend(row.made_for());
        }
        let in_family = |assistant: &&str| {
            self.used.iter().any(|used| {
                let family = used.row;
                family.kind == EntryPointKind::Scoped
                    && family.made_for() == Some(*assistant)
                    && topic(family, lesson).is_some_and(|topic| self.kept.of(family, topic).is_none())
                    && (family.topics.is_empty() || family.topics.contains(&lesson.topic))
                    && self.target.redundancy.detail(lesson.severity, family) != Detail::None
                    && exception(self.store, lesson, self.target, family).is_none()
            })
        };
        !assistants.is_empty() && assistants.iter().all(in_family)
    }

    /// Whether the reference has something to say that no other file does.
    fn is_reference_needed(&self, used: InUse<'_>, selection: &Selection<'_>) -> bool {
        selection.chosen.iter().any(|SelectedLesson { lesson, .. }| {
            let detail = self.held(used, lesson);
            let mut others = self
                .used
                .iter()
                .filter(|other| other.row.kind != EntryPointKind::Reference);
            detail != Detail::None
                && !others.any(|other| self.says(self.held(*other, lesson), detail, lesson))
        })
    }

    /// Whether a lesson in one form says as much as in another.
    fn says(&self, held: Detail, wanted: Detail, lesson: &Lesson) -> bool {
        let internal = self.target.may_read_internal();
        let more = lesson.bad.is_some()
            || lesson.good.is_some()
            || internal && (!lesson.incidents.is_empty() || lesson.source.is_some());
        held >= wanted
            || held == Detail::Summary && !more
            || held == Detail::Rule && lesson.rationale.is_empty() && (wanted == Detail::Summary || !more)
    }
}

/// The file of a family that holds a lesson; the empty topic for an entry point that is one file.
fn topic<'a>(row: &EntryPoint, lesson: &'a Lesson) -> Option<&'a str> {
    match (row.kind, lesson.paths.is_empty()) {
        (EntryPointKind::Scoped, true) => None,
        (EntryPointKind::Scoped, false) => Some(&lesson.topic),
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

fn exempt(lesson: &Lesson, row: &EntryPoint, exception: &Exception) -> Exemption {
    let until = exception
        .until
        .map(|date| format!(" until {date}"))
        .unwrap_or_default();
    Exemption {
        lesson: lesson.id.clone(),
        entry_point: row.name.clone(),
        reason: format!("by {}{until}: {}", exception.by, exception.reason),
    }
}
