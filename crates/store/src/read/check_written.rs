//! A check in the one form in which it is written, for the writer and to see whether two checks are equal.
//!
//! Input: the fields of a check that was read without a mistake. Output: one line of YAML for each key, in a fixed order, with
//! values in flow style. Not here: examples, which the writer adds where they belong, and reading.

use super::fields::{Fields, FieldsReader};
use crate::yaml::scalar::{is_plain_word, quoted};
use crate::yaml::{YamlNode, YamlValue};

/// A check without its examples. `keys`: the keys of a check in their order.
pub(super) fn written(reader: &FieldsReader, fields: &Fields, keys: &[&str]) -> String {
    let keys = keys.iter().filter(|key| **key != "examples");
    let lines: Vec<String> = keys
        .filter_map(|key| Some(format!("{key}: {}", flow(reader, fields.raw(key)?, is_text(key)))))
        .collect();
    lines.join("\n")
}

/// Whether a key's text is a sentence or a glob, so that a plain word is written in quotes, too.
fn is_text(key: &str) -> bool {
    !matches!(key, "within" | "when" | "forbid" | "require")
}

fn flow(reader: &FieldsReader, node: &YamlNode, in_quotes: bool) -> String {
    match &node.value {
        YamlValue::Null => "null".to_owned(),
        YamlValue::Bool(value) => value.to_string(),
        YamlValue::Number(_) => reader.raw(node).to_owned(),
        YamlValue::Text(text) => scalar(text, in_quotes),
        YamlValue::List(items) => {
            let items: Vec<String> = items.iter().map(|item| flow(reader, item, in_quotes)).collect();
            format!("[{}]", items.join(", "))
        }
        YamlValue::Map(entries) => {
            let entries: Vec<String> = entries
                .iter()
                .map(|(key, value)| {
                    let key = match &key.value {
                        YamlValue::Text(text) => scalar(text, false),
                        _ => reader.raw(key).to_owned(),
                    };
                    format!("{key}: {}", flow(reader, value, in_quotes))
                })
                .collect();
            format!("{{ {} }}", entries.join(", "))
        }
    }
}

/// Text in the quotes in which it needs the fewest escapes: expressions are full of backslashes.
fn scalar(text: &str, in_quotes: bool) -> String {
    if !in_quotes && is_plain_word(text) {
        return text.to_owned();
    }
    let plain = text
        .chars()
        .all(|c| c == ' ' || (!c.is_control() && !c.is_whitespace()));
    let in_double = quoted(text);
    if plain && in_double.contains('\\') && !text.contains('\u{feff}') {
        return format!("'{}'", text.replace('\'', "''"));
    }
    in_double
}
