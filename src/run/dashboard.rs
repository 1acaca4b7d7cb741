//! Updates the dashboard issue after a run over all targets.
//!
//! Input: the planned targets and what was applied. Output: the issue, with the states that the next run will see. Not here: its text
//! (`report/dashboard`) and its requests (`repository/github`).

use super::audit_log::AuditLog;
use super::execute::{AppliedOutcome, GithubOutcome, TargetResult};
use super::planning::Planning;
use super::{Context, audit, target_states};
use crate::report;
use crate::repository::github::{Dashboard, Github};
use lessonbook_base::finding::Finding;
use lessonbook_pipeline::plan::TargetPlan;
use lessonbook_pipeline::pull_request::WriteReceipt;
use lessonbook_pipeline::redaction::Disclosures;
use lessonbook_pipeline::target_state::TargetState;
use lessonbook_store::Visibility;

/// Updates the dashboard issue if the store has one and the run covered every target.
pub fn update(
    planning: &Planning,
    github: &Github,
    applied: &[TargetResult],
    context: &Context,
    record: &AuditLog,
) -> Option<Result<WriteReceipt, Finding>> {
    let store = &planning.store;
    if !store.report.issue || !planning.is_whole() || !store.home.contains('/') {
        return None;
    }
    let mut statuses = target_states::statuses(planning, context.now);
    for status in &mut statuses {
        let sent = applied.iter().find(|applied| applied.target == status.target);
        if let Some(AppliedOutcome::Remote(sent)) = sent.map(|applied| &applied.outcome) {
            status.state = after(sent);
            // Use the wording of the next run, which would otherwise edit the issue only to reword it.
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
    let disclosures = disclosures(planning, github, context);
    let audit = report::audit::counts(&audit::lasting_findings(planning, None));
    let dashboard = Dashboard {
        title: format!("Lessons of {}: the state of every target", store.name),
        body: report::dashboard::body(&store.name, &store.home, &statuses, disclosures.as_ref(), &audit),
        mark: report::dashboard::mark(&store.name),
        news: report::dashboard::news,
    };
    Some(record.dashboard(&store.home, || github.update_dashboard(&store.home, &dashboard)))
}

/// What everyone may read about the targets; none if the store's repository is not public. An unknown visibility counts as public.
fn disclosures(planning: &Planning, github: &Github, context: &Context) -> Option<Disclosures> {
    let is_public = |plan: &TargetPlan| plan.target.visibility == Visibility::Public;
    let has_hidden_targets = !planning.plans.iter().all(is_public);
    let hidden = has_hidden_targets
        && matches!(github.visibility(&planning.store.home), Ok(visibility) if visibility != Visibility::Public);
    let (written, _) = lessonbook_store::load(&planning.files, context.today);
    (!hidden).then(|| Disclosures::new(&written, planning.plans.iter()))
}

fn is_proposal(wrote: &WriteReceipt) -> bool {
    matches!(wrote, WriteReceipt::Pull { .. } | WriteReceipt::Branch { .. })
}

/// The state of a target after its steps were carried out.
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
