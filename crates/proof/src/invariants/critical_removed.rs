//! No critical lesson is removed unnoticed.
//!
//! Input: the blocks before and after. Output: one invariant. Not here: lessons that are required but never were present.

use std::cell::LazyCell;
use std::collections::BTreeSet;

use super::{Invariant, InvariantInput, count, invariant};
use crate::FileView;
use lessonbook_base::finding::{Code, Finding, Location};
use lessonbook_store::scope::file_prefix;
use lessonbook_store::{Audience, Detail, EntryPointKind, Severity, Status};

/// Promise 6: no critical lesson is removed unnoticed.
pub(super) fn none_removed(facts: &InvariantInput<'_>, findings: &mut Vec<Finding>) -> Invariant {
    let mut removed: BTreeSet<(String, String)> = BTreeSet::new();
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
        // A family or reference may lose what other files still hold; the coverage decides whether it has to hold it.
        let used = facts
            .rows
            .iter()
            .any(|other| other.name == row && other.kind == EntryPointKind::Always);
        // A lesson may become less than critical and disappear from some files, but not silently from all.
        for id in lowered(file, facts) {
            if !named(&id) && !may_be_removed(facts, &id, row, &file.path) {
                removed.insert((id, file.path.clone()));
            }
        }
        for id in ids(file, facts) {
            let is_removed = if used {
                !still.contains(&id)
            } else {
                !held.contains(&id)
            };
            if is_removed && !may_be_removed(facts, &id, row, &file.path) {
                removed.insert((id, file.path.clone()));
            }
        }
    }
    for (id, path) in &removed {
        let known = if facts.store.lesson(id).is_some() {
            ""
        } else {
            ", which is no longer in the store,"
        };
        let help = if facts.store.owner(path).is_some_and(|row| !row.folder.is_empty()) {
            "retire the lesson (`status: retired`), add an exception with a reason, or disable the scope (`enabled: false`)"
        } else {
            "retire the lesson (`status: retired`), add an exception with a reason, or disable the target (`enabled: false`)"
        };
        let message =
            format!("{id} (critical){known} is in {path} now and would not be there after this plan");
        findings.push(
            Finding::new(Code::LessonLeaves, message)
                .lesson(id)
                .at(Location::file(path))
                .effect("assistants that get the lesson now would no longer get it")
                .help(help),
        );
    }
    let evidence = if removed.is_empty() {
        "no critical lesson is removed".into()
    } else {
        format!("{} would be removed", count(removed.len(), "critical lesson"))
    };
    invariant("none-leaves", removed.is_empty(), evidence)
}

/// The critical lessons in a file's block: critical in the store, or critical in the block.
fn ids(file: &FileView, facts: &InvariantInput<'_>) -> Vec<String> {
    let known = |id: &str| facts.store.lesson(id).is_some();
    // The id is enough, because the rule may have been reworded. But not if another lesson's text names it.
    let present = facts.words.iter().filter(|words| {
        let id = &words.lesson.id;
        let is_present = || {
            let internal = facts.target.may_read_internal();
            file.view.read_lesson(words, internal, &known).detail > Detail::None
        };
        words.lesson.severity == Severity::Critical
            && file.view.names(id)
            && (!facts.is_named_by_others(id) || is_present())
    });
    let mut ids: Vec<String> = present.map(|words| words.lesson.id.clone()).collect();
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

/// The lessons that are critical in the block, but no longer in the store.
fn lowered(file: &FileView, facts: &InvariantInput<'_>) -> Vec<String> {
    let ids = file.view.critical_ids().into_iter().filter(|id| {
        let known = facts.store.lesson(id);
        known.is_some_and(|lesson| lesson.severity < Severity::Critical)
    });
    ids.map(str::to_owned).collect()
}

/// Whether a file was made for a scope that is disabled, or whose folder has no files any more.
fn is_of_ended_scope(facts: &InvariantInput<'_>, row: &str, path: &str) -> bool {
    let tree = facts.proposed.tree;
    let mut disabled = facts.target.disabled_scopes.iter();
    let is_of_people = |path: &str| facts.store.owner(path).is_none();
    let row = facts.store.entry_points.iter().find(|other| other.name == row);
    row.is_some_and(|row| match row.folder.as_str() {
        // The name of a scope's file in a family begins with the folder and `_`, which no topic has.
        "" => row.topic_of(path).is_some_and(|topic| {
            let is_prefix = |folder: &str| topic.starts_with(&file_prefix(folder));
            let is_below = |path: &str| path.match_indices('/').any(|(at, _)| is_prefix(&path[..at]));
            topic.contains('_')
                && (disabled.any(|folder| is_prefix(folder))
                    || !tree.paths().any(|path| is_below(path) && is_of_people(path)))
        }),
        folder => {
            disabled.any(|disabled| disabled == folder)
                || !tree.under(folder).any(|(path, _)| is_of_people(path))
        }
    })
}

fn may_be_removed(facts: &InvariantInput<'_>, id: &str, row: &str, path: &str) -> bool {
    let retired = facts
        .store
        .lesson(id)
        .is_some_and(|lesson| lesson.status == Status::Retired);
    let exempt = facts.coverage.placements.iter().any(|placement| {
        placement.lesson == id && placement.entry_point == row && placement.exempt.is_some()
    });
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
    retired || exempt || excepted || internal || !facts.target.enabled || is_of_ended_scope(facts, row, path)
}
