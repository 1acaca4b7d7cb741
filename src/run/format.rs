//! The values of `--format`.

use clap::ValueEnum;

/// The formats of most commands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Default)]
pub enum Format {
    /// For a terminal
    #[default]
    Human,
    /// For scripts
    Json,
}

/// The formats of commands that print findings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FindingsFormat {
    /// For a terminal
    Human,
    /// For scripts
    Json,
    /// Annotations in a GitHub workflow
    Github,
    /// SARIF 2.1.0, for code scanning
    Sarif,
}

/// The formats of commands that can also print a Markdown page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum TableFormat {
    /// For a terminal
    Human,
    /// For scripts
    Json,
    /// For a page or a comment
    Markdown,
}

impl From<Format> for TableFormat {
    fn from(format: Format) -> Self {
        match format {
            Format::Human => TableFormat::Human,
            Format::Json => TableFormat::Json,
        }
    }
}
