//! Writes each step and each request that may write to the audit log: one line before and one after.
//!
//! Input: a [`Step`], a [`GithubCall`]. Output: its result. Not here: carrying it out (`write`), sending (`client`), the file
//! (`repository/audit_log`). A request is not sent unless it was logged before, so the log contains every write that GitHub
//! may have received.

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
    /// Carries out a step, and logs it before and after.
    pub async fn logged_step(&mut self, step: &Step) -> Result<WriteReceipt, GithubError> {
        let Some(log) = self.hub.client.audit_log() else {
            return self.step(step).await;
        };
        let row = AuditRow::step(self.target, self.branch, step);
        log.write(&row).map_err(|why| GithubError::Unrecorded(why.0))?;
        let wrote = self.step(step).await;
        let row = match &wrote {
            Ok(wrote) => row.wrote(wrote),
            Err(refusal) => row.failed(&refusal.finding(self.target)),
        };
        // If this fails, the log is broken and nothing more is written.
        let _logged = log.write(&row);
        wrote
    }
}

impl Client {
    /// Sets the audit log for every following request that may write.
    pub fn set_audit_log(&self, log: AuditLogFile) {
        // A run has one audit log; with a second one each would be incomplete.
        let _first = self.audit_log.set(log);
    }

    /// The audit log, if the run has one.
    pub fn audit_log(&self) -> Option<&AuditLogFile> {
        self.audit_log.get()
    }

    /// Sends one request. One that may write is logged first, and not sent if that fails.
    pub(super) async fn send(
        &self,
        crab: &Octocrab,
        token: &SecretString,
        purse_of: &str,
        call: &GithubCall<'_>,
    ) -> Result<GithubResponse, RequestError> {
        let Some(log) = self.audit_log.get().filter(|_| call.write) else {
            return self.sent(crab, token, purse_of, call).await;
        };
        let what = call.summary();
        log.request(&what, EventOutcome::Began, Value::Null)
            .map_err(unrecorded)?;
        let answer = self.sent(crab, token, purse_of, call).await;
        let (outcome, after) = match &answer {
            Ok(_) => (EventOutcome::Done, Value::Null),
            Err(RequestError::Refused(refusal)) => (EventOutcome::Failed, refusal.sentence().into()),
            Err(RequestError::Lost(text)) => (EventOutcome::Unknown, text.as_str().into()),
        };
        // The line before the request is in the log. If this one can't be written, no further request is sent.
        let _logged = log.request(&what, outcome, after);
        answer
    }
}

impl GithubCall<'_> {
    /// Method and path, or the mutation's name; no other part of the body.
    fn summary(&self) -> String {
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
