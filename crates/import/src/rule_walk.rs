//! The state of a walk over a file's elements: what became of each so far.
//!
//! Input: a text with its outline; decisions about elements. Output: candidates, and the fate of each part. Not here: the decisions
//! (`records`, `rule_elements`).

use std::collections::BTreeMap;
use std::ops::Range;

use crate::candidate::Candidate;
use crate::guess;
use crate::inline::{inline, one_line};
use crate::outline::{ElementKind, Outline};
use crate::passage::{Fate, Omission};
use crate::paths::{PathScope, paths_in_words};
use crate::signals::Confidence;

/// A rationale is at most this long, in characters.
const LONG_RATIONALE: usize = 600;

/// A walk over the elements of a file.
pub struct RuleWalk<'t> {
    pub text: &'t str,
    pub outline: &'t Outline,
    scope: &'t PathScope,
    pub path: &'t str,
    /// The words of each heading element, in lower case.
    headings: Vec<String>,
    /// For each element, the candidate that it belongs to.
    pub owner: Vec<Option<usize>>,
    pub done: Vec<bool>,
    /// For each element that introduces a list, the first such list.
    led: BTreeMap<usize, usize>,
    /// The candidates so far.
    pub candidates: Vec<Candidate>,
    /// The fate of each part so far.
    pub parts: Vec<(Range<usize>, Fate)>,
}

/// A rule that is about to become a candidate.
pub struct NewRule {
    /// The element that it is in.
    pub element: usize,
    /// Its bytes.
    pub range: Range<usize>,
    /// Its words on one line.
    pub rule: String,
    /// How sure it is.
    pub confidence: Confidence,
    /// The title of a record.
    pub title: Option<String>,
    /// The topic of a record.
    pub topic: Option<String>,
}

impl<'t> RuleWalk<'t> {
    /// A walk that has not begun.
    pub fn new(text: &'t str, outline: &'t Outline, scope: &'t PathScope, path: &'t str) -> Self {
        let count = outline.elements.len();
        let heading = |element: &crate::outline::Element| match element.kind {
            ElementKind::Heading(_) => inline(&text[element.range.clone()]).plain.to_lowercase(),
            _ => String::new(),
        };
        RuleWalk {
            text,
            outline,
            scope,
            path,
            headings: outline.elements.iter().map(heading).collect(),
            owner: vec![None; count],
            done: vec![false; count],
            led: outline
                .lists
                .iter()
                .enumerate()
                .rev()
                .filter_map(|(number, list)| Some((list.lead_in?, number)))
                .collect(),
            candidates: Vec::new(),
            parts: Vec::new(),
        }
    }

    /// Gives an element up.
    pub fn omit(&mut self, at: usize, range: Range<usize>, why: Omission) {
        self.done[at] = true;
        self.parts.push((range, Fate::Omitted { why }));
    }

    /// Gives a part of an element to a candidate.
    pub fn beside(&mut self, at: usize, range: Range<usize>, candidate: usize) {
        self.done[at] = true;
        self.owner[at] = Some(candidate);
        let text = one_line(&self.text[range.clone()]);
        let rationale = &mut self.candidates[candidate].rationale;
        if rationale.chars().count() + text.chars().count() < LONG_RATIONALE {
            if !rationale.is_empty() {
                rationale.push(' ');
            }
            rationale.push_str(&text);
        }
        self.parts.push((range, Fate::Beside { at: candidate }));
    }

    /// Makes a candidate of a rule.
    pub fn add(&mut self, new: NewRule) -> usize {
        let headings = self.headings_above(new.element);
        let nearest = headings.first().cloned().unwrap_or_default();
        let (severity, severity_reason) = guess::severity(&new.rule, &headings);
        let mut paths = paths_in_words(&new.rule);
        if paths.is_empty() {
            paths = paths_in_words(&nearest);
        }
        if paths.is_empty() {
            paths.clone_from(&self.scope.paths);
        }
        let at = self.candidates.len();
        self.candidates.push(Candidate {
            rationale: guess::rationale(&new.rule),
            topic: new.topic.unwrap_or_else(|| guess::topic(self.path, &headings)),
            rule: new.rule,
            bytes: new.range.clone(),
            line: crate::text_file::line_at(self.text, new.range.start),
            headings,
            confidence: new.confidence,
            severity,
            severity_reason,
            paths,
            scope_note: self.scope.note.clone(),
            scope_is_lost: self.scope.is_lost,
            title: new.title,
        });
        self.done[new.element] = true;
        self.owner[new.element] = Some(at);
        self.parts.push((new.range, Fate::Candidate { at }));
        at
    }

    /// The words of the headings above an element, the nearest first.
    pub fn headings_above(&self, at: usize) -> Vec<String> {
        self.outline
            .headings(at)
            .map(|heading| self.headings[heading].clone())
            .collect()
    }

    /// The list that an element introduces.
    pub fn list_led_by(&self, at: usize) -> Option<usize> {
        self.led.get(&at).copied()
    }

    /// The candidate of the element before, under the same heading.
    pub fn directly_before(&self, at: usize) -> Option<usize> {
        let before = at.checked_sub(1)?;
        let same = self.outline.elements[before].heading == self.outline.elements[at].heading;
        self.owner[before].filter(|_| same)
    }
}
