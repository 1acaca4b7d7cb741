//! What stands in a target, without a plan; and what would stand there of lessons that the plan was not made for.
//!
//! Input: a target and its trees. Output: the matrix, and the lessons that our blocks name. Not here: what a plan has to
//! fulfil (`invariants`).

use std::collections::BTreeSet;

use super::{Coverage, Prover, TreeChange, TreeFiles, expect};
use lessonbook_base::tree::Tree;
use lessonbook_store::Target;

/// What stands in a target.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CurrentState {
    /// The matrix; both its columns are what stands now.
    pub coverage: Coverage,
    /// The lessons of the store that our blocks name, in whatever words.
    pub named: BTreeSet<String>,
}

impl Prover<'_> {
    /// What stands there now.
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

    /// The matrix of a change that another store's plan makes.
    pub fn matrix(&self, target: &Target, change: &TreeChange<'_>) -> Coverage {
        let rows = expect::rows(self.store, target, change.after);
        let now = TreeFiles::new(self.store, &rows, change.before, &self.views);
        let proposed = TreeFiles::new(self.store, &rows, change.after, &self.views);
        self.coverage(target, &now, &proposed, &[])
    }
}
