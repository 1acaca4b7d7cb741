//! Parses scalars, keys and flow lists on one line of front matter.
//!
//! Input: a part of a line. Output: its text, without quotation marks, escapes and comments.
//! Not here: which lines belong together.

/// A key at the first column, and the trimmed text after its colon.
pub(super) fn key(line: &str) -> Option<(String, &str)> {
    if line.starts_with([' ', '\t', '#', '-', '[', ']', '{', '}']) {
        return None;
    }
    let behind_quotes = match line.chars().next() {
        Some(quote @ ('"' | '\'')) => line[1..].find(quote)? + 2,
        _ => 0,
    };
    // A colon ends a key if white space or nothing follows it; in `https://…` it does not.
    let colon = line[behind_quotes..]
        .match_indices(':')
        .map(|(at, _)| at + behind_quotes)
        .find(|&at| line[at + 1..].chars().next().is_none_or(char::is_whitespace))?;
    let (name, _) = read(line[..colon].trim());
    (!name.is_empty()).then(|| (name, line[colon + 1..].trim()))
}

/// The trimmed text after the dash of a list item.
pub(super) fn item(line: &str) -> Option<&str> {
    let rest = line.trim_start().strip_prefix('-')?;
    (rest.is_empty() || rest.starts_with([' ', '\t'])).then(|| rest.trim())
}

/// The text of a scalar, and whether it is in quotation marks.
///
/// Quotation marks that do not enclose the whole scalar (`"a", "b"`) are ordinary characters.
pub(super) fn read(text: &str) -> (String, bool) {
    match quoted(text) {
        Some((inner, rest)) if is_over(rest) => (inner, true),
        _ => (without_comment(text).trim().to_owned(), false),
    }
}

/// The items of `[a, "b", 'c']`; `None` for any other text, such as `[Tt]est/**`.
pub(super) fn flow_list(text: &str) -> Option<Vec<String>> {
    let mut rest = text.strip_prefix('[')?;
    let mut items = Vec::new();
    loop {
        rest = rest.trim_start();
        let (item, behind) = if let Some((inner, behind)) = quoted(rest) {
            (Some(inner), behind.trim_start())
        } else {
            let (plain, behind) = rest.split_at(plain_end(rest));
            let plain = plain.trim();
            ((!plain.is_empty()).then(|| plain.to_owned()), behind)
        };
        items.extend(item);
        rest = match behind.strip_prefix(',') {
            Some(next) => next,
            None => return is_over(behind.strip_prefix(']')?).then_some(items),
        };
    }
}

/// Where a plain item of a flow list ends: at a comma or `]` outside braces and brackets.
fn plain_end(text: &str) -> usize {
    let mut depth = 0usize;
    let end = text.char_indices().find(|&(_, c)| {
        match c {
            '{' | '[' => depth += 1,
            ']' if depth == 0 => return true,
            '}' | ']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        c == ',' && depth == 0
    });
    end.map_or(text.len(), |(at, _)| at)
}

/// Whether only white space and a comment follow.
fn is_over(rest: &str) -> bool {
    let rest = rest.trim();
    rest.is_empty() || rest.starts_with('#')
}

/// A plain scalar's text up to ` #`.
fn without_comment(text: &str) -> &str {
    let comment = text
        .match_indices('#')
        .map(|(at, _)| at)
        .find(|&at| text[..at].ends_with(char::is_whitespace));
    &text[..comment.unwrap_or(text.len())]
}

/// The text between the quotation marks at the start of a text, and the text after them.
fn quoted(text: &str) -> Option<(String, &str)> {
    let mut out = String::new();
    let mut rest = text;
    if let Some(inner) = text.strip_prefix('\'') {
        rest = inner;
        loop {
            let (head, behind) = rest.split_once('\'')?;
            out.push_str(head);
            match behind.strip_prefix('\'') {
                Some(more) => {
                    out.push('\'');
                    rest = more;
                }
                None => return Some((out, behind)),
            }
        }
    }
    rest = rest.strip_prefix('"')?;
    loop {
        let at = rest.find(['"', '\\'])?;
        out.push_str(&rest[..at]);
        if rest.as_bytes()[at] == b'"' {
            return Some((out, &rest[at + 1..]));
        }
        let (c, behind) = escape(&rest[at + 1..]);
        match c {
            Some(c) => out.push(c),
            None => out.push('\\'),
        }
        rest = behind;
    }
}

/// Reads YAML's escape after a backslash: the character, and the text after it. An unknown escape keeps its backslash.
fn escape(text: &str) -> (Option<char>, &str) {
    let Some(letter) = text.chars().next() else {
        return (None, text);
    };
    let behind = &text[letter.len_utf8()..];
    let digits = match letter {
        'x' => 2,
        'u' => 4,
        'U' => 8,
        _ => 0,
    };
    if digits > 0 {
        let character = behind
            .get(..digits)
            .and_then(|hex| u32::from_str_radix(hex, 16).ok())
            .and_then(char::from_u32);
        return match character {
            Some(c) => (Some(c), &behind[digits..]),
            None => (None, text),
        };
    }
    let character = match letter {
        '0' => '\0',
        'a' => '\u{7}',
        'b' => '\u{8}',
        't' | '\t' => '\t',
        'n' => '\n',
        'v' => '\u{b}',
        'f' => '\u{c}',
        'r' => '\r',
        'e' => '\u{1b}',
        'N' => '\u{85}',
        '_' => '\u{a0}',
        'L' => '\u{2028}',
        'P' => '\u{2029}',
        ' ' | '"' | '/' | '\\' => letter,
        _ => return (None, text),
    };
    (Some(character), behind)
}
