//! Which rules in plain words mean the same as which settings of linters.
//!
//! Input: a rule. Output: an [`EnforcedRule`] with the settings of which any one enforces it. Not here: reading settings (`settings`).
//!
//! A rule is recognized only if it says nothing else: all of its words are needed or allowed by one row. The settings are described in
//! the documentation of each program (read 2026-11-29).

use super::rows::{ROWS, RuleRow};
use crate::linters::wanted_setting::WantedSetting;
use lessonbook_import::{RuleWords, normal};

/// A rule that settings can enforce.
pub struct EnforcedRule {
    row: &'static RuleRow,
    number: Option<String>,
}

impl EnforcedRule {
    /// The settings of which any one enforces it.
    pub fn settings(&self) -> impl Iterator<Item = &'static WantedSetting> {
        self.row.settings.iter()
    }

    /// The number that it demands.
    pub fn number(&self) -> Option<&str> {
        self.number.as_deref()
    }

    /// Whether its words exist in one language only, so that a lesson without paths is about files of that language.
    pub fn names_its_language(&self) -> bool {
        self.row.names_its_language
    }
}

/// Words that change nothing.
const NEUTRAL: &str = "all code codebase every everywhere file new our project repository source whole";

/// The row of a rule, if a setting can enforce all that it says.
pub fn enforced_rule(rule: &str) -> Option<EnforcedRule> {
    let text = normal(rule);
    let words = RuleWords::new(without_contrast(&text));
    let row = ROWS.iter().find(|row| is_row(row, rule, &words))?;
    Some(EnforcedRule {
        row,
        number: words.stance.numbers.first().cloned(),
    })
}

/// A rule without what it is contrasted with at its end: "single quotes over double quotes", "tabs, not spaces".
fn without_contrast(text: &str) -> &str {
    let contrast = [" over ", " not ", " instead of ", " rather than ", " never "];
    let at = contrast.iter().filter_map(|words| text.find(words)).min();
    let split = at.map(|at| (&text[..at], &text[at..]));
    let is_contrast =
        |(head, tail): &(&str, &str)| head.split(' ').count() > 2 && tail.split_whitespace().count() <= 4;
    split.filter(is_contrast).map_or(text, |(head, _)| head)
}

fn is_row(row: &RuleRow, rule: &str, words: &RuleWords) -> bool {
    let plural = |word: &str, known: &str| {
        let stem = word
            .strip_suffix('s')
            .filter(|_| !word.ends_with("ss"))
            .unwrap_or(word);
        word == known || stem == known
    };
    let has = |needed: &str| {
        if needed.starts_with('`') {
            rule.contains(needed)
        } else {
            words.all.iter().any(|word| plural(word, needed))
        }
    };
    let has_all = row.needs.iter().all(|group| {
        // `import type` is one word with a blank.
        if group.matches('`').count() == 2 {
            return has(group);
        }
        group.split(' ').any(has)
    });
    if !has_all
        || row
            .is_negative
            .is_some_and(|expected| expected != words.stance.is_negative)
    {
        return false;
    }
    let numbers = words.stance.numbers.len();
    let is_allowed = |word: &String| {
        let needed = row.needs.iter().flat_map(|group| group.split(' '));
        let allowed = row.allows.split(' ').chain(NEUTRAL.split(' '));
        needed.chain(allowed).any(|known| plural(word, known))
    };
    numbers == usize::from(row.has_number)
        && words.subject.iter().all(is_allowed)
        && !has_second_thought(words)
}

/// Whether a rule limits what it says: then a setting that always applies is not the same.
fn has_second_thought(words: &RuleWords) -> bool {
    let is_one = |word: &String| {
        matches!(
            word.as_str(),
            "unless" | "except" | "if" | "when" | "but" | "instead" | "rather" | "without"
        )
    };
    words.all.iter().any(is_one) && !words.all.iter().any(|word| word == "bare")
}

#[cfg(test)]
mod tests {
    use super::WantedSetting::{Clippy, Eslint, Ruff, RustLint, Value};
    use super::*;
    use crate::linters::rows::editorconfig;
    use crate::linters::wanted_setting::Tool;

    fn first(rule: &str) -> Option<WantedSetting> {
        enforced_rule(rule).and_then(|found| found.settings().next().copied())
    }

    #[test]
    fn a_rule_that_says_one_thing_is_recognized() {
        for (rule, expected) in [
            (
                "Don't use `console.log` in production code.",
                Eslint("no-console"),
            ),
            (
                "Never leave `console` calls in committed code.",
                Eslint("no-console"),
            ),
            (
                "Never use `any` in TypeScript.",
                Eslint("@typescript-eslint/no-explicit-any"),
            ),
            ("Use 2-space indentation.", editorconfig("*.indent_size", None)),
            ("Indent with tabs.", editorconfig("*.indent_style", Some("tab"))),
            (
                "Keep lines under 100 characters.",
                editorconfig("*.max_line_length", None),
            ),
            (
                "Lines must not exceed 88 characters.",
                editorconfig("*.max_line_length", None),
            ),
            (
                "Use single quotes for strings.",
                Value(Tool::Prettier, "singleQuote", Some("true")),
            ),
            ("No semicolons.", Value(Tool::Prettier, "semi", Some("false"))),
            (
                "Always use semicolons.",
                Value(Tool::Prettier, "semi", Some("true")),
            ),
            (
                "Remove unused imports.",
                Value(Tool::TypeScript, "compilerOptions.noUnusedLocals", Some("true")),
            ),
            ("Do not call `unwrap()` outside of tests.", Clippy("unwrap_used")),
            ("Never use bare `except:`.", Ruff("E722")),
            ("Avoid mutable default arguments.", Ruff("B006")),
            ("Do not use `unsafe` code.", RustLint("unsafe_code")),
            (
                "End every file with a newline.",
                editorconfig("*.insert_final_newline", Some("true")),
            ),
            (
                "Use `import type` for types.",
                Eslint("@typescript-eslint/consistent-type-imports"),
            ),
            ("Prefer `const` over `let`.", Eslint("prefer-const")),
            (
                "Prefer single quotes over double quotes.",
                Value(Tool::Prettier, "singleQuote", Some("true")),
            ),
            (
                "Use tabs for indentation, not spaces.",
                editorconfig("*.indent_style", Some("tab")),
            ),
            (
                "Use strict TypeScript.",
                Value(Tool::TypeScript, "compilerOptions.strict", Some("true")),
            ),
        ] {
            assert_eq!(first(rule), Some(expected), "{rule}");
        }
    }

    #[test]
    fn a_rule_that_says_more_or_the_opposite_is_not() {
        for rule in [
            "Use `console.log` for output of the command line.",
            "Don't use `console.log`; use the logger of `src/log.ts`.",
            "Do not use `any` unless a library forces you to.",
            "Use 2 spaces between sentences.",
            "Keep functions under 100 lines.",
            "Use double quotes in SQL and single quotes in code.",
            "Remove unused imports and features.",
            "Handle errors from `unwrap()` in the caller.",
            "Do not log secrets in production code.",
            "Explain `unsafe` blocks with a comment.",
            "Avoid any side effects.",
            "Prefer `const` generics.",
            "Use types.",
            "Use single quotes, but never in SQL statements of the report.",
        ] {
            assert_eq!(first(rule), None, "{rule}");
        }
    }
}
