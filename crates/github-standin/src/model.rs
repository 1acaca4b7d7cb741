//! The things that the stand-in knows, as plain values: accounts, repositories, issues, tokens.
//!
//! Input: nothing. Output: values with their look-ups. Not here: the whole of them (`state.rs`), and what may be done.

use std::collections::{BTreeMap, BTreeSet};

use super::git::Git;

/// What somebody may do in a repository. Ordered.
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
    /// Of an organization: its members, in small letters.
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
        /// Not asked for when a branch is made.
        free_on_create: bool,
    },
    /// Messages of commits begin so.
    Message {
        /// The beginning.
        starts_with: String,
    },
    /// Addresses of authors end so.
    AuthorEmail {
        /// The ending.
        ends_with: String,
    },
    /// Files with these endings are not pushed.
    Extension {
        /// As GitHub has it: `*.md`.
        ending: String,
    },
    /// Secrets are not pushed: an example of one.
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
    /// What is left out.
    pub exclude: Vec<String>,
    /// The rules.
    pub rules: Vec<Rule>,
    /// Logins that it does not bind.
    pub bypass: BTreeSet<String>,
    /// `active`, `evaluate` or `disabled`: only the first one binds.
    pub enforcement: &'static str,
    /// Of the organization, not of the repository.
    pub of_owner: bool,
}

/// The older kind of protection, of one branch.
#[derive(Debug, Clone, Default)]
pub struct Protection {
    /// How many approvals a merge needs; none: no pull request needed.
    pub approvals: Option<u64>,
    /// Administrators are bound, too.
    pub admins: bool,
    /// A new push takes approvals back.
    pub dismiss_stale: bool,
    /// The branch must be up to date.
    pub strict: bool,
    /// A review by a code owner is needed.
    pub code_owners: bool,
    /// Commits must be signed.
    pub signatures: bool,
    /// Read-only.
    pub locked: bool,
    /// Branches of this name may be made.
    pub creatable: bool,
}

/// Something that happened to an issue.
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
    /// What was looked at.
    pub commit: String,
    /// When.
    pub at: i64,
}

/// What makes an issue a pull request.
#[derive(Debug, Clone)]
pub struct Pull {
    /// Its branch, in the same repository.
    pub head: String,
    /// Where that stood last; a closed one does not follow.
    pub head_oid: String,
    /// The branch that it wants to be merged into.
    pub base: String,
    /// Not ready.
    pub draft: bool,
    /// When, by whom and as which commit it was merged.
    pub merged: Option<(i64, String, String)>,
    /// Asked for a review.
    pub reviewers: Vec<String>,
    /// Teams asked for a review.
    pub teams: Vec<String>,
    /// What reviewers said.
    pub reviews: Vec<Review>,
    /// Who armed auto-merge.
    pub auto_merge: Option<String>,
    /// It stands in a merge queue.
    pub queued: bool,
    /// The commits whose merge somebody has asked about.
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
    /// Whether it waits.
    pub open: bool,
    /// When it was opened, and last changed.
    pub times: (i64, i64),
    /// When it was closed.
    pub closed: Option<i64>,
    /// Its labels.
    pub labels: Vec<String>,
    /// Who shall do it.
    pub assignees: Vec<String>,
    /// What was said.
    pub comments: Vec<Comment>,
    /// Only some may comment.
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

    /// Notes what happened.
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
    /// What single people may do.
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

    /// The older kind of protection of a branch: of its name, or of a pattern that covers it.
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

    /// The commit that a branch's name, a ref or digits stand for.
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

/// What a token is.
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
    /// An App itself, shown by a signature.
    App {
        /// Its number.
        app: u64,
    },
}

/// Somebody's key.
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

/// An App at an account.
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
