//! `lessonbook coverage`: shows which lesson is present at which entry point, currently and after the merge.
//!
//! Input: a planning of the targets. Output: a matrix of lessons and entry points, or of lessons and assistants. Not here: computing
//! coverage (`crates/proof`) and its pages (`report/coverage`).

use clap::{Args, ValueEnum};

use super::plan::exit;
use super::{Context, Exit};
use crate::report::envelope::DocumentSubject;
use crate::report::{self, coverage};
use crate::run::format::TableFormat;
use crate::run::pause;
use crate::run::planning::Planning;
use crate::run::target_states;
use lessonbook_base::finding::Finding;
use lessonbook_pipeline::assistant_view::{AssistantView, AssistantViews};
use lessonbook_pipeline::plan::TargetPlan;
use lessonbook_pipeline::target_state::TargetState;

/// Show which lesson is present at which entry point, currently and as proposed
///
/// `current` is what the base branch contains, and so what assistants read today. `proposed` is what they would read after the
/// proposal is merged. Exceptions are listed with their reason and are never counted as covered. -v shows the line of each lesson.
/// Lessons with checks are `enforced` where a workflow of the target runs `lint`, else `detected`; all others are `advisory`.
/// The exit code is 1 if a lesson would still be missing after the merge and no exception allows it.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct CoverageArgs {
    /// Names or globs of targets [default: all]
    #[arg(value_name = "TARGET")]
    pub targets: Vec<String>,

    /// What the columns of the matrix are
    #[arg(long, value_name = "COLUMNS", default_value = "entry-point")]
    pub by: CoverageBy,

    /// How to print
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub format: TableFormat,
}

/// What the columns of the matrix are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum CoverageBy {
    /// Entry points: the detail and the line of each lesson
    EntryPoint,
    /// Assistants: what each of them sees, with the number of copies and the sizes
    Assistant,
}

const EXAMPLES: &str = "\
Examples:
  lessonbook coverage
  lessonbook coverage acme/cardboard --by assistant
  lessonbook coverage --format markdown > coverage.md";

/// Prints the matrix, or what assistants see.
pub fn run(args: &CoverageArgs, context: &Context) -> anyhow::Result<Exit> {
    let mut planning = Planning::new(context, &args.targets)?;
    let outcome = exit(&planning);
    mark_unreachable(&mut planning);
    let paused = pause::report(&planning, context);
    let Planning {
        store,
        findings,
        plans,
        ..
    } = &planning;
    let levels = planning.check_levels();
    let verbose = context.printer.verbose() > 0;
    let assistants = (args.by == CoverageBy::Assistant).then(|| assistants(&planning));
    let text = match (args.format, &assistants) {
        (TableFormat::Human, None) => errors(findings) + &coverage::human(plans, &levels, verbose),
        (TableFormat::Human, Some(views)) => {
            errors(findings) + &report::assistants::human(plans, views, verbose)
        }
        (TableFormat::Json, views) => {
            let commit = planning.commit.as_ref().map(|commit| commit.commit.as_str());
            let about = DocumentSubject::StoreAt(store, commit);
            let mut page = coverage::json::document(about, findings, plans, &levels, views.as_deref());
            page["paused"] = serde_json::json!(paused);
            page["rollout"] = report::rollout::json(&planning.gates);
            format!("{page:#}\n")
        }
        (TableFormat::Markdown, None) => coverage::markdown(plans, &levels),
        (TableFormat::Markdown, Some(views)) => report::assistants::markdown(plans, views),
    };
    context.printer.data(&text)?;
    Ok(outcome.and(Exit::findings_if(coverage::holes(plans) > 0)))
}

/// Shows targets whose repository could not be read as unreachable: nothing in the store or the target refuses them.
fn mark_unreachable(planning: &mut Planning) {
    let states = planning
        .plans
        .iter()
        .map(|plan| target_states::state(planning, plan).0);
    let states: Vec<TargetState> = states.collect();
    for (plan, state) in planning.plans.iter_mut().zip(states) {
        if state == TargetState::Unreachable {
            plan.outcome.state = state;
        }
    }
}

/// What each assistant sees of each target; empty for a target that could not be read.
fn assistants(planning: &Planning) -> Vec<Vec<AssistantView>> {
    let all_views = AssistantViews::new(&planning.store);
    let views = |plan: &TargetPlan| {
        let target = planning.store.target(&plan.target.name)?;
        let snapshot = planning.snapshots.get(&plan.target.name)?;
        Some(all_views.assistants(target, plan, &snapshot.tree))
    };
    planning
        .plans
        .iter()
        .map(|plan| views(plan).unwrap_or_default())
        .collect()
}

/// The store's errors for a terminal. Without them it would be unclear why a target is refused.
fn errors(findings: &[Finding]) -> String {
    let errors: Vec<Finding> = findings
        .iter()
        .filter(|finding| finding.is_error())
        .cloned()
        .collect();
    report::findings::human(&errors)
}
