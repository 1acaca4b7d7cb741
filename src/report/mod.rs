//! The only code that prints.
//!
//! Input: values that somebody worked out, and what the user asked for (`--color`, `-q`, `-v`). Output: data to stdout,
//! talk to stderr, and nothing anywhere else. Not here: what to say (`commands/`) and the exit code
//! (`run/outcome.rs`).
//!
//! Texts are made with their colors; the stream takes them out where nobody wants them. So a report is one string, and a
//! test reads it without a terminal.

pub mod assistants;
pub mod compare;
pub mod coverage;
pub mod coverage_page;
pub mod dashboard;
pub mod diff_groups;
pub mod drift;
pub mod envelope;
pub mod error;
pub mod explain;
pub mod findings;
pub mod impact;
pub mod import;
pub mod lint;
pub mod markdown_page;
pub mod merge_commands;
pub mod pause;
pub mod plan;
pub mod plan_json;
pub mod plan_markdown;
pub mod progress;
pub mod prompt;
pub mod proof;
pub mod rollout;
pub mod sanitize;
pub mod status;
pub mod style;
pub mod sync;
pub mod table;
pub mod verify;
pub mod withdraw;

pub use error::UserError;
pub use progress::Progress;
use sanitize::harmless;
pub use table::{TableCell, TextTable};

use std::io::{self, IsTerminal, Write};

use anstream::{AutoStream, ColorChoice};

/// When to color. `Auto` asks the terminal and the environment (`NO_COLOR`, `CLICOLOR_FORCE`, `TERM`).
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

/// The way to stdout and stderr.
#[derive(Debug, Clone, Default)]
pub struct Printer {
    color: Color,
    quiet: bool,
    verbose: u8,
}

impl Printer {
    /// A printer as the user asked for it.
    pub fn new(color: Color, quiet: bool, verbose: u8) -> Self {
        Printer {
            color,
            quiet,
            verbose,
        }
    }

    /// How often the user said `-v`.
    pub fn verbose(&self) -> u8 {
        self.verbose
    }

    /// Whether the user said `-q`.
    pub fn quiet(&self) -> bool {
        self.quiet
    }

    /// What the user asked for, to stdout. A reader that left early is no error: it has what it wanted.
    pub fn data(&self, text: &str) -> io::Result<()> {
        let mut out = AutoStream::new(io::stdout().lock(), self.choice());
        forgive_broken_pipe(
            out.write_all(harmless(text).as_bytes())
                .and_then(|()| out.flush()),
        )
    }

    /// Commands to GitHub's runner, to stdout: the one text whose lines may begin with `::`. Only [`findings::github`] makes them.
    pub fn runner_commands(&self, text: &str) -> io::Result<()> {
        self.bytes(text.as_bytes())
    }

    /// Bytes as they are, to stdout.
    pub fn bytes(&self, bytes: &[u8]) -> io::Result<()> {
        let mut out = io::stdout().lock();
        forgive_broken_pipe(out.write_all(bytes).and_then(|()| out.flush()))
    }

    /// What helps a person to follow, to stderr; nothing with `-q`. The line's end is added.
    pub fn talk(&self, text: &str) {
        if !self.quiet {
            self.complain(text);
        }
    }

    /// What a person must see, to stderr, also with `-q`. The line's end is added.
    pub fn complain(&self, text: &str) {
        let mut err = AutoStream::new(io::stderr().lock(), self.choice());
        // Nobody is left to tell that stderr is gone.
        let _ = writeln!(err, "{}", harmless(text.trim_end_matches('\n')));
    }

    /// A question to a person, to stderr, also with `-q`: the answer is typed on the same line.
    pub fn question(&self, text: &str) {
        let mut err = AutoStream::new(io::stderr().lock(), self.choice());
        let _ = write!(err, "{} ", harmless(text)).and_then(|()| err.flush());
    }

    /// An error of the world, with everything that caused it and the way out.
    pub fn error(&self, error: &anyhow::Error) {
        self.complain(&error::page(error));
    }

    /// Whether a person watches stderr and wants to be talked to.
    pub fn is_watched(&self) -> bool {
        !self.quiet && io::stderr().is_terminal()
    }

    /// Whether stderr gets no colors.
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
    fn a_reader_that_left_is_success_and_a_full_disk_is_not() {
        let gone = Err(io::Error::from(io::ErrorKind::BrokenPipe));
        assert!(forgive_broken_pipe(gone).is_ok());
        let full = Err(io::Error::from(io::ErrorKind::StorageFull));
        assert!(forgive_broken_pipe(full).is_err());
    }
}
