//! Plans as JSON.
//!
//! Input: the store and its plans. Output: one JSON document, with targets in the format of a saved plan. Not here: a plan that can
//! be applied later (`pipeline/plan_file`).

use lessonbook_pipeline::target_state::TargetState;
use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Value, json};

use super::envelope::{DocumentSubject, envelope};
use lessonbook_base::finding::Finding;
use lessonbook_pipeline::plan::TargetPlan;
use lessonbook_proof::Invariant;
use lessonbook_store::Store;

/// The state of a target on GitHub, beside its plan.
#[derive(Debug, Clone, Serialize)]
pub struct GithubState {
    /// Its state.
    pub state: TargetState,
    /// The reason, in one clause.
    pub why: String,
    /// Its last pull request.
    pub pull: Option<PullLink>,
}

/// A pull request's address and number.
#[derive(Debug, Clone, Serialize)]
pub struct PullLink {
    /// The address of its page.
    pub url: String,
    /// Its number.
    pub number: u64,
}

/// The states by the target's name.
pub type GithubStates = BTreeMap<String, GithubState>;

/// All plans, with the run limits and the store's findings; targets on GitHub with their states.
pub fn plans(
    store: &Store,
    commit: Option<&str>,
    findings: &[Finding],
    plans: &[TargetPlan],
    states: &GithubStates,
    bounds: &[Invariant],
) -> Value {
    let target = |plan: &TargetPlan| {
        let mut document = target(plan);
        if let Some(state) = states.get(&plan.target.name) {
            document["outcome"]["state"] = json!(state.state);
            document["outcome"]["why"] = json!(state.why);
            document["proposal"]["pull"] = json!(state.pull);
        }
        document
    };
    let data = json!({
        "bounds": bounds,
        "findings": findings,
        "targets": plans.iter().map(target).collect::<Vec<_>>(),
    });
    envelope(DocumentSubject::StoreAt(store, commit), data)
}

/// One plan in the format of a saved plan, with each edit as a diff.
fn target(plan: &TargetPlan) -> Value {
    let mut document = json!(plan);
    for (at, edit) in plan.content.edits.iter().enumerate() {
        document["content"]["edits"][at]["diff"] = edit.unified().into();
    }
    document
}
