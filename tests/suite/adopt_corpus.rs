//! Properties of `adopt` over real instruction files: nothing but lines of lessons is removed, and undoing gives the old bytes.
//!
//! Input: the corpus, where it is present; each file becomes `CLAUDE.md` of a repository whose store has the rules that import finds in
//! it. Output: nothing, or the file that breaks a property. Not here: single shapes of files (`adopt`).

#![allow(clippy::unwrap_used, reason = "a test may stop at what it can't read")]
#![allow(clippy::print_stderr, reason = "a skipped test says so")]

use std::collections::BTreeSet;

use super::import_corpus::files;
use super::support::library::{self, Book, story, tree};
use lessonbook_base::snapshot::{EarlierStates, Snapshot};
use lessonbook_base::text_diff::changed_items;
use lessonbook_base::tree::Tree;
use lessonbook_import::{ImportFile, read};
use lessonbook_pipeline::Planner;
use lessonbook_pipeline::plan::TargetPlan;
use lessonbook_pipeline::target_state::TargetState;
use lessonbook_proof::{MoveDirection, MovedText};
use lessonbook_store::{Status, Store, Target};

/// More lessons than this are not taken from one file: the block has a budget.
const LESSONS: usize = 12;
const FILE: &str = "CLAUDE.md";

/// A store with a file's rules as lessons.
fn book(repository: &str, path: &str, bytes: &[u8]) -> Option<Book> {
    let reading = read(&ImportFile {
        repository,
        path,
        bytes,
    });
    let mut rules: BTreeSet<&str> = BTreeSet::new();
    for candidate in &reading.candidates {
        if rules.len() < LESSONS {
            rules.insert(&candidate.rule);
        }
    }
    let mut book = Book::new(&[]).settings("assistants: [claude-code]\nuse: [claude]\nadopt: true");
    for (number, rule) in rules.iter().enumerate() {
        let rule = serde_json::to_string(rule).unwrap();
        book = book.lesson(
            &format!("found/rule-{number}"),
            &format!("title: Rule {number}\nseverity: medium\ntags: [app]\nrule: {rule}\nrationale: It was found.\n"),
        );
    }
    let (store, findings) = book.load();
    for lesson in store.lessons.iter().filter(|lesson| lesson.broken) {
        book = book.without(&format!("found/{}", lesson.id));
    }
    for finding in findings.iter().filter(|finding| finding.is_error()) {
        if let Some(at) = &finding.at {
            book.files.remove(&at.file);
        }
    }
    (!book.files.is_empty()).then_some(book)
}

/// Plans a tree with its history.
fn plan(planner: &Planner<'_>, target: &Target, tree: &Tree, earlier: &[&Tree]) -> TargetPlan {
    let trees = std::iter::once(tree).chain(earlier.iter().copied()).cloned();
    let snapshot = Snapshot {
        earlier: EarlierStates {
            trees: trees.collect(),
            is_cut: false,
        },
        ..library::snapshot(tree)
    };
    planner.plan(target, &snapshot)
}

fn moved(plan: &TargetPlan) -> Vec<&MovedText> {
    plan.moved().collect()
}

/// What the bytes outside the block lost: each line that is not blank, without its ending.
fn lost(before: &[u8], after: &[u8]) -> Vec<String> {
    let lines = |bytes: &'static [u8]| -> Vec<&'static [u8]> { bytes.split(|byte| *byte == b'\n').collect() };
    let (before, after): (&'static [u8], &'static [u8]) = (
        Box::leak(before.to_vec().into_boxed_slice()),
        Box::leak(after.to_vec().into_boxed_slice()),
    );
    let (before, after) = (lines(before), lines(after));
    let (gone, _) = changed_items(&before, &after);
    let lines = gone
        .into_iter()
        .map(|line| String::from_utf8_lossy(before[line]).trim().to_owned());
    lines.filter(|line| !line.is_empty()).collect()
}

/// What happened to one file.
#[derive(Default)]
struct Counts {
    tried: usize,
    refused: usize,
    with_moves: usize,
    texts: usize,
}

fn adopt_and_undo(name: &str, bytes: &[u8], book: &Book, counts: &mut Counts) {
    let store = book.store();
    let planner = Planner::new(&store).unwrap_or_else(|finding| panic!("{finding:?}"));
    let on = &store.targets[0];
    let old = tree(&[(FILE, bytes)]);
    let adopting = plan(&planner, on, &old, &[]);
    let without = Target {
        adopt: false,
        ..on.clone()
    };
    let plain = plan(&planner, &without, &old, &[]);
    counts.tried += 1;
    if plain.outcome.state == TargetState::Refused {
        counts.refused += 1; // a file that can't be written at all
        assert_eq!(adopting.outcome.state, TargetState::Refused, "{name}");
        return;
    }
    assert!(
        adopting.outcome.state != TargetState::Refused,
        "{name}: {}",
        story(&adopting)
    );
    let new = old.with(&adopting.content.edits);
    let moves = moved(&adopting);
    // Every line that is lost belongs to a text that the plan names.
    let kept = old.with(&plain.content.edits);
    for line in lost(kept.file(FILE).unwrap(), new.file(FILE).unwrap()) {
        let bare = line.trim_start_matches(['-', '*', '+']).trim();
        let is_named = moves.iter().any(|text| text.text.contains(bare));
        assert!(is_named, "{name}: lost `{line}`");
    }
    let second = plan(&planner, on, &new, &[&old]);
    assert!(second.content.edits.is_empty(), "{name}: {}", story(&second));
    if moves.is_empty() {
        return;
    }
    counts.with_moves += 1;
    counts.texts += moves.len();
    assert!(
        moves.iter().all(|text| text.to == MoveDirection::IntoBlock),
        "{name}"
    );
    let off = Target {
        enabled: false,
        ..on.clone()
    };
    let undone = plan(&planner, &off, &new, &[&old]);
    assert!(
        undone.outcome.state != TargetState::Refused,
        "{name}: {}",
        story(&undone)
    );
    let back = new.with(&undone.content.edits);
    assert_eq!(
        String::from_utf8_lossy(back.file(FILE).unwrap()),
        String::from_utf8_lossy(bytes),
        "{name}"
    );
    assert!(back.file(FILE) == Some(bytes), "{name}: other bytes");
    let directions: Vec<MoveDirection> = undone.moved().map(|text| text.to).collect();
    assert_eq!(directions, vec![MoveDirection::Back; moves.len()], "{name}");
}

#[test]
fn adopting_and_undoing_gives_the_old_bytes_of_every_real_file() {
    let Some(files) = files() else { return };
    let mut counts = Counts::default();
    for (repository, path, bytes) in &files {
        if let Some(book) = book(repository, path, bytes) {
            adopt_and_undo(&format!("{repository}/{path}"), bytes, &book, &mut counts);
        }
    }
    eprintln!(
        "{} files, {} can't be written, {} with moved texts, {} texts",
        counts.tried, counts.refused, counts.with_moves, counts.texts
    );
    assert!(counts.with_moves > 100 && counts.texts > 500);
}

#[test]
fn lessons_that_leave_one_by_one_give_the_old_bytes_too() {
    let Some(files) = files() else { return };
    for (repository, path, bytes) in files.iter().filter(|(_, _, bytes)| bytes.len() < 6_000) {
        let Some(book) = book(repository, path, bytes) else {
            continue;
        };
        let name = format!("{repository}/{path}");
        let old = tree(&[(FILE, bytes)]);
        let mut store = book.store();
        let adopting = one_plan(&store, &old, &[]);
        let lessons: Vec<String> = adopting.moved().map(|text| text.lesson.clone()).collect();
        if lessons.len() < 2 || lessons.len() > 5 || adopting.outcome.state == TargetState::Refused {
            continue;
        }
        let mut states = vec![old.with(&adopting.content.edits), old];
        let mut order: Vec<usize> = (0..store.lessons.len()).collect();
        order.sort_by_key(|at| !lessons.contains(&store.lessons[*at].id));
        for at in order {
            store.lessons[at].status = Status::Retired;
            let earlier: Vec<&Tree> = states[1..].iter().collect();
            let next = one_plan(&store, &states[0], &earlier);
            assert!(
                next.outcome.state != TargetState::Refused,
                "{name}: {}",
                story(&next)
            );
            let next = states[0].with(&next.content.edits);
            states.insert(0, next);
        }
        assert_eq!(
            String::from_utf8_lossy(states[0].file(FILE).unwrap()),
            String::from_utf8_lossy(bytes),
            "{name}"
        );
    }
}

fn one_plan(store: &Store, tree: &Tree, earlier: &[&Tree]) -> TargetPlan {
    let planner = Planner::new(store).unwrap_or_else(|finding| panic!("{finding:?}"));
    plan(&planner, &store.targets[0], tree, earlier)
}
