//! Cuts one lesson out of the text of our block: whole list items, sections or paragraphs, and nothing else.
//!
//! Input: the text between our markers, a lesson's id, and the store. Output: the text without the lesson, or the place where it is unclear
//! where the lesson begins and ends. Not here: which files (`withdraw`), and the proof (`proof/withdrawal`). It works on the text as it
//! is, which may have an older wording or another template: it looks for the lesson's id in code font, and decides to which lesson the list
//! item or section around it belongs.
//!
//! A lesson owns a part if its id is followed by its severity (`` `id`, critical ``), as in the built-in templates. If no id in the part
//! has a severity, the ids of the store's lessons decide, and the rules that are there word for word. A mere mention owns nothing.

use std::collections::BTreeSet;
use std::ops::Range;

use lessonbook_base::markdown::{self, Shape, TextUnit, VisibleText, VisibleToken};
use lessonbook_base::marker;
use lessonbook_proof::{EntryPointText, LessonWording, ReadLesson, quoted_codes};
use lessonbook_store::{Detail, Lesson, Severity, Store};

/// Why a lesson can't be cut, and where: an offset in the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct CutError {
    pub at: usize,
    pub why: &'static str,
}

/// The rest of a block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RemainingText {
    /// The text between the markers.
    pub inner: String,
    /// Whether another lesson is in it.
    pub holds_lessons: bool,
}

/// The text without the lesson; none if it is not there. A mere mention of its id in another lesson's words stays.
pub(super) fn cut(inner: &str, id: &str, store: &Store) -> Result<Option<RemainingText>, CutError> {
    let mut text = inner.to_owned();
    let mut changed = 0; // positions in errors refer to the original text
    while let Some(range) = BlockText::of(&text, id, store)
        .first()
        .map_err(|unclear| CutError {
            at: (unclear.at + changed).min(inner.len()),
            ..unclear
        })?
    {
        changed += range.len();
        text.replace_range(range, "");
    }
    if text == inner {
        return Ok(None);
    }
    let reading = BlockText::of(&text, id, store);
    let holds_lessons = reading.page.units.iter().any(|unit| {
        let named = codes(unit).any(|code| code != id && store.lesson(code).is_some());
        named || !signed_ids(unit).is_empty()
    });
    Ok(Some(RemainingText {
        inner: text,
        holds_lessons,
    }))
}

/// Whether a text mentions the lesson at all.
pub(super) fn mentions(text: &str, id: &str) -> bool {
    let part = |c: char| c.is_ascii_alphanumeric() || c == '-';
    text.match_indices(id)
        .any(|(at, _)| !text[..at].ends_with(part) && !text[at + id.len()..].starts_with(part))
}

/// To which lesson a part of a block belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum PartOwner {
    Ours,
    Another,
    Several,
}

/// A block's text as assistants see it.
struct BlockText<'a> {
    inner: &'a str,
    id: &'a str,
    store: &'a Store,
    page: VisibleText,
}

impl<'a> BlockText<'a> {
    fn of(inner: &'a str, id: &'a str, store: &'a Store) -> Self {
        BlockText {
            inner,
            id,
            store,
            page: markdown::read(inner),
        }
    }

    /// The first range of bytes that holds the lesson and nothing else.
    fn first(&self) -> Result<Option<Range<usize>>, CutError> {
        for (at, unit) in self.page.units.iter().enumerate() {
            if codes(unit).any(|code| code == self.id)
                && let Some(units) = self.holder(at)?
            {
                return self.lines(units).map(Some);
            }
        }
        let present = self
            .page
            .hidden
            .iter()
            .find(|hidden| mentions(&self.inner[hidden.range.clone()], self.id));
        match present {
            Some(hidden) => Err(CutError {
                at: hidden.range.start,
                why: "a comment or raw HTML names it",
            }),
            None => Ok(None),
        }
    }

    /// The units that belong to the lesson, around one that names it; none if another lesson mentions it there.
    fn holder(&self, at: usize) -> Result<Option<Range<usize>>, CutError> {
        let units = &self.page.units;
        let unclear = |why| {
            Err(CutError {
                at: units[at].range.start,
                why,
            })
        };
        if units[at].item.is_some() {
            let same = |unit: &&TextUnit| unit.item == units[at].item;
            let before = units[..at].iter().rev().take_while(same).count();
            let behind = units[at..].iter().take_while(same).count();
            let item = at - before..at + behind;
            return match self.owner(item.clone()) {
                PartOwner::Ours => Ok(Some(item)),
                PartOwner::Another => Ok(None),
                PartOwner::Several => unclear("its list item also holds other lessons"),
            };
        }
        if let Some(section) = self.section(at) {
            match self.owner(section.clone()) {
                PartOwner::Ours => return Ok(Some(self.without_frame(section))),
                PartOwner::Another => return Ok(None),
                PartOwner::Several => {}
            }
        }
        match (&units[at].shape, self.owner(at..at + 1)) {
            (_, PartOwner::Another) => Ok(None),
            (Shape::Cell, _) => unclear("it is in a table"),
            (Shape::Heading(_), _) => unclear("the section under its heading also holds other lessons"),
            _ => self.paragraphs(at),
        }
    }

    /// From the nearest heading above to the next one that is not below it.
    fn section(&self, at: usize) -> Option<Range<usize>> {
        let level = |unit: &TextUnit| match unit.shape {
            Shape::Heading(level) if unit.item.is_none() => Some(level),
            _ => None,
        };
        let units = &self.page.units;
        let start = (0..=at).rev().find(|at| level(&units[*at]).is_some())?;
        let own = level(&units[start])?;
        let behind = units[start + 1..]
            .iter()
            .take_while(|unit| level(unit).is_none_or(|level| level > own));
        Some(start..start + 1 + behind.count())
    }

    /// To which lesson the units belong.
    fn owner(&self, units: Range<usize>) -> PartOwner {
        let units = &self.page.units[units];
        let of = |ids: &BTreeSet<&str>| match (ids.contains(self.id), ids.len()) {
            (true, 1) => PartOwner::Ours,
            (true, _) => PartOwner::Several,
            (false, _) => PartOwner::Another,
        };
        let signed: BTreeSet<&str> = units.iter().flat_map(signed_ids).collect();
        if !signed.is_empty() {
            return of(&signed);
        }
        let rule_present = |unit: &TextUnit, rule: &[VisibleToken]| {
            !rule.is_empty() && unit.tokens.windows(rule.len()).any(|tokens| tokens == rule)
        };
        let present = self.store.lessons.iter().filter(|lesson| {
            let (rule, _) = markdown::inline(&lesson.rule);
            units.iter().any(|unit| rule_present(unit, &rule))
        });
        let present: Vec<&Lesson> = present.collect();
        // A lesson that is there word for word may mention another one; that other one need not be there.
        let mut quoted_codes: Vec<String> = present
            .iter()
            .flat_map(|lesson| quoted_codes(lesson, units))
            .collect();
        let mut ids: BTreeSet<&str> = present.iter().map(|lesson| lesson.id.as_str()).collect();
        let known = |code: &&str| *code == self.id || self.store.lesson(code).is_some();
        for code in units.iter().flat_map(codes).filter(known) {
            match quoted_codes.iter().position(|quoted_codes| quoted_codes == code) {
                Some(at) => drop(quoted_codes.swap_remove(at)),
                None => drop(ids.insert(code)),
            }
        }
        of(&ids)
    }

    /// A section without the template's text after all lessons.
    fn without_frame(&self, mut section: Range<usize>) -> Range<usize> {
        let units = &self.page.units;
        while section.len() > 1 && is_frame(&units[section.end - 1]) {
            section.end -= 1;
        }
        // Where the whole lesson was found word for word, the rest is not its own.
        if let Some((found, standing)) = self.standing()
            && standing.missing.is_empty()
            && section.start <= found.start
            && found.end <= section.end
        {
            section.end = found.end;
        }
        section
    }

    /// A lesson among others in paragraphs without a heading of its own: it can be cut only if its words show where it ends.
    fn paragraphs(&self, at: usize) -> Result<Option<Range<usize>>, CutError> {
        let units = &self.page.units;
        let starts_another = |unit: Option<&TextUnit>| {
            unit.is_none_or(|unit| {
                let known = |code: &str| code != self.id && self.store.lesson(code).is_some();
                unit.item.is_some()
                    || matches!(unit.shape, Shape::Heading(_))
                    || is_frame(unit)
                    || !signed_ids(unit).is_empty()
                    || codes(unit).any(known)
            })
        };
        if let Some((found, standing)) = self.standing()
            && (found.contains(&at) || found.start == at + 1)
        {
            let next = units.get(found.end);
            let present = standing.detail >= Detail::Summary
                && next.is_none_or(|next| !matches!(next.shape, Shape::Code(_)));
            if present || starts_another(next) {
                return Ok(Some(at.min(found.start)..found.end));
            }
        } else if signed_ids(&units[at]).contains(&self.id) {
            let before = at.checked_sub(1).map(|before| &units[before]);
            if starts_another(before) && starts_another(units.get(at + 1)) {
                return Ok(Some(at..at + 1));
            }
        } else {
            // A later paragraph of the last lesson with a severity.
            let above = units[..at]
                .iter()
                .rev()
                .take_while(|unit| !matches!(unit.shape, Shape::Heading(_)));
            let signed = above.map(signed_ids).find(|signed_ids| !signed_ids.is_empty());
            if signed.is_some_and(|signed_ids| !signed_ids.contains(&self.id)) {
                return Ok(None);
            }
        }
        Err(CutError {
            at: units[at].range.start,
            why: "it is unclear where it begins and ends among the paragraphs there",
        })
    }

    /// The units that hold the lesson in the store's current words.
    fn standing(&self) -> Option<(Range<usize>, ReadLesson)> {
        let words = LessonWording::new(self.store.lesson(self.id)?);
        let begin = format!("{}\n", marker::begin("x", &"0".repeat(12)));
        let file = format!("{begin}{}{}\n", self.inner, marker::end("x"));
        let known = |id: &str| self.store.lesson(id).is_some();
        let standing = EntryPointText::read(file.as_bytes(), "x").read_lesson(&words, true, &known);
        let (start, end) = (
            standing.range.start.checked_sub(begin.len())?,
            standing.range.end.checked_sub(begin.len())?,
        );
        let units = &self.page.units;
        let first = units.iter().position(|unit| unit.range.start >= start)?;
        let last = units.iter().rposition(|unit| unit.range.start < end)?;
        (standing.detail > Detail::None && first <= last).then_some((first..last + 1, standing))
    }

    /// The lines of units, with a comment above that names the lesson, a heading that would be left with nothing below it, and the blank lines
    /// that would be too many.
    fn lines(&self, units: Range<usize>) -> Result<Range<usize>, CutError> {
        let all = &self.page.units;
        let level = |unit: Option<&TextUnit>| match unit.map(|unit| &unit.shape) {
            Some(Shape::Heading(level)) => Some(*level),
            _ => None,
        };
        let mut first = units.start;
        let next = all.get(units.end);
        while let Some(above) = first.checked_sub(1)
            && let Some(own) = level(all.get(above))
            && (next.is_none() || level(next).is_some_and(|next| next <= own))
        {
            first = above;
        }
        let item = all[first].item.as_ref().map(|item| item.start);
        let begin = all[first].range.start.min(item.unwrap_or(usize::MAX));
        let mut start = line_start(self.inner, begin);
        if self.inner[start..begin].contains(|c: char| !c.is_whitespace() && c != '>') {
            return Err(CutError {
                at: begin,
                why: "other text is on the same line",
            });
        }
        let last = &all[units.end - 1];
        let end = self.inner[..last.range.end].trim_end().len();
        let end = line_end(self.inner, end);
        for hidden in self.page.hidden.iter().rev() {
            let between = self.inner.get(hidden.range.end..start);
            let named = mentions(&self.inner[hidden.range.clone()], self.id);
            if named && between.is_some_and(|between| between.trim().is_empty()) {
                start = line_start(self.inner, hidden.range.start);
            }
        }
        Ok(with_gap(self.inner, start..end))
    }
}

/// Of the two gaps of blank lines, the larger one stays.
fn with_gap(text: &str, lines: Range<usize>) -> Range<usize> {
    let blank = |line: &&str| line.trim().is_empty();
    let behind: Vec<&str> = text[lines.end..]
        .split_inclusive('\n')
        .take_while(blank)
        .collect();
    let before: Vec<&str> = text[..lines.start]
        .split_inclusive('\n')
        .rev()
        .take_while(blank)
        .collect();
    let length = |lines: &[&str]| lines.iter().map(|line| line.len()).sum::<usize>();
    if behind.len() <= before.len() {
        lines.start..lines.end + length(&behind)
    } else {
        lines.start - length(&before)..lines.end
    }
}

fn line_start(text: &str, at: usize) -> usize {
    text[..at].rfind('\n').map_or(0, |end| end + 1)
}

fn line_end(text: &str, at: usize) -> usize {
    text[at..].find('\n').map_or(text.len(), |end| at + end + 1)
}

/// The built-in templates' text after all lessons.
fn is_frame(unit: &TextUnit) -> bool {
    let words = ["To", "keep", "this", "short,"];
    let rule_present =
        |(token, word): (&VisibleToken, &str)| matches!(token, VisibleToken::Word(said) if said == word);
    unit.shape == Shape::Paragraph
        && unit.tokens.len() > words.len()
        && unit.tokens.iter().zip(words).all(rule_present)
}

/// The code spans of a unit.
fn codes(unit: &TextUnit) -> impl Iterator<Item = &str> {
    unit.tokens.iter().filter_map(|token| match token {
        VisibleToken::Code(code) => Some(code.as_str()),
        VisibleToken::Word(_) | VisibleToken::Gap => None,
    })
}

/// The ids of a unit that a severity follows.
fn signed_ids(unit: &TextUnit) -> Vec<&str> {
    let severity = |word: &str| {
        let word: String = word.chars().filter(|c| c.is_alphanumeric()).collect();
        Severity::parse(&word.to_lowercase()).is_some()
    };
    let sign = |tokens: &'_ [VisibleToken]| match tokens {
        [
            VisibleToken::Code(_),
            VisibleToken::Word(comma),
            VisibleToken::Word(word),
        ] => comma == "," && severity(word),
        _ => false,
    };
    unit.tokens
        .windows(3)
        .filter(|tokens| sign(tokens))
        .filter_map(|tokens| match &tokens[0] {
            VisibleToken::Code(id) => Some(id.as_str()),
            VisibleToken::Word(_) | VisibleToken::Gap => None,
        })
        .collect()
}
