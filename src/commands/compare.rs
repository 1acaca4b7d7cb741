//! `lessonbook compare OLD NEW`: shows what a new saved plan does that an old one does not.
//!
//! Input: two saved plans. Output: their differences. Not here: the comparison (`pipeline/compare`) and its page (`report/compare`).

use std::path::PathBuf;

use clap::Args;

use super::{Context, Exit};
use crate::report::compare::NamedPlan;
use crate::report::{UserError, compare as page};
use crate::run::format::TableFormat;
use crate::run::plan_file;
use lessonbook_pipeline::compare::compare;

/// Compare two saved plans: show what the new one does that the old one does not
///
/// Differences by which the new plan reaches further are shown first: more targets, files, deletions, lines, lessons or exceptions, wider
/// limits, and invariants that no longer hold. The exit code is 3 if the new plan reaches further than the old one, otherwise 0. Reads the
/// two files and nothing else.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct CompareArgs {
    /// The known plan, a file that `plan --out` wrote
    #[arg(value_name = "OLD")]
    pub old: PathBuf,

    /// The plan to compare with it
    #[arg(value_name = "NEW")]
    pub new: PathBuf,

    /// How to print
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub format: TableFormat,

    /// With --format markdown: make a page that everyone may read; targets that are not public appear with their name only
    #[arg(long)]
    pub public: bool,
}

const EXAMPLES: &str = "\
Examples:
  lessonbook compare approved.json plan.json
  lessonbook compare -v approved.json plan.json
  lessonbook compare approved.json plan.json --format markdown > page.md";

/// Compares and prints.
pub fn run(args: &CompareArgs, context: &Context) -> anyhow::Result<Exit> {
    if args.public && args.format != TableFormat::Markdown {
        let error = UserError::wrong_use("--public works only with --format markdown");
        return Err(error.help("add --format markdown").into());
    }
    let (old, new) = (plan_file::read(&args.old)?, plan_file::read(&args.new)?);
    let mut comparison = compare(&old, &new);
    if args.public {
        comparison = page::for_everybody(&old, &new, &comparison);
    }
    let files = [&args.old, &args.new].map(|file| file.display().to_string());
    let old = NamedPlan {
        plan: &old,
        file: &files[0],
    };
    let new = NamedPlan {
        plan: &new,
        file: &files[1],
    };
    let text = match args.format {
        TableFormat::Human => {
            let verbose = context.printer.verbose() > 0;
            page::human(old, new, &comparison, verbose)
        }
        TableFormat::Markdown => page::markdown(old, new, &comparison),
        TableFormat::Json => format!("{:#}\n", page::json(old, new, &comparison)),
    };
    context.printer.data(&text)?;
    Ok(if comparison.reaches_further() {
        Exit::Pending
    } else {
        Exit::Done
    })
}
