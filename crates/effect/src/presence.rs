//! When a lesson was in the blocks of a target.
//!
//! Input: the commits of the base branch that changed a block, with the lessons that the blocks then name. Output:
//! [`PresencePeriod`]s, and [`LessonInTarget`], all that is known of one lesson in one target. Not here: reading blocks.

use serde::{Deserialize, Serialize};

use crate::record::JudgedCommit;

/// A commit of a target's base branch.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct CommitPoint {
    /// Its number from the oldest commit that was read.
    pub index: usize,
    /// In hexadecimal digits.
    pub commit: String,
    /// When it was committed, in seconds since 1970.
    pub time: i64,
}

/// A time in which a lesson was in the blocks.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct PresencePeriod {
    /// The commit that merged it.
    pub from: CommitPoint,
    /// The commit that removed it; none: it is present.
    pub until: Option<CommitPoint>,
}

/// How far a lesson is on its way into a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum PresenceState {
    /// In a block on the base branch.
    Merged,
    /// On our branch, not yet merged.
    Proposed,
    /// It concerns the target, and is neither merged nor on our branch.
    Waits,
    /// The target declined it, in its `.github/lessonbook.yaml`.
    Declined,
    /// An exception leaves it out of every entry point.
    Exempt,
    /// It was merged once and is in no block now.
    Removed,
    /// The target's history was not read.
    NotRead,
}

impl PresenceState {
    /// The words in reports.
    pub fn word(self) -> &'static str {
        match self {
            PresenceState::Merged => "merged",
            PresenceState::Proposed => "proposed",
            PresenceState::Waits => "waits",
            PresenceState::Declined => "declined",
            PresenceState::Exempt => "exempt",
            PresenceState::Removed => "removed",
            PresenceState::NotRead => "not read",
        }
    }
}

/// A lesson in a target.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub struct LessonInTarget {
    /// The target's name.
    pub target: String,
    /// `owner/name`, where its remote or its name says so.
    pub repository: Option<String>,
    /// How far the lesson is.
    pub state: PresenceState,
    /// Why it is exempt, declined or not read.
    pub why: Option<String>,
    /// When it was present, oldest first.
    pub periods: Vec<PresencePeriod>,
    /// The history starts with the lesson in a block, so that its merge was earlier, and the time before it is not known.
    pub is_start_unknown: bool,
    /// Whether the lesson has checks and the commits were judged by them.
    pub is_judged: bool,
    /// The commits that did anything, oldest first.
    pub commits: Vec<JudgedCommit>,
}

impl LessonInTarget {
    /// The number of the commit that merged it first.
    pub fn first_merge(&self) -> Option<usize> {
        self.periods.first().map(|period| period.from.index)
    }

    /// When it was merged first, or earlier.
    pub fn first_merge_time(&self) -> Option<i64> {
        self.periods.first().map(|period| period.from.time)
    }

    /// When it was merged first, if that is known.
    pub fn exact_merge_time(&self) -> Option<i64> {
        self.first_merge_time().filter(|_| !self.is_start_unknown)
    }

    /// Whether it was present when a commit was made, and that commit did not merge it.
    pub fn is_present_at(&self, index: usize) -> bool {
        let is_inside = |period: &PresencePeriod| {
            let starts_before =
                period.from.index < index || self.is_start_unknown && period.from.index == index;
            starts_before && period.until.as_ref().is_none_or(|until| index < until.index)
        };
        self.periods.iter().any(is_inside)
    }
}

/// The periods in which a lesson was present. `changes`: each commit that changed a block, oldest first, and whether the lesson is in a
/// block after it.
pub fn periods(changes: &[(CommitPoint, bool)]) -> Vec<PresencePeriod> {
    let mut periods: Vec<PresencePeriod> = Vec::new();
    for (point, is_present) in changes {
        let open = periods.last_mut().filter(|period| period.until.is_none());
        match (open, is_present) {
            (None, true) => periods.push(PresencePeriod {
                from: point.clone(),
                until: None,
            }),
            (Some(period), false) => period.until = Some(point.clone()),
            _ => {}
        }
    }
    periods
}
