//! `lessonbook coverage`: which lesson stands where, now and proposed.

use clap::{Args, ValueEnum};

use super::plan::ended;
use super::{Context, Exit};
use crate::report::envelope::DocumentSubject;
use crate::report::{self, coverage, coverage_page};
use crate::run::format::TableFormat;
use crate::run::pause;
use crate::run::planning::Planning;
use lessonbook_base::finding::Finding;
use lessonbook_pipeline::assistant_view::{AssistantView, AssistantViews};
use lessonbook_pipeline::plan::TargetPlan;

/// Say which lesson stands at which entry point, now and proposed
///
/// `now` is what the base branch holds: what assistants read today. `proposed` is what they would read once the proposal
/// is merged. Exceptions are listed with their reason and never counted as covered. -v says the line of each; the exit code is 1
/// where something is missing also after the merge and nothing excuses it.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct CoverageArgs {
    /// Names or globs of targets; without: all
    #[arg(value_name = "TARGET")]
    pub targets: Vec<String>,

    /// What the columns are
    #[arg(long, value_name = "COLUMNS", default_value = "entry-point")]
    pub by: CoverageBy,

    /// How to print
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub format: TableFormat,
}

/// What the columns of the matrix are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum CoverageBy {
    /// The files: form and place of each lesson
    EntryPoint,
    /// The assistants: what each sees, with copies and sizes
    Assistant,
}

const EXAMPLES: &str = "\
Examples:
  lessonbook coverage
  lessonbook coverage acme/cardboard --by assistant
  lessonbook coverage --format markdown > coverage.md";

/// Prints the matrix, or what assistants see.
pub fn run(args: &CoverageArgs, context: &Context) -> anyhow::Result<Exit> {
    let survey = Planning::take(context, &args.targets)?;
    let paused = pause::tell(&survey, context);
    let Planning {
        store,
        findings,
        plans,
        ..
    } = &survey;
    let verbose = context.printer.verbose() > 0;
    let assistants = (args.by == CoverageBy::Assistant).then(|| assistants(&survey));
    let text = match (args.format, &assistants) {
        (TableFormat::Human, None) => errors(findings) + &coverage::human(plans, verbose),
        (TableFormat::Human, Some(views)) => {
            errors(findings) + &report::assistants::human(plans, views, verbose)
        }
        (TableFormat::Json, views) => {
            let commit = survey.commit.as_ref().map(|commit| commit.commit.as_str());
            let about = DocumentSubject::StoreAt(store, commit);
            let mut page = coverage_page::json(about, findings, plans, views.as_deref());
            page["paused"] = serde_json::json!(paused);
            page["rollout"] = report::rollout::json(&survey.gates);
            format!("{page:#}\n")
        }
        (TableFormat::Markdown, None) => coverage_page::markdown(plans),
        (TableFormat::Markdown, Some(views)) => coverage_page::assistants_markdown(plans, views),
    };
    context.printer.data(&text)?;
    Ok(ended(&survey).and(Exit::findings_if(coverage::holes(plans) > 0)))
}

/// What each assistant sees of each target; nothing of a target that could not be read.
fn assistants(survey: &Planning) -> Vec<Vec<AssistantView>> {
    let eyes = AssistantViews::new(&survey.store);
    let of = |plan: &TargetPlan| {
        let target = survey
            .store
            .targets
            .iter()
            .find(|target| target.name == plan.target.name)?;
        let snapshot = survey.snapshots.get(&plan.target.name)?;
        Some(eyes.assistants(target, plan, &snapshot.tree))
    };
    survey
        .plans
        .iter()
        .map(|plan| of(plan).unwrap_or_default())
        .collect()
}

/// The store's errors as a person reads them: without them a refused target can't be understood.
fn errors(findings: &[Finding]) -> String {
    let errors: Vec<Finding> = findings
        .iter()
        .filter(|finding| finding.is_error())
        .cloned()
        .collect();
    report::findings::human(&errors)
}
