//! A setting of a linter or formatter that enforces a rule, and the tool that has it.
//!
//! Not here: which rules they enforce (`rows`), and what a target sets (`settings`).

const SCRIPTS: &[&str] = &[
    ".ts", ".tsx", ".js", ".jsx", ".mts", ".cts", ".mjs", ".cjs", ".vue", ".svelte",
];

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
    /// A denied lint of Clippy.
    Clippy(&'static str),
    /// A denied lint of rustc.
    RustLint(&'static str),
    /// An enabled linter or formatter of golangci-lint.
    Golangci(&'static str),
    /// A key with a value; none: the number of the rule.
    Value(Tool, &'static str, Option<&'static str>),
}

impl WantedSetting {
    /// The endings of the files that it is about.
    pub fn endings(&self) -> &'static [&'static str] {
        match self {
            WantedSetting::Eslint(_) | WantedSetting::EslintOption(..) | WantedSetting::Biome(_) => SCRIPTS,
            WantedSetting::Ruff(_) => &[".py", ".pyi"],
            WantedSetting::Clippy(_) | WantedSetting::RustLint(_) => &[".rs"],
            WantedSetting::Golangci(_) => &[".go"],
            WantedSetting::Value(tool, ..) => match tool {
                Tool::Python | Tool::Ruff | Tool::Mypy | Tool::Flake8 => &[".py", ".pyi"],
                Tool::Cargo | Tool::Rustfmt => &[".rs"],
                Tool::TypeScript => &[".ts", ".tsx", ".mts", ".cts"],
                Tool::Golangci => &[".go"],
                Tool::Eslint | Tool::Prettier | Tool::Package | Tool::Biome => SCRIPTS,
                Tool::EditorConfig => &[],
            },
        }
    }

    /// Whether it is about all files: the section `[*]` of `.editorconfig`.
    pub fn is_for_all_files(&self) -> bool {
        matches!(self, WantedSetting::Value(Tool::EditorConfig, key, _) if key.starts_with("*."))
    }
}

/// The program that reads a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tool {
    EditorConfig,
    /// `pyproject.toml` has the settings of several.
    Python,
    Ruff,
    Mypy,
    Flake8,
    Cargo,
    Rustfmt,
    TypeScript,
    Eslint,
    Prettier,
    /// `package.json` can have those of `ESLint` and Prettier.
    Package,
    Biome,
    Golangci,
}
