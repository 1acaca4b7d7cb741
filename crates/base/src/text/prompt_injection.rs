//! Markdown text that can make an assistant load a file, run a download, ignore instructions or open an unknown address.
//!
//! Input: Markdown and the store's known hosts. Output: imports, downloads that are run, overrides and unknown hosts, in order.
//! Not here: finding the last three (`pipe_to_shell.rs`, `instruction_override.rs`, `hosts.rs`).

use std::ops::Range;

use super::prose::{Prose, ProsePart};
use super::{SuspiciousText, hosts, in_order, instruction_override, pipe_to_shell, quote};
use crate::finding::Code;

/// Finds imports, downloads that are run, overrides of instructions, and unknown hosts.
///
/// An import is an `@` at the start of a word outside code, followed by a path or a bare name. A bare name counts, because Claude Code
/// reads `@name` as the file `name` (code.claude.com/docs, "memory", 2026-11), and a repository can add that file later. E-mail
/// addresses and `\@name` are not imports.
pub fn injections(markdown: &str, known_hosts: &[&str]) -> Vec<SuspiciousText> {
    let mut found = imports(markdown);
    found.extend(pipe_to_shell::pipes_to_shell(markdown));
    found.extend(instruction_override::overrides(markdown));
    found.extend(hosts::unknown_hosts(markdown, known_hosts));
    in_order(found)
}

fn imports(markdown: &str) -> Vec<SuspiciousText> {
    if !markdown.contains('@') {
        return Vec::new();
    }
    let prose = Prose::read(markdown);
    let outside_code = |at: usize| prose.parts[at] != ProsePart::Code;
    let mut found = Vec::new();
    for (at, _) in markdown.match_indices('@') {
        if outside_code(at)
            && let Some(span) = import_at(markdown, at)
        {
            let shown = quote(&markdown[span.clone()]);
            found.push(SuspiciousText {
                span,
                code: Code::TextImports,
                message: format!("`{shown}` outside code is an import"),
                effect: "Claude Code, Copilot CLI and Gemini CLI replace it with the file of that name"
                    .into(),
                help: format!("put it in backticks: `{shown}`"),
            });
        }
    }
    found
}

fn import_at(text: &str, at: usize) -> Option<Range<usize>> {
    let before = &text[..at];
    let rest = &text[at + 1..];
    let length = rest
        .find(|c: char| c.is_whitespace() || c == '`')
        .unwrap_or(rest.len());
    let path = rest[..length].trim_end_matches(|c: char| !c.is_alphanumeric() && c != '/');
    let begins = path.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '~' | '/'));
    if !begins || !path.contains(char::is_alphanumeric) {
        return None;
    }
    // Emphasis and code end a piece of text, and Claude Code reads each piece separately; an underscore may belong to an address.
    let letter_before = before.trim_end_matches('_').ends_with(char::is_alphanumeric);
    let starts = match before.chars().next_back() {
        Some('_') => !letter_before,
        None | Some('*' | '~' | '`' | '>' | '|') => true,
        Some(c) if c.is_whitespace() => true,
        // Assistants differ after a bracket or quote, so only a clear path counts there.
        Some('(' | '[' | '{' | '"' | '\'' | '‘' | '“' | '«' | ':' | ',' | ';' | '—' | '–') => {
            path.contains(['/', '.'])
        }
        Some(_) => false,
    };
    starts.then(|| at..at + 1 + path.len())
}
