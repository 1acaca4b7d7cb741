//! The words of `--format`.

use clap::ValueEnum;

/// For most commands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Default)]
pub enum Format {
    /// For a terminal
    #[default]
    Human,
    /// For scripts
    Json,
}

/// Where there are only findings.
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

/// Where there is a table that a page can hold.
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
