//! `--log FILE`: the audit log of a run.
//!
//! Input: the argument, the environment, and what a run does. Output: an [`AuditLog`] to which the run writes its rows; without the
//! argument it does nothing. Not here: the content of rows (`pipeline/audit_log`), the file (`repository/audit_log`), and the rows of
//! requests to GitHub, which `repository/github` writes itself.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;

use super::planning::Planning;
use super::{Exit, target_states};
use crate::report::UserError;
use crate::repository::audit_log::{AuditLogError, AuditLogFile, PlannedWrite, git_user, run_id};
use crate::repository::github::Github;
use crate::run::github_access;
use lessonbook_base::finding::{Code, Finding};
use lessonbook_base::snapshot::WriteOutcome as Written;
use lessonbook_pipeline::audit_log::{AuditEvent, AuditRow, EventOutcome, RunId, RunInfo, StoreLocation};
use lessonbook_pipeline::pause::Pause;
use lessonbook_pipeline::plan::TargetPlan;
use lessonbook_pipeline::pull_request::WriteReceipt;

/// Whether a run writes an audit log.
#[derive(Debug, Clone, Default, Args)]
pub struct AuditLogArgs {
    /// Append every decision and write of this run to FILE, as lines of JSON (docs/audit-log.md)
    #[arg(long, value_name = "FILE", help_heading = "Audit log")]
    pub log: Option<PathBuf>,
}

/// The audit log of a run, or none.
#[derive(Debug, Clone, Default)]
pub struct AuditLog(Option<AuditLogFile>);

/// What a run does, for the first row of its log.
#[derive(Debug, Clone, Copy)]
pub struct RunTargets<'a> {
    /// The command.
    pub command: &'static str,
    /// The store of the lessons.
    pub store: &'a StoreLocation,
    /// A folder of the user's, from which git's configuration gives their name.
    pub folder: &'a Path,
    /// The digest of a saved plan.
    pub plan: Option<&'a str>,
}

impl AuditLog {
    /// Opens the file before anything else is done. A file that can't be written is an error of wrong usage.
    pub fn open(args: &AuditLogArgs) -> anyhow::Result<Self> {
        let Some(path) = &args.log else {
            return Ok(AuditLog(None));
        };
        let opened = AuditLogFile::open(path).map_err(|why| {
            UserError::wrong_use(format!("the audit log can't be written: {why}"))
                .help("name a file in an existing folder to which you may write")
        })?;
        Ok(AuditLog(Some(opened)))
    }

    /// Writes who runs what, then the decision about each target. From here on, requests to GitHub are logged, too. `plan` is the digest
    /// of the saved plan that is applied.
    pub fn begin(
        &self,
        planning: &Planning,
        command: &'static str,
        plan: Option<&str>,
    ) -> anyhow::Result<()> {
        let commit = planning.commit.as_ref();
        let store = StoreLocation {
            name: planning.store.name.clone(),
            home: planning.store.home.clone(),
            commit: commit.map(|commit| commit.commit.clone()),
            dirty: commit.is_some_and(|commit| !commit.is_clean()),
        };
        let about = RunTargets {
            command,
            store: &store,
            folder: &planning.root,
            plan,
        };
        let planned = |plan: &TargetPlan| PlannedWrite {
            digest: Some(plan.content.digest.clone()).filter(|digest| !digest.is_empty()),
            why: Some(target_states::state(planning, plan).1),
        };
        let plans = planning
            .plans
            .iter()
            .map(|plan| (plan.target.name.clone(), planned(plan)));
        self.begin_with(about, plans.collect(), planning.github.as_ref())?;
        self.first(planning.plans.iter().flat_map(|plan| decisions(planning, plan)))
    }

    /// Writes only who runs what, without decisions about targets.
    pub fn begin_with(
        &self,
        about: RunTargets<'_>,
        plans: BTreeMap<String, PlannedWrite>,
        github: Option<&Github>,
    ) -> anyhow::Result<()> {
        let Some(recorder) = &self.0 else {
            return Ok(());
        };
        let targets = plans.len();
        recorder.about(run_info(about, github), plans);
        if let Some(github) = github {
            github.set_audit_log(recorder.clone());
        }
        let row = AuditRow {
            after: json!({ "targets": targets }),
            ..AuditRow::new(AuditEvent::RunBegan, None, about.command, EventOutcome::Began)
        };
        self.first([row])
    }

    /// Writes rows before the first write to a target. If they can't be written, the run stops.
    fn first(&self, rows: impl IntoIterator<Item = AuditRow>) -> anyhow::Result<()> {
        for row in rows {
            self.row(&row).map_err(|why| {
                UserError::wrong_use(why.0).help("free some space, or name another file with --log")
            })?;
        }
        Ok(())
    }

    /// Writes a row.
    pub fn row(&self, row: &AuditRow) -> Result<(), AuditLogError> {
        self.0.as_ref().map_or(Ok(()), |recorder| recorder.write(row))
    }

    /// Carries out a step, with a row before and after it. A step that can't be logged is not started.
    pub fn step<T>(
        &self,
        row: AuditRow,
        step: impl FnOnce() -> Result<T, Finding>,
        done: impl FnOnce(AuditRow, &T) -> AuditRow,
    ) -> Result<T, Finding> {
        self.row(&row).map_err(|why| unwritable(&why))?;
        let result = step();
        let row = match &result {
            Ok(wrote) => done(row, wrote),
            Err(finding) => row.failed(finding),
        };
        // If this fails, the log is broken: `broken` stops further steps, and `end` reports the failure.
        let _ = self.row(&row);
        result
    }

    /// Carries out a change in a repository on disk.
    pub fn local(
        &self,
        row: AuditRow,
        step: impl FnOnce() -> Result<Written, Finding>,
    ) -> Result<Written, Finding> {
        self.step(row, step, AuditRow::written)
    }

    /// Carries out a change of the dashboard in the store's home.
    pub fn dashboard(
        &self,
        home: &str,
        step: impl FnOnce() -> Result<WriteReceipt, Finding>,
    ) -> Result<WriteReceipt, Finding> {
        let row = AuditRow::new(AuditEvent::Write, Some(home), "dashboard", EventOutcome::Began);
        self.step(row, step, |row, wrote| {
            AuditRow {
                after: json!({}),
                ..row
            }
            .wrote(wrote)
        })
    }

    /// Logs why the whole run writes nothing, or why a target no longer matches a saved plan.
    pub fn refused<'a>(&self, findings: impl IntoIterator<Item = &'a Finding>) {
        for finding in findings {
            // A failure is reported by `broken` and `end`, here and below.
            let _ = self.row(&AuditRow::refused(finding.target.as_deref(), finding));
        }
    }

    /// Logs that a target waits for the next run.
    pub fn deferred(&self, target: &str, why: &str) {
        let _ = self.row(&AuditRow::deferred(target, why));
    }

    /// Logs that the user answered no.
    pub fn declined(&self) {
        let row = AuditRow::new(AuditEvent::Deferred, None, "ask", EventOutcome::Deferred);
        let _ = self.row(&row.why("the question was answered with no"));
    }

    /// Logs a pause.
    pub fn paused(&self, pause: &Pause) {
        let _ = self.row(&AuditRow::paused(pause));
    }

    /// Why nothing more may be written, if an earlier row could not be written.
    pub fn broken(&self) -> Option<Finding> {
        let broken = self.0.as_ref()?.broken()?;
        Some(unwritable(&broken))
    }

    /// Writes the last row. If the log is broken, the run fails whatever its result is.
    pub fn end(&self, result: anyhow::Result<Exit>) -> anyhow::Result<Exit> {
        let Some(recorder) = &self.0 else {
            return result;
        };
        let code = result.as_ref().map_or_else(Exit::from_error, |exit| *exit).code();
        let outcome = if matches!(code, 1 | 2) {
            EventOutcome::Failed
        } else {
            EventOutcome::Done
        };
        let mut row = AuditRow::new(AuditEvent::RunEnded, None, "end", outcome);
        row.after = json!({ "exit_code": code, "lines": recorder.lines() + 1 });
        if let Err(error) = &result {
            row = row.why(error.to_string());
        }
        match (result, self.row(&row)) {
            (Ok(_), Err(why)) => Err(UserError::new(why.0)
                .help("steps that had begun were finished, and no other step was started; free some space, then run again")
                .into()),
            (result, _) => result,
        }
    }
}

/// The row with the decision about a target, and one row for each error that stops it.
fn decisions(planning: &Planning, plan: &TargetPlan) -> Vec<AuditRow> {
    let (state, why) = target_states::state(planning, plan);
    let live = planning.lives.get(&plan.target.name);
    let is_due = live.map_or(plan.verified().is_some(), |live| !live.life.steps.is_empty());
    let pull = live.and_then(|live| live.remote.pull.as_ref());
    let errors = plan.outcome.findings.iter().filter(|finding| finding.is_error());
    let refused = errors.map(|finding| AuditRow::refused(Some(&plan.target.name), finding));
    std::iter::once(AuditRow::decision(plan, state, &why, pull, is_due))
        .chain(refused)
        .collect()
}

fn run_info(about: RunTargets<'_>, github: Option<&Github>) -> RunInfo {
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let workflow = variable("GITHUB_RUN_ID");
    let attempt = variable("GITHUB_RUN_ATTEMPT").unwrap_or_else(|| "1".into());
    let url = workflow
        .as_ref()
        .zip(variable("GITHUB_REPOSITORY"))
        .map(|(run, repository)| {
            format!(
                "{}/{repository}/actions/runs/{run}/attempts/{attempt}",
                github_access::server()
            )
        });
    let system = || {
        variable("USER")
            .or_else(|| variable("LOGNAME"))
            .or_else(|| variable("USERNAME"))
    };
    RunInfo {
        run: RunId {
            id: run_id(),
            command: about.command,
            workflow: workflow.map(|run| format!("{run}/{attempt}")),
            url,
            plan: about.plan.map(str::to_owned),
        },
        actor: variable("GITHUB_ACTOR")
            .or_else(|| git_user(about.folder))
            .or_else(system),
        app: github.and_then(Github::app).map(str::to_owned),
        tool_version: env!("CARGO_PKG_VERSION"),
        store: about.store.clone(),
    }
}

fn unwritable(why: &AuditLogError) -> Finding {
    Finding::new(Code::RecordUnwritable, why.0.clone())
        .effect("nothing more is written, because it could not be logged")
        .help("free some space, or name another file with --log; then run again")
}
