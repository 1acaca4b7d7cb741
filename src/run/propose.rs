//! What `sync`, `apply` and `withdraw` share: their arguments, the question, the writing, and the report.
//!
//! Input: planned targets that were shown to the user, and the limits of the run. Output: proposals, a report, an [`Exit`]. Not here:
//! planning (the commands), the writes of each target (`execute`), and the dashboard (`dashboard`).

use clap::Args;

use super::audit_log::AuditLogArgs;
use super::execute::{self, AppliedOutcome, TargetResult};
use super::format::Format;
use super::outcome::{self, FailArgs};
use super::pause::PauseWatch;
use super::planning::{Planning, default_branches};
use super::run_limits::WriteGate;
use super::{Context, Exit, dashboard, target_states};
use crate::report::findings::counted;
use crate::report::{self, Progress, UserError, prompt, sync};
use lessonbook_pipeline::scheduling::ProposalLimit;
use lessonbook_store::TargetLocation;

/// The arguments of every command that proposes.
#[derive(Debug, Clone, Default, Args)]
pub struct WriteArgs {
    /// Which failures count.
    #[command(flatten)]
    pub fail: FailArgs,

    /// The audit log.
    #[command(flatten)]
    pub record: AuditLogArgs,

    /// Write without asking; required where no one can answer, as in scripts
    #[arg(long, short)]
    pub yes: bool,

    /// How to print
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub format: Format,
}

/// Asks for confirmation if something would be written. `from` is the store's commit if it was named by its id; `help` describes what
/// to do without a terminal.
pub fn confirm(
    planning: &Planning,
    context: &Context,
    from: Option<&str>,
    yes: bool,
    help: &str,
) -> anyhow::Result<bool> {
    if !execute::scheduled_targets(planning).is_empty() {
        require_published_store(planning, from)?;
    }
    match execute::due_targets(planning) {
        0 => Ok(true),
        due => ask(
            &format!("Propose this in {}?", counted(due, "target")),
            context,
            yes,
            help,
        ),
    }
}

/// Asks a question, unless `--yes` answers it. `help` describes what to do without a terminal.
pub fn ask(question: &str, context: &Context, yes: bool, help: &str) -> anyhow::Result<bool> {
    if yes {
        return Ok(true);
    }
    if !prompt::can_ask() {
        let error =
            UserError::wrong_use("there is no terminal to ask for confirmation, so nothing was written");
        return Err(error.help(help).into());
    }
    let is_confirmed = prompt::confirm(&context.printer, question, "--yes")?;
    if !is_confirmed {
        context.printer.talk("nothing was written");
    }
    Ok(is_confirmed)
}

/// Refuses proposals on GitHub from a store that is not committed on its default branch, because lessons must be reviewed first.
fn require_published_store(planning: &Planning, from: Option<&str>) -> anyhow::Result<()> {
    let error = match &planning.commit {
        None => UserError::wrong_use("the store is not in a git repository, so a proposal could not name the commit that it comes from")
            .help("commit the store, and push it where its readers find it"),
        Some(commit) => match (commit.dirty.first(), commit.branch.as_deref()) {
            (Some(file), _) => UserError::wrong_use(format!("the store has uncommitted changes in {file}"))
                .help("commit and merge them, or pass --from-commit SHA: proposals on GitHub are made from the store's default branch"),
            // The commit was named by its id, so it may be on any branch.
            (None, None) if from.is_some() => {
                let names = default_branches().join(" or ");
                let commit = commit.short();
                UserError::wrong_use(format!("the commit {commit} of the store is not on its branch {names}"))
                    .help("merge it first, or fetch the branch: a proposal from another branch would bypass the review of its lessons")
            }
            // Actions checks out a detached HEAD; there the workflow decides on which branch it runs.
            (None, Some(branch)) if !default_branches().iter().any(|name| name == branch) => {
                UserError::wrong_use(format!("the store is on the branch `{branch}`"))
                    .help("switch to its default branch: a proposal from another branch would bypass the review of its lessons")
            }
            _ => return Ok(()),
        },
    };
    Err(error.into())
}

/// Carries out the plans and reports the results. If the gate is closed, nothing is written. `settled` are results of targets that are
/// already known not to be written.
pub fn propose(
    planning: &Planning,
    gate: &WriteGate,
    context: &Context,
    watch: &mut PauseWatch,
    (run, max_proposals): (&WriteArgs, Option<usize>),
    settled: Vec<TargetResult>,
) -> anyhow::Result<Exit> {
    let scheduled = execute::scheduled_targets(planning).len();
    let progress = Progress::start(&context.printer, "proposing", scheduled);
    let mut applied = if gate.is_closed() {
        Vec::new()
    } else {
        let limit = ProposalLimit::new(&planning.store.policy, max_proposals);
        execute::carry_out(planning, hourly_limit(planning, context, limit), watch, &progress)
    };
    applied.extend(settled);
    drop(progress);
    let rows = report_rows(planning, &applied);
    match run.format {
        Format::Human if gate.is_closed() => context.printer.data(&sync::stopped(&gate.blockers))?,
        Format::Human => context
            .printer
            .data(&sync::human(&planning.store, &planning.plans, &rows))?,
        Format::Json => {
            let commit = planning.commit.as_ref().map(|commit| commit.commit.as_str());
            let mut document = sync::json(
                &planning.store,
                commit,
                &planning.findings,
                &planning.plans,
                &target_states::github_states(planning),
                &gate.bounds,
                &rows,
            );
            document["paused"] = serde_json::json!(watch.paused());
            sync::stopped_json(&mut document, &gate.blockers);
            document["plan"] = planning.saved.as_deref().into();
            document["rollout"] = report::rollout::json(&planning.gates);
            context.printer.data(&format!("{document:#}\n"))?;
        }
    }
    let mut exit = Exit::findings_if(gate.is_closed());
    if let Some(github) = &planning.github {
        let stopped = watch.check(Some(github), None).is_some() || gate.is_closed();
        if !stopped
            && let Some(Err(finding)) = dashboard::update(planning, github, &applied, context, watch.record())
        {
            context
                .printer
                .talk(&format!("{}: {}", finding.level.word(), finding.message));
            exit = exit.and(Exit::Findings);
        }
    }
    print_request_count(planning, context);
    Ok(exit.and(outcome::exit(planning, context, run.fail, &applied)))
}

/// The run's limit, reduced to what the limit for an hour still allows. The pull requests of the last hour are counted over all targets
/// of the store, whichever this run is about. GitHub is not queried if the run would open nothing.
fn hourly_limit(planning: &Planning, context: &Context, limit: ProposalLimit) -> ProposalLimit {
    const HOUR: i64 = 3600;
    let policy = &planning.store.policy;
    let opens = planning.lives.values().any(|live| live.life.opens);
    let Some(github) = planning.github.as_ref().filter(|_| opens) else {
        return limit;
    };
    if policy.max_new_proposals_per_hour.is_none() {
        return limit;
    }
    let names: Vec<&str> = planning
        .store
        .targets
        .iter()
        .filter_map(|target| match &target.place {
            TargetLocation::Github(name) => Some(name.as_str()),
            TargetLocation::Local(_) => None,
        })
        .collect();
    let opened = match github.opened_since(&names, &planning.store.branch(), context.now - HOUR) {
        Ok(opened) => Some(opened),
        Err(finding) => {
            context
                .printer
                .talk(&format!("{}: {}", finding.level.word(), finding.message));
            None
        }
    };
    limit.within_hour(policy, opened)
}

/// Prints how many requests the run sent to GitHub.
pub fn print_request_count(planning: &Planning, context: &Context) {
    let Some(github) = &planning.github else { return };
    let spent = github.spent();
    let waited = spent.waited.as_secs();
    let requests = counted(usize::try_from(spent.requests).unwrap_or(usize::MAX), "request");
    let writes = counted(usize::try_from(spent.writes).unwrap_or(usize::MAX), "write");
    context.printer.talk(&format!(
        "GitHub: {requests}, of which {writes}; waited {waited} s"
    ));
}

/// The results, as the report takes them.
pub fn report_rows<'a>(planning: &'a Planning, applied: &'a [TargetResult]) -> Vec<sync::TargetRow<'a>> {
    let row = |applied: &'a TargetResult| sync::TargetRow {
        target: &applied.target,
        folder: planning.folder_from_here(&applied.target),
        outcome: match &applied.outcome {
            AppliedOutcome::Local(outcome) => sync::ReportedOutcome::Local(outcome.as_ref()),
            AppliedOutcome::Remote(sent) => sync::ReportedOutcome::Remote(sync::ReportedTarget {
                state: sent.state,
                why: &sent.why,
                wrote: &sent.wrote,
                failed: sent.failed.as_ref(),
                warnings: &sent.warnings,
                url: sent.url.as_deref(),
            }),
            AppliedOutcome::Deferred(why) => sync::ReportedOutcome::Deferred(why),
        },
    };
    applied.iter().map(row).collect()
}
