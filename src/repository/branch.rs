//! Reads our branch: who made its commits, what they change, and which work tree has it checked out.
//!
//! Input: a repository, its base, and the store's name. Output: a [`Branch`]. Not here: what to do about it.

use std::path::{Path, PathBuf};

use gix::ObjectId;
use gix::bstr::ByteSlice;

use super::base::{commit_of, merge_base};
use super::commit_digest::{CommitFacts, Person};
use super::local::LocalRepository;
use super::objects::{self, ObjectError, short};
use crate::repository::commit_digest::trailer;
use lessonbook_base::finding::Finding;
use lessonbook_base::snapshot::{Base, Branch};
use lessonbook_base::tree::Tree;
use lessonbook_pipeline::branch_action;

/// How many commits of other people are listed.
const LISTED: usize = 20;

/// Our branch; `None` if it does not exist.
pub(super) fn read(
    local: &LocalRepository,
    base: ObjectId,
    store_name: &str,
    is_wanted: &dyn Fn(&str) -> bool,
) -> Result<Option<Branch>, Finding> {
    let reference = format!("refs/heads/lessonbook/{store_name}");
    let Some(head) = local.commit_at(&reference)? else {
        return Ok(None);
    };
    let unread = |unread| local.unread(&unread);
    let history = history(local, head, base, store_name)?;
    let tree = objects::read_tree(&local.repo, head, is_wanted).map_err(unread)?;
    let touched = objects::differing(&local.repo, history.stem, head).map_err(unread)?;
    let changed_on_base = match history.stem {
        Some(stem) if stem != base => objects::differing(&local.repo, Some(stem), base).map_err(unread)?,
        _ => Vec::new(),
    };
    let message = message(local, head)?;
    Ok(Some(Branch {
        head: head.to_string(),
        tree,
        ours: history.foreign.is_empty(),
        foreign: history.foreign,
        merged: history.stem == Some(head),
        checked_out: checked_out(local, &reference),
        touched,
        changed_on_base,
        digest: trailer(&message, store_name).map(str::to_owned),
        home: branch_action::home(&message),
        withdraws: branch_action::withdraws(&message),
    }))
}

impl LocalRepository {
    /// The files of our branch, here or as the remote has it; none if there is none, or if the base contains it.
    pub fn proposed_tree(
        &self,
        base: &Base,
        store_name: &str,
        is_wanted: &dyn Fn(&str) -> bool,
    ) -> Result<Option<Tree>, Finding> {
        let Some(head) = commit_of(self, &format!("lessonbook/{store_name}"))? else {
            return Ok(None);
        };
        let base = ObjectId::from_hex(base.commit.as_bytes()).ok();
        let is_merged = match base {
            Some(base) => merge_base(self, head, base)? == Some(head),
            None => false,
        };
        if is_merged {
            return Ok(None);
        }
        let tree = objects::read_tree(&self.repo, head, is_wanted);
        Ok(Some(tree.map_err(|unread| self.unread(&unread))?))
    }
}

/// The commits between a branch and the base.
pub(super) struct BranchHistory {
    /// Commits that are not as we wrote them, newest first.
    pub foreign: Vec<String>,
    /// Where the branch left the base; `None` if they have no commit in common.
    pub stem: Option<ObjectId>,
}

/// Walks from the branch down to the base.
pub(super) fn history(
    local: &LocalRepository,
    head: ObjectId,
    base: ObjectId,
    store_name: &str,
) -> Result<BranchHistory, Finding> {
    let unread = |error| {
        local.unread(&ObjectError {
            what: "the history of our branch".into(),
            error,
        })
    };
    let mut stem = merge_base(local, head, base)?;
    // In a shallow clone the branch may start at a commit whose history was cut off. That commit is not part of our branch.
    let cut: Vec<ObjectId> = match local.repo.shallow_commits().map_err(unread)? {
        Some(commits) => commits.iter().copied().collect(),
        None => Vec::new(),
    };
    let mut foreign = Vec::new();
    let mut more = 0_usize;
    let walk = local.repo.rev_walk([head]).with_hidden([base]);
    for commit in walk.all().map_err(unread)? {
        let id = commit.map_err(unread)?.id;
        if is_ours(local, id, store_name)? {
            continue;
        }
        if stem.is_none() && id != head && cut.contains(&id) {
            stem = Some(id);
        } else if foreign.len() < LISTED {
            foreign.push(describe(local, id)?);
        } else {
            more += 1;
        }
    }
    if more > 0 {
        foreign.push(format!("and {more} more"));
    }
    Ok(BranchHistory { foreign, stem })
}

/// The work tree that has a branch checked out, or is rebasing or bisecting it: if we moved the branch, its `HEAD` would
/// change without the user knowing. An unborn `HEAD` counts; a work tree whose folder was deleted does not.
pub(super) fn checked_out(local: &LocalRepository, reference: &str) -> Option<String> {
    let common = local.repo.common_dir().canonicalize().ok()?;
    let main = if common.ends_with(".git") {
        common.parent().unwrap_or(&common).to_owned()
    } else {
        common.clone()
    };
    let mut places: Vec<(PathBuf, PathBuf)> = vec![(common, main)];
    // The work tree that we opened exists, even if it was moved and the repository still has its old path.
    places.push((local.repo.git_dir().to_owned(), local.dir.clone()));
    for tree in local.repo.worktrees().unwrap_or_default() {
        if let (false, Ok(base)) = (tree.is_prunable(), tree.base()) {
            places.push((tree.git_dir().to_owned(), base));
        }
    }
    places
        .into_iter()
        .find(|(git_dir, _)| holds(git_dir, reference))
        .map(|(_, tree)| tree.display().to_string())
}

/// Whether a git folder's `HEAD`, rebase or bisection is about a branch.
fn holds(git_dir: &Path, reference: &str) -> bool {
    let short = reference.strip_prefix("refs/heads/").unwrap_or(reference);
    let read = |file: &str| std::fs::read_to_string(git_dir.join(file)).unwrap_or_default();
    let head = read("HEAD");
    head.strip_prefix("ref:").map(str::trim) == Some(reference)
        || read("rebase-merge/head-name").trim() == reference
        || read("rebase-apply/head-name").trim() == reference
        || read("BISECT_START").trim() == short
}

/// Whether a commit is as we wrote it.
fn is_ours(local: &LocalRepository, id: ObjectId, store_name: &str) -> Result<bool, Finding> {
    let read = || {
        let commit = local.repo.find_commit(id)?;
        let decoded = commit.decode()?;
        let (author, committer) = (decoded.author()?, decoded.committer()?);
        let names = [author, committer].map(|who| (who.name.to_str_lossy(), who.email.to_str_lossy()));
        let [author, committer] = &names;
        let person = |(name, email)| Some(Person { name, email });
        let (tree, parents) = (decoded.tree().to_string(), decoded.parents());
        let parents: Vec<String> = parents.map(|parent| parent.to_string()).collect();
        let parents: Vec<&str> = parents.iter().map(String::as_str).collect();
        let facts = CommitFacts {
            tree: &tree,
            parents: &parents,
            message: &decoded.message.to_str_lossy(),
            author: person((&*author.0, &*author.1)),
            committer: person((&*committer.0, &*committer.1)),
        };
        Ok(facts.is_ours(store_name))
    };
    read()
        .map_err(ObjectError::new(format!("commit {}", short(id))))
        .map_err(|unread| local.unread(&unread))
}

fn message(local: &LocalRepository, commit: ObjectId) -> Result<String, Finding> {
    let found = local.repo.find_commit(commit);
    found
        .and_then(|commit| Ok(commit.message_raw()?.to_str_lossy().into_owned()))
        .map_err(ObjectError::new(format!("commit {}", short(commit))))
        .map_err(|unread| local.unread(&unread))
}

/// `abc1234 subject (author)`, safe to print.
fn describe(local: &LocalRepository, commit: ObjectId) -> Result<String, Finding> {
    let message = message(local, commit)?;
    let author = local
        .repo
        .find_commit(commit)
        .and_then(|commit| Ok(commit.author()?.name.to_str_lossy().into_owned()))
        .unwrap_or_default();
    let subject = message.trim_start().lines().next().unwrap_or_default();
    let line = format!("{} {} ({})", short(commit), clip(subject), clip(&author));
    Ok(line.replace(char::is_control, "?"))
}

fn clip(text: &str) -> String {
    const WIDTH: usize = 72;
    if text.chars().count() <= WIDTH {
        return text.to_owned();
    }
    let head: String = text.chars().take(WIDTH - 1).collect();
    format!("{head}…")
}

#[cfg(test)]
mod tests {
    use crate::repository::commit_digest::trailer;

    #[test]
    fn a_trailer_counts_in_the_last_paragraph_only() {
        let ours = "Add lessons\n\nBody.\n\nLessonbook: acme 12ab\nSigned-off-by: A <a@b>\n";
        assert_eq!(trailer(ours, "acme"), Some("12ab"));
        assert_eq!(trailer(ours, "other"), None);
        assert_eq!(trailer(&ours.replace('\n', "\r\n"), "acme"), Some("12ab"));
        for not_ours in [
            "Add lessons\n\nLessonbook: acme 12ab\n\nAnd then more.\n",
            "Lessonbook: acme 12ab\n",
            "Add\n\nLessonbook: acme\n",
            "Add\n\nLessonbook: acme 12ab cd\n",
            "Add\n\nSee Lessonbook: acme 12ab\n",
            "",
        ] {
            assert_eq!(trailer(not_ours, "acme"), None, "{not_ours:?}");
        }
    }
}
