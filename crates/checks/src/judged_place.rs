//! A place that a structural check judges, by what it is and holds.
//!
//! Input: its identity. Output: a [`JudgedPlace`]. Not here: which places a commit introduces (`exposure`).

use std::hash::{DefaultHasher, Hash, Hasher};

use crate::structure::PlaceIdentity;

/// A place that a structural check is about. Its identities are digests, because there are many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JudgedPlace {
    /// The lesson's index in the linter.
    pub lesson: usize,
    /// The check's index in the lesson.
    pub check: usize,
    pub(crate) named: u64,
    pub(crate) nameless: u64,
}

impl JudgedPlace {
    /// A place of a check, by what it is and holds.
    pub(crate) fn new(lesson: usize, check: usize, place: &PlaceIdentity) -> Self {
        JudgedPlace {
            lesson,
            check,
            named: digest(place),
            nameless: digest(&place.without_names()),
        }
    }
}

fn digest(place: &PlaceIdentity) -> u64 {
    let mut hasher = DefaultHasher::new();
    place.hash(&mut hasher);
    hasher.finish()
}
