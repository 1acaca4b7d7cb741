//! Targets, policy and exceptions: which repositories receive lessons, at which entry points, and with how much detail.
//!
//! Not here: reading them from `targets.yaml` (`read/targets`, `read/policy`), and the repositories themselves (`repository/`).

use serde::{Deserialize, Serialize};

use super::limits::PathPolicy;
use crate::exception::Exception;
use crate::redundancy::Redundancy;
use crate::settings::OnDrift;

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

/// A folder of a target with settings of its own.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct TargetScope {
    /// The folder, without a slash at its end.
    pub folder: String,
    /// Tags, which select lessons for it.
    pub tags: Vec<String>,
    /// The assistants that people use there, by id.
    pub assistants: Vec<String>,
    /// The entry points of the target that they may load, in the table's order.
    pub uses: Vec<EntryPointUse>,
}
