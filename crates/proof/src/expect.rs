//! What the policy asks for: lesson × entry point → form, worked out from the store and the tree alone.
//!
//! Input: the store, a target, the tree as a proposal would leave it. Output: one [`Expectation`] for every pair that the policy
//! speaks of. Not here: whether it stands there (`read`). It repeats on purpose what `select` and `place` decide: a
//! mistake there must not excuse itself here.

use std::collections::BTreeMap;

use super::ReducedClaim;
use super::in_use::{UsageContext, UsedEntryPoint};
use super::withheld::Excuses;
use lessonbook_base::globs::{Dialect, Matcher};
use lessonbook_base::tree::Tree;
use lessonbook_store::assistants;
use lessonbook_store::{
    Audience, Detail, EntryPoint, EntryPointKind, Exception, Lesson, Severity, Store, Target,
};

/// What the policy asks for in one place.
#[derive(Debug, Clone, PartialEq)]
pub struct Expectation<'s> {
    /// Which lesson, by its place in the store.
    pub lesson: usize,
    /// Where.
    pub row: &'s EntryPoint,
    /// How much; `None` only where [`Self::exempt`] says why.
    pub detail: Detail,
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
    pub fn matched<'g, 't>(&'g self, store: &Store, tree: &'t Tree) -> MatchedPaths<'g, 't> {
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
    /// The paths that a lesson's globs match; one that two globs match comes twice.
    pub fn of(&self, lesson: usize) -> impl Iterator<Item = &'t str> {
        self.of_lesson[lesson]
            .iter()
            .flat_map(|glob| self.by_glob[*glob].iter().copied())
    }
}

/// What the policy asks for in a target. A switched-off target is asked for nothing. `claims`: what budgets shortened, so that
/// other files are asked for the whole of it.
pub fn asked<'s>(
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
        let mut here = Vec::new();
        let mut is_needed = *whole || row.kind != EntryPointKind::Reference;
        for (at, lesson) in store.lessons.iter().enumerate() {
            if !concerns(lesson, target, || matched.of(at).next().is_some()) {
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
            let asked = exempt.is_none() && detail != Detail::None;
            let exempt = exempt.or_else(|| asked.then(|| policy.excuses.of(row, lesson)).flatten());
            if detail != Detail::None || exempt.is_some() {
                here.push(Expectation {
                    lesson: at,
                    row,
                    detail,
                    exempt,
                });
            }
        }
        if is_needed {
            all.append(&mut here);
        }
    }
    all.sort_by_key(|asked| asked.lesson); // stable: the rows' order stays
    all
}

/// The rows in use in this tree.
pub fn rows<'s>(store: &'s Store, target: &Target, tree: &Tree) -> Vec<&'s EntryPoint> {
    let used = UsageContext::new(&store.entry_points, target, tree).rows(store);
    used.into_iter().map(|used| used.row).collect()
}

fn concerns(lesson: &Lesson, target: &Target, is_matched: impl FnOnce() -> bool) -> bool {
    let by_tag = lesson.tags.iter().any(|tag| target.tags.contains(tag));
    let by_path = lesson.tags.is_empty() && (lesson.paths.is_empty() || is_matched());
    lesson.is_active() && (by_tag || by_path)
}

/// What decides how much is asked for.
struct DetailRules<'a, 's> {
    store: &'s Store,
    target: &'a Target,
    loaded: &'a UsageContext<'a>,
    rows: &'a [&'s EntryPoint],
    excuses: Excuses<'a>,
    claims: &'a [ReducedClaim],
}

impl DetailRules<'_, '_> {
    /// The form that is asked for, and why not more.
    fn detail(&self, lesson: &Lesson, row: &EntryPoint) -> (Detail, Option<String>) {
        let critical = lesson.severity == Severity::Critical;
        if lesson.audience == Audience::Internal && !self.target.may_read_internal() {
            return (
                Detail::None,
                critical.then(|| "internal lesson, public repository".to_owned()),
            );
        }
        if let Some(exception) = excepted(self.store, self.target, lesson, row) {
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
        // Files for paths say nothing of a lesson without paths.
        if row.kind == EntryPointKind::Scoped && lesson.paths.is_empty() {
            return (Detail::None, None);
        }
        // Design §2: a critical lesson is asked for at every entry point in use, whatever the table says.
        let least = if critical { Detail::Rule } else { Detail::None };
        let detail = self.target.redundancy.detail(lesson.severity, row).max(least);
        if row.kind == EntryPointKind::Always
            && lesson.severity == Severity::Medium
            && self.elsewhere(lesson, row)
        {
            return (Detail::None, None);
        }
        (detail, None)
    }

    /// What a row can be counted on to hold of a lesson.
    fn counted(&self, lesson: &Lesson, row: &EntryPoint) -> Detail {
        let (detail, exempt) = self.detail(lesson, row);
        if exempt.is_some() || self.excuses.lacks(row, lesson) {
            return Detail::None;
        }
        let mut claims = self.claims.iter();
        let claim = claims.find(|claim| claim.lesson == lesson.id && claim.entry_point == row.name);
        claim.map_or(detail, |claim| claim.detail.min(detail))
    }

    /// Whether a family's assistant reads all that the family would say of a lesson in a file that is always loaded.
    fn has_it_always(&self, lesson: &Lesson, family: &EntryPoint, detail: Detail) -> bool {
        let table = &self.store.entry_points;
        let always = self.rows.iter().filter(|row| row.kind == EntryPointKind::Always);
        let mut read = always.filter(|row| {
            family
                .made_for()
                .and_then(|id| assistants::reads(table, id, row))
                .is_some_and(|assistant| !self.loaded.hides(row, assistant))
        });
        read.any(|row| self.parts(lesson, self.counted(lesson, row)) >= self.parts(lesson, detail))
    }

    /// Whether no other file holds all that the reference would.
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
            .map(|other| self.parts(lesson, self.counted(lesson, other)))
            .max();
        most.unwrap_or_default() < self.parts(lesson, detail)
    }

    /// How many parts of a lesson a form shows: rule, rationale, then all that `full` adds.
    fn parts(&self, lesson: &Lesson, detail: Detail) -> usize {
        let told = self.target.may_read_internal();
        let adds = [
            lesson.bad.is_some(),
            lesson.good.is_some(),
            told && !lesson.incidents.is_empty(),
            told && lesson.source.is_some(),
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

    /// Whether every assistant that an always-loaded file serves gets the lesson from a family too.
    fn elsewhere(&self, lesson: &Lesson, row: &EntryPoint) -> bool {
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
                    && excepted(self.store, self.target, lesson, family).is_none()
                    && !self.excuses.lacks(family, lesson)
            })
        };
        !served.is_empty() && served.into_iter().all(holds)
    }
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
