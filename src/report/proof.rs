//! Prints invariants for a terminal: one line if all hold; otherwise those that fail in red, then the number of the others.
//!
//! Input: invariants. Output: lines with colors.
//! Not here: computing them (`lessonbook-proof`, `pipeline/run_limits`).

use super::plan::say;
use super::style::{BAD, GOOD, paint};
use super::table::COLUMNS;
use lessonbook_proof::Invariant;

/// The width of the label at the start of a line, with the space behind it.
const MARGIN: usize = 9;

/// The lines, with a label of at most five letters; empty if there are no invariants.
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

/// The proof of a target. If all invariants hold, it is one line: `proof  ✓ 14 of 14 invariants hold, 5 critical lessons at 4
/// of 4 entry points`. Invariants that fail are always listed.
pub fn summary(invariants: &[Invariant]) -> String {
    if invariants.is_empty() {
        return String::new();
    }
    let all = invariants.len();
    let failed: Vec<Invariant> = invariants
        .iter()
        .filter(|invariant| !invariant.holds)
        .cloned()
        .collect();
    let mut out = lines("proof", &failed);
    // The evidence of this invariant also contains exceptions and lessons that wait for canaries.
    let critical = invariants
        .iter()
        .find(|invariant| invariant.name == "critical-everywhere");
    let critical = critical
        .map(|invariant| format!(", {}", invariant.evidence))
        .unwrap_or_default();
    let line = if failed.is_empty() {
        format!(
            "  {:<7}{} {all} of {all} invariants hold{critical}",
            "proof",
            paint(GOOD, "✓")
        )
    } else {
        format!(
            "{}{} {} of {all} invariants hold",
            " ".repeat(MARGIN),
            paint(GOOD, "✓"),
            all - failed.len()
        )
    };
    say(&mut out, &line);
    out
}
