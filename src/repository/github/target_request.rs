//! What is read of a target on GitHub.
//!
//! Not here: the query (`queries`), and reading (`read`).

use lessonbook_audit::AuditFiles;
use lessonbook_store::{EntryPoint, TargetScope};

/// A target to read.
#[derive(Debug, Clone, Copy)]
pub struct TargetRequest<'a> {
    /// `owner/name`.
    pub name: &'a str,
    /// The base branch, if the store sets it; otherwise the default branch is used.
    pub base: Option<&'a str>,
    /// The store's name: our branch is `lessonbook/<name>`.
    pub store_name: &'a str,
    /// The entry points whose files are read.
    pub rows: &'a [EntryPoint],
    /// The folders with files of their own, whose git rules are read.
    pub scopes: &'a [TargetScope],
    /// The folders of disabled scopes, in which our branch may differ, too.
    pub disabled_scopes: &'a [String],
    /// Whether every path must be listed.
    pub listing: bool,
    /// Whether workflows are read.
    pub workflows: bool,
    /// Whether Copilot's custom agents are read.
    pub custom_agents: bool,
    /// Which files an audit reads, too; they are read only with a listing.
    pub audit: Option<&'a AuditFiles>,
}
