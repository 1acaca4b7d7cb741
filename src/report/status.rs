//! Where every target stands.
//!
//! Input: one [`TargetStatus`] for each target. Output: a table with links and ages, or JSON. Not here: deciding states.

use serde_json::{Value, json};

use super::envelope::{DocumentSubject, envelope};
use super::style::{BAD, CAREFUL, DIM, GOOD, paint};
use super::table::{TableCell, TextTable};
use lessonbook_pipeline::drift::Drift;
use lessonbook_pipeline::lifecycle::TargetState;

/// Where a target stands.
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
    /// Critical lessons that nobody would be told there now.
    pub critical_missing: usize,
    /// What people did to our text.
    pub drift: Vec<Drift>,
    /// What to do next; empty where nothing is.
    pub next: String,
}

/// For a terminal.
pub fn human(standings: &[TargetStatus]) -> String {
    let mut table = TextTable::new(&["target", "state", "age", "critical missing", "why"])
        .right(3)
        .gives_way(4);
    for standing in standings {
        let missing = if standing.critical_missing == 0 {
            String::new()
        } else {
            standing.critical_missing.to_string()
        };
        table.row([
            standing.target.as_str().into(),
            TableCell::styled(style(standing.state), standing.state.word()),
            standing.age.map(age).unwrap_or_default().into(),
            missing.into(),
            standing.why.as_str().into(),
        ]);
    }
    let mut out = table.render();
    for standing in standings {
        let clause = super::drift::clause(&standing.drift);
        if !clause.is_empty() {
            super::plan::say(&mut out, &format!("  {}: {clause}", standing.target));
        }
    }
    for line in nexts(standings) {
        out.push_str(&paint(DIM, &line));
        out.push('\n');
    }
    out.push_str(&sum(standings));
    out
}

/// Links, and what to do next. What is to be done for several targets alike is said once.
fn nexts(standings: &[TargetStatus]) -> Vec<String> {
    let mut alike: Vec<(Vec<&str>, &str, &str)> = Vec::new();
    for standing in standings {
        let link = standing.link.as_deref().unwrap_or_default();
        let next = standing.next.as_str();
        if link.is_empty() && next.is_empty() {
            continue;
        }
        match alike.iter_mut().find(|group| (group.1, group.2) == (link, next)) {
            Some(group) => group.0.push(&standing.target),
            None => alike.push((vec![&standing.target], link, next)),
        }
    }
    let line = |(targets, link, next): (Vec<&str>, &str, &str)| {
        let who = match &targets[..] {
            [first, second, third, _, ..] => {
                format!("{first}, {second}, {third} and {} more", targets.len() - 3)
            }
            few => few.join(", "),
        };
        let next = if next.is_empty() {
            String::new()
        } else {
            format!("next: {next}")
        };
        let parts: Vec<&str> = [link, &next]
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect();
        format!("  {who}: {}", parts.join("   "))
    };
    alike.into_iter().map(line).collect()
}

/// For programs: of each target a part in the form that a saved plan gives it.
pub fn json(about: DocumentSubject<'_>, standings: &[TargetStatus]) -> Value {
    let target = |standing: &TargetStatus| {
        json!({
            "target": { "name": standing.target },
            "outcome": { "state": standing.state, "why": standing.why, "next": standing.next },
            "content": { "drift": standing.drift },
            "proof": { "critical_missing": standing.critical_missing },
            "proposal": { "link": standing.link, "age": standing.age },
        })
    };
    let targets: Vec<Value> = standings.iter().map(target).collect();
    envelope(about, json!({ "targets": targets, "counts": counts(standings) }))
}

/// How many targets are in each state.
pub fn counts(standings: &[TargetStatus]) -> std::collections::BTreeMap<&'static str, usize> {
    let mut counts = std::collections::BTreeMap::new();
    for standing in standings {
        *counts.entry(standing.state.word()).or_default() += 1;
    }
    counts
}

fn sum(standings: &[TargetStatus]) -> String {
    let parts: Vec<String> = counts(standings)
        .into_iter()
        .map(|(word, number)| format!("{number} {word}"))
        .collect();
    let missing: usize = standings.iter().map(|standing| standing.critical_missing).sum();
    let open = if missing > 0 {
        format!("; {missing} critical places where nobody is told now")
    } else {
        String::new()
    };
    format!(
        "\n{}{open}.\n",
        if parts.is_empty() {
            "no targets".to_owned()
        } else {
            parts.join(", ")
        }
    )
}

/// A state's color.
pub(super) fn style(state: TargetState) -> anstyle::Style {
    match state {
        TargetState::InSync | TargetState::Current | TargetState::Leftover => GOOD,
        TargetState::Refused | TargetState::Blocked | TargetState::Unreachable | TargetState::Conflicting => {
            BAD
        }
        TargetState::Excluded | TargetState::Waiting => DIM,
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
