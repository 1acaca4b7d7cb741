//! Spells invisible characters out, so that a text shows all that it contains.
//!
//! Input: text that other people wrote (a line of a lesson, a path, a key). Output: text in which every character is visible. Not
//! here: whether such a character is a problem (`hidden`), and what controls a terminal or GitHub's runner (`src/report/sanitize`).

use std::borrow::Cow;

/// A name or sentence on one line: hidden and control characters as `\u{202e}`, line ends as `\n`, tabs unchanged. Joiners and
/// variation selectors after a character that uses them (emoji, Indic and Arabic letters) are kept.
pub fn visible(text: &str) -> Cow<'_, str> {
    spell(text, |c| c == '\t')
}

/// The same for a text of several lines, whose line ends are kept.
pub fn visible_lines(text: &str) -> Cow<'_, str> {
    spell(text, |c| c == '\n' || c == '\t')
}

fn spell(text: &str, is_kept: impl Fn(char) -> bool) -> Cow<'_, str> {
    // Nearly all texts are of these bytes only.
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::new();
    let mut before = ' ';
    let mut changed = false;
    for c in text.chars() {
        if !is_kept(c) && is_hidden(c) && !joins(before, c) {
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

/// How an invisible character is spelled.
pub fn spelled(c: char) -> String {
    match c {
        '\n' => "\\n".to_owned(),
        '\r' => "\\r".to_owned(),
        c => spelled_code(c),
    }
}

fn spelled_code(c: char) -> String {
    format!("\\u{{{:x}}}", c as u32)
}

/// Whether a joiner, non-joiner or variation selector belongs to the character before it.
pub fn joins(before: char, c: char) -> bool {
    matches!(c, '\u{200c}' | '\u{200d}' | '\u{fe0e}' | '\u{fe0f}')
        && (!before.is_ascii() && !is_hidden(before) || before == '\u{fe0f}' && c == '\u{200d}')
}

/// Invisible characters and those that change the text around them: controls, Unicode's `Default_Ignorable_Code_Point`,
/// line separators and interlinear marks (DerivedCoreProperties.txt, Unicode 16).
pub fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
            | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}
