//! The audit of a store and its targets, as `lessonbook audit`, the site and the dashboard show it.
//!
//! Input: a planning. Output: findings. Not here: what is a finding (crate `audit`), and which files are read (`planning`).

use std::collections::{BTreeMap, BTreeSet};

use lessonbook_audit::{AuditInput, AuditTarget, Removal, audit};
use lessonbook_base::finding::{Code, Finding};
use lessonbook_effect::Effect;
use lessonbook_store::{Target, TargetLocation};

use super::planning::Planning;
use crate::repository::LocalRepository;

/// The findings, with the commits that removed what is missing, as far as the repositories on disk show them.
pub fn findings_with_removals(planning: &Planning, effect: Option<&Effect>) -> Vec<Finding> {
    let mut input = input(planning, effect);
    let mut missing: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (target, path) in lessonbook_audit::missing_paths(&input) {
        missing.entry(target).or_default().insert(path);
    }
    for (name, paths) in missing {
        let removals = removals(planning, &name, &paths).unwrap_or_default();
        let removals = removals
            .into_iter()
            .map(|(path, removal)| ((name.clone(), path), removal));
        input.removals.extend(removals);
    }
    audit(&input)
}

/// What removed these paths from a target. A history that can't be read leaves the finding without a commit: it holds all the same.
fn removals(planning: &Planning, name: &str, paths: &BTreeSet<String>) -> Option<BTreeMap<String, Removal>> {
    let TargetLocation::Local(folder) = &planning.store.target(name)?.place else {
        return None;
    };
    let base = &planning.snapshots.get(name)?.base;
    let repository = LocalRepository::open(&planning.root.join(folder), name).ok()?;
    repository.removals(base, paths).ok()
}

/// The findings. Where the planning was not made for an audit, less can be proved, so there are fewer.
pub fn findings(planning: &Planning, effect: Option<&Effect>) -> Vec<Finding> {
    audit(&input(planning, effect))
}

fn input<'a>(planning: &'a Planning, effect: Option<&'a Effect>) -> AuditInput<'a> {
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
    AuditInput {
        store: &planning.store,
        findings: &planning.findings,
        targets: targets.collect(),
        is_whole: planning.is_whole() && planning.knows_all_targets(),
        effect,
        removals: BTreeMap::new(),
    }
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
