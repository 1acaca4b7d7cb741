//! The states of a target, their words, and who does what next.
//!
//! Comes in: nothing. Goes out: [`State`]. Leaves to others: which state a target is in.

use serde::{Deserialize, Serialize};

/// Where a target stands. Every target of a run is in exactly one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
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

impl State {
    /// Every state, in the order of a life.
    pub const ALL: [State; 22] = [
        State::InSync,
        State::Leftover,
        State::Missing,
        State::Orphan,
        State::Current,
        State::Outdated,
        State::Conflicting,
        State::Edited,
        State::Approved,
        State::Held,
        State::Obsolete,
        State::ClosedByUs,
        State::Declined,
        State::DeclinedBefore,
        State::Drifted,
        State::Ahead,
        State::Waiting,
        State::Blocked,
        State::Unreachable,
        State::Excluded,
        State::Refused,
        State::Deferred,
    ];

    /// The word in reports and in `acknowledge`.
    pub fn word(self) -> &'static str {
        match self {
            State::InSync => "in-sync",
            State::Leftover => "leftover",
            State::Missing => "missing",
            State::Orphan => "orphan",
            State::Current => "current",
            State::Outdated => "outdated",
            State::Conflicting => "conflicting",
            State::Edited => "edited",
            State::Approved => "approved",
            State::Held => "held",
            State::Obsolete => "obsolete",
            State::ClosedByUs => "closed-by-us",
            State::Declined => "declined",
            State::DeclinedBefore => "declined-before",
            State::Drifted => "drifted",
            State::Ahead => "ahead",
            State::Waiting => "waiting",
            State::Blocked => "blocked",
            State::Unreachable => "unreachable",
            State::Excluded => "excluded",
            State::Refused => "refused",
            State::Deferred => "deferred",
        }
    }

    /// Whether a sync writes in this state, or would if no limit stood against it.
    pub fn is_due(self) -> bool {
        matches!(
            self,
            State::Leftover
                | State::Missing
                | State::Orphan
                | State::Outdated
                | State::Conflicting
                | State::Obsolete
                | State::ClosedByUs
                | State::DeclinedBefore
                | State::Drifted
        )
    }

    /// Whether a target in this state fails: nothing more happens to it until somebody acts, and nobody chose that.
    /// `store::FAILING` names the same states.
    pub fn fails(self) -> bool {
        matches!(self, State::Blocked | State::Unreachable | State::Refused)
    }

    /// Who has to act in a state that fails.
    pub fn owner(self) -> Option<&'static str> {
        match self {
            State::Blocked => Some("the repository's administrators"),
            State::Unreachable => Some("who runs lessonbook"),
            State::Refused => Some("the store's owners"),
            _ => None,
        }
    }

    /// What they do next, in one sentence.
    pub fn next(self) -> Option<&'static str> {
        match self {
            State::Blocked => Some(
                "Let our token push the branch `lessonbook/…` and open pull requests there (`lessonbook doctor` says what \
                 is missing), or take the target out.",
            ),
            State::Unreachable => Some(
                "Check the target's name and that our token may read it; if both are right, run again, for GitHub may \
                 have been down.",
            ),
            State::Refused => Some(
                "Read the plan's findings (`lessonbook plan TARGET`), each of which says a way out; the cause is in the \
                 store or in the target's files.",
            ),
            _ => None,
        }
    }
}
