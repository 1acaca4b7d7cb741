//! Finds text that tells an assistant to ignore other instructions, or to hide something from its user.
//!
//! Input: a text. Output: each such phrase. Not here: whether an exception allows it.

use std::ops::Range;
use std::sync::LazyLock;

use super::any_of::AnyOf;
use super::{SuspiciousText, quote};
use crate::finding::Code;

/// Every phrase contains one of these, and few texts contain any.
static ANY_VERB: LazyLock<AnyOf> =
    LazyLock::new(|| AnyOf::new(&["ignor", "disregard", "forget", "tell", "inform", "mention"]));

/// Finds phrases that override other instructions. "Never ignore the rules" passes, because a negation precedes it.
pub(super) fn overrides(text: &str) -> Vec<SuspiciousText> {
    if !ANY_VERB.is_match(text) {
        return Vec::new();
    }
    let words = words(text);
    let mut found: Vec<SuspiciousText> = Vec::new();
    for at in 0..words.len() {
        let sentence = sentence(&words, at);
        let (end, secret) = match (override_end(sentence), concealment_end(sentence)) {
            (Some(end), _) if !is_negated(&words, at) => (end, false),
            (_, Some(end)) => (end, true),
            _ => continue,
        };
        let span = words[at].span.start..sentence[end].span.end;
        if found.last().is_some_and(|last| span.start < last.span.end) {
            continue;
        }
        let shown = quote(&text[span.clone()]);
        found.push(SuspiciousText {
            span,
            code: Code::TextOverrides,
            message: if secret {
                format!("`{shown}` tells an assistant to hide something from its user")
            } else {
                format!("`{shown}` tells an assistant to ignore other instructions")
            },
            effect: "assistants may stop following the rules of the repository and of its owner".into(),
            help: "write what to do, not what to ignore; or add an exception for this lesson".into(),
        });
    }
    found
}

struct OverrideWord<'t> {
    span: Range<usize>,
    written: &'t str,
    /// Whether a sentence or paragraph ends before it.
    begins: bool,
}

impl OverrideWord<'_> {
    /// Whether it is one of these words, which are in lower case.
    fn is_one_of(&self, words: &[&str]) -> bool {
        words.iter().any(|word| self.is(word))
    }

    fn is(&self, word: &str) -> bool {
        // Nearly all words differ in the first letter.
        let (first, wanted) = (self.written.as_bytes()[0], word.as_bytes()[0]);
        if first.is_ascii() && first.to_ascii_lowercase() != wanted {
            return false;
        }
        let written = self.written.chars().flat_map(char::to_lowercase);
        written.map(|c| if c == '’' { '\'' } else { c }).eq(word.chars())
    }
}

fn words(text: &str) -> Vec<OverrideWord<'_>> {
    let is_word = |c: char| c.is_alphanumeric() || matches!(c, '\'' | '’' | '_' | '-');
    let mut words: Vec<OverrideWord<'_>> = Vec::new();
    let mut end_of_last = 0;
    let mut rest = 0;
    while let Some(found) = text[rest..].find(is_word) {
        let start = rest + found;
        let length = text[start..].find(|c| !is_word(c)).unwrap_or(text.len() - start);
        rest = start + length;
        let written = text[start..rest].trim_matches(['_', '-', '\'', '’']);
        if written.is_empty() {
            continue;
        }
        let gap = &text[end_of_last..start];
        let stops = gap.contains(['.', '!', '?', ';']) && gap.contains(char::is_whitespace);
        words.push(OverrideWord {
            span: start..rest,
            written,
            begins: stops || gap.matches('\n').count() > 1,
        });
        end_of_last = rest;
    }
    words
}

/// The words from here to the end of the sentence, at most ten.
fn sentence<'w, 't>(words: &'w [OverrideWord<'t>], at: usize) -> &'w [OverrideWord<'t>] {
    let rest = &words[at..words.len().min(at + 10)];
    let end = rest
        .iter()
        .skip(1)
        .position(|word| word.begins)
        .map_or(rest.len(), |index| index + 1);
    &rest[..end]
}

fn is_negated(words: &[OverrideWord<'_>], at: usize) -> bool {
    const NEGATIONS: &[&str] = &[
        "never",
        "not",
        "don't",
        "dont",
        "cannot",
        "can't",
        "mustn't",
        "shouldn't",
        "no",
        "nobody",
        "without",
        "doesn't",
    ];
    let before = words[..at].iter().rev().zip(words[..=at].iter().rev()).take(3);
    let mut same_sentence = before
        .take_while(|(_, later)| !later.begins)
        .map(|(word, _)| word);
    same_sentence.any(|word| word.is_one_of(NEGATIONS))
}

/// Of "ignore all previous instructions", "disregard the above", "forget previous": the index of the last word.
fn override_end(sentence: &[OverrideWord<'_>]) -> Option<usize> {
    const DETERMINERS: &[&str] = &[
        "all",
        "any",
        "the",
        "previous",
        "prior",
        "other",
        "earlier",
        "above",
        "preceding",
        "every",
        "these",
        "those",
        "your",
        "my",
        "system",
        "existing",
        "initial",
        "original",
        "everything",
        "anything",
    ];
    const OBJECTS: &[&str] = &[
        "instruction",
        "instructions",
        "rule",
        "rules",
        "prompt",
        "prompts",
        "guideline",
        "guidelines",
        "guardrail",
        "guardrails",
        "directive",
        "directives",
        "directions",
        "constraints",
        "lessons",
    ];
    const BEFORE: &[&str] = &["previous", "prior", "above", "before", "earlier", "preceding"];
    let verb = sentence.first()?;
    let strong = verb.is_one_of(&["disregard", "disregarding", "forget", "forgetting"]);
    if !strong && !verb.is_one_of(&["ignore", "ignoring"]) {
        return None;
    }
    let rest = || sentence.iter().enumerate().skip(1).take(7);
    let determined = rest().find(|(_, word)| word.is_one_of(DETERMINERS))?.0;
    let object = rest().skip(determined).find(|(_, word)| word.is_one_of(OBJECTS));
    // "forget everything before", "disregard previous": no object is needed after these.
    let earlier = || rest().take(3).find(|(_, word)| word.is_one_of(BEFORE));
    let everything = sentence
        .get(1)
        .is_some_and(|word| word.is_one_of(&["everything", "anything", "all"]));
    object
        .or_else(|| if strong || everything { earlier() } else { None })
        .map(|(index, _)| index)
}

/// Of "do not tell the user", "without informing the operator": the index of the last word.
fn concealment_end(sentence: &[OverrideWord<'_>]) -> Option<usize> {
    let is = |index: usize, words: &[&str]| sentence.get(index).is_some_and(|word| word.is_one_of(words));
    let verb = if is(0, &["do", "must", "should", "shall"]) && is(1, &["not"]) {
        2
    } else if is(0, &["don't", "dont", "never", "without", "not", "mustn't"]) {
        1
    } else {
        return None;
    };
    let verb = if is(verb, &["ever"]) { verb + 1 } else { verb };
    if !is(
        verb,
        &["tell", "telling", "inform", "informing", "mention", "mentioning"],
    ) {
        return None;
    }
    let people = ["user", "human", "operator", "developer", "reviewer", "maintainer"];
    (verb + 2..verb + 7).find(|index| is(*index, &people) && is(index - 1, &["the"]))
}
