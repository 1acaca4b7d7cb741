//! The proposal on GitHub that a saved plan was made for, and what it does to it.
//!
//! Input: what GitHub says of a target, and its life. Output: an [`ProposalState`]. Not here: deciding (`lifecycle`).

use crate::target_state::TargetState;
use serde::{Deserialize, Serialize};

use crate::lifecycle::ProposalPlan;
use crate::pr_body::BodyMetadata;
use crate::pull_request::{Pull, PullState, Remote, Step};

/// How the words of a step begin that only asks people.
pub(super) const MARK: &str = "add labels and reviewers";

/// The proposal as it stood, and what happens to it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct ProposalState {
    /// The target's state, as if the token might do everything: the run that plans may have one that only reads.
    pub state: TargetState,
    /// One clause: why.
    pub why: String,
    /// The newest pull request from our branch.
    pub pull: Option<ExpectedPull>,
    /// What is done, in order, in words; empty where nothing is.
    pub steps: Vec<String>,
    /// Whether a pull request is opened, new or again: a run bounds these.
    pub opens: bool,
}

/// A pull request as it stood.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct ExpectedPull {
    /// Its number.
    pub number: u64,
    /// Its page.
    pub url: String,
    /// Where it stands.
    pub state: PullState,
    /// Its head commit.
    pub head: String,
    /// The branch that it wants to be merged into.
    pub base_branch: String,
    /// The store's commit that its text names; none where the text does not tell.
    pub source: Option<String>,
}

impl ProposalState {
    /// Notes what was seen. `wanted` is the life as if the token might do everything; `store` is the store's name.
    pub fn of(remote: &Remote, wanted: &ProposalPlan, store: &str) -> Self {
        ProposalState {
            state: wanted.state,
            why: wanted.why.clone(),
            pull: remote.pull.as_ref().map(|pull| ExpectedPull::of(pull, store)),
            steps: wanted.steps.iter().map(words).collect(),
            opens: wanted.opens,
        }
    }
}

impl ExpectedPull {
    /// Notes what was seen.
    pub fn of(pull: &Pull, store: &str) -> Self {
        ExpectedPull {
            number: pull.number,
            url: pull.url.clone(),
            state: pull.state,
            head: pull.head.clone(),
            base_branch: pull.base_branch.clone(),
            source: BodyMetadata::read(&pull.body, store).map(|marker| marker.source),
        }
    }
}

/// A step in words.
pub fn words(step: &Step) -> String {
    let short = |commit: &str| commit.get(..7).unwrap_or(commit).to_owned();
    match step {
        Step::CreateBranch(_) => "make our branch".to_owned(),
        Step::MoveBranch {
            from, force: false, ..
        } => format!("put a commit on our branch, onto {}", short(from)),
        Step::MoveBranch {
            from, force: true, ..
        } => format!("make our branch anew on the base, from {}", short(from)),
        Step::Open {
            base, draft: false, ..
        } => format!("open a pull request into {base}"),
        Step::Open {
            base, draft: true, ..
        } => format!("open a draft pull request into {base}"),
        Step::Reopen { number } => format!("open #{number} again"),
        Step::Rewrite { number, .. } => format!("renew the text of #{number}"),
        Step::Mark { number, .. } => format!("{MARK} to #{number}"),
        Step::Say { number, .. } => format!("comment on #{number}"),
        Step::Close { number } => format!("close #{number}"),
        Step::DeleteBranch { from } => format!("delete our branch at {}", short(from)),
    }
}
