//! The GitHub client against the stand-in: reading, writing, and handling of errors.
//!
//! Input: repositories of the stand-in. Output: remotes, branches, pull requests, and the number of requests. The stand-in checks
//! every query against GitHub's schema and every REST request against GitHub's description, and fails a test that violates them.
//! Not here: the choice of steps (`pipeline/`), and the whole program (`github_sync`).

#![allow(clippy::unwrap_used, reason = "a test may stop at what it can't read")]

use lessonbook_github_standin as github;

mod auth;
mod finding;
mod reading;
mod trouble;
mod writing;

use std::sync::OnceLock;
use std::time::Duration;

use github::Github;
use lessonbook::repository::github::{GithubConnection, GithubOptions, StepsResult, TargetRequest};
use lessonbook_base::edit::{Edit, FileState};
use lessonbook_base::finding::Finding;
use lessonbook_base::tree::Mode;
use lessonbook_pipeline::pull_request::{Commit, Metadata, PullText, Remote, Step};
use lessonbook_store::EntryPoint;

/// Our branch in every repository.
const BRANCH: &str = "lessonbook/acme";
/// A message with our trailer.
const MESSAGE: &str = "docs(ai): 1 lesson added\n\nLessonbook: acme 0123456789abcdef\n";

/// The rows of the built-in table.
fn rows() -> &'static [EntryPoint] {
    static ROWS: OnceLock<Vec<EntryPoint>> = OnceLock::new();
    ROWS.get_or_init(|| {
        let none = lessonbook_store::Files::new();
        lessonbook_store::load(&none, jiff::civil::date(2026, 1, 5))
            .0
            .entry_points
    })
}

/// Options without a pause between writes, and with only short waits.
fn quick() -> GithubOptions {
    GithubOptions {
        pace: Duration::ZERO,
        patience: Duration::from_secs(3),
        timeout: Duration::from_millis(1500),
        backoff: Duration::from_millis(20),
        ..GithubOptions::default()
    }
}

fn env<'a>(pairs: &'a [(&'static str, String)]) -> impl Fn(&str) -> Option<String> + 'a {
    |name| {
        pairs
            .iter()
            .find(|(key, _)| *key == name)
            .map(|(_, value)| value.clone())
    }
}

/// A connection with a token of the bot.
fn hub(github: &Github, options: GithubOptions) -> GithubConnection {
    let token = github.token();
    GithubConnection::from_env(&env(&github.environment(&token)), options)
        .unwrap()
        .unwrap()
}

fn wait<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(future)
}

fn wanted(name: &str) -> TargetRequest<'_> {
    TargetRequest {
        name,
        base: None,
        store_name: "acme",
        rows: rows(),
        scopes: &[],
        disabled_scopes: &[],
        listing: false,
        workflows: false,
        custom_agents: false,
        audit: None,
    }
}

async fn read_one(hub: &GithubConnection, name: &str) -> Result<Remote, Finding> {
    hub.read(&[wanted(name)], &|_| ()).await.remove(0).1
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "a side of an edit is given as it is taken"
)]
fn file(mode: Mode, bytes: impl AsRef<[u8]>) -> Option<FileState> {
    Some(FileState {
        mode,
        bytes: bytes.as_ref().into(),
    })
}

fn edit(path: &str, before: Option<FileState>, after: Option<FileState>) -> Edit {
    Edit {
        path: path.to_owned(),
        before,
        after,
    }
}

/// A commit on the base that writes `CLAUDE.md`.
fn commit(remote: &Remote, text: &str) -> Commit {
    Commit {
        onto: remote.snapshot.as_ref().unwrap().base.commit.clone(),
        onto_tree: remote.base_tree.clone().unwrap(),
        edits: vec![edit("CLAUDE.md", None, file(Mode::File, text))],
        message: MESSAGE.to_owned(),
    }
}

fn open(metadata: Metadata) -> Step {
    Step::Open {
        base: "main".into(),
        text: text("A proposal", "Why.\n"),
        draft: false,
        metadata,
    }
}

fn text(title: &str, body: &str) -> PullText {
    PullText {
        title: title.into(),
        body: body.into(),
    }
}

/// A proposal that the client makes.
async fn propose(hub: &GithubConnection, name: &str, text: &str) -> StepsResult {
    let remote = read_one(hub, name).await.unwrap();
    let steps = [
        Step::CreateBranch(commit(&remote, text)),
        open(Metadata::default()),
    ];
    hub.carry_out(&remote, BRANCH, &steps, None).await
}
