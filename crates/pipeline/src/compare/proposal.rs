//! Compares the proposal of one target in two plans: its steps on GitHub, what happens to our branch, and the commit under it.
//!
//! Input: the target in both plans. Output: differences. Not here: its content (`target`, `files`).

use super::{Class, DifferenceKind, DifferenceList};
use crate::branch_action::Action;
use crate::plan::TargetPlan;
use crate::plan_file::SavedTarget;

/// Compares what happens to our branch and on GitHub.
pub(super) fn proposal(was: &SavedTarget, target: &SavedTarget, found: &mut DifferenceList) {
    match (&was.proposal, &target.proposal) {
        (Some(before), Some(now)) => {
            if before.state != now.state {
                let text = format!("{} → {}", before.state.word(), now.state.word());
                found.push(Class::Changed, DifferenceKind::Proposal, "state", text);
            }
            let known: Vec<String> = before.steps.iter().map(|step| kind(step)).collect();
            let all: Vec<String> = now.steps.iter().map(|step| kind(step)).collect();
            for (step, kind) in now.steps.iter().zip(&all) {
                let times = |list: &[String]| list.iter().filter(|other| *other == kind).count();
                if times(&all) > times(&known) {
                    found.push(Class::Wider, DifferenceKind::Proposal, step, step);
                }
            }
            for (step, kind) in before.steps.iter().zip(&known) {
                if !all.contains(kind) {
                    found.push(
                        Class::Narrower,
                        DifferenceKind::Proposal,
                        step,
                        format!("no longer: {step}"),
                    );
                }
            }
        }
        // One plan was made from GitHub and the other from a disk, so the place has changed.
        (None, Some(_)) | (Some(_), None) => found.push(
            Class::Wider,
            DifferenceKind::Proposal,
            "place",
            "the repository is accessed in another way",
        ),
        (None, None) => branch(&was.plan.proposal.action, &target.plan.proposal.action, found),
    }
}

/// A step without the commit ids in it, which change with the base.
fn kind(step: &str) -> String {
    let is_commit = |word: &str| word.len() == 7 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    let words = step.split(' ').filter(|word| !is_commit(word));
    words.collect::<Vec<_>>().join(" ")
}

pub(super) fn branch(was: &Action, is: &Action, found: &mut DifferenceList) {
    let name = "branch";
    match (was, is) {
        (was, is) if was == is => {}
        (Action::Remove { .. }, Action::Remove { .. }) | (Action::Update { .. }, Action::Update { .. }) => {
            found.push(
                Class::Changed,
                DifferenceKind::Proposal,
                name,
                "our branch has moved in the meantime",
            );
        }
        (_, Action::Remove { .. }) => {
            found.push(
                Class::Wider,
                DifferenceKind::Proposal,
                name,
                "our branch is deleted",
            );
        }
        (Action::Remove { .. }, Action::Update { .. }) => found.push(
            Class::Wider,
            DifferenceKind::Proposal,
            name,
            "our branch is moved; the old plan deleted it",
        ),
        (_, Action::Update { .. }) => found.push(
            Class::Wider,
            DifferenceKind::Proposal,
            name,
            "our branch is moved; the old plan did not move it",
        ),
        (_, Action::Create) => {
            let text = "our branch is created again; it existed before";
            let class = if matches!(was, Action::Remove { .. }) {
                Class::Wider
            } else {
                Class::Changed
            };
            found.push(class, DifferenceKind::Proposal, name, text);
        }
        (_, Action::Nothing | Action::Keep { .. } | Action::Refuse) => {
            found.push(
                Class::Narrower,
                DifferenceKind::Proposal,
                name,
                "our branch is not changed",
            );
        }
    }
}

pub(super) fn base(was: &TargetPlan, plan: &TargetPlan, found: &mut DifferenceList) {
    let (Some(before), Some(now)) = (&was.target.base, &plan.target.base) else {
        return;
    };
    let short = |commit: &str| commit.get(..7).unwrap_or(commit).to_owned();
    if before.branch != now.branch {
        let text = format!(
            "proposals are opened against `{}`, before against `{}`",
            now.branch, before.branch
        );
        found.push(Class::Wider, DifferenceKind::Proposal, "base branch", text);
    } else if before.commit != now.commit {
        let text = format!(
            "`{}` moved: {} → {}",
            now.branch,
            short(&before.commit),
            short(&now.commit)
        );
        found.push(Class::Changed, DifferenceKind::Base, &now.branch, text);
    }
}
