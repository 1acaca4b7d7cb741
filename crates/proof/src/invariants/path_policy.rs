//! What `targets.yaml` allows a plan to change in one target: paths, files and added lines.
//!
//! Input: the edits, and the target's settings. Output: an invariant for the number of files, and one for each other setting that
//! the store has. Not here: what no plan may change anywhere (`bytes_preserved`), and all targets together
//! (`pipeline/run_limits`).

use super::{Invariant, InvariantInput, count, invariant};
use lessonbook_base::finding::{Code, Finding, Location};
use lessonbook_base::globs::{Dialect, Matcher};

/// How many paths the evidence names.
const NAMED: usize = 3;

/// Computes the invariants of this file; those without a setting are left out.
pub(super) fn all(facts: &InvariantInput<'_>, findings: &mut Vec<Finding>) -> Vec<Invariant> {
    let mut all = paths(facts, findings);
    all.push(max_files(facts, findings));
    if let Some(most) = facts.target.path_policy.max_added_lines {
        all.push(max_added_lines(facts, most, findings));
    }
    all
}

/// The invariants about paths. A withdrawal must fulfil them, too.
pub(crate) fn paths(facts: &InvariantInput<'_>, findings: &mut Vec<Finding>) -> Vec<Invariant> {
    let path_policy = &facts.target.path_policy;
    let mut all = Vec::new();
    if !path_policy.forbid_paths.is_empty() {
        all.push(forbid_paths(facts, findings));
    }
    if let Some(globs) = &path_policy.allow_paths {
        all.push(allow_paths(facts, globs, findings));
    }
    all
}

fn forbid_paths(facts: &InvariantInput<'_>, findings: &mut Vec<Finding>) -> Invariant {
    let matcher = Matcher::new(Dialect::Portable, &facts.target.path_policy.forbid_paths);
    let paths = facts.edits.iter().map(|edit| edit.path.as_str());
    let inside: Vec<&str> = paths.filter(|path| matcher.is_match(path)).collect();
    if !inside.is_empty() {
        let message = format!(
            "the plan would change what `forbid_paths` excludes: {}",
            named(&inside)
        );
        findings.push(not_allowed(message, &inside).help(
            "leave the entry point out of the target's `use`, or remove the path from `forbid_paths` in targets.yaml",
        ));
    }
    let files = count(facts.edits.len(), "file");
    let evidence = if inside.is_empty() {
        format!("{files}, none in forbid_paths")
    } else {
        format!("{files}, {} in forbid_paths: {}", inside.len(), named(&inside))
    };
    invariant("forbid-paths", inside.is_empty(), evidence)
}

fn allow_paths(facts: &InvariantInput<'_>, globs: &[String], findings: &mut Vec<Finding>) -> Invariant {
    let matcher = Matcher::new(Dialect::Portable, globs);
    let paths = facts.edits.iter().map(|edit| edit.path.as_str());
    let outside: Vec<&str> = paths.filter(|path| !matcher.is_match(path)).collect();
    if !outside.is_empty() {
        let message = format!(
            "the plan would change what `allow_paths` does not include: {}",
            named(&outside)
        );
        findings.push(not_allowed(message, &outside).help(
            "leave the entry point out of the target's `use`, or add the path to `allow_paths` in targets.yaml",
        ));
    }
    let files = count(facts.edits.len(), "file");
    let own = match &facts.store.policy.path_policy.allow_paths {
        Some(policy) if policy != globs => " (the target's own, instead of the policy's)",
        _ => "",
    };
    let evidence = if outside.is_empty() {
        format!("{files}, all in allow_paths{own}")
    } else {
        format!(
            "{files}, {} outside allow_paths{own}: {}",
            outside.len(),
            named(&outside)
        )
    };
    invariant("allow-paths", outside.is_empty(), evidence)
}

fn not_allowed(message: String, paths: &[&str]) -> Finding {
    let finding = Finding::new(Code::PathNotAllowed, message).effect("nothing is proposed here");
    match paths.first() {
        Some(path) => finding.at(Location::file(path)),
        None => finding,
    }
}

fn max_files(facts: &InvariantInput<'_>, findings: &mut Vec<Finding>) -> Invariant {
    let (files, most) = (facts.edits.len(), facts.store.policy.max_files_per_target);
    if files > most {
        let message = format!(
            "the plan changes {}, but at most {most} may change in one target",
            count(files, "file")
        );
        findings.push(
            Finding::new(Code::TooManyFiles, message)
                .effect("nothing is proposed here: a change of so many files is hard to review")
                .help(
                    "raise `policy.max_files_per_target`, or let this target use fewer topics or entry points",
                ),
        );
    }
    let evidence = format!("{files} of at most {}", count(most, "file"));
    invariant("max-files", files <= most, evidence)
}

fn max_added_lines(facts: &InvariantInput<'_>, most: usize, findings: &mut Vec<Finding>) -> Invariant {
    let added: usize = facts.edits.iter().map(|edit| edit.counts().0).sum();
    if added > most {
        let message = format!(
            "the plan adds {}, but at most {most} may be added here",
            count(added, "line")
        );
        findings.push(
            Finding::new(Code::TooManyLines, message)
                .effect("nothing is proposed here")
                .help(
                    "raise `max_added_lines` in targets.yaml (for this target alone, if you like), or choose less detail in \
                     `redundancy`",
                ),
        );
    }
    let own = match facts.store.policy.path_policy.max_added_lines {
        Some(policy) if policy != most => format!(" (the target's own; the policy's is {policy})"),
        _ => String::new(),
    };
    let evidence = format!("{added} of at most {}{own}", count(most, "added line"));
    invariant("max-added-lines", added <= most, evidence)
}

/// The first paths, and how many more there are.
fn named(paths: &[&str]) -> String {
    let shown: Vec<String> = paths.iter().take(NAMED).map(|path| format!("`{path}`")).collect();
    match paths.len().saturating_sub(NAMED) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}
