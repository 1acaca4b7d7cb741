//! A check of a lesson: one of four kinds, with the files that it is about.
//!
//! Input: nothing; the store reads checks from YAML. Output: [`Check`] and [`LessonChecks`]. Not here: running them (`linter`).

use crate::change_check::ChangeCheck;
use crate::file_check::FileCheck;
use crate::structure::StructureCheck;
use crate::text_check::TextCheck;

/// At most so many checks belong to a lesson.
pub const MAX_CHECKS: usize = 20;

/// At most so many conditions are in a map of a check.
pub const MAX_CONDITIONS: usize = 10;

/// One check. Two checks are equal if they are written the same way.
#[derive(Debug, Clone)]
pub struct Check {
    /// The check as YAML without its examples, one line for each key, in the one form that the store's writer gives it.
    pub written: String,
    /// Globs of the files that it is about; none: those of the lesson.
    pub paths: Option<Vec<String>>,
    /// Globs of files that it is not about.
    pub except: Vec<String>,
    /// What a hit says, in one line; none: the lesson's title.
    pub message: Option<String>,
    /// Examples of its own, for the self-test.
    pub examples: Vec<CheckExample>,
    /// What it looks at.
    pub kind: CheckKind,
}

/// The four kinds of checks.
#[derive(Debug, Clone)]
pub enum CheckKind {
    /// The text of a file.
    Text(TextCheck),
    /// The values of a structured file.
    Structure(StructureCheck),
    /// Which files there are.
    File(FileCheck),
    /// Which files change.
    Change(ChangeCheck),
}

impl PartialEq for Check {
    fn eq(&self, other: &Self) -> bool {
        self.written == other.written && self.examples == other.examples
    }
}

impl Eq for Check {}

impl Check {
    /// Whether it reads what is in files.
    pub fn reads_content(&self) -> bool {
        matches!(self.kind, CheckKind::Text(_) | CheckKind::Structure(_))
    }
}

/// An example of one check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckExample {
    /// Text that must give a hit.
    pub bad: Option<String>,
    /// Text that must give none.
    pub good: Option<String>,
    /// The path that the text would have; none: made from the check's paths.
    pub file: Option<String>,
}

/// The checks of one lesson, and what a hit says of the lesson.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LessonChecks {
    /// The lesson's id.
    pub id: String,
    /// The lesson's title.
    pub title: String,
    /// The lesson's globs; empty: the whole repository.
    pub paths: Vec<String>,
    /// Its checks, at least one.
    pub checks: Vec<Check>,
}
