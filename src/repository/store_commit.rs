//! Finds the commit of the store's repository that is checked out, for the headers of reports and the time of proposals.
//!
//! Input: a store's folder and the files that were read from it. Output: a [`StoreCommit`], or `None` if the store is not in
//! git. Not here: whether uncommitted lessons are allowed.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use anyhow::{Context as _, bail};
use gix::bstr::ByteSlice;
use gix::objs::Kind;
use gix::{ObjectId, Repository};

use super::disk::{CUT, FOLDERS, TARGETS, TOO_LARGE, is_skipped};
use super::remotes::{self, UpstreamRemote};
use super::{local, objects};
use lessonbook_base::tree::Mode;
use lessonbook_pipeline::plan_file::SavedCommit;
use lessonbook_store::Files;

/// The store's commit and its uncommitted changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreCommit {
    /// The commit that is checked out, in hexadecimal digits.
    pub commit: String,
    /// The branch that is checked out; `None` if `HEAD` is detached.
    pub branch: Option<String>,
    /// When it was committed, in seconds since 1970.
    pub time: i64,
    /// Files of the store that differ from the commit: changed, new or deleted; relative to the store, in byte order. Different
    /// line endings do not count: git may have changed them on checkout.
    pub dirty: Vec<String>,
}

impl From<&SavedCommit> for StoreCommit {
    /// The store's commit when a saved plan was made.
    fn from(saved: &SavedCommit) -> Self {
        StoreCommit {
            commit: saved.commit.clone(),
            branch: saved.branch.clone(),
            time: saved.time,
            dirty: saved.uncommitted.clone(),
        }
    }
}

impl StoreCommit {
    /// Seven digits, as git shows a commit.
    pub fn short(&self) -> &str {
        self.commit.get(..7).unwrap_or(&self.commit)
    }

    /// Whether no file of the store differs from the commit.
    pub fn is_clean(&self) -> bool {
        self.dirty.is_empty()
    }
}

/// Looks a store's folder up in git; `None` if it is not in a repository, or if the repository has no commit or can't be read.
pub fn store_commit(dir: &Path, files: &Files) -> Option<StoreCommit> {
    let (repo, below) = repository_of(dir)?;
    let head = repo.head_commit().ok()?;
    let committed = committed(&repo, head.id, &below)?;
    let mut dirty: Vec<String> = files
        .iter()
        .filter(|(path, bytes)| differs(&repo, committed.get(*path), bytes))
        .map(|(path, _)| path.clone())
        .collect();
    dirty.extend(
        committed
            .keys()
            .filter(|path| !files.contains_key(*path))
            .cloned(),
    );
    dirty.sort();
    Some(StoreCommit {
        commit: head.id.to_string(),
        branch: repo.head_name().ok()?.map(|name| name.shorten().to_string()),
        time: head.time().ok()?.seconds,
        dirty,
    })
}

/// A store as it is in a commit of its repository, regardless of its folder: `revision` is an id, a branch or a tag. The
/// commit's `branch` is the first of `defaults`, local or at `origin`, that contains it; `None` if none of them does.
pub fn read_store_at(
    dir: &Path,
    revision: &str,
    defaults: &[String],
) -> anyhow::Result<(Files, StoreCommit)> {
    let dir = dir
        .canonicalize()
        .with_context(|| format!("there is no folder {}", dir.display()))?;
    let top = dir.ancestors().find(|folder| folder.join(".git").exists());
    let top = top.with_context(|| format!("{} is not in a git repository", dir.display()))?;
    let mut repo = gix::open_opts(top, local::options())
        .with_context(|| format!("the repository at {} can't be read", top.display()))?;
    repo.clear_namespace();
    let unknown = || format!("the store's repository has no commit `{revision}`");
    let id = repo.rev_parse_single(revision).with_context(unknown)?;
    let found = id
        .object()
        .with_context(unknown)?
        .peel_to_commit()
        .with_context(unknown)?;
    let listed = dir
        .strip_prefix(top)
        .ok()
        .and_then(|below| committed(&repo, found.id, below));
    let listed = listed.with_context(|| format!("the store can't be read from the commit `{revision}`"))?;
    if !listed.contains_key(TARGETS) {
        bail!("the commit `{revision}` has no {TARGETS} in the store's folder");
    }
    let mut files = Files::new();
    for (path, (mode, id)) in listed {
        if mode == Mode::Symlink {
            bail!("{path} is a link in the commit `{revision}`; commit the file itself instead");
        }
        let unreadable = || format!("{path} can't be read from the commit `{revision}`");
        let mut blob = repo.find_blob(id).with_context(unreadable)?;
        let mut bytes = blob.take_data();
        if bytes.len() as u64 > TOO_LARGE {
            bytes.truncate(usize::try_from(CUT).unwrap_or(usize::MAX));
        }
        files.insert(path, bytes);
    }
    let commit = StoreCommit {
        commit: found.id.to_string(),
        branch: defaults.iter().find(|name| holds(&repo, name, found.id)).cloned(),
        time: found.time().map(|time| time.seconds).unwrap_or_default(),
        dirty: Vec::new(),
    };
    Ok((files, commit))
}

/// Whether a commit has a store at the path of this folder.
pub fn holds_store(dir: &Path, commit: &str) -> bool {
    let listed = || {
        let (repo, below) = repository_of(dir)?;
        committed(&repo, ObjectId::from_hex(commit.as_bytes()).ok()?, &below)
    };
    listed().is_some_and(|files| files.contains_key(TARGETS))
}

/// The repository that a folder is in, and the folder's path there.
pub(super) fn repository_of(dir: &Path) -> Option<(Repository, PathBuf)> {
    let dir = dir.canonicalize().ok()?;
    let top = dir.ancestors().find(|folder| folder.join(".git").exists())?;
    let mut repo = gix::open_opts(top, local::options()).ok()?;
    repo.clear_namespace();
    Some((repo, dir.strip_prefix(top).ok()?.to_owned()))
}

/// Whether a branch, local or as it was last fetched, contains a commit.
fn holds(repo: &Repository, branch: &str, commit: ObjectId) -> bool {
    let mut names = vec![format!("refs/heads/{branch}")];
    names.extend(match remotes::followed(repo) {
        UpstreamRemote::None => Vec::new(),
        UpstreamRemote::One(remote) => vec![remotes::reference(&remote, branch)],
        UpstreamRemote::Unclear(all) => all
            .iter()
            .map(|remote| remotes::reference(remote, branch))
            .collect(),
    });
    names.iter().any(|name| {
        let head = repo.find_reference(name.as_str()).ok();
        let head = head.and_then(|mut head| head.peel_to_id().ok());
        let walk = head.and_then(|head| repo.rev_walk([head.detach()]).all().ok());
        walk.is_some_and(|mut walk| walk.any(|seen| seen.is_ok_and(|seen| seen.id == commit)))
    })
}

/// Whether a commit of the store is newer than ours: the repository has it, and ours is among its ancestors. A commit that
/// the repository does not have (a shallow clone, a rewritten history) counts as older.
pub fn is_newer(dir: &Path, ours: &str, theirs: &str) -> bool {
    let newer = || {
        let (repo, _) = repository_of(dir)?;
        let ours = ObjectId::from_hex(ours.as_bytes()).ok()?;
        let theirs = ObjectId::from_hex(theirs.as_bytes()).ok()?;
        repo.find_commit(theirs).ok()?;
        let mut walk = repo.rev_walk([theirs]).all().ok()?;
        Some(ours != theirs && walk.any(|seen| seen.is_ok_and(|seen| seen.id == ours)))
    };
    newer().unwrap_or(false)
}

/// The store's files in the commit, by path relative to the store.
fn committed(repo: &Repository, head: ObjectId, store: &Path) -> Option<BTreeMap<String, (Mode, ObjectId)>> {
    let root = repo.find_commit(head).ok()?.tree().ok()?;
    let above: Vec<&str> = store
        .components()
        .map(|part| match part {
            Component::Normal(name) => name.to_str(),
            _ => None,
        })
        .collect::<Option<_>>()?;
    let mut files = BTreeMap::new();
    for top in FOLDERS.into_iter().chain([TARGETS]) {
        let parts = above.iter().copied().chain([top]).map(str::as_bytes);
        let Some(entry) = root.lookup_entry(parts).ok()? else {
            continue;
        };
        if let Some(mode) = objects::mode(entry.mode()) {
            files.insert(top.to_owned(), (mode, entry.object_id()));
            continue;
        }
        let folder = entry.object().ok()?.into_tree();
        for entry in folder.traverse().breadthfirst.files().ok()? {
            let path = entry.filepath.to_str_lossy();
            if let (Some(mode), false) = (objects::mode(entry.mode), path.split('/').any(is_skipped)) {
                files.insert(format!("{top}/{path}"), (mode, entry.oid));
            }
        }
    }
    Some(files)
}

fn differs(repo: &Repository, committed: Option<&(Mode, ObjectId)>, bytes: &[u8]) -> bool {
    let Some((mode, id)) = committed else {
        return true;
    };
    if *mode == Mode::Symlink {
        return false; // the link's destination is a file of the store and is compared itself
    }
    if gix::objs::compute_hash(repo.object_hash(), Kind::Blob, bytes).is_ok_and(|held| held == *id) {
        return false;
    }
    let Ok(blob) = repo.find_blob(*id) else {
        return true;
    };
    let cut = bytes.len() as u64 == CUT && blob.data.starts_with(bytes);
    !cut && blob.data.replace("\r\n", "\n") != bytes.replace("\r\n", "\n")
}
