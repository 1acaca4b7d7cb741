//! When lessons were written, became active, and changed their checks, from the history of the store.
//!
//! Input: lessons and the store's commit. Output: a [`LessonFile`] for each.

use super::EffectJob;
use crate::repository::store_history::STATES;
use crate::repository::{LessonFileHistory, store_history};
use crate::run::Context;
use lessonbook_effect::propagation::LessonFile;
use lessonbook_store::{Lesson, lesson_version};

/// The histories of these lessons' files.
pub(super) fn histories(job: &EffectJob, lessons: &[&Lesson], context: &Context) -> Vec<LessonFile> {
    let Some(commit) = job.commit else {
        let unknown = LessonFile {
            cut: Some("the store is not in a git repository".to_owned()),
            ..LessonFile::default()
        };
        return vec![unknown; lessons.len()];
    };
    let names: Vec<(&str, &str)> = lessons
        .iter()
        .map(|lesson| (lesson.topic.as_str(), lesson.id.as_str()))
        .collect();
    let histories = store_history(job.root, &commit.commit, &names);
    let all = lessons.iter().zip(histories);
    all.map(|(lesson, history)| of_lesson(&lesson.id, history, context))
        .collect()
}

fn of_lesson(id: &str, history: LessonFileHistory, context: &Context) -> LessonFile {
    let mut file = LessonFile {
        cut: history.cut,
        ..LessonFile::default()
    };
    let oldest_is_known = history.states.last().is_some_and(|state| state.files.is_none());
    if history.states.len() >= STATES && !oldest_is_known {
        file.cut = Some(format!("only the newest {STATES} versions of its file are read"));
    }
    let mut last: Option<Vec<String>> = None;
    for state in history.states.iter().rev() {
        let Some(files) = &state.files else {
            continue;
        };
        file.written.get_or_insert(state.since);
        let Some(version) = lesson_version(files, id, context.today).filter(Lesson::is_active) else {
            continue;
        };
        file.active.get_or_insert(state.since);
        let checks = written(&version);
        if last.as_ref().is_some_and(|last| *last != checks) {
            file.checks_changed.push(state.since);
        }
        last = Some(checks);
    }
    file
}

/// What decides what the checks find: they, and the globs.
fn written(lesson: &Lesson) -> Vec<String> {
    let globs = lesson.globs().into_iter().map(str::to_owned);
    let checks = lesson.checks.iter().map(|check| check.written.clone());
    if lesson.checks.is_empty() {
        return Vec::new();
    }
    globs.chain(checks).collect()
}
