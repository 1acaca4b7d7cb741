//! Withdrawn lessons in a proposal: the paragraphs that explain them, and their words in the hidden line.
//!
//! Input: a lesson and a reason, or words of the line. Output: the same as words of the line, and the first paragraphs of a pull request
//! body. Not here: the rest of both (`pr_body`, `metadata`).

use std::fmt::Write;

use super::metadata_words::REASON;
use crate::changes::{ChangeKind, LessonChange};
use crate::gfm_escape::{code, cut, quiet};
use crate::withdrawn_lesson::WithdrawnLesson;

/// Paragraphs about lessons that were wrong: that they are removed, why, and that nothing is added.
pub(super) fn paragraphs(body: &mut String, changes: &[LessonChange], withdrawn: &[WithdrawnLesson]) {
    for one in withdrawn {
        let id = code(&one.lesson);
        let removed =
            |change: &LessonChange| change.kind == ChangeKind::Removed && change.lesson == one.lesson;
        let what = if changes.iter().any(removed) {
            format!("**Withdrawn:** {id} was a wrong lesson. This removes it, and adds nothing.")
        } else {
            format!("**Withdrawn:** {id} was a wrong lesson. This no longer proposes it.")
        };
        let reason = quiet(&cut(&one.reason, REASON));
        let _ = writeln!(body, "{what}\n\n> *Why:* {reason}\n");
    }
}
