//! Cuts a lesson's checks out of the checks file.
//!
//! Input: the store, the lesson's id, the base and our branch if it is an open proposal. Output: the edits, or a finding. Not here: the
//! blocks (`file`).
//!
//! The file is written again without the lesson. It holds one entry for each lesson, so this only removes lines; a file that a person
//! edited or reformatted would change in other lines, too, and is not cut.

use super::file::not_cut;
use super::{CutFile, Withdrawer, left_out, state};
use crate::checks_delivery::ENTRY_POINT;
use crate::checks_delivery::ownership::{ChecksOwner, owner};
use crate::merge::{BlockState, WrittenFile};
use lessonbook_base::edit::{Edit, FileState};
use lessonbook_base::finding::Finding;
use lessonbook_base::snapshot::Branch;
use lessonbook_base::tree::Tree;
use lessonbook_store::{ChecksFile, Store};

/// Whether the checks file of a tree has checks of the lesson.
pub(super) fn holds(store: &Store, id: &str, tree: &Tree) -> bool {
    let path = ChecksFile::path_for(&store.name);
    let bytes = tree.file(&path);
    bytes.is_some_and(|bytes| !matches!(cut(store, &path, bytes, id), Ok(None)))
}

/// The file without the lesson: the outer `None` if the lesson is not in it, the inner one if the file is deleted.
#[expect(
    clippy::option_option,
    reason = "not there, and nothing left, are two answers"
)]
fn cut(store: &Store, path: &str, bytes: &[u8], id: &str) -> Result<Option<Option<Vec<u8>>>, Box<Finding>> {
    let by_hand = |why: &str| {
        let text = String::from_utf8_lossy(bytes);
        let at = text.find(id).unwrap_or_default();
        Err(not_cut(path, bytes, at, id, why))
    };
    let file = match owner(store, path, bytes) {
        ChecksOwner::Ours(file) | ChecksOwner::OurEarlierHome(file) => file,
        ChecksOwner::OursDamaged(why) if String::from_utf8_lossy(bytes).contains(&format!("id: {id}\n")) => {
            return by_hand(&format!("the file can't be read as checks: {why}"));
        }
        ChecksOwner::OursDamaged(_) | ChecksOwner::Another(_) => return Ok(None),
    };
    if !file.lessons.iter().any(|lesson| lesson.id == id) {
        return Ok(None);
    }
    if file.to_yaml().as_bytes() != bytes {
        return by_hand("the file was edited by hand");
    }
    Ok(Some(file.without(id).map(|rest| rest.to_yaml().into_bytes())))
}

impl Withdrawer<'_> {
    /// Cuts the checks file as our open proposal has it; if it is as on the base there, as the base has it.
    pub(super) fn cut_checks(&self, found: &mut CutFile, base: &Tree, pending: Option<&Branch>) {
        let path = ChecksFile::path_for(&self.store.name);
        let held = state(base, &path);
        let proposed = pending
            .filter(|branch| branch.touched.contains(&path))
            .map(|branch| state(&branch.tree, &path));
        let is_ours =
            |state: &FileState| !matches!(owner(self.store, &path, &state.bytes), ChecksOwner::Another(_));
        let source = match proposed {
            Some(proposed) if held.as_ref().is_none_or(is_ours) => proposed,
            Some(_) => {
                found.findings.push(left_out(&path));
                held.clone()
            }
            None => held.clone(),
        };
        let cut_bytes = |bytes: &[u8]| cut(self.store, &path, bytes, &self.what.lesson);
        found.add(&path, (held, source), cut_bytes, listed);
    }
}

/// The changed file, as plans show it.
fn listed(edit: &Edit) -> WrittenFile {
    let after = edit.after.as_ref().map_or(&[][..], |state| &state.bytes);
    let total = after.split_inclusive(|byte| *byte == b'\n').count();
    let (added, removed) = edit.counts();
    WrittenFile {
        path: edit.path.clone(),
        entry_point: ENTRY_POINT.to_owned(),
        state: match (&edit.before, &edit.after) {
            (_, None) => BlockState::Removed,
            (None, Some(_)) => BlockState::New,
            (Some(_), Some(_)) => BlockState::Changed,
        },
        lines: total,
        total,
        added,
        removed,
    }
}
