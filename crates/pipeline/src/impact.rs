//! What a change of the store does in the targets.
//!
//! Input: for each target its snapshot, and how to plan it with the store before and after the change. Output: an [`Impact`]: the
//! difference between the target after the old store's plan, and the target after the old store's plan and then the new one's. So
//! nothing is reported that the target only lacks of the old store, and what the new store removes is reported as removed. Not here:
//! differences in the store itself (`compare`), reading targets, and printing.

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
    /// The stores whose `targets.yaml` can't be read. Then nothing is reported but their errors.
    pub unread: Vec<UnreadableStore>,
    /// What differs in the store.
    pub store: StoreChange,
    /// Every selected target of both stores, in the order of the new `targets.yaml`, then the removed ones.
    pub targets: Vec<TargetDiff>,
    /// Words that templates add beside the lessons.
    pub wording: Vec<NewWord>,
    /// Every problem in the new store.
    pub findings: Vec<Finding>,
}

/// The result for a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ImpactState {
    /// The new store's plan fails, and the old one's did not.
    Refused,
    /// Files change.
    Update,
    /// It is no longer a target. Our blocks stay there, because no run removes them.
    Gone,
    /// Both plans fail: nothing is written, as before.
    StillRefused,
    /// The target was not read.
    Unread,
    /// Nothing changes.
    Same,
}

/// An invariant that fails now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FailedInvariant {
    /// Its name.
    pub name: String,
    /// The evidence.
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
    /// The commit from which it was read.
    pub base: Option<Base>,
    /// The result.
    pub state: ImpactState,
    /// Why it was not read; otherwise empty.
    pub why: String,
    /// Whether it is a new target.
    pub came: bool,
    /// Whether it was enabled (true) or disabled (false); none if neither.
    pub switched: Option<bool>,
    /// Whether the old store's plan failed here; then it counts as not carried out.
    pub was_refused: bool,
    /// Whether only `discover:` found it; `targets.yaml` does not name it.
    pub found: bool,
    /// The files that change. "Before" is after the old store's plan.
    pub edits: Vec<Edit>,
    /// The same as diffs.
    pub files: Vec<FileDiff>,
    /// Lessons that are added, changed or removed here.
    pub lessons: Vec<LessonChange>,
    /// Lessons that are present here, before or after.
    pub concerned: BTreeSet<String>,
    /// Lessons of which a budget removes something.
    pub fell: Vec<Fit>,
    /// Lessons for which a budget has room again.
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

    /// A target that was not read.
    pub fn unread(target: &Target, came: bool, why: impl Into<String>) -> Self {
        TargetDiff {
            why: why.into(),
            ..Self::empty(target, ImpactState::Unread, came)
        }
    }

    /// A new target that could not be read, so that the change causes a failure.
    pub fn unreadable(target: &Target, why: Finding) -> Self {
        TargetDiff {
            findings: vec![why],
            ..Self::empty(target, ImpactState::Refused, true)
        }
    }

    /// A target whose entry can no longer be read; the store's findings show the reason.
    pub fn stopped(target: &Target) -> Self {
        Self::empty(target, ImpactState::Refused, false)
    }

    /// A target that is no longer one.
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

/// Plans a target with one of the stores.
pub type SidePlan<'a> = &'a dyn Fn(&Target, &Snapshot) -> TargetPlan;

/// A target, and its trees after the plans.
pub struct TargetOnBothSides {
    /// What changes.
    pub diff: TargetDiff,
    /// The target with the old store's plan carried out.
    pub before: Tree,
    /// The same with the new store's plan on top.
    pub after: Tree,
}

/// Compares one target. `base`: the target in the old store, with its plan; none if it is new.
pub fn compare(
    base: Option<(&Target, SidePlan<'_>)>,
    (target, plan): (&Target, SidePlan<'_>),
    snapshot: &Snapshot,
) -> TargetOnBothSides {
    // Our branch, and what was merged once, are about proposals and not about the store.
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
        let before = std::mem::take(&mut at.tree);
        at.tree = before.with(&old.content.edits);
        // The old store's plan is a state of the base like any other: what it moved can be put back.
        if at.earlier.trees.is_empty() {
            at.earlier.trees.push(before);
        }
        at.earlier.trees.insert(0, at.tree.clone());
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
    diff.findings = new_findings(old.as_ref(), &new);
    if !refused {
        if !diff.was_refused {
            (diff.fell, diff.returned) = budget::fits(carried, &new);
        }
        diff.files = new.content.edits.iter().map(FileDiff::new).collect();
        diff.lessons = touched(carried, &new);
        diff.edits = new.content.edits;
    }
    TargetOnBothSides { diff, before, after }
}

/// Lessons that are added, changed or removed. A lesson that was deleted from the store is known from the old store only.
fn touched(old: Option<&TargetPlan>, new: &TargetPlan) -> Vec<LessonChange> {
    let touched = new
        .content
        .changes
        .iter()
        .filter(|change| change.kind != changes::ChangeKind::Unchanged);
    let mut touched: Vec<LessonChange> = touched.cloned().collect();
    let was_present = |plan: &TargetPlan, lesson: &str| {
        let is_present =
            |placement: &&Placement| placement.lesson == lesson && placement.proposed.detail > Detail::None;
        plan.proof
            .coverage
            .placements
            .iter()
            .any(|placement| is_present(&placement))
    };
    let gone = old.into_iter().flat_map(|old| {
        let is_gone = |change: &&LessonChange| {
            change.kind != changes::ChangeKind::Removed
                && was_present(old, &change.lesson)
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
        moved: Vec::new(),
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

/// Errors and warnings that the old plan did not have. They are matched by subject, because the numbers in their messages change.
fn new_findings(old: Option<&TargetPlan>, new: &TargetPlan) -> Vec<Finding> {
    let about = |finding: &Finding| {
        let file = finding.at.as_ref().map(|place| place.file.clone());
        (finding.code, finding.level, finding.lesson.clone(), file)
    };
    let known: Vec<_> = old
        .iter()
        .flat_map(|old| &old.outcome.findings)
        .map(|finding| (about(finding), finding.message.as_str()))
        .collect();
    // A plan that was stopped early has no warnings.
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

/// Fields of a lesson that are not visible in any target.
const UNSEEN: [&str; 3] = ["owner", "review_by", "supersedes"];

impl Impact {
    /// The targets in this state.
    pub fn of(&self, state: ImpactState) -> impl Iterator<Item = &TargetDiff> {
        self.targets.iter().filter(move |diff| diff.state == state)
    }

    /// The number of targets in which a lesson's change is visible.
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

    /// The old store, if it can't be read.
    pub fn unread_before(&self) -> Option<&UnreadableStore> {
        self.unread.iter().find(|one| one.side == BeforeOrAfter::Old)
    }

    /// Whether anything changes in a target, or would change if it did not fail. If nothing can be compared, it counts as a change.
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
