//! Which paths a glob means, in the store's portable grammar and in every reader's dialect.
//!
//! Input: globs as lessons and front matter spell them, and paths as git spells them (relative, `/`).
//! Output: [`Glob`]s of the store's grammar or the reason why not, [`Matcher`]s for one dialect, and an [`Index`] that
//! counts for many globs at once. Not here: which globs a file states (`front_matter`), and which paths exist
//! (`tree`).

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

/// Why a text is no glob of the store's grammar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GlobProblem {
    /// The bytes of the glob that are wrong.
    pub span: Range<usize>,
    /// What is wrong, one sentence.
    pub message: String,
    /// Who would read it how: "Copilot in VS Code: any folder · Claude Code, Cursor: the root only"; may be empty.
    pub readings: String,
    /// The portable spelling of what was most likely meant; none where it can't be guessed safely.
    pub portable: Option<String>,
}

impl Glob {
    /// Reads a glob of the store's grammar (docs/guide/lessons.md): the first segment is `**` or a literal, at least one `/`, then
    /// literals, `*`, `?`, `**` as a whole segment, and `{a,b}` without braces inside, of at most 64 expansions.
    ///
    /// Everything that two readers are known to read differently is refused, with the portable spelling where it can be
    /// guessed.
    pub fn parse(text: &str) -> Result<Glob, GlobProblem> {
        let expanded = grammar::expand_and_check(text)?;
        Ok(Glob {
            written: text.to_owned(),
            spellings: normal_form::spellings(&expanded),
            expanded,
        })
    }

    /// The glob as the lesson spells it.
    pub fn as_written(&self) -> &str {
        &self.written
    }

    /// The glob with its braces expanded, in source order, without duplicates.
    pub fn expanded(&self) -> &[String] {
        &self.expanded
    }

    /// The same, and behind them the other Unicode spellings of those that hold letters beyond ASCII.
    pub fn spellings(&self) -> &[String] {
        &self.spellings
    }
}

/// How a reader understands a glob.
///
/// Where a vendor does not say whether `*` and `**` match names that begin with a dot (every dialect but
/// [`Dialect::Portable`]: "Glob dialects", seen 2026-09), it is assumed that they do. Letter case counts unless the
/// reader is known to ignore it. `?` is one byte, as git has it, so it does not stand for `é`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Dialect {
    /// The store's own: anchored, case-sensitive, `*` within a segment, dot files match. The same paths as git's `:(top,glob)`.
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

/// Splits a comma-separated list of globs, at commas outside braces, and trims the parts; empty parts are left out.
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
