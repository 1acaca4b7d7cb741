//! One file: its rules as candidates, and what becomes of the rest.
//!
//! Input: a file. Output: its [`FileReading`]. Not here: what several files say together (`clusters`).

use std::ops::Range;

use lessonbook_base::generated;
use lessonbook_store::Severity;
use serde::Serialize;

use crate::fold::RuleWalk;
use crate::managed;
use crate::outline::outline;
use crate::passage::{Fate, Omission, Passage, passages};
use crate::paths::{PathScope, path_scope};
use crate::signals::Confidence;
use crate::text_file::{ImportFile, Unreadable, decode};

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
    /// How bad it is to miss it: a guess.
    pub severity: Severity,
    /// What the guess rests on.
    pub severity_reason: String,
    /// The paths that it concerns, in the grammar of the store; empty: all.
    pub paths: Vec<String>,
    /// What is to know about its paths.
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

/// A file whose bytes could not be read, with why.
pub fn left_out(repository: &str, path: &str, size: usize, why: Unreadable) -> FileReading {
    let reading = FileReading {
        repository: repository.to_owned(),
        path: path.to_owned(),
        size,
        unreadable: None,
        candidates: Vec::new(),
        passages: Vec::new(),
    };
    whole(reading, why)
}

/// Reads a file.
pub fn read(file: &ImportFile<'_>) -> FileReading {
    let mut reading = FileReading {
        repository: file.repository.to_owned(),
        path: file.path.to_owned(),
        size: file.bytes.len(),
        unreadable: None,
        candidates: Vec::new(),
        passages: Vec::new(),
    };
    let text = match decode(file.bytes) {
        Ok(text) => text,
        Err(why) => return whole(reading, why),
    };
    if let Some((line, _)) = generated::banner(file.bytes) {
        return whole(reading, Unreadable::Generated { line });
    }
    let scope = path_scope(file.path, file.bytes);
    let mut parts: Vec<(Range<usize>, Fate)> = Vec::new();
    let left = |why| Fate::Omitted { why };
    if let Some(range) = &scope.front_matter {
        parts.push((range.clone(), left(Omission::FrontMatter)));
    }
    let managed = managed::parts(&text);
    for (range, marker) in managed.blocks {
        parts.push((range, left(Omission::ManagedBlock(marker))));
    }
    for range in managed.tags {
        parts.push((range, left(Omission::RawHtml)));
    }
    parts.sort_by_key(|(range, _)| range.start);
    parts.dedup_by(|next, first| next.0.start < first.0.end);
    let masked = masked(&text, parts.iter().map(|(range, _)| range));
    let outline = outline(&masked);
    let mut walk = RuleWalk::new(&masked, &outline, &scope, file.path);
    walk.run();
    reading.candidates = walk.candidates;
    parts.extend(walk.parts);
    parts.sort_by_key(|(range, _)| (range.start, range.end));
    opt_out(&mut reading, &scope, &mut parts);
    reading.passages = passages(&text, file.bytes.len(), parts);
    reading
}

fn whole(mut reading: FileReading, why: Unreadable) -> FileReading {
    reading.passages = vec![Passage {
        bytes: 0..reading.size,
        line: 1,
        fate: Fate::Omitted {
            why: Omission::File(why.clone()),
        },
    }];
    reading.unreadable = Some(why);
    reading
}

/// A file that keeps an assistant out yields no candidate: a lesson would reach that assistant.
fn opt_out(reading: &mut FileReading, scope: &PathScope, parts: &mut [(Range<usize>, Fate)]) {
    let Some(key) = &scope.opt_out else { return };
    reading.candidates.clear();
    for (_, fate) in parts {
        if matches!(fate, Fate::Candidate { .. } | Fate::Beside { .. }) {
            *fate = Fate::Omitted {
                why: Omission::OptOut(key.clone()),
            };
        }
    }
}

/// The text with blanks in place of some ranges; line ends stay, so that no offset changes.
fn masked<'r>(text: &str, ranges: impl Iterator<Item = &'r Range<usize>>) -> String {
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for range in ranges {
        out.push_str(&text[at..range.start]);
        let hidden = &text[range.clone()];
        out.extend(hidden.bytes().map(|byte| if byte == b'\n' { '\n' } else { ' ' }));
        at = range.end;
    }
    out.push_str(&text[at..]);
    out
}
