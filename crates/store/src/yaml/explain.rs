//! Explains an error of the YAML parser in the words of a store's author.
//!
//! Input: the file's text and the parser's error. Output: one finding with a location and help.
//! Not here: files that parse ([`super::written`] finds text that YAML drops in them).

use std::ops::Range;

use serde_yaml::Error;

use super::written::{COMMENT, Dropped, ValueKind, YamlSyntax, in_quotes, key_around, quoted};
use super::{MAX_NODES, SourceFile, line_of, span_of};
use lessonbook_base::finding::{Code, Finding};
use lessonbook_base::text::redact;

const EFFECT: &str = "this file is not read";

/// The finding for a file that the parser could not read.
pub(super) fn explain(source: &SourceFile, error: &Error) -> Finding {
    let error = error.without_snippet();
    let span = span_of(error, &source.text).unwrap_or(0..0);
    let words = error.to_string();
    let finding = match error {
        Error::DuplicateMappingKey { .. } => {
            Finding::new(Code::DuplicateKey, "a key occurs twice in one map")
                .at(source.place(span))
                .help("keep one of them")
        }
        Error::MultipleDocuments { .. } => two_documents(source, &span),
        _ if is_bomb(error, &words) => bomb(source, span),
        _ => tab(source, &span, &words)
            .or_else(|| cut(source, &span, &words))
            .unwrap_or_else(|| syntax(source, span, &words)),
    };
    finding.effect(EFFECT)
}

/// `---` or `...` with text after it.
fn two_documents(source: &SourceFile, span: &Range<usize>) -> Finding {
    let text = source.text.as_str();
    let mut marker = line_of(text, span.start);
    while !is_marker(&text[marker.clone()]) && marker.start > 0 {
        marker = line_of(text, marker.start - 1);
    }
    let written = text[marker.clone()].trim_end();
    let word = written.get(..3).unwrap_or("---");
    let behind = text[marker.end..].trim();
    let file = source.file.as_str();
    let folder = file.rsplit_once('/').map_or("", |(folder, _)| folder);
    let help = if behind.is_empty() && written == word {
        format!("delete the line `{word}`")
    } else if file.starts_with("lessons/") && !file.ends_with("/_topic.yaml") {
        format!(
            "write one lesson per file: move the text after `{word}` to another file, like {folder}/another-id.yaml"
        )
    } else {
        format!("delete the line `{word}`, and write each key once: {file} is one map")
    };
    Finding::new(
        Code::YamlSyntax,
        format!("the file contains more than one YAML document: `{word}` starts another one"),
    )
    .at(source.place(marker.start..marker.start + written.len()))
    .help(help)
}

fn is_marker(line: &str) -> bool {
    ["---", "..."].iter().any(|marker| {
        line.strip_prefix(marker)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(char::is_whitespace))
    })
}

fn is_bomb(error: &Error, words: &str) -> bool {
    matches!(
        error,
        Error::Budget { .. }
            | Error::AliasReplayCounterOverflow { .. }
            | Error::AliasReplayLimitExceeded { .. }
            | Error::AliasExpansionLimitExceeded { .. }
            | Error::AliasReplayStackDepthExceeded { .. }
    ) || ["recursion limit", "budget breached"]
        .iter()
        .any(|start| words.starts_with(start))
}

fn bomb(source: &SourceFile, span: Range<usize>) -> Finding {
    if source.text.contains('*') && source.text.contains('&') {
        let message = format!("the aliases expand to more than {MAX_NODES} values");
        Finding::new(Code::AliasBomb, message).help("write the values out instead of using aliases")
    } else {
        let message = format!("the file has more than {MAX_NODES} values, or is nested more than 32 deep");
        Finding::new(Code::FileTooLarge, message).help("split the file")
    }
    .at(source.place(span))
}

/// A tab in the indentation of the error's line or of the next one.
fn tab(source: &SourceFile, span: &Range<usize>, words: &str) -> Option<Finding> {
    let first = line_of(&source.text, span.start);
    let next = line_of(&source.text, (first.end + 1).min(source.text.len()));
    let is_about_tabs = words.contains("tab");
    let lines = [first, next];
    let at = lines
        .iter()
        .take(1 + usize::from(is_about_tabs))
        .find_map(|line| {
            let written = &source.text[line.clone()];
            let indent = &written[..written.len() - written.trim_start_matches([' ', '\t']).len()];
            indent.find('\t').map(|tab| line.start + tab)
        })?;
    Some(
        Finding::new(
            Code::TabIndentation,
            "the line is indented with a tab; YAML allows only spaces",
        )
        .at(source.place(at..at + 1))
        .help("write two spaces for each level"),
    )
}

/// Unquoted text that continues after a ` #`: the parser stops at the next line, or misses a bracket that the comment hides.
fn cut(source: &SourceFile, span: &Range<usize>, words: &str) -> Option<Finding> {
    let in_comment = words.starts_with("comment intercepting");
    if !in_comment && !is_about_brackets(words) {
        return None;
    }
    let (hash, key) = if in_comment {
        let line = line_of(&source.text, span.start);
        let hash = source.text[line.clone()].rfind(" #");
        let hash = hash.map_or(span.start, |at| line.start + at + 1);
        (hash, key_around(&source.text, line.start)?)
    } else {
        in_braces(&source.text, span.start)?
    };
    let name = source.text.get(key.clone())?;
    if ValueKind::of_key(name) == ValueKind::Word && !in_comment {
        return None;
    }
    let part = Dropped {
        span: hash..line_of(&source.text, hash).end,
        syntax: YamlSyntax::Comment,
    };
    let help = quoted(&source.text, &key)?;
    let message = part.sentence(&source.text, &format!("`{name}`"));
    Some(
        Finding::new(Code::TextCut, message)
            .at(source.place(part.span))
            .help(format!("put the text in quotes: {}{COMMENT}", redact(&help))),
    )
}

/// The ` #` inside brackets that hides a comma or the closing bracket, and the key of its text: on this line or a few lines above.
fn in_braces(text: &str, at: usize) -> Option<(usize, Range<usize>)> {
    const MAX_LINES: usize = 5;
    let mut line = line_of(text, at);
    for _ in 0..MAX_LINES {
        let written = &text[line.clone()];
        if let Some(hash) = written.find(" #")
            && let Some(colon) = written[..hash].rfind(": ")
        {
            let start = written[..colon].rfind(['{', ',', ' ']).map_or(0, |at| at + 1);
            return Some((line.start + hash + 1, line.start + start..line.start + colon));
        }
        if line.start == 0 {
            return None;
        }
        line = line_of(text, line.start - 1);
    }
    None
}

fn is_about_brackets(words: &str) -> bool {
    ["bracket", "flow mapping", "flow sequence"]
        .iter()
        .any(|word| words.contains(word))
}

/// The finding for any other error.
fn syntax(source: &SourceFile, span: Range<usize>, words: &str) -> Finding {
    let text = source.text.as_str();
    let start = &text[line_of(text, span.start)];
    let (span, message) = match words {
        _ if is_about_quotes(words) => match open_quote(text, span.start) {
            Some(open) => (open..open + 1, "this quote is opened and never closed".to_owned()),
            None => (span, "a quote is opened and never closed".to_owned()),
        },
        _ if words.starts_with("unexpected character") => unexpected(text, span),
        _ => {
            let message = PLAIN
                .iter()
                .find(|(start, _)| words.contains(start))
                .map_or("YAML can't read the text from here on", |(_, message)| message);
            (span, message.to_owned())
        }
    };
    let suggestion = key_around(text, span.start)
        .and_then(|key| quoted(text, &key))
        .or_else(|| item(start))
        .filter(|written| !written.contains(char::is_control));
    let general = HELP
        .iter()
        .find(|(start, _)| words.contains(start))
        .map_or(QUOTES, |(_, help)| help);
    let help = match suggestion {
        Some(written) => format!("write {}; {general}", redact(&written)),
        None => general.to_owned(),
    };
    Finding::new(Code::YamlSyntax, message)
        .at(source.place(span))
        .help(help)
}

fn is_about_quotes(words: &str) -> bool {
    [
        "unclosed quote",
        "multiline quoted scalar",
        "unexpected document indicator",
    ]
    .iter()
    .any(|word| words.contains(word))
}

/// The position of a quote that is never closed: in the last key above whose value starts with a quote and ends without one.
fn open_quote(text: &str, at: usize) -> Option<usize> {
    let mut line = line_of(text, at);
    loop {
        let written = &text[line.clone()];
        let value = written.find(": ").map(|colon| colon + 2);
        if let Some(start) = value.map(|at| at + written[at..].len() - written[at..].trim_start().len())
            && let Some(quote) = written[start..]
                .chars()
                .next()
                .filter(|c| matches!(c, '"' | '\''))
            && written[start..].matches(quote).count() % 2 == 1
        {
            return Some(line.start + start);
        }
        if line.start == 0 {
            return None;
        }
        line = line_of(text, line.start - 1);
    }
}

/// A character that YAML does not allow, or that can't start unquoted text. The parser points at the text, not at the character.
fn unexpected(text: &str, span: Range<usize>) -> (Range<usize>, String) {
    let line = line_of(text, span.start);
    let rest = text.get(span.start..line.end).unwrap_or_default();
    let control = rest
        .char_indices()
        .find(|(_, c)| c.is_control() && *c != '\t' && *c != '\r');
    if let Some((at, c)) = control {
        let at = span.start + at;
        let message = format!(
            "U+{:04X} is a control character, which a YAML file can't contain",
            c as u32
        );
        return (at..at + c.len_utf8(), message);
    }
    let first = rest.chars().next().unwrap_or(' ');
    let message = match first {
        '`' => "unquoted text can't start with a backtick".to_owned(),
        first => format!("unquoted text can't start with `{first}`"),
    };
    (span.start..span.start + first.len_utf8().min(rest.len()), message)
}

/// `- "*.tf"` for `- *.tf`: an item of a list that starts with a special character of YAML.
fn item(line: &str) -> Option<String> {
    let rest = line.trim_start().strip_prefix("- ")?.trim();
    let special = rest.starts_with(['*', '&', '!', '@', '%', '`']);
    special.then(|| format!("- {}", in_quotes(rest)))
}

const QUOTES: &str = "text that contains `: ` or ` #`, or starts with one of @ ` % * & ! [ { > |, needs quotes or a block (`>-`)";

/// A part of the parser's message, and our message; the first that matches is used.
const PLAIN: &[(&str, &str)] = &[
    (
        "mapping values are not allowed",
        "`: ` in unquoted text starts a map, which is not possible here",
    ),
    (
        "unknown anchor",
        "text that starts with `*` refers to an anchor (`&`), and the file has no anchor of this name",
    ),
    ("recursive", "the alias refers to a value that contains it"),
    ("invalid trailing content", "text follows the closing quote"),
    ("escape", "YAML has no such escape in double quotes"),
    ("surrogate", "YAML has no such escape in double quotes"),
    ("hexadecimal", "YAML has no such escape in double quotes"),
    (
        "expected comment or line break",
        "text follows `>` or `|` on the same line",
    ),
    (
        "block sequence entries are not allowed",
        "a list can't start on the line of its key",
    ),
    (
        "mapping keys are not allowed",
        "`? ` starts a key, which is not possible here",
    ),
    (
        "did not find expected key",
        "this does not continue the line above: it is neither its text nor the next key",
    ),
    (
        "did not find expected '-'",
        "this is neither an item of the list above nor the next key",
    ),
    (
        "simple key",
        "this line is not `key: value`, and not indented as text of the line above",
    ),
    (
        "misplaced bracket",
        "this bracket closes nothing: none was opened",
    ),
    ("mismatched bracket", "this bracket closes one of another kind"),
    ("unclosed bracket", "this bracket is opened and never closed"),
    (
        "flow",
        "a comma or the closing bracket is missing inside brackets",
    ),
    (
        "wrongly indented",
        "this line is indented less than the block that contains it",
    ),
    (
        "directive",
        "a line that starts with `%` is a YAML directive, which is not allowed here",
    ),
    ("document", "YAML expects the start of a document here"),
    ("BOM", "a byte order mark is allowed only at the start of a file"),
    (
        "tag",
        "in YAML, text that starts with `!` is a tag, and this one is malformed",
    ),
    (
        "handle",
        "in YAML, text that starts with `!` is a tag, and this one is not declared",
    ),
    (
        "anchor or alias",
        "text that starts with `&` or `*` is an anchor or alias, and this one has no name",
    ),
    (
        "invalid",
        "the value does not have the type that its tag (`!!…`) requires",
    ),
    ("indent", "the indentation of this line matches no line above it"),
];

/// A part of the parser's message, and help other than adding quotes; the first that matches is used.
const HELP: &[(&str, &str)] = &[
    ("unexpected character: `\\u", "delete the character"),
    ("recursive", "write the value out instead of the alias"),
    ("escape", "write `\\\\` for a backslash, or use single quotes"),
    ("surrogate", "write the character itself"),
    (
        "hexadecimal",
        "write the character itself, or `\\\\` for a backslash",
    ),
    (
        "block sequence entries are not allowed",
        "start the list on the next line, each item after `- `",
    ),
    (
        "did not find expected '-'",
        "indent every item equally, each after `- `",
    ),
    (
        "simple key",
        "write `key: value` with a space after the colon, or indent the line so that it belongs to the text above",
    ),
    ("misplaced bracket", "delete it, or put the text in quotes"),
    ("mismatched bracket", "close [ with ] and { with }"),
    (
        "bracket",
        "close [ with ] and { with }, or put the text in quotes",
    ),
    ("wrongly indented", "indent every line of the block equally"),
    ("directive", "delete the line, or put the text in quotes"),
    ("BOM", "delete the invisible character (U+FEFF)"),
    (
        "invalid indentation in multiline quoted",
        "close the quote, or indent the lines that belong to the text",
    ),
    ("unclosed quote", "close the quote"),
];
