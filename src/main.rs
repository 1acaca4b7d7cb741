//! The program: arguments in, exit code out.

use std::process::ExitCode;

use clap::Parser;

use lessonbook::cli::Cli;
use lessonbook::commands;
use lessonbook::run::{Context, Exit};

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(message) => {
            // Nobody is left to tell that the terminal is gone.
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
        Exit::of(&error)
    });
    exit.into()
}
