//! What a change of the store does in the targets.
//!
//! Input: for each target its snapshot, and how to plan it with the store before and after the change. Output: a [`Impact`]:
//! the difference between the target with the old store's plan carried out, and the same with the new store's plan on top. So what
//! a target still lacks of the old store is no noise, and what the new store takes away is seen as taken away. Not here:
//! what differs in the store itself (`compare`), reading targets, and printing.

pub mod budget;
pub mod groups;
pub mod unreadable_store;
pub mod wording;

use crate::target_state::TargetState;
use std::collections::BTreeSet;

use serde::Serialize;

use super::changes::{self, LessonChange};
use super::plan::TargetPlan;
use lessonbook_base::edit::Edit;
use lessonbook_base::finding::{Finding, Level};
use lessonbook_base::snapshot::{Base, Snapshot};
use lessonbook_base::tree::Tree;
use lessonbook_proof::Placement;
use lessonbook_store::compare::{LessonDifference, StoreChange};
use lessonbook_store::{Detail, Target, Visibility};

pub use budget::Fit;
pub use groups::{FileDiff, FileStatus, Group};
pub use unreadable_store::{BeforeOrAfter, UnreadableStore};
pub use wording::{NewWord, Wording};

/// What a change of the store does.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Impact {
    /// The sides whose `targets.yaml` can't be read; then nothing else is said but what is wrong.
    pub unread: Vec<UnreadableStore>,
    /// What differs in the store.
    pub store: StoreChange,
    /// Every chosen target of either side, in the order of the new `targets.yaml`, then what is gone.
    pub targets: Vec<TargetDiff>,
    /// Words that templates add beside the lessons.
    pub wording: Vec<NewWord>,
    /// Everything wrong in the new store.
    pub findings: Vec<Finding>,
}

/// What comes of a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ImpactState {
    /// The new store's plan fails, and the old one's did not.
    Refused,
    /// Files change.
    Update,
    /// It is no target any more; nobody takes our blocks out there.
    Gone,
    /// Both plans fail: nothing is written, as before.
    StillRefused,
    /// Nobody looked.
    Unread,
    /// Nothing changes.
    Same,
}

/// An invariant that fails now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FailedInvariant {
    /// Its name.
    pub name: String,
    /// What was seen.
    pub evidence: String,
}

/// What changes in one target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetDiff {
    /// Its name.
    pub target: String,
    /// Its tags.
    pub tags: Vec<String>,
    /// Who can read it.
    pub visibility: Visibility,
    /// The commit that it was read at.
    pub base: Option<Base>,
    /// What comes of it.
    pub state: ImpactState,
    /// Why nobody looked; else empty.
    pub why: String,
    /// It is a new target.
    pub came: bool,
    /// It was switched on (true) or off (false).
    pub switched: Option<bool>,
    /// The old store's plan failed here, so it counts as not carried out.
    pub was_refused: bool,
    /// Only `discover:` found it; `targets.yaml` does not name it.
    pub found: bool,
    /// The files that change: before is the old store's plan carried out.
    pub edits: Vec<Edit>,
    /// The same for people.
    pub files: Vec<FileDiff>,
    /// Lessons that come, change or go here.
    pub lessons: Vec<LessonChange>,
    /// Lessons that stand here, before or after.
    pub concerned: BTreeSet<String>,
    /// Lessons that fall out of a budget, in whole or in part.
    pub fell: Vec<Fit>,
    /// Lessons that a budget has room for again.
    pub returned: Vec<Fit>,
    /// How many invariants hold now.
    pub hold: usize,
    /// Invariants that fail now and did not before.
    pub broken: Vec<FailedInvariant>,
    /// Errors and warnings that were not there before.
    pub findings: Vec<Finding>,
}

impl TargetDiff {
    /// Lines added and removed.
    pub fn counts(&self) -> (usize, usize) {
        self.files
            .iter()
            .fold((0, 0), |sum, file| (sum.0 + file.added, sum.1 + file.removed))
    }

    /// A target that nobody looked at.
    pub fn unread(target: &Target, came: bool, why: impl Into<String>) -> Self {
        TargetDiff {
            why: why.into(),
            ..Self::empty(target, ImpactState::Unread, came)
        }
    }

    /// A target that could not be read though it is new, so that the change brings a failure.
    pub fn unreadable(target: &Target, why: Finding) -> Self {
        TargetDiff {
            findings: vec![why],
            ..Self::empty(target, ImpactState::Refused, true)
        }
    }

    /// A target whose entry can't be read any more: the store's findings say why.
    pub fn stopped(target: &Target) -> Self {
        Self::empty(target, ImpactState::Refused, false)
    }

    /// A target that is none any more.
    pub fn gone(target: &Target) -> Self {
        Self::empty(target, ImpactState::Gone, false)
    }

    fn empty(target: &Target, state: ImpactState, came: bool) -> Self {
        TargetDiff {
            target: target.name.clone(),
            tags: target.tags.clone(),
            visibility: target.visibility,
            base: None,
            state,
            why: String::new(),
            came,
            switched: None,
            was_refused: false,
            found: false,
            edits: Vec::new(),
            files: Vec::new(),
            lessons: Vec::new(),
            concerned: BTreeSet::new(),
            fell: Vec::new(),
            returned: Vec::new(),
            hold: 0,
            broken: Vec::new(),
            findings: Vec::new(),
        }
    }
}

/// How one side plans a target.
pub type SidePlan<'a> = &'a dyn Fn(&Target, &Snapshot) -> TargetPlan;

/// A target, and what either side makes of it.
pub struct TargetOnBothSides {
    /// What changes.
    pub diff: TargetDiff,
    /// The target with the old store's plan carried out.
    pub before: Tree,
    /// The same with the new store's plan on top.
    pub after: Tree,
}

/// Compares one target. `base`: the target in the old store, with its plan; none where it is new.
pub fn compare(
    base: Option<(&Target, SidePlan<'_>)>,
    (target, plan): (&Target, SidePlan<'_>),
    snapshot: &Snapshot,
) -> TargetOnBothSides {
    // What stands on our branch, and what was merged once, is about proposals and not about the store.
    let mut at = Snapshot {
        branch: None,
        past: None,
        ..snapshot.clone()
    };
    let old = base.map(|(target, plan)| plan(target, &at));
    let carried = old
        .as_ref()
        .filter(|old| old.outcome.state != TargetState::Refused);
    if let Some(old) = carried {
        at.tree = at.tree.with(&old.content.edits);
    }
    let before = at.tree.clone();
    let new = plan(target, &at);
    let refused = new.outcome.state == TargetState::Refused;
    let after = if refused {
        before.clone()
    } else {
        before.with(&new.content.edits)
    };
    let mut diff = TargetDiff::empty(target, ImpactState::Same, base.is_none());
    diff.base = Some(snapshot.base.clone());
    diff.visibility = new.target.visibility;
    diff.was_refused = old.is_some() && carried.is_none();
    diff.switched = base
        .map(|(before, _)| before.enabled)
        .filter(|before| *before != target.enabled)
        .map(|_| target.enabled);
    diff.state = match (refused, diff.was_refused, new.content.edits.is_empty()) {
        (true, true, _) => ImpactState::StillRefused,
        (true, false, _) => ImpactState::Refused,
        (false, _, false) => ImpactState::Update,
        (false, _, true) => ImpactState::Same,
    };
    let plans = old.iter().chain([&new]);
    diff.concerned = plans
        .flat_map(|plan| &plan.content.changes)
        .map(|change| change.lesson.clone())
        .collect();
    diff.broken = broken(old.as_ref(), &new);
    diff.hold = new
        .proof
        .invariants
        .iter()
        .filter(|invariant| invariant.holds)
        .count();
    diff.findings = news(old.as_ref(), &new);
    if !refused {
        if !diff.was_refused {
            (diff.fell, diff.returned) = budget::fits(carried, &new);
        }
        diff.files = new.content.edits.iter().map(FileDiff::of).collect();
        diff.lessons = touched(carried, &new);
        diff.edits = new.content.edits;
    }
    TargetOnBothSides { diff, before, after }
}

/// Lessons that come, change or go. What a store forgot, only its older state can name.
fn touched(old: Option<&TargetPlan>, new: &TargetPlan) -> Vec<LessonChange> {
    let touched = new
        .content
        .changes
        .iter()
        .filter(|change| change.kind != changes::ChangeKind::Unchanged);
    let mut touched: Vec<LessonChange> = touched.cloned().collect();
    let stood = |plan: &TargetPlan, lesson: &str| {
        let stands = |cell: &&Placement| cell.lesson == lesson && cell.proposed.detail > Detail::None;
        plan.proof.coverage.cells.iter().any(|cell| stands(&cell))
    };
    let gone = old.into_iter().flat_map(|old| {
        let is_gone = |change: &&LessonChange| {
            change.kind != changes::ChangeKind::Removed
                && stood(old, &change.lesson)
                && !new
                    .content
                    .changes
                    .iter()
                    .any(|other| other.lesson == change.lesson)
        };
        old.content.changes.iter().filter(is_gone)
    });
    touched.extend(gone.map(|change| LessonChange {
        kind: changes::ChangeKind::Removed,
        reason: None,
        matches: Vec::new(),
        was: None,
        because: None,
        ..change.clone()
    }));
    touched
}

fn broken(old: Option<&TargetPlan>, new: &TargetPlan) -> Vec<FailedInvariant> {
    let failed = |name: &str| {
        old.is_some_and(|old| {
            old.proof
                .invariants
                .iter()
                .any(|invariant| invariant.name == name && !invariant.holds)
        })
    };
    new.proof
        .invariants
        .iter()
        .filter(|invariant| !invariant.holds && !failed(&invariant.name))
        .map(|invariant| FailedInvariant {
            name: invariant.name.to_string(),
            evidence: invariant.evidence.clone(),
        })
        .collect()
}

/// Errors and warnings that the old plan did not have, told apart by what they are about: their words hold numbers that move.
fn news(old: Option<&TargetPlan>, new: &TargetPlan) -> Vec<Finding> {
    let about = |finding: &Finding| {
        let file = finding.at.as_ref().map(|place| place.file.clone());
        (finding.code, finding.level, finding.lesson.clone(), file)
    };
    let known: Vec<_> = old
        .iter()
        .flat_map(|old| &old.outcome.findings)
        .map(|finding| (about(finding), finding.message.as_str()))
        .collect();
    // A plan that was stopped before it was made says nothing of warnings.
    let stopped =
        old.is_some_and(|old| old.outcome.state == TargetState::Refused && old.proof.invariants.is_empty());
    let is_new = |finding: &&Finding| {
        let unplaced = finding.at.is_none() && finding.lesson.is_none();
        !known
            .iter()
            .any(|(other, message)| *other == about(finding) && (!unplaced || *message == finding.message))
    };
    new.outcome
        .findings
        .iter()
        .filter(|finding| finding.is_error() || finding.level == Level::Warning && !stopped)
        .filter(is_new)
        .cloned()
        .collect()
}

/// Fields of a lesson that no target reads.
const UNSEEN: [&str; 3] = ["owner", "review_by", "supersedes"];

impl Impact {
    /// The targets in this state.
    pub fn of(&self, state: ImpactState) -> impl Iterator<Item = &TargetDiff> {
        self.targets.iter().filter(move |diff| diff.state == state)
    }

    /// In how many targets a lesson's change is seen.
    pub fn reach(&self, change: &LessonDifference) -> usize {
        let unseen = change.fields.iter().all(|field| UNSEEN.contains(&field.name));
        if unseen && change.was.is_none() {
            return 0;
        }
        let concerned = |diff: &&TargetDiff| {
            let was = change.was.as_ref();
            diff.concerned.contains(&change.lesson) || was.is_some_and(|was| diff.concerned.contains(was))
        };
        self.of(ImpactState::Update).filter(concerned).count()
    }

    /// Whether the change fails: a plan that fails and did not before, or an error in the new store.
    pub fn fails(&self) -> bool {
        self.of(ImpactState::Refused).next().is_some() || self.findings.iter().any(Finding::is_error)
    }

    /// The old side, where that is what can't be read.
    pub fn unread_before(&self) -> Option<&UnreadableStore> {
        self.unread.iter().find(|one| one.side == BeforeOrAfter::Old)
    }

    /// Whether anything changes in a target, or would if it did not fail. Where nothing can be compared, it may.
    pub fn reaches(&self) -> bool {
        let mut targets = self.targets.iter();
        !self.unread.is_empty()
            || targets.any(|diff| {
                matches!(
                    diff.state,
                    ImpactState::Update | ImpactState::Refused | ImpactState::Gone
                )
            })
    }
}
