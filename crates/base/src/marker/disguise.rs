//! Finds the text `lessonbook:begin NAME` or `lessonbook:end NAME` in any disguise.
//!
//! Input: a file's bytes. Output: every [`Mention`], and whether it is a damaged marker or text about markers.
//! Not here: markers exactly as we write them (`scan`).
//!
//! Editors and formatters indent a marker, quote it, put it into a list, escape its `<`, split it over two lines or put invisible
//! characters into it. Reading undoes all of that, so one comparison finds every form.

use std::ops::Range;

use crate::markdown::{Shape, VisibleText};

/// Text that reads like a marker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mention {
    /// From `lessonbook` to the end of the name, or of the hash.
    pub range: Range<usize>,
    pub is_begin: bool,
    /// In lower case; empty if no name follows.
    pub name: String,
    pub hash: Option<String>,
    /// Whether there is no white space around the colon. With white space it may be a sentence: "Lessonbook: begin with a few lessons".
    pub tight: bool,
}

/// The most mentions that are read in one file, which bounds the work.
const MAX_MENTIONS: usize = 256;

/// All mentions, in the order of the file.
pub(super) fn mentions(bytes: &[u8]) -> Vec<Mention> {
    const WORD: &[u8] = b"lessonbook";
    let mut found = Vec::new();
    let (mut matched, mut start) = (0, 0);
    let mut plain = UndisguisedText { bytes, at: 0 };
    loop {
        if matched == 0 {
            plain.skip_to_first_letter();
        }
        let Some((c, at)) = plain.next() else { break };
        if c != char::from(WORD[matched]) {
            matched = 0; // the first letter of the word does not occur in it again
        }
        if c == char::from(WORD[matched]) {
            start = if matched == 0 { at } else { start };
            matched += 1;
        }
        if matched == WORD.len() {
            matched = 0;
            found.extend(after_word(plain.clone(), start));
            if found.len() >= MAX_MENTIONS {
                break;
            }
        }
    }
    found
}

/// Reads what follows the word `lessonbook`: a colon, `begin` or `end`, a name, a hash.
fn after_word(mut rest: UndisguisedText<'_>, start: usize) -> Option<Mention> {
    let before = rest.skip_white();
    if rest.next()?.0 != ':' {
        return None;
    }
    let tight = !rest.skip_white() && !before;
    let verb = rest.word(6, |c| c.is_ascii_lowercase());
    if verb != "begin" && verb != "end" {
        return None;
    }
    let mut end = rest.at;
    rest.skip_white();
    let name = rest.word(64, is_name_part);
    // The closing `-->` may follow the name without a space.
    let name = name.trim_end_matches('-').to_owned();
    if !name.is_empty() {
        end = rest.at;
    }
    rest.skip_white();
    let hash = rest.word(13, |c| c.is_ascii_digit() || matches!(c, 'a'..='f'));
    let hash = (hash.len() == 12 && verb == "begin").then_some(hash);
    if hash.is_some() {
        end = rest.at;
    }
    Some(Mention {
        range: start..end,
        is_begin: verb == "begin",
        name,
        hash,
        tight,
    })
}

fn is_name_part(c: char) -> bool {
    c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'
}

/// Whether a mention is a damaged marker, and not text about markers. `text` is the file from `offset` on, with the same length in
/// bytes, and `page` is its visible text.
pub(super) fn is_damaged(mention: &Mention, text: &str, page: &VisibleText, offset: usize) -> bool {
    let Some(at) = mention.range.start.checked_sub(offset) else {
        return true; // it is in the front matter, where there are no examples
    };
    if in_fence(at, text, page) {
        return false;
    }
    let start = text[..at].rfind(['\n', '\r']).map_or(0, |end| end + 1);
    let last = mention.range.end.saturating_sub(offset).min(text.len());
    let end = text[last..]
        .find(['\n', '\r'])
        .map_or(text.len(), |end| last + end);
    let has_words = |text: &str| UndisguisedText::text(text).any(char::is_alphabetic);
    let span = page.code_spans.iter().find(|span| span.contains(&at)).cloned();
    if let Some(span) = span.or_else(|| between_backticks(text, start..end, at..last)) {
        let before = text.get(start..span.start).unwrap_or_default();
        let behind = text.get(span.end..end.max(span.end)).unwrap_or_default();
        return !has_words(before) && !has_words(behind);
    }
    let before = &text[start..at];
    let opens: String = UndisguisedText::text(before)
        .filter(|c| !c.is_whitespace())
        .collect();
    let closes: String = UndisguisedText::text(&text[last..end])
        .filter(|c| !c.is_whitespace())
        .take(3)
        .collect();
    let is_comment = ["<!--", "<!-", "<!", "/*", "//", "{#", "#"]
        .iter()
        .any(|opening| opens.ends_with(opening))
        || opens.contains("]:") && opens.ends_with('(')
        || closes.starts_with("-->")
        || closes.starts_with("*/");
    // Without a name it may be any store's, so it must look like a comment.
    is_comment || mention.tight && !mention.name.is_empty() && (!has_words(before) || mention.hash.is_some())
}

/// The part of a line between the backticks around a mention. In raw HTML they are not a code span, but people mean one.
fn between_backticks(text: &str, line: Range<usize>, mention: Range<usize>) -> Option<Range<usize>> {
    let before = text.get(line.start..mention.start)?;
    let behind = text.get(mention.end..line.end)?;
    let opens = before.matches('`').count() % 2 == 1;
    let start = line.start + before.rfind('`').filter(|_| opens)?;
    Some(start..mention.end + behind.find('`')? + 1)
}

/// Whether an offset is in a fenced code block. Indented code does not count, because an indented marker looks like it.
pub(super) fn in_fence(at: usize, text: &str, page: &VisibleText) -> bool {
    page.units.iter().any(|unit| {
        let opening = text
            .get(unit.range.clone())
            .map(str::trim_start)
            .unwrap_or_default();
        matches!(unit.shape, Shape::Code(_))
            && unit.range.contains(&at)
            && (opening.starts_with("```") || opening.starts_with("~~~"))
    })
}

/// A text's characters without what disguises a marker, each with its offset: in lower case, with entities resolved, without
/// backslashes, emphasis and invisible characters.
#[derive(Clone)]
struct UndisguisedText<'b> {
    bytes: &'b [u8],
    at: usize,
}

impl<'b> UndisguisedText<'b> {
    fn text(text: &'b str) -> impl Iterator<Item = char> + 'b {
        let bytes = text.as_bytes();
        UndisguisedText { bytes, at: 0 }.map(|(c, _)| c)
    }

    /// Skips what can't be the first letter of `lessonbook`, however it is written: nearly all of a text.
    fn skip_to_first_letter(&mut self) {
        let rest = &self.bytes[self.at..];
        let first = rest.iter().position(|byte| matches!(byte, b'l' | b'L' | b'&'));
        self.at += first.unwrap_or(rest.len());
    }

    /// Skips white space; returns whether there was any.
    fn skip_white(&mut self) -> bool {
        let start = self.at;
        while let Some((c, _)) = self.clone().next()
            && (c.is_whitespace() || c == '>')
        {
            self.next(); // a quote puts `>` at the start of each line
        }
        self.at > start
    }

    /// Reads the next characters of one kind; empty if there are `limit` or more.
    fn word(&mut self, limit: usize, belongs: impl Fn(char) -> bool) -> String {
        let mut word = String::new();
        while let Some((c, _)) = self.clone().next()
            && belongs(c)
            && word.len() < limit
        {
            word.push(c);
            self.next();
        }
        if word.len() < limit { word } else { String::new() }
    }

    /// The next character as it is written, and its length; a byte that is not UTF-8 counts as a character.
    fn written(&self) -> Option<(char, usize)> {
        let first = *self.bytes.get(self.at)?;
        if first.is_ascii() {
            return Some((char::from(first), 1));
        }
        let last = self.bytes.len().min(self.at + 4);
        let whole = (self.at + 1..=last).find_map(|end| std::str::from_utf8(&self.bytes[self.at..end]).ok());
        let c = whole.and_then(|text| text.chars().next());
        Some(c.map_or((char::REPLACEMENT_CHARACTER, 1), |c| (c, c.len_utf8())))
    }
}

impl Iterator for UndisguisedText<'_> {
    type Item = (char, usize);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let at = self.at;
            let (c, length) = self.written()?;
            self.at += length;
            match c {
                '\\' | '*' => {}
                '&' => {
                    let Some((c, length)) = entity(&self.bytes[self.at..]) else {
                        return Some((c, at));
                    };
                    self.at += length;
                    if !is_invisible(c) {
                        return Some((c.to_ascii_lowercase(), at));
                    }
                }
                c if is_invisible(c) => {}
                c => return Some((c.to_lowercase().next().unwrap_or(c), at)),
            }
        }
    }
}

/// The character of an entity (without its `&`), and the entity's length.
fn entity(bytes: &[u8]) -> Option<(char, usize)> {
    let end = bytes.iter().take(10).position(|byte| *byte == b';')?;
    let name = std::str::from_utf8(&bytes[..end]).ok()?;
    let c = match name {
        "lt" => '<',
        "gt" => '>',
        "amp" => '&',
        "colon" => ':',
        "nbsp" => ' ',
        "excl" => '!',
        "hyphen" | "dash" => '-',
        _ => {
            let digits = name.strip_prefix('#')?;
            let number = match digits.strip_prefix(['x', 'X']) {
                Some(digits) => u32::from_str_radix(digits, 16).ok()?,
                None => digits.parse().ok()?,
            };
            char::from_u32(number)?
        }
    };
    Some((c, end + 1))
}

/// Whether a character has no width, so that it is not visible.
fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{feff}' | '\u{fe00}'..='\u{fe0f}'
    )
}

/// The bytes as text of the same length: every byte that is not UTF-8 becomes a question mark.
pub(super) fn same_length(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(std::iter::repeat_n('?', chunk.invalid().len()));
    }
    text
}
