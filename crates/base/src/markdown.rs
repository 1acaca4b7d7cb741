//! The visible text of a Markdown page: its visible units in order, and what hides the rest.
//!
//! Input: a Markdown text without front matter and BOM. Output: its [`VisibleText`].
//! Not here: what the words mean, and which bytes of the file are our block (`marker`).
//!
//! The proof that a file contains a lesson depends on this, so text counts as hidden if it is in doubt. The text is read as GitHub
//! renders it: CommonMark with tables, footnotes, strike-through, task lists and alerts (which are quotes). The parser's front matter
//! option is off: it would find front matter in the middle of a text, where GitHub shows a rule and a heading.

use std::ops::Range;

mod html;
mod reader;
#[cfg(test)]
mod tests;

/// A piece of visible text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum VisibleToken {
    /// A word: text between white space or code, without emphasis and links, with entities and escapes resolved.
    Word(String),
    /// A code span, byte for byte as CommonMark reads it.
    Code(String),
    /// Something that the rendered page does not show as text: raw HTML, an image, a footnote mark, a check box.
    Gap,
}

/// What a unit is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shape {
    /// A paragraph on its own.
    Paragraph,
    /// A paragraph, or the text, of a list item.
    Item,
    /// A heading of this level.
    Heading(u8),
    /// A cell of a table.
    Cell,
    /// A code block with its info string; its text is in [`TextUnit::code`].
    Code(String),
}

/// Why a unit does not count as visible.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HidingReason {
    /// In a block quote.
    Quote,
    /// Struck through, in whole or in part.
    Strike,
    /// In a footnote's definition.
    Footnote,
    /// Between raw HTML tags that collapse or hide their content, or may do so (`<details>`, `<div>`, `<script>`, anything with
    /// `hidden` or `style`), or after a comment or tag that raw HTML opens and never closes.
    Html,
}

/// A paragraph, list item's text, heading, table cell or code block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextUnit {
    /// What it is.
    pub shape: Shape,
    /// Its visible text in order; empty for code blocks.
    pub tokens: Vec<VisibleToken>,
    /// A code block's text with `\n` endings, without the last one; empty for other units.
    pub code: String,
    /// The bytes of the text that it was read from.
    pub range: Range<usize>,
    /// The bytes of the outermost list item that contains it, if there is one: units of one item belong together.
    pub item: Option<Range<usize>>,
    /// Why it does not count as visible; `None` if it does.
    pub hiding: Option<HidingReason>,
}

/// Bytes that the rendered page does not show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hidden {
    /// Where.
    pub range: Range<usize>,
    /// Whether it is an HTML comment.
    pub comment: bool,
    /// Whether it runs to the end of the text because it was never closed.
    pub unclosed: bool,
}

/// A text as the rendered page shows it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VisibleText {
    /// The units in source order.
    pub units: Vec<TextUnit>,
    /// Raw HTML and comments of block level, in source order.
    pub hidden: Vec<Hidden>,
    /// The code fence that runs to the end of the text because it was never closed, outside lists and quotes (which close
    /// theirs). Its content is also a unit.
    pub unclosed_fence: Option<Range<usize>>,
    /// The bytes of the code spans, with their backticks.
    pub code_spans: Vec<Range<usize>>,
    /// Text that belongs to a paragraph and is not shown: addresses of links and images, raw HTML within a paragraph.
    pub unseen: Vec<String>,
    /// The links, images and footnote marks, in source order.
    pub links: Vec<Link>,
    /// Link definitions (`[label]: address`), which a page does not show, in source order.
    pub definitions: Vec<Range<usize>>,
}

/// A link, an image or a footnote mark.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// The bytes, from the opening bracket on.
    pub range: Range<usize>,
    /// Its destination; empty for a footnote mark.
    pub address: String,
    /// The text that a page shows on hovering; mostly empty.
    pub title: String,
    /// Whether a definition elsewhere in the text makes it a link: without that definition its brackets are plain text.
    pub by_definition: bool,
}

/// Reads a Markdown text (without front matter and BOM) as GitHub-flavoured CommonMark.
pub fn read(text: &str) -> VisibleText {
    reader::read(text, true)
}

/// The same without the words: the only tokens of its units are code spans and gaps.
pub fn outline(text: &str) -> VisibleText {
    reader::read(text, false)
}

/// The tokens of a text of one paragraph, and whether it is one paragraph in which nothing is hidden or struck through. If it is
/// not, the tokens are those of all its units.
pub fn inline(text: &str) -> (Vec<VisibleToken>, bool) {
    let page = read(text);
    let whole = match &page.units[..] {
        [only] => {
            only.shape == Shape::Paragraph
                && only.hiding.is_none()
                && page.hidden.is_empty()
                && !only.tokens.contains(&VisibleToken::Gap)
                // A link definition has no unit, because the page does not show it.
                && text.get(only.range.clone()).map(str::trim) == Some(text.trim())
        }
        _ => false,
    };
    let tokens = page.units.into_iter().flat_map(|unit| unit.tokens);
    (tokens.collect(), whole)
}
