//! `lessonbook sync`: plan, show, ask, apply.

use std::path::PathBuf;

use clap::Args;

use super::{Context, Exit, plan};
use crate::run::audit_log::AuditLog;
use crate::run::format::Format;
use crate::run::github_targets::RemoteArgs;
use crate::run::pause::PauseWatch;
use crate::run::planning::Planning;
use crate::run::propose::{self, WriteArgs};
use crate::run::run_limits::WriteGate;
use crate::run::{approved_plan, outcome, plan_file};

/// Plan, show, ask, then propose: one commit on a branch of each target, and a pull request on GitHub
///
/// The branch is lessonbook/NAME. Never merges, never touches a default branch, a work tree or an index. A second run changes nothing.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct SyncArgs {
    /// Names or globs of targets; without: all
    #[arg(value_name = "TARGET")]
    pub targets: Vec<String>,

    /// Do no more than this approved plan (`plan --out` wrote it): a target that exceeds it is refused, the others go on
    #[arg(long, value_name = "FILE")]
    pub within: Option<PathBuf>,

    /// On GitHub: open no more new pull requests than this; the rest is left for the next run
    #[arg(long, value_name = "N", help_heading = "On GitHub")]
    pub max_proposals: Option<usize>,

    /// How GitHub is reached.
    #[command(flatten)]
    pub remote: RemoteArgs,

    /// How it is written, told and printed.
    #[command(flatten)]
    pub write: WriteArgs,
}

const EXAMPLES: &str = "\
Examples:
  lessonbook sync
  lessonbook sync ../shop
  lessonbook sync --yes --within approved.json
  lessonbook sync --yes --format json";

/// Plans and applies.
pub fn run(args: &SyncArgs, context: &Context) -> anyhow::Result<Exit> {
    let context = &Context {
        remote: args.remote.clone(),
        ..context.clone()
    };
    let record = AuditLog::open(&args.write.record)?;
    let approved = args.within.as_deref().map(plan_file::read).transpose()?;
    let mut survey = Planning::take(context, &args.targets)?;
    let mut gate = WriteGate::of(&survey, args.max_proposals);
    if let Some(approved) = &approved {
        let exceeding = approved_plan::hold(&mut survey, &gate, approved, context)?;
        // Without those that were refused it may be less.
        gate = WriteGate::of(&survey, args.max_proposals);
        gate.against.extend(exceeding);
    }
    let within = approved.as_ref().map(|approved| approved.digest.as_str());
    record.begin(&survey, "sync", within)?;
    record.refused(&gate.against);
    record.end(go_on(args, context, &survey, &gate, &record))
}

/// Shows, asks, applies.
fn go_on(
    args: &SyncArgs,
    context: &Context,
    survey: &Planning,
    gate: &WriteGate,
    record: &AuditLog,
) -> anyhow::Result<Exit> {
    let mut watch = PauseWatch::of(survey, context).keep(record);
    let stopped = watch.look(survey.github.as_ref(), None).is_some() || gate.is_shut();
    if args.write.format == Format::Human {
        plan::show(survey, gate, context, Format::Human, watch.paused())?;
    }
    let from = args.remote.from_commit.as_deref();
    let help = "look at `lessonbook plan`, then say `lessonbook sync --yes`";
    if !stopped && !propose::agreed(survey, context, from, args.write.yes, help)? {
        record.declined();
        return Ok(outcome::ended(survey, context, args.write.fail, &[]));
    }
    let run = (&args.write, args.max_proposals);
    propose::propose(survey, gate, context, &mut watch, run, Vec::new())
}
