//! `lessonbook compare OLD NEW`: what a newer saved plan does that an older one did not.

use std::path::PathBuf;

use clap::Args;

use super::{Context, Exit};
use crate::report::compare::NamedPlan;
use crate::report::{UserError, compare as page};
use crate::run::format::TableFormat;
use crate::run::plan_file;
use lessonbook_pipeline::compare::compare;

/// Compare two saved plans: what the new one does that the old one did not
///
/// What reaches further comes first: targets, files, deletions, lines, lessons, exceptions, bounds, checks that hold no more. Exits with
/// 3 where the new plan reaches further than the old one, else with 0. Reads the two files and nothing else.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct CompareArgs {
    /// The plan that is known: what `plan --out` wrote
    #[arg(value_name = "OLD")]
    pub old: PathBuf,

    /// The plan that is held against it
    #[arg(value_name = "NEW")]
    pub new: PathBuf,

    /// How to print
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub format: TableFormat,

    /// With --format markdown: for a page that everybody can read; of targets that are not public it holds no more than the name
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
        let trouble = UserError::wrong_use("--public is about a page, and no page is asked for");
        return Err(trouble.help("say --format markdown, too").into());
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
