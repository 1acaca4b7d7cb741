//! Which rules in plain words mean the same as which settings of linters.
//!
//! Input: a rule. Output: an [`EnforcedRule`] with the settings, each of which enforces it. Not here: reading settings (`settings`).
//!
//! A rule is recognized only if it says nothing else: all of its words are needed or allowed by one row. The settings are described in
//! the documentation of each program (read 2026-11-29).

use super::config_files::Tool;
use super::languages::LessonFiles;
use super::rows::{RuleRow, rows};
use lessonbook_import::{RuleWords, normal};

/// A setting that enforces a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WantedSetting {
    /// A rule of `ESLint` as an error.
    Eslint(&'static str),
    /// The same with this option.
    EslintOption(&'static str, &'static str),
    /// A rule of Biome as an error: `group.name`.
    Biome(&'static str),
    /// A selected rule of ruff.
    Ruff(&'static str),
    /// A rule of ruff that is selected, and an option of it.
    RuffOption(&'static str, &'static str, &'static str),
    /// Denied lints of Clippy, all of them.
    Clippy(&'static [&'static str]),
    /// A denied lint of rustc.
    RustLint(&'static str),
    /// An enabled linter or formatter of golangci-lint.
    Golangci(&'static str),
    /// A key of `.editorconfig` with a value; none: the number of the rule.
    EditorConfig(&'static str, Option<&'static str>),
    /// A style of C# in `.editorconfig`, and the diagnostic that reports it.
    CSharp(&'static str, &'static str, &'static str),
    /// A key with a value; none: the number of the rule.
    Value(Tool, &'static str, Option<&'static str>),
}

const PYTHON: &[&str] = &[".py", ".pyi"];
const SCRIPTS: &[&str] = &[
    ".ts", ".tsx", ".js", ".jsx", ".mts", ".cts", ".mjs", ".cjs", ".vue", ".svelte",
];

impl WantedSetting {
    /// The endings of the files that it is about; none: of all.
    fn endings(&self) -> &'static [&'static str] {
        match self {
            WantedSetting::Eslint(_) | WantedSetting::EslintOption(..) | WantedSetting::Biome(_) => SCRIPTS,
            WantedSetting::Ruff(_) | WantedSetting::RuffOption(..) => PYTHON,
            WantedSetting::Clippy(_) | WantedSetting::RustLint(_) => &[".rs"],
            WantedSetting::Golangci(_) => &[".go"],
            WantedSetting::CSharp(..) => &[".cs"],
            WantedSetting::EditorConfig(..) => &[],
            WantedSetting::Value(tool, ..) => match tool {
                Tool::Python | Tool::Ruff | Tool::Mypy | Tool::Flake8 | Tool::SetupCfg => PYTHON,
                Tool::Cargo | Tool::Rustfmt => &[".rs"],
                Tool::TypeScript => &[".ts", ".tsx", ".mts", ".cts", ".vue", ".svelte"],
                Tool::Golangci => &[".go"],
                Tool::MsBuild => &[".cs"],
                Tool::Eslint | Tool::Oxlint | Tool::Prettier | Tool::Oxfmt | Tool::Package | Tool::Biome => {
                    SCRIPTS
                }
                Tool::EditorConfig => &[],
            },
        }
    }
}

/// A rule that settings can enforce.
pub struct EnforcedRule {
    row: &'static RuleRow,
    number: Option<String>,
    /// For each language that it names, the endings of its files.
    languages: Vec<&'static [&'static str]>,
}

impl EnforcedRule {
    /// The settings, each of which enforces it for these files.
    pub fn settings(&self, files: &LessonFiles) -> impl Iterator<Item = &'static WantedSetting> {
        let applies = |wanted: &&WantedSetting| {
            let endings = wanted.endings();
            let is_of = |language: &&[&str]| language.iter().any(|ending| endings.contains(ending));
            if endings.is_empty() {
                return self.languages.is_empty()
                    || self.languages.iter().all(|language| files.are_of(language));
            }
            if self.row.names_its_language || !self.languages.is_empty() {
                files.has(endings) && self.languages.iter().all(is_of)
            } else {
                files.are_of(endings)
            }
        };
        let settings: Vec<&WantedSetting> = self.row.settings.iter().filter(applies).collect();
        settings.into_iter()
    }

    /// The number that it demands.
    pub fn number(&self) -> Option<&str> {
        self.number.as_deref()
    }
}

/// Words that change nothing.
const NEUTRAL: &str = "all code codebase convention enabled entire every everywhere file format formatting mandatory new our project \
    proper repository required rule source standard style throughout whole";
/// Languages that a rule can name, and the endings of their files.
const LANGUAGES: [(&str, &[&str]); 6] = [
    ("python", PYTHON),
    ("typescript ts", &[".ts", ".tsx"]),
    ("javascript js", &[".js", ".jsx"]),
    ("rust", &[".rs"]),
    ("go golang", &[".go"]),
    ("c# csharp", &[".cs"]),
];

/// The row of a rule, if a setting can enforce all that it says.
pub fn enforced_rule(rule: &str) -> Option<EnforcedRule> {
    let text = normal(rule);
    let words = RuleWords::new(without_contrast(&text));
    let row = rows().find(|row| is_row(row, rule, &words))?;
    let is_named = |names: &str| {
        names
            .split(' ')
            .any(|name| words.all.iter().any(|word| word == name))
    };
    let languages = LANGUAGES.iter().filter(|(names, _)| is_named(names));
    Some(EnforcedRule {
        row,
        number: words.stance.numbers.first().cloned(),
        languages: languages.map(|(_, endings)| *endings).collect(),
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
    let is_word = |known: &str| words.all.iter().any(|word| is_same(word, known));
    let has = |needed: &str| match (needed.starts_with('`'), needed.split_once('+')) {
        (true, _) => rule.contains(needed),
        (false, Some((one, next))) => {
            let mut pairs = words.all.windows(2);
            pairs.any(|pair| is_same(&pair[0], one) && is_same(&pair[1], next))
        }
        (false, None) => is_word(needed),
    };
    let has_all = row.needs.iter().all(|group| alternatives(group).any(has));
    let is_negative = words.stance.is_negative;
    if !has_all || row.is_negative.is_some_and(|expected| expected != is_negative) {
        return false;
    }
    // "Strict mode with no `any`" demands one thing and forbids another.
    let negations = ["no", "not", "never", "avoid"];
    if row.is_negative == Some(false) && negations.into_iter().any(is_word) {
        return false;
    }
    let is_allowed = |word: &String| {
        let needed = row.needs.iter().flat_map(|group| alternatives(group));
        let is_needed = |needed: &str| {
            let plain = if needed.starts_with('`') {
                normal(needed)
            } else {
                needed.replace('+', " ")
            };
            plain.split(' ').any(|known| is_same(word, known))
        };
        let languages = LANGUAGES.iter().flat_map(|(names, _)| names.split(' '));
        let known = row
            .allows
            .split(' ')
            .chain(NEUTRAL.split_ascii_whitespace())
            .chain(languages);
        needed.into_iter().any(is_needed) || known.into_iter().any(|known| is_same(word, known))
    };
    words.stance.numbers.len() == usize::from(row.has_number)
        && words.subject.iter().all(is_allowed)
        && !has_second_thought(words, row.allows)
}

/// The alternatives of a group: blanks separate them, except in code.
fn alternatives(group: &'static str) -> impl Iterator<Item = &'static str> {
    let mut is_code = false;
    group.split(move |c: char| {
        is_code ^= c == '`';
        c == ' ' && !is_code
    })
}

/// Whether a word is a known one, or its plural.
fn is_same(word: &str, known: &str) -> bool {
    word == known
        || word
            .strip_suffix('s')
            .is_some_and(|stem| stem == known && !stem.ends_with('s'))
}

/// Whether a rule limits what it says: then a setting that always applies is not the same.
fn has_second_thought(words: &RuleWords, allowed: &str) -> bool {
    let is_one = |word: &String| {
        let limits = [
            "unless", "except", "if", "when", "but", "instead", "rather", "without",
        ];
        limits.contains(&word.as_str()) && !allowed.split(' ').any(|known| known == word)
    };
    words.all.iter().any(is_one)
}

/// The rule of a linter that a rule names after its own words: ``no console statements (`no-console: error`)``.
pub fn named_rule(rule: &str) -> Option<&str> {
    let (_, behind) = rule.rsplit_once("(`")?;
    let (inside, _) = behind.split_once(')')?;
    let name = inside.split(['`', ':', ' ']).next()?;
    let is_kebab = name.contains('-')
        && !name.starts_with('-')
        && name
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "@/-".contains(c));
    let letters = name.trim_end_matches(|c: char| c.is_ascii_digit());
    let is_code = name.len() >= letters.len() + 3
        && !letters.is_empty()
        && letters.chars().all(|c| c.is_ascii_uppercase());
    (is_kebab || is_code).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::WantedSetting::{Clippy, Eslint, Ruff, RustLint, Value};
    use super::*;
    use WantedSetting::EditorConfig;

    fn first(rule: &str) -> Option<WantedSetting> {
        enforced_rule(rule).and_then(|found| found.row.settings.first().copied())
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
            ("Use 2-space indentation.", EditorConfig("indent_size", None)),
            ("Indent with tabs.", EditorConfig("indent_style", Some("tab"))),
            (
                "Keep lines under 100 characters.",
                EditorConfig("max_line_length", None),
            ),
            (
                "Lines must not exceed 88 characters.",
                EditorConfig("max_line_length", None),
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
            (
                "Do not call `unwrap()` outside of tests.",
                Clippy(&["unwrap_used"]),
            ),
            ("Never use bare `except:`.", Ruff("E722")),
            ("Avoid mutable default arguments.", Ruff("B006")),
            ("Do not use `unsafe` code.", RustLint("unsafe_code")),
            (
                "End every file with a newline.",
                EditorConfig("insert_final_newline", Some("true")),
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
                EditorConfig("indent_style", Some("tab")),
            ),
            (
                "Never use `any` - use `unknown` with type guards.",
                Eslint("@typescript-eslint/no-explicit-any"),
            ),
            (
                "Don't use any type, define precise types instead.",
                Eslint("@typescript-eslint/no-explicit-any"),
            ),
            (
                "**Line Length**: 120 characters",
                EditorConfig("max_line_length", None),
            ),
            (
                "Use tabs for indentation in all Python code, not spaces",
                EditorConfig("indent_style", Some("tab")),
            ),
            (
                "Keep functions under 100 lines.",
                Value(Tool::Eslint, "rules.max-lines-per-function[1]", None),
            ),
            (
                "Never use `unwrap()` or `expect()` outside of tests.",
                Clippy(&["unwrap_used", "expect_used"]),
            ),
            (
                "Use full type annotations except for `self` and `cls` parameters.",
                Value(Tool::Mypy, "tool.mypy.disallow_untyped_defs", Some("true")),
            ),
            ("f-strings (preferred over `%` or `.format()`)", Ruff("UP03")),
            (
                "All functions must have type annotations.",
                Value(Tool::Mypy, "tool.mypy.disallow_untyped_defs", Some("true")),
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
    fn a_rule_can_name_the_rule_of_a_linter() {
        for (rule, expected) in [
            (
                "No console statements (`no-console: \"error\"`) - use proper logging",
                Some("no-console"),
            ),
            (
                "**AVOID** non-null assertions (`@typescript-eslint/no-non-null-assertion`)",
                Some("@typescript-eslint/no-non-null-assertion"),
            ),
            ("No unused imports (`F401`).", Some("F401")),
            (
                "Always fix `react-hooks/exhaustive-deps` errors by adding the dependency.",
                None,
            ),
            ("Write tests (`npm test`).", None),
            ("Use the helper (`makeRouter`).", None),
        ] {
            assert_eq!(named_rule(rule), expected, "{rule}");
        }
    }

    #[test]
    fn a_rule_that_says_more_or_the_opposite_is_not() {
        for rule in [
            "Use `console.log` for output of the command line.",
            "Don't use `console.log`; use the logger of `src/log.ts`.",
            "Do not use `any` unless a library forces you to.",
            "Use 2 spaces between sentences.",
            "Keep functions under 100 lines of code and comments.",
            "Use double quotes in SQL and single quotes in code.",
            "Remove unused imports and features.",
            "Handle errors from `unwrap()` in the caller.",
            "Do not log secrets in production code.",
            "Explain `unsafe` blocks with a comment.",
            "Avoid any side effects.",
            "Prefer `const` generics.",
            "Use types.",
            "Use strict TypeScript with no any types.",
            "Use single quotes, but never in SQL statements of the report.",
        ] {
            assert_eq!(first(rule), None, "{rule}");
        }
    }
}
