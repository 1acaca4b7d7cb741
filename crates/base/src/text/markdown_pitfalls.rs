//! Markdown text that a page does not show as written: raw HTML, `<x>`, `__x__`, emphasis that pairs wrongly, globs outside code.
//!
//! Input: Markdown. Output: every part that a page would drop or change, in order, without overlaps.
//! Not here: what is code and what is emphasis (`prose.rs`).

use std::ops::Range;

use super::invisible_context::is_cjk;
use super::prose::{Emphasis, Prose, ProsePart};
use super::{SuspiciousText, quote, without_overlaps};
use crate::finding::Code;

/// Finds Markdown that a page does not show as written.
///
/// Intended emphasis passes: `*word*`, `**word**`, `_word_`, also `**word**s`. So do an asterisk with spaces on both sides,
/// `snake_case`, escapes, and addresses in angle brackets.
pub fn pitfalls(markdown: &str) -> Vec<SuspiciousText> {
    if !markdown.contains(['<', '*', '_']) {
        return Vec::new();
    }
    // Marker text is escaped before it is written, so it is not a comment on the page. The replacement has the same length.
    let text = markdown.replace("<!-- lessonbook:", "/!-- lessonbook:");
    let prose = Prose::read(&text);
    let mut found: Vec<SuspiciousText> = prose.html.iter().map(|range| html(&text, range)).collect();

    let globs: Vec<Range<usize>> = prose
        .words(&text)
        .into_iter()
        .filter_map(|word| glob(&text, &prose, word))
        .collect();
    let in_glob = |range: &Range<usize>| {
        globs
            .iter()
            .any(|glob| glob.start < range.end && range.start < glob.end)
    };
    found.extend(globs.iter().map(|range| glob_suspect(&text, range)));

    for emphasis in &prose.emphases {
        if !in_glob(&emphasis.opener()) && !in_glob(&emphasis.closer()) {
            found.extend(wrong_emphasis(&text, emphasis));
        }
    }
    for run in unpaired_runs(&text, &prose) {
        if !in_glob(&run) && !is_harmless(&text, &run) {
            found.push(unpaired_suspect(&text, &prose, run));
        }
    }
    without_overlaps(found)
}

fn html(text: &str, range: &Range<usize>) -> SuspiciousText {
    let part = text[range.clone()].trim_end();
    let leading = part.len() - part.trim_start().len();
    let span = range.start + leading..range.start + part.len();
    let shown = quote(part);
    let name: String = part
        .trim_start()
        .trim_start_matches(['<', '/'])
        .chars()
        .take_while(|c| c.is_ascii_alphanumeric() || *c == '-')
        .collect();
    let known = ELEMENTS
        .binary_search(&name.to_ascii_lowercase().as_str())
        .is_ok();
    if name.is_empty() || known {
        let what = if part.trim_start().starts_with("<!--") {
            "a comment"
        } else {
            "HTML"
        };
        SuspiciousText {
            span,
            code: Code::RawHtml,
            message: format!("`{shown}` is {what}, which disappears when rendered"),
            effect: "people and assistants read different texts".into(),
            help: "put it in backticks, or remove it".into(),
        }
    } else {
        SuspiciousText {
            span,
            code: Code::AngleBrackets,
            message: format!("`{shown}` is read as an HTML tag and disappears when rendered"),
            effect: "people read the sentence without it".into(),
            help: "put it in backticks".into(),
        }
    }
}

/// The elements in the index of the HTML standard (2026-11), including obsolete ones. Other names in angle brackets count as
/// placeholders.
#[rustfmt::skip]
const ELEMENTS: &[&str] = &[
    "a", "abbr", "acronym", "address", "area", "article", "aside", "audio", "b", "base", "bdi", "bdo", "big",
    "blockquote", "body", "br", "button", "canvas", "caption", "center", "cite", "code", "col", "colgroup", "data",
    "datalist", "dd", "del", "details", "dfn", "dialog", "dir", "div", "dl", "dt", "em", "embed", "fieldset",
    "figcaption", "figure", "font", "footer", "form", "frame", "frameset", "h1", "h2", "h3", "h4", "h5", "h6", "head",
    "header", "hgroup", "hr", "html", "i", "iframe", "img", "input", "ins", "kbd", "label", "legend", "li", "link",
    "main", "map", "mark", "marquee", "math", "menu", "meta", "meter", "nav", "noframes", "noscript", "object", "ol",
    "optgroup", "option", "output", "p", "param", "picture", "pre", "progress", "q", "rp", "rt", "ruby", "s", "samp",
    "script", "search", "section", "select", "slot", "small", "source", "span", "strike", "strong", "style", "sub",
    "summary", "sup", "svg", "table", "tbody", "td", "template", "textarea", "tfoot", "th", "thead", "time", "title",
    "tr", "track", "tt", "u", "ul", "var", "video", "wbr",
];

/// The part of a word that is a glob: it contains an asterisk that is unpaired, or paired as only a glob's asterisks are.
fn glob(text: &str, prose: &Prose, word: Range<usize>) -> Option<Range<usize>> {
    let written = &text[word.clone()];
    if written.contains("://") {
        return None;
    }
    let tail = written.trim_end_matches(['.', ',', ';', ':', '!', '?', ')', ']', '"', '\'', '’', '”']);
    let body = tail.trim_start_matches(['(', '[', '"', '\'', '‘', '“']);
    let start = word.start + tail.len() - body.len();
    let span = start..start + body.len();
    let unpaired = body
        .match_indices('*')
        .any(|(at, _)| prose.parts[start + at] == ProsePart::Text && has_glob_shape(body, at));
    let paired = prose
        .emphases
        .iter()
        .any(|emphasis| pairs_as_glob(text, emphasis, &span));
    (unpaired || paired).then_some(span)
}

/// Whether an asterisk at this offset of a word looks like a glob's: beside a slash or a dot, or in a word with a slash.
fn has_glob_shape(word: &str, at: usize) -> bool {
    let before = word[..at].trim_end_matches('*');
    let after = word[at..].trim_start_matches('*');
    let dot_before = before.strip_suffix('.').is_some_and(|rest| !rest.is_empty());
    let dot_after = after
        .strip_prefix('.')
        .is_some_and(|rest| rest.starts_with(|c: char| c.is_alphanumeric() || c == '{'));
    word.contains('/') || dot_before || dot_after
}

/// Whether the asterisks of an emphasis were meant as a glob, and one of them is in this word.
fn pairs_as_glob(text: &str, emphasis: &Emphasis, word: &Range<usize>) -> bool {
    let (opener, closer) = (emphasis.opener(), emphasis.closer());
    if !text[opener.clone()].starts_with('*') {
        return false;
    }
    let inside = |range: &Range<usize>| word.start <= range.start && range.end <= word.end;
    let before_opener = text[..opener.start].trim_end_matches('*');
    let after_opener = text[opener.end..].trim_start_matches('*');
    let before_closer = text[..closer.start].trim_end_matches('*');
    let after_closer = text[closer.end..].trim_start_matches('*');
    // `*either*/*or*` is two emphases, not a path.
    let path_before = |rest: &str| rest.ends_with('/') && !rest.ends_with("*/");
    let dotted = |rest: &str| {
        let mut chars = rest.chars();
        chars.next() == Some('.') && chars.next().is_some_and(|c| c.is_alphanumeric() || c == '{')
    };
    match (inside(&opener), inside(&closer)) {
        // `**/x/**`, `src/*/a/*/b`, `test*.spec*.ts`
        (true, true) => {
            let between = &text[opener.end..closer.start];
            (between.starts_with('/') && between.ends_with('/'))
                || (path_before(before_opener) && opener.start > word.start)
                || (before_opener.ends_with(char::is_alphanumeric)
                    && (dotted(after_opener) || dotted(after_closer)))
        }
        // `**/x and src/**`, `*.tf and foo*`
        (true, false) => {
            after_opener.starts_with('/')
                || path_before(before_opener)
                || (emphasis.width == 1 && dotted(after_opener))
        }
        (false, true) => path_before(before_closer) || (emphasis.width == 1 && dotted(after_closer)),
        (false, false) => false,
    }
}

fn glob_suspect(text: &str, range: &Range<usize>) -> SuspiciousText {
    let shown = quote(&text[range.clone()]);
    SuspiciousText {
        span: range.clone(),
        code: Code::GlobOutsideCode,
        message: format!("`{shown}` is a glob outside code, whose asterisks become emphasis"),
        effect: "asterisks disappear when rendered, so the rule names other files than intended".into(),
        help: format!("put it in backticks: `{shown}`"),
    }
}

/// `__x__`, and emphasis that begins or ends inside a word.
fn wrong_emphasis(text: &str, emphasis: &Emphasis) -> Option<SuspiciousText> {
    let written = &text[emphasis.range.clone()];
    let left = &text[..emphasis.range.start];
    let before = left.chars().next_back();
    let after = text[emphasis.range.end..].chars().next();
    // In a script without spaces, emphasis between letters is normal.
    let in_word = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() && !is_cjk(c));
    // After one of these characters a name continues: `/_next_`, `x=*y*`.
    let in_name =
        before.is_some_and(|c| matches!(c, '/' | '.' | '=' | '@' | '$' | '\\')) && !left.ends_with("*/");
    let shown = quote(written);
    // One word is shown whole; of a longer passage the opening delimiter is enough.
    let span = if written.contains(char::is_whitespace) {
        emphasis.opener()
    } else {
        emphasis.range.clone()
    };
    if emphasis.width == 2 && written.starts_with('_') {
        return Some(SuspiciousText {
            span,
            code: Code::DoubleUnderscore,
            message: format!("`{shown}` becomes bold and loses its underscores"),
            effect: "people and assistants read another name".into(),
            help: "put it in backticks; for bold text write two asterisks".into(),
        });
    }
    // `**Pod**s` is intended; `2*3*4`, `*a*b` and `2**3**4` are not.
    let wrong = in_word(before) || in_name || (emphasis.width == 1 && in_word(after));
    wrong.then(|| SuspiciousText {
        span,
        code: Code::UnbalancedEmphasis,
        message: format!("`{shown}` becomes emphasis in the middle of a word"),
        effect: "the asterisks or underscores disappear when rendered".into(),
        help: "put the word in backticks".into(),
    })
}

/// Runs of asterisks or underscores in plain text, which are not part of an emphasis.
fn unpaired_runs(text: &str, prose: &Prose) -> Vec<Range<usize>> {
    let mut runs: Vec<Range<usize>> = Vec::new();
    for (at, byte) in text.bytes().enumerate() {
        if !matches!(byte, b'*' | b'_') || prose.parts[at] != ProsePart::Text {
            continue;
        }
        match runs.last_mut() {
            Some(run) if run.end == at && text.as_bytes()[run.start] == byte => run.end += 1,
            _ => runs.push(at..at + 1),
        }
    }
    runs
}

/// Whether every page shows the run as written: ` * ` with spaces around it, an underscore inside a name or an address.
fn is_harmless(text: &str, run: &Range<usize>) -> bool {
    let before = text[..run.start].chars().next_back();
    let after = text[run.end..].chars().next();
    let blank = |c: Option<char>| c.is_none_or(char::is_whitespace);
    if blank(before) && blank(after) {
        return true;
    }
    let word = text[..run.start]
        .split(char::is_whitespace)
        .next_back()
        .unwrap_or_default();
    let in_name = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    text[run.clone()].starts_with('_') && ((in_name(before) && in_name(after)) || word.contains("://"))
}

fn unpaired_suspect(text: &str, prose: &Prose, run: Range<usize>) -> SuspiciousText {
    let words = prose.words(text);
    let word = words
        .iter()
        .find(|word| word.start <= run.start && run.end <= word.end)
        .unwrap_or(&run);
    let (sign, shown) = (quote(&text[run.clone()]), quote(&text[word.clone()]));
    let place = if sign == shown {
        String::new()
    } else {
        format!(" in `{shown}`")
    };
    SuspiciousText {
        span: run,
        code: Code::UnbalancedEmphasis,
        message: format!("`{sign}`{place} has no matching `{sign}`"),
        effect: "if another one follows in the same paragraph, both disappear when rendered".into(),
        help: "put the word in backticks, or write a backslash before the character".into(),
    }
}
