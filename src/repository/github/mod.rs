//! Reads and writes targets on GitHub. This is the only code that sends requests.
//!
//! Input: names of repositories, and steps to carry out there. Output: what was read, as [`Remote`]s, and what was written.
//! Not here: decisions (`pipeline/`), and printing.
//!
//! | file | does |
//! |---|---|
//! | `auth` | addresses and credentials, from the environment |
//! | `blocking` | a blocking interface for the commands |
//! | [`dashboard`] | the store's dashboard issue |
//! | `http` | connections, through a proxy if one is set |
//! | `tokens`, `sessions` | tokens, which are renewed before they expire; those of a run |
//! | `client`, `response` | one request and its response |
//! | `rate_limit` | how fast requests are sent, and how long to wait |
//! | [`error`] | what an error response means |
//! | `queries`, `graphql_types` | GraphQL queries, and the types of their responses |
//! | [`read`], `target_request` | reads many repositories at once |
//! | `parse_repository`, `pulls`, `fetch_missing` | one repository: parses the response, and fetches what it lacks |
//! | `branch_commits`, `compare_branch` | whose the commits of our branch are; fetches those that the query did not return |
//! | `listing`, `cache`, `tree_id` | every path of a tree, cached between runs |
//! | [`pr_history`] | earlier pull requests, and when files were last changed |
//! | `file_history` | earlier contents of a few files |
//! | [`discover`] | the repositories of an owner |
//! | [`mod@write`], `objects`, `pr_metadata` | carries out steps: branch and pull request, commits, labels and comments |
//! | `rules` | the rules on our branch, read before anything is written to it |
//! | `signed` | commits through the API that signs them |
//! | `pause` | the file that stops a run, on the store's default branch |
//! | `audit_log` | writes each step to the audit log of the run |
//! | [`settings`] | a repository's settings, for `doctor` |
//!
//! [`Remote`]: lessonbook_pipeline::pull_request::Remote

mod audit_log;
mod auth;
mod blocking;
mod branch_commits;
mod cache;
mod client;
mod compare_branch;
pub mod dashboard;
pub mod discover;
pub mod error;
mod fetch_missing;
mod file_history;
mod graphql_types;
mod http;
mod listing;
mod objects;
mod parse_repository;
mod pause;
pub mod pr_history;
mod pr_metadata;
mod pulls;
mod queries;
mod rate_limit;
pub mod read;
mod response;
mod rules;
mod sessions;
pub mod settings;
mod signed;
mod target_request;
mod tokens;
mod tree_id;
pub mod write;

use std::path::PathBuf;
use std::time::Duration;

use tokio::time::Instant;

use lessonbook_base::finding::Finding;

pub use blocking::Github;
pub use dashboard::Dashboard;
pub use discover::{DiscoveredRepository, SkipReason};
pub use error::{ExistingObject, GithubError};
pub use pause::StoreRepository;
pub use pr_history::TouchedFiles;
pub use rate_limit::StopSignal;
pub use rules::RulesQuery;
pub use settings::RepositorySettings;
pub use target_request::TargetRequest;
pub use write::StepsResult;

use auth::{Access, Server};
use cache::Cache;
use client::Client;
use rate_limit::RateLimiter;

/// The settings of a run's connection to GitHub.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GithubOptions {
    /// The folder of the cache; `None` for no cache.
    pub cache: Option<PathBuf>,
    /// Whether other people can read that folder: then only data of public repositories is cached.
    pub cache_is_shared: bool,
    /// The least time between two writes.
    pub pace: Duration,
    /// After this time no new work is started.
    pub until: Option<Duration>,
    /// The longest time to wait for a rate limit.
    pub patience: Duration,
    /// How long one request may take.
    pub timeout: Duration,
    /// How long to wait before a request that got no response is sent again. The time doubles with each attempt.
    pub backoff: Duration,
}

impl Default for GithubOptions {
    fn default() -> Self {
        GithubOptions {
            cache: None,
            cache_is_shared: false,
            pace: Duration::from_secs(1),
            until: None,
            patience: Duration::from_secs(15 * 60),
            timeout: Duration::from_secs(60),
            backoff: Duration::from_secs(1),
        }
    }
}

/// The requests and the waiting time of a run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct RunCost {
    /// Requests sent.
    pub requests: u64,
    /// Requests that could write.
    pub writes: u64,
    /// The time spent waiting between writes and for rate limits.
    pub waited: Duration,
    /// The current time between two writes.
    pub gap: Duration,
}

/// The connection to GitHub for one run. It belongs to the runtime of its first request, so use one runtime for the whole run.
pub struct GithubConnection {
    client: Client,
    cache: Cache,
}

impl std::fmt::Debug for GithubConnection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "GithubConnection({} with {:?})",
            self.client.server.rest, self.client.access
        )
    }
}

impl GithubConnection {
    /// Reads addresses, credentials and proxies from the environment. `None` if there are no credentials.
    pub fn from_env(
        env: &dyn Fn(&str) -> Option<String>,
        options: GithubOptions,
    ) -> Result<Option<GithubConnection>, Finding> {
        let setup =
            |refusal: GithubError| Finding::new(refusal.code(), refusal.sentence()).help(refusal.way_out());
        let Some(access) = Access::from_env(env).map_err(setup)? else {
            return Ok(None);
        };
        let server = Server::from_env(env).map_err(setup)?;
        let deadline = options.until.map(|time| Instant::now() + time);
        let pace = RateLimiter::new(options.pace, options.patience, options.backoff, deadline);
        let client = Client::new(env, access, server, pace, options.timeout).map_err(setup)?;
        Ok(Some(GithubConnection {
            client,
            cache: Cache::new(options.cache, options.cache_is_shared),
        }))
    }

    /// The value with which a signal handler stops the run.
    pub fn stopper(&self) -> StopSignal {
        self.client.pace.stopper()
    }

    /// Whether the time is up, so that no new work should be started.
    pub fn is_over(&self) -> bool {
        self.client.pace.is_over()
    }

    /// The requests and the waiting time so far.
    pub fn spent(&self) -> RunCost {
        let (requests, writes) = self.client.counts();
        RunCost {
            requests,
            writes,
            waited: self.client.pace.waited(),
            gap: self.client.pace.gap(),
        }
    }
}
