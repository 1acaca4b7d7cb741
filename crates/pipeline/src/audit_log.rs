//! The audit log: every decision and every write of a run as a line of JSON, so that people can find out later what happened and why.
//!
//! Input: who runs which command, plans, steps, and their results. Output: [`AuditRow`]s, and the text of a line. Not here: the time, the
//! file (`repository/audit_log`), and when a line is written. No token and no body of a request is ever passed to this module.

use crate::target_state::TargetState;
use serde::Serialize;
use serde_json::{Value, json};

use super::branch_action::Action;
use super::pause::Pause;
use super::plan::TargetPlan;
use crate::pull_request::{Commit, Pull, Step, WriteReceipt};
use lessonbook_base::edit::{Edit, FileState};
use lessonbook_base::finding::Finding;
use lessonbook_base::git_oid;
use lessonbook_base::snapshot::WriteOutcome as Written;

/// A minor version adds keys; a major version removes some.
pub const FORMAT_VERSION: &str = "1.0";

/// What is the same in every line of a run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct RunInfo {
    /// The run.
    pub run: RunId,
    /// Who started it.
    pub actor: Option<String>,
    /// The id of the App whose tokens are used, as configured.
    pub app: Option<String>,
    /// The program's version.
    pub tool_version: &'static str,
    /// The store that holds the lessons.
    pub store: StoreLocation,
}

/// Identifies a run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct RunId {
    /// An id that is created for this run; no other run has it.
    pub id: String,
    /// The command.
    pub command: &'static str,
    /// The workflow's run and attempt, if it runs in a workflow.
    pub workflow: Option<String>,
    /// The web page of the workflow's run.
    pub url: Option<String>,
    /// The digest of the saved plan that is applied.
    pub plan: Option<String>,
}

/// Which store, at which commit.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct StoreLocation {
    /// Its name.
    pub name: String,
    /// Where it is maintained.
    pub home: String,
    /// The commit from which it was read.
    pub commit: Option<String>,
    /// Whether files differed from that commit.
    pub dirty: bool,
}

/// The kind of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum AuditEvent {
    /// The first line of a run.
    RunBegan,
    /// What is planned for a target, and why. Every target has one, even if nothing is to be done.
    Decision,
    /// Why a target gets nothing: one line for each reason.
    Refused,
    /// A step: a line before it and one after it.
    Write,
    /// A request to GitHub that may write: a line before it and one after it.
    Request,
    /// A target that is left for the next run.
    Deferred,
    /// A pause of the store.
    Paused,
    /// The last line of a run that was not killed.
    RunEnded,
}

/// The outcome of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum EventOutcome {
    /// It begins. If no later line has the same `what` and target, the run was killed in between, and it may have happened.
    Began,
    /// It happened.
    Done,
    /// Nothing was to be done, or it was done already.
    Nothing,
    /// Something is to be done, as later lines show.
    Due,
    /// It did not happen.
    Failed,
    /// No answer arrived: it may have happened.
    Unknown,
    /// The plan is not valid any more.
    Refused,
    /// The next run does it.
    Deferred,
}

/// The content of a line that is not the same for the whole run.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AuditRow {
    /// The kind of the line.
    pub event: AuditEvent,
    /// The target.
    pub target: Option<String>,
    /// What is done or decided.
    pub what: String,
    /// The reason.
    pub why: Option<String>,
    /// The state before.
    pub before: Value,
    /// The state after, or the planned one.
    pub after: Value,
    /// The outcome.
    pub outcome: EventOutcome,
    /// The finding, if it failed.
    pub code: Option<String>,
}

#[derive(Serialize)]
struct AuditLine<'a> {
    format_version: &'static str,
    time: &'a str,
    number: u64,
    #[serde(flatten)]
    run: &'a RunInfo,
    plan_digest: Option<&'a str>,
    #[serde(flatten)]
    row: &'a AuditRow,
}

/// A line with its line ending. `time`: RFC 3339; `number` counts the lines of the run from 1; `digest`: of the target's plan.
pub fn line(
    run: &RunInfo,
    time: &str,
    number: u64,
    digest: Option<&str>,
    row: &AuditRow,
) -> Result<String, String> {
    let line = AuditLine {
        format_version: FORMAT_VERSION,
        time,
        number,
        run,
        plan_digest: digest,
        row,
    };
    let text = serde_json::to_string(&line).map_err(|error| error.to_string())?;
    Ok(text + "\n")
}

impl AuditRow {
    /// A row without a reason and without states.
    pub fn new(
        event: AuditEvent,
        target: Option<&str>,
        what: impl Into<String>,
        outcome: EventOutcome,
    ) -> Self {
        AuditRow {
            event,
            target: target.map(str::to_owned),
            what: what.into(),
            why: None,
            before: Value::Null,
            after: Value::Null,
            outcome,
            code: None,
        }
    }

    /// Sets the reason.
    #[must_use]
    pub fn why(mut self, why: impl Into<String>) -> Self {
        self.why = Some(why.into());
        self
    }

    /// Sets the outcome and the finding of a failure.
    #[must_use]
    pub fn failed(self, finding: &Finding) -> Self {
        AuditRow {
            outcome: EventOutcome::Failed,
            code: Some(finding.code.to_string()),
            ..self
        }
        .why(finding.message.clone())
    }

    /// What is planned for a target: its state, and for each file the ids that git gives to its bytes.
    pub fn decision(
        plan: &TargetPlan,
        state: TargetState,
        why: &str,
        pull: Option<&Pull>,
        is_due: bool,
    ) -> Self {
        let outcome = match state {
            TargetState::Refused => EventOutcome::Refused,
            _ if is_due => EventOutcome::Due,
            _ => EventOutcome::Nothing,
        };
        let head = match &plan.proposal.action {
            Action::Update { head } | Action::Keep { head } | Action::Remove { head, .. } => Some(head),
            _ => None,
        };
        let pull = pull.map(
            |pull| json!({ "number": pull.number, "url": pull.url, "state": pull.state, "head": pull.head }),
        );
        let base = plan.target.base.as_ref();
        let base = base.map(|base| json!({ "branch": base.branch, "commit": base.commit }));
        AuditRow {
            before: json!({ "base": base, "head": head, "pull": pull }),
            after: json!({ "files": files(plan) }),
            ..AuditRow::new(
                AuditEvent::Decision,
                Some(&plan.target.name),
                state.word(),
                outcome,
            )
            .why(why)
        }
    }

    /// Why a target gets nothing, or why no target gets anything.
    pub fn refused(target: Option<&str>, finding: &Finding) -> Self {
        let what = finding.code.to_string();
        AuditRow {
            code: Some(what.clone()),
            ..AuditRow::new(AuditEvent::Refused, target, what, EventOutcome::Refused)
                .why(finding.message.clone())
        }
    }

    /// A target that is deferred.
    pub fn deferred(target: &str, why: &str) -> Self {
        AuditRow::new(AuditEvent::Deferred, Some(target), "wait", EventOutcome::Deferred).why(why)
    }

    /// A pause.
    pub fn paused(pause: &Pause) -> Self {
        AuditRow {
            after: json!(pause),
            ..AuditRow::new(AuditEvent::Paused, None, "pause", EventOutcome::Deferred).why(pause.clause())
        }
    }

    /// A step on GitHub that begins.
    pub fn step(target: &str, branch: &str, step: &Step) -> Self {
        let (what, before, after) = describe(branch, step);
        AuditRow {
            before,
            after,
            ..AuditRow::new(AuditEvent::Write, Some(target), what, EventOutcome::Began)
        }
    }

    /// The start of the one step on a repository on disk: where our branch is now, and the base onto which it is moved.
    pub fn local(target: &str, branch: &str, plan: &TargetPlan) -> Self {
        let base = plan.target.base.as_ref().map(|base| base.commit.as_str());
        let (what, head) = match &plan.proposal.action {
            Action::Remove { head, .. } => ("delete-branch", Some(head)),
            Action::Update { head } | Action::Keep { head } => ("move-branch", Some(head)),
            _ => ("create-branch", None),
        };
        AuditRow {
            before: json!({ "branch": branch, "head": head }),
            after: json!({ "branch": branch, "onto": base }),
            ..AuditRow::new(AuditEvent::Write, Some(target), what, EventOutcome::Began)
        }
    }

    /// The same step after it was carried out.
    #[must_use]
    pub fn wrote(mut self, wrote: &WriteReceipt) -> Self {
        self.outcome = if *wrote == WriteReceipt::Nothing {
            EventOutcome::Nothing
        } else {
            EventOutcome::Done
        };
        match wrote {
            WriteReceipt::Branch { commit } => self.after["head"] = json!(commit),
            WriteReceipt::Pull { number, url } => {
                self.after["pull"] = json!(number);
                self.after["url"] = json!(url);
            }
            WriteReceipt::Done | WriteReceipt::Nothing => {}
        }
        self
    }

    /// The same for a repository on disk.
    #[must_use]
    pub fn written(mut self, written: &Written) -> Self {
        self.outcome = match written {
            Written::Unchanged => EventOutcome::Nothing,
            _ => EventOutcome::Done,
        };
        match written {
            Written::Created { commit } | Written::Updated { commit } => self.after["head"] = json!(commit),
            Written::Removed => self.after["head"] = Value::Null,
            Written::Unchanged => self.after = self.before.clone(),
        }
        self
    }
}

fn files(plan: &TargetPlan) -> Value {
    let base = plan.target.base.as_ref().map_or("", |base| base.commit.as_str());
    let side =
        |state: &FileState| json!({ "mode": state.mode.octal(), "blob": git_oid::id(&state.bytes, base) });
    let file = |edit: &Edit| {
        let (before, after) = (edit.before.as_ref().map(side), edit.after.as_ref().map(side));
        json!({ "path": edit.path, "before": before, "after": after })
    };
    plan.content.edits.iter().map(file).collect()
}

/// The kind of a step, with the states before and after it. Texts are left out, because the pull request holds them.
fn describe(branch: &str, step: &Step) -> (&'static str, Value, Value) {
    let onto = |commit: &Commit| {
        let files: Vec<&str> = commit.edits.iter().map(|edit| edit.path.as_str()).collect();
        json!({ "branch": branch, "onto": commit.onto, "files": files })
    };
    let pull = |number: &u64, state: &str| json!({ "pull": number, "state": state });
    match step {
        Step::CreateBranch(commit) => (
            "create-branch",
            json!({ "branch": branch, "head": null }),
            onto(commit),
        ),
        Step::MoveBranch { from, to, force } => {
            let mut after = onto(to);
            after["force"] = json!(force);
            ("move-branch", json!({ "branch": branch, "head": from }), after)
        }
        Step::DeleteBranch { from } => (
            "delete-branch",
            json!({ "branch": branch, "head": from }),
            json!({ "branch": branch, "head": null }),
        ),
        Step::Open {
            base, text, draft, ..
        } => (
            "open-pull-request",
            Value::Null,
            json!({ "base": base, "branch": branch, "title": text.title, "draft": draft, "state": "open" }),
        ),
        Step::Reopen { number } => (
            "reopen-pull-request",
            pull(number, "closed"),
            pull(number, "open"),
        ),
        Step::Rewrite { number, text } => (
            "rewrite-pull-request",
            json!({ "pull": number }),
            json!({ "pull": number, "title": text.title }),
        ),
        Step::Mark { number, metadata } => (
            "mark-pull-request",
            json!({ "pull": number }),
            json!({
                "pull": number, "labels": metadata.labels, "reviewers": metadata.reviewers,
                "team_reviewers": metadata.team_reviewers, "assignees": metadata.assignees,
            }),
        ),
        Step::Say { number, key, .. } => (
            "comment",
            json!({ "pull": number }),
            json!({ "pull": number, "key": key }),
        ),
        Step::Close { number } => ("close-pull-request", pull(number, "open"), pull(number, "closed")),
    }
}
