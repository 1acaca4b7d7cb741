//! Reads one file: its rules as candidates, and what becomes of the rest.
//!
//! Input: a file. Output: its [`FileReading`]. Not here: what several files say together (`clusters`).

use std::ops::Range;

use lessonbook_base::generated;

use crate::candidate::FileReading;
use crate::outline::outline;
use crate::passage::{Fate, Omission, Passage, passages};
use crate::paths::{PathScope, path_scope};
use crate::rule_walk::RuleWalk;
use crate::text_file::{ImportFile, Unreadable, decode};
use crate::{managed, records, rule_elements};

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
    records::run(&mut walk);
    rule_elements::run(&mut walk);
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
