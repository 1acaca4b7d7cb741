//! Handles HTTP: the log, faults, tokens, limits, pages and `ETag`s, which all requests have in common.
//!
//! Input: HTTP requests. Output: HTTP responses. Not here: what a request does (`rest/`, `graphql/`).

use std::fmt::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::body::Body;
use axum::extract::{ConnectInfo, Request};
use axum::http::HeaderMap;
use axum::response::Response;
use serde_json::{Value, json};

use super::answer::{Answer, Content, refuse, with};
use super::faults::{Fault, fault_for};
use super::state::{Kind, State, time};
use super::wire::Line;
use super::{Seen, auth, git, graphql, openapi, rest};
use crate::request::{Asked, encoded};

/// The state, shared by the server and the test.
pub type Shared = Arc<Mutex<State>>;

/// Answers one request.
pub async fn handle(shared: Shared, ConnectInfo(line): ConnectInfo<Line>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, 128 << 20).await else {
        return Response::new(Body::empty());
    };
    let body = String::from_utf8_lossy(&body).into_owned();
    let _in_work = InWork(Arc::clone(&shared));
    let (fault, answer, latency) = {
        let mut state = shared.lock().unwrap_or_else(PoisonError::into_inner);
        state.at_once.0 += 1;
        state.at_once.1 = state.at_once.1.max(state.at_once.0);
        let seen = seen(
            &state,
            parts.method.as_str(),
            parts.uri.path(),
            parts.uri.query(),
            body,
        );
        let (fault, answer) = work(&mut state, seen, &parts.headers);
        (fault, answer, state.settings.latency)
    };
    if latency > 0 {
        tokio::time::sleep(Duration::from_millis(latency)).await;
    }
    if matches!(fault, Some(Fault::Hang | Fault::HangAfter)) {
        tokio::time::sleep(Duration::from_secs(3600)).await;
    }
    on_the_wire(answer, fault.as_ref(), &line)
}

/// Counts a request as finished when it is dropped, also if the client has closed the connection.
struct InWork(Shared);

impl Drop for InWork {
    fn drop(&mut self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).at_once.0 -= 1;
    }
}

fn seen(state: &State, method: &str, path: &str, query: Option<&str>, body: String) -> Seen {
    let graphql = path == "/api/graphql";
    let path = match path {
        "/api/graphql" => "/graphql".to_owned(),
        path => path
            .strip_prefix("/api/v3")
            .map_or_else(|| format!("//{path}"), str::to_owned),
    };
    let writes = if graphql {
        graphql::is_mutation(&body)
    } else {
        method != "GET" && method != "HEAD" && !path.ends_with("/access_tokens")
    };
    Seen {
        number: state.log.len() + 1,
        method: method.to_owned(),
        path,
        query: query.unwrap_or_default().to_owned(),
        body,
        writes,
        login: None,
        authorization: None,
        conditional: false,
        status: 0,
        fault: None,
        at: state.now(),
    }
}

/// Everything that happens under the lock.
fn work(state: &mut State, mut seen: Seen, headers: &HeaderMap) -> (Option<Fault>, Answer) {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    seen.conditional = header("if-none-match").is_some();
    seen.authorization = header("authorization").map(str::to_owned);
    let fault = match state.writes_left {
        Some(0) => Some(Fault::Reset),
        _ => fault_for(&mut state.faults, &seen),
    };
    seen.fault.clone_from(&fault);
    let (login, mut answer) = match &fault {
        Some(fault) if !fault.works() => (None, stand_in(state, fault)),
        _ => {
            if let (true, Some(left)) = (seen.writes, &mut state.writes_left) {
                *left -= 1;
            }
            // A panic in here must fail the test, not only this connection.
            let done = catch_unwind(AssertUnwindSafe(|| done(state, &seen, headers)));
            done.unwrap_or_else(|_| {
                state
                    .violations
                    .push(format!("the stand-in panicked at {} {}", seen.method, seen.path));
                (None, refuse(500, "Server Error"))
            })
        }
    };
    if fault == Some(Fault::BadGatewayAfter) {
        answer = stand_in(state, &Fault::Html(502));
    }
    answer.headers.push((
        "x-github-request-id",
        format!("{:04X}:{:06X}", 0xAB00 + seen.number, seen.number * 7919),
    ));
    answer.headers.push(("date", http_date(state.now())));
    seen.login = login;
    seen.status = answer.status;
    state.log.push(seen);
    (fault, answer)
}

/// Carries out a request, and returns its token.
fn done(state: &mut State, seen: &Seen, headers: &HeaderMap) -> (Option<String>, Answer) {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if header("user-agent").is_none() {
        let text = "Request forbidden by administrative rules. Please make sure your request has a User-Agent header";
        return (None, refuse(403, text));
    }
    let path: Vec<String> = seen.path.split('/').skip(1).map(decoded).collect();
    let query = pairs(&seen.query);
    let graphql = seen.path == "/graphql" && seen.method == "POST";
    if !graphql && path.first().is_none_or(|first| first != "repositories") {
        let found = openapi::check(&seen.method, &path, &query, &seen.body);
        state.violations.extend(
            found
                .into_iter()
                .map(|what| format!("{} {}: {what}", seen.method, seen.path)),
        );
    }
    let caller = match auth::caller(state, header("authorization")) {
        Ok(caller) => caller,
        Err(answer) => return (None, answer),
    };
    let login = caller.as_ref().map(|caller| caller.login.clone());
    let key = login.clone().unwrap_or_default();
    let free = seen.path == "/rate_limit";
    if let Some(limited) = limited(state, &key, seen, graphql, free) {
        return (login, limit_headers(state, &key, graphql, limited));
    }
    let scopes = match caller.as_ref().map(|caller| &caller.kind) {
        Some(Kind::Classic { scopes }) => Some(scopes.iter().cloned().collect::<Vec<_>>().join(", ")),
        _ => None,
    };
    let asked = Asked {
        method: &seen.method,
        path: &path,
        query: &query,
        body: serde_json::from_str(&seen.body).unwrap_or(Value::Null),
        caller,
        accept: header("accept").unwrap_or_default().to_owned(),
    };
    let answer = if graphql {
        graphql::answer(state, &asked)
    } else {
        let answer = rest::answer(state, &asked).unwrap_or_else(|refusal| refusal);
        paged(state, seen, &asked, answer)
    };
    let mut answer = tagged(&seen.method, header("if-none-match"), answer);
    if answer.status == 304 {
        give_back(state, &key);
    }
    answer
        .headers
        .extend(scopes.map(|scopes| ("x-oauth-scopes", scopes)));
    (login, limit_headers(state, &key, graphql, answer))
}

/// The response of a fault.
fn stand_in(state: &State, fault: &Fault) -> Answer {
    let secondary =
        "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.";
    let graphql = |kind: Option<&str>, message: &str| {
        with(
            200,
            json!({ "errors": [match kind {
            Some(kind) => json!({ "type": kind, "message": message }),
            None => json!({ "message": message }),
        }] }),
        )
    };
    match fault {
        Fault::Status(status) => refuse(*status, if *status >= 500 { "Server Error" } else { "Fault" }),
        Fault::Html(status) => Answer {
            status: *status,
            headers: Vec::new(),
            content: Content::Raw(
                b"<!DOCTYPE html>\n<html><head><title>Unicorn! &middot; GitHub</title></head><body>This page is taking too long to load.</body></html>\n".to_vec(),
                "text/html; charset=utf-8",
            ),
        },
        Fault::Answer(status, headers, body) => Answer {
            status: *status,
            headers: headers.clone(),
            content: Content::Raw(body.clone().into_bytes(), "application/json; charset=utf-8"),
        },
        Fault::Secondary(status, seconds) => {
            let mut answer = refuse(*status, secondary);
            answer.headers.extend(seconds.map(|seconds| ("retry-after", seconds.to_string())));
            answer
        }
        Fault::Primary(until) => {
            let mut answer = refuse(403, "API rate limit exceeded for user ID 1.");
            let quota = state.settings.quota.to_string();
            answer.headers.extend([
                ("x-ratelimit-limit", quota.clone()),
                ("x-ratelimit-remaining", "0".to_owned()),
                ("x-ratelimit-used", quota),
                ("x-ratelimit-reset", until.to_string()),
                ("x-ratelimit-resource", "core".to_owned()),
            ]);
            answer
        }
        Fault::TooQuick => graphql(None, "was submitted too quickly"),
        Fault::RateLimited => graphql(Some("RATE_LIMITED"), "API rate limit exceeded for user ID 1."),
        _ => refuse(500, "Server Error"),
    }
}

// ---- Limits.

fn limited(state: &mut State, key: &str, seen: &Seen, graphql: bool, free: bool) -> Option<Answer> {
    let now = state.now();
    let quota = state.settings.quota;
    let used = state.used.entry(key.to_owned()).or_insert((0, now + 3600));
    if used.1 <= now {
        *used = (0, now + 3600);
    }
    if free {
        return None;
    }
    if used.0 >= quota {
        let message = "API rate limit exceeded for user ID 1.";
        return Some(if graphql {
            with(
                200,
                json!({ "errors": [{ "type": "RATE_LIMITED", "message": message }] }),
            )
        } else {
            refuse(403, message)
        });
    }
    used.0 += 1;
    let most = state.settings.content_a_minute?;
    let makes = seen.writes && (graphql || (seen.method == "POST" && !seen.path.contains("/git/")));
    state.content.retain(|at| *at > now - 60);
    if makes && state.content.len() >= most {
        return Some(stand_in(state, &Fault::Secondary(403, Some(60))));
    }
    if makes {
        state.content.push(now);
    }
    None
}

fn give_back(state: &mut State, key: &str) {
    if let Some(used) = state.used.get_mut(key) {
        used.0 -= 1;
    }
}

fn limit_headers(state: &State, key: &str, graphql: bool, mut answer: Answer) -> Answer {
    if let Some((used, reset)) = state.used.get(key) {
        let quota = state.settings.quota;
        answer.headers.extend([
            ("x-ratelimit-limit", quota.to_string()),
            ("x-ratelimit-remaining", quota.saturating_sub(*used).to_string()),
            ("x-ratelimit-used", used.to_string()),
            ("x-ratelimit-reset", reset.to_string()),
            (
                "x-ratelimit-resource",
                if graphql { "graphql" } else { "core" }.to_owned(),
            ),
        ]);
    }
    answer
}

// ---- Pages and tags.

fn paged(state: &State, seen: &Seen, asked: &Asked<'_>, mut answer: Answer) -> Answer {
    let Content::List(values, below) = answer.content else {
        return answer;
    };
    let number = |name: &str, otherwise: usize| {
        asked
            .query(name)
            .and_then(|value| value.parse().ok())
            .unwrap_or(otherwise)
    };
    let size = number("per_page", 30).clamp(1, 100);
    let page = number("page", 1).max(1);
    let (total, last) = (values.len(), values.len().div_ceil(size).max(1));
    let link = |to: usize, name: &str| {
        let others = asked.query.iter().filter(|(name, _)| name != "page");
        let mut query = String::new();
        for (name, value) in others {
            let _ = write!(query, "{name}={}&", encoded(value));
        }
        format!("<{}{}?{query}page={to}>; rel=\"{name}\"", state.api, seen.path)
    };
    let mut links = Vec::new();
    if page > 1 {
        links.extend([link(page - 1, "prev"), link(1, "first")]);
    }
    if page < last {
        links.extend([link(page + 1, "next"), link(last, "last")]);
    }
    if !links.is_empty() {
        answer.headers.push(("link", links.join(", ")));
    }
    let values: Vec<Value> = values.into_iter().skip((page - 1) * size).take(size).collect();
    answer.content = Content::Json(match below {
        Some(key) => json!({ "total_count": total, key: values }),
        None => Value::Array(values),
    });
    answer
}

fn tagged(method: &str, known: Option<&str>, mut answer: Answer) -> Answer {
    if method != "GET" || answer.status != 200 {
        return answer;
    }
    let bytes = match &answer.content {
        Content::Json(value) => value.to_string().into_bytes(),
        Content::Raw(bytes, _) => bytes.clone(),
        _ => return answer,
    };
    let tag = format!("W/\"{}\"", git::hash(&bytes));
    if known.is_some_and(|known| {
        known
            .split(", ")
            .any(|each| each.trim_start_matches("W/") == tag.trim_start_matches("W/"))
    }) {
        answer.status = 304;
        answer.content = Content::None;
    }
    answer.headers.push(("etag", tag));
    answer
}

// ---- The wire.

fn on_the_wire(answer: Answer, fault: Option<&Fault>, line: &Line) -> Response {
    let (bytes, kind) = match answer.content {
        Content::None => (Vec::new(), None),
        Content::Json(value) => (
            value.to_string().into_bytes(),
            Some("application/json; charset=utf-8"),
        ),
        Content::List(values, _) => (
            Value::Array(values).to_string().into_bytes(),
            Some("application/json; charset=utf-8"),
        ),
        Content::Raw(bytes, kind) => (bytes, Some(kind)),
    };
    match fault {
        Some(Fault::Reset | Fault::LostAnswer) => line.reset(),
        Some(Fault::CutBody) => line.cut_body(bytes.len() / 2),
        _ => {}
    }
    let mut response = Response::builder()
        .status(answer.status)
        .header("server", "github.com");
    for (name, value) in answer.headers {
        response = response.header(name, value);
    }
    if let Some(kind) = kind {
        response = response.header("content-type", kind);
    }
    response.body(Body::from(bytes)).expect("an answer")
}

fn http_date(seconds: i64) -> String {
    let text = time(seconds);
    let at: jiff::Timestamp = text.parse().expect("a time");
    at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

fn pairs(query: &str) -> Vec<(String, String)> {
    query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (decoded(name), decoded(&value.replace('+', " "))))
        .collect()
}

/// Decodes `%20` and the like.
pub fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((&first, others)) = rest.split_first() {
        let digits = others.get(..2).and_then(|two| std::str::from_utf8(two).ok());
        match digits.and_then(|two| u8::from_str_radix(two, 16).ok()) {
            Some(byte) if first == b'%' => {
                bytes.push(byte);
                rest = &others[2..];
            }
            _ => {
                bytes.push(first);
                rest = others;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
