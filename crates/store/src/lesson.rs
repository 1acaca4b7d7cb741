//! A lesson: a rule with its severity, paths, rationale, examples and incidents.
//!
//! Not here: reading it from YAML (`read/lesson`), and which targets it concerns (`pipeline/`).

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::Evidence;
use lessonbook_base::globs::Glob;
use lessonbook_checks::check::{Check, LessonChecks};

/// How bad it is not to follow the lesson. Ordered from least to most severe.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// It is good to know.
    Low,
    /// It costs time.
    Medium,
    /// It breaks something.
    High,
    /// An outage, a leak or lost data.
    Critical,
}

impl Severity {
    /// Every severity, from most to least severe, which is the order of lessons in blocks.
    pub const ALL: [Severity; 4] = [
        Severity::Critical,
        Severity::High,
        Severity::Medium,
        Severity::Low,
    ];

    /// The word in YAML and in blocks.
    pub fn word(self) -> &'static str {
        match self {
            Severity::Critical => "critical",
            Severity::High => "high",
            Severity::Medium => "medium",
            Severity::Low => "low",
        }
    }

    /// The severity of a word.
    pub fn parse(word: &str) -> Option<Self> {
        Severity::ALL.into_iter().find(|severity| severity.word() == word)
    }
}

/// Whether a lesson is placed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Placed.
    #[default]
    Active,
    /// Checked, but never placed.
    Draft,
    /// No longer placed; it is removed from every block.
    Retired,
}

/// Which targets may receive a lesson.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Audience {
    /// Every target.
    #[default]
    Everyone,
    /// Only targets that are known to be private or internal.
    Internal,
}

/// An incident from which the lesson was learned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Incident {
    /// The day.
    pub date: jiff::civil::Date,
    /// The repository, `owner/name`; may be empty.
    pub repository: String,
    /// What happened, in one paragraph.
    pub summary: String,
}

/// Where a lesson was imported from. Never printed in a target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LessonSource {
    /// The repository: `owner/name`, or the target's name.
    pub repository: String,
    /// The file in it.
    pub path: String,
    /// The line, from 1.
    pub line: usize,
    /// The commit at which it was read, where there is one.
    pub commit: Option<String>,
}

/// One lesson. Its texts are Markdown of one paragraph, with marker text already escaped; its examples are verbatim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lesson {
    /// The file's name without its ending; unique in the store.
    pub id: String,
    /// The folder's name.
    pub topic: String,
    /// The file, relative to the store.
    pub file: String,
    /// A heading for people.
    pub title: String,
    /// How bad it is not to follow it.
    pub severity: Severity,
    /// The files that it concerns; empty for the whole repository.
    pub paths: Vec<Glob>,
    /// The tags of the targets that it concerns; if empty, only the paths decide.
    pub tags: Vec<String>,
    /// What to do, in one or two imperative sentences.
    pub rule: String,
    /// The reason for the rule.
    pub rationale: String,
    /// An example of what not to write, verbatim, without a final newline.
    pub bad: Option<String>,
    /// An example of what to write instead, verbatim, without a final newline.
    pub good: Option<String>,
    /// The language of the examples, for their fences; may be empty.
    pub language: String,
    /// The machine-checkable form of the rule. Blocks do not show it.
    pub checks: Vec<Check>,
    /// The incidents from which it was learned.
    pub incidents: Vec<Incident>,
    /// Where it was learned.
    pub source: Option<String>,
    /// The places from which `import` took it.
    pub sources: Vec<LessonSource>,
    /// The lines of targets that it was learned from. Never printed in a target.
    pub evidence: Vec<Evidence>,
    /// The person or team that is responsible for it.
    pub owner: Option<String>,
    /// The day on which it should be reviewed.
    pub review_by: Option<jiff::civil::Date>,
    /// The ids of retired lessons that this one replaces.
    pub supersedes: Vec<String>,
    /// Which targets may receive it.
    pub audience: Audience,
    /// Whether it is placed.
    pub status: Status,
    /// Whether its file has an error, which stops the targets that it concerns.
    pub broken: bool,
}

impl Lesson {
    /// The lesson's globs with their braces expanded, in source order, without duplicates.
    pub fn globs(&self) -> Vec<&str> {
        let mut globs: Vec<&str> = Vec::new();
        for glob in self.paths.iter().flat_map(Glob::expanded) {
            if !globs.contains(&glob.as_str()) {
                globs.push(glob);
            }
        }
        globs
    }

    /// The globs that its scoped files are loaded for: [`Self::globs`] in all Unicode normal forms, because assistants compare the bytes
    /// of a path.
    pub fn spellings(&self) -> Vec<&str> {
        let mut globs: Vec<&str> = Vec::new();
        for glob in self.paths.iter().flat_map(Glob::spellings) {
            if !globs.contains(&glob.as_str()) {
                globs.push(glob);
            }
        }
        globs
    }

    /// Its checks, with what a hit says of the lesson.
    pub fn lesson_checks(&self) -> LessonChecks {
        LessonChecks {
            id: self.id.clone(),
            title: self.title.clone(),
            paths: self.spellings().into_iter().map(str::to_owned).collect(),
            checks: self.checks.clone(),
        }
    }

    /// Whether targets can receive it.
    pub fn is_active(&self) -> bool {
        self.status == Status::Active
    }

    /// Six hexadecimal digits that change with the lesson's severity, rule, rationale, examples or paths. They do not depend on which
    /// targets receive it (tags, audience), on additional information (incidents, evidence, owner) or on checks: gates find a version in the
    /// blocks of a target, and blocks do not show checks.
    pub fn version(&self) -> String {
        let parts = [
            self.severity.word(),
            &self.rule,
            &self.rationale,
            self.bad.as_deref().unwrap_or_default(),
            self.good.as_deref().unwrap_or_default(),
            &self.globs().join(","),
        ];
        short(&parts.join("\0"))
    }
}

/// The first six hexadecimal digits of a text's SHA-256.
pub fn short(text: &str) -> String {
    let digest = Sha256::digest(text);
    digest.iter().take(3).map(|byte| format!("{byte:02x}")).collect()
}
