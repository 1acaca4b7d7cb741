//! What a withdrawal leaves for people.
//!
//! Comes in: a survey of withdrawals and what became of them. Goes out: who has to do what, target by target. Leaves to others: printing it
//! (`report/withdraw`).

use super::super::apply::{Applied, What};
use super::super::ended;
use super::super::survey::Survey;
use crate::finding::Code;
use crate::pipeline::lifecycle::State;
use crate::pipeline::plan::{TargetPlan, Verdict};
use crate::pipeline::propose::Action;
use crate::report::plan_json::Stand;
use crate::report::withdraw::{Left, Next, Source};
use crate::snapshot::Outcome;

/// What is left for people.
pub fn left(survey: &Survey, applied: &[Applied], source: &Source, paused: bool) -> Vec<Left> {
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
    let stands = ended::stands(survey);
    for plan in &survey.plans {
        let applied = applied.iter().find(|applied| applied.target == plan.target);
        let next = match stands.get(&plan.target) {
            Some(stand) => there(plan, stand, applied),
            None => here(survey, plan, applied),
        };
        all.extend(next.map(|(what, link, why)| Left {
            target: Some(plan.target.clone()),
            what,
            link,
            why,
        }));
    }
    all
}

type Told = (Next, Option<String>, String);

/// A target on disk.
fn here(survey: &Survey, plan: &TargetPlan, applied: Option<&Applied>) -> Option<Told> {
    let first = || {
        let error = plan.findings.iter().find(|finding| finding.is_error());
        let said = error.or(plan.findings.first());
        said.map(|finding| finding.message.clone()).unwrap_or_default()
    };
    let on_base = plan.withdraws.as_ref().is_some_and(|taken| taken.on_base);
    match (plan.verdict, applied.map(|applied| &applied.outcome)) {
        (_, Some(What::Deferred(why))) => Some((Next::NotReached, None, why.clone())),
        (_, Some(What::Local(Err(finding)))) => Some((Next::NotReached, None, finding.message.clone())),
        (_, Some(What::Local(Ok(Outcome::Removed)))) => None,
        (Verdict::Skipped, _) => Some((Next::NotReached, None, first())),
        (Verdict::Refused, _) if plan.withdraws.is_none() => Some((Next::NotReached, None, first())),
        (Verdict::Refused, _) if is_a_persons(plan) => Some((Next::Decide, None, first())),
        (Verdict::Refused, _) => Some((Next::ByHand, None, first())),
        (Verdict::Update | Verdict::Proposed, _) if on_base && plan.action != Action::Nothing => {
            let folder = survey.folder_from_here(&plan.target);
            let show = format!("git -C {folder} show {}", survey.store.branch());
            Some((Next::Merge, Some(show), String::new()))
        }
        _ => None,
    }
}

/// Whether only a person's commits on our branch stand in the way.
fn is_a_persons(plan: &TargetPlan) -> bool {
    let mut errors = plan.findings.iter().filter(|finding| finding.is_error());
    errors.all(|finding| finding.code == Code::BranchForeign)
}

/// A target on GitHub.
fn there(plan: &TargetPlan, stand: &Stand, applied: Option<&Applied>) -> Option<Told> {
    if plan.withdraws.as_ref().is_some_and(|taken| !taken.is_here()) {
        return None;
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
        return Some((Next::NotReached, link, finding.message.clone()));
    }
    let on_base = plan.withdraws.as_ref().is_some_and(|taken| taken.on_base);
    match state {
        State::InSync | State::Leftover | State::Obsolete => None,
        State::Held | State::Edited => Some((Next::Decide, link, why)),
        State::Refused if plan.withdraws.is_some() => {
            let error = plan.findings.iter().find(|finding| finding.is_error());
            let said = error.map_or(why, |finding| finding.message.clone());
            Some((Next::ByHand, link, said))
        }
        state if state.fails() => Some((Next::NotReached, link, why)),
        State::Excluded => Some((Next::NotReached, None, why)),
        State::Deferred => Some((Next::NotReached, link, why)),
        _ if on_base => Some((Next::Merge, link, String::new())),
        _ => None,
    }
}
