//! `lessonbook plan`: shows what would change in each target, with the proof.
//!
//! Input: TARGET arguments. Output: plans on the terminal or as JSON, and with `--out` a saved plan. Not here: planning
//! (`run/planning`, `pipeline/plan`) and the pages (`report/plan`).

use std::path::PathBuf;

use clap::Args;

use super::plan_view::{self, SavedPlanView};
use super::{Context, Exit};
use crate::commands::plan_view::{PlanView, commit_label};
use crate::report;
use crate::report::check_counts::TargetCheckCounts;
use crate::report::findings::counted;
use crate::report::plan::header;
use crate::run::format::Format;
use crate::run::outcome::{self, FailArgs};
use crate::run::planning::Planning;
use crate::run::remote_args::RemoteArgs;
use crate::run::run_limits::WriteGate;
use crate::run::{check_counts, pause, plan_file, target_states};
use lessonbook_base::finding::Finding;
use lessonbook_pipeline::pause::Pause;
use lessonbook_pipeline::target_state::TargetState;

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
        let how = SavedPlanView {
            targets: &[],
            format: args.format.into(),
            file: &file.display().to_string(),
            paused: paused.as_ref(),
            for_all: false,
        };
        plan_view::print_saved(&saved, &how, context)?;
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
    plan_view::print(&view, context, format.into())
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

/// The exit code of a command that only reads: findings if the store has errors or a target is refused.
pub fn exit(planning: &Planning) -> Exit {
    let refused = planning
        .plans
        .iter()
        .any(|plan| plan.outcome.state == TargetState::Refused);
    Exit::findings_if(refused || planning.findings.iter().any(Finding::is_error))
}
