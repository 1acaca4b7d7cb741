//! A repository before and after a change, for `lint`.
//!
//! Input: an opened repository, the commit before the change, and where the state after it is. Output: [`ChangeTrees`]: every
//! tracked path on both sides, which of them differ, and their bytes on demand. Not here: what the bytes mean.
//!
//! The work tree is read where it is: a file whose size and time are those of the index is what git has in the index, and its
//! bytes are read from disk, which is faster than unpacking objects.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::Path;

use gix::bstr::ByteSlice;
use gix::index::entry::{Flags, Stage};
use gix::objs::tree::EntryKind;
use gix::{ObjectId, Repository};

use super::local::LocalRepository;
use super::objects::{self, ObjectError};
use super::work_tree;
use lessonbook_base::finding::{Code, Finding};
use lessonbook_base::git_oid;
use lessonbook_checks::linter::{ChangedPath, MAX_BYTES};
use lessonbook_checks::tree_hits::FileBytes;

/// Where the state after the change is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeEnd<'c> {
    /// What is staged.
    Index,
    /// The tracked files as they are on disk.
    WorkTree,
    /// A commit, in hexadecimal digits.
    Commit(&'c str),
}

/// A tracked file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct TrackedFile {
    kind: EntryKind,
    id: ObjectId,
    /// Its bytes are on disk.
    on_disk: bool,
}

/// A repository before and after a change.
#[derive(Debug)]
pub struct ChangeTrees<'r> {
    local: &'r LocalRepository,
    before: BTreeMap<String, TrackedFile>,
    after: BTreeMap<String, TrackedFile>,
    /// The folder of the file that was read last from disk, and whether it is one.
    last_folder: RefCell<Option<(String, bool)>>,
}

impl LocalRepository {
    /// Lists both sides. `before`: a commit in hexadecimal digits; none: everything is new.
    pub fn change_trees(&self, before: Option<&str>, end: ChangeEnd) -> Result<ChangeTrees<'_>, Finding> {
        let unread = |unread| self.unread(&unread);
        let before = match before {
            Some(commit) => list(&self.repo, self.object(commit)?).map_err(unread)?,
            None => BTreeMap::new(),
        };
        let after = match end {
            ChangeEnd::Commit(commit) => list(&self.repo, self.object(commit)?).map_err(unread)?,
            ChangeEnd::Index => self.index(false)?,
            ChangeEnd::WorkTree => self.index(true)?,
        };
        Ok(ChangeTrees {
            local: self,
            before,
            after,
            last_folder: RefCell::default(),
        })
    }

    /// The commit that is checked out, in hexadecimal digits; none: there is none yet.
    pub fn head_commit(&self) -> Option<String> {
        self.repo.head_id().ok().map(|id| id.to_string())
    }

    /// Whether history is cut off here.
    pub fn is_shallow(&self) -> bool {
        self.repo.is_shallow().unwrap_or(false)
    }

    /// Whether files are checked out here.
    pub fn has_work_tree(&self) -> bool {
        self.dir.join(".git").exists()
    }

    pub(super) fn object(&self, commit: &str) -> Result<ObjectId, Finding> {
        ObjectId::from_hex(commit.as_bytes()).map_err(|_| {
            self.finding(
                Code::RepositoryUnreadable,
                format!("`{commit}` is not a commit's id"),
            )
        })
    }

    /// The tracked files as they are staged, or as they are on disk.
    fn index(&self, on_disk: bool) -> Result<BTreeMap<String, TrackedFile>, Finding> {
        let index = self.repo.index_or_empty().map_err(|error| {
            self.unread(&ObjectError {
                what: "the index".to_owned(),
                error,
            })
        })?;
        let written = index.timestamp();
        let written = (written.unix_seconds(), written.nanoseconds());
        let mut files = BTreeMap::new();
        for entry in index.entries() {
            let (Ok(path), Some(mode)) = (entry.path(&index).to_str(), entry.mode.to_tree_entry_mode())
            else {
                continue;
            };
            // Of a file in conflict, our side counts until it is resolved.
            if !matches!(entry.stage(), Stage::Unconflicted | Stage::Ours) {
                continue;
            }
            let mut file = TrackedFile {
                kind: mode.kind(),
                id: entry.id,
                on_disk: false,
            };
            let is_file = matches!(file.kind, EntryKind::Blob | EntryKind::BlobExecutable);
            if on_disk && is_file && !entry.flags.contains(Flags::SKIP_WORKTREE) {
                let full = self.dir.join(path);
                let Some(found) = full.symlink_metadata().ok().filter(std::fs::Metadata::is_file) else {
                    continue;
                };
                file.on_disk = true;
                if !is_unchanged(&entry.stat, &found, written) {
                    file.id = self.id_on_disk(&full, &found, entry.id)?;
                }
            }
            files.insert(path.to_owned(), file);
        }
        Ok(files)
    }

    /// The id that git would give the bytes on disk; another one than before for a file that is too large to be looked at.
    fn id_on_disk(&self, full: &Path, found: &std::fs::Metadata, old: ObjectId) -> Result<ObjectId, Finding> {
        let null = ObjectId::null(old.kind());
        if found.len() > MAX_BYTES as u64 {
            return Ok(null);
        }
        let bytes = std::fs::read(full).map_err(|error| self.work_tree_unreadable(&error))?;
        Ok(ObjectId::from_hex(git_oid::id(&bytes, &old.to_string()).as_bytes()).unwrap_or(null))
    }
}

/// Whether git would take the file for what is in the index without looking into it.
fn is_unchanged(stat: &gix::index::entry::Stat, found: &std::fs::Metadata, written: (i64, u32)) -> bool {
    let Some(changed) = found
        .modified()
        .ok()
        .and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok())
    else {
        return false;
    };
    let same_size = u64::from(stat.size) == found.len();
    let same_second = u64::from(stat.mtime.secs) == changed.as_secs();
    let same_part = stat.mtime.nsecs == 0 || stat.mtime.nsecs == changed.subsec_nanos();
    // A file that was written in the moment in which the index was, or later, may have changed without a trace.
    let seconds = i64::try_from(changed.as_secs()).unwrap_or(i64::MAX);
    let is_older = (seconds, changed.subsec_nanos()) < written;
    same_size && same_second && same_part && is_older
}

/// Every tracked file of a commit.
fn list(repo: &Repository, commit: ObjectId) -> Result<BTreeMap<String, TrackedFile>, ObjectError> {
    let root = objects::tree_of(repo, commit)?;
    let entries = root
        .traverse()
        .breadthfirst
        .files()
        .map_err(ObjectError::new(format!(
            "a folder of commit {}",
            objects::short(commit)
        )))?;
    let files = entries.into_iter().filter(|entry| !entry.mode.is_tree());
    Ok(files
        .filter_map(|entry| {
            let file = TrackedFile {
                kind: entry.mode.kind(),
                id: entry.oid,
                on_disk: false,
            };
            Some((entry.filepath.to_str().ok()?.to_owned(), file))
        })
        .collect())
}

impl ChangeTrees<'_> {
    /// Every path before the change, submodules left out.
    pub fn paths_before(&self) -> Vec<&str> {
        paths(&self.before)
    }

    /// Every path after the change, submodules left out.
    pub fn paths_after(&self) -> Vec<&str> {
        paths(&self.after)
    }

    /// The paths that the change adds, edits or deletes, in byte order.
    pub fn changed(&self) -> Vec<ChangedPath<'_>> {
        let mut changed = Vec::new();
        for (path, old) in &self.before {
            let new = self.after.get(path);
            if new.is_none_or(|new| (new.kind, new.id) != (old.kind, old.id)) {
                changed.push(ChangedPath {
                    path,
                    before: true,
                    after: new.is_some(),
                });
            }
        }
        let added = self.after.keys().filter(|path| !self.before.contains_key(*path));
        changed.extend(added.map(|path| ChangedPath {
            path,
            before: false,
            after: true,
        }));
        changed.sort_by_key(|path| path.path);
        changed
    }

    /// The bytes of a regular file before the change.
    pub fn read_before(&self, path: &str) -> Result<Option<FileBytes>, Finding> {
        self.read(path, self.before.get(path))
    }

    /// The bytes of a regular file after the change.
    pub fn read_after(&self, path: &str) -> Result<Option<FileBytes>, Finding> {
        self.read(path, self.after.get(path))
    }

    fn read(&self, path: &str, file: Option<&TrackedFile>) -> Result<Option<FileBytes>, Finding> {
        let regular = |file: &&TrackedFile| matches!(file.kind, EntryKind::Blob | EntryKind::BlobExecutable);
        let Some(file) = file.filter(regular) else {
            return Ok(None);
        };
        if file.on_disk {
            return self.read_disk(path);
        }
        let repo = &self.local.repo;
        let what = || ObjectError::new(format!("`{path}`"));
        let unread = |unread| self.local.unread(&unread);
        let size = repo.find_header(file.id).map_err(what()).map_err(unread)?.size();
        if size > MAX_BYTES as u64 {
            return Ok(Some(FileBytes::TooLarge(size)));
        }
        let blob = repo.find_blob(file.id).map_err(what()).map_err(unread)?;
        Ok(Some(FileBytes::Whole(blob.detach().data)))
    }

    fn read_disk(&self, path: &str) -> Result<Option<FileBytes>, Finding> {
        let unreadable = |error: std::io::Error| self.local.work_tree_unreadable(&error);
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        if !self.is_folder(folder).map_err(unreadable)? {
            return Ok(None);
        }
        let full = self.local.dir.join(path);
        match full.symlink_metadata() {
            Ok(found) if !found.is_file() => Ok(None),
            Ok(found) if found.len() > MAX_BYTES as u64 => Ok(Some(FileBytes::TooLarge(found.len()))),
            Ok(_) => Ok(Some(FileBytes::Whole(std::fs::read(full).map_err(unreadable)?))),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(unreadable(error)),
        }
    }

    /// Whether a path is a folder that no link leads to. Files are read in the order of their paths, so the last answer is kept.
    fn is_folder(&self, folder: &str) -> std::io::Result<bool> {
        if let Some((last, is_folder)) = &*self.last_folder.borrow()
            && last == folder
        {
            return Ok(*is_folder);
        }
        let found = work_tree::metadata_at(&self.local.dir, folder)?;
        let is_folder = folder.is_empty() || found.is_some_and(|found| found.is_dir());
        *self.last_folder.borrow_mut() = Some((folder.to_owned(), is_folder));
        Ok(is_folder)
    }
}

fn paths(files: &BTreeMap<String, TrackedFile>) -> Vec<&str> {
    let tracked = files.iter().filter(|(_, file)| file.kind != EntryKind::Commit);
    tracked.map(|(path, _)| path.as_str()).collect()
}
