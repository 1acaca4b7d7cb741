//! What a run knows of a target, and what it asks to be written there, as values.
//!
//! Input: nothing. Output: the types that the pipeline and the code that reaches repositories (`repository/`) share.
//! Not here: how a snapshot is taken and how a change is written.

use crate::edit::Edit;
use crate::finding::Finding;
use crate::tree::Tree;

/// What a run needs to know of a target before it plans.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// The commit that proposals are made against.
    pub base: Base,
    /// Everything tracked at the base, with the content of the wanted paths.
    pub tree: Tree,
    /// Our branch, where it exists.
    pub branch: Option<Branch>,
    /// What of ours was merged last, where somebody looked and found it.
    pub past: Option<MergedCommit>,
    /// Doubts that stop nothing.
    pub findings: Vec<Finding>,
}

/// The branch that proposals are made against, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
pub struct Base {
    /// The short name: `main`.
    pub branch: String,
    /// The commit, in hexadecimal digits.
    pub commit: String,
    /// When it was committed, in seconds since 1970.
    pub time: i64,
}

/// Our newest commit in the base's history: what of ours was merged last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MergedCommit {
    /// The commit, in hexadecimal digits.
    pub commit: String,
    /// The wanted files as it left them.
    pub tree: Tree,
    /// The lessons that it withdrew, each with its version.
    pub withdraws: Vec<(String, String)>,
}

/// Our branch as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Branch {
    /// Its commit, in hexadecimal digits.
    pub head: String,
    /// Everything tracked there, with the content of the wanted paths.
    pub tree: Tree,
    /// Every commit since the base is as we wrote it; also where there is none since the base, for then nothing can be lost.
    pub ours: bool,
    /// The commits since the base that a person made or changed, newest first, as `abc1234 subject (author)`; at most twenty are listed.
    pub foreign: Vec<String>,
    /// The base contains it.
    pub merged: bool,
    /// The work tree that has it checked out, or is in the middle of rebasing or bisecting it.
    pub checked_out: Option<String>,
    /// Paths that changed between the merge base and the branch, in byte order.
    pub touched: Vec<String>,
    /// The digest that the last commit's trailer states.
    pub digest: Option<String>,
    /// The store that the last commit's message names: `From acme/guardrails, where changes belong.`
    pub home: Option<String>,
    /// The lessons, each with its version, that the last commit's trailers withdraw; on GitHub the pull request tells.
    pub withdraws: Vec<(String, String)>,
}

/// What to write: one commit on our branch, with the base as its only parent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BranchUpdate<'a> {
    /// The branch without `refs/heads/`: `lessonbook/<name>`.
    pub branch: &'a str,
    /// What the plan was made against; writing is refused where it has moved since.
    pub base: &'a Base,
    /// Where the branch stood when the plan was made; none: it did not exist.
    pub expected_head: Option<&'a str>,
    /// The files to change.
    pub edits: &'a [Edit],
    /// The whole commit message, with its trailers.
    pub message: &'a str,
    /// Author and committer: name and address.
    pub author: (&'a str, &'a str),
    /// When, in seconds since 1970; the zone is always UTC.
    pub time: i64,
}

/// What became of a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WriteOutcome {
    /// The branch is new.
    Created {
        /// Its commit.
        commit: String,
    },
    /// The branch was moved.
    Updated {
        /// Its commit.
        commit: String,
    },
    /// The branch held this already; nothing was written, not even an object.
    Unchanged,
    /// The branch is gone: there was nothing left to say on it.
    Removed,
}
