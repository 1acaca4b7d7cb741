//! `lessonbook sync`: plans, shows the plan, asks, and proposes.
//!
//! Input: TARGET arguments, and optionally an approved plan as a limit. Output: proposals and a report. Not here: planning
//! (`run/planning`), and asking and writing (`run/propose`).

use std::path::PathBuf;

use clap::Args;

use super::{Context, Exit, plan};
use crate::run::audit_log::AuditLog;
use crate::run::format::Format;
use crate::run::pause::PauseWatch;
use crate::run::planning::Planning;
use crate::run::propose::{self, WriteArgs};
use crate::run::remote_args::RemoteArgs;
use crate::run::run_limits::WriteGate;
use crate::run::{approved_plan, outcome, plan_file};

/// Plan, show the plan, ask, then propose: one commit on a branch of each target, and a pull request on GitHub
///
/// The branch is lessonbook/NAME. Never merges, and never changes a default branch, a work tree or an index. A second run changes nothing.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct SyncArgs {
    /// Names or globs of targets [default: all]
    #[arg(value_name = "TARGET")]
    pub targets: Vec<String>,

    /// Write no more than this approved plan, which `plan --out` wrote: a target that exceeds it is refused, the others continue
    #[arg(long, value_name = "FILE")]
    pub within: Option<PathBuf>,

    /// Open at most N new pull requests; the rest waits for the next run
    #[arg(long, value_name = "N", help_heading = "On GitHub")]
    pub max_proposals: Option<usize>,

    /// How GitHub is reached.
    #[command(flatten)]
    pub remote: RemoteArgs,

    /// How the run is confirmed, logged and printed.
    #[command(flatten)]
    pub write: WriteArgs,
}

const EXAMPLES: &str = "\
Examples:
  lessonbook sync
  lessonbook sync ../shop
  lessonbook sync --yes --within approved.json
  lessonbook sync --yes --format json";

/// Plans and proposes.
pub fn run(args: &SyncArgs, context: &Context) -> anyhow::Result<Exit> {
    let context = &Context {
        remote: args.remote.clone(),
        ..context.clone()
    };
    let record = AuditLog::open(&args.write.record)?;
    let approved = args.within.as_deref().map(plan_file::read).transpose()?;
    let mut planning = Planning::new(context, &args.targets)?;
    let mut gate = WriteGate::new(&planning, args.max_proposals);
    if let Some(approved) = &approved {
        let exceeding = approved_plan::refuse_exceeding(&mut planning, &gate, approved, context)?;
        // Count again, because the targets that were just refused no longer count against the limits.
        gate = WriteGate::new(&planning, args.max_proposals);
        gate.blockers.extend(exceeding);
    }
    let within = approved.as_ref().map(|approved| approved.digest.as_str());
    record.begin(&planning, "sync", within)?;
    record.refused(&gate.blockers);
    record.end(show_and_propose(args, context, &planning, &gate, &record))
}

/// Shows the plan, asks for confirmation, and proposes it.
fn show_and_propose(
    args: &SyncArgs,
    context: &Context,
    planning: &Planning,
    gate: &WriteGate,
    record: &AuditLog,
) -> anyhow::Result<Exit> {
    let mut watch = PauseWatch::from_planning(planning, context).with_log(record);
    let stopped = watch.check(planning.github.as_ref(), None).is_some() || gate.is_closed();
    if args.write.format == Format::Human && args.write.yes && context.printer.verbose() == 0 {
        plan::show_briefly(planning, gate, context)?;
    } else if args.write.format == Format::Human {
        plan::show(planning, gate, &[], context, Format::Human, watch.paused())?;
    }
    let from = args.remote.from_commit.as_deref();
    let help = "review it with `lessonbook plan`, then run `lessonbook sync --yes`";
    if !stopped && !propose::confirm(planning, context, from, args.write.yes, help)? {
        record.declined();
        return Ok(outcome::exit(planning, context, args.write.fail, &[]));
    }
    let run = (&args.write, args.max_proposals);
    propose::propose(planning, gate, context, &mut watch, run, Vec::new())
}
