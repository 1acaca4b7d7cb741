//! The commits of a base branch, and the files that each of them changes, for `backtest` and `effect`.
//!
//! Input: an opened repository and a range of days or a number of commits. Output: [`CommitHistory`], newest first; the changed
//! files of one commit, and their bytes on demand. Not here: what the bytes mean.
//!
//! Only first parents are followed, and a commit is compared with its first parent: a merge is one change, as it was in its
//! pull request.

use gix::objs::tree::{EntryKind, EntryMode};
use gix::{ObjectId, Repository};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::{Offset, TimeZone};

use super::base;
use super::local::LocalRepository;
use super::objects::{self, ObjectError, short};
use lessonbook_base::finding::Finding;
use lessonbook_base::git_rules::ForeignFiles;
use lessonbook_base::snapshot::Base;
use lessonbook_base::tree::Tree;
use lessonbook_checks::history::{ChangedFile, CommitContents, FileContent};
use lessonbook_checks::linter::MAX_BYTES;
use lessonbook_checks::tree_hits::FileBytes;

/// The most commits of one history.
pub const MAX_COMMITS: usize = 100_000;

/// Dates of commits may be out of order. After so many commits in a row that are too old, none is expected that is not.
const OLD_IN_A_ROW: usize = 100;

/// Which commits are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HistoryRange {
    /// At most so many, the newest.
    pub commits: usize,
    /// The first day, in UTC.
    pub since: Option<Date>,
    /// The last day, in UTC.
    pub until: Option<Date>,
}

/// A commit of a base branch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryCommit {
    /// In hexadecimal digits.
    pub commit: String,
    /// When it was committed, in seconds since 1970.
    pub time: i64,
    /// The day on which it was committed, in UTC.
    pub day: Date,
    /// The author's day, where the author was.
    pub authored: Date,
    id: ObjectId,
    parent: Option<ObjectId>,
}

impl HistoryCommit {
    /// The commit before it on the branch; none: it is the first one.
    pub fn parent(&self) -> Option<String> {
        self.parent.map(|parent| parent.to_string())
    }
}

/// The commits of a range.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CommitHistory {
    /// Newest first.
    pub commits: Vec<HistoryCommit>,
    /// The clone does not hold what was before the last of them, which is therefore left out.
    pub is_shallow: bool,
    /// There are more commits in the range than were asked for.
    pub has_more: bool,
}

/// What a commit holds.
#[derive(Debug)]
pub struct CommitReader<'r> {
    local: &'r LocalRepository,
    commit: ObjectId,
}

impl LocalRepository {
    /// The branch that proposals are made against, and its commit. `base` is the target's `base:`.
    pub fn base_commit(&self, base: Option<&str>) -> Result<Base, Finding> {
        let chosen = base::choose(self, base, &mut Vec::new())?;
        let time = self
            .repo
            .find_commit(chosen.commit)
            .and_then(|commit| commit.time())
            .map_err(ObjectError::new(format!("commit {}", short(chosen.commit))))
            .map_err(|unread| self.unread(&unread))?;
        Ok(Base {
            branch: chosen.name,
            commit: chosen.commit.to_string(),
            time: time.seconds,
        })
    }

    /// The commits of a base in a range.
    pub fn commit_history(&self, base: &Base, range: &HistoryRange) -> Result<CommitHistory, Finding> {
        read_history(&self.repo, base, range)
            .map_err(ObjectError::new("the base branch's history"))
            .map_err(|unread| self.unread(&unread))
    }

    /// Which files people did not write in the repository, by its `.gitattributes` after a commit.
    pub fn foreign_files(&self, commit: &HistoryCommit) -> Result<ForeignFiles, Finding> {
        Ok(ForeignFiles::new(&self.tree_at(&commit.commit, &is_attributes)?))
    }

    /// All files of a commit, with the content of the wanted paths.
    pub fn tree_at(&self, commit: &str, is_wanted: &dyn Fn(&str) -> bool) -> Result<Tree, Finding> {
        let tree = objects::read_tree(&self.repo, self.object(commit)?, is_wanted);
        tree.map_err(|unread| self.unread(&unread))
    }

    /// The files that a commit changes, and what reads them.
    pub fn commit_change(
        &self,
        commit: &HistoryCommit,
    ) -> Result<(Vec<ChangedFile>, CommitReader<'_>), Finding> {
        let found = objects::differences(&self.repo, commit.parent, commit.id)
            .map_err(|unread| self.unread(&unread))?;
        let files = found.into_iter().map(|(path, difference)| ChangedFile {
            path,
            before: difference.before.map(content),
            after: difference.after.map(content),
        });
        let reader = CommitReader {
            local: self,
            commit: commit.id,
        };
        Ok((files.collect(), reader))
    }
}

impl CommitContents for CommitReader<'_> {
    type Error = Finding;

    fn bytes(&self, id: &str) -> Result<FileBytes, Finding> {
        let what = || ObjectError::new(format!("the content {}", id.get(..7).unwrap_or(id)));
        let unread = |unread| self.local.unread(&unread);
        let repo = &self.local.repo;
        let object = self.local.object(id)?;
        let size = repo.find_header(object).map_err(what()).map_err(unread)?.size();
        if size > MAX_BYTES as u64 {
            return Ok(FileBytes::TooLarge(size));
        }
        let blob = repo.find_blob(object).map_err(what()).map_err(unread)?;
        Ok(FileBytes::Whole(blob.detach().data))
    }

    fn paths(&self) -> Result<Vec<String>, Finding> {
        let tree = objects::read_tree(&self.local.repo, self.commit, &|_| false);
        let tree = tree.map_err(|unread| self.local.unread(&unread))?;
        Ok(tree.paths().map(str::to_owned).collect())
    }
}

/// Whether a file says which files people did not write.
pub fn is_attributes(path: &str) -> bool {
    path.rsplit('/').next() == Some(".gitattributes")
}

impl HistoryCommit {
    /// Whether another commit is the state before this one.
    pub fn follows(&self, other: &HistoryCommit) -> bool {
        self.parent == Some(other.id)
    }
}

fn content((mode, id): (EntryMode, ObjectId)) -> FileContent {
    match mode.kind() {
        EntryKind::Blob | EntryKind::BlobExecutable => FileContent::Regular(id.to_string()),
        EntryKind::Link | EntryKind::Commit | EntryKind::Tree => FileContent::Other,
    }
}

fn read_history(repo: &Repository, base: &Base, range: &HistoryRange) -> gix::Result<CommitHistory> {
    let mut history = CommitHistory::default();
    let Ok(start) = ObjectId::from_hex(base.commit.as_bytes()) else {
        return Ok(history);
    };
    let shallow = repo.shallow_commits()?;
    let mut old = 0;
    for entry in repo.rev_walk([start]).first_parent_only().all()? {
        let id = entry?.id;
        let commit = repo.find_commit(id)?;
        let time = commit.time()?.seconds;
        let day = day(time, 0);
        if range.since.is_some_and(|since| day < since) {
            old += 1;
            if old >= OLD_IN_A_ROW {
                break;
            }
            continue;
        }
        old = 0;
        if range.until.is_some_and(|until| day > until) {
            continue;
        }
        if history.commits.len() >= range.commits {
            history.has_more = true;
            break;
        }
        // What is before such a commit is not in this clone, so it looks as if it added everything.
        if shallow.as_ref().is_some_and(|commits| commits.contains(&id)) {
            history.is_shallow = true;
            break;
        }
        let author = commit.author()?.time().unwrap_or_default();
        history.commits.push(HistoryCommit {
            commit: id.to_string(),
            time,
            day,
            authored: self::day(author.seconds, author.offset),
            id,
            parent: commit.parent_ids().next().map(gix::Id::detach),
        });
    }
    Ok(history)
}

/// The day of a moment, in seconds since 1970, at an offset from UTC in seconds. A moment that no calendar has is the first day of 1970.
pub(super) fn day(seconds: i64, offset: i32) -> Date {
    let zone = Offset::from_seconds(offset).map_or(TimeZone::UTC, TimeZone::fixed);
    let moment = Timestamp::from_second(seconds).unwrap_or_default();
    zone.to_datetime(moment).date()
}
