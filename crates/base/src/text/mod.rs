//! Lints of text: hidden characters, secrets, prompt injection, and Markdown that a page does not show as written.
//!
//! Input: one text of a lesson, target or template. Output: its suspicious parts in order, each with its bytes.
//! Not here: the file that contains the text and the exceptions for it (`store/`, `pipeline/`), and printing (`report/`, which shows
//! the line of a secret as [`redact`]ed text).

mod any_of;
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
pub mod visible;

use std::ops::Range;

use crate::finding::Code;

pub use hidden::hidden;
pub use markdown_pitfalls::pitfalls;
pub use prompt_injection::injections;
pub use secrets::{redact, secrets};
pub use unplaceable::unplaceable;

/// A suspicious part of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SuspiciousText {
    /// The bytes of the text.
    pub span: Range<usize>,
    /// Which problem.
    pub code: Code,
    /// What is wrong, in one sentence without a full stop.
    pub message: String,
    /// What would happen because of it.
    pub effect: String,
    /// An edit that solves it.
    pub help: String,
}

/// Why bytes are in another encoding, so that UTF-8 must not be written into them: a byte order mark shows it, or a quarter of the
/// first 8,000 are NUL, as in UTF-16. Single bytes that are NUL or not UTF-8 occur in real files and are harmless.
pub fn not_text(bytes: &[u8]) -> Option<&'static str> {
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return Some("is UTF-16");
    }
    let first = &bytes[..bytes.len().min(8_000)];
    let nuls = first.split(|byte| *byte == 0).count() - 1;
    (nuls > 3 && nuls * 4 >= first.len()).then_some("is not text in UTF-8: at least one byte in four is NUL")
}

/// Sorts suspects into the order of the text.
fn in_order(mut suspects: Vec<SuspiciousText>) -> Vec<SuspiciousText> {
    suspects.sort_by_key(|suspect| (suspect.span.start, suspect.span.end, suspect.code));
    suspects.dedup_by(|later, earlier| later.span == earlier.span && later.code == earlier.code);
    suspects
}

/// Removes every suspect whose bytes overlap an earlier one.
fn without_overlaps(suspects: Vec<SuspiciousText>) -> Vec<SuspiciousText> {
    let mut kept: Vec<SuspiciousText> = Vec::new();
    for suspect in in_order(suspects) {
        if kept.last().is_none_or(|last| last.span.end <= suspect.span.start) {
            kept.push(suspect);
        }
    }
    kept
}

/// A part of a text as a message quotes it: one line, at most 60 characters, without control characters.
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
