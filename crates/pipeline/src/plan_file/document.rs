//! A saved plan as it is written: values that many targets have are in it once.
//!
//! Input: a [`SavedPlan`], or a text whose digest was checked. Output: the document to write, or the plan. Not here: the digest, and the
//! layout. `docs/schema/plan.json` describes the document; a test checks it against generated plans.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::contents::{self, StoredContent};
use super::coverage::{PlacementList, StoredCoverage};
use super::numbering::{Numbering, ValueReader};
use super::shared_values::{SharedValues, StoredEdit, StoredState};
use super::{PlanFileError, ProposalState, SavedLesson, SavedPlan, SavedStore, SavedTarget, digest};
use crate::branch_action::Action;
use crate::changes::LessonChange;
use crate::drift::Drift;
use crate::merge::WrittenFile;
use crate::place::Exemption;
use crate::plan::{
    PlanContent, PlanOutcome, PlanProof, PlannedProposal, PlannedTarget, ReducedDetail, TargetPlan,
    WaitingLesson,
};
use crate::select::ExcludedLesson;
use lessonbook_base::edit::{Edit, FileState};
use lessonbook_base::finding::Finding;
use lessonbook_base::shared::SharedBytes;
use lessonbook_base::shared_list::SharedList;
use lessonbook_base::tree::Mode;
use lessonbook_proof::{Coverage, Invariant, PlacementKind};
use lessonbook_store::{Target, TargetLocation};

/// A saved plan as it is written.
#[derive(Serialize)]
pub(super) struct PlanDocument<'a> {
    format: &'static str,
    format_version: &'a str,
    tool_version: &'a str,
    digest: &'a str,
    today: Date,
    store: &'a SavedStore,
    lessons: &'a [SavedLesson],
    findings: &'a [Finding],
    bounds: &'a [Invariant],
    against: &'a [Finding],
    shared: SharedValues<'a>,
    targets: Vec<StoredTarget<'a>>,
    #[serde(serialize_with = "contents::serialize")]
    contents: BTreeMap<&'a str, &'a SharedBytes>,
}

/// The same as it is read; other keys are ignored.
#[derive(Deserialize)]
struct ReadDocument<'a> {
    format_version: String,
    tool_version: String,
    digest: String,
    today: Date,
    store: SavedStore,
    lessons: Vec<SavedLesson>,
    findings: Vec<Finding>,
    bounds: Vec<Invariant>,
    against: Vec<Finding>,
    shared: SharedValues<'a>,
    targets: Vec<StoredTarget<'a>>,
    contents: BTreeMap<String, StoredContent>,
}

/// A target. Numbers are those of the shared values.
#[derive(Deserialize, Serialize)]
struct StoredTarget<'a> {
    plan: StoredPlan<'a>,
    entry: Cow<'a, Target>,
    branch: Option<Cow<'a, str>>,
    proposal: Option<Cow<'a, ProposalState>>,
}

#[derive(Deserialize, Serialize)]
struct StoredPlan<'a> {
    target: Cow<'a, PlannedTarget>,
    outcome: Cow<'a, PlanOutcome>,
    proof: StoredProof,
    content: StoredPlanContent<'a>,
    proposal: StoredProposal<'a>,
}

#[derive(Deserialize, Serialize)]
struct StoredProof {
    invariants: Vec<u32>,
    coverage: StoredCoverage,
}

#[derive(Deserialize, Serialize)]
struct StoredPlanContent<'a> {
    lessons: Vec<u32>,
    left_out: Cow<'a, [ExcludedLesson]>,
    exempt: Cow<'a, [Exemption]>,
    waiting: Cow<'a, [WaitingLesson]>,
    shrunk: Cow<'a, [ReducedDetail]>,
    files: Vec<u32>,
    drift: Cow<'a, [Drift]>,
    edits: Vec<u32>,
    digest: Cow<'a, str>,
}

#[derive(Deserialize, Serialize)]
struct StoredProposal<'a> {
    action: Cow<'a, Action>,
    title: Cow<'a, str>,
    message: u32,
}

/// Numbers what targets share.
#[derive(Default)]
struct Numberings<'a> {
    lessons: Numbering<&'a LessonChange>,
    files: Numbering<&'a WrittenFile>,
    edits: Numbering<StoredEdit<'a>>,
    invariants: Numbering<&'a Invariant>,
    messages: Numbering<&'a str>,
    kinds: Numbering<PlacementKind>,
    placements: Numbering<PlacementList>,
}

impl<'a> PlanDocument<'a> {
    pub(super) fn new(plan: &'a SavedPlan) -> Self {
        let mut numberings = Numberings::default();
        let targets = plan.targets.iter().map(|target| numberings.target(target));
        let targets = targets.collect();
        let edits = plan.targets.iter().flat_map(|target| &target.plan.content.edits);
        let states = edits.flat_map(|edit| edit.before.iter().chain(&edit.after));
        PlanDocument {
            format: super::FORMAT,
            format_version: &plan.format_version,
            tool_version: &plan.tool_version,
            digest: &plan.digest,
            today: plan.today,
            store: &plan.store,
            lessons: &plan.lessons,
            findings: &plan.findings,
            bounds: &plan.bounds,
            against: &plan.against,
            shared: numberings.into_values(),
            targets,
            contents: states.map(|state| (state.bytes.sha256(), &state.bytes)).collect(),
        }
    }
}

impl<'a> Numberings<'a> {
    fn target(&mut self, target: &'a SavedTarget) -> StoredTarget<'a> {
        let TargetPlan {
            target: planned,
            outcome,
            proof,
            content,
            proposal,
        } = &target.plan;
        StoredTarget {
            plan: StoredPlan {
                target: Cow::Borrowed(planned),
                outcome: Cow::Borrowed(outcome),
                proof: StoredProof {
                    invariants: self.invariants.numbers(&proof.invariants),
                    coverage: StoredCoverage::new(&proof.coverage, &mut self.kinds, &mut self.placements),
                },
                content: self.content(content),
                proposal: StoredProposal {
                    action: Cow::Borrowed(&proposal.action),
                    title: Cow::Borrowed(&proposal.title),
                    message: self.messages.number(&proposal.message),
                },
            },
            entry: Cow::Borrowed(&target.target),
            branch: target.branch.as_deref().map(Cow::Borrowed),
            proposal: target.proposal.as_ref().map(Cow::Borrowed),
        }
    }

    fn content(&mut self, content: &'a PlanContent) -> StoredPlanContent<'a> {
        let state = |state: &'a FileState| StoredState {
            mode: Cow::Borrowed(state.mode.octal()),
            content: Cow::Borrowed(state.bytes.sha256()),
        };
        let edit = |edit: &'a Edit| StoredEdit {
            path: Cow::Borrowed(&edit.path),
            before: edit.before.as_ref().map(state),
            after: edit.after.as_ref().map(state),
        };
        StoredPlanContent {
            lessons: self.lessons.numbers(&content.changes),
            left_out: Cow::Borrowed(&content.left_out),
            exempt: Cow::Borrowed(&content.exempt),
            waiting: Cow::Borrowed(&content.waiting),
            shrunk: Cow::Borrowed(&content.shrunk),
            files: self.files.numbers(&content.files),
            drift: Cow::Borrowed(&content.drift),
            edits: self.edits.numbers(content.edits.iter().map(edit)),
            digest: Cow::Borrowed(&content.digest),
        }
    }

    fn into_values(self) -> SharedValues<'a> {
        fn borrowed<T: Clone>(values: Vec<&T>) -> Vec<Cow<'_, T>> {
            values.into_iter().map(Cow::Borrowed).collect()
        }
        let messages = self.messages.into_values().into_iter();
        SharedValues {
            lessons: borrowed(self.lessons.into_values()),
            files: borrowed(self.files.into_values()),
            edits: self.edits.into_values(),
            invariants: borrowed(self.invariants.into_values()),
            messages: messages.map(Cow::Borrowed).collect(),
            kinds: self.kinds.into_values(),
            placements: self.placements.into_values(),
        }
    }
}

/// Reads the plan of a document. `newer`: the version that wrote it, if its format is newer than ours.
pub(super) fn read(text: &[u8], newer: Option<&str>) -> Result<SavedPlan, PlanFileError> {
    let document: Result<ReadDocument<'_>, _> = serde_json::from_slice(text);
    let plan = document.map_err(|error| error.to_string()).and_then(resolve);
    plan.map_err(|why| PlanFileError::Damaged {
        why,
        newer: newer.map(str::to_owned),
    })
}

fn resolve(document: ReadDocument<'_>) -> Result<SavedPlan, String> {
    if digest::of_files(&document.store.files) != document.store.digest {
        return Err("the store's digest does not match its files".to_owned());
    }
    let mut resolver = Resolver {
        contents: contents::checked(document.contents)?,
        shared: document.shared,
        reader: ValueReader::default(),
        lessons: BTreeMap::new(),
        coverages: BTreeMap::new(),
    };
    let mut targets = Vec::with_capacity(document.targets.len());
    let mut names = BTreeSet::new();
    for target in document.targets {
        let name = target.plan.target.name.clone();
        let (TargetLocation::Local(place) | TargetLocation::Github(place)) = &target.entry.place;
        if target.entry.name != name || *place != name {
            return Err(format!("the entry of {name} describes another target"));
        }
        if !names.insert(name.clone()) {
            return Err(format!("it contains {name} twice"));
        }
        targets.push(SavedTarget {
            plan: resolver
                .plan(target.plan)
                .map_err(|why| format!("{name}: {why}"))?,
            target: target.entry.into_owned(),
            branch: target.branch.map(Cow::into_owned),
            proposal: target.proposal.map(Cow::into_owned),
        });
    }
    Ok(SavedPlan {
        format_version: document.format_version,
        tool_version: document.tool_version,
        digest: document.digest,
        today: document.today,
        store: document.store,
        lessons: document.lessons,
        findings: document.findings,
        bounds: document.bounds,
        against: document.against,
        targets,
    })
}

/// Puts the values in the place of their numbers. Targets with the same numbers share their lists.
struct Resolver<'a> {
    contents: BTreeMap<String, SharedBytes>,
    shared: SharedValues<'a>,
    reader: ValueReader,
    lessons: BTreeMap<Vec<u32>, SharedList<LessonChange>>,
    coverages: BTreeMap<StoredCoverage, Coverage>,
}

impl Resolver<'_> {
    fn plan(&mut self, plan: StoredPlan<'_>) -> Result<TargetPlan, String> {
        let invariants = plan.proof.invariants.iter().map(|number| {
            let size = |invariant: &Cow<'_, Invariant>| invariant.name.len() + invariant.evidence.len();
            let invariants = &self.shared.invariants;
            let invariant = self.reader.value("invariant", invariants, *number, size)?;
            Ok(invariant.clone().into_owned())
        });
        let invariants = invariants.collect::<Result<_, String>>()?;
        let messages = &self.shared.messages;
        let size = |message: &Cow<'_, str>| message.len();
        let message = self
            .reader
            .value("message", messages, plan.proposal.message, size)?;
        Ok(TargetPlan {
            proposal: PlannedProposal {
                action: plan.proposal.action.into_owned(),
                title: plan.proposal.title.into_owned(),
                message: message.clone().into_owned(),
                withdraws: None,
            },
            target: plan.target.into_owned(),
            outcome: plan.outcome.into_owned(),
            proof: PlanProof {
                invariants,
                coverage: self.coverage(plan.proof.coverage)?,
            },
            content: self.content(plan.content)?,
        })
    }

    fn coverage(&mut self, stored: StoredCoverage) -> Result<Coverage, String> {
        if let Some(known) = self.coverages.get(&stored) {
            return Ok(known.clone());
        }
        let SharedValues {
            kinds, placements, ..
        } = &self.shared;
        let coverage = stored.resolve(kinds, placements, &mut self.reader)?;
        self.coverages.insert(stored, coverage.clone());
        Ok(coverage)
    }

    fn content(&mut self, content: StoredPlanContent<'_>) -> Result<PlanContent, String> {
        let files = content.files.iter().map(|number| {
            let size = |file: &Cow<'_, WrittenFile>| file.path.len() + file.entry_point.len();
            let file = self.reader.value("file", &self.shared.files, *number, size)?;
            Ok(file.clone().into_owned())
        });
        let files = files.collect::<Result<_, String>>()?;
        Ok(PlanContent {
            changes: self.lessons(content.lessons)?,
            left_out: content.left_out.into_owned(),
            exempt: content.exempt.into_owned(),
            waiting: content.waiting.into_owned(),
            shrunk: content.shrunk.into_owned(),
            files,
            drift: content.drift.into_owned(),
            edits: self.edits(&content.edits)?,
            digest: content.digest.into_owned(),
        })
    }

    fn lessons(&mut self, numbers: Vec<u32>) -> Result<SharedList<LessonChange>, String> {
        if let Some(known) = self.lessons.get(&numbers) {
            return Ok(known.clone());
        }
        let size = |change: &Cow<'_, LessonChange>| {
            let matches = change.matches.iter().map(|found| {
                size_of_val(found) + found.glob.len() + found.example.as_deref().map_or(0, str::len)
            });
            let moved = change.moved.iter();
            let moved =
                moved.map(|one| size_of_val(one) + one.path.len() + one.lesson.len() + one.text.len());
            size_of::<LessonChange>()
                + matches.sum::<usize>()
                + moved.sum::<usize>()
                + change.was.as_deref().map_or(0, str::len)
                + change.because.as_deref().map_or(0, str::len)
        };
        let changes = numbers.iter().map(|number| {
            let change = self.reader.value("lesson", &self.shared.lessons, *number, size)?;
            Ok(change.clone().into_owned())
        });
        let changes: SharedList<LessonChange> = changes.collect::<Result<Vec<_>, String>>()?.into();
        self.lessons.insert(numbers, changes.clone());
        Ok(changes)
    }

    fn edits(&mut self, numbers: &[u32]) -> Result<Vec<Edit>, String> {
        let contents = &self.contents;
        let state = |state: &Option<StoredState<'_>>, path: &str| {
            let Some(StoredState { mode, content }) = state else {
                return Ok(None);
            };
            let bytes = contents
                .get(content.as_ref())
                .ok_or_else(|| format!("content {content} of {path} is missing"))?;
            let mode = Mode::ALL
                .into_iter()
                .find(|known| known.octal() == mode.as_ref())
                .ok_or_else(|| format!("`{mode}` of {path} is not the mode of a file"))?;
            Ok::<_, String>(Some(FileState {
                mode,
                bytes: bytes.clone(),
            }))
        };
        let mut edits = Vec::with_capacity(numbers.len());
        for number in numbers {
            let size = |edit: &StoredEdit<'_>| size_of::<Edit>() + edit.path.len();
            let edit = self.reader.value("edit", &self.shared.edits, *number, size)?;
            edits.push(Edit {
                path: edit.path.clone().into_owned(),
                before: state(&edit.before, &edit.path)?,
                after: state(&edit.after, &edit.path)?,
            });
        }
        Ok(edits)
    }
}
