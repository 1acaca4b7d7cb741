//! The digest of a saved plan: over its content, not over its layout.
//!
//! Comes in: the parsed document. Goes out: `sha256:…`. Leaves to others: comparing. Blanks, line breaks and the order of keys do not
//! matter, so that a file that was only laid out anew is still the same plan; everything else does.

use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use crate::blob::hex;
use crate::store::Files;

/// Over a document without its own `digest`.
pub(super) fn of(document: &Value) -> String {
    let mut hash = Sha256::new();
    if let Value::Object(map) = document {
        object(map, Some("digest"), &mut hash);
    } else {
        value(document, &mut hash);
    }
    format!("sha256:{}", hex(&hash.finalize()))
}

/// Over a store's files: paths and bytes.
pub(super) fn of_files(files: &Files) -> String {
    let mut hash = Sha256::new();
    for (path, bytes) in files {
        hash.update(path.len().to_le_bytes());
        hash.update(path);
        hash.update(bytes.len().to_le_bytes());
        hash.update(bytes);
    }
    format!("sha256:{}", hex(&hash.finalize()))
}

fn value(of: &Value, hash: &mut Sha256) {
    match of {
        Value::Object(map) => object(map, None, hash),
        Value::Array(items) => {
            hash.update("[");
            for item in items {
                value(item, hash);
                hash.update(",");
            }
            hash.update("]");
        }
        // Text, number, true, false and null have one form each.
        plain => hash.update(plain.to_string()),
    }
}

fn object(map: &Map<String, Value>, without: Option<&str>, hash: &mut Sha256) {
    let mut keys: Vec<&String> = map.keys().filter(|key| Some(key.as_str()) != without).collect();
    keys.sort();
    hash.update("{");
    for key in keys {
        hash.update(Value::from(key.as_str()).to_string());
        hash.update(":");
        value(&map[key], hash);
        hash.update(",");
    }
    hash.update("}");
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn layout_and_the_order_of_keys_do_not_matter_and_all_else_does() {
        let one: Value = serde_json::from_str(r#"{"a":[1,{"b":"x","c":null}],"digest":"sha256:1"}"#).unwrap();
        let same: Value =
            serde_json::from_str("{\"digest\":\"?\",\n \"a\" : [1, {\"c\":null,\"b\":\"\\u0078\"}] }")
                .unwrap();
        assert_eq!(of(&one), of(&same));
        for other in [
            json!({"a": [1, {"b": "x"}]}),
            json!({"a": [1, {"b": "y", "c": null}]}),
            json!({"a": [{"b": "x", "c": null}, 1]}),
            json!({"a": ["1", {"b": "x", "c": null}]}),
            // A `digest` that is not the document's own counts.
            json!({"a": [1, {"b": "x", "c": null, "digest": ""}]}),
        ] {
            assert_ne!(of(&one), of(&other), "{other}");
        }
    }
}
