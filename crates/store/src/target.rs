//! Targets and policy: who receives lessons, where, and how much of each.
//!
//! Input: `targets.yaml`. Output: [`Target`]s with every default filled in, and [`Exception`]s. Not here: the
//! repositories themselves (`repository/`).

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::entry_point::{EntryPoint, EntryPointKind};
use super::lesson::Severity;
use super::limits::{PathPolicy, RunLimits};
use lessonbook_base::globs::{Dialect, Matcher};

/// How much of a lesson stands at an entry point. Ordered from least to most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Detail {
    /// Nothing.
    None,
    /// The rule.
    Rule,
    /// Rule and rationale.
    Summary,
    /// Rule, rationale, examples and, where they may be printed, incidents and source.
    Full,
}

impl Detail {
    /// From least to most.
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

    /// The form of a word.
    pub fn parse(word: &str) -> Option<Self> {
        Detail::ALL.into_iter().find(|detail| detail.word() == word)
    }
}

/// Which forms the policy asks for: severity × (entry point's name, else its kind) → form.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, Serialize)]
#[serde(from = "RedundancyTable", into = "RedundancyTable")]
pub struct Redundancy {
    cells: BTreeMap<(Severity, String), Detail>,
}

/// The same as in `targets.yaml`: severity → place → form.
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

    /// Sets a cell; `place` is a kind's word or an entry point's name.
    pub fn set(&mut self, severity: Severity, place: &str, detail: Detail) {
        self.cells.insert((severity, place.to_owned()), detail);
    }

    /// What the policy asks for; a cell for the entry point's name wins over one for its kind.
    pub fn detail(&self, severity: Severity, row: &EntryPoint) -> Detail {
        let cell = |place: &str| self.cells.get(&(severity, place.to_owned())).copied();
        cell(&row.name)
            .or_else(|| cell(row.kind.word()))
            .unwrap_or(Detail::None)
    }
}

/// An entry point that a target uses.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct EntryPointUse {
    /// The entry point's name.
    pub entry_point: String,
    /// Written with `?`: only where its file exists already.
    pub if_exists: bool,
    /// Not named in `use`: it follows from `assistants`, and is in use where it is the file that one of them loads.
    #[serde(default)]
    pub follows: bool,
}

/// Who can read a repository. Unknown counts as public.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Visibility {
    /// Everybody, or nobody said.
    #[default]
    Public,
    /// The enterprise.
    Internal,
    /// Those who were invited.
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

    /// Reads the word.
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

/// What happens where somebody changed our text in a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum OnDrift {
    /// A proposal takes it back, and shows the lines that go.
    #[default]
    Propose,
    /// Nothing is proposed there until somebody acts.
    Stop,
}

impl OnDrift {
    /// The words in `targets.yaml`.
    pub const WORDS: [(&str, OnDrift); 2] = [("propose", OnDrift::Propose), ("stop", OnDrift::Stop)];
}

/// A repository that receives lessons, with every default filled in.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct Target {
    /// As written in `targets.yaml`.
    pub name: String,
    /// Where it is.
    pub place: TargetLocation,
    /// What it is about.
    pub tags: Vec<String>,
    /// The assistants that its teams use, by id.
    #[serde(default)]
    pub assistants: Vec<String>,
    /// The entry points that may be in use, in the table's order.
    pub uses: Vec<EntryPointUse>,
    /// What the policy asks for here.
    pub redundancy: Redundancy,
    /// The base branch, where it is written.
    pub base: Option<String>,
    /// Who can read it.
    pub visibility: Visibility,
    /// Switched off: a proposal takes our blocks out.
    pub enabled: bool,
    /// What a plan may touch here.
    #[serde(default)]
    pub fence: PathPolicy,
    /// What happens where somebody changed our text.
    #[serde(default)]
    pub on_drift: OnDrift,
    /// Exceptions that the repository's own file asks for, and that are granted ([`super::target_overrides`]).
    pub declined: Vec<Exception>,
}

impl Target {
    /// Whether incidents, sources and internal lessons may be printed here.
    pub fn may_read_internal(&self) -> bool {
        self.visibility != Visibility::Public
    }
}

/// A lesson that need not stand somewhere.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct Exception {
    /// Which lesson.
    pub lesson: String,
    /// In which target; a name or a glob of names.
    pub target: String,
    /// At which entry point; none: at all of them.
    pub entry_point: Option<String>,
    /// Accepts a warning about the lesson's text instead: the finding's code. Then target and entry point are unused.
    pub accepts: Option<String>,
    /// Why.
    pub reason: String,
    /// Who says so.
    pub by: String,
    /// Until when; later it still holds, with a warning.
    pub until: Option<jiff::civil::Date>,
}

impl Exception {
    /// Whether the exception names this target, by name or by a glob of names (`acme/*`; `**` is every target).
    pub fn names_target(&self, name: &str) -> bool {
        is_named(&self.target, name)
    }
}

/// How proposals look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// The commit's first line; none: made from the content.
    pub title: Option<String>,
    /// Author and committer: name and address.
    pub author: (String, String),
    /// Labels of a pull request.
    pub labels: Vec<String>,
    /// Who is asked to review: logins.
    pub reviewers: Vec<String>,
    /// Who is asked to review: teams of the target's owner, by slug.
    pub team_reviewers: Vec<String>,
    /// Who it is assigned to: logins.
    pub assignees: Vec<String>,
    /// Opened as a draft.
    pub draft: bool,
    /// How long to wait between two proposals.
    pub pace: Duration,
    /// The least severity that opens a proposal by itself.
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

/// Bounds of one run, and whom the store trusts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// More new proposals than this are left for the next run.
    pub max_new_proposals: usize,
    /// More than this that exist since an hour ago, and new ones are left for a later run; none: the hour is not counted.
    pub max_new_proposals_per_hour: Option<usize>,
    /// A plan that touches more files than this in one target is refused.
    pub max_files_per_target: usize,
    /// What a plan may touch in a target that says nothing else.
    pub fence: PathPolicy,
    /// The most that a run writes.
    pub bounds: RunLimits,
    /// Hosts that lessons may name.
    pub hosts: Vec<String>,
    /// What happens where somebody changed our text, in targets that do not say it themselves.
    pub on_drift: OnDrift,
}

impl Default for Policy {
    fn default() -> Self {
        Policy {
            max_new_proposals: 50,
            max_new_proposals_per_hour: None,
            max_files_per_target: 25,
            fence: PathPolicy::default(),
            bounds: RunLimits::default(),
            hosts: Vec::new(),
            on_drift: OnDrift::Propose,
        }
    }
}

/// The states of a target that make a run fail, and that `acknowledge` may name.
pub const FAILING: [&str; 3] = ["blocked", "unreachable", "refused"];

/// A known failure: it does not make a nightly run fail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Acknowledge {
    /// In which target; a name or a glob of names.
    pub target: String,
    /// Which state: one of [`FAILING`].
    pub state: String,
    /// Why it is left as it is.
    pub reason: String,
    /// Until when; later it counts again. None: for good.
    pub until: Option<jiff::civil::Date>,
}

impl Acknowledge {
    /// Whether it speaks of this target, by name or by a glob of names.
    pub fn names_target(&self, name: &str) -> bool {
        is_named(&self.target, name)
    }

    /// Whether a target's failure is known today.
    pub fn holds(&self, target: &str, state: &str, today: jiff::civil::Date) -> bool {
        self.state == state && self.until.is_none_or(|day| today <= day) && self.names_target(target)
    }
}

/// What a run reports besides what it prints.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct ReportSettings {
    /// Keeps one issue in the store, edited in place.
    pub issue: bool,
}

/// Targets to be found on GitHub.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Discover {
    /// The login to look in: an organization's, or a user's.
    pub organization: String,
    /// Whether it was written as `user`.
    pub is_user: bool,
    /// Repositories with one of these topics; empty: any.
    pub topics: Vec<String>,
    /// Repositories with these custom properties.
    pub properties: BTreeMap<String, String>,
    /// Globs of names; empty: all.
    pub include: Vec<String>,
    /// Globs of names that are left out.
    pub exclude: Vec<String>,
    /// Whether forks count.
    pub forks: bool,
    /// The tags that the found targets get.
    pub tags: Vec<String>,
}

/// Whether a name, or a glob of names (`acme/*`; `**` is every target), names a target.
pub(super) fn is_named(pattern: &str, name: &str) -> bool {
    pattern == name || (is_glob(pattern) && Matcher::new(Dialect::Portable, &[pattern]).is_match(name))
}

/// Whether it may stand for several names.
pub(super) fn is_glob(pattern: &str) -> bool {
    pattern.contains(['*', '?', '{'])
}
