//! Reads an earlier version of a lesson.
//!
//! Input: its file and its topic's defaults at an earlier commit. Output: the [`Lesson`].
//! Not here: finding these files (`repository/store_history`).
//!
//! Errors in the earlier file do not matter, because the proof checks the text that is written.

use super::{Files, Lesson, load};

/// Reads one lesson from its files; `None` if it can't be read.
pub fn lesson_version(files: &Files, id: &str, today: jiff::civil::Date) -> Option<Lesson> {
    let (store, _) = load(files, today);
    let lesson = store.lesson(id)?.clone();
    Some(Lesson {
        broken: false,
        ..lesson
    })
}
