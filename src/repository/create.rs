//! Creates a new git repository with one commit, and a developer's branch in it, for `demo`.
//!
//! Input: an empty or missing folder and the files of the first commit; later a branch to start from. Output: a repository with a clean
//! work tree. The same files give the same commit on every machine. Not here: the content of the files.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, anyhow, bail};
use gix::objs::tree::EntryKind;
use gix::refs::transaction::PreviousValue;

use super::objects::{ObjectError, read_tree};

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
    let who = who();
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
    write_index(&repo, &tree).map_err(failed)
}

/// Starts a branch at the commit of another one and checks it out, as `git switch --create NAME START`. The work tree must be clean.
pub fn start_branch(dir: &Path, name: &str, start: &str) -> anyhow::Result<()> {
    let failed = |error: gix::Error| anyhow!("{}: {error}", dir.display());
    let unread = |unread: ObjectError| anyhow!("{}: {}: {}", dir.display(), unread.what, unread.error);
    let repo = gix::open(dir).map_err(|error| anyhow!("{}: {error}", dir.display()))?;
    let commit = repo
        .find_reference(start)
        .and_then(|mut found| found.peel_to_id().map(gix::Id::detach))
        .map_err(failed)?;
    let head = repo.head_id().map_err(failed)?.detach();
    let (old, new) = (
        read_tree(&repo, head, &|_| true).map_err(unread)?,
        read_tree(&repo, commit, &|_| true).map_err(unread)?,
    );
    for (path, entry) in new.iter().filter(|(path, entry)| old.get(path) != Some(entry)) {
        if let Some(why) = super::path_safety::refused(path) {
            bail!("{path}: {why}");
        }
        let place = dir.join(path);
        if let Some(folder) = place.parent() {
            fs::create_dir_all(folder).with_context(|| format!("{} can't be created", folder.display()))?;
        }
        fs::write(&place, entry.content.as_deref().unwrap_or_default())
            .with_context(|| format!("{} can't be written", place.display()))?;
    }
    for (path, _) in old.iter().filter(|(path, _)| new.get(path).is_none()) {
        fs::remove_file(dir.join(path)).with_context(|| format!("{path} can't be removed"))?;
    }
    let name = format!("refs/heads/{name}");
    let edit = gix::refs::transaction::RefEdit::update(
        name.as_str()
            .try_into()
            .map_err(|error| anyhow!("{name}: {error}"))?,
        commit,
        PreviousValue::MustNotExist,
        "lessonbook: demo",
    );
    repo.edit_references_as([edit], Some(who())).map_err(failed)?;
    fs::write(repo.git_dir().join("HEAD"), format!("ref: {name}\n"))?;
    let tree = repo
        .find_commit(commit)
        .and_then(|commit| commit.tree_id().map(gix::Id::detach))
        .map_err(failed)?;
    write_index(&repo, &tree).map_err(failed)
}

/// The author of everything here.
fn who() -> gix::actor::SignatureRef<'static> {
    gix::actor::SignatureRef {
        name: "Demo".into(),
        email: "demo@localhost".into(),
        time: TIME,
    }
}

fn write_index(repo: &gix::Repository, tree: &gix::ObjectId) -> gix::Result<()> {
    let mut index = repo.index_from_tree(tree)?;
    index.write(gix::index::write::Options::default())?;
    Ok(())
}
