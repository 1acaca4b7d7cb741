//! Repositories on disk, against real git: what is read, what is written, and what is refused.

#![allow(clippy::result_large_err, reason = "findings are large and rare")]
#![allow(clippy::print_stderr, reason = "a skipped test says so")]

use crate::support;

mod base;
mod branch;
mod formats;
mod odd;
mod ownership;
mod shared;
mod store;
mod work_tree;
mod write;

use lessonbook::repository::LocalRepository;
use lessonbook_base::edit::{Edit, FileState};
use lessonbook_base::finding::Finding;
use lessonbook_base::snapshot::{BranchUpdate, Snapshot, WriteOutcome};
use lessonbook_base::tree::Mode;
use support::{FIRST_COMMIT, Sandbox};

const BRANCH: &str = "lessonbook/acme";
const MESSAGE: &str = "Add two lessons\n\nBecause of an outage.\n\nLessonbook: acme 3f2a9c0d1e4b\n";

fn everything(_: &str) -> bool {
    true
}

fn open(sandbox: &Sandbox, path: &str) -> LocalRepository {
    LocalRepository::open(&sandbox.path(path), path).unwrap_or_else(|finding| panic!("{finding:#?}"))
}

fn snapshot(sandbox: &Sandbox, path: &str) -> Snapshot {
    open(sandbox, path)
        .snapshot(None, "acme", &everything)
        .unwrap_or_else(|finding| panic!("{finding:#?}"))
}

/// An edit of one file, from what the snapshot holds.
fn edit(snapshot: &Snapshot, path: &str, after: Option<&str>) -> Edit {
    let before = snapshot.tree.get(path).map(|entry| FileState {
        mode: entry.mode,
        bytes: entry.content.clone().expect("loaded"),
    });
    let mode = before.as_ref().map_or(Mode::File, |state| state.mode);
    Edit {
        path: path.to_owned(),
        before,
        after: after.map(|text| FileState {
            mode,
            bytes: text.into(),
        }),
    }
}

/// Proposes edits on a snapshot, with everything else fixed.
fn try_propose(
    sandbox: &Sandbox,
    path: &str,
    snapshot: &Snapshot,
    edits: &[Edit],
) -> Result<WriteOutcome, Finding> {
    open(sandbox, path).propose(&BranchUpdate {
        branch: BRANCH,
        base: &snapshot.base,
        expected_head: snapshot.branch.as_ref().map(|branch| branch.head.as_str()),
        edits,
        message: MESSAGE,
        author: ("Lessonbook", "lessonbook@localhost"),
        time: FIRST_COMMIT,
    })
}

/// Snapshot and proposal of one file's new text.
fn propose(sandbox: &Sandbox, path: &str, file: &str, text: &str) -> WriteOutcome {
    let snapshot = snapshot(sandbox, path);
    let edits = [edit(&snapshot, file, Some(text))];
    try_propose(sandbox, path, &snapshot, &edits).unwrap_or_else(|finding| panic!("{finding:#?}"))
}

fn created(outcome: &WriteOutcome) -> &str {
    match outcome {
        WriteOutcome::Created { commit } => commit,
        other => panic!("not created: {other:?}"),
    }
}

fn code(finding: &Finding) -> &'static str {
    assert!(finding.target.is_some(), "no target: {finding:?}");
    assert!(finding.help.is_some(), "no way out: {finding:?}");
    assert!(!finding.message.ends_with('.'), "{finding:?}");
    finding.code.name()
}
