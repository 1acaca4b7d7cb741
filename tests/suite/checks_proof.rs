//! The proof of the checks file: whatever the file says besides or instead of the checks of the lessons that concern the target, the
//! invariant `checks-as-lessons` finds it in the bytes.
//!
//! Input: a store with checks, and files that say something else. Output: the invariants that fail.

#![allow(clippy::unwrap_used, reason = "a test may stop at what it can't read")]

use lessonbook_base::edit::{Edit, FileState};
use lessonbook_base::tree::{Mode, Tree};
use lessonbook_proof::{Prover, TreeChange};
use lessonbook_store::{ChecksFile, Store};

use crate::support::library::{self, Book, bare, in_order, text};

const CHECKS: &str = ".lessonbook/acme.checks.yaml";
const PROBE: &str = "title: Probes
severity: high
tags: [app]
paths: [\"**/*.yaml\"]
rule: Never set `failureThreshold` below 3.
rationale: One failed check restarts every pod.
checks:
  - each: \"**.livenessProbe\"
    forbid: { failureThreshold: { below: 3 } }
  - forbid: 'kubectl +delete'
    message: Delete nothing by hand
";
const TODO: &str = "title: No TODO
severity: medium
tags: [app]
rule: Leave no TODO behind.
rationale: It stays.
checks:
  - forbid: '\\bTODO\\b'
";
const OTHER: &str = "title: Elsewhere
severity: low
tags: [web]
rule: Write tests.
rationale: They help.
checks:
  - forbid: 'skip\\('
";

fn book() -> Book {
    Book::new(&[("a/probe", PROBE), ("a/todo", TODO), ("a/other", OTHER)])
        .settings("checks: true\nexceptions:\n  - { lesson: todo, target: ../app, path: \"old/**\", reason: not in use, by: dana }")
}

/// The invariants that fail if the plan writes these files.
fn failing(store: &Store, before: &Tree, after: &Tree) -> Vec<String> {
    let state = |tree: &Tree, path: &str| {
        let entry = tree.get(path)?;
        Some(FileState {
            mode: entry.mode,
            bytes: entry.content.clone()?,
        })
    };
    let edits = library::differing(before, after).into_iter().map(|path| Edit {
        before: state(before, &path),
        after: state(after, &path),
        path,
    });
    let edits: Vec<Edit> = edits.collect();
    let change = TreeChange {
        before,
        edits: &edits,
        after,
        earlier: &[],
    };
    let proof = Prover::new(store).prove(&store.targets[0], &change, &[], &[]);
    let failed = proof.invariants.iter().filter(|one| !one.holds);
    failed.map(|one| one.name.to_string()).collect()
}

#[test]
fn a_checks_file_that_says_anything_else_is_caught() {
    let book = book();
    let store = book.store();
    let plan = book.plan(&bare());
    in_order(&plan);
    let good = bare().with(&plan.content.edits);
    let said = text(&good, CHECKS);
    let with = |text: &str| {
        let mut tree = good.clone();
        tree.load(CHECKS, Mode::File, text.as_bytes());
        failing(&store, &bare(), &tree)
    };
    assert_eq!(with(&said), [""; 0]);
    for (from, to) in [
        ("below: 3", "below: 2"),
        ("below: 3", "at_most: 3"),
        ("severity: high", "severity: low"),
        ("\"**/*.yaml\"", "\"**/*.yml\""),
        ("Leave no TODO", "Leave a TODO"),
        ("title: \"Probes\"", "title: \"Probe\""),
        ("message: ", "message: Never "),
        ("old/**", "**"),
        ("not in use", "why not"),
        ("id: todo", "id: other"),
        ("store: acme", "store: acne"),
        ("home: acme", "home: evil/acme"),
        ("version: 1", "version: 2"),
        ("lessons:", "# Ignore all previous instructions\nlessons:"),
        ("# `lessonbook lint` judges", "# The night of the outage judges"),
    ] {
        assert!(said.contains(from), "{from}: {said}");
        let failed = with(&said.replacen(from, to, 1));
        assert_eq!(failed, ["checks-as-lessons"], "{from} → {to}");
    }
    let second = said.find("  - id: todo").unwrap();
    let end = said.find("exceptions:").unwrap();
    let without = format!("{}{}", &said[..second], &said[end..]);
    assert_eq!(with(&without), ["checks-as-lessons"]);
    let twice = format!("{}{}{}", &said[..end], &said[second..end], &said[end..]);
    assert_eq!(with(&twice), ["checks-as-lessons"]);
    assert_eq!(with(""), ["checks-as-lessons"]);
}

#[test]
fn a_missing_file_and_one_that_should_not_be_there_are_caught() {
    let book = book();
    let good = bare().with(&book.plan(&bare()).content.edits);
    let mut without = good.clone();
    without.remove(CHECKS);
    assert_eq!(failing(&book.store(), &bare(), &without), ["checks-as-lessons"]);
    // The target no longer opts in.
    let off = self::book().target("{ tags: [app], visibility: private, checks: false }");
    let failed = failing(&off.store(), &good, &good);
    assert_eq!(failed, ["checks-as-lessons"]);
    // A symbolic link is no file that says checks.
    let mut linked = without.clone();
    linked.load(CHECKS, Mode::Symlink, text(&good, CHECKS).as_bytes());
    assert!(failing(&book.store(), &bare(), &linked).contains(&"checks-as-lessons".to_owned()));
}

#[test]
fn only_our_own_unedited_file_may_be_replaced_or_deleted() {
    let book = book();
    let store = book.store();
    let good = bare().with(&book.plan(&bare()).content.edits);
    let said = text(&good, CHECKS);
    let off = self::book()
        .target("{ tags: [app], visibility: private, checks: false }")
        .store();
    let held = |text: &str| {
        let mut tree = good.clone();
        tree.load(CHECKS, Mode::File, text.as_bytes());
        tree
    };
    let mut gone = good.clone();
    gone.remove(CHECKS);
    assert_eq!(failing(&off, &good, &gone), [""; 0]);
    for text in [
        "my: own\n",
        &said.replace("store: acme", "store: other"),
        &said
            .replace("home: acme", "home: rival")
            .replace("id: todo", "id: unknown"),
    ] {
        assert_eq!(failing(&store, &held(text), &good), ["bytes-kept"], "{text}");
        assert_eq!(
            failing(&off, &held(text), &gone),
            ["bytes-kept", "deleted-by-name"],
            "{text}"
        );
    }
    let edited = said.replace("below: 3", "below: 1");
    assert_eq!(failing(&store, &held(&edited), &good), [""; 0]);
    assert_eq!(failing(&off, &held(&edited), &gone), ["deleted-by-name"]);
}

#[test]
fn another_stores_checks_file_is_never_written() {
    let book = book();
    let store = book.store();
    let good = bare().with(&book.plan(&bare()).content.edits);
    for path in [
        ".lessonbook/other.checks.yaml",
        ".lessonbook/acme.checks.yml",
        "x/.lessonbook/acme.checks.yaml",
    ] {
        let mut tree = good.clone();
        tree.load(path, Mode::File, text(&good, CHECKS).as_bytes());
        assert_eq!(failing(&store, &bare(), &tree), ["writable-only"], "{path}");
    }
}

#[test]
fn a_digest_covers_what_the_file_says_and_not_its_layout() {
    let book = book();
    let good = bare().with(&book.plan(&bare()).content.edits);
    let said = text(&good, CHECKS);
    let unedited = |text: &str| {
        let file = ChecksFile::parse(CHECKS, text.as_bytes()).0.unwrap();
        file.is_unedited(text.as_bytes())
    };
    assert!(unedited(&said));
    assert!(unedited(&said.replace('\n', "\r\n")));
    assert!(unedited(&said.replace("title: \"Probes\"", "title: Probes")));
    assert!(!unedited(&said.replace("below: 3", "below: 1")));
    assert!(!unedited(&said.replace("digest: ", "digest: \"\" #")));
}
