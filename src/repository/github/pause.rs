//! Reads the file `PAUSE` on the default branch of the store's home, with which a person can stop a run from a browser.
//!
//! Input: a [`StoreRepository`], which keeps the last result. Output: a [`Pause`], `None`, or why the file could not be read.
//! Not here: when to look, and what the pause stops.

use std::time::Duration;

use serde::Deserialize;
use tokio::time::Instant;

use super::GithubConnection;
use super::client::{GithubCall, branch_path, of_repository, owner, part};
use super::error::GithubError;
use super::write::TRIES;
use lessonbook_pipeline::pause::{FILE, LARGE, LINK, NO_FILE, Pause, PauseSource, UNREADABLE, reason, who};

const NEEDS: &str = "contents: read";
/// The reason in a larger file is not read.
const MOST: u64 = 64 * 1024;

/// The store's repository, with the result of the last look.
#[derive(Debug, Clone)]
pub struct StoreRepository {
    /// `owner/name`.
    name: String,
    /// The store's folder there; empty at the top.
    folder: String,
    /// The least time between two looks.
    gap: Duration,
    last: Option<Instant>,
    tag: Option<String>,
}

impl StoreRepository {
    /// A repository that was not looked at yet. `None` if the home is not the name of a repository.
    pub fn new(home: &str, folder: String, gap: Duration) -> Option<Self> {
        let (owner, name) = home.split_once('/')?;
        let is_name = !owner.is_empty() && !name.is_empty() && !name.contains('/') && !home.contains(':');
        is_name.then(|| StoreRepository {
            name: home.to_owned(),
            folder,
            gap,
            last: None,
            tag: None,
        })
    }

    /// `owner/name`.
    pub fn name(&self) -> &str {
        &self.name
    }

    fn path(&self, below: &str) -> String {
        let parts = [self.folder.as_str(), below];
        let path: Vec<String> = parts
            .into_iter()
            .filter(|part| !part.is_empty())
            .map(branch_path)
            .collect();
        path.join("/")
    }
}

#[derive(Deserialize)]
struct PauseEntry {
    name: String,
    #[serde(default, rename = "type")]
    kind: String,
    #[serde(default)]
    sha: String,
    #[serde(default)]
    size: u64,
}

#[derive(Deserialize)]
struct TouchNode {
    sha: String,
    commit: TouchCommit,
}

#[derive(Deserialize)]
struct TouchCommit {
    author: TouchAuthor,
}

#[derive(Deserialize)]
struct TouchAuthor {
    name: String,
    date: jiff::Timestamp,
}

impl GithubConnection {
    /// Looks again, if the last look is old enough. The folder is requested instead of the file: an unchanged response does not count
    /// against the rate limit, and "not found" means that the token may not read the repository.
    pub async fn paused_at_home(&self, home: &mut StoreRepository) -> Result<Option<Pause>, GithubError> {
        let now = Instant::now();
        if home.last.is_some_and(|last| now.duration_since(last) < home.gap) {
            return Ok(None);
        }
        home.last = Some(now);
        let path = of_repository(&home.name, &format!("/contents/{}", home.path("")));
        let call = GithubCall::get(owner(&home.name), path, NEEDS).unless(home.tag.clone());
        let answer = self.client.read(&call, TRIES).await?;
        if answer.body.is_empty() {
            return Ok(None);
        }
        let entries: Vec<PauseEntry> = answer.json().map_err(GithubError::Down)?;
        let Some(entry) = entries.iter().find(|entry| entry.name == FILE) else {
            home.tag = answer.tag();
            return Ok(None);
        };
        Ok(Some(Pause {
            by: PauseSource::Home,
            place: format!("the file {} in {}", home.path(FILE), home.name),
            who: self.toucher(home).await,
            why: self.reason_at(home, entry).await,
        }))
    }

    /// The reason in the file. If it can't be read, the run is paused anyway. The blob is requested instead of the path: for the path
    /// of a link, GitHub returns the file that it leads to.
    async fn reason_at(&self, home: &StoreRepository, entry: &PauseEntry) -> String {
        match entry.kind.as_str() {
            "file" if entry.size > MOST => return LARGE.to_owned(),
            "file" => {}
            "symlink" => return LINK.to_owned(),
            _ => return NO_FILE.to_owned(),
        }
        let path = of_repository(&home.name, &format!("/git/blobs/{}", part(&entry.sha)));
        match self
            .client
            .read(&GithubCall::raw(owner(&home.name), path), TRIES)
            .await
        {
            Ok(answer) => reason(&answer.body),
            Err(_) => UNREADABLE.to_owned(),
        }
    }

    async fn toucher(&self, home: &StoreRepository) -> String {
        let path = of_repository(
            &home.name,
            &format!("/commits?path={}&per_page=1", home.path(FILE)),
        );
        let read = self
            .client
            .read(&GithubCall::get(owner(&home.name), path, NEEDS), TRIES)
            .await;
        let touches: Vec<TouchNode> = read
            .ok()
            .and_then(|answer| answer.json().ok())
            .unwrap_or_default();
        match touches.first() {
            Some(touch) => {
                let author = &touch.commit.author;
                who(&author.name, &touch.sha, author.date.as_second())
            }
            None => "an unknown person (GitHub does not show who)".to_owned(),
        }
    }
}
