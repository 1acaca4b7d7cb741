//! What a sync wrote.
//!
//! Input: the plans and what became of those that were applied. Output: a line per target with the command that shows the
//! proposal, or JSON. Not here: the plans themselves (`plan`).

use lessonbook_pipeline::target_state::TargetState;
use serde::Serialize;
use serde_json::{Value, json};

use super::findings::counted;
use super::plan::say;
use super::plan_json::{self, GithubStates};
use super::sanitize::visible;
use super::style::{BAD, BOLD, CAREFUL, GOOD, paint};
use lessonbook_base::finding::{Code, Finding};
use lessonbook_base::snapshot::WriteOutcome as Written;
use lessonbook_pipeline::plan::TargetPlan;
use lessonbook_pipeline::pull_request::WriteReceipt;
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
    let mut out = String::new();
    for row in rows {
        match &row.outcome {
            ReportedOutcome::Local(outcome) => {
                let size = plans.iter().find(|plan| plan.target.name == row.target).map(size);
                out.push_str(&local(row, *outcome, &branch, &size.unwrap_or_default()));
            }
            ReportedOutcome::Remote(sent) => out.push_str(&remote(row.target, sent)),
            ReportedOutcome::Deferred(why) => {
                say(
                    &mut out,
                    &format!("{} {}: {why}", paint(CAREFUL, "deferred"), row.target),
                );
            }
        }
    }
    let proposed = |row: &TargetRow<'_>| match &row.outcome {
        ReportedOutcome::Local(outcome) => {
            matches!(outcome, Ok(Written::Created { .. } | Written::Updated { .. }))
        }
        ReportedOutcome::Remote(sent) => sent.wrote.iter().any(is_proposal),
        ReportedOutcome::Deferred(_) => false,
    };
    if rows.is_empty() {
        out.push_str(rest(plans));
    } else if rows.iter().any(proposed) {
        out.push_str("\nNothing is merged: look at it, then merge it yourself.\n");
        if rows
            .iter()
            .any(|row| matches!(row.outcome, ReportedOutcome::Local(_)) && proposed(row))
        {
            out.push_str(
                "`lessonbook status --merge-commands` prints the git commands that merge every proposal.\n",
            );
        }
    }
    out
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

fn local(row: &TargetRow<'_>, outcome: Result<&Written, &Finding>, branch: &str, size: &str) -> String {
    let TargetRow { target, folder, .. } = row;
    match outcome {
        Ok(Written::Created { commit }) => done(target, folder, branch, commit, &format!("new branch{size}")),
        Ok(Written::Updated { commit }) => done(
            target,
            folder,
            branch,
            commit,
            &format!("branch moved once{size}"),
        ),
        Ok(Written::Unchanged) => format!(
            "{} {target}: {branch} held this already\n",
            paint(GOOD, "unchanged")
        ),
        Ok(Written::Removed) => {
            format!(
                "{} {target}: {branch} had nothing left to propose and was deleted\n",
                paint(GOOD, "cleaned")
            )
        }
        Err(finding) => failed(target, finding),
    }
}

fn failed(target: &str, finding: &Finding) -> String {
    let help = finding
        .help
        .as_ref()
        .map(|help| format!("  next: {help}\n"))
        .unwrap_or_default();
    let word = match finding.code {
        Code::PlanStale => paint(CAREFUL, "stale"),
        Code::PlanRefused => paint(BAD, "refused"),
        code => paint(BAD, &format!("failed[{code}]")),
    };
    format!("{word} {target}: {}\n{help}", finding.message)
}

fn remote(target: &str, sent: &ReportedTarget<'_>) -> String {
    let mut out = match sent.failed {
        Some(finding) if sent.state != TargetState::Deferred => failed(target, finding),
        _ => {
            let url = sent
                .url
                .map(|url| format!("   {}", paint(BOLD, url)))
                .unwrap_or_default();
            let style = match sent.state {
                state if state.fails() => BAD,
                TargetState::Deferred => CAREFUL,
                _ => GOOD,
            };
            let next = sent.state.next().map(|next| format!("  next: {next}\n"));
            format!(
                "{} {target}: {}{url}\n{}",
                paint(style, verb(sent)),
                visible(sent.why),
                next.unwrap_or_default()
            )
        }
    };
    for warning in sent.warnings {
        out.push_str(&format!("  {}: {}\n", paint(CAREFUL, "warning"), warning.message));
    }
    out
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

fn done(target: &str, folder: &str, branch: &str, commit: &str, how: &str) -> String {
    let short = commit.get(..7).unwrap_or(commit);
    let show = paint(BOLD, &format!("git -C {folder} show {branch}"));
    format!(
        "{} {target}: {branch} at {short} ({how})   {show}\n",
        paint(GOOD, "proposed")
    )
}

/// Why a run wrote nothing anywhere.
pub fn stopped(against: &[Finding]) -> String {
    let mut out = String::new();
    for finding in against {
        out.push_str(&format!(
            "{}: {}\n",
            paint(BAD, &format!("stopped[{}]", finding.code)),
            finding.message
        ));
        if let Some(help) = &finding.help {
            out.push_str(&format!("  next: {help}\n"));
        }
    }
    out.push_str("Nothing was written.\n");
    out
}

/// The same for programs: nothing where the run may write.
pub fn stopped_json(document: &mut Value, against: &[Finding]) {
    if !against.is_empty() {
        document["stopped"] = json!(against);
    }
}

/// What to say where nothing was applied.
fn rest(plans: &[TargetPlan]) -> &'static str {
    let all = |is: &dyn Fn(TargetState) -> bool| plans.iter().all(|plan| is(plan.outcome.state));
    let rests = |state: TargetState| {
        matches!(
            state,
            TargetState::UpToDate | TargetState::Merged | TargetState::Held | TargetState::Unreachable
        )
    };
    if all(&rests) {
        "Everything is up to date: nothing to do.\n"
    } else if all(&|state| state == TargetState::Proposed || rests(state)) {
        "Everything is up to date or waits for review: nothing to do.\n"
    } else {
        "Nothing was written.\n"
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
