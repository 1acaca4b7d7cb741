//! The checks file: what `lint` needs of a store in a target, as one generated data file.
//!
//! Input: lessons with checks, or the bytes of such a file. Output: its text, which is the same for the same lessons, or a
//! [`ChecksFile`] and findings. Not here: which lessons concern a target (`pipeline`), and proposing the file.
//!
//! It holds ids, titles, severities, rules, globs and checks, and the paths that are excused in this target; never incidents,
//! sources, rationales or examples.

use sha2::{Digest, Sha256};

use super::lesson::{Lesson, Severity};
use super::write;
use crate::exception::PathException;
use crate::yaml::scalar::{quoted, scalar};
use lessonbook_base::globs::Glob;
use lessonbook_checks::check::{Check, LessonChecks};

/// The folder of checks files in a target.
pub const CHECKS_FOLDER: &str = ".lessonbook";

/// The version of the format.
pub(super) const VERSION: u64 = 1;

/// The beginning of the line with the digest of the other lines, by which an edit by hand is recognized.
const DIGEST: &str = "digest: ";

/// The checks of one store for one target.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ChecksFile {
    /// The store's name.
    pub name: String,
    /// Where the store is.
    pub home: String,
    /// The lessons, by severity, then id.
    pub lessons: Vec<CheckedLesson>,
    /// Paths in which hits are excused.
    pub exceptions: Vec<ChecksException>,
}

/// A lesson as `lint` needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckedLesson {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// How bad a hit is.
    pub severity: Severity,
    /// Its rule.
    pub rule: String,
    /// Its globs; empty: the whole repository.
    pub paths: Vec<Glob>,
    /// Its checks, without their examples.
    pub checks: Vec<Check>,
}

/// Paths in which hits of a lesson are excused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChecksException {
    /// The lesson's id.
    pub lesson: String,
    /// A glob of paths.
    pub path: String,
    /// Why.
    pub reason: String,
    /// Until when it was meant; later it still holds.
    pub until: Option<jiff::civil::Date>,
}

impl CheckedLesson {
    /// A lesson with checks.
    pub fn new(lesson: &Lesson) -> Self {
        let without_examples = |check: &Check| Check {
            examples: Vec::new(),
            ..check.clone()
        };
        CheckedLesson {
            id: lesson.id.clone(),
            title: lesson.title.clone(),
            severity: lesson.severity,
            rule: lesson.rule.clone(),
            paths: lesson.paths.clone(),
            checks: lesson.checks.iter().map(without_examples).collect(),
        }
    }

    /// What a hit says: the check's message, else the lesson's title.
    pub fn message(&self, check: usize) -> &str {
        let own = self.checks.get(check).and_then(|check| check.message.as_deref());
        own.unwrap_or(&self.title)
    }

    /// Its checks, as they are run.
    pub fn lesson_checks(&self) -> LessonChecks {
        LessonChecks {
            id: self.id.clone(),
            title: self.title.clone(),
            paths: self.paths.iter().flat_map(Glob::spellings).cloned().collect(),
            checks: self.checks.clone(),
        }
    }
}

impl ChecksFile {
    /// The file of a target, from the lessons that concern it and the store's exceptions. Lessons without checks are left out.
    pub fn new<'l>(
        (name, home): (&str, &str),
        lessons: impl IntoIterator<Item = &'l Lesson>,
        exceptions: &[PathException],
        target: &str,
    ) -> Self {
        let with_checks = lessons.into_iter().filter(|lesson| !lesson.checks.is_empty());
        let mut lessons: Vec<CheckedLesson> = with_checks.map(CheckedLesson::new).collect();
        lessons.sort_by(|a, b| (b.severity, &a.id).cmp(&(a.severity, &b.id)));
        let known = |exception: &&PathException| {
            exception.names_target(target) && lessons.iter().any(|lesson| lesson.id == exception.lesson)
        };
        let exceptions = exceptions.iter().filter(known).map(|exception| ChecksException {
            lesson: exception.lesson.clone(),
            path: exception.path.clone(),
            reason: exception.reason.clone(),
            until: exception.until,
        });
        ChecksFile {
            name: name.to_owned(),
            home: home.to_owned(),
            exceptions: exceptions.collect(),
            lessons,
        }
    }

    /// The path of a store's file in a target.
    pub fn path_for(store: &str) -> String {
        format!("{CHECKS_FOLDER}/{store}.checks.yaml")
    }

    /// Whether a path is that of a checks file.
    pub fn is_path(path: &str) -> bool {
        Self::store_in_path(path).is_some()
    }

    /// The store's name in the path of a checks file; none: it is another file's path.
    pub fn store_in_path(path: &str) -> Option<&str> {
        let name = path
            .strip_prefix(CHECKS_FOLDER)
            .and_then(|rest| rest.strip_prefix('/'))
            .and_then(|name| name.strip_suffix(".checks.yaml"));
        name.filter(|name| super::names::is_store_name(name))
    }

    /// The file's comments.
    pub fn comments(&self) -> [String; 2] {
        let home = self.home.split_whitespace().collect::<Vec<_>>().join(" ");
        [
            format!("# Managed by {home}. Edit it there; changes here are overwritten."),
            "# `lessonbook lint` judges a change by this file, as it is at the base commit.".to_owned(),
        ]
    }

    /// The text of the file.
    pub fn to_yaml(&self) -> String {
        let (head, rest) = (self.head(), self.rest());
        let digest = digest(&format!("{head}{rest}"));
        format!("{head}{DIGEST}\"{digest}\"\n{rest}")
    }

    /// Whether a file with this content is as it was written: its digest fits its lines, or what they say.
    pub fn is_unedited(&self, bytes: &[u8]) -> bool {
        let Some(stated) = Self::stated_digest(bytes) else {
            return false;
        };
        let text = String::from_utf8_lossy(bytes).replace("\r\n", "\n");
        let others = text
            .split_inclusive('\n')
            .filter(|line| !line.starts_with(DIGEST));
        stated == digest(&others.collect::<String>())
            || stated == digest(&format!("{}{}", self.head(), self.rest()))
    }

    /// The digest that a file states; none if it states none, or several.
    pub fn stated_digest(bytes: &[u8]) -> Option<String> {
        let text = String::from_utf8_lossy(bytes);
        let mut stated = text.lines().filter_map(|line| line.strip_prefix(DIGEST));
        let (first, more) = (stated.next()?, stated.next());
        more.is_none()
            .then(|| first.trim().trim_matches(['"', '\'']).to_owned())
    }

    /// The file without a lesson; none if nothing is left.
    pub fn without(&self, id: &str) -> Option<ChecksFile> {
        let mut rest = self.clone();
        rest.lessons.retain(|lesson| lesson.id != id);
        rest.exceptions.retain(|exception| exception.lesson != id);
        (!rest.lessons.is_empty()).then_some(rest)
    }

    /// The same bytes with zeros for the digest, so that two files differ only in what they say.
    pub fn without_digest(bytes: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(bytes.len());
        for line in bytes.split_inclusive(|byte| *byte == b'\n') {
            match line.strip_prefix(DIGEST.as_bytes()) {
                Some(value) => {
                    out.extend_from_slice(DIGEST.as_bytes());
                    out.extend(
                        value
                            .iter()
                            .map(|byte| if byte.is_ascii_hexdigit() { b'0' } else { *byte }),
                    );
                }
                None => out.extend_from_slice(line),
            }
        }
        out
    }

    /// The lines before the digest.
    fn head(&self) -> String {
        let mut text = self.comments().join("\n");
        text.push_str(&format!("\nversion: {VERSION}\n"));
        text.push_str(&format!("store: {}\n", scalar(&self.name)));
        text.push_str(&format!("home: {}\n", scalar(&self.home)));
        text
    }

    /// The lines after the digest.
    fn rest(&self) -> String {
        let mut text = String::new();
        if self.lessons.is_empty() {
            text.push_str("lessons: []\n");
        } else {
            text.push_str("lessons:\n");
        }
        for lesson in &self.lessons {
            text.push_str(&format!("  - id: {}\n", lesson.id));
            text.push_str(&format!("    title: {}\n", quoted(&lesson.title)));
            text.push_str(&format!("    severity: {}\n", lesson.severity.word()));
            text.push_str(&format!("    rule: {}\n", quoted(&lesson.rule)));
            if !lesson.paths.is_empty() {
                let globs: Vec<String> = lesson
                    .paths
                    .iter()
                    .map(|glob| quoted(glob.as_written()))
                    .collect();
                text.push_str(&format!("    paths: [{}]\n", globs.join(", ")));
            }
            write::checks(&mut text, &lesson.checks, "    ", false);
        }
        if !self.exceptions.is_empty() {
            text.push_str("exceptions:\n");
        }
        for exception in &self.exceptions {
            text.push_str(&format!("  - lesson: {}\n", exception.lesson));
            text.push_str(&format!("    path: {}\n", quoted(&exception.path)));
            text.push_str(&format!("    reason: {}\n", quoted(&exception.reason)));
            if let Some(day) = exception.until {
                text.push_str(&format!("    until: {day}\n"));
            }
        }
        text
    }
}

/// Twelve hexadecimal digits that change with the text.
fn digest(text: &str) -> String {
    let digest = Sha256::digest(text);
    digest.iter().take(6).map(|byte| format!("{byte:02x}")).collect()
}
