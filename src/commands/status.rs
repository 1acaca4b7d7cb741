//! `lessonbook status`: the state of every target, of one lesson in them, or the commands that merge what is proposed.

mod lesson;

use clap::Args;

use super::{Context, Exit};
use crate::report::envelope::DocumentSubject;
use crate::report::{self, merge_commands, status};
use crate::run::format::Format;
use crate::run::github_targets::RemoteArgs;
use crate::run::outcome::{self, FailArgs};
use crate::run::planning::Planning;
use crate::run::{pause, target_states};

/// Show the state of every target: up to date, proposed, merged, stale, declined, blocked …
///
/// Writes nothing. docs/github.md explains each state and what to do next. Exits with 3 if `sync` would write in a target or, with
/// --lesson, if the lesson is missing in a target that requires it.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct StatusArgs {
    /// Names or globs of targets; without: all
    #[arg(value_name = "TARGET")]
    pub targets: Vec<String>,

    /// Only this lesson: its state in every target
    #[arg(long, value_name = "ID")]
    pub lesson: Option<String>,

    /// Print the git commands that merge every proposal on this machine, and run none of them
    #[arg(long, conflicts_with_all = ["lesson", "format"])]
    pub merge_commands: bool,

    /// How GitHub is reached.
    #[command(flatten)]
    pub remote: RemoteArgs,

    /// Which failures count.
    #[command(flatten)]
    pub fail: FailArgs,

    /// How to print
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub format: Format,
}

const EXAMPLES: &str = "\
Examples:
  lessonbook status
  lessonbook status 'acme/*' --format json
  lessonbook status --lesson no-open-ingress
  lessonbook status --merge-commands";

/// Looks and prints.
pub fn run(args: &StatusArgs, context: &Context) -> anyhow::Result<Exit> {
    let context = &Context {
        remote: args.remote.clone(),
        ..context.clone()
    };
    let survey = Planning::take(context, &args.targets)?;
    if let Some(id) = &args.lesson {
        return lesson::run(args, id, &survey, context);
    }
    let paused = pause::tell(&survey, context);
    let mut statuses = target_states::statuses(&survey, context.now);
    if let Some(pause) = &paused {
        target_states::pause(&mut statuses, pause);
    }
    if args.merge_commands {
        let text = merge_commands::text(&survey.plans, &survey.store.branch(), &|name| {
            survey.folder_from_here(name)
        });
        let text = text + &merge_commands::pages(&statuses);
        context.printer.data(&text)?;
        if text.is_empty() {
            context.printer.talk("status: no proposal waits to be merged");
        }
        return Ok(outcome::ended(&survey, context, args.fail, &[]));
    }
    let text = match args.format {
        Format::Human => status::human(&statuses) + &report::rollout::human(&survey.gates),
        Format::Json => {
            let commit = survey.commit.as_ref().map(|commit| commit.commit.as_str());
            let mut document = status::json(DocumentSubject::StoreAt(&survey.store, commit), &statuses);
            document["paused"] = serde_json::json!(paused);
            document["rollout"] = report::rollout::json(&survey.gates);
            format!("{document:#}\n")
        }
    };
    context.printer.data(&text)?;
    let pending = statuses.iter().any(|status| status.state.is_due());
    let pending = if pending { Exit::Pending } else { Exit::Done };
    Ok(outcome::ended(&survey, context, args.fail, &[]).and(pending))
}
