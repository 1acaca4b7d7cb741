//! A place where a check fires.
//!
//! Input: nothing; the kinds of checks make hits. Output: [`Hit`], with an identity that has no line, so that a hit can be found
//! again after its file was moved or reformatted. Not here: which hits are new (`pairing`).

use std::ops::Range;

/// At most so many hits are collected for one check in one file: to find every match of some expressions takes time that grows
/// with the square of the file.
pub const MAX_HITS: usize = 100;

/// A place where a check fires.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// The lesson's index among those that the linter was made of.
    pub lesson: usize,
    /// The check's index in the lesson.
    pub check: usize,
    /// The file, relative to the repository; empty where no file is wrong, but its absence.
    pub file: String,
    /// Bytes of the file; empty where the hit is about the file as a whole.
    pub span: Range<usize>,
    /// Line in the file, from 1.
    pub line: usize,
    /// What is there, without a full stop.
    pub detail: String,
    /// What the hit is, wherever it is.
    pub identity: Identity,
    /// Whether a comment in the file can excuse it: not a hit that is about paths alone.
    pub is_in_text: bool,
}

/// What a hit is, without its place.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Identity {
    /// With the names of the objects around it.
    pub named: String,
    /// Without those names, to pair what is left in one file after a rename of the object.
    pub nameless: String,
}

impl Identity {
    /// An identity in which no name is part.
    pub fn nameless(text: impl Into<String>) -> Self {
        let text = text.into();
        Identity {
            named: text.clone(),
            nameless: text,
        }
    }
}

/// What one check gives for one file, before it is known which lesson it belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FileHits {
    /// The places, in the order of the file.
    pub places: Vec<HitPlace>,
    /// How many places could not be decided, because a value is not known.
    pub undecided: usize,
    /// Whether a limit cut the list.
    pub is_cut: bool,
}

/// A place in one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HitPlace {
    /// Bytes of the file.
    pub span: Range<usize>,
    /// Line, from 1.
    pub line: usize,
    /// What is there.
    pub detail: String,
    /// What it is.
    pub identity: Identity,
}
