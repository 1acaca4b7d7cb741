//! Finds everything in a block that is neither a lesson's own text nor on the allow-list.
//!
//! Input: a file's view and the allow-list. Output: each [`Foreign`] piece with its line. Not here: what the allow-list holds
//! (`frame`).

use std::collections::BTreeSet;
use std::ops::Range;

use super::{AllowedText, Role, has_no_signs, label};
use crate::read::{EntryPointText, Foreign};
use crate::wording::{
    LessonWording, TrailingText, is_decoration, is_incident, is_whole, rule_in, same_but_indented, same_code,
};
use lessonbook_base::markdown::{HidingReason, Shape, TextUnit, VisibleToken};

/// How many characters of a piece are quoted.
const QUOTED: usize = 60;

impl AllowedText<'_> {
    /// The unknown pieces in the block of a file, in the order of the file.
    pub fn foreign<'v>(&self, view: &'v EntryPointText, words: &[LessonWording<'_>]) -> &'v [Foreign] {
        view.foreign(|| self.walk(view, words))
    }

    fn walk(&self, view: &EntryPointText, words: &[LessonWording<'_>]) -> Vec<Foreign> {
        let mut walk = Walk {
            frame: self,
            view,
            words,
            lesson: None,
            announced: None,
            label: None,
            spans: Vec::new(),
            found: Vec::new(),
        };
        for unit in view.units_in_block() {
            walk.unit(unit);
        }
        walk.settle_label();
        walk.settle_heading();
        walk.links();
        walk.lines();
        walk.found.sort_by_key(|foreign| foreign.line);
        walk.found
    }
}

/// The lesson whose text the walk is in.
struct Current {
    lesson: usize,
    item: Option<Range<usize>>,
    said_why: bool,
    examples: Vec<Role>,
    bad_was_labelled: bool,
    incidents: usize,
    source: bool,
}

/// A heading or an id that must be followed by a lesson's rule.
struct PendingRule<'v> {
    unit: &'v TextUnit,
    lessons: Vec<usize>,
    by_id: bool,
}

struct Walk<'w> {
    frame: &'w AllowedText<'w>,
    view: &'w EntryPointText,
    words: &'w [LessonWording<'w>],
    lesson: Option<Current>,
    announced: Option<PendingRule<'w>>,
    label: Option<(&'w TextUnit, Role)>,
    /// Which lesson the text of a unit belongs to.
    spans: Vec<(Range<usize>, usize)>,
    found: Vec<Foreign>,
}

impl<'w> Walk<'w> {
    fn unit(&mut self, unit: &'w TextUnit) {
        if let Some(hiding) = unit.hiding {
            let why = match hiding {
                HidingReason::Quote => "it is in a block quote",
                HidingReason::Strike => "it is struck through",
                HidingReason::Footnote => "it is in a footnote",
                HidingReason::Html => "raw HTML hides it",
            };
            return self.foreign(unit, why);
        }
        if !matches!(unit.shape, Shape::Code(_)) {
            self.settle_label();
        }
        match &unit.shape {
            Shape::Cell => self.foreign(unit, "a block must not hold a table"),
            Shape::Heading(_) => self.heading(unit),
            Shape::Code(info) => self.code(unit, info),
            Shape::Paragraph | Shape::Item => self.paragraph(unit),
        }
    }

    fn heading(&mut self, unit: &'w TextUnit) {
        self.settle_heading();
        self.lesson = None;
        // A topic may have the same title as a lesson. Then no rule needs to follow.
        if self.frame.is_heading(&unit.tokens) {
            return;
        }
        match self.frame.lessons_announced(&unit.tokens, self.words) {
            Some((lessons, by_id)) => {
                if let [lesson] = lessons[..] {
                    self.spans.push((unit.range.clone(), lesson));
                }
                self.announced = Some(PendingRule {
                    unit,
                    lessons,
                    by_id,
                });
            }
            None => self.foreign(
                unit,
                "a heading must be the title or id of the lesson below it, a topic's title, or consist of known words",
            ),
        }
    }

    fn paragraph(&mut self, unit: &'w TextUnit) {
        if self.rule(unit) {
            return;
        }
        let inside = self
            .lesson
            .as_ref()
            .is_some_and(|current| current.item == unit.item);
        if inside && self.part(unit) {
            return;
        }
        if let Some(lesson) = self.named_only(unit) {
            self.settle_heading();
            self.lesson = None;
            self.announced = Some(PendingRule {
                unit,
                lessons: vec![lesson],
                by_id: true,
            });
            return;
        }
        let at_top = unit.item.is_none();
        let frame = self.frame;
        if at_top
            && (frame.is_sentences(&unit.tokens)
                || frame.is_imports(&unit.tokens)
                || frame.is_heading(&unit.tokens))
        {
            self.settle_heading();
            self.lesson = None;
            return;
        }
        self.foreign(
            unit,
            "it is neither the text of a lesson nor a sentence that a template may add",
        );
    }

    /// A lesson's rule, perhaps with its rationale.
    fn rule(&mut self, unit: &'w TextUnit) -> bool {
        let ids = unit.tokens.iter().filter_map(|token| match token {
            VisibleToken::Code(code) => self.frame.by_id.get(code.as_str()).copied(),
            VisibleToken::Word(_) | VisibleToken::Gap => None,
        });
        let named: BTreeSet<usize> = ids.collect();
        let announced = self.announced.as_ref();
        let beside: &[usize] = match announced {
            Some(announced) if announced.by_id => &announced.lessons,
            _ => &[],
        };
        let mut candidates = named.iter().chain(beside);
        let found = candidates.find_map(|&lesson| {
            let rest = rule_in(&unit.tokens, &self.words[lesson], beside.contains(&lesson))?;
            Some((lesson, rest))
        });
        let Some((lesson, rest)) = found else { return false };
        if announced.is_some_and(|announced| announced.lessons.contains(&lesson)) {
            self.announced = None;
        }
        self.settle_heading();
        self.spans.push((unit.range.clone(), lesson));
        self.lesson = Some(Current {
            lesson,
            item: unit.item.clone(),
            said_why: rest == TrailingText::Rationale,
            examples: Vec::new(),
            bad_was_labelled: false,
            incidents: 0,
            source: false,
        });
        true
    }

    /// Another part of the current lesson.
    fn part(&mut self, unit: &'w TextUnit) -> bool {
        let Some(current) = &mut self.lesson else {
            return false;
        };
        let words = &self.words[current.lesson];
        let tokens = &unit.tokens;
        let incidents = words.incidents.get(current.incidents..).unwrap_or_default();
        if !current.said_why && is_whole(tokens, &words.rationale, words) {
            current.said_why = true;
        } else if let Some(role) = label(tokens) {
            self.label = Some((unit, role));
        } else if let Some(nth) = incidents
            .iter()
            .position(|incident| has_no_signs(tokens) && is_incident(tokens, incident))
        {
            current.incidents += nth + 1;
        } else if let Some(head) = tokens.strip_suffix(&words.source[..])
            && !words.source.is_empty()
            && !current.source
            && head.iter().all(|token| is_decoration(token, words))
        {
            current.source = true;
        } else if !tokens.iter().all(|token| is_decoration(token, words)) {
            return false;
        }
        self.spans.push((unit.range.clone(), current.lesson));
        true
    }

    /// The lesson that a paragraph names, if it contains nothing else.
    fn named_only(&self, unit: &TextUnit) -> Option<usize> {
        let mut ids = unit.tokens.iter().filter_map(|token| match token {
            VisibleToken::Code(code) => self.frame.by_id.get(code.as_str()).copied(),
            VisibleToken::Word(_) | VisibleToken::Gap => None,
        });
        let lesson = ids.next()?;
        let decorated = |token: &VisibleToken| is_decoration(token, &self.words[lesson]);
        unit.tokens.iter().all(decorated).then_some(lesson)
    }

    fn code(&mut self, unit: &'w TextUnit, info: &str) {
        let label = self.label.take();
        let words = self.words;
        let current = self.lesson.as_mut().filter(|current| current.item == unit.item);
        let Some(current) = current else {
            return self.foreign(unit, "a code block must be an example of the lesson before it");
        };
        let lesson = words[current.lesson].lesson;
        // A formatter may have changed the indentation. If one of the two examples matches byte for byte, it is that one.
        let examples = || [&lesson.bad, &lesson.good].into_iter().flatten();
        let same = if examples().any(|text| same_code(text, &unit.code)) {
            same_code
        } else {
            same_but_indented
        };
        let is = |example: &Option<String>| example.as_deref().is_some_and(|text| same(text, &unit.code));
        let fits = |role: Role| {
            let example = if role == Role::Bad {
                &lesson.bad
            } else {
                &lesson.good
            };
            is(example) && !current.examples.contains(&role)
        };
        let role = match label {
            Some((_, role)) if fits(role) => role,
            Some(_) => return self.foreign(unit, "its label announces the other example"),
            None if fits(Role::Bad) => Role::Bad,
            None if fits(Role::Good) && !current.bad_was_labelled => Role::Good,
            None if fits(Role::Good) => {
                return self.foreign(
                    unit,
                    "it follows the example of what to avoid, and has no label of its own",
                );
            }
            None => return self.foreign(unit, "it is not an example of its lesson"),
        };
        let known = ["", "text", lesson.language.as_str()];
        if !known.contains(&info) && !is_word(info) {
            return self.foreign(unit, "the word after the fence is not a language");
        }
        current.bad_was_labelled |= role == Role::Bad && label.is_some();
        current.examples.push(role);
    }

    /// Reports a label that no example follows.
    fn settle_label(&mut self) {
        if let Some((unit, _)) = self.label.take() {
            self.foreign(unit, "no example follows it");
        }
    }

    /// Reports a lesson's heading that its rule does not follow.
    fn settle_heading(&mut self) {
        if let Some(announced) = self.announced.take() {
            self.foreign(announced.unit, "the rule of its lesson does not follow it");
        }
    }

    /// Reports links that are not a lesson's own, and definitions of links.
    fn links(&mut self) {
        for link in self.view.links_in_block() {
            let lesson = self
                .spans
                .iter()
                .find(|(range, _)| range.start <= link.range.start && link.range.end <= range.end);
            let own = lesson.is_some_and(|(_, lesson)| {
                let links = &self.frame.links[*lesson];
                links.contains(&(link.address.clone(), link.title.clone()))
            });
            if link.by_definition {
                self.add(
                    &link.range,
                    "a link definition elsewhere in the file turns it into a link",
                );
            } else if !own {
                self.add(&link.range, "the lesson here does not link to this address");
            }
        }
        for range in self.view.definitions_in_block() {
            self.add(&range, "a link definition changes links outside the block");
        }
    }

    /// Reports lines that a rendered page does not show.
    fn lines(&mut self) {
        let mut shown: Vec<Range<usize>> = self
            .view
            .units_in_block()
            .map(|unit| unit.range.clone())
            .collect();
        shown.sort_by_key(|range| range.start);
        let mut next = 0;
        let mut open = 0; // where the last unit so far ends
        for (range, text) in self.view.lines_in_block() {
            while let Some(unit) = shown.get(next).filter(|unit| unit.start < range.end) {
                open = open.max(unit.end);
                next += 1;
            }
            let covered = open > range.start;
            let text = text.trim();
            if covered || text.is_empty() || is_rule(text) || self.frame.is_quiet_comment(text) {
                continue;
            }
            self.add(&range, "a rendered page does not show it, but assistants read it");
        }
    }

    fn foreign(&mut self, unit: &TextUnit, why: &str) {
        self.add(&unit.range, why);
    }

    fn add(&mut self, range: &Range<usize>, why: &str) {
        let text = self.view.quoted(range, QUOTED);
        let line = self.view.line_of(range);
        if !self.found.iter().any(|foreign| foreign.line == line) {
            self.found.push(Foreign {
                line,
                text,
                why: why.to_owned(),
            });
        }
    }
}

/// Whether a fence's info could be the name of a language: one short word.
fn is_word(info: &str) -> bool {
    info.len() <= 20
        && info
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"+#.-_".contains(&byte))
}

/// A thematic break, or the marker of an empty list item.
fn is_rule(text: &str) -> bool {
    let mut marks = text.chars().filter(|c| !c.is_whitespace());
    let Some(first) = marks.next() else { return true };
    matches!(first, '-' | '*' | '_' | '+') && marks.all(|mark| mark == first)
}
