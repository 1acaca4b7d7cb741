//! Reports text of which YAML drops a part: a comment, a tag or an anchor where a person wrote a sentence.
//!
//! Input: a tree with the bytes of its values. Output: findings, each with the text in quotes.
//! Not here: finding the dropped parts ([`crate::yaml::written`]).

use std::collections::BTreeSet;
use std::ops::Range;

use super::fields::FieldsReader;
use crate::words::one_line;
use crate::yaml::written::{
    COMMENT, Dropped, ValueKind, YamlSyntax, dropped, dropped_item, in_quotes, quoted,
};
use crate::yaml::{YamlNode, YamlValue};
use lessonbook_base::finding::{Code, Finding};
use lessonbook_base::text::redact;

/// Checks every value of a tree. A value that an alias repeats is checked once.
pub fn check_tree(reader: &mut FieldsReader, root: &YamlNode) {
    let mut visited = BTreeSet::new();
    visit(reader, root, ValueKind::Word, &mut visited);
}

fn visit(reader: &mut FieldsReader, node: &YamlNode, kind: ValueKind, visited: &mut BTreeSet<usize>) {
    match &node.value {
        YamlValue::Map(entries) => {
            for (key, value) in entries {
                let YamlValue::Text(name) = &key.value else {
                    continue;
                };
                // Inside an alias, spans are those of the alias.
                if reader.raw(key).trim_matches(['"', '\'']) != name || !visited.insert(key.span.start) {
                    continue;
                }
                let kind = ValueKind::of_key(name);
                if let Some(part) = dropped(&reader.source.text, &key.span, value, kind) {
                    let finding = key_finding(reader, &key.span, name, value, &part);
                    reader.push(finding);
                }
                visit(reader, value, kind, visited);
            }
        }
        YamlValue::List(items) => {
            for item in items {
                if let Some(part) = dropped_item(&reader.source.text, item, kind)
                    && visited.insert(part.span.start)
                {
                    let finding = item_finding(reader, item, &part);
                    reader.push(finding);
                }
                visit(reader, item, kind, visited);
            }
        }
        YamlValue::Null | YamlValue::Bool(_) | YamlValue::Number(_) | YamlValue::Text(_) => {}
    }
}

/// The finding for a key's text. `key`: the bytes of the key.
fn key_finding(
    reader: &FieldsReader,
    key: &Range<usize>,
    name: &str,
    value: &YamlNode,
    part: &Dropped,
) -> Finding {
    let text = &reader.source.text;
    let read = match &value.value {
        YamlValue::Text(text) => one_line(text),
        _ => String::new(),
    };
    let effect = match part.syntax {
        YamlSyntax::Alias => "the text would be replaced by the value that the alias refers to".to_owned(),
        _ if read.is_empty() => format!("`{name}` would be empty"),
        _ => format!("`{name}` would be \"{}\"", redact(&read)),
    };
    let mut help = match quoted(text, key) {
        Some(written) => format!("put the text in quotes: {}", redact(&written)),
        None => "put the text in quotes".to_owned(),
    };
    if part.syntax == YamlSyntax::Comment {
        help.push_str(COMMENT);
    }
    let message = part.sentence(text, &format!("`{name}`"));
    reader
        .finding(Code::TextCut, part.span.clone(), message)
        .effect(effect)
        .help(help)
}

/// The finding for an item of a list.
fn item_finding(reader: &FieldsReader, item: &YamlNode, part: &Dropped) -> Finding {
    let text = &reader.source.text;
    let whole = part.span.start.min(item.span.start)..part.span.end.max(item.span.end);
    let whole = text.get(whole).unwrap_or_default();
    reader
        .finding(
            Code::TextCut,
            part.span.clone(),
            part.sentence(text, "an item of a list"),
        )
        .effect("the item would be shorter than its text in the file")
        .help(format!(
            "put the text in quotes: {}",
            redact(&in_quotes(&one_line(whole)))
        ))
}
