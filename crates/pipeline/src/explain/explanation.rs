//! The answer about one path of a target.
//!
//! Input: nothing; these are the types. Output: [`Explanation`], which every view prints. Not here: working it out (`explain`).

use serde::Serialize;

use crate::assistant_view::{LoadTime, SeenAt};
use crate::check_level::{LevelChange, LintRun};
use crate::select::Reason;
use lessonbook_proof::chain::ChainFile;
use lessonbook_store::{EntryPointKind, Severity};

/// A file's size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Size {
    /// Lines.
    pub lines: usize,
    /// Bytes.
    pub bytes: usize,
}

/// When one assistant loads a file for the path.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LoadRule {
    /// The assistant.
    pub assistant: String,
    /// On the base branch; none: the file does not exist.
    pub current: Option<LoadTime>,
    /// After the proposal; none: the file does not exist.
    pub proposed: Option<LoadTime>,
}

/// An instruction file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FileRow {
    /// The entry point's name.
    pub entry_point: String,
    /// The entry point's kind, which decides when it is loaded.
    pub kind: EntryPointKind,
    /// The file.
    pub path: String,
    /// Whether the target uses the entry point. Otherwise the file holds no lesson of ours.
    pub in_use: bool,
    /// Where the symlink leads, if the file is one.
    pub link: Option<String>,
    /// Whether the file can't be read: a symlink that leads out of the repository or to no file, or not a regular file.
    pub broken: bool,
    /// On the base branch.
    pub current: Option<Size>,
    /// After the proposal.
    pub proposed: Option<Size>,
    /// Which assistants load it, and when.
    pub assistants: Vec<LoadRule>,
}

/// A place where a lesson is read, and by which assistants.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReadPlace {
    /// The place.
    #[serde(flatten)]
    pub at: SeenAt,
    /// The assistants that read it there.
    pub assistants: Vec<String>,
}

/// A lesson that an assistant sees, or should see, when it edits the path.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LessonRow {
    /// Its id.
    pub lesson: String,
    /// Its severity.
    pub severity: Severity,
    /// Whether it is about this path: it has no paths, or one of them matches.
    pub concerns_path: bool,
    /// Which of its globs match the path.
    pub globs: Vec<String>,
    /// Why it concerns the target; none if it does not, or no longer does.
    pub reason: Option<Reason>,
    /// How firmly it is kept in the target.
    pub check_level: LevelChange,
    /// Where it is read now.
    pub current: Vec<ReadPlace>,
    /// Where it would be read after the proposal.
    pub proposed: Vec<ReadPlace>,
}

/// Assistants that do not get a lesson that is about the path.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MissedLesson {
    /// The lesson.
    pub lesson: String,
    /// Its severity.
    pub severity: Severity,
    /// The assistants that do not get it, even after the proposal.
    pub assistants: Vec<String>,
    /// The reason.
    pub why: String,
}

/// What one assistant gets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AssistantRow {
    /// The assistant.
    pub assistant: String,
    /// Whether it is one of the store's `assistants`.
    pub watched: bool,
    /// How many lessons are in its prompt now, and how many of the path's.
    pub current: PromptTotals,
    /// The same after the proposal.
    pub proposed: PromptTotals,
}

/// The numbers of a prompt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct PromptTotals {
    /// Lessons in the prompt.
    pub lessons: usize,
    /// Of these, lessons that are about the path.
    pub about_path: usize,
    /// How often one of them is in the prompt, at most.
    pub copies: usize,
    /// Files that are loaded.
    pub files: usize,
    /// Their lines.
    pub lines: usize,
    /// Their bytes.
    pub bytes: usize,
}

/// A lesson of the store that is about such a path, but not for this target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LessonForOthers {
    /// Its id.
    pub lesson: String,
    /// Its severity.
    pub severity: Severity,
    /// Which of its globs match; empty where it is about every path.
    pub globs: Vec<String>,
    /// Why it is not for this target.
    pub why: String,
}

/// The files of one assistant for the path.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LoadedChain {
    /// The assistant.
    pub assistant: String,
    /// Its files after the proposal, the always-loaded ones first, from the root down.
    pub files: Vec<ChainFile>,
}

/// The answer about one path.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// The path.
    pub path: String,
    /// Whether the base branch holds it.
    pub tracked: bool,
    /// The entry point to which the path itself belongs. Globs of lessons never match it then.
    pub is_entry_point: Option<String>,
    /// How many lessons are about it.
    pub about_path: usize,
    /// Where a workflow runs `lint`, if one does.
    pub lint_run: Option<LintRun>,
    /// The instruction files, in the table's order.
    pub files: Vec<FileRow>,
    /// What each assistant gets.
    pub assistants: Vec<AssistantRow>,
    /// The files of each of the target's assistants, in the order in which they are loaded.
    pub chains: Vec<LoadedChain>,
    /// The lessons, by severity, then id.
    pub lessons: Vec<LessonRow>,
    /// Lessons that are about the path, but that some assistants do not get.
    pub misses: Vec<MissedLesson>,
    /// Lessons about such paths that are not for this target.
    pub elsewhere: Vec<LessonForOthers>,
}
