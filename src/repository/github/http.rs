//! Connects to GitHub, through a proxy if the environment sets one.
//!
//! Input: `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY`, in upper or lower case, as curl reads them. Output: a [`Http`] client.
//! Not here: the requests.
//!
//! octocrab's own client does not support proxies, so it is replaced by this one. The proxy opens a tunnel (`CONNECT`), and
//! TLS is between us and GitHub, so the proxy can't see the token. Plain http is only used for this machine, without a proxy.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http::Uri;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::client::proxy::matcher::Matcher;
use hyper_util::rt::{TokioExecutor, TokioIo};
use octocrab::OctoBody;
use tokio::net::TcpStream;
use tower_service::Service;

use super::auth::Env;
use super::error::GithubError;

/// The HTTP client that octocrab uses.
pub(super) type Http = Client<HttpsConnector<Connector>, OctoBody>;

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Connects, directly or through a proxy.
#[derive(Clone)]
pub(super) struct Connector {
    direct: HttpConnector,
    proxies: Arc<Matcher>,
}

/// A client for this server.
pub(super) fn client(env: Env<'_>, server: &Uri) -> Result<Http, GithubError> {
    let mut direct = HttpConnector::new();
    direct.enforce_http(false);
    direct.set_connect_timeout(Some(Duration::from_secs(20)));
    direct.set_nodelay(true);
    let proxies = Arc::new(proxies(env, server)?);
    let tls = HttpsConnectorBuilder::new()
        .with_native_roots()
        .map_err(|error| GithubError::Setup(format!("the system's certificates can't be read: {error}")))?;
    let https = tls
        .https_or_http() // plain http is only allowed to this machine, see `auth`
        .enable_http1()
        .wrap_connector(Connector { direct, proxies });
    Ok(Client::builder(TokioExecutor::new()).build(https))
}

/// The proxies that the environment sets. One that can't be used is an error, and not ignored silently.
fn proxies(env: Env<'_>, server: &Uri) -> Result<Matcher, GithubError> {
    let set = |names: [&str; 2]| {
        let found = names
            .into_iter()
            .find_map(|name| env(name).filter(|value| !value.trim().is_empty()));
        found.unwrap_or_default()
    };
    let https = set(["HTTPS_PROXY", "https_proxy"]);
    let all = set(["ALL_PROXY", "all_proxy"]);
    let named = if https.is_empty() { &all } else { &https };
    let (named, without) = (named.clone(), set(["NO_PROXY", "no_proxy"]));
    let matcher = |without: String| Matcher::builder().https(named.clone()).no(without).build();
    if server.scheme_str() == Some("https") && !named.is_empty() {
        // The address is not shown, because it may contain a password.
        let Some(found) = matcher(String::new()).intercept(server) else {
            return Err(GithubError::Setup(
                "HTTPS_PROXY or ALL_PROXY is not an address".into(),
            ));
        };
        if found.uri().scheme_str() != Some("http") {
            return Err(GithubError::Setup(format!(
                "HTTPS_PROXY or ALL_PROXY names a proxy with the scheme `{}`; only http:// is supported, for a tunnel to GitHub",
                found.uri().scheme_str().unwrap_or_default()
            )));
        }
    }
    Ok(matcher(without))
}

impl Service<Uri> for Connector {
    type Response = TokioIo<TcpStream>;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.direct.poll_ready(context).map_err(Into::into)
    }

    fn call(&mut self, to: Uri) -> Self::Future {
        let Some(proxy) = self.proxies.intercept(&to) else {
            let connecting = self.direct.call(to);
            return Box::pin(async move { connecting.await.map_err(Into::into) });
        };
        let mut tunnel = Tunnel::new(proxy.uri().clone(), self.direct.clone());
        if let Some(password) = proxy.basic_auth() {
            tunnel = tunnel.with_auth(password.clone());
        }
        let connecting = tunnel.call(to);
        Box::pin(async move {
            connecting
                .await
                .map_err(|error| format!("the proxy of HTTPS_PROXY opens no tunnel: {error}").into())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn through(pairs: &[(&str, &str)]) -> Result<Option<String>, String> {
        let env = |name: &str| {
            let found = pairs.iter().find(|(key, _)| *key == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        let github = Uri::from_static("https://api.github.com/graphql");
        let matcher = proxies(&env, &github).map_err(|refusal| refusal.sentence())?;
        Ok(matcher.intercept(&github).map(|found| found.uri().to_string()))
    }

    #[test]
    fn proxies_are_read_as_curl_reads_them() {
        let proxy = Ok(Some("http://proxy:3128/".to_owned()));
        assert_eq!(through(&[]), Ok(None));
        assert_eq!(through(&[("HTTPS_PROXY", "http://proxy:3128")]), proxy);
        assert_eq!(through(&[("https_proxy", "proxy:3128")]), proxy);
        assert_eq!(through(&[("ALL_PROXY", "http://proxy:3128")]), proxy);
        assert_eq!(through(&[("HTTP_PROXY", "http://proxy:3128")]), Ok(None));
        let without = [
            ("HTTPS_PROXY", "http://proxy:3128"),
            ("NO_PROXY", "localhost,.github.com"),
        ];
        assert_eq!(through(&without), Ok(None));
    }

    #[test]
    fn an_unsupported_proxy_is_refused_without_its_password() {
        for proxy in ["socks5://me:hunter2@proxy:1080", "https://me:hunter2@proxy"] {
            let message = through(&[("HTTPS_PROXY", proxy)]);
            assert!(
                message
                    .as_ref()
                    .is_err_and(|message| message.contains("only http://")),
                "{message:?}"
            );
            assert!(!format!("{message:?}").contains("hunter2"));
        }
    }
}
