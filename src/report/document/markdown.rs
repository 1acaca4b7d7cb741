//! Prints a document as a Markdown page on GitHub: sections get headings or are folded, and all text from users is escaped.
//!
//! Input: a document. Output: a page that is never too long. If not everything fits, diffs are left out first; what is left out is
//! named at the end.

use super::{Block, Document, Section};
use crate::report::findings::counted;
use crate::report::line::{Line, markdown, markdown_cell};
use crate::report::markdown_text::{details, fence, name};
use crate::report::sanitize::visible;
use lessonbook_pipeline::gfm_escape::{code, quiet};

/// How many characters a page holds; GitHub takes 65,536 in a comment.
pub(super) const MOST: usize = 60_000;
/// The room for the list of what is left out.
const REST: usize = 2_000;
/// The most characters of a diff. A longer one is cut after a line.
const DIFF: usize = 12_000;

/// A piece of a page that is shown or left out as a whole.
struct Part {
    name: String,
    text: String,
    length: usize,
    is_diff: bool,
}

impl Part {
    fn new(name: String, text: String, is_diff: bool) -> Self {
        let length = text.chars().count() + 1;
        Part {
            name,
            text,
            length,
            is_diff,
        }
    }
}

pub(super) fn print(document: &Document, title: &Line, where_else: &Line) -> String {
    let mut parts = vec![Part::new(
        title.plain(),
        format!("## {}\n", markdown(title)),
        false,
    )];
    collect(&mut parts, document, &title.plain(), "###");
    let mut reserved: usize = parts
        .iter()
        .filter(|part| !part.is_diff)
        .map(|part| part.length)
        .sum();
    let (mut out, mut length) = (String::new(), 0);
    let mut left_out = Vec::new();
    for part in &parts {
        if !part.is_diff {
            reserved -= part.length;
        }
        let needed = if part.is_diff { reserved } else { 0 };
        if length + part.length + needed + REST > MOST {
            left_out.push(part.name.as_str());
            continue;
        }
        length += part.length;
        add(&mut out, &part.text);
    }
    if !left_out.is_empty() {
        add(&mut out, &named(&left_out, &markdown(where_else)));
    }
    out
}

/// Adds a block, with a blank line before it. Otherwise Markdown would join it with the text above.
fn add(out: &mut String, text: &str) {
    if !out.is_empty() {
        out.push('\n');
    }
    out.push_str(text.trim_matches('\n'));
    out.push('\n');
}

/// The list of what is left out.
fn named(left_out: &[&str], where_else: &str) -> String {
    let mut list = String::new();
    let mut number = 0;
    for name in left_out {
        let name = code(name);
        if list.chars().count() + name.chars().count() > REST - 300 {
            break;
        }
        list.push_str(if number == 0 { "" } else { ", " });
        list.push_str(&name);
        number += 1;
    }
    let more = match left_out.len() - number {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!("**Left out, because a page has at most {MOST} characters:** {list}{more}. {where_else}\n")
}

/// Every block is a part, so that much of a large section is kept if the rest does not fit; a folded section is one part.
fn collect(parts: &mut Vec<Part>, document: &Document, name: &str, heading: &str) {
    let mut rest = &document.blocks[..];
    while let Some(block) = rest.first() {
        let mut used = 1;
        match block {
            Block::Section(section) if !section.is_folded => {
                let name = section.title.plain();
                let text = format!("{heading} {}\n", markdown_cell(&section.title));
                parts.push(Part::new(name.clone(), text, false));
                collect(parts, &section.content, &name, &format!("{heading}#"));
            }
            Block::Section(section) => {
                let text = folded(section, heading);
                parts.push(Part::new(section.title.plain(), text, section.content.has_diff()));
            }
            _ => {
                let text;
                (text, used) = run(rest, heading);
                if !text.is_empty() {
                    let is_diff = matches!(block, Block::Diff { .. });
                    parts.push(Part::new(name.to_owned(), text, is_diff));
                }
            }
        }
        rest = &rest[used..];
    }
}

/// The block at the front, or the whole list that begins there, and how many blocks that is.
fn run(all: &[Block], heading: &str) -> (String, usize) {
    let items = all.iter().map_while(|block| match block {
        Block::Item(text, second) => {
            let second = second.as_ref().map(|second| format!("; {}", markdown(second)));
            Some(format!("- {}{}\n", markdown(text), second.unwrap_or_default()))
        }
        Block::More(more) => Some(format!("- and {more} more\n")),
        _ => None,
    });
    let items: Vec<String> = items.collect();
    if !items.is_empty() {
        return (items.concat(), items.len());
    }
    let text = match all.first() {
        Some(Block::Line(text)) => format!("{}\n", markdown(text)),
        Some(Block::Table(table)) => table.markdown(),
        Some(Block::Diff { text, .. }) => diff(text),
        Some(Block::Section(section)) => folded(section, heading),
        Some(Block::Gap | Block::Item(..) | Block::More(_)) | None => String::new(),
    };
    (text, 1)
}

fn folded(section: &Section, heading: &str) -> String {
    let mut parts = Vec::new();
    collect(&mut parts, &section.content, "", heading);
    let mut body = String::new();
    for part in &parts {
        add(&mut body, &part.text);
    }
    details(&summary(&section.title), &body)
}

/// The title of a folded section is HTML, in which GitHub does not interpret Markdown, but mentions and references.
fn summary(title: &Line) -> String {
    let texts = title.spans().iter().map(|span| {
        if span.is_code {
            return name(&span.text);
        }
        let text = visible(&span.text).replace('&', "&amp;").replace('>', "&gt;");
        quiet(&text.replace('\t', " "))
    });
    texts.collect::<String>().trim().to_owned()
}

fn diff(text: &str) -> String {
    let (shown, more) = shortened(text);
    let mut out = fence("diff", shown);
    if more > 0 {
        out.push_str(&format!("\n…and {}.\n", counted(more, "more line")));
    }
    out
}

/// The first lines of a diff, and how many more there are.
fn shortened(diff: &str) -> (&str, usize) {
    let mut length = 0;
    let mut end = 0;
    for line in diff.split_inclusive('\n') {
        length += line.chars().count();
        if length > DIFF {
            return (&diff[..end], diff[end..].lines().count());
        }
        end += line.len();
    }
    (diff, 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_never_too_long_and_names_what_it_leaves_out() {
        let mut document = Document::default();
        for at in 0..500 {
            let mut content = Document::default();
            content.line("é".repeat(990));
            document.folded(format!("acme/r{at:03}"), content);
        }
        document.line("small");
        let text = document.markdown("title", "Look elsewhere.");
        assert!(text.chars().count() <= MOST, "{}", text.chars().count());
        assert!(
            text.contains("acme/r050<") || text.contains("acme/r050</summary>"),
            "{text}"
        );
        assert!(text.contains("`acme/r100`, ") && text.contains("\nsmall\n"));
        assert!(text.ends_with(" more. Look elsewhere.\n"));
        let mut short = Document::default();
        short.line("text");
        assert_eq!(short.markdown("T", "x"), "## T\n\ntext\n");
    }

    #[test]
    fn diffs_make_room_for_everything_else() {
        let mut document = Document::default();
        for at in 0..10 {
            let mut content = Document::default();
            content.diff("+ a line of a diff\n".repeat(500), usize::MAX);
            document.folded(format!("diff {at}"), content);
        }
        let mut content = Document::default();
        content.line("word ".repeat(4_000));
        document.folded("a target", content);
        let text = document.markdown("title", "");
        assert!(text.contains("<summary>a target</summary>"), "{text}");
        assert!(text.contains("<summary>diff 0</summary>"), "{text}");
        assert!(text.contains("`diff 9`"), "{text}");
    }
}
