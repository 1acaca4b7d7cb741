//! The contents of a saved plan. Each is stored once, under its SHA-256, however many targets share it.
//!
//! Input: a [`SavedPlan`], or a text whose digest was checked. Output: the document to write, or the plan. Not here: the digest.
//! `docs/schema/plan.json` describes the document; a test checks it against generated plans.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::{Deserialize, Serialize};

use super::{PlanFileError, SavedPlan, SavedTarget, digest};
use crate::plan::{PlanContent, TargetPlan};
use lessonbook_base::edit::{Edit, FileState};
use lessonbook_base::shared::SharedBytes;
use lessonbook_base::tree::Mode;
use lessonbook_store::TargetLocation;

/// A content in a form that JSON can hold.
#[derive(Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
enum StoredContent {
    /// Text, so that a reviewer can read it.
    Text(String),
    /// Bytes that are not UTF-8.
    Base64(String),
}

impl StoredContent {
    fn new(bytes: &[u8]) -> Self {
        match std::str::from_utf8(bytes) {
            Ok(text) => StoredContent::Text(text.to_owned()),
            Err(_) => StoredContent::Base64(BASE64_STANDARD.encode(bytes)),
        }
    }

    fn into_bytes(self, name: &str) -> Result<Vec<u8>, String> {
        match self {
            StoredContent::Text(text) => Ok(text.into_bytes()),
            StoredContent::Base64(text) => BASE64_STANDARD
                .decode(text)
                .map_err(|error| format!("`{name}` is not base64: {error}")),
        }
    }
}

/// The files of a store.
pub(super) mod files {
    use std::collections::BTreeMap;

    use serde::{Deserialize, Deserializer, Serializer};

    use super::StoredContent;
    use lessonbook_store::Files;

    pub fn serialize<S: Serializer>(files: &Files, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(
            files
                .iter()
                .map(|(path, bytes)| (path, StoredContent::new(bytes))),
        )
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Files, D::Error> {
        let stored = BTreeMap::<String, StoredContent>::deserialize(deserializer)?;
        let files = stored.into_iter().map(|(path, stored)| {
            let bytes = stored.into_bytes(&path).map_err(serde::de::Error::custom)?;
            Ok((path, bytes))
        });
        files.collect()
    }
}

/// A saved plan as it is written.
#[derive(Serialize)]
pub(super) struct PlanDocument<'a> {
    format: &'static str,
    #[serde(flatten)]
    plan: &'a SavedPlan,
    #[serde(serialize_with = "each")]
    contents: BTreeMap<&'a str, &'a SharedBytes>,
}

impl<'a> PlanDocument<'a> {
    pub(super) fn new(plan: &'a SavedPlan) -> Self {
        let edits = plan.targets.iter().flat_map(|target| &target.plan.content.edits);
        let states = edits.flat_map(|edit| edit.before.iter().chain(&edit.after));
        PlanDocument {
            format: super::FORMAT,
            plan,
            contents: states.map(|state| (state.bytes.sha256(), &state.bytes)).collect(),
        }
    }
}

fn each<S: serde::Serializer>(
    contents: &BTreeMap<&str, &SharedBytes>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_map(contents.iter().map(|(id, bytes)| (id, StoredContent::new(bytes))))
}

/// The contents of a document; all other keys are ignored.
#[derive(Deserialize)]
struct Contents {
    contents: BTreeMap<String, StoredContent>,
}

/// An edit in the document, with references to its contents.
#[derive(Deserialize)]
pub(super) struct EditRef {
    path: String,
    before: Option<StateRef>,
    after: Option<StateRef>,
}

#[derive(Deserialize)]
struct StateRef {
    /// Git's octal mode.
    mode: String,
    /// The content's SHA-256.
    content: String,
}

/// Reads the plan of a document. `newer`: the version that wrote it, if its format is newer than ours.
pub(super) fn read(text: &[u8], newer: Option<&str>) -> Result<SavedPlan, PlanFileError> {
    let damaged = |why: String| PlanFileError::Damaged {
        why,
        newer: newer.map(str::to_owned),
    };
    let document: Contents = serde_json::from_slice(text).map_err(|error| damaged(error.to_string()))?;
    let mut contents = BTreeMap::new();
    for (id, stored) in document.contents {
        let bytes = SharedBytes::from(stored.into_bytes(&id).map_err(damaged)?);
        if bytes.sha256() != id {
            return Err(damaged(format!("content {id} has another digest")));
        }
        contents.insert(id, bytes);
    }
    let plan: SavedPlan<EditRef> =
        serde_json::from_slice(text).map_err(|error| damaged(error.to_string()))?;
    if digest::of_files(&plan.store.files) != plan.store.digest {
        return Err(damaged("the store's digest does not match its files".to_owned()));
    }
    let mut targets = Vec::with_capacity(plan.targets.len());
    let mut names = BTreeSet::new();
    for target in plan.targets {
        let name = &target.plan.target.name;
        let (TargetLocation::Local(place) | TargetLocation::Github(place)) = &target.target.place;
        if target.target.name != *name || place != name {
            return Err(damaged(format!("the entry of {name} describes another target")));
        }
        if !names.insert(name.clone()) {
            return Err(damaged(format!("it contains {name} twice")));
        }
        targets.push(SavedTarget {
            plan: resolved(target.plan, &contents).map_err(damaged)?,
            target: target.target,
            branch: target.branch,
            proposal: target.proposal,
        });
    }
    Ok(SavedPlan {
        format_version: plan.format_version,
        tool_version: plan.tool_version,
        digest: plan.digest,
        today: plan.today,
        store: plan.store,
        lessons: plan.lessons,
        findings: plan.findings,
        bounds: plan.bounds,
        against: plan.against,
        targets,
    })
}

/// The plan with its contents in place of the references.
fn resolved(
    plan: TargetPlan<EditRef>,
    contents: &BTreeMap<String, SharedBytes>,
) -> Result<TargetPlan, String> {
    let name = &plan.target.name;
    let state = |state: Option<StateRef>, path: &str| {
        let Some(StateRef { mode, content }) = state else {
            return Ok(None);
        };
        let bytes = contents
            .get(&content)
            .ok_or_else(|| format!("{path} in {name}: content {content} is missing"))?;
        let mode = Mode::ALL
            .into_iter()
            .find(|known| known.octal() == mode)
            .ok_or_else(|| format!("{path} in {name}: `{mode}` is not the mode of a file"))?;
        Ok::<_, String>(Some(FileState {
            mode,
            bytes: bytes.clone(),
        }))
    };
    let mut edits = Vec::with_capacity(plan.content.edits.len());
    for edit in plan.content.edits {
        edits.push(Edit {
            before: state(edit.before, &edit.path)?,
            after: state(edit.after, &edit.path)?,
            path: edit.path,
        });
    }
    Ok(TargetPlan {
        content: PlanContent {
            changes: plan.content.changes,
            left_out: plan.content.left_out,
            exempt: plan.content.exempt,
            waiting: plan.content.waiting,
            shrunk: plan.content.shrunk,
            files: plan.content.files,
            drift: plan.content.drift,
            edits,
            digest: plan.content.digest,
        },
        target: plan.target,
        outcome: plan.outcome,
        proof: plan.proof,
        proposal: plan.proposal,
    })
}
