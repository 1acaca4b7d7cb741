//! The words of one element: its text on one line, without markup, and what it begins with.
//!
//! Input: the Markdown of a paragraph, heading or item. Output: [`InlineText`], and the sentences of a paragraph. Not here: what
//! the words mean (`signals`).

use std::ops::Range;

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

/// The words of an element.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InlineText {
    /// Its text without emphasis and addresses of links; code spans keep their backticks.
    pub plain: String,
    /// The same without a label, a sign and a blank before it.
    pub body: String,
    /// What it begins with in bold before a colon or dash: `**Size**: keep it small`.
    pub label: Option<String>,
    /// Whether it has nothing but links and signs.
    pub is_link: bool,
    /// Whether its first word is a code span.
    pub begins_with_code: bool,
    /// Whether it begins with a link.
    pub begins_with_link: bool,
}

/// The lines of a text as one line. Nothing but white space at line ends changes.
pub fn one_line(text: &str) -> String {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.collect::<Vec<_>>().join(" ")
}

/// Reads the Markdown of one element.
pub fn inline(markdown: &str) -> InlineText {
    let (mut plain, mut in_link, mut outside) = (String::new(), 0usize, false);
    let mut begins_with_link = false;
    let mut bold: Option<(usize, usize)> = None;
    for event in Parser::new_ext(markdown, Options::ENABLE_STRIKETHROUGH) {
        match event {
            Event::Start(Tag::Strong) if plain.trim().is_empty() => bold = Some((plain.len(), 0)),
            Event::End(TagEnd::Strong) => {
                if let Some((_, end)) = &mut bold
                    && *end == 0
                {
                    *end = plain.len();
                }
            }
            Event::Start(Tag::Link { .. } | Tag::Image { .. }) => {
                begins_with_link |= plain.trim().is_empty();
                in_link += 1;
            }
            Event::End(TagEnd::Link | TagEnd::Image) => in_link = in_link.saturating_sub(1),
            Event::Text(text) => {
                outside |= in_link == 0 && text.chars().any(char::is_alphanumeric);
                plain.push_str(&text);
            }
            Event::Code(code) => {
                outside |= in_link == 0;
                plain.push('`');
                plain.push_str(&code);
                plain.push('`');
            }
            Event::SoftBreak | Event::HardBreak => plain.push(' '),
            _ => {}
        }
    }
    let (label, body) = label(&plain, bold);
    let body = body.trim_start_matches(is_sign).trim().to_owned();
    InlineText {
        begins_with_link,
        begins_with_code: body.starts_with('`'),
        is_link: !outside && !plain.trim().is_empty(),
        label,
        body,
        plain: plain.trim().to_owned(),
    }
}

/// The label and what follows it. A label is bold, or up to four words, before a colon or a dash.
fn label(plain: &str, bold: Option<(usize, usize)>) -> (Option<String>, &str) {
    let separators = [':', '：', '-', '–', '—'];
    if let Some((start, end)) = bold.filter(|(start, end)| end > start) {
        let inner = plain[start..end].trim();
        let rest = plain[end..].trim_start();
        let closed = inner.trim_end_matches([':', '：', '.']);
        if closed.len() < inner.len() && !rest.is_empty() {
            return (Some(closed.to_owned()), rest);
        }
        // `**Naming** (public API): …`
        let behind = rest
            .strip_prefix('(')
            .and_then(|rest| rest.split_once(')'))
            .map_or(rest, |(_, behind)| behind.trim_start());
        if let Some(rest) = behind.strip_prefix(separators) {
            return (Some(inner.to_owned()), rest.trim_start());
        }
        return (None, plain);
    }
    let head = plain.trim_start_matches(|c: char| is_sign(c) || c == ' ');
    if let Some((name, rest)) = head.split_once([':', '：'])
        && !name.contains(['`', '.', ',', '('])
        && name.split_whitespace().count() <= 4
        && name.chars().count() <= 32
        && (rest.starts_with(' ') || !rest.is_ascii())
        && !rest.trim().is_empty()
    {
        return (Some(name.trim().to_owned()), rest.trim_start());
    }
    (None, plain)
}

/// A sign before the words: an arrow, a check mark, an emoji.
pub fn is_sign(c: char) -> bool {
    !c.is_alphanumeric() && !c.is_ascii() && !is_wide(c) || matches!(c, '\u{fe0f}' | '*' | '>' | ' ')
}

/// A letter of Chinese, Japanese or Korean.
pub fn is_wide(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}' | '\u{f900}'..='\u{faff}')
}

/// Whether a good part of the letters are Chinese, Japanese or Korean.
pub fn is_wide_text(text: &str) -> bool {
    let wide = text.chars().filter(|c| is_wide(*c)).count();
    let narrow = text
        .split(|c: char| !c.is_ascii_alphabetic())
        .filter(|word| !word.is_empty())
        .count();
    wide > 1 && wide >= narrow
}

/// The sentences of a paragraph, as bytes of it. Code spans and abbreviations do not end one.
pub fn sentences(text: &str) -> Vec<Range<usize>> {
    let mut sentences = Vec::new();
    let (mut start, mut in_code) = (0, false);
    let mut characters = text.char_indices().peekable();
    while let Some((at, c)) = characters.next() {
        if c == '`' {
            in_code = !in_code;
        }
        let end = at + c.len_utf8();
        let hard_break = c == '\n' && (text[..at].ends_with("  ") || text[..at].ends_with('\\'));
        let full_width = matches!(c, '。' | '！' | '？');
        let stop = matches!(c, '.' | '!' | '?') && !in_code && !is_abbreviation(&text[start..end]);
        if !(hard_break || full_width || stop) {
            continue;
        }
        // Closing marks belong to the sentence.
        let mut end = end;
        while let Some((next, c)) = characters.peek().copied() {
            if !matches!(c, '*' | '_' | ')' | '"' | '”' | '\'') {
                break;
            }
            end = next + c.len_utf8();
            characters.next();
        }
        let rest = &text[end..];
        let next = rest.trim_start().chars().next();
        let apart = hard_break || full_width || rest.starts_with(char::is_whitespace);
        let begins = next.is_none_or(|c| !c.is_lowercase() && !c.is_ascii_digit());
        if apart && (begins || full_width) {
            sentences.push(start..end);
            start = end + (rest.len() - rest.trim_start().len());
            while characters.peek().is_some_and(|(next, _)| *next < start) {
                characters.next();
            }
            in_code = false;
        }
    }
    if !text[start..].trim().is_empty() {
        sentences.push(start..text.trim_end().len().max(start));
    }
    sentences.retain(|sentence| !text[sentence.clone()].trim().is_empty());
    sentences
}

fn is_abbreviation(sentence: &str) -> bool {
    let word = sentence
        .rsplit(|c: char| c.is_whitespace() || c == '(')
        .next()
        .unwrap_or_default()
        .to_lowercase();
    ["e.g.", "i.e.", "etc.", "vs.", "cf.", "no.", "approx."].contains(&word.as_str())
        || word.len() == 2 && word.starts_with(|c: char| c.is_ascii_alphabetic())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_is_taken_off_and_signs_are_not_words() {
        let words = inline("**Size**: keep the [extension](x.md) small");
        assert_eq!(words.label.as_deref(), Some("Size"));
        assert_eq!(words.body, "keep the extension small");
        let words = inline("❌ **Never** use `any`");
        assert_eq!((words.label, words.body.as_str()), (None, "Never use `any`"));
        assert!(inline("[Guide](x.md)").is_link);
        assert_eq!(inline("Imports: use `@/`").label.as_deref(), Some("Imports"));
    }

    #[test]
    fn sentences_end_where_a_reader_stops() {
        let text = "Use `a. B` here, e.g. There. **DO NOT** stop! 必须。不要。 v1.2 is old.";
        let shown: Vec<&str> = sentences(text).into_iter().map(|range| &text[range]).collect();
        assert_eq!(
            shown,
            [
                "Use `a. B` here, e.g. There.",
                "**DO NOT** stop!",
                "必须。",
                "不要。",
                "v1.2 is old."
            ]
        );
    }
}
