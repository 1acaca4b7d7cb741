//! Which files of a target an audit reads besides those that a plan reads.
//!
//! Input: a store. Output: [`AuditFiles`]. Not here: reading them.

use std::collections::BTreeSet;

use lessonbook_store::Store;

use crate::commands;
use crate::linters;

/// The files whose content an audit needs: settings of linters, definitions of commands, and evidence.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditFiles {
    evidence: BTreeSet<String>,
}

impl AuditFiles {
    /// The files for a store. Evidence is wanted in every target, because a path is rarely in two.
    pub fn new(store: &Store) -> Self {
        let lessons = store.lessons.iter().filter(|lesson| lesson.is_active());
        let evidence = lessons.flat_map(|lesson| &lesson.evidence);
        AuditFiles {
            evidence: evidence.map(|evidence| evidence.path.clone()).collect(),
        }
    }

    /// Whether the content of a path is read.
    pub fn wants(&self, path: &str) -> bool {
        let name = path.rsplit('/').next().unwrap_or(path);
        commands::is_definition(name)
            || !path.contains('/') && linters::is_config(name)
            || name == ".gitignore"
            || self.evidence.contains(path)
    }
}
