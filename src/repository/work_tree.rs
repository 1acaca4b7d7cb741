//! A repository's work tree: read as it stands, and written only where somebody asks for just that (`render --out`).
//!
//! Input: an opened repository. Output: a [`Snapshot`] in which the wanted paths hold what stands on disk, uncommitted
//! changes included; files written and taken away. Not here: which files those are. The index is read for one thing only,
//! whether a file is a link, and never written.

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
use lessonbook_base::snapshot::{Base, Snapshot};
use lessonbook_base::tree::{LARGEST, Mode, Tree};

impl LocalRepository {
    /// Whether this folder is the top of the work tree that was opened.
    pub fn is_work_tree(&self, folder: &Path) -> bool {
        self.dir.join(".git").exists() && folder.canonicalize().is_ok_and(|folder| folder == self.dir)
    }

    /// What is checked out: the files of `HEAD`, and of the wanted paths what stands in the work tree. Below `places`, which are
    /// files or folders, wanted files are found that git does not track yet. Our branch does not matter here.
    pub fn work_tree_snapshot(
        &self,
        wanted: &dyn Fn(&str) -> bool,
        places: &[&str],
    ) -> Result<Snapshot, Finding> {
        let unread = |unread| self.unread(&unread);
        let head = self.repo.head_commit().map_err(|_| {
            self.finding(Code::EmptyRepository, "no commit is checked out")
                .effect("nobody can say which files are tracked")
                .help(format!("commit something first: {} commit", self.git()))
        })?;
        let time = head
            .time()
            .map_err(ObjectError::new("the commit that is checked out"));
        let name = self.repo.head_name().ok().flatten();
        let mut tree = objects::read_tree(&self.repo, head.id, wanted).map_err(unread)?;
        tree.set_local(self.local_state()?);
        self.overlay(&mut tree, wanted, places)
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
            findings: Vec::new(),
        })
    }

    /// Puts edits into the work tree. Nothing is written unless every file holds what the edit expects. Folders that are empty
    /// afterwards go, as git takes them away.
    pub fn write_work_tree(&self, edits: &[Edit]) -> anyhow::Result<()> {
        let top = &self.dir;
        for edit in edits {
            disk::check_target(top, &edit.path)?;
            if !self.holds(edit)? {
                bail!("{} changed while we worked, so nothing was written", edit.path);
            }
        }
        let kept = edits
            .iter()
            .filter_map(|edit| Some((edit.path.as_str(), edit.after.as_ref()?)));
        disk::write_folder(top, kept)?;
        for edit in edits.iter().filter(|edit| edit.after.is_none()) {
            take_away(top, &edit.path).with_context(|| format!("{} can't be deleted", edit.path))?;
        }
        Ok(())
    }

    /// Whether a file holds what an edit expects; where a sparse checkout left it out, what was committed counts.
    fn holds(&self, edit: &Edit) -> anyhow::Result<bool> {
        let found = on_disk(&self.dir, &edit.path).with_context(|| format!("{} can't be read", edit.path))?;
        let bytes = |state: &Option<FileState>| state.as_ref().map(|state| state.bytes.clone());
        Ok(bytes(&found) == bytes(&edit.before) || (found.is_none() && self.is_sparse()))
    }

    /// Replaces what was committed by what stands on disk.
    fn overlay(
        &self,
        tree: &mut Tree,
        wanted: &dyn Fn(&str) -> bool,
        places: &[&str],
    ) -> std::io::Result<()> {
        let tracked = tree.iter().filter(|(path, entry)| {
            // A path that is no UTF-8 has another name on disk.
            entry.mode != Mode::Submodule && wanted(path) && !path.contains('\u{fffd}')
        });
        let mut paths: BTreeSet<String> = tracked.map(|(path, _)| path.to_owned()).collect();
        for place in places {
            collect(&self.dir, place, wanted, &mut paths)?;
            for rules in git_rules::FILES
                .iter()
                .flat_map(|name| git_rules::rule_files(place, name))
            {
                collect(&self.dir, &rules, wanted, &mut paths)?;
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
                // What a sparse checkout leaves out is not gone: what was committed stands.
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
        .effect("nothing can be planned for what stands there")
        .help("look at the permissions of its files")
    }
}

/// Symbolic links that git checks out as small files with the path in them (`core.symlinks=false`, as on Windows). Git goes on to
/// commit such a file as a link, so it is one.
struct LinksAsText {
    is_on: bool,
    /// What git would commit; none where there is no index.
    index: Option<gix::worktree::Index>,
}

impl LinksAsText {
    fn new(local: &LocalRepository) -> Self {
        let is_on = local.repo.config_snapshot().boolean("core.symlinks") == Some(false);
        // An index that can't be read says nothing; then the commit that is checked out does.
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

/// The wanted files at or below these places of a folder that need not be a repository; nothing else of it is known.
pub fn read_plainly(top: &Path, wanted: &dyn Fn(&str) -> bool, places: &[&str]) -> std::io::Result<Tree> {
    let mut paths = BTreeSet::new();
    for place in places {
        collect(top, place, wanted, &mut paths)?;
        for rules in git_rules::FILES
            .iter()
            .flat_map(|name| git_rules::rule_files(place, name))
        {
            collect(top, &rules, wanted, &mut paths)?;
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

/// Finds wanted files at or below a place. Links are files here: nothing is read through them.
pub(super) fn collect(
    top: &Path,
    place: &str,
    wanted: &dyn Fn(&str) -> bool,
    paths: &mut BTreeSet<String>,
) -> std::io::Result<()> {
    let Some(found) = real(top, place)? else {
        return Ok(());
    };
    if !found.is_dir() {
        if wanted(place) {
            paths.insert(place.to_owned());
        }
        return Ok(());
    }
    for entry in fs::read_dir(top.join(place))? {
        if let Some(name) = entry?.file_name().to_str() {
            collect(top, &format!("{place}/{name}"), wanted, paths)?;
        }
    }
    Ok(())
}

/// Mode and size of a file that is too large to be read.
fn too_large(top: &Path, path: &str) -> std::io::Result<Option<(Mode, u64)>> {
    let found = real(top, path)?.filter(|found| found.is_file() && found.len() > LARGEST as u64);
    Ok(found.map(|found| (mode(&found), found.len())))
}

/// What stands at a path; nothing where a link leads there, or where it is neither file nor link.
pub(super) fn on_disk(top: &Path, path: &str) -> std::io::Result<Option<FileState>> {
    let Some(found) = real(top, path)? else {
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

/// What a path is, unless it leads through a link or is not there.
fn real(top: &Path, path: &str) -> std::io::Result<Option<fs::Metadata>> {
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

fn take_away(top: &Path, path: &str) -> std::io::Result<()> {
    let file = top.join(path);
    fs::remove_file(&file)?;
    let folders = file.ancestors().skip(1);
    for folder in folders.take_while(|folder| *folder != top) {
        // A folder that holds anything else stays.
        if fs::remove_dir(folder).is_err() {
            break;
        }
    }
    Ok(())
}
