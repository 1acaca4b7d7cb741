//! GitHub: the only code that sends requests.
//!
//! Input: names of repositories, and steps to carry out there. Output: what was read, as [`Remote`]s, and what was written.
//! Not here: every decision (`pipeline/`), and printing.
//!
//! | file | does |
//! |---|---|
//! | `access` | addresses and credentials, from the environment |
//! | `blocking` | all of it for code that waits |
//! | [`dashboard`] | the store's dashboard issue |
//! | `connect` | connections, through a proxy where one is named |
//! | `session` | a token while it lasts |
//! | `client`, `answer` | one request, and what came back |
//! | `pace` | how fast, and how long to wait |
//! | [`error`] | what an answer that is no success means |
//! | `queries`, `answers` | what is asked with GraphQL, and what comes back |
//! | [`read`] | many repositories at once |
//! | `assemble`, `pulls`, `complete` | one repository: from the answer, and what it left open |
//! | `listing`, `cache`, `tree_id` | every path of a tree, kept between runs |
//! | [`pr_history`] | pull requests of the past, and when files were last touched |
//! | [`discover`] | the repositories of an owner |
//! | [`mod@write`], `objects`, `mark` | steps: branch and pull request, commits, labels and comments |
//! | `rules` | the rules on our branch, before anything is written to it |
//! | `signed` | commits through the interface that signs them |
//! | `pause` | the file that stops a run, on the store's default branch |
//! | `told` | each step in the record of the run |
//! | [`settings`] | a repository's settings, for `doctor` |
//!
//! [`Remote`]: lessonbook_pipeline::pull_request::Remote

mod audit_log;
mod auth;
mod blocking;
mod cache;
mod client;
pub mod dashboard;
pub mod discover;
pub mod error;
mod fetch_missing;
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
pub mod settings;
mod signed;
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
pub use read::TargetRequest;
pub use rules::RulesQuery;
pub use settings::RepositorySettings;
pub use write::StepsResult;

use auth::{Access, Server};
use cache::Cache;
use client::Client;
use rate_limit::RateLimiter;

/// How a run speaks to GitHub.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GithubOptions {
    /// Where listings and bytes are kept between runs; none: nowhere.
    pub cache: Option<PathBuf>,
    /// Whether others can read that folder: then only what is public is kept there.
    pub cache_is_shared: bool,
    /// The least time between two writes.
    pub pace: Duration,
    /// After this long nothing new is begun.
    pub until: Option<Duration>,
    /// A limit that takes longer than this is not waited for.
    pub patience: Duration,
    /// How long one request may take.
    pub timeout: Duration,
    /// How long to wait before a request without an answer is sent again; twice as long each further time.
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

/// What a run cost.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct RunCost {
    /// Requests sent.
    pub requests: u64,
    /// Those among them that could write.
    pub writes: u64,
    /// The time waited for turns and limits.
    pub waited: Duration,
    /// The time between two writes now.
    pub gap: Duration,
}

/// GitHub, for one run. Its connections live in the runtime of the first request: one runtime for the whole run.
pub struct GithubConnection {
    client: Client,
    cache: Cache,
}

impl std::fmt::Debug for GithubConnection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "Hub({} with {:?})",
            self.client.server.rest, self.client.access
        )
    }
}

impl GithubConnection {
    /// Reads addresses, credentials and proxies from the environment. `None`: there are no credentials.
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

    /// What a signal handler holds.
    pub fn stopper(&self) -> StopSignal {
        self.client.pace.stopper()
    }

    /// Whether nothing new should be begun: the time is up.
    pub fn is_over(&self) -> bool {
        self.client.pace.is_over()
    }

    /// What the run cost so far.
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
