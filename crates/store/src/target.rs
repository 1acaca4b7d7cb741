//! Targets, policy and exceptions: which repositories receive lessons, at which entry points, and with how much detail.
//!
//! Not here: reading them from `targets.yaml` (`read/targets`, `read/policy`), and the repositories themselves (`repository/`).

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::entry_point::{EntryPoint, EntryPointKind};
use super::lesson::Severity;
use super::limits::{PathPolicy, RunLimits};
use super::scope::TargetScope;
use lessonbook_base::globs::{Dialect, Matcher};

/// How much of a lesson is written at an entry point. Ordered from least to most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Detail {
    /// Nothing.
    None,
    /// The rule.
    Rule,
    /// Rule and rationale.
    Summary,
    /// Rule, rationale and examples; also incidents and source, if the target may read them.
    Full,
}

impl Detail {
    /// Every detail, from least to most.
    pub const ALL: [Detail; 4] = [Detail::None, Detail::Rule, Detail::Summary, Detail::Full];

    /// The word in `targets.yaml`.
    pub fn word(self) -> &'static str {
        match self {
            Detail::None => "none",
            Detail::Rule => "rule",
            Detail::Summary => "summary",
            Detail::Full => "full",
        }
    }

    /// The detail of a word.
    pub fn parse(word: &str) -> Option<Self> {
        Detail::ALL.into_iter().find(|detail| detail.word() == word)
    }
}

/// The redundancy policy: severity × (entry point's name, otherwise its kind) → detail.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, Serialize)]
#[serde(from = "RedundancyTable", into = "RedundancyTable")]
pub struct Redundancy {
    cells: BTreeMap<(Severity, String), Detail>,
}

/// The same as in `targets.yaml`: severity → name or kind → detail.
type RedundancyTable = BTreeMap<Severity, BTreeMap<String, Detail>>;

impl From<RedundancyTable> for Redundancy {
    fn from(table: RedundancyTable) -> Self {
        let mut redundancy = Redundancy::default();
        for (severity, row) in table {
            for (place, detail) in row {
                redundancy.set(severity, &place, detail);
            }
        }
        redundancy
    }
}

impl From<Redundancy> for RedundancyTable {
    fn from(redundancy: Redundancy) -> Self {
        let mut table = RedundancyTable::new();
        for ((severity, place), detail) in redundancy.cells {
            table.entry(severity).or_default().insert(place, detail);
        }
        table
    }
}

impl Redundancy {
    /// The default table (docs/guide/redundancy.md).
    pub fn standard() -> Self {
        use Detail::{Full, None, Rule, Summary};
        let rows = [
            (Severity::Critical, [Summary, Full, Full]),
            (Severity::High, [Summary, Full, Full]),
            (Severity::Medium, [Rule, Summary, Full]),
            (Severity::Low, [None, Rule, Full]),
        ];
        let mut table = Self::default();
        for (severity, details) in rows {
            for (kind, detail) in [
                EntryPointKind::Always,
                EntryPointKind::Scoped,
                EntryPointKind::Reference,
            ]
            .into_iter()
            .zip(details)
            {
                table.set(severity, kind.word(), detail);
            }
        }
        table
    }

    /// Sets one value; `place` is a kind's word or an entry point's name.
    pub fn set(&mut self, severity: Severity, place: &str, detail: Detail) {
        self.cells.insert((severity, place.to_owned()), detail);
    }

    /// The required detail; a value for the entry point's name takes precedence over one for its kind, and a scope's entry point
    /// has that of the target's.
    pub fn detail(&self, severity: Severity, row: &EntryPoint) -> Detail {
        let cell = |place: &str| self.cells.get(&(severity, place.to_owned())).copied();
        cell(&row.name)
            .or_else(|| cell(row.base_name()))
            .or_else(|| cell(row.kind.word()))
            .unwrap_or(Detail::None)
    }
}

/// An entry point that a target uses.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct EntryPointUse {
    /// The entry point's name.
    pub entry_point: String,
    /// Whether it is written with `?`: it is used only if its file already exists.
    pub if_exists: bool,
    /// Whether it follows from `assistants` and is not named in `use`: it is used if one of them loads it.
    #[serde(default)]
    pub follows: bool,
}

/// Who can read a repository. An unknown visibility counts as public.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Visibility {
    /// Everyone, or unknown.
    #[default]
    Public,
    /// Members of the enterprise.
    Internal,
    /// People with explicit access.
    Private,
}

impl Visibility {
    /// The word in files.
    pub fn word(self) -> &'static str {
        match self {
            Visibility::Public => "public",
            Visibility::Internal => "internal",
            Visibility::Private => "private",
        }
    }

    /// The visibility of a word.
    pub fn parse(word: &str) -> Option<Self> {
        let all = [Visibility::Public, Visibility::Internal, Visibility::Private];
        all.into_iter().find(|one| one.word() == word)
    }
}

/// Where a target's repository is.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum TargetLocation {
    /// On disk, relative to the store or absolute: `./`, `../x`, `/x`.
    Local(String),
    /// On GitHub, `owner/name`.
    Github(String),
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

/// A repository that receives lessons, with every default filled in.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct Target {
    /// Its name in `targets.yaml`.
    pub name: String,
    /// Where its repository is.
    pub place: TargetLocation,
    /// Tags, which select lessons.
    pub tags: Vec<String>,
    /// The assistants that its teams use, by id.
    #[serde(default)]
    pub assistants: Vec<String>,
    /// The entry points that may be in use, in the table's order.
    pub uses: Vec<EntryPointUse>,
    /// Its redundancy policy.
    pub redundancy: Redundancy,
    /// The base branch, if it is set.
    pub base: Option<String>,
    /// Who can read it.
    pub visibility: Visibility,
    /// Whether it receives lessons; if not, a proposal removes our blocks.
    pub enabled: bool,
    /// Which files a plan may change here.
    #[serde(default)]
    pub path_policy: PathPolicy,
    /// What happens if someone changed the text of a block.
    #[serde(default)]
    pub on_drift: OnDrift,
    /// Whether it receives the checks of its lessons, as a file that `lint` reads there.
    #[serde(default)]
    pub checks: bool,
    /// Whether a proposal removes a hand-written line that a lesson says word for word.
    #[serde(default)]
    pub adopt: bool,
    /// Exceptions that the repository's own file requests, and that are allowed ([`super::target_overrides`]).
    pub declined: Vec<Exception>,
    /// Folders with settings of their own, by folder.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scopes: Vec<TargetScope>,
    /// The folders of scopes with `enabled: false`: a proposal removes our blocks there, critical lessons too.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub disabled_scopes: Vec<String>,
}

impl Target {
    /// Whether incidents, sources and internal lessons may be written here.
    pub fn may_read_internal(&self) -> bool {
        self.visibility != Visibility::Public
    }
}

/// A named reason why a lesson may be absent at a place, or why a warning about it is accepted.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct Exception {
    /// The lesson's id.
    pub lesson: String,
    /// The target; a name or a glob of names.
    pub target: String,
    /// The entry point; `None` for all of them.
    pub entry_point: Option<String>,
    /// The code of a warning about the lesson that is accepted. Then target and entry point are not used.
    pub accepts: Option<String>,
    /// Why.
    pub reason: String,
    /// Who decided it.
    pub by: String,
    /// The last day; afterwards the exception still applies, with a warning.
    pub until: Option<jiff::civil::Date>,
}

/// Paths of a target in which the checks of a lesson may fire.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct PathException {
    /// Which lesson.
    pub lesson: String,
    /// In which target; a name or a glob of names.
    pub target: String,
    /// A glob of paths.
    pub path: String,
    /// Why.
    pub reason: String,
    /// Who says so.
    pub by: String,
    /// Until when; later it still holds, with a warning in the store.
    pub until: Option<jiff::civil::Date>,
}

impl PathException {
    /// Whether the exception names this target.
    pub fn names_target(&self, name: &str) -> bool {
        is_named(&self.target, name)
    }
}

impl Exception {
    /// Whether the exception names this target, by name or by a glob of names (`acme/*`; `**` is every target).
    pub fn names_target(&self, name: &str) -> bool {
        is_named(&self.target, name)
    }
}

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
    /// How long to wait between two proposals.
    pub pace: Duration,
    /// The lowest severity that is enough to open a new proposal.
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

/// Whether a pattern, which is a name or a glob of names (`acme/*`; `**` is every target), matches a target's name.
pub(super) fn is_named(pattern: &str, name: &str) -> bool {
    pattern == name || (is_glob(pattern) && Matcher::new(Dialect::Portable, &[pattern]).is_match(name))
}

/// Whether a pattern may match several names.
pub(super) fn is_glob(pattern: &str) -> bool {
    pattern.contains(['*', '?', '{'])
}
