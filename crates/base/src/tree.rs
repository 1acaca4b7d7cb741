//! The files of a repository at one commit, as a value.
//!
//! Input: the listing of a commit's tree and the bytes of the few files that matter, from `repository/` or a test.
//! Output: look-ups by path.
//! Not here: git, the file system, and decisions.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::marker::BlocksInFile;
use crate::shared::{Pool, SharedBytes};

/// The largest file that is read. Real instruction files have less than 100 kB; parsing one as Markdown takes about forty times its
/// size in memory.
pub const LARGEST: usize = 1024 * 1024;

/// The most bytes that are read from one repository: many files with an entry point's name can be as large as one large file.
pub const LARGEST_SUM: usize = 16 * 1024 * 1024;

/// The mode of a path in git.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// A regular file, 100644.
    File,
    /// An executable file, 100755.
    Executable,
    /// A symbolic link, 120000; its content is the path it points to.
    Symlink,
    /// A commit of another repository, 160000; no glob matches it.
    Submodule,
}

impl Mode {
    /// Every mode.
    pub const ALL: [Mode; 4] = [Mode::File, Mode::Executable, Mode::Symlink, Mode::Submodule];

    /// The mode in octal digits, as a patch shows it.
    pub fn octal(self) -> &'static str {
        match self {
            Mode::File => "100644",
            Mode::Executable => "100755",
            Mode::Symlink => "120000",
            Mode::Submodule => "160000",
        }
    }
}

/// One tracked path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TreeEntry {
    /// Its mode.
    pub mode: Mode,
    /// The bytes, if the path was loaded; for a symlink, the path it points to.
    pub content: Option<SharedBytes>,
    /// The size of a file that was requested and not loaded, because it (or all requested files together) is too large.
    pub unread: Option<u64>,
}

/// What a clone on disk adds to the commit: rules that only this clone has, and files that git does not track.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LocalState {
    /// Files with ignore rules besides those of the tree, each with its path and content; a later file overrides an earlier one.
    pub excludes: Vec<(String, Vec<u8>)>,
    /// Files with attributes that the tree's own attributes override.
    pub attributes_below: Vec<(String, Vec<u8>)>,
    /// Files with attributes that override those of the tree.
    pub attributes_above: Vec<(String, Vec<u8>)>,
    /// Uncommitted files in the work tree at the path of an entry point.
    pub untracked: BTreeSet<String>,
    /// Whether git ignores upper and lower case in this clone.
    pub ignore_case: bool,
}

/// A repository's tracked files. Paths are relative, with `/`, as git writes them. Bytes that are not UTF-8 are replaced: such a path
/// can match a glob but can never be an entry point.
///
/// A copy shares the listing with its original and stores its own changes separately, so the tree after a plan takes memory for the
/// changes only.
#[derive(Debug, Clone, Default)]
pub struct Tree {
    shared: Arc<BTreeMap<String, TreeEntry>>,
    /// What differs from `shared`: a new entry, or `None` for a removed path.
    changed: BTreeMap<String, Option<TreeEntry>>,
    /// What the clone adds. Equality ignores it, because it is not tracked.
    local: Arc<LocalState>,
}

impl Tree {
    /// An empty repository.
    pub fn new() -> Self {
        Self::default()
    }

    /// What the clone adds to the commit; empty if the tree was not read from a clone.
    pub fn local(&self) -> &LocalState {
        &self.local
    }

    /// Sets what the clone adds.
    pub fn set_local(&mut self, local: LocalState) {
        self.local = Arc::new(local);
    }

    /// Adds a path without its content.
    pub fn list(&mut self, path: impl Into<String>, mode: Mode) {
        let (content, unread) = (None, None);
        self.put(
            path.into(),
            TreeEntry {
                mode,
                content,
                unread,
            },
        );
    }

    /// Adds a path that is too large to be read.
    pub fn list_unread(&mut self, path: impl Into<String>, mode: Mode, size: u64) {
        let (content, unread) = (None, Some(size));
        self.put(
            path.into(),
            TreeEntry {
                mode,
                content,
                unread,
            },
        );
    }

    /// Adds a path with its content.
    pub fn load(&mut self, path: impl Into<String>, mode: Mode, content: impl Into<SharedBytes>) {
        let (content, unread) = (Some(content.into()), None);
        self.put(
            path.into(),
            TreeEntry {
                mode,
                content,
                unread,
            },
        );
    }

    fn put(&mut self, path: String, entry: TreeEntry) {
        match self.unshared() {
            Some(entries) => drop(entries.insert(path, entry)),
            None => drop(self.changed.insert(path, Some(entry))),
        }
    }

    /// Stores equal contents of many trees in one allocation. A listing that is already shared is not changed.
    pub fn share_contents(&mut self, pool: &mut Pool<SharedBytes>) {
        let entries = self.unshared().into_iter().flat_map(BTreeMap::values_mut);
        for content in entries.filter_map(|entry| entry.content.as_mut()) {
            pool.share(content);
        }
    }

    /// Removes a path.
    pub fn remove(&mut self, path: &str) {
        if let Some(entries) = self.unshared() {
            entries.remove(path);
        } else if self.shared.contains_key(path) {
            self.changed.insert(path.to_owned(), None);
        } else {
            self.changed.remove(path);
        }
    }

    /// The listing, if no other tree shares it.
    fn unshared(&mut self) -> Option<&mut BTreeMap<String, TreeEntry>> {
        Arc::get_mut(&mut self.shared).filter(|_| self.changed.is_empty())
    }

    /// The entry at exactly this path.
    pub fn get(&self, path: &str) -> Option<&TreeEntry> {
        match self.changed.get(path) {
            Some(changed) => changed.as_ref(),
            None => self.shared.get(path),
        }
    }

    /// Whether something is at this path or, if the path ends with `/`, below this folder.
    pub fn has(&self, path: &str) -> bool {
        match path.strip_suffix('/') {
            Some(folder) => self.under(folder).next().is_some(),
            None => self.get(path).is_some(),
        }
    }

    /// The loaded bytes of a regular or executable file at exactly this path; `None` for links and unread files.
    pub fn file(&self, path: &str) -> Option<&[u8]> {
        let entry = self.get(path)?;
        matches!(entry.mode, Mode::File | Mode::Executable).then_some(())?;
        entry.content.as_deref()
    }

    /// The block of a store in a file, as [`marker::find`](crate::marker::find) finds it; `None` for what [`Self::file`] does not return.
    pub fn block(&self, path: &str, store_name: &str) -> Option<BlocksInFile> {
        let entry = self.get(path)?;
        matches!(entry.mode, Mode::File | Mode::Executable).then_some(())?;
        Some(entry.content.as_ref()?.block(store_name))
    }

    /// All paths with their entries, in byte order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &TreeEntry)> {
        overlaid(self.shared.iter(), self.changed.iter())
    }

    /// The paths that a lesson's glob can match: all tracked paths except submodules.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.iter()
            .filter(|(_, entry)| entry.mode != Mode::Submodule)
            .map(|(path, _)| path)
    }

    /// The paths below a folder (given without a final `/`), in byte order.
    pub fn under<'a>(&'a self, folder: &str) -> impl Iterator<Item = (&'a str, &'a TreeEntry)> {
        let below = format!("{folder}/")..format!("{folder}0"); // '0' follows '/' in ASCII
        overlaid(self.shared.range(below.clone()), self.changed.range(below))
    }

    /// The names of files and folders at the root, in byte order.
    pub fn roots(&self) -> impl Iterator<Item = &str> {
        let mut from = String::new();
        std::iter::from_fn(move || {
            let rest = from.clone()..;
            let (path, _) = overlaid(self.shared.range(rest.clone()), self.changed.range(rest)).next()?;
            let (root, behind) = match path.split_once('/') {
                Some((folder, _)) => (folder, '0'), // '0' follows '/' in ASCII
                None => (path, '\0'),
            };
            from = format!("{root}{behind}");
            Some(root)
        })
    }

    /// A tree with only the paths whose content is loaded.
    #[must_use]
    pub fn loaded(&self) -> Tree {
        let mut tree = Tree::new();
        tree.local = Arc::clone(&self.local);
        for (path, entry) in self.iter() {
            if let Some(content) = &entry.content {
                tree.load(path, entry.mode, content.clone());
            }
        }
        tree
    }

    /// How many paths are tracked.
    pub fn len(&self) -> usize {
        self.iter().count()
    }

    /// Whether nothing is tracked.
    pub fn is_empty(&self) -> bool {
        self.iter().next().is_none()
    }
}

impl PartialEq for Tree {
    fn eq(&self, other: &Self) -> bool {
        let same = Arc::ptr_eq(&self.shared, &other.shared) && self.changed == other.changed;
        same || self.iter().eq(other.iter())
    }
}

impl Eq for Tree {}

/// Merges two sorted lists; for a path in both, the entry of the second is used.
fn overlaid<'t>(
    shared: impl Iterator<Item = (&'t String, &'t TreeEntry)>,
    changed: impl Iterator<Item = (&'t String, &'t Option<TreeEntry>)>,
) -> impl Iterator<Item = (&'t str, &'t TreeEntry)> {
    let (mut shared, mut changed) = (shared.peekable(), changed.peekable());
    std::iter::from_fn(move || {
        loop {
            let Some((path, entry)) = changed.peek() else {
                return shared.next().map(|(path, entry)| (path.as_str(), entry));
            };
            match shared.peek().map(|(old, _)| old.cmp(path)) {
                Some(Ordering::Less) => {
                    return shared.next().map(|(path, entry)| (path.as_str(), entry));
                }
                Some(Ordering::Equal) => drop(shared.next()),
                Some(Ordering::Greater) | None => {}
            }
            let found = entry.as_ref().map(|entry| (path.as_str(), entry));
            changed.next();
            if found.is_some() {
                return found;
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listing(tree: &Tree) -> Vec<(&str, Option<&[u8]>)> {
        tree.iter()
            .map(|(path, entry)| (path, entry.content.as_deref()))
            .collect()
    }

    #[test]
    fn a_changed_copy_equals_a_new_tree_and_does_not_change_its_original() {
        let mut original = Tree::new();
        for path in ["a", "b/c", "b/d", "b0", "e"] {
            original.load(path, Mode::File, "old");
        }
        let before = original.clone();
        let mut copy = original.clone();
        copy.load("0", Mode::File, "new"); // before all others
        copy.load("b/c", Mode::File, "new");
        copy.load("b/cc", Mode::File, "new");
        copy.load("z", Mode::File, "new"); // after all others
        copy.remove("b/d");
        copy.remove("nothing");
        copy.load("gone", Mode::File, "new");
        copy.remove("gone");
        let mut expected = Tree::new();
        for (path, text) in [
            ("0", "new"),
            ("a", "old"),
            ("b/c", "new"),
            ("b/cc", "new"),
            ("b0", "old"),
            ("e", "old"),
            ("z", "new"),
        ] {
            expected.load(path, Mode::File, text);
        }
        assert_eq!(listing(&copy), listing(&expected));
        assert_eq!(copy, expected);
        assert_eq!((copy.len(), copy.is_empty()), (7, false));
        assert_eq!(copy.roots().collect::<Vec<_>>(), ["0", "a", "b", "b0", "e", "z"]);
        assert_eq!(
            copy.under("b").map(|(path, _)| path).collect::<Vec<_>>(),
            ["b/c", "b/cc"]
        );
        assert_eq!((copy.get("b/d"), copy.file("b/c")), (None, Some(&b"new"[..])));
        assert_eq!(original, before);
        assert_ne!(original, copy);
        copy.load("b/d", Mode::File, "back");
        assert_eq!(copy.file("b/d"), Some(&b"back"[..]));
    }

    #[test]
    fn a_tree_without_its_last_path_is_empty() {
        let mut tree = Tree::new();
        tree.list("a", Mode::File);
        let shared = tree.clone();
        tree.remove("a");
        assert!(tree.is_empty() && !shared.is_empty());
        assert_eq!(tree, Tree::new());
    }
}
