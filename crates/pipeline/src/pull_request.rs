//! What GitHub reports about a target, and what we ask it to write, as values.
//!
//! Input: nothing. Output: the types that `pipeline/lifecycle` and the code that calls GitHub (`repository/github/`) share. Not here:
//! requests, and every decision.

mod rules;

use lessonbook_base::edit::Edit;
use lessonbook_base::snapshot::Snapshot;

pub use rules::{Protection, Rule, Rules};

/// A repository on GitHub as one batch of queries shows it.
#[derive(Debug, Clone, PartialEq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a separate fact that GitHub reports"
)]
pub struct Remote {
    /// The repository's node id; it survives renaming.
    pub id: String,
    /// `owner/name` as GitHub spells it now.
    pub name: String,
    /// The name that we requested, if GitHub answered with another one.
    pub requested_name: Option<String>,
    /// Who can read it.
    pub visibility: lessonbook_store::Visibility,
    /// Its topics.
    pub topics: Vec<String>,
    /// Whether its owner archived it, so that it is read-only.
    pub archived: bool,
    /// Whether GitHub disabled it.
    pub disabled: bool,
    /// Whether it has no commit.
    pub empty: bool,
    /// Whether it is a fork of another repository.
    pub fork: bool,
    /// What our token may do there.
    pub permission: Permission,
    /// The default branch, if there is one; `snapshot.base` may be another.
    pub default_branch: Option<String>,
    /// The id of the base commit's tree, in hexadecimal digits. A commit onto the base starts from it.
    pub base_tree: Option<String>,
    /// The id of the tree at our branch's head.
    pub branch_tree: Option<String>,
    /// Base, tree and our branch; none if the repository is empty or can't be read.
    pub snapshot: Option<Snapshot>,
    /// Whether `snapshot.tree` lists every path, or only the files that matter.
    pub listed: bool,
    /// The newest pull request from our branch.
    pub pull: Option<Pull>,
    /// The target's own `.github/lessonbook.yaml` on its base branch.
    pub wishes: Option<Vec<u8>>,
    /// The rules on our branch; none if GitHub was not asked, because nothing is to be written.
    pub rules: Option<Rules>,
}

impl Remote {
    /// Whether a pull request from our branch is open.
    pub fn is_open(&self) -> bool {
        let pull = self.pull.as_ref();
        pull.is_some_and(|pull| pull.state == PullState::Open)
    }
}

/// What a token may do in a repository. Ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Permission {
    /// None, or unknown.
    None,
    /// Read.
    Read,
    /// Read, and manage issues and pull requests.
    Triage,
    /// Push branches.
    Write,
    /// Change settings that are not dangerous.
    Maintain,
    /// Everything.
    Admin,
}

/// The state of a pull request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum PullState {
    /// Open.
    Open,
    /// Closed without a merge.
    Closed,
    /// Merged.
    Merged,
}

impl PullState {
    /// The word in reports.
    pub fn word(self) -> &'static str {
        match self {
            PullState::Open => "open",
            PullState::Closed => "closed",
            PullState::Merged => "merged",
        }
    }
}

/// The reviewers' decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Review {
    /// Approved.
    Approved,
    /// Someone requested changes.
    ChangesRequested,
    /// A review is required and missing, or none was given.
    None,
}

/// A pull request from our branch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pull {
    /// Its node id.
    pub id: String,
    /// Its number.
    pub number: u64,
    /// Its page.
    pub url: String,
    /// Its state.
    pub state: PullState,
    /// Whether it is a draft.
    pub draft: bool,
    /// Its title.
    pub title: String,
    /// Its whole body, with our hidden marker if we wrote it.
    pub body: String,
    /// The branch into which it would be merged.
    pub base_branch: String,
    /// Its head commit, in hexadecimal digits.
    pub head: String,
    /// Whether only some people may comment.
    pub locked: bool,
    /// Its labels.
    pub labels: Vec<String>,
    /// When the label that holds it was added, in seconds since 1970, if GitHub was asked.
    pub held_since: Option<i64>,
    /// The requested reviewers and the assignees: logins, and teams by slug; none if GitHub was not asked.
    pub requested: Option<Vec<String>>,
    /// Whether the head conflicts with the base; none if GitHub has not computed it yet.
    pub conflicting: Option<bool>,
    /// The reviewers' decision.
    pub review: Review,
    /// Whether auto-merge is enabled, or it is in a merge queue.
    pub about_to_merge: bool,
    /// When it was opened, closed and last changed, in seconds since 1970.
    pub opened: i64,
    /// When it was closed or merged.
    pub closed: Option<i64>,
    /// Who closed it without a merge, if GitHub reports it.
    pub closed_by: Option<String>,
}

/// A pull request from our branch that may have been closed long ago.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastPull {
    /// When it was opened, in seconds since 1970.
    pub opened: i64,
    /// When it was merged, if it was.
    pub merged: Option<i64>,
    /// The branch into which it would be, or was, merged.
    pub base_branch: String,
    /// Its whole body, with our hidden marker if we wrote it.
    pub body: String,
}

/// The title and body of a pull request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PullText {
    /// At most 256 characters.
    pub title: String,
    /// Well below 65,536 characters.
    pub body: String,
}

/// Labels and people for a pull request. Setting them may fail without losing the proposal.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Metadata {
    /// Labels.
    pub labels: Vec<String>,
    /// Reviewers: logins.
    pub reviewers: Vec<String>,
    /// Reviewers: teams of the owner, by slug.
    pub team_reviewers: Vec<String>,
    /// Assignees: logins.
    pub assignees: Vec<String>,
}

/// A commit for our branch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commit {
    /// The parent commit: the base's, or our branch's head.
    pub onto: String,
    /// That commit's tree, in hexadecimal digits.
    pub onto_tree: String,
    /// The files to change there; `before` is what that commit holds.
    pub edits: Vec<Edit>,
    /// The whole message, with trailers.
    pub message: String,
}

/// One step of a proposal. A list of steps is carried out in order; each checks first whether it was done already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Create the branch with this commit.
    CreateBranch(Commit),
    /// Move the branch to this commit, if it is still at `from`. `force`: the commit is not a child of `from`.
    MoveBranch {
        /// Where the branch must be.
        from: String,
        /// The commit.
        to: Commit,
        /// Whether the move leaves commits (ours) behind.
        force: bool,
    },
    /// Open a pull request from our branch.
    Open {
        /// The base branch.
        base: String,
        /// Title and body.
        text: PullText,
        /// Whether it is a draft.
        draft: bool,
        /// Reviewers, assignees and, last, labels.
        metadata: Metadata,
    },
    /// Reopen a closed one; must happen before the branch moves.
    Reopen {
        /// Its number.
        number: u64,
    },
    /// Update title and body.
    Rewrite {
        /// Its number.
        number: u64,
        /// Title and body.
        text: PullText,
    },
    /// Add missing reviewers, assignees and, last, labels: the labels show a later run that nothing is missing.
    Mark {
        /// Its number.
        number: u64,
        /// What is missing.
        metadata: Metadata,
    },
    /// Comment once: skipped if a comment with the same hidden key exists; edited if its text differs.
    Say {
        /// The number.
        number: u64,
        /// A hidden key that makes it one comment.
        key: String,
        /// The comment.
        text: String,
    },
    /// Close without a merge.
    Close {
        /// Its number.
        number: u64,
    },
    /// Delete our branch, if it is still there.
    DeleteBranch {
        /// Where the branch must be.
        from: String,
    },
}

/// What a step wrote.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case", tag = "wrote")]
pub enum WriteReceipt {
    /// The branch is at this commit.
    Branch {
        /// In hexadecimal digits.
        commit: String,
    },
    /// This pull request is open.
    Pull {
        /// Its number.
        number: u64,
        /// Its page.
        url: String,
    },
    /// Something else was written.
    Done,
    /// It was there already: nothing was written.
    Nothing,
}
