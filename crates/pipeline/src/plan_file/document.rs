//! A saved plan in the form of a file: values that many targets have are in it once.
//!
//! Input: a [`SavedPlan`], or a text whose digest was checked. Output: the form to write, or the plan. Not here: the digest, and the
//! layout. `docs/schema/plan.json` describes the document; a test checks it against generated plans.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::marker::PhantomData;

use super::contents::{self, StoredContent};
use super::coverage::{PlacementList, StoredCoverage};
use super::form_parts::FormParts;
use super::numbering::{Numbering, ValueReader};
use super::shared_values::{SharedValues, StoredEdit, StoredState};
use super::{PlanFileError, SavedPlan, SavedTarget, digest};
use crate::changes::LessonChange;
use crate::merge::WrittenFile;
use crate::plan::TargetPlan;
use crate::plan_form::{PlanForm, Whole};
use lessonbook_base::edit::{Edit, FileState};
use lessonbook_base::shared::SharedBytes;
use lessonbook_base::shared_list::SharedList;
use lessonbook_base::tree::Mode;
use lessonbook_proof::{Coverage, Invariant, PlacementKind};
use lessonbook_store::TargetLocation;

/// The form of a file: numbers in the place of shared values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Numbered<'a>(PhantomData<&'a ()>);

impl<'a> PlanForm for Numbered<'a> {
    type Changes = Vec<u32>;
    type Files = Vec<u32>;
    type Edits = Vec<u32>;
    type Invariants = Vec<u32>;
    type Coverage = StoredCoverage;
    type Message = u32;
    type Shared = SharedValues<'a>;
    type Contents = BTreeMap<Cow<'a, str>, StoredContent<'a>>;
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

/// The plan in the form of a file.
pub(super) fn numbered(plan: &SavedPlan) -> SavedPlan<Numbered<'_>> {
    let mut numberings = Numberings::default();
    let targets = plan.targets.iter().map(|target| SavedTarget {
        plan: target.plan.clone().in_form(numberings.parts(&target.plan)),
        target: target.target.clone(),
        branch: target.branch.clone(),
        proposal: target.proposal.clone(),
    });
    let targets = targets.collect();
    let edits = plan.targets.iter().flat_map(|target| &target.plan.content.edits);
    let states = edits.flat_map(|edit| edit.before.iter().chain(&edit.after));
    let contents = states.map(|state| (state.bytes.sha256(), state.bytes.as_slice()));
    plan.in_form(
        numberings.into_values(),
        targets,
        contents::stored(&contents.collect(), &plan.store.name),
    )
}

impl<'a> Numberings<'a> {
    fn parts(&mut self, plan: &'a TargetPlan) -> FormParts<Numbered<'a>> {
        let state = |state: &'a FileState| StoredState {
            mode: Cow::Borrowed(state.mode.octal()),
            content: Cow::Borrowed(state.bytes.sha256()),
        };
        let edit = |edit: &'a Edit| StoredEdit {
            path: Cow::Borrowed(&edit.path),
            before: edit.before.as_ref().map(state),
            after: edit.after.as_ref().map(state),
        };
        FormParts {
            changes: self.lessons.numbers(&plan.content.changes),
            files: self.files.numbers(&plan.content.files),
            edits: self.edits.numbers(plan.content.edits.iter().map(edit)),
            invariants: self.invariants.numbers(&plan.proof.invariants),
            coverage: StoredCoverage::new(&plan.proof.coverage, &mut self.kinds, &mut self.placements),
            message: self.messages.number(&plan.proposal.message),
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
    let document: Result<SavedPlan<Numbered<'_>>, _> = serde_json::from_slice(text);
    let plan = document.map_err(|error| error.to_string()).and_then(resolve);
    plan.map_err(|why| PlanFileError::Damaged {
        why,
        newer: newer.map(str::to_owned),
    })
}

fn resolve(mut document: SavedPlan<Numbered<'_>>) -> Result<SavedPlan, String> {
    if digest::of_files(&document.store.files) != document.store.digest {
        return Err("the store's digest does not match its files".to_owned());
    }
    let mut reader = ValueReader::default();
    let mut resolver = Resolver {
        contents: contents::checked(std::mem::take(&mut document.contents), &mut reader)?,
        shared: std::mem::take(&mut document.shared),
        reader,
        lessons: BTreeMap::new(),
        coverages: BTreeMap::new(),
    };
    let stored = std::mem::take(&mut document.targets);
    let mut targets = Vec::with_capacity(stored.len());
    let mut names = BTreeSet::new();
    for target in stored {
        let name = target.plan.target.name.clone();
        let (TargetLocation::Local(place) | TargetLocation::Github(place)) = &target.target.place;
        if target.target.name != name || *place != name {
            return Err(format!("the entry of {name} describes another target"));
        }
        if !names.insert(name.clone()) {
            return Err(format!("it contains {name} twice"));
        }
        let parts = resolver
            .parts(&target.plan)
            .map_err(|why| format!("{name}: {why}"))?;
        targets.push(SavedTarget {
            plan: target.plan.in_form(parts),
            target: target.target,
            branch: target.branch,
            proposal: target.proposal,
        });
    }
    Ok(document.in_form((), targets, ()))
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
    fn parts(&mut self, plan: &TargetPlan<Numbered<'_>>) -> Result<FormParts<Whole>, String> {
        let invariants = plan.proof.invariants.iter().map(|number| {
            let size = |invariant: &Cow<'_, Invariant>| invariant.name.len() + invariant.evidence.len();
            let invariants = &self.shared.invariants;
            let invariant = self.reader.value("invariant", invariants, *number, size)?;
            Ok(invariant.clone().into_owned())
        });
        let invariants = invariants.collect::<Result<_, String>>()?;
        let files = plan.content.files.iter().map(|number| {
            let size = |file: &Cow<'_, WrittenFile>| file.path.len() + file.entry_point.len();
            let file = self.reader.value("file", &self.shared.files, *number, size)?;
            Ok(file.clone().into_owned())
        });
        let files = files.collect::<Result<_, String>>()?;
        let messages = &self.shared.messages;
        let size = |message: &Cow<'_, str>| message.len();
        let message = self
            .reader
            .value("message", messages, plan.proposal.message, size)?;
        Ok(FormParts {
            message: message.clone().into_owned(),
            invariants,
            files,
            changes: self.lessons(&plan.content.changes)?,
            edits: self.edits(&plan.content.edits)?,
            coverage: self.coverage(&plan.proof.coverage)?,
        })
    }

    fn coverage(&mut self, stored: &StoredCoverage) -> Result<Coverage, String> {
        if let Some(known) = self.coverages.get(stored) {
            return Ok(known.clone());
        }
        let SharedValues {
            kinds, placements, ..
        } = &self.shared;
        let coverage = stored.resolve(kinds, placements, &mut self.reader)?;
        self.coverages.insert(stored.clone(), coverage.clone());
        Ok(coverage)
    }

    fn lessons(&mut self, numbers: &[u32]) -> Result<SharedList<LessonChange>, String> {
        if let Some(known) = self.lessons.get(numbers) {
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
        self.lessons.insert(numbers.to_vec(), changes.clone());
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
