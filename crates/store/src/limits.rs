//! How far a run may reach: what a plan may touch in one target, and how much a run may write in all of them together.
//!
//! Input: `policy` and the targets of `targets.yaml`. Output: a [`PathPolicy`] for each target and the [`RunLimits`] of a run.
//! Not here: holding plans against them (`lessonbook-proof` for a target, `pipeline/run_limits` for a run).

use serde::{Deserialize, Serialize};

/// What a plan may touch in a target. Nothing written: everything that Lessonbook may write at all.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize)]
pub struct PathPolicy {
    /// Globs of paths that no plan touches: the policy's, then the target's own.
    pub forbid_paths: Vec<String>,
    /// Globs of the only paths that a plan touches; none: any.
    pub allow_paths: Option<Vec<String>>,
    /// The most lines that a plan adds; none: any number.
    pub max_added_lines: Option<usize>,
}

impl PathPolicy {
    /// This fence with what a target says over it: its forbidden paths come on top, the rest stands in for the policy's.
    #[must_use]
    pub fn with(&self, own: PathPolicy) -> PathPolicy {
        let mut forbid_paths = self.forbid_paths.clone();
        for glob in own.forbid_paths {
            if !forbid_paths.contains(&glob) {
                forbid_paths.push(glob);
            }
        }
        PathPolicy {
            forbid_paths,
            allow_paths: own.allow_paths.or_else(|| self.allow_paths.clone()),
            max_added_lines: own.max_added_lines.or(self.max_added_lines),
        }
    }
}

/// The most that a run writes in all targets together; past one of them it writes nothing at all. None: no bound.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct RunLimits {
    /// Targets.
    pub max_targets: Option<usize>,
    /// Files.
    pub max_files: Option<usize>,
    /// Lines, added and removed.
    pub max_changed_lines: Option<usize>,
}

impl RunLimits {
    /// Whether there is no bound.
    pub fn is_empty(&self) -> bool {
        *self == RunLimits::default()
    }
}
