//! Creates a new git repository with one commit, for `demo`.
//!
//! Input: an empty or missing folder and the files of the first commit. Output: a repository on the branch `main` with a
//! clean work tree. The same files give the same commit on every machine. Not here: the content of the files.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, anyhow, bail};
use gix::objs::tree::EntryKind;
use gix::refs::transaction::PreviousValue;

/// The date of the first commit, in seconds since 1970. It is fixed, so that the commit has the same id on every machine.
const TIME: &str = "1767225600 +0000"; // 2026-01-01

/// Creates a repository. The folder must be empty or missing.
pub fn create<'a>(
    dir: &Path,
    files: impl IntoIterator<Item = (&'a str, &'a [u8])>,
    message: &str,
) -> anyhow::Result<()> {
    if dir.read_dir().is_ok_and(|mut entries| entries.next().is_some()) {
        bail!("{} is not empty", dir.display());
    }
    fs::create_dir_all(dir).with_context(|| format!("{} can't be created", dir.display()))?;
    let failed = |error: gix::Error| anyhow!("{}: {error}", dir.display());
    let repo = gix::init(dir).map_err(|error| anyhow!("{}: {error}", dir.display()))?;
    let mut editor = repo.empty_tree().edit().map_err(failed)?;
    for (path, bytes) in files {
        if let Some(why) = super::path_safety::refused(path) {
            bail!("{path}: {why}");
        }
        let place = dir.join(path);
        if let Some(folder) = place.parent() {
            fs::create_dir_all(folder).with_context(|| format!("{} can't be created", folder.display()))?;
        }
        fs::write(&place, bytes).with_context(|| format!("{} can't be written", place.display()))?;
        let blob = repo.write_blob(bytes).map_err(failed)?;
        editor.upsert(path, EntryKind::Blob, blob).map_err(failed)?;
    }
    let tree = editor.write().map_err(failed)?.detach();
    let who = gix::actor::SignatureRef {
        name: "Demo".into(),
        email: "demo@localhost".into(),
        time: TIME,
    };
    let commit = repo
        .new_commit_as(who, who, message, tree, std::iter::empty::<gix::ObjectId>())
        .map_err(failed)?
        .id;
    let name = "refs/heads/main";
    let edit = gix::refs::transaction::RefEdit::update(
        name.try_into().map_err(|error| anyhow!("{name}: {error}"))?,
        commit,
        PreviousValue::MustNotExist,
        "lessonbook: demo",
    );
    repo.edit_references_as([edit], Some(who)).map_err(failed)?;
    fs::write(repo.git_dir().join("HEAD"), format!("ref: {name}\n"))?;
    let mut index = repo.index_from_tree(&tree).map_err(failed)?;
    index
        .write(gix::index::write::Options::default())
        .map_err(failed)?;
    Ok(())
}
