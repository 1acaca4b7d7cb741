//! Prints the rollout of lessons from the canaries to the other targets.
//!
//! Input: gates, and the plans of targets that wait. Output: a few lines for a terminal or a page, or JSON.
//! Not here: decisions (`pipeline/rollout`).

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::findings::counted;
use super::sanitize::visible;
use super::style::{self, BAD, BOLD, CAREFUL, DIM, GOOD};
use super::{Document, Line};
use lessonbook_pipeline::plan::TargetPlan;
use lessonbook_pipeline::rollout::{Phase, RolloutGate};

/// The lessons whose gate is not open: one line for each, and below it which canaries merged it, which did not, and which are
/// not counted.
pub fn human(gates: &[RolloutGate]) -> String {
    let shut: Vec<&RolloutGate> = gates.iter().filter(|gate| !gate.is_open()).collect();
    let in_phase = |phase: Phase| gates.iter().filter(move |gate| gate.phase == phase);
    let mut content = Document::default();
    for gate in &shut {
        let style = if gate.way_out().is_some() { BAD } else { CAREFUL };
        let title = Line::from(&gate.lesson)
            .then("  ")
            .then(Line::styled(style::severity(gate.severity), gate.severity.word()))
            .then(Line::styled(DIM, format!("  {}  ", gate.version)))
            .then(Line::styled(style, &gate.why));
        let mut more = Document::default();
        more.line(Line::styled(DIM, details(gate)));
        if let Some(way) = gate.way_out() {
            more.line(format!("next: {way}"));
        }
        content.section(title, more);
    }
    let mut document = Document::default();
    if !shut.is_empty() {
        let title = format!("{} in the rollout", counted(shut.len(), "lesson"));
        document.section(Line::styled(BOLD, title), content);
    }
    for gate in in_phase(Phase::OpenedByHand) {
        let line = format!("{} {}: {}", gate.lesson, gate.version, gate.why);
        document.line(Line::styled(GOOD, line));
    }
    let untested = in_phase(Phase::NoCanary).map(|gate| gate.lesson.as_str());
    let untested: Vec<&str> = untested.collect();
    if !untested.is_empty() {
        let line = format!("no canary is required for: {}", untested.join(", "));
        document.line(Line::styled(DIM, line));
    }
    if shut.is_empty() {
        document.human()
    } else {
        format!("\n{}", document.human())
    }
}

/// `merged: acme/a; not merged yet: acme/b; not counted: acme/c (declined)`.
fn details(gate: &RolloutGate) -> String {
    let left = gate.left.iter();
    let left: Vec<String> = left
        .map(|left| format!("{} ({})", visible(&left.canary), visible(&left.why)))
        .collect();
    let parts = [
        ("merged", gate.merged.clone()),
        ("not merged yet", gate.missing.clone()),
        ("not counted", left),
    ];
    let parts = parts.into_iter().filter(|(_, names)| !names.is_empty());
    let line: Vec<String> = parts
        .map(|(word, names)| format!("{word}: {}", names.join(", ")))
        .collect();
    let mut lines = vec![line.join("; ")];
    let day =
        |time: i64| jiff::Timestamp::from_second(time).map(|time| time.strftime("%F %H:%M UTC").to_string());
    if let Some(Ok(since)) = gate.since.map(day) {
        lines.push(format!("since {since}"));
    }
    if let Some(Ok(opens)) = gate.opens.map(day) {
        lines.push(format!("opens {opens}"));
    }
    lines.retain(|line| !line.is_empty());
    lines.join("; ")
}

/// Every gate that is not open from the start, for programs.
pub fn json(gates: &[RolloutGate]) -> Value {
    let gates: Vec<&RolloutGate> = gates.iter().filter(|gate| gate.phase != Phase::Open).collect();
    json!(gates)
}

/// The lessons that wait in one target, one line for each.
pub(super) fn waits(plan: &TargetPlan) -> Vec<String> {
    let line = |waiting: &lessonbook_pipeline::plan::WaitingLesson| {
        let meanwhile = match &waiting.meanwhile {
            Some(version) => format!("; version {version} is kept until then"),
            None => String::new(),
        };
        format!(
            "{} ({}) {}{meanwhile}",
            waiting.lesson,
            waiting.severity.word(),
            visible(&waiting.why)
        )
    };
    plan.content.waiting.iter().map(line).collect()
}

/// How many lessons wait, and in how many targets.
pub(super) fn sum(plans: &[TargetPlan]) -> Option<String> {
    let mut lessons: BTreeMap<&str, usize> = BTreeMap::new();
    for waiting in plans.iter().flat_map(|plan| &plan.content.waiting) {
        *lessons.entry(&waiting.lesson).or_default() += 1;
    }
    let targets = plans
        .iter()
        .filter(|plan| !plan.content.waiting.is_empty())
        .count();
    (targets > 0).then(|| {
        let verb = if lessons.len() == 1 { "waits" } else { "wait" };
        format!(
            "{} {verb} for canaries in {}",
            counted(lessons.len(), "lesson"),
            counted(targets, "target")
        )
    })
}
