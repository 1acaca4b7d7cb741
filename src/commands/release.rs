//! `lessonbook release`: a lesson that does not wait for the canaries any longer.
//!
//! Input: a lesson, a reason and a name. Output: an entry of `open` in `targets.yaml`, for the version that the lesson has now.
//! Not here: reviewing and merging that change of the store, like any other.

use clap::Args;

use super::{Context, Exit};
use crate::report::{UserError, style};
use crate::repository;
use crate::run::context::from_here;
use crate::run::lesson_ids;
use lessonbook_store::{Release, Store, write};

/// Release a lesson to all targets without waiting for the canaries any longer
///
/// Writes an entry of `open` into targets.yaml, for the lesson as it is now; every other byte of the file stays. Commit it and have it
/// reviewed: the next run from the store's default branch does the rest. A later version of the lesson waits again.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct ReleaseArgs {
    /// The lesson's id
    #[arg(value_name = "LESSON")]
    pub lesson: String,

    /// Why it need not wait
    #[arg(long, value_name = "TEXT")]
    pub reason: String,

    /// Who says so
    #[arg(long, value_name = "WHO")]
    pub by: String,

    /// Print the file instead of writing it
    #[arg(long)]
    pub dry_run: bool,
}

const EXAMPLES: &str = "\
Examples:
  lessonbook release liveness-failure-threshold --reason 'the canaries are on holiday' --by dana
  lessonbook release no-public-ssh --reason 'tried by hand' --by dana --dry-run";

/// Writes the entry.
pub fn run(args: &ReleaseArgs, context: &Context) -> anyhow::Result<Exit> {
    let root = context.store_root()?;
    let mut files = repository::read_store(&root)?;
    let (store, found) = lessonbook_store::load(&files, context.today);
    let opening = opening(args, &store)?;
    if let Some(known) = store.open.iter().find(|known| is_same(known, &opening)) {
        context.printer.talk(&format!(
            "{} {} is open already: {} ({})",
            known.lesson, known.version, known.reason, known.by
        ));
        return Ok(Exit::Done);
    }
    let bytes = files.get(repository::disk::TARGETS).cloned().unwrap_or_default();
    let text = String::from_utf8(bytes).ok();
    let text = text.and_then(|text| write::with_opening(&text, &opening));
    let entry = write::opening(&opening);
    let by_hand = || {
        UserError::wrong_use("targets.yaml is written in a way that this command does not change")
            .help(format!("write it by hand, into the list `open`: {entry}"))
    };
    let text = text.ok_or_else(by_hand)?;
    files.insert(repository::disk::TARGETS.to_owned(), text.clone().into_bytes());
    let (after, now) = lessonbook_store::load(&files, context.today);
    // What was read back decides: the new entry, the old ones, and nothing wrong that was right.
    let [earlier @ .., last] = after.open.as_slice() else {
        return Err(by_hand().into());
    };
    let same = *last == opening && earlier == store.open && now.len() <= found.len();
    if !same || after.targets != store.targets || after.rollout != store.rollout {
        return Err(by_hand().into());
    }
    if args.dry_run {
        context.printer.data(&text)?;
        return Ok(Exit::Done);
    }
    repository::write_atomic(&root.join(repository::disk::TARGETS), text.as_bytes())?;
    let file = format!("{}{}", from_here(&root), repository::disk::TARGETS);
    context.printer.data(&format!(
        "{}  {file}: {entry}\n",
        style::paint(style::GOOD, "open")
    ))?;
    context
        .printer
        .talk("commit it and have it reviewed; the next run lets the lesson go to everybody");
    Ok(Exit::Done)
}

fn is_same(one: &Release, other: &Release) -> bool {
    (&one.lesson, &one.version) == (&other.lesson, &other.version)
}

fn opening(args: &ReleaseArgs, store: &Store) -> anyhow::Result<Release> {
    let lesson = lesson_ids::known(store, &args.lesson)?;
    if store.rollout.is_none() {
        return Err(
            UserError::wrong_use("the store has no `rollout`, so no lesson waits")
                .help("docs/rollout.md says how lessons go to canaries first")
                .into(),
        );
    }
    let said = |text: &str, what: &str| {
        let text = lessonbook_store::read::fields::one_line(text);
        let empty = || UserError::wrong_use(format!("--{what} says nothing"));
        if text.is_empty() { Err(empty()) } else { Ok(text) }
    };
    Ok(Release {
        lesson: lesson.id.clone(),
        version: lesson.version(),
        reason: said(&args.reason, "reason")?,
        by: said(&args.by, "by")?,
    })
}
