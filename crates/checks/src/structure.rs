//! Structural checks: which nodes of a document are judged, and what is forbidden or required of them.
//!
//! Input: checks and the documents of one file. Output: hits, each with its place, message and identity, and how many
//! places could not be decided. Not here: reading checks from a lesson, reading documents (`read`), allow-comments.

mod evaluate;
mod identity;
mod lookup;
mod walk;

use std::ops::Range;

use crate::condition::Condition;
use crate::document::Document;
use crate::path::KeyPath;

pub use self::identity::{PlaceIdentity, PlaceStep};
pub use self::walk::StructureGroup;

pub use crate::hit::MAX_HITS;

/// A check of the structure of a file.
#[derive(Debug, Clone)]
pub struct StructureCheck {
    /// Which nodes are judged; none: the root of each document.
    pub each: Vec<KeyPath>,
    /// Only nodes for which all of these hold.
    pub when: Vec<PathCondition>,
    /// Only nodes around which all of these hold: the nearest map that has the path decides.
    pub within: Vec<PathCondition>,
    /// What is forbidden or required.
    pub demand: Demand,
}

/// A condition on the values at a path.
#[derive(Debug, Clone)]
pub struct PathCondition {
    /// Where, from the node.
    pub path: KeyPath,
    /// What.
    pub condition: Condition,
}

/// What a structural check asks of a node.
#[derive(Debug, Clone)]
pub enum Demand {
    /// One hit if all of these hold, at the value of the last one.
    Forbid(Vec<PathCondition>),
    /// One hit for each of these that does not hold.
    Require(Vec<PathCondition>),
}

/// What one check found in one file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StructureResult {
    /// In the order of the file; at most [`MAX_HITS`].
    pub hits: Vec<StructureHit>,
    /// Nodes for which a value is decided elsewhere, so that they are neither right nor wrong.
    pub undecided: usize,
    /// There are more than [`MAX_HITS`].
    pub more: bool,
    /// Every node that the check is about, if [`StructureGroup::listing_places`] asks for them.
    pub judged: Vec<PlaceIdentity>,
}

/// A place at which a structural check fires.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StructureHit {
    /// Bytes of the file.
    pub span: Range<usize>,
    /// Line in the file, from 1.
    pub line: u32,
    /// Path, condition and what is there: `resources.limits.memory is missing (resources ends here)`.
    pub message: String,
    /// What the place is, wherever it is moved.
    pub identity: PlaceIdentity,
}

/// Runs one check over the documents of one file. [`StructureGroup`] runs many in one walk.
pub fn run(check: &StructureCheck, documents: &[Document]) -> StructureResult {
    let mut results = StructureGroup::new([check]).run(documents);
    results.pop().unwrap_or_default()
}
