//! Hand-written text that already says a lesson.
//!
//! Input: the target's instruction files before the plan, and the lessons of the store. Output: a note for each lesson and file, with
//! the line. Not here: lessons that exist twice in the store (`duplicate_rules`).
//!
//! Case, markup, punctuation, stop words and the order of sentences make no difference; numbers, negations and modal verbs do.

use std::cell::OnceCell;
use std::collections::BTreeSet;

use super::merge::present;
use lessonbook_base::finding::{Code, Finding, Location};
use lessonbook_base::tree::Tree;
use lessonbook_import::{ImportFile, RuleWords, normal};
use lessonbook_proof::MovedText;
use lessonbook_store::{EntryPoint, Lesson, Store};

/// A lesson with the words of its rule.
struct KnownRule<'s> {
    lesson: &'s Lesson,
    words: RuleWords,
}

/// The rules of a store, read for the first target that has hand-written text, and once for all targets.
pub(super) struct KnownRules<'s> {
    store: &'s Store,
    rules: OnceCell<Vec<KnownRule<'s>>>,
}

impl<'s> KnownRules<'s> {
    pub fn new(store: &'s Store) -> Self {
        KnownRules {
            store,
            rules: OnceCell::new(),
        }
    }

    fn all(&self) -> &[KnownRule<'s>] {
        self.rules.get_or_init(|| {
            let lessons = self.store.lessons.iter().filter(|lesson| lesson.is_active());
            let rules = lessons.map(|lesson| KnownRule {
                lesson,
                words: RuleWords::new(&normal(&lesson.rule)),
            });
            rules.collect()
        })
    }
}

/// Every hand-written copy in the files of the entry points in use, except those that the plan moves into our block.
pub(super) fn findings(
    rules: &KnownRules<'_>,
    used: &[&EntryPoint],
    before: &Tree,
    moved: &[MovedText],
) -> Vec<Finding> {
    let paths: BTreeSet<&str> = used.iter().flat_map(|row| present(row, before)).collect();
    paths
        .into_iter()
        .filter_map(|path| Some((path, before.file(path)?)))
        .flat_map(|(path, bytes)| {
            let is_moved = |lesson: &str, line: usize| {
                let place = |text: &&MovedText| text.path == path && text.line == line;
                moved.iter().filter(place).any(|text| text.lesson == lesson)
            };
            in_file(rules.all(), path, bytes, &is_moved)
        })
        .collect()
}

fn in_file(
    rules: &[KnownRule<'_>],
    path: &str,
    bytes: &[u8],
    is_moved: &dyn Fn(&str, usize) -> bool,
) -> Vec<Finding> {
    // Most files repeat no lesson: comparing words is much cheaper than reading the file's structure.
    let words = RuleWords::new(&normal(&String::from_utf8_lossy(bytes)));
    let likely: Vec<&KnownRule<'_>> = rules
        .iter()
        .filter(|rule| rule.words.is_contained_in(&words))
        .collect();
    if likely.is_empty() {
        return Vec::new();
    }
    let file = ImportFile {
        repository: "",
        path,
        bytes,
    };
    let candidates: Vec<(usize, RuleWords)> = lessonbook_import::read(&file)
        .candidates
        .iter()
        .map(|candidate| (candidate.line, RuleWords::new(&normal(&candidate.rule))))
        .collect();
    let copy = |rule: &&KnownRule<'_>| {
        let (line, _) = candidates
            .iter()
            .find(|(line, text)| rule.words.is_repeated_by(text) && !is_moved(&rule.lesson.id, *line))?;
        Some(finding(rule.lesson, path, *line))
    };
    likely.iter().filter_map(copy).collect()
}

fn finding(lesson: &Lesson, path: &str, line: usize) -> Finding {
    let message = format!("{path}:{line} repeats {} in hand-written text", lesson.id);
    Finding::new(Code::HandCopy, message)
        .at(Location {
            line,
            ..Location::file(path)
        })
        .effect("two copies can contradict each other after a change")
        .lesson(&lesson.id)
        .help(format!(
            "delete line {line} when you merge the proposal, or keep your text and decline the lesson in `.github/lessonbook.yaml`"
        ))
}
