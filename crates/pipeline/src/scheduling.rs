//! All targets of a run together: in which order they are handled, how many get a proposal, and how the run ends.
//!
//! Input: plans and proposal plans. Output: an order, what is deferred, counts, failures with owner and next step, and an outcome. Not
//! here: writing, and the exit code (`commands`).
//!
//! **Order.** Critical before high before medium before low, because a missing critical lesson does the most harm; then the target that has
//! waited longest: one that never had a proposal, then the one whose last proposal was closed or merged first; then by name. So targets
//! that one run defers come before those that it served. If a proposal fails to open, the next target takes its place ([`ProposalLimit`]):
//! a target that fails every night can't block others.

use crate::target_state::TargetState;
use std::collections::BTreeMap;

use serde::Serialize;

use super::changes::ChangeKind;
use super::lifecycle::ProposalPlan;
use super::plan::TargetPlan;
use lessonbook_base::finding::Code;
use lessonbook_store::{Acknowledge, Policy, Severity};

/// A target with its proposal's plan.
#[derive(Debug, Clone)]
pub struct ScheduledTarget<'a> {
    /// Its name.
    pub target: &'a str,
    /// Its plan.
    pub plan: &'a TargetPlan,
    /// When its last proposal was closed or merged, in seconds since 1970; none: it never had one.
    pub last: Option<i64>,
    /// Its state, and what has to be done.
    pub life: ProposalPlan,
}

/// The indexes of the members, in the order in which proposals are made.
pub fn order(members: &[ScheduledTarget<'_>]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..members.len()).collect();
    let key = |member: &ScheduledTarget<'_>| {
        (
            // Text that must not be public is removed before anything is proposed.
            !is_exposed(member.plan),
            std::cmp::Reverse(severity(member.plan)),
            member.last.is_some(),
            member.last,
            member.target.to_owned(),
        )
    };
    order.sort_by_cached_key(|at| key(&members[*at]));
    order
}

fn is_exposed(plan: &TargetPlan) -> bool {
    plan.outcome
        .findings
        .iter()
        .any(|finding| finding.code == Code::ProposalExposed)
}

/// The highest severity among a plan's changes.
fn severity(plan: &TargetPlan) -> Option<Severity> {
    let changes = plan.content.changes.iter();
    let changed = changes.filter(|change| change.kind != ChangeKind::Unchanged);
    changed.filter_map(|change| change.severity).max()
}

/// How many proposals a run may still open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProposalLimit {
    left: usize,
    most: usize,
    by: LimitKind,
    /// Whether the other run limits were counted for the targets that have a place now.
    counted: bool,
}

/// Which limit it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum LimitKind {
    Policy,
    Typed,
    Hour { opened: usize, most: usize },
    Uncounted,
}

impl ProposalLimit {
    /// The smaller one of the policy's limit and `--max-proposals`.
    pub fn new(policy: &Policy, typed: Option<usize>) -> Self {
        let most = typed.map_or(policy.max_new_proposals, |typed| {
            typed.min(policy.max_new_proposals)
        });
        ProposalLimit {
            left: most,
            most,
            by: if typed.is_some_and(|typed| typed <= policy.max_new_proposals) {
                LimitKind::Typed
            } else {
                LimitKind::Policy
            },
            counted: !policy.bounds.is_empty(),
        }
    }

    /// The same within the policy's limit for an hour. `opened`: how many proposals were opened within the last hour, in all targets and
    /// whatever their state; none: they could not be counted, so nothing new is opened.
    #[must_use]
    pub fn within_hour(self, policy: &Policy, opened: Option<usize>) -> Self {
        let Some(most) = policy.max_new_proposals_per_hour else {
            return self;
        };
        let (room, by) = match opened {
            Some(opened) => (most.saturating_sub(opened), LimitKind::Hour { opened, most }),
            None => (0, LimitKind::Uncounted),
        };
        if room >= self.left {
            return self;
        }
        ProposalLimit {
            left: room,
            most: room,
            by,
            counted: self.counted,
        }
    }

    /// No limit: for what must not wait.
    pub fn none() -> Self {
        ProposalLimit {
            left: usize::MAX,
            most: usize::MAX,
            by: LimitKind::Policy,
            counted: false,
        }
    }

    /// Takes a place for a target that opens a proposal; every other target needs none. False: it has to wait.
    pub fn admits(&mut self, life: &ProposalPlan) -> bool {
        if !life.opens {
            return true;
        }
        let admitted = self.left > 0;
        self.left = self.left.saturating_sub(1);
        admitted
    }

    /// Returns a place with which nothing was opened. Not if `policy` limits what the run writes: the limits were checked before the first
    /// write for the targets that had places then, and no other target may take one.
    pub fn give_back(&mut self) {
        if !self.counted {
            self.left = self.left.saturating_add(1).min(self.most);
        }
    }

    /// Why a target has to wait.
    pub fn why(&self) -> String {
        let count = |number: usize| format!("{number} proposal{}", if number == 1 { "" } else { "s" });
        let of_run = |name: &str| format!("this run opens at most {} ({name})", count(self.most));
        match self.by {
            LimitKind::Policy => of_run("policy.max_new_proposals"),
            LimitKind::Typed => of_run("--max-proposals"),
            LimitKind::Hour { opened, most } => format!(
                "at most {} may be opened in an hour, and {opened} {} opened before this run \
                 (policy.max_new_proposals_per_hour)",
                count(most),
                if opened == 1 { "was" } else { "were" }
            ),
            LimitKind::Uncounted => "GitHub did not report how many proposals were opened in the last hour \
                              (policy.max_new_proposals_per_hour)"
                .to_owned(),
        }
    }
}

/// Defers what the limit does not admit, in the order in which proposals are made; returns that order.
pub fn defer(members: &mut [ScheduledTarget<'_>], mut bound: ProposalLimit) -> Vec<usize> {
    let order = order(members);
    for at in &order {
        let member = &mut members[*at];
        if !bound.admits(&member.life) {
            member.life = member.life.clone().deferred(&bound.why());
        }
    }
    order
}

/// Which failures make a run fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FailureFilter {
    /// Those that are not acknowledged.
    #[default]
    New,
    /// All.
    Any,
    /// None.
    None,
}

/// A target that fails.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FailedTarget {
    /// Its name.
    pub target: String,
    /// Its state.
    pub state: TargetState,
    /// Why.
    pub why: String,
    /// Who has to act.
    pub owner: &'static str,
    /// The next step, in one sentence.
    pub next: &'static str,
    /// Why it is acknowledged, if it is and that still holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub acknowledged: Option<String>,
    /// Whether it makes the run fail.
    pub counts: bool,
}

/// How a run ended, ordered by weight. If several apply, the greatest is returned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum End {
    /// Nothing is left to do, or everything was done.
    Done,
    /// Changes are pending, and the user asked for exit code 3 in that case.
    Pending,
    /// A limit left something for the next run.
    Deferred,
    /// A target failed.
    Failed,
}

/// A run, counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RunSummary {
    /// How many targets are in each state that occurs.
    pub states: BTreeMap<TargetState, usize>,
    /// The targets that fail, in the members' order.
    pub failures: Vec<FailedTarget>,
}

impl RunSummary {
    /// Counts the targets.
    pub fn new<'a>(
        lives: impl IntoIterator<Item = (&'a str, &'a ProposalPlan)>,
        known: &[Acknowledge],
        fail_on: FailureFilter,
        today: jiff::civil::Date,
    ) -> Self {
        let mut states = BTreeMap::new();
        let mut failures = Vec::new();
        for (target, life) in lives {
            *states.entry(life.state).or_default() += 1;
            let (Some(owner), Some(next)) = (life.state.owner(), life.state.next()) else {
                continue;
            };
            let acknowledged = known
                .iter()
                .find(|known| known.covers(target, life.state.word(), today))
                .map(|known| known.reason.clone());
            failures.push(FailedTarget {
                target: target.to_owned(),
                state: life.state,
                why: life.why.clone(),
                owner,
                next,
                counts: match fail_on {
                    FailureFilter::New => acknowledged.is_none(),
                    FailureFilter::Any => true,
                    FailureFilter::None => false,
                },
                acknowledged,
            });
        }
        RunSummary { states, failures }
    }

    /// How many targets are in a state.
    pub fn count(&self, state: TargetState) -> usize {
        self.states.get(&state).copied().unwrap_or_default()
    }

    /// How the run ended. `pending`: targets still have steps to carry out, and the user asked for exit code 3 in that case.
    pub fn end(&self, pending: bool) -> End {
        let failed = self.failures.iter().any(|failure| failure.counts);
        let ends = [
            (failed, End::Failed),
            (self.count(TargetState::Deferred) > 0, End::Deferred),
            (pending, End::Pending),
        ];
        let ends = ends.into_iter().filter(|(is, _)| *is).map(|(_, end)| end);
        ends.max().unwrap_or(End::Done)
    }
}
