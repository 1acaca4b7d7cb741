//! Checks for tests, from the YAML that lessons use. Reading them from a lesson, with every mistake, is the store's job.

#![allow(dead_code, clippy::unwrap_used)] // each test binary uses a part of it

use std::path::PathBuf;

use lessonbook_checks::condition::{Condition, Quantity, Relation, Scalar, Test};
use lessonbook_checks::document::{Map, Node, Value};
use lessonbook_checks::expression::Expression;
use lessonbook_checks::path::KeyPath;
use lessonbook_checks::read::FileFormat;
use lessonbook_checks::structure::{Demand, PathCondition, StructureCheck};

/// The folder of real files, if it is there.
#[allow(clippy::print_stdout)] // a skipped test says so
pub fn corpus() -> Option<PathBuf> {
    let folder = std::env::var_os("LESSONBOOK_CORPUS").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/corpus")),
        PathBuf::from,
    );
    let folder = folder.join("checks");
    let there = folder.join("expected.tsv").is_file();
    if !there {
        println!("skipped: no corpus at {}", folder.display());
    }
    there.then_some(folder)
}

/// The root of a YAML text.
pub fn yaml(text: &str) -> Node {
    let mut documents = FileFormat::Yaml.read(text).unwrap();
    documents.remove(0).root
}

/// One structural check.
pub fn check(text: &str) -> StructureCheck {
    structure_check(map(&yaml(text))).unwrap()
}

pub fn map(node: &Node) -> &Map {
    let Value::Map(map) = &node.value else {
        panic!("not a map: {node:?}");
    };
    map
}

pub fn texts(node: &Node) -> Vec<String> {
    match &node.value {
        Value::Text(text) | Value::Number(text) => vec![text.clone()],
        Value::List(list) => list.items.iter().flat_map(texts).collect(),
        other => panic!("not text: {other:?}"),
    }
}

/// `None` for a check of text.
pub fn structure_check(check: &Map) -> Option<StructureCheck> {
    let part = |key| check.values(key).next();
    let conditions = |key| part(key).map(conditions).unwrap_or_default();
    let is_map = |key| part(key).is_some_and(|node| matches!(node.value, Value::Map(_)));
    let demand = if is_map("forbid") {
        Demand::Forbid(conditions("forbid"))
    } else if is_map("require") {
        Demand::Require(conditions("require"))
    } else {
        return None;
    };
    let each = part("each").map(texts).unwrap_or_default();
    Some(StructureCheck {
        each: each.iter().map(|path| KeyPath::parse(path).unwrap()).collect(),
        when: conditions("when"),
        within: conditions("within"),
        demand,
    })
}

fn conditions(node: &Node) -> Vec<PathCondition> {
    let entries = map(node).entries.iter();
    entries
        .map(|entry| PathCondition {
            path: KeyPath::parse(&entry.key).unwrap(),
            condition: condition(&entry.node),
        })
        .collect()
}

fn scalar(node: &Node) -> Scalar {
    match &node.value {
        Value::Bool(value) => Scalar::Bool(*value),
        Value::Number(text) => Scalar::Number(text.clone()),
        Value::Text(text) => Scalar::Text(text.clone()),
        other => panic!("no condition: {other:?}"),
    }
}

fn condition(node: &Node) -> Condition {
    match &node.value {
        Value::Map(map) => Condition {
            tests: map
                .entries
                .iter()
                .map(|entry| test(&entry.key, &entry.node))
                .collect(),
        },
        Value::List(list) => Condition::from_test(Test::OneOf(list.items.iter().map(scalar).collect())),
        Value::Text(text) if text == "present" => Condition::from_test(Test::Present),
        Value::Text(text) if text == "absent" => Condition::from_test(Test::Absent),
        _ => Condition::from_test(Test::OneOf(vec![scalar(node)])),
    }
}

fn test(key: &str, node: &Node) -> Test {
    let compare = |relation| Test::Compare(relation, Quantity::parse(&texts(node)[0]).unwrap());
    match key {
        "matches" => Test::Matches(Expression::parse(&texts(node)[0]).unwrap()),
        "not" => Test::Not(Box::new(condition(node))),
        "below" => compare(Relation::Below),
        "above" => compare(Relation::Above),
        "at_least" => compare(Relation::AtLeast),
        "at_most" => compare(Relation::AtMost),
        other => panic!("no condition: {other}"),
    }
}
