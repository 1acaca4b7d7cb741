//! The hand-written text of a file, as lines and as the units that fill them.
//!
//! Input: a file's bytes and the name of the store whose block is not hand-written. Output: [`HandText`]. Not here: which lines may be
//! moved (`pipeline/adopt`, and again in the proof).

use std::collections::BTreeSet;
use std::ops::Range;

use crate::front_matter;
use crate::markdown::{self, Shape, TextUnit, VisibleToken};
use crate::marker::{self, BlocksInFile};
use crate::text_diff;

/// A file's lines and units outside our block, and the units inside it.
#[derive(Debug, Clone)]
pub struct HandText<'b> {
    /// The file.
    pub bytes: &'b [u8],
    /// The bytes of each line outside our block, with its ending.
    pub lines: Vec<Range<usize>>,
    /// The units outside our block, in order.
    pub units: Vec<HandUnit>,
    /// The units of our block, in order.
    pub block_units: Vec<TextUnit>,
    /// The bytes of our block with its marker lines.
    pub block: Option<Range<usize>>,
}

/// A unit and its lines.
#[derive(Debug, Clone)]
pub struct HandUnit {
    /// What it is, and its text.
    pub unit: TextUnit,
    /// Its lines, as positions in [`HandText::lines`].
    pub lines: Range<usize>,
    /// Whether its lines hold nothing else: it is a visible paragraph at the top level, or the only unit of a bullet in a list at the
    /// top level.
    pub is_alone: bool,
    /// The addresses of its links.
    pub addresses: Vec<String>,
    /// Whether a definition elsewhere makes a link of one of its words.
    pub needs_definition: bool,
    /// Whether our block is between the unit before and this one.
    pub follows_block: bool,
}

/// How the lines of two states of a file correspond. Blank lines are left out, because any of them can stand for another.
#[derive(Debug, Clone, Default)]
pub struct LineChanges {
    /// Lines that only the old state has.
    pub gone: BTreeSet<usize>,
    /// Lines that only the new state has.
    pub added: BTreeSet<usize>,
    /// The other lines, old and new, in order.
    pub kept: Vec<(usize, usize)>,
}

impl LineChanges {
    /// Compares two states.
    pub fn new(old: &HandText<'_>, new: &HandText<'_>) -> Self {
        let filled = |hand: &HandText<'_>| -> Vec<usize> {
            let lines = 0..hand.lines.len();
            lines.filter(|line| !hand.is_blank(*line)).collect()
        };
        let (before, after) = (filled(old), filled(new));
        let old_lines: Vec<&[u8]> = before.iter().map(|line| old.line(*line)).collect();
        let new_lines: Vec<&[u8]> = after.iter().map(|line| new.line(*line)).collect();
        let (gone, added) = text_diff::changed_items(&old_lines, &new_lines);
        let gone: BTreeSet<usize> = gone.into_iter().map(|at| before[at]).collect();
        let added: BTreeSet<usize> = added.into_iter().map(|at| after[at]).collect();
        let kept = before.iter().filter(|line| !gone.contains(line)).copied();
        let kept = kept.zip(after.iter().filter(|line| !added.contains(line)).copied());
        LineChanges {
            kept: kept.collect(),
            gone,
            added,
        }
    }
}

impl<'b> HandText<'b> {
    /// Reads a file. None if its lines or our block are unclear: bytes that are not UTF-8, a single carriage return, damaged markers.
    pub fn read(bytes: &'b [u8], store_name: &str) -> Option<Self> {
        let text = std::str::from_utf8(bytes).ok()?;
        let lone = |(at, byte): (usize, &u8)| *byte == b'\r' && bytes.get(at + 1) != Some(&b'\n');
        if bytes.iter().enumerate().any(lone) {
            return None;
        }
        let block = match marker::find(bytes, store_name) {
            BlocksInFile::Block(block) => Some(block.range),
            BlocksInFile::Nothing => None,
            BlocksInFile::Unbalanced { .. } | BlocksInFile::Swallowed { .. } => return None,
        };
        let bom = if bytes.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
        let offset = front_matter::split(bytes).map_or(bom, |front| front.range.end);
        let page = markdown::read(text.get(offset..)?);
        let in_block = |range: &Range<usize>| {
            let (start, end) = (range.start + offset, range.end + offset);
            block
                .as_ref()
                .is_some_and(|block| start < block.end && block.start < end)
        };
        let mut hand = HandText {
            bytes,
            lines: lines_outside(bytes, bom, block.as_ref()),
            units: Vec::new(),
            block_units: Vec::new(),
            block: block.clone(),
        };
        let mut follows_block = false;
        for (at, unit) in page.units.iter().enumerate() {
            if in_block(&unit.range) {
                follows_block = true;
                hand.block_units.push(unit.clone());
                continue;
            }
            let inside =
                |range: &Range<usize>| unit.range.start <= range.start && range.end <= unit.range.end;
            let item_holds = |range: &Range<usize>| {
                let item = unit.item.as_ref();
                item.is_some_and(|item| item.start <= range.start && range.end <= item.end)
            };
            let shares_item = unit.item.is_some()
                && page
                    .units
                    .iter()
                    .enumerate()
                    .any(|(other, one)| other != at && one.item == unit.item);
            let hides = page.hidden.iter().any(|hidden| item_holds(&hidden.range))
                || page.definitions.iter().any(item_holds);
            let bytes_of_unit = trimmed(text, offset, &unit.range);
            let links = page.links.iter().filter(|link| inside(&link.range));
            let (addresses, needs_definition) = links.fold((Vec::new(), false), |(mut all, needs), link| {
                all.push(link.address.clone());
                (all, needs || link.by_definition)
            });
            hand.units.push(HandUnit {
                lines: hand.lines_of(&bytes_of_unit),
                is_alone: !shares_item
                    && !hides
                    && unit.hiding.is_none()
                    && !unit.tokens.contains(&VisibleToken::Gap)
                    && fills_its_lines(text, offset, unit, &bytes_of_unit),
                unit: unit.clone(),
                addresses,
                needs_definition,
                follows_block: std::mem::take(&mut follows_block),
            });
        }
        Some(hand)
    }

    /// A line without its ending.
    pub fn line(&self, at: usize) -> &'b [u8] {
        let line = self
            .lines
            .get(at)
            .map_or(&[][..], |range| &self.bytes[range.clone()]);
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        line.strip_suffix(b"\r").unwrap_or(line)
    }

    /// Whether a line holds nothing but white space.
    pub fn is_blank(&self, at: usize) -> bool {
        self.line(at).trim_ascii().is_empty()
    }

    /// How many lines are before our block; none without a block.
    pub fn block_at(&self) -> Option<usize> {
        let block = self.block.as_ref()?;
        Some(self.lines.partition_point(|line| line.end <= block.start))
    }

    /// The number of a line in the file, from 1.
    pub fn number(&self, at: usize) -> usize {
        let start = self.lines.get(at).map_or(self.bytes.len(), |range| range.start);
        self.bytes[..start].split(|byte| *byte == b'\n').count()
    }

    /// The text of a unit as it is written, without bullet, on one line.
    pub fn text(&self, unit: &HandUnit) -> String {
        let lines = unit
            .lines
            .clone()
            .map(|at| String::from_utf8_lossy(self.line(at)));
        let text: Vec<String> = lines.map(|line| line.trim().to_owned()).collect();
        let text = text.join(" ");
        match unit.unit.shape {
            Shape::Item => text.trim_start_matches(['-', '*', '+']).trim_start().to_owned(),
            _ => text,
        }
    }

    /// The headings above a unit, from the nearest one to the outermost.
    pub fn headings(&self, at: usize) -> Vec<&HandUnit> {
        let mut level = u8::MAX;
        let mut above = Vec::new();
        for unit in self.units[..at.min(self.units.len())].iter().rev() {
            if let Shape::Heading(found) = unit.unit.shape
                && found < level
            {
                level = found;
                above.push(unit);
            }
        }
        above
    }

    fn lines_of(&self, range: &Range<usize>) -> Range<usize> {
        let first = self.lines.partition_point(|line| line.end <= range.start);
        let end = self.lines.partition_point(|line| line.start < range.end);
        first..end.max(first)
    }
}

/// The lines of a file outside a block. A byte order mark belongs to no line, because our block may follow it directly.
fn lines_outside(bytes: &[u8], bom: usize, block: Option<&Range<usize>>) -> Vec<Range<usize>> {
    let mut at = bom;
    let lines = bytes[bom..].split_inclusive(|byte| *byte == b'\n').map(|line| {
        let range = at..at + line.len();
        at = range.end;
        range
    });
    lines
        .filter(|line| block.is_none_or(|block| line.end <= block.start || block.end <= line.start))
        .collect()
}

/// The bytes of the file from a unit's first to its last visible character.
fn trimmed(text: &str, offset: usize, range: &Range<usize>) -> Range<usize> {
    let start = range.start + offset;
    let own = text.get(start..range.end + offset).unwrap_or_default();
    let lead = own.len() - own.trim_start().len();
    start + lead..start + own.trim_end().len().max(lead)
}

/// Whether nothing but a bullet or white space is beside a unit on its lines.
fn fills_its_lines(text: &str, offset: usize, unit: &TextUnit, own: &Range<usize>) -> bool {
    let line_start = text[..own.start].rfind('\n').map_or(0, |at| at + 1).max(offset);
    let before = &text[line_start..own.start];
    let behind = text[own.end..].split('\n').next().unwrap_or_default();
    let marker = before.trim_start_matches(' ');
    let is_shallow = before.len() - marker.len() <= 3;
    let is_led_in = match (&unit.shape, &unit.item) {
        (Shape::Paragraph, None) => marker.is_empty(),
        (Shape::Item, Some(_)) => {
            marker.starts_with(['-', '*', '+']) && marker.len() > 1 && marker[1..].trim().is_empty()
        }
        _ => return false,
    };
    is_shallow && is_led_in && behind.trim().is_empty()
}
