//! Computes the git id of a tree from a listing of its paths, to check that a listing belongs to a tree.
//!
//! Input: a listing. Output: whether it has the tree's id. Not here: getting the listing (`cache`, `listing`). A program that can
//! write to the cache can't forge a listing, because the id is a hash of the content.

use std::collections::BTreeMap;

use gix::hash::Kind as Hash;

use lessonbook_base::tree::Mode;

/// One path of a listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct CachedPath {
    pub path: String,
    pub mode: Mode,
    pub oid: String,
}

/// An entry of a folder while the tree is built.
enum FolderEntry {
    File(Mode, gix::ObjectId),
    Folder(FolderEntries),
}

type FolderEntries = BTreeMap<String, FolderEntry>;

/// The most parts of a path. Git's own limit is lower on every system; without a limit a forged listing could overflow the stack.
const DEEPEST: usize = 2_000;

/// Whether a listing has exactly the paths, modes and contents of this tree. Also `false` for the few trees that a list of files
/// can't describe: those with an empty folder, or with a mode that git no longer writes.
pub(super) fn is_listing_of(oid: &str, listing: &[CachedPath]) -> bool {
    let Ok(expected) = gix::ObjectId::from_hex(oid.as_bytes()) else {
        return false;
    };
    let mut root = FolderEntries::new();
    for entry in listing {
        let Ok(id) = gix::ObjectId::from_hex(entry.oid.as_bytes()) else {
            return false;
        };
        let is_deep = entry.path.matches('/').count() > DEEPEST;
        if is_deep
            || id.kind() != expected.kind()
            || !insert(&mut root, &entry.path, FolderEntry::File(entry.mode, id))
        {
            return false;
        }
    }
    hash(&root, expected.kind()) == Some(expected)
}

/// Adds a file to its folder; `false` if the path is already used.
fn insert(root: &mut FolderEntries, path: &str, file: FolderEntry) -> bool {
    let mut folder = root;
    let mut rest = path;
    while let Some((name, below)) = rest.split_once('/') {
        let node = folder
            .entry(name.to_owned())
            .or_insert_with(|| FolderEntry::Folder(FolderEntries::new()));
        let FolderEntry::Folder(inner) = node else {
            return false;
        };
        (folder, rest) = (inner, below);
    }
    folder.insert(rest.to_owned(), file).is_none()
}

/// The id of a folder.
fn hash(folder: &FolderEntries, kind: Hash) -> Option<gix::ObjectId> {
    let mut entries: Vec<(String, &str, &str, gix::ObjectId)> = Vec::with_capacity(folder.len());
    for (name, node) in folder {
        entries.push(match node {
            FolderEntry::File(mode, id) => (name.clone(), name, mode.octal(), *id),
            // Git sorts folders as if their names ended with a slash.
            FolderEntry::Folder(inner) => (format!("{name}/"), name, "40000", hash(inner, kind)?),
        });
    }
    entries.sort_by(|a, b| a.0.as_bytes().cmp(b.0.as_bytes()));
    let mut bytes = Vec::new();
    for (_, name, mode, id) in entries {
        bytes.extend_from_slice(mode.as_bytes());
        bytes.push(b' ');
        bytes.extend_from_slice(name.as_bytes());
        bytes.push(0);
        bytes.extend_from_slice(id.as_slice());
    }
    gix::objs::compute_hash(kind, gix::objs::Kind::Tree, &bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(path: &str, mode: Mode, oid: &str) -> CachedPath {
        CachedPath {
            path: path.to_owned(),
            mode,
            oid: oid.to_owned(),
        }
    }

    const HELLO: &str = "ce013625030ba8dba906f756967f9e9ca394464a"; // of the blob "hello\n"

    /// The id from `git write-tree`.
    const TREE: &str = "d08a535c98cf0d040c90dd906d1e90cef566895a";

    fn listing() -> Vec<CachedPath> {
        vec![
            entry("a-b", Mode::File, HELLO),
            entry("a.md", Mode::File, HELLO),
            entry("a/deep/er.md", Mode::Executable, HELLO),
            entry("a/link", Mode::Symlink, HELLO),
            entry("a0", Mode::File, HELLO),
        ]
    }

    #[test]
    fn the_id_is_the_one_that_git_gives() {
        assert!(is_listing_of(TREE, &listing()));
        let mut other_order = listing();
        other_order.reverse();
        assert!(is_listing_of(TREE, &other_order));
    }

    #[test]
    fn another_path_mode_or_content_is_another_tree() {
        let changes: [fn(&mut Vec<CachedPath>); 6] = [
            |listing| listing[0].path.push('x'),
            |listing| listing[1].mode = Mode::Executable,
            |listing| listing[2].oid = "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391".to_owned(),
            |listing| drop(listing.pop()),
            |listing| listing.push(listing[0].clone()),
            |listing| listing[0].path = "a".to_owned(),
        ];
        for change in changes {
            let mut other = listing();
            change(&mut other);
            assert!(!is_listing_of(TREE, &other), "{other:?}");
        }
        assert!(!is_listing_of("not an id", &listing()));
    }
}
