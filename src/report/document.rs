//! A report as a value: lines, lists, tables, diffs and sections, printed for a terminal or as a Markdown page.
//!
//! Input: a report's texts. Output: one string. Not here: what a report says, and single tables (`table`).

pub(super) mod markdown;
mod terminal;

use super::table::TextTable;
use crate::report::line::Line;

/// The reader of a report. A report for one has other limits than for the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View {
    /// A person at a terminal.
    Brief,
    /// A person at a terminal who wants everything (`-v`).
    Verbose,
    /// A page on GitHub.
    Page,
}

impl View {
    /// For a terminal.
    pub fn terminal(verbose: bool) -> Self {
        if verbose { View::Verbose } else { View::Brief }
    }

    /// How many entries are listed, unless `-v` lists all.
    pub fn most(self, terminal: usize, page: usize) -> usize {
        match self {
            View::Brief => terminal,
            View::Verbose => usize::MAX,
            View::Page => page,
        }
    }

    /// Whether the report is a page.
    pub fn is_page(self) -> bool {
        self == View::Page
    }
}

/// A report, or the content of a section.
#[derive(Debug, Default)]
pub struct Document {
    blocks: Vec<Block>,
}

#[derive(Debug)]
enum Block {
    Gap,
    Line(Line),
    Item(Line, Option<Line>),
    More(usize),
    Table(TextTable),
    Diff { text: String, most: usize },
    Section(Section),
}

#[derive(Debug)]
struct Section {
    title: Line,
    is_folded: bool,
    content: Document,
}

impl Document {
    /// Adds a paragraph; on a terminal it is a line.
    pub fn line(&mut self, line: impl Into<Line>) {
        self.blocks.push(Block::Line(line.into()));
    }

    /// Adds an item of a list; on a terminal it is a line.
    pub fn item(&mut self, line: impl Into<Line>) {
        self.blocks.push(Block::Item(line.into(), None));
    }

    /// Adds an item with a second line below it.
    pub fn item_with(&mut self, line: impl Into<Line>, second: Option<Line>) {
        self.blocks.push(Block::Item(line.into(), second));
    }

    /// Adds a list. If it has more than `most` items, the others are counted.
    pub fn items(&mut self, lines: impl IntoIterator<Item = Line>, most: usize) {
        let mut lines = lines.into_iter();
        lines.by_ref().take(most).for_each(|line| self.item(line));
        self.more(lines.count());
    }

    /// Adds the number of items that are not in the list, unless there are none.
    pub fn more(&mut self, number: usize) {
        if number > 0 {
            self.blocks.push(Block::More(number));
        }
    }

    /// Adds a blank line for a terminal. A page has its own.
    pub fn gap(&mut self) {
        self.blocks.push(Block::Gap);
    }

    /// Adds a table; an empty one prints nothing.
    pub fn table(&mut self, table: TextTable) {
        if !table.is_empty() {
            self.blocks.push(Block::Table(table));
        }
    }

    /// A document with nothing but a diff.
    pub fn diff_only(text: impl Into<String>) -> Self {
        let mut document = Document::default();
        document.diff(text, usize::MAX);
        document
    }

    /// Adds a diff. A terminal shows the first `most` lines.
    pub fn diff(&mut self, text: impl Into<String>, most: usize) {
        let text = text.into();
        self.blocks.push(Block::Diff { text, most });
    }

    /// Adds a section. A terminal indents its content.
    pub fn section(&mut self, title: impl Into<Line>, content: Document) {
        let (title, is_folded) = (title.into(), false);
        self.blocks.push(Block::Section(Section {
            title,
            is_folded,
            content,
        }));
    }

    /// Adds a section that a page folds.
    pub fn folded(&mut self, title: impl Into<Line>, content: Document) {
        let (title, is_folded) = (title.into(), true);
        self.blocks.push(Block::Section(Section {
            title,
            is_folded,
            content,
        }));
    }

    /// Adds the content of another document.
    pub fn append(&mut self, other: Document) {
        self.blocks.extend(other.blocks);
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.blocks.is_empty()
    }

    fn has_diff(&self) -> bool {
        self.blocks.iter().any(|block| match block {
            Block::Diff { .. } => true,
            Block::Section(section) => section.content.has_diff(),
            _ => false,
        })
    }

    /// The report for a terminal, with colors.
    pub fn human(&self) -> String {
        terminal::print(self)
    }

    /// The report as a page with a title. It has at most 60,000 characters: sections that do not fit are named at the end, with
    /// `where_else` to see them.
    pub fn markdown(&self, title: impl Into<Line>, where_else: impl Into<Line>) -> String {
        markdown::print(self, &title.into(), &where_else.into())
    }
}
