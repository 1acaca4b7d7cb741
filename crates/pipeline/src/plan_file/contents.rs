//! The contents of files in a saved plan. Each is stored once, under its SHA-256, however many targets share it.
//!
//! Input: bytes, or a content as it was read. Output: the form in JSON, or the bytes. Not here: which contents a plan has (`document`).

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::{Deserialize, Serialize};

use lessonbook_base::shared::SharedBytes;

/// A content in a form that JSON can hold.
#[derive(Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum StoredContent {
    /// Text, so that a reviewer can read it.
    Text(String),
    /// Bytes that are not UTF-8.
    Base64(String),
}

impl StoredContent {
    fn new(bytes: &[u8]) -> Self {
        match std::str::from_utf8(bytes) {
            Ok(text) => StoredContent::Text(text.to_owned()),
            Err(_) => StoredContent::Base64(BASE64_STANDARD.encode(bytes)),
        }
    }

    fn into_bytes(self, name: &str) -> Result<Vec<u8>, String> {
        match self {
            StoredContent::Text(text) => Ok(text.into_bytes()),
            StoredContent::Base64(text) => BASE64_STANDARD
                .decode(text)
                .map_err(|error| format!("`{name}` is not base64: {error}")),
        }
    }
}

/// The files of a store.
pub(super) mod files {
    use std::collections::BTreeMap;

    use serde::{Deserialize, Deserializer, Serializer};

    use super::StoredContent;
    use lessonbook_store::Files;

    pub fn serialize<S: Serializer>(files: &Files, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(
            files
                .iter()
                .map(|(path, bytes)| (path, StoredContent::new(bytes))),
        )
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Files, D::Error> {
        let stored = BTreeMap::<String, StoredContent>::deserialize(deserializer)?;
        let files = stored.into_iter().map(|(path, stored)| {
            let bytes = stored.into_bytes(&path).map_err(serde::de::Error::custom)?;
            Ok((path, bytes))
        });
        files.collect()
    }
}

/// Writes contents by their SHA-256.
pub(super) fn serialize<S: serde::Serializer>(
    contents: &BTreeMap<&str, &SharedBytes>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_map(contents.iter().map(|(id, bytes)| (id, StoredContent::new(bytes))))
}

/// The contents of a document, each of which must have the digest under which it is stored.
pub(super) fn checked(
    stored: BTreeMap<String, StoredContent>,
) -> Result<BTreeMap<String, SharedBytes>, String> {
    let mut contents = BTreeMap::new();
    for (id, stored) in stored {
        let bytes = SharedBytes::from(stored.into_bytes(&id)?);
        if bytes.sha256() != id {
            return Err(format!("content {id} has another digest"));
        }
        contents.insert(id, bytes);
    }
    Ok(contents)
}
