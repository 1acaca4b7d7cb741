//! `lessonbook release`: releases a lesson to all targets without waiting for the canaries.
//!
//! Input: a lesson, a reason and a name. Output: an entry of `open` in `targets.yaml`, for the lesson's current version. Not here:
//! reviewing and merging that change of the store, as any other.

use clap::Args;

use super::{Context, Exit};
use crate::report::{UserError, style};
use crate::repository;
use crate::run::context::from_here;
use crate::run::lesson_ids;
use lessonbook_store::{Release, Store, opening};

/// Release a lesson to all targets without waiting any longer for the canaries
///
/// Writes an entry to the list `open` in targets.yaml, for the current version of the lesson, and changes nothing else in the file.
/// Commit the change and have it reviewed: the next run from the store's default branch proposes the lesson to all targets. A later
/// version of the lesson waits again.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct ReleaseArgs {
    /// The lesson's id
    #[arg(value_name = "LESSON")]
    pub lesson: String,

    /// Why the lesson need not wait
    #[arg(long, value_name = "TEXT")]
    pub reason: String,

    /// Who decided it
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
    let (store, findings_before) = lessonbook_store::load(&files, context.today);
    let opening = opening(args, &store)?;
    if let Some(known) = store.open.iter().find(|known| is_same(known, &opening)) {
        context.printer.talk(&format!(
            "{} {} is already open: {} ({})",
            known.lesson, known.version, known.reason, known.by
        ));
        return Ok(Exit::Done);
    }
    let bytes = files.get(repository::disk::TARGETS).cloned().unwrap_or_default();
    let text = String::from_utf8(bytes).ok();
    let text = text.and_then(|text| opening::with_entry(&text, &opening));
    let entry = opening::entry(&opening);
    let by_hand = || {
        UserError::wrong_use("this command can't edit targets.yaml in the form in which it is written")
            .help(format!("add this line by hand to the list `open`: {entry}"))
    };
    let text = text.ok_or_else(by_hand)?;
    files.insert(repository::disk::TARGETS.to_owned(), text.clone().into_bytes());
    let (after, findings_after) = lessonbook_store::load(&files, context.today);
    // Read the new text back: it must contain the new entry and the old ones, and add no finding.
    let [earlier @ .., last] = after.open.as_slice() else {
        return Err(by_hand().into());
    };
    let is_right = *last == opening && earlier == store.open && findings_after.len() <= findings_before.len();
    if !is_right || after.targets != store.targets || after.rollout != store.rollout {
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
        .talk("commit the change and have it reviewed; the next run proposes the lesson to all targets");
    Ok(Exit::Done)
}

fn is_same(one: &Release, other: &Release) -> bool {
    (&one.lesson, &one.version) == (&other.lesson, &other.version)
}

fn opening(args: &ReleaseArgs, store: &Store) -> anyhow::Result<Release> {
    let lesson = lesson_ids::find(store, &args.lesson)?;
    if store.rollout.is_none() {
        return Err(
            UserError::wrong_use("the store has no `rollout`, so no lesson waits")
                .help("docs/rollout.md describes how lessons wait for canaries")
                .into(),
        );
    }
    let not_empty = |text: &str, flag: &str| {
        let text = lessonbook_store::words::one_line(text);
        let empty = || UserError::wrong_use(format!("--{flag} is empty"));
        if text.is_empty() { Err(empty()) } else { Ok(text) }
    };
    Ok(Release {
        lesson: lesson.id.clone(),
        version: lesson.version(),
        reason: not_empty(&args.reason, "reason")?,
        by: not_empty(&args.by, "by")?,
    })
}
