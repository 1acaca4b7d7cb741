//! The types of the stand-in's state: accounts, repositories, issues, tokens.
//!
//! Not here: the state as a whole (`state.rs`), and permissions (`auth.rs`).

use std::collections::{BTreeMap, BTreeSet};

use super::git::Git;

/// A role in a repository, in ascending order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Nothing.
    None,
    /// Read.
    Read,
    /// Sort issues.
    Triage,
    /// Push.
    Write,
    /// Change harmless settings.
    Maintain,
    /// Everything.
    Admin,
}

/// Who can see a repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Visibility {
    /// Everybody.
    Public,
    /// The enterprise.
    Internal,
    /// Its collaborators.
    Private,
}

impl Visibility {
    /// As REST spells it.
    pub fn word(self) -> &'static str {
        match self {
            Visibility::Public => "public",
            Visibility::Internal => "internal",
            Visibility::Private => "private",
        }
    }
}

/// A person, a bot or an organization.
#[derive(Debug, Clone)]
pub struct Account {
    /// Its number.
    pub id: u64,
    /// Its name.
    pub login: String,
    /// `User`, `Bot` or `Organization`.
    pub kind: &'static str,
    /// Of an organization: its teams.
    pub teams: BTreeSet<String>,
    /// Of an organization: its members, in lower case.
    pub members: BTreeSet<String>,
}

/// What a rule of a ruleset forbids.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rule {
    /// No new branches of this name.
    Creation,
    /// No pushes.
    Update,
    /// No deletion.
    Deletion,
    /// No forced pushes.
    NonFastForward,
    /// Changes come through pull requests.
    PullRequest {
        /// How many approvals a merge needs.
        approvals: u64,
    },
    /// New branches have names that begin so.
    BranchName {
        /// The beginning.
        starts_with: String,
    },
    /// Files that no push may change, by the beginning of their path.
    FilePath {
        /// The beginning.
        starts_with: String,
    },
    /// Commits are signed.
    Signatures,
    /// No merge commits.
    LinearHistory,
    /// Merges come through a queue.
    MergeQueue,
    /// Checks have passed before a branch moves.
    StatusChecks {
        /// Whether the checks are not required when a branch is created.
        free_on_create: bool,
    },
    /// Messages of commits must begin with a text.
    Message {
        /// The beginning.
        starts_with: String,
    },
    /// Addresses of authors must end with a text.
    AuthorEmail {
        /// The ending.
        ends_with: String,
    },
    /// Files with an extension may not be pushed.
    Extension {
        /// As GitHub has it: `*.md`.
        ending: String,
    },
    /// Push protection: a text that counts as a secret.
    Secret {
        /// The text.
        text: String,
    },
}

/// A ruleset.
#[derive(Debug, Clone)]
pub struct Ruleset {
    /// Its number.
    pub id: u64,
    /// Its name.
    pub name: String,
    /// Whole refs with `*` and `**`, `~DEFAULT_BRANCH` or `~ALL`.
    pub include: Vec<String>,
    /// Refs that are excluded.
    pub exclude: Vec<String>,
    /// The rules.
    pub rules: Vec<Rule>,
    /// Logins that bypass it.
    pub bypass: BTreeSet<String>,
    /// `active`, `evaluate` or `disabled`: only the first one is enforced.
    pub enforcement: &'static str,
    /// Whether it is the organization's, not the repository's.
    pub of_owner: bool,
}

/// A branch protection rule (not a ruleset).
#[derive(Debug, Clone, Default)]
pub struct Protection {
    /// How many approvals a merge needs; `None` if no pull request is needed.
    pub approvals: Option<u64>,
    /// Whether it also applies to administrators.
    pub admins: bool,
    /// Whether a new push dismisses approvals.
    pub dismiss_stale: bool,
    /// The branch must be up to date.
    pub strict: bool,
    /// A review by a code owner is needed.
    pub code_owners: bool,
    /// Commits must be signed.
    pub signatures: bool,
    /// Read-only.
    pub locked: bool,
    /// Whether branches with this name may be created.
    pub creatable: bool,
}

/// An event of an issue.
#[derive(Debug, Clone)]
pub struct Event {
    /// GraphQL's type: `ClosedEvent`.
    pub kind: &'static str,
    /// Who did it.
    pub actor: String,
    /// When.
    pub at: i64,
    /// A branch or a label.
    pub about: String,
}

/// A comment.
#[derive(Debug, Clone)]
pub struct Comment {
    /// Its number.
    pub id: u64,
    /// Who wrote it.
    pub author: String,
    /// Its text.
    pub body: String,
    /// When it was written and last changed.
    pub times: (i64, i64),
}

/// A review.
#[derive(Debug, Clone)]
pub struct Review {
    /// Its number.
    pub id: u64,
    /// Who.
    pub author: String,
    /// `APPROVED`, `CHANGES_REQUESTED`, `COMMENTED` or `DISMISSED`.
    pub state: &'static str,
    /// The reviewed commit.
    pub commit: String,
    /// When.
    pub at: i64,
}

/// The parts of a pull request that an issue does not have.
#[derive(Debug, Clone)]
pub struct Pull {
    /// Its branch, in the same repository.
    pub head: String,
    /// The last commit of the branch; it is not updated after closing.
    pub head_oid: String,
    /// The branch that it is to be merged into.
    pub base: String,
    /// Whether it is a draft.
    pub draft: bool,
    /// The time, the user and the commit of its merge.
    pub merged: Option<(i64, String, String)>,
    /// Asked for a review.
    pub reviewers: Vec<String>,
    /// Teams asked for a review.
    pub teams: Vec<String>,
    /// Reviews.
    pub reviews: Vec<Review>,
    /// Who enabled auto-merge.
    pub auto_merge: Option<String>,
    /// Whether it is in a merge queue.
    pub queued: bool,
    /// The commits for which a merge was tried.
    pub tried: Option<(String, String)>,
}

/// An issue or a pull request.
#[derive(Debug, Clone)]
pub struct Issue {
    /// Its number in the repository.
    pub number: u64,
    /// Its title.
    pub title: String,
    /// Its text.
    pub body: String,
    /// Who opened it.
    pub author: String,
    /// Whether it is open.
    pub open: bool,
    /// When it was opened, and last changed.
    pub times: (i64, i64),
    /// When it was closed.
    pub closed: Option<i64>,
    /// Its labels.
    pub labels: Vec<String>,
    /// Its assignees.
    pub assignees: Vec<String>,
    /// Its comments.
    pub comments: Vec<Comment>,
    /// Whether only collaborators may comment.
    pub locked: bool,
    /// What happened.
    pub events: Vec<Event>,
    /// Present in a pull request.
    pub pull: Option<Pull>,
}

impl Issue {
    /// `OPEN`, `CLOSED` or `MERGED`.
    pub fn state(&self) -> &'static str {
        match &self.pull {
            _ if self.open => "OPEN",
            Some(Pull { merged: Some(_), .. }) => "MERGED",
            _ => "CLOSED",
        }
    }

    /// Adds an event.
    pub fn note(&mut self, kind: &'static str, actor: &str, at: i64, about: &str) {
        self.times.1 = at;
        self.events.push(Event {
            kind,
            actor: actor.to_owned(),
            at,
            about: about.to_owned(),
        });
    }
}

/// A repository.
pub struct Repo {
    /// Its number; survives renaming.
    pub id: u64,
    /// Whose.
    pub owner: String,
    /// Its name.
    pub name: String,
    /// Who sees it.
    pub visibility: Visibility,
    /// Topics.
    pub topics: Vec<String>,
    /// Custom properties.
    pub properties: BTreeMap<String, String>,
    /// Read-only.
    pub archived: bool,
    /// Switched off.
    pub disabled: bool,
    /// A fork.
    pub fork: bool,
    /// Its default branch, even before it exists.
    pub default_branch: String,
    /// Objects.
    pub git: Git,
    /// Whole names and commits.
    pub refs: BTreeMap<String, String>,
    /// Issues and pull requests by number.
    pub issues: BTreeMap<u64, Issue>,
    /// Labels with their color.
    pub labels: BTreeMap<String, String>,
    /// Rulesets.
    pub rulesets: Vec<Ruleset>,
    /// Protected branches.
    pub protections: BTreeMap<String, Protection>,
    /// The roles of single people.
    pub roles: BTreeMap<String, Role>,
    /// A merged branch is deleted.
    pub delete_merged: bool,
    /// When it was last pushed to.
    pub pushed: i64,
    /// Commits that people made.
    pub by_people: BTreeSet<String>,
    /// Commits that GitHub signed.
    pub signed: BTreeSet<String>,
}

impl Repo {
    /// `owner/name`.
    pub fn full_name(&self) -> String {
        format!("{}/{}", self.owner, self.name)
    }

    /// Without a commit.
    pub fn is_empty(&self) -> bool {
        self.refs.is_empty()
    }

    /// The branch protection rule for a branch: for its name, or for a pattern that matches it.
    pub fn protection(&self, branch: &str) -> Option<(&String, &Protection)> {
        let exact = self.protections.get_key_value(branch);
        exact.or_else(|| {
            self.protections
                .iter()
                .find(|(pattern, _)| super::faults::fits(pattern, branch))
        })
    }

    /// Where a branch stands.
    pub fn branch(&self, name: &str) -> Option<&String> {
        self.refs.get(&format!("refs/heads/{name}"))
    }

    /// The commit of a branch's name, a ref or an id.
    pub fn resolve(&self, what: &str) -> Option<String> {
        if what == "HEAD" {
            return self.branch(&self.default_branch).cloned();
        }
        for name in [
            what.to_owned(),
            format!("refs/heads/{what}"),
            format!("refs/tags/{what}"),
            format!("refs/{what}"),
        ] {
            if let Some(oid) = self.refs.get(&name) {
                return Some(oid.clone());
            }
        }
        self.git.kind(what).map(|_| what.to_owned())
    }

    /// A tree by its own id, or that of a commit.
    pub fn tree(&self, what: &str) -> Option<String> {
        let oid = self.resolve(what)?;
        match self.git.kind(&oid)? {
            "tree" => Some(oid),
            "commit" => Some(self.git.tree_of(&oid)),
            _ => None,
        }
    }

    /// A pull request.
    pub fn pull(&self, number: u64) -> Option<(&Issue, &Pull)> {
        let issue = self.issues.get(&number)?;
        Some((issue, issue.pull.as_ref()?))
    }

    /// The open pull request from a branch into another.
    pub fn open_pull(&self, head: &str, base: &str) -> Option<u64> {
        let is = |issue: &&Issue| {
            issue.open
                && issue
                    .pull
                    .as_ref()
                    .is_some_and(|pull| pull.head == head && pull.base == base)
        };
        self.issues.values().find(is).map(|issue| issue.number)
    }
}

/// The kind of a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// A personal access token of the old kind, with its scopes.
    Classic {
        /// `repo`, `public_repo`, `workflow`, `read:org` …
        scopes: BTreeSet<String>,
    },
    /// A personal access token with permissions.
    FineGrained,
    /// A token of an App's installation.
    Installation {
        /// Its number.
        installation: u64,
    },
    /// An App itself, proved by a signature.
    App {
        /// Its number.
        app: u64,
    },
}

/// A token.
#[derive(Debug, Clone)]
pub struct Token {
    /// Who acts.
    pub login: String,
    /// What it is.
    pub kind: Kind,
    /// Names and levels, `contents: write`. Not for classic ones.
    pub permissions: BTreeMap<String, Role>,
    /// Repositories' numbers; none: all of the owner's.
    pub repositories: Option<BTreeSet<u64>>,
    /// When it ends.
    pub expires: Option<i64>,
}

/// An App.
#[derive(Debug, Clone)]
pub struct App {
    /// Its number.
    pub id: u64,
    /// Its name in addresses.
    pub slug: String,
}

/// An installation of an App at an account.
#[derive(Debug, Clone)]
pub struct Installation {
    /// Its number.
    pub id: u64,
    /// Which App.
    pub app: u64,
    /// Where.
    pub account: String,
    /// What it may do.
    pub permissions: BTreeMap<String, Role>,
    /// Repositories' numbers; none: all of the account's.
    pub repositories: Option<BTreeSet<u64>>,
    /// How many seconds its tokens live.
    pub lifetime: i64,
}
