//! `lessonbook apply FILE`: carries out a saved plan, and nothing else.
//!
//! Input: a saved plan and its targets as they are now. Output: the plan carried out in each target that still matches it, and for
//! each other target the reason. Not here: whether a target still matches (`pipeline/plan_file`), asking and writing (`run/propose`).

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::plan_view::{self, SavedPlanView};
use super::{Context, Exit};
use crate::report::{self, Printer, UserError};
use crate::run::audit_log::AuditLog;
use crate::run::execute::{AppliedOutcome, GithubOutcome, TargetResult};
use crate::run::format::{Format, TableFormat};
use crate::run::pause::PauseWatch;
use crate::run::planning::Planning;
use crate::run::propose::{self, WriteArgs};
use crate::run::remote_args::{RemoteArgs, duration};
use crate::run::run_limits::WriteGate;
use crate::run::{outcome, plan_file};
use lessonbook_base::finding::{Code, Finding};
use lessonbook_pipeline::branch_action::Action;
use lessonbook_pipeline::lifecycle::ProposalPlan;
use lessonbook_pipeline::plan::TargetPlan;
use lessonbook_pipeline::plan_file::{CurrentTarget, SavedPlan, SavedTarget, Staleness};
use lessonbook_pipeline::target_state::TargetState;

/// Carry out a saved plan, and nothing else
///
/// Reads each target again, but not the store: the store's files are in the plan. A target is written if its instruction files, our
/// branch and the proposal are still as the plan recorded them and the proof still holds; other commits on the base branch do not
/// matter. Otherwise the target is stale: it is left unchanged, the other targets continue, and the exit code is 4. A second run
/// changes nothing.
///
/// The plan's digest shows that the file is complete and unchanged. It protects against accidents, not against attackers, because
/// everyone who can change the file can also compute a new digest. Keep the file where only people who may approve it can write.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct ApplyArgs {
    /// The file that `plan --out` wrote
    #[arg(value_name = "FILE")]
    pub file: PathBuf,

    /// Names or globs of targets [default: all]
    #[arg(value_name = "TARGET")]
    pub targets: Vec<String>,

    /// Open at most N new pull requests; the rest waits for the next run
    #[arg(long, value_name = "N", help_heading = "On GitHub")]
    pub max_proposals: Option<usize>,

    /// Start no new target after this time: 50m, 90s, 2h
    #[arg(long, value_name = "TIME", value_parser = duration, help_heading = "On GitHub")]
    pub until: Option<Duration>,

    /// The folder that keeps listings of repositories between runs [default: the user's cache folder]
    #[arg(long, value_name = "DIR", help_heading = "On GitHub")]
    pub cache: Option<PathBuf>,

    /// How the run is confirmed, logged and printed.
    #[command(flatten)]
    pub write: WriteArgs,
}

const EXAMPLES: &str = "\
Examples:
  lessonbook plan --out plan.json
  lessonbook show plan.json -v
  lessonbook apply plan.json
  lessonbook apply plan.json --yes ../shop";

/// Reads the plan, reads the targets again, and writes those that still match.
pub fn run(args: &ApplyArgs, context: &Context) -> anyhow::Result<Exit> {
    let context = &Context {
        remote: RemoteArgs {
            cache: args.cache.clone(),
            until: args.until,
            ..RemoteArgs::default()
        },
        ..context.clone()
    };
    let record = AuditLog::open(&args.write.record)?;
    let saved = plan_file::read(&args.file)?;
    let mut planning = Planning::from_saved(context, &saved, &args.targets, &|| root(context))?;
    let settled = settle(&mut planning, &saved, &context.printer);
    record.begin(&planning, "apply", Some(&saved.digest))?;
    record.refused(settled.iter().filter_map(TargetResult::finding));
    record.end(show_and_apply(
        args,
        context,
        &saved,
        (&planning, settled),
        &record,
    ))
}

/// Shows the plan, asks for confirmation, and applies it.
fn show_and_apply(
    args: &ApplyArgs,
    context: &Context,
    saved: &SavedPlan,
    (planning, settled): (&Planning, Vec<TargetResult>),
    record: &AuditLog,
) -> anyhow::Result<Exit> {
    let file = args.file.display().to_string();
    let gate = WriteGate::new(planning, args.max_proposals);
    record.refused(&gate.blockers);
    let mut watch = PauseWatch::from_planning(planning, context).with_log(record);
    let stopped = watch.check(planning.github.as_ref(), None).is_some() || gate.is_closed();
    if args.write.format == Format::Human && args.write.yes {
        context.printer.data(&report::plan::saved(saved))?;
    } else if args.write.format == Format::Human {
        let how = SavedPlanView {
            targets: &args.targets,
            format: TableFormat::Human,
            file: &file,
            paused: watch.paused(),
            for_all: false,
        };
        plan_view::print_saved(saved, &how, context)?;
    }
    let commit = saved.store.commit.as_ref().filter(|commit| commit.requested);
    let from = commit.map(|commit| commit.commit.as_str());
    let help = format!("review it with `lessonbook show {file}`, then run `lessonbook apply {file} --yes`");
    if !stopped && !propose::confirm(planning, context, from, args.write.yes, &help)? {
        record.declined();
        return Ok(outcome::exit(planning, context, args.write.fail, &settled));
    }
    let run = (&args.write, args.max_proposals);
    propose::propose(planning, &gate, context, &mut watch, run, settled)
}

/// The folder that local targets are relative to. A plan does not record the folder where it was made.
fn root(context: &Context) -> anyhow::Result<PathBuf> {
    match (context.store_root(), &context.store_dir) {
        (Ok(root), _) => Ok(root),
        (Err(_), Some(dir)) if dir.is_dir() => Ok(dir.clone()),
        (Err(error), Some(_)) => Err(error),
        (Err(_), None) => {
            let error = UserError::wrong_use(
                "the plan has targets on disk, relative to the store's folder, and there is no store here",
            );
            Err(error
                .help("change to the store's folder, or name it with --store DIR; the lessons need not be there")
                .into())
        }
    }
}

/// Removes every write that the saved plan does not contain or that no longer matches. Returns the results of targets that are not
/// written but must be reported.
fn settle(planning: &mut Planning, saved: &SavedPlan, printer: &Printer) -> Vec<TargetResult> {
    let mut settled = Vec::new();
    for at in 0..planning.plans.len() {
        let name = planning.plans[at].target.name.clone();
        let Some(target) = saved.target(&name) else {
            cancel_writes(planning, at); // the plan does not contain it
            continue;
        };
        if !target.does() {
            settled.extend(leave_unchanged(planning, at, target));
            continue;
        }
        if let Some(finding) = unread(planning, &planning.plans[at]) {
            settled.push(failed(planning, target, TargetState::Unreachable, finding));
            continue;
        }
        match staleness(planning, &planning.plans[at], target) {
            None => {} // GitHub did not show it; the reason is in its state
            Some(Staleness::Fits) => report_moved_base(&planning.plans[at], target, printer),
            Some(Staleness::Done(place)) => {
                printer.talk(&format!("{name}: nothing to do: {place}"));
                cancel_writes(planning, at);
            }
            Some(Staleness::Stale(differences)) => {
                let finding = stale(&name, &differences);
                let state = target
                    .proposal
                    .as_ref()
                    .map_or(TargetState::Stale, |expected| expected.state);
                settled.push(failed(planning, target, state, finding));
                planning.plans[at] = target.plan.clone();
                if let Some(live) = planning.lives.get_mut(&name) {
                    live.life = ProposalPlan::quiet(state, "the plan is stale");
                }
                cancel_writes(planning, at);
            }
        }
    }
    settled
}

/// Leaves a target unchanged to which the plan does nothing; what would be due today is for the next plan. Returns a result if the
/// plan refuses the target.
fn leave_unchanged(planning: &mut Planning, at: usize, target: &SavedTarget) -> Option<TargetResult> {
    let is_refused = !target.plan.holds() && target.plan.outcome.state != TargetState::Unreachable;
    let finding = is_refused.then(|| refused(target));
    if planning.is_on_github(&target.plan.target.name) {
        cancel_writes(planning, at);
        let live = planning.lives.get_mut(&target.plan.target.name);
        if let (Some(live), Some(finding)) = (live, finding) {
            live.life = ProposalPlan::quiet(TargetState::Refused, finding.message);
        }
        return None; // reported with its state
    }
    planning.plans[at] = target.plan.clone();
    cancel_writes(planning, at);
    let finding = finding?;
    planning.plans[at].outcome.state = TargetState::Refused;
    Some(failed(planning, target, TargetState::Refused, finding))
}

/// Why the plan refuses a target: the invariants that do not hold, otherwise the first error.
fn refused(target: &SavedTarget) -> Finding {
    let failed: Vec<&str> = target.failed().collect();
    let error = target
        .plan
        .outcome
        .findings
        .iter()
        .find(|finding| finding.is_error());
    let why = match error {
        _ if !failed.is_empty() => format!("the plan does not hold: {}", failed.join(", ")),
        Some(error) => format!("the plan refuses it: {}", error.message),
        None => "the plan refuses it".to_owned(),
    };
    Finding::new(Code::PlanRefused, why)
        .target(&target.plan.target.name)
        .help("follow the plan's findings (`lessonbook show FILE TARGET`), then make a new plan")
}

/// Removes what would be written to a target.
fn cancel_writes(planning: &mut Planning, at: usize) {
    let plan = &mut planning.plans[at];
    plan.proposal.action = Action::Nothing;
    if let Some(live) = planning.lives.get_mut(&plan.target.name) {
        live.life = ProposalPlan {
            since: live.life.since,
            ..ProposalPlan::quiet(live.life.state, live.life.why.clone())
        };
    }
}

/// Why a target could not be read, unless its state on GitHub already reports it.
fn unread(planning: &Planning, plan: &TargetPlan) -> Option<Finding> {
    let has_state = planning.github.is_some() && planning.is_on_github(&plan.target.name);
    if plan.target.base.is_some() || has_state {
        return None;
    }
    let findings = &plan.outcome.findings;
    findings
        .iter()
        .find(|finding| finding.is_error())
        .or(findings.first())
        .cloned()
}

/// Whether a target still matches the plan; none if GitHub did not show the target.
fn staleness(planning: &Planning, plan: &TargetPlan, target: &SavedTarget) -> Option<Staleness> {
    let live = planning.lives.get(&plan.target.name);
    let Some(snapshot) = planning.snapshots.get(&plan.target.name) else {
        let unreadable = |live: &crate::run::github_targets::GithubTarget| {
            vec![format!("the target cannot be read any more: {}", live.life.why)]
        };
        return live.map(|live| Staleness::Stale(unreadable(live)));
    };
    Some(lessonbook_pipeline::plan_file::compare(
        target,
        &CurrentTarget {
            plan,
            tree: &snapshot.tree,
            branch: snapshot.branch.as_ref(),
            proposal: live.map(|live| &live.expected),
        },
    ))
}

/// Reports that the base branch has other commits than when the plan was made.
fn report_moved_base(plan: &TargetPlan, target: &SavedTarget, printer: &Printer) {
    let short = |commit: &str| commit.get(..7).unwrap_or(commit).to_owned();
    if let (Some(planned), Some(current)) = (&target.plan.target.base, &plan.target.base)
        && planned.commit != current.commit
    {
        printer.talk(&format!(
            "{}: {} moved from {} to {} since the plan, but our files did not change; the proof holds there, too",
            plan.target.name,
            current.branch,
            short(&planned.commit),
            short(&current.commit)
        ));
    }
}

fn stale(target: &str, differences: &[String]) -> Finding {
    Finding::new(Code::PlanStale, differences.join("; "))
        .target(target)
        .effect("the plan no longer describes what would happen here, so nothing was written")
        .help("make a new plan: `lessonbook plan --out FILE`")
}

fn failed(planning: &Planning, target: &SavedTarget, state: TargetState, finding: Finding) -> TargetResult {
    let name = &target.plan.target.name;
    let outcome = if planning.is_on_github(name) {
        AppliedOutcome::Remote(GithubOutcome {
            state,
            why: finding.message.clone(),
            wrote: Vec::new(),
            failed: Some(finding),
            warnings: Vec::new(),
            url: target
                .proposal
                .as_ref()
                .and_then(|expected| expected.pull.as_ref())
                .map(|pull| pull.url.clone()),
        })
    } else {
        AppliedOutcome::Local(Err(finding))
    };
    TargetResult {
        target: name.clone(),
        outcome,
    }
}
