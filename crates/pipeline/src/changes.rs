//! What a plan changes for the people of a target, lesson by lesson.
//!
//! Comes in: the selection and the proof's coverage. Goes out: one [`Change`] a lesson: new, changed, the same, or gone.
//! Leaves to others: the files (`merge`) and the words of the proposal (`propose`, `report/`).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::select::{Match, Reason, Selection};
use lessonbook_proof::{Cell, Coverage};
use lessonbook_store::{Form, Severity, Store};

/// What happens to a lesson.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// It was nowhere and would be somewhere.
    Added,
    /// Its words or places change.
    Changed,
    /// It would be nowhere.
    Removed,
    /// The same words at the same places.
    Unchanged,
}

/// A lesson in a target's plan.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct Change {
    /// Its id.
    pub lesson: String,
    /// Its severity; none where the store does not know it any more.
    pub severity: Option<Severity>,
    /// What happens to it.
    pub kind: Kind,
    /// Why it concerns the target; none where it does not any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
    /// What its globs match.
    pub matches: Vec<Match>,
    /// The rule as it stands now, where it stands in other words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub was: Option<String>,
}

/// Compares now with proposed. `gone` are the ids that stand in a block now and in none after; `was` are rules in other words.
pub fn changes(
    store: &Store,
    selection: &Selection<'_>,
    coverage: &Coverage,
    gone: &[String],
    was: &BTreeMap<String, String>,
) -> Vec<Change> {
    let mut cells: BTreeMap<&str, Vec<&Cell>> = BTreeMap::new();
    for cell in &coverage.cells {
        cells.entry(&cell.lesson).or_default().push(cell);
    }
    let cells_of = |id: &str| cells.get(id).map(Vec::as_slice).unwrap_or_default();
    let mut changes: Vec<Change> = selection
        .chosen
        .iter()
        .map(|chosen| Change {
            lesson: chosen.lesson.id.clone(),
            severity: Some(chosen.lesson.severity),
            kind: kind(cells_of(&chosen.lesson.id)),
            reason: Some(chosen.reason.clone()),
            matches: chosen.matches.clone(),
            was: was.get(&chosen.lesson.id).cloned(),
        })
        .collect();
    changes.extend(gone.iter().map(|id| Change {
        lesson: id.clone(),
        severity: store.lesson(id).map(|lesson| lesson.severity),
        kind: Kind::Removed,
        reason: None,
        matches: Vec::new(),
        was: None,
    }));
    sort(&mut changes);
    changes
}

/// In the order in which they are shown: what comes, what changes, what goes; the most severe first.
pub(super) fn sort(changes: &mut [Change]) {
    changes.sort_by(|a, b| (a.kind, b.severity, &a.lesson).cmp(&(b.kind, a.severity, &b.lesson)));
}

/// What happens to the lesson of these cells.
fn kind(cells: &[&Cell]) -> Kind {
    let same =
        |cell: &&Cell| cell.now.form == cell.proposed.form && cell.now.missing == cell.proposed.missing;
    if cells.iter().all(same) {
        return Kind::Unchanged;
    }
    let named = cells
        .iter()
        .any(|cell| cell.now.form > Form::None || cell.now.named);
    if named { Kind::Changed } else { Kind::Added }
}
