//! What is around a unit: headings and lead-ins that may change its meaning, and headings without text.
//!
//! Input: a file's hand-written text. Output: facts about one unit or heading. Not here: what follows from them (`moved`).

use lessonbook_base::hand_text::{HandText, HandUnit};
use lessonbook_base::markdown::{Shape, VisibleToken};

/// Words that limit or reverse what is below them, in a heading or before a list. Read by the proof only.
const LIMITS: [&str; 60] = [
    "anti",
    "avoid",
    "bad",
    "can't",
    "cannot",
    "can’t",
    "deprecated",
    "don't",
    "dont",
    "don’t",
    "draft",
    "drafts",
    "example",
    "examples",
    "except",
    "exception",
    "exceptions",
    "forbidden",
    "former",
    "formerly",
    "history",
    "idea",
    "ideas",
    "if",
    "instead",
    "issues",
    "legacy",
    "may",
    "maybe",
    "might",
    "mistake",
    "mistakes",
    "never",
    "no",
    "none",
    "nor",
    "not",
    "obsolete",
    "old",
    "only",
    "optional",
    "outdated",
    "pitfall",
    "pitfalls",
    "problems",
    "prohibited",
    "proposal",
    "proposed",
    "questions",
    "rejected",
    "removed",
    "stop",
    "todo",
    "unless",
    "until",
    "when",
    "while",
    "without",
    "won't",
    "wrong",
];
const LIMIT_SIGNS: [&str; 12] = [
    "❌",
    "🚫",
    "⛔",
    "✗",
    "✘",
    "⚠",
    "禁止",
    "不要",
    "避",
    "勿",
    "しない",
    "금지",
];

/// Whether nothing above a unit limits or reverses it: no heading above it, and no paragraph that introduces it.
pub(super) fn is_free(hand: &HandText<'_>, at: usize) -> bool {
    let colon = |unit: &HandUnit| match unit.unit.tokens.last() {
        Some(VisibleToken::Word(word)) => word.ends_with(':') || word.ends_with('：'),
        _ => false,
    };
    let unit = &hand.units[at];
    // A list begins after the last unit that is not part of a list, or after our block.
    let list = (0..at).rev().find(|before| {
        unit.unit.item.is_none()
            || hand.units[*before].unit.item.is_none()
            || hand.units[*before + 1].follows_block
    });
    let is_cut_off = list.is_some_and(|before| hand.units[before + 1].follows_block);
    let lead = list
        .filter(|_| !is_cut_off)
        .map(|before| &hand.units[before])
        .filter(|lead| lead.unit.shape == Shape::Paragraph);
    !colon(unit)
        && !hand.headings(at).into_iter().any(is_limiting)
        && !lead.is_some_and(|lead| colon(lead) || unit.unit.item.is_some() && is_limiting(lead))
}

fn is_limiting(unit: &HandUnit) -> bool {
    unit.unit.tokens.iter().any(|token| {
        let VisibleToken::Word(word) = token else {
            return false;
        };
        let word = word.to_lowercase();
        let parts = word.split(|c: char| !c.is_alphanumeric() && c != '\'' && c != '’');
        parts.into_iter().any(|part| LIMITS.binary_search(&part).is_ok())
            || LIMIT_SIGNS.iter().any(|sign| word.contains(sign))
    })
}

/// For each heading, whether text is below it, before the next heading. `with_block`: our block counts as text.
pub(super) fn filled(hand: &HandText<'_>, with_block: bool) -> Vec<bool> {
    let is_heading = |unit: &HandUnit| matches!(unit.unit.shape, Shape::Heading(_));
    let mut filled = Vec::new();
    for unit in &hand.units {
        if with_block
            && unit.follows_block
            && let Some(last) = filled.last_mut()
        {
            *last = true;
        }
        match filled.last_mut() {
            _ if is_heading(unit) => filled.push(false),
            Some(last) => *last = true,
            None => {}
        }
    }
    let is_last = with_block && hand.block.is_some() && !hand.units.iter().any(|unit| unit.follows_block);
    if let Some(last) = filled.last_mut().filter(|_| is_last) {
        *last = true;
    }
    filled
}
