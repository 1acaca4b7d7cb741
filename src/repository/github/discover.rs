//! Finds targets among the repositories of an organization or a user.
//!
//! Input: a rule of `targets.yaml`. Output: every repository whose name, topics and properties match, with the reason if it is
//! left out anyway. Not here: what happens to repositories that opted out, and reading (`read`).

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::{Value, json};

use super::client::{GithubCall, part};
use super::error::GithubError;
use super::graphql_types::{Nodes, TopicNode};
use super::parse_repository::visibility;
use super::{GithubConnection, queries};
use lessonbook_base::finding::Finding;
use lessonbook_base::globs::{Dialect, Matcher};
use lessonbook_store::{Discover, Visibility};

/// The topic with which a repository opts out.
pub const OPT_OUT: &str = "lessonbook-off";

/// A repository that a rule finds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DiscoveredRepository {
    /// `owner/name`.
    pub name: String,
    /// Its topics.
    pub topics: Vec<String>,
    /// Who can read it.
    pub visibility: Visibility,
    /// Why it is left out; `None` if it is a target.
    pub left_out: Option<SkipReason>,
}

/// Why a matching repository is not a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum SkipReason {
    /// It has the topic [`OPT_OUT`].
    OptedOut,
    /// Read-only.
    Archived,
    /// Disabled by GitHub.
    Disabled,
    /// Without a commit.
    Empty,
    /// A fork, and the rule does not ask for forks.
    Fork,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_excessive_bools, reason = "facts, as GitHub returns them")]
struct RepositoryNodeShown {
    name_with_owner: String,
    is_archived: bool,
    is_disabled: bool,
    is_empty: bool,
    is_fork: bool,
    visibility: String,
    repository_topics: Nodes<TopicNode>,
}

#[derive(Deserialize)]
struct PropertyValue {
    repository_full_name: String,
    #[serde(default)]
    properties: Vec<CustomProperty>,
}

#[derive(Deserialize)]
struct CustomProperty {
    property_name: String,
    value: Value,
}

impl GithubConnection {
    /// Finds the repositories of a rule, in the order of their names.
    pub async fn discover(&self, rule: &Discover) -> Result<Vec<DiscoveredRepository>, Finding> {
        self.find(rule).await.map_err(|refusal| {
            let message = format!("`discover` in {}: {}", rule.organization, refusal.sentence());
            Finding::new(refusal.code(), message).help(refusal.way_out())
        })
    }

    async fn find(&self, rule: &Discover) -> Result<Vec<DiscoveredRepository>, GithubError> {
        let with_properties = if rule.properties.is_empty() {
            None
        } else {
            Some(self.with_properties(rule).await?)
        };
        let names = NameGlobs::new(rule);
        let mut found = Vec::new();
        for shown in self.repositories(&rule.organization).await? {
            let topics: Vec<String> = shown
                .repository_topics
                .shown()
                .map(|topic| topic.topic.name.clone())
                .collect();
            let fits = names.matches(&shown.name_with_owner)
                && (rule.topics.is_empty() || topics.iter().any(|topic| rule.topics.contains(topic)))
                && with_properties
                    .as_ref()
                    .is_none_or(|with| with.contains(&shown.name_with_owner.to_lowercase()));
            if !fits {
                continue;
            }
            let left_out = [
                (topics.iter().any(|topic| topic == OPT_OUT), SkipReason::OptedOut),
                (shown.is_archived, SkipReason::Archived),
                (shown.is_disabled, SkipReason::Disabled),
                (shown.is_empty, SkipReason::Empty),
                (shown.is_fork && !rule.forks, SkipReason::Fork),
            ];
            found.push(DiscoveredRepository {
                left_out: left_out.into_iter().find(|(is, _)| *is).map(|(_, why)| why),
                visibility: visibility(&shown.visibility),
                name: shown.name_with_owner,
                topics,
            });
        }
        found.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(found)
    }

    /// All repositories of an owner that the token may see.
    async fn repositories(&self, login: &str) -> Result<Vec<RepositoryNodeShown>, GithubError> {
        let needs = "metadata: read";
        let mut all = Vec::new();
        let mut after: Option<String> = None;
        loop {
            let variables = json!({ "login": login, "after": after });
            let call = GithubCall::graphql(login, queries::DISCOVER, &variables, needs);
            let graph = self.client.query(&call, 3).await?;
            let shown = graph
                .data
                .as_ref()
                .and_then(|data| data.pointer("/repositoryOwner/repositories"));
            let shown = match (shown, graph.errors.first()) {
                (Some(shown), _) if !shown.is_null() => shown.clone(),
                (_, Some(wrong)) => {
                    return Err(GithubError::from_graphql(&wrong.kind, &wrong.message, needs));
                }
                _ => {
                    return Err(GithubError::NotFound {
                        what: format!("an organization or user `{login}`"),
                    });
                }
            };
            let page: Nodes<RepositoryNodeShown> = serde_json::from_value(shown).map_err(|error| {
                GithubError::Down(format!("the list of repositories can't be parsed: {error}"))
            })?;
            after = page
                .page_info
                .filter(|page| page.has_next_page)
                .and_then(|page| page.end_cursor);
            all.extend(page.nodes.into_iter().flatten());
            if after.is_none() {
                return Ok(all);
            }
        }
    }

    /// The names of repositories with all the required custom properties, in lower case. Only organizations have such properties.
    async fn with_properties(&self, rule: &Discover) -> Result<BTreeSet<String>, GithubError> {
        let login = &rule.organization;
        let mut found = BTreeSet::new();
        let mut path = Some(format!("/orgs/{}/properties/values?per_page=100", part(login)));
        while let Some(page) = path.take() {
            let call = GithubCall::get(login, page, "the organization's custom properties: read");
            let answer = self.client.read(&call, 3).await?;
            let valued: Vec<PropertyValue> = answer.json().map_err(GithubError::Down)?;
            let fitting = valued
                .iter()
                .filter(|one| has_all(&one.properties, &rule.properties));
            found.extend(fitting.map(|one| one.repository_full_name.to_lowercase()));
            path = answer.next_page();
        }
        Ok(found)
    }
}

/// Whether a repository has all required properties. A property can have several values.
fn has_all(held: &[CustomProperty], required: &BTreeMap<String, String>) -> bool {
    required.iter().all(|(name, value)| {
        held.iter()
            .filter(|held| held.property_name == *name)
            .any(|held| match &held.value {
                Value::String(text) => text == value,
                Value::Array(several) => several.iter().any(|one| one.as_str() == Some(value)),
                _ => false,
            })
    })
}

/// Globs for names, with or without the owner.
struct NameGlobs {
    include: Option<Matcher>,
    exclude: Matcher,
}

impl NameGlobs {
    fn new(rule: &Discover) -> Self {
        // The portable glob syntax requires a first folder without a pattern.
        let matcher = |globs: &[String]| {
            let globs: Vec<String> = globs.iter().map(|glob| format!("name/{glob}")).collect();
            Matcher::new(Dialect::Portable, &globs)
        };
        NameGlobs {
            include: (!rule.include.is_empty()).then(|| matcher(&rule.include)),
            exclude: matcher(&rule.exclude),
        }
    }

    fn matches(&self, name: &str) -> bool {
        let short = name.rsplit('/').next().unwrap_or(name);
        let hits = |matcher: &Matcher| {
            [short, name]
                .iter()
                .any(|name| matcher.is_match(&format!("name/{name}")))
        };
        self.include.as_ref().is_none_or(hits) && !hits(&self.exclude)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs_match_names_with_or_without_their_owner() {
        let rule = |include: &[&str], exclude: &[&str]| {
            let all = |globs: &[&str]| globs.iter().map(|glob| (*glob).to_owned()).collect();
            NameGlobs::new(&Discover {
                include: all(include),
                exclude: all(exclude),
                ..Discover::default()
            })
        };
        assert!(rule(&[], &[]).matches("acme/infra-dns"));
        assert!(rule(&["infra-*"], &[]).matches("acme/infra-dns"));
        assert!(rule(&["acme/infra-*"], &[]).matches("acme/infra-dns"));
        assert!(!rule(&["infra-*"], &[]).matches("acme/web"));
        assert!(!rule(&["infra-*"], &["*-archive"]).matches("acme/infra-archive"));
        assert!(!rule(&[], &["{a,b}*"]).matches("acme/bee"));
    }

    #[test]
    fn a_property_may_have_several_values() {
        let held = [CustomProperty {
            property_name: "tier".into(),
            value: json!(["1", "2"]),
        }];
        let wants = |value: &str| has_all(&held, &BTreeMap::from([("tier".to_owned(), value.to_owned())]));
        assert!(wants("2") && !wants("3"));
    }
}
