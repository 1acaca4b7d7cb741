//! Reads what a clone holds beside the commit: its own ignore rules and attributes, and files that git does not track.
//!
//! Input: an opened repository. Output: a [`LocalState`]. Not here: what the rules mean (`git_rules`).
//!
//! Only the repository's own configuration is read. The user's global configuration must not change what is proposed to a
//! team.

use std::collections::BTreeSet;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::local::LocalRepository;
use super::work_tree;
use lessonbook_base::finding::{Code, Finding};
use lessonbook_base::front_matter;
use lessonbook_base::marker::{self, BlocksInFile};
use lessonbook_base::tree::{LocalState, Tree};
use lessonbook_store::ChecksFile;

impl LocalRepository {
    /// The ignore rules and attributes of this clone.
    pub(super) fn local_state(&self) -> Result<LocalState, Finding> {
        let info = self.repo.common_dir().join("info");
        let read = |name: &str, path: Option<PathBuf>| {
            match path.map(fs::read) {
            Some(Ok(bytes)) => Ok(vec![(name.to_owned(), bytes)]),
            None => Ok(Vec::new()),
            Some(Err(error)) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
                Ok(Vec::new())
            }
            Some(Err(error)) => Err(self
                .finding(
                    Code::RepositoryUnreadable,
                    format!("`{name}` can't be read: {error}"),
                )
                .effect(
                    "it is unknown which files git ignores or converts, so nothing is planned for this target",
                )
                .help("check the permissions of that file")),
        }
        };
        let mut excludes = read("core.excludesFile", self.own_path("core.excludesFile"))?;
        excludes.extend(read(".git/info/exclude", Some(info.join("exclude")))?);
        Ok(LocalState {
            excludes,
            attributes_below: read("core.attributesFile", self.own_path("core.attributesFile"))?,
            attributes_above: read(".git/info/attributes", Some(info.join("attributes")))?,
            untracked: BTreeSet::new(),
            ignore_case: self.repo.config_snapshot().boolean("core.ignoreCase") == Some(true),
        })
    }

    /// A path that the repository's own configuration names.
    fn own_path(&self, key: &str) -> Option<PathBuf> {
        use gix::config::Source;
        let config = self.repo.config_snapshot();
        let own =
            |meta: &gix::config::file::Metadata| matches!(meta.source, Source::Local | Source::Worktree);
        let value = config.plumbing().string_filter(key, own)?;
        let text = value.to_string();
        if text.is_empty() {
            return None;
        }
        match text.strip_prefix("~/") {
            Some(below) => std::env::var_os("HOME").map(|home| Path::new(&home).join(below)),
            None => Some(self.dir.join(text)),
        }
    }

    /// Records untracked files that a person keeps where an entry point would be: they are in the work tree, and neither in the
    /// base nor in the commit that is checked out. A file that holds only our block is left out: nothing hand-written is lost
    /// with it.
    pub fn see_untracked(&self, tree: &mut Tree, store_name: &str, places: &[&str]) -> Result<(), Finding> {
        if !self.dir.join(".git").exists() {
            return Ok(());
        }
        let unread = |error: &std::io::Error| self.work_tree_unreadable(error);
        let mut found = BTreeSet::new();
        for place in places {
            work_tree::collect(&self.dir, place, &|_| true, &mut found).map_err(|error| unread(&error))?;
        }
        found.retain(|path| tree.get(path).is_none());
        if found.is_empty() {
            return Ok(());
        }
        let head = self.repo.head_commit().and_then(|commit| commit.tree()).ok();
        let is_checked_out = |path: &str| {
            head.as_ref()
                .and_then(|head| head.lookup_entry_by_path(path).ok().flatten())
                .is_some()
        };
        let mut untracked = BTreeSet::new();
        for path in found {
            if is_checked_out(&path) {
                continue;
            }
            let held = work_tree::on_disk(&self.dir, &path).map_err(|error| unread(&error))?;
            if held.is_some_and(|state| !is_ours_alone(&path, &state.bytes, store_name)) {
                untracked.insert(path);
            }
        }
        let mut local = tree.local().clone();
        local.untracked = untracked;
        tree.set_local(local);
        Ok(())
    }
}

/// Whether a file holds nothing but our front matter and block, or is our checks file as we wrote it.
fn is_ours_alone(path: &str, bytes: &[u8], store_name: &str) -> bool {
    if path == ChecksFile::path_for(store_name) {
        let file = ChecksFile::parse(path, bytes).0;
        return file.is_some_and(|file| file.name == store_name && file.is_unedited(bytes));
    }
    let BlocksInFile::Block(block) = marker::find(bytes, store_name) else {
        return false;
    };
    let head = front_matter::split(bytes).map_or(0, |front| front.range.end);
    let before = bytes.get(head..block.range.start).unwrap_or_default();
    [before, &bytes[block.range.end..]]
        .iter()
        .all(|part| part.trim_ascii().is_empty())
}
