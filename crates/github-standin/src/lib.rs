//! A stand-in for GitHub in tests: its REST and GraphQL APIs over real bare git repositories, with its errors and rate limits.
//!
//! Input: repositories, tokens and people's actions, as a test needs them; then HTTP requests. Output: responses as GitHub sends
//! them, and a log of all requests, moved branches and pull requests. Not here: what a client should have done.
//!
//! ```ignore
//! use lessonbook_github_standin as github;
//! use github::{Fault, Github, Match};
//!
//! let hub = Github::start();                                    // its own thread; stops when dropped
//! hub.organization("acme");
//! hub.repository("acme/shop").private().topics(&["kubernetes"])
//!     .file("README.md", "# Shop\n").file(".github/copilot-instructions.md", "Be kind.\n")
//!     .create();
//! let token = hub.token();                                      // lessonbook-bot: may push everywhere
//! hub.fail(Match::rest("POST", "/repos/acme/*/pulls"), Fault::LostAnswer);
//! sandbox.run_with(".", &["sync"], &hub.environment(&token).each_ref().map(|(name, value)| (*name, value.as_str())));
//! let shop = hub.repo("acme/shop");
//! let pull = shop.pulls().remove(0);
//! assert_eq!((pull.number, pull.state, pull.head.as_str()), (1, "OPEN", "lessonbook/acme"));
//! assert_eq!(shop.text("lessonbook/acme", "README.md").as_deref(), Some("# Shop\n"));
//! shop.commit("lessonbook/acme").by("dana").write("README.md", "mine\n").push();
//! shop.merge(1, "dana", github::How::Squash);
//! assert_eq!(hub.forget().iter().filter(|seen| seen.writes).count(), 4);
//! assert_eq!(hub.closed_by_move(), []);                         // pull requests closed by a move of their own branch
//! assert_eq!(hub.lost_commits(), []);                           // people's commits that a move of ours left behind
//! hub.advance(3600);                                            // otherwise the clock does not move
//! ```
//!
//! The clock stays at 2026-01-05 09:00:00 UTC, which is the `date` of every response. If the client compares times of the server with
//! its own clock (tokens that expire, limits that reset), call [`Github::real_clock`] first. A request that is not in GitHub's
//! `OpenAPI` description or GraphQL schema, or that the stand-in does not support, fails the test when the stand-in is dropped, unless
//! [`Github::violations`] was called before.

// No test uses all of it.
#![allow(dead_code)]
#![allow(clippy::missing_panics_doc, clippy::must_use_candidate)]
// Heads, bases, refs and repositories are GitHub's words; and all handlers have the same signature, even those that can't fail.
#![allow(
    clippy::similar_names,
    clippy::struct_excessive_bools,
    clippy::unnecessary_wraps,
    clippy::unnested_or_patterns
)]
#![allow(clippy::needless_pass_by_value, clippy::too_many_lines)]

mod answer;
mod auth;
mod builder;
mod commits;
mod faults;
mod git;
mod graphql;
mod model;
mod moves;
mod openapi;
mod people;
mod request;
mod rest;
mod server;
mod state;
mod temporary_folder;
mod view;
mod wire;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread::JoinHandle;

use axum::Router;
use axum::extract::{ConnectInfo, Request};

pub use auth::APP_KEY;
pub use builder::{Installed, New};
pub use commits::NewCommit;
pub use faults::{Fault, Match};
pub use people::{How, Place};
pub use state::{Moved, Protection, Role, Rule, Ruleset, START, Visibility};
pub use temporary_folder::temporary_folder;
pub use view::PullView;

use server::Shared;
use state::{Settings, State};
use wire::{Door, Line};

/// The bot whose token [`Github::token`] returns. It may push to every repository, unless a test changes that.
pub const ROBOT: &str = "lessonbook-bot";

/// A received request.
#[derive(Debug, Clone)]
pub struct Seen {
    /// Its position in the log, from 1.
    pub number: usize,
    /// `GET` and so on.
    pub method: String,
    /// Below the API's address, as it was sent; `/graphql` for GraphQL.
    pub path: String,
    /// After the question mark, as it was sent.
    pub query: String,
    /// The whole body.
    pub body: String,
    /// Whether it may change something: a REST request that is not a GET (except for tokens), or a GraphQL mutation.
    pub writes: bool,
    /// The user; `None` without a token or with an invalid one.
    pub login: Option<String>,
    /// The whole header.
    pub authorization: Option<String>,
    /// Whether it has `if-none-match`.
    pub conditional: bool,
    /// The status of the response.
    pub status: u16,
    /// The fault that was applied to it.
    pub fault: Option<Fault>,
    /// When, by the stand-in's clock.
    pub at: i64,
}

impl Seen {
    /// The request on one line: method, path, status and fault.
    pub fn line(&self) -> String {
        let query = if self.query.is_empty() {
            String::new()
        } else {
            format!("?{}", self.query)
        };
        let fault = self
            .fault
            .as_ref()
            .map(|fault| format!(" {fault:?}"))
            .unwrap_or_default();
        format!("{} {}{query} {}{fault}", self.method, self.path, self.status)
    }
}

/// A handle of the stand-in for a test.
pub struct Github {
    state: Shared,
    url: String,
    stop: Option<tokio::sync::oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
    _folder: tempfile::TempDir,
}

impl Github {
    /// Starts one on a free port of this machine, in a thread of its own.
    pub fn start() -> Self {
        let folder = temporary_folder();
        let socket = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
        socket.set_nonblocking(true).expect("a socket");
        let url = format!("http://{}", socket.local_addr().expect("an address"));
        let state = Arc::new(Mutex::new(empty(folder.path(), &url)));
        let (stop, stopped) = tokio::sync::oneshot::channel();
        let shared = Arc::clone(&state);
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .expect("a runtime");
            runtime.spawn(async move {
                let door = Door(tokio::net::TcpListener::from_std(socket).expect("a socket"));
                let app = Router::new().fallback(move |info: ConnectInfo<Line>, request: Request| {
                    server::handle(Arc::clone(&shared), info, request)
                });
                axum::serve(door, app.into_make_service_with_connect_info::<Line>()).await
            });
            let _ = runtime.block_on(stopped);
        });
        let hub = Github {
            state,
            url,
            stop: Some(stop),
            thread: Some(thread),
            _folder: folder,
        };
        hub.user("dana");
        hub.user(ROBOT);
        hub
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// For `GITHUB_API_URL`.
    pub fn api_url(&self) -> String {
        format!("{}/api/v3", self.url)
    }

    /// For `GITHUB_GRAPHQL_URL`.
    pub fn graphql_url(&self) -> String {
        format!("{}/api/graphql", self.url)
    }

    /// The variables with which the program finds the stand-in.
    pub fn environment(&self, token: &str) -> [(&'static str, String); 3] {
        [
            ("GITHUB_API_URL", self.api_url()),
            ("GITHUB_GRAPHQL_URL", self.graphql_url()),
            ("GITHUB_TOKEN", token.to_owned()),
        ]
    }

    // ---- The clock, limits, faults.

    /// Advances the clock by some seconds.
    pub fn advance(&self, seconds: i64) {
        self.state().clock += seconds;
    }

    /// The time by the stand-in's clock.
    pub fn now(&self) -> i64 {
        self.state().now()
    }

    /// Makes the clock follow the machine's clock; [`Github::advance`] still adds to it.
    pub fn real_clock(&self) {
        let mut state = self.state();
        state.settings.real_clock = true;
        state.clock = 0;
    }

    /// Limits the requests an hour for each login, from now on.
    pub fn quota(&self, requests: u64) {
        self.state().settings.quota = requests;
    }

    /// Limits the requests a minute that create content; more get the secondary rate limit.
    pub fn content_a_minute(&self, requests: usize) {
        self.state().settings.content_a_minute = Some(requests);
    }

    /// Queries with more aliases than this are answered with 502.
    pub fn most_aliases(&self, aliases: usize) {
        self.state().settings.most_aliases = aliases;
    }

    /// Recursive listings are cut after so many entries.
    pub fn most_entries(&self, entries: usize) {
        self.state().settings.most_entries = entries;
    }

    /// Texts of blobs are cut after so many bytes.
    pub fn most_text(&self, bytes: usize) {
        self.state().settings.most_text = bytes;
    }

    /// The first query whether a pull request is mergeable returns "unknown".
    pub fn lazy_mergeable(&self) {
        self.state().settings.lazy_mergeable = true;
    }

    /// Delays every response by some milliseconds.
    pub fn latency(&self, milliseconds: u64) {
        self.state().settings.latency = milliseconds;
    }

    /// Plans a fault. If several match a request, the first one planned is used.
    pub fn fail(&self, which: Match, fault: Fault) {
        self.state().faults.push(faults::Planned::new(which, fault));
    }

    /// After some more writes, the connection of every request is reset, as if the client had been killed.
    pub fn cut_off_after_writes(&self, writes: usize) {
        self.state().writes_left = Some(writes);
    }

    /// Removes all planned faults, and the limit of writes above.
    pub fn heal(&self) {
        let mut state = self.state();
        state.faults.clear();
        state.writes_left = None;
    }

    // ---- What has happened.

    /// Every request since the start, or since the last [`Github::forget`].
    pub fn requests(&self) -> Vec<Seen> {
        self.state().log.clone()
    }

    /// The requests that could write.
    pub fn writes(&self) -> Vec<Seen> {
        self.requests().into_iter().filter(|seen| seen.writes).collect()
    }

    /// Every request as one line.
    pub fn lines(&self) -> Vec<String> {
        self.requests().iter().map(Seen::line).collect()
    }

    /// Empties the logs of requests and of moved branches; returns the requests.
    pub fn forget(&self) -> Vec<Seen> {
        let mut state = self.state();
        state.moves.clear();
        std::mem::take(&mut state.log)
    }

    /// The most requests that were processed at once.
    pub fn most_at_once(&self) -> usize {
        self.state().at_once.1
    }

    /// Every move of a branch, also by people; see [`Moved::api`].
    pub fn moves(&self) -> Vec<Moved> {
        self.state().moves.clone()
    }

    /// Pull requests that were closed because a move left their branch without commits of its own. Should be empty.
    pub fn closed_by_move(&self) -> Vec<(String, u64)> {
        self.state().closed_by_move.clone()
    }

    /// People's commits that are on no branch after a move through the API. Should be empty.
    pub fn lost_commits(&self) -> Vec<(String, String)> {
        self.state().lost.clone()
    }

    /// Repositories with more than one open pull request from one branch by the same author. Should be empty.
    pub fn doubled(&self) -> Vec<String> {
        let state = self.state();
        let doubled = |repo: &&state::Repo| {
            let open: Vec<_> = repo.issues.values().filter(|issue| issue.open).collect();
            let head = |issue: &state::Issue| issue.pull.as_ref().map(|pull| pull.head.clone());
            open.iter().any(|one| {
                head(one).is_some()
                    && open
                        .iter()
                        .any(|other| one.number < other.number && head(one) == head(other))
            })
        };
        state
            .repos
            .values()
            .filter(doubled)
            .map(state::Repo::full_name)
            .collect()
    }

    /// Requests that violate GitHub's descriptions, or that the stand-in does not support. They are removed, so that they no longer fail
    /// the test.
    pub fn violations(&self) -> Vec<String> {
        std::mem::take(&mut self.state().violations)
    }
}

impl Drop for Github {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
        let violations = self.violations();
        assert!(
            std::thread::panicking() || violations.is_empty(),
            "requests that are not in GitHub's descriptions, or that the stand-in does not support:\n  {}",
            violations.join("\n  ")
        );
    }
}

fn empty(folder: &std::path::Path, url: &str) -> State {
    State {
        folder: folder.to_owned(),
        store: git::store(&folder.join("objects.git")),
        api: format!("{url}/api/v3"),
        web: url.to_owned(),
        clock: START,
        last_id: 100,
        accounts: BTreeMap::new(),
        repos: BTreeMap::new(),
        names: BTreeMap::new(),
        tokens: BTreeMap::new(),
        apps: BTreeMap::new(),
        installations: BTreeMap::new(),
        used: BTreeMap::new(),
        content: Vec::new(),
        log: Vec::new(),
        violations: Vec::new(),
        faults: Vec::new(),
        writes_left: None,
        moves: Vec::new(),
        closed_by_move: Vec::new(),
        lost: Vec::new(),
        at_once: (0, 0),
        settings: Settings {
            quota: 5000,
            content_a_minute: None,
            most_aliases: 200,
            most_entries: 100_000,
            most_text: 512 * 1024,
            lazy_mergeable: false,
            latency: 0,
            real_clock: false,
            member_role: Role::Write,
        },
    }
}
