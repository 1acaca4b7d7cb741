//! `lessonbook status`: where every target stands.

use clap::Args;

use super::{Context, Exit};
use crate::report::envelope::About;
use crate::report::{self, status};
use crate::run::format::Format;
use crate::run::github_targets::RemoteArgs;
use crate::run::outcome::{self, FailArgs};
use crate::run::planning::Survey;
use crate::run::{pause, target_states};

/// Say where every target stands: in sync, open, held, declined, drifted, blocked …
///
/// Writes nothing. docs/github.md explains each state and what to do next.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct StatusArgs {
    /// Names or globs of targets; without: all
    #[arg(value_name = "TARGET")]
    pub targets: Vec<String>,

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
  lessonbook status 'acme/*' --format json";

/// Looks and prints.
pub fn run(args: &StatusArgs, context: &Context) -> anyhow::Result<Exit> {
    let context = &Context {
        remote: args.remote.clone(),
        ..context.clone()
    };
    let survey = Survey::take(context, &args.targets)?;
    let paused = pause::tell(&survey, context);
    let standings = target_states::standings(&survey, context.now);
    let text = match args.format {
        Format::Human => status::human(&standings) + &report::rollout::human(&survey.gates),
        Format::Json => {
            let commit = survey.commit.as_ref().map(|commit| commit.commit.as_str());
            let mut document = status::json(About::StoreAt(&survey.store, commit), &standings);
            document["paused"] = serde_json::json!(paused);
            document["rollout"] = report::rollout::json(&survey.gates);
            format!("{document:#}\n")
        }
    };
    context.printer.data(&text)?;
    let pending = standings.iter().any(|standing| standing.state.is_due());
    let pending = if pending { Exit::Pending } else { Exit::Done };
    Ok(outcome::ended(&survey, context, args.fail, &[]).and(pending))
}
