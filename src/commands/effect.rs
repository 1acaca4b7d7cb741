//! `lessonbook effect`: where each lesson is, and whether the mistake came back after it was merged.
//!
//! Input: lessons and targets by name, and clones. Output: for each lesson its propagation, what its checks found before and after the
//! merge, its incidents, and what was excused. Not here: measuring (`run/effect`), and what is printed (`report/effect`).

use std::path::{Path, PathBuf};

use clap::Args;

use super::{Context, Exit};
use crate::report::envelope::DocumentSubject;
use crate::report::findings::counted;
use crate::report::{UserError, effect as report};
use crate::repository;
use crate::run::effect::{self, EffectJob};
use crate::run::format::TableFormat;
use crate::run::lessons_and_targets::{self, refuse_errors};
use crate::run::remote_args::{Shard, shard};
use lessonbook_effect::gathered::GatheredHistories;

/// Show where each lesson is, and whether the mistake came back after it was merged
///
/// Reads the history of the store and of each target's base branch, from clones on disk. Shows for each lesson: when it was written, and
/// when each target merged it; for lessons with checks, how many commits introduced a place before and after the merge, with an exact
/// interval; its incidents before and after; and which places were excused, with the reasons.
///
/// A comparison of before and after alone is misleading. So two more are shown: the same dates in targets that had not merged the lesson,
/// and a placebo date. The result is "cannot tell" if one of them changed in the same way, if fewer than 5 commits introduced a place,
/// or if the interval contains 1. docs/effect.md describes the method and its limits. Nothing is changed in a target, and nothing is
/// sent anywhere.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct EffectArgs {
    /// Ids of lessons, and names or globs of targets [default: all active lessons, all targets]
    #[arg(value_name = "LESSON|TARGET")]
    pub words: Vec<String>,

    /// The folder with clones of targets on GitHub, each in OWNER/NAME
    #[arg(long, value_name = "DIR")]
    pub clones: Option<PathBuf>,

    /// The folder that keeps what was learned from commits between runs [default: the user's cache folder]
    #[arg(long, value_name = "DIR")]
    pub cache: Option<PathBuf>,

    /// Read only the targets of part K of N, as `lessonbook shards` prints them
    #[arg(long, value_name = "K/N", value_parser = shard)]
    pub shard: Option<Shard>,

    /// Write what was read from the targets to FILE, and print no report
    #[arg(long, value_name = "FILE", conflicts_with = "format")]
    pub out: Option<PathBuf>,

    /// Use what other runs wrote with --out, and read only the targets that are named here; can be repeated
    #[arg(long, value_name = "FILE", conflicts_with_all = ["out", "shard"])]
    pub from: Vec<PathBuf>,

    /// How to print
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub format: TableFormat,
}

const EXAMPLES: &str = "\
Examples:
  lessonbook effect                                 every active lesson in every target on disk
  lessonbook effect probe-liveness ../shop          one lesson in one target
  lessonbook effect --clones clones --format json   with clones of targets on GitHub, for scripts
  lessonbook effect --format markdown               for a page or a job's summary
  lessonbook effect --shard 1/4 --clones clones --out part-1.json
  lessonbook effect --from part-1.json --from part-2.json --from part-3.json --from part-4.json

Exit codes: 0 done, whatever was found, 1 the store or a target can't be read, 2 wrong usage.";

/// Writes what was read, for a run with `--from`.
fn write(gathered: &GatheredHistories, file: &Path, context: &Context) -> anyhow::Result<Exit> {
    repository::write_atomic(file, &gathered.to_bytes())?;
    let not_read = || {
        gathered
            .targets
            .iter()
            .filter_map(|target| target.not_read.as_ref())
    };
    for not_read in not_read() {
        context.printer.complain(&report::not_read_line(not_read));
    }
    let read = gathered.targets.len() - not_read().count();
    context.printer.talk(&format!(
        "effect: {} written to {}",
        counted(read, "target"),
        file.display()
    ));
    Ok(Exit::findings_if(not_read().any(|not_read| not_read.is_failure)))
}

/// Measures and prints.
pub fn run(args: &EffectArgs, context: &Context) -> anyhow::Result<Exit> {
    let root = context.store_root()?;
    let files = repository::read_store(&root)?;
    let commit = repository::store_commit(&root, &files);
    let (store, findings) = lessonbook_store::load(&files, context.today);
    let mut chosen = lessons_and_targets::chosen(&store, &findings, &args.words, false)?;
    effect::without_drafts(&mut chosen, &store);
    if let Some(shard) = args.shard {
        chosen.targets.retain(|target| shard.contains(&target.name));
    }
    // Without a target's name the other files are about all of them.
    if !args.from.is_empty() && !chosen.are_targets_named {
        chosen.targets.clear();
    }
    refuse_errors(&findings, &chosen.lessons, chosen.are_lessons_named)?;
    let job = EffectJob {
        root: &root,
        store: &store,
        commit: commit.as_ref(),
        chosen: &chosen,
        clones: args.clones.as_deref(),
        cache: args.cache.as_deref(),
    };
    if let Some(file) = &args.out {
        return write(&effect::gather(&job, context)?, file, context);
    }
    let mut others = Vec::new();
    for file in &args.from {
        let bytes = repository::read_named(file)?;
        others.push(GatheredHistories::parse(&bytes).map_err(|why| {
            UserError::wrong_use(format!("{} can't be used: {why}", file.display()))
                .help("name a file that `lessonbook effect --out FILE` wrote")
        })?);
    }
    let effect = effect::measure(&job, others, context)?;
    let text = match args.format {
        TableFormat::Human => report::human(&effect, context.printer.verbose() > 0),
        TableFormat::Json => {
            let commit = commit.as_ref().map(|commit| commit.commit.as_str());
            report::json(&effect, DocumentSubject::StoreAt(&store, commit))?
        }
        TableFormat::Markdown => report::markdown(&effect),
    };
    context.printer.data(&text)?;
    for not_read in &effect.not_read {
        context.printer.complain(&report::not_read_line(not_read));
    }
    if !store.discover.is_empty() {
        context.printer.talk(
            "note: targets that `discover:` finds on GitHub are not known here; name them in targets.yaml to include them",
        );
    }
    context
        .printer
        .talk(&format!("effect: {}", report::line(&effect)));
    Ok(Exit::findings_if(
        effect.not_read.iter().any(|not_read| not_read.is_failure),
    ))
}
