//! Marks that are plain text alone and mean something once other text follows: an open backtick, a check box, one half of a pair.
//!
//! Input: a text that could not be placed. Output: the likely cause, with its bytes and a way out. Not here: whether it can be
//! placed (`pipeline::trial` tries it).

use std::ops::Range;

/// The first such mark, what is wrong with it, and a way out.
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
                            "the {} is never closed, so it takes in what follows",
                            mark(length)
                        ),
                        "close it behind the code, or write a backslash before it".to_owned(),
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

/// One half of a pair: its other half may come with the rationale or the id.
fn half(text: &str) -> Option<(Range<usize>, String, String)> {
    for (open, close) in [("~~", "~~"), ("](", ")"), ("<", ">"), ("[", "]")] {
        let Some(at) = text.find(open) else { continue };
        let behind = at + open.len();
        if !text[behind..].contains(close) {
            return Some((
                at..behind,
                format!("`{open}` has no `{close}` behind it in this text, and may pair with what follows"),
                "put it in backticks, or write a backslash before it".to_owned(),
            ));
        }
    }
    None
}
