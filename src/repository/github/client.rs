//! Sends one request to GitHub and reads the response.
//!
//! Input: a [`GithubCall`]. Output: a [`GithubResponse`], or why there is none. Not here: the content of requests (`queries`,
//! `write`), and tokens (`tokens`).
//!
//! Requests wait for their turn and for rate limits (`rate_limit`). A read is repeated after a failure. A write is sent once: if
//! its response is lost, the result is [`RequestError::Lost`], and the caller must look whether it took effect.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use ::http::{HeaderMap, Method, StatusCode, Uri};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Limited};
use octocrab::Octocrab;
use octocrab::service::middleware::base_uri::BaseUriLayer;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use secrecy::SecretString;
use serde_json::Value;
use tokio::time::timeout;

use super::auth::{Access, Env, Server};
use super::error::GithubError;
use super::http as connection;
use super::http::Http;
use super::rate_limit::{Quota, RateLimiter};
use super::response::{GithubResponse, Graph, RequestError, causes, clean, judge};
use super::sessions::Sessions;
use crate::repository::audit_log::AuditLogFile;

/// The largest response that is read: a blob on GitHub has at most 100 MB.
const LARGEST: usize = 120 * 1024 * 1024;
/// How many times one request waits for a rate limit.
const PATIENCE: u32 = 6;

/// Sends requests.
pub(super) struct Client {
    pub(super) access: Access,
    pub(super) server: Server,
    pub(super) pace: RateLimiter,
    pub(super) sessions: Sessions,
    http: Http,
    timeout: Duration,
    /// Every request that may write is logged here before it is sent.
    pub(super) audit_log: OnceLock<AuditLogFile>,
    requests: AtomicU64,
    writes: AtomicU64,
}

/// A request.
#[derive(Debug, Clone)]
pub(super) struct GithubCall<'a> {
    /// The owner of the repository: an App has a token for each owner.
    pub owner: &'a str,
    pub(super) method: Method,
    /// The path below the server's address; empty for GraphQL, which has its own address.
    pub(super) path: String,
    pub(super) body: Option<Value>,
    /// Whether the response is a blob's bytes instead of JSON.
    raw: bool,
    /// The `ETag` of an earlier response: if it is still valid, the response is empty.
    unless: Option<String>,
    pub(super) purse: Quota,
    pub(super) write: bool,
    /// The permission that the request needs, for the message if GitHub refuses it.
    needs: &'a str,
}

impl<'a> GithubCall<'a> {
    /// Reads JSON.
    pub fn get(owner: &'a str, path: String, needs: &'a str) -> Self {
        GithubCall {
            owner,
            method: Method::GET,
            path,
            body: None,
            raw: false,
            unless: None,
            purse: Quota::Rest,
            write: false,
            needs,
        }
    }

    /// Reads a blob's bytes.
    pub fn raw(owner: &'a str, path: String) -> Self {
        GithubCall {
            raw: true,
            ..GithubCall::get(owner, path, "contents: read")
        }
    }

    /// Writes.
    pub fn write(owner: &'a str, method: Method, path: String, body: Value, needs: &'a str) -> Self {
        GithubCall {
            method,
            body: Some(body),
            write: true,
            ..GithubCall::get(owner, path, needs)
        }
    }

    /// The same request, with an empty response if the one with this `ETag` is still valid.
    #[must_use]
    pub fn unless(self, tag: Option<String>) -> Self {
        GithubCall { unless: tag, ..self }
    }

    /// The same request with another method and a body.
    pub fn with(self, method: Method, body: Value) -> Self {
        GithubCall {
            method,
            body: Some(body),
            ..self
        }
    }

    /// Reads with GraphQL.
    pub fn graphql(owner: &'a str, query: &str, variables: &Value, needs: &'a str) -> Self {
        GithubCall {
            method: Method::POST,
            body: Some(serde_json::json!({ "query": query, "variables": variables })),
            purse: Quota::Graphql,
            ..GithubCall::get(owner, String::new(), needs)
        }
    }

    /// Writes with GraphQL.
    pub fn mutation(owner: &'a str, query: &str, variables: &Value, needs: &'a str) -> Self {
        GithubCall {
            write: true,
            ..GithubCall::graphql(owner, query, variables, needs)
        }
    }
}

impl Client {
    pub fn new(
        env: Env<'_>,
        access: Access,
        server: Server,
        pace: RateLimiter,
        timeout: Duration,
    ) -> Result<Self, GithubError> {
        Ok(Client {
            http: connection::client(env, &server.rest)?,
            access,
            server,
            pace,
            sessions: Sessions::default(),
            timeout,
            audit_log: OnceLock::new(),
            requests: AtomicU64::new(0),
            writes: AtomicU64::new(0),
        })
    }

    /// The number of requests, and how many of them could write.
    pub fn counts(&self) -> (u64, u64) {
        (
            self.requests.load(Ordering::Relaxed),
            self.writes.load(Ordering::Relaxed),
        )
    }

    /// Sends a request that changes nothing, up to `tries` times.
    pub async fn read(&self, call: &GithubCall<'_>, tries: u32) -> Result<GithubResponse, GithubError> {
        let mut tried = 1;
        loop {
            match self.ask(call).await {
                Ok(answer) => return Ok(answer),
                Err(RequestError::Refused(refusal)) => return Err(refusal),
                Err(RequestError::Lost(text)) if tried >= tries => return Err(GithubError::Down(text)),
                Err(RequestError::Lost(_)) => self.pace.rest(tried).await?,
            }
            tried += 1;
        }
    }

    /// Sends a request once. It is repeated only if GitHub did nothing because of a rate limit.
    pub async fn ask(&self, call: &GithubCall<'_>) -> Result<GithubResponse, RequestError> {
        let mut tried = 1;
        loop {
            match self.exchange(call).await {
                // The next turn waits, or fails with the time when the limit ends.
                Err(RequestError::Refused(GithubError::Limited { until: None })) if tried < PATIENCE => {
                    tried += 1;
                }
                other => return other,
            }
        }
    }

    /// Reads with GraphQL. The result contains the errors of parts of the query.
    pub async fn query(&self, call: &GithubCall<'_>, tries: u32) -> Result<Graph, GithubError> {
        let answer = self.read(call, tries).await?;
        answer.json().map_err(GithubError::Down)
    }

    async fn exchange(&self, call: &GithubCall<'_>) -> Result<GithubResponse, RequestError> {
        let purse_of = self.sessions.key(&self.access, call.owner);
        let turn = self.pace.turn(&purse_of, call.purse, call.write).await;
        turn.map_err(RequestError::Refused)?;
        let session = self.session(call.owner).await?;
        let answer = self.send(&session.crab, &session.token, &purse_of, call).await;
        if matches!(answer, Err(RequestError::Refused(GithubError::Unauthorized)))
            && self.sessions.forget(&purse_of).await
        {
            // An installation's token may expire early; it is renewed once.
            let session = self.session(call.owner).await?;
            return self.send(&session.crab, &session.token, &purse_of, call).await;
        }
        answer
    }

    /// Sends one request; follows redirects of renamed repositories on the same server.
    pub(super) async fn sent(
        &self,
        crab: &Octocrab,
        token: &SecretString,
        purse_of: &str,
        call: &GithubCall<'_>,
    ) -> Result<GithubResponse, RequestError> {
        let mut to = match call.purse {
            Quota::Graphql => self.server.graphql.path().to_owned(),
            Quota::Rest => below(&self.server.rest, &call.path),
        };
        for _ in 0..4 {
            let (status, headers, body) = self.once(crab, token, call, &to).await?;
            if call.write {
                self.writes.fetch_add(1, Ordering::Relaxed);
            }
            if status == StatusCode::NOT_MODIFIED && call.unless.is_some() {
                let body = Bytes::new();
                return Ok(GithubResponse { headers, body });
            }
            if status.is_redirection() && call.method == Method::GET {
                match self.target_of(&headers) {
                    Some(next) => to = next,
                    None => return Err(RequestError::Lost("it redirects to another server".into())),
                }
                continue;
            }
            let judged = judge((call.purse, call.raw, call.needs), token, status, &headers, &body);
            let limited = matches!(judged, Err(RequestError::Refused(GithubError::Limited { .. })));
            self.pace
                .learn(purse_of, call.purse, call.write, &headers, limited);
            return judged.map(|()| GithubResponse { headers, body });
        }
        Err(RequestError::Lost("it redirects too often".into()))
    }

    async fn once(
        &self,
        crab: &Octocrab,
        token: &SecretString,
        call: &GithubCall<'_>,
        to: &str,
    ) -> Result<(StatusCode, HeaderMap, Bytes), RequestError> {
        let lost = |error: &dyn std::error::Error| RequestError::Lost(clean(&causes(error), token));
        let mut request = ::http::Request::builder().method(call.method.clone()).uri(to);
        let accept = if call.raw {
            "application/vnd.github.raw+json"
        } else {
            "application/vnd.github+json"
        };
        request = request
            .header("accept", accept)
            .header("user-agent", concat!("lessonbook/", env!("CARGO_PKG_VERSION")))
            .header("x-github-api-version", "2022-11-28");
        if let Some(tag) = &call.unless {
            request = request.header("if-none-match", tag);
        }
        let body = call.body.as_ref().map(Value::to_string);
        if body.is_some() {
            request = request.header("content-type", "application/json");
        }
        let request = request
            .body(body.unwrap_or_default())
            .map_err(|error| lost(&error))?;
        self.requests.fetch_add(1, Ordering::Relaxed);
        let exchange = async {
            let response = crab.execute(request).await.map_err(|error| lost(&error))?;
            let (parts, body) = response.into_parts();
            let body = Limited::new(body, LARGEST).collect().await;
            let body = body.map_err(|error| lost(error.as_ref()))?;
            Ok((parts.status, parts.headers, body.to_bytes()))
        };
        let seconds = self.timeout.as_secs();
        timeout(self.timeout, exchange)
            .await
            .unwrap_or_else(|_| Err(RequestError::Lost(format!("no response within {seconds} s"))))
    }

    /// octocrab's client for a token, with our connections. It sends the token to this server only.
    pub(super) fn crab(&self, token: &SecretString) -> Octocrab {
        let mut parts = self.server.rest.clone().into_parts();
        parts.path_and_query = Some(::http::uri::PathAndQuery::from_static("/"));
        let base = Uri::from_parts(parts).unwrap_or_default();
        let built = octocrab::OctocrabBuilder::new_empty()
            .with_service(self.http.clone())
            .with_layer(&BaseUriLayer::new(base))
            .with_auth(octocrab::AuthState::AccessToken { token: token.clone() })
            .build();
        match built {
            Ok(crab) => crab,
            Err(never) => match never {},
        }
    }

    fn target_of(&self, headers: &HeaderMap) -> Option<String> {
        let uri: Uri = headers.get("location")?.to_str().ok()?.parse().ok()?;
        let here = uri
            .authority()
            .is_none_or(|to| Some(to) == self.server.rest.authority());
        here.then(|| uri.path_and_query().map(ToString::to_string))?
    }
}

/// A path below the server's address; the paths of further pages are complete already.
fn below(server: &Uri, path: &str) -> String {
    let prefix = server.path().trim_end_matches('/');
    if !prefix.is_empty() && path.starts_with(prefix) {
        path.to_owned()
    } else {
        format!("{prefix}{path}")
    }
}

/// Everything but the unreserved characters of RFC 3986.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// A part of a path, percent-encoded.
pub(super) fn part(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

/// A path in a repository: `/repos/owner/name` and the rest.
pub(super) fn of_repository(name: &str, rest: &str) -> String {
    let (owner, name) = name.split_once('/').unwrap_or((name, ""));
    format!("/repos/{}/{}{rest}", part(owner), part(name))
}

/// A branch's name as a part of a path.
pub(super) fn branch_path(branch: &str) -> String {
    branch.split('/').map(part).collect::<Vec<_>>().join("/")
}

/// The owner of `owner/name`.
pub(super) fn owner(name: &str) -> &str {
    name.split('/').next().unwrap_or(name)
}
