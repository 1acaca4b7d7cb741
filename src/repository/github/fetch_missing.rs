//! Fetches what one query lacks about a repository: bytes that are not text, deep folders, a complete listing, a long history.
//!
//! Input: a [`RemoteDraft`]. Output: the complete [`Remote`]. Not here: the first response (`parse_repository`), listings
//! (`listing`).

use std::collections::BTreeMap;

use serde::Deserialize;

use super::GithubConnection;
use super::client::{GithubCall, branch_path, of_repository, owner, part};
use super::error::GithubError;
use super::graphql_types::{ObjectNode, PullNode};
use super::parse_repository::{FileOrigin, Missing, RemoteDraft, UnopenedFolder, is_blob, oversized};
use super::pulls::pull;
use super::queries::{self, OVERRIDES, WantedFiles};
use super::target_request::TargetRequest;
use super::tree_id::CachedPath;
use lessonbook_base::code_owners::CODE_OWNERS;
use lessonbook_base::finding::Finding;
use lessonbook_base::git_rules::is_rule_file;
use lessonbook_base::tree::{LARGEST, LARGEST_SUM, Mode, Tree};
use lessonbook_pipeline::pull_request::{Pull, Remote};
use lessonbook_store::Visibility;

/// Blobs in one query.
const TEXTS: usize = 100;

#[derive(Deserialize)]
struct ListedPull {
    number: u64,
}

/// A repository's name, and who can read it.
type RepositoryVisibility<'a> = (&'a str, Visibility);

fn about(remote: &Remote) -> RepositoryVisibility<'_> {
    (&remote.name, remote.visibility)
}

impl GithubConnection {
    /// Lists every path of a target that was read without a listing, and reads entry points in deeper folders.
    pub async fn list_paths(&self, remote: &mut Remote, request: &TargetRequest<'_>) -> Result<(), Finding> {
        let name = remote.name.clone();
        let name = remote.requested_name.clone().unwrap_or_else(|| name.clone());
        self.list(remote, &WantedFiles::new(request), request)
            .await
            .map_err(|refusal| refusal.finding(&name))
    }

    /// Fetches everything that is missing.
    pub(super) async fn complete(
        &self,
        mut draft: RemoteDraft,
        request: &TargetRequest<'_>,
        files: &WantedFiles,
    ) -> Result<Remote, GithubError> {
        for folder in std::mem::take(&mut draft.folders) {
            self.open(&mut draft, &folder, files).await?;
        }
        self.missing(&mut draft).await?;
        if draft.pulls {
            draft.remote.pull = self.own_pull(&draft.remote, request).await?;
        }
        let mut remote = draft.remote;
        if draft.compare {
            self.compare(&mut remote, request.store_name).await?;
        }
        if (request.listing || draft.odd) && remote.snapshot.is_some() {
            self.list(&mut remote, files, request).await?;
        }
        Ok(remote)
    }

    /// Reads the files whose bytes the query did not return, unless they are too large.
    async fn missing(&self, draft: &mut RemoteDraft) -> Result<(), GithubError> {
        let all = std::mem::take(&mut draft.missing);
        let unsized_ones: Vec<CachedPath> = all
            .iter()
            .filter(|missing| missing.size.is_none())
            .map(|missing| CachedPath {
                path: missing.path.clone(),
                mode: missing.mode,
                oid: missing.oid.clone(),
            })
            .collect();
        // By id, because base and branch can have the same path.
        let sized: Vec<&CachedPath> = unsized_ones.iter().collect();
        let mut texts: BTreeMap<String, Text> = BTreeMap::new();
        for (entry, text) in sized.iter().zip(self.texts(about(&draft.remote), &sized).await?) {
            texts.insert(entry.oid.clone(), text);
        }
        for missing in all {
            let text = match texts.get(&missing.oid) {
                Some(text) => text.clone(),
                None => Text::Bytes(self.bytes(about(&draft.remote), &missing.oid).await?),
            };
            take(&mut draft.remote, &missing, text);
        }
        Ok(())
    }

    async fn list(
        &self,
        remote: &mut Remote,
        files: &WantedFiles,
        request: &TargetRequest<'_>,
    ) -> Result<(), GithubError> {
        let is_audited = |path: &str| request.audit.is_some_and(|audit| audit.wants(path));
        let seen_by = remote.visibility;
        let (Some(oid), Some(snapshot)) = (&remote.base_tree, &mut remote.snapshot) else {
            return Ok(());
        };
        let listing = self.listing(&remote.name, oid, seen_by).await?;
        let nested: Vec<&CachedPath> = listing
            .iter()
            .filter(|entry| entry.mode != Mode::Submodule)
            .filter(|entry| {
                files.wants(&entry.path) || is_nested(&entry.path, request) || is_audited(&entry.path)
            })
            .filter(|entry| {
                snapshot
                    .tree
                    .get(&entry.path)
                    .is_none_or(|held| held.content.is_none() && held.unread.is_none())
            })
            .filter(|entry| entry.path != OVERRIDES)
            .collect();
        let texts = self.texts((&remote.name, seen_by), &nested).await?;
        let paths = nested.iter().map(|entry| entry.path.clone());
        let mut loaded: BTreeMap<String, Text> = paths.zip(texts).collect();
        let mut tree = Tree::new();
        for entry in &listing {
            let held = snapshot
                .tree
                .get(&entry.path)
                .and_then(|held| held.content.clone());
            let unread = snapshot.tree.get(&entry.path).and_then(|held| held.unread);
            match held
                .map(|bytes| Text::Bytes(bytes.to_vec()))
                .or_else(|| loaded.remove(&entry.path))
            {
                Some(Text::Bytes(bytes)) => tree.load(&entry.path, entry.mode, bytes),
                Some(Text::TooLarge(size)) => tree.list_unread(&entry.path, entry.mode, size),
                None => match unread {
                    Some(size) => tree.list_unread(&entry.path, entry.mode, size),
                    None => tree.list(&entry.path, entry.mode),
                },
            }
        }
        snapshot.tree = tree;
        remote.listed = true;
        if !request.scopes.is_empty() || !request.disabled_scopes.is_empty() {
            self.list_branch(remote, request).await?;
        }
        Ok(())
    }

    /// Reads the files in deeper folders of our branch, so that it can be compared with what is proposed now.
    async fn list_branch(&self, remote: &mut Remote, request: &TargetRequest<'_>) -> Result<(), GithubError> {
        let seen_by = remote.visibility;
        let branch = remote.snapshot.as_mut().and_then(|one| one.branch.as_mut());
        let (Some(oid), Some(branch)) = (&remote.branch_tree, branch) else {
            return Ok(());
        };
        let listing = self.listing(&remote.name, oid, seen_by).await?;
        let is_known = |path: &str| {
            let held = branch.tree.get(path);
            held.is_some_and(|held| held.content.is_some() || held.unread.is_some())
        };
        let nested: Vec<&CachedPath> = listing
            .iter()
            .filter(|entry| entry.mode != Mode::Submodule && is_nested(&entry.path, request))
            .filter(|entry| !is_known(&entry.path))
            .collect();
        let texts = self.texts((&remote.name, seen_by), &nested).await?;
        for (entry, text) in nested.into_iter().zip(texts) {
            match text {
                Text::Bytes(bytes) => branch.tree.load(&entry.path, entry.mode, bytes),
                Text::TooLarge(size) => branch.tree.list_unread(&entry.path, entry.mode, size),
            }
        }
        Ok(())
    }

    /// The content of listed files, in their order: from the cache, then many in one query, then one by one if the text is not the
    /// file's bytes. A file that is too large, or that would make the total too large, is not read.
    async fn texts(
        &self,
        (name, seen_by): RepositoryVisibility<'_>,
        entries: &[&CachedPath],
    ) -> Result<Vec<Text>, GithubError> {
        let mut found: Vec<Option<Text>> = entries
            .iter()
            .map(|entry| self.cache.blob(&entry.oid).map(Text::Bytes))
            .collect();
        let open: Vec<usize> = (0..entries.len()).filter(|at| found[*at].is_none()).collect();
        for some in open.chunks(TEXTS) {
            let ids: Vec<&str> = some.iter().map(|at| entries[*at].oid.as_str()).collect();
            let (of, repository) = name.split_once('/').unwrap_or((name, ""));
            let variables = serde_json::json!({ "owner": of, "name": repository });
            let call = GithubCall::graphql(of, &queries::blobs(&ids), &variables, "contents: read");
            // If the query fails, each blob is read with a request of its own.
            let graph = self.client.query(&call, 1).await.unwrap_or_default();
            for (nth, at) in some.iter().enumerate() {
                let oid = &entries[*at].oid;
                let shown = graph
                    .data
                    .as_ref()
                    .and_then(|data| data.get("repository")?.get(format!("b{nth}")));
                let object: ObjectNode = shown
                    .and_then(|shown| serde_json::from_value(shown.clone()).ok())
                    .unwrap_or_default();
                if let Some(size) = object.byte_size.filter(|size| *size > LARGEST as u64) {
                    found[*at] = Some(Text::TooLarge(size));
                    continue;
                }
                let text = object.text.filter(|_| !object.is_truncated);
                let bytes = match text.filter(|text| is_blob(oid, text.as_bytes())) {
                    Some(text) => {
                        self.cache.keep_blob(oid, text.as_bytes(), seen_by);
                        text.into_bytes()
                    }
                    None => self.bytes((name, seen_by), oid).await?,
                };
                found[*at] = Some(Text::Bytes(bytes));
            }
        }
        let mut sum = 0;
        let bounded = |text| match text {
            Text::Bytes(bytes) => {
                sum += bytes.len();
                let is_too_much = bytes.len() > LARGEST || sum > LARGEST_SUM;
                if is_too_much {
                    Text::TooLarge(bytes.len() as u64)
                } else {
                    Text::Bytes(bytes)
                }
            }
            Text::TooLarge(size) => Text::TooLarge(size),
        };
        Ok(found.into_iter().flatten().map(bounded).collect())
    }

    /// The exact bytes of a blob.
    async fn bytes(
        &self,
        (name, seen_by): RepositoryVisibility<'_>,
        oid: &str,
    ) -> Result<Vec<u8>, GithubError> {
        if let Some(bytes) = self.cache.blob(oid) {
            return Ok(bytes);
        }
        let path = of_repository(name, &format!("/git/blobs/{}", part(oid)));
        let answer = self.client.read(&GithubCall::raw(owner(name), path), 3).await?;
        if !is_blob(oid, &answer.body) {
            return Err(GithubError::Down(format!(
                "GitHub returned other bytes for the blob {oid}"
            )));
        }
        self.cache.keep_blob(oid, &answer.body, seen_by);
        Ok(answer.body.to_vec())
    }

    /// Lists a folder whose entries the query did not return.
    async fn open(
        &self,
        draft: &mut RemoteDraft,
        folder: &UnopenedFolder,
        files: &WantedFiles,
    ) -> Result<(), GithubError> {
        let (name, seen_by) = about(&draft.remote);
        for entry in self.listing(name, &folder.oid, seen_by).await? {
            let path = format!("{}/{}", folder.path, entry.path);
            if let Some(tree) = tree_of(&mut draft.remote, folder.side) {
                tree.list(&path, entry.mode);
            }
            if files.wants(&path) && entry.mode != Mode::Submodule {
                draft.missing.push(Missing {
                    side: folder.side,
                    path,
                    mode: entry.mode,
                    oid: entry.oid,
                    size: None,
                });
            }
        }
        Ok(())
    }

    /// The newest pull request from the repository's own branch; those from forks with the same branch name are skipped.
    async fn own_pull(
        &self,
        remote: &Remote,
        request: &TargetRequest<'_>,
    ) -> Result<Option<Pull>, GithubError> {
        let (of, _) = remote.name.split_once('/').unwrap_or((&remote.name, ""));
        let branch = format!("lessonbook/{}", request.store_name);
        let rest = format!(
            "/pulls?head={}:{}&state=all&per_page=1",
            part(of),
            branch_path(&branch)
        );
        let call = GithubCall::get(of, of_repository(&remote.name, &rest), "pull requests: read");
        let pulls: Vec<ListedPull> = self
            .client
            .read(&call, 3)
            .await?
            .json()
            .map_err(GithubError::Down)?;
        let Some(first) = pulls.first() else {
            return Ok(None);
        };
        let (_, name) = remote.name.split_once('/').unwrap_or(("", &remote.name));
        let variables = serde_json::json!({ "owner": of, "name": name, "number": first.number });
        let needs = "pull requests: read";
        let call = GithubCall::graphql(of, &queries::pull(), &variables, needs);
        let mut data = self.client.query(&call, 3).await?.whole(needs)?;
        let node = data
            .pointer_mut("/repository/pullRequest")
            .map(serde_json::Value::take);
        let node: PullNode = serde_json::from_value(node.unwrap_or_default())
            .map_err(|error| GithubError::Down(format!("the response can't be parsed: {error}")))?;
        Ok(Some(pull(&node)))
    }
}

fn take(remote: &mut Remote, missing: &Missing, text: Text) {
    if missing.path == OVERRIDES {
        if missing.side == FileOrigin::Base {
            remote.wishes = Some(match text {
                Text::Bytes(bytes) => bytes,
                Text::TooLarge(_) => oversized(),
            });
        }
    } else if let Some(tree) = tree_of(remote, missing.side) {
        match text {
            Text::Bytes(bytes) => tree.load(&missing.path, missing.mode, bytes),
            Text::TooLarge(size) => tree.list_unread(&missing.path, missing.mode, size),
        }
    }
}

/// A file's content, or its size if it is not read.
#[derive(Debug, Clone)]
enum Text {
    Bytes(Vec<u8>),
    TooLarge(u64),
}

fn tree_of(remote: &mut Remote, side: FileOrigin) -> Option<&mut Tree> {
    let snapshot = remote.snapshot.as_mut()?;
    match side {
        FileOrigin::Base => Some(&mut snapshot.tree),
        FileOrigin::Branch => snapshot.branch.as_mut().map(|branch| &mut branch.tree),
    }
}

/// Whether a path is an entry point in a deeper folder, which some assistants load instead of, or after, the one in the root.
fn is_nested(path: &str, request: &TargetRequest<'_>) -> bool {
    let folders = request.scopes.iter().map(|scope| scope.folder.as_str());
    let rows = request.rows.iter();
    is_rule_file(path, folders)
        || !request.scopes.is_empty() && CODE_OWNERS.contains(&path)
        || rows
            .filter(|row| row.kind == lessonbook_store::entry_point::EntryPointKind::Always)
            .any(|row| {
                path.strip_suffix(&row.path)
                    .is_some_and(|head| head.ends_with('/'))
            })
}
