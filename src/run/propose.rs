//! What every command that proposes shares: its arguments, the question, the writing, and what became of it.
//!
//! Input: a survey whose plans were shown, and whether anything stands against writing. Output: proposals, a report, an [`Exit`].
//! Not here: which plans (`sync`, `apply`, `withdraw`), each target's writes (`carry_out`), and the dashboard (`board`).

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

/// What every command takes that proposes.
#[derive(Debug, Clone, Default, Args)]
pub struct WriteArgs {
    /// Which failures count.
    #[command(flatten)]
    pub fail: FailArgs,

    /// Whether it is told in a record.
    #[command(flatten)]
    pub record: AuditLogArgs,

    /// Apply without asking; needed where nobody can answer
    #[arg(long, short)]
    pub yes: bool,

    /// How to print
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub format: Format,
}

/// Asks whether to go on, where something would be written. `from` is the store's commit that was asked for by its id; `help` says
/// what to do where nobody can answer.
pub fn agreed(
    survey: &Planning,
    context: &Context,
    from: Option<&str>,
    yes: bool,
    help: &str,
) -> anyhow::Result<bool> {
    if !execute::members(survey).is_empty() {
        publishable(survey, from)?;
    }
    match execute::due(survey) {
        0 => Ok(true),
        due => ask(
            &format!("Propose this in {}?", counted(due, "target")),
            context,
            yes,
            help,
        ),
    }
}

/// Asks; `--yes` is the answer. `help` says what to do where nobody can answer.
pub fn ask(question: &str, context: &Context, yes: bool, help: &str) -> anyhow::Result<bool> {
    if yes {
        return Ok(true);
    }
    if !prompt::can_ask() {
        let trouble = UserError::wrong_use("nobody can answer here, so nothing was written");
        return Err(trouble.help(help).into());
    }
    let agreed = prompt::confirm(&context.printer, question, "--yes")?;
    if !agreed {
        context.printer.talk("nothing was written");
    }
    Ok(agreed)
}

/// What goes to other people's repositories comes from a commit of the store that everybody can look up.
fn publishable(survey: &Planning, from: Option<&str>) -> anyhow::Result<()> {
    let trouble = match &survey.commit {
        None => UserError::wrong_use("the store is in no git repository, so no proposal could say where it comes from")
            .help("commit the store, and push it where its readers find it"),
        Some(commit) => match (commit.dirty.first(), commit.branch.as_deref()) {
            (Some(file), _) => UserError::wrong_use(format!("the store has uncommitted {file}"))
                .help("commit and merge it, or say --from-commit SHA: proposals on GitHub are made from the store's default branch"),
            // Asked for by its id: then no checkout vouches for it.
            (None, None) if from.is_some() => {
                let names = default_branches().join(" or ");
                let commit = commit.short();
                UserError::wrong_use(format!("the commit {commit} of the store is not on its branch {names}"))
                    .help("merge it first, or fetch the branch: a proposal from elsewhere would outrun the review of its lessons")
            }
            // A detached HEAD is what Actions checks out; there the workflow says which branch it runs on.
            (None, Some(branch)) if !default_branches().iter().any(|name| name == branch) => {
                UserError::wrong_use(format!("the store stands on the branch `{branch}`"))
                    .help("switch to its default branch: a proposal from another one would outrun the review of its lessons")
            }
            _ => return Ok(()),
        },
    };
    Err(trouble.into())
}

/// Applies what may be applied, and says what became of it. Where the gate is shut nothing is written anywhere. `settled`: what is
/// known already of targets that nothing is written to.
pub fn propose(
    survey: &Planning,
    gate: &WriteGate,
    context: &Context,
    watch: &mut PauseWatch,
    (run, most): (&WriteArgs, Option<usize>),
    settled: Vec<TargetResult>,
) -> anyhow::Result<Exit> {
    let there = execute::members(survey).len();
    let progress = Progress::start(&context.printer, "proposing", there);
    let mut applied = if gate.is_shut() {
        Vec::new()
    } else {
        let bound = ProposalLimit::new(&survey.store.policy, most);
        execute::carry_out(survey, in_hour(survey, context, bound), watch, &progress)
    };
    applied.extend(settled);
    drop(progress);
    let rows = rows(survey, &applied);
    match run.format {
        Format::Human if gate.is_shut() => context.printer.data(&sync::stopped(&gate.against))?,
        Format::Human => context
            .printer
            .data(&sync::human(&survey.store, &survey.plans, &rows))?,
        Format::Json => {
            let commit = survey.commit.as_ref().map(|commit| commit.commit.as_str());
            let mut document = sync::json(
                &survey.store,
                commit,
                &survey.findings,
                &survey.plans,
                &target_states::github_states(survey),
                &gate.bounds,
                &rows,
            );
            document["paused"] = serde_json::json!(watch.paused());
            sync::stopped_json(&mut document, &gate.against);
            document["plan"] = survey.saved.as_deref().into();
            document["rollout"] = report::rollout::json(&survey.gates);
            context.printer.data(&format!("{document:#}\n"))?;
        }
    }
    let mut exit = Exit::findings_if(gate.is_shut());
    if let Some(github) = &survey.github {
        let stopped = watch.look(Some(github), None).is_some() || gate.is_shut();
        if !stopped
            && let Some(Err(finding)) = dashboard::keep(survey, github, &applied, context, watch.record())
        {
            context
                .printer
                .talk(&format!("{}: {}", finding.level.word(), finding.message));
            exit = exit.and(Exit::Findings);
        }
    }
    say_spent(survey, context);
    Ok(exit.and(outcome::ended(survey, context, run.fail, &applied)))
}

/// The bound of a run within that of an hour. The hour is counted over all targets of the store, whichever this run is about, from the
/// pull requests that exist; nothing is asked where nothing would be opened.
fn in_hour(survey: &Planning, context: &Context, bound: ProposalLimit) -> ProposalLimit {
    const HOUR: i64 = 3600;
    let policy = &survey.store.policy;
    let opens = survey.lives.values().any(|live| live.life.opens);
    let Some(github) = survey.github.as_ref().filter(|_| opens) else {
        return bound;
    };
    if policy.max_new_proposals_per_hour.is_none() {
        return bound;
    }
    let names: Vec<&str> = survey
        .store
        .targets
        .iter()
        .filter_map(|target| match &target.place {
            TargetLocation::Github(name) => Some(name.as_str()),
            TargetLocation::Local(_) => None,
        })
        .collect();
    let opened = match github.opened_since(&names, &survey.store.branch(), context.now - HOUR) {
        Ok(opened) => Some(opened),
        Err(finding) => {
            context
                .printer
                .talk(&format!("{}: {}", finding.level.word(), finding.message));
            None
        }
    };
    bound.within_hour(policy, opened)
}

/// Says what a run cost at GitHub.
pub fn say_spent(survey: &Planning, context: &Context) {
    let Some(github) = &survey.github else { return };
    let spent = github.spent();
    let waited = spent.waited.as_secs();
    context.printer.talk(&format!(
        "GitHub: {} requests, {} of them to write, {waited} s waited",
        spent.requests, spent.writes
    ));
}

/// What was applied, for the report.
pub fn rows<'a>(survey: &'a Planning, applied: &'a [TargetResult]) -> Vec<sync::TargetRow<'a>> {
    let row = |applied: &'a TargetResult| sync::TargetRow {
        target: &applied.target,
        folder: survey.folder_from_here(&applied.target),
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
