//! Sets labels, reviewers and assignees of a pull request, and writes comments.
//!
//! Input: a pull request's number, and its metadata. Output: whether anything was set. What could not be set becomes a warning,
//! because the proposal is valid without it. Not here: the proposal (`write`).

use http::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use super::client::{GithubCall, owner};
use super::error::GithubError;
use super::graphql_types::Nodes;
use super::queries;
use super::response::RequestError;
use super::write::{PULLS, TRIES, Writer, refused};
use lessonbook_pipeline::pull_request::{Metadata, WriteReceipt};

/// GitHub's limit for a label's name.
const LABEL: usize = 50;
/// How many pages of a hundred comments are searched.
const PAGES: usize = 20;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CommentNode {
    database_id: Option<u64>,
    body: String,
    viewer_did_author: bool,
}

impl Writer<'_> {
    /// Sets what can be set; returns whether there was anything. Labels are set last, and only if GitHub answered all other
    /// requests: a later run sees by the labels that nothing is missing.
    pub async fn mark(&mut self, number: u64, metadata: &Metadata) -> bool {
        let mut answered = self.reviewers(number, "reviewers", &metadata.reviewers).await;
        answered &= self
            .reviewers(number, "team_reviewers", &metadata.team_reviewers)
            .await;
        if !metadata.assignees.is_empty() {
            let path = format!("/issues/{number}/assignees");
            let body = json!({ "assignees": metadata.assignees });
            let set = self.set(&path, body, "issues: write").await;
            let names: Vec<&String> = metadata.assignees.iter().collect();
            answered &= self.warn_unless_set("assignees", &names, set);
        }
        let (labels, long): (Vec<&String>, Vec<&String>) = metadata
            .labels
            .iter()
            .partition(|label| label.chars().count() <= LABEL);
        for label in long {
            self.warn(format!("the label `{label}` is longer than {LABEL} characters"));
        }
        if !labels.is_empty() && answered {
            let path = format!("/issues/{number}/labels");
            let set = self
                .set(&path, json!({ "labels": labels }), "issues: write")
                .await;
            self.warn_unless_set("labels", &labels, set);
        }
        *metadata != Metadata::default()
    }

    /// Requests reviews. If GitHub refuses the list, each reviewer is requested alone: one that it refuses makes it refuse all.
    async fn reviewers(&mut self, number: u64, key: &str, names: &[String]) -> bool {
        if names.is_empty() {
            return true;
        }
        let path = format!("/pulls/{number}/requested_reviewers");
        let all: Vec<&String> = names.iter().collect();
        let what = if key == "reviewers" {
            "reviewers"
        } else {
            "team reviewers"
        };
        let set = self.set(&path, json!({ key: names }), PULLS).await;
        if names.len() == 1 || !matches!(set, Err(GithubError::Other { .. })) {
            return self.warn_unless_set(what, &all, set);
        }
        let mut answered = true;
        for name in names {
            let set = self.set(&path, json!({ key: [name] }), PULLS).await;
            answered &= self.warn_unless_set(what, &[name], set);
        }
        answered
    }

    /// Sends a request. GitHub may not find a pull request that it just created, so it is sent once more after a moment.
    async fn set(&self, path: &str, body: Value, needs: &'static str) -> Result<(), GithubError> {
        let call = self.write(Method::POST, path, body, needs);
        let first: Result<Value, GithubError> = self.again(&call).await;
        match first {
            Ok(_) => Ok(()),
            Err(GithubError::Other { status: 422, message }) if message.contains("Could not resolve") => {
                self.pause(1).await?;
                self.again::<Value>(&call).await.map(|_| ())
            }
            Err(refusal) => Err(refusal),
        }
    }

    /// Warns if something was not set; returns whether GitHub gave a definite answer.
    fn warn_unless_set(&mut self, what: &str, names: &[&String], set: Result<(), GithubError>) -> bool {
        let Err(refusal) = set else {
            return true;
        };
        let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
        let message = format!(
            "the {what} {} could not be set: {}",
            names.join(", "),
            refusal.sentence()
        );
        self.warn(message);
        !refusal.is_for_now() && !matches!(refusal, GithubError::Down(_))
    }

    /// Comments once: if we already wrote a comment with the same hidden key, it is edited if its text differs.
    pub async fn say(&mut self, number: u64, key: &str, text: &str) -> Result<WriteReceipt, GithubError> {
        let safe = key
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_./:".contains(&byte));
        if !safe || key.contains("--") {
            return Err(GithubError::NotSent(format!(
                "`{key}` has characters that a comment's key can't contain"
            )));
        }
        let mark = format!("<!-- lessonbook:say {key} -->");
        let body = format!("{}\n\n{mark}\n", text.trim_end());
        let mut tried = 0;
        loop {
            tried += 1;
            let held = self.comment(number, &mark).await?;
            let call = match held {
                Some((_, same)) if same.trim_end() == body.trim_end() => {
                    // If an earlier response was lost, this is the comment that was sent.
                    return Ok(if tried == 1 {
                        WriteReceipt::Nothing
                    } else {
                        WriteReceipt::Done
                    });
                }
                Some((id, _)) => {
                    let path = format!("/issues/comments/{id}");
                    self.write(Method::PATCH, &path, json!({ "body": body }), PULLS)
                }
                None => {
                    let path = format!("/issues/{number}/comments");
                    self.write(Method::POST, &path, json!({ "body": body }), PULLS)
                }
            };
            match self.hub.client.ask(&call).await {
                Ok(_) => return Ok(WriteReceipt::Done),
                // The other steps do not depend on the comment.
                Err(RequestError::Refused(GithubError::Locked)) => {
                    let first_line = text.trim().lines().next().unwrap_or_default();
                    self.warn(format!(
                        "the conversation of #{number} is locked, so this comment was not posted: {first_line}"
                    ));
                    return Ok(WriteReceipt::Nothing);
                }
                Err(RequestError::Refused(refusal)) => return Err(refused(refusal)),
                Err(RequestError::Lost(text)) if tried >= TRIES => return Err(GithubError::Down(text)),
                Err(RequestError::Lost(_)) => self.pause(tried).await?,
            }
        }
    }

    /// Our comment with a marker: its number and text. Anyone can write the marker, so only comments of our own user count.
    async fn comment(&self, number: u64, mark: &str) -> Result<Option<(u64, String)>, GithubError> {
        let (of, name) = self.name.split_once('/').unwrap_or((self.name, ""));
        let mut before: Option<String> = None;
        for _ in 0..PAGES {
            let variables = json!({ "owner": of, "name": name, "number": number, "before": before });
            let needs = "pull requests: read";
            let call = GithubCall::graphql(owner(self.name), queries::COMMENTS, &variables, needs);
            let mut data = self.hub.client.query(&call, TRIES).await?.whole(needs)?;
            let shown = data
                .pointer_mut("/repository/pullRequest/comments")
                .map(Value::take);
            let comments: Nodes<CommentNode> = serde_json::from_value(shown.unwrap_or_default())
                .map_err(|error| GithubError::Down(format!("the comments can't be parsed: {error}")))?;
            let ours = comments
                .shown()
                .find(|comment| comment.viewer_did_author && comment.body.contains(mark));
            if let Some(ours) = ours {
                return Ok(ours.database_id.map(|id| (id, ours.body.replace("\r\n", "\n"))));
            }
            before = comments
                .page_info
                .filter(|page| page.has_previous_page)
                .and_then(|page| page.start_cursor);
            if before.is_none() {
                return Ok(None);
            }
        }
        Ok(None)
    }
}
