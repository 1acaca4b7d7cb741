//! Invariants for a terminal: one line where all hold; else those that fail in red, then the number of the others.
//!
//! Input: invariants, and the coverage that they are about. Output: lines with colors.
//! Not here: computing them (`lessonbook-proof`, `pipeline/run_limits`).

use std::collections::BTreeSet;

use super::findings::counted;
use super::plan::say;
use super::style::{BAD, GOOD, paint};
use super::table::COLUMNS;
use lessonbook_proof::{Coverage, Invariant};
use lessonbook_store::Severity;

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

/// The proof of a target in one line where all is well: `proof  ✓ 14 of 14 invariants hold, 5 critical lessons at 4 of 4 entry points`.
/// What fails is always shown in full.
pub fn summary(coverage: &Coverage, invariants: &[Invariant]) -> String {
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
    let critical = critical(coverage);
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

/// `, 5 critical lessons at 4 of 4 entry points`: how many of the entry points that critical lessons have to be at hold all of them.
fn critical(coverage: &Coverage) -> String {
    let cells: Vec<_> = coverage
        .cells
        .iter()
        .filter(|cell| cell.severity == Severity::Critical && cell.exempt.is_none())
        .collect();
    let lessons: BTreeSet<&str> = cells.iter().map(|cell| cell.lesson.as_str()).collect();
    let places: BTreeSet<&str> = cells.iter().map(|cell| cell.entry_point.as_str()).collect();
    if lessons.is_empty() {
        return String::new();
    }
    let holds_all = |place: &&&str| {
        let mut here = cells.iter().filter(|cell| cell.entry_point == ***place);
        here.all(|cell| cell.is_covered())
    };
    format!(
        ", {} at {} of {}",
        counted(lessons.len(), "critical lesson"),
        places.iter().filter(holds_all).count(),
        counted(places.len(), "entry point")
    )
}
