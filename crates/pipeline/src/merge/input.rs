//! What all files of a target are merged with, and the hand-written lines that move with a block.
//!
//! Input: the store, the planned files, the tree and its earlier states. Output: a file's bytes with lines put back or removed. Not here:
//! which lines (`adopt`).

use crate::adopt;
use crate::place::PlannedFile;
use lessonbook_base::tree::Tree;
use lessonbook_store::{Detail, EntryPoint, EntryPointKind, Lesson, Store};

/// What all files of a target are merged with.
pub(super) struct MergeInput<'a> {
    pub store: &'a Store,
    pub files: &'a [PlannedFile<'a>],
    pub tree: &'a Tree,
    pub earlier: Option<&'a [Tree]>,
}

impl MergeInput<'_> {
    /// A file with the hand-written lines of the lessons that leave its block put back, if there are any.
    pub fn put_back(&self, row: &EntryPoint, path: &str, bytes: &[u8], stays: &[&str]) -> Option<Vec<u8>> {
        let earlier = self.earlier.filter(|_| row.kind == EntryPointKind::Always)?;
        let leaving = adopt::leaving(bytes, &self.store.name, stays);
        if leaving.is_empty() {
            return None;
        }
        let states: Vec<&[u8]> = earlier.iter().filter_map(|tree| tree.file(path)).collect();
        adopt::put_back(bytes, &self.store.name, &leaving, &states)
    }

    /// A file without the hand-written lines that its block says, if there are any.
    pub fn take_over(&self, file: &PlannedFile<'_>, after: &[u8]) -> Option<Vec<u8>> {
        self.earlier
            .filter(|_| file.entry_point.kind == EntryPointKind::Always)?;
        let lessons: Vec<&Lesson> = shown(file).collect();
        adopt::take_over(after, &self.store.name, &lessons)
    }
}

/// The lessons that a file's block says.
pub(super) fn shown<'s>(file: &PlannedFile<'s>) -> impl Iterator<Item = &'s Lesson> {
    let placed = file.placed.iter().filter(|placed| placed.detail != Detail::None);
    placed.map(|placed| placed.lesson)
}
