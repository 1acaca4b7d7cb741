//! `lessonbook status`: where every target stands.

use clap::Args;

use super::ended::{self, FailArgs};
use super::format::Format;
use super::remote::RemoteArgs;
use super::survey::Survey;
use super::{Context, Exit, pause};
use crate::pipeline::lifecycle::{self, State};
use crate::pipeline::plan::{TargetPlan, Verdict};
use crate::pipeline::propose::Action;
use crate::report::{
    self,
    status::{self, Standing},
};
use crate::store::Severity;

/// Say where every target stands: in sync, open, held, declined, drifted, blocked …
///
/// Writes nothing. docs/github.md explains each state and what to do next.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct StatusArgs {
    /// Names or globs of targets; without: all
    #[arg(value_name = "TARGET")]
    pub targets: Vec<String>,

    /// How GitHub is reached.
    #[command(flatten)]
    pub remote: RemoteArgs,

    /// Which failures count.
    #[command(flatten)]
    pub fail: FailArgs,

    /// How to print
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub format: Format,
}

const EXAMPLES: &str = "\
Examples:
  lessonbook status
  lessonbook status 'acme/*' --format json";

/// Looks and prints.
pub fn run(args: &StatusArgs, context: &Context) -> anyhow::Result<Exit> {
    let context = &Context {
        remote: args.remote.clone(),
        ..context.clone()
    };
    let survey = Survey::take(context, &args.targets)?;
    let paused = pause::tell(&survey, context);
    let standings = standings(&survey, context.now);
    let text = match args.format {
        Format::Human => status::human(&standings) + &report::rollout::human(&survey.gates),
        Format::Json => {
            let mut document = status::json(&standings);
            document["paused"] = serde_json::json!(paused);
            document["rollout"] = report::rollout::json(&survey.gates);
            format!("{document:#}\n")
        }
    };
    context.printer.data(&text)?;
    let pending = standings.iter().any(|standing| standing.state.is_due());
    let pending = if pending { Exit::Pending } else { Exit::Done };
    Ok(ended::ended(&survey, context, args.fail, &[]).and(pending))
}

/// One for each plan of a survey.
pub fn standings(survey: &Survey, now: i64) -> Vec<Standing> {
    survey
        .plans
        .iter()
        .map(|plan| standing(survey, plan, now))
        .collect()
}

fn standing(survey: &Survey, plan: &TargetPlan, now: i64) -> Standing {
    let live = survey.lives.get(&plan.target);
    let (state, why) = state(survey, plan);
    let pull = live.and_then(|live| live.remote.pull.as_ref());
    let open = pull.filter(|pull| pull.state == crate::remote::PullState::Open);
    let branch = survey.store.branch();
    let link = match (pull, &plan.action) {
        (Some(pull), _) => Some(pull.url.clone()),
        (None, Action::Current { .. }) => Some(format!(
            "git -C {} show {branch}",
            survey.folder_from_here(&plan.target)
        )),
        _ => None,
    };
    let critical = plan
        .coverage
        .cells
        .iter()
        .filter(|cell| cell.severity == Severity::Critical && cell.exempt.is_none());
    let help = || {
        plan.findings
            .iter()
            .find(|finding| finding.is_error())
            .and_then(|finding| finding.help.clone())
    };
    Standing {
        target: plan.target.clone(),
        state,
        why,
        link,
        age: open.map(|pull| (now - pull.opened).max(0)),
        critical_missing: critical.filter(|cell| !cell.is_covered_now()).count(),
        drift: plan.drift.clone(),
        next: match state {
            State::Refused => help().or(state.next().map(str::to_owned)).unwrap_or_default(),
            _ => state.next().unwrap_or_default().to_owned(),
        },
    }
}

/// A target's state, and why.
pub fn state(survey: &Survey, plan: &TargetPlan) -> (State, String) {
    match survey.lives.get(&plan.target) {
        // What stopped the plan is a limit, not something that anybody has to mend.
        Some(live) if live.life.state == State::Refused && is_limited(plan) => {
            (State::Deferred, local(plan).1)
        }
        Some(live) => (live.life.state, live.life.why.clone()),
        None if survey.github.is_some() && survey.is_on_github(&plan.target) => {
            let state = if is_limited(plan) {
                State::Deferred
            } else {
                State::Unreachable
            };
            (state, local(plan).1)
        }
        None => local(plan),
    }
}

fn is_limited(plan: &TargetPlan) -> bool {
    plan.findings.iter().any(ended::is_for_now)
}

/// The state of a target on disk, or of one that nobody reached.
fn local(plan: &TargetPlan) -> (State, String) {
    let first = || {
        plan.findings
            .iter()
            .find(|finding| finding.is_error())
            .or(plan.findings.first())
    };
    let said = || first().map(|finding| finding.message.clone()).unwrap_or_default();
    match (plan.verdict, &plan.action) {
        (Verdict::Refused, _) => (State::Refused, said()),
        (Verdict::Skipped, _) => (State::Excluded, said()),
        (_, Action::Remove { .. }) => (State::Leftover, "our branch has nothing left to say".into()),
        (Verdict::InSync, _) if !plan.waiting.is_empty() => (State::Waiting, lifecycle::waits(plan)),
        (Verdict::InSync, _) => (State::InSync, "nothing to propose".into()),
        (Verdict::Proposed, _) => (State::Current, "waits for a person".into()),
        (Verdict::Update, Action::Create | Action::Update { .. }) if plan.only_takes_back() => {
            (State::Drifted, "our text was changed since it was merged".into())
        }
        (Verdict::Update, Action::Update { .. }) => (State::Outdated, "the lessons changed since".into()),
        (Verdict::Update, _) => (State::Missing, "a proposal is due".into()),
    }
}
