//! Findings that keep a target from being planned: errors of the store, missing credentials, nothing to read.
//!
//! Input: a target. Output: findings. Not here: findings of a plan (`pipeline`).

use crate::run::discovery;
use lessonbook_base::finding::{Code, Finding, Level};
use lessonbook_store::{Target, TargetLocation};

/// Errors of the store that stop this target: those about it, and those about no lesson or target, because then the policy is unknown.
pub fn blocking_errors(findings: &[Finding], target: &Target) -> Vec<Finding> {
    let about = |finding: &&Finding| match (&finding.target, &finding.lesson) {
        (Some(name), _) => {
            let owner = target.name.split('/').next().unwrap_or_default();
            let owner =
                matches!(target.place, TargetLocation::Github(_)).then(|| discovery::all_targets_of(owner));
            *name == target.name || owner.is_some_and(|owner| owner.eq_ignore_ascii_case(name))
        }
        (None, lesson) => lesson.is_none(),
    };
    findings
        .iter()
        .filter(|finding| finding.is_error())
        .filter(about)
        .cloned()
        .collect()
}

/// The finding for a target on GitHub without credentials.
pub fn needs_github(target: &Target) -> Finding {
    Finding::new(
        Code::TargetNeedsGithub,
        format!("{} is on GitHub, but there are no credentials", target.name),
    )
    .help("set GITHUB_TOKEN (docs/github.md lists the permissions that it needs), or clone the repository and name it by its path")
}

/// The finding for a repository on GitHub without readable content.
pub fn unreadable(target: &Target) -> Finding {
    let message = format!("{} contains nothing that can be planned", target.name);
    Finding {
        level: Level::Note,
        ..Finding::new(Code::EmptyRepository, message)
    }
}
