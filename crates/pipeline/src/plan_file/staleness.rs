//! Whether a saved plan can still be applied to its target.
//!
//! Input: the saved plan of a target, and its state now: a new plan, the tree, our branch, the proposal. Output: a [`Staleness`]. Not
//! here: reading the target, and applying.
//!
//! The base may have moved. The plan still applies if our files are unchanged, the same lessons give the same bytes on the new tree, and
//! the proof holds there. Our branch and the proposal must be as they were when the plan was saved, or hold what it would write.

use super::{ProposalState, SavedTarget, proposal_state};
use crate::branch_action;
use crate::plan::TargetPlan;
use crate::target_state::TargetState;
use lessonbook_base::edit::{Edit, FileState};
use lessonbook_base::finding::Finding;
use lessonbook_base::git_oid;
use lessonbook_base::snapshot::Branch;
use lessonbook_base::tree::Tree;

/// The state of a target when a saved plan is to be applied.
#[derive(Debug, Clone, Copy)]
pub struct CurrentTarget<'a> {
    /// The plan of the same lessons for the target as it is now.
    pub plan: &'a TargetPlan,
    /// The base's files, with the content of ours.
    pub tree: &'a Tree,
    /// Our branch.
    pub branch: Option<&'a Branch>,
    /// On GitHub: the proposal, and what would happen to it now.
    pub proposal: Option<&'a ProposalState>,
}

/// Whether a saved plan can be applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Staleness {
    /// It can be applied.
    Fits,
    /// It was applied already; the text is the reason.
    Done(&'static str),
    /// It can't be applied; each difference is one clause.
    Stale(Vec<String>),
}

/// Compares a saved plan with its target.
pub fn compare(saved: &SavedTarget, found: &CurrentTarget<'_>) -> Staleness {
    if let Some(place) = done(saved, found) {
        return Staleness::Done(place);
    }
    let mut differences = Vec::new();
    base(saved, found, &mut differences);
    let same_files = files(saved, found, &mut differences);
    if same_files {
        edits(saved, found, &mut differences);
    }
    proof(found, &mut differences);
    branch(saved, found, &mut differences);
    proposal(saved, found, &mut differences);
    if differences.is_empty() {
        Staleness::Fits
    } else {
        Staleness::Stale(differences)
    }
}

/// Why nothing is left to do, if the target holds already what the plan would write.
fn done(saved: &SavedTarget, found: &CurrentTarget<'_>) -> Option<&'static str> {
    let edits = &saved.plan.content.edits;
    let nothing_to_do = found.proposal.is_none_or(|proposal| proposal.steps.is_empty());
    if edits.is_empty() {
        return (found.branch.is_none() && nothing_to_do).then_some("nothing is left to delete");
    }
    if edits.iter().all(|edit| now(found, &edit.path) == edit.after) {
        return Some("the base branch contains it already");
    }
    (holds(saved, found) && nothing_to_do).then_some("our branch contains it already")
}

fn holds(saved: &SavedTarget, found: &CurrentTarget<'_>) -> bool {
    let edits = &saved.plan.content.edits;
    !edits.is_empty()
        && found
            .branch
            .is_some_and(|branch| branch_action::holds(branch, edits))
}

/// A file of the base as it is now.
fn now(found: &CurrentTarget<'_>, path: &str) -> Option<FileState> {
    let entry = found.tree.get(path)?;
    Some(FileState {
        mode: entry.mode,
        bytes: entry.content.clone().unwrap_or_default(),
    })
}

fn base(saved: &SavedTarget, found: &CurrentTarget<'_>, differences: &mut Vec<String>) {
    let name = |plan: &TargetPlan| plan.target.base.as_ref().map(|base| base.branch.clone());
    if let (Some(was), Some(is)) = (name(&saved.plan), name(found.plan))
        && was != is
    {
        differences.push(format!("the base branch is `{is}` now, but was `{was}`"));
    }
}

/// Whether the files that the plan changes are as they were.
fn files(saved: &SavedTarget, found: &CurrentTarget<'_>, differences: &mut Vec<String>) -> bool {
    let commit = saved
        .plan
        .target
        .base
        .as_ref()
        .map_or("", |base| base.commit.as_str());
    let id = |state: &FileState| short(&git_oid::id(&state.bytes, commit)).to_owned();
    let before = differences.len();
    for edit in &saved.plan.content.edits {
        let path = &edit.path;
        match (&edit.before, now(found, path)) {
            (was, is) if *was == is => {}
            (Some(was), Some(is)) if was.bytes == is.bytes => differences.push(format!(
                "{path} changed since the plan: expected mode {}, found {}",
                was.mode.octal(),
                is.mode.octal()
            )),
            (Some(was), Some(is)) => differences.push(format!(
                "{path} changed since the plan: expected blob {}, found {}",
                id(was),
                id(&is)
            )),
            (Some(was), None) => differences.push(format!(
                "{path} was deleted since the plan: expected blob {}",
                id(was)
            )),
            (None, Some(is)) => {
                differences.push(format!("{path} is new since the plan: found blob {}", id(&is)));
            }
            (None, None) => {}
        }
    }
    differences.len() == before
}

/// Whether the same lessons give the same bytes on the tree as it is now.
fn edits(saved: &SavedTarget, found: &CurrentTarget<'_>, differences: &mut Vec<String>) {
    let (was, is) = (&saved.plan.content.edits, &found.plan.content.edits);
    let of = |edits: &'_ [Edit], path: &str| edits.iter().any(|edit| edit.path == path);
    // Without a plan there is nothing to compare; the findings give the reason.
    if is.is_empty() && !found.plan.holds() {
        return;
    }
    for edit in was {
        if !of(is, &edit.path) {
            differences.push(format!("{} would no longer be changed", edit.path));
        } else if !is.contains(edit) {
            differences.push(format!(
                "{} would get other text, because something else in the repository changed",
                edit.path
            ));
        }
    }
    for edit in is.iter().filter(|edit| !of(was, &edit.path)) {
        differences.push(format!("{} would now be changed, too", edit.path));
    }
}

fn proof(found: &CurrentTarget<'_>, differences: &mut Vec<String>) {
    if found.plan.holds() {
        return;
    }
    let first = found
        .plan
        .outcome
        .findings
        .iter()
        .find(|finding: &&Finding| finding.is_error());
    let why = match (
        first,
        found
            .plan
            .proof
            .invariants
            .iter()
            .find(|invariant| !invariant.holds),
    ) {
        (Some(finding), _) => format!(": {}", finding.message),
        (None, Some(invariant)) => format!(": {}: {}", invariant.name, invariant.evidence),
        (None, None) => String::new(),
    };
    differences.push(format!("the proof fails on the repository as it is now{why}"));
}

fn branch(saved: &SavedTarget, found: &CurrentTarget<'_>, differences: &mut Vec<String>) {
    if holds(saved, found) {
        return;
    }
    let is = found.branch.map(|branch| branch.head.as_str());
    match (saved.branch.as_deref(), is) {
        (was, is) if was == is => {}
        (Some(was), Some(is)) => differences.push(format!(
            "our branch moved since the plan: expected {}, found {}",
            short(was),
            short(is)
        )),
        (Some(was), None) => {
            differences.push(format!(
                "our branch was deleted since the plan: expected {}",
                short(was)
            ));
        }
        (None, Some(is)) => {
            differences.push(format!("our branch is new since the plan: found {}", short(is)));
        }
        (None, None) => {}
    }
}

fn proposal(saved: &SavedTarget, found: &CurrentTarget<'_>, differences: &mut Vec<String>) {
    let (Some(was), Some(is)) = (&saved.proposal, found.proposal) else {
        return;
    };
    // An earlier run may have been interrupted: what is left to do is part of the plan.
    let begun = holds(saved, found)
        && matches!(
            is.state,
            TargetState::Stale | TargetState::Proposed | TargetState::Approved
        )
        && is.pull.as_ref().map(|pull| pull.number) >= was.pull.as_ref().map(|pull| pull.number);
    if begun {
        return;
    }
    let before = differences.len();
    pull(was, is, differences);
    if was.state != is.state {
        differences.push(format!(
            "the proposal is {} now ({}), but was {}",
            is.state.word(),
            is.why,
            was.state.word()
        ));
    }
    let steps = |of: &ProposalState| -> Vec<String> {
        let steps = of.steps.iter();
        // The reviewers that GitHub shows depend on the token.
        steps
            .filter(|step| !step.starts_with(proposal_state::MARK))
            .cloned()
            .collect()
    };
    if differences.len() == before && steps(was) != steps(is) {
        let list = |of: &ProposalState| {
            let steps = steps(of);
            if steps.is_empty() {
                "nothing".to_owned()
            } else {
                steps.join(", ")
            }
        };
        differences.push(format!(
            "the steps are now `{}`, but were `{}`",
            list(is),
            list(was)
        ));
    }
}

fn pull(was: &ProposalState, is: &ProposalState, differences: &mut Vec<String>) {
    let (was, is) = match (&was.pull, &is.pull) {
        (None, None) => return,
        (None, Some(is)) => {
            differences.push(format!("pull request #{} is new since the plan", is.number));
            return;
        }
        (Some(was), None) => {
            differences.push(format!("pull request #{} no longer exists", was.number));
            return;
        }
        (Some(was), Some(is)) => (was, is),
    };
    if was.number != is.number {
        differences.push(format!(
            "the newest pull request is #{} now, but was #{}",
            is.number, was.number
        ));
        return;
    }
    let number = is.number;
    if was.state != is.state {
        differences.push(format!(
            "#{number} is {} now, but was {}",
            is.state.word(),
            was.state.word()
        ));
    }
    if was.head != is.head {
        differences.push(format!(
            "someone pushed to #{number}: expected {}, found {}",
            short(&was.head),
            short(&is.head)
        ));
    }
    if was.base_branch != is.base_branch {
        differences.push(format!(
            "the base branch of #{number} is `{}` now, but was `{}`",
            is.base_branch, was.base_branch
        ));
    }
    if was.source != is.source {
        differences.push(format!(
            "the text of #{number} names another commit of the store now"
        ));
    }
}

fn short(id: &str) -> &str {
    id.get(..7).unwrap_or(id)
}
