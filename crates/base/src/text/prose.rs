//! Splits a Markdown text into plain text, code, HTML and emphasis, for the lints in this folder.
//!
//! Input: Markdown. Output: byte ranges of its parts, as CommonMark with GitHub's extensions reads it.
//! Not here: the visible units of a page (`markdown`).

use std::ops::Range;

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

/// The kind of a byte of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ProsePart {
    /// Text that is shown as written.
    Text,
    /// Text that is shown as written because it was escaped, or is an entity.
    Literal,
    /// An asterisk or underscore that opens or closes emphasis.
    Delimiter,
    /// Inside a code span or block.
    Code,
    /// HTML, including its angle brackets.
    Html,
    /// Anything else: line starts, link addresses, table bars.
    Syntax,
}

/// Emphasis or strong emphasis.
#[derive(Debug, Clone)]
pub(super) struct Emphasis {
    /// Its bytes, including the delimiters.
    pub range: Range<usize>,
    /// The number of characters of each delimiter: 1 or 2.
    pub width: usize,
}

impl Emphasis {
    /// The opening delimiter.
    pub fn opener(&self) -> Range<usize> {
        self.range.start..self.range.start + self.width
    }

    /// The closing delimiter.
    pub fn closer(&self) -> Range<usize> {
        self.range.end - self.width..self.range.end
    }
}

/// The parts of a text.
#[derive(Debug)]
pub(super) struct Prose {
    /// One entry for each byte.
    pub parts: Vec<ProsePart>,
    /// Every emphasis, in the order of their starts.
    pub emphases: Vec<Emphasis>,
    /// HTML: each block, and each inline tag.
    pub html: Vec<Range<usize>>,
}

impl Prose {
    /// Splits a Markdown text.
    pub fn read(text: &str) -> Prose {
        let mut prose = Prose {
            parts: vec![ProsePart::Syntax; text.len()],
            emphases: Vec::new(),
            html: Vec::new(),
        };
        let mut in_code = false;
        let options = Options::ENABLE_TABLES
            | Options::ENABLE_STRIKETHROUGH
            | Options::ENABLE_TASKLISTS
            | Options::ENABLE_FOOTNOTES
            | Options::ENABLE_GFM;
        for (event, range) in Parser::new_ext(text, options).into_offset_iter() {
            match event {
                Event::Code(_) => prose.paint(range, ProsePart::Code),
                Event::Start(Tag::CodeBlock(_)) => {
                    in_code = true;
                    prose.paint(range, ProsePart::Code);
                }
                Event::End(TagEnd::CodeBlock) => in_code = false,
                Event::Text(shown) if !in_code => prose.text(text, range, &shown),
                Event::InlineHtml(_) | Event::Start(Tag::HtmlBlock) => {
                    prose.paint(range.clone(), ProsePart::Html);
                    prose.html.push(range);
                }
                Event::Start(Tag::Emphasis) => prose.emphasis(text, range, 1),
                Event::Start(Tag::Strong) => prose.emphasis(text, range, 2),
                _ => {}
            }
        }
        prose
    }

    fn paint(&mut self, range: Range<usize>, part: ProsePart) {
        if let Some(bytes) = self.parts.get_mut(range) {
            bytes.fill(part);
        }
    }

    fn text(&mut self, text: &str, range: Range<usize>, shown: &str) {
        let written = text.get(range.clone()).unwrap_or_default();
        let before = text.get(..range.start).unwrap_or_default();
        let slashes = before.len() - before.trim_end_matches('\\').len();
        if written != shown {
            self.paint(range, ProsePart::Literal);
        } else if slashes % 2 == 1 {
            let first = written.chars().next().map_or(0, char::len_utf8);
            self.paint(range.start..range.start + first, ProsePart::Literal);
            self.paint(range.start + first..range.end, ProsePart::Text);
        } else {
            self.paint(range, ProsePart::Text);
        }
    }

    fn emphasis(&mut self, text: &str, range: Range<usize>, width: usize) {
        let written = text.get(range.clone()).unwrap_or_default();
        if written.len() >= 2 * width && written.starts_with(['*', '_']) && written.ends_with(['*', '_']) {
            let emphasis = Emphasis { range, width };
            self.paint(emphasis.opener(), ProsePart::Delimiter);
            self.paint(emphasis.closer(), ProsePart::Delimiter);
            self.emphases.push(emphasis);
        }
    }

    /// The words of the text: runs without white space in plain text and emphasis, split at code, HTML and link addresses.
    pub fn words(&self, text: &str) -> Vec<Range<usize>> {
        let mut words: Vec<Range<usize>> = Vec::new();
        for (at, c) in text.char_indices() {
            let is_word = !c.is_whitespace()
                && matches!(
                    self.parts[at],
                    ProsePart::Text | ProsePart::Literal | ProsePart::Delimiter
                );
            match words.last_mut() {
                _ if !is_word => {}
                Some(word) if word.end == at => word.end += c.len_utf8(),
                _ => words.push(at..at + c.len_utf8()),
            }
        }
        words
    }
}
