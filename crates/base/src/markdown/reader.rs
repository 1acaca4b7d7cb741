//! Reads a Markdown text by the parser's events.
//!
//! Input: the text. Output: its [`VisibleText`].
//! Not here: the grammar (pulldown-cmark), and what raw HTML hides (`html`).

use std::borrow::Cow;
use std::ops::Range;

use pulldown_cmark::{CodeBlockKind, Event, LinkType, Options, Parser, Tag, TagEnd};

use super::html::{self, OpenElements};
use super::{Hidden, HidingReason, Link, Shape, TextUnit, VisibleText, VisibleToken};

/// `with_words`: whether to collect words; without them it takes about half the time.
pub(super) fn read(text: &str, with_words: bool) -> VisibleText {
    let text = &*with_line_feeds(text);
    // Never the metadata option: it reads `---` in the middle of a text as front matter.
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_GFM;
    let mut reader = MarkdownReader {
        text,
        with_words,
        page: VisibleText::default(),
        unit: None,
        word: String::new(),
        quotes: 0,
        footnotes: 0,
        items: 0,
        item: None,
        images: 0,
        html_block: None,
        open: OpenElements::default(),
    };
    let mut events = Parser::new_ext(text, options).into_offset_iter();
    for (event, range) in events.by_ref() {
        reader.event(event, range);
    }
    reader.end_unit();
    let definitions = events.reference_definitions().iter();
    reader.page.definitions = definitions.map(|(_, found)| found.span.clone()).collect();
    reader.page.definitions.sort_by_key(|range| range.start);
    reader.page.units.sort_by_key(|unit| unit.range.start);
    reader.page
}

/// Replaces lone carriage returns by line feeds. In CommonMark they end a line, but the parser misses some. Offsets do not change.
fn with_line_feeds(text: &str) -> Cow<'_, str> {
    if !text.contains('\r') {
        return text.into();
    }
    let mut characters = text.chars().peekable();
    let mut out = String::with_capacity(text.len());
    while let Some(c) = characters.next() {
        let is_lone = c == '\r' && characters.peek() != Some(&'\n');
        out.push(if is_lone { '\n' } else { c });
    }
    out.into()
}

struct MarkdownReader<'t> {
    text: &'t str,
    with_words: bool,
    page: VisibleText,
    unit: Option<TextUnit>,
    /// The word that is being assembled.
    word: String,
    quotes: usize,
    footnotes: usize,
    items: usize,
    /// The outermost list item.
    item: Option<Range<usize>>,
    images: usize,
    /// The range of the current block of raw HTML, and its text so far, without the prefixes of quotes and lists.
    html_block: Option<(Range<usize>, String)>,
    open: OpenElements,
}

impl MarkdownReader<'_> {
    fn event(&mut self, event: Event<'_>, range: Range<usize>) {
        match event {
            Event::Start(tag) => self.start(tag, range),
            Event::End(tag) => self.end(tag),
            Event::Text(text) => self.text(&text, &range),
            Event::Code(code) => {
                self.page.code_spans.push(range.clone());
                self.token(VisibleToken::Code(code.into_string()), &range);
            }
            Event::SoftBreak | Event::HardBreak => self.text(" ", &range),
            Event::Html(html) => match &mut self.html_block {
                Some((_, block)) => block.push_str(&html),
                None => self.open.read(&html),
            },
            Event::InlineHtml(html) => {
                self.page.unseen.push(html.to_string());
                self.token(VisibleToken::Gap, &range);
                // A tag that hides a part of a unit hides the whole unit, also the text before it.
                self.open.read(&html);
                self.hide_unit();
            }
            Event::FootnoteReference(_) => {
                self.link(LinkType::Reference, String::new(), String::new(), range.clone());
                self.token(VisibleToken::Gap, &range);
            }
            Event::TaskListMarker(_) | Event::InlineMath(_) | Event::DisplayMath(_) => {
                self.token(VisibleToken::Gap, &range);
            }
            Event::Rule => self.end_unit(),
        }
    }

    fn start(&mut self, tag: Tag<'_>, range: Range<usize>) {
        match tag {
            Tag::Paragraph if self.items > 0 => self.begin_unit(Shape::Item, range),
            Tag::Paragraph => self.begin_unit(Shape::Paragraph, range),
            Tag::Heading { level, .. } => self.begin_unit(Shape::Heading(level as u8), range),
            Tag::TableCell => self.begin_unit(Shape::Cell, range),
            Tag::CodeBlock(kind) => {
                let info = match kind {
                    CodeBlockKind::Fenced(info) => {
                        let at_top = self.items + self.quotes + self.footnotes == 0;
                        if at_top && runs_to_the_end(self.text, &range) {
                            self.page.unclosed_fence = Some(range.clone());
                        }
                        info.into_string()
                    }
                    CodeBlockKind::Indented => String::new(),
                };
                self.begin_unit(Shape::Code(info), range);
            }
            Tag::HtmlBlock => {
                self.end_unit();
                self.html_block = Some((range, String::new()));
            }
            Tag::BlockQuote(_) => {
                self.end_unit();
                self.quotes += 1;
            }
            Tag::FootnoteDefinition(_) => {
                self.end_unit();
                self.footnotes += 1;
            }
            Tag::Item => {
                self.end_unit();
                self.items += 1;
                if self.items == 1 {
                    self.item = Some(range);
                }
            }
            Tag::Image {
                link_type,
                dest_url,
                title,
                ..
            } => {
                self.page.unseen.push(dest_url.to_string());
                self.link(
                    link_type,
                    dest_url.into_string(),
                    title.into_string(),
                    range.clone(),
                );
                self.token(VisibleToken::Gap, &range);
                self.images += 1;
            }
            Tag::Strikethrough => {
                self.inline_unit(&range);
                if let Some(unit) = &mut self.unit {
                    unit.hiding.get_or_insert(HidingReason::Strike);
                }
            }
            Tag::Link {
                link_type,
                dest_url,
                title,
                ..
            } => {
                self.page.unseen.push(dest_url.to_string());
                self.link(
                    link_type,
                    dest_url.into_string(),
                    title.into_string(),
                    range.clone(),
                );
                self.inline_unit(&range);
            }
            Tag::Emphasis | Tag::Strong | Tag::Superscript | Tag::Subscript => {
                self.inline_unit(&range);
            }
            _ => self.end_unit(),
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Image => self.images = self.images.saturating_sub(1),
            TagEnd::Emphasis
            | TagEnd::Strong
            | TagEnd::Strikethrough
            | TagEnd::Link
            | TagEnd::Superscript
            | TagEnd::Subscript => {}
            TagEnd::HtmlBlock => self.end_html(),
            TagEnd::BlockQuote(_) => {
                self.end_unit();
                self.quotes = self.quotes.saturating_sub(1);
            }
            TagEnd::FootnoteDefinition => {
                self.end_unit();
                self.footnotes = self.footnotes.saturating_sub(1);
            }
            TagEnd::Item => {
                self.end_unit();
                self.items = self.items.saturating_sub(1);
                if self.items == 0 {
                    self.item = None;
                }
            }
            _ => self.end_unit(),
        }
    }

    fn text(&mut self, text: &str, range: &Range<usize>) {
        if let Some((_, block)) = &mut self.html_block {
            block.push_str(text);
            return;
        }
        if let Some(unit) = &mut self.unit
            && matches!(unit.shape, Shape::Code(_))
        {
            unit.code.push_str(text);
            return;
        }
        self.inline_unit(range);
        if self.images > 0 {
            return;
        }
        if !self.with_words {
            return;
        }
        let mut rest = text;
        while let Some(at) = white_space(rest) {
            self.word.push_str(&rest[..at]);
            self.end_word();
            rest = rest[at..].trim_start();
        }
        self.word.push_str(rest);
    }

    fn link(&mut self, kind: LinkType, address: String, title: String, range: Range<usize>) {
        let by_definition = matches!(
            kind,
            LinkType::Reference
                | LinkType::ReferenceUnknown
                | LinkType::Collapsed
                | LinkType::CollapsedUnknown
                | LinkType::Shortcut
                | LinkType::ShortcutUnknown
        );
        self.page.links.push(Link {
            range,
            address,
            title,
            by_definition,
        });
    }

    fn token(&mut self, token: VisibleToken, range: &Range<usize>) {
        self.inline_unit(range);
        if self.images > 0 {
            return;
        }
        self.end_word();
        if let Some(unit) = &mut self.unit {
            unit.tokens.push(token);
        }
    }

    fn end_word(&mut self) {
        if self.word.is_empty() {
            return;
        }
        let word = std::mem::take(&mut self.word);
        if let Some(unit) = &mut self.unit {
            unit.tokens.push(VisibleToken::Word(word));
        }
    }

    /// Extends the unit that inline text belongs to, or begins one: in an item of a tight list, no event announces it.
    fn inline_unit(&mut self, range: &Range<usize>) {
        match &mut self.unit {
            Some(unit) => unit.range.end = unit.range.end.max(range.end),
            None => self.begin_unit(Shape::Item, range.clone()),
        }
    }

    fn begin_unit(&mut self, shape: Shape, range: Range<usize>) {
        self.end_unit();
        let hiding = if self.open.hides() {
            Some(HidingReason::Html)
        } else if self.footnotes > 0 {
            Some(HidingReason::Footnote)
        } else if self.quotes > 0 {
            Some(HidingReason::Quote)
        } else {
            None
        };
        self.unit = Some(TextUnit {
            shape,
            tokens: Vec::new(),
            code: String::new(),
            range,
            item: self.item.clone(),
            hiding,
        });
    }

    fn end_unit(&mut self) {
        self.end_word();
        let Some(mut unit) = self.unit.take() else {
            return;
        };
        unit.tokens.shrink_to_fit(); // a page has many units and stays in memory
        if matches!(unit.shape, Shape::Code(_)) {
            let code = unit.code.replace("\r\n", "\n");
            code.strip_suffix('\n')
                .unwrap_or(&code)
                .clone_into(&mut unit.code);
        }
        self.page.units.push(unit);
    }

    fn hide_unit(&mut self) {
        if let (true, Some(unit)) = (self.open.hides(), &mut self.unit) {
            unit.hiding.get_or_insert(HidingReason::Html);
        }
    }

    fn end_html(&mut self) {
        let Some((range, block)) = self.html_block.take() else {
            return;
        };
        self.open.read(&block);
        let is_last = self.text[range.end..].trim().is_empty();
        self.page.hidden.push(Hidden {
            comment: html::is_comment(&block),
            unclosed: is_last && html::is_unclosed(&block),
            range,
        });
    }
}

/// Where the first white space of a text is. Most text is ASCII, whose characters need not be decoded.
fn white_space(text: &str) -> Option<usize> {
    let at = text
        .bytes()
        .position(|byte| matches!(byte, b'\t'..=b'\r' | b' ') || !byte.is_ascii())?;
    if text.as_bytes()[at].is_ascii() {
        return Some(at);
    }
    text[at..].find(char::is_whitespace).map(|found| at + found)
}

/// Whether a fenced code block, outside quotes and lists, ends with the text instead of a closing fence.
fn runs_to_the_end(text: &str, range: &Range<usize>) -> bool {
    if !text[range.end..].trim().is_empty() {
        return false;
    }
    let block = text[range.clone()].trim_start();
    let Some(fence) = block.chars().next() else {
        return false;
    };
    let length = block.len() - block.trim_start_matches(fence).len();
    let lines: Vec<&str> = block.trim_end().split(['\n', '\r']).collect();
    let [_, .., last] = lines[..] else {
        return true;
    };
    let trimmed = last.trim_start_matches(' ');
    let is_indented_code = last.len() - trimmed.len() > 3;
    let is_closing = trimmed.chars().all(|c| c == fence) && trimmed.len() >= length;
    is_indented_code || !is_closing
}
