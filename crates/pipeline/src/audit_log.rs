//! The record of a run: every decision and every write as a line of JSON, for whoever asks later what happened and why.
//!
//! Input: who runs what, plans, steps, and what became of them. Output: [`AuditRow`]s, and the text of a line. Not here: time, files
//! (`repository/audit_log`), and when a row is due. Nothing here ever sees a token, and no body of a request comes in.

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

/// A minor version adds keys, a major one takes some away.
pub const FORMAT_VERSION: &str = "1.0";

/// What is the same in every line of a run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct RunInfo {
    /// Which run.
    pub run: RunId,
    /// Who started it.
    pub actor: Option<String>,
    /// The App whose tokens are used: its id, as it was set.
    pub app: Option<String>,
    /// The program's version.
    pub tool_version: &'static str,
    /// Where the lessons come from.
    pub store: StoreLocation,
}

/// Which run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct RunId {
    /// Made for this run; no other has it.
    pub id: String,
    /// The command.
    pub command: &'static str,
    /// The workflow's run and attempt, in a workflow.
    pub workflow: Option<String>,
    /// Its page.
    pub url: Option<String>,
    /// The digest of the saved plan that is applied.
    pub plan: Option<String>,
}

/// Where the lessons come from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct StoreLocation {
    /// Its name.
    pub name: String,
    /// Where changes of it belong.
    pub home: String,
    /// The commit that it was read at.
    pub commit: Option<String>,
    /// Whether files differed from that commit.
    pub dirty: bool,
}

/// What kind of line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum AuditEvent {
    /// The first line of a run.
    RunBegan,
    /// What a target is to get, and why: one for each target, also where nothing is due.
    Decision,
    /// Why a target gets nothing: one for each reason.
    Refused,
    /// A step: a line before it and one after it.
    Write,
    /// A request to GitHub that may write: a line before it and one after it.
    Request,
    /// A target that was left for the next run.
    Deferred,
    /// Somebody paused the store.
    Paused,
    /// The last line of a run that was not killed.
    RunEnded,
}

/// How it went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum EventOutcome {
    /// It begins now. Without a later line of the same `what` and target the run was killed meanwhile, and it may have happened.
    Began,
    /// It happened.
    Done,
    /// Nothing was to be done, or it stood there already.
    Nothing,
    /// Something is to be done, as later lines tell.
    Due,
    /// It did not happen.
    Failed,
    /// No answer came: it may have happened.
    Unknown,
    /// The plan does not hold.
    Refused,
    /// The next run does it.
    Deferred,
}

/// What a line says of itself.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AuditRow {
    /// What kind of line.
    pub event: AuditEvent,
    /// The target.
    pub target: Option<String>,
    /// What is done or decided, in a word.
    pub what: String,
    /// Why.
    pub why: Option<String>,
    /// What stood there.
    pub before: Value,
    /// What stands there now, or would.
    pub after: Value,
    /// How it went.
    pub outcome: EventOutcome,
    /// Which finding, where it went wrong.
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

/// A line with its end. `time`: RFC 3339; `number` counts the lines of the run from 1; `digest`: of the target's plan.
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
    /// A row with nothing but what it is about.
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

    /// Says why.
    #[must_use]
    pub fn why(mut self, why: impl Into<String>) -> Self {
        self.why = Some(why.into());
        self
    }

    /// Says what went wrong.
    #[must_use]
    pub fn failed(self, finding: &Finding) -> Self {
        AuditRow {
            outcome: EventOutcome::Failed,
            code: Some(finding.code.to_string()),
            ..self
        }
        .why(finding.message.clone())
    }

    /// What a target is to get: its state, and each file with the ids that git gives its bytes.
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

    /// Why a target gets nothing, or why no target does.
    pub fn refused(target: Option<&str>, finding: &Finding) -> Self {
        let what = finding.code.to_string();
        AuditRow {
            code: Some(what.clone()),
            ..AuditRow::new(AuditEvent::Refused, target, what, EventOutcome::Refused)
                .why(finding.message.clone())
        }
    }

    /// A target that waits.
    pub fn deferred(target: &str, why: &str) -> Self {
        AuditRow::new(AuditEvent::Deferred, Some(target), "wait", EventOutcome::Deferred).why(why)
    }

    /// Somebody paused.
    pub fn paused(pause: &Pause) -> Self {
        AuditRow {
            after: json!(pause),
            ..AuditRow::new(AuditEvent::Paused, None, "pause", EventOutcome::Deferred).why(pause.clause())
        }
    }

    /// A step on GitHub that begins.
    pub fn step(target: &str, branch: &str, step: &Step) -> Self {
        let (what, before, after) = told(branch, step);
        AuditRow {
            before,
            after,
            ..AuditRow::new(AuditEvent::Write, Some(target), what, EventOutcome::Began)
        }
    }

    /// The one step on a repository on disk that begins: from where our branch moves, and the base that it moves onto.
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

    /// The same step once it was carried out.
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

/// What a step does, from what, to what; texts are left out, for the pull request has them.
fn told(branch: &str, step: &Step) -> (&'static str, Value, Value) {
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
