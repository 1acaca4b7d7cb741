//! Puts hand-written lines back that were moved into our block, when their lesson leaves it.
//!
//! Input: a file with our block as it is, the lessons that leave it, and earlier states of the file. Output: the file with the lines
//! where they were, or after our block if their place is no longer there. Not here: removing the lessons (`merge`).
//!
//! Nothing remembers the lines but the history of the base branch: the newest commit in which a line disappeared while our block said
//! its words. So it does not matter how the proposal was merged.

use std::collections::BTreeSet;
use std::ops::Range;

use lessonbook_base::hand_text::{HandText, HandUnit, LineChanges};
use lessonbook_base::markdown::{TextUnit, VisibleToken};
use lessonbook_store::Severity;

/// The lessons that our block names and that will not be in it.
pub(crate) fn leaving(bytes: &[u8], store_name: &str, stays: &[&str]) -> BTreeSet<String> {
    let Some(hand) = HandText::read(bytes, store_name) else {
        return BTreeSet::new();
    };
    let ids = hand.block_units.iter().flat_map(ids_in);
    ids.filter(|id| !stays.contains(&id.as_str())).collect()
}

/// The ids in a unit that a severity follows, as in `` (`pin-images`, critical) ``.
fn ids_in(unit: &TextUnit) -> Vec<String> {
    let named = unit.tokens.windows(3).filter_map(|tokens| match tokens {
        [
            VisibleToken::Code(id),
            VisibleToken::Word(comma),
            VisibleToken::Word(word),
        ] if comma == "," => {
            let word = word.trim_matches(|c: char| !c.is_alphanumeric());
            Severity::parse(word).map(|_| id.clone())
        }
        _ => None,
    });
    named.collect()
}

/// The file with the lines of the leaving lessons; `states` are its contents now and earlier, newest first. None if nothing was moved.
pub(crate) fn put_back(
    bytes: &[u8],
    store_name: &str,
    leaving: &BTreeSet<String>,
    states: &[&[u8]],
) -> Option<Vec<u8>> {
    let mut now = bytes.to_vec();
    let mut returned: Vec<Vec<VisibleToken>> = Vec::new();
    for pair in states.windows(2) {
        let (Some(newer), Some(older)) = (
            HandText::read(pair[0], store_name),
            HandText::read(pair[1], store_name),
        ) else {
            continue;
        };
        let moved = moved_units(&older, &newer, leaving);
        let moved: Vec<&HandUnit> = moved
            .into_iter()
            .filter(|unit| !returned.contains(&unit.unit.tokens))
            .filter(|unit| {
                count(&older, unit) > HandText::read(&now, store_name).map_or(0, |hand| count(&hand, unit))
            })
            .collect();
        if moved.is_empty() {
            continue;
        }
        returned.extend(moved.iter().map(|unit| unit.unit.tokens.clone()));
        now = restored(&now, store_name, &older, &moved).unwrap_or(now);
    }
    (now != bytes).then_some(now)
}

/// The units that the older state has and the newer one lacks, because its block says them for one of the leaving lessons.
fn moved_units<'h>(
    older: &'h HandText<'_>,
    newer: &HandText<'_>,
    leaving: &BTreeSet<String>,
) -> Vec<&'h HandUnit> {
    let said = |unit: &HandUnit| {
        let words = &unit.unit.tokens;
        newer.block_units.iter().enumerate().any(|(at, block)| {
            let says = !words.is_empty() && block.tokens.windows(words.len()).any(|part| part == words);
            let after = newer.block_units.get(at + 1);
            let before = at.checked_sub(1).and_then(|at| newer.block_units.get(at));
            let near = std::iter::once(block).chain(before).chain(after);
            let mut near = near.flat_map(ids_in);
            // The id is in the unit itself, or in the one beside it if the unit has none.
            let own = ids_in(block);
            says && if own.is_empty() {
                near.any(|id| leaving.contains(&id))
            } else {
                own.iter().any(|id| leaving.contains(id))
            }
        })
    };
    let units = older.units.iter().filter(|unit| unit.is_alone);
    units
        .filter(|unit| count(older, unit) > count(newer, unit) && said(unit))
        .collect()
}

/// How often a text is a unit of its own.
fn count(hand: &HandText<'_>, unit: &HandUnit) -> usize {
    let units = hand.units.iter();
    units
        .filter(|other| other.is_alone && other.unit.tokens == unit.unit.tokens)
        .count()
}

/// The file with units of an older state, each at its place if the lines before and after it are next to each other now.
fn restored(bytes: &[u8], store_name: &str, older: &HandText<'_>, moved: &[&HandUnit]) -> Option<Vec<u8>> {
    let hand = HandText::read(bytes, store_name)?;
    let changes = LineChanges::new(older, &hand);
    let is_wanted = |line: usize| moved.iter().any(|unit| unit.lines.contains(&line));
    let mut pieces: Vec<(Range<usize>, Vec<u8>)> = Vec::new();
    let mut behind_block: Vec<u8> = Vec::new();
    let ends = changes.kept.iter().map(|pair| Some(*pair)).chain([None]);
    let mut before: Option<(usize, usize)> = None;
    for next in ends {
        let gap = Gap {
            old: before.map_or(0, |(old, _)| old + 1)..next.map_or(older.lines.len(), |(old, _)| old),
            new: before.map_or(0, |(_, new)| new + 1)..next.map_or(hand.lines.len(), |(_, new)| new),
        };
        before = next;
        let text = gap.text(older, &is_wanted);
        if text.is_empty() {
            continue;
        }
        if gap.new.clone().all(|line| hand.is_blank(line)) {
            pieces.push(gap.filled(&hand, older, &text));
        } else {
            let lines = text.into_iter().filter(|line| !older.is_blank(*line));
            for line in lines {
                behind_block.extend_from_slice(older.line(line));
                behind_block.extend_from_slice(ending(bytes));
            }
        }
    }
    if !behind_block.is_empty() {
        pieces.push(behind(bytes, hand.block.as_ref(), behind_block));
    }
    pieces.sort_by_key(|(range, _)| range.start);
    let mut after = Vec::with_capacity(bytes.len());
    let mut from = 0;
    for (range, text) in pieces {
        after.extend_from_slice(bytes.get(from..range.start)?);
        after.extend_from_slice(&text);
        from = range.end;
    }
    after.extend_from_slice(bytes.get(from..)?);
    Some(after)
}

/// The lines between two lines that an older state and the file of today share; both ends may be the ends of the file.
struct Gap {
    old: Range<usize>,
    new: Range<usize>,
}

impl Gap {
    /// The wanted lines of the older state, each with the blank lines before it, and the blank lines before the next shared line. Empty if
    /// no line is wanted.
    fn text(&self, older: &HandText<'_>, is_wanted: &dyn Fn(usize) -> bool) -> Vec<usize> {
        let (mut text, mut blank, mut is_found) = (Vec::new(), Vec::new(), false);
        for line in self.old.clone() {
            if older.is_blank(line) {
                blank.push(line);
            } else if is_wanted(line) {
                text.append(&mut blank);
                text.push(line);
                is_found = true;
            } else {
                blank.clear(); // a line that stays away takes the blank lines before it along
            }
        }
        text.append(&mut blank);
        if is_found { text } else { Vec::new() }
    }

    /// The bytes of today's blank lines, and what replaces them.
    fn filled(&self, hand: &HandText<'_>, older: &HandText<'_>, text: &[usize]) -> (Range<usize>, Vec<u8>) {
        let mut first = self.new.start;
        let block = hand
            .block_at()
            .filter(|at| self.new.start <= *at && *at <= self.new.end);
        let block = block.zip(hand.block.clone());
        if let Some((at, block)) = &block {
            first = *at;
            // The blank line after a block at the start of the file belongs to the block.
            let is_first = hand.bytes[..block.start]
                .iter()
                .all(|byte| !byte.is_ascii_graphic());
            if is_first && first < self.new.end {
                first += 1;
            }
        }
        let lines = &hand.lines;
        let start = match (
            &block,
            lines.get(first),
            first.checked_sub(1).and_then(|at| lines.get(at)),
        ) {
            (_, Some(line), _) if first < self.new.end || self.new.end < lines.len() => line.start,
            (Some((_, block)), _, before) => block.end.max(before.map_or(0, |line| line.end)),
            (None, _, Some(before)) => before.end,
            (None, ..) => hand.bytes.len(),
        };
        let end = match self.new.clone().last().filter(|last| *last >= first) {
            Some(last) => lines[last].end,
            None => start,
        };
        (start..end, text_at(hand, start, end, older, text))
    }
}

/// Lines of an older state as they replace some bytes. Only the last line of both files may lack its ending.
fn text_at(hand: &HandText<'_>, start: usize, end: usize, older: &HandText<'_>, lines: &[usize]) -> Vec<u8> {
    let ending = ending(hand.bytes);
    let is_same_style = self::ending(older.bytes) == ending;
    let mut text: Vec<u8> = Vec::new();
    if start > 0 && !hand.bytes[..start].ends_with(b"\n") {
        text.extend_from_slice(ending);
    }
    for &line in lines {
        let whole = &older.bytes[older.lines[line].clone()];
        if whole.ends_with(b"\n") && is_same_style {
            text.extend_from_slice(whole);
            continue;
        }
        text.extend_from_slice(older.line(line));
        let is_last = older.lines[line].end == older.bytes.len() && end == hand.bytes.len();
        if whole.ends_with(b"\n") || !is_last {
            text.extend_from_slice(ending);
        }
    }
    text
}

/// Text after our block, with a blank line between, or at the end of a file without a block.
fn behind(bytes: &[u8], block: Option<&Range<usize>>, mut text: Vec<u8>) -> (Range<usize>, Vec<u8>) {
    let ending = ending(bytes);
    let at = block.map_or(bytes.len(), |block| block.end);
    let mut lead: Vec<u8> = Vec::new();
    if at > 0 && !bytes[..at].ends_with(b"\n") {
        lead.extend_from_slice(ending);
    }
    if at > 0 {
        lead.extend_from_slice(ending);
    }
    let rest = &bytes[at..];
    if !rest.is_empty() && !rest.starts_with(b"\n") && !rest.starts_with(b"\r\n") {
        text.extend_from_slice(ending);
    }
    (at..at, [lead, text].concat())
}

/// The line ending of a file.
fn ending(bytes: &[u8]) -> &'static [u8] {
    let first = bytes.iter().position(|byte| *byte == b'\n');
    match first {
        Some(at) if bytes[..at].ends_with(b"\r") => b"\r\n",
        _ => b"\n",
    }
}
