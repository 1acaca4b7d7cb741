//! Whether a lesson's checks found fewer new places after the lesson was merged.
//!
//! Input: for each target, when the lesson was in its blocks, and its judged commits. Output: a [`CheckRecurrence`]. Not here: the
//! interval (`interval`) and the verdict of one comparison (`comparison`).
//!
//! A comparison of before and after alone is misleading: a mistake also becomes rare because a tool changed, or a wave of new manifests
//! is over. So two more comparisons are always made, in which the lesson can't be the reason: targets that had not merged it, over the
//! same dates; and a placebo date in the middle of the time before the merge.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::Serialize;

use crate::comparison::{Comparison, Doubt};
use crate::day;
use crate::interval::Stratum;
use crate::presence::LessonInTarget;
use crate::record::{IntroducedPlace, JudgedCommit};

/// A file that returns within this time to a content that it had before is a revert, not a new mistake.
pub const REVERT_SECONDS: i64 = 7 * 24 * 60 * 60;

/// What the checks of a lesson found before and after its merge.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CheckRecurrence {
    /// Before and after the merge, in the targets in which the lesson was merged, with the verdict on the lesson.
    pub merged: Comparison,
    /// Targets that had not merged the lesson, before and after the middle one of the earlier merges; none if every target merged it.
    pub not_reached: Option<Comparison>,
    /// The targets in which it was merged, before the merge, divided at a date on which nothing happened.
    pub placebo: Option<Comparison>,
    /// That date, by target.
    pub placebo_dates: BTreeMap<String, Date>,
    /// Each target, in the order of `targets.yaml`.
    pub targets: Vec<TargetRecurrence>,
    /// Places that were introduced after the merge, newest first.
    pub introduced_after: Vec<IntroducedAfter>,
    /// Commits that introduced nothing but what a revert brought back; they do not count.
    pub reverts: usize,
    /// Files that could not be read in whole before or after a commit, each side counted. What changed in them is not known.
    pub unread: usize,
}

/// One target.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TargetRecurrence {
    /// Its name.
    pub target: String,
    /// Before and after the merge; none: the lesson was never merged there, or its history before is not known.
    pub merged: Option<Comparison>,
    /// All commits of a target without a merge.
    pub exposed: usize,
    /// How many of them introduced a place.
    pub introduced: usize,
}

/// A place that was introduced although the lesson was merged there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct IntroducedAfter {
    /// The target.
    pub target: String,
    /// The day.
    pub day: Date,
    /// The commit, in hexadecimal digits.
    pub commit: String,
    /// The file; empty where its absence is the hit.
    pub file: String,
    /// The line, from 1.
    pub line: Option<usize>,
    /// What is there.
    pub detail: String,
}

impl CheckRecurrence {
    /// The places that were introduced after the merge, by commit.
    pub fn introduced_after_by_commit(&self) -> impl Iterator<Item = &[IntroducedAfter]> {
        self.introduced_after
            .chunk_by(|a, b| (&a.target, &a.commit) == (&b.target, &b.commit))
    }

    /// Two targets whose intervals do not overlap, the one with the higher ratio first: then one ratio for all describes neither.
    pub fn differing_targets(&self) -> Option<(&str, &str)> {
        let compared = || {
            let targets = self.targets.iter();
            targets.filter_map(|target| {
                let merged = target.merged.as_ref()?;
                Some((target.target.as_str(), merged.low?, merged.high))
            })
        };
        let (higher, low, _) = compared().max_by(|a, b| a.1.total_cmp(&b.1))?;
        let ends = compared().filter_map(|(name, _, high)| Some((name, high?)));
        let (lower, high) = ends.min_by(|a, b| a.1.total_cmp(&b.1))?;
        (high < low).then_some((higher, lower))
    }
}

/// A commit, as it counts.
struct CountedCommit<'c> {
    commit: &'c JudgedCommit,
    /// Places that no revert brought back.
    introduced: Vec<&'c IntroducedPlace>,
}

/// Compares the commits of all targets.
pub fn by_check(targets: &[LessonInTarget]) -> CheckRecurrence {
    let mut reverts = 0;
    let counted: Vec<(&LessonInTarget, Vec<CountedCommit>)> = targets
        .iter()
        .filter(|target| target.is_judged)
        .map(|target| (target, without_reverts(&target.commits, &mut reverts)))
        .collect();
    let merged: Vec<Stratum> = counted
        .iter()
        .filter_map(|(target, commits)| at_merge(target, commits))
        .collect();
    let not_reached: Vec<Stratum> = counted
        .iter()
        .filter_map(|(target, commits)| same_dates(target, commits, targets))
        .collect();
    let (mut placebo, mut placebo_dates) = (Vec::new(), BTreeMap::new());
    for (target, commits) in &counted {
        if let Some((stratum, time)) = at_placebo(target, commits) {
            placebo.push(stratum);
            placebo_dates.insert(target.target.clone(), day(time));
        }
    }
    let not_reached = (!not_reached.is_empty()).then(|| Comparison::new(&not_reached));
    let placebo = (!placebo.is_empty()).then(|| Comparison::new(&placebo));
    let merged = Comparison::new(&merged)
        .unless_also_in(not_reached.as_ref(), Doubt::AlsoNotReached)
        .unless_also_in(placebo.as_ref(), Doubt::AlsoPlacebo);
    CheckRecurrence {
        merged,
        not_reached,
        placebo,
        placebo_dates,
        targets: counted
            .iter()
            .map(|(target, commits)| of_target(target, commits))
            .collect(),
        introduced_after: introduced_after(&counted),
        reverts,
        unread: targets
            .iter()
            .flat_map(|target| &target.commits)
            .map(|commit| commit.record.unread)
            .sum(),
    }
}

/// The commits, oldest first, without what a revert brought back.
fn without_reverts<'c>(commits: &'c [JudgedCommit], reverts: &mut usize) -> Vec<CountedCommit<'c>> {
    let mut left: BTreeMap<u64, i64> = BTreeMap::new();
    let mut counted = Vec::with_capacity(commits.len());
    for commit in commits {
        let is_back = |place: &&IntroducedPlace| {
            let time = place.content.and_then(|content| left.get(&content));
            time.is_some_and(|time| commit.time - time <= REVERT_SECONDS)
        };
        let all = &commit.record.introduced;
        let introduced: Vec<&IntroducedPlace> = all.iter().filter(|place| !is_back(place)).collect();
        *reverts += usize::from(introduced.is_empty() && !all.is_empty());
        counted.push(CountedCommit { commit, introduced });
        left.extend(commit.record.left.iter().map(|content| (*content, commit.time)));
    }
    counted
}

impl CountedCommit<'_> {
    fn is_event(&self) -> bool {
        !self.introduced.is_empty()
    }

    /// A commit that introduces a place had the opportunity to.
    fn is_exposed(&self) -> bool {
        self.commit.record.is_exposed || self.is_event()
    }
}

/// Counts commits before and after; `is_after` is none for a commit that does not count.
fn stratum(commits: &[CountedCommit], is_after: impl Fn(&JudgedCommit) -> Option<bool>) -> Stratum {
    let mut sides = Stratum::default();
    for counted in commits.iter().filter(|counted| counted.is_exposed()) {
        let event = usize::from(counted.is_event());
        match is_after(counted.commit) {
            Some(false) => {
                sides.exposed_before += 1;
                sides.before += event;
            }
            Some(true) => {
                sides.exposed_after += 1;
                sides.after += event;
            }
            None => {}
        }
    }
    sides
}

/// Before and after the merge. The merge itself is on neither side, nor is what was committed while the lesson was removed.
fn at_merge(target: &LessonInTarget, commits: &[CountedCommit]) -> Option<Stratum> {
    let first = target.first_merge()?;
    Some(stratum(commits, |commit| {
        if commit.index < first {
            Some(false)
        } else {
            target.is_present_at(commit.index).then_some(true)
        }
    }))
}

/// A target that had not merged the lesson, at the middle one of the merges elsewhere: each target counts once.
fn same_dates(target: &LessonInTarget, commits: &[CountedCommit], all: &[LessonInTarget]) -> Option<Stratum> {
    let until = target.first_merge_time().unwrap_or(i64::MAX);
    let others = all.iter().filter(|other| other.target != target.target);
    let mut dates: Vec<i64> = others
        .filter_map(LessonInTarget::exact_merge_time)
        .filter(|time| *time < until)
        .collect();
    dates.sort_unstable();
    let date = *dates.get(dates.len() / 2)?;
    Some(stratum(commits, |commit| {
        (commit.time < until).then_some(commit.time >= date)
    }))
}

/// The time before the merge, divided where half of its exposed commits are over: a date that no event chose.
fn at_placebo(target: &LessonInTarget, commits: &[CountedCommit]) -> Option<(Stratum, i64)> {
    let first = target.first_merge()?;
    let exposed: Vec<&JudgedCommit> = commits
        .iter()
        .filter(|counted| counted.is_exposed() && counted.commit.index < first)
        .map(|counted| counted.commit)
        .collect();
    let middle = exposed.get(exposed.len() / 2).filter(|_| exposed.len() > 1)?;
    let sides = stratum(commits, |commit| {
        (commit.index < first).then_some(commit.index >= middle.index)
    });
    Some((sides, middle.time))
}

fn of_target(target: &LessonInTarget, commits: &[CountedCommit]) -> TargetRecurrence {
    let all = stratum(commits, |_| Some(false));
    TargetRecurrence {
        target: target.target.clone(),
        merged: at_merge(target, commits).map(|sides| Comparison::new(&[sides])),
        exposed: all.exposed_before,
        introduced: all.before,
    }
}

fn introduced_after(counted: &[(&LessonInTarget, Vec<CountedCommit>)]) -> Vec<IntroducedAfter> {
    let mut all: Vec<(i64, IntroducedAfter)> = Vec::new();
    for (target, commits) in counted {
        let after = commits.iter().filter(|counted| {
            let is_later = target
                .first_merge()
                .is_some_and(|first| counted.commit.index >= first);
            is_later && target.is_present_at(counted.commit.index)
        });
        for counted in after {
            let commit = counted.commit;
            all.extend(counted.introduced.iter().map(|place| {
                let introduced = IntroducedAfter {
                    target: target.target.clone(),
                    day: day(commit.time),
                    commit: commit.commit.clone(),
                    file: place.file.clone(),
                    line: place.line,
                    detail: place.detail.clone(),
                };
                (commit.time, introduced)
            }));
        }
    }
    all.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.target.cmp(&b.1.target)));
    all.into_iter().map(|(_, introduced)| introduced).collect()
}
