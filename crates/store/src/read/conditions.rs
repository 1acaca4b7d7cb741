//! Paths and conditions of structural checks.
//!
//! Input: the nodes of `each`, `when`, `within`, `forbid` and `require`. Output: values of the crate `checks`, and findings with the
//! column inside a path. Not here: what a condition means.

use super::expression::{expression, inside};
use super::fields::{Fields, FieldsReader};
use crate::yaml::{YamlNode, YamlValue};
use lessonbook_base::finding::Code;
use lessonbook_checks::check::MAX_CONDITIONS;
use lessonbook_checks::condition::{Condition, Quantity, Relation, Scalar, Test};
use lessonbook_checks::path::KeyPath;
use lessonbook_checks::structure::PathCondition;

/// The keys of a condition.
pub const CONDITION_KEYS: [&str; 6] = ["matches", "below", "above", "at_least", "at_most", "not"];

/// Conditions in conditions (`not`) are read so deep.
const MAX_DEPTH: usize = 8;

/// The paths of `each`; none written: the root of each document.
pub(super) fn each(reader: &mut FieldsReader, fields: &Fields) -> Option<Vec<KeyPath>> {
    if !fields.has("each") {
        return Some(Vec::new());
    }
    let node = reader.value(fields, "each")?;
    let texts = match &node.value {
        YamlValue::Text(text) => vec![(text.as_str(), node)],
        YamlValue::List(items) if items.is_empty() => {
            reader.wrong_type(node, "`each`", "a path, or a list of paths");
            return None;
        }
        _ => reader.as_texts(node, "`each`")?,
    };
    if texts.len() > MAX_CONDITIONS {
        too_many(reader, node, "`each`", texts.len(), "paths");
        return None;
    }
    let paths: Vec<_> = texts
        .into_iter()
        .map(|(text, node)| path(reader, node, text))
        .collect();
    paths.into_iter().collect()
}

/// A map of paths and conditions, in its order.
pub(super) fn conditions(
    reader: &mut FieldsReader,
    node: &YamlNode,
    what: &str,
) -> Option<Vec<PathCondition>> {
    let YamlValue::Map(_) = &node.value else {
        reader.wrong_type(node, what, "a map of paths and conditions");
        return None;
    };
    let entries = reader.entries(node);
    if entries.is_empty() {
        reader.wrong_type(node, what, "at least one path with a condition");
        return None;
    }
    if entries.len() > MAX_CONDITIONS {
        too_many(reader, node, what, entries.len(), "conditions");
        return None;
    }
    let mut read = Vec::new();
    for (text, key, value) in entries {
        let path = path(reader, key, &text);
        let condition = condition(reader, value, &format!("`{text}`"), 0);
        read.push(
            path.zip(condition)
                .map(|(path, condition)| PathCondition { path, condition }),
        );
    }
    read.into_iter().collect()
}

fn too_many(reader: &mut FieldsReader, node: &YamlNode, what: &str, count: usize, noun: &str) {
    let finding = reader
        .finding(
            Code::CheckTooLarge,
            node.span.clone(),
            format!("{what} has {count} {noun}, more than {MAX_CONDITIONS}"),
        )
        .effect("the check is not read")
        .help("write two checks");
    reader.push(finding);
}

fn path(reader: &mut FieldsReader, node: &YamlNode, text: &str) -> Option<KeyPath> {
    match KeyPath::parse(text) {
        Ok(path) => Some(path),
        Err(problem) => {
            let span = inside(reader, node, text, problem.span);
            let finding = reader
                .finding(Code::CheckPath, span, problem.message)
                .effect("the check is not read")
                .help(problem.help);
            reader.push(finding);
            None
        }
    }
}

fn condition(reader: &mut FieldsReader, node: &YamlNode, what: &str, depth: usize) -> Option<Condition> {
    match &node.value {
        YamlValue::Text(word) if word == "present" => Some(Condition::from_test(Test::Present)),
        YamlValue::Text(word) if word == "absent" => Some(Condition::from_test(Test::Absent)),
        YamlValue::Text(_) | YamlValue::Number(_) | YamlValue::Bool(_) => {
            let scalar = scalar(reader, node, what)?;
            Some(Condition::from_test(Test::OneOf(vec![scalar])))
        }
        YamlValue::List(items) if items.is_empty() => {
            reader.wrong_type(node, what, "at least one value in its list");
            None
        }
        YamlValue::List(items) => {
            let scalars: Vec<_> = items.iter().map(|item| scalar(reader, item, what)).collect();
            let scalars: Option<Vec<Scalar>> = scalars.into_iter().collect();
            Some(Condition::from_test(Test::OneOf(scalars?)))
        }
        YamlValue::Map(_) => map(reader, node, what, depth),
        YamlValue::Null => {
            let finding = reader
                .finding(
                    Code::WrongType,
                    node.span.clone(),
                    format!("{what} takes a condition, found nothing"),
                )
                .help("write `present`, `absent`, a value, or a condition such as `{ below: 3 }`");
            reader.push(finding);
            None
        }
    }
}

fn map(reader: &mut FieldsReader, node: &YamlNode, what: &str, depth: usize) -> Option<Condition> {
    if depth > MAX_DEPTH {
        reader.wrong_type(node, what, "fewer `not` inside each other");
        return None;
    }
    let fields = reader.map(node, "a condition", &CONDITION_KEYS)?;
    let mut tests = Vec::new();
    let mut written = 0;
    for key in CONDITION_KEYS {
        let Some(value) = fields.raw(key) else {
            continue;
        };
        written += 1;
        let what = format!("`{key}`");
        let test = match key {
            "matches" => reader
                .as_text(value, &what)
                .and_then(|text| expression(reader, value, text))
                .map(Test::Matches),
            "not" => condition(reader, value, &what, depth + 1).map(|inner| Test::Not(Box::new(inner))),
            _ => quantity(reader, value, &what).map(|limit| Test::Compare(relation(key), limit)),
        };
        tests.extend(test);
    }
    if written == 0 {
        let YamlValue::Map(entries) = &node.value else {
            return None;
        };
        if entries.is_empty() {
            reader.wrong_type(node, what, "a condition");
        }
        return None;
    }
    (tests.len() == written).then_some(Condition { tests })
}

fn relation(key: &str) -> Relation {
    match key {
        "below" => Relation::Below,
        "above" => Relation::Above,
        "at_least" => Relation::AtLeast,
        _ => Relation::AtMost,
    }
}

fn quantity(reader: &mut FieldsReader, node: &YamlNode, what: &str) -> Option<Quantity> {
    let text = match &node.value {
        YamlValue::Text(text) => text.as_str(),
        YamlValue::Number(_) => reader.raw(node),
        _ => "",
    };
    let found = Quantity::parse(text);
    if found.is_none() {
        reader.wrong_type(node, what, "a number, or a quantity such as 512Mi or 250m");
    }
    found
}

fn scalar(reader: &mut FieldsReader, node: &YamlNode, what: &str) -> Option<Scalar> {
    match &node.value {
        YamlValue::Text(text) => Some(Scalar::Text(text.clone())),
        YamlValue::Bool(value) => Some(Scalar::Bool(*value)),
        YamlValue::Number(_) => {
            let raw = reader.raw(node);
            if Quantity::parse(raw).is_some() {
                return Some(Scalar::Number(raw.to_owned()));
            }
            // An alias, or a number such as `.inf`.
            reader.wrong_type(node, what, "a value that is written here");
            None
        }
        YamlValue::Null | YamlValue::List(_) | YamlValue::Map(_) => {
            reader.wrong_type(node, what, "text, a number, true or false");
            None
        }
    }
}
