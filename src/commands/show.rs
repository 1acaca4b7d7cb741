//! `lessonbook show FILE`: prints a saved plan as `plan` does.
//!
//! Input: a saved plan. Output: the same page as `plan` prints, or a Markdown page. Not here: the page itself (`commands/plan`,
//! `report/plan`).

use std::path::PathBuf;

use clap::Args;

use super::plan_view::{SavedPlanView, print_saved};
use super::{Context, Exit};
use crate::report::UserError;
use crate::run::format::TableFormat;
use crate::run::plan_file;

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
    let how = SavedPlanView {
        targets: &args.targets,
        format: args.format,
        file: &file,
        paused: None,
        for_all: args.public,
    };
    print_saved(&saved, &how, context)?;
    Ok(Exit::Done)
}
