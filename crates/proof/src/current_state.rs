//! The coverage of a target without a plan, and the coverage of a plan that was made for another version of the store.
//!
//! Input: a target and its trees. Output: the coverage, and the lessons that our blocks name. Not here: what a plan has to
//! fulfil (`invariants`).

use std::collections::BTreeSet;

use super::{Coverage, Prover, TreeChange, TreeFiles, expect};
use lessonbook_base::tree::Tree;
use lessonbook_store::Target;

/// What is present in a target.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CurrentState {
    /// The coverage; both its columns describe the tree as it is.
    pub coverage: Coverage,
    /// The lessons of the store that our blocks name, whatever their wording.
    pub named: BTreeSet<String>,
}

impl Prover<'_> {
    /// Reads what is present in a tree.
    pub fn now(&self, target: &Target, tree: &Tree) -> CurrentState {
        let rows = expect::rows(self.store, target, tree);
        let now = TreeFiles::new(self.store, &rows, tree, &self.views);
        let lessons = self.store.lessons.iter().map(|lesson| &lesson.id);
        let named = lessons.filter(|id| now.ours().any(|(_, file)| file.view.names(id)));
        CurrentState {
            named: named.cloned().collect(),
            coverage: self.coverage(target, &now, &now, &[]),
        }
    }

    /// The coverage of a change that a plan of another version of the store makes.
    pub fn matrix(&self, target: &Target, change: &TreeChange<'_>) -> Coverage {
        let rows = expect::rows(self.store, target, change.after);
        let now = TreeFiles::new(self.store, &rows, change.before, &self.views);
        let proposed = TreeFiles::new(self.store, &rows, change.after, &self.views);
        self.coverage(target, &now, &proposed, &[])
    }
}
