//! Withdrawn lessons in a proposal: the paragraphs that explain them, and their words in the hidden line.
//!
//! Input: a lesson and a reason, or words of the line. Output: the same as words of the line, and the first paragraphs of a pull request
//! body. Not here: the rest of both (`pr_body`, `metadata`).

use std::fmt::Write;

use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use super::metadata::{BodyMetadata, ReproposalReason, is_id};
use crate::changes::{ChangeKind, LessonChange};
use crate::gfm_escape::{code, cut, quiet};
use crate::plan::TargetPlan;
use crate::withdrawn_lesson::WithdrawnLesson;

/// A withdrawn lesson as one word.
pub(super) fn word(withdrawn: &WithdrawnLesson) -> String {
    format!(
        "{}@{}:{}",
        withdrawn.lesson,
        withdrawn.version,
        escaped(&cut(&withdrawn.reason, REASON))
    )
}

/// Reads such a word.
pub(super) fn parse(word: &str) -> Option<WithdrawnLesson> {
    let (lesson, rest) = word.split_once('@')?;
    let (version, reason) = rest.split_once(':')?;
    is_id(lesson).then(|| WithdrawnLesson {
        lesson: lesson.to_owned(),
        version: version.to_owned(),
        reason: unescaped(reason),
    })
}

/// How many characters of a reason are kept.
const REASON: usize = 500;

/// One word that can't end the line: characters that are not letters or digits are written as their bytes.
pub(super) fn escaped(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

pub(super) fn unescaped(word: &str) -> String {
    percent_decode_str(word).decode_utf8_lossy().into_owned()
}

/// What a new text takes over from the earlier one.
#[derive(Debug, Clone, Copy, Default)]
pub struct EarlierWithdrawals<'a> {
    /// Why the proposal is opened again.
    pub again: Option<&'a ReproposalReason>,
    /// The lessons that it has withdrawn so far.
    pub withdrawn: &'a [WithdrawnLesson],
}

impl<'a> EarlierWithdrawals<'a> {
    /// Taken from the hidden line of the text that is replaced.
    pub fn of(marker: &'a BodyMetadata) -> Self {
        EarlierWithdrawals {
            again: marker.again.as_ref(),
            withdrawn: &marker.withdrawn,
        }
    }

    /// All withdrawals, with the plan's own; only the last few are kept.
    pub fn with(&self, plan: &TargetPlan) -> Vec<WithdrawnLesson> {
        let own = plan.proposal.withdraws.iter().map(|taken| &taken.what);
        let mut all: Vec<WithdrawnLesson> = self.withdrawn.to_vec();
        for one in own {
            all.retain(|known| known.lesson != one.lesson);
            all.push(one.clone());
        }
        all.split_off(all.len().saturating_sub(WITHDRAWN))
    }
}

/// The most withdrawals that are recorded of one proposal.
const WITHDRAWN: usize = 10;

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
