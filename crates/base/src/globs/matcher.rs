//! Matches patterns of one dialect against paths.
//!
//! Input: patterns in any spelling, and paths. Output: which patterns match.
//! Not here: counting over whole trees (`index`).

use globset::{Candidate, GlobBuilder, GlobSet};

use super::Dialect;

/// Longer patterns are not compiled: real files do not contain them, and compiling them takes time and memory.
const MAX_PATTERN_BYTES: usize = 4096;

/// Patterns compiled for one dialect.
///
/// It accepts more than the store's grammar, because existing files contain more: bare names, nested braces, character classes in brackets.
#[derive(Debug, Clone)]
pub struct Matcher {
    sets: Vec<CompiledPatterns>,
    invalid: Vec<usize>,
    /// Whether patterns are also matched against the last segment alone.
    by_name: bool,
}

impl Matcher {
    /// Compiles patterns; one that the dialect can't read matches nothing and is listed in [`Self::invalid`].
    ///
    /// No vendor documents negation, so `!…` counts as unreadable in every dialect: a pattern that matches nothing can't make a
    /// lesson seem covered.
    pub fn new<S: AsRef<str>>(dialect: Dialect, patterns: &[S]) -> Matcher {
        let mut globs = Vec::new();
        let mut invalid = Vec::new();
        for (index, pattern) in patterns.iter().enumerate() {
            match compile(dialect, pattern.as_ref()) {
                Some(glob) => globs.push((index, glob)),
                None => invalid.push(index),
            }
        }
        let mut sets = Vec::new();
        build(&globs, &mut sets, &mut invalid);
        invalid.sort_unstable();
        Matcher {
            sets,
            invalid,
            by_name: dialect == Dialect::CopilotCli,
        }
    }

    /// Whether any pattern matches the path.
    pub fn is_match(&self, path: &str) -> bool {
        let candidate = Candidate::from_bytes(path);
        let name = self.name(path);
        self.sets.iter().any(|compiled| {
            compiled.set.is_match_candidate(&candidate)
                || name
                    .as_ref()
                    .is_some_and(|name| compiled.set.is_match_candidate(name))
        })
    }

    /// Clears `into`, then fills it with the indices of the patterns that match, in ascending order.
    pub fn matching(&self, path: &str, into: &mut Vec<usize>) {
        into.clear();
        // With one set and no separate match of the name, the indices from `globset` are already sorted and complete.
        let candidate = Candidate::from_bytes(path);
        let name = self.name(path);
        if let ([only], None) = (&self.sets[..], &name) {
            only.set.matches_candidate_into(&candidate, into);
            only.to_original_indices(into);
            return;
        }
        let mut found = Vec::new();
        for compiled in &self.sets {
            for candidate in std::iter::once(&candidate).chain(&name) {
                compiled.set.matches_candidate_into(candidate, &mut found);
                compiled.to_original_indices(&mut found);
                into.append(&mut found);
            }
        }
        into.sort_unstable();
        into.dedup();
    }

    /// The indices of the patterns that the dialect can't read.
    pub fn invalid(&self) -> &[usize] {
        &self.invalid
    }

    fn name<'p>(&self, path: &'p str) -> Option<Candidate<'p>> {
        let (_, name) = path.rsplit_once('/').filter(|_| self.by_name)?;
        Some(Candidate::from_bytes(name))
    }
}

/// Some of the patterns, compiled together, with their indices among all patterns.
#[derive(Debug, Clone)]
struct CompiledPatterns {
    set: GlobSet,
    indices: Vec<usize>,
}

impl CompiledPatterns {
    /// Replaces indices in the set by indices among all patterns.
    fn to_original_indices(&self, indices: &mut Vec<usize>) {
        indices.retain_mut(|at| match self.indices.get(*at) {
            Some(&index) => {
                *at = index;
                true
            }
            None => false,
        });
    }
}

/// One pattern, rewritten from its dialect to the syntax of `globset`; `None` if the dialect can't read it.
fn compile(dialect: Dialect, pattern: &str) -> Option<globset::Glob> {
    let readable = !pattern.is_empty() && pattern.len() <= MAX_PATTERN_BYTES && !pattern.starts_with('!');
    if !readable {
        return None;
    }
    let everything = matches!(pattern, "**" | "**/*" | "*");
    let spelled = match dialect {
        Dialect::CopilotVscode | Dialect::CopilotCli if everything => "**".to_owned(),
        // VS Code matches absolute paths: `/**/x` finds x anywhere, `/x` only at the root of the file system.
        Dialect::CopilotVscode if pattern.starts_with("/**/") => pattern[1..].to_owned(),
        Dialect::CopilotVscode if !pattern.starts_with('/') && !pattern.starts_with("**/") => {
            format!("**/{pattern}")
        }
        Dialect::CopilotCli if pattern.starts_with('#') || holds_pattern_list(pattern) => {
            return None;
        }
        _ => pattern.to_owned(),
    };
    GlobBuilder::new(&spelled)
        .literal_separator(true)
        .empty_alternates(true)
        .backslash_escape(true)
        .case_insensitive(dialect == Dialect::CopilotVscode)
        .build()
        .ok()
}

/// minimatch's `@(a|b)` and similar pattern lists, which `globset` would take literally.
fn holds_pattern_list(pattern: &str) -> bool {
    let bytes = pattern.as_bytes();
    bytes
        .windows(2)
        .any(|pair| pair[1] == b'(' && b"?*+@!".contains(&pair[0]))
}

/// Compiles patterns together. If they are too large for that, compiles them in halves, so that one huge pattern fails alone.
fn build(globs: &[(usize, globset::Glob)], sets: &mut Vec<CompiledPatterns>, invalid: &mut Vec<usize>) {
    if globs.is_empty() {
        return;
    }
    match GlobSet::new(globs.iter().map(|(_, glob)| glob)) {
        Ok(set) => sets.push(CompiledPatterns {
            set,
            indices: globs.iter().map(|&(index, _)| index).collect(),
        }),
        Err(_) if globs.len() == 1 => invalid.push(globs[0].0),
        Err(_) => {
            let (left, right) = globs.split_at(globs.len() / 2);
            build(left, sets, invalid);
            build(right, sets, invalid);
        }
    }
}
