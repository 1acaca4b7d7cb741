//! Which lessons concern a target, and why.
//!
//! Input: the store's lessons, a target, its tree. Output: a [`Selection`]: the lessons that concern it with the reason, and those that
//! would but are excluded. Not here: where they are placed (`place`).

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use lessonbook_base::globs::{GlobMatch, Index};
use lessonbook_base::tree::{Mode, Tree};
use lessonbook_store::folder::{in_folder, is_within};
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
    /// The folders that it concerns: the empty one for the whole target, and those of scopes.
    pub folders: Vec<String>,
}

impl<'s> SelectedLesson<'s> {
    /// The lesson with its paths as the target's root sees them.
    pub fn in_target(&self) -> Cow<'s, Lesson> {
        self.lesson.in_target(&self.folders)
    }

    /// The folder to which the lesson's paths are relative in a folder that it concerns: this one, otherwise the nearest one above.
    pub fn origin(&self, folder: &str) -> Option<&str> {
        let above = self.folders.iter().filter(|one| is_within(folder, one));
        above.max_by_key(|one| one.len()).map(String::as_str)
    }
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
        let mut matched: Vec<(&str, Vec<Vec<Match>>)> = target
            .folders()
            .map(|folder| (folder, self.matches(tree, folder)))
            .collect();
        let mut selection = Selection::default();
        for (at, lesson) in self.store.lessons.iter().enumerate() {
            let mut found = None;
            let mut folders = Vec::new();
            for (folder, matches) in &mut matched {
                let matches = std::mem::take(&mut matches[at]);
                if let Some(reason) = concerns(lesson, target.tags_of(folder), &matches) {
                    folders.push((*folder).to_owned());
                    found.get_or_insert((reason, matches));
                }
            }
            let Some((reason, matches)) = found else { continue };
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
                folders,
            });
        }
        selection
            .chosen
            .sort_by(|a, b| (b.lesson.severity, &a.lesson.id).cmp(&(a.lesson.severity, &b.lesson.id)));
        selection
    }

    /// What every lesson's globs match in a folder, by lesson.
    fn matches(&self, tree: &Tree, folder: &str) -> Vec<Vec<Match>> {
        let rows = &self.store.entry_points;
        let (all, below) = match folder {
            "" => (Some(tree.iter()), None),
            _ => (None, Some(tree.under(folder))),
        };
        let entries = all.into_iter().flatten().chain(below.into_iter().flatten());
        let counted = entries.filter(|(path, entry)| {
            entry.mode != Mode::Submodule
                && !ChecksFile::is_path(path)
                && !rows.iter().any(|row: &EntryPoint| row.owns(path))
        });
        let start = if folder.is_empty() { 0 } else { folder.len() + 1 };
        let hits = self.index.hits(counted.filter_map(|(path, _)| path.get(start..)));
        let mut by_lesson = vec![Vec::new(); self.store.lessons.len()];
        let mut nth = 0;
        let mut last = None;
        for (owner, GlobMatch { count, example }) in self.owners.iter().copied().zip(hits) {
            nth = if last == Some(owner) { nth + 1 } else { 0 };
            last = Some(owner);
            let glob = self.store.lessons[owner].paths[nth].as_written().to_owned();
            let glob = in_folder(folder, &glob);
            let example = example.map(|path| in_folder(folder, &path));
            by_lesson[owner].push(Match { glob, count, example });
        }
        by_lesson
    }
}

/// A lesson concerns a target, or a scope, if it is active and shares a tag, or has no tags and its paths are empty or match.
fn concerns(lesson: &Lesson, wanted: &[String], matches: &[Match]) -> Option<Reason> {
    if !lesson.is_active() {
        return None;
    }
    if !lesson.tags.is_empty() {
        let tags: Vec<_> = lesson
            .tags
            .iter()
            .filter(|tag| wanted.contains(tag))
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
