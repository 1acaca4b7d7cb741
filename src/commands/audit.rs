//! `lessonbook audit`: what in the store is stale, unused, repeated or contradictory.
//!
//! Input: the store and all of its targets. Output: findings, and with `--fix` corrected files. Not here: what is a finding (crate
//! `audit`).

use std::path::PathBuf;

use clap::Args;

use super::{Context, Exit};
use crate::report;
use crate::report::envelope::DocumentSubject;
use crate::report::findings::{self, Summary, counted};
use crate::run::audit;
use crate::run::context::{from_here, name_files_from_here};
use crate::run::effect;
use crate::run::format::AuditFormat;
use crate::run::planning::Planning;
use lessonbook_base::finding::{Finding, Level};

/// Report lessons that are stale, unused, repeated or contradictory, over all targets
///
/// Each finding shows the line that proves it, and the command that retires the lesson where that is a way out: lessons that no target
/// receives or whose review is overdue; globs, paths and commands in rules that exist in no target that receives the lesson, with
/// the commit that removed a path where the history shows it; lessons
/// that repeat or contradict each other; rules that a configured linter or formatter enforces already; lessons that a budget always
/// shortens; evidence that changed; and with --effect checks that never found anything.
///
/// What can't be proved is not reported: if a target that may receive a lesson could not be read, no finding says that something
/// exists nowhere. Nothing is changed in a target. docs/audit.md describes each finding and its limits.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct AuditArgs {
    /// Write what needs no decision into the lessons' files: hashes of new evidence, and lines of evidence that moved
    #[arg(long)]
    fix: bool,

    /// Also report checks that never found anything, from the histories of all targets (see `effect`)
    #[arg(long)]
    effect: bool,

    /// The folder with clones of targets on GitHub, each in OWNER/NAME, for --effect
    #[arg(long, value_name = "DIR", requires = "effect")]
    clones: Option<PathBuf>,

    /// Exit with 1 for warnings, too
    #[arg(long)]
    strict: bool,

    /// How to print
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    format: AuditFormat,
}

const EXAMPLES: &str = "\
Examples:
  lessonbook audit
  lessonbook audit --fix                       write hashes of new evidence
  lessonbook audit --effect --clones clones    with the histories of targets
  lessonbook audit --strict --format github    in a workflow
  lessonbook audit --format markdown           for a page or a job's summary

Exit codes: 0 done, 1 the store or a target has errors, or there are warnings and --strict, 2 wrong usage.";

/// Audits the store; with `--fix`, fixes what needs no decision.
pub fn run(args: &AuditArgs, context: &Context) -> anyhow::Result<Exit> {
    let planning = Planning::for_audit(context)?;
    let effect = if args.effect {
        Some(effect::of_all(&planning, args.clones.as_deref(), context)?)
    } else {
        None
    };
    let mut findings = audit::findings_with_removals(&planning, effect.as_ref());
    if args.fix {
        let fixed = super::check::fix(&planning.root, &findings)?;
        findings.retain(|finding| finding.fix.is_none());
        context
            .printer
            .talk(&format!("audit: fixed {}", counted(fixed, "problem")));
    }
    let prefix = from_here(&planning.root);
    name_files_from_here(&mut findings, &prefix);
    print(args.format, context, &planning, &findings, &prefix)?;
    let has_errors = complain(&planning, context);
    let fails = findings
        .iter()
        .any(|finding| args.strict && finding.level >= Level::Warning);
    Ok(Exit::findings_if(fails || has_errors))
}

fn print(
    format: AuditFormat,
    context: &Context,
    planning: &Planning,
    all: &[Finding],
    prefix: &str,
) -> anyhow::Result<()> {
    let store = &planning.store;
    let summary = Summary::new(all, store.lessons.len() + store.unread.len());
    let text = match format {
        AuditFormat::Human => findings::human(all),
        AuditFormat::Json => findings::json(DocumentSubject::Store(store), all, summary)?,
        AuditFormat::Markdown => report::audit::markdown(all, summary),
        AuditFormat::Github => findings::github(all),
        AuditFormat::Sarif => findings::sarif(all, prefix)?,
    };
    match format {
        AuditFormat::Github => context.printer.runner_commands(&text)?,
        _ => context.printer.data(&text)?,
    }
    context.printer.talk(&report::audit::line(summary));
    Ok(())
}

/// Reports errors of the store, and targets that could not be read. Both leave findings out.
fn complain(planning: &Planning, context: &Context) -> bool {
    let errors = planning.findings.iter().filter(|finding| finding.is_error());
    let mut errors: Vec<Finding> = errors.cloned().collect();
    for plan in &planning.plans {
        if plan.target.enabled && !planning.snapshots.contains_key(&plan.target.name) {
            errors.extend(plan.outcome.findings.iter().cloned());
        }
    }
    if !errors.is_empty() {
        context.printer.complain(&findings::human(&errors));
        context
            .printer
            .talk("note: what these may concern is left out of the audit");
    }
    errors.iter().any(Finding::is_error)
}
