//! A Markdown text as a flat list of elements, each with its heading, its list and its parent item.
//!
//! Input: a text without front matter and managed blocks. Output: its [`Outline`] in source order. Not here: which elements are
//! rules (`rule_elements`), and words of one element (`inline`).

use std::ops::Range;

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

/// What an element is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ElementKind {
    /// A heading of this level.
    Heading(u8),
    /// A paragraph.
    Paragraph,
    /// The own text of a list item, up to its nested lists and later paragraphs.
    ListItem,
    /// A code block.
    CodeBlock,
    /// A table.
    MarkdownTable,
    /// A quote.
    BlockQuote,
    /// Raw HTML of block level.
    Html {
        /// Whether it is a comment.
        comment: bool,
    },
    /// A line across the page.
    Divider,
    /// A footnote's definition.
    FootnoteText,
}

/// An element of a text.
#[derive(Debug, Clone)]
pub struct Element {
    /// What it is.
    pub kind: ElementKind,
    /// The bytes of its own text.
    pub range: Range<usize>,
    /// The heading above it; for a heading, the one of the next higher level.
    pub heading: Option<usize>,
    /// The list item that contains it; for an item of a nested list, the item around that list.
    pub parent: Option<usize>,
    /// The list of an item, in [`Outline::lists`].
    pub list: Option<usize>,
    /// Whether a part of it is struck through.
    pub is_struck: bool,
}

/// A list.
#[derive(Debug, Clone, Default)]
pub struct ListShape {
    /// The elements of its items.
    pub items: Vec<usize>,
    /// The text directly before it: a paragraph, or the item that it is nested in.
    pub lead_in: Option<usize>,
    /// Whether it is numbered.
    pub is_ordered: bool,
}

/// The elements of a text.
#[derive(Debug, Clone, Default)]
pub struct Outline {
    /// In source order.
    pub elements: Vec<Element>,
    /// The lists, in the order in which they begin.
    pub lists: Vec<ListShape>,
}

impl Outline {
    /// The headings above an element, the nearest first.
    pub fn headings(&self, element: usize) -> impl Iterator<Item = usize> {
        std::iter::successors(self.elements[element].heading, |&at| self.elements[at].heading)
    }
}

/// Reads a text as GitHub-flavoured CommonMark.
pub fn outline(text: &str) -> Outline {
    // Never the option for front matter: it takes `---` in mid-text for it.
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_GFM;
    let mut walker = Walker::default();
    for (event, range) in Parser::new_ext(text, options).into_offset_iter() {
        walker.event(&event, range);
    }
    walker.outline
}

#[derive(Default)]
struct Walker {
    outline: Outline,
    /// Open lists and, per list, the element of its open item once it has text.
    lists: Vec<(usize, Option<usize>)>,
    headings: [Option<usize>; 6],
    /// The element that inline events belong to.
    open: Option<usize>,
    /// The text that a list would follow directly.
    before: Option<usize>,
    /// How many containers are open whose content is one element.
    whole: usize,
}

impl Walker {
    fn event(&mut self, event: &Event<'_>, range: Range<usize>) {
        match event {
            Event::Start(tag) => self.start(tag, range),
            Event::End(tag) => self.end(*tag),
            Event::Rule if self.whole == 0 => {
                self.add(ElementKind::Divider, range);
                self.open = None;
                self.before = None;
            }
            // The mark of a task is not part of its text.
            Event::TaskListMarker(_) => {}
            _ => self.inline(&range),
        }
    }

    fn start(&mut self, tag: &Tag<'_>, range: Range<usize>) {
        if self.whole > 0 {
            if is_whole(tag).is_some() {
                self.whole += 1;
            }
            return;
        }
        if let Some(kind) = is_whole(tag) {
            self.add(kind, range);
            self.open = None;
            self.before = None;
            self.whole = 1;
            return;
        }
        match tag {
            Tag::Heading { level, .. } => {
                let level = (*level as usize).clamp(1, 6);
                self.headings[level - 1..].fill(None);
                let at = self.add(
                    ElementKind::Heading(u8::try_from(level).unwrap_or(6)),
                    range.clone(),
                );
                // Its range includes the signs around it.
                self.headings[level - 1] = Some(at);
                self.open = Some(at);
                self.before = None;
            }
            Tag::Paragraph => {
                let is_first_of_item = matches!(self.lists.last(), Some((_, None)));
                let kind = if is_first_of_item {
                    ElementKind::ListItem
                } else {
                    ElementKind::Paragraph
                };
                // The range of a paragraph ends after its line's end.
                let at = self.add(kind, range.start..range.start);
                self.open = Some(at);
                self.before = Some(at);
            }
            Tag::List(first) => {
                self.open = None;
                let list = ListShape {
                    lead_in: self.before,
                    is_ordered: first.is_some(),
                    ..ListShape::default()
                };
                self.outline.lists.push(list);
                self.lists.push((self.outline.lists.len() - 1, None));
                self.before = None;
            }
            Tag::Item => {
                self.open = None;
                self.before = None;
                if let Some((_, item)) = self.lists.last_mut() {
                    *item = None;
                }
            }
            Tag::Strikethrough => {
                self.inline(&range);
                if let Some(open) = self.open {
                    self.outline.elements[open].is_struck = true;
                }
            }
            _ => self.inline(&range),
        }
    }

    fn end(&mut self, tag: TagEnd) {
        let is_whole = matches!(
            tag,
            TagEnd::BlockQuote(_)
                | TagEnd::Table
                | TagEnd::CodeBlock
                | TagEnd::HtmlBlock
                | TagEnd::FootnoteDefinition
        );
        if self.whole > 0 {
            self.whole -= usize::from(is_whole);
            return;
        }
        match tag {
            TagEnd::Paragraph | TagEnd::Heading(_) => self.open = None,
            TagEnd::Item => {
                self.open = None;
                self.before = None;
            }
            TagEnd::List(_) => {
                self.lists.pop();
                self.open = None;
                self.before = None;
            }
            _ => {}
        }
    }

    /// Text or the like: it lengthens the open element, or begins the text of an item without paragraphs.
    fn inline(&mut self, range: &Range<usize>) {
        if self.whole > 0 {
            return;
        }
        if self.open.is_none() && !self.lists.is_empty() {
            let kind = if matches!(self.lists.last(), Some((_, None))) {
                ElementKind::ListItem
            } else {
                ElementKind::Paragraph
            };
            let at = self.add(kind, range.clone());
            self.open = Some(at);
            self.before = Some(at);
        }
        if let Some(open) = self.open {
            let element = &mut self.outline.elements[open];
            element.range.end = element.range.end.max(range.end);
        }
    }

    fn add(&mut self, kind: ElementKind, range: Range<usize>) -> usize {
        let at = self.outline.elements.len();
        let heading = match kind {
            ElementKind::Heading(level) => self.headings[..usize::from(level) - 1]
                .iter()
                .rev()
                .flatten()
                .next(),
            _ => self.headings.iter().rev().flatten().next(),
        };
        let heading = heading.copied();
        let mut list = None;
        let mut parent = self.lists.iter().rev().find_map(|(_, item)| *item);
        if kind == ElementKind::ListItem
            && let Some((open, item)) = self.lists.last_mut()
        {
            *item = Some(at);
            list = Some(*open);
            self.outline.lists[*open].items.push(at);
            parent = self.lists.iter().rev().skip(1).find_map(|(_, item)| *item);
        }
        self.outline.elements.push(Element {
            kind,
            range,
            heading,
            parent,
            list,
            is_struck: false,
        });
        at
    }
}

/// The kind of a container whose content is one element.
fn is_whole(tag: &Tag<'_>) -> Option<ElementKind> {
    match tag {
        Tag::BlockQuote(_) => Some(ElementKind::BlockQuote),
        Tag::Table(_) => Some(ElementKind::MarkdownTable),
        Tag::CodeBlock(_) => Some(ElementKind::CodeBlock),
        Tag::HtmlBlock => Some(ElementKind::Html { comment: false }),
        Tag::FootnoteDefinition(_) => Some(ElementKind::FootnoteText),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Vec<(ElementKind, &str, Option<usize>)> {
        let outline = outline(text);
        outline
            .elements
            .iter()
            .map(|element| (element.kind, &text[element.range.clone()], element.parent))
            .collect()
    }

    #[test]
    fn items_have_their_own_text_and_their_parent() {
        use ElementKind::{BlockQuote, CodeBlock, ListItem, Paragraph};
        let text = "Use:\n- [ ] one `a`\n  more\n  - two\n\n    why\n- three\n\n> quote\n> - x\n\n```\n- code\n```\n";
        assert_eq!(
            shown(text),
            [
                (Paragraph, "Use:", None),
                (ListItem, "one `a`\n  more", None),
                (ListItem, "two", Some(1)),
                (Paragraph, "why", Some(2)),
                (ListItem, "three", None),
                (BlockQuote, "> quote\n> - x\n", None),
                (CodeBlock, "```\n- code\n```", None),
            ]
        );
        let outline = outline(text);
        assert_eq!(outline.lists[0].lead_in, Some(0));
        assert_eq!(outline.lists[0].items, [1, 4]);
        assert_eq!(outline.lists[1].lead_in, Some(1));
    }

    #[test]
    fn headings_have_the_next_higher_one_above() {
        let text = "# A\n\n## B\n\n- x\n\n## C\n\ny\n";
        let outline = outline(text);
        let above = |at| outline.headings(at).collect::<Vec<_>>();
        assert_eq!(above(2), [1, 0]);
        assert_eq!(above(4), [3, 0]);
    }
}
