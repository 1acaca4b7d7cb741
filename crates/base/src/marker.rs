//! The syntax of a managed block: two comment lines around the part of a file that a store owns.
//!
//! Input: a file's bytes, which may not be UTF-8.
//! Output: the position of our block, or why it is unclear; the two lines; the hash that shows whether a block was edited.
//! Not here: the content of the block (`pipeline`).

use std::ops::Range;

use sha2::{Digest, Sha256};

use crate::front_matter::FrontMatterValue;
use crate::markdown::{self, Shape, VisibleToken};

mod disguise;
mod frame;
mod overlap;
mod scan;
#[cfg(test)]
mod tests;

pub use frame::{BlockHeader, frame, home};

/// A block of one store in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// From the first byte of the begin line to the end of the end line, with its line ending.
    pub range: Range<usize>,
    /// The bytes between the marker lines.
    pub inner: Range<usize>,
    /// The content hash in the begin line.
    pub hash: String,
}

/// The blocks of one store in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BlocksInFile {
    /// No block.
    Nothing,
    /// One whole block.
    Block(Block),
    /// Markers that do not pair up.
    Unbalanced {
        /// What is wrong, in one sentence.
        why: String,
        /// Line of the file, from 1.
        line: usize,
        /// What a person can do about it.
        help: String,
    },
    /// A whole block inside a comment or fence that text above it opens and never closes.
    Swallowed {
        /// Line of that comment or fence, from 1.
        by: usize,
    },
}

/// Finds the block of the store with this name. A marker counts only if it is alone on its line, at the first column, and outside
/// fences and comments; markers of other stores are ordinary text.
///
/// A pair in a fence that the text around it closes is an example, unless its hash or its lessons show that it is our block. If that
/// text does not close what it opened above the pair, the pair is a block that is not visible: [`BlocksInFile::Swallowed`].
///
/// A line with a disguised form of our marker is a damaged marker. A file with a damaged marker, or with a block that overlaps another
/// store's, is [`BlocksInFile::Unbalanced`], so that no second block is written and nothing is removed.
pub fn find(bytes: &[u8], name: &str) -> BlocksInFile {
    scan::find(bytes, name)
}

/// Every store that a marker names, including damaged markers and examples; [`find`] distinguishes them from blocks.
pub fn names(bytes: &[u8]) -> Vec<String> {
    scan::names(bytes)
}

/// The first pair of markers of a store inside a fence that the text around it closes: an example, or a block that someone put into
/// a fence.
pub fn fenced(bytes: &[u8], name: &str) -> Option<Block> {
    scan::fenced(bytes, name)
}

/// Where a text contains a marker of any store, in any disguise. A lesson or a template must not contain one.
pub fn mention(text: &str) -> Option<Range<usize>> {
    let mut all = disguise::mentions(text.as_bytes()).into_iter();
    all.find(|mention| mention.tight).map(|mention| mention.range)
}

/// The number of markers of other stores, including damaged ones.
pub fn foreign(bytes: &[u8], name: &str) -> usize {
    let all = disguise::mentions(bytes).into_iter();
    all.filter(|mention| mention.name != name).count()
}

/// The begin line, without line ending.
pub fn begin(name: &str, hash: &str) -> String {
    format!("<!-- lessonbook:begin {name} {hash} -->")
}

/// The end line, without line ending.
pub fn end(name: &str) -> String {
    format!("<!-- lessonbook:end {name} -->")
}

/// The comments between which Prettier changes nothing (prettier.io/docs/ignore#range-ignore, 3.x).
pub const UNFORMATTED: [&str; 2] = ["<!-- prettier-ignore-start -->", "<!-- prettier-ignore-end -->"];

/// Twelve hexadecimal digits over visible text, code and front matter. They are equal for texts that differ only in layout.
///
/// Layout is line wrapping and endings, blank lines, the style of bullets, emphasis and fences, a table's padding, and the width of
/// an example's indentation ([`by_depth`]). Text that an assistant reads although a page does not show it (raw HTML, comments, the
/// addresses of links) is content.
pub fn content_hash(front_matter: &[(String, FrontMatterValue)], inner: &str) -> String {
    let mut hash = TextHash::default();
    for (key, value) in front_matter {
        match value {
            FrontMatterValue::Scalar(text) => hash.add("scalar", [key.as_str(), text]),
            FrontMatterValue::List(items) => {
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
        hash.add("unit", [&shape, info, new_item, &hiding, &by_depth(&unit.code)]);
        for token in &unit.tokens {
            match token {
                VisibleToken::Word(word) => hash.add("word", [word.as_str()]),
                VisibleToken::Code(code) => hash.add("span", [code.as_str()]),
                VisibleToken::Gap => hash.add("gap", []),
            }
        }
    }
    for hidden in &page.hidden {
        let raw = &inner[hidden.range.clone()];
        if !UNFORMATTED.contains(&raw.trim()) {
            hash.add("raw", raw.split_whitespace());
        }
    }
    hash.add("unseen", page.unseen.iter().map(String::as_str));
    hash.digits()
}

/// Code with one space of indentation for each level of nesting, independent of the width that a formatter uses.
///
/// Formatters change the indentation of the YAML, JSON or CSS of an example, but not its nesting. So two texts with the same result
/// differ only in the width of their indentation and in white space at the end of lines.
pub fn by_depth(code: &str) -> String {
    let mut out = String::with_capacity(code.len());
    let mut open: Vec<usize> = Vec::new();
    for line in code.lines() {
        let text = line.trim_start_matches([' ', '\t']);
        if !text.trim_end().is_empty() {
            // A tab reaches to the next multiple of eight.
            let width = line[..line.len() - text.len()]
                .chars()
                .fold(0, |width, c| match c {
                    '\t' => (width / 8 + 1) * 8,
                    _ => width + 1,
                });
            while open.last().is_some_and(|last| *last > width) {
                open.pop();
            }
            if width > open.last().copied().unwrap_or(0) {
                open.push(width);
            }
            out.extend(std::iter::repeat_n(' ', open.len()));
            out.push_str(text.trim_end());
        }
        out.push('\n');
    }
    out
}

/// A hash over lists of texts, in which different lists never give the same input.
#[derive(Default)]
struct TextHash {
    sha: Sha256,
    /// Bytes that are not hashed yet: words are short, and hashing them in large pieces is faster.
    waiting: Vec<u8>,
}

impl TextHash {
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

/// A lesson's text with marker text escaped: `<!-- lessonbook:` looks the same and is no longer a comment.
/// `None` if there is nothing to escape. Code and other comments do not change.
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
