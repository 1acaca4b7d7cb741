//! What becomes of each byte of a file.
//!
//! Input: the parts of a file that were judged. Output: [`Passage`]s that together are the file. Not here: judging (`rule_elements`).

use std::fmt;
use std::ops::Range;

use serde::Serialize;

use crate::signals::NoRule;
use crate::text_file::Unreadable;

/// A part of a file, and what becomes of it. The passages of a file cover it without gaps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Passage {
    /// Its bytes, with the blank lines, list marks and line ends around its words.
    pub bytes: Range<usize>,
    /// The line on which its words begin, from 1.
    pub line: usize,
    /// What becomes of it.
    pub fate: Fate,
}

/// What becomes of a passage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "fate")]
pub enum Fate {
    /// It is the rule of a candidate of its file.
    Candidate {
        /// Which one.
        at: usize,
    },
    /// It is the reason, an example or a detail of a candidate of its file.
    Beside {
        /// Which one.
        at: usize,
    },
    /// It is not part of any rule.
    #[serde(rename = "left-out")]
    Omitted {
        /// Why.
        why: Omission,
    },
}

/// Why a passage is left out.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Omission {
    /// The whole file is not read.
    File(Unreadable),
    /// It is front matter.
    FrontMatter,
    /// A tool writes it: the words of its first marker.
    ManagedBlock(String),
    /// It is code.
    Code,
    /// It is a table.
    Table,
    /// It is a quote.
    Quote,
    /// It is a comment.
    Comment,
    /// It is raw HTML.
    RawHtml,
    /// It is a heading.
    Heading,
    /// It introduces the list after it, whose items are judged.
    LeadIn,
    /// It is a line across the page, or blank.
    Blank,
    /// It is a footnote.
    Footnote,
    /// It is struck through.
    StruckThrough,
    /// It has bytes that are not UTF-8.
    NotUtf8,
    /// It is an example of what not to write, without words that say so.
    Example,
    /// The heading is about what to do and what not to do, and the words do not say which this is.
    UnclearPolarity,
    /// It was there before.
    Unchanged,
    /// The file keeps an assistant out, which a lesson can't: the key.
    OptOut(String),
    /// It has no sign of a rule.
    NotARule(NoRule),
}

impl fmt::Display for Omission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = match self {
            Omission::File(why) => return why.fmt(f),
            Omission::ManagedBlock(marker) => return write!(f, "a tool writes it (`{marker}`)"),
            Omission::OptOut(key) => {
                return write!(f, "`{key}` keeps an assistant out, which a lesson can't");
            }
            Omission::FrontMatter => "front matter",
            Omission::Unchanged => "there before",
            Omission::Code => "code",
            Omission::Table => "a table",
            Omission::Quote => "a quote",
            Omission::Comment => "a comment",
            Omission::RawHtml => "raw HTML",
            Omission::Heading => "a heading",
            Omission::LeadIn => "introduces the list after it",
            Omission::Blank => "blank",
            Omission::Footnote => "a footnote",
            Omission::StruckThrough => "struck through",
            Omission::NotUtf8 => "not UTF-8",
            Omission::Example => "an example of what not to write",
            Omission::UnclearPolarity => "unclear whether to do it or not to do it",
            Omission::NotARule(why) => match why {
                NoRule::ShellCommand => "a command",
                NoRule::PathGloss => "says what a path holds",
                NoRule::LinkOnly => "a link",
                NoRule::TooShort => "too short",
                NoRule::Description => "describes, orders nothing",
                NoRule::Persona => "says who the assistant is",
                NoRule::Interrogative => "a question",
            },
        };
        f.write_str(words)
    }
}

/// Makes passages of judged parts in source order: what is between two parts belongs to the second from its line's start on, and
/// to the first before that. The bytes of all passages are `0..length`.
pub fn passages(text: &str, length: usize, parts: Vec<(Range<usize>, Fate)>) -> Vec<Passage> {
    let mut passages: Vec<Passage> = Vec::with_capacity(parts.len());
    let (mut line, mut counted) = (1, 0);
    for (range, fate) in parts {
        let before = passages.last().map_or(0, |passage| passage.bytes.end);
        let start = range.start.max(before);
        let line_start = text
            .get(..start)
            .and_then(|head| head.rfind('\n'))
            .map_or(0, |at| at + 1);
        let begin = match passages.last_mut() {
            None => 0,
            Some(last) => {
                let begin = line_start.max(before);
                last.bytes.end = begin;
                begin
            }
        };
        line += text.get(counted..start).unwrap_or_default().matches('\n').count();
        counted = start;
        passages.push(Passage {
            bytes: begin..range.end.max(start),
            line,
            fate,
        });
    }
    match passages.last_mut() {
        Some(last) => last.bytes.end = length,
        None => passages.push(Passage {
            bytes: 0..length,
            line: 1,
            fate: Fate::Omitted { why: Omission::Blank },
        }),
    }
    passages
}
