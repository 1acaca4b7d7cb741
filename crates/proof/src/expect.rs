//! What the policy asks for: lesson × entry point → form, worked out from the store and the tree alone.
//!
//! Comes in: the store, a target, the tree as a proposal would leave it. Goes out: one [`Asked`] for every pair that the policy
//! speaks of. Leaves to others: whether it stands there (`read`). It repeats on purpose what `select` and `place` decide: a
//! mistake there must not excuse itself here.

use std::collections::BTreeMap;

use super::withheld::Excuses;
use lessonbook_base::globs::{Dialect, Matcher};
use lessonbook_base::tree::Tree;
use lessonbook_store::{Audience, EntryPoint, Exception, Form, Kind, Lesson, Severity, Store, Target};

/// What the policy asks for in one place.
#[derive(Debug, Clone, PartialEq)]
pub struct Asked<'s> {
    /// Which lesson, by its place in the store.
    pub lesson: usize,
    /// Where.
    pub row: &'s EntryPoint,
    /// How much; `None` only where [`Self::exempt`] says why.
    pub form: Form,
    /// Why the policy does not insist.
    pub exempt: Option<String>,
}

/// The globs of a store's lessons, each compiled once however many lessons have it.
#[derive(Debug)]
pub struct Globs {
    matcher: Matcher,
    /// For each lesson, its globs' numbers.
    pub of_lesson: Vec<Vec<usize>>,
}

impl Globs {
    /// Compiles them.
    pub fn new(store: &Store) -> Self {
        let mut numbers: BTreeMap<&str, usize> = BTreeMap::new();
        let mut globs: Vec<&str> = Vec::new();
        let mut of_lesson = vec![Vec::new(); store.lessons.len()];
        for (at, lesson) in store.lessons.iter().enumerate() {
            for glob in lesson.spellings() {
                let number = *numbers.entry(glob).or_insert_with(|| {
                    globs.push(glob);
                    globs.len() - 1
                });
                of_lesson[at].push(number);
            }
        }
        Globs {
            matcher: Matcher::new(Dialect::Portable, &globs),
            of_lesson,
        }
    }

    /// Which tracked paths each glob matches, entry points and submodules left out.
    pub fn matched<'g, 't>(&'g self, store: &Store, tree: &'t Tree) -> Matched<'g, 't> {
        let globs = self.of_lesson.iter().flatten().max().map_or(0, |last| last + 1);
        let mut by_glob = vec![Vec::new(); globs];
        let mut hits = Vec::new();
        for path in tree.paths() {
            self.matcher.matching(path, &mut hits);
            if hits.is_empty() || store.entry_points.iter().any(|row| row.owns(path)) {
                continue;
            }
            for hit in &hits {
                by_glob[*hit].push(path);
            }
        }
        Matched {
            by_glob,
            of_lesson: &self.of_lesson,
        }
    }
}

/// Which tracked paths the lessons' own globs match.
#[derive(Debug)]
pub struct Matched<'g, 't> {
    by_glob: Vec<Vec<&'t str>>,
    of_lesson: &'g [Vec<usize>],
}

impl<'t> Matched<'_, 't> {
    /// The paths that a lesson's globs match; one that two globs match comes twice.
    pub fn of(&self, lesson: usize) -> impl Iterator<Item = &'t str> {
        self.of_lesson[lesson]
            .iter()
            .flat_map(|glob| self.by_glob[*glob].iter().copied())
    }
}

/// What the policy asks for in a target. A switched-off target is asked for nothing.
pub fn asked<'s>(
    store: &'s Store,
    target: &Target,
    tree: &Tree,
    matched: &Matched<'_, '_>,
) -> Vec<Asked<'s>> {
    let mut all = Vec::new();
    if !target.enabled {
        return all;
    }
    let rows: Vec<&EntryPoint> = rows(store, target, tree);
    let excuses = Excuses::new(store, &rows, tree);
    for (at, lesson) in store.lessons.iter().enumerate() {
        if !concerns(lesson, target, || matched.of(at).next().is_some()) {
            continue;
        }
        for row in &rows {
            let (form, exempt) = form((store, target), lesson, row, &rows, &excuses);
            let asked = exempt.is_none() && form != Form::None;
            let exempt = exempt.or_else(|| asked.then(|| excuses.of(row, lesson)).flatten());
            if form != Form::None || exempt.is_some() {
                all.push(Asked {
                    lesson: at,
                    row,
                    form,
                    exempt,
                });
            }
        }
    }
    all
}

/// The rows in use in this tree.
pub fn rows<'s>(store: &'s Store, target: &Target, tree: &Tree) -> Vec<&'s EntryPoint> {
    let used = |row: &&EntryPoint| {
        target.uses.iter().any(|used| {
            used.entry_point == row.name && (!used.if_exists || tree.iter().any(|(path, _)| row.owns(path)))
        })
    };
    store.entry_points.iter().filter(used).collect()
}

fn concerns(lesson: &Lesson, target: &Target, is_matched: impl FnOnce() -> bool) -> bool {
    let by_tag = lesson.tags.iter().any(|tag| target.tags.contains(tag));
    let by_path = lesson.tags.is_empty() && (lesson.paths.is_empty() || is_matched());
    lesson.is_active() && (by_tag || by_path)
}

/// The form that is asked for, and why not more.
fn form(
    (store, target): (&Store, &Target),
    lesson: &Lesson,
    row: &EntryPoint,
    rows: &[&EntryPoint],
    excuses: &Excuses<'_>,
) -> (Form, Option<String>) {
    let critical = lesson.severity == Severity::Critical;
    if lesson.audience == Audience::Internal && !target.may_read_internal() {
        return (
            Form::None,
            critical.then(|| "internal lesson, public repository".to_owned()),
        );
    }
    if let Some(exception) = excepted(store, target, lesson, row) {
        let until = exception
            .until
            .map(|date| format!("until {date}, "))
            .unwrap_or_default();
        return (
            Form::None,
            Some(format!(
                "exception: {} ({until}{})",
                exception.reason, exception.by
            )),
        );
    }
    if !row.topics.is_empty() && !row.topics.contains(&lesson.topic) {
        return (
            Form::None,
            critical.then(|| format!("`{}` holds only the topics {}", row.name, row.topics.join(", "))),
        );
    }
    if row.kind == Kind::Scoped && lesson.paths.is_empty() && !critical {
        return (Form::None, None);
    }
    // Design §2: a critical lesson is asked for at every entry point in use, whatever the table says.
    let least = if critical { Form::Rule } else { Form::None };
    let form = target.redundancy.form(lesson.severity, row).max(least);
    if row.kind == Kind::Always
        && lesson.severity == Severity::Medium
        && elsewhere((store, target), lesson, row, rows, excuses)
    {
        return (Form::None, None);
    }
    (form, None)
}

/// The exception that names lesson, target and entry point.
fn excepted<'s>(
    store: &'s Store,
    target: &'s Target,
    lesson: &Lesson,
    row: &EntryPoint,
) -> Option<&'s Exception> {
    let all = store.exceptions.iter().chain(&target.declined);
    let mut all = all.filter(|exception| exception.accepts.is_none());
    all.find(|exception| {
        let here = exception
            .entry_point
            .as_deref()
            .is_none_or(|name| name == row.name);
        exception.lesson == lesson.id && here && exception.names_target(&target.name)
    })
}

/// Whether the reader that an always-loaded file is made for gets the lesson from a family too.
fn elsewhere(
    (store, target): (&Store, &Target),
    lesson: &Lesson,
    row: &EntryPoint,
    rows: &[&EntryPoint],
    excuses: &Excuses<'_>,
) -> bool {
    let reader = |row: &EntryPoint| row.readers.first().map(|reader| reader.name.clone());
    !lesson.paths.is_empty()
        && rows.iter().any(|family| {
            family.kind == Kind::Scoped
                && reader(row).is_some()
                && reader(family) == reader(row)
                && (family.topics.is_empty() || family.topics.contains(&lesson.topic))
                && target.redundancy.form(lesson.severity, family) > Form::None
                && excepted(store, target, lesson, family).is_none()
                && !excuses.lacks(family, lesson)
        })
}
