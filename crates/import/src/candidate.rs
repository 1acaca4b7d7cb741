//! A rule as it was found, where it is written, and what a file holds: the types.
//!
//! Not here: reading a file (`read_file`), and what several files say together (`clusters`).

use std::ops::Range;

use lessonbook_store::Severity;
use serde::Serialize;

use crate::passage::{Fate, Omission, Passage};
use crate::signals::Confidence;
use crate::text_file::Unreadable;

/// A rule as it was found in one place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Candidate {
    /// The rule on one line: its text unchanged, with the lead-in or heading before it where that decides what it means.
    pub rule: String,
    /// The bytes of its words.
    pub bytes: Range<usize>,
    /// The line, from 1.
    pub line: usize,
    /// The headings above, the nearest first.
    pub headings: Vec<String>,
    /// Why it holds, as far as it is written beside it.
    pub rationale: String,
    /// How sure it is that this is a rule.
    pub confidence: Confidence,
    /// Its severity: a guess.
    pub severity: Severity,
    /// The reason for the guess.
    pub severity_reason: String,
    /// The paths that it concerns, in the grammar of the store; empty: all.
    pub paths: Vec<String>,
    /// A remark on its paths, for people.
    pub scope_note: Option<String>,
    /// Whether its paths can't be written in the grammar of the store, so that a lesson would reach more.
    pub scope_is_lost: bool,
    /// What it is about.
    pub topic: String,
    /// The title that a record of a lesson has.
    pub title: Option<String>,
}

/// What a file holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FileReading {
    /// The repository.
    pub repository: String,
    /// The path inside it.
    pub path: String,
    /// Its size.
    pub size: usize,
    /// Why the whole file is left out.
    pub unreadable: Option<Unreadable>,
    /// Its rules, in source order.
    pub candidates: Vec<Candidate>,
    /// What becomes of each byte.
    pub passages: Vec<Passage>,
}

impl FileReading {
    /// Leaves candidates out that are not wanted; their passages are accounted for as known before.
    pub fn drop_candidates(&mut self, is_dropped: &dyn Fn(&Candidate) -> bool) {
        let mut kept = Vec::new();
        let mut new_place: Vec<Option<usize>> = Vec::new();
        for candidate in std::mem::take(&mut self.candidates) {
            let is_kept = !is_dropped(&candidate);
            new_place.push(is_kept.then_some(kept.len()));
            if is_kept {
                kept.push(candidate);
            }
        }
        self.candidates = kept;
        for passage in &mut self.passages {
            if let Fate::Candidate { at } | Fate::Beside { at } = &mut passage.fate {
                match new_place.get(*at).copied().flatten() {
                    Some(new) => *at = new,
                    None => {
                        passage.fate = Fate::Omitted {
                            why: Omission::Unchanged,
                        };
                    }
                }
            }
        }
    }
}

/// Where a rule is written.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Citation {
    /// The repository.
    pub repository: String,
    /// The path inside it.
    pub path: String,
    /// The line, from 1.
    pub line: usize,
    /// Its words there, where they differ from the cluster's.
    pub wording: Option<String>,
}
