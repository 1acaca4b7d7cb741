//! Words of the hidden line: ids, escaped texts, and withdrawn lessons.
//!
//! Input: a value, or a word. Output: the other one. Not here: the line (`metadata`).

use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use crate::gfm_escape::cut;
use crate::withdrawn_lesson::WithdrawnLesson;

/// How many characters of a reason are kept.
pub(super) const REASON: usize = 500;

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

/// One word that can't end the line: characters that are not letters or digits are written as their bytes.
pub(super) fn escaped(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

pub(super) fn unescaped(word: &str) -> String {
    percent_decode_str(word).decode_utf8_lossy().into_owned()
}

/// Whether a text can't end the comment. Ids of removed lessons are read from the target's files, so they may be anything.
pub(super) fn is_id(id: &str) -> bool {
    let known = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    !id.is_empty() && id.bytes().all(known)
}
