//! Reads earlier pull requests from our branch, and when files were last changed.
//!
//! Input: names of repositories. Output: [`PastPull`]s, times and counts. Not here: what they mean for a rollout or for run
//! limits (`pipeline/`).

use std::collections::{BTreeMap, VecDeque};

use serde::Deserialize;
use serde_json::{Map, Value};

use super::GithubConnection;
use super::client::{GithubCall, owner};
use super::error::GithubError;
use super::graphql_types::Nodes;
use lessonbook_base::finding::Finding;
use lessonbook_pipeline::pull_request::PastPull;

/// How many pull requests of a repository are read, each with its complete body.
const PULLS: usize = 20;
/// Repositories in one query that reads bodies; a query for times only can have more.
const WITH_BODIES: usize = 10;
const WITH_TIMES: usize = 100;
/// How many of a repository's newest pull requests are counted: none has more new proposals within an hour.
const RECENT: usize = 5;

/// Files of a repository whose last change is looked up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TouchedFiles {
    /// `owner/name`.
    pub name: String,
    /// The commit whose history is searched, in hexadecimal digits.
    pub commit: String,
    /// The files, each with an optional time range: after the first and not after the second.
    pub looks: Vec<FileTouch>,
}

/// A file, and the time range in which its last change is searched; `None` for any time.
pub type FileTouch = (String, Option<(i64, i64)>);

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PastNode {
    is_cross_repository: bool,
    created_at: jiff::Timestamp,
    #[serde(default)]
    merged_at: Option<jiff::Timestamp>,
    #[serde(default)]
    base_ref_name: String,
    #[serde(default)]
    body: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PullsNode {
    pull_requests: Nodes<PastNode>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CommitTime {
    committed_date: jiff::Timestamp,
}

/// One repository's part of a query.
pub(super) struct QueryPart {
    /// Its position in the result.
    pub at: usize,
    /// `owner/name`.
    pub name: String,
    /// The fields to read; the names of its own variables (`$x`) must be unique in the query.
    pub fields: String,
    /// Variables: name, type and value.
    pub variables: Vec<(String, &'static str, Value)>,
}

impl GithubConnection {
    /// The newest pull requests from our branch of each repository, without those from forks.
    pub async fn past(&self, names: &[&str], branch: &str) -> Vec<Result<Vec<PastPull>, Finding>> {
        let fields = format!(
            "{} {{ nodes {{ isCrossRepository createdAt mergedAt baseRefName body }} }}",
            pulls(PULLS)
        );
        let answers = self.pull_requests(names, branch, &fields, WITH_BODIES).await;
        let past = |node: PastNode| PastPull {
            opened: node.created_at.as_second(),
            merged: node.merged_at.map(jiff::Timestamp::as_second),
            base_branch: node.base_ref_name,
            body: node.body,
        };
        let all = answers.into_iter().zip(names).map(|(answer, name)| {
            let nodes = own(answer).map_err(|refusal| refusal.finding(name))?;
            Ok(nodes.into_iter().map(past).collect())
        });
        all.collect()
    }

    /// How many pull requests from our branch were opened since a time, in all of these repositories. A repository that GitHub does
    /// not show counts as none. A missing response is an error, because there could be some.
    pub async fn opened_since(&self, names: &[&str], branch: &str, since: i64) -> Result<usize, Finding> {
        let fields = format!("{} {{ nodes {{ isCrossRepository createdAt }} }}", pulls(RECENT));
        let answers = self.pull_requests(names, branch, &fields, WITH_TIMES).await;
        let mut number = 0;
        for (answer, name) in answers.into_iter().zip(names) {
            match own(answer) {
                Ok(nodes) => {
                    let new = nodes.iter().filter(|node| node.created_at.as_second() > since);
                    number += new.count();
                }
                Err(GithubError::NotFound { .. }) => {}
                Err(refusal) => return Err(refusal.finding(name)),
            }
        }
        Ok(number)
    }

    /// When each file was last changed, or `None` if it was not; files that GitHub does not report are left out.
    pub async fn touched(&self, requests: &[TouchedFiles]) -> Vec<BTreeMap<FileTouch, Option<i64>>> {
        let part = |(at, request): (usize, &TouchedFiles)| {
            let mut variables = vec![(
                format!("c{at}"),
                "GitObjectID!",
                Value::from(request.commit.as_str()),
            )];
            let mut fields = format!("object(oid: $c{at}) {{ ... on Commit {{");
            for (nth, (path, within)) in request.looks.iter().enumerate() {
                let mut arguments = format!("first: 1, path: $p{at}_{nth}");
                variables.push((format!("p{at}_{nth}"), "String!", Value::from(path.as_str())));
                let times = within.map(|(after, until)| [("since", 's', after + 1), ("until", 'u', until)]);
                for (key, short, time) in times.into_iter().flatten() {
                    let name = format!("{short}{at}_{nth}");
                    arguments.push_str(&format!(", {key}: ${name}"));
                    let time = jiff::Timestamp::from_second(time).unwrap_or(jiff::Timestamp::MAX);
                    variables.push((name, "GitTimestamp", Value::from(time.to_string())));
                }
                fields.push_str(&format!(
                    " p{nth}: history({arguments}) {{ nodes {{ committedDate }} }}"
                ));
            }
            fields.push_str(" } }");
            QueryPart {
                at,
                name: request.name.clone(),
                fields,
                variables,
            }
        };
        let parts = requests.iter().enumerate().map(part).collect();
        let answers = self.in_parts(parts, WITH_BODIES, "contents: read").await;
        let times = requests.iter().enumerate().map(|(at, request)| {
            let Some(Ok(answer)) = answers.get(&at) else {
                return BTreeMap::new();
            };
            let time = |nth: usize| {
                let nodes = answer.pointer(&format!("/object/p{nth}/nodes"))?;
                let nodes: Vec<CommitTime> = serde_json::from_value(nodes.clone()).ok()?;
                Some(nodes.first().map(|node| node.committed_date.as_second()))
            };
            let looks = request.looks.iter().enumerate();
            looks
                .filter_map(|(nth, look)| Some((look.clone(), time(nth)?)))
                .collect()
        });
        times.collect()
    }

    /// Reads the same fields of the pull requests from our branch in many repositories.
    async fn pull_requests(
        &self,
        names: &[&str],
        branch: &str,
        fields: &str,
        most: usize,
    ) -> Vec<Result<Value, GithubError>> {
        let part = |(at, name): (usize, &&str)| QueryPart {
            at,
            name: (*name).to_owned(),
            fields: fields.to_owned(),
            variables: vec![("branch".to_owned(), "String!", Value::from(branch))],
        };
        let parts = names.iter().enumerate().map(part).collect();
        let mut answers = self.in_parts(parts, most, "pull requests: read").await;
        let mut take = |at: usize| {
            let unread = || {
                Err(GithubError::Down(
                    "the response does not contain the repository".into(),
                ))
            };
            answers.remove(&at).unwrap_or_else(unread)
        };
        (0..names.len()).map(&mut take).collect()
    }

    /// Sends the parts in as few queries as possible; a query that fails is halved, down to one repository.
    pub(super) async fn in_parts(
        &self,
        parts: Vec<QueryPart>,
        most: usize,
        needs: &'static str,
    ) -> BTreeMap<usize, Result<Value, GithubError>> {
        let mut groups: BTreeMap<String, Vec<QueryPart>> = BTreeMap::new();
        for part in parts {
            let token = self.client.sessions.key(&self.client.access, owner(&part.name));
            groups.entry(token).or_default().push(part);
        }
        let mut queue: VecDeque<Vec<QueryPart>> = VecDeque::new();
        for mut group in groups.into_values() {
            while !group.is_empty() {
                let rest = group.split_off(group.len().min(most));
                queue.push_back(std::mem::replace(&mut group, rest));
            }
        }
        let mut answers = BTreeMap::new();
        while let Some(mut some) = queue.pop_front() {
            let (query, variables) = query(&some);
            let about = some.first().map_or("", |part| owner(&part.name));
            let call = GithubCall::graphql(about, &query, &variables, needs);
            match self
                .client
                .query(&call, if some.len() == 1 { 3 } else { 1 })
                .await
            {
                Ok(graph) => {
                    for (nth, part) in some.iter().enumerate() {
                        let alias = format!("r{nth}");
                        let node = graph.data.as_ref().and_then(|data| data.get(&alias));
                        let wrong = graph
                            .errors
                            .iter()
                            .find(|wrong| wrong.path.first().and_then(Value::as_str) == Some(&alias));
                        let answer = match (node, wrong) {
                            (Some(node), _) if !node.is_null() => Ok(node.clone()),
                            (_, Some(wrong)) if wrong.kind == "NOT_FOUND" => Err(GithubError::NotFound {
                                what: part.name.clone(),
                            }),
                            (_, Some(wrong)) => {
                                Err(GithubError::from_graphql(&wrong.kind, &wrong.message, needs))
                            }
                            (_, None) => Err(GithubError::Down(
                                "the response does not contain the repository".into(),
                            )),
                        };
                        answers.insert(part.at, answer);
                    }
                }
                Err(GithubError::Down(_)) if some.len() > 1 => {
                    let half = some.split_off(some.len() / 2);
                    queue.extend([some, half]);
                }
                Err(refusal) => {
                    answers.extend(some.iter().map(|part| (part.at, Err(refusal.clone()))));
                }
            }
        }
        answers
    }
}

fn pulls(first: usize) -> String {
    format!(
        "pullRequests(headRefName: $branch, first: {first}, orderBy: {{ field: CREATED_AT, direction: DESC }})"
    )
}

/// The pull requests from the repository itself, without those from forks.
fn own(answer: Result<Value, GithubError>) -> Result<Vec<PastNode>, GithubError> {
    let node: PullsNode = serde_json::from_value(answer?)
        .map_err(|error| GithubError::Down(format!("the response can't be parsed: {error}")))?;
    let nodes = node.pull_requests.nodes.into_iter().flatten();
    Ok(nodes.filter(|node| !node.is_cross_repository).collect())
}

/// One query for several repositories. The response has them as `r0`, `r1`, ….
fn query(parts: &[QueryPart]) -> (String, Value) {
    let (mut declared, mut body) = (Vec::new(), String::new());
    let mut variables = Map::new();
    let mut declare = |name: String, kind: &str, value: Value| {
        if !variables.contains_key(&name) {
            declared.push(format!("${name}: {kind}"));
            variables.insert(name, value);
        }
    };
    for (nth, part) in parts.iter().enumerate() {
        let (of, name) = part.name.split_once('/').unwrap_or((&part.name, ""));
        declare(format!("o{nth}"), "String!", of.into());
        declare(format!("n{nth}"), "String!", name.into());
        for (name, kind, value) in &part.variables {
            declare(name.clone(), kind, value.clone());
        }
        body.push_str(&format!(
            "  r{nth}: repository(owner: $o{nth}, name: $n{nth}) {{ {} }}\n",
            part.fields
        ));
    }
    (
        format!("query({}) {{\n{body}}}\n", declared.join(", ")),
        variables.into(),
    )
}
