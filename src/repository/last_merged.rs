//! What we proposed last and people merged, as the base branch's own history tells it.
//!
//! Input: a repository and a commit of its base. Output: our newest commit in that history, by its trailer, with the files that
//! it left. Not here: what became of them since (`pipeline/drift`). No state is kept anywhere: a squash whose message
//! somebody rewrote, or a shallow clone, hides the commit, and then nothing is known.

use gix::ObjectId;
use gix::bstr::ByteSlice as _;
use gix::revision::walk::Sorting;
use gix::traverse::commit::simple::CommitTimeOrder;

use super::branch::trailer;
use super::local::LocalRepository;
use super::objects::{self, ObjectError};
use lessonbook_base::finding::Finding;
use lessonbook_base::snapshot::{MergedCommit, Snapshot};
use lessonbook_pipeline::branch_action;

/// So many commits are looked at; what is further back was changed for other reasons since.
const LOOKED_AT: usize = 5_000;

impl LocalRepository {
    /// Looks for our last merged commit below a snapshot's base; `None` where there is none, or nobody can tell.
    pub fn past(
        &self,
        snapshot: &Snapshot,
        store_name: &str,
        wanted: &dyn Fn(&str) -> bool,
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
                let tree = objects::read_tree(&self.repo, commit.id, wanted).map_err(unread)?;
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
