//! Decides where each lesson is placed in a target, and with which detail.
//!
//! Input: a selection, the target's policy and the tree (for `?` entry points). Output: [`PlacedLessons`]: one [`PlannedFile`] for every
//! file of ours, and the exemptions. Not here: budgets (`budget`), wording (`render`), and proof (`proof`, which computes on its own
//! what should be where).

mod given_above;
mod in_use;
mod planned_file;

use serde::{Deserialize, Serialize};

use std::cell::RefCell;
use std::collections::BTreeMap;

pub(crate) use self::given_above::is_hidden_on_the_way;
pub use self::in_use::{InUse, hides, in_use, is_hidden_without, leads};
pub use self::planned_file::{PlacedLesson, PlannedFile};

use super::available::{WithheldFile, withheld};
use super::select::{SelectedLesson, Selection};
use lessonbook_base::finding::{Finding, Level};
use lessonbook_base::tree::Tree;
use lessonbook_store::assistants::reads;
use lessonbook_store::{Detail, EntryPoint, EntryPointKind, Exception, Lesson, Severity, Store, Target};

/// The details that budgets left, by lesson and entry point. A reduced lesson does not allow another file to leave the lesson out.
pub type ReducedDetails = BTreeMap<(String, String), Detail>;

/// A lesson that is exempt at an entry point.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct Exemption {
    /// The lesson's id.
    pub lesson: String,
    /// The entry point's name.
    pub entry_point: String,
    /// The reason.
    pub reason: String,
}

/// Where the lessons are placed.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PlacedLessons<'s> {
    /// The files, in the order of the table, then by topic.
    pub files: Vec<PlannedFile<'s>>,
    /// What exceptions, or the target's git settings, exclude.
    pub exempt: Vec<Exemption>,
    /// The files that the target's git settings withhold, and whose lessons may be missing there.
    pub(super) withheld: Vec<WithheldFile>,
}

/// The files that the target withholds. Each file is looked up once.
struct WithheldFiles<'a> {
    store: &'a Store,
    tree: &'a Tree,
    known: RefCell<BTreeMap<(String, String), Option<WithheldFile>>>,
}

impl WithheldFiles<'_> {
    fn of(&self, row: &EntryPoint, topic: &str) -> Option<WithheldFile> {
        let key = (row.name.clone(), topic.to_owned());
        let mut known = self.known.borrow_mut();
        let placed_detail = known.entry(key);
        placed_detail
            .or_insert_with(|| withheld(self.store, row, topic, self.tree))
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
    // Files that are private to each person may be left out only if another file of the folder is loaded in every session.
    let is_private = |row: &EntryPoint| kept.of(row, "").is_some_and(|withheld| withheld.private);
    let loaded = |folder: &str| {
        let mut rows = used.iter().map(|used| used.row);
        rows.any(|row| row.folder == folder && row.kind == EntryPointKind::Always && !is_private(row))
    };
    let placing = PlacementInput {
        store,
        target,
        tree,
        used: &used,
        kept: &kept,
        shrunk,
        selection,
        overrides: RefCell::default(),
    };
    for one in &used {
        let row = one.row;
        if row.kind == EntryPointKind::Reference
            && one.follows
            && !placing.is_reference_needed(one, selection)
        {
            continue;
        }
        let mut files: Vec<PlannedFile<'s>> = Vec::new();
        if one.imports.is_some() {
            files.push(PlannedFile {
                entry_point: row,
                topic: String::new(),
                placed: Vec::new(),
            });
        }
        for selected in &selection.chosen {
            let lesson = selected.lesson;
            let detail = placing.required_detail(one, selected);
            if detail == Detail::None || !row.topics.is_empty() && !row.topics.contains(&lesson.topic) {
                continue;
            }
            if let Some(exception) = exception(store, lesson, target, row) {
                placement.exempt.push(exempt(lesson, row, exception));
                continue;
            }
            let Some(topic) = topic(row, lesson) else { continue };
            let placed = PlacedLesson {
                relative_to: relative_to(row, selected),
                ..PlacedLesson::new(lesson, detail)
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
                file.placed.sort_by(|a, b| a.lesson.topic.cmp(&b.lesson.topic)); // a stable sort keeps the order by severity and id within a topic
            }
        }
        files.sort_by(|a, b| a.topic.cmp(&b.topic));
        for file in files {
            match kept.of(row, &file.topic) {
                Some(withheld) if may_leave_out(&file, &withheld, loaded(&row.folder)) => {
                    placement.leave_out(&file, withheld);
                }
                _ => placement.files.push(file),
            }
        }
    }
    for one in used.iter().filter(|one| one.imports.is_some()) {
        let mut files = placement.files.iter();
        if !files.any(|file| Some(&file.entry_point.name) == one.imports.as_ref()) {
            placement
                .files
                .retain(|file| file.entry_point.name != one.row.name);
        }
    }
    placement
}

/// Whether the lessons of a file may be missing there. A critical lesson may be missing only if git does not track the file, and if
/// another file is loaded in every session.
fn may_leave_out(file: &PlannedFile<'_>, withheld: &WithheldFile, loaded: bool) -> bool {
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

/// To what the globs of a lesson at an entry point are relative.
fn relative_to(row: &EntryPoint, selected: &SelectedLesson<'_>) -> Vec<(String, String)> {
    let folder = row.folder.as_str();
    match selected.origin(folder) {
        Some("") if folder.is_empty() => Vec::new(),
        Some(origin) => vec![(origin.to_owned(), folder.to_owned())],
        // The reference is for the whole target, and names the folders of a lesson.
        None => {
            let deciding = selected.lesson.deciding_folders(&selected.folders).into_iter();
            deciding.map(|one| (one.to_owned(), one.to_owned())).collect()
        }
    }
}

/// What the placement of a lesson depends on.
struct PlacementInput<'a, 's> {
    store: &'s Store,
    target: &'a Target,
    tree: &'a Tree,
    used: &'a [InUse<'s>],
    kept: &'a WithheldFiles<'a>,
    shrunk: &'a ReducedDetails,
    selection: &'a Selection<'s>,
    /// For a scope's entry point: whether its file would exist, with hand-written text or with lessons.
    overrides: RefCell<BTreeMap<String, bool>>,
}

impl PlacementInput<'_, '_> {
    /// The policy's detail, with the rules that the table can't express: a family has no place for lessons without paths, unless it is all
    /// that an assistant loads for a scope; a medium lesson is left out of an always-loaded file if all its assistants get it from a
    /// family; an entry point that follows from `assistants` holds only what they do not read elsewhere, and one of a scope only what they
    /// do not get from the folders above.
    fn required_detail(&self, used: &InUse<'_>, selected: &SelectedLesson<'_>) -> Detail {
        self.required(used, selected, false)
    }

    fn required(&self, used: &InUse<'_>, selected: &SelectedLesson<'_>, ignore_nearest: bool) -> Detail {
        let (row, lesson) = (used.row, selected.lesson);
        let concerns = row.kind == EntryPointKind::Reference || selected.origin(&row.folder).is_some();
        if !concerns || used.imports.is_some() {
            return Detail::None;
        }
        let detail = self.target.redundancy.detail(lesson, row);
        let detail = match row.kind {
            EntryPointKind::Scoped if lesson.paths.is_empty() && !self.is_only_file(used) => Detail::None,
            EntryPointKind::Scoped if used.follows && self.is_read_always(used, selected, detail) => {
                Detail::None
            }
            EntryPointKind::Always
                if lesson.severity == Severity::Medium && self.is_in_families(used, selected) =>
            {
                Detail::None
            }
            _ => detail,
        };
        if detail != Detail::None
            && !row.folder.is_empty()
            && (self.is_given_above(used, selected, ignore_nearest)
                || !self.matters_in(&row.folder, selected))
        {
            return Detail::None;
        }
        detail
    }

    /// The detail with which an entry point holds a lesson, if nothing excludes it.
    fn placed_detail(&self, used: &InUse<'_>, selected: &SelectedLesson<'_>) -> Detail {
        let (row, lesson) = (used.row, selected.lesson);
        let topic = topic(row, lesson);
        let is_out = topic.is_none_or(|topic| self.kept.of(row, topic).is_some())
            || !row.topics.is_empty() && !row.topics.contains(&lesson.topic)
            || exception(self.store, lesson, self.target, row).is_some();
        if is_out {
            return Detail::None;
        }
        let shrunk = self.shrunk.get(&(lesson.id.clone(), row.name.clone()));
        let detail = self.required_detail(used, selected);
        shrunk.map_or(detail, |form_now| detail.min(*form_now))
    }

    /// Whether the assistant of a family reads all of the lesson in every session.
    fn is_read_always(&self, family: &InUse<'_>, selected: &SelectedLesson<'_>, detail: Detail) -> bool {
        let Some(assistant) = family.row.made_for() else {
            return false;
        };
        let reads = |used: &InUse<'_>| match used.row.folder.as_str() {
            "" => reads(&self.store.entry_points, assistant, used.row)
                .is_some_and(|program| !in_use::is_hidden(used.row, program, self.tree)),
            _ => used.serves(assistant),
        };
        self.used.iter().any(|used| {
            used.row.kind == EntryPointKind::Always
                && used.row.folder == family.row.folder
                && reads(used)
                && self.shows_as_much(self.placed_detail(used, selected), detail, selected.lesson)
        })
    }

    /// Whether every assistant of an always-loaded file gets a lesson from a family, too.
    fn is_in_families(&self, file: &InUse<'_>, selected: &SelectedLesson<'_>) -> bool {
        let (row, lesson) = (file.row, selected.lesson);
        let rows = &self.store.entry_points;
        let mut assistants: Vec<&str> = if row.folder.is_empty() {
            self.target.assistants.iter().map(String::as_str).collect()
        } else {
            file.assistants.iter().map(String::as_str).collect()
        };
        if row.folder.is_empty() {
            assistants.retain(|id| reads(rows, id, row).is_some());
        }
        if assistants.is_empty() {
            assistants.extend(row.made_for());
        }
        let in_family = |assistant: &&str| {
            self.used.iter().any(|used| {
                let family = used.row;
                family.kind == EntryPointKind::Scoped
                    && family.folder == row.folder
                    && family.made_for() == Some(*assistant)
                    && !lesson.paths.is_empty()
                    && topic(family, lesson).is_some_and(|topic| self.kept.of(family, topic).is_none())
                    && (family.topics.is_empty() || family.topics.contains(&lesson.topic))
                    && self.target.redundancy.detail(lesson, family) != Detail::None
                    && exception(self.store, lesson, self.target, family).is_none()
            })
        };
        !assistants.is_empty() && assistants.iter().all(in_family)
    }

    /// Whether the reference would show something that no other file shows.
    fn is_reference_needed(&self, used: &InUse<'_>, selection: &Selection<'_>) -> bool {
        selection.chosen.iter().any(|selected| {
            let detail = self.placed_detail(used, selected);
            let mut others = self
                .used
                .iter()
                .filter(|other| other.row.kind != EntryPointKind::Reference);
            let shows = |other: &InUse<'_>| {
                self.shows_as_much(self.placed_detail(other, selected), detail, selected.lesson)
            };
            detail != Detail::None && !others.any(shows)
        })
    }

    /// Whether a lesson with one detail shows as much as with another.
    fn shows_as_much(&self, placed_detail: Detail, required_detail: Detail, lesson: &Lesson) -> bool {
        let internal = self.target.may_read_internal();
        let more = lesson.bad.is_some()
            || lesson.good.is_some()
            || internal && (!lesson.incidents.is_empty() || lesson.source.is_some());
        placed_detail >= required_detail
            || placed_detail == Detail::Summary && !more
            || placed_detail == Detail::Rule
                && lesson.rationale.is_empty()
                && (required_detail == Detail::Summary || !more)
    }
}

/// The topic whose file of a family holds a lesson; the empty topic for an entry point that is one file.
fn topic<'a>(row: &EntryPoint, lesson: &'a Lesson) -> Option<&'a str> {
    match row.kind {
        EntryPointKind::Scoped if lesson.paths.is_empty() && row.folder.is_empty() => None,
        EntryPointKind::Scoped => Some(&lesson.topic),
        EntryPointKind::Always | EntryPointKind::Reference => Some(""),
    }
}

/// The exception that excludes a lesson from an entry point of a target.
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
