//! The state of every target, as a table or JSON.
//!
//! Input: one [`TargetStatus`] for each target. Output: a table with links and ages, or JSON. Not here: deciding the states
//! (`run/target_states`).

use lessonbook_pipeline::target_state::TargetState;
use serde_json::{Value, json};

use super::envelope::{DocumentSubject, envelope};
use super::findings::counted;
use super::style::{BAD, CAREFUL, DIM, GOOD};
use super::{Document, Line, TextTable};
use lessonbook_pipeline::drift::Drift;

/// The state of a target, and what to do next.
#[derive(Debug, Clone)]
pub struct TargetStatus {
    /// The target's name.
    pub target: String,
    /// Its state.
    pub state: TargetState,
    /// One clause: why.
    pub why: String,
    /// The proposal's page, or the command that shows it.
    pub link: Option<String>,
    /// For how many seconds the proposal has been open.
    pub age: Option<i64>,
    /// Required placements of critical lessons that are missing on the base branch.
    pub critical_missing: usize,
    /// Changes that people made inside managed blocks.
    pub drift: Vec<Drift>,
    /// What to do next; empty if there is nothing to do.
    pub next: String,
}

/// For a terminal.
pub fn human(statuses: &[TargetStatus]) -> String {
    let mut document = Document::default();
    document.table(table(statuses));
    for status in statuses {
        let clause = super::drift::clause(&status.drift);
        if !clause.is_empty() {
            document.line(format!("  {}: {clause}", status.target));
        }
    }
    nexts(statuses).for_each(|line| document.line(line));
    document.gap();
    document.line(sum(statuses));
    document.human()
}

fn table(statuses: &[TargetStatus]) -> TextTable {
    let mut table = TextTable::new(&["target", "state", "age", "critical missing", "why"])
        .right(3)
        .can_shrink(4);
    for status in statuses {
        let missing = if status.critical_missing == 0 {
            String::new()
        } else {
            status.critical_missing.to_string()
        };
        table.row([
            status.target.as_str().into(),
            Line::styled(style(status.state), status.state.word()),
            status.age.map(age).unwrap_or_default().into(),
            missing.into(),
            status.why.as_str().into(),
        ]);
    }
    table
}

/// Links, and what to do next. What several targets have in common is printed once.
fn nexts(statuses: &[TargetStatus]) -> impl Iterator<Item = Line> {
    let mut alike: Vec<(Vec<&str>, &str, &str)> = Vec::new();
    for status in statuses {
        let link = status.link.as_deref().unwrap_or_default();
        let next = status.next.as_str();
        if link.is_empty() && next.is_empty() {
            continue;
        }
        match alike.iter_mut().find(|group| (group.1, group.2) == (link, next)) {
            Some(group) => group.0.push(&status.target),
            None => alike.push((vec![&status.target], link, next)),
        }
    }
    let line = |(targets, link, next): (Vec<&str>, &str, &str)| {
        let who = match &targets[..] {
            [first, second, third, _, ..] => {
                format!("{first}, {second}, {third} and {} more", targets.len() - 3)
            }
            few => few.join(", "),
        };
        let next = match (link.is_empty(), next.is_empty()) {
            (_, true) => String::new(),
            (true, false) => format!("next: {next}"),
            (false, false) => format!("   next: {next}"),
        };
        Line::from(format!("  {who}: "))
            .then(Line::code(link))
            .then(next)
            .style(DIM)
    };
    alike.into_iter().map(line)
}

/// For programs: a part of each target, in the layout of a saved plan.
pub fn json(about: DocumentSubject<'_>, statuses: &[TargetStatus]) -> Value {
    let target = |status: &TargetStatus| {
        json!({
            "target": { "name": status.target },
            "outcome": { "state": status.state, "why": status.why, "next": status.next },
            "content": { "drift": status.drift },
            "proof": { "critical_missing": status.critical_missing },
            "proposal": { "link": status.link, "age": status.age },
        })
    };
    let targets: Vec<Value> = statuses.iter().map(target).collect();
    envelope(about, json!({ "targets": targets, "counts": counts(statuses) }))
}

/// How many targets are in each state.
pub fn counts(statuses: &[TargetStatus]) -> std::collections::BTreeMap<TargetState, usize> {
    let mut counts = std::collections::BTreeMap::new();
    for status in statuses {
        *counts.entry(status.state).or_default() += 1;
    }
    counts
}

fn sum(statuses: &[TargetStatus]) -> String {
    let parts: Vec<String> = counts(statuses)
        .into_iter()
        .map(|(state, number)| format!("{number} {}", state.word()))
        .collect();
    let missing: usize = statuses.iter().map(|status| status.critical_missing).sum();
    let missing = if missing > 0 {
        format!("; {}", critical_gap(missing))
    } else {
        String::new()
    };
    if parts.is_empty() {
        "no targets.".to_owned()
    } else {
        format!("{}{missing}.", parts.join(", "))
    }
}

/// How many required placements of critical lessons are missing on the base branches.
pub(super) fn critical_gap(missing: usize) -> String {
    let verb = if missing == 1 { "is" } else { "are" };
    format!(
        "{} {verb} missing on the base branch",
        counted(missing, "critical placement")
    )
}

/// A state's color.
pub(super) fn style(state: TargetState) -> anstyle::Style {
    match state {
        TargetState::UpToDate | TargetState::Proposed | TargetState::Merged => GOOD,
        TargetState::Refused | TargetState::Blocked | TargetState::Unreachable => BAD,
        TargetState::Disabled => DIM,
        _ => CAREFUL,
    }
}

/// `3d`, `5h`, `20m`.
fn age(seconds: i64) -> String {
    match seconds {
        0..3_600 => format!("{}m", seconds / 60),
        3_600..172_800 => format!("{}h", seconds / 3_600),
        _ => format!("{}d", seconds / 86_400),
    }
}
