//! Exceptions: named reasons why a lesson may be absent at an entry point, or why its checks may fire at a path.
//!
//! Not here: reading them from `targets.yaml` (`read/exceptions`, `read/path_exceptions`), and applying them (`pipeline`).

use serde::{Deserialize, Serialize};

use super::name_pattern::is_named;

/// A named reason why a lesson may be absent at an entry point, or why a warning about it is accepted.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct Exception {
    /// The lesson's id.
    pub lesson: String,
    /// The target; a name or a glob of names.
    pub target: String,
    /// The entry point; `None` for all of them.
    pub entry_point: Option<String>,
    /// The code of a warning about the lesson that is accepted. Then target and entry point are not used.
    pub accepts: Option<String>,
    /// Why.
    pub reason: String,
    /// Who decided it.
    pub by: String,
    /// The last day; afterwards the exception still applies, with a warning.
    pub until: Option<jiff::civil::Date>,
}

/// Paths of a target in which the checks of a lesson may fire.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct PathException {
    /// Which lesson.
    pub lesson: String,
    /// In which target; a name or a glob of names.
    pub target: String,
    /// A glob of paths.
    pub path: String,
    /// Why.
    pub reason: String,
    /// Who says so.
    pub by: String,
    /// Until when; later it still holds, with a warning in the store.
    pub until: Option<jiff::civil::Date>,
}

impl PathException {
    /// Whether the exception names this target.
    pub fn names_target(&self, name: &str) -> bool {
        is_named(&self.target, name)
    }
}

impl Exception {
    /// Whether the exception names this target, by name or by a glob of names (`acme/*`; `**` is every target).
    pub fn names_target(&self, name: &str) -> bool {
        is_named(&self.target, name)
    }
}
