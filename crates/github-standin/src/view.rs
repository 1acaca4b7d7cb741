//! Reads a repository for a test: branches, files, pull requests.
//!
//! Input: a repository. Output: its current content. Not here: changes (`people.rs`).

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::people::Place;
use super::state::{Issue, Pull};

/// An issue or a pull request, as people see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PullView {
    /// Its number.
    pub number: u64,
    /// `OPEN`, `CLOSED` or `MERGED`.
    pub state: &'static str,
    /// Its title.
    pub title: String,
    /// Its text.
    pub body: String,
    /// Who opened it.
    pub author: String,
    /// Of a pull request: its branch.
    pub head: String,
    /// Of a pull request: its last commit.
    pub head_oid: String,
    /// Of a pull request: the branch that it is to be merged into.
    pub base: String,
    /// Whether it is a draft.
    pub draft: bool,
    /// Labels.
    pub labels: Vec<String>,
    /// Assignees.
    pub assignees: Vec<String>,
    /// People asked for a review.
    pub reviewers: Vec<String>,
    /// Teams asked for a review.
    pub teams: Vec<String>,
    /// Comments with their authors.
    pub comments: Vec<(String, String)>,
    /// Events with their actors.
    pub events: Vec<(&'static str, String)>,
    /// Whether auto-merge is enabled.
    pub auto_merge: bool,
    /// Approvals that count.
    pub approvals: usize,
}

impl Place<'_> {
    /// `owner/name` now.
    pub fn name(&self) -> String {
        self.hub.state().repo(self.id).full_name()
    }

    /// Its node id.
    pub fn node_id(&self) -> String {
        format!("R_{}", self.id)
    }

    /// The folder of the bare repository, which is kept up to date from now on.
    pub fn git_dir(&self) -> PathBuf {
        let state = self.hub.state();
        let repo = state.repo(self.id);
        repo.git.dir(&repo.default_branch, &repo.refs).to_owned()
    }

    /// The commit of a branch.
    pub fn head(&self, branch: &str) -> Option<String> {
        self.hub.state().repo(self.id).branch(branch).cloned()
    }

    /// Whether GitHub signed the newest commit of a branch.
    pub fn is_signed(&self, branch: &str) -> bool {
        let state = self.hub.state();
        let repo = state.repo(self.id);
        repo.branch(branch).is_some_and(|oid| repo.signed.contains(oid))
    }

    /// Every branch with its commit.
    pub fn branches(&self) -> BTreeMap<String, String> {
        let state = self.hub.state();
        let refs = state.repo(self.id).refs.iter();
        refs.filter_map(|(name, oid)| Some((name.strip_prefix("refs/heads/")?.to_owned(), oid.clone())))
            .collect()
    }

    /// A file's bytes on a branch, or in a commit.
    pub fn file(&self, at: &str, path: &str) -> Option<Vec<u8>> {
        let state = self.hub.state();
        let repo = state.repo(self.id);
        let entry = repo.git.entry(&repo.tree(at)?, path)?;
        Some(repo.git.object(&entry.oid)?.1)
    }

    /// A file's text.
    pub fn text(&self, at: &str, path: &str) -> Option<String> {
        self.file(at, path)
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
    }

    /// Every file on a branch, with its mode.
    pub fn files(&self, at: &str) -> BTreeMap<String, String> {
        let state = self.hub.state();
        let repo = state.repo(self.id);
        let tree = repo.tree(at).unwrap_or_else(|| panic!("no {at}"));
        repo.git
            .files(&tree)
            .into_iter()
            .map(|(path, (mode, _))| (path, mode))
            .collect()
    }

    /// The messages of a branch's commits, newest first.
    pub fn log(&self, at: &str) -> Vec<String> {
        let state = self.hub.state();
        let repo = state.repo(self.id);
        let tip = repo.resolve(at).unwrap_or_else(|| panic!("no {at}"));
        let read = |oid: &String| repo.git.read(oid).map(|commit| commit.message);
        repo.git.history(&tip).iter().filter_map(read).collect()
    }

    /// Pull requests in their order.
    pub fn pulls(&self) -> Vec<PullView> {
        let state = self.hub.state();
        state
            .repo(self.id)
            .issues
            .values()
            .filter(|issue| issue.pull.is_some())
            .map(view)
            .collect()
    }

    /// Issues that are not pull requests.
    pub fn issues(&self) -> Vec<PullView> {
        let state = self.hub.state();
        state
            .repo(self.id)
            .issues
            .values()
            .filter(|issue| issue.pull.is_none())
            .map(view)
            .collect()
    }

    /// A pull request or an issue.
    pub fn pull(&self, number: u64) -> PullView {
        let state = self.hub.state();
        let issue = state.repo(self.id).issues.get(&number);
        view(issue.unwrap_or_else(|| panic!("no pull request {number}")))
    }
}

fn view(issue: &Issue) -> PullView {
    let pull = issue.pull.as_ref();
    let of = |get: fn(&Pull) -> &String| pull.map(get).cloned().unwrap_or_default();
    PullView {
        number: issue.number,
        state: issue.state(),
        title: issue.title.clone(),
        body: issue.body.clone(),
        author: issue.author.clone(),
        head: of(|pull| &pull.head),
        head_oid: of(|pull| &pull.head_oid),
        base: of(|pull| &pull.base),
        draft: pull.is_some_and(|pull| pull.draft),
        labels: issue.labels.clone(),
        assignees: issue.assignees.clone(),
        reviewers: pull.map(|pull| pull.reviewers.clone()).unwrap_or_default(),
        teams: pull.map(|pull| pull.teams.clone()).unwrap_or_default(),
        comments: issue
            .comments
            .iter()
            .map(|each| (each.author.clone(), each.body.clone()))
            .collect(),
        events: issue
            .events
            .iter()
            .map(|event| (event.kind, event.actor.clone()))
            .collect(),
        auto_merge: pull.is_some_and(|pull| pull.auto_merge.is_some()),
        approvals: pull.map_or(0, |pull| {
            pull.reviews
                .iter()
                .filter(|review| review.state == "APPROVED")
                .count()
        }),
    }
}
