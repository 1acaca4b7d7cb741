//! What GitHub says of a target, and what we ask it to write, as values.
//!
//! Input: nothing. Output: the types that the life of a proposal (`pipeline/`) and the code that talks to GitHub
//! (`repository/github/`) share. Not here: requests, and every decision.

mod rules;

use lessonbook_base::edit::Edit;
use lessonbook_base::snapshot::Snapshot;

pub use rules::{Protection, Rule, Rules};

/// A repository on GitHub as one batch of queries shows it.
#[derive(Debug, Clone, PartialEq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a fact of its own that GitHub tells"
)]
pub struct Remote {
    /// The repository's node id; it survives renaming.
    pub id: String,
    /// `owner/name` as GitHub spells it now.
    pub name: String,
    /// The name that we asked for, where GitHub answered with another one.
    pub asked_as: Option<String>,
    /// Who can read it.
    pub visibility: lessonbook_store::Visibility,
    /// Its topics.
    pub topics: Vec<String>,
    /// Read-only, by its owner's wish.
    pub archived: bool,
    /// Switched off by GitHub.
    pub disabled: bool,
    /// Without a commit.
    pub empty: bool,
    /// A fork of another repository.
    pub fork: bool,
    /// What our token may do there.
    pub permission: Permission,
    /// The default branch, where there is one; `snapshot.base` may be another.
    pub default_branch: Option<String>,
    /// The id of the base commit's tree, in hexadecimal digits: what a commit onto the base is made from.
    pub base_tree: Option<String>,
    /// The id of the tree at our branch's head.
    pub branch_tree: Option<String>,
    /// Base, tree and our branch; none where there is nothing to read (empty) or nothing may be read.
    pub snapshot: Option<Snapshot>,
    /// Whether `snapshot.tree` lists every path, or only the files that matter.
    pub listed: bool,
    /// The newest pull request from our branch.
    pub pull: Option<Pull>,
    /// The target's own `.github/lessonbook.yaml` on its base branch.
    pub wishes: Option<Vec<u8>>,
    /// The rules on our branch; none: GitHub was not asked, because nothing is to be written to it.
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
    /// Nothing, or nobody said.
    None,
    /// Read.
    Read,
    /// Read, and sort issues and pull requests.
    Triage,
    /// Push branches.
    Write,
    /// Change settings that are not dangerous.
    Maintain,
    /// Everything.
    Admin,
}

/// Where a pull request stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum PullState {
    /// Waits.
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

/// What reviewers said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Review {
    /// Approved.
    Approved,
    /// Somebody wants changes.
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
    /// Where it stands.
    pub state: PullState,
    /// Not ready for review.
    pub draft: bool,
    /// Its title.
    pub title: String,
    /// Its whole body, with our hidden marker if we wrote it.
    pub body: String,
    /// The branch that it wants to be merged into.
    pub base_branch: String,
    /// Its head commit, in hexadecimal digits.
    pub head: String,
    /// Whether only some people may comment.
    pub locked: bool,
    /// Its labels.
    pub labels: Vec<String>,
    /// When the label that holds it was put on, in seconds since 1970, where GitHub was asked.
    pub held_since: Option<i64>,
    /// Who is asked to review or assigned: logins, and teams by slug; none: GitHub was not asked.
    pub asked: Option<Vec<String>>,
    /// Whether the head conflicts with the base; none: GitHub has not worked it out yet.
    pub conflicting: Option<bool>,
    /// What reviewers said.
    pub review: Review,
    /// Auto-merge is switched on, or it stands in a merge queue.
    pub about_to_merge: bool,
    /// When it was opened, closed and last changed, in seconds since 1970.
    pub opened: i64,
    /// When it was closed or merged.
    pub closed: Option<i64>,
    /// Who closed it without a merge, where GitHub says it.
    pub closed_by: Option<String>,
}

/// A pull request from our branch that may be long over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastPull {
    /// When it was opened, in seconds since 1970.
    pub opened: i64,
    /// When it was merged, where it was.
    pub merged: Option<i64>,
    /// The branch that it was for.
    pub base_branch: String,
    /// Its whole body, with our hidden marker if we wrote it.
    pub body: String,
}

/// How a pull request should look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PullText {
    /// At most 256 characters.
    pub title: String,
    /// Well below 65,536 characters.
    pub body: String,
}

/// What people are asked to do with it; may fail without losing the proposal.
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
    /// The commit that its tree is made from: the base's, or our branch's head.
    pub onto: String,
    /// That commit's tree, in hexadecimal digits.
    pub onto_tree: String,
    /// The files to change there; `before` is what that commit holds.
    pub edits: Vec<Edit>,
    /// The whole message, with trailers.
    pub message: String,
}

/// One thing to do to a proposal. A list of them is carried out in order; each is idempotent by look-up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Make the branch with this commit.
    CreateBranch(Commit),
    /// Move the branch to this commit, if it still stands at `from`. `force`: the commit is no child of `from`.
    MoveBranch {
        /// Where it must stand.
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
        /// Not ready for review.
        draft: bool,
        /// Reviewers, assignees and, last, labels.
        metadata: Metadata,
    },
    /// Open a closed one again; must come before the branch moves.
    Reopen {
        /// Its number.
        number: u64,
    },
    /// Renew title and body.
    Rewrite {
        /// Its number.
        number: u64,
        /// Title and body.
        text: PullText,
    },
    /// Add missing reviewers, assignees and, last, labels: by their labels a later run sees that nothing is missing.
    Mark {
        /// Its number.
        number: u64,
        /// What is missing.
        metadata: Metadata,
    },
    /// Say something once: skipped where a comment with the same hidden key exists; edited where the text differs.
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
    /// Delete our branch, if it still stands there.
    DeleteBranch {
        /// Where it must stand.
        from: String,
    },
}

/// What a step wrote.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case", tag = "wrote")]
pub enum WriteReceipt {
    /// The branch stands at this commit.
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
    /// It stood there already: nothing was written.
    Nothing,
}
