//! The block's syntax: the two comment lines that mark what a store owns in a file.
//!
//! Comes in: a file's bytes, which may be no UTF-8. Goes out: where our block stands, or why none can be told; the two lines;
//! the hash that says whether a block was edited. Leaves to others: what stands in the block (`pipeline`).

use std::ops::Range;

use sha2::{Digest, Sha256};

use crate::front_matter::Value;
use crate::markdown::{self, Shape, Token};

mod scan;
#[cfg(test)]
mod tests;

/// A block of one store in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// From the first byte of the begin line to behind the end line's ending.
    pub range: Range<usize>,
    /// What stands between the marker lines.
    pub inner: Range<usize>,
    /// The content hash that the begin line states.
    pub hash: String,
}

/// What a file holds of one store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// No block.
    Nothing,
    /// One whole block.
    Block(Block),
    /// Markers that do not pair up: why, and the line (from 1).
    Unbalanced {
        /// One sentence.
        why: String,
        /// Line of the file, from 1.
        line: usize,
    },
    /// A whole block inside a comment or fence that text above it opens and never closes.
    Swallowed {
        /// Line of what swallows it, from 1.
        by: usize,
    },
}

/// Finds the block of the store with this name. A marker counts only alone on its line, at the first column, outside fences
/// and comments; markers of other stores are foreign text.
///
/// A pair that stands in a fence which the text around it closes is an example, not a block. Where that text does not close
/// what it opened above the pair, the pair is a block that nobody sees: [`Found::Swallowed`].
pub fn find(bytes: &[u8], name: &str) -> Found {
    scan::find(bytes, name)
}

/// Every store that a line like a marker names, in the order of the file; whether blocks or examples, [`find`] says.
pub fn names(bytes: &[u8]) -> Vec<String> {
    scan::names(bytes)
}

/// The first pair of markers of a store that stands in a fence which the text around it closes: an example, or a block that
/// somebody fenced in.
pub fn fenced(bytes: &[u8], name: &str) -> Option<Block> {
    match find(bytes, name) {
        Found::Nothing => scan::first_pair(bytes, name),
        _ => None,
    }
}

/// The begin line, without line ending.
pub fn begin(name: &str, hash: &str) -> String {
    format!("<!-- lessonbook:begin {name} {hash} -->")
}

/// The end line, without line ending.
pub fn end(name: &str) -> String {
    format!("<!-- lessonbook:end {name} -->")
}

/// Twelve hexadecimal digits over visible text, code and front matter: equal for texts that differ in layout only.
///
/// Layout is line wrapping and endings, blank lines, the style of bullets, emphasis and fences, and a table's padding. What
/// an assistant reads though a page does not show it (raw HTML, comments, the addresses of links) is content.
pub fn content_hash(front_matter: &[(String, Value)], inner: &str) -> String {
    let mut hash = Hash::default();
    for (key, value) in front_matter {
        match value {
            Value::Scalar(text) => hash.add("scalar", [key.as_str(), text]),
            Value::List(items) => {
                let items = items.iter().map(String::as_str);
                hash.add("list", std::iter::once(key.as_str()).chain(items));
            }
        }
    }
    let page = markdown::read(inner);
    let mut item = None;
    for unit in &page.units {
        let is_new_item = unit.item.is_some() && unit.item != item;
        item.clone_from(&unit.item);
        let hiding = unit.hiding.map_or(String::new(), |hiding| format!("{hiding:?}"));
        let (shape, info) = match &unit.shape {
            Shape::Paragraph => ("paragraph".to_owned(), ""),
            Shape::Item => ("item".to_owned(), ""),
            Shape::Heading(level) => (format!("heading {level}"), ""),
            Shape::Cell => ("cell".to_owned(), ""),
            Shape::Code(info) => ("code".to_owned(), info.as_str()),
        };
        let new_item = if is_new_item { "new item" } else { "" };
        hash.add("unit", [&shape, info, new_item, &hiding, &unit.code]);
        for token in &unit.tokens {
            match token {
                Token::Word(word) => hash.add("word", [word.as_str()]),
                Token::Code(code) => hash.add("span", [code.as_str()]),
                Token::Gap => hash.add("gap", []),
            }
        }
    }
    for hidden in &page.hidden {
        hash.add("raw", inner[hidden.range.clone()].split_whitespace());
    }
    hash.add("unseen", page.unseen.iter().map(String::as_str));
    hash.digits()
}

/// A hash over lists of texts, in which no two different inputs run together.
#[derive(Default)]
struct Hash {
    sha: Sha256,
    /// What the sum does not hold yet: words are short, and it takes them better by the thousand.
    waiting: Vec<u8>,
}

impl Hash {
    fn add<'t>(&mut self, kind: &'t str, texts: impl IntoIterator<Item = &'t str>) {
        for text in std::iter::once(kind).chain(texts) {
            self.waiting.extend((text.len() as u64).to_le_bytes());
            self.waiting.extend(text.as_bytes());
        }
        self.waiting.extend(u64::MAX.to_le_bytes());
        if self.waiting.len() > 16_000 {
            self.sha.update(&self.waiting);
            self.waiting.clear();
        }
    }

    fn digits(mut self) -> String {
        self.sha.update(&self.waiting);
        let bytes = self.sha.finalize();
        let digits = bytes.iter().take(6).flat_map(|byte| [byte >> 4, byte & 15]);
        digits
            .filter_map(|digit| char::from_digit(u32::from(digit), 16))
            .collect()
    }
}

/// A lesson's text with marker text made harmless: `<!-- lessonbook:` reads the same and is no comment any more.
/// `None` where there is nothing to escape. Code stays byte for byte, other comments as they are.
pub fn escape(text: &str) -> Option<String> {
    const MARKER: &str = "<!-- lessonbook:";
    if !text.contains(MARKER) {
        return None;
    }
    let page = markdown::read(text);
    let blocks = page
        .units
        .iter()
        .filter(|unit| matches!(unit.shape, Shape::Code(_)));
    let code: Vec<&Range<usize>> = blocks.map(|unit| &unit.range).chain(&page.code_spans).collect();
    let mut out = String::with_capacity(text.len() + 8);
    let mut done = 0;
    for (at, _) in text.match_indices(MARKER) {
        let backslashes = text[..at].len() - text[..at].trim_end_matches('\\').len();
        if backslashes % 2 == 1 || code.iter().any(|range| range.contains(&at)) {
            continue;
        }
        out.extend([&text[done..at], "\\"]);
        done = at;
    }
    out.push_str(&text[done..]);
    (out.len() > text.len()).then_some(out)
}
