//! What a run reads from a target and what it writes to it, as values.
//!
//! These types are shared by the pipeline and `repository/`.
//! Not here: how a snapshot is taken and how a change is written.

use crate::edit::Edit;
use crate::finding::Finding;
use crate::tree::Tree;

/// What a run needs to know about a target before it plans.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// The commit that proposals are made against.
    pub base: Base,
    /// Every tracked path at the base, with the content of the requested paths.
    pub tree: Tree,
    /// Our branch, if it exists.
    pub branch: Option<Branch>,
    /// Our commit that was merged last, if it was searched for and found.
    pub past: Option<MergedCommit>,
    /// Earlier states of files that lose a lesson, if they were read.
    pub earlier: EarlierStates,
    /// Findings about the repository that do not stop the run.
    pub findings: Vec<Finding>,
}

/// The branch that proposals are made against, at one commit.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
pub struct Base {
    /// The short name: `main`.
    pub branch: String,
    /// The commit, in hexadecimal digits.
    pub commit: String,
    /// When it was committed, in seconds since 1970.
    pub time: i64,
}

/// Our newest commit in the base's history, which is the proposal that was merged last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MergedCommit {
    /// The commit, in hexadecimal digits.
    pub commit: String,
    /// The requested files at this commit.
    pub tree: Tree,
    /// The lessons that it withdrew, each with its version.
    pub withdraws: Vec<(String, String)>,
}

/// What some files of the base held now and earlier.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EarlierStates {
    /// One tree with these files for each change of them, newest first; the first one is the base itself.
    pub trees: Vec<Tree>,
    /// Whether older states exist that were not read.
    pub is_cut: bool,
}

/// Our branch, as a run found it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Branch {
    /// Its commit, in hexadecimal digits.
    pub head: String,
    /// Every tracked path at its head, with the content of the requested paths.
    pub tree: Tree,
    /// Whether every commit since the base is as we wrote it. Also true if there is none, because then nothing can be lost.
    pub ours: bool,
    /// The commits since the base that a person made or changed, newest first, as `abc1234 subject (author)`; at most twenty are listed.
    pub foreign: Vec<String>,
    /// Whether the base contains it.
    pub merged: bool,
    /// The work tree that has it checked out, or that is rebasing or bisecting it.
    pub checked_out: Option<String>,
    /// Paths that changed between the merge base and the branch, in byte order.
    pub touched: Vec<String>,
    /// Paths that changed on the base since the merge base, in byte order. Empty for a target on GitHub, where this is not read.
    pub changed_on_base: Vec<String>,
    /// The digest in the last commit's trailer.
    pub digest: Option<String>,
    /// The store that the last commit's message names: `From acme/guardrails, where changes belong.`
    pub home: Option<String>,
    /// The lessons, each with its version, that the last commit's trailers withdraw; on GitHub the pull request's metadata lists them.
    pub withdraws: Vec<(String, String)>,
}

/// What to write: one commit on our branch, with the base as its only parent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BranchUpdate<'a> {
    /// The branch without `refs/heads/`: `lessonbook/<name>`.
    pub branch: &'a str,
    /// The base that the plan was made against; the write is refused if it has moved since.
    pub base: &'a Base,
    /// The branch's commit when the plan was made; `None` if the branch did not exist.
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

/// The result of a write.
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
    /// The branch already had this content; nothing was written, not even an object.
    Unchanged,
    /// The branch was deleted, because there was nothing left to propose.
    Removed,
}
