//! What the policy requires: for each lesson and entry point a detail, computed from the store and the tree alone.
//!
//! Input: the store, a target, and the tree after the proposal. Output: one [`Expectation`] for every lesson and entry point
//! for which the policy says something. Not here: whether the lesson is present (`read`). This file repeats on purpose what
//! `select` and `place` decide: otherwise a mistake there would also be made here, and would stay unnoticed.

use super::ReducedClaim;
use super::folders_above::{FoldersAbove, Held};
use super::in_use::{UsageContext, UsedEntryPoint};
use super::matched_paths::{Globs, MatchedPaths};
use super::withheld::Excuses;
use crate::folders_above::origin;
use lessonbook_base::tree::Tree;
use lessonbook_store::{
    Audience, Detail, EntryPoint, EntryPointKind, Exception, Lesson, Severity, Store, Target, assistants,
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
    /// The folder to which the lesson's paths are relative here; empty for the root.
    pub origin: String,
}

/// What the policy requires in a target; nothing if the target is disabled. `claims` are the placements that a budget reduced:
/// where one file holds less, other files must hold all of it. `held`: whether an entry point's files hold a lesson after the plan.
pub fn required<'s>(
    store: &'s Store,
    target: &Target,
    tree: &Tree,
    matched: &MatchedPaths<'_, '_>,
    claims: &[ReducedClaim],
    held: Held<'_>,
) -> Vec<Expectation<'s>> {
    let mut all = Vec::new();
    if !target.enabled {
        return all;
    }
    let loaded = UsageContext::new(store, target, tree);
    let used = loaded.rows(store);
    let rows: Vec<&EntryPoint> = used.iter().map(|used| used.row).collect();
    let policy = DetailRules {
        store,
        target,
        loaded: &loaded,
        used: &used,
        rows: &rows,
        excuses: Excuses::new(store, &rows, tree),
        claims,
    };
    let above = FoldersAbove {
        store,
        loaded: &loaded,
        used: &used,
        tree,
        held,
    };
    let concerned = concerned_folders(store, target, matched);
    // In a scope's file a lesson is wanted only if an assistant does not have it from above, and if the scope has files for it.
    let wanted = |one: &UsedEntryPoint<'_>, at: usize, folders: &[&str]| -> Option<String> {
        let folder = one.row.folder.as_str();
        let origin = origin(folders, folder)?;
        let is_empty = || {
            origin != folder
                && !store.lessons[at].paths.is_empty()
                && matched.paths_in(at, origin, folder).is_empty()
        };
        let is_left_out =
            !folder.is_empty() && (one.readers.is_empty() || above.all_have(one, at, folders) || is_empty());
        (!is_left_out).then(|| origin.to_owned())
    };
    for one in &used {
        let UsedEntryPoint { row, whole, .. } = one;
        let mut required_here = Vec::new();
        let mut is_needed = *whole || row.kind != EntryPointKind::Reference;
        for (at, lesson) in store.lessons.iter().enumerate() {
            let folders = &concerned[at];
            let origin = match row.kind {
                EntryPointKind::Reference => folders.first().map(|folder| (*folder).to_owned()),
                _ => wanted(one, at, folders),
            };
            let Some(origin) = origin else { continue };
            let (detail, exempt) = policy.detail(lesson, one);
            if !whole
                && row.kind == EntryPointKind::Scoped
                && exempt.is_none()
                && policy.has_it_always(lesson, one, detail)
            {
                continue;
            }
            let in_file = |other: &UsedEntryPoint<'_>| wanted(other, at, folders).is_some();
            is_needed = is_needed || policy.is_only_in_reference(lesson, row, detail, &in_file);
            let required = exempt.is_none() && detail != Detail::None;
            let exempt = exempt.or_else(|| required.then(|| policy.excuses.excuse(row, lesson)).flatten());
            if detail != Detail::None || exempt.is_some() {
                required_here.push(Expectation {
                    lesson: at,
                    row,
                    detail,
                    exempt,
                    origin,
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
    let used = UsageContext::new(store, target, tree).rows(store);
    used.into_iter().map(|used| used.row).collect()
}

/// The lessons whose checks belong in a target's checks file: those that concern it, may be read there, and are not exempt in all
/// of it.
pub(super) fn checked<'s>(
    store: &'s Store,
    target: &Target,
    tree: &Tree,
    globs: &Globs,
) -> Vec<(&'s Lesson, Vec<String>)> {
    if !target.enabled || !target.checks {
        return Vec::new();
    }
    let matched = globs.matched(store, target, tree);
    let is_exempt = |lesson: &Lesson| {
        store.exceptions.iter().chain(&target.declined).any(|exception| {
            exception.lesson == lesson.id
                && exception.accepts.is_none()
                && exception.entry_point.is_none()
                && exception.names_target(&target.name)
        })
    };
    let lessons = store.lessons.iter().enumerate().filter(|(_, lesson)| {
        !lesson.checks.is_empty()
            && (lesson.audience != Audience::Internal || target.may_read_internal())
            && !is_exempt(lesson)
    });
    let with_folders = lessons.map(|(at, lesson)| {
        let folders = target
            .folders()
            .filter(|folder| concerns(lesson, at, target, folder, &matched));
        (lesson, folders.map(str::to_owned).collect::<Vec<_>>())
    });
    with_folders.filter(|(_, folders)| !folders.is_empty()).collect()
}

/// Whether a lesson concerns the target itself, or one of its scopes.
fn concerns(
    lesson: &Lesson,
    at: usize,
    target: &Target,
    folder: &str,
    matched: &MatchedPaths<'_, '_>,
) -> bool {
    let tags = target.tags_of(folder);
    let is_matched = || match folder {
        "" => matched.paths(at).next().is_some(),
        _ => matched.is_matched(at, folder),
    };
    let by_tag = lesson.tags.iter().any(|tag| tags.contains(tag));
    let by_path = lesson.tags.is_empty() && (lesson.paths.is_empty() || is_matched());
    lesson.is_active() && (by_tag || by_path)
}

/// For each lesson, the folders that it concerns: the root, and those of scopes.
pub(super) fn concerned_folders<'t>(
    store: &Store,
    target: &'t Target,
    matched: &MatchedPaths<'_, '_>,
) -> Vec<Vec<&'t str>> {
    let lessons = store.lessons.iter().enumerate();
    let folders = lessons.map(|(at, lesson)| {
        let folders = target
            .folders()
            .filter(|folder| concerns(lesson, at, target, folder, matched));
        folders.collect()
    });
    folders.collect()
}

/// What the required detail depends on.
struct DetailRules<'a, 's> {
    store: &'s Store,
    target: &'a Target,
    loaded: &'a UsageContext<'a>,
    used: &'a [UsedEntryPoint<'s>],
    rows: &'a [&'s EntryPoint],
    excuses: Excuses<'a>,
    claims: &'a [ReducedClaim],
}

impl DetailRules<'_, '_> {
    /// The required detail, and why it is not more.
    fn detail(&self, lesson: &Lesson, used: &UsedEntryPoint<'_>) -> (Detail, Option<String>) {
        let row = used.row;
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
        // Files for paths never hold a lesson without paths, unless an assistant has nothing else in a scope.
        if row.kind == EntryPointKind::Scoped && lesson.paths.is_empty() && !self.is_alone(used) {
            return (Detail::None, None);
        }
        // A critical lesson is required at every entry point in use, whatever the redundancy table says.
        let least = if critical { Detail::Rule } else { Detail::None };
        let detail = self.target.redundancy.detail(lesson, row).max(least);
        if row.kind == EntryPointKind::Always
            && lesson.severity == Severity::Medium
            && self.is_in_families(lesson, used)
        {
            return (Detail::None, None);
        }
        (detail, None)
    }

    /// Whether no file in the folder of a scope's family is for the same assistant.
    fn is_alone(&self, family: &UsedEntryPoint<'_>) -> bool {
        let folder = &family.row.folder;
        let files = self
            .used
            .iter()
            .filter(|used| used.row.folder == *folder && used.row.kind == EntryPointKind::Always);
        let mut readers = files.flat_map(|used| &used.readers);
        !folder.is_empty() && !readers.any(|id| family.readers.contains(id))
    }

    /// The detail that an entry point holds for certain.
    fn guaranteed(&self, lesson: &Lesson, used: &UsedEntryPoint<'_>) -> Detail {
        let row = used.row;
        if !row.folder.is_empty() && used.readers.is_empty() {
            return Detail::None;
        }
        let (detail, exempt) = self.detail(lesson, used);
        if exempt.is_some() || self.excuses.lacks(row, lesson) {
            return Detail::None;
        }
        let mut claims = self.claims.iter();
        let claim = claims.find(|claim| claim.lesson == lesson.id && claim.entry_point == row.name);
        claim.map_or(detail, |claim| claim.detail.min(detail))
    }

    /// Whether the assistant of a family loads, in every session, a file that holds all that the family would hold of a lesson.
    fn has_it_always(&self, lesson: &Lesson, family: &UsedEntryPoint<'_>, detail: Detail) -> bool {
        let table = &self.store.entry_points;
        let always = self
            .used
            .iter()
            .filter(|used| used.row.kind == EntryPointKind::Always && used.row.folder == family.row.folder);
        let mut read = always.filter(|used| match used.row.folder.as_str() {
            "" => family
                .row
                .made_for()
                .and_then(|id| assistants::reads(table, id, used.row))
                .is_some_and(|assistant| !self.loaded.hides(used.row, assistant)),
            _ => used.readers.iter().any(|id| family.readers.contains(id)),
        });
        read.any(|used| self.parts(lesson, self.guaranteed(lesson, used)) >= self.parts(lesson, detail))
    }

    /// Whether no other file holds all that the reference would hold.
    fn is_only_in_reference(
        &self,
        lesson: &Lesson,
        row: &EntryPoint,
        detail: Detail,
        in_file: &dyn Fn(&UsedEntryPoint<'_>) -> bool,
    ) -> bool {
        if row.kind != EntryPointKind::Reference || detail == Detail::None || self.excuses.lacks(row, lesson)
        {
            return false;
        }
        let others = self
            .used
            .iter()
            .filter(|other| other.row.kind != EntryPointKind::Reference && in_file(other));
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
    fn is_in_families(&self, lesson: &Lesson, used: &UsedEntryPoint<'_>) -> bool {
        let row = used.row;
        let table = &self.store.entry_points;
        let ids = self.target.assistants.iter().map(String::as_str);
        let mut served: Vec<&str> = match row.folder.as_str() {
            "" => ids
                .filter(|id| assistants::reads(table, id, row).is_some())
                .collect(),
            _ => used.readers.iter().map(String::as_str).collect(),
        };
        if served.is_empty() {
            served = row.made_for().into_iter().collect();
        }
        let holds = |id: &str| {
            self.rows.iter().any(|family| {
                family.kind == EntryPointKind::Scoped
                    && family.folder == row.folder
                    && family.made_for() == Some(id)
                    && !lesson.paths.is_empty()
                    && (family.topics.is_empty() || family.topics.contains(&lesson.topic))
                    && self.target.redundancy.detail(lesson, family) > Detail::None
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
