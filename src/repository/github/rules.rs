//! Reads the rules on our branch before anything is written, so that nothing is sent to a repository that forbids it.
//!
//! Input: a target and the steps. Output: [`Rules`], with GitHub's last refusal. Not here: what the rules mean for the steps
//! (`pipeline/lifecycle/ruled`).
//!
//! GitHub lists the rules of rulesets for any branch name, even before the branch exists, for any token. It leaves out rulesets
//! that are only evaluated. Another request, for the ruleset, shows whether a rule applies to us. Some rules can't be read: branch
//! protection for names that no branch has yet, and patterns on addresses that only GitHub knows. They only show when a write
//! is refused, so refusals are cached.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::stream::{self, StreamExt as _};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use lessonbook_pipeline::pull_request::{Protection, Remote, Rule, Rules, Step};

use super::GithubConnection;
use super::auth::Access;
use super::client::{GithubCall, branch_path, of_repository, owner};
use super::error::GithubError;
use super::queries;
use super::tokens::clock;

/// How many targets are read at once.
const AT_ONCE: usize = 4;
/// After this time, in seconds, a refused write is tried again: the rule may have been removed.
const REMEMBERED: i64 = 7 * 24 * 3600;

/// A target that would be written to.
#[derive(Debug, Clone, Copy)]
pub struct RulesQuery<'a> {
    /// The target.
    pub remote: &'a Remote,
    /// The steps for the target.
    pub steps: &'a [Step],
    /// The digest of the proposal.
    pub want: &'a str,
}

#[derive(Deserialize)]
struct RulesetShown {
    name: String,
    #[serde(default)]
    current_user_can_bypass: Option<String>,
}

impl GithubConnection {
    /// The rules on our branch of each target, in the same order. `author`: the address of our commits, where the store sets it.
    pub async fn rules_on(
        &self,
        queries: &[RulesQuery<'_>],
        branch: &str,
        author: Option<&str>,
    ) -> Vec<Rules> {
        let each: Vec<_> = queries
            .iter()
            .map(|one| self.rules_of(one, branch, author))
            .collect();
        stream::iter(each).buffered(AT_ONCE).collect().await
    }

    async fn rules_of(&self, query: &RulesQuery<'_>, branch: &str, author: Option<&str>) -> Rules {
        let remote = query.remote;
        // Rules that can't be read are unknown; then GitHub decides when we write.
        let mut rules = self.rules(&remote.name, branch).await.ok().flatten();
        if let Some(rules) = &mut rules {
            self.name_rulesets(&remote.name, rules).await;
        }
        let has_branch = remote
            .snapshot
            .as_ref()
            .is_some_and(|snapshot| snapshot.branch.is_some());
        let protection = if has_branch {
            self.older_protection(&remote.name, branch).await
        } else {
            None
        };
        let key = self.key(query, branch, &format!("{rules:?} {protection:?}"));
        let refused = self.cache.refusal(&key);
        Rules {
            signs: author.is_none() && matches!(self.client.access, Access::App(_)),
            author: author.map(str::to_owned),
            refused: refused.filter(|(at, _)| (0..REMEMBERED).contains(&(clock() - at))),
            rules,
            protection,
            key,
        }
    }

    /// Caches that GitHub refused this proposal with these rules.
    pub fn remember(&self, remote: &Remote, refusal: &GithubError) {
        let key = remote.rules.as_ref().map(|rules| rules.key.as_str());
        if let (Some(key), GithubError::Rule(_) | GithubError::NoPermission { .. }) = (key, refusal) {
            self.cache
                .keep_refusal(key, clock(), &refusal.sentence(), remote.visibility);
        }
    }

    /// The rules of rulesets for a branch, which need not exist; `None` if the token may not read them.
    pub(super) async fn rules(&self, name: &str, branch: &str) -> Result<Option<Vec<Rule>>, GithubError> {
        let mut rules = Vec::new();
        let first = format!("/rules/branches/{}?per_page=100", branch_path(branch));
        let mut path = Some(of_repository(name, &first));
        while let Some(page) = path.take() {
            let Some(answer) = self.get_if_allowed(name, page).await? else {
                return Ok(None);
            };
            let some: Vec<Rule> = answer.json().map_err(GithubError::Down)?;
            rules.extend(some);
            path = answer.next_page();
        }
        Ok(Some(rules))
    }

    /// Reads the name of each ruleset that could stop a step, and whether it applies to us.
    async fn name_rulesets(&self, name: &str, rules: &mut [Rule]) {
        let stopping = rules.iter().filter(|rule| rule.stops().is_some());
        let numbers: BTreeSet<u64> = stopping.map(|rule| rule.ruleset).collect();
        let mut shown: BTreeMap<u64, RulesetShown> = BTreeMap::new();
        for number in numbers {
            let rest = format!("/rulesets/{number}?includes_parents=true");
            let answer = self
                .get_if_allowed(name, of_repository(name, &rest))
                .await
                .ok()
                .flatten();
            let set = answer.and_then(|answer| answer.json().ok());
            shown.extend(set.map(|set| (number, set)));
        }
        for rule in rules.iter_mut() {
            if let Some(set) = shown.get(&rule.ruleset) {
                rule.name = Some(set.name.clone());
                rule.bypassed = match set.current_user_can_bypass.as_deref() {
                    Some("always" | "exempt") => Some(true),
                    Some("never" | "pull_requests_only") => Some(false),
                    _ => None,
                };
            }
        }
    }

    /// The branch protection rule, if the branch exists and GitHub shows it.
    async fn older_protection(&self, name: &str, branch: &str) -> Option<Protection> {
        let (of, repository) = name.split_once('/').unwrap_or((name, ""));
        let branch = format!("refs/heads/{branch}");
        let variables = serde_json::json!({ "owner": of, "name": repository, "branch": branch });
        let call = GithubCall::graphql(of, queries::PROTECTION, &variables, "contents: read");
        let graph = self.client.query(&call, 3).await.ok()?;
        let shown = graph.data?.pointer("/repository/ref/refUpdateRule")?.clone();
        serde_json::from_value(shown).ok()
    }

    /// The key of a cached refusal, which is valid for one proposal, one set of rules and one token.
    fn key(&self, query: &RulesQuery<'_>, branch: &str, rules: &str) -> String {
        let access = match &self.client.access {
            Access::App(_) => format!("app {}", self.client.access.app().unwrap_or_default()),
            Access::Token(token) => {
                format!("token {}", digest(&[secrecy::ExposeSecret::expose_secret(token)]))
            }
        };
        let kinds: Vec<String> = query.steps.iter().map(kind).collect();
        digest(&[
            &query.remote.id,
            branch,
            query.want,
            &kinds.join(","),
            rules,
            &access,
        ])
    }

    /// A response; `None` if the token may not read it.
    pub(super) async fn get_if_allowed(
        &self,
        name: &str,
        path: String,
    ) -> Result<Option<super::response::GithubResponse>, GithubError> {
        let call = GithubCall::get(owner(name), path, "administration: read");
        match self.client.read(&call, 3).await {
            Ok(answer) => Ok(Some(answer)),
            Err(GithubError::NotFound { .. } | GithubError::NoPermission { .. }) => Ok(None),
            Err(refusal) => Err(refusal),
        }
    }
}

/// The kind of a step, without its content, because the content contains the run's number.
fn kind(step: &Step) -> String {
    match step {
        Step::CreateBranch(_) => "create".to_owned(),
        Step::MoveBranch { force, .. } => format!("move {force}"),
        Step::Open { base, .. } => format!("open {base}"),
        Step::DeleteBranch { .. } => "delete".to_owned(),
        _ => "other".to_owned(),
    }
}

fn digest(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.len().to_le_bytes());
        hash.update(part);
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}
