//! What stood on the base branch of a repository on disk, and since when.
//!
//! Input: a repository and its base. Output: its trees along the history, as often as a wanted file changed. Not here:
//! what stands in them. Only first parents are walked: what was merged counts since it was merged.

use gix::ObjectId;

use super::local::LocalRepository;
use super::objects::{self, ObjectError};
use lessonbook_base::finding::Finding;
use lessonbook_base::snapshot::Base;
use lessonbook_base::tree::Tree;

/// What the base branch held for a while.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaseState {
    /// Since when, in seconds since 1970; where a clone is shallow, not since later.
    pub since: i64,
    /// Everything tracked, with the content of the wanted paths.
    pub tree: Tree,
}

/// Further back than this nobody looks.
const COMMITS: usize = 2_000;
const TREES: usize = 50;

impl LocalRepository {
    /// What stood on the base, the newest first: one for each change of a wanted path.
    pub fn stood(&self, base: &Base, wanted: &dyn Fn(&str) -> bool) -> Result<Vec<BaseState>, Finding> {
        let unread = |unread| self.unread(&unread);
        let history = |error| self.unread(&ObjectError::new("the base branch's history")(error));
        let Ok(start) = ObjectId::from_hex(base.commit.as_bytes()) else {
            return Ok(Vec::new());
        };
        let walk = self.repo.rev_walk([start]).first_parent_only().all();
        let mut past: Vec<BaseState> = Vec::new();
        let mut newer: Option<ObjectId> = None;
        for seen in walk.map_err(history)?.take(COMMITS) {
            let id = seen.map_err(history)?.id;
            let commit = self.repo.find_commit(id).map_err(history)?;
            let since = commit.time().map_err(history)?.seconds;
            let paths = match newer.replace(id) {
                Some(newer) => objects::differing(&self.repo, Some(id), newer).map_err(unread)?,
                None => Vec::new(),
            };
            let full = past.len() == TREES;
            match past.last_mut() {
                Some(then) if !paths.iter().any(|path| wanted(path)) => then.since = since,
                _ if full => break,
                _ => past.push(BaseState {
                    since,
                    tree: objects::read_tree(&self.repo, id, wanted).map_err(unread)?,
                }),
            }
        }
        Ok(past)
    }
}
