//! A file as text whose offsets are those of its bytes.
//!
//! Input: a file's bytes. Output: its text, or why it can't be read as text. Not here: what the text says (`outline`).

use std::fmt;

use serde::Serialize;

/// Files beyond this size are left out as a whole: the largest instruction file known has 0.6 MB.
pub const MAX_BYTES: usize = 4 << 20;

/// A file to read.
#[derive(Debug, Clone, Copy)]
pub struct ImportFile<'a> {
    /// The repository, as reports and drafts name it.
    pub repository: &'a str,
    /// The path inside the repository.
    pub path: &'a str,
    /// Its bytes.
    pub bytes: &'a [u8],
}

/// Why a whole file is left out.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case", tag = "why")]
pub enum Unreadable {
    /// It has NUL bytes, as programs and pictures have.
    Binary,
    /// It is UTF-16, which no assistant is known to read.
    Utf16,
    /// It is larger than [`MAX_BYTES`].
    TooLarge,
    /// It is a symbolic link: the file that it leads to is read where it is.
    Link,
    /// It has no text.
    Empty,
    /// Another tool writes it: the line of its banner.
    Generated {
        /// The line, from 1.
        line: usize,
    },
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unreadable::Binary => f.write_str("a binary file"),
            Unreadable::Utf16 => f.write_str("UTF-16 text; save it as UTF-8"),
            Unreadable::TooLarge => write!(f, "larger than {} MB", MAX_BYTES >> 20),
            Unreadable::Link => {
                f.write_str("a symbolic link; the file that it leads to is read by its own name")
            }
            Unreadable::Empty => f.write_str("no text in it"),
            Unreadable::Generated { line } => {
                write!(
                    f,
                    "another tool writes it (line {line}); import that tool's sources instead"
                )
            }
        }
    }
}

/// The text of a file. A byte that is not UTF-8 is read as `\u{1}`, a byte order mark as blanks, so that every offset stays.
pub fn decode(bytes: &[u8]) -> Result<String, Unreadable> {
    if bytes.len() > MAX_BYTES {
        return Err(Unreadable::TooLarge);
    }
    if is_utf16(bytes) {
        return Err(Unreadable::Utf16);
    }
    if bytes.contains(&0) {
        return Err(Unreadable::Binary);
    }
    let (mark, body) = match bytes.strip_prefix(b"\xef\xbb\xbf") {
        Some(body) => ("   ", body),
        None => ("", bytes),
    };
    let mut text = String::with_capacity(bytes.len());
    text.push_str(mark);
    for chunk in body.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|_| '\u{1}'));
    }
    if text.trim().is_empty() {
        return Err(Unreadable::Empty);
    }
    Ok(text)
}

/// A byte order mark, or at least a third of NUL bytes, all of them at places of the same parity.
fn is_utf16(bytes: &[u8]) -> bool {
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return true;
    }
    let start = &bytes[..bytes.len().min(1024)];
    let nuls = |parity: usize| {
        start
            .iter()
            .skip(parity)
            .step_by(2)
            .filter(|byte| **byte == 0)
            .count()
    };
    let (even, odd) = (nuls(0), nuls(1));
    even.max(odd) * 3 > start.len() && even.min(odd) == 0
}

/// The line of an offset, from 1.
pub fn line_at(text: &str, offset: usize) -> usize {
    text.get(..offset).unwrap_or(text).matches('\n').count() + 1
}
