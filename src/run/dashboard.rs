//! The dashboard issue, after a run that saw every target.
//!
//! Input: a survey and what was applied. Output: the issue, as the next run would write it. Not here: its text
//! (`report/dashboard`) and its requests (`repository/github`).

use super::audit_log::AuditLog;
use super::execute::{AppliedOutcome, GithubOutcome, TargetResult};
use super::planning::Planning;
use super::{Context, target_states};
use crate::report;
use crate::repository::github::{Dashboard, Github};
use lessonbook_base::finding::Finding;
use lessonbook_pipeline::plan::TargetPlan;
use lessonbook_pipeline::pull_request::WriteReceipt;
use lessonbook_pipeline::redaction::Disclosures;
use lessonbook_pipeline::target_state::TargetState;
use lessonbook_store::Visibility;

/// Keeps the dashboard issue, where the store asks for one and the run saw every target.
pub fn keep(
    survey: &Planning,
    github: &Github,
    applied: &[TargetResult],
    context: &Context,
    record: &AuditLog,
) -> Option<Result<WriteReceipt, Finding>> {
    let store = &survey.store;
    if !store.report.issue || !survey.is_whole() || !store.home.contains('/') {
        return None;
    }
    let mut statuses = target_states::statuses(survey, context.now);
    for status in &mut statuses {
        let sent = applied.iter().find(|applied| applied.target == status.target);
        if let Some(AppliedOutcome::Remote(sent)) = sent.map(|applied| &applied.outcome) {
            status.state = after(sent);
            // As the next run would say it: else that run would edit the issue for a word.
            match status.state {
                TargetState::Proposed => status.why = "it waits for review".into(),
                TargetState::UpToDate => status.why = "nothing to propose".into(),
                _ => {}
            }
            status.link = sent.url.clone().or(status.link.take());
            if let Some(finding) = &sent.failed {
                status.why.clone_from(&finding.message);
            }
        }
    }
    let sights = sights(survey, github, context);
    let board = Dashboard {
        title: format!("Lessons of {}: where they stand", store.name),
        body: report::dashboard::body(&store.name, &store.home, &statuses, sights.as_ref()),
        mark: report::dashboard::mark(&store.name),
        news: report::dashboard::news,
    };
    Some(record.board(&store.home, || github.update_dashboard(&store.home, &board)))
}

/// What everybody may read of the targets; none where not everybody can read the store's repository. What is not known counts as public.
fn sights(survey: &Planning, github: &Github, context: &Context) -> Option<Disclosures> {
    let is_public = |plan: &TargetPlan| plan.target.visibility == Visibility::Public;
    let is_asked = !survey.plans.iter().all(is_public);
    let hidden =
        is_asked && matches!(github.visibility(&survey.store.home), Ok(seen) if seen != Visibility::Public);
    let (written, _) = lessonbook_store::load(&survey.files, context.today);
    (!hidden).then(|| Disclosures::new(&written, survey.plans.iter()))
}

fn is_proposal(wrote: &WriteReceipt) -> bool {
    matches!(wrote, WriteReceipt::Pull { .. } | WriteReceipt::Branch { .. })
}

/// The state that a target is in once its steps were carried out.
fn after(sent: &GithubOutcome) -> TargetState {
    match sent.state {
        _ if sent.failed.is_some() => sent.state,
        TargetState::Deferred | TargetState::Edited => sent.state,
        TargetState::Stale | TargetState::Merged | TargetState::UpToDate
            if !sent.wrote.iter().any(is_proposal) =>
        {
            TargetState::UpToDate
        }
        _ => TargetState::Proposed,
    }
}
