//! Opens a target's repository on disk.
//!
//! Input: a folder. Output: a [`LocalRepository`], or a finding that says why it can't be used. Not here: reading it (`snapshot`,
//! `work_tree`), and writing (`write`).

use std::path::{Path, PathBuf};

use gix::{ObjectId, Repository};

use super::objects::ObjectError;
use super::repository_format;
use crate::repository::git_text::{causes, shell};
use lessonbook_base::finding::{Code, Finding};

/// A target on disk. Files are read from git's objects; the work tree and the index are never opened.
#[derive(Debug)]
pub struct LocalRepository {
    pub(super) repo: Repository,
    /// Canonical, so that messages and commands in them work from anywhere.
    pub(super) dir: PathBuf,
    /// As written in `targets.yaml`.
    pub(super) name: String,
}

impl LocalRepository {
    /// Opens the repository whose top folder, or whose bare folder, this is. A subfolder of a repository is refused: its
    /// entry points would not be where assistants look for them.
    pub fn open(dir: &Path, target_name: &str) -> Result<Self, Finding> {
        let finding = |code, message: String| Finding::new(code, message).target(target_name);
        let missing = |why: String| {
            finding(Code::TargetMissing, why)
                .effect("this target receives no lessons")
                .help("correct the path in targets.yaml, clone the repository there, or remove the target")
        };
        let Ok(dir) = dir.canonicalize() else {
            return Err(missing(format!("there is no folder `{}`", dir.display())));
        };
        if !dir.is_dir() {
            return Err(missing(format!("`{}` is not a folder", dir.display())));
        }
        if let Some(refused) = repository_format::refused(&dir) {
            return Err(refused.target(target_name));
        }
        let opened = gix::open_opts(&dir, options().bail_if_untrusted(true));
        let mut repo = match opened {
            Ok(repo) => repo,
            Err(error) => return Err(not_opened(&dir, &error).target(target_name)),
        };
        // A hook of a git server may have set GIT_NAMESPACE, which concerns another repository.
        repo.clear_namespace();
        repo.object_cache_size_if_unset(4 * 1024 * 1024);
        let this = LocalRepository {
            repo,
            dir,
            name: target_name.to_owned(),
        };
        this.refuse_formats_and_inner_folders()?;
        Ok(this)
    }

    /// The folder with the repository's objects and references, which all its linked work trees share.
    pub fn common_dir(&self) -> PathBuf {
        let common = self.repo.common_dir();
        common.canonicalize().unwrap_or_else(|_| common.to_owned())
    }

    /// The commit that a reference points to; `None` if there is no such reference. A name that git does not allow for a
    /// reference counts as one that does not exist.
    pub(super) fn commit_at(&self, reference: &str) -> Result<Option<ObjectId>, Finding> {
        let Ok(name) = gix::refs::FullName::try_from(reference) else {
            return Ok(None);
        };
        let broken = |error| {
            self.unread(&ObjectError {
                what: format!("`{reference}`"),
                error,
            })
        };
        let Some(mut found) = self.repo.try_find_reference(name.as_ref()).map_err(broken)? else {
            return Ok(None);
        };
        Ok(Some(found.peel_to_commit().map_err(broken)?.id))
    }

    /// The beginning of a git command for this repository, for help texts.
    pub(super) fn git(&self) -> String {
        format!("git -C {}", shell(&self.dir))
    }

    /// A finding about this target.
    pub(super) fn finding(&self, code: Code, message: impl Into<String>) -> Finding {
        Finding::new(code, message).target(&self.name)
    }

    /// The finding for an object or reference that could not be read.
    pub(super) fn unread(&self, unread: &ObjectError) -> Finding {
        let message = format!("{} can't be read: {}", unread.what, causes(&unread.error));
        let config = self.repo.config_snapshot();
        let partial = config.sections_by_name("remote").is_some_and(|remotes| {
            let mut remotes = remotes.into_iter();
            remotes.any(|remote| remote.value("promisor").is_some())
        });
        let help = if partial {
            format!(
                "this is a partial clone, which lacks some objects; run `{} fetch --refetch --no-filter` to complete it",
                self.git()
            )
        } else {
            format!(
                "run `{} fsck` to see what is broken; the surest repair is a fresh clone",
                self.git()
            )
        };
        self.finding(Code::RepositoryUnreadable, message)
            .effect("nothing can be planned for this target")
            .help(help)
    }

    /// The finding for a branch that exists and can't be read, so that no other branch is used as the base instead.
    pub(super) fn unread_branch(&self, why: &str) -> Finding {
        self.finding(Code::RepositoryUnreadable, format!("a branch can't be read: {why}"))
            .effect("it may be the base, so no other branch is used instead")
            .help(format!(
                "run `{} fsck` to see what is broken; restore or delete that branch, or set `base: NAME` in targets.yaml",
                self.git()
            ))
    }

    fn refuse_formats_and_inner_folders(&self) -> Result<(), Finding> {
        let config = self.repo.config_snapshot();
        if config
            .string("extensions.refStorage")
            .is_some_and(|format| format.eq_ignore_ascii_case(b"reftable"))
        {
            return Err(self
                .finding(Code::Reftable, format!("`{}` stores its references as a reftable", self.dir.display()))
                .effect("its branches can't be read, so nothing can be planned for this target")
                .help(format!(
                    "run `{} refs migrate --ref-format=files` (git 2.46 or later), or clone the repository again",
                    self.git()
                )));
        }
        // `dir/.git` can be opened too, but it is not the folder that people work in.
        if self.dir.ends_with(".git") && config.boolean("core.bare") == Some(false) {
            let top = self.dir.parent().unwrap_or(&self.dir).display();
            return Err(self
                .finding(
                    Code::TargetNotARepository,
                    format!("`{}` is inside a repository", self.dir.display()),
                )
                .help(format!("name its top folder: {top}")));
        }
        Ok(())
    }
}

/// How repositories are opened: with the user's configuration (`safe.directory`), and without replacement objects, because
/// our commits must be based on the objects that we read. The commit graph and the multi-pack index are not read: they only
/// cache what the objects contain. Git ignores a damaged one, but gix would fail, or return wrong results. Unlike git, gix
/// takes neither `GIT_DIR` nor an object folder from the environment.
pub(super) fn options() -> gix::open::Options {
    gix::open::Options::default().config_overrides([
        "core.useReplaceRefs=false",
        "core.commitGraph=false",
        "core.multiPackIndex=false",
    ])
}

fn not_opened(dir: &Path, error: &gix::Error) -> Finding {
    let shown = dir.display();
    // Without `bail_if_untrusted`, gix opens a repository of another user with reduced trust. That shows the reason without
    // parsing the error's text.
    if let Ok(repo) = gix::open_opts(dir, options())
        && repo.git_dir_trust() != gix::sec::Trust::Full
    {
        return Finding::new(Code::NotOurs, format!("`{shown}` belongs to another user"))
                .effect("its configuration could run that user's commands as you, so git and Lessonbook refuse to open it")
                .help(format!("if you trust it, run: git config --global --add safe.directory {}", shell(dir)));
    }
    if dir.join(".git").exists() || dir.join("HEAD").exists() {
        let message = format!("`{shown}` can't be opened: {}", causes(error));
        return Finding::new(Code::TargetNotARepository, message)
            .effect("this target receives no lessons")
            .help(format!("run `git -C {} status` for details", shell(dir)));
    }
    let finding = Finding::new(
        Code::TargetNotARepository,
        format!("`{shown}` is not a git repository"),
    )
    .effect("this target receives no lessons");
    let top = dir
        .ancestors()
        .skip(1)
        .find(|folder| folder.join(".git").exists());
    match top {
        Some(top) => finding.help(format!(
            "it is a folder inside the repository `{}`; use that path in targets.yaml",
            top.display()
        )),
        None => finding.help(format!(
            "run `git init {}`, or correct the path in targets.yaml",
            shell(dir)
        )),
    }
}
