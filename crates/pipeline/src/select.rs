//! Which lessons concern a target, and why.
//!
//! Input: the store's lessons, a target, its tree. Output: a [`Selection`]: the lessons that concern it with the reason, and those that
//! would but are excluded. Not here: where they are placed (`place`).

use serde::{Deserialize, Serialize};

use lessonbook_base::globs::{GlobMatch, Index};
use lessonbook_base::tree::{Mode, Tree};
use lessonbook_store::{Audience, ChecksFile, EntryPoint, Lesson, Store, Target};

/// Why a lesson concerns a target.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case", tag = "by")]
pub enum Reason {
    /// Lesson and target share these tags.
    Tags {
        /// The shared tags.
        tags: Vec<String>,
    },
    /// The lesson has neither tags nor paths.
    Everywhere,
    /// The lesson has no tags, and its paths match.
    Paths,
}

/// A glob of a lesson and what it matches in the target.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
pub struct Match {
    /// The glob as written.
    pub glob: String,
    /// How many tracked files it matches.
    pub count: usize,
    /// The first of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub example: Option<String>,
}

/// A lesson that concerns the target.
#[derive(Debug, Clone, PartialEq)]
pub struct SelectedLesson<'s> {
    /// The lesson.
    pub lesson: &'s Lesson,
    /// The reason.
    pub reason: Reason,
    /// What its paths match.
    pub matches: Vec<Match>,
}

/// A lesson that would concern the target but is excluded.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct ExcludedLesson {
    /// The lesson's id.
    pub lesson: String,
    /// The reason, as one clause.
    pub why: String,
}

/// The lessons for a target.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Selection<'s> {
    /// The lessons, by severity, then id.
    pub chosen: Vec<SelectedLesson<'s>>,
    /// The lessons that are excluded.
    pub left_out: Vec<ExcludedLesson>,
}

/// Selects lessons for many targets of one store. The globs are compiled once.
pub struct Selector<'s> {
    store: &'s Store,
    index: Index,
    /// For each glob of the index, the lesson to which it belongs.
    owners: Vec<usize>,
}

impl<'s> Selector<'s> {
    /// Compiles the globs of the store's active lessons.
    pub fn new(store: &'s Store) -> Self {
        let globs: Vec<_> = store
            .lessons
            .iter()
            .enumerate()
            .filter(|(_, lesson)| lesson.is_active())
            .flat_map(|(at, lesson)| lesson.paths.iter().map(move |glob| (at, glob)))
            .collect();
        let index = Index::new(&globs.iter().map(|(_, glob)| *glob).collect::<Vec<_>>());
        Selector {
            store,
            index,
            owners: globs.into_iter().map(|(at, _)| at).collect(),
        }
    }

    /// The lessons that concern this target; none if it is disabled.
    pub fn select(&self, target: &Target, tree: &Tree) -> Selection<'s> {
        if !target.enabled {
            return Selection::default();
        }
        let mut matches = self.matches(tree);
        let mut selection = Selection::default();
        for (lesson, matches) in self.store.lessons.iter().zip(matches.drain(..)) {
            let Some(reason) = concerns(lesson, target, &matches) else {
                continue;
            };
            if lesson.audience == Audience::Internal && !target.may_read_internal() {
                let why = "internal lesson, public repository".to_owned();
                selection.left_out.push(ExcludedLesson {
                    lesson: lesson.id.clone(),
                    why,
                });
                continue;
            }
            selection.chosen.push(SelectedLesson {
                lesson,
                reason,
                matches,
            });
        }
        selection
            .chosen
            .sort_by(|a, b| (b.lesson.severity, &a.lesson.id).cmp(&(a.lesson.severity, &b.lesson.id)));
        selection
    }

    /// What every lesson's globs match, by lesson.
    fn matches(&self, tree: &Tree) -> Vec<Vec<Match>> {
        let rows = &self.store.entry_points;
        let counted = tree.iter().filter(|(path, entry)| {
            entry.mode != Mode::Submodule
                && !ChecksFile::is_path(path)
                && !rows.iter().any(|row: &EntryPoint| row.owns(path))
        });
        let hits = self.index.hits(counted.map(|(path, _)| path));
        let mut by_lesson = vec![Vec::new(); self.store.lessons.len()];
        let mut nth = 0;
        let mut last = None;
        for (owner, GlobMatch { count, example }) in self.owners.iter().copied().zip(hits) {
            nth = if last == Some(owner) { nth + 1 } else { 0 };
            last = Some(owner);
            let glob = self.store.lessons[owner].paths[nth].as_written().to_owned();
            by_lesson[owner].push(Match { glob, count, example });
        }
        by_lesson
    }
}

/// Design §2: *L concerns R* when L is active and shares a tag, or has no tags and its paths are empty or match.
fn concerns(lesson: &Lesson, target: &Target, matches: &[Match]) -> Option<Reason> {
    if !lesson.is_active() {
        return None;
    }
    if !lesson.tags.is_empty() {
        let tags: Vec<_> = lesson
            .tags
            .iter()
            .filter(|tag| target.tags.contains(tag))
            .cloned()
            .collect();
        return (!tags.is_empty()).then_some(Reason::Tags { tags });
    }
    if lesson.paths.is_empty() {
        return Some(Reason::Everywhere);
    }
    matches
        .iter()
        .any(|found| found.count > 0)
        .then_some(Reason::Paths)
}
