//! Which settings of linters and formatters hold in a repository.
//!
//! Input: a tree with the content of their files. Output: [`LinterSettings`]. Not here: reading the files (`config_files`), and which
//! rule a setting enforces (`table`).
//!
//! What is switched off again for some files is not enforced, so such a setting is not found. Tests, examples, documentation and scripts
//! do not count as such files: rules about code are seldom meant for them.

use super::config_files::{Setting, Tool, read_all};
use super::languages::LessonFiles;
use super::table::WantedSetting;
use crate::toml;
use lessonbook_base::tree::Tree;

/// The rules of shared configurations, as errors. Those of `plugin:` were warnings in older versions, so they are not here.
const SHARED_RULES: &[(&str, &str)] = &[
    ("js.configs.recommended", "no-debugger no-unused-vars"),
    ("tseslint.configs.recommended", TYPESCRIPT_RECOMMENDED),
    ("tseslint.configs.recommendedTypeChecked", TYPESCRIPT_RECOMMENDED),
    ("tseslint.configs.recommendedTypeChecked", TYPE_CHECKED),
    ("tseslint.configs.strict", TYPESCRIPT_RECOMMENDED),
    (
        "tseslint.configs.strict",
        "@typescript-eslint/no-non-null-assertion",
    ),
    ("tseslint.configs.strictTypeChecked", TYPESCRIPT_RECOMMENDED),
    ("tseslint.configs.strictTypeChecked", TYPE_CHECKED),
    (
        "tseslint.configs.strictTypeChecked",
        "@typescript-eslint/no-non-null-assertion",
    ),
    (
        "tseslint.configs.stylisticTypeChecked",
        "@typescript-eslint/prefer-optional-chain @typescript-eslint/prefer-nullish-coalescing",
    ),
];
const TYPESCRIPT_RECOMMENDED: &str = "no-var prefer-const @typescript-eslint/no-explicit-any @typescript-eslint/no-unused-vars \
    @typescript-eslint/ban-ts-comment @typescript-eslint/no-require-imports";
const TYPE_CHECKED: &str = "@typescript-eslint/no-floating-promises";

/// The rules that ruff selects if nothing else is selected.
const RUFF_DEFAULTS: [&str; 4] = ["E4", "E7", "E9", "F"];
/// The linters that golangci-lint runs if `default` says nothing else.
const GOLANGCI_DEFAULTS: [&str; 5] = ["errcheck", "govet", "ineffassign", "staticcheck", "unused"];

/// Which files a rule of a linter is about.
#[derive(PartialEq, Eq)]
enum Reach {
    /// All, or all sources.
    Sources,
    /// Files for which rules about code are seldom meant.
    Aside,
    /// Other ones.
    Part,
}

/// All settings of a repository.
#[derive(Debug, Default)]
pub struct LinterSettings {
    all: Vec<Setting>,
    /// Whether every crate of a workspace takes the workspace's lints.
    has_workspace_lints: bool,
}

impl LinterSettings {
    /// Reads a tree.
    pub fn new(tree: &Tree) -> Self {
        let mut all = read_all(tree);
        add_defaults(&mut all);
        LinterSettings {
            all,
            has_workspace_lints: have_workspace_lints(tree),
        }
    }

    /// The setting that is wanted, if it is set and no other setting switches it off. `number`: what the rule demands.
    pub fn find(
        &self,
        wanted: &WantedSetting,
        number: Option<&str>,
        files: &LessonFiles,
    ) -> Option<&Setting> {
        match *wanted {
            WantedSetting::Eslint(name) => self.eslint(name, None),
            WantedSetting::EslintOption(name, option) => self.eslint(name, Some(option)),
            WantedSetting::Biome(name) => self.biome(name),
            WantedSetting::Ruff(code) => self.ruff(code),
            WantedSetting::RuffOption(code, key, value) => {
                self.ruff(code)?;
                self.value(Tool::Ruff, key, value)
            }
            WantedSetting::Clippy(names) => names
                .iter()
                .map(|name| self.cargo("clippy", name))
                .collect::<Option<Vec<_>>>()?
                .first()
                .copied(),
            WantedSetting::RustLint(name) => self.cargo("rust", name),
            WantedSetting::Golangci(name) => self.golangci(name),
            WantedSetting::EditorConfig(key, value) => self.editorconfig(key, value.or(number)?, files),
            WantedSetting::CSharp(key, value, diagnostic) => self.csharp(key, value, diagnostic, files),
            WantedSetting::Value(tool, key, value) => self.value(tool, key, value.or(number)?),
        }
    }

    /// A rule of a linter, by its own name.
    pub fn named(&self, name: &str) -> Option<&Setting> {
        if name.starts_with(|c: char| c.is_ascii_uppercase()) {
            self.ruff(name)
        } else {
            self.eslint(name, None)
        }
    }

    /// A setting, if no other one of this tool has the same key and another value.
    fn value(&self, tool: Tool, key: &str, value: &str) -> Option<&Setting> {
        let own = || self.all.iter().filter(|one| one.of == tool);
        let found = own().find(|one| one.key == key && one.value.eq_ignore_ascii_case(value))?;
        let last = found.key.rsplit('.').next().unwrap_or(&found.key);
        let is_other = |one: &Setting| {
            one.key.rsplit('.').next() == Some(last) && !last.ends_with("[]") && one.value != found.value
        };
        // The width of a tab is not a number of spaces, and strict mypy can be configured to skip functions without types.
        let is_contrary = |one: &Setting| match tool {
            Tool::Prettier => last == "tabWidth" && one.key == "useTabs" && one.value == "true",
            Tool::Mypy => {
                let name = one.key.rsplit('.').next().unwrap_or(&one.key);
                ["strict", "disallow_untyped_defs"].contains(&name) && one.value.eq_ignore_ascii_case("false")
                    || name == "ignore_errors" && one.value.eq_ignore_ascii_case("true")
            }
            _ => false,
        };
        (!own().any(|one| is_other(one) || is_contrary(one))).then_some(found)
    }

    fn eslint(&self, name: &str, option: Option<&str>) -> Option<&Setting> {
        let own: Vec<(&Setting, Reach, bool)> = self
            .all
            .iter()
            .filter(|one| one.of == Tool::Eslint)
            .filter_map(|one| {
                let (prefix, rest) = one.key.split_once("rules.")?;
                let rest = rest.strip_prefix(name)?;
                let is_level = rest.is_empty() || rest == "[0]";
                (is_level || rest.starts_with('[')).then(|| (one, self.reach(one, prefix), is_level))
            })
            .collect();
        let is_error = |one: &Setting| matches!(one.value.as_str(), "error" | "2" | "deny");
        let mut levels = own
            .iter()
            .filter(|(_, reach, is_level)| *is_level && *reach != Reach::Aside);
        if !levels.all(|(one, ..)| is_error(one)) {
            return None;
        }
        let written = own
            .iter()
            .find(|(_, reach, is_level)| *is_level && *reach == Reach::Sources);
        match (written, option) {
            (Some((found, ..)), None) => Some(found),
            (Some((found, ..)), Some(option)) => own
                .iter()
                .any(|(one, ..)| one.key.ends_with("[1]") && one.value == option)
                .then_some(found),
            (None, None) => self.shared_eslint(name),
            (None, Some(_)) => None,
        }
    }

    /// A shared configuration with a rule.
    fn shared_eslint(&self, name: &str) -> Option<&Setting> {
        let has_rule = |configuration: &str| {
            let mut rules = SHARED_RULES.iter().filter(|(known, _)| *known == configuration);
            rules.any(|(_, rules)| rules.split_ascii_whitespace().any(|rule| rule == name))
        };
        self.all.iter().find(|one| {
            let prefix = one
                .key
                .strip_suffix("extends[]")
                .filter(|_| one.of == Tool::Eslint);
            prefix.is_some_and(|prefix| self.reach(one, prefix) == Reach::Sources) && has_rule(&one.value)
        })
    }

    /// The files of the object that a setting is in.
    fn reach(&self, setting: &Setting, prefix: &str) -> Reach {
        let patterns = self.all.iter().filter(|one| {
            let list = one.key.strip_prefix(prefix).unwrap_or_default();
            one.file == setting.file && ["files", "files[]", "includes[]", "include[]"].contains(&list)
        });
        let patterns: Vec<&str> = patterns.map(|one| one.value.as_str()).collect();
        if prefix.is_empty()
            || prefix == "eslintConfig."
            || prefix.starts_with("block[") && patterns.is_empty()
        {
            Reach::Sources
        } else if !patterns.is_empty() && patterns.iter().all(|pattern| is_aside(pattern)) {
            Reach::Aside
        } else if patterns.iter().any(|pattern| is_of_sources(pattern)) {
            Reach::Sources
        } else {
            Reach::Part
        }
    }

    fn biome(&self, name: &str) -> Option<&Setting> {
        let rule = name.rsplit('.').next().unwrap_or(name);
        let own: Vec<(&Setting, Reach)> = self
            .all
            .iter()
            .filter(|one| one.of == Tool::Biome)
            .filter_map(|one| {
                let (prefix, key) = one.key.split_once("linter.rules.")?;
                let key = key.strip_suffix(".level").unwrap_or(key);
                (key.rsplit('.').next() == Some(rule)).then(|| (one, self.reach(one, prefix)))
            })
            .filter(|(_, reach)| *reach != Reach::Aside)
            .collect();
        let has_limits = self.all.iter().any(|one| {
            one.of == Tool::Biome && ["linter.include[]", "linter.includes[]"].contains(&one.key.as_str())
        });
        let are_all_errors = own.iter().all(|(one, _)| one.value == "error");
        let found = own.iter().find(|(_, reach)| *reach == Reach::Sources)?;
        (are_all_errors && !has_limits).then_some(found.0)
    }

    /// A selected rule of ruff, by its code or the beginning of it.
    fn ruff(&self, code: &str) -> Option<&Setting> {
        let lists = |names: &[&str], covers: &dyn Fn(&str) -> bool| {
            self.all.iter().find(|one| {
                let list = one
                    .key
                    .strip_prefix("tool.ruff.")
                    .map(|key| key.strip_prefix("lint.").unwrap_or(key));
                let list = list.and_then(|list| list.strip_suffix("[]"));
                one.of == Tool::Ruff && list.is_some_and(|list| names.contains(&list)) && covers(&one.value)
            })
        };
        let found = lists(&["select", "extend-select"], &|value| {
            value == "ALL" || code.starts_with(value) && !value.is_empty()
        })?;
        let is_touched = |value: &str| value == "ALL" || code.starts_with(value) || value.starts_with(code);
        let is_ignored = lists(&["ignore", "extend-ignore"], &|value| is_touched(value)).is_some();
        let is_ignored_somewhere = self.all.iter().any(|one| {
            let pattern = one
                .key
                .split_once("per-file-ignores.")
                .map(|(_, pattern)| pattern.trim_end_matches("[]"));
            one.of == Tool::Ruff
                && is_touched(&one.value)
                && pattern.is_some_and(|pattern| !is_aside(pattern))
        });
        (!is_ignored && !is_ignored_somewhere).then_some(found)
    }

    fn cargo(&self, table: &str, name: &str) -> Option<&Setting> {
        let found = self.all.iter().find(|one| {
            let section = one.key.strip_suffix(&format!(".{name}"));
            let is_own = section == Some(format!("lints.{table}").as_str());
            let is_shared = section == Some(format!("workspace.lints.{table}").as_str());
            one.of == Tool::Cargo && (is_own && !self.is_workspace() || is_shared && self.has_workspace_lints)
        })?;
        let level = found.value.as_str();
        let is_strict = ["deny", "forbid"]
            .iter()
            .any(|word| level == *word || level.contains(&format!("level = \"{word}\"")));
        is_strict.then_some(found)
    }

    fn is_workspace(&self) -> bool {
        self.all
            .iter()
            .any(|one| one.of == Tool::Cargo && one.key.starts_with("workspace.members"))
    }

    fn golangci(&self, name: &str) -> Option<&Setting> {
        let own = |key: &str| {
            let found = self
                .all
                .iter()
                .find(|one| one.of == Tool::Golangci && one.key == key && one.value == name);
            found.filter(|_| !key.is_empty())
        };
        let enabled = own("linters.enable[]").or_else(|| own("formatters.enable[]"));
        enabled.filter(|_| own("linters.disable[]").is_none())
    }

    /// A key with a value for all files of a lesson: the last section that is about a file decides.
    fn editorconfig(&self, key: &str, value: &str, files: &LessonFiles) -> Option<&Setting> {
        let mut found = None;
        for ending in files.endings() {
            let setting = self.editorconfig_of(key, ending)?;
            let is_width_of_tab = key == "indent_size"
                && self
                    .editorconfig_of("indent_style", ending)
                    .is_some_and(|style| style.value == "tab");
            if !setting.value.eq_ignore_ascii_case(value) || is_width_of_tab {
                return None;
            }
            found = found.or(Some(setting));
        }
        found
    }

    /// The setting of a key for files with an ending; none, too, if it is another one in some folder.
    fn editorconfig_of(&self, key: &str, ending: &str) -> Option<&Setting> {
        let mut found: Option<&Setting> = None;
        let own = self.all.iter().filter(|one| one.of == Tool::EditorConfig);
        for one in own {
            let Some(section) = one
                .key
                .strip_suffix(key)
                .and_then(|section| section.strip_suffix('.'))
            else {
                continue;
            };
            let names_ending = || {
                let mut names = section.split(['{', '}', ',', '*', ' ']);
                names.any(|name| name.trim_start_matches('.') == ending.trim_start_matches('.'))
            };
            if section.contains('/') {
                let is_other = found.is_none_or(|found| found.value != one.value);
                if is_other && !is_aside(section) && (section.ends_with('*') || names_ending()) {
                    return None;
                }
            } else if section == "*" || names_ending() {
                found = Some(one);
            }
        }
        found
    }

    /// A style of C# that the compiler or the analyzers report at least as a warning.
    fn csharp(&self, key: &str, value: &str, diagnostic: &str, files: &LessonFiles) -> Option<&Setting> {
        files.are_of(&[".cs"]).then_some(())?;
        let found = self.editorconfig_of(key, ".cs")?;
        let (style, severity) = found.value.split_once(':').unwrap_or((&found.value, ""));
        let own = self.editorconfig_of(&format!("dotnet_diagnostic.{diagnostic}.severity"), ".cs");
        let severity = own.map_or(severity, |own| own.value.as_str());
        (style == value && ["warning", "error"].contains(&severity)).then_some(found)
    }
}

/// Whether a pattern is about files for which rules about code are seldom meant.
fn is_aside(pattern: &str) -> bool {
    let words = pattern.split(|c: char| !c.is_ascii_alphanumeric());
    let asides = [
        "test",
        "tests",
        "spec",
        "example",
        "examples",
        "doc",
        "docs",
        "script",
        "scripts",
        "fixtures",
        "migrations",
        "conftest",
        "bench",
        "benches",
        "benchmarks",
        "stories",
        "generated",
        "config",
        "init",
    ];
    words.into_iter().any(|word| asides.contains(&word))
}

/// Whether a pattern is about all sources: `**/*.ts`, `src/**`, `packages/*/src/**/*.ts`.
fn is_of_sources(pattern: &str) -> bool {
    let first = pattern
        .trim_start_matches("./")
        .split('/')
        .next()
        .unwrap_or_default();
    let last = pattern.rsplit('/').next().unwrap_or_default();
    !is_aside(pattern)
        && (first.starts_with('*') || ["src", "packages", "apps", "lib", "app"].contains(&first))
        && last.starts_with('*')
}

/// Adds what ruff and golangci-lint do if their settings do not say otherwise, at the first line of these settings.
fn add_defaults(all: &mut Vec<Setting>) {
    let mut defaults = Vec::new();
    let mut add = |first: &Setting, key: &str, name: String, value: &str| {
        defaults.push(Setting {
            name,
            key: key.to_owned(),
            value: value.to_owned(),
            ..first.clone()
        });
    };
    let first = |of: Tool| all.iter().find(|one| one.of == of);
    let selects = ["tool.ruff.select[]", "tool.ruff.lint.select[]"];
    if let Some(ruff) =
        first(Tool::Ruff).filter(|_| !all.iter().any(|one| selects.contains(&one.key.as_str())))
    {
        for code in RUFF_DEFAULTS {
            let name = format!("{code}, which ruff selects by default");
            add(ruff, "tool.ruff.lint.select[]", name, code);
        }
    }
    let limits = ["linters.default", "linters.disable-all", "linters.enable-all"];
    if let Some(golangci) =
        first(Tool::Golangci).filter(|_| !all.iter().any(|one| limits.contains(&one.key.as_str())))
    {
        for linter in GOLANGCI_DEFAULTS {
            let name = format!("{linter}, which golangci-lint enables by default");
            add(golangci, "linters.enable[]", name, linter);
        }
    }
    all.append(&mut defaults);
}

/// Whether every crate has `[lints] workspace = true`.
fn have_workspace_lints(tree: &Tree) -> bool {
    let mut crates = tree
        .paths()
        .filter(|path| *path == "Cargo.toml" || path.ends_with("/Cargo.toml"))
        .map(|path| tree.file(path).and_then(|bytes| std::str::from_utf8(bytes).ok()));
    crates.all(|text| {
        let entries = text.map(toml::entries).unwrap_or_default();
        let is_crate = entries.iter().any(|one| one.section == "package");
        let takes = entries.iter().any(|one| {
            one.section == "lints" && one.key == "workspace" && one.value == "true"
                || one.section.is_empty() && one.key == "lints.workspace" && one.value == "true"
        });
        text.is_some() && (!is_crate || takes)
    })
}
