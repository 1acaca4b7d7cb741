//! The plan of one target: everything that a run would change, as data, with its proof.
//!
//! Input: nothing; these are the types. Output: [`TargetPlan`], which every view prints, and [`Verified`], the only thing that may be
//! applied. Not here: how a plan is made (`pipeline::Planner`).

use serde::{Deserialize, Serialize};

use super::branch_action::Action;
use super::drift::Drift;
use super::place::Exemption;
use super::plan_form::{PlanForm, Whole};
use super::select::ExcludedLesson;
use super::target_state::TargetState;
use super::withdrawn_lesson::WithdrawnText;
use lessonbook_base::finding::Finding;
use lessonbook_base::shared_list::SharedList;
use lessonbook_base::snapshot::{Base, Snapshot};
use lessonbook_proof::{Coverage, Invariant, MovedText};
use lessonbook_store::{Detail, Severity, Target, Visibility};

/// A lesson that gets less detail than the policy requires, to keep a budget.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct ReducedDetail {
    /// The lesson's id.
    pub lesson: String,
    /// The entry point's name.
    pub entry_point: String,
    /// The detail that the policy requires.
    pub wanted: Detail,
    /// The detail that it gets.
    pub detail: Detail,
}

/// A lesson that waits, in one target.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct WaitingLesson {
    /// The lesson.
    pub lesson: String,
    /// Its severity in the version that waits.
    pub severity: Severity,
    /// The version that the target holds or gets meanwhile; none if the lesson is not there yet.
    pub meanwhile: Option<String>,
    /// Why it waits, in one clause.
    pub why: String,
    /// The earlier version's file: its path in the store and its text, so that a saved plan needs no history.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<(String, String)>,
}

/// The plan of one target, in five groups. It is serialised as it is: `--format json` shows parts of it, and a saved plan holds all of
/// it, with numbers in the place of values that many targets have (`F`).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(bound(
    serialize = "",
    deserialize = "PlanProof<F>: Deserialize<'de>, PlanContent<F>: Deserialize<'de>, PlannedProposal<F>: Deserialize<'de>"
))]
pub struct TargetPlan<F: PlanForm = Whole> {
    /// The repository.
    pub target: PlannedTarget,
    /// The result, and the reasons.
    pub outcome: PlanOutcome,
    /// What the proof read from the final bytes.
    pub proof: PlanProof<F>,
    /// What would change.
    pub content: PlanContent<F>,
    /// What would happen to our branch.
    pub proposal: PlannedProposal<F>,
}

/// The repository of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct PlannedTarget {
    /// The target's name.
    pub name: String,
    /// Its tags.
    pub tags: Vec<String>,
    /// Who can read it.
    pub visibility: Visibility,
    /// Whether it is enabled.
    pub enabled: bool,
    /// The commit on which the plan is based; none if the repository could not be read.
    pub base: Option<Base>,
}

/// The result of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct PlanOutcome {
    /// The state on disk or, for a target on GitHub, the state of the files alone: `up-to-date`, `proposed`, `stale` and so on.
    pub state: TargetState,
    /// What stops the plan, or what people should know.
    pub findings: Vec<Finding>,
}

/// What a plan changes: lesson by lesson for people, and file by file.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(bound(
    serialize = "",
    deserialize = "F::Changes: Deserialize<'de>, F::Files: Deserialize<'de>, F::Edits: Deserialize<'de>"
))]
pub struct PlanContent<F: PlanForm = Whole> {
    /// The changes lesson by lesson.
    #[serde(rename = "lessons")]
    pub changes: F::Changes,
    /// Lessons that this target does not get.
    pub left_out: Vec<ExcludedLesson>,
    /// Lessons that are exempt at an entry point.
    pub exempt: Vec<Exemption>,
    /// Lessons whose current version waits for canaries.
    pub waiting: Vec<WaitingLesson>,
    /// Lessons that a budget reduced.
    pub shrunk: Vec<ReducedDetail>,
    /// Every file of ours.
    pub files: F::Files,
    /// What people did to our text since it was merged.
    pub drift: Vec<Drift>,
    /// The changes of files.
    pub edits: F::Edits,
    /// A digest of the edits.
    pub digest: String,
}

/// What the proof found.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(bound(
    serialize = "",
    deserialize = "F::Invariants: Deserialize<'de>, F::Coverage: Deserialize<'de>"
))]
pub struct PlanProof<F: PlanForm = Whole> {
    /// Yes/no properties.
    pub invariants: F::Invariants,
    /// Which lesson is present where.
    pub coverage: F::Coverage,
}

/// What would happen to our branch.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(bound(serialize = "", deserialize = "F::Message: Deserialize<'de>"))]
pub struct PlannedProposal<F: PlanForm = Whole> {
    /// The action.
    pub action: Action,
    /// The proposal's title.
    pub title: String,
    /// The commit's message.
    pub message: F::Message,
    /// If the plan is a withdrawal: what it removes. A withdrawal is never saved.
    #[serde(skip)]
    pub withdraws: Option<WithdrawnText>,
}

impl TargetPlan {
    /// The plan of a target that could not be read, or that must not be planned.
    pub fn refused(target: &Target, snapshot: Option<&Snapshot>, mut findings: Vec<Finding>) -> Self {
        for finding in &mut findings {
            finding.target.get_or_insert_with(|| target.name.clone());
        }
        let mut plan = Self::empty(target, snapshot);
        plan.outcome.state = TargetState::Refused;
        plan.outcome.findings = findings;
        plan.proposal.action = Action::Refuse;
        plan
    }

    /// The plan of a target that was not read.
    pub fn skipped(target: &Target, finding: Finding) -> Self {
        let mut plan = Self::refused(target, None, vec![finding]);
        plan.outcome.state = TargetState::Unreachable;
        plan
    }

    /// The plan with the state that its content and its action lead to. `stopped`: an invariant or a finding stops it.
    pub(super) fn with_state(mut self, stopped: bool) -> Self {
        self.outcome.state = match self.proposal.action {
            _ if stopped => TargetState::Refused,
            Action::Remove { merged: true, .. } => TargetState::Merged,
            Action::Nothing | Action::Remove { .. } => TargetState::UpToDate,
            Action::Keep { .. } => TargetState::Proposed,
            Action::Create | Action::Update { .. } if self.only_takes_back() => TargetState::Drifted,
            Action::Create | Action::Update { .. } | Action::Refuse => TargetState::Stale,
        };
        self
    }

    /// Why the target is in its state, in one clause.
    pub fn reason(&self) -> String {
        let errors = self.outcome.findings.iter().filter(|finding| finding.is_error());
        match (self.outcome.state, &self.proposal.action) {
            (TargetState::Refused | TargetState::Unreachable | TargetState::Disabled, _) => {
                errors.chain(&self.outcome.findings).next().map_or_else(
                    || "an invariant fails".to_owned(),
                    |finding| finding.message.clone(),
                )
            }
            (TargetState::Merged, _) => "our branch can be deleted".into(),
            (TargetState::UpToDate, Action::Remove { .. }) => {
                "our branch has nothing left to propose and can be deleted".into()
            }
            (TargetState::Held, _) => self.waits(),
            (TargetState::Proposed, _) => "it waits for review".into(),
            (TargetState::Drifted, _) => "a managed block was changed after the merge".into(),
            (TargetState::Stale, Action::Update { .. }) => {
                "the store or the base branch changed since the proposal".into()
            }
            (TargetState::Stale, _) => "there is no proposal yet".into(),
            _ => "nothing to propose".into(),
        }
    }

    /// Which lessons wait for canaries, in one clause.
    pub fn waits(&self) -> String {
        match self.content.waiting.as_slice() {
            [one] => format!("{} {}", one.lesson, one.why),
            [first, more @ ..] => format!("{} and {} more wait for canaries", first.lesson, more.len()),
            [] => String::new(),
        }
    }

    /// A plan that changes nothing.
    pub(super) fn empty(target: &Target, snapshot: Option<&Snapshot>) -> Self {
        TargetPlan {
            target: PlannedTarget {
                name: target.name.clone(),
                tags: target.tags.clone(),
                visibility: target.visibility,
                enabled: target.enabled,
                base: snapshot.map(|snapshot| snapshot.base.clone()),
            },
            outcome: PlanOutcome {
                state: TargetState::UpToDate,
                findings: Vec::new(),
            },
            content: PlanContent {
                changes: SharedList::default(),
                left_out: Vec::new(),
                exempt: Vec::new(),
                waiting: Vec::new(),
                shrunk: Vec::new(),
                files: Vec::new(),
                drift: Vec::new(),
                edits: Vec::new(),
                digest: String::new(),
            },
            proof: PlanProof {
                invariants: Vec::new(),
                coverage: Coverage::default(),
            },
            proposal: PlannedProposal {
                action: Action::Nothing,
                title: String::new(),
                message: String::new(),
                withdraws: None,
            },
        }
    }

    /// Whether the plan's proof holds: every invariant, and no finding is an error.
    pub fn holds(&self) -> bool {
        self.outcome.state != TargetState::Refused
            && self.outcome.state != TargetState::Unreachable
            && self.proof.invariants.iter().all(|invariant| invariant.holds)
            && !self.outcome.findings.iter().any(Finding::is_error)
    }

    /// The hand-written texts that the plan moves into our blocks or puts back, by file and line.
    pub fn moved(&self) -> impl Iterator<Item = &MovedText> {
        let changes = self.content.changes.iter();
        let mut moved: Vec<&MovedText> = changes.flat_map(|change| &change.moved).collect();
        moved.sort();
        moved.into_iter()
    }

    /// The hand-made changes of our text that the plan reverts.
    pub fn taken_back(&self) -> impl Iterator<Item = &Drift> {
        let edited = |drift: &&Drift| self.content.edits.iter().any(|edit| edit.path == drift.path);
        self.content
            .drift
            .iter()
            .filter(|drift| drift.counts())
            .filter(edited)
    }

    /// Whether the plan does nothing but revert them, so that it has no news from the store.
    pub fn only_takes_back(&self) -> bool {
        let is_drift = |path: &str| {
            self.taken_back()
                .any(|drift| drift.restores && drift.path == path)
        };
        !self.content.edits.is_empty() && self.content.edits.iter().all(|edit| is_drift(&edit.path))
    }

    /// The plan as something that may be applied: every invariant holds, no finding is an error, and there is something to do. Deleting a
    /// merged branch changes no file, so it needs no proof.
    pub fn verified(&self) -> Option<Verified<'_>> {
        let does = matches!(
            self.proposal.action,
            Action::Create | Action::Update { .. } | Action::Remove { .. }
        );
        // A branch that the base contains is not needed any more. It is deleted even if the files are refused.
        let is_merged = matches!(self.proposal.action, Action::Remove { merged: true, .. });
        let tidies = is_merged && self.content.edits.is_empty() && self.proposal.withdraws.is_none();
        let base = self.target.base.as_ref()?;
        (self.holds() && does || tidies).then_some(Verified { plan: self, base })
    }
}

/// A plan that may be applied. Only [`TargetPlan::verified`] creates one.
#[derive(Debug, Clone, Copy)]
pub struct Verified<'p> {
    plan: &'p TargetPlan,
    base: &'p Base,
}

impl<'p> Verified<'p> {
    /// The plan.
    pub fn plan(&self) -> &'p TargetPlan {
        self.plan
    }

    /// The commit on which it is based.
    pub fn base(&self) -> &'p Base {
        self.base
    }
}

/// Whether findings or invariants stop a plan. The findings are then about the target, and in order.
pub(super) fn stopped(target: &Target, findings: &mut [Finding], invariants: &[Invariant]) -> bool {
    for finding in findings.iter_mut() {
        finding.target.get_or_insert_with(|| target.name.clone());
    }
    lessonbook_base::finding::sort(findings);
    findings.iter().any(Finding::is_error) || invariants.iter().any(|invariant| !invariant.holds)
}
