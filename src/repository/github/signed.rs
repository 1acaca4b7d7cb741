//! Creates commits with `createCommitOnBranch`, which GitHub signs for any token.
//!
//! Input: a [`Commit`], if a rule requires signatures and the Git database API would not sign. Output: the branch with it.
//! Not here: whether that mutation can create the commit (`pipeline/lifecycle/ruled`): it can't set file modes, and it needs an
//! existing branch.
//!
//! The tree is created first, with the Git database API, because our commits have a digest of it in their message.
//!
//! A new branch is first created at the parent of our commit. No pull request is open then, so GitHub does not close one because
//! its branch has no changes. If a run is interrupted in between, the next run finds a branch equal to its base and continues.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use http::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::repository::path_safety;
use lessonbook_base::tree::Mode;
use lessonbook_pipeline::pull_request::{Commit, WriteReceipt};

use super::client::{GithubCall, owner};
use super::error::{ExistingObject, GithubError};
use super::queries;
use super::response::{Graph, RequestError};
use super::write::{CONTENTS, TRIES, Writer, refused};

#[derive(Deserialize)]
struct SignedCommit {
    oid: String,
}

impl Writer<'_> {
    /// Creates the branch at the commit's parent, then the commit.
    pub async fn create_signed(&self, commit: &Commit) -> Result<WriteReceipt, GithubError> {
        let changes = changes(commit)?;
        let tree = self.tree(commit).await?;
        let body = json!({ "ref": format!("refs/heads/{}", self.branch), "sha": commit.onto });
        let call = self.write(Method::POST, "/git/refs", body, CONTENTS);
        for tried in 1.. {
            let lost = match self.hub.client.ask(&call).await {
                Ok(_) => break,
                Err(RequestError::Refused(GithubError::Exists(ExistingObject::Branch))) => None,
                Err(RequestError::Refused(refusal)) => return Err(refused(refusal)),
                Err(RequestError::Lost(text)) => Some(text),
            };
            if lost.is_some() {
                self.pause(tried).await?;
            }
            match (self.head().await?, lost) {
                (Some(head), _) if head == commit.onto => break,
                (Some(head), _) if self.is_same(&head, commit, &tree).await? => {
                    return Ok(WriteReceipt::Branch { commit: head });
                }
                (Some(_), _) => return Err(GithubError::Exists(ExistingObject::Branch)),
                (None, Some(text)) if tried >= TRIES => return Err(GithubError::Down(text)),
                (None, Some(_)) => {}
                (None, None) => return Err(GithubError::Missing("the branch".into())),
            }
        }
        self.commit_signed(commit, &tree, &changes).await
    }

    /// Creates the commit on the branch. If the branch is not at the commit's parent, it is moved there first.
    pub async fn move_signed(
        &self,
        from: &str,
        commit: &Commit,
        force: bool,
    ) -> Result<WriteReceipt, GithubError> {
        let changes = changes(commit)?;
        let tree = self.tree(commit).await?;
        if commit.onto != from {
            self.move_branch(from, Some(&commit.onto), force).await?;
        }
        self.commit_signed(commit, &tree, &changes).await
    }

    /// Creates the commit on a branch that is at the commit's parent.
    async fn commit_signed(
        &self,
        commit: &Commit,
        tree: &str,
        changes: &Value,
    ) -> Result<WriteReceipt, GithubError> {
        let message = self.message(commit, tree);
        let (headline, body) = message.split_once('\n').unwrap_or((message.as_str(), ""));
        let input = json!({ "input": {
            "branch": { "repositoryNameWithOwner": self.name, "branchName": self.branch },
            "expectedHeadOid": commit.onto,
            "message": { "headline": headline, "body": body.trim() },
            "fileChanges": changes,
        } });
        let call = GithubCall::mutation(owner(self.name), queries::COMMIT, &input, CONTENTS);
        for tried in 1.. {
            let failure = match self.hub.client.ask(&call).await {
                Ok(answer) => match answer.json::<Graph>().map_err(GithubError::Down)?.whole(CONTENTS) {
                    Ok(data) => match commit_id(&data) {
                        Some(commit) => return Ok(WriteReceipt::Branch { commit }),
                        None => RequestError::Lost("the response does not contain the commit".into()),
                    },
                    Err(refusal) => RequestError::Refused(refusal),
                },
                Err(failure) => failure,
            };
            let head = self.head_after(&failure, tried).await?;
            match (head, failure) {
                (Some(head), RequestError::Refused(refusal)) if head == commit.onto => {
                    return Err(refused(refusal));
                }
                (Some(head), RequestError::Lost(text)) if head == commit.onto => {
                    if tried >= TRIES {
                        return Err(GithubError::Down(text));
                    }
                }
                // Created by a request whose response was lost.
                (Some(head), _) if self.is_same(&head, commit, tree).await? => {
                    return Ok(WriteReceipt::Branch { commit: head });
                }
                (Some(head), _) => return Err(GithubError::Stale(format!("the branch is at {head}"))),
                (None, _) => return Err(GithubError::Missing("the branch".into())),
            }
        }
        Err(GithubError::Down("the commit could not be created".into()))
    }
}

fn commit_id(data: &Value) -> Option<String> {
    let created = data.pointer("/createCommitOnBranch/commit")?;
    let created: SignedCommit = serde_json::from_value(created.clone()).ok()?;
    Some(created.oid)
}

/// The files of a commit in the mutation's format: complete files without a mode.
fn changes(commit: &Commit) -> Result<Value, GithubError> {
    let (mut additions, mut deletions) = (Vec::new(), Vec::new());
    for edit in &commit.edits {
        if let Some(why) = path_safety::refused(&edit.path) {
            return Err(GithubError::NotSent(why));
        }
        match (&edit.before, &edit.after) {
            (_, Some(after)) if after.mode == Mode::File => {
                let contents = BASE64_STANDARD.encode(&after.bytes);
                additions.push(json!({ "path": edit.path, "contents": contents }));
            }
            (_, Some(_)) => {
                let why = format!(
                    "`{}` can't be committed with a signature: it is not a plain file",
                    edit.path
                );
                return Err(GithubError::NotSent(why));
            }
            (Some(_), None) => deletions.push(json!({ "path": edit.path })),
            (None, None) => {}
        }
    }
    if additions.is_empty() && deletions.is_empty() {
        return Err(GithubError::NotSent("the commit would change nothing".into()));
    }
    Ok(json!({ "additions": additions, "deletions": deletions }))
}
