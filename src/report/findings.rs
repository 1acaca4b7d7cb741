//! Prints findings in several formats.
//!
//! Input: findings in the order in which they are shown. Output: one text per format. Not here: creating and sorting findings,
//! and choosing the format.
//!
//! | format | for |
//! |---|---|
//! | [`human`] | a terminal: the line, a caret, the effect, and help |
//! | [`json`] | scripts |
//! | [`github`] | annotations in a pull request (workflow commands) |
//! | [`sarif`] | code scanning and editors (SARIF 2.1.0) |

mod github;
mod human;
mod json;
mod sarif;

pub use github::{github, github_step};
pub use human::human;
pub use json::{json, rows};
pub use sarif::{SarifLesson, sarif, sarif_with_lessons};

use serde::Serialize;

use lessonbook_base::finding::{Code, Finding, Level};

/// How many findings of each level there are, and in how many lessons.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Summary {
    /// Errors.
    pub errors: usize,
    /// Warnings.
    pub warnings: usize,
    /// Notes.
    pub notes: usize,
    /// Lessons that were checked.
    pub lessons: usize,
}

impl Summary {
    /// Counts findings.
    pub fn new(findings: &[Finding], lessons: usize) -> Self {
        let count = |level| findings.iter().filter(|f| f.level == level).count();
        Summary {
            errors: count(Level::Error),
            warnings: count(Level::Warning),
            notes: count(Level::Note),
            lessons,
        }
    }

    /// `2 errors, 1 warning, 0 notes in 47 lessons`.
    pub fn line(&self) -> String {
        format!(
            "{}, {}, {} in {}",
            counted(self.errors, "error"),
            counted(self.warnings, "warning"),
            counted(self.notes, "note"),
            counted(self.lessons, "lesson"),
        )
    }
}

/// `1 file`, `2 files`.
pub fn counted(count: usize, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{plural}")
}

/// The page of the documentation that explains a code.
pub fn page(code: Code) -> String {
    format!("docs/findings.md#{}", code.name())
}

/// The web page that explains a code, if the package has the address of its repository.
fn page_on_the_web(code: Code) -> Option<String> {
    let repository = env!("CARGO_PKG_REPOSITORY").trim_end_matches('/');
    (!repository.is_empty()).then(|| format!("{repository}/blob/main/{}", page(code)))
}

/// The finding as plain lines, for formats with a single text: message, label, effect, help, more.
fn lines(finding: &Finding) -> Vec<String> {
    let label = finding.at.as_ref().map(|place| place.label.clone());
    let label = label.filter(|label| !label.is_empty());
    let mut lines = vec![finding.message.clone()];
    lines.extend(label);
    lines.extend(finding.effect.iter().map(|text| format!("effect: {text}")));
    lines.extend(finding.help.iter().map(|text| format!("help: {text}")));
    lines.push(format!("more: {}", page(finding.code)));
    lines
}

/// The file of the store that the finding is in; `None` if it is in a target or has no place.
fn file_of_the_store(finding: &Finding) -> Option<&lessonbook_base::finding::Location> {
    let place = finding.at.as_ref()?;
    let in_target = finding.target.as_ref().is_some_and(|target| {
        place
            .file
            .strip_prefix(target.as_str())
            .is_some_and(|rest| rest.starts_with(": "))
    });
    (!in_target).then_some(place)
}

#[cfg(test)]
mod tests;
