//! The file `PAUSE` in a store's folder, or in a commit of its repository.
//!
//! Comes in: the store's folder. Goes out: a [`Pause`] with who touched the file last. Leaves to others: variables, and the store's home
//! on GitHub (`github/pause`).

use std::fs;
use std::io::{ErrorKind, Read as _};
use std::path::Path;

use gix::bstr::BString;
use gix::objs::Kind;
use gix::{ObjectId, Repository};

use super::local;
use lessonbook_pipeline::pause::{By, FILE, Pause, reason, who};

/// No more of the file is read: it may be a link to anything.
const MOST: u64 = 64 * 1024;

/// The pause that stands in a store's folder. A file that is there and can't be read pauses, too; a link pauses once what it leads to
/// exists, so that one file can pause several stores.
pub fn in_folder(root: &Path) -> Option<Pause> {
    let path = root.join(FILE);
    match fs::metadata(&path) {
        Err(error) if error.kind() == ErrorKind::NotFound => None,
        found => {
            let mut bytes = Vec::new();
            let is_file = found.as_ref().is_ok_and(fs::Metadata::is_file);
            let read = is_file
                .then(|| fs::File::open(&path).and_then(|file| file.take(MOST).read_to_end(&mut bytes)));
            let why = match read {
                Some(Ok(_)) => reason(&bytes),
                _ => "the file can't be read".to_owned(),
            };
            Some(Pause {
                by: By::File,
                place: format!("the file {}", path.display()),
                who: last_touch(root, &path, &bytes),
                why,
            })
        }
    }
}

/// The pause that a commit of the store's repository holds.
pub fn in_commit(root: &Path, revision: &str) -> Option<Pause> {
    let (repo, file) = repository_of(root)?;
    let commit = repo
        .rev_parse_single(revision)
        .ok()?
        .object()
        .ok()?
        .peel_to_commit()
        .ok()?;
    let held = held(&repo, commit.id, &file).ok()??;
    let bytes = repo
        .find_blob(held)
        .map(|mut blob| blob.take_data())
        .unwrap_or_default();
    Some(Pause {
        by: By::Commit,
        place: format!("the file {file} in the commit {revision}"),
        who: toucher(&repo, commit.id, &file, held).unwrap_or_else(unknown),
        why: reason(&bytes),
    })
}

/// The store's folder below the top of its repository, as a path on GitHub: empty at the top, or where it is in no repository.
pub fn folder_in_repository(root: &Path) -> String {
    let file = repository_of(root).map(|(_, file)| file.to_string());
    let folder = file.and_then(|file| Some(file.strip_suffix(FILE)?.trim_end_matches('/').to_owned()));
    folder.unwrap_or_default()
}

/// The repository that a store stands in, and the file's path there.
fn repository_of(root: &Path) -> Option<(Repository, BString)> {
    let dir = root.canonicalize().ok()?;
    let top = dir.ancestors().find(|folder| folder.join(".git").exists())?;
    let mut repo = gix::open_opts(top, local::options()).ok()?;
    repo.clear_namespace();
    let below = dir.strip_prefix(top).ok()?.join(FILE);
    let below = below.to_str()?.replace('\\', "/");
    Some((repo, below.into()))
}

fn last_touch(root: &Path, path: &Path, bytes: &[u8]) -> String {
    let looked = || {
        let (repo, file) = repository_of(root)?;
        let head = repo.head_id().ok()?.detach();
        let held = held(&repo, head, &file).ok()?;
        let same = held.filter(|held| path.is_symlink() || is_blob(&repo, *held, bytes));
        Some(match same {
            None => "somebody who did not commit it".to_owned(),
            Some(held) => toucher(&repo, head, &file, held).unwrap_or_else(unknown),
        })
    };
    looked().unwrap_or_else(|| "somebody: the store is in no git repository that could tell".to_owned())
}

fn unknown() -> String {
    "somebody: the repository's history is cut off before that commit".to_owned()
}

fn is_blob(repo: &Repository, held: ObjectId, bytes: &[u8]) -> bool {
    let same = gix::objs::compute_hash(repo.object_hash(), Kind::Blob, bytes).is_ok_and(|id| id == held);
    let plain = |bytes: &[u8]| String::from_utf8_lossy(bytes).replace("\r\n", "\n");
    // Git's own settings may have changed line endings on checkout.
    same || repo
        .find_blob(held)
        .is_ok_and(|blob| plain(&blob.data) == plain(bytes))
}

/// What a commit holds at a path.
fn held(repo: &Repository, commit: ObjectId, file: &BString) -> Result<Option<ObjectId>, gix::Error> {
    let tree = repo.find_commit(commit).and_then(|commit| commit.tree())?;
    let entry = tree.lookup_entry(file.split(|byte| *byte == b'/'))?;
    Ok(entry.map(|entry| entry.object_id()))
}

/// Who made the file what it is: the author of the newest commit without a parent that holds the same.
fn toucher(repo: &Repository, head: ObjectId, file: &BString, wanted: ObjectId) -> Option<String> {
    let mut at = head;
    loop {
        let commit = repo.find_commit(at).ok()?;
        let mut older = None;
        for parent in commit.parent_ids() {
            if held(repo, parent.detach(), file).ok()? == Some(wanted) {
                older = Some(parent.detach());
                break;
            }
        }
        let Some(parent) = older else {
            let author = commit.author().ok()?;
            let time = author.time().map(|time| time.seconds).unwrap_or_default();
            return Some(who(&author.name.to_string(), &at.to_string(), time));
        };
        at = parent;
    }
}
