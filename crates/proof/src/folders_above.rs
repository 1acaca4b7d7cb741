//! Whether the assistants of a scope's file get a lesson from the files of the folders above it.
//!
//! Input: the entry points in use, a lesson, and which files hold it after the plan. Output: whether the scope's file may leave it out.
//! Not here: what else is required (`expect`). `place` decides the same from what it plans; this file reads the result.

use super::in_use::{UsageContext, UsedEntryPoint};
use lessonbook_base::tree::Tree;
use lessonbook_store::entry_point::{Assistant, Nested};
use lessonbook_store::folder::{in_folder, is_within};
use lessonbook_store::{EntryPoint, EntryPointKind, Store, assistants};

/// Whether the files of an entry point hold a lesson, by its index.
pub type Held<'a> = &'a dyn Fn(usize, &EntryPoint) -> bool;

/// The files of all folders, as an assistant that works in one of them sees them.
pub(super) struct FoldersAbove<'a, 's> {
    pub store: &'s Store,
    pub loaded: &'a UsageContext<'a>,
    pub used: &'a [UsedEntryPoint<'s>],
    pub tree: &'a Tree,
    pub held: Held<'a>,
}

impl FoldersAbove<'_, '_> {
    /// Whether each of the assistants has a lesson from the folders above. `concerned`: the folders that the lesson concerns.
    pub fn all_have(&self, file: &UsedEntryPoint<'_>, lesson: usize, concerned: &[&str]) -> bool {
        let folder = file.row.folder.as_str();
        let table = &self.store.entry_points;
        let mut all = file.readers.iter();
        all.all(|id| {
            let mut nearest = table
                .iter()
                .flat_map(|row| &row.assistants)
                .filter(|program| program.nested == Nested::Nearest && program.assistant == **id);
            let has = |name: &str, without_nested: bool| {
                let mut sources = self.used.iter().filter(|used| {
                    used.row.folder != folder
                        && is_within(folder, &used.row.folder)
                        && self.is_about_as_much(lesson, concerned, &used.row.folder, folder)
                });
                sources.any(|used| {
                    let mut readers = used.row.assistants.iter();
                    let reader = readers.find(|program| program.name == name);
                    reader.is_some_and(|reader| self.is_loaded(reader, used, folder, without_nested))
                        && (self.held)(lesson, used.row)
                })
            };
            assistants::main_program(table, id).is_some_and(|main| has(main, false))
                && nearest.all(|program| has(&program.name, false) || !has(&program.name, true))
        })
    }

    /// Whether what the lesson is about in a folder is included in what it is about in a folder above.
    fn is_about_as_much(&self, lesson: usize, concerned: &[&str], above: &str, folder: &str) -> bool {
        let same = origin(concerned, above) == origin(concerned, folder);
        let globs = self.store.lessons[lesson].globs();
        same || globs.iter().all(|glob| glob.split('/').next() == Some("**"))
    }

    /// Whether a program that works in a folder loads a file above. `without_nested`: as if no nearer file of that name existed.
    fn is_loaded(
        &self,
        program: &Assistant,
        used: &UsedEntryPoint<'_>,
        folder: &str,
        without_nested: bool,
    ) -> bool {
        let row = used.row;
        if row.kind != EntryPointKind::Always {
            return row.kind == EntryPointKind::Scoped;
        }
        let at_root = row.folder.is_empty();
        let is_read = match program.nested {
            Nested::No => at_root,
            Nested::Unknown => at_root || used.readers.contains(&program.assistant),
            Nested::OnDemand | Nested::Chain => true,
            Nested::Nearest => without_nested || !self.has_nearer(row, folder),
        };
        // A file beside it that imports it is loaded in every folder, so files further down do not hide it.
        let is_imported = || at_root && self.loaded.is_imported_beside(row, program);
        is_read && (!self.loaded.hides_in(row, program, folder) || is_imported())
    }

    /// Whether a file of the same name is between an entry point's folder and a folder below, or in that folder.
    pub fn has_nearer(&self, row: &EntryPoint, folder: &str) -> bool {
        let base = self
            .store
            .entry_points
            .iter()
            .find(|other| other.name == row.base_name());
        let mut at = folder;
        while let Some(base) = base
            && at.len() > row.folder.len()
        {
            if self.tree.get(&in_folder(at, &base.path)).is_some() {
                return true;
            }
            at = at.rsplit_once('/').map_or("", |(parent, _)| parent);
        }
        false
    }
}

/// Of the folders that a lesson concerns, the one that decides in a folder: itself, otherwise the nearest above.
pub(super) fn origin<'f>(concerned: &[&'f str], folder: &str) -> Option<&'f str> {
    let mut above = folder;
    loop {
        if let Some(found) = concerned.iter().find(|one| **one == above) {
            return Some(found);
        }
        if above.is_empty() {
            return None;
        }
        above = above.rsplit_once('/').map_or("", |(parent, _)| parent);
    }
}
