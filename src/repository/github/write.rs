//! Carries out steps: objects first, then the branch in one move, then the pull request.
//!
//! Input: what was read of a target, and [`Step`]s. Output: what each step wrote, and why the rest was not written.
//! Not here: the choice of steps (`pipeline/`), commits (`objects`), labels and comments (`pr_metadata`).
//!
//! Every step can be interrupted after any request and repeated: if the response to a visible change was lost, we look first
//! whether it took effect. A branch is moved only from the commit that was read (`updateRefs` with `beforeOid`).

use http::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use super::client::{GithubCall, branch_path, of_repository, owner, part};
use super::error::{ExistingObject, GithubError};
use super::response::{Graph, RequestError};
use super::{GithubConnection, queries};
use lessonbook_base::finding::{Code, Finding};
use lessonbook_pipeline::pull_request::{Commit, PullText, Remote, Rules, Step, WriteReceipt};

/// The result of a target's steps.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StepsResult {
    /// What each step wrote; if one failed, there are fewer than steps.
    pub wrote: Vec<WriteReceipt>,
    /// Why the next step failed.
    pub failed: Option<GithubError>,
    /// What could not be set on a proposal that was made.
    pub warnings: Vec<Finding>,
}

/// The target that is written to.
pub(super) struct Writer<'a> {
    pub hub: &'a GithubConnection,
    /// `owner/name`, as GitHub spells it now.
    pub name: &'a str,
    /// The name as it is in `targets.yaml`.
    pub target: &'a str,
    pub id: &'a str,
    pub branch: &'a str,
    pub author: Option<(&'a str, &'a str)>,
    /// Whether commits must be created with the mutation that signs them.
    pub signed: bool,
    pub warnings: Vec<Finding>,
}

/// How many times a request is sent whose response is lost.
pub(super) const TRIES: u32 = 3;
pub(super) const PULLS: &str = "pull requests: write";
pub(super) const CONTENTS: &str = "contents: write";

#[derive(Deserialize)]
struct ReferenceShown {
    object: NodeId,
}

#[derive(Deserialize)]
pub(super) struct NodeId {
    pub sha: String,
}

#[derive(Deserialize)]
struct PullShown {
    number: u64,
    html_url: String,
    head: HeadShown,
}

#[derive(Deserialize)]
struct HeadShown {
    r#ref: String,
    repo: Option<RepositoryRef>,
}

#[derive(Deserialize)]
struct RepositoryRef {
    full_name: String,
}

impl GithubConnection {
    /// Carries out steps in order, up to the first that fails. `author`: name and address for commits. With `None` GitHub uses the
    /// token's user, and signs the commits of an App.
    pub async fn carry_out(
        &self,
        remote: &Remote,
        branch: &str,
        steps: &[Step],
        author: Option<(&str, &str)>,
    ) -> StepsResult {
        let mut writer = Writer {
            hub: self,
            name: &remote.name,
            target: remote.requested_name.as_deref().unwrap_or(&remote.name),
            id: &remote.id,
            branch,
            author,
            signed: remote.rules.as_ref().is_some_and(Rules::needs_signing),
            warnings: Vec::new(),
        };
        let mut done = StepsResult::default();
        for step in steps {
            match writer.logged_step(step).await {
                Ok(wrote) => done.wrote.push(wrote),
                Err(refusal) => {
                    done.failed = Some(refusal);
                    break;
                }
            }
        }
        done.warnings = writer.warnings;
        done
    }
}

impl Writer<'_> {
    /// Carries out a step.
    pub async fn step(&mut self, step: &Step) -> Result<WriteReceipt, GithubError> {
        match step {
            Step::CreateBranch(commit) if self.signed => self.create_signed(commit).await,
            Step::CreateBranch(commit) => self.create(commit).await,
            Step::MoveBranch { from, to, force } if self.signed => self.move_signed(from, to, *force).await,
            Step::MoveBranch { from, to, force } => {
                let created = self.commit(to).await?;
                self.move_branch(from, Some(&created.sha), *force).await
            }
            Step::Open {
                base,
                text,
                draft,
                metadata,
            } => {
                let (number, url) = self.pull(base, text, *draft).await?;
                self.mark(number, metadata).await;
                Ok(WriteReceipt::Pull { number, url })
            }
            Step::Reopen { number } => {
                let shown: PullShown = self.patch(*number, json!({ "state": "open" })).await?;
                Ok(WriteReceipt::Pull {
                    number: shown.number,
                    url: shown.html_url,
                })
            }
            Step::Rewrite { number, text } => {
                let _: Value = self
                    .patch(*number, json!({ "title": text.title, "body": text.body }))
                    .await?;
                Ok(WriteReceipt::Done)
            }
            Step::Mark { number, metadata } => Ok(if self.mark(*number, metadata).await {
                WriteReceipt::Done
            } else {
                WriteReceipt::Nothing
            }),
            Step::Say { number, key, text } => self.say(*number, key, text).await,
            Step::Close { number } => {
                let _: Value = self.patch(*number, json!({ "state": "closed" })).await?;
                Ok(WriteReceipt::Done)
            }
            Step::DeleteBranch { from } => self.move_branch(from, None, false).await,
        }
    }

    /// Creates the branch at the finished commit, so that it never points to another one.
    async fn create(&self, commit: &Commit) -> Result<WriteReceipt, GithubError> {
        let created = self.commit(commit).await?;
        let body = json!({ "ref": format!("refs/heads/{}", self.branch), "sha": created.sha });
        let call = self.write(Method::POST, "/git/refs", body, CONTENTS);
        let wrote = |commit: String| Ok(WriteReceipt::Branch { commit });
        for tried in 1.. {
            match self.hub.client.ask(&call).await {
                Ok(_) => return wrote(created.sha),
                Err(RequestError::Refused(GithubError::Exists(ExistingObject::Branch))) => {
                    // Created by a request whose response was lost, in this run or in one that was interrupted.
                    let head = self.head().await?;
                    let held = match head {
                        Some(head) if self.is_same(&head, commit, &created.tree).await? => head,
                        _ => return Err(GithubError::Exists(ExistingObject::Branch)),
                    };
                    return wrote(held);
                }
                Err(RequestError::Refused(refusal)) => return Err(refused(refusal)),
                Err(RequestError::Lost(text)) => {
                    self.pause(tried).await?;
                    match self.head().await? {
                        Some(head) if head == created.sha => return wrote(head),
                        Some(head) => return Err(GithubError::Stale(format!("the branch is at {head}"))),
                        None if tried >= TRIES => return Err(GithubError::Down(text)),
                        None => {}
                    }
                }
            }
        }
        Err(GithubError::Down("the branch could not be created".into()))
    }

    /// Moves or deletes the branch, if it did not move since it was read.
    pub async fn move_branch(
        &self,
        from: &str,
        to: Option<&str>,
        force: bool,
    ) -> Result<WriteReceipt, GithubError> {
        let nowhere = "0".repeat(from.len());
        let input = json!({ "input": {
            "repositoryId": self.id,
            "refUpdates": [{
                "name": format!("refs/heads/{}", self.branch),
                "beforeOid": from,
                "afterOid": to.unwrap_or(&nowhere),
                "force": force,
            }],
        } });
        let call = GithubCall::mutation(owner(self.name), queries::MOVE, &input, CONTENTS);
        let wrote = || match to {
            Some(commit) => WriteReceipt::Branch {
                commit: commit.to_owned(),
            },
            None => WriteReceipt::Done,
        };
        for tried in 1.. {
            let failure = match self.hub.client.ask(&call).await {
                Ok(answer) => match answer.json::<Graph>().map_err(GithubError::Down)?.whole(CONTENTS) {
                    Ok(_) => return Ok(wrote()),
                    Err(refusal) => RequestError::Refused(refusal),
                },
                Err(failure) => failure,
            };
            let head = self.head_after(&failure, tried).await?;
            match (head.as_deref(), failure) {
                (head, _) if head == to => {
                    return Ok(if head.is_none() {
                        WriteReceipt::Nothing
                    } else {
                        wrote()
                    });
                }
                (Some(head), RequestError::Refused(refusal)) if head == from => return Err(refused(refusal)),
                (Some(head), RequestError::Lost(text)) if head == from => {
                    if tried >= TRIES {
                        return Err(GithubError::Down(text));
                    }
                }
                (Some(head), _) => return Err(GithubError::Stale(format!("the branch is at {head}"))),
                (None, _) => return Err(GithubError::Missing("the branch".into())),
            }
        }
        Err(GithubError::Down("the branch could not be moved".into()))
    }

    /// Opens a pull request, or finds the one that is open.
    async fn pull(
        &mut self,
        base: &str,
        text: &PullText,
        mut draft: bool,
    ) -> Result<(u64, String), GithubError> {
        let mut tried = 0;
        loop {
            tried += 1;
            let body = json!({
                "title": text.title, "body": text.body, "head": self.branch, "base": base, "draft": draft,
            });
            let call = self.write(Method::POST, "/pulls", body, PULLS);
            let lost = match self.hub.client.ask(&call).await {
                Ok(answer) => match answer.json::<PullShown>() {
                    Ok(shown) => return Ok((shown.number, shown.html_url)),
                    Err(text) => text,
                },
                Err(RequestError::Refused(GithubError::Exists(ExistingObject::Pull))) => {
                    return self
                        .open_pull(base)
                        .await?
                        .ok_or(GithubError::Exists(ExistingObject::Pull));
                }
                Err(RequestError::Refused(GithubError::Other { message, .. }))
                    if draft && message.contains("Draft pull requests are not supported") =>
                {
                    draft = false;
                    self.warn("GitHub supports no drafts in this repository, so the proposal is not a draft");
                    continue;
                }
                Err(RequestError::Refused(refusal)) => return Err(refused(refusal)),
                Err(RequestError::Lost(text)) => text,
            };
            self.pause(tried).await?;
            if let Some(found) = self.open_pull(base).await? {
                return Ok(found);
            }
            if tried >= TRIES {
                return Err(GithubError::Down(lost));
            }
        }
    }

    /// The open pull request from our branch to this base.
    async fn open_pull(&self, base: &str) -> Result<Option<(u64, String)>, GithubError> {
        let login = part(owner(self.name));
        let rest = format!(
            "/pulls?head={login}:{}&base={}&state=open&per_page=100",
            branch_path(self.branch),
            part(base)
        );
        let call = GithubCall::get(
            owner(self.name),
            of_repository(self.name, &rest),
            "pull requests: read",
        );
        let answer = self.hub.client.read(&call, TRIES).await?;
        let pulls: Vec<PullShown> = answer.json().map_err(GithubError::Down)?;
        let own = |pull: &PullShown| {
            let repository = pull
                .head
                .repo
                .as_ref()
                .map(|repository| repository.full_name.as_str());
            pull.head.r#ref == self.branch
                && repository.is_some_and(|name| name.eq_ignore_ascii_case(self.name))
        };
        let found = pulls.into_iter().find(own);
        Ok(found.map(|pull| (pull.number, pull.html_url)))
    }

    /// Changes a pull request. The request may be sent twice, because it sets the same values again.
    async fn patch<T: serde::de::DeserializeOwned>(
        &self,
        number: u64,
        body: Value,
    ) -> Result<T, GithubError> {
        let call = self.write(Method::PATCH, &format!("/pulls/{number}"), body, PULLS);
        self.again(&call).await
    }

    /// The branch after a request without a result, which may have moved it. An error if the request can't succeed for now.
    pub async fn head_after(
        &self,
        failure: &RequestError,
        tried: u32,
    ) -> Result<Option<String>, GithubError> {
        if let RequestError::Refused(refusal) = failure
            && (refusal.is_for_now() || *refusal == GithubError::Archived)
        {
            return Err(refusal.clone());
        }
        if matches!(failure, RequestError::Lost(_)) {
            self.pause(tried).await?;
        }
        self.head().await
    }

    /// The commit that the branch points to.
    pub async fn head(&self) -> Result<Option<String>, GithubError> {
        let rest = format!("/git/ref/heads/{}", branch_path(self.branch));
        let call = GithubCall::get(
            owner(self.name),
            of_repository(self.name, &rest),
            "contents: read",
        );
        match self.hub.client.read(&call, TRIES).await {
            Ok(answer) => {
                let shown: ReferenceShown = answer.json().map_err(GithubError::Down)?;
                Ok(Some(shown.object.sha))
            }
            Err(GithubError::NotFound { .. }) => Ok(None),
            Err(refusal) => Err(refusal),
        }
    }

    /// Sends a write that may be sent twice without harm.
    pub async fn again<T: serde::de::DeserializeOwned>(
        &self,
        call: &GithubCall<'_>,
    ) -> Result<T, GithubError> {
        for tried in 1.. {
            let lost = match self.hub.client.ask(call).await {
                Ok(answer) => match answer.json() {
                    Ok(shown) => return Ok(shown),
                    Err(text) => text,
                },
                Err(RequestError::Refused(refusal)) => return Err(refused(refusal)),
                Err(RequestError::Lost(text)) => text,
            };
            if tried >= TRIES {
                return Err(GithubError::Down(lost));
            }
            self.pause(tried).await?;
        }
        Err(GithubError::Down("no response".into()))
    }

    /// A write to this repository.
    pub fn write(&self, method: Method, rest: &str, body: Value, needs: &'static str) -> GithubCall<'_> {
        GithubCall::write(
            owner(self.name),
            method,
            of_repository(self.name, rest),
            body,
            needs,
        )
    }

    /// Adds a warning that something could not be set.
    pub fn warn(&mut self, message: impl Into<String>) {
        let finding = Finding::new(Code::ProposalUnmarked, message).target(self.target);
        self.warnings.push(finding);
    }

    /// Waits a moment, because GitHub may not show a change at once.
    pub async fn pause(&self, tried: u32) -> Result<(), GithubError> {
        self.hub.client.pace.rest(tried).await
    }
}

/// If GitHub answers a write with "not found" in a repository that was just read, the token lacks the permission.
pub(super) fn refused(refusal: GithubError) -> GithubError {
    match refusal {
        GithubError::NotFound { what } => GithubError::NoPermission { needs: what },
        other => other,
    }
}
