//! The entries of a YAML map: keys as text, equal keys, `<<`.
//!
//! Input: keys and values in the order of the file. Output: [`Map`].

use std::collections::BTreeSet;

use crate::document::{Map, MapEntry, Node, Value};
use crate::read::is_unknown;

/// A map that is being read.
pub struct MapBuilder {
    /// Of equal keys only the last one is kept.
    unique: bool,
    map: Map,
    merged: Vec<Node>,
}

impl MapBuilder {
    pub fn new(unique: bool) -> Self {
        Self {
            unique,
            map: Map::default(),
            merged: Vec::new(),
        }
    }

    /// An entry as written. A key that a template fills in may be any key.
    pub fn entry(&mut self, key: Node, node: Node) {
        let (span, line) = (key.span, key.line);
        let key = match key.value {
            Value::Text(text) | Value::Number(text) => text,
            Value::Bool(value) => value.to_string(),
            Value::Null => "null".to_owned(),
            Value::Unknown(text) => {
                self.map.open = true;
                text
            }
            // No path can name a key that is a list or a map.
            Value::List(_) | Value::Map(_) => return,
        };
        self.map.open |= is_unknown(&key);
        self.map.entries.push(MapEntry {
            key,
            span,
            line,
            node,
        });
    }

    /// The value of `<<`.
    pub fn merge(&mut self, value: Node) {
        match value.value {
            Value::List(list) => self.merged.extend(list.items),
            _ => self.merged.push(value),
        }
    }

    /// Own keys win over merged ones, and of these the first.
    pub fn build(mut self) -> Map {
        if self.unique {
            keep_last(&mut self.map.entries);
        }
        for merged in self.merged {
            match merged.value {
                Value::Map(map) => {
                    self.map.open |= map.open;
                    let own: BTreeSet<String> =
                        self.map.entries.iter().map(|entry| entry.key.clone()).collect();
                    let new = map.entries.into_iter().filter(|entry| !own.contains(&entry.key));
                    self.map.entries.extend(new);
                }
                Value::Unknown(_) => self.map.open = true,
                _ => {}
            }
        }
        self.map
    }
}

fn keep_last(entries: &mut Vec<MapEntry>) {
    const FEW: usize = 12;
    let doubled = if entries.len() <= FEW {
        let mut rest = entries.as_slice();
        let mut doubled = false;
        while let Some((first, others)) = rest.split_first() {
            doubled |= others.iter().any(|other| other.key == first.key);
            rest = others;
        }
        doubled
    } else {
        let keys: BTreeSet<&str> = entries.iter().map(|entry| entry.key.as_str()).collect();
        keys.len() < entries.len()
    };
    if doubled {
        let mut keys = BTreeSet::new();
        entries.reverse();
        entries.retain(|entry| keys.insert(entry.key.clone()));
        entries.reverse();
    }
}
