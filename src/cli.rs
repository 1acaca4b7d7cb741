//! The command line of `lessonbook`, and its reference page `docs/cli.md`.
//!
//! Input: the arguments. Output: a [`Cli`], or clap's own message. Not here: each command's arguments and
//! work (`commands/`).

use clap::{CommandFactory, Parser};

use crate::commands::Command;
use crate::run::global_args::GlobalArgs;

/// Keep lessons for AI assistants in one store, propose them to many repositories, and prove that they are present
///
/// Write a lesson once, as YAML. Lessonbook works out which repositories it concerns, renders it into the files that Copilot,
/// Claude Code, Cursor and others load there, and proves on the final bytes that it can be read. It proposes; people merge.
#[derive(Debug, Parser)]
#[command(
    name = "lessonbook",
    version,
    max_term_width = 100,
    propagate_version = false,
    subcommand_required = true,
    arg_required_else_help = true,
    after_help = EXAMPLES,
    after_long_help = AFTER
)]
pub struct Cli {
    /// The arguments that every command takes.
    #[command(flatten)]
    pub global: GlobalArgs,

    /// The command to run.
    #[command(subcommand)]
    pub command: Command,
}

const EXAMPLES: &str = "\
Examples:
  lessonbook demo                  see it work, offline, in a new folder
  lessonbook init guardrails       start a store
  lessonbook check                 report every problem in the store
  lessonbook plan                  show what would change in each target, with the proof
  lessonbook sync ../shop          propose it on a branch of one repository";

const AFTER: &str = "\
Examples:
  lessonbook demo                  see it work, offline, in a new folder
  lessonbook init guardrails       start a store
  lessonbook check                 report every problem in the store
  lessonbook plan                  show what would change in each target, with the proof
  lessonbook sync ../shop          propose it on a branch of one repository

Exit codes:
  0  done, or nothing left to do
  1  findings or failures
  2  wrong usage
  3  changes are pending (status; plan and diff with --exit-code), or a plan is wider (compare)
  4  a saved plan is stale (apply), or the files of a site (site --check)
  5  deferred, by a limit or a pause
  If several apply, the first of 2, 1, 4, 5, 3 is returned.

Environment:
  NO_COLOR            no colors, unless --color sets them
  LESSONBOOK_TODAY    the date, as YYYY-MM-DD, that review and exception dates are compared
                      with, for debugging; default: today in UTC
  LESSONBOOK_NOW      the time, as YYYY-MM-DDTHH:MM:SSZ, from which ages and bake times are
                      counted, for debugging; default: now";

/// The whole command line as clap knows it, for completions, man pages and the reference.
pub fn command() -> clap::Command {
    Cli::command()
}

/// The reference of all commands as Markdown: `docs/cli.md`.
pub fn reference() -> String {
    let mut root = command().term_width(100);
    root.build();
    let mut page = format!(
        "# Command line\n\n<!-- Generated from the program's help; {REFRESH} refreshes it. -->\n\n{}",
        section("lessonbook", &mut root)
    );
    for name in subcommands(&root) {
        if let Some(sub) = root.find_subcommand(&name) {
            // The arguments that every command takes are listed once, in the first section.
            let mut sub = sub.clone().mut_args(|arg| {
                let is_global = arg.is_global_set();
                arg.hide(is_global)
            });
            page.push('\n');
            page.push_str(&section(&format!("lessonbook {name}"), &mut sub));
        }
    }
    page
}

/// The names of the commands, without clap's own `help`.
pub fn subcommands(root: &clap::Command) -> Vec<String> {
    root.get_subcommands()
        .map(|sub| sub.get_name().to_owned())
        .filter(|name| name != "help")
        .collect()
}

const REFRESH: &str = "`LESSONBOOK_REFRESH=1 cargo test --test suite generated`";

fn section(title: &str, command: &mut clap::Command) -> String {
    let help = command.render_long_help().to_string();
    let help: Vec<&str> = help.lines().map(str::trim_end).collect();
    let help = help.join("\n");
    format!("## `{title}`\n\n```text\n{}\n```\n", help.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clap_accepts_the_definitions() {
        command().debug_assert();
    }

    #[test]
    fn the_help_of_every_command_has_an_example() {
        let mut root = command();
        root.build();
        let names = subcommands(&root);
        assert!(names.len() >= 14, "{names:?}");
        for name in names {
            let sub = root.find_subcommand_mut(&name).unwrap();
            for help in [sub.render_help(), sub.render_long_help()] {
                let help = help.to_string();
                let (_, examples) = help
                    .split_once("Examples:\n")
                    .unwrap_or_else(|| panic!("{name}: {help}"));
                assert!(
                    examples.contains(&format!("lessonbook {name}")),
                    "{name}: {examples}"
                );
            }
        }
    }

    #[test]
    fn every_example_parses() {
        let mut root = command();
        root.build();
        let mut helps = vec![root.render_long_help().to_string()];
        for name in subcommands(&root) {
            let sub = root.find_subcommand_mut(&name).unwrap();
            helps.push(sub.render_long_help().to_string());
        }
        let mut count = 0;
        for help in helps {
            let (_, examples) = help.split_once("Examples:\n").unwrap();
            let examples = examples.split("\n\n").next().unwrap_or_default();
            // A line that ends in a backslash goes on in the next one.
            let parts = examples.split(" \\\n").map(str::trim_start);
            let examples = parts.collect::<Vec<_>>().join(" ");
            for line in examples
                .lines()
                .filter_map(|line| line.trim().strip_prefix("lessonbook "))
            {
                // An explanation of the example follows after two spaces.
                let typed = line.split("  ").next().unwrap_or(line);
                let typed = typed.split(" > ").next().unwrap_or(typed);
                let words = std::iter::once("lessonbook".to_owned()).chain(words(typed));
                let parsed = Cli::try_parse_from(words);
                assert!(parsed.is_ok(), "{typed}: {}", parsed.unwrap_err());
                count += 1;
            }
        }
        assert!(count >= 20, "{count}");
    }

    /// Splits at spaces outside quotes, as a shell does.
    fn words(line: &str) -> Vec<String> {
        let mut words = vec![String::new()];
        let mut quote = None;
        for c in line.chars() {
            match (quote, c) {
                (Some(open), c) if c == open => quote = None,
                (None, '\'' | '"') => quote = Some(c),
                (None, ' ') => words.push(String::new()),
                (_, c) => words.last_mut().unwrap().push(c),
            }
        }
        words
    }
}
