//! `lessonbook incident`: adds an incident to a lesson's file.
//!
//! Input: a lesson, a day, a repository and what happened. Output: one more entry in the lesson's file, and no other change. Not here:
//! what follows from it (`effect`), and reviewing and merging that change of the store, as any other.

use clap::Args;
use jiff::civil::Date;

use super::{Context, Exit};
use crate::report::{UserError, style};
use crate::repository;
use crate::run::context::from_here;
use crate::run::format::day;
use crate::run::lesson_ids;
use lessonbook_store::words::one_line;
use lessonbook_store::{Incident, Store, with_incident};

/// Add an incident to a lesson's file
///
/// Writes an entry at the end of the list `incidents` of the lesson, and changes no other line of the file. `effect` compares its day
/// and its repository with the day on which the lesson was merged there: an incident after the merge is a recurrence. Incidents are
/// printed only in targets that may read internal lessons.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct IncidentArgs {
    /// The lesson's id
    #[arg(value_name = "LESSON")]
    pub lesson: String,

    /// The day on which it happened
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = day)]
    pub date: Date,

    /// The repository in which it happened: OWNER/NAME, or the target's name in targets.yaml [default: none]
    #[arg(
        long,
        value_name = "REPOSITORY",
        default_value = "",
        hide_default_value = true
    )]
    pub repository: String,

    /// What happened, in one or two sentences
    #[arg(long, value_name = "TEXT")]
    pub summary: String,

    /// Print the file instead of writing it
    #[arg(long)]
    pub dry_run: bool,
}

const EXAMPLES: &str = "\
Examples:
  lessonbook incident probe-liveness --date 2026-05-04 --repository acme/shop \\
    --summary '22 minutes down: all pods restarted'
  lessonbook incident no-public-ssh --date 2026-05-04 --dry-run \\
    --summary 'A scanner found port 22 open'";

/// Writes the entry.
pub fn run(args: &IncidentArgs, context: &Context) -> anyhow::Result<Exit> {
    let root = context.store_root()?;
    let mut files = repository::read_store(&root)?;
    let (store, findings_before) = lessonbook_store::load(&files, context.today);
    let lesson = lesson_ids::find(&store, &args.lesson)?.clone();
    let incident = incident(args, context)?;
    if lesson.incidents.contains(&incident) {
        context
            .printer
            .talk(&format!("{} has this incident already", lesson.file));
        return Ok(Exit::Done);
    }
    let bytes = files.get(&lesson.file).cloned().unwrap_or_default();
    let by_hand = |why: String| {
        UserError::wrong_use(format!("this command can't edit {}: {why}", lesson.file)).help(format!(
            "add these lines by hand to the list `incidents`:\n{}",
            lessonbook_store::incident_lines(&incident, "  ", "\n").trim_end()
        ))
    };
    let text = with_incident(&lesson.file, &bytes, &incident).map_err(by_hand)?;
    files.insert(lesson.file.clone(), text.clone().into_bytes());
    // Read the new text back: it must contain the new incident, and add no finding.
    let (after, findings) = lessonbook_store::load(&files, context.today);
    let new = findings.iter().find(|finding| {
        let is_same = |known: &&lessonbook_base::finding::Finding| {
            (known.code, &known.message) == (finding.code, &finding.message)
        };
        !findings_before.iter().any(|known| is_same(&known))
    });
    if let Some(finding) = new {
        let error = UserError::wrong_use(format!(
            "the incident would add a problem to the store: {}",
            finding.message
        ));
        return Err(match &finding.help {
            Some(help) => error.help(help.clone()).into(),
            None => error.into(),
        });
    }
    let written = after.lesson(&lesson.id).map(|lesson| lesson.incidents.as_slice());
    if !matches!(written, Some([known @ .., last]) if *last == incident && *known == lesson.incidents) {
        return Err(by_hand("its list could not be read back".to_owned()).into());
    }
    if args.dry_run {
        context.printer.data(&text)?;
        return Ok(Exit::Done);
    }
    repository::write_atomic(&root.join(&lesson.file), text.as_bytes())?;
    let file = format!("{}{}", from_here(&root), lesson.file);
    context.printer.data(&format!(
        "{}  {file}: {}\n",
        style::paint(style::GOOD, "incident"),
        format!("{} {}", incident.date, incident.repository).trim_end()
    ))?;
    note_unknown_repository(&incident, &store, context);
    context
        .printer
        .talk("commit the change and have it reviewed; `lessonbook effect` compares it with the merge of the lesson");
    Ok(Exit::Done)
}

fn incident(args: &IncidentArgs, context: &Context) -> anyhow::Result<Incident> {
    if args.date > context.today {
        let message = format!("--date {} is after today, {}", args.date, context.today);
        return Err(UserError::wrong_use(message)
            .help("name the day on which it happened")
            .into());
    }
    let summary = one_line(&args.summary);
    if summary.is_empty() {
        return Err(UserError::wrong_use("--summary is empty")
            .help("say what happened")
            .into());
    }
    Ok(Incident {
        date: args.date,
        repository: one_line(&args.repository),
        summary,
    })
}

/// An incident in a repository that is not a target is kept, and compared with nothing.
fn note_unknown_repository(incident: &Incident, store: &Store, context: &Context) {
    let is_target = |name: &str| {
        store
            .targets
            .iter()
            .any(|target| target.name.eq_ignore_ascii_case(name))
    };
    let name = &incident.repository;
    // A target on disk may have an `owner/name`, too, and targets may be discovered.
    if name.is_empty() {
        context
            .printer
            .talk("note: without --repository, `effect` can't compare it with a merge");
    } else if !is_target(name) && !name.contains('/') {
        context.printer.talk(&format!(
            "note: `{name}` is not a target in targets.yaml, so `effect` can't compare it with a merge"
        ));
    }
}
