//! The program: parses the arguments, runs the command, and returns its exit code.

use std::process::ExitCode;

use clap::Parser;

use lessonbook::cli::Cli;
use lessonbook::commands;
use lessonbook::run::{Context, Exit};

fn main() -> ExitCode {
    match commands::completions::answer(std::env::args_os()) {
        Ok(false) => {}
        Ok(true) => return Exit::Done.into(),
        Err(message) => return refuse(&message).into(),
    }
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(message) => return refuse(&message).into(),
    };
    lessonbook::report::table::fit_stdout();
    let outcome = Context::new(&cli.global).and_then(|context| commands::run(cli.command, &context));
    let exit = outcome.unwrap_or_else(|error| {
        cli.global.printer().error(&error);
        Exit::from_error(&error)
    });
    exit.into()
}

/// Prints clap's message about the arguments, or the help that was asked for.
fn refuse(message: &clap::Error) -> Exit {
    // If this fails, the terminal is closed and no message can be shown.
    let _ = message.print();
    if message.exit_code() == 0 {
        Exit::Done
    } else {
        Exit::WrongUse
    }
}
