//! The commit that our branch needs, if any.
//!
//! Input: a plan, the tree of the base branch and our branch. Output: the missing edits and the commit to make. Not here: making it
//! (`repository/github/`).

use super::ProposalSituation;
use crate::pull_request::{Commit, Step};
use crate::{Planner, branch_action, gfm_escape};
use lessonbook_base::edit::{Edit, FileState};
use lessonbook_base::snapshot::Branch;
use lessonbook_base::tree::Tree;

/// The edits that the branch lacks to match the plan. `None`: unknown, so the branch is rebuilt on the base.
pub(super) fn lacks(situation: &ProposalSituation<'_>, branch: &Branch) -> Option<Vec<Edit>> {
    let plan = situation.plan;
    if branch_action::holds(branch, &plan.content.edits) {
        return Some(Vec::new());
    }
    let snapshot = situation.remote.snapshot.as_ref()?;
    if branch.merged {
        return None;
    }
    let mut lacks = Vec::new();
    let others = branch.touched.iter().map(String::as_str);
    let others = others.filter(|path| !plan.content.edits.iter().any(|edit| edit.path == **path));
    for path in plan
        .content
        .edits
        .iter()
        .map(|edit| edit.path.as_str())
        .chain(others)
    {
        let known = situation.remote.listed || Planner::wants(situation.store, path);
        let before = state(&branch.tree, path, known)?;
        let wanted = plan.content.edits.iter().find(|edit| edit.path == path);
        let after = match wanted {
            Some(edit) => edit.after.clone(),
            // Paths outside the plan must be as on the base branch.
            None => state(&snapshot.tree, path, known)?,
        };
        if before != after {
            lacks.push(Edit {
                path: path.to_owned(),
                before,
                after,
            });
        }
    }
    Some(lacks)
}

/// A file in a tree. The outer `None`: its content was not read.
#[expect(clippy::option_option, reason = "absent and unknown are different answers")]
fn state(tree: &Tree, path: &str, known: bool) -> Option<Option<FileState>> {
    match tree.get(path) {
        None => known.then_some(None),
        Some(entry) => {
            let bytes = entry.content.clone()?;
            Some(Some(FileState {
                mode: entry.mode,
                bytes,
            }))
        }
    }
}

/// A commit on the base.
pub(super) fn on_base(situation: &ProposalSituation<'_>) -> Commit {
    let base = situation.plan.target.base.as_ref();
    Commit {
        onto: base.map(|base| base.commit.clone()).unwrap_or_default(),
        onto_tree: situation.remote.base_tree.clone().unwrap_or_default(),
        edits: situation.plan.content.edits.clone(),
        message: message(situation),
    }
}

/// Moves the branch: with a commit on top of its head, so that reviews survive, or, without `lacks`, rebuilt on the base by force.
pub(super) fn moves(situation: &ProposalSituation<'_>, branch: &Branch, lacks: Option<Vec<Edit>>) -> Step {
    let from = branch.head.clone();
    match lacks {
        Some(edits) => Step::MoveBranch {
            to: Commit {
                onto: from.clone(),
                onto_tree: situation.remote.branch_tree.clone().unwrap_or_default(),
                edits,
                message: message(situation),
            },
            from,
            force: false,
        },
        None => Step::MoveBranch {
            from,
            to: on_base(situation),
            // The base contains a merged branch, so no commit is lost.
            force: !branch.merged,
        },
    }
}

/// The plan's message with the trailers of this run.
fn message(situation: &ProposalSituation<'_>) -> String {
    let mut message = situation.plan.proposal.message.clone();
    if let Some(commit) = situation.about.store_commit {
        let home = gfm_escape::plain(&situation.store.home);
        message.push_str(&format!(
            "Lessonbook-Store: {home} {}\n",
            gfm_escape::plain(commit)
        ));
    }
    if let Some(run) = situation.about.run {
        message.push_str(&format!("Lessonbook-Run: {}\n", gfm_escape::plain(run)));
    }
    message
}
