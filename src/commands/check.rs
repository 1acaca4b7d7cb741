//! `lessonbook check`: checks the store and reports every problem in one run.
//!
//! Input: the store and its local targets. Output: findings, and with `--fix` corrected files. Not here: the checks of lessons and
//! settings (`crates/store`) and of templates (`pipeline/render`).

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
use lessonbook_pipeline::{duplicate_rules, render, trial};
use lessonbook_store::Store;

/// Check the store and report every problem
///
/// Each finding shows where the problem is, what its effect is, and how to fix it. Errors stop the targets that they concern;
/// warnings stop nothing. docs/findings.md explains every code.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct CheckArgs {
    /// Fix what can be fixed automatically, then check
    #[arg(long)]
    fix: bool,

    /// Exit with 1 for warnings, too, except for past dates, tags that only lessons or only targets have, and local targets that are
    /// not on this machine
    #[arg(long)]
    strict: bool,

    /// How to print
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    format: FindingsFormat,
}

const EXAMPLES: &str = "\
Examples:
  lessonbook check
  lessonbook check --fix                       fix what can be fixed automatically
  lessonbook check --strict --format github    in a workflow
  lessonbook check --format sarif > lessonbook.sarif";

/// Checks the store; with `--fix`, fixes it first.
pub fn run(args: &CheckArgs, context: &Context) -> anyhow::Result<Exit> {
    let root = context.store_root()?;
    let (mut store, mut findings) = all_findings(context)?;
    if args.fix {
        let fixed = fix(&root, &findings)?;
        if fixed > 0 {
            (store, findings) = all_findings(context)?;
        }
        context
            .printer
            .talk(&format!("check: fixed {}", counted(fixed, "problem")));
    }
    let prefix = from_here(&root);
    name_files_from_here(&mut findings, &prefix);
    print(args.format, context, &store, &findings, &prefix)?;
    let fails = |f: &Finding| f.is_error() || args.strict && f.fails_strict();
    Ok(Exit::findings_if(findings.iter().any(fails)))
}

/// The store and all findings: in the store, and between the store and its local targets.
fn all_findings(context: &Context) -> anyhow::Result<(Store, Vec<Finding>)> {
    let (store, mut findings) = context.load_store()?;
    let pause = repository::pause::in_folder(&context.store_root()?);
    findings.extend(pause.as_ref().map(paused));
    let (trees, unread) = context.local_trees(&store)?;
    findings.extend(missing_once(&store, unread));
    findings.extend(repository::former_targets::findings(
        &context.store_root()?,
        &store,
    ));
    findings.extend(duplicate_targets::findings(&context.store_root()?, &store));
    findings.extend(render::check(&store));
    findings.extend(trial::check(&store));
    findings.extend(duplicate_rules::findings(&store));
    findings.extend(lessonbook_store::check_examples(&store));
    findings.extend(lessonbook_store::reach::check_reach(&store, &trees));
    findings.extend(lessonbook_store::verification_age::check_age(
        &store,
        context.today,
    ));
    finding::sort(&mut findings);
    Ok((store, findings))
}

/// A note, because a pause is not a problem, but explains why no proposal arrives.
fn paused(pause: &Pause) -> Finding {
    Finding::new(
        Code::Paused,
        format!("{} paused this store: {}", pause.who, pause.why),
    )
    .at(Location::file(FILE))
    .effect("`sync`, `apply` and `withdraw` write nothing to any target")
    .help(format!("to end the pause, {}", pause.way_out()))
}

/// One warning for all local targets that are not on this machine, for example on a runner: the store itself is correct.
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
                "correct the path or clone the repository there; for a check on another machine write `owner/name` instead of `{only}`"
            ),
        ),
        several => (
            format!(
                "{} local targets are not on this machine: {}",
                several.len(),
                listed(several.iter().copied())
            ),
            format!(
                "correct the paths or clone the repositories there; for a check on another machine write `owner/name` instead of \
                 `{first}` and the others"
            ),
        ),
    };
    let mut finding = Finding::new(Code::TargetMissing, message)
        .effect(
            "paths and critical lessons are not checked against the missing files; `plan` and `sync` fail there",
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

/// Writes the fixes of the findings and returns their number.
pub(super) fn fix(root: &Path, findings: &[Finding]) -> anyhow::Result<usize> {
    let mut by_file: BTreeMap<&str, Vec<Fix>> = BTreeMap::new();
    for fix in findings.iter().filter_map(|finding| finding.fix.as_ref()) {
        by_file.entry(&fix.file).or_default().push(fix.clone());
    }
    let files = repository::read_store(root)?;
    let mut fixed = 0;
    for (file, fixes) in by_file {
        // A file that changed since it was checked, or that is not UTF-8, is left unchanged.
        let bytes = files.get(file).map(Vec::as_slice).unwrap_or_default();
        let Ok(text) = std::str::from_utf8(bytes) else {
            continue;
        };
        let after = lessonbook_store::apply_fixes(text, &fixes);
        if after != text {
            repository::write_atomic(&root.join(file), after.as_bytes())?;
            fixed += fixes.len();
        }
    }
    Ok(fixed)
}

fn print(
    format: FindingsFormat,
    context: &Context,
    store: &Store,
    all: &[Finding],
    prefix: &str,
) -> anyhow::Result<()> {
    let summary = Summary::new(all, store.lessons.len() + store.unread.len());
    let text = match format {
        FindingsFormat::Human => findings::human(all),
        FindingsFormat::Json => findings::json(DocumentSubject::Store(store), all, summary)?,
        FindingsFormat::Github => findings::github(all),
        FindingsFormat::Sarif => findings::sarif(all, prefix)?,
    };
    match format {
        FindingsFormat::Github => context.printer.runner_commands(&text)?,
        _ => context.printer.data(&text)?,
    }
    context.printer.talk(&format!("check: {}", summary.line()));
    Ok(())
}
