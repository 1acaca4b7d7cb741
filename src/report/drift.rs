//! What people did to our text, for a terminal.
//!
//! Input: a target's drift. Output: a line for each file, and the lines of it that would go. Not here: finding it.

use super::findings::counted;
use super::plan::say;
use super::sanitize::visible;
use super::style::{BAD, CAREFUL, DIM, paint};
use lessonbook_pipeline::drift::{Drift, SHOWN};

/// One entry a file: where and what, then the lines that a proposal would remove; without `-v` the first few.
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
            "nobody can tell: see the note"
        };
        say(out, &format!("  drift  {place} {word}: {known}"));
        if drift.lines.is_empty() {
            continue;
        }
        let number = counted(drift.lines.len(), "line");
        let whose = if drift.by_hand {
            format!("{number} that somebody wrote there would go:")
        } else {
            format!("{number} would go; which of them somebody wrote, nobody can tell:")
        };
        say(out, &format!("         {whose}"));
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
            say(out, &format!("         … and {left} more: plan -v shows them"));
        }
    }
}

/// `CLAUDE.md edited by hand, 2 lines go; AGENTS.md block deleted`.
pub fn clause(drifts: &[Drift]) -> String {
    let all: Vec<String> = drifts
        .iter()
        .filter(|drift| drift.counts())
        .map(|drift| format!("{} {}", drift.path, drift.clause()))
        .collect();
    all.join("; ")
}
