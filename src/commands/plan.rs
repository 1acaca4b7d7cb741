//! `lessonbook plan`: what would change, with its proof.

use lessonbook_pipeline::target_state::TargetState;
use std::path::PathBuf;

use clap::Args;

use super::show::{self, Print};
use super::{Context, Exit};
use crate::report::findings::counted;
use crate::report::plan::{NextCommands, header};
use crate::report::plan_json::{self, GithubStates};
use crate::report::{self, plan_markdown};
use crate::repository::StoreCommit;
use crate::run::format::{Format, TableFormat};
use crate::run::github_targets::RemoteArgs;
use crate::run::outcome::{self, FailArgs};
use crate::run::planning::Planning;
use crate::run::run_limits::WriteGate;
use crate::run::{pause, plan_file, target_states};
use lessonbook_base::finding::Finding;
use lessonbook_pipeline::pause::Pause;
use lessonbook_pipeline::plan::TargetPlan;
use lessonbook_pipeline::plan_file::SavedPlan;
use lessonbook_proof::Invariant;
use lessonbook_store::Store;

/// Say what would change in each target, with the proof on the final bytes
///
/// Writes nothing. -v adds the diffs, why each lesson is there, and what is exempt or left out.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct PlanArgs {
    /// Names or globs of targets; without: all
    #[arg(value_name = "TARGET")]
    pub targets: Vec<String>,

    /// How GitHub is reached.
    #[command(flatten)]
    pub remote: RemoteArgs,

    /// Which failures count.
    #[command(flatten)]
    pub fail: FailArgs,

    /// Write the whole plan to a file, too: review it, then carry it out with `apply FILE`
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,

    /// Exit with 3 where changes are pending
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
    let mut survey = Planning::take(context, &args.targets)?;
    if args.out.is_some() {
        for_another_token(&mut survey, context);
    }
    let paused = pause::tell(&survey, context);
    let gate = WriteGate::of(&survey, None);
    if let Some(file) = &args.out {
        let saved = plan_file::of(&survey, &gate, context)?;
        let how = Print {
            targets: &[],
            format: args.format.into(),
            file: &file.display().to_string(),
            paused: paused.as_ref(),
            for_all: false,
        };
        show::print(&saved, &how, context)?;
        plan_file::write(&saved, file, context)?;
    } else {
        show(&survey, &gate, context, args.format, paused.as_ref())?;
    }
    let pending = survey
        .plans
        .iter()
        .any(|plan| match survey.lives.get(&plan.target.name) {
            Some(live) => !live.life.steps.is_empty(),
            None => plan.outcome.state.is_due(),
        });
    let pending = if args.exit_code && pending {
        Exit::Pending
    } else {
        Exit::Done
    };
    Ok(outcome::ended(&survey, context, args.fail, &[])
        .and(pending)
        .and(Exit::findings_if(gate.is_shut())))
}

/// A saved plan is carried out later, perhaps with a token that may more than this one: what this one may not is no failure here.
fn for_another_token(survey: &mut Planning, context: &Context) {
    let mut withheld = 0;
    for live in survey.lives.values_mut() {
        if let Some(life) = live.withheld.take() {
            live.life = life;
            withheld += 1;
        }
    }
    if withheld > 0 {
        context.printer.talk(&format!(
            "the token of this run may not push to {}: apply the plan with one that may",
            counted(withheld, "target")
        ));
    }
}

/// Plans, with everything that a view of them says.
pub struct PlanView<'a> {
    /// The store.
    pub store: &'a Store,
    /// The commit that it stands at.
    pub commit: Option<&'a StoreCommit>,
    /// What is wrong in it.
    pub findings: &'a [Finding],
    /// The bounds of the run, and what stands against writing at all.
    pub gate: (&'a [Invariant], &'a [Finding]),
    /// Who paused, and why.
    pub paused: Option<&'a Pause>,
    /// The plans.
    pub plans: &'a [TargetPlan],
    /// Where the targets on GitHub stand.
    pub stands: &'a GithubStates,
    /// Where lessons stand on their way from the canaries to everybody.
    pub gates: &'a [lessonbook_pipeline::rollout::RolloutGate],
    /// The saved plan that they are from, and its file's name.
    pub saved: Option<(&'a SavedPlan, &'a str)>,
    /// Whether everybody can read the page.
    pub for_all: bool,
}

/// Prints a survey, with the bounds of the run: what `sync` shows before it asks.
pub fn show(
    survey: &Planning,
    gate: &WriteGate,
    context: &Context,
    format: Format,
    paused: Option<&Pause>,
) -> anyhow::Result<()> {
    let view = PlanView {
        store: &survey.store,
        commit: survey.commit.as_ref(),
        findings: &survey.findings,
        gate: (&gate.bounds, &gate.against),
        paused,
        plans: &survey.plans,
        stands: &target_states::github_states(survey),
        gates: &survey.gates,
        saved: None,
        for_all: false,
    };
    print(&view, context, format.into())
}

/// Prints plans.
pub fn print(view: &PlanView<'_>, context: &Context, format: TableFormat) -> anyhow::Result<()> {
    let PlanView {
        store,
        commit,
        findings,
        gate: (bounds, against),
        plans,
        stands,
        saved,
        ..
    } = *view;
    let text = match format {
        TableFormat::Json => {
            let commit = commit.map(|commit| commit.commit.as_str());
            let mut document = plan_json::plans(store, commit, findings, plans, stands, bounds);
            document["paused"] = serde_json::json!(view.paused);
            document["rollout"] = report::rollout::json(view.gates);
            if let Some((saved, _)) = saved {
                document["plan"] = saved.digest.as_str().into();
            }
            format!("{document:#}\n")
        }
        TableFormat::Markdown => plan_markdown::page(&plan_markdown::PlanPage {
            store,
            commit: &stand(commit),
            findings,
            bounds,
            against,
            plans,
            states: stands,
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
            header(store, &stand(commit), findings)
                + &digest
                + &report::plan::bounds(bounds, against)
                + &report::plan::plans(store, plans, stands, &next, verbose)
        }
    };
    context.printer.data(&text)?;
    Ok(())
}

/// Findings where the store has errors or a target was refused.
pub fn ended(survey: &Planning) -> Exit {
    let refused = survey
        .plans
        .iter()
        .any(|plan| plan.outcome.state == TargetState::Refused);
    Exit::findings_if(refused || survey.findings.iter().any(Finding::is_error))
}

/// Where the store stands: `@3f2a9c0 (main, clean)`.
fn stand(commit: Option<&StoreCommit>) -> String {
    let Some(commit) = commit else {
        return " (in no git repository)".to_owned();
    };
    let state = if commit.is_clean() {
        "clean"
    } else {
        "uncommitted changes"
    };
    let branch = commit.branch.as_deref().unwrap_or("detached");
    format!("@{} ({branch}, {state})", commit.short())
}
