//! Files of a folder that need not be a repository.
//!
//! Input: a folder, or a file, that a user named. Output: a tree of the wanted files. Not here: repositories (`local`).
//!
//! Nothing is read through a symbolic link, which is listed with the path that it leads to; git's own folder and installed packages are left out.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, bail};

use lessonbook_base::tree::{Mode, Tree};

/// Larger files are listed, not read.
const LARGEST: u64 = 8 << 20;
/// Folders that hold other people's files.
const SKIPPED: [&str; 3] = [".git", "node_modules", "vendor"];
/// Deeper folders are an error: there is a loop, or not a repository.
const DEEPEST: usize = 60;

/// The wanted files below a folder.
pub fn read_folder(top: &Path, wanted: &dyn Fn(&str) -> bool) -> anyhow::Result<Tree> {
    let mut tree = Tree::new();
    collect(top, "", 0, wanted, &mut tree)?;
    Ok(tree)
}

/// One file.
pub fn read_file(file: &Path, name: &str) -> anyhow::Result<Tree> {
    let mut tree = Tree::new();
    load(file, name, &mut tree)?;
    Ok(tree)
}

fn collect(
    folder: &Path,
    prefix: &str,
    depth: usize,
    wanted: &dyn Fn(&str) -> bool,
    tree: &mut Tree,
) -> anyhow::Result<()> {
    if depth > DEEPEST {
        bail!("{} is more than {DEEPEST} folders deep", folder.display());
    }
    let unread = || format!("{} can't be read", folder.display());
    for entry in fs::read_dir(folder).with_context(unread)? {
        let entry = entry.with_context(unread)?;
        let kind = entry.file_type().with_context(unread)?;
        let name = entry.file_name();
        let Some(name) = name.to_str() else { continue };
        let path = format!("{prefix}{name}");
        if kind.is_dir() && !SKIPPED.contains(&name) {
            collect(&entry.path(), &format!("{path}/"), depth + 1, wanted, tree)?;
        } else if kind.is_file() && wanted(&path) {
            load(&entry.path(), &path, tree)?;
        } else if kind.is_symlink() && wanted(&path) {
            let target = fs::read_link(entry.path()).with_context(unread)?;
            tree.load(path, Mode::Symlink, target.into_os_string().into_encoded_bytes());
        }
    }
    Ok(())
}

fn load(file: &Path, path: &str, tree: &mut Tree) -> anyhow::Result<()> {
    let unread = || format!("{} can't be read", file.display());
    let size = fs::metadata(file).with_context(unread)?.len();
    if size > LARGEST {
        tree.list_unread(path, Mode::File, size);
    } else {
        tree.load(path, Mode::File, fs::read(file).with_context(unread)?);
    }
    Ok(())
}
