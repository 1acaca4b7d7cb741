//! Invariants: yes/no properties of a plan, computed from the final bytes, each with its evidence.
//!
//! Input: a target's files before and after, as [`super::EntryPointText`]s, the edits, and the coverage. Output: one
//! [`Invariant`] for each promise, and a finding for each failure. Not here: stopping the plan (`plan`). No invariant can be
//! switched off.

use std::borrow::Cow;
use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

mod assistants;
pub(super) mod block_text;
pub(super) mod bytes_preserved;
pub(super) mod checks_file;
mod critical_removed;
mod moved;
pub(super) mod path_policy;
mod per_folder;

pub use bytes_preserved::NOTHING_TO_KEEP;
pub use checks_file::NO_CHECKS;
pub use moved::{MoveDirection, MovedText, NOTHING_MOVED};

use super::frame::AllowedText;
use super::matched_paths::Globs;
use super::read::REINDENTED;
use super::{Coverage, FileView, LessonWording, Placement, TreeFiles};
use lessonbook_base::edit::Edit;
use lessonbook_base::finding::{Code, Finding, Location};
use lessonbook_base::tree::Tree;
use lessonbook_store::{EntryPoint, Severity, Store, Target};

/// A property that holds or does not.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
pub struct Invariant {
    /// Its stable name.
    pub name: Cow<'static, str>,
    /// Whether it holds.
    pub holds: bool,
    /// What was found, in a few words.
    pub evidence: String,
}

/// What the invariants are computed from.
pub(super) struct InvariantInput<'a> {
    pub store: &'a Store,
    pub words: &'a [LessonWording<'a>],
    /// What a block may hold besides the lessons.
    pub frame: &'a AllowedText<'a>,
    /// The lessons that other lessons name.
    pub named_by_others: &'a BTreeSet<&'a str>,
    pub target: &'a Target,
    pub rows: &'a [&'a EntryPoint],
    pub edits: &'a [Edit],
    /// The base branch now and earlier, newest first.
    pub earlier: &'a [Tree],
    pub current: &'a TreeFiles<'a>,
    pub proposed: &'a TreeFiles<'a>,
    pub coverage: &'a Coverage,
    pub globs: &'a Globs,
    pub again: &'a [Edit],
}

impl InvariantInput<'_> {
    /// Whether another lesson's text names this one.
    fn is_named_by_others(&self, id: &str) -> bool {
        self.named_by_others.contains(id)
    }
}

/// Computes all invariants, in the order in which they are shown.
pub(super) fn check(facts: &InvariantInput<'_>) -> (Vec<Invariant>, Vec<MovedText>, Vec<Finding>) {
    let (mut moved, mut findings) = (Vec::new(), Vec::new());
    let mut invariants = vec![
        critical_everywhere(facts, &mut findings),
        others_as_required(facts, &mut findings),
    ];
    invariants.extend(per_folder::present_per_folder(facts, &mut findings));
    invariants.push(bytes_preserved::kept(facts, &mut moved, &mut findings));
    invariants.extend(moved::as_said(facts, &moved, &findings));
    invariants.push(bytes_preserved::writable_only(facts, &mut findings));
    invariants.extend(path_policy::all(facts, &mut findings));
    invariants.extend([
        bytes_preserved::deleted_by_name(facts, &mut findings),
        assistants::nothing_shadowed(facts, &mut findings),
        critical_removed::none_removed(facts, &mut findings),
        assistants::limits_kept(facts, &mut findings),
        nothing_internal(facts, &mut findings),
        checks_file::checks_as_lessons(facts, &mut findings),
        at_rest(facts, &mut findings),
    ]);
    for finding in &mut findings {
        finding.target = Some(facts.target.name.clone());
    }
    (invariants, moved, findings)
}

pub(super) fn invariant(name: &'static str, holds: bool, evidence: impl Into<String>) -> Invariant {
    Invariant {
        name: Cow::Borrowed(name),
        holds,
        evidence: evidence.into(),
    }
}

/// `1 file`, `2 files`.
pub(super) fn count(number: usize, word: &str) -> String {
    format!("{number} {word}{}", if number == 1 { "" } else { "s" })
}

/// Promise 1 for critical lessons.
fn critical_everywhere(facts: &InvariantInput<'_>, findings: &mut Vec<Finding>) -> Invariant {
    let placements: Vec<&Placement> = facts
        .coverage
        .placements
        .iter()
        .filter(|placement| placement.severity == Severity::Critical)
        .collect();
    let holes = holes(&placements, findings);
    let lessons: BTreeSet<&str> = placements
        .iter()
        .map(|placement| placement.lesson.as_str())
        .collect();
    // Where every lesson is exempt nothing is covered, so such an entry point is not counted.
    let required = placements.iter().filter(|placement| placement.exempt.is_none());
    let places: BTreeSet<&str> = required.map(|placement| placement.entry_point.as_str()).collect();
    let covered = places
        .iter()
        .filter(|place| {
            placements
                .iter()
                .filter(|placement| placement.entry_point == **place)
                .all(|placement| !placement.is_hole())
        })
        .count();
    let exempt = placements
        .iter()
        .filter(|placement| placement.exempt.is_some())
        .count();
    let exempt = if exempt > 0 {
        format!(", {exempt} exempt")
    } else {
        String::new()
    };
    let evidence = if lessons.is_empty() {
        "no critical lesson concerns this target".to_owned()
    } else {
        format!(
            "{} at {covered} of {}{exempt}{}",
            count(lessons.len(), "critical lesson"),
            count(places.len(), "entry point"),
            reindented(&placements)
        )
    };
    invariant("critical-everywhere", holes == 0, evidence)
}

/// Promise 1 for all other lessons.
fn others_as_required(facts: &InvariantInput<'_>, findings: &mut Vec<Finding>) -> Invariant {
    let placements: Vec<&Placement> = facts
        .coverage
        .placements
        .iter()
        .filter(|placement| placement.severity < Severity::Critical)
        .collect();
    let holes = holes(&placements, findings);
    let shorter = placements
        .iter()
        .filter(|placement| placement.exempt.is_some())
        .count();
    let shorter_too = if shorter > 0 {
        format!(", {shorter} shorter or exempt")
    } else {
        String::new()
    };
    let evidence = format!(
        "{} of {} as required{shorter_too}{}",
        placements.len() - holes - shorter,
        count(placements.len(), "other placement"),
        reindented(&placements)
    );
    invariant("rest-as-required", holes == 0, evidence)
}

/// Counts the placements whose examples a formatter indented. They count as covered, and the evidence mentions them.
fn reindented(placements: &[&Placement]) -> String {
    match placements
        .iter()
        .filter(|placement| placement.proposed.missing == REINDENTED)
        .count()
    {
        0 => String::new(),
        number => format!(", {number} with an example that a formatter indented"),
    }
}

fn holes(placements: &[&Placement], findings: &mut Vec<Finding>) -> usize {
    let holes: Vec<_> = placements
        .iter()
        .filter(|placement| placement.is_hole())
        .collect();
    for placement in &holes {
        let message = format!(
            "{} ({}) is required as `{}` at `{}`: {}",
            placement.lesson,
            placement.severity.word(),
            placement.required.word(),
            placement.entry_point,
            placement.proposed.missing
        );
        let place = Location {
            line: placement.proposed.line.max(1),
            ..Location::file(&placement.proposed.path)
        };
        findings.push(
            Finding::new(Code::LessonNotCovered, message)
                .at(place)
                .lesson(&placement.lesson)
                .effect("assistants that load this file would not get the lesson")
                .help("fix the template or the text around the block, or add an exception with a reason to targets.yaml"),
        );
    }
    holes.len()
}

/// Promise 7: no text that people can't see. Promise 2: no unknown text.
fn nothing_internal(facts: &InvariantInput<'_>, findings: &mut Vec<Finding>) -> Invariant {
    let before = findings.len();
    for (_, file) in facts.proposed.ours() {
        for suspect in file.view.unsafe_text() {
            if suspect.code.level() == lessonbook_base::finding::Level::Error {
                findings.push(
                    Finding::new(suspect.code, format!("`{}`: {}", file.path, suspect.message))
                        .help(&suspect.help),
                );
            }
        }
        if facts.target.may_read_internal() {
            continue;
        }
        for words in facts.words {
            let internal = file.view.internal_text(words, facts.words);
            if let Some(what) = internal {
                let message = format!(
                    "`{}` holds {what} of {}, and the repository counts as public",
                    file.path, words.lesson.id
                );
                findings.push(
                    Finding::new(Code::InternalInPublic, message)
                        .lesson(&words.lesson.id)
                        .help("set `visibility: private` in targets.yaml if the repository is private, or fix the template"),
                );
            }
        }
    }
    block_text::known_and_quiet(facts, findings);
    let holds = findings.len() == before;
    let evidence = match (holds, facts.target.may_read_internal()) {
        (true, true) => "no hidden character or secret".to_owned(),
        (true, false) => "no hidden character, secret or internal text in public".to_owned(),
        (false, _) => format!(
            "text that must not be in a block, in {}",
            count(findings.len() - before, "place")
        ),
    };
    invariant("nothing-internal", holds, evidence)
}

/// Promise 4: a second run on the result changes nothing.
pub(super) fn at_rest(facts: &InvariantInput<'_>, findings: &mut Vec<Finding>) -> Invariant {
    for edit in facts.again {
        let message = format!("a second run would change `{}` again", edit.path);
        findings.push(
            Finding::new(Code::NotAtRest, message).help("this is a bug in Lessonbook: please report it"),
        );
    }
    invariant(
        "at-rest",
        facts.again.is_empty(),
        if facts.again.is_empty() {
            "a second run changes nothing"
        } else {
            "a second run changes something"
        },
    )
}
