//! What a place in a document is, without its line: so it is recognized where it is moved or its file is rewritten.
//!
//! Input: the nodes from the root to a place. Output: [`PlaceIdentity`].

use crate::document::{Map, Node, Value};

/// The place of a hit in words that survive a move. Two hits of one check with equal identities are the same hit.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PlaceIdentity {
    /// `kind` of the document.
    pub kind: Option<String>,
    /// `metadata.name` of the document, else its `name`.
    pub name: Option<String>,
    /// From the root to the node that was judged.
    pub steps: Vec<PlaceStep>,
    /// The path of the condition, as written in the check.
    pub path: String,
    /// The values that the conditions found, as text.
    pub values: Vec<String>,
}

/// One step from the root.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PlaceStep {
    /// Into the value of a key.
    Key(String),
    /// Into an element of a list, with its `name`, `id` or `key` if it has one.
    Element(Option<String>),
}

impl PlaceIdentity {
    /// The same without the names of the document and of elements, for places whose object was renamed.
    #[must_use]
    pub fn without_names(&self) -> Self {
        let anonymous = |step: &PlaceStep| match step {
            PlaceStep::Key(key) => PlaceStep::Key(key.clone()),
            PlaceStep::Element(_) => PlaceStep::Element(None),
        };
        Self {
            name: None,
            steps: self.steps.iter().map(anonymous).collect(),
            ..self.clone()
        }
    }
}

/// `kind` and name of a document.
pub fn kind_and_name(root: &Node) -> (Option<String>, Option<String>) {
    let Value::Map(map) = &root.value else {
        return (None, None);
    };
    let name = metadata_name(map).or_else(|| scalar(map, "name"));
    (scalar(map, "kind"), name)
}

/// What distinguishes an element of a list from the others.
pub fn element_label(node: &Node) -> Option<String> {
    let Value::Map(map) = &node.value else {
        return None;
    };
    let own = ["name", "id", "key"].iter().find_map(|key| scalar(map, key));
    own.or_else(|| metadata_name(map))
}

fn metadata_name(map: &Map) -> Option<String> {
    map.values("metadata").find_map(|node| match &node.value {
        Value::Map(metadata) => scalar(metadata, "name"),
        _ => None,
    })
}

fn scalar(map: &Map, key: &str) -> Option<String> {
    map.values(key).find_map(|node| match &node.value {
        Value::Text(text) | Value::Number(text) | Value::Unknown(text) => Some(text.clone()),
        _ => None,
    })
}
