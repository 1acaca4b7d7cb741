//! Finds commands that run a download: `curl … | sh`, `bash <(curl …)`, `iex (iwr …)`.
//!
//! Input: a text, including code, because an assistant may run commands from both. Output: each such command.
//! Not here: whether an exception allows it.

use std::ops::Range;
use std::sync::LazyLock;

use super::any_of::AnyOf;
use super::{SuspiciousText, quote};
use crate::finding::Code;

const DOWNLOADERS: &[&str] = &[
    "curl",
    "wget",
    "wget2",
    "aria2c",
    "iwr",
    "irm",
    "invoke-webrequest",
    "invoke-restmethod",
    "downloadstring",
];
/// Few texts name any downloader.
static ANY_DOWNLOADER: LazyLock<AnyOf> = LazyLock::new(|| AnyOf::new(DOWNLOADERS));

const SHELLS: &[&str] = &[
    "sh",
    "bash",
    "zsh",
    "dash",
    "ksh",
    "ash",
    "fish",
    "pwsh",
    "powershell",
    "iex",
    "invoke-expression",
    "cmd",
];
const INTERPRETERS: &[&str] = &[
    "python", "python2", "python3", "perl", "ruby", "node", "php", "deno", "bun",
];
/// Commands that may precede a shell: `| sudo bash`.
const PREFIXES: &[&str] = &["sudo", "doas", "env", "exec", "command", "nohup", "time"];

/// Finds commands that run what they download.
pub(super) fn pipes_to_shell(text: &str) -> Vec<SuspiciousText> {
    let mut found: Vec<Range<usize>> = Vec::new();
    if !ANY_DOWNLOADER.is_match(text) {
        return Vec::new();
    }
    for line in command_lines(text) {
        let words = words(text, &line);
        for (index, word) in words.iter().enumerate() {
            if !DOWNLOADERS.contains(&word.name.as_str()) {
                continue;
            }
            let span = substituted(text, &words, index).or_else(|| piped(text, &line, &words, index));
            if let Some(span) = span
                && found.last().is_none_or(|last| last.end <= span.start)
            {
                found.push(span);
            }
        }
    }
    let suspect = |span: Range<usize>| SuspiciousText {
        code: Code::TextPipesToShell,
        message: format!("`{}` runs a download without a check", quote(&text[span.clone()])),
        effect: "whoever controls that address runs commands where the assistant works".into(),
        help: "write to download, verify and then run; or add an exception for this lesson".into(),
        span,
    };
    found.into_iter().map(suspect).collect()
}

/// The lines of a text. Lines that a backslash or a pipe at their edge continues are joined; a pipe at the end of one line and at the
/// start of the next are the edges of table rows.
fn command_lines(text: &str) -> Vec<Range<usize>> {
    let mut lines: Vec<Range<usize>> = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let here = start..start + line.len();
        let continues = lines.last().is_some_and(|last| {
            let (above, below) = (text[last.clone()].trim_end(), line.trim_start());
            above.ends_with('\\') || (above.ends_with('|') != below.starts_with('|'))
        });
        match lines.last_mut() {
            Some(last) if continues => last.end = here.end,
            _ => lines.push(here.clone()),
        }
        start = here.end;
    }
    lines
}

struct ShellWord {
    span: Range<usize>,
    /// In lower case, without folders and `.exe`.
    name: String,
}

fn words(text: &str, line: &Range<usize>) -> Vec<ShellWord> {
    let is_word = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '/' | '\\' | '=');
    let mut words: Vec<ShellWord> = Vec::new();
    let mut start = None;
    let ends = text[line.clone()]
        .char_indices()
        .map(|(at, c)| (line.start + at, Some(c)))
        .chain([(line.end, None)]);
    for (at, c) in ends {
        match (start, c.is_some_and(is_word)) {
            (None, true) => start = Some(at),
            (Some(from), false) => {
                let written = text[from..at].to_lowercase();
                let name = written.rsplit(['/', '\\']).next().unwrap_or_default();
                words.push(ShellWord {
                    span: from..at,
                    name: name.to_owned(),
                });
                start = None;
            }
            _ => {}
        }
    }
    words
}

/// `curl … | … | sudo bash`: from the downloader to the shell.
fn piped(text: &str, line: &Range<usize>, words: &[ShellWord], downloader: usize) -> Option<Range<usize>> {
    let from = words[downloader].span.start;
    for (at, _) in text[from..line.end].match_indices('|') {
        let at = from + at;
        let doubled = text[..at].ends_with('|') || text[at + 1..].starts_with('|');
        let mut after = words.iter().skip_while(|word| word.span.start < at);
        let Some(command) = after.find(|word| {
            !PREFIXES.contains(&word.name.as_str()) && !word.name.starts_with('-') && !word.name.contains('=')
        }) else {
            continue;
        };
        let between = &text[at + 1..command.span.start];
        let next_to = between.chars().all(|c| {
            c.is_alphanumeric() || c.is_whitespace() || matches!(c, '&' | '`' | '-' | '=' | '/' | '\\' | '_')
        });
        if !doubled && next_to && runs_its_input(text, command, line) {
            return Some(from..command.span.end);
        }
    }
    None
}

/// Whether a command runs its standard input. With `-c` a shell runs its argument instead; `python -m json.tool` reads data.
fn runs_its_input(text: &str, command: &ShellWord, line: &Range<usize>) -> bool {
    let name = command.name.as_str();
    let rest = text[command.span.end..line.end].trim_start_matches(".exe");
    let argument = rest
        .strip_prefix(' ')
        .map(|rest| rest.split_whitespace().next().unwrap_or_default());
    let bare = rest.chars().next().is_none_or(|c| {
        c.is_whitespace() || matches!(c, '`' | '"' | '\'' | ')' | ';' | '&' | '|' | ',' | '.' | ':')
    });
    if SHELLS.contains(&name) {
        bare && argument != Some("-c")
    } else {
        INTERPRETERS.contains(&name)
            && bare
            && argument
                .is_none_or(|first| first.is_empty() || first == "-" || first.starts_with(['|', '&', ';']))
    }
}

/// `bash <(curl …)`, `sh -c "$(curl …)"`, `eval "$(curl …)"`, `iex (iwr …)`: from the shell to the downloader.
fn substituted(text: &str, words: &[ShellWord], downloader: usize) -> Option<Range<usize>> {
    let span = &words[downloader].span;
    for shell in words[..downloader].iter().rev() {
        let between = &text[shell.span.end..span.start];
        if between.contains([';', '|', '\n']) {
            return None;
        }
        let sourced = text[..span.start].trim_end().ends_with("<(");
        let spliced = text[..span.start].trim_end().ends_with("$(") || text[..span.start].ends_with('`');
        let name = shell.name.as_str();
        let runs = match name {
            "iex" | "invoke-expression" => between.trim_start().starts_with(['(', '"', '$']),
            "eval" | "source" => spliced || sourced,
            _ if SHELLS.contains(&name) || INTERPRETERS.contains(&name) => {
                sourced || (spliced && between.split_whitespace().next() == Some("-c"))
            }
            _ => false,
        };
        if runs {
            return Some(shell.span.start..span.end);
        }
    }
    None
}
