//! No critical lesson leaves unnoticed.
//!
//! Input: the blocks before and after. Output: one invariant. Not here: what is asked for but never stood there.

use std::cell::LazyCell;
use std::collections::BTreeSet;

use super::{Invariant, InvariantInput, count, invariant};
use crate::FileView;
use lessonbook_base::finding::{Code, Finding, Location};
use lessonbook_store::{Audience, Detail, EntryPointKind, Severity, Status};

/// Promise 6: no critical lesson leaves unnoticed.
pub(super) fn none_leaves(facts: &InvariantInput<'_>, findings: &mut Vec<Finding>) -> Invariant {
    let mut leaving: BTreeSet<(String, String)> = BTreeSet::new();
    let held: LazyCell<BTreeSet<String>, _> = LazyCell::new(|| {
        let ours = facts.proposed.ours();
        ours.flat_map(|(_, file)| ids(file, facts)).collect()
    });
    let named = |id: &str| facts.proposed.ours().any(|(_, file)| file.view.names(id));
    for (row, file) in facts.current.ours() {
        let still: BTreeSet<String> = facts
            .proposed
            .files
            .get(row)
            .into_iter()
            .flatten()
            .flat_map(|file| ids(file, facts))
            .collect();
        // A family or reference may lose what other files still hold: whether it has to hold it is asked of the coverage.
        let used = facts
            .rows
            .iter()
            .any(|other| other.name == row && other.kind == EntryPointKind::Always);
        // A lesson may become less than critical and leave some places, but not all of them without a word.
        for id in lowered(file, facts) {
            if !named(&id) && !is_let_go(facts, &id, row) {
                leaving.insert((id, file.path.clone()));
            }
        }
        for id in ids(file, facts) {
            let gone = if used {
                !still.contains(&id)
            } else {
                !held.contains(&id)
            };
            if gone && !is_let_go(facts, &id, row) {
                leaving.insert((id, file.path.clone()));
            }
        }
    }
    for (id, path) in &leaving {
        let known = if facts.store.lesson(id).is_some() {
            ""
        } else {
            ", which the store does not know any more,"
        };
        let message = format!("{id} (critical){known} stands in {path} now and would not after this plan");
        findings.push(
            Finding::new(Code::LessonLeaves, message)
                .lesson(id)
                .at(Location::file(path))
                .effect("assistants that were told would not be told any more")
                .help("retire the lesson (`status: retired`), name an exception with a reason, or switch the target off"),
        );
    }
    let evidence = if leaving.is_empty() {
        "no critical lesson leaves".into()
    } else {
        format!("{} would leave", count(leaving.len(), "critical lesson"))
    };
    invariant("none-leaves", leaving.is_empty(), evidence)
}

/// The critical lessons in a file's block: those that the store calls so, and those that the block does.
fn ids(file: &FileView, facts: &InvariantInput<'_>) -> Vec<String> {
    let known = |id: &str| facts.store.lesson(id).is_some();
    // Named is enough: the rule may have been worded anew in the meantime. Unless another lesson speaks of it.
    let standing = facts.words.iter().filter(|words| {
        let id = &words.lesson.id;
        let stands = || {
            let internal = facts.target.may_read_internal();
            file.view.standing(words, internal, &known).detail > Detail::None
        };
        words.lesson.severity == Severity::Critical
            && file.view.names(id)
            && (!facts.is_spoken_of(id) || stands())
    });
    let mut ids: Vec<String> = standing.map(|words| words.lesson.id.clone()).collect();
    let critical = |id: &&&str| {
        facts
            .store
            .lesson(id)
            .is_none_or(|lesson| lesson.severity == Severity::Critical)
    };
    ids.extend(
        file.view
            .critical_ids()
            .iter()
            .filter(critical)
            .map(|id| (*id).to_owned()),
    );
    ids.sort();
    ids.dedup();
    ids
}

/// The lessons that the block calls critical, and the store does no more.
fn lowered(file: &FileView, facts: &InvariantInput<'_>) -> Vec<String> {
    let ids = file.view.critical_ids().into_iter().filter(|id| {
        let known = facts.store.lesson(id);
        known.is_some_and(|lesson| lesson.severity < Severity::Critical)
    });
    ids.map(str::to_owned).collect()
}

fn is_let_go(facts: &InvariantInput<'_>, id: &str, row: &str) -> bool {
    let retired = facts
        .store
        .lesson(id)
        .is_some_and(|lesson| lesson.status == Status::Retired);
    let exempt = facts
        .coverage
        .cells
        .iter()
        .any(|cell| cell.lesson == id && cell.entry_point == row && cell.exempt.is_some());
    let excepted = facts.store.exceptions.iter().any(|exception| {
        exception.accepts.is_none()
            && exception.lesson == id
            && exception.entry_point.as_deref().is_none_or(|name| name == row)
            && exception.names_target(&facts.target.name)
    });
    let internal = facts
        .store
        .lesson(id)
        .is_some_and(|lesson| lesson.audience == Audience::Internal)
        && !facts.target.may_read_internal();
    retired || exempt || excepted || internal || !facts.target.enabled
}
