//! Which texts a block says, for which lessons, and how often a text is hand-written.
//!
//! Input: files as hand-written text and block. Output: ids and counts. Not here: what follows from them (`moved`).

use crate::wording::named_lessons;
use lessonbook_base::hand_text::{HandText, HandUnit};
use lessonbook_base::markdown::{TextUnit, VisibleToken};

/// The ids in a unit that a severity follows.
pub(super) fn ids(unit: &TextUnit) -> Vec<String> {
    named_lessons(unit).map(|(id, _)| id.to_owned()).collect()
}

/// The lessons for which a block says these words: the id is in the unit with the words, or in the unit beside it.
pub(super) fn said_for(hand: &HandText<'_>, words: &[VisibleToken]) -> Vec<String> {
    let units = &hand.block_units;
    let mut said = Vec::new();
    for (at, unit) in units.iter().enumerate() {
        if words.is_empty() || !unit.tokens.windows(words.len()).any(|part| part == words) {
            continue;
        }
        let own = ids(unit);
        if own.is_empty() {
            let beside = at.checked_sub(1).into_iter().chain([at + 1]);
            said.extend(beside.filter_map(|at| units.get(at)).flat_map(ids));
        } else {
            said.extend(own);
        }
    }
    said
}

/// Whether a unit of an older state has the same lines and shape.
pub(super) fn is_same_text(
    older: &HandText<'_>,
    one: &HandUnit,
    new: &HandText<'_>,
    other: &HandUnit,
) -> bool {
    one.is_alone
        && one.unit.shape == other.unit.shape
        && one.lines.len() == other.lines.len()
        && one
            .lines
            .clone()
            .zip(other.lines.clone())
            .all(|(was, is)| older.line(was) == new.line(is))
}

/// How often a text is a unit of its own.
pub(super) fn number_of(hand: &HandText<'_>, unit: &HandUnit) -> usize {
    let same = hand
        .units
        .iter()
        .filter(|one| one.is_alone && one.unit.tokens == unit.unit.tokens);
    same.count()
}

/// How many units of a file have the text of this one.
pub(super) fn number_of_text(hand: &HandText<'_>, unit: &HandUnit) -> usize {
    let same = |one: &&HandUnit| one.unit.tokens == unit.unit.tokens && one.unit.code == unit.unit.code;
    hand.units.iter().filter(same).count()
}
