//! Markdown of lessons as HTML that can do nothing.
//!
//! Input: Markdown that people wrote. Output: HTML in which raw HTML is text, links lead only to web pages and addresses, nothing is
//! loaded from elsewhere, and invisible characters are spelled out. Not here: all other texts, which the templates escape.

use lessonbook_base::text::visible::visible_lines;
use pulldown_cmark::{CowStr, Event, Options, Parser, Tag, TagEnd, html};

/// The beginnings of links that are kept. A link without one of them is shown as its text.
const SCHEMES: [&str; 3] = ["https://", "http://", "mailto:"];

/// The HTML of a text.
pub fn html(markdown: &str) -> String {
    let mut links: Vec<bool> = Vec::new();
    let events = Parser::new_ext(markdown, Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TABLES);
    let events = events.filter_map(|event| match event {
        // An image is shown as the link that it contains, so that no page loads it.
        Event::Start(
            Tag::Link {
                dest_url,
                title,
                id,
                link_type,
            }
            | Tag::Image {
                dest_url,
                title,
                id,
                link_type,
            },
        ) => {
            let is_kept = is_safe(&dest_url) && !links.iter().any(|is_open| *is_open);
            links.push(is_kept);
            is_kept.then_some(Event::Start(Tag::Link {
                link_type,
                dest_url,
                title: shown(title),
                id,
            }))
        }
        Event::End(TagEnd::Link | TagEnd::Image) => links
            .pop()
            .unwrap_or_default()
            .then_some(Event::End(TagEnd::Link)),
        Event::Html(text) | Event::InlineHtml(text) | Event::Text(text) => Some(Event::Text(shown(text))),
        Event::Code(text) => Some(Event::Code(shown(text))),
        // Headings of a lesson's text would break the order of the page's own.
        Event::Start(Tag::Heading { .. } | Tag::HtmlBlock) => Some(Event::Start(Tag::Paragraph)),
        Event::End(TagEnd::Heading(_) | TagEnd::HtmlBlock) => Some(Event::End(TagEnd::Paragraph)),
        event => Some(event),
    });
    let mut page = String::new();
    html::push_html(&mut page, events);
    page
}

/// The HTML of a text that is one paragraph, without the paragraph around it.
pub fn inline_html(markdown: &str) -> String {
    let page = html(markdown);
    let inner = page
        .trim()
        .strip_prefix("<p>")
        .and_then(|page| page.strip_suffix("</p>"));
    match inner {
        Some(inner) if !inner.contains("<p>") => inner.to_owned(),
        _ => page,
    }
}

/// Whether a link may be kept. Browsers ignore some characters in addresses, so an address with one of them is refused.
pub fn is_safe(address: &str) -> bool {
    let lower = address.to_ascii_lowercase();
    let is_plain = |c: char| {
        !c.is_control()
            && !c.is_whitespace()
            && visible_lines(c.encode_utf8(&mut [0; 4])).len() == c.len_utf8()
    };
    SCHEMES.iter().any(|scheme| lower.starts_with(scheme)) && address.chars().all(is_plain)
}

fn shown(text: CowStr<'_>) -> CowStr<'_> {
    match visible_lines(&text) {
        std::borrow::Cow::Borrowed(_) => text,
        std::borrow::Cow::Owned(shown) => shown.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markdown_is_shown_and_does_nothing() {
        for (markdown, expected) in [
            (
                "Use `app` *and* **component**.",
                "Use <code>app</code> <em>and</em> <strong>component</strong>.",
            ),
            (
                "<script>alert(1)</script>",
                "&lt;script&gt;alert(1)&lt;/script&gt;",
            ),
            ("a <b onclick=x>b</b>", "a &lt;b onclick=x&gt;b&lt;/b&gt;"),
            ("[x](javascript:alert(1)) y", "x y"),
            ("[x](JaVa&Tab;Script:alert(1))", "x"),
            ("[x](data:text/html,x) [y](//evil.example)", "x y"),
            (
                "[x](https://example.com/?a=1&b=\"2\")",
                "<a href=\"https://example.com/?a=1&amp;b=%222%22\">x</a>",
            ),
            (
                "![pixel](https://example.com/p.gif)",
                "<a href=\"https://example.com/p.gif\">pixel</a>",
            ),
            (
                "[![a](https://b.example)](https://c.example)",
                "<a href=\"https://c.example\">a</a>",
            ),
            ("a\u{202e}b", "a\\u{202e}b"),
            ("# Head", "Head"),
            ("`</style>`", "<code>&lt;/style&gt;</code>"),
        ] {
            assert_eq!(inline_html(markdown), expected, "{markdown}");
        }
    }
}
