//! The state of the proposal on GitHub for which a plan was saved, and what the plan does to it.
//!
//! Input: what GitHub reports about a target, and the proposal's plan. Output: a [`ProposalState`]. Not here: deciding (`lifecycle`).

use crate::target_state::TargetState;
use serde::{Deserialize, Serialize};

use crate::lifecycle::ProposalPlan;
use crate::pr_body::BodyMetadata;
use crate::pull_request::{Pull, PullState, Remote, Step};

/// The first words of a step that only adds labels and reviewers.
pub(super) const MARK: &str = "add labels and reviewers";

/// The proposal as it was, and what happens to it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct ProposalState {
    /// The target's state, for a token with all permissions: the run that plans may have one that only reads.
    pub state: TargetState,
    /// The reason, as one clause.
    pub why: String,
    /// The newest pull request from our branch.
    pub pull: Option<ExpectedPull>,
    /// The steps in order, in words; empty if there is nothing to do.
    pub steps: Vec<String>,
    /// Whether a pull request is opened or reopened; their number is limited for each run.
    pub opens: bool,
}

/// A pull request as it was.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct ExpectedPull {
    /// Its number.
    pub number: u64,
    /// Its page.
    pub url: String,
    /// Its state.
    pub state: PullState,
    /// Its head commit.
    pub head: String,
    /// The branch into which it would be merged.
    pub base_branch: String,
    /// The store's commit that its text names; none if the text names none.
    pub source: Option<String>,
}

impl ProposalState {
    /// Records the state. `plan` is the proposal's plan for a token with all permissions; `store` is the store's name.
    pub fn new(remote: &Remote, plan: &ProposalPlan, store: &str) -> Self {
        ProposalState {
            state: plan.state,
            why: plan.why.clone(),
            pull: remote.pull.as_ref().map(|pull| ExpectedPull::new(pull, store)),
            steps: plan.steps.iter().map(words).collect(),
            opens: plan.opens,
        }
    }
}

impl ExpectedPull {
    /// Records the state of a pull request.
    pub fn new(pull: &Pull, store: &str) -> Self {
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
        Step::CreateBranch(_) => "create our branch".to_owned(),
        Step::MoveBranch {
            from, force: false, ..
        } => format!("add a commit to our branch, onto {}", short(from)),
        Step::MoveBranch {
            from, force: true, ..
        } => format!("create our branch again on the base, from {}", short(from)),
        Step::Open {
            base, draft: false, ..
        } => format!("open a pull request into {base}"),
        Step::Open {
            base, draft: true, ..
        } => format!("open a draft pull request into {base}"),
        Step::Reopen { number } => format!("reopen #{number}"),
        Step::Rewrite { number, .. } => format!("update the text of #{number}"),
        Step::Mark { number, .. } => format!("{MARK} to #{number}"),
        Step::Say { number, .. } => format!("comment on #{number}"),
        Step::Close { number } => format!("close #{number}"),
        Step::DeleteBranch { from } => format!("delete our branch at {}", short(from)),
    }
}
