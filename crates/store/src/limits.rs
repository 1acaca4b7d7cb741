//! Limits: which files a plan may change in one target, and how much a run may write in all targets together.
//!
//! Not here: reading them (`read/limits`), and checking plans against them (`lessonbook-proof` for a target, `pipeline/run_limits`
//! for a run).

use serde::{Deserialize, Serialize};

/// Which files a plan may change in a target. By default: every file that Lessonbook may write at all.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize)]
pub struct PathPolicy {
    /// Globs of paths that no plan may change: the policy's, then the target's own.
    pub forbid_paths: Vec<String>,
    /// Globs of the only paths that a plan may change; `None` for any path.
    pub allow_paths: Option<Vec<String>>,
    /// The most lines that a plan may add; `None` for no limit.
    pub max_added_lines: Option<usize>,
}

impl PathPolicy {
    /// This policy with a target's own settings: its forbidden paths are added, its other settings replace the policy's.
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

/// The most that a run may write in all targets together. A run that would exceed one limit writes nothing. `None` means no limit.
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
    /// Whether there is no limit.
    pub fn is_empty(&self) -> bool {
        *self == RunLimits::default()
    }
}
