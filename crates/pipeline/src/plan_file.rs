//! A plan as a file: everything that carrying it out takes, so that what was reviewed is what is done.
//!
//! Input: a run's plans with what was seen of each target, or the bytes of a file. Output: a [`SavedPlan`], its JSON, or why the
//! bytes are none ([`PlanFileError`]). Not here: reading and writing the file, comparing with what stands in a target by then
//! (`staleness`), and carrying out (`commands`).
//!
//! The digest says that a file is as it was written. It guards against accident and is no signature: who can change the file can make
//! a new digest.

mod contents;
mod digest;
mod error;
mod layout;
mod proposal_state;
mod staleness;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::changes::ChangeKind;
use super::plan::TargetPlan;
use super::redaction::Disclosures;
use lessonbook_base::edit::Edit;
use lessonbook_base::finding::Finding;
use lessonbook_proof::Invariant;
use lessonbook_store::{Files, Lesson, Severity, Store, Target};

pub use error::PlanFileError;
pub use proposal_state::{ExpectedPull, ProposalState, words};
pub use staleness::{CurrentTarget, Staleness, compare};

/// What the file says that it is.
pub const FORMAT: &str = "lessonbook-plan";
/// The version that is written. A minor version adds keys; another major version is refused.
pub const FORMAT_VERSION: &str = "1.0";

/// A run's plans, with all that carrying them out takes: a header, the plans, and beside them the contents of their edits.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct SavedPlan<E = Edit> {
    /// The version of its form: `1.0`.
    pub format_version: String,
    /// The lessonbook that wrote it.
    pub tool_version: String,
    /// Over everything else in it: `sha256:…`.
    #[serde(default)]
    pub digest: String,
    /// The day that review and exception dates were compared with.
    pub today: Date,
    /// The store as it was read.
    pub store: SavedStore,
    /// The lessons that the plans place or take out.
    pub lessons: Vec<SavedLesson>,
    /// What is wrong in the store.
    pub findings: Vec<Finding>,
    /// The run's bounds, against what the plans would write.
    pub bounds: Vec<Invariant>,
    /// Why a run must not write this at all.
    pub against: Vec<Finding>,
    /// One for each target that was looked at, in the order of `targets.yaml`.
    pub targets: Vec<SavedTarget<E>>,
}

/// What a saved plan is made from.
#[derive(Debug, Clone)]
pub struct PlanFileInput<'a> {
    /// The store.
    pub store: &'a Store,
    /// Its files as they were read.
    pub files: Files,
    /// The commit that it stood at.
    pub commit: Option<SavedCommit>,
    /// How many targets it has.
    pub all: usize,
    /// The day.
    pub today: Date,
    /// What is wrong in the store.
    pub findings: Vec<Finding>,
    /// The run's bounds.
    pub bounds: Vec<Invariant>,
    /// Why a run must not write this at all.
    pub against: Vec<Finding>,
    /// The plans.
    pub targets: Vec<SavedTarget>,
}

/// The store that plans were made from.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct SavedStore {
    /// Its name: in markers and branch names.
    pub name: String,
    /// Where changes belong.
    pub home: String,
    /// The commit that it stood at; none where it is in no repository.
    pub commit: Option<SavedCommit>,
    /// How many targets it has, discovered ones included; the plan may be about some of them.
    pub targets: usize,
    /// Over its files: `sha256:…`.
    pub digest: String,
    /// Its files as they were read: `targets.yaml`, everything below `lessons/` and `templates/`.
    #[serde(with = "contents::files")]
    pub files: Files,
}

/// A commit of the store.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct SavedCommit {
    /// Its id, in hexadecimal digits.
    #[serde(rename = "id")]
    pub commit: String,
    /// The branch that it was taken from.
    pub branch: Option<String>,
    /// When it was committed, in seconds since 1970.
    pub time: i64,
    /// Files that were not as the commit holds them.
    pub uncommitted: Vec<String>,
    /// Whether it was asked for by its id, so that no checkout vouches for it.
    pub asked_for: bool,
}

/// A lesson that the plans place or take out.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct SavedLesson {
    /// Its id.
    pub id: String,
    /// Its file, relative to the store; none where the store holds it no more.
    pub file: Option<String>,
    /// How bad it is to miss it; none where the store holds it no more.
    pub severity: Option<Severity>,
    /// Six hexadecimal digits that change when it says something else; none where the store holds it no more.
    pub version: Option<String>,
    /// How many of the plan's targets it concerns.
    pub targets: usize,
    /// In how many of them something about it changes.
    pub changes: usize,
}

/// The plan of one target, and what was seen there.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct SavedTarget<E = Edit> {
    /// The plan.
    pub plan: TargetPlan<E>,
    /// The target as the store says or as it was discovered, with the visibility that was seen.
    #[serde(rename = "entry")]
    pub target: Target,
    /// Our branch's commit; none: there is no such branch, or nobody looked.
    pub branch: Option<String>,
    /// On GitHub: the proposal as it stands, and what happens to it.
    pub proposal: Option<ProposalState>,
}

impl SavedTarget {
    /// Whether carrying the plan out writes something here.
    pub fn does(&self) -> bool {
        match &self.proposal {
            Some(expected) => self.plan.holds() && !expected.steps.is_empty(),
            None => self.plan.verified().is_some(),
        }
    }

    /// The invariants that do not hold.
    pub fn failed(&self) -> impl Iterator<Item = &str> {
        let failed = self
            .plan
            .proof
            .invariants
            .iter()
            .filter(|invariant| !invariant.holds);
        failed.map(|invariant| invariant.name.as_ref())
    }
}

impl SavedPlan {
    /// Puts a run together. Fails where a part of it has no form in JSON, which none has.
    pub fn new(run: PlanFileInput<'_>) -> serde_json::Result<Self> {
        let mut plan = SavedPlan {
            format_version: FORMAT_VERSION.to_owned(),
            tool_version: env!("CARGO_PKG_VERSION").to_owned(),
            digest: String::new(),
            today: run.today,
            store: SavedStore {
                name: run.store.name.clone(),
                home: run.store.home.clone(),
                commit: run.commit,
                targets: run.all,
                digest: digest::of_files(&run.files),
                files: run.files,
            },
            lessons: lessons(run.store, &run.targets),
            findings: run.findings,
            bounds: run.bounds,
            against: run.against,
            targets: run.targets,
        };
        plan.digest = digest::of(plan.to_text()?.as_bytes())?;
        Ok(plan)
    }

    /// The file's text.
    pub fn to_text(&self) -> serde_json::Result<String> {
        layout::text(&contents::PlanDocument::new(self))
    }

    /// Reads a file.
    pub fn parse(text: &[u8]) -> Result<Self, PlanFileError> {
        let head = error::head(text)?;
        let found = digest::of(text).map_err(|error| PlanFileError::not_json(text, &error))?;
        if head.digest != found {
            return Err(PlanFileError::Edited {
                stated: head.digest,
                found,
            });
        }
        contents::read(text, head.newer.as_deref())
    }

    /// The plan of a target.
    pub fn target(&self, name: &str) -> Option<&SavedTarget> {
        self.targets.iter().find(|target| target.plan.target.name == name)
    }

    /// Who may be named and shown where everybody can read it.
    pub fn sights(&self) -> Disclosures {
        let (store, _) = lessonbook_store::load(&self.store.files, self.today);
        let shown = self.targets.iter().map(|target| &target.plan);
        Disclosures::of(&store, shown)
    }

    /// Whether it is about every target of its store.
    pub fn is_whole(&self) -> bool {
        self.targets.len() == self.store.targets
    }

    /// The first digits of its digest, as people are shown it.
    pub fn short_digest(&self) -> &str {
        short(&self.digest)
    }
}

/// `sha256:9b1e04c2d7aa`: enough to tell two plans apart by eye.
pub fn short(digest: &str) -> &str {
    digest.get(..19).unwrap_or(digest)
}

fn lessons(store: &Store, targets: &[SavedTarget]) -> Vec<SavedLesson> {
    let mut counts: std::collections::BTreeMap<&str, (usize, usize)> = std::collections::BTreeMap::new();
    for change in targets.iter().flat_map(|target| &target.plan.content.changes) {
        let count = counts.entry(&change.lesson).or_default();
        count.0 += usize::from(change.kind != ChangeKind::Removed);
        count.1 += usize::from(change.kind != ChangeKind::Unchanged);
    }
    let lesson = |(id, (targets, changes)): (&str, (usize, usize))| {
        let lesson = store.lesson(id);
        SavedLesson {
            id: id.to_owned(),
            file: lesson.map(|lesson| lesson.file.clone()),
            severity: lesson.map(|lesson| lesson.severity),
            version: lesson.map(Lesson::version),
            targets,
            changes,
        }
    };
    counts.into_iter().map(lesson).collect()
}
