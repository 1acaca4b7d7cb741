//! How much an element sounds like a rule.
//!
//! Input: the words of an element, and of the headings and lead-in above it. Output: a score with the signals that made it. Not
//! here: which elements are asked (`rule_elements`).
//!
//! The weights were set by hand on real instruction files; `examples/measure.rs` prints what they are worth.

use serde::Serialize;

use crate::inline::{InlineText, is_wide_text};
use crate::order::{describes, is_gloss, labelled_order, order, shape};
use crate::vocabulary as words;

/// How sure it is that an element is a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    /// Possible: a list item under a heading about rules, a command to do something once.
    All,
    /// Very likely.
    Default,
    /// A plain order.
    High,
}

impl Confidence {
    /// The word in options and reports.
    pub fn word(self) -> &'static str {
        match self {
            Confidence::High => "high",
            Confidence::Default => "default",
            Confidence::All => "all",
        }
    }
}

/// Why an element is not a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum NoRule {
    /// It shows a command.
    ShellCommand,
    /// It says what a path holds.
    PathGloss,
    /// It is a link.
    LinkOnly,
    /// It is too short.
    TooShort,
    /// It describes, and orders nothing.
    Description,
    /// It says who the assistant is.
    Persona,
    /// It asks.
    Interrogative,
}

/// What is above an element.
#[derive(Debug, Clone, Copy, Default)]
pub struct Surrounding<'a> {
    /// The words of the headings above, the nearest first, in lower case.
    pub headings: &'a [String],
    /// The text before its list, in lower case.
    pub lead_in: Option<&'a str>,
    /// Whether it is a sentence of a paragraph, not an item of a list.
    pub is_sentence: bool,
}

/// A score: at least [`HIGH`], [`DEFAULT`] or [`ALL`], or why it is below.
pub fn judge(text: &InlineText, around: Surrounding<'_>) -> Result<Confidence, NoRule> {
    let small = text.plain.to_lowercase();
    let wide = is_wide_text(&text.plain);
    if text.is_link {
        return Err(NoRule::LinkOnly);
    }
    let least = if wide { 4 } else { 12 };
    if text.plain.chars().count() < least {
        return Err(NoRule::TooShort);
    }
    if text.plain.ends_with(['?', '？']) {
        return Err(NoRule::Interrogative);
    }
    let score = score(text, &small, around, wide);
    match score {
        HIGH.. => Ok(Confidence::High),
        DEFAULT.. => Ok(Confidence::Default),
        ALL.. => Ok(Confidence::All),
        _ => Err(why_not(text, &small)),
    }
}

const HIGH: i32 = 40;
const DEFAULT: i32 = 24;
const ALL: i32 = 10;

fn score(text: &InlineText, small: &str, around: Surrounding<'_>, wide: bool) -> i32 {
    let body = text.body.to_lowercase();
    let mut score = prior(around);
    let first_person = ["i ", "i'", "i’", "\"", "“"]
        .iter()
        .any(|start| small.starts_with(start));
    if first_person {
        score -= 24;
    }
    if wide {
        score += if words::has_wide_modal(small) { 24 } else { 6 };
        score += if around.is_sentence { -10 } else { 4 };
        // Verbs and modals do not help much here: the heading says what its list is.
        let in_rules = around
            .headings
            .first()
            .is_some_and(|heading| words::heading_prior(heading) == (true, false));
        // A path or a command without other words is not a rule, whatever its heading says.
        let outside_code: String = text.plain.split('`').step_by(2).collect();
        if in_rules && !around.is_sentence && is_wide_text(&outside_code) {
            score += 8;
        }
        return score;
    }
    let order = order(&body, &text.body).max(labelled_order(text));
    // A plain order under a heading that describes is a rule more often than not.
    if order >= 16 {
        score = score.max(-8);
    }
    score += order;
    let hard = hard_modal(small);
    score += hard.map_or(0, |hard| weight(hard, &text.plain));
    if hard.is_none() {
        match words::soft_modal(small) {
            Some((_, at)) if at <= 16 => score += 22,
            Some(_) => score += 16,
            None => {}
        }
    }
    if let Some(label) = &text.label {
        let label = label.trim_matches(|c: char| !c.is_alphabetic()).to_lowercase();
        if [
            "do",
            "don't",
            "don’t",
            "rule",
            "must",
            "always",
            "never",
            "required",
            "important",
            "critical",
            "dos",
            "don'ts",
        ]
        .contains(&label.as_str())
        {
            score += 20;
        }
    }
    if [
        "pascalcase",
        "camelcase",
        "kebab-case",
        "snake_case",
        "upper_snake_case",
        "screaming_snake_case",
    ]
    .iter()
    .any(|name| small.contains(name))
    {
        score += 16;
    }
    if words::has_contrast(small) {
        score += 6;
    }
    if words::consequence(small).is_some() {
        score += 3;
    }
    if order == 0 && hard.is_none() {
        score -= describes(&body, text);
    }
    let shape = shape(text, small, &body, hard.is_some());
    score -= shape;
    if around.is_sentence && hard.is_none() {
        score -= 8;
    }
    if text.plain.chars().count() > 500 {
        score -= 6;
    }
    // Wherever it is, an order is worth a look.
    if order >= 16 && shape <= 3 && !first_person {
        score.max(ALL)
    } else {
        score
    }
}

/// The first hard modal, unless the words lift an obligation.
fn hard_modal(small: &str) -> Option<(&'static str, usize)> {
    let lifts = [
        "don't need",
        "don’t need",
        "do not need",
        "don't have to",
        "not required",
        "do not have to",
        "need not",
    ];
    words::hard_modal(small).filter(|_| !lifts.iter().any(|part| small.contains(part)))
}

/// What a hard modal speaks for: most at the start or in capitals, least where it may as well describe.
fn weight((phrase, at): (&str, usize), plain: &str) -> i32 {
    match phrase {
        "required" => 14,
        _ if at <= 24 || capitals(plain) => 34,
        "can't" | "can’t" | "cannot" | "need to" | "needs to" | "has to" | "have to" => 12,
        _ => 24,
    }
}

/// What headings and lead-in speak for.
fn prior(around: Surrounding<'_>) -> i32 {
    let mut score = 0;
    for (at, heading) in around.headings.iter().take(3).enumerate() {
        let (up, down) = words::heading_prior(heading);
        let weight = if at == 0 { 2 } else { 1 };
        if words::is_negative_head(heading) || words::is_positive_head(heading) {
            score += 10 * weight;
        }
        score += match (up, down) {
            (true, false) => 4 * weight,
            (false, true) => -6 * weight,
            _ => 0,
        };
    }
    if let Some(lead_in) = around.lead_in {
        if words::hard_modal(lead_in).is_some() || words::soft_modal(lead_in).is_some() {
            score += 10;
        }
        let (up, down) = words::heading_prior(lead_in);
        score += i32::from(up) * 3 - i32::from(down) * 4;
    }
    score.clamp(-18, 24)
}

fn capitals(plain: &str) -> bool {
    plain.split(|c: char| !c.is_alphabetic()).any(|word| {
        matches!(
            word,
            "MUST" | "NEVER" | "ALWAYS" | "NOT" | "CRITICAL" | "REQUIRED" | "FORBIDDEN" | "MANDATORY"
        )
    })
}

fn why_not(text: &InlineText, small: &str) -> NoRule {
    if is_gloss(text) {
        let code = text
            .plain
            .trim_start_matches('`')
            .split('`')
            .next()
            .unwrap_or_default();
        return if code.contains(' ') || !code.contains(['/', '.']) {
            NoRule::ShellCommand
        } else {
            NoRule::PathGloss
        };
    }
    if small.starts_with("you are ") {
        return NoRule::Persona;
    }
    NoRule::Description
}
