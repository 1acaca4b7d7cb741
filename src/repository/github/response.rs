//! The response to a request, or the error of a request without one.
//!
//! Input: status, headers, body. Output: a [`GithubResponse`], a [`Graph`], or a [`RequestError`]. Not here: sending (`client`).

use bytes::Bytes;
use http::{HeaderMap, StatusCode, Uri};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;

use super::error::GithubError;
use super::rate_limit::Quota;

/// A response.
#[derive(Debug)]
pub(super) struct GithubResponse {
    pub headers: HeaderMap,
    pub body: Bytes,
}

/// Why there is no response.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum RequestError {
    /// GitHub refused the request, and did nothing.
    Refused(GithubError),
    /// There was no response, or it can't be parsed. It is unknown whether the request took effect.
    Lost(String),
}

/// One of the `errors` of a GraphQL response.
#[derive(Debug, Clone, PartialEq, serde::Deserialize)]
pub(super) struct GraphqlError {
    #[serde(default, rename = "type")]
    pub kind: String,
    #[serde(default)]
    pub message: String,
    #[serde(default)]
    pub path: Vec<Value>,
}

/// A GraphQL response: its data, and the errors of parts of the query.
#[derive(Debug, Default, serde::Deserialize)]
pub(super) struct Graph {
    pub data: Option<Value>,
    #[serde(default)]
    pub errors: Vec<GraphqlError>,
}

impl GithubResponse {
    /// Parses the body as JSON.
    pub fn json<T: serde::de::DeserializeOwned>(&self) -> Result<T, String> {
        serde_json::from_slice(&self.body).map_err(|error| format!("the response can't be parsed: {error}"))
    }

    /// The `ETag`, which changes with the content.
    pub fn tag(&self) -> Option<String> {
        Some(self.headers.get("etag")?.to_str().ok()?.to_owned())
    }

    /// The path of the next page.
    pub fn next_page(&self) -> Option<String> {
        let links = self.headers.get("link")?.to_str().ok()?;
        let link = links.split(',').find(|link| link.contains("rel=\"next\""))?;
        let uri: Uri = link.split('<').nth(1)?.split('>').next()?.parse().ok()?;
        Some(uri.path_and_query()?.as_str().to_owned())
    }
}

impl RequestError {
    /// The error for a caller that can't look whether the request took effect.
    pub fn refusal(self) -> GithubError {
        match self {
            RequestError::Refused(refusal) => refusal,
            RequestError::Lost(text) => GithubError::Down(text),
        }
    }
}

impl Graph {
    /// The data, if there were no errors.
    pub fn whole(self, needs: &str) -> Result<Value, GithubError> {
        if let Some(wrong) = self.errors.first() {
            return Err(GithubError::from_graphql(&wrong.kind, &wrong.message, needs));
        }
        self.data
            .filter(|data| !data.is_null())
            .ok_or_else(|| GithubError::Down("the response has no data".into()))
    }
}

/// Checks whether a response is usable.
pub(super) fn judge(
    (purse, raw, needs): (Quota, bool, &str),
    token: &SecretString,
    status: StatusCode,
    headers: &HeaderMap,
    body: &Bytes,
) -> Result<(), RequestError> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if status.is_server_error() {
        return Err(RequestError::Lost(format!("status {}", status.as_u16())));
    }
    if !status.is_success() {
        let body = clean(&String::from_utf8_lossy(body), token);
        let accepted = text("x-accepted-github-permissions");
        let refusal = GithubError::from_response(status.as_u16(), accepted, body.as_bytes(), needs);
        let blocked = matches!(status.as_u16(), 403 | 429);
        if blocked && (text("retry-after").is_some() || text("x-ratelimit-remaining") == Some("0")) {
            return Err(RequestError::Refused(GithubError::Limited { until: None }));
        }
        return Err(RequestError::Refused(refusal));
    }
    if raw || body.is_empty() {
        return Ok(());
    }
    if purse == Quota::Rest {
        let read: Result<serde::de::IgnoredAny, _> = serde_json::from_slice(body);
        return match read {
            Ok(_) => Ok(()),
            Err(_) => Err(RequestError::Lost("an answer that is not JSON".into())),
        };
    }
    let Ok(graph) = serde_json::from_slice::<Graph>(body) else {
        return Err(RequestError::Lost("an answer that is not JSON".into()));
    };
    for wrong in &graph.errors {
        let refusal = GithubError::from_graphql(&wrong.kind, &wrong.message, needs);
        if matches!(refusal, GithubError::Limited { .. }) {
            return Err(RequestError::Refused(refusal));
        }
    }
    Ok(())
}

/// A text without the token, in case a server sent the token back.
pub(super) fn clean(text: &str, token: &SecretString) -> String {
    text.replace(token.expose_secret(), "[token]")
}

/// An error and its causes, on one line.
pub(super) fn causes(error: &dyn std::error::Error) -> String {
    let mut parts: Vec<String> = Vec::new();
    let mut next = Some(error);
    while let Some(error) = next {
        let text = error.to_string();
        if parts.last().is_none_or(|last| !last.contains(&text)) {
            parts.push(text);
        }
        next = error.source();
    }
    parts.join(": ")
}
