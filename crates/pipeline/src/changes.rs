//! What a plan changes in a target, lesson by lesson.
//!
//! Input: the selection, and the lessons that the proof read in the blocks before and after. Output: one [`LessonChange`] for each
//! lesson: added, changed, removed, moved or unchanged, with the reason. Not here: the files (`merge`) and the text of the proposal
//! (`pr_body`, `report/`).
//!
//! Removed lessons are read from the block that is present now, because the lesson's file in the store may be deleted.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::select::{Match, Reason, Selection};
use lessonbook_base::markdown;
use lessonbook_proof::{MovedText, Placement, Proof, RemainingLesson, RemovedLesson};
use lessonbook_store::{Audience, Detail, Lesson, Severity, Status, Store, Target};

/// What happens to a lesson.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ChangeKind {
    /// It is in no block now and would be in one.
    Added,
    /// Its words, its entry points or its detail change.
    Changed,
    /// It would be in no block.
    Removed,
    /// The same words in other files, or no longer in hand-written text.
    Moved,
    /// The same words in the same files.
    Unchanged,
}

/// A lesson in a target's plan.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
pub struct LessonChange {
    /// Its id.
    pub lesson: String,
    /// Its severity; none if the store no longer has it.
    pub severity: Option<Severity>,
    /// What happens to it.
    pub kind: ChangeKind,
    /// Why it concerns the target; none if it no longer does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
    /// What its globs match.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub matches: Vec<Match>,
    /// The rule in the block now, if its words differ.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub was: Option<String>,
    /// Why it is removed, or why a file no longer holds it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
    /// The hand-written texts that it takes over or restores.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub moved: Vec<MovedText>,
}

/// Compares the blocks as they are with the blocks proposed.
pub fn changes(
    store: &Store,
    target: &Target,
    selection: &Selection<'_>,
    proof: &Proof,
) -> Vec<LessonChange> {
    let mut placements: BTreeMap<&str, Vec<&Placement>> = BTreeMap::new();
    for placement in &proof.coverage.placements {
        placements.entry(&placement.lesson).or_default().push(placement);
    }
    let placements_of = |id: &str| placements.get(id).map(Vec::as_slice).unwrap_or_default();
    let removed = &proof.differences.removed;
    let remaining = selection.chosen.iter().filter(|chosen| {
        !removed
            .iter()
            .any(|removed| removed.held.lesson == chosen.lesson.id)
    });
    let mut changes: Vec<LessonChange> = remaining
        .map(|chosen| {
            let id = &chosen.lesson.id;
            let remaining = proof.differences.remaining.get(id);
            let was = proof.former_rules.get(id).cloned();
            let (kind, because) = kind(store, target, id, placements_of(id), (remaining, was.is_some()));
            LessonChange {
                lesson: id.clone(),
                severity: Some(chosen.lesson.severity),
                kind,
                reason: Some(chosen.reason.clone()),
                matches: chosen.matches.clone(),
                was,
                because,
                moved: Vec::new(),
            }
        })
        .collect();
    changes.extend(removed.iter().map(|removed| {
        let lesson = store.lesson(&removed.held.lesson);
        let chosen = selection
            .chosen
            .iter()
            .find(|chosen| chosen.lesson.id == removed.held.lesson);
        LessonChange {
            lesson: removed.held.lesson.clone(),
            severity: lesson.map(|lesson| lesson.severity).or(removed.held.severity),
            kind: ChangeKind::Removed,
            reason: None,
            matches: Vec::new(),
            was: None,
            because: Some(removal_reason(store, target, removed, chosen.is_some())),
            moved: Vec::new(),
        }
    }));
    for change in &mut changes {
        let own = proof.moved.iter().filter(|text| text.lesson == change.lesson);
        change.moved = own.cloned().collect();
        if change.kind == ChangeKind::Unchanged && !change.moved.is_empty() {
            change.kind = ChangeKind::Moved;
            change.because = Some("its hand-written copy is removed".to_owned());
        }
    }
    sort(&mut changes);
    changes
}

/// Sorts in the order in which changes are shown: added, changed, removed; the most severe first.
pub(super) fn sort(changes: &mut [LessonChange]) {
    changes.sort_by(|a, b| (a.kind, b.severity, &a.lesson).cmp(&(b.kind, a.severity, &b.lesson)));
}

/// What happens to a lesson that stays, and why, unless its words show that.
fn kind(
    store: &Store,
    target: &Target,
    id: &str,
    placements: &[&Placement],
    (remaining, reworded): (Option<&RemainingLesson>, bool),
) -> (ChangeKind, Option<String>) {
    // A lesson in full detail lacks nothing; `missing` may still mention that a formatter indented an example.
    let same = |placement: &&Placement| {
        let (now, then) = (&placement.current, &placement.proposed);
        now.detail == then.detail && (now.missing == then.missing || now.detail == Detail::Full)
    };
    let is_same = placements.iter().all(same);
    let Some(remaining) = remaining else {
        let named = placements
            .iter()
            .any(|placement| placement.current.detail > Detail::None || placement.current.named);
        let kind = match (is_same, named) {
            (true, _) => ChangeKind::Unchanged,
            (false, true) => ChangeKind::Changed,
            (false, false) => ChangeKind::Added,
        };
        return (kind, None);
    };
    if let Some(was) = remaining.severity {
        return (
            ChangeKind::Changed,
            Some(format!("its severity was {}", was.word())),
        );
    }
    let files = |paths: &[String]| {
        let paths: Vec<String> = paths.iter().map(|path| format!("`{path}`")).collect();
        paths.join(", ")
    };
    match (remaining.left.is_empty(), remaining.entered.is_empty()) {
        (false, false) if !reworded => {
            let because = format!("from {} to {}", files(&remaining.left), files(&remaining.entered));
            (ChangeKind::Moved, Some(because))
        }
        (false, _) => {
            let why = exempt(store, target, id).or_else(|| ended_scope(store, target, &remaining.left));
            let why = why.map(|why| format!(": {why}"));
            let because = format!(
                "no longer in {}{}",
                files(&remaining.left),
                why.unwrap_or_default()
            );
            (ChangeKind::Changed, Some(because))
        }
        (true, _) => (ChangeKind::Changed, None),
    }
}

/// Why a lesson would be in no block.
fn removal_reason(store: &Store, target: &Target, removed: &RemovedLesson, concerns: bool) -> String {
    if !target.enabled {
        return "the target is disabled in the store".to_owned();
    }
    let id = &removed.held.lesson;
    let Some(lesson) = store.lesson(id) else {
        let renamed = |other: &&Lesson| other.is_active() && is_same_text(&removed.held.rule, &other.rule);
        return match store.lessons.iter().find(renamed) {
            Some(other) => format!("its id in the store is `{}` now", other.id),
            None => "its file was deleted from the store".to_owned(),
        };
    };
    match lesson.status {
        Status::Retired => {
            let replaces =
                |other: &&Lesson| other.is_active() && other.supersedes.iter().any(|old| old == id);
            return match store.lessons.iter().find(replaces) {
                Some(other) => format!("it is retired, and `{}` supersedes it", other.id),
                None => "it is retired".to_owned(),
            };
        }
        Status::Draft => return "it is a draft again".to_owned(),
        Status::Active => {}
    }
    if lesson.audience == Audience::Internal && !target.may_read_internal() {
        return "it is internal, and this repository counts as public".to_owned();
    }
    if let Some(exempt) = exempt(store, target, id) {
        return exempt;
    }
    if let Some(ended) = ended_scope(store, target, &removed.paths) {
        return ended;
    }
    match (concerns, lesson.tags.is_empty()) {
        (true, _) => "the policy no longer places it in this repository".to_owned(),
        (false, false) => {
            let tags = lesson.tags.join(", ");
            if target.scopes.is_empty() {
                format!("this repository no longer has any of its tags ({tags})")
            } else {
                format!("neither this repository nor a scope has any of its tags ({tags}) now")
            }
        }
        (false, true) => "its paths no longer match a file here".to_owned(),
    }
}

/// The reason if all of these files belong to scopes that are disabled, or that the target does not have.
fn ended_scope(store: &Store, target: &Target, paths: &[String]) -> Option<String> {
    let folder = |path: &String| {
        let mut disabled = target.disabled_scopes.iter().map(String::as_str);
        let mut rows = store.entry_points.iter();
        disabled
            .find(|folder| store.is_scope_file(folder, path))
            .or_else(|| {
                let row = rows.find(|row| !row.folder.is_empty() && row.owns(path));
                row.map(|row| row.folder.as_str())
            })
            .filter(|folder| target.scope(folder).is_none())
    };
    let folders: Option<BTreeSet<&str>> = paths.iter().map(folder).collect();
    let folders = folders.filter(|folders| !folders.is_empty())?;
    let is_disabled = |folder: &&str| target.disabled_scopes.iter().any(|one| one == folder);
    let (disabled, gone): (Vec<&str>, Vec<&str>) = folders.into_iter().partition(is_disabled);
    let sentence = |folders: &[&str], one: &str, several: &str| {
        let names: Vec<String> = folders.iter().map(|folder| format!("`{folder}`")).collect();
        match folders {
            [] => None,
            [_] => Some(one.replace("{}", &names[0])),
            _ => Some(several.replace("{}", &names.join(", "))),
        }
    };
    let parts = [
        sentence(
            &disabled,
            "the scope {} is disabled",
            "the scopes {} are disabled",
        ),
        sentence(
            &gone,
            "the target no longer has the scope {}",
            "the target no longer has the scopes {}",
        ),
    ];
    Some(parts.into_iter().flatten().collect::<Vec<_>>().join(", and "))
}

/// Whether a block's text is a rule, whatever its layout.
fn is_same_text(text: &str, rule: &str) -> bool {
    !text.is_empty() && markdown::inline(text).0 == markdown::inline(rule).0
}

/// The exception that excludes a lesson from a target, with its author.
fn exempt(store: &Store, target: &Target, id: &str) -> Option<String> {
    let mut all = store.exceptions.iter().chain(&target.declined);
    let exception = all.find(|exception| {
        exception.accepts.is_none() && exception.lesson == id && exception.names_target(&target.name)
    })?;
    let until = exception
        .until
        .map(|date| format!(" until {date}"))
        .unwrap_or_default();
    Some(format!("exempt by {}{until}: {}", exception.by, exception.reason))
}
