//! The contents of files in a saved plan. Each is stored once, under its SHA-256, however many targets share it, and so is the block of
//! files that differ only around it.
//!
//! Input: bytes, or a content as it was read. Output: the form in JSON, or the bytes. Not here: which contents a plan has (`document`).

use std::borrow::Cow;
use std::collections::BTreeMap;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::{Deserialize, Serialize};

use super::numbering::ValueReader;
use lessonbook_base::marker::{self, BlocksInFile};
use lessonbook_base::shared::SharedBytes;

/// A content in a form that JSON can hold.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum StoredContent<'a> {
    /// Text, so that a reviewer can read it.
    Text(Cow<'a, str>),
    /// Bytes that are not UTF-8.
    Base64(String),
    /// Text around a block that other files have, too.
    Parts(Vec<ContentPart<'a>>),
}

/// A part of a content.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum ContentPart<'a> {
    /// Text of this content alone.
    Text(Cow<'a, str>),
    /// The SHA-256 of another content, which has no parts itself.
    Content(Cow<'a, str>),
}

impl<'a> StoredContent<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        match std::str::from_utf8(bytes) {
            Ok(text) => StoredContent::Text(Cow::Borrowed(text)),
            Err(_) => StoredContent::Base64(BASE64_STANDARD.encode(bytes)),
        }
    }

    /// The bytes; `others` are the contents without parts.
    fn into_bytes(self, name: &str, others: &BTreeMap<String, SharedBytes>) -> Result<Vec<u8>, String> {
        match self {
            StoredContent::Text(text) => Ok(text.into_owned().into_bytes()),
            StoredContent::Base64(text) => BASE64_STANDARD
                .decode(text)
                .map_err(|error| format!("`{name}` is not base64: {error}")),
            StoredContent::Parts(parts) => {
                let mut bytes = Vec::new();
                for part in parts {
                    match part {
                        ContentPart::Text(text) => bytes.extend_from_slice(text.as_bytes()),
                        ContentPart::Content(id) => {
                            let other = others.get(id.as_ref());
                            let missing = || format!("content {id}, a part of {name}, is missing");
                            bytes.extend_from_slice(other.ok_or_else(missing)?);
                        }
                    }
                }
                Ok(bytes)
            }
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
        let stored = BTreeMap::<String, StoredContent<'_>>::deserialize(deserializer)?;
        let files = stored.into_iter().map(|(path, stored)| {
            let bytes = stored
                .into_bytes(&path, &BTreeMap::new())
                .map_err(serde::de::Error::custom)?;
            Ok((path, bytes))
        });
        files.collect()
    }
}

/// A file as the text before its block, the block, and the text after it.
type Around<'a> = [&'a str; 3];

/// The contents by their SHA-256. A block that several files have is a content of its own.
pub(super) fn stored<'a>(
    contents: &BTreeMap<&'a str, &'a [u8]>,
    store: &str,
) -> BTreeMap<Cow<'a, str>, StoredContent<'a>> {
    let around = |bytes: &'a [u8]| -> Option<Around<'a>> {
        let text = std::str::from_utf8(bytes).ok()?;
        let BlocksInFile::Block(block) = marker::find(bytes, store) else {
            return None;
        };
        let (start, end) = (block.range.start, block.range.end);
        Some([text.get(..start)?, text.get(start..end)?, text.get(end..)?])
    };
    let split: BTreeMap<&str, Around<'_>> = contents
        .iter()
        .filter_map(|(id, bytes)| Some((*id, around(bytes)?)))
        .collect();
    let mut files: BTreeMap<&str, usize> = BTreeMap::new();
    for [_, block, _] in split.values() {
        *files.entry(block).or_default() += 1;
    }
    files.retain(|_, files| *files > 1);
    let blocks: BTreeMap<&str, String> = files
        .into_keys()
        .map(|block| (block, SharedBytes::from(block.as_bytes()).sha256().to_owned()))
        .collect();
    let content = |(id, bytes): (&&'a str, &&'a [u8])| {
        let parts = split.get(id).and_then(|[before, block, behind]| {
            let shared = blocks.get(block).filter(|shared| shared != id)?;
            let text = |text: &'a str| (!text.is_empty()).then_some(ContentPart::Text(Cow::Borrowed(text)));
            let shared = ContentPart::Content(Cow::Owned(shared.clone()));
            Some(
                [text(before), Some(shared), text(behind)]
                    .into_iter()
                    .flatten()
                    .collect(),
            )
        });
        let content = parts.map_or_else(|| StoredContent::new(bytes), StoredContent::Parts);
        (Cow::Borrowed(*id), content)
    };
    let shared = blocks
        .iter()
        .map(|(block, id)| (Cow::Owned(id.clone()), StoredContent::Text(Cow::Borrowed(*block))));
    shared.chain(contents.iter().map(content)).collect()
}

/// The contents of a document, each of which must have the digest under which it is stored.
pub(super) fn checked(
    stored: BTreeMap<Cow<'_, str>, StoredContent<'_>>,
    reader: &mut ValueReader,
) -> Result<BTreeMap<String, SharedBytes>, String> {
    let mut contents = BTreeMap::new();
    let is_whole = |content: &StoredContent<'_>| !matches!(content, StoredContent::Parts(_));
    let (whole, in_parts): (BTreeMap<_, _>, BTreeMap<_, _>) =
        stored.into_iter().partition(|(_, content)| is_whole(content));
    let mut joined = BTreeMap::new();
    for (id, content) in whole {
        contents.insert(id.to_string(), bytes(&id, content, &BTreeMap::new())?);
    }
    for (id, content) in in_parts {
        let bytes = bytes(&id, content, &contents)?;
        reader.take(bytes.len())?;
        joined.insert(id.to_string(), bytes);
    }
    contents.append(&mut joined);
    Ok(contents)
}

fn bytes(
    id: &str,
    content: StoredContent<'_>,
    others: &BTreeMap<String, SharedBytes>,
) -> Result<SharedBytes, String> {
    let bytes = SharedBytes::from(content.into_bytes(id, others)?);
    if bytes.sha256() == id {
        Ok(bytes)
    } else {
        Err(format!("content {id} has another digest"))
    }
}
