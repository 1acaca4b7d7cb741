//! The owners of a path by a CODEOWNERS file, as GitHub reads it.
//!
//! Input: the file's text. Output: the owners of a path. Not here: which of several files counts, and asking them for a review.
//!
//! GitHub's grammar (docs.github.com, "About code owners"): a pattern and its owners on each line, the last line that matches decides, also
//! if it names no one; patterns as in `.gitignore`, without `!`, `[ ]` and `\#`, and `docs/*` matches no file further down.

use super::globs::{Dialect, Matcher};

/// Where GitHub looks for the file; the first one that exists counts.
pub const CODE_OWNERS: [&str; 3] = [".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"];

/// The lines of a CODEOWNERS file.
#[derive(Debug)]
pub struct CodeOwners {
    lines: Vec<(Matcher, Vec<String>)>,
}

impl CodeOwners {
    /// Reads a file. Lines that GitHub skips are skipped.
    pub fn parse(text: &str) -> Self {
        let lines = text.lines().filter_map(|line| {
            let line = line.split_once(" #").map_or(line, |(line, _)| line).trim();
            let mut words = line.split_whitespace();
            let pattern = words.next().filter(|pattern| !pattern.starts_with(['#', '!']))?;
            if pattern.contains(['[', '\\']) {
                return None;
            }
            let owners = words.filter(|word| word.contains('@')).map(str::to_owned);
            Some((Matcher::new(Dialect::Portable, &globs(pattern)), owners.collect()))
        });
        CodeOwners {
            lines: lines.collect(),
        }
    }

    /// The owners of a path; none if no line matches, or if the last one that matches names no one.
    pub fn owners(&self, path: &str) -> &[String] {
        let mut lines = self.lines.iter().rev();
        lines
            .find(|(matcher, _)| matcher.is_match(path))
            .map_or(&[], |(_, owners)| owners)
    }
}

/// The globs of a pattern: for files of that name, and for everything in a folder of that name.
fn globs(pattern: &str) -> Vec<String> {
    let inner = pattern.trim_end_matches('/');
    let base = if inner.contains('/') {
        inner.trim_start_matches('/').to_owned()
    } else {
        format!("**/{inner}")
    };
    let last = base.rsplit('/').next().unwrap_or_default();
    let below = format!("{base}/**");
    match (pattern.ends_with('/'), last) {
        (true, _) => vec![below],
        (false, "**") => vec![base],
        (false, "*") if inner.contains('/') => vec![base],
        (false, _) => vec![base, below],
    }
}

#[cfg(test)]
mod tests {
    use super::CodeOwners;

    #[test]
    fn the_last_line_that_matches_decides_as_on_github() {
        let file = CodeOwners::parse(
            "# comment\n* @acme/all\n*.js @acme/js # inline\n/services/ @acme/services\nservices/billing @acme/billing @dana\n\
             docs/* docs@example.com\napps/ @acme/apps\n/services/billing/free\n**/logs @acme/logs\n!x @no\n",
        );
        for (path, owners) in [
            ("README.md", &["@acme/all"][..]),
            ("web/app.js", &["@acme/js"]),
            ("services/mail/AGENTS.md", &["@acme/services"]),
            ("services/billing/CLAUDE.md", &["@acme/billing", "@dana"]),
            ("services/billing/free/x.py", &[]),
            ("docs/a.md", &["docs@example.com"]),
            ("docs/build/a.md", &["@acme/all"]),
            ("x/apps/y/z.py", &["@acme/apps"]),
            ("deep/logs/a.txt", &["@acme/logs"]),
        ] {
            assert_eq!(file.owners(path), owners, "{path}");
        }
    }
}
