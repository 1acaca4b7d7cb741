//! Makes text safe to print: invisible characters are spelled out.
//!
//! Input: text that other people wrote (a line of a lesson, a path, a key). Output: text in which every character is visible,
//! and that can't control a terminal or GitHub's runner. Not here: which characters are invisible and how they are spelled
//! (`base/text/visible`), and reporting them as findings (`base/text`).

use std::borrow::Cow;

use lessonbook_base::text::visible::{is_hidden, joins, spelled};

pub use lessonbook_base::text::visible::{visible, visible_lines};

/// How many columns a tab takes, at most.
const TAB: usize = 4;

/// Applied to every text before it is printed: no character controls the terminal, except for our styles (`ESC [ … m`), and no
/// line is a command to GitHub's runner (`::error …::`, `##[error]`). Characters are escaped as in JSON, so that the meaning of
/// a JSON document does not change. Line ends are kept; use [`visible`] for a name that may contain one.
pub fn harmless(text: &str) -> Cow<'_, str> {
    // Nearly all text is printable ASCII, which need not be looked up.
    let is_plain = |c: char| matches!(c, '\n' | ' '..='~') || !is_hidden(c);
    if text.chars().all(is_plain) && !text.contains("::") && !text.contains("##[") {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let start = shown.len();
        let mut rest = line;
        let mut before = ' ';
        while let Some(c) = rest.chars().next() {
            if let Some(style) = style_at(rest) {
                shown.push_str(style);
                rest = &rest[style.len()..];
                continue;
            }
            if c == '\n' || c == '\t' || !is_hidden(c) || joins(before, c) {
                shown.push(c);
            } else {
                push_as_json(&mut shown, c);
            }
            before = c;
            rest = &rest[c.len_utf8()..];
        }
        disarm(&mut shown, start);
    }
    Cow::Owned(shown)
}

/// `ESC [ … m` at the start of a text.
fn style_at(text: &str) -> Option<&str> {
    let codes = text.strip_prefix("\u{1b}[")?;
    let length = codes.find(|c: char| !c.is_ascii_digit() && c != ';')?;
    codes[length..].starts_with('m').then(|| &text[..length + 3])
}

/// Escapes commands to GitHub's runner in the line that begins at `start`.
fn disarm(text: &mut String, start: usize) {
    let mut at = start;
    while let Some(c) = text[at..].chars().next() {
        match style_at(&text[at..]) {
            Some(style) => at += style.len(),
            None if c.is_whitespace() => at += c.len_utf8(),
            None => break,
        }
    }
    if text[at..].starts_with("::") && text[at + 2..].contains("::") {
        text.replace_range(at..=at, "\\u003a");
    }
    while let Some(found) = text[start..].find("##[") {
        text.replace_range(start + found..=start + found, "\\u0023");
    }
}

fn push_as_json(text: &mut String, c: char) {
    let mut units = [0; 2];
    for unit in c.encode_utf16(&mut units) {
        text.push_str(&format!("\\u{unit:04x}"));
    }
}

/// How one character of a line is shown. `column` is its first column, for tabs. In an underlined part every hidden character is
/// spelled out.
pub fn shown_in_line(c: char, before: char, column: usize, underlined: bool) -> Cow<'static, str> {
    if c == '\t' {
        return Cow::Owned(" ".repeat(TAB - column % TAB));
    }
    if is_hidden(c) && (underlined || !joins(before, c)) {
        return Cow::Owned(spelled(c));
    }
    Cow::Owned(c.to_string())
}

/// How many columns a text takes on a terminal.
pub fn width(text: &str) -> usize {
    unicode_width::UnicodeWidthStr::width(text)
}

/// The text, cut to a number of columns, with `…` at the cut.
pub fn cut(text: &str, columns: usize) -> Cow<'_, str> {
    if width(text) <= columns {
        return Cow::Borrowed(text);
    }
    let mut kept = String::new();
    for c in text.chars() {
        let mut buffer = [0; 4];
        if width(&kept) + width(c.encode_utf8(&mut buffer)) + 1 > columns {
            break;
        }
        kept.push(c);
    }
    kept.push('…');
    Cow::Owned(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_seen_is_spelled_out() {
        assert_eq!(visible("a\u{202e}b\u{1b}[31m"), "a\\u{202e}b\\u{1b}[31m");
        assert_eq!(visible("zero\u{200b}width"), "zero\\u{200b}width");
    }

    #[test]
    fn a_name_is_one_line_whatever_it_holds() {
        assert_eq!(visible("a\n::error::b\r\u{2028}c"), "a\\n::error::b\\r\\u{2028}c");
        assert_eq!(visible_lines("a\nb\r"), "a\nb\\r");
    }

    #[test]
    fn what_is_printed_steers_neither_terminal_nor_runner_and_keeps_styles() {
        assert_eq!(harmless("\u{1b}[1;32mok\u{1b}[0m\n"), "\u{1b}[1;32mok\u{1b}[0m\n");
        assert_eq!(harmless("x\u{1b}[2Jy\u{9b}z"), "x\\u001b[2Jy\\u009bz");
        assert_eq!(harmless("x\u{202e}y\u{e0041}"), "x\\u202ey\\udb40\\udc41");
        assert_eq!(
            harmless("a\n  ::error file=x::y\n"),
            "a\n  \\u003a:error file=x::y\n"
        );
        assert_eq!(harmless("a ::b::\n::c\n"), "a ::b::\n::c\n");
        assert_eq!(harmless("a ##[error]b"), "a \\u0023#[error]b");
        let json = harmless("{\"a\":\"##[x] \u{202e}\u{e0041}\"}").into_owned();
        let read: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(read["a"], "##[x] \u{202e}\u{e0041}");
    }

    #[test]
    fn emoji_keep_their_joiners_and_plain_letters_do_not() {
        assert_eq!(visible("👩\u{200d}👩 ❤\u{fe0f}"), "👩\u{200d}👩 ❤\u{fe0f}");
        assert_eq!(visible("a\u{200d}b"), "a\\u{200d}b");
        assert_eq!(visible("❤\u{fe0f}\u{fe0f}"), "❤\u{fe0f}\\u{fe0f}");
    }

    #[test]
    fn a_cut_says_that_something_is_missing_and_counts_wide_characters_twice() {
        assert_eq!(cut("liveness", 8), "liveness");
        assert_eq!(cut("liveness", 5), "live…");
        assert_eq!(cut("日本語", 4), "日…");
    }
}
