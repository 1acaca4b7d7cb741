//! The settings of a store: its proposals, its policy, what it discovers, which failures it accepts, and what it reports.
//!
//! Not here: reading them from `targets.yaml` (`read/policy`, `read/github`), and the settings of one target (`target`).

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::lesson::Severity;
use super::limits::{PathPolicy, RunLimits};
use super::name_pattern::is_named;

/// Settings of proposals.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// The commit's first line; `None` if it is made from the content.
    pub title: Option<String>,
    /// Author and committer: name and address.
    pub author: (String, String),
    /// Labels of the pull request.
    pub labels: Vec<String>,
    /// Requested reviewers, by login.
    pub reviewers: Vec<String>,
    /// Requested reviewers: teams of the target's owner, by slug.
    pub team_reviewers: Vec<String>,
    /// Assignees, by login.
    pub assignees: Vec<String>,
    /// Whether it is opened as a draft.
    pub draft: bool,
    /// The least time between two writes on GitHub.
    pub pace: Duration,
    /// The lowest severity for which a new pull request is opened.
    pub open_for: Severity,
}

impl Default for Proposal {
    fn default() -> Self {
        Proposal {
            title: None,
            author: ("Lessonbook".into(), "lessonbook@localhost".into()),
            labels: Vec::new(),
            reviewers: Vec::new(),
            team_reviewers: Vec::new(),
            assignees: Vec::new(),
            draft: false,
            pace: Duration::from_secs(1),
            open_for: Severity::Low,
        }
    }
}

/// Limits of one run, and the hosts that the store trusts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// The most new proposals of one run; further ones are left for the next run.
    pub max_new_proposals: usize,
    /// The most new proposals within an hour; further ones are left for a later run. `None` for no limit.
    pub max_new_proposals_per_hour: Option<usize>,
    /// The most files that a plan may change in one target; a larger plan is refused.
    pub max_files_per_target: usize,
    /// Which files a plan may change in a target without settings of its own.
    pub path_policy: PathPolicy,
    /// The most that one run may write.
    pub bounds: RunLimits,
    /// Hosts that lessons may contain in addresses.
    pub hosts: Vec<String>,
    /// What happens if someone changed the text of a block, in targets without a setting of their own.
    pub on_drift: OnDrift,
}

impl Default for Policy {
    fn default() -> Self {
        Policy {
            max_new_proposals: 50,
            max_new_proposals_per_hour: None,
            max_files_per_target: 25,
            path_policy: PathPolicy::default(),
            bounds: RunLimits::default(),
            hosts: Vec::new(),
            on_drift: OnDrift::Propose,
        }
    }
}

/// What happens if someone changed the text of a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum OnDrift {
    /// A proposal restores our text, and shows the lines that would be lost.
    #[default]
    Propose,
    /// Nothing is proposed to the target until someone resolves it.
    Stop,
}

impl OnDrift {
    /// The words in `targets.yaml`.
    pub const WORDS: [(&str, OnDrift); 2] = [("propose", OnDrift::Propose), ("stop", OnDrift::Stop)];

    /// The word in `targets.yaml`.
    pub fn word(self) -> &'static str {
        match self {
            OnDrift::Propose => "propose",
            OnDrift::Stop => "stop",
        }
    }
}

/// The states of a target that make a run fail, and that `acknowledge` can name.
pub const FAILING: [&str; 3] = ["blocked", "unreachable", "refused"];

/// A known failure, which does not make a run fail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Acknowledge {
    /// The target; a name or a glob of names.
    pub target: String,
    /// The state: one of [`FAILING`].
    pub state: String,
    /// Why it is accepted.
    pub reason: String,
    /// The last day; afterwards the failure counts again. `None` for no end.
    pub until: Option<jiff::civil::Date>,
}

impl Acknowledge {
    /// Whether it names this target, by name or by a glob of names.
    pub fn names_target(&self, name: &str) -> bool {
        is_named(&self.target, name)
    }

    /// Whether it covers this failure of a target today.
    pub fn covers(&self, target: &str, state: &str, today: jiff::civil::Date) -> bool {
        self.state == state && self.until.is_none_or(|day| today <= day) && self.names_target(target)
    }
}

/// What a run reports in addition to its output.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct ReportSettings {
    /// Whether it keeps one issue in the store's repository, which it edits in place.
    pub issue: bool,
}

/// A rule by which targets are found on GitHub.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Discover {
    /// The login of the organization or user whose repositories are searched.
    pub organization: String,
    /// Whether it was written as `user`.
    pub is_user: bool,
    /// Topics, of which a repository must have one; empty for any repository.
    pub topics: Vec<String>,
    /// Custom properties that a repository must have.
    pub properties: BTreeMap<String, String>,
    /// Globs of names; empty for all names.
    pub include: Vec<String>,
    /// Globs of names that are excluded.
    pub exclude: Vec<String>,
    /// Whether forks are included.
    pub forks: bool,
    /// The tags of the targets that are found.
    pub tags: Vec<String>,
}
