//! What is said of drift besides the lines that go: a warning for each file, or what stops the target.
//!
//! Input: a target's drift, and what its `on_drift` says. Output: findings. Not here: finding it (`drift`).

use super::{Drift, DriftKind};
use lessonbook_base::finding::{Code, Finding, Level, Location};
use lessonbook_store::{OnDrift, Target};

/// What is told besides a plan: a warning for each, or with `on_drift: stop` what stops the target.
pub fn findings(drifts: &[Drift], target: &Target) -> Vec<Finding> {
    let mut findings = Vec::new();
    for drift in drifts {
        let stops = target.on_drift == OnDrift::Stop && drift.counts();
        if stops {
            findings.push(stopped(drift));
        } else if let Some(finding) = told(drift) {
            findings.push(finding);
        }
    }
    findings
}

fn told(drift: &Drift) -> Option<Finding> {
    let path = &drift.path;
    let (code, message) = match drift.kind {
        DriftKind::Edited => (
            Code::BlockEdited,
            format!("somebody edited our block in `{path}`; the plan takes the edits back"),
        ),
        DriftKind::FrontMatter => (
            Code::FrontMatterEdited,
            format!("somebody changed the front matter of `{path}`, which is ours; the plan takes that back"),
        ),
        DriftKind::Reformatted => (
            Code::BlockReformatted,
            format!("the block in `{path}` says the same in other bytes; it is left alone"),
        ),
        DriftKind::Deleted => (
            Code::BlockDeleted,
            format!("`{path}` holds no block of ours: {}", drift.evidence),
        ),
        // `entry-point-is-link`, `marker-unbalanced` and `block-swallowed` have said it.
        DriftKind::Link | DriftKind::Damaged => return None,
    };
    let finding = Finding::new(code, message).at(place(drift));
    Some(match drift.kind {
        DriftKind::Reformatted => finding,
        DriftKind::Deleted if !drift.known => Finding {
            level: Level::Note,
            ..finding
        },
        DriftKind::Deleted => finding
            .effect("the plan puts the block in again")
            .help("if it is meant, take the entry point out of the target's `use`, or switch the target off"),
        _ => finding.help("to keep a change, make it in the store's lesson, or move it out of the block"),
    })
}

fn stopped(drift: &Drift) -> Finding {
    let shown: Vec<String> = drift
        .lines
        .iter()
        .take(SHOWN)
        .map(|line| line.number.to_string())
        .collect();
    let more = match drift.lines.len().saturating_sub(SHOWN) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let lines = if shown.is_empty() {
        String::new()
    } else {
        format!(" (line {}{more})", shown.join(", "))
    };
    let help = match drift.kind {
        DriftKind::Edited | DriftKind::FrontMatter => {
            "move the lines out of the block, or into the store as a lesson; or set `on_drift: propose` to take them back"
        }
        _ => "restore our text from history, or set `on_drift: propose` so that a proposal does",
    };
    Finding::new(
        Code::DriftStops,
        format!(
            "`{}`: {}{lines}, and `on_drift: stop` waits for somebody",
            drift.path,
            drift.kind.word()
        ),
    )
    .at(place(drift))
    .effect("nothing is proposed in this target")
    .help(help)
}

/// How many lines a text names before it counts.
pub const SHOWN: usize = 5;

fn place(drift: &Drift) -> Location {
    let text = drift
        .lines
        .first()
        .map_or_else(String::new, |line| line.text.clone());
    Location {
        line: drift.line,
        text,
        ..Location::file(&drift.path)
    }
}
