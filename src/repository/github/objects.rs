//! Creates commits on GitHub from a base tree and the changed files.
//!
//! Input: a [`Commit`]. Output: the ids of the commit and its tree. No branch is moved, so the commit is not visible yet and a
//! request may be sent again. Not here: branches (`write`).

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use http::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use super::client::{GithubCall, of_repository, owner, part};
use super::error::GithubError;
use super::parse_repository::is_blob;
use super::write::{CONTENTS, NodeId, TRIES, Writer};
use crate::repository::commit_digest::with_digest;
use crate::repository::path_safety;
use lessonbook_base::edit::Edit;
use lessonbook_pipeline::pull_request::Commit;

/// A commit that exists on GitHub.
pub(super) struct CreatedCommit {
    pub sha: String,
    pub tree: String,
}

#[derive(Deserialize)]
struct CommitShown {
    tree: NodeId,
    parents: Vec<NodeId>,
    message: String,
}

impl Writer<'_> {
    /// Creates the tree of a commit. Only changed files are sent, so that rules about paths do not apply to unchanged ones.
    pub async fn tree(&self, commit: &Commit) -> Result<String, GithubError> {
        let mut entries = Vec::new();
        for edit in &commit.edits {
            entries.extend(self.entry(edit).await?);
        }
        let body = json!({ "base_tree": commit.onto_tree, "tree": entries });
        let tree: NodeId = self
            .again(&self.write(Method::POST, "/git/trees", body, CONTENTS))
            .await?;
        if tree.sha == commit.onto_tree {
            return Err(GithubError::NotSent("the commit would change nothing".into()));
        }
        Ok(tree.sha)
    }

    /// Creates a commit with one parent.
    pub async fn commit(&self, commit: &Commit) -> Result<CreatedCommit, GithubError> {
        let tree = self.tree(commit).await?;
        let message = self.message(commit, &tree);
        let mut body = json!({ "message": message, "tree": tree, "parents": [commit.onto] });
        if let Some((name, email)) = self.author {
            body["author"] = json!({ "name": name, "email": email });
            body["committer"] = json!({ "name": name, "email": email });
        }
        let created: NodeId = self
            .again(&self.write(Method::POST, "/git/commits", body, CONTENTS))
            .await?;
        Ok(CreatedCommit {
            sha: created.sha,
            tree,
        })
    }

    /// Whether a commit is equal to ours: then we created it with a request whose response was lost.
    pub async fn is_same(&self, head: &str, ours: &Commit, tree: &str) -> Result<bool, GithubError> {
        let path = of_repository(self.name, &format!("/git/commits/{}", part(head)));
        let call = GithubCall::get(owner(self.name), path, "contents: read");
        let shown: CommitShown = self
            .hub
            .client
            .read(&call, TRIES)
            .await?
            .json()
            .map_err(GithubError::Down)?;
        let parents: Vec<&str> = shown.parents.iter().map(|parent| parent.sha.as_str()).collect();
        Ok(shown.tree.sha == tree
            && parents == [ours.onto.as_str()]
            && shown.message.trim_end() == self.message(ours, tree).trim_end())
    }

    /// The message with the digest, which needs the id of the tree.
    pub fn message(&self, commit: &Commit, tree: &str) -> String {
        // The mutation that signs has no author.
        let author = self.author.filter(|_| !self.signed);
        let email = author.map(|(_, email)| email);
        with_digest(&commit.message, tree, &[&commit.onto], email)
    }

    /// One entry of a tree; `None` if the file neither exists nor is to be created.
    async fn entry(&self, edit: &Edit) -> Result<Option<Value>, GithubError> {
        if let Some(why) = path_safety::refused_in_target(&edit.path) {
            return Err(GithubError::NotSent(why));
        }
        let Some(after) = &edit.after else {
            let mode = edit.before.as_ref().map(|before| before.mode.octal());
            return Ok(
                mode.map(|mode| json!({ "path": edit.path, "mode": mode, "type": "blob", "sha": null }))
            );
        };
        let mode = after.mode.octal();
        if let Some(text) = plain(&after.bytes) {
            return Ok(Some(
                json!({ "path": edit.path, "mode": mode, "type": "blob", "content": text }),
            ));
        }
        let body = json!({ "content": BASE64_STANDARD.encode(&after.bytes), "encoding": "base64" });
        let blob: NodeId = self
            .again(&self.write(Method::POST, "/git/blobs", body, CONTENTS))
            .await?;
        if !is_blob(&blob.sha, &after.bytes) {
            return Err(GithubError::Down(format!(
                "GitHub stored different bytes for `{}`",
                edit.path
            )));
        }
        Ok(Some(
            json!({ "path": edit.path, "mode": mode, "type": "blob", "sha": blob.sha }),
        ))
    }
}

/// The bytes as a text that JSON transports unchanged. Byte order marks and NULs can get lost, so such texts are left out.
fn plain(bytes: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(bytes).ok()?;
    (!text.contains(['\u{feff}', '\0'])).then_some(text)
}
