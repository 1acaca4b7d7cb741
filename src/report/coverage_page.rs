//! Coverage as a page (Markdown) and for programs (JSON).
//!
//! Input: the plans, and the lessons that assistants load, if requested. Output: one document. Not here: the terminal
//! (`coverage`, `assistants`).

use lessonbook_pipeline::target_state::TargetState;
use serde_json::{Value, json};

use super::check_levels;
use super::coverage::{by_lesson, counts, excused, headline, holes, stopped_by};
use super::envelope::{DocumentSubject, envelope};
use lessonbook_base::finding::Finding;
use lessonbook_pipeline::assistant_view::{AssistantView, LessonsSeen};
use lessonbook_pipeline::check_level::PlannedLevels;
use lessonbook_pipeline::plan::TargetPlan;
use lessonbook_proof::Placement;
use lessonbook_store::{Detail, Severity};

/// The matrix as a JSON document. `levels`: for each plan, how firmly its lessons are kept there. `assistants`: a list for each plan,
/// with the lessons that each assistant loads.
pub fn json(
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
    let cells = plan.proof.coverage.cells.iter().map(|cell| {
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

/// The matrix as a page: for each target a row for each lesson and a column for each entry point. Holes are listed below.
pub fn markdown(plans: &[TargetPlan], levels: &[PlannedLevels]) -> String {
    let mut lines = page_head(plans);
    for (plan, levels) in plans.iter().zip(levels) {
        target_head(&mut lines, plan);
        if !plan.proof.coverage.cells.is_empty() {
            apart(&mut lines);
            lines.extend(matrix(plan, levels));
        }
        if let Some(line) = check_levels::line(plan, levels) {
            apart(&mut lines);
            lines.extend([text(&line), String::new()]);
        }
        let holes = plan.proof.coverage.cells.iter().filter(|cell| cell.is_hole());
        let holes: Vec<String> = holes
            .map(|cell| {
                let (lesson, place) = (code(&cell.lesson), code(&cell.entry_point));
                format!(
                    "- **Hole:** {lesson} at {place}: {}",
                    text(&cell.proposed.missing)
                )
            })
            .collect();
        let (excused, waits) = (excused(plan), super::rollout::waits(plan));
        if !excused.is_empty() || !waits.is_empty() || !holes.is_empty() {
            apart(&mut lines);
        }
        lines.extend(holes);
        for (reason, places) in excused {
            lines.push(format!(
                "- Excused: {}: {}",
                text(&places.join("; ")),
                text(&reason)
            ));
        }
        let waits = waits.iter();
        lines.extend(waits.map(|line| format!("- Not covered: {}", text(line))));
    }
    lines.join("\n") + "\n"
}

fn matrix(plan: &TargetPlan, levels: &PlannedLevels) -> Vec<String> {
    let has_checks = check_levels::has_checks(plan, levels);
    let mut places: Vec<&str> = Vec::new();
    for cell in &plan.proof.coverage.cells {
        if !places.contains(&cell.entry_point.as_str()) {
            places.push(&cell.entry_point);
        }
    }
    let heads = ["lesson", "severity"].map(str::to_owned).into_iter();
    let heads = heads.chain(places.iter().map(|place| code(place)));
    let heads: Vec<String> = heads.chain(has_checks.then(|| "checks".to_owned())).collect();
    let mut lines = vec![row(&heads), format!("|{}", "---|".repeat(heads.len()))];
    for cells in by_lesson(plan) {
        let Some(first) = cells.first() else { continue };
        let mut columns = vec![code(&first.lesson), first.severity.word().to_owned()];
        columns.extend(places.iter().map(|place| {
            let cell = cells.iter().find(|cell| cell.entry_point == **place);
            cell.map_or_else(String::new, |cell| detail(cell))
        }));
        columns.extend(has_checks.then(|| levels.level(&first.lesson).words()));
        lines.push(row(&columns));
    }
    lines
}

/// `full`; `none → full` where the proposal changes it.
fn detail(cell: &Placement) -> String {
    let (now, later) = (cell.current.detail, cell.proposed.detail);
    let details = if now == later {
        now.word().to_owned()
    } else {
        format!("{} → {}", now.word(), later.word())
    };
    match (&cell.exempt, &cell.waits) {
        (Some(_), _) if later == Detail::None => "excused".to_owned(),
        (None, Some(_)) => format!("{details}, waits"),
        _ if cell.is_hole() => format!("**hole**: {details}"),
        _ => details,
    }
}

/// The lessons that assistants load, as a page: one row for each assistant.
pub fn assistants_markdown(plans: &[TargetPlan], assistants: &[Vec<AssistantView>]) -> String {
    let mut lines = page_head(plans);
    for (plan, views) in plans.iter().zip(assistants) {
        target_head(&mut lines, plan);
        if views.is_empty() {
            continue;
        }
        apart(&mut lines);
        lines.push(
            "| assistant | lessons now | after the merge | copies in one prompt | in every session | for matching paths |"
                .to_owned(),
        );
        lines.push("|---|---:|---:|---:|---|---|".to_owned());
        for view in views {
            lines.push(row(&[
                text(&view.assistant),
                view.current.lessons.len().to_string(),
                view.proposed.lessons.len().to_string(),
                view.proposed.copies().to_string(),
                super::assistants::size(view.proposed.size(true)),
                super::assistants::size(view.proposed.size(false)),
            ]));
        }
    }
    lines.join("\n") + "\n"
}

fn page_head(plans: &[TargetPlan]) -> Vec<String> {
    let headline = headline(plans);
    let mut lines = headline.lines();
    let first = lines.next().unwrap_or_default();
    let mut page = vec![format!("**{first}**")];
    page.extend(lines.flat_map(|line| [String::new(), line.to_owned()]));
    page
}

/// Adds a blank line if the last line is not blank. Otherwise Markdown would add a table to the paragraph above it.
fn apart(lines: &mut Vec<String>) {
    if lines.last().is_some_and(|line| !line.is_empty()) {
        lines.push(String::new());
    }
}

fn target_head(lines: &mut Vec<String>, plan: &TargetPlan) {
    lines.extend([
        String::new(),
        format!("## {}", text(&plan.target.name)),
        String::new(),
    ]);
    for finding in stopped_by(plan) {
        lines.push(format!("- {}: {}", finding.code, text(&finding.message)));
    }
    if matches!(
        plan.outcome.state,
        TargetState::Refused | TargetState::Unreachable
    ) {
        lines.push("- Nothing is proposed here.".to_owned());
    } else if plan.proof.coverage.cells.is_empty() {
        apart(lines);
        let why = if plan.target.enabled {
            "No lesson applies to this target."
        } else {
            "Disabled: our blocks are removed."
        };
        lines.push(why.to_owned());
    }
}

fn row(cells: &[String]) -> String {
    let cells: Vec<String> = cells.iter().map(|cell| cell.replace('|', "\\|")).collect();
    format!("| {} |", cells.join(" | "))
}

/// Other people's text on one line, so that it can't end its table cell or become a tag.
fn text(text: &str) -> String {
    let text = super::sanitize::visible(text);
    text.replace(['\n', '\t'], " ").replace('<', "&lt;")
}

fn code(text: &str) -> String {
    format!(
        "`{}`",
        super::sanitize::visible(text).replace(['`', '\n', '\t'], " ")
    )
}
