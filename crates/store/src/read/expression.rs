//! Reads a regular expression of a check, and finds a part of it in the file.
//!
//! Input: the text and its node. Output: an [`Expression`], or a finding with the column of the mistake. Not here: the checks.

use std::ops::Range;

use super::fields::FieldsReader;
use crate::yaml::{YamlNode, locate};
use lessonbook_base::finding::Code;
use lessonbook_checks::expression::Expression;

/// Reads an expression; a mistake in it is a finding at its own column.
pub(super) fn expression(reader: &mut FieldsReader, node: &YamlNode, text: &str) -> Option<Expression> {
    match Expression::parse(text) {
        Ok(expression) => Some(expression),
        Err(problem) => {
            let span = inside(reader, node, text, problem.span);
            let mut finding = reader
                .finding(Code::CheckRegex, span, problem.message)
                .effect("the check is not read");
            finding.help = Some(problem.help.unwrap_or_else(|| {
                "write it in single quotes, where YAML keeps `\\` as it is; the syntax is https://docs.rs/regex/#syntax".to_owned()
            }));
            reader.push(finding);
            None
        }
    }
}

/// The bytes of the file for a part of a text.
pub(super) fn inside(reader: &FieldsReader, node: &YamlNode, text: &str, part: Range<usize>) -> Range<usize> {
    // An empty part is behind the last character.
    let part = part.start.min(text.len().saturating_sub(1))..part.end.max(part.start + 1).min(text.len());
    match locate(reader.raw(node), text, part) {
        Some(found) => node.span.start + found.start..node.span.start + found.end,
        None => node.span.clone(),
    }
}
