//! A side of the comparison whose `targets.yaml` can't be read.
//!
//! Input: what is wrong in a store. Output: an [`UnreadableStore`] side, with which nothing can be compared: without targets and policy every
//! difference would be one against nothing. Not here: lessons that can't be read, which stop the targets only.

use serde::Serialize;

use lessonbook_base::finding::Finding;

/// Before the change, or after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum BeforeOrAfter {
    /// Before.
    Old,
    /// After.
    New,
}

impl BeforeOrAfter {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            BeforeOrAfter::Old => "old",
            BeforeOrAfter::New => "new",
        }
    }
}

/// A side that can't be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UnreadableStore {
    /// Which one.
    pub side: BeforeOrAfter,
    /// Why: errors in its `targets.yaml`.
    pub findings: Vec<Finding>,
}
