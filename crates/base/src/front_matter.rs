//! Front matter: the lines between two `---` lines at the first byte of a file.
//!
//! Input: a file's bytes. Output: keys and values, and for which paths an assistant loads the file.
//! Not here: what the globs match (`globs`), and keys that hide a file from one assistant (`pipeline`).
//!
//! Assistants are not strict YAML parsers: Cursor accepts `globs: **/*`, which YAML reads as a broken alias. So this parser works
//! line by line and never fails; a line that it can't read becomes an entry with an empty key.

use std::ops::Range;

use crate::globs::{Dialect, split_list};

mod scalar;
#[cfg(test)]
mod tests;

/// A value of front matter, read leniently.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FrontMatterValue {
    /// A scalar without its quotes; empty if nothing follows the colon. Further lines are joined with a space.
    Scalar(String),
    /// A flow or block list of scalars.
    List(Vec<String>),
}

/// The front matter of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FrontMatter {
    /// The bytes from the opening `---` to the end of the closing line, with its line ending (a BOM before it is not part of it).
    pub range: Range<usize>,
    /// Keys and values in source order, including duplicate keys. A line that is not a key, value or comment has an empty key.
    pub entries: Vec<(String, FrontMatterValue)>,
    /// Whether a byte order mark precedes it (then several assistants do not recognise the front matter).
    pub after_bom: bool,
    /// The keys whose scalar is in quotation marks: `"true"` is a text, `true` is not.
    pub quoted: Vec<String>,
}

impl FrontMatter {
    /// The value of a key; of a duplicate key, the last one.
    pub fn get(&self, key: &str) -> Option<&FrontMatterValue> {
        let mut found = self.entries.iter().filter(|(name, _)| name == key);
        found.next_back().map(|(_, value)| value)
    }

    fn is_duplicate(&self, key: &str) -> bool {
        self.entries.iter().filter(|(name, _)| name == key).count() > 1
    }
}

/// For which paths a scoped file is loaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileScope {
    /// In every session.
    Always,
    /// For paths that match, in the assistant's dialect.
    Globs(Vec<String>),
    /// When the assistant or a person asks for it.
    OnRequest,
    /// Never.
    Never,
}

/// Finds front matter at the first byte (or after a BOM). `None` without a closing `---` line. If two follow each other, only the
/// first counts.
pub fn split(bytes: &[u8]) -> Option<FrontMatter> {
    let body = bytes.strip_prefix(b"\xef\xbb\xbf");
    let start = bytes.len() - body.unwrap_or(bytes).len();
    let mut lines = Vec::new();
    let mut at = start;
    for line in bytes[start..].split_inclusive(|&byte| byte == b'\n') {
        let end = at + line.len();
        let is_rule = line.trim_ascii_end() == b"---";
        if at == start && !is_rule {
            return None;
        }
        if at > start && is_rule {
            let (entries, quoted) = entries(&lines);
            return Some(FrontMatter {
                range: start..end,
                entries,
                after_bom: body.is_some(),
                quoted,
            });
        }
        if at > start {
            let text = String::from_utf8_lossy(line).trim_end().to_owned();
            lines.push(text);
        }
        at = end;
    }
    None
}

/// For which paths an assistant with this dialect loads a file with this front matter (or with none).
///
/// If the key that decides it is a duplicate, the result is [`FileScope::Never`], because some assistants stop with an error. The
/// caller decides whether a BOM hides the front matter. Sources: GitHub's, VS Code's, Claude Code's and Cursor's documentation, 2026-09.
pub fn reach(dialect: Dialect, front_matter: Option<&FrontMatter>) -> FileScope {
    let value = |key| front_matter.and_then(|front| front.get(key));
    let duplicate = |key| front_matter.is_some_and(|front| front.is_duplicate(key));
    match dialect {
        Dialect::Portable => FileScope::Always,
        Dialect::CopilotDocs | Dialect::CopilotVscode | Dialect::CopilotCli => {
            if duplicate("applyTo") {
                return FileScope::Never;
            }
            let globs = value("applyTo").map(list).unwrap_or_default();
            // `*` means the root folder in GitHub's documentation, and every file in the two programs.
            let everything = |glob: &String| match glob.as_str() {
                "**" | "**/*" => true,
                "*" => dialect != Dialect::CopilotDocs,
                _ => false,
            };
            match globs {
                globs if globs.is_empty() => FileScope::OnRequest,
                globs if globs.iter().any(everything) => FileScope::Always,
                globs => FileScope::Globs(globs),
            }
        }
        Dialect::ClaudeRules => match value("paths") {
            _ if duplicate("paths") => FileScope::Never,
            None => FileScope::Always,
            Some(paths) => match list(paths) {
                globs if globs.is_empty() => FileScope::Never,
                globs => FileScope::Globs(globs),
            },
        },
        Dialect::Cursor => {
            if duplicate("alwaysApply") || duplicate("globs") {
                return FileScope::Never;
            }
            let bare_true = FrontMatterValue::Scalar("true".into());
            let quoted =
                front_matter.is_some_and(|front| front.quoted.iter().any(|key| key == "alwaysApply"));
            if value("alwaysApply") == Some(&bare_true) && !quoted {
                return FileScope::Always;
            }
            match value("globs").map(list).unwrap_or_default() {
                globs if globs.is_empty() => FileScope::OnRequest,
                globs => FileScope::Globs(globs),
            }
        }
    }
}

/// A list, or a text split at its commas; empty if the value is empty or YAML's null.
fn list(value: &FrontMatterValue) -> Vec<String> {
    let parts: Vec<&str> = match value {
        FrontMatterValue::Scalar(text) if text == "~" || text == "null" => Vec::new(),
        FrontMatterValue::Scalar(text) => split_list(text),
        FrontMatterValue::List(items) => items.iter().map(|item| item.trim()).collect(),
    };
    let parts = parts.into_iter().filter(|part| !part.is_empty());
    parts.map(str::to_owned).collect()
}

/// Keys with their values, and the keys whose value is quoted. The lines have no line endings.
fn entries(lines: &[String]) -> (Vec<(String, FrontMatterValue)>, Vec<String>) {
    let mut entries = Vec::new();
    let mut quoted = Vec::new();
    let mut rest = lines;
    while let Some((line, behind)) = rest.split_first() {
        rest = behind;
        if is_blank(line) {
            continue;
        }
        let Some((key, first)) = scalar::key(line) else {
            entries.push((String::new(), FrontMatterValue::Scalar(line.trim().to_owned())));
            continue;
        };
        // The following lines belong to the key while they are indented, blank, or an item or the end of a list.
        let opens_list = first.is_empty() || first.starts_with('#');
        let more = rest
            .iter()
            .take_while(|line| {
                is_blank(line)
                    || line.starts_with([' ', '\t'])
                    || (opens_list && scalar::item(line).is_some())
                    || (first.starts_with('[') && line.starts_with(']'))
            })
            .count();
        let (own, behind) = rest.split_at(more);
        rest = behind;
        let (value, is_quoted) = value(first, own);
        if is_quoted {
            quoted.push(key.clone());
        }
        entries.push((key, value));
    }
    (entries, quoted)
}

fn is_blank(line: &str) -> bool {
    let line = line.trim();
    line.is_empty() || line.starts_with('#')
}

/// The value that begins after the colon and continues in these lines, and whether it is quoted.
fn value(first: &str, more: &[String]) -> (FrontMatterValue, bool) {
    let more: Vec<&str> = more.iter().map(|line| line.trim()).collect();
    if is_block_scalar(first) {
        let separator = if first.starts_with('|') { "\n" } else { " " };
        return (
            FrontMatterValue::Scalar(more.join(separator).trim().to_owned()),
            false,
        );
    }
    let more: Vec<&str> = more.into_iter().filter(|line| !is_blank(line)).collect();
    let first = if first.starts_with('#') { "" } else { first };
    let items: Option<Vec<&str>> = more.iter().map(|line| scalar::item(line)).collect();
    if let (true, Some(items)) = (first.is_empty() && !more.is_empty(), items) {
        let items = items.into_iter().map(|item| scalar::read(item).0);
        return (FrontMatterValue::List(items.collect()), false);
    }
    let whole = std::iter::once(first)
        .chain(more.iter().copied())
        .collect::<Vec<_>>()
        .join(" ");
    let whole = whole.trim();
    if let Some(items) = scalar::flow_list(whole) {
        return (FrontMatterValue::List(items), false);
    }
    let (text, quoted) = scalar::read(whole);
    (FrontMatterValue::Scalar(text), quoted)
}

/// Whether a value begins with `|` or `>` with its indicators, and perhaps a comment.
fn is_block_scalar(first: &str) -> bool {
    let mut parts = first.split_whitespace();
    let head = parts.next().unwrap_or_default();
    head.starts_with(['|', '>'])
        && head[1..]
            .chars()
            .all(|c| c == '+' || c == '-' || c.is_ascii_digit())
        && parts.next().is_none_or(|comment| comment.starts_with('#'))
}
