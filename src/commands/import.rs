//! `lessonbook import`: hand-written rules of repositories become draft lessons.
//!
//! Input: targets, files and folders. Output: the rules in clusters, and drafts of those that were chosen. Not here: recognizing rules
//! (crate `import`), reading (`import/inputs`), drafts (`import/drafts`), questions (`import/questions`).

mod drafts;
mod inputs;
mod questions;

use std::collections::BTreeSet;

use clap::{Args, ValueEnum};

use super::{Context, Exit};
use crate::report::import::{self as report, ImportReport};
use crate::report::prompt;
use crate::run::format::TableFormat;
use drafts::Choice;
use lessonbook_import::{Confidence, KnownLesson, accounts, bring_together};
use lessonbook_store::Store;

/// Find hand-written rules in instruction files, and turn them into draft lessons
///
/// Reads instruction files of targets (all, unless you name some), or any files and folders: CLAUDE.md, AGENTS.md, Copilot
/// instructions, rules of Claude Code and Cursor, and the stores of rulesync, ai-rulez, Ruler, APM and totem. Blocks and files that
/// a tool writes, code, quotes and tables are not rules. The same rule in many repositories is one candidate with many sources.
///
/// On a terminal it asks about each rule. Elsewhere it only reports, unless --take says which rules become drafts. A draft is checked,
/// and placed nowhere until you set its status to active.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct ImportArgs {
    /// Names or globs of targets, or files and folders [default: all targets]
    #[arg(value_name = "TARGET|PATH")]
    pub from: Vec<String>,

    /// Write drafts of the rules that are at least this sure, without asking
    #[arg(long, value_name = "CONFIDENCE", value_enum)]
    pub take: Option<ConfidenceWord>,

    /// Only rules that are new or reworded since this commit, or since this day (YYYY-MM-DD), of targets on disk
    #[arg(long, value_name = "COMMIT|DATE")]
    pub since: Option<String>,

    /// How to print
    #[arg(long, value_name = "FORMAT", value_enum, default_value = "human")]
    pub format: TableFormat,
}

/// How sure a rule must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ConfidenceWord {
    /// Plain orders
    High,
    /// Plain orders, and what is very likely a rule
    Default,
    /// Everything that may be a rule
    All,
}

impl From<ConfidenceWord> for Confidence {
    fn from(word: ConfidenceWord) -> Self {
        match word {
            ConfidenceWord::High => Confidence::High,
            ConfidenceWord::Default => Confidence::Default,
            ConfidenceWord::All => Confidence::All,
        }
    }
}

const EXAMPLES: &str = "\
Examples:
  lessonbook import
  lessonbook import ../shop acme/web --take default
  lessonbook import ../shop/.rulesync/rules --format markdown
  lessonbook import --since 2026-11-01

Exit codes: 0 done, 1 something can't be read, or a rule that you chose at a question was refused, 2 wrong usage. Rules that --take \
refuses, because they can't be lessons, are listed with the reason and do not change the exit code.";

/// Reads, reports, and writes what was chosen.
pub fn run(args: &ImportArgs, context: &Context) -> anyhow::Result<Exit> {
    let mut input = inputs::read(args, context)?;
    let known = known(input.store.as_ref().map(|(_, store)| store));
    let readings = std::mem::take(&mut input.readings);
    let result = bring_together(readings, &known);
    let level = args.take.map_or(Confidence::Default, Confidence::from);
    let asks = args.take.is_none()
        && args.format == TableFormat::Human
        && prompt::can_ask()
        && input.store.is_some();
    let choices: Vec<Choice> = match (&input.store, args.take) {
        (Some(_), Some(_)) => drafts::at_least(&result, level),
        (Some((_, store)), None) if asks => questions::ask(context, &result, store, level)?,
        _ => Vec::new(),
    };
    let drafts = match &input.store {
        Some((root, store)) => drafts::make(context, root, store, &result, &choices, &input.commits)?,
        None => drafts::DraftLessons::default(),
    };
    let taken: BTreeSet<&str> = drafts.sound.iter().map(|draft| draft.cluster.as_str()).collect();
    let shown = ImportReport {
        result: &result,
        accounts: accounts(&result, &taken),
        level,
        drafts: drafts
            .sound
            .iter()
            .map(|draft| (draft.cluster.clone(), draft.file.clone()))
            .collect(),
        refused: drafts.refused.clone(),
        is_written: args.take.is_some(),
    };
    // Shown before anything is written.
    let store = input.store.as_ref().map(|(_, store)| store);
    match args.format {
        TableFormat::Human if asks => {}
        TableFormat::Human => context
            .printer
            .data(&report::human(&shown, context.printer.verbose() > 0))?,
        TableFormat::Markdown => context.printer.data(&report::markdown(&shown))?,
        TableFormat::Json => context.printer.data(&report::json(&shown, store))?,
    }
    for finding in &input.findings {
        context
            .printer
            .complain(&crate::report::findings::human(std::slice::from_ref(finding)));
    }
    if let Some((root, _)) = &input.store {
        drafts::write(context, root, &drafts)?;
    }
    // `--take` sorts many rules, and will refuse the same ones in each run. An answer is about one rule, which the person expects.
    let has_errors = input
        .findings
        .iter()
        .any(lessonbook_base::finding::Finding::is_error);
    Ok(Exit::findings_if(
        has_errors || asks && !drafts.refused.is_empty(),
    ))
}

/// The lessons of the store, whatever their status.
fn known(store: Option<&Store>) -> Vec<KnownLesson> {
    let lessons = store.map(|store| store.lessons.as_slice()).unwrap_or_default();
    lessons
        .iter()
        .map(|lesson| KnownLesson {
            id: lesson.id.clone(),
            rule: lesson.rule.clone(),
            sources: lesson
                .sources
                .iter()
                .map(|source| (source.repository.clone(), source.path.clone(), source.line))
                .collect(),
        })
        .collect()
}
