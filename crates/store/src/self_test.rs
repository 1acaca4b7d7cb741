//! The self-test of checks: each lesson's `bad` example gives a hit, its `good` example none.
//!
//! Input: a [`Store`]. Output: findings at the check or the example. Not here: running checks (the crate `checks`).

use super::source_map::SourceMark;
use super::{Lesson, Status, Store};
use lessonbook_base::finding::{Code, Finding};
use lessonbook_checks::self_test::{LessonExamples, SelfTestFailure, self_test};

/// Tests the checks of every lesson that is not retired.
pub fn check_examples(store: &Store) -> Vec<Finding> {
    let tested = store
        .lessons
        .iter()
        .filter(|lesson| lesson.status != Status::Retired && !lesson.checks.is_empty());
    tested.flat_map(|lesson| test(store, lesson)).collect()
}

fn test(store: &Store, lesson: &Lesson) -> Vec<Finding> {
    let examples = LessonExamples {
        bad: lesson.bad.as_deref(),
        good: lesson.good.as_deref(),
        language: &lesson.language,
    };
    let failures = self_test(&lesson.lesson_checks(), examples);
    failures
        .into_iter()
        .map(|failure| finding(store, lesson, failure))
        .collect()
}

fn finding(store: &Store, lesson: &Lesson, failure: SelfTestFailure) -> Finding {
    let id = lesson.id.as_str();
    let at = |check: usize| store.places.find(SourceMark::Check, id, &check.to_string());
    let example_at = |check: usize, example: usize| {
        store
            .places
            .find(SourceMark::Check, id, &format!("{check}.{example}"))
    };
    let key_at = |key: &str, text: Option<&str>, line: usize| {
        let text = text.unwrap_or_default();
        store.places.value(&lesson.file, key, text, line_in(text, line))
    };
    let (finding, place) = match failure {
        SelfTestFailure::NeedsExamples { bad, good } => (needs_examples(bad, good), at(0)),
        SelfTestFailure::BadIsSilent { file, unread } => (
            silent(
                format!("no check of `{id}` finds anything in its `bad` example"),
                &file,
                unread,
            ),
            key_at("bad", lesson.bad.as_deref(), 1),
        ),
        SelfTestFailure::ExampleIsSilent {
            check,
            example,
            file,
            unread,
        } => (
            silent(
                format!("check {} of `{id}` finds nothing in its own `bad`", check + 1),
                &file,
                unread,
            ),
            example_at(check, example),
        ),
        SelfTestFailure::GoodFires {
            check,
            file,
            line,
            detail,
        } => (
            fires(
                format!(
                    "check {} of `{id}` fires in the lesson's `good` example",
                    check + 1
                ),
                &file,
            ),
            key_at("good", lesson.good.as_deref(), line).map(|place| place.label(detail)),
        ),
        SelfTestFailure::ExampleFires {
            check,
            example,
            file,
            line,
            detail,
        } => (
            fires(
                format!(
                    "check {} of `{id}` fires in line {line} of its own `good`",
                    check + 1
                ),
                &file,
            ),
            example_at(check, example).map(|place| place.label(detail)),
        ),
        SelfTestFailure::Untested { check } => (
            Finding::new(
                Code::CheckUntested,
                format!("no example makes check {} of `{id}` fire", check + 1),
            )
            .effect("a mistake in the check would go unnoticed")
            .help("add what it must find to the lesson's `bad`, or `examples: [{ bad: '…' }]` to the check"),
            at(check),
        ),
        SelfTestFailure::NoPath { check } => (
            Finding::new(
                Code::CheckDoesNotFire,
                format!(
                    "check {} of `{id}` is about no file: `except` leaves nothing of its paths",
                    check + 1
                ),
            )
            .effect("it never fires")
            .help("write fewer globs in `except`"),
            at(check),
        ),
    };
    let mut finding = finding.lesson(id);
    finding.at = place.or_else(|| store.places.lesson(id));
    finding
}

fn needs_examples(bad: bool, good: bool) -> Finding {
    let (what, help) = match (bad, good) {
        (true, true) => (
            "neither `bad` nor `good`",
            "add `bad: |` with what the checks must find, and `good: |` with the same done right",
        ),
        (true, false) => ("no `bad`", "add `bad: |` with what the checks must find"),
        (false, _) => ("no `good`", "add `good: |` with the same done right"),
    };
    Finding::new(
        Code::CheckNeedsExamples,
        format!("the lesson has checks and {what} to test them with"),
    )
    .effect("it is not known whether the checks find what the lesson forbids, and nothing that it recommends")
    .help(help)
}

fn silent(message: String, file: &str, unread: Option<String>) -> Finding {
    let finding = Finding::new(Code::CheckDoesNotFire, message)
        .effect(format!("`lint` would not find this mistake (tried as `{file}`)"));
    match unread {
        Some(why) => finding.help(format!("the example can't be read in whole: {why}")),
        None => finding.help("correct the check or the example; where the file's name matters, the check's `examples` take `file:`"),
    }
}

fn fires(message: String, file: &str) -> Finding {
    Finding::new(Code::CheckFiresOnGood, message)
        .effect(format!(
            "`lint` would report what the lesson recommends (tried as `{file}`)"
        ))
        .help("correct the check or the example")
}

/// The bytes of a line without its indentation.
fn line_in(text: &str, line: usize) -> std::ops::Range<usize> {
    let mut start = 0;
    for (number, whole) in text.split_inclusive('\n').enumerate() {
        if number + 1 == line {
            let words = whole.trim_end();
            let indent = words.len() - words.trim_start().len();
            return start + indent..start + words.len();
        }
        start += whole.len();
    }
    0..text.len()
}
