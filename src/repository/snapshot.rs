//! Reads what a run needs to know about a local target: its base, its files, and our branch.
//!
//! Input: a [`LocalRepository`]. Output: a [`Snapshot`]. Not here: opening the repository (`local`), and files that are not committed
//! (`work_tree`).

use super::objects::{self, ObjectError, short};
use super::{base, branch};
use crate::repository::local::LocalRepository;
use lessonbook_base::finding::Finding;
use lessonbook_base::snapshot::{Base, EarlierStates, Snapshot};

impl LocalRepository {
    /// Reads what a run needs to know. `base` is the target's `base:`. `wanted` selects the paths whose content is loaded
    /// (for a symbolic link: the path that it points to).
    pub fn snapshot(
        &self,
        base: Option<&str>,
        store_name: &str,
        is_wanted: &dyn Fn(&str) -> bool,
    ) -> Result<Snapshot, Finding> {
        let mut findings = Vec::new();
        let chosen = base::choose(self, base, &mut findings)?;
        let unread = |unread| self.unread(&unread);
        let time = self
            .repo
            .find_commit(chosen.commit)
            .and_then(|commit| commit.time())
            .map_err(ObjectError::new(format!("commit {}", short(chosen.commit))))
            .map_err(unread)?
            .seconds;
        let mut tree = objects::read_tree(&self.repo, chosen.commit, is_wanted).map_err(unread)?;
        tree.set_local(self.local_state()?);
        let branch = branch::read(self, chosen.commit, store_name, is_wanted)?;
        Ok(Snapshot {
            base: Base {
                branch: chosen.name,
                commit: chosen.commit.to_string(),
                time,
            },
            tree,
            branch,
            past: None,
            earlier: EarlierStates::default(),
            findings,
        })
    }
}
