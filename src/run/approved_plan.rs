//! `--within FILE`: keeps a run within an approved plan.
//!
//! Input: the planned targets and the approved plan. Output: each target that exceeds the plan is refused, and findings that stop the
//! whole run if the run itself exceeds the plan. Not here: comparing the plans (`pipeline/compare`).

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

/// The maximum number of differences in a message.
const SHOWN: usize = 5;
/// The maximum number of lines that are shown of each difference.
const LINES: usize = 3;

/// Refuses the targets that exceed the plan, and returns findings about the run as a whole.
pub fn refuse_exceeding(
    planning: &mut Planning,
    gate: &WriteGate,
    approved: &SavedPlan,
    context: &Context,
) -> anyhow::Result<Vec<Finding>> {
    let current = plan_file::from_planning(planning, gate, context)?;
    let comparison = compare(approved, &current);
    let writes: BTreeSet<&str> = current
        .targets
        .iter()
        .filter(|target| target.does())
        .map(|target| target.plan.target.name.as_str())
        .collect();
    for plan in &mut planning.plans {
        let exceeding: Vec<&Difference> = comparison.exceeding(Some(&plan.target.name)).collect();
        if exceeding.is_empty() || !writes.contains(plan.target.name.as_str()) {
            continue;
        }
        let message = format!("the target exceeds the approved plan: {}", in_brief(&exceeding));
        if let Some(live) = planning.lives.get_mut(&plan.target.name) {
            live.life = ProposalPlan::quiet(TargetState::Refused, message.clone());
        }
        (plan.outcome.state, plan.proposal.action) = (TargetState::Refused, Action::Refuse);
        plan.outcome
            .findings
            .push(exceeds(message).target(&plan.target.name));
    }
    // The limits of the run are not compared here, because the caller checks them again for the remaining targets.
    let run = comparison
        .exceeding(None)
        .filter(|difference| difference.what != DifferenceKind::Invariant);
    Ok(run
        .map(|difference| exceeds(format!("the run exceeds the approved plan: {}", difference.text)))
        .collect())
}

fn exceeds(message: String) -> Finding {
    Finding::new(Code::PlanExceeded, message)
        .effect("nothing is written beyond what was approved")
        .help("save a new plan and have it approved (`lessonbook compare` shows the differences), or revert the change")
}

/// The differences in one line.
fn in_brief(exceeding: &[&Difference]) -> String {
    let mut parts: Vec<String> = exceeding
        .iter()
        .take(SHOWN)
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
    if exceeding.len() > SHOWN {
        parts.push(format!("and {} more", exceeding.len() - SHOWN));
    }
    parts.join("; ")
}
