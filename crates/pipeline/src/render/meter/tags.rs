//! Reads the tags of a template as tera's lexer does.
//!
//! Input: a template. Output: its tags, with what the meter has to know about each. Not here: whether the template compiles; where this
//! reader and tera differ, the changed template does not compile and nothing is rendered.

use std::ops::Range;

/// What a tag does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TagKind {
    /// `{{ … }}`
    Value,
    /// `{% … %}`
    Block,
}

/// A tag.
#[derive(Debug, Clone)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "they are independent facts about one tag"
)]
pub(super) struct Tag {
    pub kind: TagKind,
    /// All of it.
    pub range: Range<usize>,
    /// The text between the braces and dashes.
    pub inner: Range<usize>,
    /// Whether it removes the white space after it (`-%}`).
    pub trims: bool,
    /// Its first and second word.
    pub word: String,
    pub second: String,
    /// The name to which it assigns a value.
    pub assigned: Option<String>,
    /// Whether the value is created here, and is not one that existed before.
    pub is_made: bool,
    /// How many values it joins, and how many filters it applies.
    pub joins: usize,
    pub pipes: u64,
    pub comprehension: bool,
    /// Whether it writes a component.
    pub is_component: bool,
    calls_super: bool,
}

impl Tag {
    /// Whether it keeps its output in memory instead of writing it.
    pub fn captures(&self) -> bool {
        let block = self.kind == TagKind::Block;
        block && matches!(self.word.as_str(), "filter" | "component")
            || block && matches!(self.word.as_str(), "set" | "set_global") && self.assigned.is_none()
            || self.calls_super
            || self.is_component
    }
}

/// Reads a template up to the first tag that has no end.
pub(super) fn read(text: &str) -> Vec<Tag> {
    let mut tags = Vec::new();
    let mut at = 0;
    while let Some(open) = next_open(text, at) {
        let rest = &text[open..];
        if let Some(comment) = rest.strip_prefix("{#") {
            let Some(end) = comment.find("#}") else { break };
            at = open + 2 + end + 2;
            continue;
        }
        if let Some(end) = behind_raw(text, open) {
            at = end;
            continue;
        }
        let kind = if rest.starts_with("{%") {
            TagKind::Block
        } else {
            TagKind::Value
        };
        let Some(tag) = tag(text, open, kind) else { break };
        at = tag.range.end;
        tags.push(tag);
    }
    tags
}

fn next_open(text: &str, from: usize) -> Option<usize> {
    let mut pairs = text.as_bytes()[from..].windows(2);
    pairs
        .position(|pair| matches!(pair, b"{{" | b"{%" | b"{#"))
        .map(|at| from + at)
}

/// The end of a raw block that begins here.
fn behind_raw(text: &str, open: usize) -> Option<usize> {
    let body = open + 2 + only_word(&text[open + 2..], "raw").filter(|_| text[open..].starts_with("{%"))?;
    let mut at = body;
    while let Some(found) = text[at..].find("{%") {
        at += found + 2;
        if let Some(length) = only_word(&text[at..], "endraw") {
            return Some(at + length);
        }
    }
    Some(text.len())
}

/// The length of the rest of a tag that contains only this word.
fn only_word(rest: &str, word: &str) -> Option<usize> {
    let inner = rest.strip_prefix('-').unwrap_or(rest).trim_start_matches(blank);
    let behind = inner.strip_prefix(word)?.trim_start_matches(blank);
    let behind = behind.strip_prefix('-').unwrap_or(behind).strip_prefix("%}")?;
    Some(rest.len() - behind.len())
}

fn blank(c: char) -> bool {
    c.is_ascii_whitespace()
}

fn tag(text: &str, open: usize, kind: TagKind) -> Option<Tag> {
    let bytes = text.as_bytes();
    let close: &[u8] = if kind == TagKind::Block { b"%}" } else { b"}}" };
    let start = open + 2 + usize::from(bytes.get(open + 2) == Some(&b'-'));
    let mut tag = Tag {
        kind,
        range: open..open,
        inner: start..start,
        trims: false,
        word: String::new(),
        second: String::new(),
        assigned: None,
        is_made: false,
        joins: 0,
        pipes: 0,
        comprehension: false,
        is_component: false,
        calls_super: false,
    };
    let mut words: Vec<&str> = Vec::new();
    let mut before = b' ';
    let mut at = start;
    loop {
        let rest = bytes.get(at..).filter(|rest| !rest.is_empty())?;
        let dashed = rest[0] == b'-' && rest[1..].starts_with(close);
        if dashed || rest.starts_with(close) {
            tag.inner.end = at;
            tag.trims = dashed;
            tag.range.end = at + close.len() + usize::from(dashed);
            words
                .first()
                .copied()
                .unwrap_or_default()
                .clone_into(&mut tag.word);
            words
                .get(1)
                .copied()
                .unwrap_or_default()
                .clone_into(&mut tag.second);
            return Some(tag);
        }
        let length = match rest[0] {
            quote @ (b'"' | b'\'' | b'`') => string(rest, quote)?,
            byte if byte.is_ascii_alphabetic() || byte == b'_' => {
                let length = rest
                    .iter()
                    .take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_')
                    .count();
                let word = &text[at..at + length];
                let is_attribute = before == b'.';
                tag.comprehension |=
                    word == "for" && !is_attribute && !(words.is_empty() && kind == TagKind::Block);
                tag.calls_super |= word == "super" && !is_attribute;
                words.push(word);
                length
            }
            sign => {
                tag.sign(sign, rest, &words);
                // The closing sign of `{{ {…}}}` belongs to the map; tera reads `}}` first, and so do we.
                1
            }
        };
        if !rest[0].is_ascii_whitespace() {
            before = rest[0];
        }
        at += length;
    }
}

impl Tag {
    fn sign(&mut self, sign: u8, rest: &[u8], words: &[&str]) {
        let alone = rest.get(1) != Some(&b'=');
        match sign {
            b'~' | b',' => self.joins += 1,
            b'|' => self.pipes += 1,
            b'=' if alone && words.len() == 2 && self.assigned.is_none() => {
                self.assigned = Some(words[1].to_owned());
            }
            b'<' if words.is_empty() => self.is_component = true,
            b'<' if self.assigned.is_some() => self.is_component = true,
            _ => {}
        }
        self.is_made |= self.assigned.is_some() && matches!(sign, b'~' | b'|' | b'[' | b'{' | b'(' | b'<');
    }
}

/// The length of a string, with its quotes.
fn string(rest: &[u8], quote: u8) -> Option<usize> {
    let mut escaped = false;
    let end = rest.iter().skip(1).position(|byte| {
        let ends = *byte == quote && !escaped;
        escaped = *byte == b'\\' && !escaped;
        ends
    })?;
    Some(end + 2)
}
