//! Scopes: folders of a target with tags and assistants of their own, and the entry points that follow from them.
//!
//! Input: the table of entry points, a target, its tree. Output: a store whose table also has a row for each entry point of each scope.
//! Not here: which lessons concern a scope (`select` and `place` of the pipeline, `expect` of the proof).
//!
//! A row of a scope has the properties of the target's row, and a folder. Always-loaded files are in the folder itself. The files of
//! families stay in the target's folder for them, because assistants find them there; their names begin with the scope's folder.

use std::borrow::Cow;

use crate::entry_point::{Assistant, EntryPoint, EntryPointKind, Nested, folder_entries};
use crate::folder::{in_folder, is_within};
use crate::target::{Target, TargetScope};
use crate::{Lesson, Store};
use lessonbook_base::globs::Glob;
use lessonbook_base::marker::{self, BlocksInFile};
use lessonbook_base::tree::Tree;

/// The name of a scope's entry point.
pub fn row_name(folder: &str, entry_point: &str) -> String {
    in_folder(folder, entry_point)
}

/// How the names of a scope's files in families begin. The `_` can't be part of a topic, so no other file has such a name.
pub fn file_prefix(folder: &str) -> String {
    format!("{}_", folder.replace('/', "-"))
}

impl Target {
    /// The scope of a folder.
    pub fn scope(&self, folder: &str) -> Option<&TargetScope> {
        self.scopes.iter().find(|scope| scope.folder == folder)
    }

    /// The tags that select lessons for a folder: the target's own for the root, otherwise those of its scope.
    pub fn tags_of(&self, folder: &str) -> &[String] {
        match folder {
            "" => &self.tags,
            _ => self.scope(folder).map_or(&[], |scope| &scope.tags),
        }
    }

    /// The tags of the target and of its scopes.
    pub fn all_tags(&self) -> impl Iterator<Item = &String> {
        self.tags
            .iter()
            .chain(self.scopes.iter().flat_map(|scope| &scope.tags))
    }

    /// Whether a lesson has a tag of the target or of one of its scopes.
    pub fn shares_tag(&self, lesson: &Lesson) -> bool {
        self.all_tags().any(|tag| lesson.tags.contains(tag))
    }

    /// The root and the scopes' folders.
    pub fn folders(&self) -> impl Iterator<Item = &str> {
        std::iter::once("").chain(self.scopes.iter().map(|scope| scope.folder.as_str()))
    }
}

impl Lesson {
    /// The globs of the lesson's paths as files in a folder state them. `origin` is the folder that it concerns, to which its paths are
    /// relative; `folder` is the same folder or one below, to which a glob for every folder is narrowed.
    pub fn globs_in(&self, origin: &str, folder: &str) -> Vec<String> {
        placed_globs(&self.globs(), origin, folder)
    }

    /// The same in all Unicode normal forms, for front matter.
    pub fn spellings_in(&self, origin: &str, folder: &str) -> Vec<String> {
        placed_globs(&self.spellings(), origin, folder)
    }
}

impl Lesson {
    /// Of the folders that a lesson concerns, those that decide for which files it is: without those for which a folder above says it.
    pub fn deciding_folders<'f>(&self, folders: &'f [String]) -> Vec<&'f str> {
        let is_for_all = self
            .globs()
            .iter()
            .all(|glob| *glob == "**" || glob.starts_with("**/"));
        let is_covered = |one: &&String| {
            let mut others = folders.iter().filter(|other| other != one);
            is_for_all && others.any(|other| is_within(one, other))
        };
        let deciding = folders.iter().filter(|one| !is_covered(one));
        deciding.map(String::as_str).collect()
    }

    /// The lesson with its paths as the root sees them, if it concerns some folders.
    pub fn in_target(&self, folders: &[String]) -> Cow<'_, Lesson> {
        let deciding = self.deciding_folders(folders);
        if deciding.iter().all(|folder| folder.is_empty()) {
            return Cow::Borrowed(self);
        }
        let everything = ["**".to_owned()];
        let written: Vec<String> = self
            .paths
            .iter()
            .map(|glob| glob.as_written().to_owned())
            .collect();
        let written = if written.is_empty() {
            &everything[..]
        } else {
            &written
        };
        let globs = deciding
            .iter()
            .flat_map(|folder| written.iter().map(|glob| in_folder(folder, glob)));
        Cow::Owned(Lesson {
            paths: globs.filter_map(|glob| Glob::parse(&glob).ok()).collect(),
            ..self.clone()
        })
    }
}

fn placed_globs(globs: &[&str], origin: &str, folder: &str) -> Vec<String> {
    if globs.is_empty() && !folder.is_empty() {
        return vec![in_folder(folder, "**")];
    }
    let placed = globs.iter().map(|glob| {
        let is_for_all = *glob == "**" || glob.starts_with("**/");
        in_folder(if is_for_all { folder } else { origin }, glob)
    });
    placed.collect()
}

impl Store {
    /// The store with the entry points of a target's scopes; `None` if the target has none, and its tree holds no block of a former one.
    pub fn with_scopes(&self, target: &Target, tree: &Tree) -> Option<Store> {
        let mut folders: Vec<&str> = target.scopes.iter().map(|scope| scope.folder.as_str()).collect();
        let former = self.former_scopes(&folders, tree);
        folders.extend(former.iter().map(String::as_str));
        if folders.is_empty() {
            return None;
        }
        let base: Vec<&EntryPoint> = self.entry_points.iter().filter(|row| !row.own).collect();
        let mut rows = self.entry_points.clone();
        for row in rows.iter_mut().filter(|row| row.kind == EntryPointKind::Always) {
            shadow_below(row, &folders);
        }
        for folder in &folders {
            rows.extend(base.iter().filter_map(|row| scoped_row(row, folder)));
        }
        Some(Store {
            entry_points: rows,
            ..self.clone()
        })
    }

    /// The always-loaded files of a scope's folder that can hold a block.
    pub fn scope_files<'a>(&'a self, folder: &'a str) -> impl Iterator<Item = String> + 'a {
        let rows = self
            .entry_points
            .iter()
            .filter(|row| !row.own && row.folder.is_empty() && nests(row));
        rows.map(|row| in_folder(folder, &row.path))
    }

    /// Whether a path is that of a file of ours for a scope, nested or in a family.
    pub fn is_scope_file(&self, folder: &str, path: &str) -> bool {
        let rows = self
            .entry_points
            .iter()
            .filter(|row| !row.own && row.folder.is_empty());
        let mut rows = rows.filter_map(|row| scoped_row(row, folder));
        rows.any(|row| row.owns(path))
    }

    /// A target with the scopes whose folders hold files of people, and the folders of the others.
    pub fn scopes_in(&self, target: &Target, tree: &Tree) -> (Target, Vec<String>) {
        let is_present = |scope: &TargetScope| {
            let mut below = tree.under(&scope.folder);
            below.any(|(path, _)| self.owner(path).is_none())
        };
        let (present, missing): (Vec<TargetScope>, Vec<TargetScope>) =
            target.scopes.iter().cloned().partition(is_present);
        let with_present = Target {
            scopes: present,
            ..target.clone()
        };
        (
            with_present,
            missing.into_iter().map(|scope| scope.folder).collect(),
        )
    }

    /// The folders that hold a block of ours that was made for this folder, although it is no longer a scope.
    fn former_scopes(&self, current: &[&str], tree: &Tree) -> Vec<String> {
        let mut folders: Vec<String> = Vec::new();
        let rows = self.entry_points.iter().filter(|row| !row.own);
        let names: Vec<&str> = rows
            .filter(|row| nests(row))
            .map(|row| row.path.as_str())
            .collect();
        for (path, entry) in tree.iter() {
            let Some(bytes) = entry.content.as_deref() else {
                continue;
            };
            let folder = names
                .iter()
                .find_map(|name| path.strip_suffix(name)?.strip_suffix('/'));
            let Some(folder) = folder.filter(|folder| !current.contains(folder)) else {
                continue;
            };
            if is_made_for(folder, bytes, &self.name) && !folders.iter().any(|known| known == folder) {
                folders.push(folder.to_owned());
            }
        }
        folders
    }
}

/// The rows of folders in which some store's block was made for the folder, or was edited since. For a tree without its store.
pub fn rows_of_blocks(rows: &[EntryPoint], tree: &Tree) -> Vec<EntryPoint> {
    let nesting: Vec<&EntryPoint> = rows.iter().filter(|row| nests(row)).collect();
    let mut found: Vec<EntryPoint> = Vec::new();
    for (path, entry) in tree.iter() {
        let Some(bytes) = entry.content.as_deref() else {
            continue;
        };
        let mut folders = nesting
            .iter()
            .filter_map(|row| path.strip_suffix(row.path.as_str())?.strip_suffix('/'));
        let Some(folder) = folders.next() else { continue };
        let names = marker::names(bytes);
        // A copy of a root's file, as in a vendored repository, is not a scope's.
        let is_of_folder = |name: &String| match marker::find(bytes, name) {
            BlocksInFile::Block(block) => {
                let inner = String::from_utf8_lossy(&bytes[block.inner]);
                marker::content_hash(&[], &inner) != block.hash
            }
            _ => true,
        };
        if names.iter().any(is_of_folder) && !found.iter().any(|row| row.folder == folder) {
            found.extend(nesting.iter().filter_map(|row| scoped_row(row, folder)));
        }
    }
    found
}

/// Whether a file's block was made for this folder. A copy of another folder's block has another hash.
fn is_made_for(folder: &str, bytes: &[u8], store: &str) -> bool {
    let BlocksInFile::Block(block) = marker::find(bytes, store) else {
        return false;
    };
    let inner = String::from_utf8_lossy(&bytes[block.inner]);
    marker::content_hash(&folder_entries(folder), &inner) == block.hash
}

/// Whether some assistant loads files of this name below the root.
fn nests(row: &EntryPoint) -> bool {
    row.kind == EntryPointKind::Always && row.assistants.iter().any(|program| program.nested.is_loaded())
}

/// The row of a scope; `None` if no assistant would load its file.
fn scoped_row(row: &EntryPoint, folder: &str) -> Option<EntryPoint> {
    let path = match row.kind {
        EntryPointKind::Always if nests(row) => in_folder(folder, &row.path),
        EntryPointKind::Scoped => row
            .path
            .replace("{topic}", &format!("{}{{topic}}", file_prefix(folder))),
        EntryPointKind::Always | EntryPointKind::Reference => return None,
    };
    let is_family = row.kind == EntryPointKind::Scoped;
    let loads = row
        .assistants
        .iter()
        .filter(|program| is_family || program.nested != Nested::No);
    let assistants = loads.map(|program| {
        let mut program: Assistant = program.clone();
        if !is_family {
            for path in &mut program.shadowed_by {
                *path = in_folder(folder, path);
            }
        }
        program
    });
    Some(EntryPoint {
        name: row_name(folder, &row.name),
        folder: folder.to_owned(),
        path,
        assistants: assistants.collect(),
        ..row.clone()
    })
}

/// An assistant of which it is unknown what it does with nested files may stop reading the root's file because of a file in a scope, or in
/// a folder above it.
fn shadow_below(row: &mut EntryPoint, folders: &[&str]) {
    let programs = row.assistants.iter_mut();
    for program in programs.filter(|program| program.nested == Nested::Unknown) {
        for folder in folders {
            let ends = folder.match_indices('/').map(|(at, _)| at).chain([folder.len()]);
            for above in ends.filter_map(|end| folder.get(..end)) {
                for name in &program.shadowed_by {
                    let hider = (above.to_owned(), in_folder(above, name));
                    if !program.shadowed_below.contains(&hider) {
                        program.shadowed_below.push(hider);
                    }
                }
            }
        }
    }
}
