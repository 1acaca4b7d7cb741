//! Builds a commit in memory, before anything is written.
//!
//! Input: a repository, its base, and a change. Output: the ids that the commit and its tree would have, and the objects that
//! the repository lacks. Not here: whether the commit is needed, and writing it (`write`).

use gix::bstr::BStr;
use gix::objs::Kind;
use gix::objs::tree::EntryKind;
use gix::{ObjectId, Repository};

use super::commit_digest::with_digest;
use lessonbook_base::edit::Edit;
use lessonbook_base::snapshot::BranchUpdate;
use lessonbook_base::tree::Mode;

/// A commit that exists in memory only.
pub(super) struct PendingCommit {
    pub commit: ObjectId,
    pub tree: ObjectId,
    /// The objects that the repository lacks, in the order in which they are written.
    pub objects: Vec<(Kind, Vec<u8>)>,
}

impl PendingCommit {
    pub fn build(repo: &Repository, base: ObjectId, change: &BranchUpdate<'_>) -> gix::Result<Self> {
        let mut memory = repo.clone().with_object_memory();
        let tree = edited_tree(&memory, base, change.edits)?;
        let time = time(change);
        let who = signature(change, &time);
        let (hex, parent) = (tree.to_string(), base.to_string());
        let message = with_digest(change.message, &hex, &[&parent], Some(change.author.1));
        let commit = memory.new_commit_as(who, who, message, tree, [base])?.id;
        let storage = memory.objects.take_object_memory().unwrap_or_default();
        let mut objects: Vec<_> = storage
            .iter()
            .map(|(id, (kind, data))| (*id, *kind, data.clone()))
            .collect();
        objects.sort_by_key(|(id, kind, _)| {
            let order = match kind {
                Kind::Blob => 0,
                Kind::Tree => 1,
                Kind::Commit | Kind::Tag => 2,
            };
            (order, *id)
        });
        Ok(PendingCommit {
            commit,
            tree,
            objects: objects.into_iter().map(|(_, kind, data)| (kind, data)).collect(),
        })
    }
}

/// The base's tree with the edits in it.
fn edited_tree(memory: &Repository, base: ObjectId, edits: &[Edit]) -> gix::Result<ObjectId> {
    let root = memory.find_commit(base)?.tree()?;
    // `Repository::edit_tree` would also reject invalid names of existing files in the same folder, so it is not used.
    let root = gix::objs::Tree::from(root.decode()?);
    let mut editor = gix::objs::tree::Editor::new(root, &memory.objects, memory.object_hash());
    for edit in edits {
        let parts = edit.path.split('/').map(BStr::new);
        match &edit.after {
            Some(state) => {
                let blob = memory.write_blob(&state.bytes)?.detach();
                editor.upsert(parts, kind(state.mode).unwrap_or(EntryKind::Blob), blob)?;
            }
            None => {
                editor.remove(parts)?;
            }
        }
    }
    editor.write(|tree| memory.write_object(tree).map(gix::Id::detach))
}

/// Git's kind for the files that we write; `None` for kinds that we never write.
pub(super) fn kind(mode: Mode) -> Option<EntryKind> {
    match mode {
        Mode::File => Some(EntryKind::Blob),
        Mode::Executable => Some(EntryKind::BlobExecutable),
        Mode::Symlink | Mode::Submodule => None,
    }
}

/// The commit's time in git's format; always UTC, so that it is the same on every machine.
pub(super) fn time(change: &BranchUpdate<'_>) -> String {
    format!("{} +0000", change.time)
}

/// The signature for author, committer and reflog.
pub(super) fn signature<'a>(change: &BranchUpdate<'a>, time: &'a str) -> gix::actor::SignatureRef<'a> {
    gix::actor::SignatureRef {
        name: change.author.0.into(),
        email: change.author.1.into(),
        time,
    }
}
