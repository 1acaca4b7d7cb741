//! Hand-written lines that a plan moves into our block or puts back, where the target allows it (`adopt`).
//!
//! Input: a file before and after, and its earlier states. Output: every line that differs outside our block, explained as a text that
//! the block says word for word now, or that it said until now; or the reason why it can't be explained. Not here: which lines could be
//! moved (`pipeline/adopt`), with which this shares no decision.

mod context;
mod said;

use std::collections::BTreeSet;
use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::{Invariant, InvariantInput, count, invariant};
use crate::read::EntryPointText;
use crate::wording::LessonWording;
use context::{filled, is_free};
use lessonbook_base::finding::{Code, Finding};
use lessonbook_base::hand_text::{HandText, HandUnit, LineChanges};
use lessonbook_base::markdown::{TextUnit, VisibleToken};
use lessonbook_store::Detail;
use said::{ids, is_same_text, number_of, number_of_text, said_for};

/// The evidence where nothing is moved.
pub const NOTHING_MOVED: &str = "no hand-written line is moved";

/// Where a text is moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum MoveDirection {
    /// It was hand-written; the block says it now.
    IntoBlock,
    /// It is hand-written again, where it was.
    Back,
    /// It is hand-written again, after our block, because its place is no longer there.
    BehindBlock,
}

/// A hand-written text that a plan moves.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
pub struct MovedText {
    /// The file.
    pub path: String,
    /// Its line: before the plan, or after it if it is put back.
    pub line: usize,
    /// The lesson.
    pub lesson: String,
    /// The text, without its bullet and on one line.
    pub text: String,
    /// Where it is moved.
    pub to: MoveDirection,
}

/// Whether every moved text is one that the block says word for word. None where the target does not allow moves.
pub(super) fn as_said(
    facts: &InvariantInput<'_>,
    moved: &[MovedText],
    findings: &[Finding],
) -> Option<Invariant> {
    if !facts.target.adopt {
        return None;
    }
    let lost = findings
        .iter()
        .filter(|finding| finding.code == Code::BytesLost)
        .count();
    let number =
        |direction: &dyn Fn(MoveDirection) -> bool| moved.iter().filter(|text| direction(text.to)).count();
    let into = number(&|to| to == MoveDirection::IntoBlock);
    let back = moved.len() - into;
    let mut parts = Vec::new();
    if into > 0 {
        parts.push(format!(
            "{} moved into the block word for word",
            count(into, "hand-written text")
        ));
    }
    if back > 0 {
        parts.push(format!("{} put back", count(back, "hand-written text")));
    }
    let evidence = match (lost, parts.is_empty()) {
        (0, true) => NOTHING_MOVED.to_owned(),
        (0, false) => parts.join(", "),
        (lost, _) => format!(
            "a change outside the block that no move explains, in {}",
            count(lost, "file")
        ),
    };
    Some(invariant("moved", lost == 0, evidence))
}

/// A file before and after.
struct MovedFile<'a, 'b> {
    facts: &'a InvariantInput<'a>,
    path: &'a str,
    old: HandText<'b>,
    new: HandText<'b>,
    changes: LineChanges,
}

/// Explains every difference of a file outside our block.
pub(super) fn explain(
    facts: &InvariantInput<'_>,
    path: &str,
    before: &[u8],
    after: &[u8],
) -> Result<Vec<MovedText>, String> {
    let name = &facts.store.name;
    let unclear = || "its lines or our block are unclear".to_owned();
    let old = HandText::read(before, name).ok_or_else(unclear)?;
    let new = HandText::read(after, name).ok_or_else(unclear)?;
    let head = |hand: &HandText<'_>| hand.bytes.starts_with(b"\xef\xbb\xbf");
    if head(&old) != head(&new) {
        return Err("its byte order mark would change".to_owned());
    }
    let file = MovedFile {
        facts,
        path,
        changes: LineChanges::new(&old, &new),
        old,
        new,
    };
    file.endings_kept()?;
    file.blank_lines_kept()?;
    let removed = covering(&file.old, &file.changes.gone)?;
    let inserted = covering(&file.new, &file.changes.added)?;
    file.others_unchanged(&removed, &inserted)?;
    file.headings_filled()?;
    let view = EntryPointText::read(after, name);
    let mut moved = Vec::new();
    for at in removed {
        moved.push(file.now_in_block(at, &view)?);
    }
    for at in inserted {
        moved.push(file.back(at)?);
    }
    moved.sort();
    Ok(moved)
}

/// The units to which exactly the changed lines belong; a blank line belongs to none.
fn covering(hand: &HandText<'_>, changed: &BTreeSet<usize>) -> Result<Vec<usize>, String> {
    let is_changed = |unit: &HandUnit| unit.lines.clone().all(|line| changed.contains(&line));
    let units: Vec<usize> = (0..hand.units.len())
        .filter(|at| !hand.units[*at].lines.is_empty() && is_changed(&hand.units[*at]))
        .collect();
    let whole = |at: &&usize| hand.units[**at].is_alone;
    let covered: BTreeSet<usize> = units
        .iter()
        .filter(whole)
        .flat_map(|at| hand.units[*at].lines.clone())
        .collect();
    let open = changed
        .iter()
        .find(|line| !hand.is_blank(**line) && !covered.contains(line));
    match (open, units.iter().find(|at| !hand.units[**at].is_alone)) {
        (Some(line), _) => Err(format!(
            "line {} is not a whole paragraph or bullet",
            hand.number(*line)
        )),
        (None, Some(at)) => Err(format!(
            "line {} holds more than one text",
            hand.number(hand.units[*at].lines.start)
        )),
        (None, None) => Ok(units),
    }
}

impl MovedFile<'_, '_> {
    /// The last line of a file may get an ending because something is behind it now, and lose it again with our block. All other endings
    /// stay.
    fn endings_kept(&self) -> Result<(), String> {
        let is_followed =
            self.old.block.is_none() && self.new.block.is_some() || !self.changes.added.is_empty();
        let is_last_again = self.old.block.is_some() && self.new.block.is_none();
        for &(old, new) in &self.changes.kept {
            let was = &self.old.bytes[self.old.lines[old].clone()];
            let is = &self.new.bytes[self.new.lines[new].clone()];
            let gets_ending = is_followed && !was.ends_with(b"\n");
            let loses_ending = is_last_again && !is.ends_with(b"\n");
            if was != is && !gets_ending && !loses_ending {
                return Err(format!(
                    "the ending of line {} would change",
                    self.old.number(old)
                ));
            }
        }
        Ok(())
    }

    /// Between two lines that stay, blank lines change only where a text is moved, or where our block is added or removed.
    fn blank_lines_kept(&self) -> Result<(), String> {
        let mut before: Option<(usize, usize)> = None;
        for next in self.changes.kept.iter().map(|pair| Some(*pair)).chain([None]) {
            let old = before.map_or(0, |(old, _)| old + 1)..next.map_or(self.old.lines.len(), |(old, _)| old);
            let new = before.map_or(0, |(_, new)| new + 1)..next.map_or(self.new.lines.len(), |(_, new)| new);
            before = next;
            let is_moved = old.clone().any(|line| self.changes.gone.contains(&line))
                || new.clone().any(|line| self.changes.added.contains(&line));
            let holds_block = |hand: &HandText<'_>, gap: &Range<usize>| {
                hand.block_at().is_some_and(|at| gap.start <= at && at <= gap.end)
            };
            let (had, has) = (holds_block(&self.old, &old), holds_block(&self.new, &new));
            let is_same = old.len() == new.len()
                && old
                    .clone()
                    .zip(new.clone())
                    .all(|(old, new)| self.old.line(old) == self.new.line(new));
            let is_beside_block = had != has && old.len().abs_diff(new.len()) <= 3;
            if !is_moved && !is_same && !is_beside_block {
                return Err(format!(
                    "blank lines at line {} would change",
                    self.old.number(old.start)
                ));
            }
        }
        Ok(())
    }

    /// All other units read the same, in the same order.
    fn others_unchanged(&self, removed: &[usize], inserted: &[usize]) -> Result<(), String> {
        let without = |hand: &HandText<'_>, gone: &[usize]| -> Vec<TextUnit> {
            let units = hand.units.iter().enumerate();
            units
                .filter(|(at, _)| !gone.contains(at))
                .map(|(_, unit)| unit.unit.clone())
                .collect()
        };
        let (old, new) = (without(&self.old, removed), without(&self.new, inserted));
        let same = |(one, other): (&TextUnit, &TextUnit)| {
            one.shape == other.shape
                && one.tokens == other.tokens
                && one.code == other.code
                && one.hiding == other.hiding
        };
        if old.len() != new.len() || !old.iter().zip(&new).all(same) {
            return Err("other text would read differently".to_owned());
        }
        Ok(())
    }

    /// No heading loses all text below it, unless our block is there, and the file keeps some hand-written text.
    fn headings_filled(&self) -> Result<(), String> {
        if self.new.units.is_empty() && !self.old.units.is_empty() {
            return Err("no hand-written text would be left".to_owned());
        }
        let (old, new) = (filled(&self.old, false), filled(&self.new, true));
        let emptied = old.iter().zip(&new).any(|(was, is)| *was && !*is);
        if emptied {
            return Err("a heading would be left without text".to_owned());
        }
        Ok(())
    }

    /// A text that was hand-written and that the block says now.
    fn now_in_block(&self, at: usize, view: &EntryPointText) -> Result<MovedText, String> {
        let unit = &self.old.units[at];
        let line = self.old.number(unit.lines.start);
        let reason = |why: &str| format!("line {line} {why}");
        let known = |id: &str| self.facts.store.lesson(id).is_some();
        let says = |words: &&LessonWording<'_>| {
            !words.lossy
                && words.rule == unit.unit.tokens
                && words.addresses[0] == unit.addresses
                && view
                    .read_lesson(words, self.facts.target.may_read_internal(), &known)
                    .detail
                    > Detail::None
        };
        let Some(words) = self.facts.words.iter().find(says) else {
            return Err(reason("is not said word for word by a lesson in our block"));
        };
        if unit.needs_definition {
            return Err(reason("holds a link that a definition makes"));
        }
        let introduces = |next: &HandUnit| next.unit.item.is_some() && !next.follows_block;
        if unit.unit.item.is_none() && self.old.units.get(at + 1).is_some_and(introduces) {
            return Err(reason("may introduce the list below it"));
        }
        if !is_free(&self.old, at) {
            return Err(reason("may mean something else because of the text above it"));
        }
        Ok(MovedText {
            path: self.path.to_owned(),
            line,
            lesson: words.lesson.id.clone(),
            text: self.old.text(unit),
            to: MoveDirection::IntoBlock,
        })
    }

    /// A text that the block said until now, and that was hand-written before.
    fn back(&self, at: usize) -> Result<MovedText, String> {
        let unit = &self.new.units[at];
        let line = self.new.number(unit.lines.start);
        let leaves = |id: &String| {
            let names = |hand: &HandText<'_>| hand.block_units.iter().any(|unit| ids(unit).contains(id));
            names(&self.old) && !names(&self.new)
        };
        let states: Vec<HandText<'_>> = self
            .facts
            .earlier
            .iter()
            .filter_map(|tree| HandText::read(tree.file(self.path)?, &self.facts.store.name))
            .collect();
        for pair in states.windows(2) {
            let (newer, older) = (&pair[0], &pair[1]);
            let Some(was) = older
                .units
                .iter()
                .position(|one| is_same_text(older, one, &self.new, unit))
            else {
                continue;
            };
            if number_of(older, unit) <= number_of(newer, unit) {
                continue;
            }
            let Some(id) = said_for(newer, &unit.unit.tokens).into_iter().find(leaves) else {
                continue;
            };
            let headings = |hand: &HandText<'_>, at: usize| -> Vec<Vec<VisibleToken>> {
                let above = hand.headings(at).into_iter();
                above.map(|heading| heading.unit.tokens.clone()).collect()
            };
            if headings(older, was) != headings(&self.new, at) && !is_free(&self.new, at) {
                return Err(format!(
                    "line {line} would be put back below text that may change its meaning"
                ));
            }
            let to = if self.is_at_block(older, was, at) {
                MoveDirection::BehindBlock
            } else {
                MoveDirection::Back
            };
            return Ok(MovedText {
                path: self.path.to_owned(),
                line,
                lesson: id,
                text: self.new.text(unit),
                to,
            });
        }
        Err(format!(
            "line {line} is new, and no earlier state of the file shows it as moved"
        ))
    }

    /// Whether the text is behind our block (or where that was) although other text followed it in an older state.
    fn is_at_block(&self, older: &HandText<'_>, was: usize, at: usize) -> bool {
        let stays = |unit: &&HandUnit| !unit.lines.clone().any(|line| self.changes.added.contains(&line));
        let existed = |unit: &&HandUnit| number_of_text(&self.old, unit) > 0;
        let same = |one: Option<&HandUnit>, other: Option<&HandUnit>| match (one, other) {
            (Some(one), Some(other)) => {
                one.unit.tokens == other.unit.tokens && one.unit.code == other.unit.code
            }
            (None, None) => true,
            _ => false,
        };
        let next = self.new.units[at + 1..].iter().find(stays);
        let behind_block = self.old.units.iter().find(|unit| unit.follows_block);
        same(behind_block, next) && !same(older.units[was + 1..].iter().find(existed), next)
    }
}
