//! The values of `--format`, and days.

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

/// The formats of `audit`, whose findings can also be a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum AuditFormat {
    /// For a terminal
    Human,
    /// For scripts
    Json,
    /// For a page or a comment
    Markdown,
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

/// A day as options take it.
pub fn day(word: &str) -> Result<jiff::civil::Date, String> {
    let is_day = word.len() == 10 && word.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    match word.parse() {
        Ok(date) if is_day => Ok(date),
        _ => Err("write a day as YYYY-MM-DD".to_owned()),
    }
}
