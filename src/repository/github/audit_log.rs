//! What may write, told in the record of the run: each step before and after, and each request of it.
//!
//! Input: a [`Step`], a [`GithubCall`]. Output: what came of it. Not here: carrying it out (`write`), sending (`client`), the file
//! (`repository/audit_log`). A request that could not be told is not sent: so the record knows of every write that GitHub may have seen.

use octocrab::Octocrab;
use secrecy::SecretString;
use serde_json::Value;

use super::client::{Client, GithubCall};
use super::error::GithubError;
use super::rate_limit::Quota;
use super::response::{GithubResponse, RequestError};
use super::write::Writer;
use crate::repository::audit_log::{AuditLogError, AuditLogFile};
use lessonbook_pipeline::audit_log::{AuditRow, EventOutcome};
use lessonbook_pipeline::pull_request::{Step, WriteReceipt};

impl Writer<'_> {
    /// Carries out a step, and tells the record before and after.
    pub async fn told(&mut self, step: &Step) -> Result<WriteReceipt, GithubError> {
        let Some(record) = self.hub.client.record() else {
            return self.step(step).await;
        };
        let row = AuditRow::step(self.target, self.branch, step);
        record.write(&row).map_err(|why| GithubError::Unrecorded(why.0))?;
        let wrote = self.step(step).await;
        let row = match &wrote {
            Ok(wrote) => row.wrote(wrote),
            Err(refusal) => row.failed(&refusal.finding(self.target)),
        };
        // Without this line nothing more is written: the record is broken then.
        let _told = record.write(&row);
        wrote
    }
}

impl Client {
    /// From now on every request that may write is told there.
    pub fn keep(&self, record: AuditLogFile) {
        // A run has one record; a second one would tell half of it.
        let _first = self.record.set(record);
    }

    /// The record, where somebody asked for one.
    pub fn record(&self) -> Option<&AuditLogFile> {
        self.record.get()
    }

    /// One exchange as a certain client, told in the record if it may write: nothing is sent that could not be told before.
    pub(super) async fn send(
        &self,
        crab: &Octocrab,
        token: &SecretString,
        purse_of: &str,
        call: &GithubCall<'_>,
    ) -> Result<GithubResponse, RequestError> {
        let Some(record) = self.record.get().filter(|_| call.write) else {
            return self.sent(crab, token, purse_of, call).await;
        };
        let what = call.told();
        record
            .request(&what, EventOutcome::Began, Value::Null)
            .map_err(unrecorded)?;
        let answer = self.sent(crab, token, purse_of, call).await;
        let (outcome, after) = match &answer {
            Ok(_) => (EventOutcome::Done, Value::Null),
            Err(RequestError::Refused(refusal)) => (EventOutcome::Failed, refusal.sentence().into()),
            Err(RequestError::Lost(text)) => (EventOutcome::Unknown, text.as_str().into()),
        };
        // It was sent, and that stands there. If this line is missing no further request is sent.
        let _told = record.request(&what, outcome, after);
        answer
    }
}

impl GithubCall<'_> {
    /// Method and path, or the mutation's name. Nothing of the body.
    fn told(&self) -> String {
        let query = self.body.as_ref().and_then(|body| body.get("query")?.as_str());
        let inside = query.and_then(|query| query.split('{').nth(1));
        let name = inside.map(|inside| inside.split('(').next().unwrap_or(inside).trim());
        match name {
            Some(name) if self.purse == Quota::Graphql => format!("{} /graphql {name}", self.method),
            _ => format!("{} {}", self.method, self.path),
        }
    }
}

fn unrecorded(why: AuditLogError) -> RequestError {
    RequestError::Refused(GithubError::Unrecorded(why.0))
}
