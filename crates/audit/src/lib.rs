//! What in a store is stale, unused, repeated or contradictory, over all of its targets.
//!
//! Input: a store, and for each target its plan and its tree; optionally the effect of lessons. Output: findings, each at the line that
//! proves it. Not here: reading targets (`src/run`), and what one file of the store shows alone (crate `store`).
//!
//! What the input does not prove is not reported: if a target that may receive a lesson was not read, there is no finding that something
//! exists nowhere.

mod budget;
mod commands;
mod effects;
mod evidence;
mod files;
mod linters;
mod pairs;
mod placeholder;
mod receivers;
mod references;
mod toml;
mod tone;
mod unplaced;

pub use files::AuditFiles;

use std::collections::BTreeMap;

use lessonbook_base::finding::{Code, Finding, Level};
use lessonbook_base::tree::Tree;
use lessonbook_effect::Effect;
use lessonbook_pipeline::duplicate_rules;
use lessonbook_pipeline::plan::TargetPlan;
use lessonbook_store::{Lesson, Store, Target, reach};

use crate::receivers::Receivers;

/// Everything that an audit looks at.
#[derive(Debug)]
pub struct AuditInput<'a> {
    /// The store.
    pub store: &'a Store,
    /// What reading the store found.
    pub findings: &'a [Finding],
    /// Its targets, in the order of `targets.yaml`.
    pub targets: Vec<AuditTarget<'a>>,
    /// Whether these are all targets of the store; otherwise no finding says that something exists nowhere.
    pub is_whole: bool,
    /// What the histories of targets say of lessons, if they were read.
    pub effect: Option<&'a Effect>,
    /// What removed a path from a target, by the target's name and the path, as far as it was looked up (see [`missing_paths`]).
    pub removals: BTreeMap<(String, String), Removal>,
}

/// A commit that removed a path from a target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Removal {
    /// The commit, shortened.
    pub commit: String,
    /// Its day, `YYYY-MM-DD`.
    pub day: String,
}

/// One target.
#[derive(Debug, Clone, Copy)]
pub struct AuditTarget<'a> {
    /// The target.
    pub target: &'a Target,
    /// Its plan.
    pub plan: &'a TargetPlan,
    /// Every tracked path, with the content of what [`AuditFiles`] wants; none if the target was not read in whole.
    pub tree: Option<&'a Tree>,
}

/// All findings, in the order of reports.
pub fn audit(input: &AuditInput) -> Vec<Finding> {
    let receivers = Receivers::new(input);
    let is_overdue = |finding: &&Finding| finding.code == Code::ReviewOverdue;
    let mut findings: Vec<Finding> = input.findings.iter().filter(is_overdue).cloned().collect();
    findings.extend(unmatched_globs(input));
    findings.extend(duplicate_rules::findings(input.store));
    let unplaced = unplaced::findings(input, &receivers);
    // A lesson that no target receives because of its globs is one problem, not two.
    findings.retain(|finding| {
        finding.code != Code::GlobMatchesNothing || !unplaced.iter().any(|one| one.lesson == finding.lesson)
    });
    findings.extend(unplaced);
    findings.extend(references::findings(input, &receivers));
    findings.extend(pairs::findings(input, &receivers));
    findings.extend(linters::findings(input, &receivers));
    findings.extend(budget::findings(input));
    findings.extend(evidence::findings(input));
    findings.extend(effects::findings(input));
    findings.retain(|finding| reach::accepted_by(input.store, finding).is_none());
    lessonbook_base::finding::sort(&mut findings);
    findings
}

/// The paths in rules that exist in no target that receives the lesson: for each, the name of such a target and the path. Its history can
/// show what removed the path.
pub fn missing_paths(input: &AuditInput) -> Vec<(String, String)> {
    references::missing_paths(input, &Receivers::new(input))
}

/// The lessons that are placed: not drafts, not retired ones.
fn active(store: &Store) -> impl Iterator<Item = &Lesson> {
    store
        .lessons
        .iter()
        .filter(|lesson| lesson.is_active() && !lesson.broken)
}

/// Globs of lessons that match no file, unless another glob of the lesson does. With a target that was not read, they may match there.
fn unmatched_globs(input: &AuditInput) -> Vec<Finding> {
    let enabled = || input.targets.iter().filter(|one| one.target.enabled);
    if !input.is_whole || enabled().any(|one| one.tree.is_none()) {
        return Vec::new();
    }
    let trees = enabled().filter_map(|one| Some((one.target.name.clone(), one.tree?.clone())));
    let mut findings = reach::unmatched_globs(input.store, &trees.collect(), "target");
    findings.retain(|finding| finding.level > Level::Note);
    findings
}

/// The command that retires a lesson everywhere.
fn retire(lesson: &str, reason: &str) -> String {
    let reason = reason.replace('\'', "");
    format!("`lessonbook withdraw {lesson} --reason '{reason}'`")
}

/// `1 target`, `3 targets`.
fn targets(count: usize) -> String {
    counted(count, "target")
}

/// `1 file`, `2 files`.
fn counted(count: usize, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{plural}")
}
