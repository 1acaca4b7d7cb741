//! Which paths a glob matches, in the store's portable grammar and in the dialect of each assistant.
//!
//! Input: globs from lessons and front matter, and paths as git writes them (relative, with `/`).
//! Output: [`Glob`]s of the store's grammar or the reason why a text is not one, [`Matcher`]s for one dialect, and an [`Index`] that
//! counts the matches of many globs at once.
//! Not here: which globs a file contains (`front_matter`), and which paths exist (`tree`).

use std::ops::Range;

use serde::Serialize;

mod grammar;
mod index;
mod matcher;
mod normal_form;
#[cfg(test)]
mod tests;

pub use index::{GlobMatch, Index};
pub use matcher::Matcher;
pub use normal_form::composed;

/// A glob of the store's grammar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Glob {
    written: String,
    expanded: Vec<String>,
    spellings: Vec<String>,
}

/// Why a text is not a glob of the store's grammar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GlobProblem {
    /// The bytes of the glob that are wrong.
    pub span: Range<usize>,
    /// What is wrong, in one sentence.
    pub message: String,
    /// How each assistant would read it: "Copilot in VS Code: any folder · Claude Code, Cursor: the root only"; may be empty.
    pub readings: String,
    /// The portable spelling of what was most likely meant; `None` if it can't be guessed safely.
    pub portable: Option<String>,
}

impl Glob {
    /// Reads a glob of the store's grammar (docs/guide/lessons.md): the first segment is `**` or a literal, at least one `/`, then
    /// literals, `*`, `?`, `**` as a whole segment, and `{a,b}` without braces inside, of at most 64 expansions.
    ///
    /// A glob that two assistants are known to read differently is refused. The problem contains the portable spelling if it can be
    /// guessed.
    pub fn parse(text: &str) -> Result<Glob, GlobProblem> {
        let expanded = grammar::expand_and_check(text)?;
        Ok(Glob {
            written: text.to_owned(),
            spellings: normal_form::spellings(&expanded),
            expanded,
        })
    }

    /// The glob as it is written in the lesson.
    pub fn as_written(&self) -> &str {
        &self.written
    }

    /// The glob with its braces expanded, in source order, without duplicates.
    pub fn expanded(&self) -> &[String] {
        &self.expanded
    }

    /// The expanded globs, followed by the other Unicode normal forms of those that contain letters beyond ASCII.
    pub fn spellings(&self) -> &[String] {
        &self.spellings
    }
}

/// The rules by which an assistant reads a glob.
///
/// Most vendors do not document whether `*` and `**` match names that begin with a dot (as of 2026-09, every dialect except
/// [`Dialect::Portable`]); we assume that they do. Matching is case-sensitive unless the assistant is known to ignore case.
/// `?` matches one byte, as in git, so it does not match `é`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Dialect {
    /// The store's own: anchored, case-sensitive, `*` within a segment, dot files match. It matches the same paths as git's
    /// `:(top,glob)`.
    Portable,
    /// GitHub's documentation of `applyTo`: anchored, `*` is the root folder only.
    CopilotDocs,
    /// What VS Code's source does with `applyTo`: any case, any folder unless the glob begins with `/` or `**/`.
    CopilotVscode,
    /// What Copilot CLI's bundle does with `applyTo`: the path or its last segment matches.
    CopilotCli,
    /// `paths` of `.claude/rules`: anchored, braces, classes in brackets, no negation.
    ClaudeRules,
    /// `globs` of `.cursor/rules`: anchored.
    Cursor,
}

impl Dialect {
    /// Every dialect.
    pub const ALL: [Dialect; 6] = [
        Dialect::Portable,
        Dialect::CopilotDocs,
        Dialect::CopilotVscode,
        Dialect::CopilotCli,
        Dialect::ClaudeRules,
        Dialect::Cursor,
    ];
}

/// Splits a comma-separated list of globs at the commas outside braces, trims the parts, and leaves out empty ones.
pub fn split_list(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut depth = 0usize;
    let mut start = 0;
    for (at, c) in text.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                parts.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
        .into_iter()
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .collect()
}
