//! The state of the stand-in: people, organizations, repositories, issues, tokens, and logs.
//!
//! The builder, people's actions and requests change it. Not here: permissions (`auth.rs`), the consequences of a moved branch
//! (`moves.rs`), and responses.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use super::Seen;
use super::faults::Planned;

pub use super::model::*;

/// The time at which every stand-in starts: 2026-01-05 09:00:00 UTC.
pub const START: i64 = 1_767_603_600;

/// A move of a branch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moved {
    /// `owner/name`.
    pub repository: String,
    /// The whole name.
    pub name: String,
    /// The old commit.
    pub from: Option<String>,
    /// The new commit.
    pub to: Option<String>,
    /// Whether the branch no longer contains the old commit.
    pub forced: bool,
    /// Who did it.
    pub by: String,
    /// Whether it was a request to the API, and not a person's action.
    pub api: bool,
}

/// What a test can turn.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Requests an hour for each token.
    pub quota: u64,
    /// Requests that make content a minute of the stand-in's clock.
    pub content_a_minute: Option<usize>,
    /// Aliases of one query above which the answer is 502.
    pub most_aliases: usize,
    /// Entries above which a recursive listing is cut.
    pub most_entries: usize,
    /// Bytes above which a blob's text is cut.
    pub most_text: usize,
    /// The first question after mergeability is answered with "unknown".
    pub lazy_mergeable: bool,
    /// How long each answer takes, in milliseconds.
    pub latency: u64,
    /// The clock runs with the machine's.
    pub real_clock: bool,
    /// What members of an organization may do in its repositories.
    pub member_role: Role,
}

/// All of it.
pub struct State {
    /// The repositories' folder.
    pub folder: PathBuf,
    /// Everybody's objects.
    pub store: gix::Repository,
    /// The address of REST, without a slash at its end.
    pub api: String,
    /// Where pages would be.
    pub web: String,
    /// The clock; of a real one, what to add.
    pub clock: i64,
    /// The last number given.
    pub last_id: u64,
    /// By small login.
    pub accounts: BTreeMap<String, Account>,
    /// By number.
    pub repos: BTreeMap<u64, Repo>,
    /// Small `owner/name`, old ones too.
    pub names: BTreeMap<String, u64>,
    /// By the token's text.
    pub tokens: BTreeMap<String, Token>,
    /// By number.
    pub apps: BTreeMap<u64, App>,
    /// By number.
    pub installations: BTreeMap<u64, Installation>,
    /// Requests used up since, by login, with the time at which they come back.
    pub used: BTreeMap<String, (u64, i64)>,
    /// Times at which content was made.
    pub content: Vec<i64>,
    /// Requests in their order.
    pub log: Vec<Seen>,
    /// Requests of queries against what GitHub says of itself, and what the stand-in does not model.
    pub violations: Vec<String>,
    /// Faults to come.
    pub faults: Vec<Planned>,
    /// After so many writes everything is refused.
    pub writes_left: Option<usize>,
    /// Branches that moved.
    pub moves: Vec<Moved>,
    /// Pull requests that were closed by a move of their own branch.
    pub closed_by_move: Vec<(String, u64)>,
    /// People's commits that a move through the API left behind.
    pub lost: Vec<(String, String)>,
    /// Requests in work, and the most at once.
    pub at_once: (usize, usize),
    /// The settings that a test can change.
    pub settings: Settings,
}

impl State {
    /// The time.
    pub fn now(&self) -> i64 {
        if self.settings.real_clock {
            return jiff::Timestamp::now().as_second() + self.clock;
        }
        self.clock
    }

    /// A new number.
    pub fn next_id(&mut self) -> u64 {
        self.last_id += 1;
        self.last_id
    }

    /// A repository by `owner/name`, old names too; with whether it is an old name.
    pub fn find(&self, full_name: &str) -> Option<(u64, bool)> {
        let id = *self.names.get(&full_name.to_lowercase())?;
        let repo = self.repos.get(&id)?;
        Some((id, !repo.full_name().eq_ignore_ascii_case(full_name)))
    }

    /// A repository by its number.
    pub fn repo(&self, id: u64) -> &Repo {
        &self.repos[&id]
    }

    /// A repository by its number, to change it.
    pub fn repo_mut(&mut self, id: u64) -> &mut Repo {
        self.repos.get_mut(&id).expect("a repository")
    }

    /// An issue, to change it.
    pub fn issue_mut(&mut self, repo: u64, number: u64) -> &mut Issue {
        self.repo_mut(repo).issues.get_mut(&number).expect("an issue")
    }

    /// The account of a login.
    pub fn account(&self, login: &str) -> Option<&Account> {
        self.accounts.get(&login.to_lowercase())
    }

    /// Makes an account where there is none.
    pub fn add_account(&mut self, login: &str, kind: &'static str) {
        let key = login.to_lowercase();
        if !self.accounts.contains_key(&key) {
            let account = Account {
                id: self.next_id(),
                login: login.to_owned(),
                kind,
                teams: BTreeSet::new(),
                members: BTreeSet::new(),
            };
            self.accounts.insert(key, account);
        }
    }

    /// Repositories of an owner, by number.
    pub fn repos_of(&self, owner: &str) -> Vec<u64> {
        self.repos
            .values()
            .filter(|repo| repo.owner.eq_ignore_ascii_case(owner))
            .map(|repo| repo.id)
            .collect()
    }
}

/// A time as GitHub writes it.
pub fn time(seconds: i64) -> String {
    jiff::Timestamp::from_second(seconds).expect("a time").to_string()
}
