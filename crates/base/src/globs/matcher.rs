//! One dialect's patterns against paths.
//!
//! Input: patterns of any spelling, and paths. Output: which match. Not here: counting over trees (`index`).

use globset::{Candidate, GlobBuilder, GlobSet};

use super::Dialect;

/// Longer patterns are not read: no file that people keep has one, and compiling them takes time and memory.
const MAX_PATTERN_BYTES: usize = 4096;

/// Patterns compiled for one dialect.
///
/// It reads more than the store's grammar, since existing files hold more: bare names, braces in braces, classes in brackets.
#[derive(Debug, Clone)]
pub struct Matcher {
    sets: Vec<CompiledPatterns>,
    invalid: Vec<usize>,
    /// Whether the last segment alone is tried as well.
    by_name: bool,
}

impl Matcher {
    /// Compiles patterns; one that the dialect can't read matches nothing and is listed in [`Self::invalid`].
    ///
    /// Nobody documents negation, so `!…` counts as unreadable in every dialect: taken for nothing, it can't make a
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

    /// The indices of the patterns that match, appended to `into` after it was cleared, in ascending order.
    pub fn matching(&self, path: &str, into: &mut Vec<usize>) {
        into.clear();
        // One set and no second look at the name: what `globset` gives is sorted and complete.
        let candidate = Candidate::from_bytes(path);
        let name = self.name(path);
        if let ([only], None) = (&self.sets[..], &name) {
            only.set.matches_candidate_into(&candidate, into);
            only.rename(into);
            return;
        }
        let mut found = Vec::new();
        for compiled in &self.sets {
            for candidate in std::iter::once(&candidate).chain(&name) {
                compiled.set.matches_candidate_into(candidate, &mut found);
                compiled.rename(&mut found);
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

/// Some of the patterns, compiled together, and where they stood among all.
#[derive(Debug, Clone)]
struct CompiledPatterns {
    set: GlobSet,
    indices: Vec<usize>,
}

impl CompiledPatterns {
    /// From places in the set to places among all patterns.
    fn rename(&self, places: &mut Vec<usize>) {
        places.retain_mut(|place| match self.indices.get(*place) {
            Some(&index) => {
                *place = index;
                true
            }
            None => false,
        });
    }
}

/// One pattern, rewritten from its dialect to what `globset` reads; `None` where the dialect can't read it.
fn compile(dialect: Dialect, pattern: &str) -> Option<globset::Glob> {
    let readable = !pattern.is_empty() && pattern.len() <= MAX_PATTERN_BYTES && !pattern.starts_with('!');
    if !readable {
        return None;
    }
    let everything = matches!(pattern, "**" | "**/*" | "*");
    let spelled = match dialect {
        Dialect::CopilotVscode | Dialect::CopilotCli if everything => "**".to_owned(),
        // The path is absolute there: `/**/x` finds x anywhere, `/x` only at the top of the machine.
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

/// minimatch's `@(a|b)` and its kin, which `globset` would take literally.
fn holds_pattern_list(pattern: &str) -> bool {
    let bytes = pattern.as_bytes();
    bytes
        .windows(2)
        .any(|pair| pair[1] == b'(' && b"?*+@!".contains(&pair[0]))
}

/// Compiles patterns together; where they are too big for that, in halves, so that one monster harms itself only.
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
