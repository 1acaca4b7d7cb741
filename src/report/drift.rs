//! Prints drift for a terminal: changes that people made inside managed blocks.
//!
//! Input: a target's drift. Output: a line for each file, and its lines that would be lost. Not here: detecting drift.

use super::findings::counted;
use super::plan::say;
use super::sanitize::visible;
use super::style::{BAD, CAREFUL, DIM, paint};
use lessonbook_pipeline::drift::{Drift, SHOWN};

/// One entry for each file: place and kind, then the lines that a proposal would remove; without `-v` only the first few.
pub fn lines(out: &mut String, drifts: &[Drift], verbose: bool) {
    for drift in drifts {
        let word = if drift.counts() {
            paint(CAREFUL, drift.kind.word())
        } else {
            paint(DIM, drift.kind.word())
        };
        let place = format!("{}:{}", drift.path, drift.line);
        let known = if drift.known {
            &drift.evidence
        } else {
            "unknown, see the note"
        };
        say(out, &format!("  drift  {place} {word}: {known}"));
        if drift.lines.is_empty() {
            continue;
        }
        let lost = if drift.by_hand {
            format!(
                "{} would be lost:",
                counted(drift.lines.len(), "hand-written line")
            )
        } else {
            let number = counted(drift.lines.len(), "line");
            format!("{number} would be lost; it is unknown which of them are hand-written:")
        };
        say(out, &format!("         {lost}"));
        let most = if verbose { usize::MAX } else { SHOWN };
        let width = drift.lines.last().map_or(1, |line| line.number.to_string().len());
        for line in drift.lines.iter().take(most) {
            let shown = lessonbook_base::text::redact(&line.text);
            let text = visible(&shown);
            say(
                out,
                &format!(
                    "         {} {}",
                    paint(DIM, &format!("{:>width$} |", line.number)),
                    paint(BAD, &text)
                ),
            );
        }
        let left = drift.lines.len().saturating_sub(most);
        if left > 0 {
            say(out, &format!("         … and {left} more (plan -v shows them)"));
        }
    }
}

/// The drift of all files in one line, such as `CLAUDE.md edited by hand; AGENTS.md block deleted`.
pub fn clause(drifts: &[Drift]) -> String {
    let all: Vec<String> = drifts
        .iter()
        .filter(|drift| drift.counts())
        .map(|drift| format!("{} {}", drift.path, drift.clause()))
        .collect();
    all.join("; ")
}
