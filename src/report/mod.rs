//! The only code that prints.
//!
//! Input: values to report, and the options `--color`, `-q` and `-v`. Output: output to stdout, messages to stderr. Not here:
//! computing the values (`commands/`) and the exit code (`run/exit.rs`, `run/outcome.rs`).
//!
//! Texts always contain colors; the stream removes them if they are not wanted. So a report is one string that tests can read
//! without a terminal.

pub mod assistants;
pub mod audit;
pub mod backtest;
pub mod check_counts;
pub mod check_levels;
pub mod compare;
pub mod coverage;
pub mod dashboard;
pub mod diff_groups;
pub mod document;
pub mod drift;
pub mod effect;
pub mod envelope;
pub mod error;
pub mod explain;
pub mod findings;
pub mod impact;
pub mod import;
pub mod line;
pub mod lint;
pub mod list;
pub mod markdown_text;
pub mod merge_commands;
pub mod moved;
pub mod pause;
pub mod plan;
pub mod plan_json;
pub mod progress;
pub mod prompt;
pub mod rollout;
pub mod sanitize;
pub mod site;
pub mod status;
pub mod style;
pub mod sync;
pub mod table;
pub mod verify;
pub mod withdraw;
mod words;

pub use document::{Document, View};
pub use error::UserError;
pub use line::Line;
pub use progress::Progress;
use std::io::{self, IsTerminal, Write};

use anstream::{AutoStream, ColorChoice};

use sanitize::harmless;

pub use table::TextTable;

/// When to use colors. `Auto` depends on the terminal and the environment (`NO_COLOR`, `CLICOLOR_FORCE`, `TERM`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Color {
    /// On a terminal that can, unless the environment says no.
    #[default]
    Auto,
    /// Always, also into a pipe.
    Always,
    /// Never.
    Never,
}

/// Prints to stdout and stderr.
#[derive(Debug, Clone, Default)]
pub struct Printer {
    color: Color,
    quiet: bool,
    verbose: u8,
}

impl Printer {
    /// A printer with the user's options.
    pub fn new(color: Color, quiet: bool, verbose: u8) -> Self {
        Printer {
            color,
            quiet,
            verbose,
        }
    }

    /// How many times the user passed `-v`.
    pub fn verbose(&self) -> u8 {
        self.verbose
    }

    /// Whether the user passed `-q`.
    pub fn quiet(&self) -> bool {
        self.quiet
    }

    /// Prints the output of a command to stdout. A closed pipe is not an error: the reader has what it needs.
    pub fn data(&self, text: &str) -> io::Result<()> {
        let mut out = AutoStream::new(io::stdout().lock(), self.choice());
        forgive_broken_pipe(
            out.write_all(harmless(text).as_bytes())
                .and_then(|()| out.flush()),
        )
    }

    /// Prints commands to GitHub's runner to stdout: the only text whose lines may begin with `::`. Only [`findings::github`] creates
    /// them.
    pub fn runner_commands(&self, text: &str) -> io::Result<()> {
        self.bytes(text.as_bytes())
    }

    /// Prints bytes unchanged to stdout.
    pub fn bytes(&self, bytes: &[u8]) -> io::Result<()> {
        let mut out = io::stdout().lock();
        forgive_broken_pipe(out.write_all(bytes).and_then(|()| out.flush()))
    }

    /// Prints a message about the progress to stderr, unless `-q` is set. The line end is added.
    pub fn talk(&self, text: &str) {
        if !self.quiet {
            self.complain(text);
        }
    }

    /// Prints an important message to stderr, also with `-q`. The line end is added.
    pub fn complain(&self, text: &str) {
        let mut err = AutoStream::new(io::stderr().lock(), self.choice());
        // If stderr can't be written, there is no other place for an error message.
        let _ = writeln!(err, "{}", harmless(text.trim_end_matches('\n')));
    }

    /// Prints a question to stderr, also with `-q`: the answer is typed on the same line.
    pub fn question(&self, text: &str) {
        let mut err = AutoStream::new(io::stderr().lock(), self.choice());
        let _ = write!(err, "{} ", harmless(text)).and_then(|()| err.flush());
    }

    /// Prints an error of the environment, with its causes and help.
    pub fn error(&self, error: &anyhow::Error) {
        self.complain(&error::page(error));
    }

    /// Whether stderr is a terminal and `-q` is not set.
    pub fn is_watched(&self) -> bool {
        !self.quiet && io::stderr().is_terminal()
    }

    /// Whether stderr is without colors.
    pub fn is_plain(&self) -> bool {
        match self.choice() {
            ColorChoice::Auto => AutoStream::choice(&io::stderr()) == ColorChoice::Never,
            choice => choice == ColorChoice::Never,
        }
    }

    fn choice(&self) -> ColorChoice {
        match self.color {
            Color::Auto => ColorChoice::Auto,
            Color::Always => ColorChoice::Always,
            Color::Never => ColorChoice::Never,
        }
    }
}

fn forgive_broken_pipe(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_closed_pipe_is_success_and_a_full_disk_is_not() {
        let gone = Err(io::Error::from(io::ErrorKind::BrokenPipe));
        assert!(forgive_broken_pipe(gone).is_ok());
        let full = Err(io::Error::from(io::ErrorKind::StorageFull));
        assert!(forgive_broken_pipe(full).is_err());
    }
}
