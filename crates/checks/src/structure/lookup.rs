//! The values at a path below a node.
//!
//! Input: a node and a [`KeyPath`]. Output: [`PathValues`], or the deepest part of the path that exists.

use crate::condition::PathValues;
use crate::document::{MapEntry, Node, Value};
use crate::path::{KeyPath, KeyPattern, Segment};

/// The values at a path. Lists on the way are stepped into.
pub fn values<'a>(node: &'a Node, path: &KeyPath) -> PathValues<'a> {
    let mut reached = PathValues {
        nodes: vec![node],
        open: false,
    };
    for segment in path.segments() {
        reached = step(&reached, segment);
        if reached.nodes.is_empty() {
            break;
        }
    }
    reached
}

/// The deepest part of a path that exists, and how many of the path's segments lead to it.
pub fn deepest<'a>(node: &'a Node, path: &KeyPath) -> (&'a Node, usize) {
    let mut deepest = (node, 0);
    let mut reached = PathValues {
        nodes: vec![node],
        open: false,
    };
    for (number, segment) in path.segments().iter().enumerate() {
        reached = step(&reached, segment);
        let Some(first) = reached.nodes.first() else {
            break;
        };
        deepest = (first, number + 1);
    }
    deepest
}

/// The entry whose value a node is, where the last part of the path is a key.
pub fn entry<'a>(node: &'a Node, path: &KeyPath, value: &Node) -> Option<&'a MapEntry> {
    let (_, before) = path.segments().split_last()?;
    let mut reached = PathValues {
        nodes: vec![node],
        open: false,
    };
    for segment in before {
        reached = step(&reached, segment);
    }
    reached.nodes.iter().find_map(|parent| entry_in(parent, value))
}

fn entry_in<'a>(parent: &'a Node, value: &Node) -> Option<&'a MapEntry> {
    match &parent.value {
        Value::Map(map) => map
            .entries
            .iter()
            .find(|entry| std::ptr::eq(&raw const entry.node, value)),
        Value::List(list) => list.items.iter().find_map(|item| entry_in(item, value)),
        _ => None,
    }
}

fn step<'a>(from: &PathValues<'a>, segment: &Segment) -> PathValues<'a> {
    let mut reached = PathValues {
        nodes: Vec::new(),
        open: from.open,
    };
    for node in &from.nodes {
        match segment {
            Segment::AnyDepth => descend(node, &mut reached),
            Segment::Elements => elements(node, &mut reached),
            Segment::Key { key, elements } => child(node, key, *elements, &mut reached),
        }
    }
    if matches!(segment, Segment::AnyDepth) && from.nodes.len() > 1 {
        unique(&mut reached.nodes);
    }
    reached
}

/// Two ways through `**` lead to one node; without this, their number would double with every `**`.
fn unique(nodes: &mut Vec<&Node>) {
    let mut seen = std::collections::BTreeSet::new();
    nodes.retain(|node| seen.insert(std::ptr::from_ref(*node)));
}

fn descend<'a>(node: &'a Node, reached: &mut PathValues<'a>) {
    reached.nodes.push(node);
    match &node.value {
        Value::Map(map) => {
            reached.open |= map.open;
            for entry in &map.entries {
                descend(&entry.node, reached);
            }
        }
        Value::List(list) => {
            reached.open |= list.open;
            for item in &list.items {
                descend(item, reached);
            }
        }
        Value::Unknown(_) => reached.open = true,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Text(_) => {}
    }
}

fn elements<'a>(node: &'a Node, reached: &mut PathValues<'a>) {
    match &node.value {
        Value::List(list) => {
            reached.open |= list.open;
            reached.nodes.extend(&list.items);
        }
        Value::Unknown(_) => reached.open = true,
        _ => {}
    }
}

fn child<'a>(node: &'a Node, key: &KeyPattern, in_list: bool, reached: &mut PathValues<'a>) {
    match &node.value {
        Value::Map(map) => {
            let before = reached.nodes.len();
            let matching = map.entries.iter().filter(|entry| key.matches(&entry.key));
            for entry in matching {
                if in_list {
                    elements(&entry.node, reached);
                } else {
                    reached.nodes.push(&entry.node);
                }
            }
            let complete = reached.nodes.len() > before && matches!(key, KeyPattern::Exact(_));
            reached.open |= map.open && !complete;
        }
        Value::List(list) => {
            reached.open |= list.open;
            for item in &list.items {
                child(item, key, in_list, reached);
            }
        }
        Value::Unknown(_) => reached.open = true,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Text(_) => {}
    }
}
