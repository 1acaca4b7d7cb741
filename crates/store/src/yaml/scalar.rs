//! Text as a YAML scalar that every parser reads as this text, and the one form of a day.
//!
//! Input: a text. Output: the scalar, plain or in quotes. Not here: folded and literal blocks (`write`).

use std::fmt::Write as _;

/// Text as a plain scalar if every YAML parser reads it as text, otherwise in quotes.
pub(crate) fn scalar(text: &str) -> String {
    let starts_plain = text.starts_with(|c: char| c.is_ascii_alphabetic());
    let plain = |c: char| c.is_alphanumeric() || " _-./@+()'`;\"*!?=&%$~^".contains(c);
    let reserved = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"];
    let harmless = starts_plain
        && text.chars().all(plain)
        && text.chars().all(printable)
        && !text.ends_with(' ')
        && !text.contains("  ")
        && day(text).is_none()
        && !reserved.contains(&text.to_lowercase().as_str());
    if harmless { text.to_owned() } else { quoted(text) }
}

/// Whether a text is a plain scalar everywhere, in a list or map on one line, too.
pub(crate) fn is_plain_word(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "_-./".contains(c))
        && scalar(text) == text
}

/// Text in double quotes; invisible characters are escaped.
pub(crate) fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            c if printable(c) => out.push(c),
            c => {
                let _ = write!(out, "\\U{:08X}", u32::from(c));
            }
        }
    }
    out.push('"');
    out
}

/// Whether a character can be written in a YAML file without an escape.
pub(crate) fn printable(c: char) -> bool {
    !c.is_control() && !matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}

/// A day that is written exactly as YYYY-MM-DD.
pub fn day(text: &str) -> Option<jiff::civil::Date> {
    let shape = text.len() == 10
        && text.bytes().enumerate().all(|(at, byte)| match at {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    shape.then(|| text.parse().ok()).flatten()
}
