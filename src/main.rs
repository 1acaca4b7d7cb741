//! The program: parses the arguments, runs the command, and returns its exit code.

use std::process::ExitCode;

use clap::Parser;

use lessonbook::cli::Cli;
use lessonbook::commands;
use lessonbook::run::{Context, Exit};

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(message) => {
            // If this fails, the terminal is closed and no message can be shown.
            let _ = message.print();
            let exit = if message.exit_code() == 0 {
                Exit::Done
            } else {
                Exit::WrongUse
            };
            return exit.into();
        }
    };
    lessonbook::report::table::fit_stdout();
    let outcome = Context::new(&cli.global).and_then(|context| commands::run(cli.command, &context));
    let exit = outcome.unwrap_or_else(|error| {
        cli.global.printer().error(&error);
        Exit::from_error(&error)
    });
    exit.into()
}
