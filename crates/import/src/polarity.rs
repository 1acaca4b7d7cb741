//! Words that change what the words below them mean: headings that forbid, lead-ins of examples, sentences that give a reason.
//!
//! Input: the words of an element and of what is above it. Output: what must stay with a rule, and what is not one. Not here: the walk
//! (`rule_elements`).

use crate::inline::InlineText;
use crate::passage::Omission;
use crate::vocabulary as words;

/// What a rule needs before it to keep its meaning: the heading or lead-in that forbids or demands.
pub fn prefix(
    text: &InlineText,
    lead: Option<&str>,
    headings: &[String],
    is_order: bool,
) -> Result<String, Omission> {
    let small = text.plain.to_lowercase();
    let own = has_own_polarity(&small) || text.plain.starts_with(['❌', '✅', '🚫', '✓', '✗', '⛔']);
    if own {
        return Ok(String::new());
    }
    if let Some(lead) = lead {
        let bare = lead
            .trim()
            .trim_end_matches([':', '：', '*', '_'])
            .trim_start_matches(['*', '_']);
        let is_short = bare.split_whitespace().count() <= 4;
        let plain = bare.to_lowercase();
        if is_short && (words::is_negative_head(&plain) || words::is_positive_head(&plain)) {
            return Ok(format!("{bare}: "));
        }
    }
    let Some(nearest) = headings.first() else {
        return Ok(String::new());
    };
    if is_of_two_minds(nearest) && !is_order {
        return Err(Omission::UnclearPolarity);
    }
    if words::is_negative_head(nearest) || words::is_positive_head(nearest) && !is_order {
        let bare = nearest.trim_matches(|c: char| !c.is_alphanumeric());
        let mut letters = bare.chars();
        let first = letters.next().map(|c| c.to_uppercase().to_string());
        return Ok(format!("{}{}: ", first.unwrap_or_default(), letters.as_str()));
    }
    Ok(String::new())
}

/// Whether it introduces what follows.
pub fn ends_with_colon(plain: &str) -> bool {
    plain.trim_end().ends_with([':', '：'])
}

/// Whether a sentence gives the reason for the one before.
pub fn is_reason(plain: &str) -> bool {
    let small = plain.to_lowercase();
    let starts = [
        "why",
        "rationale",
        "reason",
        "because",
        "this prevents",
        "this ensures",
        "this avoids",
        "otherwise",
        "this keeps",
        "without this",
        "this is because",
        "原因",
        "理由",
    ];
    starts.iter().any(|start| small.starts_with(start))
}

/// Whether a rule says itself that it forbids or demands.
fn has_own_polarity(small: &str) -> bool {
    [
        "do not", "don't", "don’t", "never", "avoid", "no ", "not ", "always", "must", "禁止", "不要",
    ]
    .iter()
    .any(|start| small.starts_with(start))
}

/// A heading about both what to do and what not to do.
fn is_of_two_minds(heading: &str) -> bool {
    let negative = ["don't", "don’t", "donts", "bad ", "wrong", "❌"]
        .iter()
        .any(|part| heading.contains(part));
    let positive = [
        "do's", "dos ", "do’s", "good ", "correct", "right", "✅", "do and", "do &", "do /",
    ]
    .iter()
    .any(|part| heading.contains(part));
    negative && positive
}

/// `**Correct: both run at once**` before code.
pub fn is_example_label(text: &InlineText) -> bool {
    let small = text
        .plain
        .trim_start_matches(|c: char| !c.is_alphanumeric())
        .to_lowercase();
    [
        "correct",
        "incorrect",
        "wrong",
        "also wrong",
        "bad",
        "good",
        "example",
        "before",
        "after",
        "right",
    ]
    .iter()
    .any(|start| {
        small.strip_prefix(start).is_some_and(|rest| {
            rest.starts_with([':', ' ', '(']) && rest.contains(':') && rest.find(':') < Some(60)
        })
    }) && !small.starts_with("before ")
        && !small.starts_with("after ")
}

/// A lead-in of examples of what not to write.
pub fn is_example_head(lead: &str) -> bool {
    let bare = lead.trim_matches(|c: char| !c.is_alphanumeric());
    [
        "bad",
        "wrong",
        "incorrect",
        "example",
        "examples",
        "good",
        "correct",
        "for example",
        "bad example",
        "e.g",
    ]
    .contains(&bare)
}
