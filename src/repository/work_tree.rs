//! Reads a repository's work tree, and writes to it when the user asks for that (`render --out`).
//!
//! Input: an opened repository. Output: a [`Snapshot`] in which the wanted paths have their content on disk, with uncommitted
//! changes; files written and deleted. Not here: which files those are. The index is only read to find out whether a file is
//! a link, and never written.

use std::collections::BTreeSet;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

use super::disk;
use super::local::LocalRepository;
use super::objects::{self, ObjectError};
use lessonbook_base::edit::{Edit, FileState};
use lessonbook_base::finding::{Code, Finding};
use lessonbook_base::git_rules;
use lessonbook_base::snapshot::{Base, EarlierStates, Snapshot};
use lessonbook_base::tree::{LARGEST, Mode, Tree};

impl LocalRepository {
    /// Whether this folder is the top of the work tree that was opened.
    pub fn is_work_tree(&self, folder: &Path) -> bool {
        self.dir.join(".git").exists() && folder.canonicalize().is_ok_and(|folder| folder == self.dir)
    }

    /// A snapshot of what is checked out: the files of `HEAD`, and for the wanted paths the content in the work tree. Wanted files
    /// that git does not track yet are found below `places`, which are files or folders. Our branch is not read.
    pub fn work_tree_snapshot(
        &self,
        is_wanted: &dyn Fn(&str) -> bool,
        places: &[&str],
    ) -> Result<Snapshot, Finding> {
        let unread = |unread| self.unread(&unread);
        let head = self.repo.head_commit().map_err(|_| {
            self.finding(Code::EmptyRepository, "no commit is checked out")
                .effect("it is unknown which files are tracked")
                .help(format!(
                    "commit something first: {} commit --allow-empty -m \"First commit\"",
                    self.git()
                ))
        })?;
        let time = head
            .time()
            .map_err(ObjectError::new("the commit that is checked out"));
        let name = self.repo.head_name().ok().flatten();
        let mut tree = objects::read_tree(&self.repo, head.id, is_wanted).map_err(unread)?;
        tree.set_local(self.local_state()?);
        self.overlay(&mut tree, is_wanted, places)
            .map_err(|error| self.work_tree_unreadable(&error))?;
        Ok(Snapshot {
            base: Base {
                branch: name.map_or_else(|| "HEAD".to_owned(), |name| name.shorten().to_string()),
                commit: head.id.to_string(),
                time: time.map_err(unread)?.seconds,
            },
            tree,
            branch: None,
            past: None,
            earlier: EarlierStates::default(),
            findings: Vec::new(),
        })
    }

    /// Writes edits to the work tree. Nothing is written unless every file holds what the edit expects. Folders that are empty
    /// afterwards are deleted, as git does.
    pub fn write_work_tree(&self, edits: &[Edit]) -> anyhow::Result<()> {
        let top = &self.dir;
        for edit in edits {
            disk::check_target(top, &edit.path)?;
            if !self.holds(edit)? {
                bail!("{} changed during this run, so nothing was written", edit.path);
            }
        }
        let kept = edits
            .iter()
            .filter_map(|edit| Some((edit.path.as_str(), edit.after.as_ref()?)));
        disk::write_folder(top, kept)?;
        for edit in edits.iter().filter(|edit| edit.after.is_none()) {
            delete_file(top, &edit.path).with_context(|| format!("{} can't be deleted", edit.path))?;
        }
        Ok(())
    }

    /// Whether a file holds what an edit expects. A file that a sparse checkout left out counts as unchanged.
    fn holds(&self, edit: &Edit) -> anyhow::Result<bool> {
        let found = on_disk(&self.dir, &edit.path).with_context(|| format!("{} can't be read", edit.path))?;
        let bytes = |state: &Option<FileState>| state.as_ref().map(|state| state.bytes.clone());
        Ok(bytes(&found) == bytes(&edit.before) || (found.is_none() && self.is_sparse()))
    }

    /// Replaces committed content by the content on disk.
    fn overlay(
        &self,
        tree: &mut Tree,
        is_wanted: &dyn Fn(&str) -> bool,
        places: &[&str],
    ) -> std::io::Result<()> {
        let tracked = tree.iter().filter(|(path, entry)| {
            // A path that is not UTF-8 has another name on disk.
            entry.mode != Mode::Submodule && is_wanted(path) && !path.contains('\u{fffd}')
        });
        let mut paths: BTreeSet<String> = tracked.map(|(path, _)| path.to_owned()).collect();
        for place in places {
            collect(&self.dir, place, is_wanted, &mut paths)?;
            for rules in git_rules::FILES
                .iter()
                .flat_map(|name| git_rules::rule_files(place, name))
            {
                collect(&self.dir, &rules, is_wanted, &mut paths)?;
            }
        }
        let links = LinksAsText::new(self);
        let mut local = tree.local().clone();
        for path in paths {
            if let Some((mode, size)) = too_large(&self.dir, &path)? {
                tree.list_unread(&path, mode, size);
                continue;
            }
            match on_disk(&self.dir, &path)? {
                Some(state) => {
                    if tree.get(&path).is_none() {
                        local.untracked.insert(path.clone());
                    }
                    match links.target(&path, &state, tree) {
                        Some(target) => tree.load(&path, Mode::Symlink, target),
                        None => tree.load(&path, state.mode, state.bytes),
                    }
                }
                // A file that a sparse checkout leaves out is not deleted: its committed content counts.
                None if self.is_sparse() => {}
                None => tree.remove(&path),
            }
        }
        tree.set_local(local);
        Ok(())
    }

    fn is_sparse(&self) -> bool {
        self.repo.config_snapshot().boolean("core.sparseCheckout") == Some(true)
    }

    pub(super) fn work_tree_unreadable(&self, error: &std::io::Error) -> Finding {
        self.finding(
            Code::RepositoryUnreadable,
            format!("the work tree can't be read: {error}"),
        )
        .effect("nothing can be planned for its files")
        .help("check the permissions of its files")
    }
}

/// Symbolic links that git checks out as small files with the path in them (`core.symlinks=false`, as on Windows). Git commits
/// such a file as a link, so we treat it as one.
struct LinksAsText {
    is_on: bool,
    /// The index, which shows what git would commit; `None` if there is none.
    index: Option<gix::worktree::Index>,
}

impl LinksAsText {
    fn new(local: &LocalRepository) -> Self {
        let is_on = local.repo.config_snapshot().boolean("core.symlinks") == Some(false);
        // If the index can't be read, the commit that is checked out shows which files are links.
        let index = is_on.then(|| local.repo.try_index().ok().flatten()).flatten();
        LinksAsText { is_on, index }
    }

    /// Where the link leads, if this file is one.
    fn target(&self, path: &str, state: &FileState, head: &Tree) -> Option<Vec<u8>> {
        if !self.is_on || state.mode == Mode::Symlink {
            return None;
        }
        let entry = self
            .index
            .as_ref()
            .and_then(|index| index.entry_by_path(path.into()));
        let is_link = match entry {
            Some(entry) => entry.mode == gix::index::entry::Mode::SYMLINK,
            None => head.get(path).is_some_and(|entry| entry.mode == Mode::Symlink),
        };
        is_link.then(|| state.bytes.trim_ascii_end().to_vec())
    }
}

/// The wanted files at or below these places of a folder, which may be outside any repository.
pub fn read_plainly(top: &Path, is_wanted: &dyn Fn(&str) -> bool, places: &[&str]) -> std::io::Result<Tree> {
    let mut paths = BTreeSet::new();
    for place in places {
        collect(top, place, is_wanted, &mut paths)?;
        for rules in git_rules::FILES
            .iter()
            .flat_map(|name| git_rules::rule_files(place, name))
        {
            collect(top, &rules, is_wanted, &mut paths)?;
        }
    }
    let mut tree = Tree::new();
    for path in paths {
        if let Some((mode, size)) = too_large(top, &path)? {
            tree.list_unread(&path, mode, size);
        } else if let Some(state) = on_disk(top, &path)? {
            tree.load(&path, state.mode, state.bytes);
        }
    }
    Ok(tree)
}

/// The folder, or the nearest of its parents, that is the top of a git repository's work tree.
pub fn find_top(start: &Path) -> Option<PathBuf> {
    let start = start.canonicalize().ok()?;
    let top = start.ancestors().find(|folder| folder.join(".git").exists());
    top.map(Path::to_owned)
}

/// Finds wanted files at or below a place. A link counts as a file: it is not followed.
pub(super) fn collect(
    top: &Path,
    place: &str,
    is_wanted: &dyn Fn(&str) -> bool,
    paths: &mut BTreeSet<String>,
) -> std::io::Result<()> {
    let Some(found) = metadata_at(top, place)? else {
        return Ok(());
    };
    if !found.is_dir() {
        if is_wanted(place) {
            paths.insert(place.to_owned());
        }
        return Ok(());
    }
    for entry in fs::read_dir(top.join(place))? {
        if let Some(name) = entry?.file_name().to_str() {
            collect(top, &format!("{place}/{name}"), is_wanted, paths)?;
        }
    }
    Ok(())
}

/// Mode and size of a file that is too large to be read.
fn too_large(top: &Path, path: &str) -> std::io::Result<Option<(Mode, u64)>> {
    let found = metadata_at(top, path)?.filter(|found| found.is_file() && found.len() > LARGEST as u64);
    Ok(found.map(|found| (mode(&found), found.len())))
}

/// The file or link at a path; `None` for anything else, and for a path that leads through a link.
pub(super) fn on_disk(top: &Path, path: &str) -> std::io::Result<Option<FileState>> {
    let Some(found) = metadata_at(top, path)? else {
        return Ok(None);
    };
    let full = top.join(path);
    if found.is_symlink() {
        let target = fs::read_link(&full)?.into_os_string().into_encoded_bytes();
        return Ok(Some(FileState {
            mode: Mode::Symlink,
            bytes: target.into(),
        }));
    }
    if !found.is_file() {
        return Ok(None);
    }
    Ok(Some(FileState {
        mode: mode(&found),
        bytes: fs::read(full)?.into(),
    }))
}

/// The metadata of a path; `None` if it does not exist or leads through a link.
pub(super) fn metadata_at(top: &Path, path: &str) -> std::io::Result<Option<fs::Metadata>> {
    let mut at = top.to_owned();
    let mut found = None;
    for part in path.split('/') {
        if found.as_ref().is_some_and(|above: &fs::Metadata| !above.is_dir()) {
            return Ok(None);
        }
        at.push(part);
        found = match at.symlink_metadata() {
            Ok(found) => Some(found),
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
    }
    Ok(found)
}

#[cfg(unix)]
fn mode(found: &fs::Metadata) -> Mode {
    use std::os::unix::fs::PermissionsExt as _;
    if found.permissions().mode() & 0o100 == 0 {
        Mode::File
    } else {
        Mode::Executable
    }
}

#[cfg(not(unix))]
fn mode(_found: &fs::Metadata) -> Mode {
    Mode::File
}

/// Deletes a file, and the folders above it that are empty then.
fn delete_file(top: &Path, path: &str) -> std::io::Result<()> {
    let file = top.join(path);
    fs::remove_file(&file)?;
    let folders = file.ancestors().skip(1);
    for folder in folders.take_while(|folder| *folder != top) {
        // A folder that is not empty can't be removed, and is kept.
        if fs::remove_dir(folder).is_err() {
            break;
        }
    }
    Ok(())
}
