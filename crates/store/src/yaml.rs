//! Parses YAML into a tree of values with their positions. Only this module uses the YAML crate.
//!
//! Input: a file's bytes. Output: a [`SourceFile`] and its root [`YamlNode`], or findings about why the file can't be read.
//! Not here: the meaning of the values ([`super::read`]).

mod explain;
mod locate;
pub mod scalar;
mod values;
pub mod written;

pub use locate::locate;

use std::borrow::Cow;
use std::ops::Range;
use std::sync::OnceLock;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_yaml::{Error, Spanned};

use self::explain::explain;
use lessonbook_base::finding::{Code, Finding, Location};

/// The largest file of a store.
pub const MAX_BYTES: usize = 1_000_000;

/// The most values of a file of a store, with expanded aliases.
const MAX_NODES: usize = 100_000;

/// A text file of the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFile {
    /// Its name, relative to the store.
    pub file: String,
    /// Its text, including a byte order mark.
    pub text: String,
    /// The text without secrets, computed for the first location.
    shown: OnceLock<String>,
}

impl SourceFile {
    /// The location of a byte range. Its line contains no secret, because logs and reports show it.
    pub fn place(&self, span: Range<usize>) -> Location {
        let shown = self
            .shown
            .get_or_init(|| lessonbook_base::text::redact(&self.text));
        Location::in_text(&self.file, shown, span)
    }
}

/// A value and its position.
#[derive(Debug, Clone, PartialEq)]
pub struct YamlNode {
    /// Its bytes: a scalar with its quotes; the first bytes of a list or map; an alias's own token.
    pub span: Range<usize>,
    /// The value.
    pub value: YamlValue,
}

/// A value of YAML's core schema.
#[derive(Debug, Clone, PartialEq)]
pub enum YamlValue {
    /// Nothing, `~` or `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number, with its value if it is a non-negative integer.
    Number(Option<u64>),
    /// Text.
    Text(String),
    /// A list.
    List(Vec<YamlNode>),
    /// A map in source order; keys are unique.
    Map(Vec<(YamlNode, YamlNode)>),
}

impl YamlValue {
    /// The type, as messages name it.
    pub fn word(&self) -> &'static str {
        match self {
            YamlValue::Null => "nothing",
            YamlValue::Bool(_) => "true or false",
            YamlValue::Number(_) => "a number",
            YamlValue::Text(_) => "text",
            YamlValue::List(_) => "a list",
            YamlValue::Map(_) => "a map",
        }
    }
}

/// The text of a file of the store. It keeps a byte order mark, so that spans count the file's bytes.
pub fn decode(file: &str, bytes: &[u8]) -> Result<SourceFile, Box<Finding>> {
    if bytes.len() > MAX_BYTES {
        let size = bytes.len() / 1_000_000;
        let finding = Finding::new(
            Code::FileTooLarge,
            format!("`{file}` has {size} MB; a file of the store can have at most 1 MB"),
        )
        .at(Location::file(file))
        .effect("the file is not read")
        .help("write one lesson per file, and link to long material with `source`");
        return Err(Box::new(finding));
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(SourceFile {
            file: file.to_owned(),
            text: text.to_owned(),
            shown: OnceLock::new(),
        }),
        Err(error) => Err(Box::new(not_utf8(file, bytes, error.valid_up_to()))),
    }
}

/// The finding for bytes that are not UTF-8. It shows a line only if the rest of the file is text.
fn not_utf8(file: &str, bytes: &[u8], at: usize) -> Finding {
    const UTF_16: [&[u8]; 2] = [&[0xff, 0xfe], &[0xfe, 0xff]];
    let (message, help) = if UTF_16.iter().any(|mark| bytes.starts_with(mark)) {
        (
            "the file is UTF-16 and not UTF-8".to_owned(),
            "save the file as UTF-8 (in PowerShell: `-Encoding utf8`)",
        )
    } else if bytes.contains(&0) {
        (
            "the file is not text: it contains NUL bytes".to_owned(),
            "replace it with a text file, or move it out of the store's folders",
        )
    } else {
        let byte = bytes.get(at).copied().unwrap_or_default();
        let good = lessonbook_base::text::redact(&String::from_utf8_lossy(bytes));
        return Finding::new(Code::InvalidUtf8, format!("byte {byte:#04x} is not UTF-8"))
            .at(Location::in_text(file, &good, at..at + 1))
            .effect("the file is not read")
            .help("save the file as UTF-8");
    };
    Finding::new(Code::InvalidUtf8, message)
        .at(Location::file(file))
        .effect("the file is not read")
        .help(help)
}

/// Reads a file of the store as one YAML document. A duplicate key is reported and does not hide the rest; its first value counts.
pub fn parse(file: &str, bytes: &[u8]) -> (Option<(SourceFile, YamlNode)>, Vec<Finding>) {
    let source = match decode(file, bytes) {
        Ok(source) => source,
        Err(finding) => return (None, vec![*finding]),
    };
    let mut findings = Vec::new();
    match tree(&source, &mut findings) {
        Ok(YamlNode {
            value: YamlValue::Null,
            ..
        }) => {
            findings.push(
                Finding::new(Code::EmptyFile, "the file is empty, or contains only comments")
                    .at(Location::file(file))
                    .help("write the lesson, or delete the file"),
            );
            (None, findings)
        }
        Ok(root) => (Some((source, root)), findings),
        Err(finding) => {
            findings.push(*finding);
            (None, findings)
        }
    }
}

/// Parses the text. If a key is a duplicate, renames it and parses again, so that every duplicate is found.
fn tree(source: &SourceFile, findings: &mut Vec<Finding>) -> Result<YamlNode, Box<Finding>> {
    const MAX_DUPLICATES: usize = 20;
    let mut text = Cow::Borrowed(source.text.as_str());
    let mut masked: Vec<usize> = Vec::new();
    loop {
        match serde_yaml::from_str_with_options::<YamlNode>(&text, options()) {
            Ok(mut root) => {
                drop_masked(&mut root, &masked);
                return Ok(root);
            }
            Err(error) => {
                let span = span_of(error.without_snippet(), &text);
                let duplicate = matches!(error.without_snippet(), Error::DuplicateMappingKey { .. });
                let Some(span) = span.filter(|_| duplicate && masked.len() < MAX_DUPLICATES) else {
                    return Err(Box::new(explain(source, &error)));
                };
                let key = source.text.get(span.clone()).unwrap_or_default();
                findings.push(
                    Finding::new(
                        Code::DuplicateKey,
                        format!("the key `{key}` occurs a second time"),
                    )
                    .at(source.place(span.clone()))
                    .effect("YAML parsers disagree on which of the two counts")
                    .help("keep one of them"),
                );
                let Some(mask) = mask(masked.len(), span.len()) else {
                    return Err(Box::new(explain(source, &error)));
                };
                if key.contains(['\n', '*']) || masked.contains(&span.start) {
                    return Err(Box::new(explain(source, &error)));
                }
                text.to_mut().replace_range(span.clone(), &mask);
                masked.push(span.start);
            }
        }
    }
}

/// A key of this many bytes that no file of a store uses; `None` if the letters are exhausted.
fn mask(nth: usize, length: usize) -> Option<String> {
    let letter = char::from(b'A' + u8::try_from(nth).ok()?);
    (length > 0).then(|| std::iter::repeat_n(letter, length).collect())
}

fn drop_masked(node: &mut YamlNode, masked: &[usize]) {
    if masked.is_empty() {
        return;
    }
    match &mut node.value {
        YamlValue::List(items) => items.iter_mut().for_each(|item| drop_masked(item, masked)),
        YamlValue::Map(entries) => {
            entries.retain(|(key, _)| !masked.contains(&key.span.start));
            for (_, value) in entries {
                drop_masked(value, masked);
            }
        }
        _ => {}
    }
}

fn options() -> serde_yaml::Options {
    serde_yaml::options! {
        budget: serde_yaml::budget! {
            max_nodes: MAX_NODES,
            max_events: MAX_NODES * 3,
            max_recorded_anchor_events: MAX_NODES,
            max_depth: 32,
            flow_nesting_limit: 32,
        },
        strict_booleans: true,
        with_snippet: false,
        emit_comments: false,
        // With this, `<<` is an unknown key, which is reported without losing the rest of the file.
        merge_keys: serde_yaml::options::MergeKeyPolicy::AsOrdinary,
        ignore_binary_tag_for_string: true,
        non_finite_float_policy: serde_yaml::options::NonFiniteFloatPolicy::PassThrough,
    }
}

/// The bytes that an error points at. Errors of the scanner count characters, which are converted.
fn span_of(error: &Error, text: &str) -> Option<Range<usize>> {
    let location = error.location()?;
    bytes_of(&location).or_else(|| {
        // lessonbook:allow yaml-spans-in-bytes the characters are counted below
        let characters = usize::try_from(location.span().offset()).ok()?;
        let at = text
            .char_indices()
            .nth(characters)
            .map_or(text.len(), |(at, _)| at);
        Some(at..at)
    })
}

fn bytes_of(location: &serde_yaml::Location) -> Option<Range<usize>> {
    let start = usize::try_from(location.span().byte_offset()?).ok()?;
    let length = usize::try_from(location.span().byte_len()?).ok()?;
    Some(start..start.checked_add(length)?)
}

/// The bytes of the line that contains an offset.
fn line_of(text: &str, at: usize) -> Range<usize> {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    let start = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
    let end = text[at..].find('\n').map_or(text.len(), |length| at + length);
    start..end
}

impl<'de> Deserialize<'de> for YamlNode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let spanned = Spanned::<YamlValue>::deserialize(deserializer)?;
        Ok(YamlNode {
            span: bytes_of(&spanned.referenced).unwrap_or(0..0),
            value: spanned.value,
        })
    }
}

impl<'de> Deserialize<'de> for YamlValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(YamlVisitor)
    }
}

struct YamlVisitor;

impl<'de> Visitor<'de> for YamlVisitor {
    type Value = YamlValue;

    fn expecting(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        f.write_str("any YAML value")
    }

    fn visit_unit<E>(self) -> Result<YamlValue, E> {
        Ok(YamlValue::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<YamlValue, E> {
        Ok(YamlValue::Bool(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<YamlValue, E> {
        Ok(YamlValue::Number(Some(value)))
    }

    fn visit_i64<E>(self, value: i64) -> Result<YamlValue, E> {
        Ok(YamlValue::Number(u64::try_from(value).ok()))
    }

    fn visit_f64<E>(self, _: f64) -> Result<YamlValue, E> {
        Ok(YamlValue::Number(None))
    }

    fn visit_str<E>(self, value: &str) -> Result<YamlValue, E> {
        Ok(YamlValue::Text(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<YamlValue, E> {
        Ok(YamlValue::Text(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<YamlValue, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(YamlValue::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<YamlValue, A::Error> {
        let mut map = Vec::new();
        while let Some(entry) = entries.next_entry()? {
            map.push(entry);
        }
        Ok(YamlValue::Map(map))
    }
}

#[cfg(test)]
mod tests;
