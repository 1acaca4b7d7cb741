//! From a part of a text value back to the bytes of the file that it was written with.
//!
//! Input: a scalar as written and as meant. Output: a span. Not here: parsing.

use std::ops::Range;

/// Where a part of a text value stands in the file: `raw` is the scalar's bytes, `value` what it means, white space joined or
/// not. `None` where the two can't be laid beside each other (then point at the value's start).
pub fn locate(raw: &str, value: &str, part: Range<usize>) -> Option<Range<usize>> {
    let quote = raw.chars().next().filter(|&c| c == '"' || c == '\'');
    // A block scalar's span is its content, which may open with a quotation mark of its own.
    let quoted = quote.is_some_and(|quote| raw.len() > 1 && raw.ends_with(quote));
    if quoted && let Some(found) = lay_beside(raw, value, &part, quote) {
        return Some(found);
    }
    lay_beside(raw, value, &part, None)
}

fn lay_beside(raw: &str, value: &str, part: &Range<usize>, quote: Option<char>) -> Option<Range<usize>> {
    let mut at = usize::from(quote.is_some());
    let mut seen = 0;
    let mut start = None;
    while seen < part.end.min(value.len()) {
        let wanted = value.get(seen..)?.chars().next()?;
        let (got, length) = character(raw.get(at..)?, quote)?;
        if got.is_some_and(char::is_whitespace) && !wanted.is_whitespace() || got.is_none() {
            at += length;
            continue;
        }
        if seen >= part.start && start.is_none() {
            start = Some(at);
        }
        if wanted.is_whitespace() && got.is_some_and(char::is_whitespace) {
            at += spaces(raw.get(at..)?, length);
            seen += spaces(value.get(seen..)?, wanted.len_utf8());
        } else if got == Some(wanted) {
            at += length;
            seen += wanted.len_utf8();
        } else {
            return None;
        }
    }
    Some(start?..at)
}

/// The bytes of white space at the start, at least so many.
fn spaces(text: &str, least: usize) -> usize {
    (text.len() - text.trim_start_matches([' ', '\t', '\r', '\n']).len()).max(least)
}

/// The next character of a scalar as it is meant, and how many bytes it is written with; no character for an escaped line end.
fn character(raw: &str, quote: Option<char>) -> Option<(Option<char>, usize)> {
    let first = raw.chars().next()?;
    match (quote, first) {
        (Some('\''), '\'') if raw.starts_with("''") => Some((Some('\''), 2)),
        (Some('"'), '\\') => escape(&raw[1..]).map(|(meant, length)| (meant, length + 1)),
        _ => Some((Some(first), first.len_utf8())),
    }
}

/// YAML's escapes in double quotes, behind the backslash.
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
    let meant = match first {
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
    Some((Some(meant), first.len_utf8()))
}
