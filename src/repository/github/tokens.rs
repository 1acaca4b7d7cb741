//! Provides the token for a repository's owner: the user's own, or that of an App's installation.
//!
//! Input: the owner. Output: a [`Session`]. An App's token for an owner is created when it is first needed and renewed five
//! minutes before it expires. Not here: requests (`client`).

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use http::Method;
use secrecy::SecretString;
use serde::Deserialize;

use super::auth::{Access, App};
use super::client::{Client, GithubCall, part};
use super::error::GithubError;
use super::rate_limit::Quota;
use super::response::RequestError;
use crate::repository::github::sessions::Session;

#[derive(Deserialize)]
struct Installation {
    id: u64,
}

#[derive(Deserialize)]
struct IssuedToken {
    token: SecretString,
    expires_at: jiff::Timestamp,
    #[serde(default)]
    permissions: BTreeMap<String, String>,
}

impl Client {
    /// The session for an owner's repositories.
    pub async fn session(&self, owner: &str) -> Result<Arc<Session>, RequestError> {
        let key = self.sessions.key(&self.access, owner);
        // Locked while a token is created, so that only one is.
        let mut held = self.sessions.held.lock().await;
        if let Some(session) = held.get(&key)
            && session.renew.is_none_or(|renew| clock() < renew)
        {
            return Ok(Arc::clone(session));
        }
        let session = match &self.access {
            Access::Token(token) => Session {
                crab: self.crab(token),
                token: token.clone(),
                permissions: None,
                renew: None,
            },
            Access::App(app) => self.installation(app, owner).await?,
        };
        let session = Arc::new(session);
        held.insert(key, Arc::clone(&session));
        Ok(session)
    }

    async fn installation(&self, app: &App, owner: &str) -> Result<Session, RequestError> {
        let needs = "the App to be installed for the owner";
        let organization = GithubCall::get(owner, format!("/orgs/{}/installation", part(owner)), needs);
        let found = match self.as_app(app, &organization).await {
            Err(RequestError::Refused(GithubError::NotFound { .. })) => {
                let user = GithubCall::get(owner, format!("/users/{}/installation", part(owner)), needs);
                self.as_app(app, &user).await
            }
            other => other,
        };
        let found: Installation = found.map_err(|failure| match failure {
            RequestError::Refused(GithubError::NotFound { .. }) => {
                RequestError::Refused(GithubError::NotFound {
                    what: format!("the App is not installed for `{owner}`"),
                })
            }
            other => other,
        })?;
        let path = format!("/app/installations/{}/access_tokens", found.id);
        let call = GithubCall::get(owner, path, needs).post();
        let created: IssuedToken = self.as_app(app, &call).await?;
        Ok(Session {
            crab: self.crab(&created.token),
            token: created.token,
            permissions: Some(created.permissions),
            renew: Some(created.expires_at.as_second() - 300),
        })
    }

    /// Sends a request as the App itself. It is repeated if its response is lost: creating a token twice does no harm.
    async fn as_app<T: serde::de::DeserializeOwned>(
        &self,
        app: &App,
        call: &GithubCall<'_>,
    ) -> Result<T, RequestError> {
        let mut tried = 0;
        loop {
            tried += 1;
            self.pace
                .turn("", Quota::Rest, false)
                .await
                .map_err(RequestError::Refused)?;
            let token = app.token(clock()).map_err(RequestError::Refused)?;
            match self.send(&self.crab(&token), &token, "", call).await {
                Ok(answer) => {
                    // The parser's message could contain the token.
                    return answer.json().map_err(|_| {
                        RequestError::Lost("the response about the App can't be parsed".into())
                    });
                }
                Err(RequestError::Lost(_) | RequestError::Refused(GithubError::Limited { until: None }))
                    if tried < 4 =>
                {
                    self.pace.rest(tried).await.map_err(RequestError::Refused)?;
                }
                Err(failure) => return Err(failure),
            }
        }
    }
}

impl GithubCall<'_> {
    /// The same request with POST and an empty object. It creates a token, so it does not count as a write.
    fn post(self) -> Self {
        self.with(Method::POST, serde_json::json!({}))
    }
}

/// Seconds since 1970.
pub(super) fn clock() -> i64 {
    let time = SystemTime::now().duration_since(UNIX_EPOCH);
    time.ok()
        .and_then(|time| i64::try_from(time.as_secs()).ok())
        .unwrap_or_default()
}
