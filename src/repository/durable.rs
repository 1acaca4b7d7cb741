//! Writes files below a `.git` folder so that they survive a power cut, with the permissions of `core.sharedRepository`.
//!
//! Input: objects, or the move of a reference. Output: both on disk, flushed, with permissions.
//! Not here: which objects and references (`write`).
//!
//! gix writes an object to its final path without flushing it. After a power cut the branch could then point to an empty
//! file. So objects are first written and flushed in a temporary folder, and then moved to their final path. If a run is
//! killed, `git prune` removes the folder, because it knows its name.

use std::path::{Path, PathBuf};
use std::{fs, io};

use gix::fs::set_shared_repository_permissions as share;
use gix::objs::{Kind, Write as _};
use gix::odb::loose;
use gix::refs::FullName;
use gix::refs::transaction::RefEdit;
use gix::{ObjectId, Repository};

use super::git_text::{causes, shell};
use super::local::LocalRepository;
use super::objects;
use super::pending_commit::PendingCommit;
use lessonbook_base::edit::Edit;
use lessonbook_base::finding::{Code, Finding};

impl LocalRepository {
    /// Writes the objects that the repository lacks, and reads back the objects that the branch will need: one that existed
    /// already may be broken.
    pub(super) fn write_objects(&self, draft: &PendingCommit, edits: &[Edit]) -> Result<(), Finding> {
        write_objects(&self.repo, &draft.objects, self.sharing()?)
            .map_err(|error| self.not_written("an object can't be written", &format!("{error:#}")))?;
        let tree = objects::tree_of(&self.repo, draft.commit).map_err(|unread| self.unread(&unread))?;
        for edit in edits {
            self.held(&tree, &edit.path)?;
        }
        Ok(())
    }

    fn sharing(&self) -> Result<i32, Finding> {
        sharing(&self.repo).map_err(|error| {
            self.finding(
                Code::RepositoryUnwritable,
                format!("`core.sharedRepository` is not valid: {}", causes(&error)),
            )
            .effect("git and Lessonbook refuse to write to this repository")
            .help(format!(
                "set a valid value, for example: git config --file {} core.sharedRepository group",
                shell(&self.common_dir().join("config"))
            ))
        })
    }

    /// Moves a reference. If that fails, another program may have moved it first.
    pub(super) fn edit_reference(
        &self,
        name: &FullName,
        edit: RefEdit,
        expected: Option<ObjectId>,
        who: &gix::actor::SignatureRef<'_>,
    ) -> Result<(), Finding> {
        let reference = name.as_bstr().to_string();
        let common = self.common_dir();
        let sharing = self.sharing()?;
        let files = [
            common.join(&reference),
            common.join("logs").join(&reference),
            common.join("packed-refs"),
        ];
        let files = files.map(|file| (missing_above(&common, &file), file));
        let Err(error) = self.repo.edit_references_as([edit], Some(*who)) else {
            return files.iter().try_for_each(|(created, file)| {
                flush_with_permissions(file, created, sharing).map_err(|error| {
                    self.finding(
                        Code::RepositoryUnwritable,
                        format!(
                            "`{}` moved, but its file could not be completed: {error}",
                            name.shorten()
                        ),
                    )
                    .effect("other users may be unable to move it, and a power cut may lose it")
                    .help(format!("check the permissions of {}", file.display()))
                })
            });
        };
        if self.commit_at(&reference)? != expected {
            return Err(self.moved(&name.shorten().to_string()));
        }
        Err(self.unwritable(&format!("`{}` can't be moved", name.shorten()), &error))
    }
}

/// The value of `core.sharedRepository` in git's compact form: 0 leaves everything to the umask.
fn sharing(repo: &Repository) -> gix::Result<i32> {
    let config = repo.config_snapshot();
    let sections = config.sections_by_name("core").into_iter().flatten();
    let value = sections
        .filter(|section| section.header().subsection_name().is_none())
        .filter_map(|section| section.value_implicit("sharedRepository"))
        .last();
    match value {
        None => Ok(0),
        Some(value) => gix::config::tree::Core::SHARED_REPOSITORY.try_into_shared_repository(value),
    }
}

/// Writes objects in the given order; when it returns, all of them are flushed to disk.
fn write_objects(repo: &Repository, objects: &[(Kind, Vec<u8>)], sharing: i32) -> anyhow::Result<()> {
    let folder = repo.objects.store_ref().path().to_owned();
    let quarantine = tempfile::Builder::new()
        .prefix("tmp_objdir-lessonbook-")
        .tempdir_in(&folder)?;
    let store = loose::Store::at(quarantine.path(), repo.object_hash());
    let mut written = Vec::new();
    for (kind, data) in objects {
        let id = store.write_buf(*kind, data).map_err(anyhow::Error::from)?;
        let file = store.object_path(&id);
        share(&file, sharing)?;
        flush(&file)?;
        written.push((file, loose::Store::at(&folder, id.kind()).object_path(&id)));
    }
    let mut folders = vec![folder.clone()];
    for (file, place) in written {
        let within = parent(&place);
        if make_folder(within, sharing)? || !folders.iter().any(|known| known == within) {
            folders.push(within.to_owned());
        }
        match fs::rename(&file, &place) {
            // Another program wrote the same object: its name is the hash of its content.
            Err(_) if cfg!(windows) && place.is_file() => {}
            moved => moved?,
        }
    }
    for folder in &folders {
        flush(folder)?;
    }
    Ok(())
}

/// The folders above a file of the repository that do not exist yet.
fn missing_above(common_dir: &Path, file: &Path) -> Vec<PathBuf> {
    let above = file.ancestors().skip(1);
    let above = above.take_while(|folder| *folder != common_dir);
    above
        .filter(|folder| folder.symlink_metadata().is_err())
        .map(Path::to_owned)
        .collect()
}

/// Sets the permissions of a file that was just written and of the folders that were created for it, and flushes them.
fn flush_with_permissions(file: &Path, created: &[PathBuf], sharing: i32) -> io::Result<()> {
    for folder in created.iter().filter(|folder| folder.is_dir()) {
        share(folder, sharing)?;
        flush(folder)?;
        flush(parent(folder))?;
    }
    if file.is_file() {
        match share(file, sharing) {
            // A reflog that another user created belongs to that user, who chose its permissions.
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {}
            shared => shared?,
        }
        flush(file)?;
    }
    let folder = parent(file);
    if folder.is_dir() {
        flush(folder)?;
    }
    Ok(())
}

fn make_folder(folder: &Path, sharing: i32) -> io::Result<bool> {
    match fs::create_dir(folder) {
        Ok(()) => share(folder, sharing).map(|()| true),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(error),
    }
}

fn parent(path: &Path) -> &Path {
    path.parent().unwrap_or(path)
}

/// Waits until a file or folder is on disk. Windows can flush neither folders nor files that are read-only.
fn flush(path: &Path) -> io::Result<()> {
    if cfg!(unix) {
        fs::File::open(path)?.sync_all()
    } else {
        Ok(())
    }
}
