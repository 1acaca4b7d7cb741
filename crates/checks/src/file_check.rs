//! File checks: paths that may not exist, or of which one must exist.
//!
//! Input: the paths of a tree. Output: the hits. Not here: what is in the files.

use lessonbook_base::globs::{Dialect, Matcher};

/// A check of which files there are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileCheck {
    /// Whether a file is wrong, or its absence.
    pub verb: FileVerb,
    /// Globs of paths.
    pub globs: Vec<String>,
}

/// What is wrong about a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileVerb {
    /// Each path that matches is a hit.
    Forbid,
    /// A tree in which no path matches is a hit.
    Require,
}

impl FileCheck {
    /// The globs, ready to match.
    pub fn matcher(&self) -> Matcher {
        Matcher::new(Dialect::Portable, &self.globs)
    }
}
