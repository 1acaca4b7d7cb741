//! The types of GraphQL responses.
//!
//! Input: JSON. Output: values with GitHub's names. Not here: what they mean (`parse_repository`).

use std::collections::BTreeMap;

use serde::Deserialize;

/// A connection's nodes; GitHub returns `null` for nodes that the token may not see.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_field_names, reason = "GitHub's names")]
pub(super) struct Nodes<T> {
    #[serde(default = "Vec::new")]
    pub nodes: Vec<Option<T>>,
    #[serde(default)]
    pub total_count: u64,
    pub page_info: Option<PageInfo>,
}

/// The cursors of a page.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct PageInfo {
    pub has_next_page: bool,
    pub end_cursor: Option<String>,
    pub has_previous_page: bool,
    pub start_cursor: Option<String>,
}

impl<T> Nodes<T> {
    /// The nodes that are not `null`.
    pub fn shown(&self) -> impl Iterator<Item = &T> + Clone {
        self.nodes.iter().flatten()
    }
}

/// A repository in a batch.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_excessive_bools, reason = "facts, as GitHub returns them")]
pub(super) struct RepositoryNode {
    pub id: String,
    pub name_with_owner: String,
    pub is_archived: bool,
    pub is_disabled: bool,
    pub is_empty: bool,
    pub is_fork: bool,
    pub visibility: String,
    pub viewer_permission: Option<String>,
    pub repository_topics: Nodes<TopicNode>,
    pub default_branch_ref: Option<NameNode>,
    pub base: Option<BaseNode>,
    pub ours: Option<OursNode>,
    pub pull_requests: Nodes<PullNode>,
}

/// A topic of a repository.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct TopicNode {
    pub topic: NameNode,
}

/// Something with a name.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct NameNode {
    pub name: String,
}

/// The base branch.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct BaseNode {
    pub name: String,
    pub target: Option<CommitNode>,
    pub compare: Option<CompareNode>,
}

/// Our branch.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct OursNode {
    pub target: Option<CommitNode>,
}

/// A commit with the requested files.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CommitNode {
    pub oid: String,
    pub committed_date: jiff::Timestamp,
    pub tree: TreeNode,
    /// Under the query's aliases: `s0`, `f0`, `d0`, ….
    #[serde(flatten)]
    pub files: BTreeMap<String, Option<EntryNode>>,
}

/// A folder.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct TreeNode {
    pub oid: String,
    #[serde(default)]
    pub entries: Option<Vec<EntryNode>>,
}

/// An entry of a folder.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct EntryNode {
    /// Absent where the path is known from the query.
    #[serde(default)]
    pub name: String,
    /// Git's mode as a number: 33188 is 100644.
    pub mode: u32,
    pub oid: String,
    pub object: Option<ObjectNode>,
}

/// A blob's text, or a folder's entries.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct ObjectNode {
    pub text: Option<String>,
    pub is_truncated: bool,
    pub byte_size: Option<u64>,
    pub entries: Option<Vec<EntryNode>>,
}

/// The commits between the base and our branch.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CompareNode {
    pub ahead_by: u64,
    pub commits: Nodes<HistoryNode>,
}

/// A commit on our branch.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct HistoryNode {
    pub oid: String,
    pub message: String,
    pub tree: OidNode,
    pub parents: Nodes<OidNode>,
    pub author: Option<PersonNode>,
    pub committer: Option<PersonNode>,
}

/// An object by its id.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct OidNode {
    pub oid: String,
}

/// The author or committer of a commit.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct PersonNode {
    pub name: Option<String>,
    pub email: Option<String>,
}

/// A pull request.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_excessive_bools, reason = "facts, as GitHub returns them")]
pub(super) struct PullNode {
    pub id: String,
    pub number: u64,
    pub url: String,
    pub state: String,
    pub is_draft: bool,
    pub title: String,
    pub body: String,
    pub base_ref_name: String,
    pub head_ref_oid: String,
    pub is_cross_repository: bool,
    pub created_at: jiff::Timestamp,
    pub closed_at: Option<jiff::Timestamp>,
    pub mergeable: String,
    pub review_decision: Option<String>,
    #[serde(default)]
    pub is_in_merge_queue: bool,
    #[serde(default)]
    pub locked: bool,
    pub auto_merge_request: Option<serde::de::IgnoredAny>,
    pub labels: Option<Nodes<NameNode>>,
    pub latest_opinionated_reviews: Option<Nodes<ReviewNode>>,
    pub files: Option<Nodes<PathNode>>,
    pub timeline_items: Nodes<ClosedNode>,
    /// The events of added labels.
    pub labeled: Option<Nodes<LabeledNode>>,
    pub assignees: Option<Nodes<LoginNode>>,
    pub review_requests: Option<Nodes<RequestNode>>,
}

/// A review.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct ReviewNode {
    pub state: String,
    pub author: Option<LoginNode>,
}

/// A requested reviewer; GitHub hides teams from tokens that may not read members.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RequestNode {
    pub requested_reviewer: Option<ReviewerNode>,
}

/// A person or a team.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct ReviewerNode {
    pub login: Option<String>,
    pub slug: Option<String>,
}

/// The event of an added label.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct LabeledNode {
    pub created_at: jiff::Timestamp,
    pub label: NameNode,
}

/// A file of a pull request.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct PathNode {
    pub path: String,
}

/// The event when a pull request was closed.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct ClosedNode {
    #[serde(default)]
    pub actor: Option<LoginNode>,
}

/// A user or App.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct LoginNode {
    pub login: String,
}
