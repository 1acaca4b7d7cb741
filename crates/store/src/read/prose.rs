//! Text that people wrote: what hides in it, what it does to its reader, and how much of it is one paragraph.
//!
//! Input: text values with their places. Output: texts fit for a block, and findings at the very words. Not here:
//! what counts as suspicious ([`lessonbook_base::text`]) and as a paragraph ([`lessonbook_base::markdown`]).

use std::ops::Range;

use super::fields::{Fields, FieldsReader, one_line};
use crate::yaml::{YamlNode, YamlValue, locate};
use lessonbook_base::finding::Code;
use lessonbook_base::text::{self, SuspiciousText};
use lessonbook_base::{markdown, marker};

/// No key or password is shorter, with the name before it.
const SHORTEST_SECRET: usize = 12;

/// Looks for hidden characters and secrets in every text of a tree, keys included.
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

/// Text that says a marker, wherever it is in the store.
pub fn marker_text(span: Range<usize>) -> SuspiciousText {
    SuspiciousText {
        code: Code::MarkerText,
        span,
        message: "this is the text of a block's marker".into(),
        effect: "in a block it would read like the start or the end of one".into(),
        help: "speak of the begin line and the end line of a block instead".into(),
    }
}

/// Most keys are words of ours; looking into them would be most of the work.
fn is_plain_key(key: &YamlNode) -> bool {
    matches!(&key.value, YamlValue::Text(word) if word.len() <= 20
        && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-/.".contains(&byte)))
}

/// The text of a key as one paragraph of Markdown on one line; the key must say something.
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
    // Judged as it will stand: marker text is escaped, so it is no comment any more.
    let harmless = marker::escape(written.trim());
    let (_, whole) = markdown::inline(harmless.as_deref().unwrap_or(written.trim()));
    if !line.chars().any(char::is_alphanumeric) {
        let finding = reader
            .finding(empty, node.span.clone(), format!("`{key}` has no words"))
            .help("say it in a sentence");
        reader.push(finding);
        return None;
    }
    let vanishing = text::pitfalls(&line);
    if breaks(written) || (!whole && vanishing.is_empty()) {
        let finding = reader
            .finding(
                Code::NotOneParagraph,
                node.span.clone(),
                format!("`{key}` is more than one paragraph"),
            )
            .effect("it could not stand as one list item in a block")
            .help("one or two sentences; a list, heading or code block belongs into `bad` and `good`");
        reader.push(finding);
    }
    let acting = text::injections(&line, hosts);
    for suspect in vanishing.into_iter().chain(acting) {
        report(reader, node, &line, suspect);
    }
    match escaped {
        None => Some(line),
        Some(escaped) => {
            let finding = reader
                .finding(
                    Code::MarkerEscaped,
                    node.span.clone(),
                    format!("`{key}` holds the text of a block's marker"),
                )
                .effect("blocks show it escaped, so that it ends no block");
            reader.push(finding);
            Some(escaped)
        }
    }
}

/// An example: verbatim without its final newline; none where it is empty. Line endings are the file's that it stands in.
pub fn example(reader: &mut FieldsReader, fields: &Fields, key: &str) -> Option<String> {
    let (written, _) = reader.text(fields, key)?;
    let text = written.replace("\r\n", "\n");
    let text = text.strip_suffix('\n').unwrap_or(&text);
    (!text.trim().is_empty()).then(|| text.to_owned())
}

/// Whether a blank line stands inside the text.
fn breaks(text: &str) -> bool {
    text.trim().lines().any(|line| line.trim().is_empty())
}

/// Turns a suspect into a finding at its own bytes, or at the value's start where they can't be found.
fn report(reader: &mut FieldsReader, node: &YamlNode, value: &str, suspect: SuspiciousText) {
    let span = span_of(reader, node, value, suspect.span);
    let help = match suspect.code {
        Code::UnknownHost => {
            "add the host to `policy.hosts` in targets.yaml, or accept this one by an exception with \
             `accepts: unknown-host`"
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
