//! Helm templates as documents, without running them: actions are blanked, so lines and columns stay.
//!
//! Input: the text of a template. Output: [`Document`]s in which what a template fills in is unknown, and maps and lists
//! into which it inserts are open.
//!
//! An action inside a line becomes an unknown value. A line of control (`if`, `range`, `end`) becomes empty. A line that
//! inserts (`include`, `toYaml`, `.Values`) becomes empty, too, and opens the map or list at its `nindent`.

mod action;
mod open;

use std::ops::Range;

use self::action::{TemplateAction, actions};
use self::open::InsertionLine;
use super::yaml::{TemplateText, YamlDialect};
use super::{Lines, Origin, yaml};
use crate::document::{Document, Unread};

/// Reads a Helm template.
pub fn read(text: &str) -> Result<Vec<Document>, Unread> {
    let blanked = BlankTemplate::new(text);
    let filled = TemplateText {
        written: text,
        ranges: &blanked.filled,
    };
    let mut documents = yaml::read(&blanked.text, YamlDialect::Template(filled), Origin::default())?;
    open::open(&mut documents, &blanked.insertions, &blanked.text);
    Ok(documents)
}

/// A template without its actions, as long as before.
struct BlankTemplate {
    text: String,
    /// Bytes that are filled in, in the order of the file.
    filled: Vec<Range<usize>>,
    insertions: Vec<InsertionLine>,
}

impl BlankTemplate {
    fn new(text: &str) -> Self {
        let lines = Lines::new(text);
        let all = actions(text);
        let mut bytes = text.as_bytes().to_vec();
        for action in &all {
            fill(&mut bytes[action.span.clone()], b' ');
        }
        let other_text = lines_with_content(&bytes);
        let mut filled = Vec::new();
        let mut insertions = Vec::new();
        let (mut own_line, mut own_column) = (0, 0);
        for action in all {
            let line = lines.line(action.span.start);
            let last = lines.line(action.span.end.saturating_sub(1));
            if line != own_line {
                // The first action on a line that has nothing else is where its lines begin.
                (own_line, own_column) = (line, action.span.start - lines.start(line));
            }
            let own_lines = other_text.get(index(line)..=index(last));
            let alone = own_lines.is_some_and(|lines| !lines.contains(&true));
            if alone {
                // Blanks on the first lines of a block of text would count as its indentation.
                let blanks = text[..action.span.start].trim_end_matches([' ', '\t']).len();
                fill(&mut bytes[blanks..action.span.end], b'\r');
            }
            if alone || inserts_below(text, &action, &lines, line) {
                if !action.control {
                    let column = action.indent.unwrap_or(own_column);
                    insertions.push(InsertionLine { line, column });
                }
            } else if !action.comment {
                fill(&mut bytes[action.span.clone()], b'x');
                filled.push(action.span);
            }
        }
        // Actions begin and end at ASCII braces and are replaced by ASCII, so the bytes are still text.
        let text = String::from_utf8(bytes).unwrap_or_default();
        Self {
            text,
            filled,
            insertions,
        }
    }
}

/// `labels: {{- toYaml . | nindent 4 }}` inserts lines below its key.
fn inserts_below(text: &str, action: &TemplateAction, lines: &Lines, line: u32) -> bool {
    let before = text[lines.start(line)..action.span.start].trim_end();
    let after = text[action.span.end..].trim_start_matches([' ', '\t', '\r']);
    let ends_line = after.is_empty() || after.starts_with('\n');
    action.indent.is_some() && before.ends_with([':', '-']) && ends_line
}

/// The index of a line whose number begins at 1.
fn index(line: u32) -> usize {
    usize::try_from(line).unwrap_or(usize::MAX).saturating_sub(1)
}

/// For each line whether it has anything but blanks.
fn lines_with_content(bytes: &[u8]) -> Vec<bool> {
    let lines = bytes.split(|byte| *byte == b'\n');
    lines.map(|line| !line.trim_ascii().is_empty()).collect()
}

/// Replaces everything but line breaks. Further lines of an action become blank, or they would be lines of their own.
fn fill(bytes: &mut [u8], with: u8) {
    let mut with = with;
    for byte in bytes {
        match *byte {
            b'\n' if with == b'x' => with = b' ',
            b'\n' | b'\r' => {}
            _ => *byte = with,
        }
    }
}
