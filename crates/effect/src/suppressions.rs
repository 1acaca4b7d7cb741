//! How often places of a lesson were excused, and with which reasons.
//!
//! Input: the lesson in each target. Output: [`Suppressions`].

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use serde::Serialize;

use crate::day;
use crate::presence::LessonInTarget;

/// What was found and what was excused, in the history of all targets.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Suppressions {
    /// Places that commits introduced and nothing excused.
    pub introduced: usize,
    /// Places that were excused.
    pub excused: usize,
    /// The excused places by reason, the most frequent first.
    pub reasons: Vec<ReasonCount>,
}

/// A reason, and how often it was given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReasonCount {
    /// The reason; empty: none was given.
    pub reason: String,
    /// Whether it is in comments; otherwise in an exception of the store.
    pub is_comment: bool,
    /// How many places.
    pub places: usize,
    /// In which targets.
    pub targets: BTreeSet<String>,
    /// The first day.
    pub first: Date,
    /// The last day.
    pub last: Date,
}

/// Counts them.
pub fn suppressions(targets: &[LessonInTarget]) -> Suppressions {
    let mut found = Suppressions::default();
    let mut reasons: BTreeMap<(String, bool), ReasonCount> = BTreeMap::new();
    for target in targets {
        for commit in &target.commits {
            found.introduced += commit.record.introduced.len();
            found.excused += commit.record.excused.len();
            let today = day(commit.time);
            for place in &commit.record.excused {
                let key = (place.reason.clone(), place.is_comment);
                let reason = reasons.entry(key).or_insert_with(|| ReasonCount {
                    reason: place.reason.clone(),
                    is_comment: place.is_comment,
                    places: 0,
                    targets: BTreeSet::new(),
                    first: today,
                    last: today,
                });
                reason.places += 1;
                reason.targets.insert(target.target.clone());
                (reason.first, reason.last) = (reason.first.min(today), reason.last.max(today));
            }
        }
    }
    found.reasons = reasons.into_values().collect();
    found
        .reasons
        .sort_by_key(|reason| std::cmp::Reverse(reason.places));
    found
}
