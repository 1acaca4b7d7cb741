//! Reads what a few files of the base branch held earlier.
//!
//! Input: a repository on disk, a commit and paths. Output: [`EarlierStates`]. Not here: what the files contain. Only first parents are
//! followed, so a merged change counts from its merge on.

use gix::ObjectId;
use gix::objs::tree::EntryMode;

use super::local::LocalRepository;
use super::objects::{self, ObjectError};
use lessonbook_base::finding::Finding;
use lessonbook_base::snapshot::{Base, EarlierStates};
use lessonbook_base::tree::{LARGEST, Tree};

/// The most commits that are read, and the most states that are kept.
const COMMITS: usize = 20_000;
const STATES: usize = 200;

/// What a path holds in a commit.
type PathEntry = Option<(EntryMode, ObjectId)>;

impl LocalRepository {
    /// The states of these files, newest first: one for each commit that changed one of them.
    pub fn file_states(&self, base: &Base, paths: &[String]) -> Result<EarlierStates, Finding> {
        let unread = |unread| self.unread(&unread);
        let history = |error| self.unread(&ObjectError::new("the base branch's history")(error));
        let Ok(start) = ObjectId::from_hex(base.commit.as_bytes()) else {
            return Ok(EarlierStates::default());
        };
        let mut states = EarlierStates {
            is_cut: self.repo.is_shallow().map_err(history)?,
            ..EarlierStates::default()
        };
        let mut last: Option<Vec<PathEntry>> = None;
        let walk = self.repo.rev_walk([start]).first_parent_only().all();
        for (number, commit) in walk.map_err(history)?.enumerate() {
            let id = commit.map_err(history)?.id;
            if number == COMMITS {
                states.is_cut = true;
                break;
            }
            let root = objects::tree_of(&self.repo, id).map_err(unread)?;
            let mut entries: Vec<PathEntry> = Vec::with_capacity(paths.len());
            for path in paths {
                let entry = root.lookup_entry_by_path(path).map_err(history)?;
                entries.push(entry.map(|entry| (entry.mode(), entry.object_id())));
            }
            if last.as_ref() == Some(&entries) {
                continue;
            }
            if states.trees.len() == STATES {
                states.is_cut = true;
                break;
            }
            states.trees.push(self.files(paths, &entries).map_err(unread)?);
            last = Some(entries);
        }
        Ok(states)
    }

    /// A tree with these files; one that is too large has no content.
    fn files(&self, paths: &[String], entries: &[PathEntry]) -> Result<Tree, ObjectError> {
        let mut tree = Tree::new();
        for (path, entry) in paths.iter().zip(entries) {
            let Some((entry_mode, id)) = *entry else { continue };
            let Some(mode) = objects::mode(entry_mode).filter(|_| !entry_mode.is_commit()) else {
                continue;
            };
            let unread = || ObjectError::new(format!("`{path}` in the base branch's history"));
            let size = self.repo.find_header(id).map_err(unread())?.size();
            if size > LARGEST as u64 {
                tree.list_unread(path, mode, size);
                continue;
            }
            let blob = self.repo.find_blob(id).map_err(unread())?;
            tree.load(path, mode, blob.detach().data);
        }
        Ok(tree)
    }
}
