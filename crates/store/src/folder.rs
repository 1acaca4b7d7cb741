//! Paths in a folder of a repository.
//!
//! Input: a path and a folder. Output: whether the path is in it, or the path from the root. Not here: scopes (`scope`).

/// Whether a path, or a folder, is in a folder or is that folder itself. Everything is in the root, the empty folder.
pub fn is_within(path: &str, folder: &str) -> bool {
    folder.is_empty()
        || path
            .strip_prefix(folder)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// A path or glob relative to a folder, as the repository's root sees it.
pub fn in_folder(folder: &str, path: &str) -> String {
    if folder.is_empty() {
        path.to_owned()
    } else {
        format!("{folder}/{path}")
    }
}
