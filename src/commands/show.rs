//! `lessonbook show FILE`: prints a saved plan as `plan` does.
//!
//! Input: a saved plan. Output: the same page as `plan` prints, or a Markdown page. Not here: the page itself (`commands/plan`,
//! `report/plan`).

use std::path::PathBuf;

use clap::Args;

use super::plan::{self, PlanView};
use super::{Context, Exit};
use crate::report::UserError;
use crate::repository::StoreCommit;
use crate::run::format::TableFormat;
use crate::run::{plan_file, targets};
use lessonbook_pipeline::pause::Pause;
use lessonbook_pipeline::plan::TargetPlan;
use lessonbook_pipeline::plan_file::{SavedPlan, SavedTarget};

/// Print a saved plan as `plan` does
///
/// Reads the file and nothing else: no store, no target, no network. --format markdown makes a page for a job summary or a comment. The
/// page is cut at 60,000 characters, and targets that do not fit are listed by name.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct ShowArgs {
    /// The file that `plan --out` wrote
    #[arg(value_name = "FILE")]
    pub file: PathBuf,

    /// Names or globs of targets [default: all]
    #[arg(value_name = "TARGET")]
    pub targets: Vec<String>,

    /// How to print
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub format: TableFormat,

    /// With --format markdown: make a page that everyone may read; targets that are not public appear with their name only
    #[arg(long)]
    pub public: bool,
}

const EXAMPLES: &str = "\
Examples:
  lessonbook show plan.json
  lessonbook show plan.json -v 'acme/infra-*'
  lessonbook show plan.json --format markdown > page.md";

/// Reads the file and prints it.
pub fn run(args: &ShowArgs, context: &Context) -> anyhow::Result<Exit> {
    if args.public && args.format != TableFormat::Markdown {
        let error = UserError::wrong_use("--public works only with --format markdown");
        return Err(error.help("add --format markdown").into());
    }
    let saved = plan_file::read(&args.file)?;
    let file = args.file.display().to_string();
    let how = Print {
        targets: &args.targets,
        format: args.format,
        file: &file,
        paused: None,
        for_all: args.public,
    };
    print(&saved, &how, context)?;
    Ok(Exit::Done)
}

/// How a saved plan is printed.
#[derive(Debug, Clone, Copy)]
pub struct Print<'a> {
    /// Names or globs of targets; none: all.
    pub targets: &'a [String],
    /// The format.
    pub format: TableFormat,
    /// The file's name.
    pub file: &'a str,
    /// Who paused, and why.
    pub paused: Option<&'a Pause>,
    /// Whether everyone may read the page.
    pub for_all: bool,
}

/// Prints a saved plan, or a part of it.
pub fn print(saved: &SavedPlan, how: &Print<'_>, context: &Context) -> anyhow::Result<()> {
    let (mut store, _) = lessonbook_store::load(&saved.store.files, saved.today);
    store.targets = saved.targets.iter().map(|target| target.target.clone()).collect();
    let chosen: Vec<&str> = targets::select(&store, how.targets)?
        .into_iter()
        .map(|target| target.name.as_str())
        .collect();
    let is_chosen = |target: &&SavedTarget| chosen.contains(&target.plan.target.name.as_str());
    let targets = || saved.targets.iter().filter(is_chosen);
    let plans: Vec<TargetPlan> = targets().map(|target| target.plan.clone()).collect();
    let commit = saved.store.commit.as_ref().map(StoreCommit::from);
    let view = PlanView {
        store: &store,
        commit: commit.as_ref(),
        findings: &saved.findings,
        gate: (&saved.bounds, &saved.against),
        paused: how.paused,
        plans: &plans,
        github_states: &plan_file::github_states(targets()),
        gates: &[],
        check_counts: &[],
        saved: Some((saved, how.file)),
        for_all: how.for_all,
    };
    plan::print(&view, context, how.format)
}
