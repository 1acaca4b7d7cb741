//! Invariants for a terminal: those that fail first and in red, then the others, as many on a line as fit.
//!
//! Comes in: invariants. Goes out: lines with colors. Leaves to others: computing them (`lessonbook-proof`, `pipeline/run_limits`).

use super::plan::say;
use super::style::{BAD, GOOD, paint};
use super::table::COLUMNS;
use lessonbook_proof::Invariant;

/// The width of the word in front, and of the space before what follows it.
const MARGIN: usize = 9;

/// The lines, behind a word of at most five letters; nothing where there is no invariant.
pub fn lines(word: &str, invariants: &[Invariant]) -> String {
    let (held, failed): (Vec<_>, Vec<_>) = invariants.iter().partition(|invariant| invariant.holds);
    let mut out = String::new();
    let first = format!("  {word:<7}");
    let (mut line, mut width) = (first, MARGIN);
    for invariant in failed.into_iter().chain(held) {
        let sign = if invariant.holds { "✓" } else { "✗" };
        let plain = format!("{sign} {}", invariant.evidence);
        let length = plain.chars().count();
        if width > MARGIN && width + length > COLUMNS {
            say(&mut out, &line);
            (line, width) = (" ".repeat(MARGIN), MARGIN);
        }
        if invariant.holds {
            line.push_str(&format!("{} {}", paint(GOOD, sign), invariant.evidence));
        } else {
            line.push_str(&paint(BAD, &plain));
        }
        line.push_str("   ");
        width += length + 3;
    }
    if width > MARGIN {
        say(&mut out, &line);
    }
    out
}
