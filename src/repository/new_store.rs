//! Looks at the folder of a new store, and writes the store's first files.
//!
//! Input: a folder that need not exist yet. Output: the paths that exist already, the repositories beside the folder, and new
//! files, of which all or none are written. Not here: what a new store contains (`commands/init`).

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use super::disk;

/// The folder as an absolute path without links, as far as it exists.
pub fn absolute(folder: &Path) -> anyhow::Result<PathBuf> {
    let unclear = || format!("the absolute path of {} is unknown", folder.display());
    let whole = std::path::absolute(folder).with_context(unclear)?;
    let mut missing = Vec::new();
    for above in whole.ancestors() {
        if let Ok(real) = above.canonicalize() {
            return Ok(missing.iter().rev().fold(real, |path, part| path.join(part)));
        }
        missing.extend(above.file_name());
    }
    Ok(whole)
}

/// The names of the folders beside this one that are the top of a git work tree, in order. Links, hidden folders and names that
/// are not UTF-8 are left out.
pub fn work_trees_beside(folder: &Path) -> Vec<String> {
    let Some(above) = folder.parent() else {
        return Vec::new();
    };
    let entries = fs::read_dir(above).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()))
        .filter(|entry| entry.path() != folder && is_work_tree(&entry.path()))
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|name| !name.starts_with('.'))
        .collect();
    names.sort();
    names
}

/// Whether a folder is the top of some git work tree.
pub fn is_work_tree(folder: &Path) -> bool {
    folder.join(".git").exists()
}

/// The paths below a folder that exist already, or can't be written because of something above them.
pub fn existing_paths<'p>(folder: &Path, paths: impl IntoIterator<Item = &'p str>) -> Vec<String> {
    let taken = |path: &&str| {
        folder.join(path).symlink_metadata().is_ok() || disk::check_target(folder, path).is_err()
    };
    paths.into_iter().filter(taken).map(str::to_owned).collect()
}

/// Writes new files below a folder. If one can't be written, those written before are deleted again.
pub fn write_all_new(folder: &Path, files: &[(&str, Vec<u8>)]) -> anyhow::Result<()> {
    for (nth, (path, bytes)) in files.iter().enumerate() {
        let written =
            disk::check_target(folder, path).and_then(|()| disk::write_new(&folder.join(path), bytes));
        if let Err(error) = written {
            for (path, _) in &files[..nth] {
                // If this fails, the file is left behind. The error for the first problem, which names the folder, is returned.
                let _ = fs::remove_file(folder.join(path));
            }
            return Err(error);
        }
    }
    Ok(())
}

/// The bytes of a regular file below a folder; `None` if it does not exist.
pub fn read_below(folder: &Path, path: &str) -> anyhow::Result<Option<Vec<u8>>> {
    disk::check_target(folder, path)?;
    match fs::read(folder.join(path)) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("{} can't be read", folder.join(path).display())),
    }
}
