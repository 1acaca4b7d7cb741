//! The self-test: a lesson's `bad` example gives a hit of some check, its `good` example of none.
//!
//! Input: a lesson's checks and examples. Output: what failed, as values. Not here: the findings and their places (the store).
//!
//! The examples of a check are for that check alone. They don't replace those of the lesson, which assistants and people read.

use crate::check::{Check, CheckExample, LessonChecks};
use crate::linter::{Linter, paths_of};
use crate::sample_path::sample_path;

/// A lesson's own examples.
#[derive(Debug, Clone, Copy, Default)]
pub struct LessonExamples<'e> {
    /// What not to write.
    pub bad: Option<&'e str>,
    /// What to write.
    pub good: Option<&'e str>,
    /// Their language; may be empty.
    pub language: &'e str,
}

/// What the self-test found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SelfTestFailure {
    /// The lesson has no `bad`, or no `good`.
    NeedsExamples {
        /// Whether `bad` is missing.
        bad: bool,
        /// Whether `good` is missing.
        good: bool,
    },
    /// The lesson's `bad` gives no hit of any check.
    BadIsSilent {
        /// The path that the example had.
        file: String,
        /// Why the example could not be read, if so.
        unread: Option<String>,
    },
    /// The lesson's `good` gives a hit.
    GoodFires {
        /// The check.
        check: usize,
        /// The path that the example had.
        file: String,
        /// Line of the example.
        line: usize,
        /// What the hit says.
        detail: String,
    },
    /// No example makes this check fire.
    Untested {
        /// The check.
        check: usize,
    },
    /// A check's own `bad` gives no hit of it.
    ExampleIsSilent {
        /// The check.
        check: usize,
        /// The example's index.
        example: usize,
        /// The path that the example had.
        file: String,
        /// Why the example could not be read, if so.
        unread: Option<String>,
    },
    /// A check's own `good` gives a hit of it.
    ExampleFires {
        /// The check.
        check: usize,
        /// The example's index.
        example: usize,
        /// The path that the example had.
        file: String,
        /// Line of the example.
        line: usize,
        /// What the hit says.
        detail: String,
    },
    /// `except` leaves nothing of the paths.
    NoPath {
        /// The check.
        check: usize,
    },
}

/// What one example gives.
struct Trial {
    hits: Vec<(usize, String)>,
    unread: Option<String>,
}

/// Tests the checks of a lesson. Checks of files and changes need no example.
pub fn self_test(lesson: &LessonChecks, examples: LessonExamples) -> Vec<SelfTestFailure> {
    let mut failures = Vec::new();
    let content: Vec<(usize, &Check)> = lesson
        .checks
        .iter()
        .enumerate()
        .filter(|(_, check)| check.reads_content())
        .collect();
    if content.is_empty() {
        return failures;
    }
    let (bad, good) = (examples.bad.is_none(), examples.good.is_none());
    if bad || good {
        failures.push(SelfTestFailure::NeedsExamples { bad, good });
    }
    let mut tested = vec![false; lesson.checks.len()];
    let mut bad_fires = false;
    let mut silent: Option<(String, Option<String>)> = None;
    for &(index, check) in &content {
        let Some(file) = sample_path(paths_of(lesson, check), &check.except, examples.language) else {
            failures.push(SelfTestFailure::NoPath { check: index });
            continue;
        };
        if let Some(bad) = examples.bad {
            let trial = try_one(lesson, index, &file, bad);
            tested[index] |= !trial.hits.is_empty();
            bad_fires |= !trial.hits.is_empty();
            silent.get_or_insert((file.clone(), trial.unread));
        }
        if let Some(good) = examples.good {
            let trial = try_one(lesson, index, &file, good);
            failures.extend(
                trial
                    .hits
                    .into_iter()
                    .map(|(line, detail)| SelfTestFailure::GoodFires {
                        check: index,
                        file: file.clone(),
                        line,
                        detail,
                    }),
            );
        }
        own_examples(lesson, (index, check), &file, &mut tested[index], &mut failures);
    }
    match silent {
        Some((file, unread)) if !bad_fires => failures.push(SelfTestFailure::BadIsSilent { file, unread }),
        _ => {
            let untested = content.iter().filter(|(index, _)| !tested[*index]);
            let silent = |failure: &SelfTestFailure, index: usize| matches!(failure, SelfTestFailure::ExampleIsSilent { check, .. } | SelfTestFailure::NoPath { check } if *check == index);
            let new: Vec<_> = untested
                .filter(|(index, _)| !bad && !failures.iter().any(|failure| silent(failure, *index)))
                .map(|(index, _)| SelfTestFailure::Untested { check: *index })
                .collect();
            failures.extend(new);
        }
    }
    failures
}

fn own_examples(
    lesson: &LessonChecks,
    (index, check): (usize, &Check),
    sample: &str,
    tested: &mut bool,
    failures: &mut Vec<SelfTestFailure>,
) {
    for (example, CheckExample { bad, good, file }) in check.examples.iter().enumerate() {
        let file = file.clone().unwrap_or_else(|| sample.to_owned());
        if let Some(bad) = bad {
            let trial = try_one(lesson, index, &file, bad);
            if trial.hits.is_empty() {
                failures.push(SelfTestFailure::ExampleIsSilent {
                    check: index,
                    example,
                    file: file.clone(),
                    unread: trial.unread,
                });
            }
            *tested |= !trial.hits.is_empty();
        }
        if let Some(good) = good
            && let Some((line, detail)) = try_one(lesson, index, &file, good).hits.into_iter().next()
        {
            failures.push(SelfTestFailure::ExampleFires {
                check: index,
                example,
                file,
                line,
                detail,
            });
        }
    }
}

/// Runs one check over an example.
fn try_one(lesson: &LessonChecks, check: usize, file: &str, text: &str) -> Trial {
    let alone = [LessonChecks {
        checks: vec![lesson.checks[check].clone()],
        ..lesson.clone()
    }];
    let report = Linter::new(&alone).file(file, format!("{text}\n").as_bytes());
    let unread = report.unread.first();
    Trial {
        unread: unread.map(|unread| format!("line {}: {}", unread.line, unread.reason)),
        hits: report
            .hits
            .into_iter()
            .map(|hit| (hit.line, hit.detail))
            .collect(),
    }
}
