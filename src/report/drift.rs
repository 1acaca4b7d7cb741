//! Prints drift for a terminal: changes that people made inside managed blocks.
//!
//! Input: a target's drift. Output: a line for each file, and its lines that would be lost. Not here: detecting drift.

use super::findings::counted;
use super::style::{CAREFUL, DIM, REMOVED};
use super::{Document, Line, View};
use lessonbook_pipeline::drift::{Drift, SHOWN};

/// One entry for each file: place and kind, then the lines that a proposal would remove; without `-v` only the first few.
pub fn list(drifts: &[Drift], view: View) -> Document {
    let mut document = Document::default();
    for drift in drifts {
        let style = if drift.counts() { CAREFUL } else { DIM };
        let known = if drift.known {
            &drift.evidence
        } else {
            "unknown, see the note"
        };
        let place = Line::code(format!("{}:{}", drift.path, drift.line));
        let kind = Line::styled(style, drift.kind.word());
        let line = Line::from("drift  ").then(place).then(" ").then(kind);
        let lines = lost_lines(drift, view);
        document.section(line.then(format!(": {known}")), lines);
    }
    document
}

fn lost_lines(drift: &Drift, view: View) -> Document {
    let mut document = Document::default();
    if drift.lines.is_empty() {
        return document;
    }
    let lost = if drift.by_hand {
        let number = counted(drift.lines.len(), "hand-written line");
        format!("{number} would be lost:")
    } else {
        let number = counted(drift.lines.len(), "line");
        format!("{number} would be lost; it is unknown which of them are hand-written:")
    };
    document.line(lost);
    let width = drift.lines.last().map_or(1, |line| line.number.to_string().len());
    let lines = drift.lines.iter().map(|line| {
        let number = Line::styled(DIM, format!("{:>width$} | ", line.number));
        number.then(Line::styled(REMOVED, lessonbook_base::text::redact(&line.text)))
    });
    document.items(lines, view.most(SHOWN, usize::MAX));
    document
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
