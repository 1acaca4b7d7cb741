//! Finds repositories on this disk that hold a block of the store, but are not among its targets.
//!
//! Input: the store and its folder. Output: each such repository beside the store or beside a local target, with the file that holds the
//! block. Not here: repositories elsewhere on the disk or on GitHub, which nothing in the store names any more. The work tree is read,
//! not the base branch, because opening every neighbour would take longer than the check itself.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::new_store::{absolute, work_trees_beside};
use lessonbook_base::finding::{Code, Finding, Level, Location};
use lessonbook_base::marker::{self, BlocksInFile};
use lessonbook_base::tree::LARGEST;
use lessonbook_store::{EntryPoint, Store, TargetLocation};

/// How many neighbours are looked at.
const MOST: usize = 300;
/// How many files of a family are looked at.
const FAMILY: usize = 200;

/// A warning for each repository that was taken out of `targets.yaml` while our block is there.
pub fn findings(root: &Path, store: &Store) -> Vec<Finding> {
    let Ok(root) = absolute(root) else {
        return Vec::new();
    };
    let mut known: BTreeSet<PathBuf> = BTreeSet::from([root.clone()]);
    let mut places: Vec<(String, PathBuf)> = vec![("..".to_owned(), root.clone())];
    for target in &store.targets {
        let TargetLocation::Local(path) = &target.place else {
            continue;
        };
        let Ok(folder) = absolute(&root.join(path)) else {
            continue;
        };
        known.insert(folder.clone());
        if let Some((above, _)) = path.trim_end_matches('/').rsplit_once('/')
            && !places.iter().any(|(_, place)| place.parent() == folder.parent())
        {
            places.push((above.to_owned(), folder));
        }
    }
    let beside = places.iter().flat_map(|(above, place)| {
        let names = work_trees_beside(place).into_iter();
        names.filter_map(move |name| Some((format!("{above}/{name}"), place.parent()?.join(name))))
    });
    let strangers = beside.filter(|(_, folder)| !known.contains(folder)).take(MOST);
    strangers
        .filter_map(|(name, folder)| Some(former(&name, &file_with_block(&folder, store)?, store)))
        .collect()
}

fn former(name: &str, file: &str, store: &Store) -> Finding {
    let message = format!(
        "`{name}` is not in targets.yaml, but its `{file}` holds a block of `{}`",
        store.name
    );
    let finding = Finding::new(Code::FormerTarget, message)
        .at(Location::file("targets.yaml"))
        .effect("its lessons are neither updated nor removed, and no report counts them")
        .help(format!(
            "to remove the block, list `{name}: {{ enabled: false }}`, run `lessonbook sync {name}`, merge, then take the line out"
        ));
    Finding {
        level: Level::Warning,
        ..finding
    }
}

/// The first file of an entry point with a block that is this store's.
fn file_with_block(folder: &Path, store: &Store) -> Option<String> {
    let mut paths = store.entry_points.iter().flat_map(|row| paths(folder, row));
    paths.find(|path| {
        let file = folder.join(path);
        let is_small = |meta: &fs::Metadata| meta.is_file() && meta.len() <= LARGEST as u64;
        let bytes = fs::symlink_metadata(&file)
            .ok()
            .filter(is_small)
            .and_then(|_| fs::read(&file).ok());
        bytes.is_some_and(|bytes| match marker::find(&bytes, &store.name) {
            BlocksInFile::Block(block) => {
                let text = String::from_utf8_lossy(bytes.get(block.inner).unwrap_or_default());
                // A store elsewhere may have the same name; its blocks name another home.
                marker::frame(&text).home.is_none_or(|home| home == store.home)
            }
            _ => false,
        })
    })
}

/// The paths that an entry point may have in a repository, as far as they exist.
fn paths(folder: &Path, row: &EntryPoint) -> Vec<String> {
    let Some((family, _)) = row.family() else {
        return vec![row.path.clone()];
    };
    let entries = fs::read_dir(folder.join(family)).into_iter().flatten().flatten();
    let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    let mut paths: Vec<String> = names
        .map(|name| format!("{family}/{name}"))
        .filter(|path| row.owns(path))
        .take(FAMILY)
        .collect();
    paths.sort();
    paths
}
