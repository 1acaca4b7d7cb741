//! Writes the dashboard: one issue that shows the state of every target, edited in place.
//!
//! Input: a title and a body with a hidden line that names the store. Output: whether the issue was created, edited or up to
//! date; and a comment if states changed. Not here: the text (`report/`).

use http::Method;
use serde::Deserialize;
use serde_json::json;

use super::GithubConnection;
use super::client::{GithubCall, of_repository, owner};
use super::error::GithubError;
use super::write::TRIES;
use lessonbook_base::finding::Finding;
use lessonbook_pipeline::pull_request::WriteReceipt;

/// The label by which the issue is found.
const LABEL: &str = "lessonbook";
const NEEDS: &str = "issues: write";

/// The content of the issue.
#[derive(Debug, Clone)]
pub struct Dashboard {
    /// Its title.
    pub title: String,
    /// Its body, which ends with the hidden line.
    pub body: String,
    /// The start of the hidden line by which this store's issue is found.
    pub mark: String,
    /// Compares the old and the new body, and returns the text of a comment if a change is worth one.
    pub news: fn(&str, &str) -> Option<String>,
}

#[derive(Deserialize)]
struct IssueShown {
    number: u64,
    html_url: String,
    #[serde(default)]
    body: Option<String>,
    pull_request: Option<serde_json::Value>,
}

impl GithubConnection {
    /// Creates or edits the issue in the store's repository.
    pub async fn update_dashboard(&self, store: &str, board: &Dashboard) -> Result<WriteReceipt, Finding> {
        self.keep(store, board)
            .await
            .map_err(|refusal| refusal.finding(store))
    }

    async fn keep(&self, store: &str, board: &Dashboard) -> Result<WriteReceipt, GithubError> {
        let Some(held) = self.held(store, board).await? else {
            let body = json!({ "title": board.title, "body": board.body, "labels": [LABEL] });
            let call = GithubCall::write(
                owner(store),
                Method::POST,
                of_repository(store, "/issues"),
                body,
                NEEDS,
            );
            return match self.client.ask(&call).await {
                Ok(answer) => {
                    let created: IssueShown = answer.json().map_err(GithubError::Down)?;
                    Ok(WriteReceipt::Pull {
                        number: created.number,
                        url: created.html_url,
                    })
                }
                // The response was lost: look whether the issue exists instead of sending the request again.
                Err(_) => match self.held(store, board).await? {
                    Some(created) => Ok(WriteReceipt::Pull {
                        number: created.number,
                        url: created.html_url,
                    }),
                    None => Err(GithubError::Down("the issue could not be created".into())),
                },
            };
        };
        let before = held.body.unwrap_or_default().replace("\r\n", "\n");
        if before.trim_end() == board.body.trim_end() {
            return Ok(WriteReceipt::Nothing);
        }
        if let Some(news) = (board.news)(&before, &board.body) {
            let path = of_repository(store, &format!("/issues/{}/comments", held.number));
            let call = GithubCall::write(owner(store), Method::POST, path, json!({ "body": news }), NEEDS);
            match self.send(&call).await {
                // A comment is not necessary: the issue's body shows everything.
                Ok(()) | Err(GithubError::Locked) => {}
                Err(refusal) => return Err(refusal),
            }
        }
        let path = of_repository(store, &format!("/issues/{}", held.number));
        let body = json!({ "title": board.title, "body": board.body });
        self.send(&GithubCall::write(owner(store), Method::PATCH, path, body, NEEDS))
            .await?;
        Ok(WriteReceipt::Done)
    }

    async fn send(&self, call: &GithubCall<'_>) -> Result<(), GithubError> {
        match self.client.ask(call).await {
            Ok(_) => Ok(()),
            Err(super::response::RequestError::Refused(refusal)) => Err(refusal),
            Err(super::response::RequestError::Lost(text)) => Err(GithubError::Down(text)),
        }
    }

    /// The store's open issue, by label and hidden line.
    async fn held(&self, store: &str, board: &Dashboard) -> Result<Option<IssueShown>, GithubError> {
        let path = of_repository(store, &format!("/issues?labels={LABEL}&state=open&per_page=100"));
        let answer = self
            .client
            .read(&GithubCall::get(owner(store), path, "issues: read"), TRIES)
            .await?;
        let issues: Vec<IssueShown> = answer.json().map_err(GithubError::Down)?;
        let ours = |issue: &IssueShown| {
            issue.pull_request.is_none()
                && issue
                    .body
                    .as_deref()
                    .is_some_and(|body| body.contains(&board.mark))
        };
        Ok(issues.into_iter().find(ours))
    }
}
