//! The life of a proposal on GitHub: the state of a target, and the steps that a run takes from there.
//!
//! Input: a target's plan and what GitHub reports about the target. Output: exactly one [`TargetState`] and the [`Step`]s that lead
//! to the next one. Not here: carrying out the steps (`repository/github/`), and how many proposals a run may make (`scheduling`).
//!
//! A proposal is identified by the repository and our branch, never by labels or a title. Git shows what was proposed; the metadata
//! in the body only records who wrote what. The order of steps is objects, reopen, branch, pull request, labels, comment, so that the
//! next run completes a run that was interrupted anywhere. Closing has the opposite order (comment, metadata, close, branch), so that
//! our own close is never mistaken for a person's.

mod commit;
mod exposed;
mod new;
mod open;
mod opening;
mod ruled;
mod withdrawn;

use super::gfm_escape;
use super::plan::TargetPlan;
use super::pr_body::{BodyInput, BodyMetadata};
use super::target_state::TargetState;
use crate::pull_request::{Metadata, Permission, Pull, PullState, Remote, Step};
use lessonbook_base::snapshot::Branch;
use lessonbook_store::{Severity, Store};

pub use exposed::finding as exposed;
pub use ruled::{ruled, writes};

/// The label that holds a proposal.
pub const HOLD: &str = "lessonbook:hold";
/// The topic with which a repository opts out.
pub const OFF: &str = "lessonbook-off";
/// The reason given for such a repository.
const OPTED_OUT: &str = "opted out by the topic `lessonbook-off`";

/// The state of a target, and the steps that a run takes.
#[derive(Debug, Clone, PartialEq)]
pub struct ProposalPlan {
    /// The state.
    pub state: TargetState,
    /// The reason, in one clause.
    pub why: String,
    /// The steps in their order; empty if nothing is written.
    pub steps: Vec<Step>,
    /// The steps that are taken instead if the rules on our branch forbid `steps`.
    pub otherwise: Vec<Step>,
    /// Whether the steps open or reopen a pull request. A run limits how many do.
    pub opens: bool,
    /// Start of the state in seconds since 1970, if GitHub reports it: held, declined or open since.
    pub since: Option<i64>,
}

impl ProposalPlan {
    /// A state without steps.
    pub fn quiet(state: TargetState, why: impl Into<String>) -> Self {
        ProposalPlan::does(state, why, Vec::new())
    }

    /// A state with steps.
    pub fn does(state: TargetState, why: impl Into<String>, steps: Vec<Step>) -> Self {
        let opens = steps
            .iter()
            .any(|step| matches!(step, Step::Open { .. } | Step::Reopen { .. }));
        ProposalPlan {
            state,
            why: why.into(),
            steps,
            otherwise: Vec::new(),
            opens,
            since: None,
        }
    }

    /// The same state, deferred to the next run.
    #[must_use]
    pub fn deferred(self, why: &str) -> Self {
        let why = format!("{why}; it is {}: {}", self.state.word(), self.why);
        ProposalPlan {
            since: self.since,
            ..ProposalPlan::quiet(TargetState::Deferred, why)
        }
    }

    /// The same state with its start.
    #[must_use]
    fn since(self, since: Option<i64>) -> Self {
        ProposalPlan { since, ..self }
    }
}

/// The input of the decision.
#[derive(Clone, Copy)]
pub struct ProposalSituation<'a> {
    /// The store.
    pub store: &'a Store,
    /// What we would propose.
    pub plan: &'a TargetPlan,
    /// What GitHub reports.
    pub remote: &'a Remote,
    /// Input for the pull request's body, which is rendered only when it is needed.
    pub about: &'a BodyInput<'a>,
    /// Whether the store commit named by a proposal is newer than ours.
    pub is_newer: &'a dyn Fn(&str) -> bool,
    /// Why the target's own configuration asks us to wait.
    pub hold: Option<&'a str>,
    /// Whether forks receive proposals.
    pub forks: bool,
}

impl<'a> ProposalSituation<'a> {
    fn branch(&self) -> Option<&'a Branch> {
        self.remote.snapshot.as_ref()?.branch.as_ref()
    }

    fn open(&self) -> Option<&'a Pull> {
        self.remote
            .pull
            .as_ref()
            .filter(|pull| pull.state == PullState::Open)
    }

    fn base(&self) -> &'a str {
        self.plan
            .target
            .base
            .as_ref()
            .map_or("", |base| base.branch.as_str())
    }

    /// Labels and people of a proposal.
    fn metadata(&self) -> Metadata {
        let proposal = &self.store.proposal;
        Metadata {
            labels: proposal.labels.clone(),
            reviewers: proposal.reviewers.clone(),
            team_reviewers: proposal.team_reviewers.clone(),
            assignees: proposal.assignees.clone(),
        }
    }
}

/// The state of a target and its steps, within the permissions of our token.
pub fn decide(situation: &ProposalSituation<'_>) -> ProposalPlan {
    permitted(situation, wanted(situation))
}

/// The state and steps as if our token had all permissions.
pub fn wanted(situation: &ProposalSituation<'_>) -> ProposalPlan {
    if let Some(why) = excluded(situation) {
        return ProposalPlan::quiet(TargetState::Disabled, why);
    }
    let pull = situation.remote.pull.as_ref();
    let marker = pull.and_then(|pull| BodyMetadata::read(&pull.body, &situation.store.name));
    let life = state(situation, marker.as_ref());
    exposed::clean_past(situation, life, marker.as_ref())
}

/// The state of a target that takes part.
fn state(situation: &ProposalSituation<'_>, marker: Option<&BodyMetadata>) -> ProposalPlan {
    let ProposalSituation { plan, remote, .. } = *situation;
    let (branch, open) = (situation.branch(), situation.open());
    if let Some(life) = others(situation, marker) {
        return life;
    }
    let is_sync = plan.proposal.withdraws.is_none();
    let cleaned = open.filter(|_| is_sync);
    if let Some(life) = cleaned.and_then(|pull| exposed::clean(situation, branch, pull, marker)) {
        return life;
    }
    if !plan.holds() && is_sync {
        return refused();
    }
    if plan.proposal.withdraws.is_some() {
        return withdrawn::withdraw(situation, branch, marker);
    }
    if let Some(life) = withdrawn::left_alone(situation, marker) {
        return life;
    }
    let due = !plan.content.edits.is_empty() || open.is_some() || branch.is_some();
    if due && marker.is_some_and(|marker| marker.source != "-" && (situation.is_newer)(&marker.source)) {
        return ProposalPlan::quiet(
            TargetState::Proposed,
            "it was made from a newer commit of the store than this one",
        )
        .since(remote.pull.as_ref().map(|pull| pull.opened));
    }
    match (plan.content.edits.is_empty(), open) {
        (true, Some(pull)) => open::without_content(situation, branch, pull, marker),
        (true, None) => match branch.filter(|branch| branch.ours) {
            Some(branch) => {
                let merged = branch.merged
                    || remote
                        .pull
                        .as_ref()
                        .is_some_and(|pull| pull.state == PullState::Merged);
                let (state, why) = if merged {
                    (TargetState::Merged, "our branch can be deleted")
                } else {
                    (
                        TargetState::UpToDate,
                        "our branch has nothing left to propose and can be deleted",
                    )
                };
                let from = branch.head.clone();
                ProposalPlan::does(state, why, vec![Step::DeleteBranch { from }])
            }
            None if !plan.content.waiting.is_empty() => ProposalPlan::quiet(TargetState::Held, plan.waits()),
            None => ProposalPlan::quiet(TargetState::UpToDate, "nothing to propose"),
        },
        (false, Some(pull)) => open::update(situation, branch, pull, marker),
        (false, None) => new::start(situation, branch, marker),
    }
}

/// A pull request of another store with the same name. It is never touched, whatever is on its branch.
fn others(situation: &ProposalSituation<'_>, marker: Option<&BodyMetadata>) -> Option<ProposalPlan> {
    let home = marker?.other_home(situation.store)?;
    let pull = situation.remote.pull.as_ref()?;
    // A closed one without a branch does not conflict with ours.
    if pull.state != PullState::Open && situation.branch().is_none() {
        return None;
    }
    let why = format!(
        "#{} belongs to another store that is also called `{}`: its home is {}, ours is {}. Rename one of the stores. If the store only \
         moved, close the pull request and delete its branch",
        pull.number,
        gfm_escape::plain(&situation.store.name),
        gfm_escape::plain(home),
        gfm_escape::plain(&situation.store.home)
    );
    Some(ProposalPlan::quiet(TargetState::Blocked, why).since(Some(pull.opened)))
}

fn refused() -> ProposalPlan {
    ProposalPlan::quiet(TargetState::Refused, "findings stop the plan")
}

/// The same within the permissions of our token. Without write access the state is reported and no step is taken.
pub fn permitted(situation: &ProposalSituation<'_>, life: ProposalPlan) -> ProposalPlan {
    if life.steps.is_empty() || situation.remote.permission >= Permission::Write {
        return life;
    }
    match life.state {
        TargetState::UpToDate
        | TargetState::Merged
        | TargetState::Proposed
        | TargetState::Approved
        | TargetState::Edited
        | TargetState::Declined => ProposalPlan::quiet(life.state, life.why).since(life.since),
        state => {
            let why = format!(
                "our token has no write access; without that it is {}: {}",
                state.word(),
                life.why
            );
            ProposalPlan::quiet(TargetState::Blocked, why)
        }
    }
}

fn excluded(situation: &ProposalSituation<'_>) -> Option<String> {
    let why = left_alone(situation.remote, situation.forks)?;
    Some(if why == OPTED_OUT {
        opted_out(situation.plan)
    } else {
        why.to_owned()
    })
}

/// Why a repository never receives proposals: archived, disabled, empty, a fork, or opted out.
pub fn left_alone(remote: &Remote, forks: bool) -> Option<&'static str> {
    match remote {
        Remote { archived: true, .. } => Some("archived"),
        Remote { disabled: true, .. } => Some("disabled by GitHub"),
        Remote { topics, .. } if topics.iter().any(|topic| topic == OFF) => Some(OPTED_OUT),
        Remote { empty: true, .. } => Some("empty"),
        Remote { fork: true, .. } if !forks => Some("a fork"),
        _ => None,
    }
}

fn opted_out(plan: &TargetPlan) -> String {
    if let Some(taken) = plan.proposal.withdraws.as_ref().filter(|taken| taken.is_here()) {
        return format!(
            "opted out by the topic `{OFF}`; it still contains {}",
            taken.what.lesson
        );
    }
    let placements = plan.proof.coverage.placements.iter();
    let mut missing: Vec<&str> = placements
        .filter(|placement| {
            placement.severity == Severity::Critical
                && placement.exempt.is_none()
                && !placement.is_covered_now()
        })
        .map(|placement| placement.lesson.as_str())
        .collect();
    missing.dedup(); // placements of one lesson are adjacent
    let lacks = match missing.len() {
        0 => "it lacks no critical lesson".to_owned(),
        1 => "it lacks 1 critical lesson".to_owned(),
        many => format!("it lacks {many} critical lessons"),
    };
    format!("{OPTED_OUT}; {lacks}")
}
