//! The dashboard issue, after a run that saw every target.
//!
//! Comes in: a survey and what was applied. Goes out: the issue, as the next run would write it. Leaves to others: its text
//! (`report/dashboard`) and its requests (`repository/github`).

use super::audit_log::Record;
use super::execute::{Applied, Sent, What};
use super::planning::Survey;
use super::{Context, target_states};
use crate::report;
use crate::repository::github::{Board, Github};
use lessonbook_base::finding::Finding;
use lessonbook_pipeline::lifecycle::State;
use lessonbook_pipeline::plan::TargetPlan;
use lessonbook_pipeline::pull_request::Wrote;
use lessonbook_pipeline::redaction::Sights;
use lessonbook_store::Visibility;

/// Keeps the dashboard issue, where the store asks for one and the run saw every target.
pub fn keep(
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
    let mut standings = target_states::standings(survey, context.now);
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
        body: report::dashboard::body(&store.name, &store.home, &standings, sights.as_ref()),
        mark: report::dashboard::mark(&store.name),
        news: report::dashboard::news,
    };
    Some(record.board(&store.home, || github.board(&store.home, &board)))
}

/// What everybody may read of the targets; none where not everybody can read the store's repository. What is not known counts as public.
fn sights(survey: &Survey, github: &Github, context: &Context) -> Option<Sights> {
    let is_public = |plan: &TargetPlan| plan.target.visibility == Visibility::Public;
    let is_asked = !survey.plans.iter().all(is_public);
    let hidden =
        is_asked && matches!(github.visibility(&survey.store.home), Ok(seen) if seen != Visibility::Public);
    let (written, _) = lessonbook_store::load(&survey.files, context.today);
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
