//! Whether a lesson helped: where it is, and whether the mistake came back.
//!
//! Input: for each lesson the history of its file, and for each target when the lesson was in its blocks and what its commits
//! introduced. Output: a [`LessonEffect`], which can be serialised. Not here: reading histories (`src/repository`, `src/run/effect`)
//! and printing (`src/report`).
//!
//! Reports say "introduced before" and "introduced after": a history can't show that a lesson prevented something.

pub mod cache;
pub mod comparison;
pub mod gathered;
pub mod incidents;
pub mod interval;
pub mod presence;
pub mod propagation;
pub mod record;
pub mod recurrence;
pub mod suppressions;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use lessonbook_store::{Lesson, Severity, Status};
use serde::{Deserialize, Serialize};

use crate::incidents::{IncidentRecurrence, by_incident};
use crate::presence::LessonInTarget;
use crate::propagation::{LessonFile, Propagation, propagation};
use crate::recurrence::{CheckRecurrence, by_check};
use crate::suppressions::{Suppressions, suppressions};

/// The effect of lessons, with what was read for it.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Effect {
    /// The lessons, by severity, then id.
    pub lessons: Vec<LessonEffect>,
    /// The targets that were read, in the order of `targets.yaml`.
    pub targets: Vec<ReadHistory>,
    /// The targets that were not read.
    pub not_read: Vec<NotRead>,
}

/// The history of a target that was read.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct ReadHistory {
    /// The target's name.
    pub target: String,
    /// The branch.
    pub branch: String,
    /// Its commit, in hexadecimal digits.
    pub commit: String,
    /// How many commits were read.
    pub commits: usize,
    /// How many of them were judged in this run, and not in an earlier one.
    pub judged: usize,
    /// The day of the oldest of them.
    pub oldest: Option<Date>,
    /// The day of the newest of them.
    pub newest: Option<Date>,
    /// The clone does not hold what was before.
    pub is_shallow: bool,
    /// There are more commits than are read.
    pub has_more: bool,
}

/// A target that was not read.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct NotRead {
    /// Its name.
    pub target: String,
    /// Why.
    pub why: String,
    /// What the user can do.
    pub help: Option<String>,
    /// `owner/name` on GitHub of which a clone is missing.
    pub clone: Option<String>,
    /// It should have been readable.
    pub is_failure: bool,
}

/// The effect of one lesson.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LessonEffect {
    /// Its id.
    pub lesson: String,
    /// Its title.
    pub title: String,
    /// Its severity.
    pub severity: Severity,
    /// Its status.
    pub status: Status,
    /// Where it is, and since when.
    pub propagation: Propagation,
    /// Whether it has checks.
    #[serde(skip)]
    pub has_checks: bool,
    /// What its checks found before and after; none: it has no checks, or no history could be judged.
    pub by_check: Option<CheckRecurrence>,
    /// Its incidents before and after.
    pub by_incident: IncidentRecurrence,
    /// What was excused.
    pub suppressions: Suppressions,
}

impl LessonEffect {
    /// The effect of a lesson. `now`: in seconds since 1970.
    pub fn new(lesson: &Lesson, file: &LessonFile, targets: &[LessonInTarget], now: i64) -> Self {
        let is_judged = targets.iter().any(|target| target.is_judged);
        LessonEffect {
            lesson: lesson.id.clone(),
            title: lesson.title.clone(),
            severity: lesson.severity,
            status: lesson.status,
            propagation: propagation(file, targets, now),
            has_checks: !lesson.checks.is_empty(),
            by_check: is_judged.then(|| by_check(targets)),
            by_incident: by_incident(&lesson.incidents, targets),
            suppressions: suppressions(targets),
        }
    }
}

/// The day of a time, in UTC. A time that no calendar has is the first day of 1970.
pub(crate) fn day(seconds: i64) -> Date {
    let moment = jiff::Timestamp::from_second(seconds).unwrap_or_default();
    TimeZone::UTC.to_datetime(moment).date()
}
