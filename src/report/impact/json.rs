//! The impact of a change of the store as JSON.
//!
//! Input: an [`Impact`]. Output: one JSON document with `format_version`. Nothing is hidden: the user who stores the document
//! decides who may read it.

use serde_json::{Value, json};

use super::{ImpactInput, headline};
use crate::report::envelope::{DocumentSubject as Store, envelope};
use lessonbook_pipeline::impact::{Impact, ImpactState, TargetDiff, groups};
use lessonbook_pipeline::target_state::TargetState;

/// The document.
pub fn document(downstream: &Impact, about: &ImpactInput<'_>) -> Value {
    let named = |named: &super::NamedCommit| json!({ "commit": named.commit, "name": named.name });
    let groups = groups::groups(&downstream.targets);
    let groups: Vec<Value> = groups
        .iter()
        .map(|group| {
            let file = |(target, path): &(&str, &str)| json!({ "target": target, "path": path });
            json!({
                "status": group.first.status,
                "added": group.first.added,
                "removed": group.first.removed,
                "files": group.files.iter().map(file).collect::<Vec<_>>(),
            })
        })
        .collect();
    let data = json!({
        "range": {
            "base": named(&about.names.base),
            "head": about.names.head.as_ref().map(named),
            "uncommitted": about.names.uncommitted,
            "is_new": about.names.is_new,
        },
        "canaries_first": about.rollout.map(|rules| &rules.canary),
        "unread": downstream.unread,
        "headline": headline(downstream, |_| false),
        "fails": downstream.fails(),
        "findings": downstream.findings,
        "changes": downstream.store,
        "reach": reach(downstream),
        "wording": downstream.wording,
        "targets": downstream.targets.iter().map(target).collect::<Vec<_>>(),
        "same": groups,
    });
    let commit = about.names.head.as_ref().map(|head| head.commit.as_str());
    envelope(Store::Named(about.name, about.home, commit), data)
}

/// In how many targets each lesson changes.
fn reach(downstream: &Impact) -> Value {
    let reach = downstream
        .store
        .lessons
        .iter()
        .map(|change| (change.lesson.clone(), json!(downstream.reach(change))));
    Value::Object(reach.collect())
}

fn target(diff: &TargetDiff) -> Value {
    let base = diff
        .base
        .as_ref()
        .map(|base| json!({ "branch": base.branch, "commit": base.commit }));
    let files = diff.files.iter().map(|file| {
        json!({
            "path": file.path,
            "status": file.status,
            "added": file.added,
            "removed": file.removed,
            "diff": file.diff,
        })
    });
    // The same words as in plans, for programs that count targets.
    let state = match diff.state {
        ImpactState::Refused | ImpactState::StillRefused => TargetState::Refused,
        ImpactState::Update => TargetState::Stale,
        ImpactState::Unread => TargetState::Unreachable,
        ImpactState::Gone | ImpactState::Same => TargetState::UpToDate,
    };
    json!({
        "target": diff.target,
        "tags": diff.tags,
        "visibility": diff.visibility,
        "base": base,
        "state": state,
        "change": diff.state,
        "why": diff.why,
        "came": diff.came,
        "switched": diff.switched,
        "was_refused": diff.was_refused,
        "lessons": diff.lessons,
        "files": files.collect::<Vec<_>>(),
        "shorter": diff.fell,
        "longer": diff.returned,
        "invariants_hold": diff.hold,
        "invariants_broken": diff.broken,
        "findings": diff.findings,
    })
}
