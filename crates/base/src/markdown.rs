//! What a reader sees of a Markdown text: its visible units, in order, and what hides the rest.
//!
//! Input: a Markdown text without front matter and BOM. Output: its [`VisibleText`]. Not here: what the words mean,
//! and which bytes of the file are ours (`marker`).
//!
//! The proof that a lesson stands in a file rests on this, so what is in doubt is hidden. The text is read as GitHub renders
//! it: CommonMark with tables, footnotes, strike-through, task lists and alerts (which are quotes). Front matter is never
//! looked for: the parser would find it in mid-text, where GitHub shows a rule and a heading.

use std::ops::Range;

mod html;
mod reader;
#[cfg(test)]
mod tests;

/// A piece of visible text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum VisibleToken {
    /// A word: text between white space or code, emphasis and links taken off, entities and escapes resolved.
    Word(String),
    /// A code span, byte for byte as CommonMark reads it.
    Code(String),
    /// Something that a reader of the rendered page does not see as text: raw HTML, an image, a footnote's mark, a check box.
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

/// Why a unit does not count as said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HidingReason {
    /// In a block quote.
    Quote,
    /// Struck through, in whole or in part.
    Strike,
    /// In a footnote's definition.
    Footnote,
    /// Between raw HTML tags that fold away or hide what they hold, or may do so (`<details>`, `<div>`, `<script>`,
    /// anything with `hidden` or `style`), or behind a comment or tag that raw HTML opens and never closes.
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
    /// The bytes of the outermost list item that it stands in, where it stands in one: units of one item belong together.
    pub item: Option<Range<usize>>,
    /// Why it does not count; none: it does.
    pub hiding: Option<HidingReason>,
}

/// Bytes that a reader of the rendered page does not see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hidden {
    /// Where.
    pub range: Range<usize>,
    /// Whether it is an HTML comment.
    pub comment: bool,
    /// Whether it runs to the end of the text because it was never closed.
    pub unclosed: bool,
}

/// A text as a reader sees it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VisibleText {
    /// The units in source order.
    pub units: Vec<TextUnit>,
    /// Raw HTML and comments of block level, in source order.
    pub hidden: Vec<Hidden>,
    /// The code fence that runs to the end of the text because it was never closed, outside lists and quotes (which close
    /// theirs). What it holds is a unit as well.
    pub unclosed_fence: Option<Range<usize>>,
    /// The bytes of the code spans, with their backticks.
    pub code_spans: Vec<Range<usize>>,
    /// What stands behind the words without being seen: addresses of links and images, raw HTML within a paragraph.
    pub unseen: Vec<String>,
    /// The links, images and footnote marks, in source order.
    pub links: Vec<Link>,
    /// Link definitions (`[label]: address`), which a page does not show, in source order.
    pub definitions: Vec<Range<usize>>,
}

/// A link, an image or a footnote's mark.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// The bytes, from the opening bracket on.
    pub range: Range<usize>,
    /// Where it leads; empty for a footnote's mark.
    pub address: String,
    /// The text that a page shows on hovering; mostly empty.
    pub title: String,
    /// Whether a definition elsewhere in the text makes it one: without that definition its brackets are plain text.
    pub by_definition: bool,
}

/// Reads a Markdown text (without front matter and BOM) as GitHub-flavoured CommonMark.
pub fn read(text: &str) -> VisibleText {
    reader::read(text, true)
}

/// The same without the words: its units have no tokens but code spans and gaps.
pub fn outline(text: &str) -> VisibleText {
    reader::read(text, false)
}

/// The tokens of a text of one paragraph, and whether it is one paragraph without anything that vanishes or is struck
/// through. Where it is not, the tokens are those of all its units.
pub fn inline(text: &str) -> (Vec<VisibleToken>, bool) {
    let page = read(text);
    let whole = match &page.units[..] {
        [only] => {
            only.shape == Shape::Paragraph
                && only.hiding.is_none()
                && page.hidden.is_empty()
                && !only.tokens.contains(&VisibleToken::Gap)
                // A link's definition gives no unit: it is not seen at all.
                && text.get(only.range.clone()).map(str::trim) == Some(text.trim())
        }
        _ => false,
    };
    let tokens = page.units.into_iter().flat_map(|unit| unit.tokens);
    (tokens.collect(), whole)
}
