//! A problem as data: its code, level, location, effect and help.
//!
//! Input: what a check found. Output: a value that every report can print.
//! Not here: how a report looks (`report/`), and the long explanation of each code (`docs/findings.md` has a heading for each;
//! a test compares the two); the list of codes (`finding/code.rs`).

mod code;

pub use code::Code;

use std::ops::Range;

use serde::{Deserialize, Serialize};

/// How serious a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// For information; does not change the exit code.
    Note,
    /// It works, but someone should look at it; the exit code is 1 only with `--strict`.
    Warning,
    /// Stops what it concerns; the exit code is 1.
    Error,
}

impl Level {
    /// The word that is printed.
    pub fn word(self) -> &'static str {
        match self {
            Level::Note => "note",
            Level::Warning => "warning",
            Level::Error => "error",
        }
    }
}

/// A location in a text file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
pub struct Location {
    /// The file as the user would name it: relative to the store, or `target: path`.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// How many characters to underline; at least 1.
    pub length: usize,
    /// The line itself, without its ending.
    pub text: String,
    /// Text to print beside the underline; may be empty.
    pub label: String,
}

impl Location {
    /// The location of a byte range in a text. A range past the end points at the end of the last line.
    pub fn in_text(file: &str, text: &str, span: Range<usize>) -> Self {
        let start = floor_char(text, span.start);
        let end = floor_char(text, span.end.max(start));
        let line_start = text[..start].rfind('\n').map_or(0, |at| at + 1);
        let line_end = text[start..].find('\n').map_or(text.len(), |at| start + at);
        let shown = text[line_start..line_end].trim_end_matches('\r');
        Location {
            file: file.to_owned(),
            line: text[..start].matches('\n').count() + 1,
            column: text[line_start..start].chars().count() + 1,
            length: text[start..end.min(line_end).max(start)].chars().count().max(1),
            text: shown.trim_start_matches('\u{feff}').to_owned(),
            label: String::new(),
        }
    }

    /// The first character of a file.
    pub fn file(file: &str) -> Self {
        Location {
            file: file.to_owned(),
            line: 1,
            column: 1,
            length: 1,
            text: String::new(),
            label: String::new(),
        }
    }

    /// Adds text beside the underline.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }
}

fn floor_char(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// A change that `check --fix` can make: it replaces a byte range of a file of the store.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct Fix {
    /// The file, relative to the store.
    pub file: String,
    /// Bytes of the file to replace.
    pub span: Range<usize>,
    /// The bytes' new text.
    pub replacement: String,
}

/// One problem.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct Finding {
    /// Which problem.
    pub code: Code,
    /// How serious it is.
    pub level: Level,
    /// What is wrong, in one sentence without a full stop.
    pub message: String,
    /// Where it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<Location>,
    /// What would happen because of it, and to which repositories.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub effect: Option<String>,
    /// A command or an edit that solves it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    /// The target it concerns; `None` if it concerns the store.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// The lesson it concerns.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lesson: Option<String>,
    /// The change with which `check --fix` solves it, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fix: Option<Fix>,
}

impl Finding {
    /// A finding with the level of its code, and only a message.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Finding {
            code,
            level: code.level(),
            message: one_line(message.into()),
            at: None,
            effect: None,
            help: None,
            target: None,
            lesson: None,
            fix: None,
        }
    }

    /// Sets the location.
    #[must_use]
    pub fn at(mut self, location: Location) -> Self {
        self.at = Some(Location {
            file: one_line(location.file),
            ..location
        });
        self
    }

    /// Sets the effect.
    #[must_use]
    pub fn effect(mut self, effect: impl Into<String>) -> Self {
        self.effect = Some(one_line(effect.into()));
        self
    }

    /// Sets the help.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(one_line(help.into()));
        self
    }

    /// Sets the target that it concerns.
    #[must_use]
    pub fn target(mut self, target: impl Into<String>) -> Self {
        self.target = Some(target.into());
        self
    }

    /// Sets the lesson that it concerns.
    #[must_use]
    pub fn lesson(mut self, lesson: impl Into<String>) -> Self {
        self.lesson = Some(lesson.into());
        self
    }

    /// Adds a change that `check --fix` can make.
    #[must_use]
    pub fn fix(mut self, fix: Fix) -> Self {
        self.fix = Some(fix);
        self
    }

    /// Whether it is an error, which stops what it concerns.
    pub fn is_error(&self) -> bool {
        self.level == Level::Error
    }

    /// Whether `check --strict` fails because of it. Some warnings appear without a change of the store (a day has passed, or the check
    /// runs on another machine), or in the middle of a change that takes two steps. They would fail unrelated pull requests.
    pub fn fails_strict(&self) -> bool {
        let exempt = matches!(
            self.code,
            Code::ReviewOverdue
                | Code::ExceptionPast
                | Code::AcknowledgePast
                | Code::OpeningPast
                | Code::OneSidedTag
                | Code::TargetMissing
                | Code::FormerTarget
        );
        match self.level {
            Level::Error => true,
            Level::Warning => !exempt,
            Level::Note => false,
        }
    }
}

/// Escapes line ends: each sentence and location is one line. A line end comes from a name that someone chose, and it could forge a
/// line of a log.
fn one_line(text: String) -> String {
    if text.contains(['\n', '\r']) {
        text.replace('\n', "\\n").replace('\r', "\\r")
    } else {
        text
    }
}

/// Sorts findings into the order that every report shows: by target, then file and position, then code.
pub fn sort(findings: &mut [Finding]) {
    findings.sort_by(|a, b| {
        let key = |f: &Finding| {
            let at = f.at.as_ref().map(|p| (p.file.clone(), p.line, p.column));
            (f.target.clone(), at, f.code.name(), f.message.clone())
        };
        key(a).cmp(&key(b))
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_location_counts_lines_and_characters_from_one() {
        let text = "title: é\nrule: ☃ here\n";
        let at = text.find("here").unwrap_or_default();
        let location = Location::in_text("a.yaml", text, at..at + 4);
        assert_eq!(
            (
                location.line,
                location.column,
                location.length,
                location.text.as_str()
            ),
            (2, 9, 4, "rule: ☃ here")
        );
    }

    #[test]
    fn a_location_outside_the_text_or_inside_a_character_does_not_panic() {
        let text = "é";
        for start in 0..5 {
            for end in 0..5 {
                let location = Location::in_text("a", text, start..end);
                assert!(location.line == 1 && location.length >= 1);
            }
        }
    }
}
