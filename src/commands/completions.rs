//! `lessonbook completions`: prints a completion script for a shell.

use clap::Args;
use clap_complete::Shell;

use super::{Context, Exit};

/// Print a completion script for a shell
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct CompletionsArgs {
    /// The shell
    #[arg(value_name = "SHELL")]
    shell: Shell,
}

const EXAMPLES: &str = "\
Examples:
  lessonbook completions bash > ~/.local/share/bash-completion/completions/lessonbook
  lessonbook completions zsh > ~/.zfunc/_lessonbook
  lessonbook completions fish > ~/.config/fish/completions/lessonbook.fish";

/// Prints the script.
pub fn run(args: &CompletionsArgs, context: &Context) -> anyhow::Result<Exit> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut crate::cli::command(), "lessonbook", &mut script);
    context.printer.bytes(&script)?;
    Ok(Exit::Done)
}
