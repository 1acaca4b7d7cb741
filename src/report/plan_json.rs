//! Plans for programs.
//!
//! Comes in: the store and its plans. Goes out: one JSON document with `format_version`. A minor version adds keys, a major one
//! takes some away. Leaves to others: a plan that can be applied later.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Value, json};

use lessonbook_base::finding::Finding;
use lessonbook_pipeline::lifecycle::State;
use lessonbook_pipeline::plan::TargetPlan;
use lessonbook_proof::Invariant;
use lessonbook_store::Store;

/// The version of every JSON document that speaks of plans.
pub const FORMAT_VERSION: &str = "1.0";

/// Where a target on GitHub stands, beside its plan.
#[derive(Debug, Clone, Serialize)]
pub struct Stand {
    /// Its state.
    pub state: State,
    /// One clause: why.
    pub why: String,
    /// Its last pull request.
    pub pull: Option<PullLink>,
}

/// A pull request's page and number.
#[derive(Debug, Clone, Serialize)]
pub struct PullLink {
    /// Its page.
    pub url: String,
    /// Its number.
    pub number: u64,
}

/// By the target's name.
pub type Stands = BTreeMap<String, Stand>;

/// All plans, with the run's bounds and the store's findings; targets on GitHub with where they stand.
pub fn plans(
    store: &Store,
    commit: Option<&str>,
    findings: &[Finding],
    plans: &[TargetPlan],
    stands: &Stands,
    bounds: &[Invariant],
) -> Value {
    let target = |plan: &TargetPlan| {
        let mut document = target(plan);
        if let Some(stand) = stands.get(&plan.target) {
            document["state"] = json!(stand.state);
            document["why"] = json!(stand.why);
            document["pull"] = json!(stand.pull);
        }
        document
    };
    json!({
        "format_version": FORMAT_VERSION,
        "tool_version": env!("CARGO_PKG_VERSION"),
        "store": { "name": store.name, "home": store.home, "commit": commit },
        "bounds": bounds,
        "findings": findings,
        "targets": plans.iter().map(target).collect::<Vec<_>>(),
    })
}

/// One plan.
pub fn target(plan: &TargetPlan) -> Value {
    let base = plan
        .base
        .as_ref()
        .map(|base| json!({ "branch": base.branch, "commit": base.commit }));
    let files: Vec<Value> = plan
        .files
        .iter()
        .map(|file| {
            let edit = plan.edits.iter().find(|edit| edit.path == file.path);
            json!({
                "path": file.path,
                "entry_point": file.entry_point,
                "state": file.state,
                "added": file.counts.0,
                "removed": file.counts.1,
                "lines": file.total,
                "our_lines": file.lines,
                "diff": edit.map(lessonbook_base::edit::Edit::unified),
            })
        })
        .collect();
    let (now, proposed, asked) = plan.coverage.counts(None);
    json!({
        "target": plan.target,
        "tags": plan.tags,
        "visibility": plan.visibility,
        "enabled": plan.enabled,
        "base": base,
        "verdict": plan.verdict,
        "action": plan.action,
        "digest": plan.digest,
        "title": plan.title,
        "invariants": plan.invariants,
        "lessons": plan.changes,
        "left_out": plan.left_out,
        "exempt": plan.exempt,
        "waiting": plan.waiting,
        "shrunk": plan.shrunk,
        "files": files,
        "drift": plan.drift,
        "coverage": { "asked": asked, "covered_now": now, "covered_proposed": proposed, "cells": plan.coverage.cells },
        "findings": plan.findings,
    })
}
