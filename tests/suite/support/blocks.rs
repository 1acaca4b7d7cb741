//! Checks that the blocks of a Markdown page are separated, so that tables are rendered as tables.
//!
//! Input: a page. Output: a panic if a block is joined with the one above, or if a parser finds fewer tables than were written.
//! Not here: the content of the page.

#![allow(
    dead_code,
    reason = "each test crate that includes this file uses another part of it"
)]

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Blank,
    Item,
    Row,
    Quote,
    Html,
    Heading,
    Text,
}

fn kind(line: &str) -> Kind {
    match line.trim_start() {
        "" => Kind::Blank,
        text if text.starts_with("- ") => Kind::Item,
        text if text.starts_with('|') => Kind::Row,
        text if text.starts_with('>') => Kind::Quote,
        text if text.starts_with('<') => Kind::Html,
        text if text.starts_with('#') => Kind::Heading,
        _ => Kind::Text,
    }
}

/// Fails if two blocks of different kinds have no blank line between them.
pub fn are_apart(page: &str) {
    let mut fence: Option<String> = None;
    let mut before = Kind::Blank;
    let mut tables = 0;
    for (number, line) in page.lines().enumerate() {
        if let Some(open) = &fence {
            if line.trim_end() == open {
                fence = None;
                before = Kind::Blank;
            }
            continue;
        }
        if line.starts_with("~~~") || line.starts_with("```") {
            fence = Some(line.chars().take_while(|c| matches!(c, '~' | '`')).collect());
            continue;
        }
        let here = kind(line);
        // A paragraph, a heading and HTML end where a heading, HTML, a quote or a list begins.
        let begins = matches!(here, Kind::Heading | Kind::Html | Kind::Quote | Kind::Item);
        let ends = matches!(before, Kind::Text | Kind::Heading | Kind::Html) && begins
            || (before, here) == (Kind::Heading, Kind::Text);
        let glued = before != here && before != Kind::Blank && here != Kind::Blank && !ends;
        assert!(
            !glued,
            "line {} is glued to the block above: {line:?} in\n{page}",
            number + 1
        );
        tables += usize::from(line.starts_with("|---") || line.starts_with("| ---"));
        before = here;
    }
    let found = tables_in(page).len();
    assert_eq!(
        found, tables,
        "a parser finds {found} of {tables} tables in\n{page}"
    );
}

/// The first row of each table that a parser finds, cells joined.
pub fn tables_in(page: &str) -> Vec<String> {
    let mut tables = Vec::new();
    let mut head: Option<Vec<String>> = None;
    for event in Parser::new_ext(page, Options::ENABLE_TABLES) {
        match event {
            Event::Start(Tag::TableHead) => head = Some(Vec::new()),
            Event::Start(Tag::TableCell) => {
                if let Some(cells) = &mut head {
                    cells.push(String::new());
                }
            }
            Event::Text(text) | Event::Code(text) => {
                if let Some(cell) = head.as_mut().and_then(|cells| cells.last_mut()) {
                    cell.push_str(&text);
                }
            }
            Event::End(TagEnd::TableHead) => tables.extend(head.take().map(|cells| cells.join(" | "))),
            _ => {}
        }
    }
    tables
}
