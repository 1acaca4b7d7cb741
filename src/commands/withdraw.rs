//! `lessonbook withdraw`: removes a wrong lesson from every target.
//!
//! Input: a lesson, a reason and TARGET arguments. Output: proposals that remove the lesson, its file retired in the store, and what
//! people still have to do. Not here: cutting the lesson out of a block (`pipeline/withdraw`).

use clap::Args;

use super::{Context, Exit};
use crate::report::findings::counted;
use crate::report::withdraw::LessonFileChange;
use crate::report::{Progress, UserError, sync, withdraw as page};
use crate::repository;
use crate::run::audit_log::AuditLog;
use crate::run::format::Format;
use crate::run::pause::PauseWatch;
use crate::run::planning::Planning;
use crate::run::propose::{self, WriteArgs};
use crate::run::remote_args::RemoteArgs;
use crate::run::{execute, outcome, target_states};
use lessonbook_base::edit::{Edit, FileState};
use lessonbook_base::finding::{Code, Finding};
use lessonbook_base::tree::Mode;
use lessonbook_pipeline::audit_log::{AuditEvent, AuditRow, EventOutcome as RecordOutcome};
use lessonbook_pipeline::plan::TargetPlan;
use lessonbook_pipeline::scheduling::ProposalLimit;
use lessonbook_pipeline::withdrawn_lesson::{WithdrawnLesson, WithdrawnText};
use lessonbook_store::Store;

mod follow_up;

/// Remove a wrong lesson everywhere: from open proposals first, then from merged blocks
///
/// Removes only that lesson from each block as it is, and proves that no byte is added. Also retires the lesson in the store. Proposes
/// as sync does: people merge. Limits on new proposals do not apply. The report ends with what people still have to do.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct WithdrawArgs {
    /// The lesson's id
    #[arg(value_name = "LESSON")]
    pub lesson: String,

    /// Names or globs of targets [default: all]
    #[arg(value_name = "TARGET")]
    pub targets: Vec<String>,

    /// Why the lesson is wrong; every proposal shows this text
    #[arg(long, value_name = "TEXT")]
    pub reason: String,

    /// How GitHub is reached.
    #[command(flatten)]
    pub remote: RemoteArgs,

    /// How the run is confirmed, logged and printed.
    #[command(flatten)]
    pub write: WriteArgs,
}

const EXAMPLES: &str = "\
Examples:
  lessonbook withdraw probe-threshold --reason 'It restarts healthy pods'
  lessonbook withdraw probe-threshold --reason 'It restarts healthy pods' -v ../shop
  lessonbook withdraw probe-threshold --reason 'It restarts healthy pods' --yes --format json";

/// Plans the withdrawal and proposes it.
pub fn run(args: &WithdrawArgs, context: &Context) -> anyhow::Result<Exit> {
    let reason = args.reason.split_whitespace().collect::<Vec<_>>().join(" ");
    if reason.is_empty() {
        let error = UserError::wrong_use("a withdrawal needs a reason");
        return Err(error
            .help("write what is wrong with the lesson: --reason 'TEXT'")
            .into());
    }
    let context = &Context {
        remote: args.remote.clone(),
        ..context.clone()
    };
    let record = AuditLog::open(&args.write.record)?;
    let planning = Planning::for_withdrawal(context, &args.targets, &args.lesson, &reason)?;
    let Some(what) = &planning.withdraws else {
        return Ok(Exit::Done); // never happens: `for_withdrawal` sets it
    };
    let source = lesson_file_change(&planning, &what.lesson)?;
    require_known(&planning, what, &source)?;
    record.begin(&planning, "withdraw", None)?;
    let run = WithdrawRun {
        args,
        context,
        planning: &planning,
        what,
        source: &source,
    };
    record.end(run.propose(&record))
}

/// A planned withdrawal, with everything that carrying it out needs.
struct WithdrawRun<'a> {
    args: &'a WithdrawArgs,
    context: &'a Context,
    planning: &'a Planning,
    what: &'a WithdrawnLesson,
    source: &'a LessonFileChange,
}

impl WithdrawRun<'_> {
    /// Shows the withdrawal, asks for confirmation, and proposes it.
    fn propose(&self, record: &AuditLog) -> anyhow::Result<Exit> {
        let WithdrawRun {
            args,
            context,
            planning,
            ..
        } = *self;
        let mut watch = PauseWatch::from_planning(planning, context).with_log(record);
        let paused = watch.check(planning.github.as_ref(), None).is_some();
        if args.write.format == Format::Human {
            let verbose = context.printer.verbose() > 0;
            let plans = (&planning.plans[..], &target_states::github_states(planning));
            let text = page::human(&planning.store, self.what, self.source, plans, verbose);
            context.printer.data(&text)?;
        }
        if let Some(commit) = planning.commit.as_ref().filter(|commit| !commit.is_clean()) {
            let files = counted(commit.dirty.len(), "file");
            let message = format!("the store has uncommitted changes in {files}");
            context.printer.talk(&message);
        }
        if !paused && !self.confirm()? {
            record.declined();
            return Ok(outcome::exit(planning, context, args.write.fail, &[]));
        }
        if !paused {
            self.retire(record)?;
        }
        self.carry_out(&mut watch)
    }

    /// Asks for confirmation if something would be written.
    fn confirm(&self) -> anyhow::Result<bool> {
        let question = match (
            execute::due_targets(self.planning),
            matches!(self.source, LessonFileChange::Retires(_)),
        ) {
            (0, false) => return Ok(true),
            (0, true) => "Retire the lesson in the store?".to_owned(),
            (due, true) => {
                let targets = counted(due, "target");
                format!("Retire the lesson in the store, and propose this in {targets}?")
            }
            (due, false) => format!("Propose this in {}?", counted(due, "target")),
        };
        let help = "review the output above, then run the command again with --yes";
        propose::ask(&question, self.context, self.args.write.yes, help)
    }

    /// Retires the lesson in the store's folder.
    fn retire(&self, record: &AuditLog) -> anyhow::Result<()> {
        let LessonFileChange::Retires(Edit {
            path,
            after: Some(after),
            ..
        }) = self.source
        else {
            return Ok(());
        };
        let row = AuditRow {
            after: serde_json::json!({ "file": path, "status": "retired" }),
            ..AuditRow::new(AuditEvent::Write, None, "retire", RecordOutcome::Began).why(&self.what.reason)
        };
        let write = || {
            let written = repository::write_atomic(&self.planning.root.join(path), &after.bytes);
            written.map_err(|error| Finding::new(Code::RepositoryUnwritable, format!("{error:#}")))
        };
        let done = |row: AuditRow, (): &()| AuditRow {
            outcome: RecordOutcome::Done,
            ..row
        };
        let written = record.step(row, write, done);
        written.map_err(|finding| UserError::new(finding.message).into())
    }

    fn carry_out(&self, watch: &mut PauseWatch) -> anyhow::Result<Exit> {
        let WithdrawRun {
            args,
            context,
            planning,
            what,
            source,
        } = *self;
        let progress = Progress::start(&context.printer, "withdrawing", execute::due_targets(planning));
        let applied = execute::carry_out(planning, ProposalLimit::none(), watch, &progress);
        drop(progress);
        let rows = propose::report_rows(planning, &applied);
        let ending = follow_up::ending(planning, &applied, what, source, watch.paused().is_some());
        match args.write.format {
            Format::Human => {
                let mut text = String::new();
                if !rows.is_empty() {
                    text = sync::human(&planning.store, &planning.plans, &rows);
                }
                context.printer.data(&(text + &page::left(what, &ending)))?;
            }
            Format::Json => {
                let commit = planning.commit.as_ref().map(|commit| commit.commit.as_str());
                let states = target_states::github_states(planning);
                let document = sync::json(
                    &planning.store,
                    commit,
                    &planning.findings,
                    &planning.plans,
                    &states,
                    &[],
                    &rows,
                );
                let mut document = page::json(document, &planning.plans, what, source, &ending);
                document["paused"] = serde_json::json!(watch.paused());
                context.printer.data(&format!("{document:#}\n"))?;
            }
        }
        propose::print_request_count(planning, context);
        Ok(outcome::exit(planning, context, args.write.fail, &applied))
    }
}

/// What happens to the lesson's own file in the store's folder.
fn lesson_file_change(planning: &Planning, lesson: &str) -> anyhow::Result<LessonFileChange> {
    let files = repository::read_store(&planning.root)?;
    let name = format!("/{lesson}.yaml");
    let lesson_file = files
        .iter()
        .find(|(path, _)| path.starts_with("lessons/") && path.ends_with(&name));
    let Some((file, bytes)) = lesson_file else {
        return Ok(LessonFileChange::Gone);
    };
    let file = file.clone();
    let state = |bytes: Vec<u8>| {
        Some(FileState {
            mode: Mode::File,
            bytes: bytes.into(),
        })
    };
    Ok(match lessonbook_store::retire(&file, bytes) {
        Ok(None) => LessonFileChange::Retired { file },
        Ok(Some(text)) => LessonFileChange::Retires(Edit {
            path: file,
            before: state(bytes.clone()),
            after: state(text.into_bytes()),
        }),
        Err(why) => LessonFileChange::ByHand { file, why },
    })
}

/// Refuses a lesson that is neither in the store nor in a target, because its id is probably a typing error.
fn require_known(
    planning: &Planning,
    what: &WithdrawnLesson,
    source: &LessonFileChange,
) -> anyhow::Result<()> {
    let is_present = |plan: &TargetPlan| {
        plan.proposal
            .withdraws
            .as_ref()
            .is_some_and(WithdrawnText::is_here)
    };
    if *source != LessonFileChange::Gone
        || planning.store.lesson(&what.lesson).is_some()
        || planning.plans.iter().any(is_present)
    {
        return Ok(());
    }
    let id = &what.lesson;
    let message =
        format!("there is no lesson `{id}`, neither in the store nor in a target that could be read");
    let help = match nearest(&planning.store, id) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "`lessonbook list` shows all lessons".to_owned(),
    };
    Err(UserError::wrong_use(message).help(help).into())
}

fn nearest<'s>(store: &'s Store, id: &str) -> Option<&'s str> {
    let names = store.lessons.iter().map(|lesson| lesson.id.as_str());
    let far = names.map(|name| (strsim::damerau_levenshtein(name, id), name));
    let near = far.filter(|(distance, name)| *distance <= name.len().max(id.len()) / 3);
    near.min().map(|(_, name)| name)
}
