//! Patterns of targets' names.
//!
//! Input: a pattern and a name. Output: whether it matches. Not here: globs of paths (`base/globs`).

use lessonbook_base::globs::{Dialect, Matcher};

/// Whether a pattern, which is a name or a glob of names (`acme/*`; `**` is every target), matches a target's name.
pub(super) fn is_named(pattern: &str, name: &str) -> bool {
    pattern == name || (is_glob(pattern) && Matcher::new(Dialect::Portable, &[pattern]).is_match(name))
}

/// Whether a pattern may match several names.
pub(super) fn is_glob(pattern: &str) -> bool {
    pattern.contains(['*', '?', '{'])
}
