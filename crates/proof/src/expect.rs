//! What the policy requires: for each lesson and entry point a detail, computed from the store and the tree alone.
//!
//! Input: the store, a target, and the tree after the proposal. Output: one [`Expectation`] for every lesson and entry point
//! for which the policy says something. Not here: whether the lesson is present (`read`). This file repeats on purpose what
//! `select` and `place` decide: otherwise a mistake there would also be made here, and would stay unnoticed.

use std::collections::BTreeMap;

use super::ReducedClaim;
use super::in_use::{UsageContext, UsedEntryPoint};
use super::withheld::Excuses;
use lessonbook_base::globs::{Dialect, Matcher};
use lessonbook_base::tree::Tree;
use lessonbook_store::assistants;
use lessonbook_store::{
    Audience, ChecksFile, Detail, EntryPoint, EntryPointKind, Exception, Lesson, Severity, Store, Target,
};

/// What the policy requires of one lesson at one entry point.
#[derive(Debug, Clone, PartialEq)]
pub struct Expectation<'s> {
    /// The lesson's index in the store.
    pub lesson: usize,
    /// The entry point.
    pub row: &'s EntryPoint,
    /// The required detail; `None` only if [`Self::exempt`] gives a reason.
    pub detail: Detail,
    /// Why the policy does not require the lesson.
    pub exempt: Option<String>,
}

/// The globs of a store's lessons. Each glob is compiled once, however many lessons have it.
#[derive(Debug)]
pub struct Globs {
    matcher: Matcher,
    /// For each lesson, the numbers of its globs.
    pub of_lesson: Vec<Vec<usize>>,
}

impl Globs {
    /// Compiles the globs of all lessons.
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

    /// Which tracked paths each glob matches, except entry points and submodules.
    pub fn matched<'g, 't>(&'g self, store: &Store, tree: &'t Tree) -> MatchedPaths<'g, 't> {
        let globs = self.of_lesson.iter().flatten().max().map_or(0, |last| last + 1);
        let mut by_glob = vec![Vec::new(); globs];
        let mut hits = Vec::new();
        for path in tree.paths() {
            self.matcher.matching(path, &mut hits);
            let is_ours = || ChecksFile::is_path(path) || store.entry_points.iter().any(|row| row.owns(path));
            if hits.is_empty() || is_ours() {
                continue;
            }
            for hit in &hits {
                by_glob[*hit].push(path);
            }
        }
        MatchedPaths {
            by_glob,
            of_lesson: &self.of_lesson,
        }
    }
}

/// Which tracked paths the lessons' own globs match.
#[derive(Debug)]
pub struct MatchedPaths<'g, 't> {
    by_glob: Vec<Vec<&'t str>>,
    of_lesson: &'g [Vec<usize>],
}

impl<'t> MatchedPaths<'_, 't> {
    /// The paths that a lesson's globs match. A path that two of its globs match is returned twice.
    pub fn paths(&self, lesson: usize) -> impl Iterator<Item = &'t str> {
        self.of_lesson[lesson]
            .iter()
            .flat_map(|glob| self.by_glob[*glob].iter().copied())
    }
}

/// What the policy requires in a target; nothing if the target is disabled. `claims` are the placements that a budget reduced:
/// where one file holds less, other files must hold all of it.
pub fn required<'s>(
    store: &'s Store,
    target: &Target,
    tree: &Tree,
    matched: &MatchedPaths<'_, '_>,
    claims: &[ReducedClaim],
) -> Vec<Expectation<'s>> {
    let mut all = Vec::new();
    if !target.enabled {
        return all;
    }
    let loaded = UsageContext::new(&store.entry_points, target, tree);
    let used = loaded.rows(store);
    let rows: Vec<&EntryPoint> = used.iter().map(|used| used.row).collect();
    let policy = DetailRules {
        store,
        target,
        loaded: &loaded,
        rows: &rows,
        excuses: Excuses::new(store, &rows, tree),
        claims,
    };
    for UsedEntryPoint { row, whole } in &used {
        let mut required_here = Vec::new();
        let mut is_needed = *whole || row.kind != EntryPointKind::Reference;
        for (at, lesson) in store.lessons.iter().enumerate() {
            if !concerns(lesson, target, || matched.paths(at).next().is_some()) {
                continue;
            }
            let (detail, exempt) = policy.detail(lesson, row);
            if !whole
                && row.kind == EntryPointKind::Scoped
                && exempt.is_none()
                && policy.has_it_always(lesson, row, detail)
            {
                continue;
            }
            is_needed = is_needed || policy.is_only_in_reference(lesson, row, detail);
            let required = exempt.is_none() && detail != Detail::None;
            let exempt = exempt.or_else(|| required.then(|| policy.excuses.excuse(row, lesson)).flatten());
            if detail != Detail::None || exempt.is_some() {
                required_here.push(Expectation {
                    lesson: at,
                    row,
                    detail,
                    exempt,
                });
            }
        }
        if is_needed {
            all.append(&mut required_here);
        }
    }
    all.sort_by_key(|required| required.lesson); // a stable sort keeps the order of the entry points
    all
}

/// The entry points in use in this tree.
pub fn rows<'s>(store: &'s Store, target: &Target, tree: &Tree) -> Vec<&'s EntryPoint> {
    let used = UsageContext::new(&store.entry_points, target, tree).rows(store);
    used.into_iter().map(|used| used.row).collect()
}

/// The lessons whose checks belong into a target's checks file: those that concern it, may be read there, and are not exempt in all
/// of it.
pub(super) fn checked<'s>(store: &'s Store, target: &Target, tree: &Tree, globs: &Globs) -> Vec<&'s Lesson> {
    if !target.enabled || !target.checks {
        return Vec::new();
    }
    let matched = globs.matched(store, tree);
    let is_exempt = |lesson: &Lesson| {
        store.exceptions.iter().chain(&target.declined).any(|exception| {
            exception.lesson == lesson.id
                && exception.accepts.is_none()
                && exception.entry_point.is_none()
                && exception.names_target(&target.name)
        })
    };
    let lessons = store.lessons.iter().enumerate().filter(|(at, lesson)| {
        !lesson.checks.is_empty()
            && (lesson.audience != Audience::Internal || target.may_read_internal())
            && concerns(lesson, target, || matched.paths(*at).next().is_some())
            && !is_exempt(lesson)
    });
    lessons.map(|(_, lesson)| lesson).collect()
}

fn concerns(lesson: &Lesson, target: &Target, is_matched: impl FnOnce() -> bool) -> bool {
    let by_tag = lesson.tags.iter().any(|tag| target.tags.contains(tag));
    let by_path = lesson.tags.is_empty() && (lesson.paths.is_empty() || is_matched());
    lesson.is_active() && (by_tag || by_path)
}

/// What the required detail depends on.
struct DetailRules<'a, 's> {
    store: &'s Store,
    target: &'a Target,
    loaded: &'a UsageContext<'a>,
    rows: &'a [&'s EntryPoint],
    excuses: Excuses<'a>,
    claims: &'a [ReducedClaim],
}

impl DetailRules<'_, '_> {
    /// The required detail, and why it is not more.
    fn detail(&self, lesson: &Lesson, row: &EntryPoint) -> (Detail, Option<String>) {
        let critical = lesson.severity == Severity::Critical;
        if lesson.audience == Audience::Internal && !self.target.may_read_internal() {
            return (
                Detail::None,
                critical.then(|| "internal lesson, public repository".to_owned()),
            );
        }
        if let Some(exception) = exception_for(self.store, self.target, lesson, row) {
            let until = exception
                .until
                .map(|date| format!("until {date}, "))
                .unwrap_or_default();
            return (
                Detail::None,
                Some(format!(
                    "exception: {} ({until}{})",
                    exception.reason, exception.by
                )),
            );
        }
        if !row.topics.is_empty() && !row.topics.contains(&lesson.topic) {
            return (
                Detail::None,
                critical.then(|| format!("`{}` holds only the topics {}", row.name, row.topics.join(", "))),
            );
        }
        // Files for paths never hold a lesson without paths.
        if row.kind == EntryPointKind::Scoped && lesson.paths.is_empty() {
            return (Detail::None, None);
        }
        // Design §2: a critical lesson is required at every entry point in use, whatever the redundancy table says.
        let least = if critical { Detail::Rule } else { Detail::None };
        let detail = self.target.redundancy.detail(lesson.severity, row).max(least);
        if row.kind == EntryPointKind::Always
            && lesson.severity == Severity::Medium
            && self.is_in_families(lesson, row)
        {
            return (Detail::None, None);
        }
        (detail, None)
    }

    /// The detail that an entry point holds for certain.
    fn guaranteed(&self, lesson: &Lesson, row: &EntryPoint) -> Detail {
        let (detail, exempt) = self.detail(lesson, row);
        if exempt.is_some() || self.excuses.lacks(row, lesson) {
            return Detail::None;
        }
        let mut claims = self.claims.iter();
        let claim = claims.find(|claim| claim.lesson == lesson.id && claim.entry_point == row.name);
        claim.map_or(detail, |claim| claim.detail.min(detail))
    }

    /// Whether the assistant of a family loads, in every session, a file that holds all that the family would hold of a lesson.
    fn has_it_always(&self, lesson: &Lesson, family: &EntryPoint, detail: Detail) -> bool {
        let table = &self.store.entry_points;
        let always = self.rows.iter().filter(|row| row.kind == EntryPointKind::Always);
        let mut read = always.filter(|row| {
            family
                .made_for()
                .and_then(|id| assistants::reads(table, id, row))
                .is_some_and(|assistant| !self.loaded.hides(row, assistant))
        });
        read.any(|row| self.parts(lesson, self.guaranteed(lesson, row)) >= self.parts(lesson, detail))
    }

    /// Whether no other file holds all that the reference would hold.
    fn is_only_in_reference(&self, lesson: &Lesson, row: &EntryPoint, detail: Detail) -> bool {
        if row.kind != EntryPointKind::Reference || detail == Detail::None || self.excuses.lacks(row, lesson)
        {
            return false;
        }
        let others = self
            .rows
            .iter()
            .filter(|other| other.kind != EntryPointKind::Reference);
        let most = others
            .map(|other| self.parts(lesson, self.guaranteed(lesson, other)))
            .max();
        most.unwrap_or_default() < self.parts(lesson, detail)
    }

    /// How many parts of a lesson a detail shows: the rule, the rationale, then everything that `full` adds.
    fn parts(&self, lesson: &Lesson, detail: Detail) -> usize {
        let is_internal_allowed = self.target.may_read_internal();
        let adds = [
            lesson.bad.is_some(),
            lesson.good.is_some(),
            is_internal_allowed && !lesson.incidents.is_empty(),
            is_internal_allowed && lesson.source.is_some(),
        ];
        let adds = adds.into_iter().filter(|has| *has).count();
        let why = usize::from(!lesson.rationale.is_empty());
        match detail {
            Detail::None => 0,
            Detail::Rule => 1,
            Detail::Summary => 1 + why,
            Detail::Full => 1 + why + adds,
        }
    }

    /// Whether every assistant that loads an always-loaded file also gets the lesson from a family.
    fn is_in_families(&self, lesson: &Lesson, row: &EntryPoint) -> bool {
        let table = &self.store.entry_points;
        let ids = self.target.assistants.iter().map(String::as_str);
        let mut served: Vec<&str> = ids
            .filter(|id| assistants::reads(table, id, row).is_some())
            .collect();
        if served.is_empty() {
            served = row.made_for().into_iter().collect();
        }
        let holds = |id: &str| {
            self.rows.iter().any(|family| {
                family.kind == EntryPointKind::Scoped
                    && family.made_for() == Some(id)
                    && !lesson.paths.is_empty()
                    && (family.topics.is_empty() || family.topics.contains(&lesson.topic))
                    && self.target.redundancy.detail(lesson.severity, family) > Detail::None
                    && exception_for(self.store, self.target, lesson, family).is_none()
                    && !self.excuses.lacks(family, lesson)
            })
        };
        !served.is_empty() && served.into_iter().all(holds)
    }
}

/// The exception for a lesson, target and entry point.
fn exception_for<'s>(
    store: &'s Store,
    target: &'s Target,
    lesson: &Lesson,
    row: &EntryPoint,
) -> Option<&'s Exception> {
    let all = store.exceptions.iter().chain(&target.declined);
    let mut all = all.filter(|exception| exception.accepts.is_none());
    all.find(|exception| {
        let required_here = exception
            .entry_point
            .as_deref()
            .is_none_or(|name| name == row.name);
        exception.lesson == lesson.id && required_here && exception.names_target(&target.name)
    })
}
