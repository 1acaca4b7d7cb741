//! A store of a comparison whose `targets.yaml` can't be read.
//!
//! Input: what is wrong in a store. Output: an [`UnreadableStore`]. Nothing can be compared with it: without targets and policy, everything
//! would count as a difference. Not here: lessons that can't be read, which stop only the targets that they concern.

use serde::Serialize;

use lessonbook_base::finding::Finding;

/// The store before the change, or after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum BeforeOrAfter {
    /// Before.
    Old,
    /// After.
    New,
}

impl BeforeOrAfter {
    /// The word in reports.
    pub fn word(self) -> &'static str {
        match self {
            BeforeOrAfter::Old => "old",
            BeforeOrAfter::New => "new",
        }
    }
}

/// A store that can't be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UnreadableStore {
    /// Which one.
    pub side: BeforeOrAfter,
    /// Why: errors in its `targets.yaml`.
    pub findings: Vec<Finding>,
}
