//! A file, and the blocks in it, as parts that can only become fewer in a withdrawal.
//!
//! Input: the bytes of a file, and the lesson that is removed. Output: its lines, its units, and the lessons that it names. Not here:
//! the invariants (`withdrawal`).

use std::collections::{BTreeMap, BTreeSet};

use crate::{EntryPointText, quoted_codes};
use lessonbook_base::markdown::{self, HidingReason, Shape, TextUnit, VisibleText, VisibleToken};
use lessonbook_base::marker::{self, BlocksInFile};
use lessonbook_store::{Detail, Severity, Store};

/// A file as lines. Our begin line's hash is replaced, so that it does not count as a difference.
pub(super) struct FileParts<'b> {
    pub(super) lines: usize,
    /// The text of each line, then its line ending: when a block is removed, the line before it may lose its own ending.
    pub(super) pieces: Vec<Vec<u8>>,
    pub(super) hash: Option<String>,
    pub(super) around: Option<(&'b [u8], &'b [u8])>,
}

impl<'b> FileParts<'b> {
    pub(super) fn from_bytes(bytes: &'b [u8], name: &str) -> Self {
        let mut text = bytes.to_vec();
        let (mut hash, mut around) = (None, None);
        if let BlocksInFile::Block(block) = marker::find(bytes, name) {
            let line = &bytes[block.range.start..block.inner.start];
            let stated = block.hash.as_bytes();
            if let Some(at) = line.windows(stated.len()).position(|part| part == stated) {
                text[block.range.start + at..][..stated.len()].fill(b'0');
            }
            hash = Some(block.hash);
            around = Some((&bytes[..block.range.start], &bytes[block.range.end..]));
        }
        FileParts {
            lines: text.split_inclusive(|byte| *byte == b'\n').count(),
            pieces: pieces(&text),
            hash,
            around,
        }
    }

    /// If the block stays, everything around it stays as well, front matter included.
    pub(super) fn stays_around(&self, before: &FileParts<'_>) -> bool {
        self.around.is_none() || self.around == before.around
    }
}

fn pieces(text: &[u8]) -> Vec<Vec<u8>> {
    let lines = text.split_inclusive(|byte| *byte == b'\n');
    let split = |line: &[u8]| {
        let end = line.strip_suffix(b"\n").map_or(line.len(), <[u8]>::len);
        let end = line[..end].strip_suffix(b"\r").map_or(end, <[u8]>::len);
        [line[..end].to_vec(), line[end..].to_vec()]
    };
    lines.flat_map(split).filter(|part| !part.is_empty()).collect()
}

/// How many items were removed; `None` if the second list is not the first one without some items.
pub(super) fn removed_count<T: PartialEq>(before: &[T], after: &[T]) -> Option<usize> {
    let mut rest = before.iter();
    let is_part = after.iter().all(|item| rest.any(|held| held == item));
    is_part.then(|| before.len() - after.len())
}

/// A unit as an assistant sees it.
type SeenUnit = (Shape, Vec<VisibleToken>, String, Option<HidingReason>, bool);

/// The content of our block in a file, without one lesson.
#[derive(Default)]
pub(super) struct Blocks {
    /// The other lessons that the store has: the detail, and what is missing.
    pub(super) present: BTreeMap<String, (Detail, String)>,
    /// The ids with a severity after them, as often as they occur.
    pub(super) signed: Vec<String>,
    /// If the withdrawn lesson has no severity after its id: the other known ids in code, as often as they occur outside its words.
    pub(super) named: BTreeMap<String, usize>,
    pub(super) units: Vec<SeenUnit>,
}

impl Blocks {
    /// Whether each id is named as often as before. A lesson in words that the store does not have can be recognised by its id only.
    pub(super) fn names_all(&self, before: &Self) -> bool {
        let mut named = before.named.iter();
        named.all(|(id, times)| self.named.get(id).is_some_and(|now| now >= times))
    }

    pub(super) fn from_bytes(
        store: &Store,
        words: &[crate::LessonWording<'_>],
        bytes: &[u8],
        id: &str,
    ) -> Self {
        let BlocksInFile::Block(block) = marker::find(bytes, &store.name) else {
            return Blocks::default();
        };
        let view = EntryPointText::read(bytes, &store.name);
        let known = |id: &str| store.lesson(id).is_some();
        let others = words.iter().filter(|words| words.lesson.id != id);
        let read = others.map(|words| (words.lesson.id.clone(), view.read_lesson(words, true, &known)));
        let page = markdown::read(&String::from_utf8_lossy(&bytes[block.inner]));
        Blocks {
            named: named(store, &page, id),
            present: read
                .filter(|(_, present)| present.detail > Detail::None)
                .map(|(id, present)| (id, (present.detail, present.missing)))
                .collect(),
            signed: page
                .units
                .iter()
                .flat_map(signed)
                .filter(|signed| *signed != id)
                .map(str::to_owned)
                .collect(),
            units: page
                .units
                .into_iter()
                .map(|unit| {
                    (
                        unit.shape,
                        unit.tokens,
                        unit.code,
                        unit.hiding,
                        unit.item.is_some(),
                    )
                })
                .collect(),
        }
    }
}

/// The other lessons that a block names, as often as outside the withdrawn lesson's words; none if that lesson has a severity
/// after its id, because then the other lessons have one, too.
pub(super) fn named(store: &Store, page: &VisibleText, id: &str) -> BTreeMap<String, usize> {
    let mut named = BTreeMap::new();
    if all_signed(page).contains(id) {
        return named;
    }
    let another = |code: &&str| *code != id && store.lesson(code).is_some();
    for code in page.units.iter().flat_map(codes).filter(another) {
        *named.entry(code.to_owned()).or_insert(0) += 1;
    }
    let own = store.lesson(id).map(|lesson| quoted_codes(lesson, &page.units));
    for code in own.unwrap_or_default() {
        if let Some(times) = named.get_mut(&code) {
            *times = times.saturating_sub(1);
        }
    }
    named.retain(|_, times| *times > 0);
    named
}

/// The units that belong to the text around a unit: its list item, or everything from the nearest heading on.
pub(super) fn around(units: &[TextUnit], at: usize) -> impl Iterator<Item = &TextUnit> {
    let own = &units[at];
    let is_heading = |unit: &TextUnit| matches!(unit.shape, Shape::Heading(_));
    let start = match &own.item {
        Some(_) => units[..at]
            .iter()
            .rposition(|unit| unit.item != own.item)
            .map_or(0, |last| last + 1),
        None => units[..=at].iter().rposition(is_heading).unwrap_or(0),
    };
    let behind = units[at + 1..].iter().take_while(move |unit| match &own.item {
        Some(_) => unit.item == own.item,
        None => unit.item.is_none() && !is_heading(unit),
    });
    units[start..=at].iter().chain(behind)
}

/// The ids that a severity follows.
pub(super) fn signed(unit: &TextUnit) -> Vec<&str> {
    let windows = unit.tokens.windows(3);
    windows
        .filter_map(|tokens| match tokens {
            [
                VisibleToken::Code(id),
                VisibleToken::Word(comma),
                VisibleToken::Word(word),
            ] if comma == "," => Severity::parse(&crate::wording::plain(word)).map(|_| id.as_str()),
            _ => None,
        })
        .collect()
}

pub(super) fn all_signed(page: &VisibleText) -> BTreeSet<&str> {
    page.units.iter().flat_map(signed).collect()
}

pub(super) fn codes(unit: &TextUnit) -> impl Iterator<Item = &str> {
    unit.tokens.iter().filter_map(|token| match token {
        VisibleToken::Code(code) => Some(code.as_str()),
        VisibleToken::Word(_) | VisibleToken::Gap => None,
    })
}

/// Whether a text holds the id as a whole word.
pub(super) fn is_word(text: &str, id: &str) -> bool {
    text.split(|c: char| !c.is_ascii_alphanumeric() && c != '-')
        .any(|word| word == id)
}
