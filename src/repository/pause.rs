//! Reads the file `PAUSE` in a store's folder, or in a commit of its repository.
//!
//! Input: the store's folder. Output: a [`Pause`] with the person who last changed the file. Not here: environment variables,
//! and the store's home on GitHub (`github/pause`).

use std::fs;
use std::io::{ErrorKind, Read as _};
use std::path::Path;

use gix::bstr::BString;
use gix::objs::Kind;
use gix::{ObjectId, Repository};

use super::local;
use lessonbook_pipeline::pause::{FILE, LARGE, LINK, NO_FILE, Pause, PauseSource, UNREADABLE, reason, who};

/// The most bytes of the file that are read.
const MOST: u64 = 64 * 1024;

/// The entry for the file in a commit's tree.
#[derive(Clone, Copy)]
struct PauseFileEntry {
    id: ObjectId,
    mode: gix::objs::tree::EntryMode,
}

/// The pause in a store's folder. Anything with this name pauses, even a broken link. Only a regular file is opened: a link may
/// lead to any file, and reading a pipe would never end.
pub fn in_folder(root: &Path) -> Option<Pause> {
    let path = root.join(FILE);
    let found = fs::symlink_metadata(&path);
    if matches!(&found, Err(error) if error.kind() == ErrorKind::NotFound) {
        return None;
    }
    let mut bytes = Vec::new();
    let why = match &found {
        Ok(meta) if meta.is_file() && meta.len() > MOST => LARGE.to_owned(),
        Ok(meta) if meta.is_file() => match read(&path, &mut bytes) {
            Ok(()) => reason(&bytes),
            Err(_) => UNREADABLE.to_owned(),
        },
        Ok(meta) if meta.is_symlink() => LINK.to_owned(),
        Ok(_) => NO_FILE.to_owned(),
        Err(_) => UNREADABLE.to_owned(),
    };
    Some(Pause {
        by: PauseSource::File,
        place: format!("the file {}", path.display()),
        who: last_touch(root, &path, &bytes),
        why,
    })
}

/// Reads the first bytes of a regular file. The type is checked again after opening, because the file may have been replaced.
fn read(path: &Path, bytes: &mut Vec<u8>) -> std::io::Result<()> {
    let file = fs::File::open(path)?;
    if !file.metadata()?.is_file() {
        return Err(std::io::Error::other("not a regular file"));
    }
    file.take(MOST).read_to_end(bytes).map(drop)
}

/// The pause in a commit of the store's repository.
pub fn in_commit(root: &Path, revision: &str) -> Option<Pause> {
    let (repo, file) = repository_of(root)?;
    let commit = repo
        .rev_parse_single(revision)
        .ok()?
        .object()
        .ok()?
        .peel_to_commit()
        .ok()?;
    let place = format!("the file {file} in the commit {revision}");
    let (who, why) = match held(&repo, commit.id, &file) {
        Ok(None) => return None,
        Ok(Some(entry)) => (
            toucher(&repo, commit.id, &file, entry.id).unwrap_or_else(unknown),
            reason_of(&repo, entry),
        ),
        // It is unknown whether the file exists, so nothing is written.
        Err(_) => (unknown(), UNREADABLE.to_owned()),
    };
    Some(Pause {
        by: PauseSource::Commit,
        place,
        who,
        why,
    })
}

/// The reason in the file of a commit; a fixed text if the entry is not a regular file, is too large, or can't be read.
fn reason_of(repo: &Repository, entry: PauseFileEntry) -> String {
    if entry.mode.is_link() {
        return LINK.to_owned();
    }
    if !entry.mode.is_blob() {
        return NO_FILE.to_owned();
    }
    let small = |header: gix::odb::find::Header| header.size() <= MOST;
    match repo.find_header(entry.id).map(small) {
        Ok(true) => repo
            .find_blob(entry.id)
            .map_or_else(|_| UNREADABLE.to_owned(), |blob| reason(&blob.data)),
        Ok(false) => LARGE.to_owned(),
        Err(_) => UNREADABLE.to_owned(),
    }
}

/// The store's folder as a path in its repository: empty at the top, or if it is not in a repository.
pub fn folder_in_repository(root: &Path) -> String {
    let file = repository_of(root).map(|(_, file)| file.to_string());
    let folder = file.and_then(|file| Some(file.strip_suffix(FILE)?.trim_end_matches('/').to_owned()));
    folder.unwrap_or_default()
}

/// The repository that a store is in, and the file's path there.
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
        let same = held.filter(|held| !path.is_file() || is_blob(&repo, held.id, bytes));
        Some(match same {
            None => "a person who did not commit it".to_owned(),
            Some(held) => toucher(&repo, head, &file, held.id).unwrap_or_else(unknown),
        })
    };
    looked().unwrap_or_else(|| "an unknown person (the store is not in a git repository)".to_owned())
}

fn unknown() -> String {
    "an unknown person (the repository's history is cut off before that commit)".to_owned()
}

fn is_blob(repo: &Repository, held: ObjectId, bytes: &[u8]) -> bool {
    let same = gix::objs::compute_hash(repo.object_hash(), Kind::Blob, bytes).is_ok_and(|id| id == held);
    let plain = |bytes: &[u8]| String::from_utf8_lossy(bytes).replace("\r\n", "\n");
    // Git may have changed line endings on checkout.
    same || repo
        .find_blob(held)
        .is_ok_and(|blob| plain(&blob.data) == plain(bytes))
}

/// The entry that a commit holds at a path.
fn held(repo: &Repository, commit: ObjectId, file: &BString) -> Result<Option<PauseFileEntry>, gix::Error> {
    let tree = repo.find_commit(commit).and_then(|commit| commit.tree())?;
    let entry = tree.lookup_entry(file.split(|byte| *byte == b'/'))?;
    Ok(entry.map(|entry| PauseFileEntry {
        id: entry.object_id(),
        mode: entry.mode(),
    }))
}

/// Who gave the file its current content: the author of the newest commit whose parents do not have it.
fn toucher(repo: &Repository, head: ObjectId, file: &BString, content: ObjectId) -> Option<String> {
    let mut at = head;
    loop {
        let commit = repo.find_commit(at).ok()?;
        let mut older = None;
        for parent in commit.parent_ids() {
            if held(repo, parent.detach(), file).ok()?.map(|entry| entry.id) == Some(content) {
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
