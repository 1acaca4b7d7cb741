//! `lessonbook sync`: plan, show, ask, apply.

use std::path::PathBuf;

use clap::Args;

use super::apply::{self, Applied, Sent, What};
use super::ended::{self, FailArgs};
use super::format::Format;
use super::gate::Gate;
use super::pause::Watch;
use super::record::{Record, RecordArgs};
use super::remote::RemoteArgs;
use super::survey::{Survey, default_branches};
use super::{Context, Exit, plan, plan_file, status, within};
use crate::finding::Finding;
use crate::pipeline::disclose::Sights;
use crate::pipeline::fleet::Bound;
use crate::pipeline::lifecycle::State;
use crate::pipeline::plan::TargetPlan;
use crate::remote::Wrote;
use crate::report::findings::counted;
use crate::report::{self, Progress, Trouble, outcomes, prompt};
use crate::repository::github::{Board, Github};
use crate::store::{Place, Visibility};

/// Plan, show, ask, then propose: one commit on a branch of each target, and a pull request on GitHub
///
/// The branch is lessonbook/NAME. Never merges, never touches a default branch, a work tree or an index. A second run changes nothing.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct SyncArgs {
    /// Names or globs of targets; without: all
    #[arg(value_name = "TARGET")]
    pub targets: Vec<String>,

    /// Do no more than this approved plan (`plan --out` wrote it): a target that exceeds it is refused, the others go on
    #[arg(long, value_name = "FILE")]
    pub within: Option<PathBuf>,

    /// On GitHub: open no more new pull requests than this; the rest is left for the next run
    #[arg(long, value_name = "N", help_heading = "On GitHub")]
    pub max_proposals: Option<usize>,

    /// How GitHub is reached.
    #[command(flatten)]
    pub remote: RemoteArgs,

    /// Which failures count.
    #[command(flatten)]
    pub fail: FailArgs,

    /// Whether it is told in a record.
    #[command(flatten)]
    pub record: RecordArgs,

    /// Apply without asking; needed where nobody can answer
    #[arg(long, short)]
    pub yes: bool,

    /// How to print
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub format: Format,
}

const EXAMPLES: &str = "\
Examples:
  lessonbook sync
  lessonbook sync ../shop
  lessonbook sync --yes --within approved.json
  lessonbook sync --yes --format json";

/// Plans and applies.
pub fn run(args: &SyncArgs, context: &Context) -> anyhow::Result<Exit> {
    let context = &Context {
        remote: args.remote.clone(),
        ..context.clone()
    };
    let record = Record::open(&args.record)?;
    let approved = args.within.as_deref().map(plan_file::read).transpose()?;
    let mut survey = Survey::take(context, &args.targets)?;
    let mut gate = Gate::of(&survey, args.max_proposals);
    if let Some(approved) = &approved {
        let exceeding = within::hold(&mut survey, &gate, approved, context)?;
        // Without those that were refused it may be less.
        gate = Gate::of(&survey, args.max_proposals);
        gate.against.extend(exceeding);
    }
    let within = approved.as_ref().map(|approved| approved.digest.as_str());
    record.begin(&survey, "sync", within)?;
    record.refused(&gate.against);
    record.end(propose(args, context, &survey, &gate, &record))
}

/// Shows, asks, applies.
fn propose(
    args: &SyncArgs,
    context: &Context,
    survey: &Survey,
    gate: &Gate,
    record: &Record,
) -> anyhow::Result<Exit> {
    let mut watch = Watch::of(survey, context).keep(record);
    let stopped = watch.look(survey.github.as_ref(), None).is_some() || gate.is_shut();
    if args.format == Format::Human {
        plan::show(survey, gate, context, Format::Human, watch.paused())?;
    }
    let from = args.remote.from_commit.as_deref();
    let help = "look at `lessonbook plan`, then say `lessonbook sync --yes`";
    if !stopped && !agreed(survey, context, from, args.yes, help)? {
        record.declined();
        return Ok(ended::ended(survey, context, args.fail, &[]));
    }
    let how = How {
        format: args.format,
        most: args.max_proposals,
        fail: args.fail,
    };
    carry_out(survey, gate, context, &mut watch, how, Vec::new())
}

/// Asks whether to go on, where something would be written. `from` is the store's commit that was asked for by its id; `help` says
/// what to do where nobody can answer.
pub fn agreed(
    survey: &Survey,
    context: &Context,
    from: Option<&str>,
    yes: bool,
    help: &str,
) -> anyhow::Result<bool> {
    let here = survey
        .plans
        .iter()
        .filter(|plan| !survey.lives.contains_key(&plan.target) && plan.verified().is_some())
        .count();
    let there = survey
        .lives
        .values()
        .filter(|live| !live.life.steps.is_empty())
        .count();
    if there > 0 {
        publishable(survey, from)?;
    }
    if here + there > 0 && !yes {
        if !prompt::can_ask() {
            let trouble = Trouble::wrong_use("nobody can answer here, so nothing was written");
            return Err(trouble.help(help).into());
        }
        let question = format!("Propose this in {}?", counted(here + there, "target"));
        if !prompt::confirm(&context.printer, &question, "--yes")? {
            context.printer.talk("nothing was written");
            return Ok(false);
        }
    }
    Ok(true)
}

/// What goes to other people's repositories comes from a commit of the store that everybody can look up.
fn publishable(survey: &Survey, from: Option<&str>) -> anyhow::Result<()> {
    let trouble = match &survey.commit {
        None => Trouble::wrong_use("the store is in no git repository, so no proposal could say where it comes from")
            .help("commit the store, and push it where its readers find it"),
        Some(commit) => match (commit.dirty.first(), commit.branch.as_deref()) {
            (Some(file), _) => Trouble::wrong_use(format!("the store has uncommitted {file}"))
                .help("commit and merge it, or say --from-commit SHA: proposals on GitHub are made from the store's default branch"),
            // Asked for by its id: then no checkout vouches for it.
            (None, None) if from.is_some() => {
                let names = default_branches().join(" or ");
                let commit = commit.short();
                Trouble::wrong_use(format!("the commit {commit} of the store is not on its branch {names}"))
                    .help("merge it first, or fetch the branch: a proposal from elsewhere would outrun the review of its lessons")
            }
            // A detached HEAD is what Actions checks out; there the workflow says which branch it runs on.
            (None, Some(branch)) if !default_branches().iter().any(|name| name == branch) => {
                Trouble::wrong_use(format!("the store stands on the branch `{branch}`"))
                    .help("switch to its default branch: a proposal from another one would outrun the review of its lessons")
            }
            _ => return Ok(()),
        },
    };
    Err(trouble.into())
}

/// What was asked for of a run that writes.
#[derive(Debug, Clone, Copy)]
pub struct How {
    /// How to print.
    pub format: Format,
    /// How many proposals may be opened.
    pub most: Option<usize>,
    /// Which failures count.
    pub fail: FailArgs,
}

/// Applies what may be applied, and says what became of it. Where the gate is shut nothing is written anywhere. `settled`: what is
/// known already of targets that nothing is written to.
pub fn carry_out(
    survey: &Survey,
    gate: &Gate,
    context: &Context,
    watch: &mut Watch,
    how: How,
    settled: Vec<Applied>,
) -> anyhow::Result<Exit> {
    let there = survey
        .lives
        .values()
        .filter(|live| !live.life.steps.is_empty())
        .count();
    let progress = Progress::start(&context.printer, "proposing", there);
    let mut applied = if gate.is_shut() {
        Vec::new()
    } else {
        let bound = Bound::new(&survey.store.policy, how.most);
        apply::apply(survey, in_hour(survey, context, bound), watch, &progress)
    };
    applied.extend(settled);
    drop(progress);
    let rows = rows(survey, &applied);
    match how.format {
        Format::Human if gate.is_shut() => context.printer.data(&outcomes::stopped(&gate.against))?,
        Format::Human => context
            .printer
            .data(&outcomes::human(&survey.store, &survey.plans, &rows))?,
        Format::Json => {
            let commit = survey.commit.as_ref().map(|commit| commit.commit.as_str());
            let mut document = outcomes::json(
                &survey.store,
                commit,
                &survey.findings,
                &survey.plans,
                &ended::stands(survey),
                &gate.bounds,
                &rows,
            );
            document["paused"] = serde_json::json!(watch.paused());
            outcomes::stopped_json(&mut document, &gate.against);
            document["plan"] = survey.saved.as_deref().into();
            document["rollout"] = report::rollout::json(&survey.gates);
            context.printer.data(&format!("{document:#}\n"))?;
        }
    }
    let mut exit = Exit::findings_if(gate.is_shut());
    if let Some(github) = &survey.github {
        let stopped = watch.look(Some(github), None).is_some() || gate.is_shut();
        if !stopped && let Some(Err(finding)) = board(survey, github, &applied, context, watch.record()) {
            context
                .printer
                .talk(&format!("{}: {}", finding.level.word(), finding.message));
            exit = exit.and(Exit::Findings);
        }
    }
    say_spent(survey, context);
    Ok(exit.and(ended::ended(survey, context, how.fail, &applied)))
}

/// The bound of a run within that of an hour. The hour is counted over all targets of the store, whichever this run is about, from the
/// pull requests that exist; nothing is asked where nothing would be opened.
fn in_hour(survey: &Survey, context: &Context, bound: Bound) -> Bound {
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
            Place::Github(name) => Some(name.as_str()),
            Place::Local(_) => None,
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
pub fn say_spent(survey: &Survey, context: &Context) {
    let Some(github) = &survey.github else { return };
    let spent = github.spent();
    let waited = spent.waited.as_secs();
    context.printer.talk(&format!(
        "GitHub: {} requests, {} of them to write, {waited} s waited",
        spent.requests, spent.writes
    ));
}

/// Keeps the dashboard issue, where the store asks for one and the run saw every target.
fn board(
    survey: &Survey,
    github: &Github,
    applied: &[Applied],
    context: &Context,
    record: &Record,
) -> Option<Result<Wrote, Finding>> {
    let store = &survey.store;
    if !store.report.issue || !survey.is_whole() || !store.home.contains('/') {
        return None;
    }
    let mut standings = status::standings(survey, context.now);
    for standing in &mut standings {
        let sent = applied.iter().find(|applied| applied.target == standing.target);
        if let Some(What::Remote(sent)) = sent.map(|applied| &applied.outcome) {
            standing.state = after(sent);
            // As the next run would say it: else that run would edit the issue for a word.
            match standing.state {
                State::Current => standing.why = "it waits for a person".into(),
                State::InSync => standing.why = "nothing to propose".into(),
                _ => {}
            }
            standing.link = sent.url.clone().or(standing.link.take());
            if let Some(finding) = &sent.failed {
                standing.why.clone_from(&finding.message);
            }
        }
    }
    let sights = sights(survey, github, context);
    let board = Board {
        title: format!("Lessons of {}: where they stand", store.name),
        body: report::board::body(&store.name, &store.home, &standings, sights.as_ref()),
        mark: report::board::mark(&store.name),
        news: report::board::news,
    };
    Some(record.board(&store.home, || github.board(&store.home, &board)))
}

/// What everybody may read of the targets; none where not everybody can read the store's repository. What is not known counts as public.
fn sights(survey: &Survey, github: &Github, context: &Context) -> Option<Sights> {
    let is_public = |plan: &TargetPlan| plan.visibility == Visibility::Public;
    let is_asked = !survey.plans.iter().all(is_public);
    let hidden =
        is_asked && matches!(github.visibility(&survey.store.home), Ok(seen) if seen != Visibility::Public);
    let (written, _) = crate::store::load(&survey.files, context.today);
    (!hidden).then(|| Sights::of(&written, survey.plans.iter()))
}

/// The state that a target is in once its steps were carried out.
fn after(sent: &Sent) -> State {
    match sent.state {
        _ if sent.failed.is_some() => sent.state,
        State::Obsolete | State::Leftover => State::InSync,
        State::Deferred | State::Edited => sent.state,
        _ => State::Current,
    }
}

/// What was applied, for the report.
pub fn rows<'a>(survey: &'a Survey, applied: &'a [Applied]) -> Vec<outcomes::Row<'a>> {
    let row = |applied: &'a Applied| outcomes::Row {
        target: &applied.target,
        folder: survey.folder_from_here(&applied.target),
        outcome: match &applied.outcome {
            What::Local(outcome) => outcomes::Outcome::Local(outcome.as_ref()),
            What::Remote(sent) => outcomes::Outcome::Remote(outcomes::Sent {
                state: sent.state,
                why: &sent.why,
                wrote: &sent.wrote,
                failed: sent.failed.as_ref(),
                warnings: &sent.warnings,
                url: sent.url.as_deref(),
            }),
            What::Deferred(why) => outcomes::Outcome::Deferred(why),
        },
    };
    applied.iter().map(row).collect()
}
