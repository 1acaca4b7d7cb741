//! What a withdrawal leaves for people.
//!
//! Comes in: a survey of withdrawals and what became of them. Goes out: who has to do what, target by target. Leaves to others: printing it
//! (`report/withdraw`).

use crate::report::plan_json::Stand;
use crate::report::withdraw::{Ending, Left, Next, Source};
use crate::run::execute::{Applied, What};
use crate::run::planning::Survey;
use crate::run::target_states;
use lessonbook_base::finding::Code;
use lessonbook_base::snapshot::Outcome;
use lessonbook_pipeline::branch_action::Action;
use lessonbook_pipeline::lifecycle::State;
use lessonbook_pipeline::plan::{TargetPlan, Verdict};
use lessonbook_pipeline::pr_body::Withdrawn;
use lessonbook_pipeline::withdraw;

/// What is left for people, and what else they should know.
pub fn ending<'s>(
    survey: &'s Survey,
    applied: &[Applied],
    what: &Withdrawn,
    source: &Source,
    paused: bool,
) -> Ending<'s> {
    let takes = |plan: &TargetPlan| {
        plan.proposal
            .withdraws
            .as_ref()
            .is_some_and(|taken| !taken.cuts.is_empty())
    };
    Ending {
        left: left(survey, applied, source, paused),
        others: survey.all.saturating_sub(survey.plans.len()),
        named_by: withdraw::named_by(&survey.store, &what.lesson),
        makes_room: matches!(source, Source::Retires(_)) && !paused && survey.plans.iter().any(takes),
    }
}

fn left(survey: &Survey, applied: &[Applied], source: &Source, paused: bool) -> Vec<Left> {
    let mut all = Vec::new();
    let in_store = match source {
        Source::Retires(edit) if paused => Some((&edit.path, "paused: it is still active".to_owned())),
        Source::Retires(edit) => Some((&edit.path, "it is retired in the folder only".to_owned())),
        Source::ByHand { file, why } => Some((file, format!("write `status: retired`: {why}"))),
        Source::Retired { file } => {
            let dirty = survey
                .commit
                .as_ref()
                .is_some_and(|commit| commit.dirty.contains(file));
            dirty.then(|| (file, "it is retired in the folder only".to_owned()))
        }
        Source::Gone => None,
    };
    all.extend(in_store.map(|(file, why)| Left {
        target: None,
        what: Next::Store,
        link: Some(file.clone()),
        why,
    }));
    let stands = target_states::stands(survey);
    for plan in &survey.plans {
        let applied = applied.iter().find(|applied| applied.target == plan.target.name);
        let mut next = match stands.get(&plan.target.name) {
            Some(stand) => there(plan, stand, applied),
            None => here(survey, plan, applied),
        };
        next.extend(looks(plan));
        all.extend(next.into_iter().map(|(what, link, why)| Left {
            target: Some(plan.target.name.clone()),
            what,
            link,
            why,
        }));
    }
    all
}

type Told = (Next, Option<String>, String);

/// A target on disk.
fn here(survey: &Survey, plan: &TargetPlan, applied: Option<&Applied>) -> Vec<Told> {
    let not_reached = |why: String| vec![(Next::NotReached, None, why)];
    let on_base = plan
        .proposal
        .withdraws
        .as_ref()
        .is_some_and(|taken| taken.on_base);
    match (plan.outcome.verdict, applied.map(|applied| &applied.outcome)) {
        (_, Some(What::Deferred(why))) => not_reached(why.clone()),
        (_, Some(What::Local(Err(finding)))) => not_reached(finding.message.clone()),
        (_, Some(What::Local(Ok(Outcome::Removed)))) => Vec::new(),
        (Verdict::Skipped, _) => not_reached(first(plan)),
        (Verdict::Refused, _) if plan.proposal.withdraws.is_none() => not_reached(first(plan)),
        (Verdict::Refused, _) => refused(plan, None, first(plan)),
        (Verdict::Update | Verdict::Proposed, _) if on_base && plan.proposal.action != Action::Nothing => {
            let folder = survey.folder_from_here(&plan.target.name);
            let show = format!("git -C {folder} show {}", survey.store.branch());
            vec![(Next::Merge, Some(show), String::new())]
        }
        _ => Vec::new(),
    }
}

fn first(plan: &TargetPlan) -> String {
    let error = plan.outcome.findings.iter().find(|finding| finding.is_error());
    let said = error.or(plan.outcome.findings.first());
    said.map(|finding| finding.message.clone()).unwrap_or_default()
}

/// Everything that stands in the way of a target, each with what it takes; `why` where no finding says it.
fn refused(plan: &TargetPlan, link: Option<&String>, why: String) -> Vec<Told> {
    let errors = plan.outcome.findings.iter().filter(|finding| finding.is_error());
    let mut all: Vec<Told> = errors
        .map(|finding| {
            let what = next(finding.code);
            let said = match &finding.help {
                Some(help) if what == Next::Again => format!("{}: {help}", finding.message),
                _ => finding.message.clone(),
            };
            (what, link.cloned(), said)
        })
        .collect();
    all.dedup();
    if all.is_empty() {
        all.push((Next::ByHand, link.cloned(), why));
    }
    all
}

/// What an error asks of people: something with the text of a file, or something else first.
fn next(code: Code) -> Next {
    match code {
        Code::BranchForeign => Next::Decide,
        Code::LessonNotCut
        | Code::NotASubset
        | Code::MarkerUnbalanced
        | Code::NameTaken
        | Code::BlockSwallowed
        | Code::BlockEdited
        | Code::FrontMatterForeign
        | Code::BytesLost
        | Code::NotAtRest => Next::ByHand,
        _ => Next::Again,
    }
}

/// What a person edited or wrote, and may say the lesson.
fn looks(plan: &TargetPlan) -> Vec<Told> {
    let places = plan.outcome.findings.iter().filter_map(|finding| {
        let why = match finding.code {
            Code::BlockEdited if !finding.is_error() => {
                "its block was edited, so nobody knows whether it says it"
            }
            Code::HandCopy => "text that lessonbook does not manage says it, or names it",
            _ => return None,
        };
        Some((finding.at.as_ref()?, why))
    });
    places
        .map(|(at, why)| (Next::Look, None, format!("{}:{}, {why}", at.file, at.line)))
        .collect()
}

/// A target on GitHub.
fn there(plan: &TargetPlan, stand: &Stand, applied: Option<&Applied>) -> Vec<Told> {
    if plan
        .proposal
        .withdraws
        .as_ref()
        .is_some_and(|taken| !taken.is_here())
    {
        return Vec::new();
    }
    let link = stand.pull.as_ref().map(|pull| pull.url.clone());
    let (state, why, link, failed) = match applied.map(|applied| &applied.outcome) {
        Some(What::Remote(sent)) => (
            sent.state,
            sent.why.clone(),
            sent.url.clone().or(link),
            sent.failed.as_ref(),
        ),
        _ => (stand.state, stand.why.clone(), link, None),
    };
    if let Some(finding) = failed {
        return vec![(Next::NotReached, link, finding.message.clone())];
    }
    let on_base = plan
        .proposal
        .withdraws
        .as_ref()
        .is_some_and(|taken| taken.on_base);
    match state {
        State::InSync | State::Leftover | State::Obsolete => Vec::new(),
        State::Held | State::Edited => vec![(Next::Decide, link, why)],
        State::Refused if plan.proposal.withdraws.is_some() => refused(plan, link.as_ref(), why),
        state if state.fails() => vec![(Next::NotReached, link, why)],
        State::Excluded => vec![(Next::NotReached, None, why)],
        State::Deferred => vec![(Next::NotReached, link, why)],
        _ if on_base => vec![(Next::Merge, link, String::new())],
        _ => Vec::new(),
    }
}
