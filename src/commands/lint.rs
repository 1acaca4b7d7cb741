//! `lessonbook lint`: runs the checks of lessons over a change, in a target's own CI or from the store.
//!
//! Input: a repository and the commit before the change. Output: the hits that the change adds, what is excused, and what could
//! not be decided. Not here: what a check finds (the crate `checks`) and the two sides of the change (`repository/change_trees`).

mod comparison;
mod findings;
mod jobs;
mod run_checks;

use clap::Args;

use super::{Context, Exit};
use crate::report::lint as report;
use crate::run::format::FindingsFormat;
use lessonbook_base::finding::Finding;

/// Run the checks of lessons over a change
///
/// For a repository that receives lessons: reads its checks files, `.lessonbook/NAME.checks.yaml`, as they are at the commit
/// before the change, and reports the places that the change adds. Places that were there before are not reported, also if they
/// were moved or their object was renamed. Tracked files are read as they are on disk. Needs no store, no token and no network.
///
/// In a store, name targets to run the store's own checks over their clones.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct LintArgs {
    /// The repository's top folder [default: the repository of the current folder]; in a store, names or globs of targets
    #[arg(value_name = "DIR|TARGET")]
    pub places: Vec<String>,

    /// Compare with the commit where this branch left COMMIT [default: the default branch]
    #[arg(long, value_name = "COMMIT", conflicts_with_all = ["staged", "all"])]
    pub base: Option<String>,

    /// Compare what is staged with the last commit, as before a commit
    #[arg(long, conflicts_with = "all")]
    pub staged: bool,

    /// List every place, new or not; fails only with --strict
    #[arg(long)]
    pub all: bool,

    /// Exit with 1 for warnings, too
    #[arg(long)]
    pub strict: bool,

    /// How to print
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub format: FindingsFormat,
}

const EXAMPLES: &str = "\
Examples:
  lessonbook lint                                  what this branch adds
  lessonbook lint --base HEAD^1 --format github    in a workflow on a pull request
  lessonbook lint --staged                         before a commit
  lessonbook lint --all                            every place in the repository
  lessonbook lint --all ../shop                    in a store: its checks over a target

Exit codes: 0 no new place in a critical or high lesson, 1 there is one or the checks can't be run, 2 wrong usage.";

/// Runs the checks and prints.
pub fn run(args: &LintArgs, context: &Context) -> anyhow::Result<Exit> {
    let jobs = jobs::jobs(args, context)?;
    let mut reports = Vec::new();
    for job in &jobs {
        reports.push(run_checks::run(job, args, context)?);
    }
    let mut all = reports.iter().flat_map(|report| &report.findings);
    let failed = all.any(|finding| fails(finding, args));
    let text = match args.format {
        FindingsFormat::Human => report::human(&reports),
        FindingsFormat::Json => report::json(&reports)?,
        FindingsFormat::Github => report::github(&reports),
        FindingsFormat::Sarif => report::sarif(&reports)?,
    };
    match args.format {
        FindingsFormat::Github => context.printer.runner_commands(&text)?,
        _ => context.printer.data(&text)?,
    }
    for report in &reports {
        context.printer.talk(&format!("lint: {}", report.line()));
    }
    Ok(Exit::findings_if(failed))
}

/// With `--all`, places are a list and no verdict, unless `--strict` asks for one; other errors always count.
fn fails(finding: &Finding, args: &LintArgs) -> bool {
    use lessonbook_base::finding::Code;
    if args.strict {
        return finding.fails_strict();
    }
    finding.is_error() && !(args.all && finding.code == Code::CheckHit)
}
