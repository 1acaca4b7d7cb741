//! The settings of linters and formatters in the root folder of a repository.
//!
//! Input: a tree with the content of their files. Output: [`LinterSettings`]: each value with its file and line. Not here: which rule a
//! setting enforces (`table`).
//!
//! What is switched off again for some files is not enforced, so such a setting is not found.

use super::wanted_setting::WantedSetting;
use crate::linters::wanted_setting::Tool;
use crate::toml;
use lessonbook_base::tree::Tree;
use lessonbook_checks::document::{Node, Value};
use lessonbook_checks::read::FileFormat;

/// Files with settings, each with its tool and the form of the file.
const CONFIGS: [(&str, Tool, Form); 31] = [
    (".editorconfig", Tool::EditorConfig, Form::Toml),
    ("pyproject.toml", Tool::Python, Form::Toml),
    ("ruff.toml", Tool::Ruff, Form::Toml),
    (".ruff.toml", Tool::Ruff, Form::Toml),
    ("mypy.ini", Tool::Mypy, Form::Toml),
    (".flake8", Tool::Flake8, Form::Toml),
    ("Cargo.toml", Tool::Cargo, Form::Toml),
    ("rustfmt.toml", Tool::Rustfmt, Form::Toml),
    (".rustfmt.toml", Tool::Rustfmt, Form::Toml),
    ("tsconfig.json", Tool::TypeScript, Form::Json),
    ("tsconfig.base.json", Tool::TypeScript, Form::Json),
    (".eslintrc", Tool::Eslint, Form::Yaml),
    (".eslintrc.json", Tool::Eslint, Form::Json),
    (".eslintrc.yaml", Tool::Eslint, Form::Yaml),
    (".eslintrc.yml", Tool::Eslint, Form::Yaml),
    (".eslintrc.js", Tool::Eslint, Form::Script),
    (".eslintrc.cjs", Tool::Eslint, Form::Script),
    ("eslint.config.js", Tool::Eslint, Form::Script),
    ("eslint.config.mjs", Tool::Eslint, Form::Script),
    ("eslint.config.cjs", Tool::Eslint, Form::Script),
    ("eslint.config.ts", Tool::Eslint, Form::Script),
    (".prettierrc", Tool::Prettier, Form::Yaml),
    (".prettierrc.json", Tool::Prettier, Form::Json),
    (".prettierrc.yaml", Tool::Prettier, Form::Yaml),
    (".prettierrc.yml", Tool::Prettier, Form::Yaml),
    ("package.json", Tool::Package, Form::Json),
    ("biome.json", Tool::Biome, Form::Json),
    ("biome.jsonc", Tool::Biome, Form::Json),
    (".golangci.yml", Tool::Golangci, Form::Yaml),
    (".golangci.yaml", Tool::Golangci, Form::Yaml),
    (".golangci.json", Tool::Golangci, Form::Json),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Toml,
    Json,
    Yaml,
    /// Read as text: only `'name': 'error'` is found.
    Script,
}

/// A value in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// The program's name.
    pub tool: &'static str,
    /// The setting as people name it: `no-console`, `line-length = 88`.
    pub name: String,
    /// The file.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// Where it is in the file: `compilerOptions.strict`, `tool.ruff.lint.select`.
    key: String,
    value: String,
    of: Tool,
}

/// All settings of a repository.
#[derive(Debug, Default)]
pub struct LinterSettings {
    all: Vec<Setting>,
    /// Whether every crate of a workspace takes the workspace's lints.
    has_workspace_lints: bool,
}

/// Whether a file in the root folder has settings of a linter.
pub fn is_config(name: &str) -> bool {
    CONFIGS.iter().any(|(known, ..)| *known == name)
}

impl LinterSettings {
    /// Reads a tree.
    pub fn new(tree: &Tree) -> Self {
        let mut all = Vec::new();
        for (name, tool, form) in CONFIGS {
            if let Some(Ok(text)) = tree.file(name).map(std::str::from_utf8) {
                read(name, tool, form, text, &mut all);
            }
        }
        LinterSettings {
            all,
            has_workspace_lints: have_workspace_lints(tree),
        }
    }

    /// The setting that is wanted, if it is there and nothing takes it back. `number`: what the rule demands.
    pub fn find(&self, wanted: &WantedSetting, number: Option<&str>) -> Option<&Setting> {
        match *wanted {
            WantedSetting::Eslint(name) => self.eslint(name, None),
            WantedSetting::EslintOption(name, option) => self.eslint(name, Some(option)),
            WantedSetting::Biome(name) => self.biome(name),
            WantedSetting::Ruff(code) => self.ruff(code),
            WantedSetting::Clippy(name) => self.cargo("clippy", name),
            WantedSetting::RustLint(name) => self.cargo("rust", name),
            WantedSetting::Golangci(name) => self.only(Tool::Golangci, |one| {
                ["linters.enable[]", "formatters.enable[]"].contains(&one.key.as_str()) && one.value == name
            }),
            WantedSetting::Value(tool, key, value) => {
                let value = value.or(number)?;
                self.only(tool, |one| {
                    one.key == key && one.value.eq_ignore_ascii_case(value)
                })
            }
        }
    }

    /// A setting, if no other one of this tool has the same key and another value.
    fn only(&self, tool: Tool, is_it: impl Fn(&Setting) -> bool) -> Option<&Setting> {
        let found = self.all.iter().find(|one| one.of == tool && is_it(one))?;
        let last = found.key.rsplit('.').next().unwrap_or(&found.key);
        let is_other = |one: &&Setting| {
            one.of == tool
                && one.key.rsplit('.').next() == Some(last)
                && !last.ends_with("[]")
                && one.value != found.value
        };
        (!self.all.iter().any(|one| is_other(&one))).then_some(found)
    }

    fn eslint(&self, name: &str, option: Option<&str>) -> Option<&Setting> {
        let keys = ["rules", "eslintConfig.rules"].map(|rules| format!("{rules}.{name}"));
        let own: Vec<&Setting> = self
            .all
            .iter()
            .filter(|one| one.of == Tool::Eslint)
            .filter(|one| one.key.contains(&format!("rules.{name}")))
            .filter(|one| {
                let rest = one.key.split(name).last().unwrap_or_default();
                rest.is_empty() || rest.starts_with('[')
            })
            .collect();
        let level = |one: &Setting| one.key.ends_with(name) || one.key.ends_with("[0]");
        let found = own.iter().find(|one| {
            level(one)
                && keys
                    .iter()
                    .any(|key| one.key == *key || one.key == format!("{key}[0]"))
        })?;
        let is_error = |one: &&&Setting| matches!(one.value.as_str(), "error" | "2");
        let are_all_errors = own.iter().filter(|one| level(one)).all(|one| is_error(&one));
        let has_option = option.is_none_or(|option| {
            own.iter()
                .any(|one| one.key.ends_with("[1]") && one.value == option)
        });
        (are_all_errors && has_option).then_some(*found)
    }

    fn biome(&self, name: &str) -> Option<&Setting> {
        let key = format!("linter.rules.{name}");
        let rule = name.rsplit('.').next().unwrap_or(name);
        let found = self
            .all
            .iter()
            .find(|one| one.of == Tool::Biome && (one.key == key || one.key == format!("{key}.level")))?;
        let same = self.all.iter().filter(|one| {
            let key = one.key.strip_suffix(".level").unwrap_or(&one.key);
            one.of == Tool::Biome && key.rsplit('.').next() == Some(rule)
        });
        let mut same = same.map(|one| one.value.as_str());
        same.all(|value| value == "error").then_some(found)
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
            one.of == Tool::Ruff && one.key.contains("per-file-ignores") && is_touched(&one.value)
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

fn read(file: &str, tool: Tool, form: Form, text: &str, all: &mut Vec<Setting>) {
    let mut add = |key: String, value: &str, line: usize| {
        if let Some((of, shown)) = owner(tool, &key) {
            let key = key.strip_prefix("prettier.").map_or(key.clone(), str::to_owned);
            let name = name(of, &key, value);
            all.push(Setting {
                tool: shown,
                name,
                file: file.to_owned(),
                line,
                key,
                value: value.to_owned(),
                of,
            });
        }
    };
    match form {
        Form::Toml => {
            for entry in toml::entries(text) {
                let prefix = match tool {
                    Tool::Ruff if entry.section.is_empty() => "tool.ruff".to_owned(),
                    Tool::Ruff => format!("tool.ruff.{}", entry.section),
                    _ => entry.section.clone(),
                };
                let dot = if prefix.is_empty() { "" } else { "." };
                let item = if entry.is_item { "[]" } else { "" };
                add(
                    format!("{prefix}{dot}{}{item}", entry.key),
                    &entry.value,
                    entry.line,
                );
            }
        }
        Form::Json | Form::Yaml => {
            let is_json = form == Form::Json || text.trim_start().starts_with('{');
            let format = if is_json {
                FileFormat::Json
            } else {
                FileFormat::Yaml
            };
            let documents = format.read(text).unwrap_or_default();
            if let [document] = documents.as_slice() {
                flatten(&document.root, String::new(), &mut add);
            }
        }
        Form::Script => script(text, &mut add),
    }
}

/// Every value with the path of its keys; items of a list have numbers, and those of a list of texts also `[]`.
fn flatten(node: &Node, key: String, add: &mut impl FnMut(String, &str, usize)) {
    let line = usize::try_from(node.line).unwrap_or_default();
    match &node.value {
        Value::Map(map) => {
            for entry in &map.entries {
                let dot = if key.is_empty() { "" } else { "." };
                flatten(&entry.node, format!("{key}{dot}{}", entry.key), add);
            }
        }
        Value::List(list) => {
            for (at, item) in list.items.iter().enumerate() {
                if let Value::Text(text) = &item.value {
                    add(
                        format!("{key}[]"),
                        text,
                        usize::try_from(item.line).unwrap_or_default(),
                    );
                }
                flatten(item, format!("{key}[{at}]"), add);
            }
        }
        Value::Bool(value) => add(key, if *value { "true" } else { "false" }, line),
        Value::Number(text) | Value::Text(text) => add(key, text, line),
        Value::Unknown(_) | Value::Null => {}
    }
}

/// `'no-console': 'error'` and `"quotes": ["error", "single"]` in a script, each on one line.
fn script(text: &str, add: &mut impl FnMut(String, &str, usize)) {
    for (at, line) in text.lines().enumerate() {
        let line = line.trim_start();
        let is_comment = line.starts_with("//") || line.starts_with('*') || line.starts_with("/*");
        let Some((name, rest)) = line.split_once(':') else {
            continue;
        };
        let name = name.trim().trim_matches(['\'', '"']);
        let is_rule = !name.is_empty()
            && name
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "@/-_".contains(c));
        if !is_rule || is_comment {
            continue;
        }
        let values = rest.trim().trim_start_matches('[').split([',', ']']);
        let values = values.map(|value| value.trim().trim_matches(['\'', '"']));
        let is_list = rest.trim().starts_with('[');
        for (number, value) in values
            .enumerate()
            .take(2)
            .filter(|(number, _)| is_list || *number == 0)
        {
            let item = if is_list {
                format!("[{number}]")
            } else {
                String::new()
            };
            add(format!("rules.{name}{item}"), value, at + 1);
        }
    }
}

/// Whose setting it is, and the program's name. None: a program that is not known here.
fn owner(tool: Tool, key: &str) -> Option<(Tool, &'static str)> {
    Some(match tool {
        Tool::Python if key.starts_with("tool.ruff") => (Tool::Ruff, "ruff"),
        Tool::Python if key.starts_with("tool.mypy") => (Tool::Mypy, "mypy"),
        Tool::Python if key.starts_with("tool.black") => (Tool::Python, "black"),
        Tool::Package if key.starts_with("eslintConfig.") => (Tool::Eslint, "ESLint"),
        Tool::Package if key.starts_with("prettier.") => (Tool::Prettier, "Prettier"),
        Tool::Python | Tool::Package => return None,
        Tool::EditorConfig => (tool, "EditorConfig"),
        Tool::Ruff => (tool, "ruff"),
        Tool::Mypy => (tool, "mypy"),
        Tool::Flake8 => (tool, "flake8"),
        Tool::Cargo if key.contains(".rust.") => (tool, "rustc"),
        Tool::Cargo => (tool, "Clippy"),
        Tool::Rustfmt => (tool, "rustfmt"),
        Tool::TypeScript => (tool, "TypeScript"),
        Tool::Eslint => (tool, "ESLint"),
        Tool::Prettier => (tool, "Prettier"),
        Tool::Biome => (tool, "Biome"),
        Tool::Golangci => (tool, "golangci-lint"),
    })
}

/// The setting as people name it.
fn name(of: Tool, key: &str, value: &str) -> String {
    let last = key.rsplit('.').next().unwrap_or(key);
    let last = last.split('[').next().unwrap_or(last);
    match of {
        Tool::Eslint => key
            .split_once("rules.")
            .map_or(last, |(_, rule)| rule.split('[').next().unwrap_or(rule))
            .to_owned(),
        Tool::Biome if key.starts_with("linter.rules.") => {
            let rule = key.trim_start_matches("linter.rules.").trim_end_matches(".level");
            rule.replace('.', "/")
        }
        Tool::Cargo => key
            .rsplit('.')
            .take(2)
            .collect::<Vec<_>>()
            .into_iter()
            .rev()
            .collect::<Vec<_>>()
            .join("::"),
        Tool::Ruff if key.ends_with("[]") => format!("{last} {value}"),
        Tool::Golangci => value.to_owned(),
        _ => format!("{last} = {value}"),
    }
}
