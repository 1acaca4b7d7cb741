//! Finds the bytes in the file with which a part of a text value is written.
//!
//! Input: a scalar as it is written, and its value. Output: a span. Not here: parsing.

use std::ops::Range;

/// The bytes of a part of a text value: `raw` is the scalar's bytes, `value` is its value, with or without joined white space.
/// `None` if the two can't be aligned; then point at the value's start.
pub fn locate(raw: &str, value: &str, part: Range<usize>) -> Option<Range<usize>> {
    let quote = raw.chars().next().filter(|&c| c == '"' || c == '\'');
    // A block scalar's span is its content, which may begin with a quotation mark.
    let quoted = quote.is_some_and(|quote| raw.len() > 1 && raw.ends_with(quote));
    if quoted && let Some(found) = align(raw, value, &part, quote) {
        return Some(found);
    }
    align(raw, value, &part, None)
}

fn align(raw: &str, value: &str, part: &Range<usize>, quote: Option<char>) -> Option<Range<usize>> {
    let mut at = usize::from(quote.is_some());
    let mut read = 0;
    let mut start = None;
    while read < part.end.min(value.len()) {
        let expected = value.get(read..)?.chars().next()?;
        let (written, length) = character(raw.get(at..)?, quote)?;
        if written.is_some_and(char::is_whitespace) && !expected.is_whitespace() || written.is_none() {
            at += length;
            continue;
        }
        if read >= part.start && start.is_none() {
            start = Some(at);
        }
        if expected.is_whitespace() && written.is_some_and(char::is_whitespace) {
            at += spaces(raw.get(at..)?, length);
            read += spaces(value.get(read..)?, expected.len_utf8());
        } else if written == Some(expected) {
            at += length;
            read += expected.len_utf8();
        } else {
            return None;
        }
    }
    Some(start?..at)
}

/// The number of bytes of white space at the start, but at least `least`.
fn spaces(text: &str, least: usize) -> usize {
    (text.len() - text.trim_start_matches([' ', '\t', '\r', '\n']).len()).max(least)
}

/// The next character of a scalar's value, and the number of bytes it is written with; no character for an escaped line end.
fn character(raw: &str, quote: Option<char>) -> Option<(Option<char>, usize)> {
    let first = raw.chars().next()?;
    match (quote, first) {
        (Some('\''), '\'') if raw.starts_with("''") => Some((Some('\''), 2)),
        (Some('"'), '\\') => escape(&raw[1..]).map(|(character, length)| (character, length + 1)),
        _ => Some((Some(first), first.len_utf8())),
    }
}

/// Reads YAML's escape in double quotes, after its backslash.
fn escape(rest: &str) -> Option<(Option<char>, usize)> {
    let first = rest.chars().next()?;
    let digits = match first {
        'x' => 2,
        'u' => 4,
        'U' => 8,
        _ => 0,
    };
    if digits > 0 {
        let code = u32::from_str_radix(rest.get(1..=digits)?, 16).ok()?;
        return Some((Some(char::from_u32(code)?), 1 + digits));
    }
    let character = match first {
        '0' => '\0',
        'a' => '\u{7}',
        'b' => '\u{8}',
        't' | '\t' => '\t',
        'n' => '\n',
        'v' => '\u{b}',
        'f' => '\u{c}',
        'r' => '\r',
        'e' => '\u{1b}',
        'N' => '\u{85}',
        '_' => '\u{a0}',
        'L' => '\u{2028}',
        'P' => '\u{2029}',
        '\n' => return Some((None, 1)),
        '\r' => return Some((None, if rest.starts_with("\r\n") { 2 } else { 1 })),
        other => other,
    };
    Some((Some(character), first.len_utf8()))
}
