//! What a sync wrote.
//!
//! Input: the plans and what became of those that were applied. Output: a line per target with the command that shows the
//! proposal, or JSON. Not here: the plans themselves (`plan`).

use anstyle::Style;
use serde::Serialize;
use serde_json::{Value, json};

use super::findings::counted;
use super::plan_json::{self, GithubStates};
use super::style::{BAD, BOLD, CAREFUL, GOOD};
use super::{Document, Line};
use lessonbook_base::finding::{Code, Finding};
use lessonbook_base::snapshot::WriteOutcome as Written;
use lessonbook_pipeline::plan::TargetPlan;
use lessonbook_pipeline::pull_request::WriteReceipt;
use lessonbook_pipeline::target_state::TargetState;
use lessonbook_proof::Invariant;
use lessonbook_store::Store;

/// What became of one target.
#[derive(Debug, Clone)]
pub struct TargetRow<'a> {
    /// The target's name.
    pub target: &'a str,
    /// Its folder as seen from the current one.
    pub folder: String,
    /// What was written, or why nothing was.
    pub outcome: ReportedOutcome<'a>,
}

/// What was written.
#[derive(Debug, Clone)]
pub enum ReportedOutcome<'a> {
    /// On our branch of a repository on disk.
    Local(Result<&'a Written, &'a Finding>),
    /// On GitHub.
    Remote(ReportedTarget<'a>),
    /// Nothing on disk: left for the next run, and why.
    Deferred(&'a str),
}

/// What became of a target on GitHub.
#[derive(Debug, Clone, Serialize)]
pub struct ReportedTarget<'a> {
    /// The state that it was in.
    pub state: TargetState,
    /// Why.
    pub why: &'a str,
    /// What was written.
    pub wrote: &'a [WriteReceipt],
    /// Why the rest was not.
    #[serde(rename = "finding")]
    pub failed: Option<&'a Finding>,
    /// What could not be set on the proposal.
    pub warnings: &'a [Finding],
    /// The proposal's page.
    pub url: Option<&'a str>,
}

/// For a terminal.
pub fn human(store: &Store, plans: &[TargetPlan], rows: &[TargetRow<'_>]) -> String {
    let branch = store.branch();
    let mut document = Document::default();
    for row in rows {
        match &row.outcome {
            ReportedOutcome::Local(outcome) => {
                let size = plans.iter().find(|plan| plan.target.name == row.target).map(size);
                local(&mut document, row, *outcome, &branch, &size.unwrap_or_default());
            }
            ReportedOutcome::Remote(sent) => remote(&mut document, row.target, sent),
            ReportedOutcome::Deferred(why) => {
                document.line(outcome_line(CAREFUL, "deferred", row.target, why));
            }
        }
    }
    let is_local = |row: &TargetRow<'_>| matches!(row.outcome, ReportedOutcome::Local(_));
    if rows.is_empty() {
        document.line(rest(plans));
    } else if rows.iter().any(proposes) {
        document.gap();
        document.line("Nothing is merged: look at it, then merge it yourself.");
        if rows.iter().any(|row| is_local(row) && proposes(row)) {
            document.line(
                "`lessonbook status --merge-commands` prints the git commands that merge every proposal.",
            );
        }
    }
    document.human()
}

/// Whether a proposal was made or moved.
fn proposes(row: &TargetRow<'_>) -> bool {
    match &row.outcome {
        ReportedOutcome::Local(outcome) => {
            matches!(outcome, Ok(Written::Created { .. } | Written::Updated { .. }))
        }
        ReportedOutcome::Remote(sent) => sent.wrote.iter().any(is_proposal),
        ReportedOutcome::Deferred(_) => false,
    }
}

/// How large the change of a target is: `, 2 files, +22 -0`.
fn size(plan: &TargetPlan) -> String {
    let files = plan.content.files.iter();
    let (added, removed) = files.fold((0, 0), |sum, file| (sum.0 + file.added, sum.1 + file.removed));
    format!(
        ", {}, +{added} -{removed}",
        counted(plan.content.edits.len(), "file")
    )
}

/// `proposed acme/web: why`.
fn outcome_line(style: Style, word: &str, target: &str, why: &str) -> Line {
    Line::styled(style, word).then(format!(" {target}: {why}"))
}

fn local(
    document: &mut Document,
    row: &TargetRow<'_>,
    outcome: Result<&Written, &Finding>,
    branch: &str,
    size: &str,
) {
    let TargetRow { target, folder, .. } = row;
    let proposed = |commit: &str, how: &str| {
        let short = super::words::short(commit);
        let why = format!("{branch} at {short} ({how}{size})   ");
        let show = Line::code(format!("git -C {folder} show {branch}")).style(BOLD);
        outcome_line(GOOD, "proposed", target, &why).then(show)
    };
    document.line(match outcome {
        Ok(Written::Created { commit }) => proposed(commit, "new branch"),
        Ok(Written::Updated { commit }) => proposed(commit, "branch moved once"),
        Ok(Written::Unchanged) => {
            outcome_line(GOOD, "unchanged", target, &format!("{branch} held this already"))
        }
        Ok(Written::Removed) => {
            let why = format!("{branch} had nothing left to propose and was deleted");
            outcome_line(GOOD, "cleaned", target, &why)
        }
        Err(finding) => return failed(document, target, finding),
    });
}

fn failed(document: &mut Document, target: &str, finding: &Finding) {
    let word = match finding.code {
        Code::PlanStale => Line::styled(CAREFUL, "stale"),
        Code::PlanRefused => Line::styled(BAD, "refused"),
        code => Line::styled(BAD, format!("failed[{code}]")),
    };
    document.item_with(
        word.then(format!(" {target}: {}", finding.message)),
        finding.help.as_deref().map(next),
    );
}

fn next(help: &str) -> Line {
    format!("next: {help}").into()
}

fn remote(document: &mut Document, target: &str, sent: &ReportedTarget<'_>) {
    match sent.failed {
        Some(finding) if sent.state != TargetState::Deferred => failed(document, target, finding),
        _ => {
            let style = match sent.state {
                state if state.fails() => BAD,
                TargetState::Deferred => CAREFUL,
                _ => GOOD,
            };
            let mut line = outcome_line(style, verb(sent), target, sent.why);
            if let Some(url) = sent.url {
                line = line.then("   ").then(Line::styled(BOLD, url));
            }
            document.item_with(line, sent.state.next().map(next));
        }
    }
    for warning in sent.warnings {
        let word = Line::styled(CAREFUL, "  warning");
        document.line(word.then(format!(": {}", warning.message)));
    }
}

/// What was done, in one word.
fn verb(sent: &ReportedTarget<'_>) -> &'static str {
    let wrote = |is: fn(&WriteReceipt) -> bool| sent.wrote.iter().any(is);
    match sent.state {
        TargetState::Deferred => "deferred",
        _ if sent.failed.is_some_and(|finding| finding.code == Code::PlanStale) => "stale",
        _ if sent.failed.is_some() => "failed",
        state if state.fails() => state.word(),
        _ if wrote(|wrote| matches!(wrote, WriteReceipt::Pull { .. })) => "proposed",
        _ if wrote(is_proposal) => "updated",
        TargetState::Stale if wrote(|wrote| matches!(wrote, WriteReceipt::Done)) => "closed",
        TargetState::Merged | TargetState::UpToDate => "cleaned",
        TargetState::Edited | TargetState::Held => "left alone",
        _ => "unchanged",
    }
}

/// Whether a write made or moved a proposal.
fn is_proposal(wrote: &WriteReceipt) -> bool {
    matches!(wrote, WriteReceipt::Pull { .. } | WriteReceipt::Branch { .. })
}

/// Why a run wrote nothing anywhere.
pub fn stopped(against: &[Finding]) -> String {
    let mut document = Document::default();
    for finding in against {
        let word = Line::styled(BAD, format!("stopped[{}]", finding.code));
        document.item_with(
            word.then(format!(": {}", finding.message)),
            finding.help.as_deref().map(next),
        );
    }
    document.line("Nothing was written.");
    document.human()
}

/// The same for programs: nothing where the run may write.
pub fn stopped_json(document: &mut Value, against: &[Finding]) {
    if !against.is_empty() {
        document["stopped"] = json!(against);
    }
}

/// The line for a run that applied nothing.
fn rest(plans: &[TargetPlan]) -> &'static str {
    let all = |is: &dyn Fn(TargetState) -> bool| plans.iter().all(|plan| is(plan.outcome.state));
    let rests = |state: TargetState| {
        matches!(
            state,
            TargetState::UpToDate | TargetState::Merged | TargetState::Held | TargetState::Unreachable
        )
    };
    if all(&rests) {
        "Everything is up to date: nothing to do."
    } else if all(&|state| state == TargetState::Proposed || rests(state)) {
        "Everything is up to date or waits for review: nothing to do."
    } else {
        "Nothing was written."
    }
}

/// For programs: the plans, and an `outcome` for each target that was applied.
pub fn json(
    store: &Store,
    commit: Option<&str>,
    findings: &[Finding],
    plans: &[TargetPlan],
    stands: &GithubStates,
    bounds: &[Invariant],
    rows: &[TargetRow<'_>],
) -> Value {
    let mut document = plan_json::plans(store, commit, findings, plans, stands, bounds);
    let outcomes: Vec<Value> = rows.iter().map(outcome).collect();
    document["outcomes"] = json!(outcomes);
    document
}

fn outcome(row: &TargetRow<'_>) -> Value {
    let outcome = match &row.outcome {
        ReportedOutcome::Local(outcome) => outcome,
        ReportedOutcome::Remote(sent) => {
            return json!({ "target": row.target, "outcome": verb(sent), "github": sent });
        }
        ReportedOutcome::Deferred(why) => {
            return json!({ "target": row.target, "outcome": "deferred", "why": why });
        }
    };
    let (word, commit, finding) = match outcome {
        Ok(Written::Created { commit }) => ("created", Some(commit), None),
        Ok(Written::Updated { commit }) => ("updated", Some(commit), None),
        Ok(Written::Unchanged) => ("unchanged", None, None),
        Ok(Written::Removed) => ("removed", None, None),
        Err(finding) if finding.code == Code::PlanStale => ("stale", None, Some(finding)),
        Err(finding) if finding.code == Code::PlanRefused => ("refused", None, Some(finding)),
        Err(finding) => ("failed", None, Some(finding)),
    };
    json!({ "target": row.target, "outcome": word, "commit": commit, "finding": finding })
}
