//! Carries out plans in local repositories and on GitHub.
//!
//! Input: planned targets that were shown to the user. Output: a result for each target. Not here: asking for confirmation (`propose`).

use super::audit_log::AuditLog;
use super::github_targets::GithubTarget;
use super::github_targets::branch_rules::is_author_set;
use super::pause::PauseWatch;
use super::planning::Planning;
use crate::report::Progress;
use crate::repository::github::{Github, GithubError};
use lessonbook_base::finding::{Code, Finding};
use lessonbook_base::snapshot::{BranchUpdate, WriteOutcome};
use lessonbook_pipeline::audit_log::AuditRow;
use lessonbook_pipeline::branch_action::Action;
use lessonbook_pipeline::plan::{TargetPlan, Verified};
use lessonbook_pipeline::pull_request::WriteReceipt;
use lessonbook_pipeline::scheduling::{self, ProposalLimit, ScheduledTarget};
use lessonbook_pipeline::target_state::TargetState;

/// The result of one target.
#[derive(Debug)]
pub struct TargetResult {
    /// The target's name.
    pub target: String,
    /// What was written, or why nothing was.
    pub outcome: AppliedOutcome,
}

impl TargetResult {
    /// Why the target was not written completely.
    pub fn finding(&self) -> Option<&Finding> {
        match &self.outcome {
            AppliedOutcome::Local(outcome) => outcome.as_ref().err(),
            AppliedOutcome::Remote(sent) => sent.failed.as_ref(),
            AppliedOutcome::Deferred(_) => None,
        }
    }
}

/// What was written.
#[derive(Debug)]
pub enum AppliedOutcome {
    /// On our branch of a repository on disk.
    Local(Result<WriteOutcome, Finding>),
    /// On GitHub.
    Remote(GithubOutcome),
    /// Nothing on disk, because the target waits for the next run; with the reason.
    Deferred(String),
}

/// The result of a target on GitHub.
#[derive(Debug)]
pub struct GithubOutcome {
    /// The target's state; `Deferred` if a limit left it for the next run.
    pub state: TargetState,
    /// The reason for the state.
    pub why: String,
    /// What was written, in order.
    pub wrote: Vec<WriteReceipt>,
    /// Why the rest was not written.
    pub failed: Option<Finding>,
    /// Optional parts that could not be set on a proposal that was written.
    pub warnings: Vec<Finding>,
    /// The proposal's page.
    pub url: Option<String>,
}

/// Carries out every plan that may be carried out, one after the other. A failure in one target does not stop the others. A pause defers
/// the targets that have not begun; a target that has begun is finished, so that no branch is left without its pull request.
pub fn carry_out(
    planning: &Planning,
    bound: ProposalLimit,
    watch: &mut PauseWatch,
    progress: &Progress,
) -> Vec<TargetResult> {
    let verified = planning
        .plans
        .iter()
        .filter(|plan| !planning.lives.contains_key(&plan.target.name));
    let mut verified: Vec<Verified<'_>> = verified.filter_map(TargetPlan::verified).collect();
    if planning.withdraws.is_some() {
        let is_open = |plan: &TargetPlan| {
            plan.proposal
                .withdraws
                .as_ref()
                .is_some_and(|text| text.on_branch)
        };
        verified.sort_by_key(|plan| !is_open(plan.plan())); // open proposals first; stable
    }
    let mut all: Vec<TargetResult> = verified
        .into_iter()
        .map(|plan| {
            let target = plan.plan().target.name.clone();
            let outcome = match watch.stops(planning.github.as_ref(), &target) {
                Some(why) => AppliedOutcome::Deferred(deferral(&why)),
                None => AppliedOutcome::Local(local(planning, plan, watch.record())),
            };
            log_deferral(watch.record(), TargetResult { target, outcome })
        })
        .collect();
    if let Some(github) = &planning.github {
        all.extend(remote(planning, github, bound, watch, progress));
        all.extend(unwritten(planning));
    }
    all
}

fn local(planning: &Planning, verified: Verified<'_>, record: &AuditLog) -> Result<WriteOutcome, Finding> {
    let plan = verified.plan();
    let target = planning.store.target(&plan.target.name);
    let Some(repository) = target.and_then(|target| planning.open(target)) else {
        return Ok(WriteOutcome::Unchanged);
    };
    let repository = repository?;
    let branch = planning.store.branch();
    let row = AuditRow::local(&plan.target.name, &branch, plan);
    let expected_head = match &plan.proposal.action {
        Action::Remove { head, .. } => {
            return record.local(row, || repository.remove_branch(&branch, head));
        }
        Action::Update { head } => Some(head.as_str()),
        _ => None,
    };
    let (name, address) = &planning.store.proposal.author;
    let change = BranchUpdate {
        branch: &branch,
        base: verified.base(),
        expected_head,
        edits: &plan.content.edits,
        message: &plan.proposal.message,
        author: (name, address),
        // The later of the two times, not the clock, so that the same input gives the same commit.
        time: verified
            .base()
            .time
            .max(planning.commit.as_ref().map_or(0, |commit| commit.time)),
    };
    record.local(row, || repository.propose(&change))
}

/// The number of targets that would be written.
pub fn due_targets(planning: &Planning) -> usize {
    let local = planning
        .plans
        .iter()
        .filter(|plan| !planning.lives.contains_key(&plan.target.name));
    local.filter(|plan| plan.verified().is_some()).count() + scheduled_targets(planning).len()
}

/// The targets on GitHub that would be written.
pub fn scheduled_targets(planning: &Planning) -> Vec<ScheduledTarget<'_>> {
    planning
        .plans
        .iter()
        .filter_map(|plan| Some((plan, planning.lives.get(&plan.target.name)?)))
        .filter(|(_, live)| !live.life.steps.is_empty())
        .map(|(plan, live)| ScheduledTarget {
            target: &plan.target.name,
            plan,
            last: live.remote.pull.as_ref().and_then(|pull| pull.closed),
            life: live.life.clone(),
        })
        .collect()
}

/// Carries out the steps of the targets on GitHub, in the order of `scheduling`, until a limit is reached.
fn remote(
    planning: &Planning,
    github: &Github,
    mut limit: ProposalLimit,
    watch: &mut PauseWatch,
    progress: &Progress,
) -> Vec<TargetResult> {
    let targets = scheduled_targets(planning);
    let mut all = Vec::with_capacity(targets.len());
    let mut order = scheduling::order(&targets);
    if planning.withdraws.is_some() {
        order.sort_by_key(|at| targets[*at].life.opens); // open proposals first; stable
    }
    for target in order.into_iter().map(|at| &targets[at]) {
        let Some(live) = planning.lives.get(target.target) else {
            continue;
        };
        progress.now(target.target);
        let sent = if let Some(why) = watch.stops(Some(github), target.target) {
            deferred(live, &why)
        } else if github.is_over() {
            deferred(live, "the time of --until is over")
        } else if limit.admits(&target.life) {
            let sent = send(planning, github, live);
            if target.life.opens && sent.failed.is_some() {
                limit.give_back();
            }
            sent
        } else {
            deferred(live, &limit.why())
        };
        let result = TargetResult {
            target: target.target.to_owned(),
            outcome: AppliedOutcome::Remote(sent),
        };
        all.push(log_deferral(watch.record(), result));
        progress.done();
    }
    all
}

/// Logs a target that waits for the next run. Writes are logged where they are made.
fn log_deferral(log: &AuditLog, result: TargetResult) -> TargetResult {
    match &result.outcome {
        AppliedOutcome::Deferred(why) => log.deferred(&result.target, why),
        AppliedOutcome::Remote(sent) if sent.state == TargetState::Deferred => {
            log.deferred(&result.target, &sent.why);
        }
        AppliedOutcome::Local(_) | AppliedOutcome::Remote(_) => {}
    }
    result
}

/// Results of targets on GitHub to which nothing is written, but which must be reported: those that fail, and those that a limit kept
/// from being read.
fn unwritten(planning: &Planning) -> Vec<TargetResult> {
    let states = super::target_states::github_states(planning);
    let reported = states.into_iter().filter(|(target, state)| {
        let has_steps = planning
            .lives
            .get(target)
            .is_some_and(|live| !live.life.steps.is_empty());
        !has_steps && (state.state.fails() || state.state == TargetState::Deferred)
    });
    reported
        .map(|(target, state)| TargetResult {
            target,
            outcome: AppliedOutcome::Remote(GithubOutcome {
                state: state.state,
                why: state.why,
                wrote: Vec::new(),
                failed: None,
                warnings: Vec::new(),
                url: state.pull.map(|pull| pull.url),
            }),
        })
        .collect()
}

/// The state of a target after GitHub refused a request, and the reason.
fn after(refusal: &GithubError, before: TargetState) -> (TargetState, String) {
    let state = match refusal {
        _ if refusal.is_for_now() => TargetState::Deferred,
        GithubError::Down(_) => TargetState::Unreachable,
        // The repository was archived since it was read, so the next run leaves it out.
        GithubError::Archived => TargetState::Disabled,
        // Someone else changed the branch first, so the next run decides again.
        _ if refusal.code() == Code::BaseMoved => before,
        _ => TargetState::Blocked,
    };
    let why = refusal.sentence();
    if state == TargetState::Deferred {
        return (state, deferral(&why));
    }
    (state, why)
}

fn deferred(live: &GithubTarget, why: &str) -> GithubOutcome {
    let url = live.remote.pull.as_ref().map(|pull| pull.url.clone());
    GithubOutcome {
        state: TargetState::Deferred,
        why: deferral(why),
        wrote: Vec::new(),
        failed: None,
        warnings: Vec::new(),
        url,
    }
}

fn deferral(why: &str) -> String {
    format!("left for the next run: {why}")
}

fn send(planning: &Planning, github: &Github, live: &GithubTarget) -> GithubOutcome {
    let (name, address) = &planning.store.proposal.author;
    let author = is_author_set(&planning.store).then_some((name.as_str(), address.as_str()));
    let done = github.carry_out(&live.remote, &planning.store.branch(), &live.life.steps, author);
    let name = live.remote.requested_name.as_deref().unwrap_or(&live.remote.name);
    let url = done.wrote.iter().rev().find_map(|wrote| match wrote {
        WriteReceipt::Pull { url, .. } => Some(url.clone()),
        _ => None,
    });
    if let Some(refusal) = &done.failed {
        github.remember(&live.remote, refusal);
    }
    let (state, why) = match &done.failed {
        None => (live.life.state, live.life.why.clone()),
        Some(refusal) => after(refusal, live.life.state),
    };
    GithubOutcome {
        state,
        why,
        wrote: done.wrote,
        failed: done.failed.map(|refusal| refusal.finding(name)),
        warnings: done.warnings,
        url: url.or_else(|| live.remote.pull.as_ref().map(|pull| pull.url.clone())),
    }
}
