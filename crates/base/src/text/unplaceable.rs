//! Markup that is plain text by itself, but changes its meaning when other text follows: an open backtick, a check box, half of a pair.
//!
//! Input: a text that could not be placed. Output: the likely cause, with its bytes and help.
//! Not here: whether the text can be placed (`pipeline::trial` tries it).

use std::ops::Range;

/// The first such markup, what is wrong with it, and help.
pub fn unplaceable(text: &str) -> Option<(Range<usize>, String, String)> {
    check_box(text).or_else(|| backtick(text)).or_else(|| half(text))
}

fn check_box(text: &str) -> Option<(Range<usize>, String, String)> {
    let is_box = ["[ ]", "[x]", "[X]"].iter().any(|mark| text.starts_with(mark));
    is_box.then(|| {
        (
            0..3,
            format!("`{}` at the beginning of a list item is a check box", &text[..3]),
            format!(
                "begin with a word, or write a backslash before the bracket: `\\{}`",
                &text[..3]
            ),
        )
    })
}

/// A run of backticks that no later run closes.
fn backtick(text: &str) -> Option<(Range<usize>, String, String)> {
    let bytes = text.as_bytes();
    let run = |at: usize| bytes[at..].iter().take_while(|byte| **byte == b'`').count();
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 2,
            b'`' => {
                let length = run(at);
                let mut end = at + length;
                let mut closed = None;
                while let Some(found) = text.get(end..).and_then(|rest| rest.find('`')) {
                    let next = end + found;
                    if run(next) == length {
                        closed = Some(next + length);
                        break;
                    }
                    end = next + run(next);
                }
                let Some(behind) = closed else {
                    return Some((
                        at..at + length,
                        format!(
                            "the {} is never closed, so the text after it becomes code",
                            mark(length)
                        ),
                        "close it after the code, or write a backslash before it".to_owned(),
                    ));
                };
                at = behind;
            }
            _ => at += 1,
        }
    }
    None
}

fn mark(length: usize) -> String {
    if length == 1 {
        "backtick".to_owned()
    } else {
        format!("run of {length} backticks")
    }
}

/// One half of a pair: the rationale or the id may contain the other half.
fn half(text: &str) -> Option<(Range<usize>, String, String)> {
    for (open, close) in [("~~", "~~"), ("](", ")"), ("<", ">"), ("[", "]")] {
        let Some(at) = text.find(open) else { continue };
        let behind = at + open.len();
        if !text[behind..].contains(close) {
            return Some((
                at..behind,
                format!(
                    "`{open}` has no `{close}` after it in this text, and may pair with the text that follows in a block"
                ),
                "put it in backticks, or write a backslash before it".to_owned(),
            ));
        }
    }
    None
}
