//! Finds our last merged commit in the history of the base branch.
//!
//! Input: a repository and a commit of its base. Output: our newest commit in that history, recognized by its trailer, with the
//! files as it left them. Not here: what changed in them since (`pipeline/drift`).
//!
//! No state is stored anywhere else. If a squash merge has another message, or the clone is shallow, the commit is not found.

use gix::ObjectId;
use gix::bstr::ByteSlice as _;
use gix::revision::walk::Sorting;
use gix::traverse::commit::simple::CommitTimeOrder;

use super::commit_digest::trailer;
use super::local::LocalRepository;
use super::objects::{self, ObjectError};
use lessonbook_base::finding::Finding;
use lessonbook_base::snapshot::{MergedCommit, Snapshot};
use lessonbook_pipeline::branch_action;

/// The most commits that are read. Files of an older commit have most likely changed for other reasons since.
const LOOKED_AT: usize = 5_000;

impl LocalRepository {
    /// Finds our last merged commit in the history of a snapshot's base; `None` if there is none, or if it is unknown.
    pub fn last_merged(
        &self,
        snapshot: &Snapshot,
        store_name: &str,
        is_wanted: &dyn Fn(&str) -> bool,
    ) -> Result<Option<MergedCommit>, Finding> {
        let unread = |unread| self.unread(&unread);
        let Ok(base) = ObjectId::from_hex(snapshot.base.commit.as_bytes()) else {
            return Ok(None);
        };
        let walk = self
            .repo
            .rev_walk([base])
            .sorting(Sorting::ByCommitTime(CommitTimeOrder::NewestFirst));
        let history = || ObjectError::new("the history of the base branch");
        for commit in walk.all().map_err(history()).map_err(unread)?.take(LOOKED_AT) {
            let commit = commit
                .map_err(history())
                .and_then(|found| found.object().map_err(history()))
                .map_err(unread)?;
            let message = commit.message_raw().map_err(history()).map_err(unread)?;
            let message = message.to_str_lossy();
            if trailer(&message, store_name).is_some() {
                let tree = objects::read_tree(&self.repo, commit.id, is_wanted).map_err(unread)?;
                return Ok(Some(MergedCommit {
                    commit: commit.id.to_string(),
                    tree: tree.loaded(),
                    withdraws: branch_action::withdraws(&message),
                }));
            }
        }
        Ok(None)
    }
}
