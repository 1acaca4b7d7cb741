//! Checks the texts that people wrote: hidden characters, secrets, prompt injection, Markdown, and that they are one paragraph.
//!
//! Input: text values with their positions. Output: texts that can be written in a block, and findings at the exact words.
//! Not here: what counts as suspicious ([`lessonbook_base::text`]) and as a paragraph ([`lessonbook_base::markdown`]).

use std::ops::Range;

use super::fields::{Fields, FieldsReader};
use crate::words::one_line;
use crate::yaml::{YamlNode, YamlValue, locate};
use lessonbook_base::finding::Code;
use lessonbook_base::text::{self, SuspiciousText};
use lessonbook_base::{markdown, marker};

/// The length of the shortest key or password, with the name before it.
const SHORTEST_SECRET: usize = 12;

/// Searches every text of a tree, including keys, for hidden characters and secrets.
pub fn check_tree(reader: &mut FieldsReader, node: &YamlNode) {
    match &node.value {
        YamlValue::Text(value) => {
            for suspect in text::hidden(value) {
                report(reader, node, value, suspect);
            }
            if let Some(span) = marker::mention(value) {
                report(reader, node, value, marker_text(span));
            }
            if value.len() >= SHORTEST_SECRET {
                for suspect in text::secrets(value) {
                    report(reader, node, value, suspect);
                }
            }
        }
        YamlValue::List(items) => items.iter().for_each(|item| check_tree(reader, item)),
        YamlValue::Map(entries) => {
            for (key, value) in entries {
                if !is_plain_key(key) {
                    check_tree(reader, key);
                }
                check_tree(reader, value);
            }
        }
        YamlValue::Null | YamlValue::Bool(_) | YamlValue::Number(_) => {}
    }
}

/// The suspect for text that contains a marker, anywhere in the store.
pub fn marker_text(span: Range<usize>) -> SuspiciousText {
    SuspiciousText {
        code: Code::MarkerText,
        span,
        message: "the text contains a block's marker".into(),
        effect: "inside a block, it would be read as the start or the end of a block".into(),
        help: "write `the begin line` or `the end line` of a block instead".into(),
    }
}

/// Whether a key is a plain word. Most keys are, and checking them would be most of the work.
fn is_plain_key(key: &YamlNode) -> bool {
    matches!(&key.value, YamlValue::Text(word) if word.len() <= 20
        && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-/.".contains(&byte)))
}

/// The text of a key as one paragraph of Markdown, on one line. A text without words is reported.
pub fn paragraph(
    reader: &mut FieldsReader,
    fields: &Fields,
    key: &str,
    empty: Code,
    hosts: &[&str],
) -> Option<String> {
    let (written, node) = reader.text(fields, key)?;
    let line = one_line(written);
    let escaped = marker::escape(&line);
    // Check the text as it will be written: marker text is escaped, so it is not a comment.
    let harmless = marker::escape(written.trim());
    let (_, whole) = markdown::inline(harmless.as_deref().unwrap_or(written.trim()));
    if !line.chars().any(char::is_alphanumeric) {
        let finding = reader
            .finding(empty, node.span.clone(), format!("`{key}` contains no words"))
            .help("write a sentence");
        reader.push(finding);
        return None;
    }
    let pitfalls = text::pitfalls(&line);
    if has_blank_line(written) || (!whole && pitfalls.is_empty()) {
        let finding = reader
            .finding(
                Code::NotOneParagraph,
                node.span.clone(),
                format!("`{key}` is more than one paragraph"),
            )
            .effect("it could not be written as one list item in a block")
            .help("write one or two sentences, and move lists, headings and code blocks to `bad` and `good`");
        reader.push(finding);
    }
    let injections = text::injections(&line, hosts);
    for suspect in pitfalls.into_iter().chain(injections) {
        report(reader, node, &line, suspect);
    }
    match escaped {
        None => Some(line),
        Some(escaped) => {
            let finding = reader
                .finding(
                    Code::MarkerEscaped,
                    node.span.clone(),
                    format!("`{key}` contains the text of a block's marker"),
                )
                .effect("blocks show it escaped, so that it does not end a block");
            reader.push(finding);
            Some(escaped)
        }
    }
}

/// An example: verbatim, without its final newline; `None` if it is empty. It is written later with the line endings of its file.
pub fn example(reader: &mut FieldsReader, fields: &Fields, key: &str) -> Option<String> {
    let (written, _) = reader.text(fields, key)?;
    let text = written.replace("\r\n", "\n");
    let text = text.strip_suffix('\n').unwrap_or(&text);
    (!text.trim().is_empty()).then(|| text.to_owned())
}

/// Whether the text contains a blank line.
fn has_blank_line(text: &str) -> bool {
    text.trim().lines().any(|line| line.trim().is_empty())
}

/// Turns a suspect into a finding at its own bytes, or at the value's start if they can't be found.
fn report(reader: &mut FieldsReader, node: &YamlNode, value: &str, suspect: SuspiciousText) {
    let span = span_of(reader, node, value, suspect.span);
    let help = match suspect.code {
        Code::UnknownHost => {
            "add the host to `policy.hosts` in targets.yaml, or add an exception with `accepts: unknown-host` for this lesson"
                .into()
        }
        _ => suspect.help,
    };
    let finding = reader
        .finding(suspect.code, span, suspect.message)
        .effect(suspect.effect)
        .help(help);
    reader.push(finding);
}

fn span_of(reader: &FieldsReader, node: &YamlNode, value: &str, part: Range<usize>) -> Range<usize> {
    match locate(reader.raw(node), value, part) {
        Some(found) => node.span.start + found.start..node.span.start + found.end,
        None => node.span.start..node.span.start,
    }
}
