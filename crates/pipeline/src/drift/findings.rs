//! The findings about drift: a warning for each file, or the error that stops the target.
//!
//! Input: a target's drift, and its `on_drift`. Output: findings. Not here: detecting drift (`drift`).

use super::{Drift, DriftKind};
use lessonbook_base::finding::{Code, Finding, Level, Location};
use lessonbook_store::{ChecksFile, OnDrift, Target};

/// The findings beside a plan: a warning for each file or, with `on_drift: stop`, the error that stops the target.
pub fn findings(drifts: &[Drift], target: &Target) -> Vec<Finding> {
    let mut findings = Vec::new();
    for drift in drifts {
        let stops = target.on_drift == OnDrift::Stop && drift.counts();
        if stops {
            findings.push(stopped(drift));
        } else if let Some(finding) = finding_for(drift) {
            findings.push(finding);
        }
    }
    findings
}

fn finding_for(drift: &Drift) -> Option<Finding> {
    let path = &drift.path;
    let is_checks = ChecksFile::is_path(path);
    let (code, message) = match drift.kind {
        DriftKind::Edited if is_checks => (
            Code::BlockEdited,
            format!(
                "`{path}` was edited by hand: {}; the plan reverts the edits",
                drift.evidence
            ),
        ),
        DriftKind::Edited => (
            Code::BlockEdited,
            format!("our block in `{path}` was edited by hand; the plan reverts the edits"),
        ),
        DriftKind::FrontMatter => (
            Code::FrontMatterEdited,
            format!(
                "the front matter of `{path}`, which is ours, was changed by hand; the plan reverts that"
            ),
        ),
        DriftKind::Reformatted => (
            Code::BlockReformatted,
            if is_checks {
                format!("`{path}` says the same checks in other bytes; it is left as it is")
            } else {
                format!("the block in `{path}` has the same words in other bytes; it is left as it is")
            },
        ),
        DriftKind::Deleted if is_checks => (
            Code::BlockDeleted,
            format!("`{path}` was deleted: {}", drift.evidence),
        ),
        DriftKind::Deleted => (
            Code::BlockDeleted,
            format!("`{path}` does not hold our block: {}", drift.evidence),
        ),
        // `entry-point-is-link`, `marker-unbalanced` and `block-swallowed` report these.
        DriftKind::Link | DriftKind::Damaged => return None,
    };
    let finding = Finding::new(code, message).at(place(drift));
    Some(match drift.kind {
        DriftKind::Reformatted => finding,
        DriftKind::Deleted if !drift.known => Finding {
            level: Level::Note,
            ..finding
        },
        DriftKind::Deleted if is_checks => finding
            .effect("the plan adds the file again")
            .help("if the deletion is intended, set `checks: false` for the target"),
        DriftKind::Deleted => finding
            .effect("the plan adds the block again")
            .help("if the deletion is intended, remove the entry point from the target's `use`, or disable the target (`enabled: false`)"),
        _ if is_checks => finding.help("to keep a change, make it in the store's lesson"),
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
        format!(
            " (line{} {}{more})",
            if drift.lines.len() == 1 { "" } else { "s" },
            shown.join(", ")
        )
    };
    let help = match drift.kind {
        _ if ChecksFile::is_path(&drift.path) => {
            "restore the file from the git history, make the change in the store's lesson, or set `on_drift: propose` to revert it"
        }
        DriftKind::Edited | DriftKind::FrontMatter => {
            "move the lines out of the block, or into the store as a lesson; or set `on_drift: propose` to revert them"
        }
        _ => {
            "restore our text from the git history, or set `on_drift: propose` so that a proposal restores it"
        }
    };
    Finding::new(
        Code::DriftStops,
        format!(
            "`{}`: {}{lines}, and `on_drift: stop` waits for a person",
            drift.path,
            drift.kind.word()
        ),
    )
    .at(place(drift))
    .effect("nothing is proposed in this target")
    .help(help)
}

/// How many lines a text lists before it only counts the rest.
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
