//! Carries out plans: on local repositories, and on GitHub.
//!
//! Input: a survey whose plans were shown. Output: what became of each. Not here: asking first (`propose`).

use super::audit_log::AuditLog;
use super::branch_rules::is_author_set;
use super::github_targets::GithubTarget;
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

/// What became of one target.
#[derive(Debug)]
pub struct TargetResult {
    /// The target's name.
    pub target: String,
    /// What was written, or why nothing was.
    pub outcome: AppliedOutcome,
}

impl TargetResult {
    /// Why it was not written, or not all of it.
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
    /// Nothing on disk: left for the next run, and why.
    Deferred(String),
}

/// What became of a target on GitHub.
#[derive(Debug)]
pub struct GithubOutcome {
    /// The state that it was in; `Deferred` where a limit left it for the next run.
    pub state: TargetState,
    /// Why.
    pub why: String,
    /// What was written, in order.
    pub wrote: Vec<WriteReceipt>,
    /// Why the rest was not.
    pub failed: Option<Finding>,
    /// What could not be set on a proposal that stands.
    pub warnings: Vec<Finding>,
    /// The proposal's page.
    pub url: Option<String>,
}

/// Applies every plan that may be applied, one after the other; one target's failure stops no other. A pause defers the targets that were
/// not begun when it was seen; one that was begun is finished, so that no branch is left without its pull request.
pub fn carry_out(
    survey: &Planning,
    bound: ProposalLimit,
    watch: &mut PauseWatch,
    progress: &Progress,
) -> Vec<TargetResult> {
    let verified = survey
        .plans
        .iter()
        .filter(|plan| !survey.lives.contains_key(&plan.target.name));
    let mut verified: Vec<Verified<'_>> = verified.filter_map(TargetPlan::verified).collect();
    if survey.withdraws.is_some() {
        let is_open = |plan: &TargetPlan| {
            plan.proposal
                .withdraws
                .as_ref()
                .is_some_and(|taken| taken.on_branch)
        };
        verified.sort_by_key(|plan| !is_open(plan.plan())); // open proposals first; stable
    }
    let mut all: Vec<TargetResult> = verified
        .into_iter()
        .map(|plan| {
            let target = plan.plan().target.name.clone();
            let outcome = match watch.stops(survey.github.as_ref(), &target) {
                Some(why) => AppliedOutcome::Deferred(left(&why)),
                None => AppliedOutcome::Local(local(survey, plan, watch.record())),
            };
            told(watch.record(), TargetResult { target, outcome })
        })
        .collect();
    if let Some(github) = &survey.github {
        all.extend(remote(survey, github, bound, watch, progress));
        all.extend(quiet(survey));
    }
    all
}

fn local(survey: &Planning, verified: Verified<'_>, record: &AuditLog) -> Result<WriteOutcome, Finding> {
    let plan = verified.plan();
    let target = survey
        .store
        .targets
        .iter()
        .find(|target| target.name == plan.target.name);
    let Some(repository) = target.and_then(|target| survey.open(target)) else {
        return Ok(WriteOutcome::Unchanged);
    };
    let repository = repository?;
    let branch = survey.store.branch();
    let row = AuditRow::local(&plan.target.name, &branch, plan);
    let expected_head = match &plan.proposal.action {
        Action::Remove { head, .. } => {
            return record.local(row, || repository.remove_branch(&branch, head));
        }
        Action::Update { head } => Some(head.as_str()),
        _ => None,
    };
    let (name, address) = &survey.store.proposal.author;
    let change = BranchUpdate {
        branch: &branch,
        base: verified.base(),
        expected_head,
        edits: &plan.content.edits,
        message: &plan.proposal.message,
        author: (name, address),
        // The later of the two: the same input gives the same commit, whenever it is made.
        time: verified
            .base()
            .time
            .max(survey.commit.as_ref().map_or(0, |commit| commit.time)),
    };
    record.local(row, || repository.propose(&change))
}

/// How many targets would be written to.
pub fn due(survey: &Planning) -> usize {
    let here = survey
        .plans
        .iter()
        .filter(|plan| !survey.lives.contains_key(&plan.target.name));
    here.filter(|plan| plan.verified().is_some()).count() + members(survey).len()
}

/// The targets on GitHub in which something would be written.
pub fn members(survey: &Planning) -> Vec<ScheduledTarget<'_>> {
    survey
        .plans
        .iter()
        .filter_map(|plan| Some((plan, survey.lives.get(&plan.target.name)?)))
        .filter(|(_, live)| !live.life.steps.is_empty())
        .map(|(plan, live)| ScheduledTarget {
            target: &plan.target.name,
            plan,
            last: live.remote.pull.as_ref().and_then(|pull| pull.closed),
            life: live.life.clone(),
        })
        .collect()
}

/// Carries out what the states ask for, in the fleet's order, until a bound is reached.
fn remote(
    survey: &Planning,
    github: &Github,
    mut bound: ProposalLimit,
    watch: &mut PauseWatch,
    progress: &Progress,
) -> Vec<TargetResult> {
    let members = members(survey);
    let mut all = Vec::with_capacity(members.len());
    let mut order = scheduling::order(&members);
    if survey.withdraws.is_some() {
        order.sort_by_key(|at| members[*at].life.opens); // open proposals first; stable
    }
    for member in order.into_iter().map(|at| &members[at]) {
        let Some(live) = survey.lives.get(member.target) else {
            continue;
        };
        progress.now(member.target);
        let sent = if let Some(why) = watch.stops(Some(github), member.target) {
            deferred(live, &why)
        } else if github.is_over() {
            deferred(live, "the time is up")
        } else if bound.admits(&member.life) {
            let sent = send(survey, github, live);
            if member.life.opens && sent.failed.is_some() {
                bound.give_back();
            }
            sent
        } else {
            deferred(live, &bound.why())
        };
        let applied = TargetResult {
            target: member.target.to_owned(),
            outcome: AppliedOutcome::Remote(sent),
        };
        all.push(told(watch.record(), applied));
        progress.done();
    }
    all
}

/// A target that waits is told in the record; what is written tells itself.
fn told(record: &AuditLog, applied: TargetResult) -> TargetResult {
    match &applied.outcome {
        AppliedOutcome::Deferred(why) => record.deferred(&applied.target, why),
        AppliedOutcome::Remote(sent) if sent.state == TargetState::Deferred => {
            record.deferred(&applied.target, &sent.why)
        }
        AppliedOutcome::Local(_) | AppliedOutcome::Remote(_) => {}
    }
    applied
}

/// Targets on GitHub that nothing is done to, and that somebody must hear of: those that fail, and those that a limit kept from
/// being read.
fn quiet(survey: &Planning) -> Vec<TargetResult> {
    let stands = super::target_states::github_states(survey);
    let told = stands.into_iter().filter(|(target, stand)| {
        let has_steps = survey
            .lives
            .get(target)
            .is_some_and(|live| !live.life.steps.is_empty());
        !has_steps && (stand.state.fails() || stand.state == TargetState::Deferred)
    });
    told.map(|(target, stand)| TargetResult {
        target,
        outcome: AppliedOutcome::Remote(GithubOutcome {
            state: stand.state,
            why: stand.why,
            wrote: Vec::new(),
            failed: None,
            warnings: Vec::new(),
            url: stand.pull.map(|pull| pull.url),
        }),
    })
    .collect()
}

/// Where a target stands that GitHub refused something.
fn after(refusal: &GithubError, before: TargetState) -> (TargetState, String) {
    let state = match refusal {
        _ if refusal.is_for_now() => TargetState::Deferred,
        GithubError::Down(_) => TargetState::Unreachable,
        // Archived since it was read: the next run leaves it out.
        GithubError::Archived => TargetState::Disabled,
        // Somebody was quicker: the next run decides anew.
        _ if refusal.code() == Code::BaseMoved => before,
        _ => TargetState::Blocked,
    };
    let left = if state == TargetState::Deferred {
        "left for the next run: "
    } else {
        ""
    };
    (state, format!("{left}{}", refusal.sentence()))
}

fn deferred(live: &GithubTarget, why: &str) -> GithubOutcome {
    let url = live.remote.pull.as_ref().map(|pull| pull.url.clone());
    GithubOutcome {
        state: TargetState::Deferred,
        why: left(why),
        wrote: Vec::new(),
        failed: None,
        warnings: Vec::new(),
        url,
    }
}

fn left(why: &str) -> String {
    format!("left for the next run: {why}")
}

fn send(survey: &Planning, github: &Github, live: &GithubTarget) -> GithubOutcome {
    let (name, address) = &survey.store.proposal.author;
    let author = is_author_set(&survey.store).then_some((name.as_str(), address.as_str()));
    let done = github.carry_out(&live.remote, &survey.store.branch(), &live.life.steps, author);
    let name = live.remote.asked_as.as_deref().unwrap_or(&live.remote.name);
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
