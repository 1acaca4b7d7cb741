//! `--log FILE`: the record of a run.
//!
//! Input: the argument, the environment, and what a run is about. Output: a [`AuditLog`] that a run writes its rows to, or nothing where
//! nobody asked for one. Not here: what the rows say (`pipeline/audit_log`), the file (`repository/audit_log`), and the rows of steps on
//! GitHub, which `repository/github` writes by itself.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;

use super::planning::Planning;
use super::{Exit, github_targets, target_states};
use crate::report::UserError;
use crate::repository::audit_log::{AuditLogError, AuditLogFile, PlannedWrite, git_user, run_id};
use crate::repository::github::Github;
use lessonbook_base::finding::{Code, Finding};
use lessonbook_base::snapshot::WriteOutcome as Written;
use lessonbook_pipeline::audit_log::{AuditEvent, AuditRow, EventOutcome, RunId, RunInfo, StoreLocation};
use lessonbook_pipeline::pause::Pause;
use lessonbook_pipeline::plan::TargetPlan;
use lessonbook_pipeline::pull_request::WriteReceipt;

/// Whether a run keeps a record.
#[derive(Debug, Clone, Default, Args)]
pub struct AuditLogArgs {
    /// Append every decision and write of this run to FILE, as lines of JSON (docs/audit-log.md)
    #[arg(long, value_name = "FILE", help_heading = "The record")]
    pub log: Option<PathBuf>,
}

/// The record of a run, or none.
#[derive(Debug, Clone, Default)]
pub struct AuditLog(Option<AuditLogFile>);

/// What a run is about.
#[derive(Debug, Clone, Copy)]
pub struct RunTargets<'a> {
    /// The command.
    pub command: &'static str,
    /// Where the lessons come from.
    pub store: &'a StoreLocation,
    /// A folder of the user's, for the name that git knows them by.
    pub folder: &'a Path,
    /// The digest of a saved plan.
    pub plan: Option<&'a str>,
}

impl AuditLog {
    /// Opens the file, before anything else is done. One that can't be written is wrong use.
    pub fn open(args: &AuditLogArgs) -> anyhow::Result<Self> {
        let Some(path) = &args.log else {
            return Ok(AuditLog(None));
        };
        let opened = AuditLogFile::open(path).map_err(|why| {
            UserError::wrong_use(format!("no record can be kept: {why}"))
                .help("name a file in a folder that exists and that you may write to")
        })?;
        Ok(AuditLog(Some(opened)))
    }

    /// Says who runs what, then what each target of a survey is to get. From here on GitHub's part tells its writes, too.
    /// `plan`: the digest of a saved plan that is applied.
    pub fn begin(&self, survey: &Planning, command: &'static str, plan: Option<&str>) -> anyhow::Result<()> {
        let commit = survey.commit.as_ref();
        let store = StoreLocation {
            name: survey.store.name.clone(),
            home: survey.store.home.clone(),
            commit: commit.map(|commit| commit.commit.clone()),
            dirty: commit.is_some_and(|commit| !commit.is_clean()),
        };
        let about = RunTargets {
            command,
            store: &store,
            folder: &survey.root,
            plan,
        };
        let planned = |plan: &TargetPlan| PlannedWrite {
            digest: Some(plan.content.digest.clone()).filter(|digest| !digest.is_empty()),
            why: Some(target_states::state(survey, plan).1),
        };
        let plans = survey
            .plans
            .iter()
            .map(|plan| (plan.target.name.clone(), planned(plan)));
        self.begin_with(about, plans.collect(), survey.github.as_ref())?;
        self.first(survey.plans.iter().flat_map(|plan| decided(survey, plan)))
    }

    /// The same without decisions, for a run that has no survey.
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
        recorder.about(run(about, github), plans);
        if let Some(github) = github {
            github.set_audit_log(recorder.clone());
        }
        let row = AuditRow {
            after: json!({ "targets": targets }),
            ..AuditRow::new(AuditEvent::RunBegan, None, about.command, EventOutcome::Began)
        };
        self.first([row])
    }

    /// Rows before the first write: without them there is no run.
    fn first(&self, rows: impl IntoIterator<Item = AuditRow>) -> anyhow::Result<()> {
        for row in rows {
            self.row(&row).map_err(|why| {
                UserError::wrong_use(why.0).help("make room, or name another file with --log")
            })?;
        }
        Ok(())
    }

    /// Writes a row.
    pub fn row(&self, row: &AuditRow) -> Result<(), AuditLogError> {
        self.0.as_ref().map_or(Ok(()), |recorder| recorder.write(row))
    }

    /// Carries out a step that is told before and after. It is not begun where it could not be told.
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
        // Without this line nothing more is begun: the record is broken then, and the run ends with that.
        let _told = self.row(&row);
        result
    }

    /// A change on a repository on disk.
    pub fn local(
        &self,
        row: AuditRow,
        step: impl FnOnce() -> Result<Written, Finding>,
    ) -> Result<Written, Finding> {
        self.step(row, step, AuditRow::written)
    }

    /// The dashboard, in the store's home.
    pub fn board(
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

    /// Why a whole run writes nothing, or a target that a saved plan does not fit.
    pub fn refused<'a>(&self, findings: impl IntoIterator<Item = &'a Finding>) {
        for finding in findings {
            let _told = self.row(&AuditRow::refused(finding.target.as_deref(), finding));
        }
    }

    /// A target that waits.
    pub fn deferred(&self, target: &str, why: &str) {
        // It waits whether or not that can be told; what can't be told ends the run in `broken`.
        let _told = self.row(&AuditRow::deferred(target, why));
    }

    /// Somebody was asked and said no.
    pub fn declined(&self) {
        let row = AuditRow::new(AuditEvent::Deferred, None, "ask", EventOutcome::Deferred);
        let _told = self.row(&row.why("the question was answered with no"));
    }

    /// Somebody paused.
    pub fn paused(&self, pause: &Pause) {
        let _told = self.row(&AuditRow::paused(pause));
    }

    /// Why nothing more may be written, where the record is broken.
    pub fn broken(&self) -> Option<Finding> {
        let broken = self.0.as_ref()?.broken()?;
        Some(unwritable(&broken))
    }

    /// The last line. A record that broke makes every end a failure.
    pub fn end(&self, ended: anyhow::Result<Exit>) -> anyhow::Result<Exit> {
        let Some(recorder) = &self.0 else {
            return ended;
        };
        let code = ended.as_ref().map_or_else(Exit::of, |exit| *exit).code();
        let outcome = if matches!(code, 1 | 2) {
            EventOutcome::Failed
        } else {
            EventOutcome::Done
        };
        let mut row = AuditRow::new(AuditEvent::RunEnded, None, "end", outcome);
        row.after = json!({ "exit_code": code, "lines": recorder.lines() + 1 });
        if let Err(error) = &ended {
            row = row.why(error.to_string());
        }
        let told = self.row(&row);
        match (ended, told) {
            (Ok(_), Err(why)) => Err(UserError::new(why.0)
                .help("what was begun is done, and nothing after it; make room, then run again")
                .into()),
            (ended, _) => ended,
        }
    }
}

/// What a target is to get, and each reason why it gets nothing.
fn decided(survey: &Planning, plan: &TargetPlan) -> Vec<AuditRow> {
    let (state, why) = target_states::state(survey, plan);
    let live = survey.lives.get(&plan.target.name);
    let is_due = live.map_or(plan.verified().is_some(), |live| !live.life.steps.is_empty());
    let pull = live.and_then(|live| live.remote.pull.as_ref());
    let errors = plan.outcome.findings.iter().filter(|finding| finding.is_error());
    let refused = errors.map(|finding| AuditRow::refused(Some(&plan.target.name), finding));
    std::iter::once(AuditRow::decision(plan, state, &why, pull, is_due))
        .chain(refused)
        .collect()
}

fn run(about: RunTargets<'_>, github: Option<&Github>) -> RunInfo {
    let said = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let workflow = said("GITHUB_RUN_ID");
    let attempt = said("GITHUB_RUN_ATTEMPT").unwrap_or_else(|| "1".into());
    let url = workflow
        .as_ref()
        .zip(said("GITHUB_REPOSITORY"))
        .map(|(run, repository)| {
            format!(
                "{}/{repository}/actions/runs/{run}/attempts/{attempt}",
                github_targets::server()
            )
        });
    let system = || {
        said("USER")
            .or_else(|| said("LOGNAME"))
            .or_else(|| said("USERNAME"))
    };
    RunInfo {
        run: RunId {
            id: run_id(),
            command: about.command,
            workflow: workflow.map(|run| format!("{run}/{attempt}")),
            url,
            plan: about.plan.map(str::to_owned),
        },
        actor: said("GITHUB_ACTOR")
            .or_else(|| git_user(about.folder))
            .or_else(system),
        app: github.and_then(Github::app).map(str::to_owned),
        tool_version: env!("CARGO_PKG_VERSION"),
        store: about.store.clone(),
    }
}

fn unwritable(why: &AuditLogError) -> Finding {
    Finding::new(Code::RecordUnwritable, why.0.clone())
        .effect("nothing more is written, for the record would not tell it")
        .help("make room, or name another file with --log; then run again")
}
