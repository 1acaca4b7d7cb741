//! Reads how much of one lesson a file holds.
//!
//! Input: a file as assistants see it, and the lesson's own words. Output: a [`ReadLesson`]: the detail, its line, and what is missing.
//! Not here: the block and its other text (`read`).

use std::ops::Range;

use super::EntryPointText;
use crate::wording::{
    LessonWording, TrailingText, is_decoration, is_incident, is_whole, rule_in, same_but_indented, same_code,
};
use lessonbook_base::markdown::{self, HidingReason, Shape, TextUnit, VisibleToken};
use lessonbook_store::Detail;

/// What a [`ReadLesson`] lacks if a formatter indented its examples.
pub const REINDENTED: &str = "its examples are not indented as in the lesson";

/// How much of a lesson a file holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadLesson {
    /// How much is present; `None` if the rule is missing.
    pub detail: Detail,
    /// The rule's line in the file, from 1; 0 if it is missing.
    pub line: usize,
    /// The bytes of the file that hold it, to the end of the last part.
    pub range: Range<usize>,
    /// What is missing to the next detail, or why nothing counts.
    pub missing: String,
    /// Whether an example is indented differently from the lesson. A formatter does that, and we accept it in a file that we do not
    /// write now.
    pub is_reindented: bool,
}

impl EntryPointText {
    /// How much of a lesson our block holds. `internal`: whether `full` includes incidents and source.
    pub fn read_lesson(
        &self,
        words: &LessonWording<'_>,
        internal: bool,
        known: &dyn Fn(&str) -> bool,
    ) -> ReadLesson {
        if words.lossy {
            return nothing("a part of the lesson's own text disappears when it is rendered");
        }
        if self.block.is_none() {
            return nothing(&self.no_block_reason);
        }
        let empty = Vec::new();
        let places = self.by_code.get(&words.lesson.id).unwrap_or(&empty);
        let mut no_block_reason = None;
        for &at in places {
            for (at, beside) in [(at, false), (at + 1, true)] {
                let Some(unit) = self.page.units.get(at) else {
                    continue;
                };
                if beside && !self.names_only(at - 1, words, known) {
                    continue;
                }
                let Some(rest) = rule_in(&unit.tokens, words, beside) else {
                    continue;
                };
                if let Some(why) = self.out_of_sight(unit) {
                    no_block_reason.get_or_insert(why);
                    continue;
                }
                let read_lesson = self.parts(at, words, rest, internal, known);
                return self.with_addresses(words, read_lesson);
            }
        }
        nothing(&no_block_reason.unwrap_or_else(|| self.why_absent(words)))
    }

    /// Reads on from a rule to its rationale, examples and incidents: to the end of its list item, or to the next heading or lesson.
    fn parts(
        &self,
        at: usize,
        words: &LessonWording<'_>,
        rest: TrailingText,
        internal: bool,
        known: &dyn Fn(&str) -> bool,
    ) -> ReadLesson {
        let unit = &self.page.units[at];
        let mut has_rationale = rest == TrailingText::Rationale;
        let mut is_reindented = false;
        let mut end = unit.range.end;
        let mut examples = [words.lesson.bad.as_deref(), words.lesson.good.as_deref()]
            .into_iter()
            .flatten()
            .peekable();
        let mut incidents = words.incidents.iter().filter(|_| internal).peekable();
        let mut source = Some(&words.source).filter(|source| internal && !source.is_empty());
        for next in &self.page.units[at + 1..] {
            let same_item =
                unit.item.is_none() && next.item.is_none() || unit.item.is_some() && next.item == unit.item;
            if !same_item || matches!(next.shape, Shape::Heading(_)) || !self.in_block(next) {
                break;
            }
            if self.out_of_sight(next).is_some() {
                continue;
            }
            let found = if let Shape::Code(_) = next.shape {
                let example = examples.next_if(|example| same_but_indented(example, &next.code));
                is_reindented |= example.is_some_and(|example| !same_code(example, &next.code));
                example.is_some()
            } else if !has_rationale && is_whole(&next.tokens, &words.rationale, words) {
                has_rationale = true;
                true
            } else if incidents
                .next_if(|incident| is_incident(&next.tokens, incident))
                .is_some()
            {
                true
            } else if source.is_some_and(|source| next.tokens.ends_with(source)) {
                source = None;
                true
            } else if names_another(next, words, known) {
                break;
            } else {
                false
            };
            if found {
                end = next.range.end;
            }
        }
        let (detail, missing) = match (has_rationale, examples.peek(), incidents.peek(), source) {
            (false, ..) => (Detail::Rule, "its rationale is not present word for word"),
            (true, Some(_), ..) => (Detail::Summary, "its examples are not present byte for byte"),
            (true, None, Some(_), _) => (Detail::Summary, "its incidents are not present word for word"),
            (true, None, None, Some(_)) => (Detail::Summary, "its source is missing"),
            (true, None, None, None) if is_reindented => (Detail::Full, REINDENTED),
            (true, None, None, None) => (Detail::Full, ""),
        };
        let range = unit.range.start + self.offset..end + self.offset;
        ReadLesson {
            detail,
            line: self.line(unit.range.start),
            range,
            missing: missing.to_owned(),
            is_reindented,
        }
    }

    /// Compares the addresses of links: a link to another address is another text.
    fn with_addresses(&self, words: &LessonWording<'_>, read_lesson: ReadLesson) -> ReadLesson {
        let [rule, rationale] = &words.addresses;
        if rule.is_empty() && rationale.is_empty() {
            return read_lesson;
        }
        let lessons_in_block = markdown::read(&self.text[read_lesson.range.clone()]).unseen;
        let missing =
            |expected: &[String]| expected.iter().any(|address| !lessons_in_block.contains(address));
        if missing(rule) {
            return nothing("a link in its rule has another address");
        }
        if read_lesson.detail > Detail::Rule && missing(rationale) {
            let missing = "a link in its rationale has another address".to_owned();
            let detail = Detail::Rule;
            return ReadLesson {
                detail,
                missing,
                ..read_lesson
            };
        }
        read_lesson
    }

    /// Why a unit does not count: it is outside our block, hidden, or neither a paragraph nor a list item.
    fn out_of_sight(&self, unit: &TextUnit) -> Option<String> {
        let why = match unit.hiding {
            Some(HidingReason::Quote) => "it is in a block quote",
            Some(HidingReason::Strike) => "it is struck through",
            Some(HidingReason::Footnote) => "it is in a footnote",
            Some(HidingReason::Html) => "it is in raw HTML",
            None if !self.in_block(unit) => "it is outside our block",
            None => match unit.shape {
                Shape::Paragraph | Shape::Item | Shape::Code(_) => return None,
                Shape::Heading(_) => "it is in a heading",
                Shape::Cell => "it is in a table",
            },
        };
        Some(format!("{why}, line {}", self.line(unit.range.start)))
    }

    /// Why a lesson's rule is not found, as precisely as possible.
    fn why_absent(&self, words: &LessonWording<'_>) -> String {
        let id = &words.lesson.id;
        if self.by_code.contains_key(id) {
            return "its id is present, but its rule is not present word for word".to_owned();
        }
        if let Some(hidden) = self
            .page
            .hidden
            .iter()
            .find(|hidden| self.text[self.offset..][hidden.range.clone()].contains(id))
        {
            let kind = if hidden.comment {
                "an HTML comment"
            } else {
                "raw HTML"
            };
            return format!("it is in {kind}, line {}", self.line(hidden.range.start));
        }
        let in_code = |unit: &&TextUnit| matches!(unit.shape, Shape::Code(_)) && unit.code.contains(id);
        if let Some(unit) = self.page.units.iter().find(in_code) {
            return format!("it is in a code block, line {}", self.line(unit.range.start));
        }
        "it is missing".to_owned()
    }

    /// Whether a unit is nothing but this lesson's name: its id with decoration, or a heading without another lesson's id.
    fn names_only(&self, at: usize, words: &LessonWording<'_>, known: &dyn Fn(&str) -> bool) -> bool {
        let Some(unit) = self.page.units.get(at) else {
            return false;
        };
        let visible = unit.hiding.is_none() && self.in_block(unit);
        let heading = matches!(unit.shape, Shape::Heading(_)) && !names_another(unit, words, known);
        visible && (heading || unit.tokens.iter().all(|token| is_decoration(token, words)))
    }
}

/// Whether a unit names another lesson of the store.
fn names_another(unit: &TextUnit, words: &LessonWording<'_>, known: &dyn Fn(&str) -> bool) -> bool {
    let another = |token: &VisibleToken| matches!(token, VisibleToken::Code(code) if *code != words.lesson.id && known(code));
    unit.tokens.iter().any(another)
}

fn nothing(why: &str) -> ReadLesson {
    ReadLesson {
        detail: Detail::None,
        line: 0,
        range: 0..0,
        missing: why.to_owned(),
        is_reindented: false,
    }
}
