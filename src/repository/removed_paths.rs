//! Which commits of the base branch removed paths.
//!
//! Input: a repository on disk, its base and paths that the base does not have. Output: for each path the newest commit that removed it.
//! Not here: renames; the path is gone in either case. Only first parents are followed, so a merged change counts from its merge on.

use std::collections::{BTreeMap, BTreeSet};

use gix::ObjectId;

use super::commit_history::day;
use super::local::LocalRepository;
use super::objects::{self, ObjectError, short};
use lessonbook_audit::Removal;
use lessonbook_base::finding::Finding;
use lessonbook_base::snapshot::Base;

/// The most commits that are read.
const COMMITS: usize = 5_000;

impl LocalRepository {
    /// The removals of paths that were there in one of the newest commits.
    pub fn removals(
        &self,
        base: &Base,
        paths: &BTreeSet<String>,
    ) -> Result<BTreeMap<String, Removal>, Finding> {
        let unread = |unread| self.unread(&unread);
        let history = |error| self.unread(&ObjectError::new("the base branch's history")(error));
        let mut found = BTreeMap::new();
        let Ok(start) = ObjectId::from_hex(base.commit.as_bytes()) else {
            return Ok(found);
        };
        // Most commits leave most folders of the root alone: where the entry is the same, so is everything below it.
        let mut before: BTreeMap<&str, Option<ObjectId>> = BTreeMap::new();
        let mut newer: Option<ObjectId> = None;
        let walk = self.repo.rev_walk([start]).first_parent_only().all();
        for commit in walk.map_err(history)?.take(COMMITS) {
            let id = commit.map_err(history)?.id;
            let root = objects::tree_of(&self.repo, id).map_err(unread)?;
            for path in paths
                .iter()
                .filter(|path| !found.contains_key(*path))
                .collect::<Vec<_>>()
            {
                let top = path.split('/').next().unwrap_or(path);
                let entry = root.lookup_entry_by_path(top).map_err(history)?;
                let entry = entry.map(|entry| entry.object_id());
                if before.insert(path, entry) == Some(entry) || entry.is_none() {
                    continue;
                }
                let is_there = root.lookup_entry_by_path(path).map_err(history)?.is_some();
                if let Some(removed_by) = newer.filter(|_| is_there) {
                    let commit = self.repo.find_commit(removed_by).map_err(history)?;
                    let removal = Removal {
                        commit: short(removed_by),
                        day: day(commit.time().map_err(history)?.seconds, 0).to_string(),
                    };
                    found.insert(path.clone(), removal);
                }
            }
            if found.len() == paths.len() {
                break;
            }
            newer = Some(id);
        }
        Ok(found)
    }
}
