//! A repository on disk: opened, and read into a snapshot.
//!
//! Input: a folder. Output: a [`Snapshot`] of it, or the [`Finding`] that stops this target. Not here: which branch
//! is the base (`base`), how our branch stands (`branch`), and writing (`write`).

use std::path::{Path, PathBuf};

use gix::{ObjectId, Repository};

use super::objects::{self, ObjectError, short};
use super::{base, branch, repository_format};
use lessonbook_base::finding::{Code, Finding};
use lessonbook_base::snapshot::{Base, Snapshot};

/// A target on disk. Reads go through git's objects; work tree and index are never opened.
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
                .effect("its lessons reach nobody")
                .help("correct the path in targets.yaml, clone the repository there, or take the target out")
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
        // A hook of a server may have set GIT_NAMESPACE, which is about another repository.
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

    /// Reads what a run needs to know. `base` is the target's `base:`; `wanted` says of which paths the content is loaded
    /// (of a symbolic link: the path that it points to).
    pub fn snapshot(
        &self,
        base: Option<&str>,
        store_name: &str,
        wanted: &dyn Fn(&str) -> bool,
    ) -> Result<Snapshot, Finding> {
        let mut findings = Vec::new();
        let chosen = base::choose(self, base, &mut findings)?;
        let unread = |unread| self.unread(&unread);
        let time = self
            .repo
            .find_commit(chosen.commit)
            .and_then(|commit| commit.time())
            .map_err(ObjectError::new(format!("commit {}", short(chosen.commit))))
            .map_err(unread)?
            .seconds;
        let mut tree = objects::read_tree(&self.repo, chosen.commit, wanted).map_err(unread)?;
        tree.set_local(self.local_state()?);
        let branch = branch::read(self, chosen.commit, store_name, wanted)?;
        Ok(Snapshot {
            base: Base {
                branch: chosen.name,
                commit: chosen.commit.to_string(),
                time,
            },
            tree,
            branch,
            past: None,
            findings,
        })
    }

    /// The folder of its objects and references, which linked work trees of one repository share.
    pub fn common_dir(&self) -> PathBuf {
        let common = self.repo.common_dir();
        common.canonicalize().unwrap_or_else(|_| common.to_owned())
    }

    /// The commit that a reference stands at; `None` where there is no such reference. Names that git would not take for a
    /// reference do not exist either.
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

    /// The beginning of a git command for this repository, for the ways out.
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
                "this is a partial clone, which leaves objects out: `{} fetch --refetch --no-filter` completes it",
                self.git()
            )
        } else {
            format!(
                "`{} fsck` says what is broken; a fresh clone is the surest repair",
                self.git()
            )
        };
        self.finding(Code::RepositoryUnreadable, message)
            .effect("nothing can be planned for this target")
            .help(help)
    }

    /// The finding for a branch that is there and can't be read, so that no other one is taken in its place.
    pub(super) fn unread_branch(&self, why: &str) -> Finding {
        self.finding(Code::RepositoryUnreadable, format!("a branch can't be read: {why}"))
            .effect("it may be the base, so no other branch is taken in its place")
            .help(format!(
                "`{} fsck` shows what is broken; bring that branch back or delete it, or say `base: NAME` in targets.yaml",
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
                    "`{} refs migrate --ref-format=files` changes the format (git 2.46 and later), or clone it anew",
                    self.git()
                )));
        }
        // `dir/.git` opens too, but it is not the folder that people work in.
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

/// What gix said, from the outermost to the innermost cause, on one line.
pub(super) fn causes(error: &gix::Error) -> String {
    let mut said: Vec<String> = Vec::new();
    for cause in error.iter_errors() {
        let text = format!("{cause:#}").replace(char::is_control, " ");
        if !text.is_empty() && !said.contains(&text) {
            said.push(text);
        }
    }
    said.join(": ")
}

/// A path as a shell takes it, for the commands in a way out.
pub(super) fn shell(path: &Path) -> String {
    let text = path.display().to_string();
    let plain = |sign: char| sign.is_alphanumeric() || "/._-+@%:,".contains(sign);
    if text.chars().all(plain) {
        text
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

/// How repositories are opened: with the user's configuration (`safe.directory`), and without replacement objects, for what we
/// read must be what we build upon. Commit graph and multi-pack index are not read: they are caches of what the objects say, git
/// goes on without a damaged one, and the library would fail, or believe it. Other than git, gix takes no `GIT_DIR` and no object folder from the environment.
pub(super) fn options() -> gix::open::Options {
    gix::open::Options::default().config_overrides([
        "core.useReplaceRefs=false",
        "core.commitGraph=false",
        "core.multiPackIndex=false",
    ])
}

fn not_opened(dir: &Path, error: &gix::Error) -> Finding {
    let shown = dir.display();
    // Without the bail, a repository of somebody else opens with reduced trust: so the reason is told without reading texts.
    if let Ok(repo) = gix::open_opts(dir, options())
        && repo.git_dir_trust() != gix::sec::Trust::Full
    {
        return Finding::new(Code::NotOurs, format!("`{shown}` belongs to another user"))
                .effect("git refuses to work in it, for its configuration could run that user's commands as you; so do we")
                .help(format!("if you trust it: git config --global --add safe.directory {}", shell(dir)));
    }
    if dir.join(".git").exists() || dir.join("HEAD").exists() {
        let message = format!("`{shown}` can't be opened: {}", causes(error));
        return Finding::new(Code::TargetNotARepository, message)
            .effect("its lessons reach nobody")
            .help(format!("`git -C {} status` says more", shell(dir)));
    }
    let finding = Finding::new(
        Code::TargetNotARepository,
        format!("`{shown}` is no git repository"),
    )
    .effect("its lessons reach nobody");
    let top = dir
        .ancestors()
        .skip(1)
        .find(|folder| folder.join(".git").exists());
    match top {
        Some(top) => finding.help(format!(
            "it is a folder of the repository `{}`; name that one",
            top.display()
        )),
        None => finding.help(format!(
            "`git init {}`, or correct the path in targets.yaml",
            shell(dir)
        )),
    }
}
