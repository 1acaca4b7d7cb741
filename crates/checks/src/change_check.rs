//! Change checks: which other file changes with a file, and which files people do not edit.
//!
//! Input: the paths that a change adds, edits or deletes. Output: the hits. Not here: trees without a commit to compare with,
//! where these checks have nothing to say.

/// A check of what changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChangeCheck {
    /// If a path that `changed` matches changes, one that `needs` matches does, too.
    Needs {
        /// Globs of the paths that start it.
        changed: Vec<String>,
        /// Globs of paths, of which one must change.
        needs: Vec<String>,
    },
    /// Each changed path that matches is a hit.
    Untouched(Vec<String>),
}
