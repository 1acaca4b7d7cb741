//! GitHub's rules on our branch, as values.
//!
//! Input: what GitHub lists. Output: what a rule prevents, and where people find it. Not here: what a rule means for a proposal
//! (`pipeline/lifecycle/ruled`), and requesting the rules (`repository/github/rules`).

use serde::Deserialize;
use serde_json::Value;

/// A rule of a ruleset, on a branch.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Rule {
    /// GitHub's word: `pull_request`, `update`, `creation`, `branch_name_pattern`, ….
    #[serde(rename = "type")]
    pub kind: String,
    /// The owner of the ruleset: `owner/name`, or the organization.
    #[serde(default, rename = "ruleset_source")]
    pub source: String,
    /// The ruleset's number.
    #[serde(default, rename = "ruleset_id")]
    pub ruleset: u64,
    /// The ruleset's name; none if GitHub was not asked or does not show it.
    #[serde(skip)]
    pub name: Option<String>,
    /// Whether it does not bind us; none if unknown.
    #[serde(skip)]
    pub bypassed: Option<bool>,
    /// Its settings.
    #[serde(default)]
    pub parameters: Value,
}

impl Rule {
    /// What the rule prevents a tool from doing that pushes to this branch; none if it prevents nothing.
    pub fn stops(&self) -> Option<&'static str> {
        Some(match self.kind.as_str() {
            "creation" => "creating the branch",
            "update" => "pushing to the branch",
            "deletion" => "deleting the branch",
            "pull_request" => "pushing without a pull request",
            "merge_queue" => "pushing without the merge queue",
            "non_fast_forward" => "moving the branch to a commit that is not a child of its head",
            "required_signatures" => "pushing commits without a signature",
            "required_status_checks" | "workflows" => "pushing commits that no check has passed",
            "required_deployments" => "pushing commits that were not deployed",
            "branch_name_pattern" => "a branch whose name does not fit a pattern",
            "commit_message_pattern" => "commits whose message does not fit a pattern",
            "commit_author_email_pattern" | "committer_email_pattern" => {
                "commits from an address that does not fit a pattern"
            }
            "file_path_restriction" => "changing certain paths",
            "file_extension_restriction" => "changing files with certain endings",
            "max_file_size" | "max_file_path_length" => "files above a size or length of path",
            _ => return None,
        })
    }

    /// The ruleset, in words by which people find it.
    pub fn place(&self) -> String {
        let name = match &self.name {
            Some(name) => format!("ruleset `{name}` (number {}", self.ruleset),
            None => format!("ruleset number {} (", self.ruleset),
        };
        let comma = if self.name.is_some() { ", " } else { "" };
        format!("{name}{comma}of {})", self.source)
    }
}

/// The older kind of protection on our branch, as far as GitHub shows it to everyone who can push.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_excessive_bools, reason = "GitHub's names")]
pub struct Protection {
    /// The pattern of the branch names that it covers.
    pub pattern: String,
    /// Whether we may push at all.
    pub viewer_can_push: bool,
    /// Whether a branch may lose commits.
    pub allows_force_pushes: bool,
    /// Whether it may be deleted.
    pub allows_deletions: bool,
    /// Whether commits must be signed.
    pub requires_signatures: bool,
    /// How many approvals a change needs; none if no pull request is required.
    pub required_approving_review_count: Option<u64>,
    /// Checks that a commit must have passed.
    #[serde(default)]
    pub required_status_check_contexts: Option<Vec<Option<String>>>,
}

/// What is known about the rules on our branch.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rules {
    /// The rules of rulesets that are in force; none if GitHub does not show them to us.
    pub rules: Option<Vec<Rule>>,
    /// The older kind, if the branch exists.
    pub protection: Option<Protection>,
    /// Whether GitHub signs what we commit through its Git database: it does so for an App that commits in its own name.
    pub signs: bool,
    /// The address of our commits, if it is known.
    pub author: Option<String>,
    /// When GitHub refused this very proposal under these very rules, in seconds since 1970, and its message.
    pub refused: Option<(i64, String)>,
    /// The key by which a refusal is remembered.
    pub key: String,
}

impl Rules {
    /// The rules that bind us, or may bind us.
    pub fn binding(&self) -> impl Iterator<Item = &Rule> {
        self.rules
            .iter()
            .flatten()
            .filter(|rule| rule.bypassed != Some(true))
    }

    /// Whether a commit must be made with the interface that signs it.
    pub fn needs_signing(&self) -> bool {
        let needs_signature = self.binding().any(|rule| rule.kind == "required_signatures");
        let older = self
            .protection
            .as_ref()
            .is_some_and(|older| older.requires_signatures);
        (needs_signature || older) && !self.signs
    }
}
