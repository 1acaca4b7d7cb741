//! `lessonbook diff`: shows what a change of the store does in every target.
//!
//! Input: an optional range of the store's commits, and TARGET arguments. Output: for each target what would change in its files, and
//! what differs in the store itself. Not here: reading both stores and the targets (`compared_stores`), comparing
//! (`pipeline/impact`) and printing (`report/impact`).

mod all_targets;
mod compared_stores;
mod range;
mod target_diff;

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{Context, Exit};
use crate::report::UserError;
use crate::report::impact::{ImpactInput, document, json};
use crate::run::format::TableFormat;
use crate::run::remote_args::RemoteArgs;
use crate::run::target_states;
use lessonbook_base::finding::Finding;

use compared_stores::ComparedStores;

/// Show what a change of the store does in each target
///
/// Compares the store at two commits, or one commit with the store's folder, and plans every target with both, so that reviewers of a
/// lesson see its impact. Checks nothing out and writes nothing to targets. Without a range, compares the commit where this branch
/// left the default branch with the folder, uncommitted changes included.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES, mut_arg("from_commit", |arg| arg.hide_short_help(true).hide_long_help(true)))]
pub struct DiffArgs {
    /// BASE compares a commit with the folder; A..B compares two commits; A...B compares B with the commit where it left A
    #[arg(value_name = "RANGE")]
    pub range: Option<String>,

    /// Names or globs of targets [default: all]
    #[arg(value_name = "TARGET")]
    pub targets: Vec<String>,

    /// Targets after --, which are never read as a range
    #[arg(last = true, value_name = "TARGET")]
    pub after_dashes: Vec<String>,

    /// Leave out the diffs of the files
    #[arg(long)]
    pub stat: bool,

    /// Exit with 3 if something changes in a target
    #[arg(long)]
    pub exit_code: bool,

    /// How to print; markdown fits a comment on a pull request
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub format: TableFormat,

    /// Also write the Markdown page to this file
    #[arg(long, value_name = "FILE")]
    pub page: Option<PathBuf>,

    /// Who can read the store [default: the variable `LESSONBOOK_STORE_VISIBILITY`, else public]. If it is public, the page shows only
    /// the names of private targets
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
  lessonbook diff -- ../shop                 one target, without a range
  lessonbook diff --format markdown > comment.md";

/// Compares and prints.
pub fn run(args: &DiffArgs, context: &Context) -> anyhow::Result<Exit> {
    if args.remote.from_commit.is_some() {
        let error = UserError::wrong_use("`diff` takes its commits as a range, not from --from-commit");
        return Err(error.help("run `lessonbook diff BASE..HEAD`").into());
    }
    let context = &Context {
        remote: args.remote.clone(),
        ..context.clone()
    };
    let root = context.store_root()?;
    let request = range::parse(args, context, &root)?;
    let stores = ComparedStores::read(context, &root, &request.ends)?;
    let impact = stores.compare(context, &root, &request.targets)?;
    let store = if stores.head.store.is_read {
        &stores.head.store
    } else {
        &stores.base.store
    };
    let input = ImpactInput {
        name: &store.name,
        home: &store.home,
        names: &stores.names,
        again: &request.command(),
        was_wrong: impact.unread.is_empty() && stores.base.findings.iter().any(Finding::is_error),
        rollout: stores.head.store.rollout.as_ref(),
        open: is_public(args.store_visibility),
    };
    if let Some(file) = &args.page {
        let page = document::page(&impact, &input);
        crate::repository::write_atomic(file, page.as_bytes())?;
    }
    let printed = match args.format {
        TableFormat::Human => document::human(&impact, &input, args.stat, context.printer.verbose() > 0),
        TableFormat::Json => format!("{:#}\n", json::document(&impact, &input)),
        TableFormat::Markdown => document::page(&impact, &input),
    };
    context.printer.data(&printed)?;
    let limited = impact.findings.iter().any(target_states::is_for_now);
    let pending = args.exit_code && impact.reaches();
    Ok(Exit::findings_if(impact.fails())
        .and(if limited { Exit::Deferred } else { Exit::Done })
        .and(if pending { Exit::Pending } else { Exit::Done }))
}

/// Whether everyone may read the store. An unknown visibility counts as public.
fn is_public(flag: Option<StoreReaders>) -> bool {
    let variable = || std::env::var("LESSONBOOK_STORE_VISIBILITY").unwrap_or_default();
    match flag {
        Some(readers) => readers == StoreReaders::Public,
        None => !matches!(variable().as_str(), "private" | "internal"),
    }
}
