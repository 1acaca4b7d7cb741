//! `lessonbook backtest`: what the checks of lessons would have found, before they are active.
//!
//! Input: lessons and targets by name, and a part of the targets' history. Output: every place in the targets as they are, and every
//! place that a commit introduced. Not here: what the words mean (`run/lessons_and_targets`), one target (`backtest/run_target`), and what is
//! printed (`report/backtest`).

mod run_target;

use clap::Args;
use jiff::civil::Date;

use super::{Context, Exit};
use crate::report::backtest::{self as report, BacktestReport, UnreadTarget};
use crate::report::envelope::DocumentSubject;
use crate::report::{Progress, UserError};
use crate::repository;
use crate::repository::commit_history::{HistoryRange, MAX_COMMITS};
use crate::run::format::{TableFormat, day};
use crate::run::lessons_and_targets::{self, refuse_errors};
use lessonbook_base::finding::Finding;
use lessonbook_store::{Store, Target, TargetLocation};

/// Show what the checks of lessons would have found, before they are active
///
/// Runs the checks over the base branch of targets on disk, and lists every place that they find, also those of drafts.
///
/// With --commits, --since or --until it also walks through the history of the base branch and lists the places that each commit
/// introduced. A merge is one change. Places that were moved or whose object was renamed are not new; a file that can't be read before
/// or after a commit is left out there, and counted. Files that .gitattributes marks as linguist-vendored or linguist-generated are
/// left out of the history.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct BacktestArgs {
    /// Ids of lessons, and names or globs of targets [default: all lessons with checks, all targets on disk]
    #[arg(value_name = "LESSON|TARGET")]
    pub words: Vec<String>,

    /// Also the newest N commits of the base branch
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=MAX_COMMITS as i64))]
    pub commits: Option<u32>,

    /// Also the commits from this day on, in UTC
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = day)]
    pub since: Option<Date>,

    /// Also the commits up to this day, in UTC
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = day)]
    pub until: Option<Date>,

    /// How to print
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub format: TableFormat,
}

const EXAMPLES: &str = "\
Examples:
  lessonbook backtest                                  every check over every target on disk
  lessonbook backtest probe-liveness ../shop           one lesson in one target
  lessonbook backtest probe-liveness --commits 500     and what the last 500 commits introduced
  lessonbook backtest --since 2026-01-01 --until 2026-06-30 --format markdown

Exit codes: 0 done, whatever was found, 1 the store or a target can't be read, 2 wrong usage.";

/// Runs the checks and prints.
pub fn run(args: &BacktestArgs, context: &Context) -> anyhow::Result<Exit> {
    let range = range(args)?;
    let root = context.store_root()?;
    let files = repository::read_store(&root)?;
    let commit = repository::store_commit(&root, &files);
    let (store, findings) = lessonbook_store::load(&files, context.today);
    let chosen = lessons_and_targets::chosen(&store, &findings, &args.words, true)?;
    refuse_errors(&findings, &chosen.lessons, chosen.are_lessons_named)?;
    let tried = lessons_and_targets::only(&store, &chosen.lessons);
    let mut report = BacktestReport::default();
    let (local, others): (Vec<&Target>, Vec<&Target>) = chosen
        .targets
        .iter()
        .partition(|target| matches!(target.place, TargetLocation::Local(_)) && target.enabled);
    report.unread.extend(others.into_iter().map(not_on_disk));
    if local.is_empty() {
        refuse_without_targets(&store, &report)?;
    }
    // With a history, each target shows its commits instead: they take longer, and two lines would overwrite each other.
    let pieces = if range.is_some() { 0 } else { local.len() };
    let progress = Progress::start(&context.printer, "running checks", pieces);
    for target in local {
        progress.now(&target.name);
        let TargetLocation::Local(path) = &target.place else {
            continue;
        };
        let job = run_target::BacktestJob {
            dir: root.join(path),
            target,
            tried: &tried,
            store: &store,
            range: range.as_ref(),
        };
        match run_target::run(&job, context) {
            Ok(found) => report.targets.push(found),
            Err(finding) => report.unread.push(unreadable(target, finding)),
        }
        progress.done();
    }
    drop(progress);
    let text = match args.format {
        TableFormat::Human => report::human(&report, context.printer.verbose() > 0),
        TableFormat::Json => {
            let commit = commit.as_ref().map(|commit| commit.commit.as_str());
            report::json(&report, DocumentSubject::StoreAt(&store, commit))?
        }
        TableFormat::Markdown => report::markdown(&report),
    };
    context.printer.data(&text)?;
    for unread in &report.unread {
        context.printer.complain(&unread.line());
    }
    context.printer.talk(&format!("backtest: {}", report.line()));
    Ok(Exit::findings_if(
        report.unread.iter().any(|unread| unread.is_failure),
    ))
}

/// The part of the history that is asked for; none: no history.
fn range(args: &BacktestArgs) -> anyhow::Result<Option<HistoryRange>> {
    if let (Some(since), Some(until)) = (args.since, args.until)
        && since > until
    {
        let message = format!("--since {since} is after --until {until}");
        return Err(UserError::wrong_use(message).help("swap the two days").into());
    }
    let is_wanted = args.commits.is_some() || args.since.is_some() || args.until.is_some();
    let commits = args.commits.and_then(|commits| usize::try_from(commits).ok());
    Ok(is_wanted.then_some(HistoryRange {
        commits: commits.unwrap_or(MAX_COMMITS),
        since: args.since,
        until: args.until,
    }))
}

const CLONE: &str = "clone it, and name the clone's folder in targets.yaml with the same tags";

fn not_on_disk(target: &Target) -> UnreadTarget {
    let (why, help) = if target.enabled {
        (
            "it is on GitHub, and `backtest` reads clones",
            Some(CLONE.to_owned()),
        )
    } else {
        ("it is disabled in targets.yaml", None)
    };
    UnreadTarget {
        name: target.name.clone(),
        why: why.to_owned(),
        help,
        is_failure: false,
    }
}

fn unreadable(target: &Target, finding: Finding) -> UnreadTarget {
    UnreadTarget {
        name: target.name.clone(),
        why: finding.message,
        help: finding.help,
        is_failure: true,
    }
}

fn refuse_without_targets(store: &Store, report: &BacktestReport) -> anyhow::Result<()> {
    let error = match report.unread.first() {
        _ if store.targets.is_empty() => UserError::wrong_use("targets.yaml names no target")
            .help("name a repository on disk there: `../shop: [TAG]`"),
        Some(first) if report.unread.len() == 1 => {
            let error = UserError::wrong_use(format!("`{}` can't be tried: {}", first.name, first.why));
            error.help(
                first
                    .help
                    .clone()
                    .unwrap_or_else(|| "name another target".to_owned()),
            )
        }
        _ => {
            UserError::wrong_use("none of these targets is on disk, and `backtest` reads clones").help(CLONE)
        }
    };
    Err(error.into())
}
