//! How fast a lesson reached the repositories that it concerns.
//!
//! Input: the versions of the lesson's file, and the lesson in each target. Output: a [`Propagation`]. Not here: reading histories.
//!
//! Quantiles count every repository that the lesson should reach, also those that wait: otherwise a lesson that two of ten merged
//! on the first day would look fast.

use jiff::civil::Date;
use serde::Serialize;

use crate::day;
use crate::presence::{LessonInTarget, PresenceState};

const DAY: i64 = 24 * 60 * 60;

/// The history of a lesson's own file in the store.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LessonFile {
    /// When the file was added, in seconds since 1970; none: not known.
    pub written: Option<i64>,
    /// When it was active first: it was proposed nowhere before.
    pub active: Option<i64>,
    /// When its checks were changed after it was active, oldest first.
    pub checks_changed: Vec<i64>,
    /// Why the file may be older.
    pub cut: Option<String>,
}

/// Where a lesson is, and since when.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Propagation {
    /// The day on which the lesson was added to the store.
    pub written: Option<Date>,
    /// The day since which it is proposed, where that is another one.
    pub active: Option<Date>,
    /// Why it may be older.
    pub written_unclear: Option<String>,
    /// Days on which its checks changed. All commits are judged by the checks as they are now.
    pub checks_changed: Vec<Date>,
    /// How many targets it concerns, those that are exempt included.
    pub concerned: usize,
    /// How many have it.
    pub merged: usize,
    /// How many have it on our branch or wait.
    pub waiting: usize,
    /// How many declined it.
    pub declined: usize,
    /// How many are exempt.
    pub exempt: usize,
    /// How many had it once.
    pub removed: usize,
    /// How many were not read.
    pub not_read: usize,
    /// Within so many days half of the targets merged it; none: half of them did not, or it is not known.
    pub median_days: Option<i64>,
    /// Within so many days nine tenths did.
    pub p90_days: Option<i64>,
    /// The share of the targets that have it, after each day on which it changed.
    pub curve: Vec<CurvePoint>,
    /// Each target, in the order of `targets.yaml`.
    pub targets: Vec<TargetPropagation>,
}

/// How many targets have a lesson since a day.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CurvePoint {
    /// The day.
    pub day: Date,
    /// How many targets have it.
    pub merged: usize,
    /// Of so many: all that are not exempt and were read.
    pub of: usize,
}

/// One target.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TargetPropagation {
    /// Its name.
    pub target: String,
    /// How far the lesson is.
    pub state: PresenceState,
    /// Why it is exempt, declined or not read.
    pub why: Option<String>,
    /// The day on which it was merged first.
    pub merged: Option<Date>,
    /// The commit of the base branch that merged it, in hexadecimal digits.
    pub commit: Option<String>,
    /// It was merged on that day or earlier: the clone does not hold what was before.
    pub is_merge_unclear: bool,
    /// Days from the first active version in the store to the merge, or until now if it waits.
    pub days: Option<i64>,
    /// The day on which it was removed, if it is in no block.
    pub removed: Option<Date>,
}

/// Where a lesson is. `now`: in seconds since 1970.
pub fn propagation(file: &LessonFile, targets: &[LessonInTarget], now: i64) -> Propagation {
    let count = |states: &[PresenceState]| {
        let is_one = |target: &&LessonInTarget| states.contains(&target.state);
        targets.iter().filter(is_one).count()
    };
    let rows: Vec<TargetPropagation> = targets
        .iter()
        .map(|target| of_target(file, target, now))
        .collect();
    let mut days: Vec<i64> = Vec::new();
    let mut never = 0;
    for (row, target) in rows.iter().zip(targets) {
        match (target.state, row.days.filter(|_| !row.is_merge_unclear)) {
            (PresenceState::Merged | PresenceState::Removed, Some(count)) => days.push(count),
            (PresenceState::Proposed | PresenceState::Waits | PresenceState::Declined, _) => never += 1,
            _ => {}
        }
    }
    days.sort_unstable();
    let date = |time: Option<i64>| time.map(day);
    Propagation {
        written: date(file.written),
        active: date(file.active.filter(|active| Some(*active) != file.written)),
        written_unclear: file.cut.clone(),
        checks_changed: file.checks_changed.iter().map(|time| day(*time)).collect(),
        concerned: targets.len(),
        merged: count(&[PresenceState::Merged]),
        waiting: count(&[PresenceState::Proposed, PresenceState::Waits]),
        declined: count(&[PresenceState::Declined]),
        exempt: count(&[PresenceState::Exempt]),
        removed: count(&[PresenceState::Removed]),
        not_read: count(&[PresenceState::NotRead]),
        median_days: quantile(&days, never, 50),
        p90_days: quantile(&days, never, 90),
        curve: curve(targets),
        targets: rows,
    }
}

fn of_target(file: &LessonFile, target: &LessonInTarget, now: i64) -> TargetPropagation {
    let first = target.periods.first();
    let ends = match (target.state, first) {
        (_, Some(first)) => Some(first.from.time),
        (PresenceState::Proposed | PresenceState::Waits, None) => Some(now),
        _ => None,
    };
    // A lesson that was merged before this store had it was moved here: the days are not known.
    let days = ends.zip(file.active).map(|(end, start)| end - start);
    let last = target.periods.last().and_then(|period| period.until.as_ref());
    TargetPropagation {
        target: target.target.clone(),
        state: target.state,
        why: target.why.clone(),
        merged: first.map(|first| day(first.from.time)),
        commit: first.map(|first| first.from.commit.clone()),
        is_merge_unclear: target.is_start_unknown,
        days: days.filter(|days| *days >= 0).map(|days| days / DAY),
        removed: last.map(|until| day(until.time)),
    }
}

/// The number of days within which so many percent merged it, by nearest rank. `never`: how many did not.
fn quantile(days: &[i64], never: usize, percent: usize) -> Option<i64> {
    let rank = ((days.len() + never) * percent).div_ceil(100);
    days.get(rank.checked_sub(1)?).copied()
}

fn curve(targets: &[LessonInTarget]) -> Vec<CurvePoint> {
    let counts =
        |target: &&LessonInTarget| !matches!(target.state, PresenceState::Exempt | PresenceState::NotRead);
    let counted: Vec<&LessonInTarget> = targets.iter().filter(counts).collect();
    let mut steps: Vec<(i64, bool)> = Vec::new();
    for period in counted.iter().flat_map(|target| &target.periods) {
        steps.push((period.from.time, true));
        steps.extend(period.until.as_ref().map(|until| (until.time, false)));
    }
    steps.sort_unstable();
    let mut merged = 0_usize;
    let mut points: Vec<CurvePoint> = Vec::new();
    for (time, is_merge) in steps {
        merged = if is_merge {
            merged + 1
        } else {
            merged.saturating_sub(1)
        };
        let point = CurvePoint {
            day: day(time),
            merged,
            of: counted.len(),
        };
        match points.last_mut().filter(|last| last.day == point.day) {
            Some(last) => *last = point,
            None => points.push(point),
        }
    }
    points
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn those_that_wait_count_in_a_quantile() {
        assert_eq!(quantile(&[1, 2, 3], 0, 50), Some(2));
        assert_eq!(quantile(&[1, 2, 3], 0, 90), Some(3));
        assert_eq!(quantile(&[1, 2], 2, 50), Some(2));
        assert_eq!(quantile(&[1, 2], 3, 50), None);
        assert_eq!(quantile(&[], 0, 50), None);
    }
}
