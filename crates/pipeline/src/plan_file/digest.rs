//! The digest of a saved plan, computed over its content and not over its layout.
//!
//! Input: the document's text. Output: `sha256:…`. Not here: comparing. White space and the order of keys do not matter, so a file that
//! was only formatted is still the same plan; everything else matters.
//!
//! Every value has a hash: for a list, over those of its items; for an object, over its keys in order, each with the hash of its value.
//! So the text is read once and no tree of it is kept in memory: the plan of a thousand targets has a hundred megabytes.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use sha2::{Digest, Sha256};

use lessonbook_base::git_oid::hex;
use lessonbook_store::Files;

/// The digest of a document without its own `digest`. Fails if the text is not JSON.
pub(super) fn of_document(document: &[u8]) -> Result<String, serde_json::Error> {
    let mut reader = serde_json::Deserializer::from_slice(document);
    let hash = ValueHash {
        without: Some("digest"),
    }
    .deserialize(&mut reader)?;
    reader.end()?;
    Ok(format!("sha256:{}", hex(&hash)))
}

/// The digest of a store's files: paths and bytes.
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

type DigestWriter = [u8; 32];

/// Reads one value and returns its hash; for an object, without one key.
#[derive(Clone, Copy)]
struct ValueHash<'k> {
    without: Option<&'k str>,
}

const INNER: ValueHash<'static> = ValueHash { without: None };

/// The hash of a plain value: its kind, and its canonical form.
fn plain(kind: &str, form: &str) -> DigestWriter {
    Sha256::new()
        .chain_update(kind)
        .chain_update(form)
        .finalize()
        .into()
}

impl<'de> DeserializeSeed<'de> for ValueHash<'_> {
    type Value = DigestWriter;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<DigestWriter, D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for ValueHash<'_> {
    type Value = DigestWriter;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON")
    }

    fn visit_unit<E>(self) -> Result<DigestWriter, E> {
        Ok(plain("null", ""))
    }

    fn visit_bool<E>(self, value: bool) -> Result<DigestWriter, E> {
        Ok(plain("bool", if value { "true" } else { "false" }))
    }

    fn visit_i64<E>(self, value: i64) -> Result<DigestWriter, E> {
        Ok(plain("number", &value.to_string()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<DigestWriter, E> {
        Ok(plain("number", &value.to_string()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<DigestWriter, E> {
        Ok(plain("fraction", &value.to_bits().to_string()))
    }

    fn visit_str<E>(self, value: &str) -> Result<DigestWriter, E> {
        Ok(plain("text", value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<DigestWriter, A::Error> {
        let mut hash = Sha256::new().chain_update("list");
        while let Some(item) = items.next_element_seed(INNER)? {
            hash.update(item);
        }
        Ok(hash.finalize().into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<DigestWriter, A::Error> {
        let mut sums: Vec<(String, DigestWriter)> = Vec::new();
        while let Some(key) = entries.next_key::<String>()? {
            let sum = entries.next_value_seed(INNER)?;
            if self.without != Some(key.as_str()) {
                sums.push((key, sum));
            }
        }
        sums.sort();
        let mut hash = Sha256::new().chain_update("object");
        for (key, sum) in sums {
            hash.update(key.len().to_le_bytes());
            hash.update(key);
            hash.update(sum);
        }
        Ok(hash.finalize().into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sum(text: &str) -> String {
        of_document(text.as_bytes()).unwrap()
    }

    #[test]
    fn layout_and_the_order_of_keys_do_not_matter_and_all_else_does() {
        let one = sum(r#"{"a":[1,{"b":"x","c":null}],"digest":"sha256:1"}"#);
        let same = sum("{\"digest\":\"?\",\n \"a\" : [1, {\"c\":null,\"b\":\"\\u0078\"}] }");
        assert_eq!(one, same);
        for other in [
            r#"{"a": [1, {"b": "x"}]}"#,
            r#"{"a": [1, {"b": "y", "c": null}]}"#,
            r#"{"a": [{"b": "x", "c": null}, 1]}"#,
            r#"{"a": ["1", {"b": "x", "c": null}]}"#,
            r#"{"a": [[1, {"b": "x", "c": null}]]}"#,
            r#"{"a": [1.0, {"b": "x", "c": null}]}"#,
            r#"{"a": [1, {"b": "x", "c": "null"}]}"#,
            r#"{"a": [1, {"b": "x", "c": null}], "e": false}"#,
            // A repeated key makes another document.
            r#"{"a": [1, {"b": "x", "b": "x", "c": null}]}"#,
            // A `digest` that is not the document's own counts.
            r#"{"a": [1, {"b": "x", "c": null, "digest": ""}]}"#,
        ] {
            assert_ne!(one, sum(other), "{other}");
        }
        assert!(of_document(b"{\"a\": [1, {\"b\"").is_err());
        assert!(of_document(b"{} {}").is_err());
    }
}
