//! What many targets of a saved plan have in common. Each value is stored once, and a target lists its number.
//!
//! Input: values of plans, or numbers as they were read. Output: [`SharedValues`] and the numbers, or the values. Not here: which
//! values a target has (`document`), and the contents of files (`contents`).
//!
//! Five hundred targets of the same sixty lessons differ in little. Without this, their plan is three times as large.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::coverage::PlacementList;
use crate::changes::LessonChange;
use crate::merge::WrittenFile;
use lessonbook_proof::{Invariant, PlacementKind};

/// The values, numbered from 0.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize)]
pub(super) struct SharedValues<'a> {
    /// Changes of lessons.
    pub lessons: Vec<Cow<'a, LessonChange>>,
    /// Files of ours.
    pub files: Vec<Cow<'a, WrittenFile>>,
    /// Changes of files.
    pub edits: Vec<StoredEdit<'a>>,
    /// Invariants.
    pub invariants: Vec<Cow<'a, Invariant>>,
    /// Messages of commits.
    pub messages: Vec<Cow<'a, str>>,
    /// Kinds of placements.
    pub kinds: Vec<PlacementKind>,
    /// For each lesson the numbers of its kinds of placements.
    pub placements: Vec<PlacementList>,
}

/// A change of a file, with references to its contents.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
pub(super) struct StoredEdit<'a> {
    pub path: Cow<'a, str>,
    pub before: Option<StoredState<'a>>,
    pub after: Option<StoredState<'a>>,
}

/// A file before or after a change.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
pub(super) struct StoredState<'a> {
    /// Git's octal mode.
    pub mode: Cow<'a, str>,
    /// The content's SHA-256.
    pub content: Cow<'a, str>,
}
