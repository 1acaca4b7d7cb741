//! A repository at one commit, as a value.
//!
//! Input: the listing of a commit's tree and the bytes of the few files that matter, from whoever can read them
//! (`repository/`, or a test). Output: look-ups by path. Not here: git, the file system, and every decision.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::shared::{Pool, SharedBytes};

/// The largest file that is read whole. Real instruction files have less than 100 kB; reading one as Markdown takes about forty
/// times its size.
pub const LARGEST: usize = 1024 * 1024;

/// How much of one repository is read in all: many files of an entry point's name can be as much as a large one.
pub const LARGEST_SUM: usize = 16 * 1024 * 1024;

/// What git knows of a path: its mode.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// A regular file, 100644.
    File,
    /// An executable file, 100755.
    Executable,
    /// A symbolic link, 120000; its content is the path it points to.
    Symlink,
    /// Another repository's commit, 160000; never a match for a glob.
    Submodule,
}

impl Mode {
    /// Every mode.
    pub const ALL: [Mode; 4] = [Mode::File, Mode::Executable, Mode::Symlink, Mode::Submodule];

    /// Git's octal spelling, as a patch shows it.
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
    /// How git stores it.
    pub mode: Mode,
    /// The bytes, for paths that the reader of the repository was asked to load; a symlink's are its target path.
    pub content: Option<SharedBytes>,
    /// The size of a file that was asked for and not loaded, because it, or all of them together, are too large.
    pub unread: Option<u64>,
}

/// What a clone on disk knows beside the commit: rules that only this clone has, and files that git does not track.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LocalState {
    /// Files with ignore rules beside those of the tree, the weakest first: where each is, and its content.
    pub excludes: Vec<(String, Vec<u8>)>,
    /// Files with attributes that those of the tree overrule.
    pub attributes_below: Vec<(String, Vec<u8>)>,
    /// Files with attributes that overrule those of the tree.
    pub attributes_above: Vec<(String, Vec<u8>)>,
    /// Files that are in the work tree and in no commit that is looked at, where one of our entry points would be.
    pub untracked: BTreeSet<String>,
    /// Git ignores upper and lower case here.
    pub ignore_case: bool,
}

/// A repository's tracked files. Paths are relative, with `/`, as git spells them (bytes that are not UTF-8 are replaced:
/// such a path can match a glob but can never be an entry point).
///
/// A copy shares the listing with its original and keeps its own changes beside it: the tree after a plan costs what the plan
/// changes, not what the repository holds.
#[derive(Debug, Clone, Default)]
pub struct Tree {
    shared: Arc<BTreeMap<String, TreeEntry>>,
    /// What differs from `shared`: an entry in its place, or nothing where it was taken out.
    changed: BTreeMap<String, Option<TreeEntry>>,
    /// What the clone adds; no part of equality, for it is not tracked.
    local: Arc<LocalState>,
}

impl Tree {
    /// An empty repository.
    pub fn new() -> Self {
        Self::default()
    }

    /// What the clone adds to the commit; nothing where the tree was not read from a clone.
    pub fn local(&self) -> &LocalState {
        &self.local
    }

    /// Says what the clone adds.
    pub fn set_local(&mut self, local: LocalState) {
        self.local = Arc::new(local);
    }

    /// Adds a path whose content nobody asked for.
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
        match self.alone() {
            Some(entries) => drop(entries.insert(path, entry)),
            None => drop(self.changed.insert(path, Some(entry))),
        }
    }

    /// Lets equal contents of many trees be one allocation; a listing that is shared already is left alone.
    pub fn share_contents(&mut self, pool: &mut Pool<SharedBytes>) {
        let entries = self.alone().into_iter().flat_map(BTreeMap::values_mut);
        for content in entries.filter_map(|entry| entry.content.as_mut()) {
            pool.share(content);
        }
    }

    /// Takes a path out.
    pub fn remove(&mut self, path: &str) {
        if let Some(entries) = self.alone() {
            entries.remove(path);
        } else if self.shared.contains_key(path) {
            self.changed.insert(path.to_owned(), None);
        } else {
            self.changed.remove(path);
        }
    }

    /// The listing, where no other tree shares it.
    fn alone(&mut self) -> Option<&mut BTreeMap<String, TreeEntry>> {
        Arc::get_mut(&mut self.shared).filter(|_| self.changed.is_empty())
    }

    /// The entry at exactly this path.
    pub fn get(&self, path: &str) -> Option<&TreeEntry> {
        match self.changed.get(path) {
            Some(changed) => changed.as_ref(),
            None => self.shared.get(path),
        }
    }

    /// The loaded bytes of a regular or executable file at exactly this path; `None` for links and unread files.
    pub fn file(&self, path: &str) -> Option<&[u8]> {
        let entry = self.get(path)?;
        matches!(entry.mode, Mode::File | Mode::Executable).then_some(())?;
        entry.content.as_deref()
    }

    /// All paths with their entries, in byte order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &TreeEntry)> {
        both(self.shared.iter(), self.changed.iter())
    }

    /// The paths that can match a lesson's glob: everything tracked but submodules.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.iter()
            .filter(|(_, entry)| entry.mode != Mode::Submodule)
            .map(|(path, _)| path)
    }

    /// The paths below a folder (given without a final `/`), in byte order.
    pub fn under<'a>(&'a self, folder: &str) -> impl Iterator<Item = (&'a str, &'a TreeEntry)> {
        let below = format!("{folder}/")..format!("{folder}0"); // '0' follows '/' in ASCII
        both(self.shared.range(below.clone()), self.changed.range(below))
    }

    /// The names of files and folders at the root, in byte order.
    pub fn roots(&self) -> impl Iterator<Item = &str> {
        let mut from = String::new();
        std::iter::from_fn(move || {
            let rest = from.clone()..;
            let (path, _) = both(self.shared.range(rest.clone()), self.changed.range(rest)).next()?;
            let (root, behind) = match path.split_once('/') {
                Some((folder, _)) => (folder, '0'), // '0' follows '/' in ASCII
                None => (path, '\0'),
            };
            from = format!("{root}{behind}");
            Some(root)
        })
    }

    /// Only the paths whose content was loaded.
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

/// Two sorted lists as one; where both know a path, the second counts.
fn both<'t>(
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
    fn a_changed_copy_equals_a_tree_made_anew_and_leaves_its_original_alone() {
        let mut original = Tree::new();
        for path in ["a", "b/c", "b/d", "b0", "e"] {
            original.load(path, Mode::File, "old");
        }
        let before = original.clone();
        let mut copy = original.clone();
        copy.load("0", Mode::File, "new"); // before all others
        copy.load("b/c", Mode::File, "new");
        copy.load("b/cc", Mode::File, "new");
        copy.load("z", Mode::File, "new"); // behind all others
        copy.remove("b/d");
        copy.remove("nothing");
        copy.load("gone", Mode::File, "new");
        copy.remove("gone");
        let mut anew = Tree::new();
        for (path, text) in [
            ("0", "new"),
            ("a", "old"),
            ("b/c", "new"),
            ("b/cc", "new"),
            ("b0", "old"),
            ("e", "old"),
            ("z", "new"),
        ] {
            anew.load(path, Mode::File, text);
        }
        assert_eq!(listing(&copy), listing(&anew));
        assert_eq!(copy, anew);
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
