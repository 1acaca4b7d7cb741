//! Prints a document for a terminal: sections are indented, and lines are wrapped at the terminal's width.
//!
//! Input: a document. Output: lines with colors.

use super::{Block, Document};
use crate::report::findings::counted;
use crate::report::line::{Line, Span};
use crate::report::sanitize::{visible, width};
use crate::report::style::{BAD, BOLD, DIM, GOOD, paint};
use crate::report::table::widest;

/// How far the content of a section, and the rest of a wrapped line, is indented.
const STEP: usize = 2;

pub(super) fn print(document: &Document) -> String {
    let mut out = String::new();
    blocks(&mut out, document, 0);
    out
}

fn blocks(out: &mut String, document: &Document, indent: usize) {
    for block in &document.blocks {
        match block {
            Block::Gap => gap(out),
            Block::Line(text) => line(out, text, indent),
            Block::Item(text, second) => {
                line(out, text, indent);
                if let Some(second) = second {
                    line(out, second, indent + STEP);
                }
            }
            Block::More(more) => line(out, &format!("and {more} more; -v lists all").into(), indent),
            Block::Table(table) => out.push_str(&table.indented(indent)),
            Block::Diff { text, most } => diff(out, text, *most, indent),
            Block::Section(section) => {
                if indent == 0 {
                    gap(out);
                }
                line(out, &section.title, indent);
                blocks(out, &section.content, indent + STEP);
            }
        }
    }
}

/// A blank line, unless there is one.
fn gap(out: &mut String) {
    if !out.is_empty() && !out.ends_with("\n\n") {
        out.push('\n');
    }
}

fn line(out: &mut String, line: &Line, indent: usize) {
    let line = line.clone().visible();
    let start = out.len();
    out.push_str(&" ".repeat(indent));
    let mut column = indent;
    for span in line.spans() {
        for (number, word) in words(span).enumerate() {
            let length = width(word.trim_end_matches(' '));
            // A line breaks only at a space, and a text begins with no space of its own.
            let can_break = number > 0 || out.ends_with(' ');
            if can_break && column > indent + STEP && column + length > widest() {
                out.truncate(out.trim_end_matches(' ').len());
                out.push('\n');
                out.push_str(&" ".repeat(indent + STEP));
                column = indent + STEP;
            }
            column += width(word);
            push(out, span, word);
        }
    }
    if out.len() > start {
        out.truncate(start + out[start..].trim_end_matches(' ').len());
    }
    out.push('\n');
}

/// The parts of a text between which a line may break. A command stays on one line, so that it can be copied.
fn words(span: &Span) -> impl Iterator<Item = &str> {
    let (whole, text) = if span.is_code {
        (Some(span.text.as_str()), "")
    } else {
        (None, span.text.as_str())
    };
    whole.into_iter().chain(text.split_inclusive(' '))
}

/// Adds a word in its style. The space after it has none, so that a line can end before it.
fn push(out: &mut String, span: &Span, word: &str) {
    let bare = word.trim_end_matches(' ');
    out.push_str(&span.paint(bare));
    out.push_str(&word[bare.len()..]);
}

fn diff(out: &mut String, text: &str, most: usize, indent: usize) {
    let margin = " ".repeat(indent);
    let lines = text.lines().count();
    for line in text.lines().take(most) {
        let style = match line.as_bytes() {
            [b'+', b'+', b'+', ..] | [b'-', b'-', b'-', ..] | [b'd', b'i', b'f', b'f', ..] => Some(BOLD),
            [b'+', ..] => Some(GOOD),
            [b'-', ..] => Some(BAD),
            [b'@', ..] => Some(DIM),
            _ => None,
        };
        let line = visible(line);
        let line = style.map_or_else(
            || line.clone().into_owned(),
            |style| paint(style, line.trim_end()),
        );
        out.push_str(&format!("{margin}{line}\n"));
    }
    if lines > most {
        let more = counted(lines - most, "more line");
        let more = paint(DIM, &format!("and {more} (-v shows them)"));
        out.push_str(&format!("{margin}{more}\n"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::table::COLUMNS;

    fn plain(document: &Document) -> String {
        anstream::adapter::strip_str(&document.human()).to_string()
    }

    #[test]
    fn long_lines_are_wrapped_at_spaces_and_their_rest_is_indented() {
        let mut content = Document::default();
        content.item(Line::styled(BOLD, "word ".repeat(30)).then("end"));
        let mut document = Document::default();
        document.section("title", content);
        let text = plain(&document);
        let lines: Vec<&str> = text.lines().collect();
        assert!(lines.iter().all(|line| width(line) <= COLUMNS), "{text}");
        assert!(lines[1].starts_with("  word"), "{text}");
        assert!(
            lines[2].starts_with("    word") && lines[2].ends_with(" end"),
            "{text}"
        );
        let words: Vec<&str> = text.split_whitespace().collect();
        assert_eq!(words.len(), 32, "{text}");
    }

    #[test]
    fn sections_are_apart_and_indented() {
        let mut content = Document::default();
        content.line("a");
        content.item_with("b", Some("c".into()));
        let mut document = Document::default();
        document.section("one", content);
        document.section("two", Document::default());
        assert_eq!(plain(&document), "one\n  a\n  b\n    c\n\ntwo\n");
    }
}
