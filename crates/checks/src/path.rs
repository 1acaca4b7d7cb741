//! A path of keys into a document: `spec.containers[].image`, `**.livenessProbe`, `labels."app.kubernetes.io/name"`.
//!
//! Input: the text of a path in a check. Output: [`KeyPath`], or [`PathError`] with the place inside the text.
//! Not here: finding nodes (`structure`).

use std::fmt;
use std::ops::Range;

/// More segments than this are refused: documents are at most 64 deep.
const MAX_SEGMENTS: usize = 64;

/// A path of keys. The empty path is the node itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyPath {
    text: String,
    segments: Vec<Segment>,
}

/// One step of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Segment {
    /// `**`: any number of keys and elements, none included.
    AnyDepth,
    /// `key` or `key[]`.
    Key {
        /// Which keys.
        key: KeyPattern,
        /// `[]`: the value is a list, and its elements are meant.
        elements: bool,
    },
    /// `[]` at the beginning: the document is a list, and its elements are meant.
    Elements,
}

/// Which keys of a map a segment means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyPattern {
    /// This key.
    Exact(String),
    /// Keys that consist of these parts with any text between them.
    Wildcard(Vec<String>),
}

/// A mistake in a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathError {
    /// Bytes of the text of the path.
    pub span: Range<usize>,
    /// Character of the text, from 1.
    pub column: usize,
    /// What is wrong.
    pub message: String,
    /// What to write instead.
    pub help: &'static str,
}

impl fmt::Display for PathError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for PathError {}

impl KeyPath {
    /// Reads a path as it is written in a check.
    pub fn parse(text: &str) -> Result<Self, PathError> {
        let mut parser = PathParser { text, at: 0 };
        let mut segments = Vec::new();
        while parser.at < text.len() || !segments.is_empty() {
            if segments.len() == MAX_SEGMENTS {
                let message = format!("the path has more than {MAX_SEGMENTS} keys");
                return Err(parser.error(parser.at..text.len(), message, "use `**` for any depth"));
            }
            let segment = parser.segment(segments.is_empty())?;
            segments.push(segment);
            if parser.at == text.len() {
                break;
            }
            parser.dot()?;
        }
        Ok(Self {
            text: text.to_owned(),
            segments,
        })
    }

    /// The path as written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Its steps from the left. Empty for the node itself.
    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }
}

impl fmt::Display for KeyPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Display for Segment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AnyDepth => f.write_str("**"),
            Self::Elements => f.write_str("[]"),
            Self::Key { key, elements } => {
                let brackets = if *elements { "[]" } else { "" };
                write!(f, "{key}{brackets}")
            }
        }
    }
}

impl fmt::Display for KeyPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exact(key) if key.contains(['.', '/', '[', ']', '"']) => {
                let escaped = key.replace('\\', "\\\\").replace('"', "\\\"");
                write!(f, "\"{escaped}\"")
            }
            Self::Exact(key) => f.write_str(key),
            Self::Wildcard(parts) => f.write_str(&parts.join("*")),
        }
    }
}

impl KeyPattern {
    /// Whether a key is meant.
    pub fn matches(&self, key: &str) -> bool {
        match self {
            Self::Exact(exact) => exact == key,
            Self::Wildcard(parts) => matches_parts(parts, key),
        }
    }
}

/// The first part is a prefix, the last a suffix, and the ones between are found from the left, which is enough because
/// nothing else bounds them.
fn matches_parts(parts: &[String], key: &str) -> bool {
    let [first, middle @ .., last] = parts else {
        return false;
    };
    let inner = key
        .strip_prefix(first.as_str())
        .and_then(|rest| rest.strip_suffix(last.as_str()));
    let Some(mut rest) = inner else {
        return false;
    };
    for part in middle {
        let Some(at) = rest.find(part.as_str()) else {
            return false;
        };
        rest = &rest[at + part.len()..];
    }
    true
}

struct PathParser<'a> {
    text: &'a str,
    at: usize,
}

impl PathParser<'_> {
    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn error(&self, span: Range<usize>, message: impl Into<String>, help: &'static str) -> PathError {
        PathError {
            column: self.text[..span.start].chars().count() + 1,
            span,
            message: message.into(),
            help,
        }
    }

    fn segment(&mut self, first: bool) -> Result<Segment, PathError> {
        if first && self.rest().starts_with("[]") {
            self.at += 2;
            return Ok(Segment::Elements);
        }
        let key = if self.rest().starts_with('"') {
            KeyPattern::Exact(self.quoted()?)
        } else {
            let start = self.at;
            let len = self
                .rest()
                .find(['.', '[', '"', '/', ']'])
                .unwrap_or(self.rest().len());
            self.at += len;
            let end = self.at;
            self.plain(start..end)?;
            let key = &self.text[start..end];
            if key == "**" {
                return self.any_depth();
            }
            pattern(key)
        };
        let elements = self.rest().starts_with("[]");
        if elements {
            self.at += 2;
        }
        Ok(Segment::Key { key, elements })
    }

    /// Refuses what is not a plain key. The position is after it.
    fn plain(&self, span: Range<usize>) -> Result<(), PathError> {
        let key = &self.text[span.clone()];
        let next = self.rest().chars().next();
        if matches!(next, Some('/' | '"')) {
            let whole = span.start..self.at + 1;
            let help = "put the whole key in double quotes: `metadata.labels.\"app.kubernetes.io/name\"`";
            let message = "a key with a slash or a quotation mark needs quotation marks around it";
            return Err(self.error(whole, message, help));
        }
        if next == Some(']') {
            return Err(self.error(
                self.at..self.at + 1,
                "`]` without `[`",
                "write `key[]` for the elements of a list",
            ));
        }
        if key.is_empty() {
            let end = (span.start + 1).min(self.text.len());
            return Err(self.error(
                span.start..end.max(span.start),
                "a key is missing",
                "write one dot between two keys",
            ));
        }
        if key.trim() != key {
            return Err(self.error(
                span,
                "a key begins or ends with a blank",
                "remove the blank, or put the key in double quotes",
            ));
        }
        if key != "**" && key.contains("**") {
            return Err(self.error(
                span,
                "`**` is not a part of a key",
                "write `**` between dots for any depth, `*` inside a key",
            ));
        }
        Ok(())
    }

    fn any_depth(&self) -> Result<Segment, PathError> {
        if self.rest().starts_with('[') {
            let help = "`**` includes the elements of lists already";
            return Err(self.error(self.at..self.at + 1, "`**` takes no `[]`", help));
        }
        Ok(Segment::AnyDepth)
    }

    fn quoted(&mut self) -> Result<String, PathError> {
        let start = self.at;
        let mut key = String::new();
        let mut chars = self.text[start + 1..].char_indices();
        while let Some((offset, char)) = chars.next() {
            match char {
                '"' if key.is_empty() => {
                    return Err(self.error(
                        start..start + 2,
                        "the key in quotation marks is empty",
                        "write the key between them",
                    ));
                }
                '"' => {
                    self.at = start + 1 + offset + 1;
                    return Ok(key);
                }
                '\\' => {
                    let Some((_, escaped @ ('"' | '\\'))) = chars.next() else {
                        let at = start + 1 + offset;
                        let message = "`\\` in a key is followed by `\"` or `\\`";
                        return Err(self.error(at..at + 1, message, "write `\\\\` for a backslash"));
                    };
                    key.push(escaped);
                }
                other => key.push(other),
            }
        }
        Err(self.error(
            start..self.text.len(),
            "the quotation mark is not closed",
            "add `\"` after the key",
        ))
    }

    /// The dot between two segments.
    fn dot(&mut self) -> Result<(), PathError> {
        let next = self.rest().chars().next();
        if next == Some('.') {
            self.at += 1;
            return Ok(());
        }
        let span = self.at..self.at + next.map_or(0, char::len_utf8);
        if next == Some('[') {
            let help = "write `key[]` for every element of a list; one element alone can't be chosen";
            return Err(self.error(span, "only `[]` is allowed after a key", help));
        }
        Err(self.error(span, "a dot is missing", "write one dot between two keys"))
    }
}

fn pattern(key: &str) -> KeyPattern {
    if key.contains('*') {
        KeyPattern::Wildcard(key.split('*').map(str::to_owned).collect())
    } else {
        KeyPattern::Exact(key.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &str) -> Segment {
        Segment::Key {
            key: pattern(text),
            elements: false,
        }
    }

    #[test]
    fn paths_are_read_from_left_to_right() {
        let path = KeyPath::parse("**.spec.containers[].\"a.b/c\"").unwrap();
        let containers = Segment::Key {
            key: KeyPattern::Exact("containers".to_owned()),
            elements: true,
        };
        let quoted = Segment::Key {
            key: KeyPattern::Exact("a.b/c".to_owned()),
            elements: false,
        };
        assert_eq!(
            path.segments(),
            [Segment::AnyDepth, key("spec"), containers, quoted]
        );
        assert!(KeyPath::parse("").unwrap().segments().is_empty());
        assert_eq!(
            KeyPath::parse("[].hosts").unwrap().segments(),
            [Segment::Elements, key("hosts")]
        );
    }

    #[test]
    fn a_star_matches_inside_one_key() {
        for (text, yes, no) in [
            ("*cidr*", "ipv6_cidr_blocks", "cdr"),
            ("*password", "db_password", "password_length"),
            ("*", "anything.at/all", ""),
            ("a*a", "aa", "a"),
            ("*ab*ab*", "xababx", "xabx"),
        ] {
            assert!(pattern(text).matches(yes), "{text} {yes}");
            assert_eq!(pattern(text).matches(no), text == "*", "{text} {no}");
        }
    }

    #[test]
    fn mistakes_are_shown_where_they_are() {
        for (text, column) in [
            ("a..b", 3),
            ("a.", 3),
            (".a", 1),
            ("é.x/y", 3),
            ("a.\"b", 3),
            ("a.\"\"", 3),
            ("a.\"b\"c", 6),
            ("a[0].b", 2),
            ("a.**b", 3),
            ("**[]", 3),
            ("a. b", 3),
            ("a]", 2),
            ("a.\"\\n\"", 4),
        ] {
            let error = KeyPath::parse(text).unwrap_err();
            assert_eq!(error.column, column, "{text}: {error}");
            assert!(text.get(error.span.clone()).is_some(), "{text}: {error:?}");
        }
        assert!(KeyPath::parse(&"a.".repeat(100)).is_err());
    }
}
