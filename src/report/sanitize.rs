//! Text made safe to show: what can't be seen is spelled out.
//!
//! Comes in: text that somebody else wrote (a line of a lesson, a path, a key). Goes out: text in which every character
//! can be seen, and that can't steer the terminal. Leaves to others: whether such a character is a mistake (`text.rs`).

use std::borrow::Cow;

/// How many columns a tab is shown as, at most.
const TAB: usize = 4;

/// The text with hidden and control characters as `\u{202e}`, but for line ends and tabs. Joiners and variation selectors
/// behind a character that takes them (emoji, Indic and Arabic letters) stay.
pub fn visible(text: &str) -> Cow<'_, str> {
    let mut shown = String::new();
    let mut before = ' ';
    let mut changed = false;
    for c in text.chars() {
        if c != '\n' && c != '\t' && (is_hidden(c) && !joins(before, c)) {
            changed = true;
            shown.push_str(&spelled(c));
        } else {
            shown.push(c);
        }
        before = c;
    }
    if changed {
        Cow::Owned(shown)
    } else {
        Cow::Borrowed(text)
    }
}

/// How one character of a line is shown. `column` is where it starts, for tabs; inside an underline nothing is hidden.
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

/// The text cut to so many columns, with `…` where something is missing.
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

fn spelled(c: char) -> String {
    format!("\\u{{{:x}}}", c as u32)
}

/// Whether a joiner, non-joiner or variation selector belongs to the character before it.
fn joins(before: char, c: char) -> bool {
    matches!(c, '\u{200c}' | '\u{200d}' | '\u{fe0e}' | '\u{fe0f}')
        && (!before.is_ascii() && !is_hidden(before) || before == '\u{fe0f}' && c == '\u{200d}')
}

/// Characters that take no ink or steer the text around them: controls, and Unicode's `Default_Ignorable_Code_Point`,
/// line separators and interlinear marks (DerivedCoreProperties.txt, Unicode 16).
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
            | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
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
