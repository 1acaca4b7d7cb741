//! A saved plan as JSON: the values that its targets list by number.

#![allow(
    clippy::unwrap_used,
    reason = "a document without these keys is a mistake of the test"
)]

use serde_json::Value;

/// The values of a target's list: `values(&document, 0, "content", "edits")`.
pub fn values<'a>(document: &'a Value, target: usize, group: &str, list: &str) -> Vec<&'a Value> {
    let numbers = document["targets"][target]["plan"][group][list]
        .as_array()
        .unwrap();
    let numbers = numbers
        .iter()
        .map(|number| usize::try_from(number.as_u64().unwrap()).unwrap());
    numbers.map(|number| &document["shared"][list][number]).collect()
}
