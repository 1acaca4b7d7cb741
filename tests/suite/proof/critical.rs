//! A critical lesson is required, and does not leave silently.

#![allow(clippy::unwrap_used, reason = "a test may stop at what is missing")]

use super::with_item;
use crate::support::library;
use crate::support::library::{Book, bare, failed, in_order, plan, refused_for, story, text};
use lessonbook_base::finding::Code;
use lessonbook_pipeline::plan::TargetPlan;
use lessonbook_pipeline::target_state::TargetState;
use lessonbook_store::{Detail, Severity};

/// The plan of a changed store on the repository that the first one made.
fn later(first: &Book, second: &Book) -> TargetPlan {
    second.plan(&first.applied(&bare()))
}

#[test]
fn the_removal_of_a_critical_lesson_is_refused_and_named() {
    let book = Book::new(library::ALL).uses("copilot, copilot-scoped");
    for (name, changed) in [
        ("deleted", book.clone().without("kubernetes/probe")),
        (
            "a draft again",
            book.clone().change(
                "kubernetes/probe",
                "severity: critical",
                "severity: critical\nstatus: draft",
            ),
        ),
        (
            "another tag",
            book.clone()
                .change("kubernetes/probe", "tags: [app]", "tags: [other]"),
        ),
        (
            "another tag and other words",
            book.clone()
                .change("kubernetes/probe", "tags: [app]", "tags: [other]")
                .change("kubernetes/probe", "below 3", "below 4"),
        ),
        (
            "another id",
            book.clone()
                .without("kubernetes/probe")
                .lesson("kubernetes/probes", library::PROBE.1),
        ),
    ] {
        let plan = later(&book, &changed);
        refused_for(&plan, Code::LessonLeaves, "probe (critical)");
        assert!(failed(&plan).contains(&"none-leaves"), "{name}: {}", story(&plan));
    }
    // The last entry point that holds it is no longer in use.
    let only = Book::new(library::ALL).uses("copilot, agents");
    let plan = later(&only, &only.clone().settings("exceptions: []").uses("agents"));
    in_order(&plan); // it is still in AGENTS.md
}

#[test]
fn the_removal_of_a_critical_lesson_is_refused_with_another_template_too() {
    let book = with_item("- {R} Why: {W} [`{{ lesson.id }}`]");
    let changed = book
        .clone()
        .change("kubernetes/probe", "tags: [app]", "tags: [other]")
        .change("kubernetes/probe", "below 3", "below 4");
    refused_for(&later(&book, &changed), Code::LessonLeaves, "probe (critical)");
}

#[test]
fn a_critical_lesson_that_becomes_low_may_be_removed_from_a_file_but_not_from_the_repository() {
    let low = |book: &Book| {
        book.clone()
            .change("review/secrets", "severity: critical", "severity: low")
    };
    let everywhere = Book::new(library::ALL).uses("copilot, reference");
    in_order(&later(&everywhere, &low(&everywhere)));
    let only = Book::new(library::ALL).uses("copilot");
    refused_for(
        &later(&only, &low(&only)),
        Code::LessonLeaves,
        "secrets (critical)",
    );
}

#[test]
fn a_critical_lesson_is_removed_if_the_store_requests_it() {
    let book = Book::new(library::ALL).uses("copilot, copilot-scoped");
    let exception = "exceptions:\n  - { lesson: probe, target: \"../*\", reason: not here, by: dana }";
    for (name, changed) in [
        (
            "retired",
            book.clone().change(
                "kubernetes/probe",
                "severity: critical",
                "severity: critical\nstatus: retired",
            ),
        ),
        ("exception", book.clone().settings(exception)),
        (
            "switched off",
            book.clone()
                .target("{ tags: [app], visibility: private, enabled: false }"),
        ),
    ] {
        let plan = later(&book, &changed);
        assert!(
            plan.outcome.state == TargetState::Stale && failed(&plan).is_empty(),
            "{name}: {}",
            story(&plan)
        );
        let after = book.applied(&bare()).with(&plan.content.edits);
        let all: String = after
            .iter()
            .filter_map(|(path, _)| after.file(path))
            .map(String::from_utf8_lossy)
            .collect();
        assert!(!all.contains("failureThreshold"), "{name}");
    }
}

#[test]
fn a_critical_lesson_is_required_whatever_the_table_says() {
    // `check` refuses such a table; the proof does not rely on that.
    let mut store = Book::new(library::ALL).uses("copilot").store();
    store.targets[0]
        .redundancy
        .set(Severity::Critical, "always", Detail::None);
    let plan = plan(&store, &bare());
    assert!(failed(&plan).contains(&"critical-everywhere"), "{}", story(&plan));
}

#[test]
fn an_exception_at_the_family_leaves_a_medium_lesson_in_the_always_loaded_file() {
    let book = Book::new(library::ALL).uses("copilot, copilot-scoped");
    let always = |book: &Book| text(&book.applied(&bare()), ".github/copilot-instructions.md");
    assert!(!always(&book).contains("memory limit"));
    let excepted = book.settings("exceptions:\n  - { lesson: limits, target: ../app, entry_point: copilot-scoped, reason: noise, by: dana }");
    assert!(always(&excepted).contains("memory limit"));
}
