//! The parts of a plan that differ between its forms, and the plan with other parts.
//!
//! Input: a plan in one form, and parts in the other. Output: the plan in the other form. Not here: making the parts (`document`).

use crate::plan::{PlanContent, PlanProof, PlannedProposal, TargetPlan};
use crate::plan_form::PlanForm;

/// The parts of a plan that differ between the forms.
pub(super) struct FormParts<F: PlanForm> {
    pub changes: F::Changes,
    pub files: F::Files,
    pub edits: F::Edits,
    pub invariants: F::Invariants,
    pub coverage: F::Coverage,
    pub message: F::Message,
}

impl<F: PlanForm> TargetPlan<F> {
    /// The same plan in another form.
    pub(super) fn in_form<G: PlanForm>(self, parts: FormParts<G>) -> TargetPlan<G> {
        TargetPlan {
            target: self.target,
            outcome: self.outcome,
            proof: PlanProof {
                invariants: parts.invariants,
                coverage: parts.coverage,
            },
            content: PlanContent {
                changes: parts.changes,
                left_out: self.content.left_out,
                exempt: self.content.exempt,
                waiting: self.content.waiting,
                shrunk: self.content.shrunk,
                files: parts.files,
                drift: self.content.drift,
                edits: parts.edits,
                digest: self.content.digest,
            },
            proposal: PlannedProposal {
                action: self.proposal.action,
                title: self.proposal.title,
                message: parts.message,
                withdraws: self.proposal.withdraws,
            },
        }
    }
}
