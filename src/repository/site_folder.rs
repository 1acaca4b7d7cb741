//! The folder of a catalogue: which of its files are ours, and what a new catalogue changes there.
//!
//! Input: a folder, and the files of a catalogue. Output: a [`FolderChange`], which can be carried out. Not here: what is in the
//! files (the crate `site`).
//!
//! `index.json` lists our files with a hash of each. Only a file that is listed, and still has that hash, is deleted.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::Context as _;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::disk::{check_target, write_folder};
use super::new_store::read_below;
use lessonbook_base::edit::FileState;
use lessonbook_base::tree::Mode;

/// The file that lists the others.
pub const INDEX: &str = "index.json";

/// The key of the list.
const FILES: &str = "files";

/// What a new catalogue changes in a folder.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FolderChange {
    /// Files that are written, because they are new or differ.
    pub written: Vec<String>,
    /// Our files that the catalogue no longer has.
    pub deleted: Vec<String>,
    /// The same, but someone changed them, so they are kept.
    pub kept: Vec<String>,
    /// Files that are in the way: they differ, and are not ours.
    pub foreign: Vec<String>,
    /// How many files are as they should be.
    pub same: usize,
}

impl FolderChange {
    /// Compares a folder with a catalogue. The folder need not exist.
    pub fn new(folder: &Path, files: &BTreeMap<String, Vec<u8>>) -> anyhow::Result<Self> {
        let ours = listed(folder)?;
        let mut change = FolderChange::default();
        for (path, bytes) in files {
            match read_below(folder, path)? {
                Some(held) if held == *bytes => change.same += 1,
                Some(_) if path == INDEX && ours.is_some() => change.written.push(path.clone()),
                Some(_) if !ours.as_ref().is_some_and(|ours| ours.contains_key(path)) => {
                    change.foreign.push(path.clone());
                }
                _ => change.written.push(path.clone()),
            }
        }
        let gone = ours
            .iter()
            .flatten()
            .filter(|(path, _)| !files.contains_key(*path));
        for (path, hash) in gone {
            // A list that was edited by hand may name anything.
            let held = read_below(folder, path).ok().flatten();
            match held {
                Some(bytes) if short_hash(&bytes) == *hash => change.deleted.push(path.clone()),
                Some(_) => change.kept.push(path.clone()),
                None => {}
            }
        }
        Ok(change)
    }

    /// Whether the folder differs from the catalogue.
    pub fn is_stale(&self) -> bool {
        !self.written.is_empty() || !self.deleted.is_empty() || !self.foreign.is_empty()
    }

    /// Writes and deletes. The list is written last, so that a run that is interrupted loses no file from it.
    pub fn carry_out(&self, folder: &Path, files: &BTreeMap<String, Vec<u8>>) -> anyhow::Result<()> {
        let mut states = Vec::new();
        for path in &self.written {
            let bytes = files.get(path).map(Vec::as_slice).unwrap_or_default().into();
            let mode = Mode::File;
            states.push((path.as_str(), FileState { mode, bytes }));
        }
        let (index, pages): (Vec<_>, Vec<_>) = states.into_iter().partition(|(path, _)| *path == INDEX);
        write_folder(folder, pages.iter().map(|(path, state)| (*path, state)))?;
        for path in &self.deleted {
            delete(folder, path)?;
        }
        write_folder(folder, index.iter().map(|(path, state)| (*path, state)))?;
        Ok(())
    }
}

/// Deletes a file, and the folders above it that are empty then.
fn delete(folder: &Path, path: &str) -> anyhow::Result<()> {
    check_target(folder, path)?;
    let file = folder.join(path);
    fs::remove_file(&file).with_context(|| format!("{} can't be deleted", file.display()))?;
    let above = file.ancestors().skip(1);
    // A folder that is not empty can't be removed, which ends this.
    let inside = above.take_while(|above| above.starts_with(folder) && *above != folder);
    let _removed = inside.take_while(|above| fs::remove_dir(above).is_ok()).count();
    Ok(())
}

/// The list of files for `index.json`.
pub fn list(files: &BTreeMap<String, Vec<u8>>) -> Value {
    let hashes: BTreeMap<&String, String> = files
        .iter()
        .map(|(path, bytes)| (path, short_hash(bytes)))
        .collect();
    json!(hashes)
}

/// The files that an earlier catalogue wrote, with their hashes; none: there is no catalogue in the folder.
fn listed(folder: &Path) -> anyhow::Result<Option<BTreeMap<String, String>>> {
    let Some(bytes) = read_below(folder, INDEX)? else {
        return Ok(None);
    };
    let read: Option<Value> = serde_json::from_slice(&bytes).ok();
    let list = read.as_ref().and_then(|index| {
        index.get("format_version")?;
        index.get(FILES)?.as_object()
    });
    let pairs = list.map(|list| {
        let pairs = list.iter();
        let pairs = pairs.filter_map(|(path, hash)| Some((path.clone(), hash.as_str()?.to_owned())));
        pairs.collect()
    });
    Ok(pairs)
}

/// The first 16 hexadecimal digits of a file's SHA-256.
fn short_hash(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}
