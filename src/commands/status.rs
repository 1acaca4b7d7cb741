//! `lessonbook status`: shows the state of every target, of one lesson in all targets, or the commands that merge local proposals.
//!
//! Input: TARGET arguments. Output: a table, JSON or git commands. Not here: deciding the states (`pipeline/lifecycle`,
//! `run/target_states`).

mod lesson;

use clap::Args;

use super::{Context, Exit};
use crate::report::envelope::DocumentSubject;
use crate::report::{self, merge_commands, status};
use crate::repository::former_targets;
use crate::run::format::Format;
use crate::run::outcome::{self, FailArgs};
use crate::run::planning::Planning;
use crate::run::remote_args::RemoteArgs;
use crate::run::{pause, target_states};

/// Show the state of every target: up to date, proposed, merged, stale, declined, blocked …
///
/// Writes nothing. docs/github.md explains each state and what to do next. The exit code is 3 if `sync` would write to a target or,
/// with --lesson, if the lesson is missing in a target that requires it.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct StatusArgs {
    /// Names or globs of targets [default: all]
    #[arg(value_name = "TARGET")]
    pub targets: Vec<String>,

    /// Show the state of only this lesson in every target
    #[arg(long, value_name = "ID")]
    pub lesson: Option<String>,

    /// Print the git commands that merge all proposals on this machine, without running them
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

/// Reads the targets and prints their states.
pub fn run(args: &StatusArgs, context: &Context) -> anyhow::Result<Exit> {
    let context = &Context {
        remote: args.remote.clone(),
        ..context.clone()
    };
    let planning = Planning::new(context, &args.targets)?;
    if let Some(id) = &args.lesson {
        return lesson::run(args, id, &planning, context);
    }
    let paused = pause::report(&planning, context);
    let mut statuses = target_states::statuses(&planning, context.now);
    if let Some(pause) = &paused {
        target_states::pause(&mut statuses, pause);
    }
    if args.merge_commands {
        let text = merge_commands::text(&planning.plans, &planning.store.branch(), &|name| {
            planning.folder_from_here(name)
        });
        let text = text + &merge_commands::pages(&statuses);
        context.printer.data(&text)?;
        if text.is_empty() {
            context.printer.talk("status: no proposal waits to be merged");
        }
        return Ok(outcome::exit(&planning, context, args.fail, &[]));
    }
    for finding in former_targets::findings(&context.store_root()?, &planning.store) {
        let help = finding.help.unwrap_or_default();
        context.printer.talk(&format!(
            "warning[{}]: {}\n  next: {help}",
            finding.code, finding.message
        ));
    }
    let text = match args.format {
        Format::Human => status::human(&statuses) + &report::rollout::human(&planning.gates),
        Format::Json => {
            let commit = planning.commit.as_ref().map(|commit| commit.commit.as_str());
            let mut document = status::json(DocumentSubject::StoreAt(&planning.store, commit), &statuses);
            document["paused"] = serde_json::json!(paused);
            document["rollout"] = report::rollout::json(&planning.gates);
            format!("{document:#}\n")
        }
    };
    context.printer.data(&text)?;
    let pending = statuses.iter().any(|status| status.state.is_due());
    let pending = if pending { Exit::Pending } else { Exit::Done };
    Ok(outcome::exit(&planning, context, args.fail, &[]).and(pending))
}
