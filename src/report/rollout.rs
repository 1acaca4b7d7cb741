//! Prints the rollout of lessons from the canaries to the other targets.
//!
//! Input: gates, and the plans of targets that wait. Output: a few lines for a terminal or a page, or JSON.
//! Not here: decisions (`pipeline/rollout`).

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::assistants::fill;
use super::findings::counted;
use super::sanitize::visible;
use super::style::{self, BAD, BOLD, CAREFUL, DIM, GOOD, paint};
use super::{Line, TextTable};
use lessonbook_pipeline::plan::TargetPlan;
use lessonbook_pipeline::rollout::{Phase, RolloutGate};

/// The lessons whose gate is not open: one line for each, and below it which canaries merged it, which did not, and which are
/// not counted.
pub fn human(gates: &[RolloutGate]) -> String {
    let shut: Vec<&RolloutGate> = gates.iter().filter(|gate| !gate.is_open()).collect();
    let in_phase = |phase: Phase| gates.iter().filter(move |gate| gate.phase == phase);
    let untested: Vec<&str> = in_phase(Phase::NoCanary)
        .map(|gate| gate.lesson.as_str())
        .collect();
    let mut out = String::new();
    if !shut.is_empty() {
        let title = format!("\n{} in the rollout\n", counted(shut.len(), "lesson"));
        out.push_str(&paint(BOLD, &title));
    }
    for gate in shut {
        let mut table = TextTable::new(&[]).indent(2).can_shrink(3);
        table.row([
            gate.lesson.as_str().into(),
            Line::styled(style::severity(gate.severity), gate.severity.word()),
            Line::styled(DIM, gate.version.as_str()),
            Line::styled(
                if gate.way_out().is_some() { BAD } else { CAREFUL },
                gate.why.as_str(),
            ),
        ]);
        out.push_str(&table.render());
        for line in details(gate) {
            out.push_str(&paint(DIM, &fill(4, 6, &line)));
        }
        if let Some(way) = gate.way_out() {
            out.push_str(&fill(4, 6, &format!("next: {way}")));
        }
    }
    for gate in in_phase(Phase::OpenedByHand) {
        let line = format!("{} {}: {}", gate.lesson, gate.version, visible(&gate.why));
        out.push_str(&paint(GOOD, &fill(2, 4, &line)));
    }
    if !untested.is_empty() {
        let line = format!("no canary is required for: {}", untested.join(", "));
        out.push_str(&paint(DIM, &fill(2, 4, &line)));
    }
    out
}

/// `merged: acme/a; not merged yet: acme/b; not counted: acme/c (declined)`.
fn details(gate: &RolloutGate) -> Vec<String> {
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
    vec![lines.join("; ")]
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
