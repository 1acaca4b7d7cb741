//! Text that is not what it seems: hidden characters, secrets, text that acts, and markup that vanishes.
//!
//! Input: one text of a lesson, target or template. Output: its suspicious parts in order, each with the bytes it means.
//! Not here: which file the text stood in and who may excuse what (`store/`, `pipeline/`), and how it is printed
//! (`report/`; a report that shows the line of a secret shows [`redact`]ed text).

mod hidden;
mod hosts;
mod instruction_override;
mod invisible_context;
mod markdown_pitfalls;
mod pipe_to_shell;
mod prompt_injection;
mod prose;
mod secrets;
mod unplaceable;

use std::ops::Range;

use crate::finding::Code;

pub use hidden::hidden;
pub use markdown_pitfalls::vanishes;
pub use prompt_injection::acts;
pub use secrets::{redact, secrets};
pub use unplaceable::unplaceable;

/// A suspicious part of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SuspiciousText {
    /// The bytes of the text.
    pub span: Range<usize>,
    /// Which problem.
    pub code: Code,
    /// One sentence, no full stop: what it is.
    pub message: String,
    /// What it would do to whom.
    pub effect: String,
    /// A way out.
    pub help: String,
}

/// Why bytes are in another encoding, so that no UTF-8 may be put into them: they say so by a byte order mark, or a quarter of the first
/// 8,000 are NUL, as in UTF-16. Single bytes that are no UTF-8, or NUL, stand in real files and harm nobody.
pub fn not_text(bytes: &[u8]) -> Option<&'static str> {
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return Some("is UTF-16");
    }
    let first = &bytes[..bytes.len().min(8_000)];
    let nuls = first.split(|byte| *byte == 0).count() - 1;
    (nuls > 3 && nuls * 4 >= first.len()).then_some("is no text in UTF-8: one byte in four or more is NUL")
}

/// Puts suspects in the order of the text.
fn in_order(mut suspects: Vec<SuspiciousText>) -> Vec<SuspiciousText> {
    suspects.sort_by_key(|suspect| (suspect.span.start, suspect.span.end, suspect.code));
    suspects.dedup_by(|later, earlier| later.span == earlier.span && later.code == earlier.code);
    suspects
}

/// Drops every suspect whose bytes an earlier one has already named.
fn without_overlaps(suspects: Vec<SuspiciousText>) -> Vec<SuspiciousText> {
    let mut kept: Vec<SuspiciousText> = Vec::new();
    for suspect in in_order(suspects) {
        if kept.last().is_none_or(|last| last.span.end <= suspect.span.start) {
            kept.push(suspect);
        }
    }
    kept
}

/// A part of a text as a message quotes it: one line, at most 60 characters, nothing that a terminal would obey.
fn quote(part: &str) -> String {
    const LONGEST: usize = 60;
    let line = part.trim().lines().next().unwrap_or_default();
    let cut = line.chars().count() > LONGEST || part.trim().lines().count() > 1;
    let mut shown: String = line
        .chars()
        .take(LONGEST)
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    if cut {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests;
