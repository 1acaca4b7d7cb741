//! Coverage for programs.
//!
//! Input: the plans, and the lessons that assistants load, if requested. Output: one JSON document.

use lessonbook_pipeline::target_state::TargetState;
use serde_json::{Value, json};

use super::{counts, headline, holes};
use crate::report::check_levels;
use crate::report::envelope::{DocumentSubject, envelope};
use lessonbook_base::finding::Finding;
use lessonbook_pipeline::assistant_view::{AssistantView, LessonsSeen};
use lessonbook_pipeline::check_level::PlannedLevels;
use lessonbook_pipeline::plan::TargetPlan;
use lessonbook_store::Severity;

/// The matrix as a JSON document. `levels`: for each plan, how firmly its lessons are kept there. `assistants`: a list for each plan,
/// with the lessons that each assistant loads.
pub fn document(
    about: DocumentSubject<'_>,
    findings: &[Finding],
    plans: &[TargetPlan],
    levels: &[PlannedLevels],
    assistants: Option<&[Vec<AssistantView>]>,
) -> Value {
    let count = |is: &dyn Fn(TargetState) -> bool| plans.iter().filter(|plan| is(plan.outcome.state)).count();
    let targets = plans.iter().enumerate().map(|(at, plan)| {
        let mut page = target(plan);
        page["check_levels"] = json!(levels.get(at).map(|levels| check_levels::json(plan, levels)));
        if let Some(views) = assistants.and_then(|all| all.get(at)) {
            page["assistants"] = views.iter().map(assistant).collect();
        }
        page
    });
    let data = json!({
        "findings": findings,
        "summary": {
            "headline": headline(plans),
            "critical": counts(plans, Some(Severity::Critical)),
            "all": counts(plans, None),
            "holes": holes(plans),
            "open_proposals": count(&|state| state == TargetState::Proposed),
            "targets_to_update": count(&TargetState::is_due),
        },
        "targets": targets.collect::<Vec<_>>(),
    });
    envelope(about, data)
}

/// A part of the plan in the format of a saved plan, with the coverage of each place.
fn target(plan: &TargetPlan) -> Value {
    let alone = std::slice::from_ref(plan);
    let cells = plan.proof.coverage.placements.iter().map(|cell| {
        let mut value = json!(cell);
        value["covered_now"] = cell.is_covered_now().into();
        value["covered_proposed"] = cell.is_covered().into();
        value["hole"] = cell.is_hole().into();
        value
    });
    json!({
        "target": plan.target,
        "outcome": plan.outcome,
        "content": { "waiting": plan.content.waiting },
        "proof": {
            "coverage": {
                "critical": counts(alone, Some(Severity::Critical)),
                "all": counts(alone, None),
                "cells": cells.collect::<Vec<_>>(),
            },
        },
    })
}

fn assistant(view: &AssistantView) -> Value {
    let sight = |sight: &LessonsSeen| {
        let size = |(files, lines, bytes)| json!({ "files": files, "lines": lines, "bytes": bytes });
        let mut value = json!(sight);
        value["copies"] = sight.copies().into();
        value["always"] = size(sight.size(true));
        value["for_paths"] = size(sight.size(false));
        value
    };
    json!({
        "assistant": view.assistant,
        "watched": view.watched,
        "current": sight(&view.current),
        "proposed": sight(&view.proposed),
    })
}
