//! Writes to a repository: one commit, and one move of one reference.
//!
//! Input: a [`BranchUpdate`]. Output: a [`WriteOutcome`], or the [`Finding`] that stopped it before anything was visible.
//! Not here: what the change contains (`pipeline/`), and writing objects to disk (`durable`).
//!
//! The commit is built in memory first. When it turns out to be needed, its objects are written, blobs before trees before
//! the commit. Then the branch is moved, once, and only if it is where the plan saw it.

use gix::ObjectId;
use gix::refs::transaction::{PreviousValue, RefEdit};
use gix::refs::{FullName, Target};

use super::git_text::causes;
use super::local::LocalRepository;
use super::objects::{self, ObjectError, short};
use super::pending_commit::{PendingCommit, kind, signature, time};
use super::{base, branch, path_safety};
use lessonbook_base::edit::{Edit, FileState};
use lessonbook_base::finding::{Code, Finding};
use lessonbook_base::snapshot::{BranchUpdate, WriteOutcome};

impl LocalRepository {
    /// Puts a change on our branch: one commit whose parent is the base. Refuses where the base or the branch is not where the
    /// plan saw it, where a person made or changed a commit on the branch, and where it is checked out.
    pub fn propose(&self, change: &BranchUpdate<'_>) -> Result<WriteOutcome, Finding> {
        let name = self.our_branch(change.branch)?;
        let base = self.base_where_expected(change)?;
        let head = self.branch_where_expected(&name, change.expected_head)?;
        self.check_edits(base, change.edits)?;

        let draft = self.draft(base, change)?;
        if let Some(head) = head {
            let current = self.read_commit(head)?;
            if current == (draft.tree, vec![base]) {
                return Ok(WriteOutcome::Unchanged);
            }
        }
        if draft.tree == self.read_commit(base)?.0 {
            return match head {
                Some(head) => {
                    self.refuse_foreign(&name, head, base)?;
                    self.delete(&name, head)
                }
                None => Ok(WriteOutcome::Unchanged),
            };
        }

        match head {
            Some(head) => self.refuse_foreign(&name, head, base)?,
            None => self.refuse_taken_name(&name)?,
        }
        self.refuse_checked_out(&name)?;
        self.write_objects(&draft, change.edits)?;
        self.move_branch(&name, head, &draft, change)
    }

    /// Deletes our branch, if it is where the caller saw it and is not checked out.
    pub fn remove_branch(&self, branch: &str, expected_head: &str) -> Result<WriteOutcome, Finding> {
        let name = self.our_branch(branch)?;
        let Some(head) = self.branch_where_expected(&name, Some(expected_head))? else {
            return Ok(WriteOutcome::Unchanged);
        };
        self.delete(&name, head)
    }

    /// The branch as a reference. Any name but `lessonbook/<name>` is an error.
    fn our_branch(&self, branch: &str) -> Result<FullName, Finding> {
        branch
            .strip_prefix("lessonbook/")
            .and_then(|_| FullName::try_from(format!("refs/heads/{branch}")).ok())
            .ok_or_else(|| {
                self.finding(
                    Code::OutsideWritableArea,
                    format!("`{branch}` is not a branch that Lessonbook writes to"),
                )
                .help("its branches are named lessonbook/<name of the store>")
            })
    }

    fn base_where_expected(&self, change: &BranchUpdate<'_>) -> Result<ObjectId, Finding> {
        let planned = ObjectId::from_hex(change.base.commit.as_bytes()).ok();
        base::commit_of(self, &change.base.branch)?
            .filter(|commit| Some(*commit) == planned)
            .ok_or_else(|| self.moved(&change.base.branch))
    }

    fn branch_where_expected(
        &self,
        name: &FullName,
        expected: Option<&str>,
    ) -> Result<Option<ObjectId>, Finding> {
        let shown = name.shorten().to_string();
        let reference = self.repo.try_find_reference(name.as_ref()).map_err(|error| {
            self.unread(&ObjectError {
                what: format!("`{shown}`"),
                error,
            })
        })?;
        let Some(reference) = reference else {
            return match expected {
                Some(_) => Err(self.moved(&shown)),
                None => Ok(None),
            };
        };
        let target = reference.target();
        let Some(head) = target.try_id() else {
            // Writing would replace the alias, and the branch behind it is not ours.
            return Err(self
                .finding(
                    Code::BranchForeign,
                    format!("`{shown}` is an alias of another branch"),
                )
                .help(format!("{} symbolic-ref --delete {}", self.git(), name.as_bstr())));
        };
        if expected.is_some_and(|expected| *head == expected) {
            Ok(Some(head.to_owned()))
        } else {
            Err(self.moved(&shown))
        }
    }

    pub(super) fn moved(&self, branch: &str) -> Finding {
        self.finding(
            Code::BaseMoved,
            format!("`{branch}` was moved since the plan was made"),
        )
        .effect("the plan may no longer fit, so nothing was written")
        .help("run the command again to make a new plan")
    }

    fn refuse_foreign(&self, name: &FullName, head: ObjectId, base: ObjectId) -> Result<(), Finding> {
        let shown = name.shorten().to_string();
        let store = shown.strip_prefix("lessonbook/").unwrap_or(&shown);
        let foreign = branch::history(self, head, base, store)?.foreign;
        if foreign.is_empty() {
            return Ok(());
        }
        Err(self
            .finding(
                Code::BranchForeign,
                format!(
                    "`{shown}` has commits that a person made or changed: {}",
                    foreign.join(", ")
                ),
            )
            .effect("moving the branch would lose them, so nothing was written")
            .help(format!(
                "merge them, or keep them elsewhere: {} branch -m {shown} NEW-NAME",
                self.git()
            )))
    }

    fn refuse_checked_out(&self, name: &FullName) -> Result<(), Finding> {
        let reference = name.as_bstr().to_string();
        match branch::checked_out(self, &reference) {
            None => Ok(()),
            Some(tree) => Err(self
                .finding(
                    Code::BranchCheckedOut,
                    format!("`{}` is checked out in `{tree}`", name.shorten()),
                )
                .effect("moving the branch would make the files there look changed, so nothing was written")
                .help(format!(
                    "check out another branch in `{tree}`, then run the command again"
                ))),
        }
    }

    /// Git stores branches as paths, so `lessonbook` or `lessonbook/acme/x` prevents `lessonbook/acme`.
    fn refuse_taken_name(&self, name: &FullName) -> Result<(), Finding> {
        let full = name.as_bstr().to_string();
        let mut taken = self
            .commit_at("refs/heads/lessonbook")?
            .map(|_| "lessonbook".to_owned());
        let references = self.repo.references();
        if let (None, Ok(references)) = (&taken, &references) {
            let below = format!("{full}/");
            taken = references.local_branches().ok().and_then(|mut found| {
                found.find_map(|reference| {
                    let name = reference.ok()?.name().as_bstr().to_string();
                    name.starts_with(&below)
                        .then(|| name.replacen("refs/heads/", "", 1))
                })
            });
        }
        let Some(taken) = taken else {
            return Ok(());
        };
        Err(self
            .finding(
                Code::BranchForeign,
                format!("the branch `{taken}` prevents a branch `{}`", name.shorten()),
            )
            .effect("git can't store both, so nothing was written")
            .help(format!("{} branch -m {taken} NEW-NAME", self.git())))
    }

    /// Checks that every path may be written, that only folders are above it, and that it holds what the plan saw.
    fn check_edits(&self, base: ObjectId, edits: &[Edit]) -> Result<(), Finding> {
        let tree = objects::tree_of(&self.repo, base).map_err(|unread| self.unread(&unread))?;
        for edit in edits {
            self.check_path(&tree, edit, edits)?;
            let held = self.held(&tree, &edit.path)?;
            if held != edit.before {
                return Err(self
                    .finding(
                        Code::BaseMoved,
                        format!("`{}` does not hold what the plan saw", edit.path),
                    )
                    .effect("the plan may no longer fit, so nothing was written")
                    .help("run the command again to make a new plan"));
            }
        }
        Ok(())
    }

    fn check_path(&self, tree: &gix::Tree<'_>, edit: &Edit, edits: &[Edit]) -> Result<(), Finding> {
        let path = &edit.path;
        if let Some(why) = path_safety::refused_in_target(path) {
            return Err(self
                .finding(Code::OutsideWritableArea, why)
                .help("choose another path for the entry point"));
        }
        let states = [edit.before.as_ref(), edit.after.as_ref()];
        if states
            .into_iter()
            .flatten()
            .any(|state| kind(state.mode).is_none())
        {
            return Err(self.blocked(path, "is not a regular file"));
        }
        let above = path.match_indices('/').map(|(at, _)| &path[..at]);
        for folder in above {
            if let Some(entry) = self.entry(tree, folder)?
                && !entry.mode().is_tree()
            {
                return Err(self.blocked(path, &format!("can't be written: `{folder}` is not a folder")));
            }
            if edits
                .iter()
                .any(|other| other.path == folder && other.after.is_some())
            {
                return Err(self.blocked(path, &format!("can't be written: `{folder}` would be a file")));
            }
        }
        if edits.iter().filter(|other| other.path == *path).count() > 1 {
            return Err(self.blocked(path, "is written by two entry points"));
        }
        match self.entry(tree, path)? {
            Some(entry) if entry.mode().is_tree() => Err(self.blocked(path, "is a folder")),
            _ => Ok(()),
        }
    }

    fn blocked(&self, path: &str, why: &str) -> Finding {
        self.finding(Code::EntryPointBlocked, format!("`{path}` {why}"))
            .effect("the entry point can't be written")
            .help("move what is there, or remove the entry point from the target's `use` in targets.yaml")
    }

    fn entry<'repo>(
        &'repo self,
        tree: &gix::Tree<'repo>,
        path: &str,
    ) -> Result<Option<gix::object::tree::Entry<'repo>>, Finding> {
        tree.lookup_entry(path.split('/').map(str::as_bytes))
            .map_err(ObjectError::new(format!("the folder of `{path}`")))
            .map_err(|unread| self.unread(&unread))
    }

    /// The file that the tree holds at a path.
    pub(super) fn held(&self, tree: &gix::Tree<'_>, path: &str) -> Result<Option<FileState>, Finding> {
        let Some(entry) = self.entry(tree, path)? else {
            return Ok(None);
        };
        let Some(mode) = objects::mode(entry.mode()).filter(|mode| kind(*mode).is_some()) else {
            return Err(self.blocked(path, "is not a regular file"));
        };
        let blob = self
            .repo
            .find_blob(entry.object_id())
            .map_err(ObjectError::new(format!("`{path}`")))
            .map_err(|unread| self.unread(&unread))?;
        Ok(Some(FileState {
            mode,
            bytes: blob.detach().data.into(),
        }))
    }

    /// Builds the commit in memory.
    fn draft(&self, base: ObjectId, change: &BranchUpdate<'_>) -> Result<PendingCommit, Finding> {
        PendingCommit::build(&self.repo, base, change)
            .map_err(|error| self.unwritable("the commit can't be created", &error))
    }

    /// A commit's tree and parents.
    fn read_commit(&self, commit: ObjectId) -> Result<(ObjectId, Vec<ObjectId>), Finding> {
        let read = || {
            let commit = self.repo.find_commit(commit)?;
            let parents = commit.parent_ids().map(gix::Id::detach).collect();
            Ok((commit.tree_id()?.detach(), parents))
        };
        read()
            .map_err(ObjectError::new(format!("commit {}", short(commit))))
            .map_err(|unread| self.unread(&unread))
    }

    fn move_branch(
        &self,
        name: &FullName,
        head: Option<ObjectId>,
        draft: &PendingCommit,
        change: &BranchUpdate<'_>,
    ) -> Result<WriteOutcome, Finding> {
        let (previous, log) = match head {
            Some(head) => (
                PreviousValue::MustExistAndMatch(Target::Object(head)),
                "lessonbook: update",
            ),
            None => (PreviousValue::MustNotExist, "lessonbook: create"),
        };
        let edit = RefEdit::update(name.clone(), draft.commit, previous, log);
        self.edit_reference(name, edit, head, &signature(change, &time(change)))?;
        let commit = draft.commit.to_string();
        Ok(match head {
            Some(_) => WriteOutcome::Updated { commit },
            None => WriteOutcome::Created { commit },
        })
    }

    fn delete(&self, name: &FullName, head: ObjectId) -> Result<WriteOutcome, Finding> {
        self.refuse_checked_out(name)?;
        let edit = RefEdit::delete(
            name.clone(),
            PreviousValue::MustExistAndMatch(Target::Object(head)),
        );
        // A deletion also removes the reflog, so no name is written anywhere.
        let unused = gix::actor::SignatureRef {
            name: "Lessonbook".into(),
            email: "lessonbook@localhost".into(),
            time: "0 +0000",
        };
        self.edit_reference(name, edit, Some(head), &unused)?;
        Ok(WriteOutcome::Removed)
    }

    pub(super) fn unwritable(&self, what: &str, error: &gix::Error) -> Finding {
        self.not_written(what, &causes(error))
    }

    pub(super) fn not_written(&self, what: &str, why: &str) -> Finding {
        self.finding(Code::RepositoryUnwritable, format!("{what}: {why}"))
            .effect("the branch is unchanged")
            .help(format!(
                "check the permissions in {}, and look for left-over `.lock` files there",
                self.repo.common_dir().display()
            ))
    }
}
