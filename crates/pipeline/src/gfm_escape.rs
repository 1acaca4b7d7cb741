//! Other people's words, so that nothing in them acts on GitHub.
//!
//! Input: words of lessons, settings, files and paths. Output: the same words, which mention nobody, refer to no issue, close
//! none and hold no HTML. Not here: where they stand. Code spans stay as they are: GitHub does nothing in them.
//!
//! What acts is on GitHub's page "Autolinked references and URLs" (read 2026-11-20): `@name`, `#1`, `GH-1`, `owner/name#1`,
//! `owner/name@commit`, and addresses of issues, pull requests, discussions and commits. A closing word needs one of them.

use lessonbook_base::markdown;

/// Invisible on a page; the text before and behind it is two texts, so that no reference reaches over it.
const BREAK: &str = "<!-- -->";

/// Takes no room on a page, and ends a reference like any blank.
const ZERO_WIDTH_SPACE: char = '\u{200b}';

/// Behind these a number, or a commit, makes an address that refers to something.
const ADDRESSES: [&str; 6] = [
    "/issues/",
    "/pull/",
    "/pulls/",
    "/discussions/",
    "/commit/",
    "/commits/",
];

/// Escapes that change nothing in the middle of a line when they are taken off, but could hide a reference from us.
const NEEDLESS: &str = "@#-/:.+=,;'\"%$^?{}";

/// Entities that stand for nothing that acts.
const HARMLESS: [&str; 8] = [
    "&lt;", "&gt;", "&amp;", "&quot;", "&nbsp;", "&ndash;", "&mdash;", "&hellip;",
];

/// Markdown of one paragraph, for the middle of a line of a body or comment.
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
                // At the end it could take what follows with it.
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
                if acts(out, c) {
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

/// Whether a character, put behind this text, makes a reference.
fn acts(before: &str, c: char) -> bool {
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

/// One plain line, for titles and commit messages, which know no comments: an invisible blank behind the sign keeps what would act
/// from acting, and the text reads as it was written.
pub fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars().map(|c| if c.is_control() { ' ' } else { c }) {
        if acts(&out, c) {
            out.push(ZERO_WIDTH_SPACE);
        }
        out.push(c);
    }
    out.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A code span that fits into a table's cell, however long the text is and whatever it holds.
pub fn code(text: &str) -> String {
    let text = text.replace(|c: char| c.is_control() || matches!(c, '|' | '`'), " ");
    match text.trim() {
        "" => "`-`".to_owned(),
        text => format!("`{}`", cut(text, 100)),
    }
}

/// At most so many characters.
pub fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most.saturating_sub(1)).chain(['…']).collect()
}
