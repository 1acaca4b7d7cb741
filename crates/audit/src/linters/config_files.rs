//! The files in the root folder that hold settings of linters and formatters, and the values in them.
//!
//! Input: the content of such files. Output: [`Setting`]s, each with its file and line. Not here: which of them holds (`settings`), and
//! which rule it enforces (`table`).

mod script;

use crate::toml;
use lessonbook_base::tree::Tree;
use lessonbook_checks::document::{Node, Value};
use lessonbook_checks::read::FileFormat;

/// Files with settings, each with its tool and the form of the file.
const CONFIGS: &[(&str, Tool, Form)] = &[
    (".editorconfig", Tool::EditorConfig, Form::Toml),
    ("pyproject.toml", Tool::Python, Form::Toml),
    ("ruff.toml", Tool::Ruff, Form::Toml),
    (".ruff.toml", Tool::Ruff, Form::Toml),
    ("mypy.ini", Tool::Mypy, Form::Toml),
    (".mypy.ini", Tool::Mypy, Form::Toml),
    (".flake8", Tool::Flake8, Form::Toml),
    ("setup.cfg", Tool::SetupCfg, Form::Toml),
    ("tox.ini", Tool::SetupCfg, Form::Toml),
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
    ("eslint.config.mts", Tool::Eslint, Form::Script),
    (".oxlintrc.json", Tool::Oxlint, Form::Json),
    (".oxlintrc.jsonc", Tool::Oxlint, Form::Json),
    (".prettierrc", Tool::Prettier, Form::Yaml),
    (".prettierrc.json", Tool::Prettier, Form::Json),
    (".prettierrc.yaml", Tool::Prettier, Form::Yaml),
    (".prettierrc.yml", Tool::Prettier, Form::Yaml),
    (".prettierrc.js", Tool::Prettier, Form::Script),
    (".prettierrc.cjs", Tool::Prettier, Form::Script),
    (".prettierrc.mjs", Tool::Prettier, Form::Script),
    ("prettier.config.js", Tool::Prettier, Form::Script),
    ("prettier.config.cjs", Tool::Prettier, Form::Script),
    ("prettier.config.mjs", Tool::Prettier, Form::Script),
    ("prettier.config.ts", Tool::Prettier, Form::Script),
    (".oxfmtrc.json", Tool::Oxfmt, Form::Json),
    (".oxfmtrc.jsonc", Tool::Oxfmt, Form::Json),
    ("package.json", Tool::Package, Form::Json),
    ("biome.json", Tool::Biome, Form::Json),
    ("biome.jsonc", Tool::Biome, Form::Json),
    (".golangci.yml", Tool::Golangci, Form::Yaml),
    (".golangci.yaml", Tool::Golangci, Form::Yaml),
    (".golangci.json", Tool::Golangci, Form::Json),
    ("Directory.Build.props", Tool::MsBuild, Form::Xml),
];

/// The program that reads a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tool {
    EditorConfig,
    /// `pyproject.toml` has the settings of several.
    Python,
    Ruff,
    Mypy,
    Flake8,
    /// `setup.cfg` and `tox.ini` have the settings of flake8 and mypy.
    SetupCfg,
    Cargo,
    Rustfmt,
    TypeScript,
    Eslint,
    /// Has the rules of `ESLint` under the same names.
    Oxlint,
    Prettier,
    /// Has the options of Prettier under the same names.
    Oxfmt,
    /// `package.json` can have those of `ESLint` and Prettier.
    Package,
    Biome,
    Golangci,
    MsBuild,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Toml,
    Json,
    Yaml,
    /// Read line by line.
    Script,
    /// Only elements that begin and end on one line.
    Xml,
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
    pub key: String,
    pub value: String,
    /// Whose setting it is.
    pub of: Tool,
}

/// Whether a file in the root folder has settings of a linter.
pub fn is_config(name: &str) -> bool {
    CONFIGS.iter().any(|(known, ..)| *known == name)
}

/// All values in the files of a repository.
pub fn read_all(tree: &Tree) -> Vec<Setting> {
    let mut all = Vec::new();
    for (name, tool, form) in CONFIGS {
        if let Some(Ok(text)) = tree.file(name).map(std::str::from_utf8) {
            read(name, *tool, *form, text, &mut all);
        }
    }
    all
}

fn read(file: &str, tool: Tool, form: Form, text: &str, all: &mut Vec<Setting>) {
    let mut add = |key: String, value: &str, line: usize| {
        if let Some((of, shown)) = owner(tool, &key) {
            let key = match (tool, key.strip_prefix("prettier.")) {
                (Tool::Oxlint, _) => key.replace("rules.typescript/", "rules.@typescript-eslint/"),
                (_, Some(own)) => own.to_owned(),
                _ => key,
            };
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
        Form::Script => script::read(text, tool == Tool::Eslint, &mut add),
        Form::Xml => xml(text, &mut add),
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

/// `<Nullable>enable</Nullable>`.
fn xml(text: &str, add: &mut impl FnMut(String, &str, usize)) {
    for (at, line) in text.lines().enumerate() {
        let element = line
            .trim()
            .strip_prefix('<')
            .and_then(|rest| rest.split_once('>'));
        let value = element.and_then(|(name, rest)| Some((name, rest.strip_suffix(&format!("</{name}>"))?)));
        if let Some((name, value)) = value {
            add(name.to_owned(), value.trim(), at + 1);
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
        Tool::SetupCfg if key.starts_with("flake8.") => (Tool::Flake8, "flake8"),
        Tool::SetupCfg if key.starts_with("mypy") => (Tool::Mypy, "mypy"),
        Tool::Python | Tool::Package | Tool::SetupCfg => return None,
        Tool::Oxlint => (Tool::Eslint, "Oxlint"),
        Tool::Oxfmt => (Tool::Prettier, "Oxfmt"),
        Tool::MsBuild => (tool, "the C# compiler"),
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
        Tool::Eslint if key.ends_with("extends[]") => value.to_owned(),
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
