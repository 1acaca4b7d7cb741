//! Reads earlier states of the base branch of a repository on disk, each with its date.
//!
//! Input: a repository and its base. Output: one tree for each commit that changed a wanted file. Not here: what the files
//! contain. Only first parents are followed, so a merged change counts from its merge on.

use gix::ObjectId;

use super::local::LocalRepository;
use super::objects::{self, ObjectError};
use lessonbook_base::finding::{Code, Finding};
use lessonbook_base::snapshot::Base;
use lessonbook_base::tree::Tree;

/// A state of the base branch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaseState {
    /// Since when, in seconds since 1970. In a shallow clone it may have begun earlier.
    pub since: i64,
    /// All tracked files, with the content of the wanted paths.
    pub tree: Tree,
}

/// The most commits that are read.
const COMMITS: usize = 2_000;
const TREES: usize = 50;

impl LocalRepository {
    /// The states of the base, newest first: one for each change of a wanted path.
    pub fn base_states(
        &self,
        base: &Base,
        is_wanted: &dyn Fn(&str) -> bool,
    ) -> Result<Vec<BaseState>, Finding> {
        let unread = |unread| self.unread(&unread);
        let history = |error| self.unread(&ObjectError::new("the base branch's history")(error));
        let Ok(start) = ObjectId::from_hex(base.commit.as_bytes()) else {
            return Ok(Vec::new());
        };
        let walk = self.repo.rev_walk([start]).first_parent_only().all();
        let mut past: Vec<BaseState> = Vec::new();
        let mut newer: Option<ObjectId> = None;
        for seen in walk.map_err(history)?.take(COMMITS) {
            let id = seen.map_err(history)?.id;
            let commit = self.repo.find_commit(id).map_err(history)?;
            let since = commit.time().map_err(history)?.seconds;
            let paths = match newer.replace(id) {
                Some(newer) => objects::differing(&self.repo, Some(id), newer).map_err(unread)?,
                None => Vec::new(),
            };
            let full = past.len() == TREES;
            match past.last_mut() {
                Some(then) if !paths.iter().any(|path| is_wanted(path)) => then.since = since,
                _ if full => break,
                _ => past.push(BaseState {
                    since,
                    tree: objects::read_tree(&self.repo, id, is_wanted).map_err(unread)?,
                }),
            }
        }
        Ok(past)
    }

    /// What the base held at a commit, or before the first moment of a day (in UTC).
    pub fn tree_since(
        &self,
        base: &Base,
        since: &str,
        wanted: &dyn Fn(&str) -> bool,
    ) -> Result<Tree, Finding> {
        if let Ok(day) = since.parse::<jiff::civil::Date>()
            && let Ok(start) = day.to_zoned(jiff::tz::TimeZone::UTC)
        {
            let before = start.timestamp().as_second();
            let states = self.base_states(base, wanted)?;
            let then = states.into_iter().find(|state| state.since < before);
            return Ok(then.map(|state| state.tree).unwrap_or_default());
        }
        let commit = self
            .repo
            .rev_parse_single(since)
            .ok()
            .and_then(|id| id.object().ok())
            .and_then(|object| object.peel_to_commit().ok());
        let Some(commit) = commit else {
            return Err(self
                .finding(
                    Code::RepositoryUnreadable,
                    format!("`{since}` is neither a day nor a commit here"),
                )
                .effect("what changed since then can't be shown")
                .help(format!(
                    "name a day as YYYY-MM-DD, or a commit that `{} log` lists",
                    self.git()
                )));
        };
        objects::read_tree(&self.repo, commit.id, wanted).map_err(|unread| self.unread(&unread))
    }
}
