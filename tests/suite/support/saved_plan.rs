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

/// The bytes that the plan's file gives for a content.
pub fn content(document: &Value, id: &Value) -> Vec<u8> {
    use base64::Engine as _;
    let held = &document["contents"][id.as_str().expect("a digest")];
    match (held["text"].as_str(), held["base64"].as_str()) {
        (Some(text), _) => text.as_bytes().to_vec(),
        (None, Some(text)) => base64::prelude::BASE64_STANDARD.decode(text).expect("base64"),
        (None, None) => {
            let part = |part: &Value| match part["text"].as_str() {
                Some(text) => text.as_bytes().to_vec(),
                None => content(document, &part["content"]),
            };
            held["parts"]
                .as_array()
                .expect("parts")
                .iter()
                .flat_map(part)
                .collect()
        }
    }
}
