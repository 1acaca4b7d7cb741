//! No assistant loses anything: no file hides another, and every assistant reads to the end of our lessons.
//!
//! Input: the files before and after, and the entry points. Output: two invariants. Not here: the words (`read`).

use std::collections::BTreeSet;

use super::{Invariant, InvariantInput, count, invariant};
use crate::limits::{self, ExceededLimit};
use crate::{FileView, TreeFiles};
use lessonbook_base::finding::{Code, Finding, Level, Location};
use lessonbook_base::marker::{self, BlocksInFile};
use lessonbook_store::EntryPoint;
use lessonbook_store::entry_point::PastLimit;

/// Promise 3: a file that we create, or from which we remove an import, hides nothing that an assistant reads now.
pub(super) fn nothing_shadowed(facts: &InvariantInput<'_>, findings: &mut Vec<Finding>) -> Invariant {
    let mut holds = true;
    let mut minor: BTreeSet<String> = BTreeSet::new();
    for edit in facts.edits.iter().filter(|edit| edit.after.is_some()) {
        for row in facts
            .store
            .entry_points
            .iter()
            .filter(|row| row.path != edit.path)
        {
            if facts.current.tree.get(&row.path).is_none() {
                continue;
            }
            // Where our block is removed as a whole, the file is again as it was before it held our block.
            let was_hidden = edit.before.is_some()
                && (!imports(facts.current, &edit.path, &row.path)
                    || !holds_block(facts.proposed, &edit.path));
            let imported = imports(facts.proposed, &edit.path, &row.path);
            for assistant in row.assistants.iter().filter(|assistant| {
                assistant.shadowed_by.contains(&edit.path) || assistant.hides_below(&edit.path).is_some()
            }) {
                // A file that this plan does not change hides it already, or leads to it and still does.
                let untouched = |other: &&String| facts.edits.iter().all(|edit| edit.path != **other);
                let folder = assistant.hides_below(&edit.path).unwrap_or_default();
                let mut others = assistant.hiders_in(folder).filter(untouched);
                let hidden_by_another =
                    edit.before.is_none() && others.any(|other| facts.current.tree.has(other));
                // A file beside the entry point decides; one in a folder below does not matter then.
                let beside = assistant.shadowed_by.iter();
                let is_decided = !assistant.shadowed_by.contains(&edit.path)
                    && beside.clone().any(|other| facts.proposed.tree.has(other));
                if is_decided || was_hidden || hidden_by_another || assistant.imports && imported {
                    continue;
                }
                if edit.before.is_some() && !assistant.imports {
                    continue; // it does not follow imports, so the file hides the other one already
                }
                let message = format!(
                    "`{}` would hide `{}` from {}",
                    edit.path, row.path, assistant.name
                );
                let watched = facts
                    .target
                    .has_assistant(&facts.store.entry_points, &assistant.assistant);
                let mut finding = Finding::new(Code::WouldShadow, message)
                    .effect("the assistant would no longer read the hand-written text there")
                    .help(format!(
                        "leave `{}` out of `use`, or `{}` out of `assistants`",
                        owner(facts, &edit.path),
                        assistant.assistant
                    ));
                if watched {
                    holds = false;
                } else {
                    finding.level = Level::Warning;
                    finding.help = Some(format!(
                        "if your teams use {}, add `{}` to `assistants`: then such a plan is refused",
                        assistant.name, assistant.assistant
                    ));
                    minor.insert(assistant.name.clone());
                }
                findings.push(finding);
            }
        }
    }
    let evidence = match (holds, minor.is_empty()) {
        (true, true) => "nothing shadowed".to_owned(),
        (true, false) => format!(
            "nothing shadowed for your assistants (but for others: {})",
            minor.into_iter().collect::<Vec<_>>().join(", ")
        ),
        (false, _) => "a new file hides another".to_owned(),
    };
    invariant("nothing-shadowed", holds, evidence)
}

fn imports(files: &TreeFiles<'_>, path: &str, imported: &str) -> bool {
    let mut files = files.files.values().flatten();
    files.any(|file| file.path == path && file.view.imports(path, imported))
}

fn holds_block(files: &TreeFiles<'_>, path: &str) -> bool {
    let mut files = files.files.values().flatten();
    files.any(|file| file.path == path && file.view.has_block())
}

fn owner<'a>(facts: &InvariantInput<'a>, path: &str) -> &'a str {
    facts
        .store
        .entry_points
        .iter()
        .find(|row| row.owns(path))
        .map_or("", |row| row.name.as_str())
}

/// Every assistant reads far enough to see our lessons.
pub(super) fn limits_kept(facts: &InvariantInput<'_>, findings: &mut Vec<Finding>) -> Invariant {
    let mut holds = true;
    let mut watched = 0;
    for row in facts.rows {
        watched += row
            .assistants
            .iter()
            .flat_map(|assistant| &assistant.limits)
            .filter(|limit| limit.over != PastLimit::Advice)
            .count();
        let mut reported: BTreeSet<String> = BTreeSet::new();
        for file in facts.proposed.files.get(row.name.as_str()).into_iter().flatten() {
            for passed in &file.passed {
                let Some(bytes) = facts.proposed.tree.file(&file.path) else {
                    continue;
                };
                let BlocksInFile::Block(block) = marker::find(bytes, &facts.store.name) else {
                    continue;
                };
                let read = limits::still_reads(passed, bytes, block.range.end);
                if read && let Some(finding) = pushed_out(facts, row, file, passed) {
                    findings.push(finding);
                }
                let advice = passed.limit.over == PastLimit::Advice;
                if read && !advice
                    || advice && !is_watched(facts, row, passed)
                    || limits::is_idle_doubt(passed, row, facts.target, &facts.store.entry_points)
                    || !reported.insert(passed.clause())
                {
                    continue;
                }
                let code = if advice {
                    Code::AdviceExceeded
                } else {
                    Code::LimitExceeded
                };
                holds &= advice;
                let mut finding = Finding::new(code, format!("`{}`: {}", file.path, passed.clause()))
                    .at(Location::file(&file.path))
                    .help("shorten the text around the block, or choose less detail in `redundancy`");
                // Where the file was too long without us, its owner knows and decided.
                if advice && was_exceeded(facts, row, file, passed) {
                    finding.level = Level::Note;
                }
                findings.push(finding);
            }
        }
    }
    let evidence = if holds {
        format!("{} of assistants kept", count(watched, "limit"))
    } else {
        "a limit of an assistant is exceeded".to_owned()
    };
    invariant("limits-kept", holds, evidence)
}

/// Whether the target uses the assistant that a limit belongs to.
fn is_watched(facts: &InvariantInput<'_>, row: &EntryPoint, passed: &ExceededLimit) -> bool {
    limits::is_watched(passed, row, facts.target, &facts.store.entry_points)
}

/// Whether the current file exceeds the limit as well.
fn was_exceeded(
    facts: &InvariantInput<'_>,
    row: &EntryPoint,
    file: &FileView,
    passed: &ExceededLimit,
) -> bool {
    limits::passed(&facts.store.entry_points, row, &file.path, facts.current.tree)
        .iter()
        .any(|before| before.assistant == passed.assistant && before.limit == passed.limit)
}

/// Whether our blocks push hand-written text beyond the limit where an assistant cuts the rest off.
pub(super) fn pushes(facts: &InvariantInput<'_>) -> bool {
    facts.rows.iter().any(|row| {
        let files = facts.proposed.files.get(row.name.as_str()).into_iter().flatten();
        files
            .flat_map(|file| file.passed.iter().map(move |passed| (file, passed)))
            .any(|(file, passed)| pushed_out(facts, row, file, passed).is_some())
    })
}

/// A warning if our block is before the cut, but pushes hand-written text beyond it; a note if the target does not use the assistant.
fn pushed_out(
    facts: &InvariantInput<'_>,
    row: &EntryPoint,
    file: &FileView,
    after: &ExceededLimit,
) -> Option<Finding> {
    if after.limit.over != PastLimit::CutsTail {
        return None;
    }
    let before = limits::passed(&facts.store.entry_points, row, &file.path, facts.current.tree)
        .into_iter()
        .find(|before| before.assistant == after.assistant && before.limit == after.limit)
        .map_or(0, |before| before.size - before.limit.count);
    let more = (after.size - after.limit.count).saturating_sub(before);
    let edited = facts.edits.iter().any(|edit| edit.path == file.path);
    (more > 0 && edited).then(|| {
        let more = limits::size_with_unit(more, after.limit.unit);
        let most = limits::size_with_unit(after.limit.count, after.limit.unit);
        let message = format!(
            "`{}`: our block pushes {more} beyond the {} that {} reads",
            file.path, most, after.assistant
        );
        let mut finding = Finding::new(Code::LimitExceeded, message)
            .at(Location::file(&file.path))
            .effect("the assistant would no longer read the end of the hand-written text")
            .help("shorten the text around the block, or choose less detail in `redundancy`");
        finding.level = if is_watched(facts, row, after) {
            Level::Warning
        } else {
            Level::Note
        };
        finding
    })
}
