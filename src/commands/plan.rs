//! `lessonbook plan`: shows what would change in each target, with the proof.
//!
//! Input: TARGET arguments. Output: plans on the terminal or as JSON, and with `--out` a saved plan. Not here: planning
//! (`run/planning`, `pipeline/plan`) and the pages (`report/plan`).

use std::path::PathBuf;

use clap::Args;

use super::show::{self, Print};
use super::{Context, Exit};
use crate::report;
use crate::report::check_counts::TargetCheckCounts;
use crate::report::findings::counted;
use crate::report::plan::{NextCommands, header};
use crate::report::plan_json::{self, GithubStates};
use crate::repository::StoreCommit;
use crate::run::format::{Format, TableFormat};
use crate::run::outcome::{self, FailArgs};
use crate::run::planning::Planning;
use crate::run::remote_args::RemoteArgs;
use crate::run::run_limits::WriteGate;
use crate::run::{check_counts, pause, plan_file, target_states};
use lessonbook_base::finding::Finding;
use lessonbook_pipeline::pause::Pause;
use lessonbook_pipeline::plan::TargetPlan;
use lessonbook_pipeline::plan_file::SavedPlan;
use lessonbook_pipeline::target_state::TargetState;
use lessonbook_proof::Invariant;
use lessonbook_store::Store;

/// Show what would change in each target, with the proof on the final bytes
///
/// Writes nothing to targets. For lessons with new or changed checks it counts the places that they find in targets on disk. -v adds the diffs, the reason for each lesson, and what is exempt or left out.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct PlanArgs {
    /// Names or globs of targets [default: all]
    #[arg(value_name = "TARGET")]
    pub targets: Vec<String>,

    /// How GitHub is reached.
    #[command(flatten)]
    pub remote: RemoteArgs,

    /// Which failures count.
    #[command(flatten)]
    pub fail: FailArgs,

    /// Also save the plan to a file; review it, then carry it out with `apply FILE`
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,

    /// Exit with 3 if changes are pending
    #[arg(long)]
    pub exit_code: bool,

    /// How to print
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub format: Format,
}

const EXAMPLES: &str = "\
Examples:
  lessonbook plan
  lessonbook plan -v 'acme/{cardboard,infra-*}'
  lessonbook plan --out plan.json
  lessonbook plan --exit-code --format json";

/// Plans and prints.
pub fn run(args: &PlanArgs, context: &Context) -> anyhow::Result<Exit> {
    let context = &Context {
        remote: args.remote.clone(),
        ..context.clone()
    };
    if let Some(file) = &args.out {
        plan_file::check_place(file)?;
    }
    let mut planning = Planning::new(context, &args.targets)?;
    if args.out.is_some() {
        ignore_missing_permissions(&mut planning, context);
    }
    let paused = pause::report(&planning, context);
    let gate = WriteGate::new(&planning, None);
    let counts = check_counts::count(&planning, context);
    if let Some(file) = &args.out {
        let saved = plan_file::from_planning(&planning, &gate, context)?;
        let how = Print {
            targets: &[],
            format: args.format.into(),
            file: &file.display().to_string(),
            paused: paused.as_ref(),
            for_all: false,
        };
        show::print(&saved, &how, context)?;
        if args.format == Format::Human {
            context.printer.data(&report::check_counts::human(&counts))?;
        }
        plan_file::write(&saved, file, context)?;
    } else {
        show(&planning, &gate, &counts, context, args.format, paused.as_ref())?;
    }
    let pending = planning
        .plans
        .iter()
        .any(|plan| match planning.lives.get(&plan.target.name) {
            Some(live) => !live.life.steps.is_empty(),
            None => plan.outcome.state.is_due(),
        });
    let pending = if args.exit_code && pending {
        Exit::Pending
    } else {
        Exit::Done
    };
    Ok(outcome::exit(&planning, context, args.fail, &[])
        .and(pending)
        .and(Exit::findings_if(gate.is_closed())))
}

/// Plans as if the token had all permissions. A saved plan is carried out later, perhaps with another token, so a permission that this
/// token lacks is not a failure.
fn ignore_missing_permissions(planning: &mut Planning, context: &Context) {
    let mut withheld = 0;
    for live in planning.lives.values_mut() {
        if let Some(life) = live.withheld.take() {
            live.life = life;
            withheld += 1;
        }
    }
    if withheld > 0 {
        context.printer.talk(&format!(
            "the token of this run may not push to {}; apply the plan with a token that may",
            counted(withheld, "target")
        ));
    }
}

/// Plans, with everything that a page about them shows.
pub struct PlanView<'a> {
    /// The store.
    pub store: &'a Store,
    /// Its commit.
    pub commit: Option<&'a StoreCommit>,
    /// The findings in it.
    pub findings: &'a [Finding],
    /// The limits of the run, and the findings that stop the whole run from writing.
    pub gate: (&'a [Invariant], &'a [Finding]),
    /// Who paused, and why.
    pub paused: Option<&'a Pause>,
    /// The plans.
    pub plans: &'a [TargetPlan],
    /// The states of the targets on GitHub.
    pub github_states: &'a GithubStates,
    /// Which lessons still wait for the canaries.
    pub gates: &'a [lessonbook_pipeline::rollout::RolloutGate],
    /// How many places new and changed checks find, where they were counted.
    pub check_counts: &'a [TargetCheckCounts],
    /// The saved plan that they are from, and its file's name.
    pub saved: Option<(&'a SavedPlan, &'a str)>,
    /// Whether everyone may read the page.
    pub for_all: bool,
}

/// Prints the plans of a run with its limits. `sync` shows this before it asks.
pub fn show(
    planning: &Planning,
    gate: &WriteGate,
    counts: &[TargetCheckCounts],
    context: &Context,
    format: Format,
    paused: Option<&Pause>,
) -> anyhow::Result<()> {
    let view = PlanView {
        store: &planning.store,
        commit: planning.commit.as_ref(),
        findings: &planning.findings,
        gate: (&gate.bounds, &gate.blockers),
        paused,
        plans: &planning.plans,
        github_states: &target_states::github_states(planning),
        gates: &planning.gates,
        check_counts: counts,
        saved: None,
        for_all: false,
    };
    print(&view, context, format.into())
}

/// Prints what `sync --yes` shows before it writes: limits and refusals. It asks no question, so the whole plan is left to `plan` and `-v`.
pub fn show_briefly(planning: &Planning, gate: &WriteGate, context: &Context) -> anyhow::Result<()> {
    let errors: Vec<Finding> = planning
        .findings
        .iter()
        .filter(|finding| finding.is_error())
        .cloned()
        .collect();
    let states = target_states::github_states(planning);
    let text = report::findings::human(&errors)
        + &header(
            &planning.store,
            &commit_label(planning.commit.as_ref()),
            &planning.findings,
        )
        + &report::plan::bounds(&gate.bounds, &gate.blockers)
        + &report::plan::refusals(&planning.store, &planning.plans, &states);
    context.printer.data(&text)?;
    Ok(())
}

/// Prints plans.
pub fn print(view: &PlanView<'_>, context: &Context, format: TableFormat) -> anyhow::Result<()> {
    let PlanView {
        store,
        commit,
        findings,
        gate: (bounds, against),
        plans,
        github_states,
        saved,
        ..
    } = *view;
    let text = match format {
        TableFormat::Json => {
            let commit = commit.map(|commit| commit.commit.as_str());
            let mut document = plan_json::plans(store, commit, findings, plans, github_states, bounds);
            document["paused"] = serde_json::json!(view.paused);
            document["rollout"] = report::rollout::json(view.gates);
            if !view.check_counts.is_empty() {
                document["new_checks"] = serde_json::json!(view.check_counts);
            }
            if let Some((saved, _)) = saved {
                document["plan"] = saved.digest.as_str().into();
            }
            format!("{document:#}\n")
        }
        TableFormat::Markdown => report::plan::page::page(&report::plan::page::PlanPage {
            store,
            commit: &commit_label(commit),
            findings,
            bounds,
            against,
            plans,
            states: github_states,
            saved,
            for_all: view.for_all,
        }),
        TableFormat::Human => {
            let errors: Vec<Finding> = findings
                .iter()
                .filter(|finding| finding.is_error())
                .cloned()
                .collect();
            context.printer.data(&report::findings::human(&errors))?;
            let verbose = context.printer.verbose() > 0;
            let next = saved.map_or_else(NextCommands::default, |(_, file)| NextCommands {
                diffs: format!("show {file} -v"),
                apply: format!("apply {file}"),
            });
            let digest = saved
                .map(|(saved, _)| report::plan::saved(saved))
                .unwrap_or_default();
            header(store, &commit_label(commit), findings)
                + &digest
                + &report::plan::bounds(bounds, against)
                + &report::plan::plans(store, plans, github_states, &next, verbose)
                + &report::check_counts::human(view.check_counts)
        }
    };
    context.printer.data(&text)?;
    Ok(())
}

/// The exit code of a command that only reads: findings if the store has errors or a target is refused.
pub fn exit(planning: &Planning) -> Exit {
    let refused = planning
        .plans
        .iter()
        .any(|plan| plan.outcome.state == TargetState::Refused);
    Exit::findings_if(refused || planning.findings.iter().any(Finding::is_error))
}

/// The store's commit and its state: `@3f2a9c0 (main, clean)`.
fn commit_label(commit: Option<&StoreCommit>) -> String {
    let Some(commit) = commit else {
        return " (not in a git repository)".to_owned();
    };
    let state = if commit.is_clean() {
        "clean"
    } else {
        "uncommitted changes"
    };
    let branch = commit.branch.as_deref().unwrap_or("detached");
    format!("@{} ({branch}, {state})", commit.short())
}
