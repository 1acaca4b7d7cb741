//! JSON as a document. YAML includes JSON, so its reader does the work, and refuses what only YAML has.
//!
//! Input: the text of a file; comments are allowed. Output: [`Document`]s.

use super::{Origin, yaml};
use crate::document::{Document, Unread};

/// Reads a JSON file.
pub fn read(text: &str) -> Result<Vec<Document>, Unread> {
    yaml::read(
        &without_comments(text),
        yaml::YamlDialect::Json,
        Origin::default(),
    )
}

/// The same text, as long as before, with blanks for `//` and `/* */`.
fn without_comments(text: &str) -> String {
    let mut blanked = String::with_capacity(text.len());
    let mut rest = text;
    let mut in_string = false;
    while let Some(char) = rest.chars().next() {
        let len = match char {
            '\\' if in_string => 1 + rest[1..].chars().next().map_or(0, char::len_utf8),
            '"' => {
                in_string = !in_string;
                1
            }
            '/' if !in_string => comment(rest).unwrap_or(0),
            _ => char.len_utf8(),
        };
        if char == '/' && !in_string && len > 0 {
            let blanks = rest[..len]
                .bytes()
                .map(|byte| if byte == b'\n' { '\n' } else { ' ' });
            blanked.extend(blanks);
        } else {
            blanked.push_str(&rest[..len.max(char.len_utf8())]);
        }
        rest = &rest[len.max(char.len_utf8())..];
    }
    blanked
}

/// How long the comment at the beginning of a text is.
fn comment(text: &str) -> Option<usize> {
    if text.starts_with("//") {
        return Some(text.find('\n').unwrap_or(text.len()));
    }
    let inner = text.strip_prefix("/*")?;
    Some(inner.find("*/").map_or(text.len(), |end| end + 4))
}
