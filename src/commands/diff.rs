//! `lessonbook diff`: what a change of the store does downstream.
//!
//! Input: a range of the store's commits, or nothing, and TARGET arguments. Output: for each target what would change in its
//! files, and what differs in the store itself. Not here: reading both sides and the targets (`sides`), comparing
//! (`pipeline/impact`) and printing.

mod compared_stores;
mod range;
mod target_diff;

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{Context, Exit};
use crate::report::UserError;
use crate::report::impact::{ImpactInput, human, json, page};
use crate::run::format::TableFormat;
use crate::run::github_targets::RemoteArgs;
use crate::run::target_states;
use lessonbook_base::finding::Finding;

use compared_stores::ComparedStores;

/// Say what a change of the store does in each target
///
/// Compares the store at two commits, or at one and as its folder stands, and plans every target with both: what a reviewer of a
/// lesson reads. Nothing is checked out, nothing is written. Without a range: from where this branch left the default branch, to
/// the folder with its uncommitted changes.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES, mut_arg("from_commit", |arg| arg.hide_short_help(true).hide_long_help(true)))]
pub struct DiffArgs {
    /// BASE: a commit with the folder; A..B: two commits; A...B: B with the commit where it left A
    #[arg(value_name = "RANGE")]
    pub range: Option<String>,

    /// Names or globs of targets; without: all
    #[arg(value_name = "TARGET")]
    pub targets: Vec<String>,

    /// The same, where the first could be taken for a range
    #[arg(last = true, value_name = "TARGET")]
    pub behind: Vec<String>,

    /// Leave the diffs of the files out
    #[arg(long)]
    pub stat: bool,

    /// Exit with 3 where something changes in a target
    #[arg(long)]
    pub exit_code: bool,

    /// How to print; markdown fits a comment on a pull request
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub format: TableFormat,

    /// Write the Markdown page to this file, too
    #[arg(long, value_name = "FILE")]
    pub page: Option<PathBuf>,

    /// Who can read the store; else as the variable `LESSONBOOK_STORE_VISIBILITY` says, else public: then the page shows the names of
    /// private targets, and nothing more of them
    #[arg(long, value_name = "WHO")]
    pub store_visibility: Option<StoreReaders>,

    /// How GitHub is reached.
    #[command(flatten)]
    pub remote: RemoteArgs,
}

/// Who can read the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[expect(missing_docs, reason = "the help of the argument explains them in one line")]
pub enum StoreReaders {
    Public,
    Internal,
    Private,
}

const EXAMPLES: &str = "\
Examples:
  lessonbook diff                            what this branch does
  lessonbook diff main                       the folder, compared with main
  lessonbook diff main...fix 'acme/infra-*'
  lessonbook diff -- ../shop                 a target, and no range
  lessonbook diff --format markdown > comment.md";

/// Compares and prints.
pub fn run(args: &DiffArgs, context: &Context) -> anyhow::Result<Exit> {
    if args.remote.from_commit.is_some() {
        let trouble = UserError::wrong_use("`diff` takes its commits as a range, not by --from-commit");
        return Err(trouble.help("lessonbook diff BASE..HEAD").into());
    }
    let context = &Context {
        remote: args.remote.clone(),
        ..context.clone()
    };
    let root = context.store_root()?;
    let asked = range::asked(args, context, &root)?;
    let sides = ComparedStores::read(context, &root, &asked.ends)?;
    let downstream = sides.compare(context, &root, &asked.targets)?;
    let store = if sides.head.store.is_read {
        &sides.head.store
    } else {
        &sides.base.store
    };
    let about = ImpactInput {
        name: &store.name,
        home: &store.home,
        names: &sides.names,
        again: &asked.again(),
        was_wrong: downstream.unread.is_empty() && sides.base.findings.iter().any(Finding::is_error),
        rollout: sides.head.store.rollout.as_ref(),
        open: is_open(args.store_visibility),
    };
    if let Some(file) = &args.page {
        let page = page::page(&downstream, &about);
        crate::repository::write_atomic(file, page.as_bytes())?;
    }
    let printed = match args.format {
        TableFormat::Human => human::human(&downstream, &about, args.stat, context.printer.verbose() > 0),
        TableFormat::Json => format!("{:#}\n", json::document(&downstream, &about)),
        TableFormat::Markdown => page::page(&downstream, &about),
    };
    context.printer.data(&printed)?;
    let limited = downstream.findings.iter().any(target_states::is_for_now);
    let pending = args.exit_code && downstream.reaches();
    Ok(Exit::findings_if(downstream.fails())
        .and(if limited { Exit::Deferred } else { Exit::Done })
        .and(if pending { Exit::Pending } else { Exit::Done }))
}

/// Whether anybody may read the store. What is not known counts as public.
fn is_open(said: Option<StoreReaders>) -> bool {
    let variable = || std::env::var("LESSONBOOK_STORE_VISIBILITY").unwrap_or_default();
    match said {
        Some(seen) => seen == StoreReaders::Public,
        None => !matches!(variable().as_str(), "private" | "internal"),
    }
}
