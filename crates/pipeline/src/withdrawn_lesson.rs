//! A withdrawn lesson: one that was wrong and is removed, with the reason.
//!
//! Input: a store, a lesson and a reason. Output: values that plans, commits and pull requests share. Not here: planning a withdrawal
//! (`withdraw`), and the words of pull requests (`pr_body`).

use lessonbook_base::edit::Edit;
use lessonbook_store::{Lesson, Store};

/// A lesson that was wrong and is removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WithdrawnLesson {
    /// Its id.
    pub lesson: String,
    /// Six hexadecimal digits of the lesson's text at that time; `-` if the store no longer had it.
    pub version: String,
    /// The reason, in the words of the person who withdrew it.
    pub reason: String,
}

impl WithdrawnLesson {
    /// The withdrawal of a lesson as the store has it now.
    pub fn new(store: &Store, lesson: &str, reason: &str) -> Self {
        WithdrawnLesson {
            lesson: lesson.to_owned(),
            version: store
                .lesson(lesson)
                .map_or_else(|| "-".to_owned(), Lesson::version),
            reason: reason.to_owned(),
        }
    }
}

/// Whether a withdrawn lesson is still active in the store, in the words in which it was withdrawn.
pub fn is_still_active(store: &Store, lesson: &str, at: &str) -> bool {
    let known = store.lesson(lesson).filter(|lesson| lesson.is_active());
    known.is_some_and(|lesson| lesson.version() == at)
}

/// What a plan removes. The plan's edits compare with the base; these may compare with our branch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WithdrawnText {
    /// The lesson, and the reason.
    pub what: WithdrawnLesson,
    /// What is removed from each file as it is: on our branch, if a proposal is open.
    pub cuts: Vec<Edit>,
    /// Whether the lesson is on the base branch.
    pub on_base: bool,
    /// Whether it is on a branch of ours that is not merged, whoever pushed to it.
    pub on_branch: bool,
}

impl WithdrawnText {
    /// Whether the lesson is anywhere in this target.
    pub fn is_here(&self) -> bool {
        self.on_base || self.on_branch
    }
}
