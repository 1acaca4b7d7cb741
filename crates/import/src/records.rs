//! Records of lessons: a heading, and under it what happened and what follows from it.
//!
//! Input: a walk that has not judged anything. Output: one candidate for each record. Not here: lists of rules.
//!
//! One heading is one candidate, never one bullet: context, cause and impact are its rationale, lesson and action its rule.

use std::ops::Range;

use crate::inline::{inline, one_line, sentences};
use crate::outline::{Element, ElementKind};
use crate::passage::Omission;
use crate::rule_walk::{NewRule, RuleWalk};
use crate::signals::{Confidence, Surrounding, judge};

/// Labels of the part that says what to do.
const RULE: [&str; 13] = [
    "lesson",
    "lesson learned",
    "lessons learned",
    "lessons",
    "action",
    "actions",
    "prevention",
    "general lesson",
    "mitigation",
    "resolution",
    "fix",
    "takeaway",
    "rule",
];

/// Labels of the part that says why.
const WHY: [&str; 12] = [
    "problem",
    "symptom",
    "cause",
    "root cause",
    "impact",
    "context",
    "what happened",
    "summary",
    "why",
    "meaning",
    "diagnosis",
    "background",
];

/// A labelled part of a record.
struct RecordPart {
    element: usize,
    range: Range<usize>,
    is_rule: bool,
    /// What follows the label.
    words: String,
}

/// Finds the records of a file.
pub fn run(walk: &mut RuleWalk<'_>) {
    let (text, outline) = (walk.text, walk.outline);
    let small = walk.path.to_lowercase();
    let by_name = small.contains(".totem/lessons") || small.contains("lessons") && !small.contains("/rules/");
    let heads = outline.elements.iter().enumerate();
    let heads: Vec<usize> = heads
        .filter(|(_, element)| matches!(element.kind, ElementKind::Heading(2 | 3)))
        .map(|(at, _)| at)
        .collect();
    for head in heads {
        let body: Vec<usize> = (head + 1..outline.elements.len())
            .take_while(|at| !matches!(outline.elements[*at].kind, ElementKind::Heading(_)))
            .collect();
        let parts: Vec<RecordPart> = body
            .iter()
            .filter_map(|at| part(text, &outline.elements[*at], *at))
            .collect();
        let labelled = parts.iter().any(|part| part.is_rule) && parts.iter().any(|part| !part.is_rule);
        let heading = inline(&text[outline.elements[head].range.clone()]).plain;
        let is_totem = by_name && heading.to_lowercase().starts_with("lesson");
        if labelled {
            record(walk, &heading, &body, &parts);
        } else if is_totem {
            prose(walk, &heading, &body);
        }
    }
}

/// A record with labelled parts.
fn record(walk: &mut RuleWalk<'_>, heading: &str, body: &[usize], parts: &[RecordPart]) {
    let order = [
        "general lesson",
        "prevention",
        "lesson",
        "lesson learned",
        "action",
        "rule",
    ];
    let label = |part: &RecordPart, text: &str| {
        inline(&text[part.range.clone()])
            .label
            .map(|label| label.to_lowercase())
            .unwrap_or_default()
    };
    let text = walk.text;
    let rules = parts.iter().filter(|part| part.is_rule && !part.words.is_empty());
    let best = rules.min_by_key(|part| {
        let label = label(part, text);
        (
            order
                .iter()
                .position(|known| *known == label)
                .unwrap_or(order.len()),
            part.element,
        )
    });
    let Some(best) = best else { return };
    let candidate = walk.add(NewRule {
        element: best.element,
        range: best.range.clone(),
        rule: best.words.clone(),
        confidence: Confidence::Default,
        title: Some(title(heading)),
        topic: None,
    });
    rest(walk, body, best.element, candidate);
}

/// A record in prose: its first order, or its first sentence, is the rule.
fn prose(walk: &mut RuleWalk<'_>, heading: &str, body: &[usize]) {
    let (text, outline) = (walk.text, walk.outline);
    let mut tags = None;
    let mut choice: Option<(bool, usize, Range<usize>)> = None;
    for &at in body {
        let element = &outline.elements[at];
        if !matches!(element.kind, ElementKind::Paragraph | ElementKind::ListItem) {
            continue;
        }
        let whole = &text[element.range.clone()];
        let label = inline(whole).label.map(|label| label.to_lowercase());
        match label.as_deref() {
            Some("tags") => {
                tags = inline(whole)
                    .body
                    .split(',')
                    .next()
                    .map(|tag| tag.trim().to_lowercase());
            }
            Some("source" | "scope" | "severity" | "date") => {}
            _ => {
                for sentence in sentences(whole) {
                    let range = element.range.start + sentence.start..element.range.start + sentence.end;
                    let around = Surrounding {
                        is_sentence: true,
                        ..Surrounding::default()
                    };
                    let is_order = judge(&inline(&text[range.clone()]), around)
                        .is_ok_and(|sure| sure >= Confidence::Default);
                    if choice.as_ref().is_none_or(|(known, ..)| is_order && !known) {
                        choice = Some((is_order, at, range));
                    }
                }
            }
        }
    }
    let Some((is_order, element, range)) = choice else {
        return;
    };
    let is_name = |tag: &String| {
        !tag.is_empty() && tag.len() <= 32 && tag.starts_with(|c: char| c.is_ascii_lowercase())
    };
    let slug = |tag: String| {
        let plain: String = tag
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
            .collect();
        plain.trim_matches('-').to_owned()
    };
    let whole = outline.elements[element].range.clone();
    let candidate = walk.add(NewRule {
        element,
        range: range.clone(),
        rule: one_line(&text[range.clone()]),
        confidence: if is_order {
            Confidence::Default
        } else {
            Confidence::All
        },
        title: Some(title(heading)),
        topic: tags.map(slug).filter(is_name),
    });
    for around in [whole.start..range.start, range.end..whole.end] {
        if !text[around.clone()].trim().is_empty() {
            walk.beside(element, around, candidate);
        }
    }
    rest(walk, body, element, candidate);
}

/// Gives the other texts of a record to its candidate.
fn rest(walk: &mut RuleWalk<'_>, body: &[usize], rule: usize, candidate: usize) {
    for &at in body {
        let Element { kind, range, .. } = walk.outline.elements[at].clone();
        if at == rule || walk.done[at] {
            continue;
        }
        match kind {
            ElementKind::Paragraph | ElementKind::ListItem => walk.beside(at, range, candidate),
            ElementKind::BlockQuote => walk.omit(at, range, Omission::Quote),
            _ => {}
        }
    }
}

fn part(text: &str, element: &Element, at: usize) -> Option<RecordPart> {
    if !matches!(element.kind, ElementKind::Paragraph | ElementKind::ListItem) || element.parent.is_some() {
        return None;
    }
    let markdown = &text[element.range.clone()];
    if markdown.contains('\u{1}') {
        return None;
    }
    let label = inline(markdown).label?.to_lowercase();
    let is_rule = RULE.contains(&label.as_str());
    if !is_rule && !WHY.contains(&label.as_str()) {
        return None;
    }
    // Behind the label: `**Lesson**: …`, `**Lesson:** …`.
    let words = markdown.split_once([':', '：']).map_or("", |(_, words)| words);
    Some(RecordPart {
        element: at,
        range: element.range.clone(),
        is_rule,
        words: one_line(words.trim_start_matches(['*', '_', ' '])),
    })
}

/// The title of a record without a date, a number and the word for a record.
fn title(heading: &str) -> String {
    let dateless = heading.trim_start_matches(|c: char| {
        c.is_ascii_digit() || matches!(c, '-' | '.' | ':' | '#' | ' ' | '[' | ']' | '—' | '–')
    });
    let bare = dateless.strip_prefix("Lesson").map_or(dateless, |rest| {
        rest.trim_start_matches(|c: char| !c.is_alphabetic())
    });
    bare.trim().to_owned()
}
