//! The states of a target: one set of words for `plan`, `status`, `coverage`, JSON and the dashboard.
//!
//! Output: [`TargetState`], with who acts next. Not here: which state a target is in (`lifecycle` for pull requests, the plan for
//! branches on disk).

use serde::{Deserialize, Serialize};

/// The state of a target. Every target of a run is in exactly one; the reason beside it says more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum TargetState {
    /// Nothing to propose.
    UpToDate,
    /// The proposal was merged; our branch can be deleted.
    Merged,
    /// An open proposal waits for review.
    Proposed,
    /// The proposal is approved. It changes only for a critical lesson.
    Approved,
    /// The next `sync` would write: there is no proposal yet, or the store or the base branch changed since it was made.
    Stale,
    /// The next `sync` would write: someone changed a managed block after the merge.
    Drifted,
    /// A person asked to wait, or a lesson waits for canaries.
    Held,
    /// A person closed the pull request, and none of its lessons has changed since.
    Declined,
    /// A person committed to our branch or changed the pull request's base. It is never overwritten.
    Edited,
    /// A limit of the run or of GitHub leaves it for the next run.
    Deferred,
    /// A pause is set, so nothing is written.
    Paused,
    /// Rules or permissions of the repository do not let us write.
    Blocked,
    /// The repository could not be read.
    Unreachable,
    /// A finding or an invariant stops the plan.
    Refused,
    /// Taken out of the run: archived, empty, a fork, or by a topic of the repository.
    Disabled,
}

impl TargetState {
    /// Every state, in the order of reports.
    pub const ALL: [TargetState; 15] = [
        TargetState::UpToDate,
        TargetState::Merged,
        TargetState::Proposed,
        TargetState::Approved,
        TargetState::Stale,
        TargetState::Drifted,
        TargetState::Held,
        TargetState::Declined,
        TargetState::Edited,
        TargetState::Deferred,
        TargetState::Paused,
        TargetState::Blocked,
        TargetState::Unreachable,
        TargetState::Refused,
        TargetState::Disabled,
    ];

    /// The words in reports. JSON and `acknowledge` write them with a hyphen: `up-to-date`.
    pub fn word(self) -> &'static str {
        match self {
            TargetState::UpToDate => "up to date",
            TargetState::Merged => "merged",
            TargetState::Proposed => "proposed",
            TargetState::Approved => "approved",
            TargetState::Stale => "stale",
            TargetState::Drifted => "drifted",
            TargetState::Held => "held",
            TargetState::Declined => "declined",
            TargetState::Edited => "edited",
            TargetState::Deferred => "deferred",
            TargetState::Paused => "paused",
            TargetState::Blocked => "blocked",
            TargetState::Unreachable => "unreachable",
            TargetState::Refused => "refused",
            TargetState::Disabled => "disabled",
        }
    }

    /// Whether `sync` writes in this state unless a limit prevents it.
    pub fn is_due(self) -> bool {
        matches!(self, TargetState::Stale | TargetState::Drifted)
    }

    /// Whether a target in this state fails: nothing happens there until a person acts. `store::FAILING` names the same states.
    pub fn fails(self) -> bool {
        matches!(
            self,
            TargetState::Blocked | TargetState::Unreachable | TargetState::Refused
        )
    }

    /// Who has to act in a state that fails.
    pub fn owner(self) -> Option<&'static str> {
        match self {
            TargetState::Blocked => Some("the repository's administrators"),
            TargetState::Unreachable => Some("who runs lessonbook"),
            TargetState::Refused => Some("the store's owners"),
            _ => None,
        }
    }

    /// What they do next, in one sentence.
    pub fn next(self) -> Option<&'static str> {
        match self {
            TargetState::Blocked => Some(
                "Allow our token to push the branch `lessonbook/…` and to open pull requests there (`lessonbook doctor` lists \
                 what is missing), or remove the target.",
            ),
            TargetState::Unreachable => Some(
                "Check the target's name and that our token can read it; if both are right, run again, because GitHub may have \
                 been down.",
            ),
            TargetState::Refused => Some(
                "Read the findings of the plan (`lessonbook plan TARGET`), each with a way out; the cause is in the store or in \
                 the target's files.",
            ),
            _ => None,
        }
    }
}
