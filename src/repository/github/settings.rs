//! Reads a repository's settings for `doctor`: the token's permissions, and rules and protections.
//!
//! Input: a repository's name and the name of our branch. Output: [`RepositorySettings`]. What the token may not read is
//! unknown. Not here: which settings are a problem.

use serde::Deserialize;
use serde_json::{Value, json};

use super::client::{GithubCall, branch_path, of_repository, owner};
use super::error::GithubError;
use super::parse_repository::{permission, visibility};
use super::{GithubConnection, queries};
use lessonbook_base::finding::Finding;
use lessonbook_pipeline::pull_request::{Permission, Rule};
use lessonbook_store::Visibility;

/// A repository's settings, as far as the token may read them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RepositorySettings {
    /// `owner/name`, as GitHub spells it now.
    pub name: String,
    /// Who can read it.
    pub visibility: Visibility,
    /// The permission of the token's user.
    pub permission: Permission,
    /// The permissions or scopes of the token: `contents: write`, `repo`. Empty for a fine-grained token: GitHub does not show
    /// its permissions.
    pub grants: Vec<String>,
    /// Read-only.
    pub archived: bool,
    /// The default branch; `None` if the repository is empty.
    pub default_branch: Option<String>,
    /// The rules on the default branch; `None` if unknown.
    pub base_rules: Option<Vec<Rule>>,
    /// The rules on our branch; `None` if unknown.
    pub branch_rules: Option<Vec<Rule>>,
    /// Whether a branch protection rule (not a ruleset) covers the default branch; `None` if unknown.
    pub base_protected: Option<bool>,
    /// How many approvals a change of the default branch needs; `None` if unknown, or if it needs none.
    pub approvals: Option<u64>,
    /// Whether a code owner of the changed files must approve; `None` if unknown.
    pub owner_approves: Option<bool>,
    /// The text of CODEOWNERS.
    pub owners: Option<String>,
}

#[derive(Deserialize)]
struct RepositoryShown {
    full_name: String,
    #[serde(default)]
    archived: bool,
    visibility: Option<String>,
    #[serde(default)]
    private: bool,
}

impl RepositoryShown {
    fn visibility(&self) -> Visibility {
        match self.visibility.as_deref() {
            Some(word) => visibility(&word.to_uppercase()),
            None if self.private => Visibility::Private,
            None => Visibility::Public,
        }
    }
}

#[derive(Deserialize)]
struct BranchShown {
    protected: bool,
}

#[derive(Deserialize)]
struct ProtectionNode {
    required_pull_request_reviews: Option<Reviews>,
}

#[derive(Deserialize)]
struct Reviews {
    required_approving_review_count: Option<u64>,
    #[serde(default)]
    require_code_owner_reviews: bool,
}

impl GithubConnection {
    /// Reads a repository's settings. `branch` is our branch: `lessonbook/<name>`.
    pub async fn settings(&self, name: &str, branch: &str) -> Result<RepositorySettings, Finding> {
        self.read_settings(name, branch)
            .await
            .map_err(|refusal| refusal.finding(name))
    }

    /// Who can read a repository.
    pub async fn visibility(&self, name: &str) -> Result<Visibility, Finding> {
        let call = GithubCall::get(owner(name), of_repository(name, ""), "metadata: read");
        let shown = self.client.read(&call, 3).await.and_then(|answer| {
            let shown: RepositoryShown = answer.json().map_err(GithubError::Down)?;
            Ok(shown)
        });
        shown
            .map(|shown| shown.visibility())
            .map_err(|refusal| refusal.finding(name))
    }

    async fn read_settings(&self, name: &str, branch: &str) -> Result<RepositorySettings, GithubError> {
        let call = GithubCall::get(owner(name), of_repository(name, ""), "metadata: read");
        let answer = self.client.read(&call, 3).await?;
        let shown: RepositoryShown = answer.json().map_err(GithubError::Down)?;
        let scopes = answer
            .headers
            .get("x-oauth-scopes")
            .and_then(|scopes| scopes.to_str().ok());
        let session = self
            .client
            .session(owner(name))
            .await
            .map_err(super::response::RequestError::refusal)?;
        let grants = match &session.permissions {
            Some(held) => held.iter().map(|(what, may)| format!("{what}: {may}")).collect(),
            None => words(scopes.unwrap_or_default()),
        };
        let name = shown.full_name.as_str();
        let data = self.owners(name).await?;
        let text = |pointer: &str| data.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
        let default_branch = text("/repository/defaultBranchRef/name");
        let mut facts = RepositorySettings {
            visibility: shown.visibility(),
            permission: permission(text("/repository/viewerPermission").as_deref()),
            grants,
            archived: shown.archived,
            base_rules: None,
            branch_rules: self.rules(name, branch).await?,
            base_protected: None,
            approvals: None,
            owner_approves: None,
            owners: ["a", "b", "c"]
                .iter()
                .find_map(|at| text(&format!("/repository/{at}/text"))),
            default_branch,
            name: name.to_owned(),
        };
        if let Some(base) = facts.default_branch.clone() {
            facts.base_rules = self.rules(name, &base).await?;
            self.protection(&mut facts, &base).await?;
        }
        Ok(facts)
    }

    async fn owners(&self, name: &str) -> Result<Value, GithubError> {
        let (of, repository) = name.split_once('/').unwrap_or((name, ""));
        let variables = json!({ "owner": of, "name": repository });
        let call = GithubCall::graphql(of, queries::OWNERS, &variables, "contents: read");
        let graph = self.client.query(&call, 3).await?;
        // A CODEOWNERS that does not exist may be an error in an otherwise complete response.
        let data = graph
            .data
            .filter(|data| data.pointer("/repository").is_some_and(|shown| !shown.is_null()));
        data.ok_or_else(|| match graph.errors.first() {
            Some(wrong) => GithubError::from_graphql(&wrong.kind, &wrong.message, "contents: read"),
            None => GithubError::Down("the response has no data".into()),
        })
    }

    async fn protection(&self, facts: &mut RepositorySettings, base: &str) -> Result<(), GithubError> {
        for rule in facts
            .base_rules
            .iter()
            .flatten()
            .filter(|rule| rule.kind == "pull_request")
        {
            let count = rule
                .parameters
                .get("required_approving_review_count")
                .and_then(Value::as_u64);
            facts.approvals = facts.approvals.max(count);
            let owner = rule
                .parameters
                .get("require_code_owner_review")
                .and_then(Value::as_bool);
            facts.owner_approves = facts.owner_approves.max(owner);
        }
        let rest = format!("/branches/{}", branch_path(base));
        let Some(answer) = self
            .get_if_allowed(&facts.name, of_repository(&facts.name, &rest))
            .await?
        else {
            return Ok(());
        };
        let shown: BranchShown = answer.json().map_err(GithubError::Down)?;
        facts.base_protected = Some(shown.protected);
        if !shown.protected {
            return Ok(());
        }
        // Only administrators may read the details.
        let path = of_repository(&facts.name, &format!("{rest}/protection"));
        if let Some(answer) = self.get_if_allowed(&facts.name, path).await? {
            let details: ProtectionNode = answer.json().map_err(GithubError::Down)?;
            if let Some(reviews) = details.required_pull_request_reviews {
                facts.approvals = facts.approvals.max(reviews.required_approving_review_count);
                facts.owner_approves = facts.owner_approves.max(Some(reviews.require_code_owner_reviews));
            }
        }
        Ok(())
    }
}

fn words(list: &str) -> Vec<String> {
    let words = list.split(',').map(str::trim).filter(|word| !word.is_empty());
    words.map(str::to_owned).collect()
}
