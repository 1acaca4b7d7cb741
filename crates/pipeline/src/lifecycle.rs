//! The life of a proposal on GitHub: in which state a target is, and what that asks to be done.
//!
//! Input: a target's plan and what GitHub says of the target. Output: exactly one [`TargetState`], and the [`Step`]s that lead to
//! the next. Not here: carrying them out (`repository/github/`), and how many proposals a run may make (`fleet`).
//! Identity is the repository and our branch, never labels or title. What was proposed is told by git; the hidden line in the
//! body only says who wrote what. Order of steps: objects → reopen → branch → pull request → metadata → comment, so that a run
//! that is cut off anywhere is healed by the next. Closing is the other way round: comment → mark the body → close → branch, so
//! that a close that was ours is never taken for a person's.

mod commit;
mod exposed;
mod new;
mod open;
mod ruled;
mod state;
mod withdrawn;

use super::gfm_escape;
use super::plan::TargetPlan;
use super::pr_body::{BodyInput, BodyMetadata};
use crate::pull_request::{Metadata, Permission, Pull, PullState, Remote, Step};
use lessonbook_base::snapshot::Branch;
use lessonbook_store::{Severity, Store};

pub use exposed::finding as exposed;
pub use ruled::{ruled, writes};
pub use state::TargetState;

/// The label that holds a proposal.
pub const HOLD: &str = "lessonbook:hold";
/// The topic that takes a repository out.
pub const OFF: &str = "lessonbook-off";
/// Why a repository with it is left alone.
const OPTED_OUT: &str = "opted out by the topic `lessonbook-off`";

/// What a state asks for.
#[derive(Debug, Clone, PartialEq)]
pub struct ProposalPlan {
    /// The state.
    pub state: TargetState,
    /// One clause for people: why.
    pub why: String,
    /// What to do, in order; empty where nothing is written.
    pub steps: Vec<Step>,
    /// What is done all the same where the rules on our branch forbid the steps.
    pub otherwise: Vec<Step>,
    /// Whether the steps open a pull request, new or again: a run bounds these.
    pub opens: bool,
    /// Since when, in seconds since 1970, where GitHub tells: held since, declined since, open since.
    pub since: Option<i64>,
}

impl ProposalPlan {
    /// A state in which nothing is written.
    pub fn quiet(state: TargetState, why: impl Into<String>) -> Self {
        ProposalPlan::does(state, why, Vec::new())
    }

    /// A state that is left by these steps.
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

    /// The same, left for the next run.
    #[must_use]
    pub fn deferred(self, why: &str) -> Self {
        let why = format!("{why}; it is {}: {}", self.state.word(), self.why);
        ProposalPlan {
            since: self.since,
            ..ProposalPlan::quiet(TargetState::Deferred, why)
        }
    }

    /// The same, since then.
    #[must_use]
    fn since(self, since: Option<i64>) -> Self {
        ProposalPlan { since, ..self }
    }
}

/// What the decision is made from.
#[derive(Clone, Copy)]
pub struct ProposalSituation<'a> {
    /// The store.
    pub store: &'a Store,
    /// What we would propose.
    pub plan: &'a TargetPlan,
    /// What GitHub says.
    pub remote: &'a Remote,
    /// What the text of a proposal is written about. It is written only where it is needed.
    pub about: &'a BodyInput<'a>,
    /// Whether the store's commit that a proposal names is newer than ours.
    pub is_newer: &'a dyn Fn(&str) -> bool,
    /// Why the target's own configuration asks to wait.
    pub hold: Option<&'a str>,
    /// Whether forks are wanted.
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

    /// What people are asked to do with a proposal.
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

/// Decides.
pub fn decide(situation: &ProposalSituation<'_>) -> ProposalPlan {
    permitted(situation, wanted(situation))
}

/// The state, as if our token might do everything.
pub fn wanted(situation: &ProposalSituation<'_>) -> ProposalPlan {
    if let Some(why) = excluded(situation) {
        return ProposalPlan::quiet(TargetState::Excluded, why);
    }
    let pull = situation.remote.pull.as_ref();
    let marker = pull.and_then(|pull| BodyMetadata::read(&pull.body, &situation.store.name));
    let life = state(situation, marker.as_ref());
    exposed::clean_past(situation, life, marker.as_ref())
}

/// The state of a target that is not left out.
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
            TargetState::Ahead,
            "proposed from a newer commit of the store than this one",
        )
        .since(remote.pull.as_ref().map(|pull| pull.opened));
    }
    match (plan.content.edits.is_empty(), open) {
        (true, Some(pull)) => open::obsolete(situation, branch, pull, marker),
        (true, None) => match branch.filter(|branch| branch.ours) {
            Some(branch) => ProposalPlan::does(
                TargetState::Leftover,
                "our branch has nothing left to say",
                vec![Step::DeleteBranch {
                    from: branch.head.clone(),
                }],
            ),
            None if !plan.content.waiting.is_empty() => {
                ProposalPlan::quiet(TargetState::Waiting, waits(plan))
            }
            None => ProposalPlan::quiet(TargetState::InSync, "nothing to propose"),
        },
        (false, Some(pull)) => open::renew(situation, branch, pull, marker),
        (false, None) => new::start(situation, branch, marker),
    }
}

/// A proposal of another store with the same name: it is theirs, whatever is on its branch.
fn others(situation: &ProposalSituation<'_>, marker: Option<&BodyMetadata>) -> Option<ProposalPlan> {
    let home = marker?.other_home(situation.store)?;
    let pull = situation.remote.pull.as_ref()?;
    // One that is over, without a branch, is in nobody's way.
    if pull.state != PullState::Open && situation.branch().is_none() {
        return None;
    }
    let why = format!(
        "#{} is a proposal of another store that is called `{}`, too: its home is {}, ours is {}. Give one of them another name; where the \
         store only moved, close the pull request and delete its branch",
        pull.number,
        gfm_escape::plain(&situation.store.name),
        gfm_escape::plain(home),
        gfm_escape::plain(&situation.store.home)
    );
    Some(ProposalPlan::quiet(TargetState::Blocked, why).since(Some(pull.opened)))
}

/// What a target waits for that has nothing to propose yet.
pub fn waits(plan: &TargetPlan) -> String {
    match plan.content.waiting.as_slice() {
        [one] => format!("{} {}", one.lesson, one.why),
        [first, more @ ..] => format!("{} and {} more wait for canaries", first.lesson, more.len()),
        [] => String::new(),
    }
}

fn refused() -> ProposalPlan {
    ProposalPlan::quiet(
        TargetState::Refused,
        "the plan does not hold, as its findings say",
    )
}

/// What is left of it with the permissions that our token has: where it may write nothing, the state is told all the same.
pub fn permitted(situation: &ProposalSituation<'_>, life: ProposalPlan) -> ProposalPlan {
    if life.steps.is_empty() || situation.remote.permission >= Permission::Write {
        return life;
    }
    match life.state {
        TargetState::InSync
        | TargetState::Leftover
        | TargetState::Current
        | TargetState::Approved
        | TargetState::Edited
        | TargetState::Declined => ProposalPlan::quiet(life.state, life.why).since(life.since),
        state => {
            let why = format!(
                "our token may not push here; it is {}: {}",
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

/// Why nothing is ever proposed to a repository: archived, switched off, empty, a fork, or by its own wish.
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
            "opted out by the topic `{OFF}`; it holds {} still",
            taken.what.lesson
        );
    }
    let cells = plan.proof.coverage.cells.iter();
    let mut missing: Vec<&str> = cells
        .filter(|cell| cell.severity == Severity::Critical && cell.exempt.is_none() && !cell.is_covered_now())
        .map(|cell| cell.lesson.as_str())
        .collect();
    missing.dedup(); // the cells of a lesson stand together
    let lacks = match missing.len() {
        0 => "it lacks no critical lesson".to_owned(),
        1 => "it lacks 1 critical lesson".to_owned(),
        many => format!("it lacks {many} critical lessons"),
    };
    format!("{OPTED_OUT}; {lacks}")
}
