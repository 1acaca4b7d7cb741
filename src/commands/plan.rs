//! `lessonbook plan`: what would change, with its proof.

use clap::Args;

use super::ended::{self, FailArgs};
use super::format::Format;
use super::gate::Gate;
use super::remote::RemoteArgs;
use super::survey::Survey;
use super::{Context, Exit, pause};
use crate::finding::Finding;
use crate::pipeline::pause::Pause;
use crate::pipeline::plan::Verdict;
use crate::report::plan::header;
use crate::report::{self, plan_json};
use crate::repository::StoreCommit;

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
  lessonbook plan --exit-code --format json";

/// Plans and prints.
pub fn run(args: &PlanArgs, context: &Context) -> anyhow::Result<Exit> {
    let context = &Context {
        remote: args.remote.clone(),
        ..context.clone()
    };
    let survey = Survey::take(context, &args.targets)?;
    let paused = pause::tell(&survey, context);
    let gate = Gate::of(&survey, None);
    show(&survey, &gate, context, args.format, paused.as_ref())?;
    let pending = survey
        .plans
        .iter()
        .any(|plan| match survey.lives.get(&plan.target) {
            Some(live) => !live.life.steps.is_empty(),
            None => plan.verdict == Verdict::Update,
        });
    let pending = if args.exit_code && pending {
        Exit::Pending
    } else {
        Exit::Done
    };
    Ok(ended::ended(&survey, context, args.fail, &[])
        .and(pending)
        .and(Exit::findings_if(gate.is_shut())))
}

/// Prints a survey, with the bounds of the run: what `sync` shows before it asks.
pub fn show(
    survey: &Survey,
    gate: &Gate,
    context: &Context,
    format: Format,
    paused: Option<&Pause>,
) -> anyhow::Result<()> {
    let Survey {
        store,
        commit,
        findings,
        plans,
        ..
    } = survey;
    let stands = ended::stands(survey);
    match format {
        Format::Json => {
            let commit = commit.as_ref().map(|commit| commit.commit.as_str());
            let mut document = plan_json::plans(store, commit, findings, plans, &stands, &gate.bounds);
            document["paused"] = serde_json::json!(paused);
            context.printer.data(&format!("{document:#}\n"))?;
        }
        Format::Human => {
            let errors: Vec<Finding> = findings
                .iter()
                .filter(|finding| finding.is_error())
                .cloned()
                .collect();
            context.printer.data(&report::findings::human(&errors))?;
            let verbose = context.printer.verbose() > 0;
            let text = header(store, &stand(commit.as_ref()), findings)
                + &report::plan::bounds(&gate.bounds, &gate.against)
                + &report::plan::plans(store, plans, &stands, verbose);
            context.printer.data(&text)?;
        }
    }
    Ok(())
}

/// Findings where the store has errors or a target was refused.
pub fn ended(survey: &Survey) -> Exit {
    let refused = survey.plans.iter().any(|plan| plan.verdict == Verdict::Refused);
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
