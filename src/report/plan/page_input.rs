//! What a page about plans is made of.
//!
//! Not here: the page (`page`), and what it may show (`redaction`).

use super::GithubStates;
use lessonbook_base::finding::Finding;
use lessonbook_pipeline::plan::TargetPlan;
use lessonbook_pipeline::plan_file::SavedPlan;
use lessonbook_proof::Invariant;
use lessonbook_store::Store;

/// The content of the page.
#[derive(Clone, Copy)]
pub struct PlanPage<'a> {
    /// The store.
    pub store: &'a Store,
    /// The store's commit: `@3f2a9c0 (main, clean)`.
    pub commit: &'a str,
    /// The store's findings.
    pub findings: &'a [Finding],
    /// The run limits, checked against the plans.
    pub bounds: &'a [Invariant],
    /// Findings because of which a run must not write anything.
    pub against: &'a [Finding],
    /// The plans.
    pub plans: &'a [TargetPlan],
    /// The states of the targets on GitHub.
    pub states: &'a GithubStates,
    /// The saved plan that they are from, and its file's name.
    pub saved: Option<(&'a SavedPlan, &'a str)>,
    /// Whether the page is public: then it shows only the name and the result of targets that are not public.
    pub for_all: bool,
}
