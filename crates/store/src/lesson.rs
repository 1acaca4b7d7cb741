//! A lesson: a rule, its severity, the paths it concerns, why it holds, what happened.
//!
//! Input: one YAML file of `lessons/<topic>/`. Output: a [`Lesson`]. Not here: whom it concerns (`pipeline/`).

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use lessonbook_base::globs::Glob;

/// How bad it is to miss the lesson. Ordered from least to most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Good to know.
    Low,
    /// Costs time.
    Medium,
    /// Breaks something.
    High,
    /// An outage, a leak or lost data.
    Critical,
}

impl Severity {
    /// From most to least severe, the order in which blocks list lessons.
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
    /// Checked, never placed.
    Draft,
    /// Was placed once; leaves every block.
    Retired,
}

/// Who may read a lesson.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Audience {
    /// Every target.
    #[default]
    Everyone,
    /// Only targets known to be private or internal.
    Internal,
}

/// What happened once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Incident {
    /// When.
    pub date: jiff::civil::Date,
    /// Where: `owner/name`, or empty.
    pub repository: String,
    /// What, in one paragraph.
    pub summary: String,
}

/// One lesson. Texts are Markdown of one paragraph, with marker text already escaped; examples are verbatim.
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
    /// How bad it is to miss it.
    pub severity: Severity,
    /// What it concerns; empty: the whole repository.
    pub paths: Vec<Glob>,
    /// Which targets it concerns; empty: decided by paths alone.
    pub tags: Vec<String>,
    /// An imperative sentence or two.
    pub rule: String,
    /// Why it holds.
    pub rationale: String,
    /// An example of what not to write, verbatim, without a final newline.
    pub bad: Option<String>,
    /// An example of what to write instead, verbatim, without a final newline.
    pub good: Option<String>,
    /// The language of the examples, for their fences; empty: none.
    pub language: String,
    /// What happened.
    pub incidents: Vec<Incident>,
    /// Where it was learned.
    pub source: Option<String>,
    /// Who answers for it.
    pub owner: Option<String>,
    /// When somebody should look again.
    pub review_by: Option<jiff::civil::Date>,
    /// Retired lessons that this one stands in for.
    pub supersedes: Vec<String>,
    /// Who may read it.
    pub audience: Audience,
    /// Whether it is placed.
    pub status: Status,
    /// Whether its file has an error: then the targets that it concerns are stopped.
    pub broken: bool,
}

impl Lesson {
    /// The lesson's globs, braces expanded, in source order without duplicates.
    pub fn globs(&self) -> Vec<&str> {
        let mut globs: Vec<&str> = Vec::new();
        for glob in self.paths.iter().flat_map(Glob::expanded) {
            if !globs.contains(&glob.as_str()) {
                globs.push(glob);
            }
        }
        globs
    }

    /// The globs that its scoped files are loaded for: [`Self::globs`] and their other Unicode spellings, since a path is
    /// compared by its bytes.
    pub fn spellings(&self) -> Vec<&str> {
        let mut globs: Vec<&str> = Vec::new();
        for glob in self.paths.iter().flat_map(Glob::spellings) {
            if !globs.contains(&glob.as_str()) {
                globs.push(glob);
            }
        }
        globs
    }

    /// Whether targets can hold it.
    pub fn is_active(&self) -> bool {
        self.status == Status::Active
    }

    /// Six hexadecimal digits that change when the lesson says something else: its severity, its words, its examples or the paths
    /// that it is about. Whom it reaches (tags, audience) and what is told beside it (incidents, owner) are no part of it.
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

/// Six hexadecimal digits of a text's digest.
pub fn short(text: &str) -> String {
    let digest = Sha256::digest(text);
    digest.iter().take(3).map(|byte| format!("{byte:02x}")).collect()
}
