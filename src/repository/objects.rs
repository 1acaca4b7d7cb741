//! Lists and compares git trees.
//!
//! Input: a repository and the ids of commits or trees. Output: a [`Tree`] as a value, and the paths in which two trees
//! differ. Not here: which trees are read, and the findings for objects that can't be read (`local`, `branch`).

use std::collections::{BTreeMap, BTreeSet};

use gix::bstr::{BString, ByteSlice};
use gix::objs::tree::{EntryKind, EntryMode};
use gix::{ObjectId, Repository};

use lessonbook_base::tree::{LARGEST, LARGEST_SUM, Mode, Tree};

/// An object that could not be read: its name for the user, and gix's error.
pub(super) struct ObjectError {
    pub what: String,
    pub error: gix::Error,
}

impl ObjectError {
    pub fn new(what: impl Into<String>) -> impl FnOnce(gix::Error) -> Self {
        let what = what.into();
        move |error| ObjectError { what, error }
    }
}

/// A file's mode from git's mode; `None` for folders.
pub(super) fn mode(entry: EntryMode) -> Option<Mode> {
    match entry.kind() {
        EntryKind::Tree => None,
        EntryKind::Blob => Some(Mode::File),
        EntryKind::BlobExecutable => Some(Mode::Executable),
        EntryKind::Link => Some(Mode::Symlink),
        EntryKind::Commit => Some(Mode::Submodule),
    }
}

/// All files of a commit, with the content of the wanted paths.
pub(super) fn read_tree(
    repo: &Repository,
    commit: ObjectId,
    is_wanted: &dyn Fn(&str) -> bool,
) -> Result<Tree, ObjectError> {
    let root = tree_of(repo, commit)?;
    // `files` also yields the folders.
    let entries = root
        .traverse()
        .breadthfirst
        .files()
        .map_err(ObjectError::new(format!("a folder of commit {}", short(commit))))?;
    let mut tree = Tree::new();
    let mut read = 0;
    for entry in entries {
        let Some(mode) = mode(entry.mode) else {
            continue;
        };
        match entry.filepath.to_str() {
            Ok(path) if mode != Mode::Submodule && is_wanted(path) => {
                let unread = || ObjectError::new(format!("`{path}` at {}", short(commit)));
                // The size is read from the header, before the content is unpacked.
                let size = repo.find_header(entry.oid).map_err(unread())?.size();
                if size > LARGEST as u64 || read + size > LARGEST_SUM as u64 {
                    tree.list_unread(path, mode, size);
                    continue;
                }
                read += size;
                let blob = repo.find_blob(entry.oid).map_err(unread())?;
                tree.load(path, mode, blob.detach().data);
            }
            _ => tree.list(entry.filepath.to_str_lossy(), mode),
        }
    }
    Ok(tree)
}

/// The tree of a commit.
pub(super) fn tree_of(repo: &Repository, commit: ObjectId) -> Result<gix::Tree<'_>, ObjectError> {
    repo.find_commit(commit)
        .and_then(|commit| commit.tree())
        .map_err(ObjectError::new(format!("commit {}", short(commit))))
}

/// The paths in which two commits differ, in byte order; without a first commit, all paths of the second. Folders that are
/// the same on both sides are not opened.
pub(super) fn differing(
    repo: &Repository,
    from: Option<ObjectId>,
    to: ObjectId,
) -> Result<Vec<String>, ObjectError> {
    Ok(differences(repo, from, to)?.into_keys().collect())
}

/// What a path holds on both sides of a change; none: nothing.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct PathDifference {
    pub before: Option<(EntryMode, ObjectId)>,
    pub after: Option<(EntryMode, ObjectId)>,
}

/// What the paths hold in which two commits differ.
pub(super) fn differences(
    repo: &Repository,
    from: Option<ObjectId>,
    to: ObjectId,
) -> Result<BTreeMap<String, PathDifference>, ObjectError> {
    let from = match from {
        Some(commit) => Some(tree_of(repo, commit)?.id),
        None => None,
    };
    let to = tree_of(repo, to)?.id;
    let mut paths = BTreeMap::new();
    compare(repo, &BString::default(), from, Some(to), &mut paths)
        .map_err(ObjectError::new("a folder of a commit"))?;
    Ok(paths)
}

type Entries = BTreeMap<BString, (EntryMode, ObjectId)>;

fn compare(
    repo: &Repository,
    folder: &BString,
    from: Option<ObjectId>,
    to: Option<ObjectId>,
    paths: &mut BTreeMap<String, PathDifference>,
) -> gix::Result<()> {
    if from == to {
        return Ok(());
    }
    let (from, to) = (entries(repo, from)?, entries(repo, to)?);
    let names: BTreeSet<&BString> = from.keys().chain(to.keys()).collect();
    for name in names {
        let (old, new) = (from.get(name), to.get(name));
        if old == new {
            continue;
        }
        let mut path = folder.clone();
        path.extend_from_slice(name);
        let folder_id =
            |side: Option<&(EntryMode, ObjectId)>| side.filter(|(mode, _)| mode.is_tree()).map(|(_, id)| *id);
        let is_file = |side: Option<&(EntryMode, ObjectId)>| side.is_some_and(|(mode, _)| !mode.is_tree());
        if is_file(old) || is_file(new) {
            let difference = PathDifference {
                before: old.copied().filter(|(mode, _)| !mode.is_tree()),
                after: new.copied().filter(|(mode, _)| !mode.is_tree()),
            };
            paths.insert(path.to_str_lossy().into_owned(), difference);
        }
        path.push(b'/');
        compare(repo, &path, folder_id(old), folder_id(new), paths)?;
    }
    Ok(())
}

fn entries(repo: &Repository, tree: Option<ObjectId>) -> gix::Result<Entries> {
    let Some(tree) = tree else {
        return Ok(Entries::new());
    };
    let tree = repo.find_tree(tree)?;
    let tree = tree.decode()?;
    Ok(tree
        .entries
        .iter()
        .map(|entry| (entry.filename.to_owned(), (entry.mode, entry.oid.to_owned())))
        .collect())
}

/// Seven digits, as git shows a commit. Not the shortest unique prefix: that would depend on the clone.
pub(super) fn short(commit: ObjectId) -> String {
    commit.to_hex_with_len(7).to_string()
}
