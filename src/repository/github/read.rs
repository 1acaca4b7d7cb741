//! Reads targets, fifty in one query.
//!
//! Input: names, and the entry points in use there. Output: a [`Remote`] or a finding for each, in the same order. A batch that
//! is too large for GitHub is halved, down to one repository; an error of one repository does not affect the others.
//! Not here: parsing a response (`parse_repository`), and fetching what it lacks (`fetch_missing`).

use std::collections::{BTreeMap, VecDeque};

use futures_util::stream::{self, StreamExt as _};

use super::GithubConnection;
use super::auth::Access;
use super::client::{GithubCall, owner};
use super::error::GithubError;
use super::graphql_types::RepositoryNode;
use super::parse_repository::RemoteDraft;
use super::queries::{self, RepositoryQuery, WantedFiles};
use super::response::Graph;
use lessonbook_audit::AuditFiles;
use lessonbook_base::finding::{Code, Finding};
use lessonbook_pipeline::pull_request::{Permission, Remote};
use lessonbook_store::{EntryPoint, TargetScope};

/// Repositories in one query: half of what one page may hold; multi-gitter uses similar sizes.
const BATCH: usize = 50;
/// How many queries or repositories are processed at once. GitHub asks clients to keep this low.
const AT_ONCE: usize = 4;

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

/// The repositories of one query.
struct Batch<'a> {
    queries: Vec<RepositoryQuery>,
    /// Their positions in the result.
    at: Vec<usize>,
    files: &'a WantedFiles,
    store_name: &'a str,
}

type Drafts = BTreeMap<usize, Result<RemoteDraft, GithubError>>;

impl GithubConnection {
    /// Reads targets. `progress` is called with the number of targets that are done.
    pub async fn read(
        &self,
        targets: &[TargetRequest<'_>],
        progress: &dyn Fn(usize),
    ) -> Vec<(String, Result<Remote, Finding>)> {
        let files = tables(targets);
        let batches = self.batches(targets, &files);
        let mut drafts: Drafts = stream::iter(batches)
            .map(|batch| self.batch(batch))
            .buffer_unordered(AT_ONCE)
            .fold(Drafts::new(), |mut all, some| async {
                all.extend(some);
                all
            })
            .await;
        let open = targets.iter().enumerate().map(|(at, one)| {
            let unread = Err(GithubError::Down(
                "the response does not contain the repository".into(),
            ));
            let draft = drafts.remove(&at).unwrap_or(unread);
            self.finish(at, one, &files, draft)
        });
        let open: Vec<_> = open.collect();
        let mut done: Vec<(usize, Result<Remote, Finding>)> = stream::iter(open)
            .buffer_unordered(AT_ONCE)
            .enumerate()
            .map(|(so_far, result)| {
                progress(so_far + 1);
                result
            })
            .collect()
            .await;
        done.sort_by_key(|(at, _)| *at);
        let name = |at: usize| {
            targets
                .get(at)
                .map_or_else(String::new, |one| one.name.to_owned())
        };
        done.into_iter().map(|(at, read)| (name(at), read)).collect()
    }

    /// Groups targets that one token and one query can read.
    fn batches<'a>(&self, targets: &[TargetRequest<'a>], files: &'a [WantedFiles]) -> Vec<Batch<'a>> {
        let mut groups: BTreeMap<(String, &str, usize), Vec<usize>> = BTreeMap::new();
        for (at, one) in targets.iter().enumerate() {
            let token = self.client.sessions.key(&self.client.access, owner(one.name));
            let table = WantedFiles::new(one);
            let table = files.iter().position(|files| *files == table).unwrap_or_default();
            groups.entry((token, one.store_name, table)).or_default().push(at);
        }
        let mut batches = Vec::new();
        for ((_, store_name, table), members) in groups {
            for some in members.chunks(BATCH) {
                let queries = some.iter().map(|at| RepositoryQuery {
                    name: targets[*at].name.to_owned(),
                    base: targets[*at].base.map(str::to_owned),
                });
                batches.push(Batch {
                    queries: queries.collect(),
                    at: some.to_vec(),
                    files: &files[table],
                    store_name,
                });
            }
        }
        batches
    }

    /// Reads a batch, or its halves if it is too large.
    async fn batch(&self, batch: Batch<'_>) -> Drafts {
        let mut drafts = Drafts::new();
        let mut queue = VecDeque::from([batch]);
        while let Some(batch) = queue.pop_front() {
            let alone = batch.at.len() == 1;
            let branch = format!("lessonbook/{}", batch.store_name);
            let (query, variables) = queries::batch(&batch.queries, batch.files, &branch);
            let about = batch.queries.first().map_or("", |query| owner(&query.name));
            let call = GithubCall::graphql(
                about,
                &query,
                &variables,
                "contents: read and pull requests: read",
            );
            let answer = self.client.query(&call, if alone { 3 } else { 1 }).await;
            let again = match answer {
                Ok(graph) => self.sort(&batch, graph, &mut drafts).await,
                Err(GithubError::Down(_)) if !alone => batch.at.clone(),
                Err(refusal) => {
                    let all = batch.at.iter().map(|at| (*at, Err(refusal.clone())));
                    drafts.extend(all);
                    Vec::new()
                }
            };
            for half in batch.halves(&again) {
                queue.push_back(half);
            }
        }
        drafts
    }

    /// Takes the repositories in a response; returns those that are worth another request.
    async fn sort(&self, batch: &Batch<'_>, mut graph: Graph, drafts: &mut Drafts) -> Vec<usize> {
        let may = self.may(batch).await;
        let mut again = Vec::new();
        for (nth, (at, query)) in batch.at.iter().zip(&batch.queries).enumerate() {
            let alias = format!("r{nth}");
            let about =
                |path: &[serde_json::Value]| path.first().and_then(|first| first.as_str()) == Some(&alias);
            let wrong = graph.errors.iter().filter(|wrong| about(&wrong.path));
            // A file, branch or comparison that does not exist is not an error of the repository.
            let mut wrong = wrong.filter(|wrong| wrong.path.len() == 1 || wrong.kind != "NOT_FOUND");
            let needs = "contents: read and pull requests: read";
            let refusal = wrong.next().map(|wrong| match wrong.kind.as_str() {
                "NOT_FOUND" => GithubError::NotFound {
                    what: query.name.clone(),
                },
                _ => GithubError::from_graphql(&wrong.kind, &wrong.message, needs),
            });
            let node = graph
                .data
                .as_mut()
                .and_then(|data| data.get_mut(&alias))
                .map(serde_json::Value::take);
            let node = node.filter(|node| !node.is_null());
            let draft = match (refusal, node) {
                (Some(GithubError::Down(_)), _) | (None, None) if batch.at.len() > 1 => {
                    again.push(*at);
                    continue;
                }
                (Some(refusal), _) => Err(refusal),
                (None, None) => Err(unexplained(&graph)),
                (None, Some(node)) => serde_json::from_value::<RepositoryNode>(node)
                    .map(|node| RemoteDraft::from_node(node, &query.name, batch.files, batch.store_name, may))
                    .map_err(|error| GithubError::Down(format!("the response can't be parsed: {error}"))),
            };
            drafts.insert(*at, draft);
        }
        again
    }

    /// The permission of an App's installation. GitHub returns it with the token, not with each repository.
    async fn may(&self, batch: &Batch<'_>) -> Option<Permission> {
        let Access::App(_) = &self.client.access else {
            return None;
        };
        let about = batch.queries.first().map_or("", |query| owner(&query.name));
        let session = self.client.session(about).await.ok()?;
        let permissions = session.permissions.as_ref()?;
        let writes = |name: &str| permissions.get(name).is_some_and(|may| may == "write");
        Some(if writes("contents") && writes("pull_requests") {
            Permission::Write
        } else {
            Permission::Read
        })
    }

    /// Fetches what a draft lacks.
    async fn finish(
        &self,
        at: usize,
        target: &TargetRequest<'_>,
        files: &[WantedFiles],
        draft: Result<RemoteDraft, GithubError>,
    ) -> (usize, Result<Remote, Finding>) {
        let table = WantedFiles::new(target);
        let table = files.iter().find(|files| **files == table).unwrap_or(&table);
        let result = match draft {
            Ok(draft) => self.complete(draft, target, table).await,
            Err(refusal) => Err(refusal),
        };
        let read = result
            .map_err(|refusal| refusal.finding(target.name))
            .and_then(
                |remote| match target.base.filter(|_| remote.snapshot.is_none() && !remote.empty) {
                    Some(base) => Err(base_missing(target.name, base)),
                    None => Ok(remote),
                },
            );
        (at, read)
    }
}

impl<'a> Batch<'a> {
    /// The repositories to read again, in two batches.
    fn halves(&self, again: &[usize]) -> Vec<Batch<'a>> {
        if again.is_empty() {
            return Vec::new();
        }
        let pieces = again.chunks(again.len().div_ceil(2));
        pieces
            .map(|piece| {
                let queries = self
                    .at
                    .iter()
                    .zip(&self.queries)
                    .filter(|(at, _)| piece.contains(at));
                Batch {
                    queries: queries.map(|(_, query)| query.clone()).collect(),
                    at: piece.to_vec(),
                    files: self.files,
                    store_name: self.store_name,
                }
            })
            .collect()
    }
}

/// The different sets of files that are read.
fn tables(targets: &[TargetRequest<'_>]) -> Vec<WantedFiles> {
    let mut tables: Vec<WantedFiles> = Vec::new();
    for one in targets {
        let files = WantedFiles::new(one);
        if !tables.contains(&files) {
            tables.push(files);
        }
    }
    tables
}

/// The error for a repository that the response does not contain.
fn unexplained(graph: &Graph) -> GithubError {
    match graph.errors.iter().find(|wrong| wrong.path.is_empty()) {
        Some(wrong) => GithubError::from_graphql(&wrong.kind, &wrong.message, "contents: read"),
        None => GithubError::Down("the response does not contain the repository".into()),
    }
}

fn base_missing(target: &str, base: &str) -> Finding {
    Finding::new(
        Code::BaseUnclear,
        format!("there is no branch `{base}` on GitHub"),
    )
    .effect("nothing can be proposed to this target")
    .help("correct `base` in targets.yaml, or remove it to use the default branch")
    .target(target)
}
