//! The commits between the base and the head of our branch: whose they are, and what our newest one says.
//!
//! Input: commits, from the query or from a comparison. Output: the history of a [`Branch`]. Not here: requests (`fetch_missing`).

use super::graphql_types::{HistoryNode, PersonNode};
use crate::repository::commit_digest::{CommitFacts, Person, trailer};
use lessonbook_base::snapshot::Branch;
use lessonbook_pipeline::branch_action;

/// How many commits of other people are listed.
const LISTED: usize = 20;

/// A commit between the base and our branch's head.
pub(super) struct BranchCommit<'a> {
    pub oid: &'a str,
    pub tree: &'a str,
    pub parents: Vec<&'a str>,
    pub message: &'a str,
    pub author: Option<Person<'a>>,
    pub committer: Option<Person<'a>>,
}

impl BranchCommit<'_> {
    fn is_ours(&self, store_name: &str) -> bool {
        let facts = CommitFacts {
            tree: self.tree,
            parents: &self.parents,
            message: self.message,
            author: self.author,
            committer: self.committer,
        };
        facts.is_ours(store_name)
    }
}

/// Fills in the history of our branch from the commits since the base, oldest first.
pub(super) fn history(branch: &mut Branch, commits: &[BranchCommit<'_>], store_name: &str) {
    let foreign: Vec<String> = commits
        .iter()
        .rev()
        .filter(|commit| !commit.is_ours(store_name))
        .map(|commit| {
            let author = commit.author.map(|author| author.name);
            describe(commit.oid, commit.message, author.unwrap_or("unknown author"))
        })
        .collect();
    branch.ours = foreign.is_empty();
    let more = foreign.len().saturating_sub(LISTED);
    branch.foreign = foreign.into_iter().take(LISTED).collect();
    if more > 0 {
        branch.foreign.push(format!("and {more} more"));
    }
    let last = commits
        .last()
        .and_then(|commit| trailer(commit.message, store_name));
    branch.digest = last.map(str::to_owned);
    branch.home = commits
        .last()
        .and_then(|commit| branch_action::home(commit.message));
}

pub(super) fn branch_commit(commit: &HistoryNode) -> BranchCommit<'_> {
    BranchCommit {
        oid: &commit.oid,
        tree: &commit.tree.oid,
        parents: commit.parents.shown().map(|parent| parent.oid.as_str()).collect(),
        message: &commit.message,
        author: commit.author.as_ref().and_then(person),
        committer: commit.committer.as_ref().and_then(person),
    }
}

/// Name and address, if GitHub shows both.
pub(super) fn person(node: &PersonNode) -> Option<Person<'_>> {
    Some(Person {
        name: node.name.as_deref()?,
        email: node.email.as_deref()?,
    })
}

/// `abc1234 subject (author)`, safe to print.
fn describe(oid: &str, message: &str, author: &str) -> String {
    let subject = message.trim_start().lines().next().unwrap_or_default();
    let line = format!(
        "{} {} ({})",
        oid.get(..7).unwrap_or(oid),
        clip(subject),
        clip(author)
    );
    line.replace(char::is_control, "?")
}

fn clip(text: &str) -> String {
    if text.chars().count() <= 72 {
        return text.to_owned();
    }
    text.chars().take(71).chain(['…']).collect()
}
