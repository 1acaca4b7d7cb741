//! Escapes text from users so that nothing in it has an effect on GitHub.
//!
//! Input: words of lessons, settings, files and paths. Output: the same words, which mention no user, refer to no issue, close none
//! and contain no HTML. Not here: where the text is used. Code spans are not changed, because GitHub ignores references in them.
//!
//! GitHub's page "Autolinked references and URLs" (read 2026-11-20) lists what has an effect: `@name`, `#1`, `GH-1`,
//! `owner/name#1`, `owner/name@commit`, and addresses of issues, pull requests, discussions and commits. A closing keyword needs one
//! of them.

use lessonbook_base::markdown;

/// Invisible on a page. It separates the text before it from the text after it, so no reference can extend across it.
const BREAK: &str = "<!-- -->";

/// Has no width on a page, and ends a reference like a space.
const ZERO_WIDTH_SPACE: char = '\u{200b}';

/// After these, a number or a commit makes an address that refers to something.
const ADDRESSES: [&str; 6] = [
    "/issues/",
    "/pull/",
    "/pulls/",
    "/discussions/",
    "/commit/",
    "/commits/",
];

/// Characters whose escape is not needed in the middle of a line, but could hide a reference from us.
const NEEDLESS: &str = "@#-/:.+=,;'\"%$^?{}";

/// Entities that have no effect.
const HARMLESS: [&str; 8] = [
    "&lt;", "&gt;", "&amp;", "&quot;", "&nbsp;", "&ndash;", "&mdash;", "&hellip;",
];

/// Escapes Markdown of one paragraph, for the middle of a line of a body or comment.
pub fn quiet(markdown: &str) -> String {
    let text = markdown.replace(['\n', '\r'], " ");
    let mut spans = markdown::read(&text).code_spans;
    spans.sort_by_key(|span| span.start);
    let mut out = String::with_capacity(text.len() + 16);
    let mut at = 0;
    for span in spans.into_iter().filter(|span| span.end <= text.len()) {
        if span.start < at {
            continue;
        }
        words(&text[at..span.start], &mut out);
        out.push_str(&text[span.clone()]);
        at = span.end;
    }
    words(&text[at..], &mut out);
    out
}

/// Text between code spans.
fn words(text: &str, out: &mut String) {
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let behind = &rest[c.len_utf8()..];
        rest = behind;
        match c {
            '\\' => match behind.chars().next() {
                Some(next) if NEEDLESS.contains(next) => {}
                Some(next) if next.is_ascii_punctuation() => {
                    out.push_str(&text[text.len() - behind.len() - 1..][..2]);
                    rest = &behind[1..];
                }
                // At the end it could combine with the text that follows.
                None => out.push_str("\\\\"),
                Some(_) => out.push('\\'),
            },
            '<' => out.push_str("&lt;"),
            '`' => out.push_str("\\`"),
            '!' if behind.starts_with('[') => out.push_str("\\!"),
            '&' if is_entity(behind) && !HARMLESS.iter().any(|known| behind.starts_with(&known[1..])) => {
                out.push_str("&amp;");
            }
            c => {
                if makes_reference(out, c) {
                    out.push_str(BREAK);
                }
                out.push(c);
            }
        }
    }
}

fn is_entity(behind: &str) -> bool {
    behind.starts_with('#') || behind.starts_with(|c: char| c.is_ascii_alphabetic())
}

/// Whether a character, appended to this text, makes a reference.
fn makes_reference(before: &str, c: char) -> bool {
    if !c.is_ascii_alphanumeric() {
        return false;
    }
    let ends = |end: &str| {
        let from = before.len().saturating_sub(end.len());
        before.is_char_boundary(from) && before[from..].eq_ignore_ascii_case(end)
    };
    before.ends_with('@')
        || c.is_ascii_digit() && (before.ends_with('#') || ends("gh-"))
        || ADDRESSES.iter().any(|address| ends(address))
}

/// Escapes one plain line, for titles and commit messages, which can't have comments: an invisible space after the sign prevents an
/// effect, and the text looks unchanged.
pub fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars().map(|c| if c.is_control() { ' ' } else { c }) {
        if makes_reference(&out, c) {
            out.push(ZERO_WIDTH_SPACE);
        }
        out.push(c);
    }
    out.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A code span that fits into a table's cell, whatever the text is.
pub fn code(text: &str) -> String {
    let text = text.replace(|c: char| c.is_control() || matches!(c, '|' | '`'), " ");
    match text.trim() {
        "" => "`-`".to_owned(),
        text => format!("`{}`", cut(text, 100)),
    }
}

/// The text, shortened to at most so many characters.
pub fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most.saturating_sub(1)).chain(['…']).collect()
}
