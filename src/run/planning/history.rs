//! Adds to a target's snapshot what a plan needs of its history.
//!
//! Input: a snapshot and a first plan. Output: the snapshot with our last merged files and earlier states of files, for a second plan.
//! Not here: reading the history (`repository`).

use super::Planning;
use crate::repository::github::Github;
use lessonbook_base::finding::{Finding, Level};
use lessonbook_base::snapshot::{EarlierStates, Snapshot};
use lessonbook_pipeline::plan::TargetPlan;
use lessonbook_pipeline::pull_request::Remote;
use lessonbook_pipeline::{Planner, adopt, branch_action, drift};
use lessonbook_store::Target;

impl Planning {
    /// The snapshot with what the plan needs of the target's history: our last merged files, to recognize drift, and earlier states of
    /// files that lose a lesson, to put hand-written text back. None if it needs nothing.
    pub(super) fn with_history(
        &self,
        target: &Target,
        snapshot: &Snapshot,
        plan: &TargetPlan,
    ) -> Option<Snapshot> {
        let needs_past = drift::needs_history(&plan.content.files, &plan.content.edits)
            || branch_action::may_return(&plan.content.changes, snapshot);
        let losing = adopt::losing(&self.store.name, target, &plan.content.edits);
        if !needs_past && losing.is_empty() {
            return None;
        }
        let repository = self.open(target)?.ok()?;
        let wants = |path: &str| Planner::wants(&self.store, path);
        let past = if needs_past {
            repository.last_merged(snapshot, &self.store.name, &wants)
        } else {
            Ok(None)
        };
        // Nothing was ever merged, as in every new target: then the history changes nothing.
        if losing.is_empty() && matches!(past, Ok(None)) {
            return None;
        }
        let mut with_history = snapshot.clone();
        match past {
            Ok(past) => with_history.past = past,
            Err(unread) => {
                let effect = "changes that people made to merged text may not be noticed";
                with_history.findings.push(warning(unread, effect));
            }
        }
        if !losing.is_empty() {
            add_file_states(&mut with_history, repository.file_states(&snapshot.base, &losing));
        }
        Some(with_history)
    }

    /// The snapshot of a target on GitHub with earlier states of the files that lose a lesson; none if the plan needs none.
    pub(super) fn with_file_history(
        &self,
        github: &Github,
        remote: &Remote,
        target: &Target,
        snapshot: &Snapshot,
        plan: &TargetPlan,
    ) -> Option<Snapshot> {
        let losing = adopt::losing(&self.store.name, target, &plan.content.edits);
        if losing.is_empty() {
            return None;
        }
        let mut with_history = snapshot.clone();
        let states = github.file_states(&remote.name, &snapshot.base.commit, &losing);
        add_file_states(&mut with_history, states);
        Some(with_history)
    }
}

/// Adds earlier states of files. If they could not be read, hand-written text is not put back, and a warning says so.
fn add_file_states(snapshot: &mut Snapshot, read: Result<EarlierStates, Finding>) {
    match read {
        Ok(earlier) => snapshot.earlier = earlier,
        Err(unread) => {
            snapshot.earlier.is_cut = true;
            let effect = "hand-written lines that a lesson replaced are not put back";
            snapshot.findings.push(warning(unread, effect));
        }
    }
}

/// What could not be read, as a warning with its effect on the plan.
fn warning(unread: Finding, effect: &str) -> Finding {
    Finding {
        level: Level::Warning,
        ..unread.effect(effect)
    }
}
