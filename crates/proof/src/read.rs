//! Reads which lessons a file holds, as assistants see them.
//!
//! Input: a file's final bytes and the lessons' own words. Output: an [`EntryPointText`], and for each lesson the detail that is
//! present inside our block (`read/lesson`). Not here: what should be present (`expect`), for which paths a file is loaded (`scope`), and the limits of
//! assistants (`limits`). It knows nothing of templates: it looks for the lesson's words as whole list items or paragraphs.

mod lesson;

pub use lesson::{REINDENTED, ReadLesson};

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::ops::Range;

use super::import_path::is_import;
use super::word_index::WordIndex;
use super::wording::{LessonWording, bare_words, is_incident, named_lessons, rule_in, words_from_the_end};
use lessonbook_base::markdown::{self, Shape, TextUnit, VisibleText, VisibleToken};
use lessonbook_base::marker::{self, BlocksInFile};
use lessonbook_base::text::{self, SuspiciousText};
use lessonbook_store::{Audience, Severity};

/// A lesson in a block, with its id and severity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PresentLesson {
    /// Its id.
    pub lesson: String,
    /// The severity that follows the id.
    pub severity: Option<Severity>,
    /// The text before the id, on one line.
    pub rule: String,
}

/// A piece of a block that belongs to no lesson and is not on the allow-list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Foreign {
    /// The line of the file, from 1.
    pub line: usize,
    /// The piece, on one line and shortened.
    pub text: String,
    /// Why it is not allowed.
    pub why: String,
}

/// A file as assistants see it.
#[derive(Debug, Clone)]
pub struct EntryPointText {
    text: String,
    page: VisibleText,
    /// Where the page begins in the file: after BOM and front matter.
    offset: usize,
    /// The inside of our block, in bytes of the file.
    block: Option<Range<usize>>,
    /// Why there is no usable block, if there is none.
    no_block_reason: String,
    /// The words between our markers, visible or not; indexed at the first use.
    words_in_block: OnceCell<WordIndex>,
    /// Units by the code spans that they hold.
    by_code: BTreeMap<String, Vec<usize>>,
    /// Units outside our block.
    outside: Vec<usize>,
    /// The offset of each line.
    lines: Vec<usize>,
    /// The pieces of our block that belong to no lesson and are not on the allow-list.
    foreign: OnceCell<Vec<Foreign>>,
    /// Text of our block that does something.
    acting: OnceCell<Vec<SuspiciousText>>,
    /// Text of our block that people can't see, or must not.
    unsafe_text: OnceCell<Vec<SuspiciousText>>,
}

impl EntryPointText {
    /// Reads a file.
    pub fn read(bytes: &[u8], store_name: &str) -> Self {
        Self::from_blocks(bytes, marker::find(bytes, store_name))
    }

    /// Reads a file in which our block was already searched.
    pub fn from_blocks(bytes: &[u8], found: BlocksInFile) -> Self {
        let text = same_length(bytes);
        let front = lessonbook_base::front_matter::split(bytes).map_or(0, |front| front.range.end);
        let offset = if front == 0 && bytes.starts_with(b"\xef\xbb\xbf") {
            3
        } else {
            front
        };
        let page = markdown::read(&text[offset..]);
        let (block, no_block_reason) = match found {
            BlocksInFile::Block(block) => (Some(block.inner), String::new()),
            BlocksInFile::Nothing => (None, "the file does not hold our block".to_owned()),
            BlocksInFile::Unbalanced { why, line, .. } => (None, format!("line {line}: {why}")),
            BlocksInFile::Swallowed { by } => (
                None,
                format!("line {by} opens a comment or fence that hides our block"),
            ),
        };
        let mut by_code: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (at, unit) in page.units.iter().enumerate() {
            for token in &unit.tokens {
                if let VisibleToken::Code(code) = token {
                    let places = by_code.entry(code.clone()).or_default();
                    if places.last() != Some(&at) {
                        places.push(at);
                    }
                }
            }
        }
        let breaks = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        let lines = std::iter::once(0).chain(breaks.map(|(at, _)| at + 1)).collect();
        let mut view = EntryPointText {
            text,
            page,
            words_in_block: OnceCell::new(),
            offset,
            block,
            no_block_reason,
            by_code,
            outside: Vec::new(),
            lines,
            foreign: OnceCell::new(),
            acting: OnceCell::new(),
            unsafe_text: OnceCell::new(),
        };
        let all = view.page.units.iter().enumerate();
        view.outside = all
            .filter(|(_, unit)| !view.in_block(unit))
            .map(|(at, _)| at)
            .collect();
        view
    }

    /// Whether the file names a lesson anywhere, in our block or outside.
    pub fn mentions(&self, id: &str) -> bool {
        self.by_code.contains_key(id)
    }

    /// Whether the file holds a usable block of ours.
    pub fn has_block(&self) -> bool {
        self.block.is_some()
    }

    /// Whether our block names a lesson.
    pub fn names(&self, id: &str) -> bool {
        self.by_code
            .get(id)
            .is_some_and(|places| places.iter().any(|at| self.in_block(&self.page.units[*at])))
    }

    /// The ids in our block that the word `critical` follows, whether the store has them or not.
    pub fn critical_ids(&self) -> Vec<&str> {
        let units = self.page.units.iter().filter(|unit| self.in_block(unit));
        let named = units.flat_map(named_lessons);
        let critical = named.filter(|(_, severity)| *severity == Severity::Critical);
        critical.map(|(id, _)| id).collect()
    }

    /// The lessons in our block with a severity after their id, whether the store has them or not.
    pub fn lessons_in_block(&self) -> Vec<PresentLesson> {
        let units = self.page.units.iter().filter(|unit| self.in_block(unit));
        let named = units.flat_map(|unit| named_lessons(unit).map(move |named| (unit, named)));
        let lessons = named.map(|(unit, (id, severity))| PresentLesson {
            lesson: id.to_owned(),
            severity: Some(severity),
            rule: self.text_before(unit, id),
        });
        lessons.collect()
    }

    /// The rule before an id, without the list marker and the rationale, on one line.
    fn text_before(&self, unit: &TextUnit, id: &str) -> String {
        let text = one_line(&self.text[self.offset..][unit.range.clone()]);
        let rule = text.split(&format!("(`{id}`")).next().unwrap_or_default();
        let rule = rule.split(" Why: ").next().unwrap_or_default();
        rule.trim_start_matches(['-', '*', '+']).trim().to_owned()
    }

    /// The text before a lesson's id, on one line, if it is not the lesson's rule.
    pub fn other_rule(&self, words: &LessonWording<'_>) -> Option<String> {
        let id = &words.lesson.id;
        let places = self.by_code.get(id)?;
        places.iter().find_map(|at| {
            let unit = &self.page.units[*at];
            let shown = matches!(unit.shape, Shape::Paragraph | Shape::Item) && unit.hiding.is_none();
            if !shown || !self.in_block(unit) || rule_in(&unit.tokens, words, false).is_some() {
                return None;
            }
            let words_in_block = self.text_before(unit, id);
            (!words_in_block.is_empty()
                && words_in_block != one_line(&words.lesson.rule)
                && !words_in_block.contains(id.as_str()))
            .then_some(words_in_block)
        })
    }

    /// Whether the visible text, as that of the file `from`, imports a file with `@path`.
    pub fn imports(&self, from: &str, path: &str) -> bool {
        let mut shown = self.page.units.iter().filter(|unit| unit.hiding.is_none());
        shown.any(|unit| unit.tokens.iter().any(|token| is_import(token, from, path)))
    }

    /// The text inside our block; empty if there is no block.
    pub fn block_text(&self) -> &str {
        self.block.as_ref().map_or("", |block| &self.text[block.clone()])
    }

    /// The unknown pieces of our block, as `find` finds them the first time: they depend on nothing but the store and the bytes.
    pub(super) fn foreign(&self, find: impl FnOnce() -> Vec<Foreign>) -> &[Foreign] {
        self.foreign.get_or_init(find)
    }

    /// The text of our block that does something, as `find` finds it the first time: like the unknown pieces it depends on nothing else.
    pub(super) fn acting(&self, find: impl FnOnce(&str) -> Vec<SuspiciousText>) -> &[SuspiciousText] {
        self.acting.get_or_init(|| find(self.block_text()))
    }

    /// The characters in our block that no page shows, and the secrets.
    pub(super) fn unsafe_text(&self) -> &[SuspiciousText] {
        let block = self.block_text();
        self.unsafe_text
            .get_or_init(|| [text::hidden(block), text::secrets(block)].concat())
    }

    /// The units in our block, in the order of the file.
    pub(super) fn units_in_block(&self) -> impl Iterator<Item = &TextUnit> {
        self.page
            .units
            .iter()
            .filter(|unit| self.touches_block(&unit.range))
    }

    /// The links, images and footnote marks in our block.
    pub(super) fn links_in_block(&self) -> impl Iterator<Item = &markdown::Link> {
        self.page
            .links
            .iter()
            .filter(|link| self.touches_block(&link.range))
    }

    /// The link definitions in our block.
    pub(super) fn definitions_in_block(&self) -> impl Iterator<Item = Range<usize>> {
        let all = self
            .page
            .definitions
            .iter()
            .filter(|range| self.touches_block(range));
        all.cloned()
    }

    /// The lines of our block, each with its range in the page.
    pub(super) fn lines_in_block(&self) -> impl Iterator<Item = (Range<usize>, &str)> {
        let block = self.block.clone().unwrap_or_default();
        let mut at = block.start.saturating_sub(self.offset);
        let mut rest = self.block_text();
        // Byte by byte: `split_inclusive` with two characters decodes every character.
        std::iter::from_fn(move || {
            let end = rest.bytes().position(|byte| matches!(byte, b'\n' | b'\r'));
            let (line, below) = rest.split_at(end.map_or(rest.len(), |end| end + 1));
            let range = at..at + line.len();
            (at, rest) = (range.end, below);
            (!line.is_empty()).then_some((range, line))
        })
    }

    /// The line of the file on which a part of the page begins.
    pub(super) fn line_of(&self, range: &Range<usize>) -> usize {
        self.line(range.start)
    }

    /// A part of the page on one line, shortened if it is long.
    pub(super) fn quoted(&self, range: &Range<usize>, longest: usize) -> String {
        let text = self.text[self.offset..].get(range.clone()).unwrap_or_default();
        let line = one_line(text);
        let shown: String = line
            .chars()
            .take(longest)
            .map(|c| if c.is_control() { ' ' } else { c })
            .collect();
        if shown.len() < line.len() {
            shown + "…"
        } else {
            shown
        }
    }

    /// Whether a part of the page is in our block, in whole or in part.
    fn touches_block(&self, range: &Range<usize>) -> bool {
        let (start, end) = (range.start + self.offset, range.end + self.offset);
        self.block
            .as_ref()
            .is_some_and(|block| start < block.end && block.start < end)
    }

    /// What our block contains, visibly or not, that only internal readers may see. Text that a public lesson contains as well is
    /// not internal.
    pub fn internal_text(
        &self,
        words: &LessonWording<'_>,
        all: &[LessonWording<'_>],
    ) -> Option<&'static str> {
        let words_in_block = self.words_in_block.get_or_init(|| {
            let units = self.page.units.iter().enumerate();
            WordIndex::new(self.block_text(), units.filter(|(_, unit)| self.in_block(unit)))
        });
        let lesson = words.lesson;
        // One or two words are too little to recognise a text.
        let is_internal = |text: &str| {
            words_in_block.contains(text)
                && text.split_whitespace().count() > 2
                && !is_public(all, &|public| bare_words(public).contains(text))
        };
        let named = || self.names(&lesson.id) && !is_public(all, &|public| public.contains(&lesson.id));
        if lesson.audience == Audience::Internal && (named() || is_internal(&bare_words(&lesson.rule))) {
            return Some("an internal lesson");
        }
        for (summary, tokens) in words.summaries.iter().zip(&words.incidents) {
            let units = words_from_the_end(tokens)
                .next()
                .and_then(|last| words_in_block.ends.get(last));
            let mut units = units.into_iter().flatten().map(|at| &self.page.units[*at]);
            if is_internal(summary) || units.any(|unit| is_incident(&unit.tokens, tokens)) {
                return Some("an incident");
            }
        }
        let source = lesson.source.as_deref()?;
        let is_source_present =
            self.block_text().contains(source) && !is_public(all, &|public| public.contains(source));
        is_source_present.then_some("the source")
    }

    fn in_block(&self, unit: &TextUnit) -> bool {
        let range = unit.range.start + self.offset..unit.range.end + self.offset;
        self.block
            .as_ref()
            .is_some_and(|block| block.start <= range.start && range.end <= block.end)
    }

    fn line(&self, at: usize) -> usize {
        self.lines.partition_point(|start| *start <= self.offset + at)
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether a text of a public lesson fulfils a condition.
fn is_public(all: &[LessonWording<'_>], like: &dyn Fn(&str) -> bool) -> bool {
    let lessons = all.iter().map(|words| words.lesson);
    lessons
        .filter(|lesson| lesson.audience == Audience::Everyone)
        .any(|lesson| {
            let examples = [lesson.bad.as_deref(), lesson.good.as_deref()];
            let texts = [&lesson.title, &lesson.rule, &lesson.rationale];
            texts.into_iter().any(|text| like(text)) || examples.into_iter().flatten().any(like)
        })
}

/// The bytes as text of the same length: each byte that is not UTF-8 becomes a question mark.
fn same_length(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(std::iter::repeat_n('?', chunk.invalid().len()));
    }
    text
}
