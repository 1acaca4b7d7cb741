//! `lessonbook check`: everything wrong in the store, in one run.

use std::collections::BTreeMap;
use std::path::Path;

use clap::Args;

use super::{Context, Exit};
use crate::report::envelope::DocumentSubject;
use crate::report::findings::{self, Summary, counted};
use crate::repository;
use crate::run::context::{from_here, name_files_from_here};
use crate::run::duplicate_targets;
use crate::run::format::FindingsFormat;
use crate::run::targets::listed;
use lessonbook_base::finding::{self, Code, Finding, Fix, Level, Location};
use lessonbook_pipeline::pause::{FILE, Pause};
use lessonbook_pipeline::{render, trial};
use lessonbook_store::Store;

/// Say everything that is wrong in the store
///
/// Each finding has its place, what it would do to whom, and a way out. Errors stop the targets that they concern; warnings
/// stop nothing. docs/findings.md explains every code.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct CheckArgs {
    /// Mend what is mechanical, then check
    #[arg(long)]
    fix: bool,

    /// Exit with 1 for warnings, too; not for dates that have passed, tags that only one side has, and local targets that are not here
    #[arg(long)]
    strict: bool,

    /// How to print
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    format: FindingsFormat,
}

const EXAMPLES: &str = "\
Examples:
  lessonbook check
  lessonbook check --fix                       mend what is mechanical
  lessonbook check --strict --format github    in a workflow
  lessonbook check --format sarif > lessonbook.sarif";

/// Checks the store, and mends it first where asked.
pub fn run(args: &CheckArgs, context: &Context) -> anyhow::Result<Exit> {
    let root = context.store_root()?;
    let (mut store, mut found) = everything(context)?;
    if args.fix {
        let mended = mend(&root, &found)?;
        if mended > 0 {
            (store, found) = everything(context)?;
        }
        context
            .printer
            .talk(&format!("check: mended {}", counted(mended, "mistake")));
    }
    let prefix = from_here(&root);
    name_files_from_here(&mut found, &prefix);
    print(args.format, context, &store, &found, &prefix)?;
    let stops = |f: &Finding| f.is_error() || args.strict && f.fails_strict();
    Ok(Exit::findings_if(found.iter().any(stops)))
}

/// The store, with what is wrong in it and between it and its local targets.
fn everything(context: &Context) -> anyhow::Result<(Store, Vec<Finding>)> {
    let (store, mut found) = context.load_store()?;
    let pause = repository::pause::in_folder(&context.store_root()?);
    found.extend(pause.as_ref().map(paused));
    let (trees, unread) = context.local_trees(&store)?;
    found.extend(missing_once(&store, unread));
    found.extend(duplicate_targets::told(&context.store_root()?, &store));
    found.extend(render::check(&store));
    found.extend(trial::check(&store));
    found.extend(lessonbook_store::check_examples(&store));
    found.extend(lessonbook_store::reach::check_reach(&store, &trees));
    finding::sort(&mut found);
    Ok((store, found))
}

/// Nothing is wrong, but whoever waits for a proposal wants to know.
fn paused(pause: &Pause) -> Finding {
    Finding::new(
        Code::Paused,
        format!("{} paused this store: {}", pause.who, pause.why),
    )
    .at(Location::file(FILE))
    .effect("`sync`, `apply` and `withdraw` write nothing to any target")
    .help(format!("when it is over, {}", pause.way_out()))
}

/// One warning for all local targets that are not on this machine, as on a runner: nothing is wrong in the store because of that.
fn missing_once(store: &Store, unread: Vec<Finding>) -> Vec<Finding> {
    let (missing, mut others): (Vec<_>, Vec<_>) = unread
        .into_iter()
        .partition(|finding| finding.code == Code::TargetMissing);
    let names: Vec<&str> = missing
        .iter()
        .filter_map(|finding| finding.target.as_deref())
        .collect();
    let Some(first) = names.first() else {
        return others;
    };
    let (message, help) = match names.as_slice() {
        [only] => (
            format!("there is no repository at `{only}`"),
            format!(
                "correct the path or clone it there; for a check on another machine write `owner/name` instead of `{only}`"
            ),
        ),
        several => (
            format!(
                "{} local targets are not on this machine: {}",
                several.len(),
                listed(several.iter().copied())
            ),
            format!(
                "correct the paths or clone them there; for a check on another machine write `owner/name` instead of \
                 `{first}` and the others"
            ),
        ),
    };
    let mut finding = Finding::new(Code::TargetMissing, message)
        .effect(
            "paths and critical lessons are not checked against their files; `plan` and `sync` fail for them",
        )
        .help(help);
    finding.level = Level::Warning;
    finding.at = store.places.target(first);
    if names.len() == 1 {
        finding = finding.target(*first);
    }
    others.push(finding);
    others
}

/// Writes the mends and says how many there were.
fn mend(root: &Path, found: &[Finding]) -> anyhow::Result<usize> {
    let mut by_file: BTreeMap<&str, Vec<Fix>> = BTreeMap::new();
    for fix in found.iter().filter_map(|finding| finding.fix.as_ref()) {
        by_file.entry(&fix.file).or_default().push(fix.clone());
    }
    let files = repository::read_store(root)?;
    let mut mended = 0;
    for (file, fixes) in by_file {
        // A file that changed since, or that is no text, is left alone.
        let bytes = files.get(file).map(Vec::as_slice).unwrap_or_default();
        let Ok(text) = std::str::from_utf8(bytes) else {
            continue;
        };
        let after = lessonbook_store::apply_fixes(text, &fixes);
        if after != text {
            repository::write_atomic(&root.join(file), after.as_bytes())?;
            mended += fixes.len();
        }
    }
    Ok(mended)
}

fn print(
    format: FindingsFormat,
    context: &Context,
    store: &Store,
    found: &[Finding],
    prefix: &str,
) -> anyhow::Result<()> {
    let summary = Summary::new(found, store.lessons.len() + store.unread.len());
    let text = match format {
        FindingsFormat::Human => findings::human(found),
        FindingsFormat::Json => findings::json(DocumentSubject::Store(store), found, summary)?,
        FindingsFormat::Github => findings::github(found),
        FindingsFormat::Sarif => findings::sarif(found, prefix)?,
    };
    match format {
        FindingsFormat::Github => context.printer.runner_commands(&text)?,
        _ => context.printer.data(&text)?,
    }
    context.printer.talk(&format!("check: {}", summary.line()));
    Ok(())
}
