//! What a site is made from.
//!
//! Output: [`SiteInput`], which borrows the values of a run.

use std::collections::BTreeMap;

use lessonbook_base::finding::Finding;
use lessonbook_effect::LessonEffect;
use lessonbook_pipeline::assistant_view::AssistantView;
use lessonbook_pipeline::check_level::PlannedLevels;
use lessonbook_pipeline::plan::TargetPlan;
use lessonbook_pipeline::redaction::Disclosures;
use lessonbook_pipeline::target_state::TargetState;
use lessonbook_store::Store;

/// The values of a site.
#[derive(Debug)]
pub struct SiteInput<'a> {
    /// The store.
    pub store: &'a Store,
    /// Its targets, in the order of `targets.yaml`.
    pub targets: Vec<SiteTarget<'a>>,
    /// The history of each lesson's own file, newest first, by lesson. Empty if the store is not in a repository.
    pub changes: BTreeMap<String, Vec<LessonChange>>,
    /// What the histories of targets say of each lesson, by lesson; empty if they were not read.
    pub effects: BTreeMap<String, LessonEffect>,
    /// What an audit found. A public site shows none of it.
    pub findings: Vec<Finding>,
    /// Whether the histories are complete.
    pub is_history_whole: bool,
    /// What everyone may read; none if only people who can read the store can read the site.
    pub disclosures: Option<Disclosures>,
    /// The address at which the site is published, without a final `/`. The feed needs it for complete links.
    pub url: Option<String>,
}

/// A target of a site.
#[derive(Debug)]
pub struct SiteTarget<'a> {
    /// Its plan, with the coverage.
    pub plan: &'a TargetPlan,
    /// Its state.
    pub state: TargetState,
    /// Why it is in this state, as one clause.
    pub why: String,
    /// The page of its proposal.
    pub link: Option<String>,
    /// How firmly lessons are kept.
    pub levels: PlannedLevels,
    /// What each assistant sees.
    pub assistants: Vec<AssistantView>,
}

/// A commit that changed a lesson's file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LessonChange {
    /// When, in seconds since 1970.
    pub time: i64,
    /// The commit, in hexadecimal digits.
    pub commit: String,
    /// The first line of its message.
    pub subject: String,
    /// Its author's name.
    pub author: String,
    /// What it did.
    pub kind: ChangeKind,
}

/// What a commit did to a lesson's file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeKind {
    /// The file is new.
    Added,
    /// Its content changed.
    Changed,
    /// It is in the folder of another topic, with the same content.
    Moved,
    /// The file was deleted.
    Removed,
}

impl ChangeKind {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            ChangeKind::Added => "added",
            ChangeKind::Changed => "changed",
            ChangeKind::Moved => "moved",
            ChangeKind::Removed => "removed",
        }
    }
}
