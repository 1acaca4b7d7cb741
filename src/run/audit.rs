//! The audit of a store and its targets, as `lessonbook audit`, the site and the dashboard show it.
//!
//! Input: a planning. Output: findings. Not here: what is a finding (crate `audit`), and which files are read (`planning`).

use lessonbook_audit::{AuditInput, AuditTarget, audit};
use lessonbook_base::finding::{Code, Finding};
use lessonbook_effect::Effect;
use lessonbook_store::{Target, TargetLocation};

use super::planning::Planning;

/// The findings. Where the planning was not made for an audit, less can be proved, so there are fewer.
pub fn findings(planning: &Planning, effect: Option<&Effect>) -> Vec<Finding> {
    let targets = planning.plans.iter().filter_map(|plan| {
        let name = &plan.target.name;
        let target = planning.store.target(name)?;
        let snapshot = planning
            .snapshots
            .get(name)
            .filter(|_| has_all_paths(planning, target));
        Some(AuditTarget {
            target,
            plan,
            tree: snapshot.map(|snapshot| &snapshot.tree),
        })
    });
    audit(&AuditInput {
        store: &planning.store,
        findings: &planning.findings,
        targets: targets.collect(),
        is_whole: planning.is_whole() && planning.knows_all_targets(),
        effect,
    })
}

/// The findings that stay the same until someone changes something: not those that a date makes.
pub fn lasting_findings(planning: &Planning, effect: Option<&Effect>) -> Vec<Finding> {
    let mut findings = findings(planning, effect);
    findings.retain(|finding| finding.code != Code::ReviewOverdue);
    findings
}

fn has_all_paths(planning: &Planning, target: &Target) -> bool {
    planning.is_for_audit() || matches!(target.place, TargetLocation::Local(_))
}
