//! `lessonbook apply FILE`: what a saved plan says, and nothing else.
//!
//! Input: a saved plan and its targets as they stand now. Output: the plan carried out where it still fits, and why not elsewhere.
//! Not here: whether it fits (`pipeline/plan_file`), and the rest of the way (`propose`).

use lessonbook_pipeline::target_state::TargetState;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::show::{self, Print};
use super::{Context, Exit};
use crate::report::{self, Printer, UserError};
use crate::run::audit_log::AuditLog;
use crate::run::execute::{AppliedOutcome, GithubOutcome, TargetResult};
use crate::run::format::{Format, TableFormat};
use crate::run::github_targets::{RemoteArgs, duration};
use crate::run::pause::PauseWatch;
use crate::run::planning::Planning;
use crate::run::propose::{self, WriteArgs};
use crate::run::run_limits::WriteGate;
use crate::run::{outcome, plan_file};
use lessonbook_base::finding::{Code, Finding};
use lessonbook_pipeline::branch_action::Action;
use lessonbook_pipeline::lifecycle::ProposalPlan;
use lessonbook_pipeline::plan::TargetPlan;
use lessonbook_pipeline::plan_file::{CurrentTarget, SavedPlan, SavedTarget, Staleness};

/// Carry out a saved plan: what it says, and nothing else
///
/// Reads each target anew, but nothing of the store: its files are in the plan. Where our files, our branch and the proposal are as
/// the plan saw them, and the proof holds on what is there now, it goes on, also where the base moved elsewhere. Where they are not,
/// that target is stale: it is left as it is, the others go on, and the exit code is 4. Twice is once. The plan's digest says that
/// the file is whole and as it was written; it guards against accident and is no signature: who may change the file can make a new
/// digest, so keep it where only those can write who may approve it.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct ApplyArgs {
    /// What `plan --out` wrote
    #[arg(value_name = "FILE")]
    pub file: PathBuf,

    /// Names or globs of targets; without: all
    #[arg(value_name = "TARGET")]
    pub targets: Vec<String>,

    /// On GitHub: open no more new pull requests than this; the rest is left for the next run
    #[arg(long, value_name = "N", help_heading = "On GitHub")]
    pub max_proposals: Option<usize>,

    /// Begin nothing new after this long: 50m, 90s, 2h
    #[arg(long, value_name = "TIME", value_parser = duration, help_heading = "On GitHub")]
    pub until: Option<Duration>,

    /// Keep listings of repositories here between runs; else in the user's cache folder
    #[arg(long, value_name = "DIR", help_heading = "On GitHub")]
    pub cache: Option<PathBuf>,

    /// How it is written, told and printed.
    #[command(flatten)]
    pub write: WriteArgs,
}

const EXAMPLES: &str = "\
Examples:
  lessonbook plan --out plan.json
  lessonbook show plan.json -v
  lessonbook apply plan.json
  lessonbook apply plan.json --yes ../shop";

/// Reads the plan, looks at the targets again, and carries out what fits.
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
    let mut survey = Planning::again(context, &saved, &args.targets, &|| root(context))?;
    let settled = settle(&mut survey, &saved, &context.printer);
    record.begin(&survey, "apply", Some(&saved.digest))?;
    record.refused(settled.iter().filter_map(TargetResult::finding));
    record.end(go_on(args, context, &saved, (&survey, settled), &record))
}

/// Shows, asks, applies.
fn go_on(
    args: &ApplyArgs,
    context: &Context,
    saved: &SavedPlan,
    (survey, settled): (&Planning, Vec<TargetResult>),
    record: &AuditLog,
) -> anyhow::Result<Exit> {
    let file = args.file.display().to_string();
    let gate = WriteGate::of(survey, args.max_proposals);
    record.refused(&gate.against);
    let mut watch = PauseWatch::of(survey, context).keep(record);
    let stopped = watch.look(survey.github.as_ref(), None).is_some() || gate.is_shut();
    if args.write.format == Format::Human && args.write.yes {
        context.printer.data(&report::plan::saved(saved))?;
    } else if args.write.format == Format::Human {
        let how = Print {
            targets: &args.targets,
            format: TableFormat::Human,
            file: &file,
            paused: watch.paused(),
            for_all: false,
        };
        show::print(saved, &how, context)?;
    }
    let commit = saved.store.commit.as_ref().filter(|commit| commit.asked_for);
    let from = commit.map(|commit| commit.commit.as_str());
    let help = format!("look at `lessonbook show {file}`, then say `lessonbook apply {file} --yes`");
    if !stopped && !propose::agreed(survey, context, from, args.write.yes, &help)? {
        record.declined();
        return Ok(outcome::ended(survey, context, args.write.fail, &settled));
    }
    let run = (&args.write, args.max_proposals);
    propose::propose(survey, &gate, context, &mut watch, run, settled)
}

/// The folder that local targets are relative to. A plan names no folder of the machine that made it.
fn root(context: &Context) -> anyhow::Result<PathBuf> {
    match (context.store_root(), &context.store_dir) {
        (Ok(root), _) => Ok(root),
        (Err(_), Some(dir)) if dir.is_dir() => Ok(dir.clone()),
        (Err(error), Some(_)) => Err(error),
        (Err(_), None) => {
            let trouble = UserError::wrong_use(
                "the plan is about targets on disk, relative to the store's folder, and there is no store here",
            );
            Err(trouble
                .help("go to the store's folder, or name it with --store DIR; the lessons need not be there")
                .into())
        }
    }
}

/// Leaves in the survey only what the plan says and what still fits. Gives what became of the targets that nothing is written to and
/// that somebody must hear of.
fn settle(survey: &mut Planning, saved: &SavedPlan, printer: &Printer) -> Vec<TargetResult> {
    let mut settled = Vec::new();
    for at in 0..survey.plans.len() {
        let name = survey.plans[at].target.name.clone();
        let Some(target) = saved.target(&name) else {
            rest(survey, at); // nothing was shown of it
            continue;
        };
        if !target.does() {
            settled.extend(leave(survey, at, target));
            continue;
        }
        if let Some(finding) = unread(survey, &survey.plans[at]) {
            settled.push(failed(survey, target, TargetState::Unreachable, finding));
            continue;
        }
        match standing(survey, &survey.plans[at], target) {
            None => {} // GitHub did not show it, and its state says why
            Some(Staleness::Fits) => moved(&survey.plans[at], target, printer),
            Some(Staleness::Done(place)) => {
                printer.talk(&format!("{name}: nothing to do: {place}"));
                rest(survey, at);
            }
            Some(Staleness::Stale(differences)) => {
                let finding = stale(&name, &differences);
                let state = target
                    .proposal
                    .as_ref()
                    .map_or(TargetState::Stale, |expected| expected.state);
                settled.push(failed(survey, target, state, finding));
                survey.plans[at] = target.plan.clone();
                if let Some(live) = survey.lives.get_mut(&name) {
                    live.life = ProposalPlan::quiet(state, "the plan is stale");
                }
                rest(survey, at);
            }
        }
    }
    settled
}

/// A target that the plan does nothing to: what would be due today is for the next plan. One that the plan refuses is told.
fn leave(survey: &mut Planning, at: usize, target: &SavedTarget) -> Option<TargetResult> {
    let is_refused = !target.plan.holds() && target.plan.outcome.state != TargetState::Unreachable;
    let finding = is_refused.then(|| refused(target));
    if survey.is_on_github(&target.plan.target.name) {
        rest(survey, at);
        let live = survey.lives.get_mut(&target.plan.target.name);
        if let (Some(live), Some(finding)) = (live, finding) {
            live.life = ProposalPlan::quiet(TargetState::Refused, finding.message);
        }
        return None; // its state is told
    }
    survey.plans[at] = target.plan.clone();
    rest(survey, at);
    let finding = finding?;
    survey.plans[at].outcome.state = TargetState::Refused;
    Some(failed(survey, target, TargetState::Refused, finding))
}

/// Why the plan refuses a target: what does not hold, else the first error.
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
        .help("do what the plan's findings say (`lessonbook show FILE TARGET`), then make a new plan")
}

/// Takes out what would be written.
fn rest(survey: &mut Planning, at: usize) {
    let plan = &mut survey.plans[at];
    plan.proposal.action = Action::Nothing;
    if let Some(live) = survey.lives.get_mut(&plan.target.name) {
        live.life = ProposalPlan {
            since: live.life.since,
            ..ProposalPlan::quiet(live.life.state, live.life.why.clone())
        };
    }
}

/// Why a target could not be read, where no state of GitHub's tells it.
fn unread(survey: &Planning, plan: &TargetPlan) -> Option<Finding> {
    let told = survey.github.is_some() && survey.is_on_github(&plan.target.name);
    if plan.target.base.is_some() || told {
        return None;
    }
    let findings = &plan.outcome.findings;
    findings
        .iter()
        .find(|finding| finding.is_error())
        .or(findings.first())
        .cloned()
}

/// How plan and target stand to each other; none where GitHub did not show the target.
fn standing(survey: &Planning, plan: &TargetPlan, target: &SavedTarget) -> Option<Staleness> {
    let live = survey.lives.get(&plan.target.name);
    let Some(snapshot) = survey.snapshots.get(&plan.target.name) else {
        let gone = |live: &crate::run::github_targets::GithubTarget| {
            vec![format!("nothing can be read there: {}", live.life.why)]
        };
        return live.map(|live| Staleness::Stale(gone(live)));
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

/// Says that the base moved, where it did.
fn moved(plan: &TargetPlan, target: &SavedTarget, printer: &Printer) {
    let short = |commit: &str| commit.get(..7).unwrap_or(commit).to_owned();
    if let (Some(was), Some(is)) = (&target.plan.target.base, &plan.target.base)
        && was.commit != is.commit
    {
        printer.talk(&format!(
            "{}: {} moved from {} to {} since the plan, not in our files; the proof holds there, too",
            plan.target.name,
            is.branch,
            short(&was.commit),
            short(&is.commit)
        ));
    }
}

fn stale(target: &str, differences: &[String]) -> Finding {
    Finding::new(Code::PlanStale, differences.join("; "))
        .target(target)
        .effect("the plan does not say what would happen here any more, so nothing was written")
        .help("make a new plan: `lessonbook plan --out FILE`")
}

fn failed(survey: &Planning, target: &SavedTarget, state: TargetState, finding: Finding) -> TargetResult {
    let name = &target.plan.target.name;
    let outcome = if survey.is_on_github(name) {
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
