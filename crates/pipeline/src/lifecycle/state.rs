//! The states of a target, their words, and who does what next.
//!
//! Input: nothing. Output: [`TargetState`]. Not here: which state a target is in.

use serde::{Deserialize, Serialize};

/// Where a target stands. Every target of a run is in exactly one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum TargetState {
    /// Nothing to propose.
    InSync,
    /// Nothing to propose; our merged or empty branch goes.
    Leftover,
    /// A proposal is due and there is none.
    Missing,
    /// Our branch is there without a pull request: an earlier run was cut off.
    Orphan,
    /// An open proposal says what we would say.
    Current,
    /// An open proposal says something older.
    Outdated,
    /// An open proposal does not merge any more.
    Conflicting,
    /// A person pushed to the branch, or turned it to another base: never touched.
    Edited,
    /// Approved: pushed to only for a critical change.
    Approved,
    /// Somebody asked to wait, or it is about to merge.
    Held,
    /// Open, and nothing is left to say on it.
    Obsolete,
    /// We closed it once, and there is something to say again.
    ClosedByUs,
    /// A person closed it, and none of its lessons changed since.
    Declined,
    /// A person closed it, and one of its lessons changed since.
    DeclinedBefore,
    /// It was merged, and the files changed back.
    Drifted,
    /// Made from a newer commit of the store than ours.
    Ahead,
    /// Due, but nothing in it opens a proposal by itself, or it waits for canaries.
    Waiting,
    /// GitHub or the repository says no.
    Blocked,
    /// GitHub did not show it: not found, or no answer.
    Unreachable,
    /// Taken out: archived, disabled, empty, a fork, or by its own topic.
    Excluded,
    /// The plan does not hold, as its findings say.
    Refused,
    /// Left for the next run by a limit.
    Deferred,
}

impl TargetState {
    /// Every state, in the order of a life.
    pub const ALL: [TargetState; 22] = [
        TargetState::InSync,
        TargetState::Leftover,
        TargetState::Missing,
        TargetState::Orphan,
        TargetState::Current,
        TargetState::Outdated,
        TargetState::Conflicting,
        TargetState::Edited,
        TargetState::Approved,
        TargetState::Held,
        TargetState::Obsolete,
        TargetState::ClosedByUs,
        TargetState::Declined,
        TargetState::DeclinedBefore,
        TargetState::Drifted,
        TargetState::Ahead,
        TargetState::Waiting,
        TargetState::Blocked,
        TargetState::Unreachable,
        TargetState::Excluded,
        TargetState::Refused,
        TargetState::Deferred,
    ];

    /// The word in reports and in `acknowledge`.
    pub fn word(self) -> &'static str {
        match self {
            TargetState::InSync => "in-sync",
            TargetState::Leftover => "leftover",
            TargetState::Missing => "missing",
            TargetState::Orphan => "orphan",
            TargetState::Current => "current",
            TargetState::Outdated => "outdated",
            TargetState::Conflicting => "conflicting",
            TargetState::Edited => "edited",
            TargetState::Approved => "approved",
            TargetState::Held => "held",
            TargetState::Obsolete => "obsolete",
            TargetState::ClosedByUs => "closed-by-us",
            TargetState::Declined => "declined",
            TargetState::DeclinedBefore => "declined-before",
            TargetState::Drifted => "drifted",
            TargetState::Ahead => "ahead",
            TargetState::Waiting => "waiting",
            TargetState::Blocked => "blocked",
            TargetState::Unreachable => "unreachable",
            TargetState::Excluded => "excluded",
            TargetState::Refused => "refused",
            TargetState::Deferred => "deferred",
        }
    }

    /// Whether a sync writes in this state, or would if no limit stood against it.
    pub fn is_due(self) -> bool {
        matches!(
            self,
            TargetState::Leftover
                | TargetState::Missing
                | TargetState::Orphan
                | TargetState::Outdated
                | TargetState::Conflicting
                | TargetState::Obsolete
                | TargetState::ClosedByUs
                | TargetState::DeclinedBefore
                | TargetState::Drifted
        )
    }

    /// Whether a target in this state fails: nothing more happens to it until somebody acts, and nobody chose that.
    /// `store::FAILING` names the same states.
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
                "Let our token push the branch `lessonbook/…` and open pull requests there (`lessonbook doctor` says what \
                 is missing), or take the target out.",
            ),
            TargetState::Unreachable => Some(
                "Check the target's name and that our token may read it; if both are right, run again, for GitHub may \
                 have been down.",
            ),
            TargetState::Refused => Some(
                "Read the plan's findings (`lessonbook plan TARGET`), each of which says a way out; the cause is in the \
                 store or in the target's files.",
            ),
            _ => None,
        }
    }
}
