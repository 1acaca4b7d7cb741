//! What an assistant sees: which files it loads, in which session, and which lessons it reads there.
//!
//! Input: a store, a target and a tree (the base branch, or as a proposal would leave it). Output: for each assistant its
//! [`LessonsSeen`], in general or when a person edits one path. Not here: what should be seen (`verify`), and reporting it
//! (`report/`). Nothing is decided here: files, globs, limits and hidden files are read as the proof reads them.

mod loaded_files;

use crate::target_state::TargetState;
use std::borrow::Cow;

use serde::Serialize;

use super::plan::TargetPlan;
use lessonbook_base::tree::Tree;
use lessonbook_proof::matched_paths::Globs;
use lessonbook_proof::{LessonWording, scope};
use lessonbook_store::{Detail, EntryPoint, Severity, Store, Target};

pub(super) use loaded_files::LoadedFiles;

/// When an assistant loads a file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case", tag = "when")]
pub enum LoadTime {
    /// In every session.
    Always,
    /// In every session, because a file that hides it imports it.
    Imported {
        /// The importing file.
        by: String,
    },
    /// For matching paths. If the question is about one path: the globs that match it.
    Paths {
        /// The globs, as the file spells them.
        globs: Vec<String>,
    },
    /// When the assistant or a person asks for it.
    OnRequest,
    /// Never.
    Never {
        /// The reason.
        why: String,
    },
}

impl LoadTime {
    /// Whether the file is in the prompt.
    pub fn is_loaded(&self) -> bool {
        !matches!(self, LoadTime::OnRequest | LoadTime::Never { .. })
    }

    /// Whether the file is in every prompt.
    pub fn is_always(&self) -> bool {
        matches!(self, LoadTime::Always | LoadTime::Imported { .. })
    }
}

/// A file of an assistant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AssistantFile {
    /// The entry point's name.
    pub entry_point: String,
    /// Whether the target uses the entry point.
    pub in_use: bool,
    /// The file, as the assistant opens it.
    pub path: String,
    /// When the assistant loads it.
    #[serde(flatten)]
    pub when: LoadTime,
    /// How many lines the whole file has.
    pub lines: usize,
    /// How many bytes the whole file has.
    pub bytes: usize,
    /// The assistant's limits that the file, its family or its chain exceeds, so that a part of it is not read.
    pub cut: Vec<String>,
    /// The vendor's recommendations that it exceeds.
    pub advice: Vec<String>,
}

/// Where an assistant reads a lesson.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SeenAt {
    /// The entry point's name.
    pub entry_point: String,
    /// The file, as the assistant opens it.
    pub path: String,
    /// The rule's line.
    pub line: usize,
    /// How much is present there.
    pub detail: Detail,
    /// Whether it is in every prompt, or only for the lesson's paths.
    pub always: bool,
}

/// A lesson that an assistant sees. With two copies, the same lesson is twice in one prompt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SeenLesson {
    /// The lesson's id.
    pub lesson: String,
    /// Its severity.
    pub severity: Severity,
    /// Every place in one prompt where it is.
    pub copies: Vec<SeenAt>,
}

/// A lesson in a file of an assistant that does not get it there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UnreadLesson {
    /// The lesson's id.
    pub lesson: String,
    /// The file.
    pub path: String,
    /// The reason.
    pub why: String,
}

/// What an assistant sees.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct LessonsSeen {
    /// Its files, loaded or not, in the order of the table.
    pub files: Vec<AssistantFile>,
    /// The lessons, by severity, then id.
    pub lessons: Vec<SeenLesson>,
    /// The lessons that it does not get, although they are in a file of its own.
    pub missed: Vec<UnreadLesson>,
}

impl LessonsSeen {
    /// How often a lesson is in one prompt, at most.
    pub fn copies(&self) -> usize {
        self.lessons
            .iter()
            .map(|seen| seen.copies.len())
            .max()
            .unwrap_or(0)
    }

    /// Files, lines and bytes that are in every prompt (`always`), or only for some paths.
    pub fn size(&self, always: bool) -> (usize, usize, usize) {
        let files = self
            .files
            .iter()
            .filter(|file| file.when.is_loaded() && file.when.is_always() == always);
        files.fold((0, 0, 0), |sum, file| {
            (sum.0 + 1, sum.1 + file.lines, sum.2 + file.bytes)
        })
    }

    /// The lesson, if the assistant sees it.
    pub fn seen(&self, lesson: &str) -> Option<&SeenLesson> {
        self.lessons.iter().find(|seen| seen.lesson == lesson)
    }
}

/// What one assistant sees now, and would see after the proposal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AssistantView {
    /// The assistant.
    pub assistant: String,
    /// Whether it belongs to one of the target's assistants.
    pub watched: bool,
    /// On the base branch.
    pub current: LessonsSeen,
    /// After the proposal.
    pub proposed: LessonsSeen,
}

/// Answers for many targets of one store. Lessons are parsed and globs are compiled once.
pub struct AssistantViews<'s> {
    /// The store.
    pub store: &'s Store,
    words: Vec<LessonWording<'s>>,
    globs: Globs,
    dialects: scope::Dialects,
}

impl<'s> AssistantViews<'s> {
    /// Parses the store's lessons.
    pub fn new(store: &'s Store) -> Self {
        AssistantViews {
            store,
            words: LessonWording::all(store),
            globs: Globs::new(store),
            dialects: scope::Dialects::default(),
        }
    }

    /// Every assistant of the entry points in use, in general. Those of the target's assistants come first, then the table's order.
    pub fn assistants(&self, target: &Target, plan: &TargetPlan, before: &Tree) -> Vec<AssistantView> {
        let tree = after(plan, before);
        let (now, proposed) = (
            LoadedFiles::new(self, target, before),
            LoadedFiles::new(self, target, &tree),
        );
        let names = assistant_names(self.store, target, |row| now.uses(row) || proposed.uses(row));
        let views = names.into_iter().map(|assistant| AssistantView {
            watched: target.has_program(&self.store.entry_points, &assistant),
            current: now.lessons_seen(&assistant, None),
            proposed: proposed.lessons_seen(&assistant, None),
            assistant,
        });
        views.collect()
    }
}

/// The tree after the proposal. A refused plan proposes nothing, so it is the tree as it is.
pub fn after<'t>(plan: &TargetPlan, before: &'t Tree) -> Cow<'t, Tree> {
    if plan.outcome.state == TargetState::Refused || plan.content.edits.is_empty() {
        Cow::Borrowed(before)
    } else {
        Cow::Owned(before.with(&plan.content.edits))
    }
}

/// The assistants of some entry points. Those of the target's assistants come first, then the table's order.
pub(super) fn assistant_names(
    store: &Store,
    target: &Target,
    is_included: impl Fn(&EntryPoint) -> bool,
) -> Vec<String> {
    let mut known: Vec<String> = Vec::new();
    let rows = || store.entry_points.iter().filter(|row| is_included(row));
    let all: Vec<&String> = rows()
        .flat_map(|row| row.assistants.iter().map(|assistant| &assistant.name))
        .collect();
    let watched = all
        .iter()
        .filter(|name| target.has_program(&store.entry_points, name));
    for name in watched.chain(&all).copied() {
        if !known.contains(name) {
            known.push(name.clone());
        }
    }
    known
}
