//! Compares text as it is written in a YAML file with the value that YAML reads.
//!
//! Input: a file's text and the spans of a key and its value.
//! Output: the part that YAML drops (a comment, a tag, an anchor, an alias), and the whole text in quotes.
//! Not here: the finding ([`super::super::read::cut`]), and errors of the parser (`explain`).

use std::ops::Range;

use super::{YamlNode, YamlValue, line_of};

/// The kind of a key's value, which decides whether a comment may follow it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValueKind {
    /// Sentences: a `#` in them belongs to the text.
    Text,
    /// A name or an address: `#sre-oncall` belongs to it, but `# a remark` after one word does not.
    Name,
    /// A word, a number, a list or a map: text after ` #` is a comment.
    Word,
}

/// The keys of sentences, and of a check's expressions, in every file of a store.
const TEXTS: [&str; 12] = [
    "title",
    "rule",
    "rationale",
    "bad",
    "good",
    "summary",
    "reason",
    "message",
    "forbid",
    "require",
    "unless",
    "matches",
];

/// The keys of names and addresses.
const NAMES: [&str; 6] = ["owner", "source", "home", "by", "author", "labels"];

impl ValueKind {
    /// The kind of a key.
    pub fn of_key(key: &str) -> Self {
        if TEXTS.contains(&key) {
            ValueKind::Text
        } else if NAMES.contains(&key) {
            ValueKind::Name
        } else {
            ValueKind::Word
        }
    }
}

/// The syntax as which YAML reads a part of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum YamlSyntax {
    /// ` # …` after or before unquoted text.
    Comment,
    /// `!word`.
    Tag,
    /// `&word`.
    Anchor,
    /// `*word`.
    Alias,
}

/// A part of the text that YAML does not read as part of the value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dropped {
    /// Its bytes.
    pub span: Range<usize>,
    /// The syntax as which YAML reads it.
    pub syntax: YamlSyntax,
}

/// Additional help for text that YAML reads as a comment, because it may have been meant as one.
pub const COMMENT: &str = "; if it is a comment, write it on a line of its own above the key";

impl Dropped {
    /// The message about it. `what`: the value, as messages name it.
    pub fn sentence(&self, text: &str, what: &str) -> String {
        let word = text.get(self.span.clone()).unwrap_or_default();
        let word: String = word.chars().take(20).collect();
        match self.syntax {
            YamlSyntax::Comment => format!("{what} is cut: in YAML, ` #` starts a comment in unquoted text"),
            YamlSyntax::Tag => format!("{what} is cut: in YAML, `{word}` is a tag and not text"),
            YamlSyntax::Anchor => format!("{what} is cut: in YAML, `{word}` is an anchor and not text"),
            YamlSyntax::Alias => format!("{what} is not text: in YAML, `{word}` is an alias"),
        }
    }
}

/// The text between a key and its value.
#[derive(Default)]
struct Gap {
    comment: Option<Range<usize>>,
    property: Option<Dropped>,
    block: bool,
}

/// The first part of a key's value that YAML drops. `key`: the bytes of the key.
pub fn dropped(text: &str, key: &Range<usize>, value: &YamlNode, kind: ValueKind) -> Option<Dropped> {
    let raw = text.get(value.span.clone()).unwrap_or_default();
    let gap = gap(text, key.end, value)?;
    if let Some(property) = gap.property
        && (kind != ValueKind::Word || property.syntax == YamlSyntax::Tag)
        && !is_core_tag(text, &property)
    {
        return Some(property);
    }
    if kind == ValueKind::Word {
        return None;
    }
    // In a block scalar `*` is text.
    if raw.starts_with('*') && !gap.block {
        let span = value.span.clone();
        return Some(Dropped {
            span,
            syntax: YamlSyntax::Alias,
        });
    }
    let plain = !gap.block && !raw.starts_with(['"', '\'', '[', '{']);
    let scalar = !matches!(value.value, YamlValue::List(_) | YamlValue::Map(_));
    if !plain || !scalar {
        return None;
    }
    let after = || comment_after(text, value.span.end, column_of(text, key.start));
    let comment = gap.comment.or_else(|| match value.value {
        YamlValue::Null => None,
        _ => after(),
    })?;
    if kind == ValueKind::Name && is_remark(text, &comment, raw) {
        return None;
    }
    Some(Dropped {
        span: comment,
        syntax: YamlSyntax::Comment,
    })
}

/// The part of a list item that YAML drops: a tag before it; or, in a list of texts or names, a comment after it.
pub fn dropped_item(text: &str, item: &YamlNode, kind: ValueKind) -> Option<Dropped> {
    if let Some(tag) = tag_before(text, item) {
        return Some(tag);
    }
    let raw = text.get(item.span.clone())?;
    if kind == ValueKind::Word
        || !matches!(item.value, YamlValue::Text(_))
        || raw.starts_with(['"', '\'', '*'])
    {
        return None;
    }
    let line = line_of(text, item.span.start);
    let is_block = text.get(line.start..item.span.start)?.trim_end().ends_with('-');
    let comment = comment_after(text, item.span.end, usize::MAX).filter(|_| is_block)?;
    (kind == ValueKind::Text || !is_remark(text, &comment, raw)).then_some(Dropped {
        span: comment,
        syntax: YamlSyntax::Comment,
    })
}

/// Whether a comment is a remark about a name: `# …` after one word.
fn is_remark(text: &str, comment: &Range<usize>, name: &str) -> bool {
    let spaced = text
        .get(comment.clone())
        .is_some_and(|text| text.starts_with("# "));
    spaced && !name.trim().contains(char::is_whitespace)
}

/// The tag before an item of a list.
fn tag_before(text: &str, item: &YamlNode) -> Option<Dropped> {
    let line = line_of(text, item.span.start);
    let before = text.get(line.start..item.span.start)?.trim_end();
    let start = before.rfind([' ', '\t', '[', ',']).map_or(0, |at| at + 1);
    let word = &before[start..];
    let dropped = Dropped {
        span: line.start + start..line.start + before.len(),
        syntax: YamlSyntax::Tag,
    };
    (word.starts_with('!') && !is_core_tag(text, &dropped)).then_some(dropped)
}

/// Whether it is a standard tag such as `!!str`, which states a type as intended.
fn is_core_tag(text: &str, dropped: &Dropped) -> bool {
    const CORE: [&str; 7] = ["!!str", "!!int", "!!float", "!!bool", "!!null", "!!seq", "!!map"];
    text.get(dropped.span.clone())
        .is_some_and(|word| CORE.contains(&word))
}

fn gap(text: &str, from: usize, value: &YamlNode) -> Option<Gap> {
    let colon = from + text.get(from..)?.find(':')?;
    if !text.get(from..colon)?.trim().is_empty() {
        return None;
    }
    let to = match value.value {
        // An empty value has no position of its own.
        YamlValue::Null => line_of(text, colon).end,
        _ => value.span.start,
    };
    let mut found = Gap::default();
    let mut at = colon + 1;
    while at < to {
        let rest = text.get(at..to)?;
        let first = rest.chars().next()?;
        let word = rest.find(char::is_whitespace).unwrap_or(rest.len());
        let line = rest.find(['\n', '\r']).unwrap_or(rest.len());
        match first {
            '#' => {
                found
                    .comment
                    .get_or_insert(at..at + rest[..line].trim_end().len());
                at += line;
            }
            '!' | '&' => {
                let syntax = if first == '!' {
                    YamlSyntax::Tag
                } else {
                    YamlSyntax::Anchor
                };
                let span = at..at + word;
                found.property.get_or_insert(Dropped { span, syntax });
                at += word;
            }
            '|' | '>' => {
                found.block = true;
                break;
            }
            first if first.is_whitespace() => at += first.len_utf8(),
            _ => break,
        }
    }
    Some(found)
}

/// The comment after unquoted text: on its line, or on the next line if that is indented like a continuation of the text.
fn comment_after(text: &str, end: usize, column: usize) -> Option<Range<usize>> {
    let line = line_of(text, end);
    let rest = text.get(end..line.end)?;
    let comment = rest.trim_start();
    if !comment.is_empty() {
        let start = line.end - comment.len();
        return (comment.starts_with('#') && start > end).then(|| start..start + comment.trim_end().len());
    }
    let next = text.get(line.end + 1..).map(|_| line_of(text, line.end + 1))?;
    let written = text.get(next.clone())?;
    let start = next.start + indent(written);
    (indent(written) > column && written.trim_start().starts_with('#'))
        .then(|| start..next.start + written.trim_end().len())
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

fn column_of(text: &str, at: usize) -> usize {
    at - line_of(text, at).start
}

/// `key: "the whole text"`: the intended text in quotes, so that YAML reads all of it. `key`: the bytes of the key.
pub fn quoted(text: &str, key: &Range<usize>) -> Option<String> {
    let name = text.get(key.clone())?;
    let line = line_of(text, key.start);
    let column = key.start - line.start;
    let first = text.get(key.end..line.end)?.trim_start().strip_prefix(':')?;
    let in_braces = text.get(line.start..key.start)?.contains(['{', ',']);
    let mut whole = first.trim().to_owned();
    if in_braces {
        let hash = whole.find('#').unwrap_or_default();
        let end = whole[hash..].find([',', '}']).map_or(whole.len(), |at| hash + at);
        whole.truncate(end);
    } else {
        for next in text.get(line.end..)?.lines().skip(1) {
            if next.trim().is_empty() || indent(next) <= column {
                break;
            }
            whole.push(' ');
            whole.push_str(next.trim());
        }
    }
    let whole = unquoted(whole.trim());
    (!whole.is_empty()).then(|| format!("{name}: {}", in_quotes(whole)))
}

/// The text without quotes that were meant to enclose all of it, or that were never closed.
fn unquoted(text: &str) -> &str {
    for quote in ['"', '\''] {
        if let Some(inner) = text.strip_prefix(quote) {
            return match inner.strip_suffix(quote) {
                Some(inner) => inner,
                None if !inner.contains(quote) || is_apostrophe(inner) => inner,
                None => text,
            };
        }
    }
    // `> text` and `| text` were meant as blocks.
    text.strip_prefix(['>', '|']).map_or(text, str::trim_start)
}

/// Whether the first `'` is inside a word.
fn is_apostrophe(text: &str) -> bool {
    let letter = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    text.split_once('\'')
        .is_some_and(|(before, behind)| letter(before.chars().next_back()) && letter(behind.chars().next()))
}

/// A text in the kind of quotes that needs fewer escapes: in single quotes, `\` is not escaped.
pub fn in_quotes(text: &str) -> String {
    if text.contains(['"', '\\']) && !text.contains('\'') {
        return format!("'{text}'");
    }
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// The key whose text value contains an offset, judged by the lines: `key: …` on its line, or above it with less indentation. It is
/// for files that can't be parsed.
pub fn key_around(text: &str, at: usize) -> Option<Range<usize>> {
    const MAX_LINES: usize = 30;
    let mut line = line_of(text, at);
    let mut least = usize::MAX;
    for _ in 0..MAX_LINES {
        let written = text.get(line.clone())?;
        if !written.trim().is_empty() {
            if let Some(key) = key_of(written)
                && key.start < least
                && written
                    .get(key.clone())
                    .is_some_and(|key| ValueKind::of_key(key) != ValueKind::Word)
            {
                return Some(line.start + key.start..line.start + key.end);
            }
            least = least.min(indent(written));
        }
        if line.start == 0 || least == 0 {
            return None;
        }
        line = line_of(text, line.start - 1);
    }
    None
}

/// The key at the start of a line, after any list markers.
fn key_of(line: &str) -> Option<Range<usize>> {
    let mut start = indent(line);
    while let Some(rest) = line.get(start..)?.strip_prefix("- ") {
        start += 2 + indent(rest);
    }
    let rest = line.get(start..)?;
    let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || "_-./".contains(c)))?;
    let behind = rest.get(end..)?.trim_start().strip_prefix(':')?;
    let separated = behind.is_empty() || behind.starts_with([' ', '\t']);
    (end > 0 && separated).then(|| start..start + end)
}
