//! Creates new git repositories with a few commits, and a developer's branch in one, for `demo`.
//!
//! Input: an empty or missing folder, or a repository made here, and the files that each commit adds or replaces; later a branch to start
//! from. Output: a repository with a clean work tree. The same commits have the same ids on every machine. Not here: the content of
//! the files.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, anyhow, bail};
use gix::objs::tree::EntryKind;
use gix::refs::transaction::PreviousValue;

use super::objects::{ObjectError, read_tree};

/// The date of the first commit, in seconds since 1970: 2026-01-01. It is fixed, so that the commit has the same id on every machine.
pub const FIRST_DAY: i64 = 1_767_225_600;

const BRANCH: &str = "refs/heads/main";

/// A commit to make.
#[derive(Debug, Clone)]
pub struct NewCommit {
    /// Paths and contents that it adds or replaces.
    pub files: Vec<(String, Vec<u8>)>,
    /// The whole message.
    pub message: String,
    /// When, in seconds since 1970.
    pub time: i64,
}

/// Creates a repository. The folder must be empty or missing.
pub fn create(dir: &Path, commits: &[NewCommit]) -> anyhow::Result<()> {
    if dir.read_dir().is_ok_and(|mut entries| entries.next().is_some()) {
        bail!("{} is not empty", dir.display());
    }
    fs::create_dir_all(dir).with_context(|| format!("{} can't be created", dir.display()))?;
    let repo = gix::init(dir).map_err(|error| anyhow!("{}: {error}", dir.display()))?;
    fs::write(repo.git_dir().join("HEAD"), format!("ref: {BRANCH}\n"))?;
    append(dir, commits)
}

/// Adds commits to a repository that [`create`] made, and to its work tree.
pub fn append(dir: &Path, commits: &[NewCommit]) -> anyhow::Result<()> {
    let failed = |error: gix::Error| anyhow!("{}: {error}", dir.display());
    let repo = gix::open_opts(dir, super::local::options())
        .map_err(|error| anyhow!("{}: {error}", dir.display()))?;
    let found = repo.try_find_reference(BRANCH).map_err(failed)?;
    let before = match found {
        Some(mut reference) => Some(reference.peel_to_commit().map_err(failed)?.id),
        None => None,
    };
    let start = match before {
        Some(commit) => repo
            .find_commit(commit)
            .and_then(|commit| commit.tree())
            .map_err(failed)?,
        None => repo.empty_tree(),
    };
    let mut editor = start.edit().map_err(failed)?;
    let (mut parent, mut tree) = (before, start.id);
    let mut last = None;
    for commit in commits {
        for (path, bytes) in &commit.files {
            write_file(dir, path, bytes)?;
            let blob = repo.write_blob(bytes).map_err(failed)?;
            editor
                .upsert(path.as_str(), EntryKind::Blob, blob)
                .map_err(failed)?;
        }
        tree = editor.write().map_err(failed)?.detach();
        let time = format!("{} +0000", commit.time);
        let who = person(&time);
        let id = repo
            .new_commit_as(who, who, &commit.message, tree, parent)
            .map_err(failed)?
            .id;
        (parent, last) = (Some(id), Some(time));
    }
    let (Some(commit), Some(time)) = (parent, last) else {
        return Ok(());
    };
    let expected = before.map_or(PreviousValue::MustNotExist, |before| {
        PreviousValue::MustExistAndMatch(before.into())
    });
    let edit = gix::refs::transaction::RefEdit::update(
        BRANCH.try_into().map_err(|error| anyhow!("{BRANCH}: {error}"))?,
        commit,
        expected,
        "lessonbook: demo",
    );
    repo.edit_references_as([edit], Some(person(&time)))
        .map_err(failed)?;
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
        write_file(dir, path, entry.content.as_deref().unwrap_or_default())?;
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
    repo.edit_references_as([edit], Some(person(&format!("{FIRST_DAY} +0000"))))
        .map_err(failed)?;
    fs::write(repo.git_dir().join("HEAD"), format!("ref: {name}\n"))?;
    let tree = repo
        .find_commit(commit)
        .and_then(|commit| commit.tree_id().map(gix::Id::detach))
        .map_err(failed)?;
    write_index(&repo, &tree).map_err(failed)
}

/// The author of everything here.
fn person(time: &str) -> gix::actor::SignatureRef<'_> {
    gix::actor::SignatureRef {
        name: "Demo".into(),
        email: "demo@localhost".into(),
        time,
    }
}

fn write_file(dir: &Path, path: &str, bytes: &[u8]) -> anyhow::Result<()> {
    if let Some(why) = super::path_safety::refused(path) {
        bail!("{path}: {why}");
    }
    let place = dir.join(path);
    if let Some(folder) = place.parent() {
        fs::create_dir_all(folder).with_context(|| format!("{} can't be created", folder.display()))?;
    }
    fs::write(&place, bytes).with_context(|| format!("{} can't be written", place.display()))
}

fn write_index(repo: &gix::Repository, tree: &gix::ObjectId) -> gix::Result<()> {
    let mut index = repo.index_from_tree(tree)?;
    index.write(gix::index::write::Options::default())?;
    Ok(())
}
