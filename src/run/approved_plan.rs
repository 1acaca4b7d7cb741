//! `--within FILE`: a run that does no more than an approved plan.
//!
//! Input: a survey and the approved plan. Output: the same survey in which each target that exceeds the plan is refused, and
//! findings that stop the whole run where it exceeds the plan as such. Not here: comparing (`pipeline/compare`).

use lessonbook_pipeline::target_state::TargetState;
use std::collections::BTreeSet;

use super::planning::Planning;
use super::run_limits::WriteGate;
use super::{Context, plan_file};
use lessonbook_base::finding::{Code, Finding};
use lessonbook_pipeline::branch_action::Action;
use lessonbook_pipeline::compare::{Difference, DifferenceKind, compare};
use lessonbook_pipeline::lifecycle::ProposalPlan;
use lessonbook_pipeline::plan_file::SavedPlan;

/// How many differences a target names, and how many lines of each.
const TOLD: usize = 5;
const LINES: usize = 3;

/// Refuses what exceeds the plan; gives back what exceeds it in the run as a whole.
pub fn hold(
    survey: &mut Planning,
    gate: &WriteGate,
    approved: &SavedPlan,
    context: &Context,
) -> anyhow::Result<Vec<Finding>> {
    let now = plan_file::of(survey, gate, context)?;
    let comparison = compare(approved, &now);
    let writes: BTreeSet<&str> = now
        .targets
        .iter()
        .filter(|target| target.does())
        .map(|target| target.plan.target.name.as_str())
        .collect();
    for plan in &mut survey.plans {
        let exceeding: Vec<&Difference> = comparison.exceeding(Some(&plan.target.name)).collect();
        if exceeding.is_empty() || !writes.contains(plan.target.name.as_str()) {
            continue;
        }
        let message = format!("it exceeds the approved plan: {}", told(&exceeding));
        if let Some(live) = survey.lives.get_mut(&plan.target.name) {
            live.life = ProposalPlan::quiet(TargetState::Refused, message.clone());
        }
        (plan.outcome.state, plan.proposal.action) = (TargetState::Refused, Action::Refuse);
        plan.outcome
            .findings
            .push(exceeds(message).target(&plan.target.name));
    }
    // Whether the bounds hold is asked once more for what is left (`gate`).
    let run = comparison
        .exceeding(None)
        .filter(|difference| difference.what != DifferenceKind::Invariant);
    Ok(run
        .map(|difference| exceeds(format!("the run exceeds the approved plan: {}", difference.text)))
        .collect())
}

fn exceeds(message: String) -> Finding {
    Finding::new(Code::PlanExceeded, message)
        .effect("nothing is written that nobody approved")
        .help("save a new plan and have it approved (`compare` shows what is more), or take the change back")
}

fn told(exceeding: &[&Difference]) -> String {
    let mut parts: Vec<String> = exceeding
        .iter()
        .take(TOLD)
        .map(|difference| {
            let lines = &difference.lines;
            if lines.is_empty() {
                return difference.text.clone();
            }
            let shown: Vec<String> = lines
                .iter()
                .take(LINES)
                .map(|line| format!("\"{}\"", line.trim()))
                .collect();
            let more = if lines.len() > LINES { ", …" } else { "" };
            format!("{}: {}{more}", difference.text, shown.join(", "))
        })
        .collect();
    if exceeding.len() > TOLD {
        parts.push(format!("and {} more", exceeding.len() - TOLD));
    }
    parts.join("; ")
}
