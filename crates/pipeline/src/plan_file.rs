//! A saved plan: a file with everything that applying it needs, so that the reviewed plan is the one that is carried out.
//!
//! Input: a run's plans with the state of each target, or the bytes of a file. Output: a [`SavedPlan`], its JSON, or why the bytes are
//! not one ([`PlanFileError`]). Not here: reading and writing the file, comparing it with a target at the time of applying
//! (`staleness`), and applying (`commands`).
//!
//! The digest shows that a file was not changed after it was written. It protects against accidents and is not a signature: anyone who
//! can change the file can compute a new digest.

mod contents;
mod coverage;
mod digest;
mod document;
mod error;
mod form_parts;
mod layout;
mod numbering;
mod proposal_state;
mod shared_values;
mod staleness;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::changes::ChangeKind;
use super::plan::TargetPlan;
use super::plan_form::{PlanForm, Whole};
use super::redaction::Disclosures;
use lessonbook_base::finding::Finding;
use lessonbook_proof::Invariant;
use lessonbook_store::{Files, Lesson, Severity, Store, Target};

pub use error::PlanFileError;
pub use proposal_state::{ExpectedPull, ProposalState, words};
pub use staleness::{CurrentTarget, Staleness, compare};

/// The value of `format`, by which a saved plan is recognised.
pub const FORMAT: &str = "lessonbook-plan";
/// The version that is written. A minor version adds keys; another major version is refused.
pub const FORMAT_VERSION: &str = "1.0";

/// A run's plans, with all that applying them needs: a header, the plans, and the contents of their edits.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(tag = "format", rename = "lessonbook-plan")]
#[serde(bound(
    serialize = "",
    deserialize = "F::Shared: Deserialize<'de>, SavedTarget<F>: Deserialize<'de>, F::Contents: Deserialize<'de>"
))]
pub struct SavedPlan<F: PlanForm = Whole> {
    /// The version of its format: `1.0`.
    pub format_version: String,
    /// The version of lessonbook that wrote it.
    pub tool_version: String,
    /// A digest of everything else in it: `sha256:…`.
    pub digest: String,
    /// The day with which review and exception dates were compared.
    pub today: Date,
    /// The store as it was read.
    pub store: SavedStore,
    /// The lessons that the plans place or remove.
    pub lessons: Vec<SavedLesson>,
    /// The problems in the store.
    pub findings: Vec<Finding>,
    /// The run limits, compared with what the plans would write.
    pub bounds: Vec<Invariant>,
    /// Why a run must not write the plans at all.
    pub against: Vec<Finding>,
    /// In a file, what its targets have in common.
    shared: F::Shared,
    /// One entry for each target that was read, in the order of `targets.yaml`.
    pub targets: Vec<SavedTarget<F>>,
    /// In a file, the contents of files before and after the plans.
    contents: F::Contents,
}

/// The input from which a saved plan is made.
#[derive(Debug, Clone)]
pub struct PlanFileInput<'a> {
    /// The store.
    pub store: &'a Store,
    /// Its files as they were read.
    pub files: Files,
    /// Its commit.
    pub commit: Option<SavedCommit>,
    /// How many targets it has.
    pub all: usize,
    /// The day.
    pub today: Date,
    /// The problems in the store.
    pub findings: Vec<Finding>,
    /// The run limits.
    pub bounds: Vec<Invariant>,
    /// Why a run must not write the plans at all.
    pub against: Vec<Finding>,
    /// The plans.
    pub targets: Vec<SavedTarget>,
}

/// The store from which plans were made.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct SavedStore {
    /// Its name, as in markers and branch names.
    pub name: String,
    /// Its home: where changes belong.
    pub home: String,
    /// Its commit; none if it is not in a repository.
    pub commit: Option<SavedCommit>,
    /// How many targets it has, discovered ones included. The plan may cover only some of them.
    pub targets: usize,
    /// A digest of its files: `sha256:…`.
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
    /// The branch from which it was read.
    pub branch: Option<String>,
    /// When it was committed, in seconds since 1970.
    pub time: i64,
    /// Files that differed from the commit.
    pub uncommitted: Vec<String>,
    /// Whether it was requested by its id (`--from-commit`), and not read from a checkout.
    pub requested: bool,
}

/// A lesson that the plans place or remove.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct SavedLesson {
    /// Its id.
    pub id: String,
    /// Its file, relative to the store; none if the store no longer has it.
    pub file: Option<String>,
    /// Its severity; none if the store no longer has it.
    pub severity: Option<Severity>,
    /// Six hexadecimal digits that change with its text; none if the store no longer has it.
    pub version: Option<String>,
    /// How many of the plan's targets it concerns.
    pub targets: usize,
    /// In how many of them it changes.
    pub changes: usize,
}

/// The plan of one target, and the state in which the target was.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(bound(serialize = "", deserialize = "TargetPlan<F>: Deserialize<'de>"))]
pub struct SavedTarget<F: PlanForm = Whole> {
    /// The plan.
    pub plan: TargetPlan<F>,
    /// The target from the store or from discovery, with the visibility that was read.
    #[serde(rename = "entry")]
    pub target: Target,
    /// Our branch's commit; none if there is no such branch, or if it was not read.
    pub branch: Option<String>,
    /// On GitHub: the state of the proposal, and what happens to it.
    pub proposal: Option<ProposalState>,
}

impl SavedTarget {
    /// Whether applying the plan writes something here.
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

impl<F: PlanForm> SavedPlan<F> {
    /// The same plan with other targets, in another form.
    fn in_form<G: PlanForm>(
        &self,
        shared: G::Shared,
        targets: Vec<SavedTarget<G>>,
        contents: G::Contents,
    ) -> SavedPlan<G> {
        SavedPlan {
            format_version: self.format_version.clone(),
            tool_version: self.tool_version.clone(),
            digest: self.digest.clone(),
            today: self.today,
            store: self.store.clone(),
            lessons: self.lessons.clone(),
            findings: self.findings.clone(),
            bounds: self.bounds.clone(),
            against: self.against.clone(),
            shared,
            targets,
            contents,
        }
    }
}

impl SavedPlan {
    /// Creates the saved plan of a run. Fails only if a part of it can't be written as JSON, which does not happen.
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
            shared: (),
            targets: run.targets,
            contents: (),
        };
        plan.digest = digest::of_document(plan.to_text()?.as_bytes())?;
        Ok(plan)
    }

    /// The file's text.
    pub fn to_text(&self) -> serde_json::Result<String> {
        layout::text(&document::numbered(self))
    }

    /// Writes the file's text without holding all of it in memory.
    pub fn write_to(&self, file: &mut dyn std::io::Write) -> std::io::Result<()> {
        layout::write(&document::numbered(self), file)
    }

    /// Parses a file.
    pub fn parse(text: &[u8]) -> Result<Self, PlanFileError> {
        let head = error::head(text)?;
        let found = digest::of_document(text).map_err(|error| PlanFileError::not_json(text, &error))?;
        if head.digest != found {
            return Err(PlanFileError::Edited {
                stated: head.digest,
                found,
            });
        }
        document::read(text, head.newer.as_deref())
    }

    /// The plan of a target.
    pub fn target(&self, name: &str) -> Option<&SavedTarget> {
        self.targets.iter().find(|target| target.plan.target.name == name)
    }

    /// Which targets may be named and shown on a public page.
    pub fn sights(&self) -> Disclosures {
        let (store, _) = lessonbook_store::load(&self.store.files, self.today);
        let shown = self.targets.iter().map(|target| &target.plan);
        Disclosures::new(&store, shown)
    }

    /// Whether it covers every target of its store.
    pub fn is_whole(&self) -> bool {
        self.targets.len() == self.store.targets
    }

    /// The first digits of its digest, as reports show it.
    pub fn short_digest(&self) -> &str {
        short(&self.digest)
    }
}

/// `sha256:9b1e04c2d7aa`: enough to distinguish two plans by eye.
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
