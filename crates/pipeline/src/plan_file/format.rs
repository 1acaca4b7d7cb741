//! The form of a saved plan: one JSON document, each content in it once.
//!
//! Comes in: a [`SavedPlan`], or a text whose digest was checked. Goes out: the other one. Leaves to others: the digest.
//! `docs/schema/plan.json` describes the form; a test holds both together.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{Expected, SavedCommit, SavedLesson, SavedPlan, SavedStore, SavedTarget, Unusable, digest};
use crate::branch_action::Action;
use crate::changes::Change;
use crate::drift::Drift;
use crate::merge::{State, Written};
use crate::place::Exempt;
use crate::plan::{Shrinkage, TargetPlan, Verdict};
use crate::rollout::Waiting;
use crate::select::LeftOut;
use lessonbook_base::edit::{Edit, FileState};
use lessonbook_base::finding::Finding;
use lessonbook_base::git_oid;
use lessonbook_base::shared::SharedBytes;
use lessonbook_base::snapshot::Base;
use lessonbook_base::tree::Mode;
use lessonbook_proof::{Coverage, Invariant};
use lessonbook_store::{Place, Target, Visibility};

/// Text where it is text, so that a reviewer can read it.
#[derive(Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
enum Content {
    Text(String),
    Base64(String),
}

#[derive(Deserialize, Serialize)]
struct Document {
    format: String,
    format_version: String,
    tool_version: String,
    #[serde(default)]
    digest: String,
    today: Date,
    store: Store,
    lessons: Vec<SavedLesson>,
    findings: Vec<Finding>,
    bounds: Vec<Invariant>,
    against: Vec<Finding>,
    targets: Vec<OneTarget>,
    blobs: BTreeMap<String, Content>,
}

#[derive(Deserialize, Serialize)]
struct Store {
    name: String,
    home: String,
    commit: Option<String>,
    branch: Option<String>,
    time: Option<i64>,
    /// For people; `uncommitted` says the same.
    clean: bool,
    uncommitted: Vec<String>,
    asked_for: bool,
    targets: usize,
    digest: String,
    files: BTreeMap<String, Content>,
}

#[derive(Deserialize, Serialize)]
struct OneTarget {
    target: String,
    tags: Vec<String>,
    visibility: Visibility,
    enabled: bool,
    verdict: Verdict,
    base: Option<Base>,
    branch: Option<String>,
    action: Action,
    invariants: Vec<Invariant>,
    findings: Vec<Finding>,
    lessons: Vec<Change>,
    left_out: Vec<LeftOut>,
    exempt: Vec<Exempt>,
    #[serde(default)]
    waiting: Vec<Waiting>,
    shrunk: Vec<Shrinkage>,
    files: Vec<File>,
    /// A plan of before there was any knows none.
    #[serde(default)]
    drift: Vec<Drift>,
    edits: Vec<OneEdit>,
    digest: String,
    title: String,
    message: String,
    proposal: Option<Expected>,
    coverage: Coverage,
    entry: Target,
}

/// As in what `plan --format json` prints.
#[derive(Deserialize, Serialize)]
struct File {
    path: String,
    entry_point: String,
    state: State,
    added: usize,
    removed: usize,
    lines: usize,
    our_lines: usize,
}

#[derive(Deserialize, Serialize)]
struct OneEdit {
    path: String,
    before: Option<Side>,
    after: Option<Side>,
}

/// A file on one side of an edit: git's octal mode, and the id of its content.
#[derive(Deserialize, Serialize)]
struct Side {
    mode: String,
    blob: String,
}

/// The text of a plan's document, its digest included.
pub(super) fn write(plan: &SavedPlan) -> serde_json::Result<String> {
    let mut blobs = BTreeMap::new();
    let targets = plan
        .targets
        .iter()
        .map(|target| one(target, &mut blobs))
        .collect();
    let commit = plan.store.commit.as_ref();
    let document = Document {
        format: super::FORMAT.to_owned(),
        format_version: plan.format_version.clone(),
        tool_version: plan.tool_version.clone(),
        digest: plan.digest.clone(),
        today: plan.today,
        store: Store {
            name: plan.store.name.clone(),
            home: plan.store.home.clone(),
            commit: commit.map(|commit| commit.commit.clone()),
            branch: commit.and_then(|commit| commit.branch.clone()),
            time: commit.map(|commit| commit.time),
            clean: commit.is_some_and(|commit| commit.uncommitted.is_empty()),
            uncommitted: commit
                .map(|commit| commit.uncommitted.clone())
                .unwrap_or_default(),
            asked_for: commit.is_some_and(|commit| commit.asked_for),
            targets: plan.store.targets,
            digest: plan.store.digest.clone(),
            files: plan
                .store
                .files
                .iter()
                .map(|(path, bytes)| (path.clone(), content(bytes)))
                .collect(),
        },
        lessons: plan.lessons.clone(),
        findings: plan.findings.clone(),
        bounds: plan.bounds.clone(),
        against: plan.against.clone(),
        targets,
        blobs,
    };
    Ok(serde_json::to_string_pretty(&document)? + "\n")
}

fn one(target: &SavedTarget, blobs: &mut BTreeMap<String, Content>) -> OneTarget {
    let SavedTarget {
        plan,
        target,
        branch,
        proposal,
    } = target.clone();
    let commit = plan.base.as_ref().map_or("", |base| base.commit.as_str());
    let mut side = |state: &FileState| {
        let id = git_oid::id(&state.bytes, commit);
        blobs.entry(id.clone()).or_insert_with(|| content(&state.bytes));
        Side {
            mode: state.mode.octal().to_owned(),
            blob: id,
        }
    };
    let edits = plan.edits.iter().map(|edit| OneEdit {
        path: edit.path.clone(),
        before: edit.before.as_ref().map(&mut side),
        after: edit.after.as_ref().map(&mut side),
    });
    let edits = edits.collect();
    let file = |file: &Written| File {
        path: file.path.clone(),
        entry_point: file.entry_point.clone(),
        state: file.state,
        added: file.counts.0,
        removed: file.counts.1,
        lines: file.total,
        our_lines: file.lines,
    };
    OneTarget {
        files: plan.files.iter().map(file).collect(),
        target: plan.target,
        tags: plan.tags,
        visibility: plan.visibility,
        enabled: plan.enabled,
        verdict: plan.verdict,
        base: plan.base,
        branch,
        action: plan.action,
        invariants: plan.invariants,
        findings: plan.findings,
        lessons: plan.changes,
        left_out: plan.left_out,
        exempt: plan.exempt,
        waiting: plan.waiting,
        shrunk: plan.shrunk,
        drift: plan.drift,
        edits,
        digest: plan.digest,
        title: plan.title,
        message: plan.message,
        proposal,
        coverage: plan.coverage,
        entry: target,
    }
}

/// The plan of a document. `newer`: who wrote it, where it is of a newer form than ours.
pub(super) fn read(text: &[u8], newer: Option<&str>) -> Result<SavedPlan, Unusable> {
    let damaged = |why: String| Unusable::Damaged {
        why,
        newer: newer.map(str::to_owned),
    };
    let document: Document = serde_json::from_slice(text).map_err(|error| damaged(error.to_string()))?;
    let mut blobs = BTreeMap::new();
    for (id, held) in document.blobs {
        let bytes = bytes(held, &id).map_err(damaged)?;
        // The id's own length says by which hash it was made.
        if git_oid::id(&bytes, &id) != id {
            return Err(damaged(format!("the content of blob {id} is another one")));
        }
        blobs.insert(id, SharedBytes::from(bytes));
    }
    let mut files = BTreeMap::new();
    for (path, held) in document.store.files {
        let bytes = bytes(held, &path).map_err(damaged)?;
        files.insert(path, bytes);
    }
    if digest::of_files(&files) != document.store.digest {
        return Err(damaged("the store's digest is not that of its files".to_owned()));
    }
    let mut targets = Vec::with_capacity(document.targets.len());
    let mut names = BTreeSet::new();
    for target in document.targets {
        let (Place::Local(place) | Place::Github(place)) = &target.entry.place;
        if target.entry.name != target.target || *place != target.target {
            return Err(damaged(format!(
                "what it says of {} is about another target",
                target.target
            )));
        }
        if !names.insert(target.target.clone()) {
            return Err(damaged(format!("{} stands in it twice", target.target)));
        }
        targets.push(planned(target, &blobs).map_err(damaged)?);
    }
    let Store {
        commit,
        branch,
        time,
        uncommitted,
        asked_for,
        ..
    } = document.store;
    Ok(SavedPlan {
        format_version: document.format_version,
        tool_version: document.tool_version,
        digest: document.digest,
        today: document.today,
        store: SavedStore {
            name: document.store.name,
            home: document.store.home,
            commit: commit.map(|commit| SavedCommit {
                commit,
                branch,
                time: time.unwrap_or_default(),
                uncommitted,
                asked_for,
            }),
            targets: document.store.targets,
            digest: document.store.digest,
            files,
        },
        lessons: document.lessons,
        findings: document.findings,
        bounds: document.bounds,
        against: document.against,
        targets,
    })
}

fn planned(target: OneTarget, blobs: &BTreeMap<String, SharedBytes>) -> Result<SavedTarget, String> {
    let side = |side: Option<Side>, path: &str| {
        let Some(Side { mode, blob }) = side else {
            return Ok(None);
        };
        let bytes = blobs
            .get(&blob)
            .ok_or_else(|| format!("{path} in {}: there is no blob {blob}", target.target))?;
        let mode = Mode::ALL
            .into_iter()
            .find(|known| known.octal() == mode)
            .ok_or_else(|| format!("{path} in {}: `{mode}` is no mode of a file", target.target))?;
        Ok::<_, String>(Some(FileState {
            mode,
            bytes: bytes.clone(),
        }))
    };
    let mut edits = Vec::with_capacity(target.edits.len());
    for edit in target.edits {
        edits.push(Edit {
            before: side(edit.before, &edit.path)?,
            after: side(edit.after, &edit.path)?,
            path: edit.path,
        });
    }
    let file = |file: File| Written {
        path: file.path,
        entry_point: file.entry_point,
        state: file.state,
        lines: file.our_lines,
        total: file.lines,
        counts: (file.added, file.removed),
    };
    Ok(SavedTarget {
        plan: TargetPlan {
            target: target.target,
            tags: target.tags,
            visibility: target.visibility,
            enabled: target.enabled,
            base: target.base,
            verdict: target.verdict,
            changes: target.lessons,
            left_out: target.left_out,
            exempt: target.exempt,
            waiting: target.waiting,
            shrunk: target.shrunk,
            files: target.files.into_iter().map(file).collect(),
            drift: target.drift,
            edits,
            coverage: target.coverage,
            invariants: target.invariants,
            findings: target.findings,
            action: target.action,
            digest: target.digest,
            title: target.title,
            message: target.message,
            withdraws: None, // a withdrawal is never kept for later
        },
        target: target.entry,
        branch: target.branch,
        proposal: target.proposal,
    })
}

fn content(bytes: &[u8]) -> Content {
    match std::str::from_utf8(bytes) {
        Ok(text) => Content::Text(text.to_owned()),
        Err(_) => Content::Base64(BASE64_STANDARD.encode(bytes)),
    }
}

fn bytes(content: Content, name: &str) -> Result<Vec<u8>, String> {
    match content {
        Content::Text(text) => Ok(text.into_bytes()),
        Content::Base64(text) => BASE64_STANDARD
            .decode(text)
            .map_err(|error| format!("`{name}` is no base64: {error}")),
    }
}
