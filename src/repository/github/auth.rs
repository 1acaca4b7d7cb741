//! Reads GitHub's addresses and the credentials.
//!
//! Input: the environment. Output: addresses, and a token or an App's key. Not here: requests (`client`).
//!
//! | variable | meaning |
//! |---|---|
//! | `LESSONBOOK_APP_ID`, `LESSONBOOK_APP_PRIVATE_KEY` or `…_FILE` | a GitHub App; takes precedence over a token |
//! | `GITHUB_TOKEN`, `GH_TOKEN` | a token; the first that is set is used |
//! | `GITHUB_API_URL`, `GITHUB_GRAPHQL_URL` | another server; Actions sets them on GitHub Enterprise Server |
//!
//! Secrets can't be printed by mistake: tokens are `SecretString`s, and the App's key has no `Debug`.

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use http::Uri;
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use secrecy::{ExposeSecret as _, SecretString};

use super::error::GithubError;

/// A look-up of environment variables, which tests replace.
pub(super) type Env<'a> = &'a dyn Fn(&str) -> Option<String>;

/// GitHub's addresses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Server {
    /// `https://api.github.com`, or `https://host/api/v3`.
    pub rest: Uri,
    /// The whole address of GraphQL.
    pub graphql: Uri,
}

/// The credentials.
pub(super) enum Access {
    /// One token for everything.
    Token(SecretString),
    /// An App, with one token for each installation.
    App(Box<App>),
}

/// A GitHub App.
pub(super) struct App {
    id: String,
    key: RsaKeyPair,
}

impl std::fmt::Debug for Access {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Access::Token(_) => "a token",
            Access::App(_) => "an App",
        })
    }
}

impl Access {
    /// The App's id, as it was set.
    pub fn app(&self) -> Option<&str> {
        match self {
            Access::App(app) => Some(&app.id),
            Access::Token(_) => None,
        }
    }
}

impl Server {
    /// Reads the addresses.
    pub fn from_env(env: Env<'_>) -> Result<Self, GithubError> {
        let rest = env("GITHUB_API_URL").filter(|value| !value.trim().is_empty());
        let rest = rest.unwrap_or_else(|| "https://api.github.com".into());
        let rest = rest.trim().trim_end_matches('/').to_owned();
        let graphql = env("GITHUB_GRAPHQL_URL").filter(|value| !value.trim().is_empty());
        // On Enterprise Server, GraphQL for `…/api/v3` is at `…/api/graphql`.
        let graphql = graphql.unwrap_or_else(|| match rest.strip_suffix("/v3") {
            Some(api) => format!("{api}/graphql"),
            None => format!("{rest}/graphql"),
        });
        let server = Server {
            rest: address("GITHUB_API_URL", &rest)?,
            graphql: address("GITHUB_GRAPHQL_URL", graphql.trim())?,
        };
        if server.rest.authority() != server.graphql.authority() {
            return Err(GithubError::Setup(
                "GITHUB_API_URL and GITHUB_GRAPHQL_URL name different hosts, but a token is for one host"
                    .into(),
            ));
        }
        Ok(server)
    }
}

impl Access {
    /// Reads the credentials; `None` if there are none.
    pub fn from_env(env: Env<'_>) -> Result<Option<Self>, GithubError> {
        let set = |name: &str| env(name).filter(|value| !value.trim().is_empty());
        if let Some(id) = set("LESSONBOOK_APP_ID") {
            return App::from_env(&set, id.trim()).map(|app| Some(Access::App(Box::new(app))));
        }
        let token = set("GITHUB_TOKEN").or_else(|| set("GH_TOKEN"));
        let Some(token) = token else {
            return Ok(None);
        };
        let token = token.trim();
        if token.chars().any(|sign| !sign.is_ascii_graphic()) {
            return Err(GithubError::Setup(
                "the token in GITHUB_TOKEN or GH_TOKEN has a space, a line break or another character that tokens never have".into(),
            ));
        }
        Ok(Some(Access::Token(SecretString::from(token.to_owned()))))
    }
}

impl App {
    fn from_env(set: &dyn Fn(&str) -> Option<String>, id: &str) -> Result<Self, GithubError> {
        let setup = |text: &str| GithubError::Setup(text.to_owned());
        let text = match (
            set("LESSONBOOK_APP_PRIVATE_KEY"),
            set("LESSONBOOK_APP_PRIVATE_KEY_FILE"),
        ) {
            (Some(text), _) => SecretString::from(text),
            (None, Some(file)) => {
                std::fs::read_to_string(&file)
                    .map(SecretString::from)
                    .map_err(|error| {
                        GithubError::Setup(format!(
                            "LESSONBOOK_APP_PRIVATE_KEY_FILE `{file}` can't be read: {}",
                            error.kind()
                        ))
                    })?
            }
            (None, None) => {
                return Err(setup(
                    "LESSONBOOK_APP_ID is set, but neither LESSONBOOK_APP_PRIVATE_KEY nor LESSONBOOK_APP_PRIVATE_KEY_FILE",
                ));
            }
        };
        if !id.chars().all(|sign| sign.is_ascii_alphanumeric() || sign == '.') {
            return Err(setup("LESSONBOOK_APP_ID is not the id of an App"));
        }
        let key = key(text.expose_secret()).ok_or_else(|| {
            setup(
                "LESSONBOOK_APP_PRIVATE_KEY is not an RSA private key in the PEM format of GitHub's download",
            )
        })?;
        Ok(App {
            id: id.to_owned(),
            key,
        })
    }

    /// A token that proves for nine minutes that we have the App's key. `now` in seconds since 1970.
    pub fn token(&self, now: i64) -> Result<SecretString, GithubError> {
        let failed = || GithubError::Setup("signing with the App's key failed".into());
        // Issued a minute ago, as GitHub advises because clocks differ. GitHub accepts at most ten minutes.
        let claims = serde_json::json!({ "iat": now - 60, "exp": now + 540, "iss": self.id });
        let head = BASE64_URL_SAFE_NO_PAD.encode(r#"{"alg":"RS256","typ":"JWT"}"#);
        let message = format!("{head}.{}", BASE64_URL_SAFE_NO_PAD.encode(claims.to_string()));
        let mut signature = vec![0; self.key.public().modulus_len()];
        self.key
            .sign(
                &RSA_PKCS1_SHA256,
                &SystemRandom::new(),
                message.as_bytes(),
                &mut signature,
            )
            .map_err(|_| failed())?;
        Ok(SecretString::from(format!(
            "{message}.{}",
            BASE64_URL_SAFE_NO_PAD.encode(signature)
        )))
    }
}

/// The key in a PEM text: `RSA PRIVATE KEY`, as downloaded from GitHub, or `PRIVATE KEY`. Line breaks may be written as `\n`,
/// as is common in variables.
fn key(pem: &str) -> Option<RsaKeyPair> {
    let pem = pem.replace("\\n", "\n");
    let (_, rest) = pem.split_once("-----BEGIN ")?;
    let (kind, rest) = rest.split_once("-----")?;
    let (body, _) = rest.split_once("-----END ")?;
    let digits: String = body.split_whitespace().collect();
    let der = BASE64_STANDARD.decode(digits).ok()?;
    match kind {
        "RSA PRIVATE KEY" => RsaKeyPair::from_der(&der).ok(),
        "PRIVATE KEY" => RsaKeyPair::from_pkcs8(&der).ok(),
        _ => None,
    }
}

/// An address that a token may be sent to: https, or this machine.
fn address(name: &str, text: &str) -> Result<Uri, GithubError> {
    let wrong = |why: &str| Err(GithubError::Setup(format!("{name} {why}")));
    let Ok(uri) = text.parse::<Uri>() else {
        return wrong("is not an address");
    };
    let (Some(scheme), Some(host), Some(authority)) = (uri.scheme_str(), uri.host(), uri.authority()) else {
        return wrong("is not a complete address, such as https://github.example.com/api/v3");
    };
    if authority.as_str().contains('@') {
        return wrong("contains a user name or password; put the token into GITHUB_TOKEN");
    }
    if uri.query().is_some() {
        return wrong("contains a `?`");
    }
    match scheme {
        "https" => Ok(uri),
        "http" if is_loopback(host) => Ok(uri),
        "http" => wrong("is plain http, which would expose the token on the network; use https"),
        _ => wrong("is neither https nor http"),
    }
}

fn is_loopback(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || host
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn env<'a>(pairs: &'a [(&'a str, &'a str)]) -> impl Fn(&str) -> Option<String> + 'a {
        |name| {
            let found = pairs.iter().find(|(key, _)| *key == name);
            found.map(|(_, value)| (*value).to_owned())
        }
    }

    fn server(pairs: &[(&str, &str)]) -> Result<(String, String), String> {
        Server::from_env(&env(pairs))
            .map(|server| (server.rest.to_string(), server.graphql.to_string()))
            .map_err(|refusal| refusal.sentence())
    }

    #[test]
    fn the_address_of_graphql_follows_from_that_of_rest() {
        let graphql = |url: &str| server(&[("GITHUB_API_URL", url)]).map(|(_, graphql)| graphql);
        assert_eq!(
            server(&[]).map(|(_, graphql)| graphql),
            Ok("https://api.github.com/graphql".into())
        );
        assert_eq!(
            graphql("https://git.acme.com/api/v3/"),
            Ok("https://git.acme.com/api/graphql".into())
        );
        assert_eq!(
            graphql("http://127.0.0.1:8080"),
            Ok("http://127.0.0.1:8080/graphql".into())
        );
    }

    #[test]
    fn a_token_never_goes_over_plain_http_or_to_two_hosts() {
        for url in [
            "http://api.github.com",
            "http://localhost.evil.com",
            "http://127.0.0.1.evil.com",
        ] {
            let message = server(&[("GITHUB_API_URL", url)]);
            assert!(
                message
                    .as_ref()
                    .is_err_and(|message| message.contains("plain http")),
                "{url}: {message:?}"
            );
        }
        for url in ["http://localhost:1", "http://[::1]:1", "http://127.9.9.9"] {
            assert!(server(&[("GITHUB_API_URL", url)]).is_ok(), "{url}");
        }
        for url in [
            "ftp://x",
            "api.github.com",
            "https://me:pw@github.com",
            "",
            "https://x/?a",
        ] {
            let message = server(&[("GITHUB_API_URL", url)]);
            assert!(message.is_err() || url.is_empty(), "{url}: {message:?}");
            assert!(!format!("{message:?}").contains("pw"), "{message:?}");
        }
        let two = server(&[
            ("GITHUB_API_URL", "https://a.com/api/v3"),
            ("GITHUB_GRAPHQL_URL", "https://b.com/api/graphql"),
        ]);
        assert!(two.is_err());
    }

    #[test]
    fn the_first_variable_that_is_set_is_the_token_and_nothing_shows_it() {
        let token = |pairs: &[(&str, &str)]| match Access::from_env(&env(pairs)) {
            Ok(Some(access)) => {
                assert_eq!(format!("{access:?}"), "a token");
                match access {
                    Access::Token(token) => Some(token.expose_secret().to_owned()),
                    Access::App(_) => None,
                }
            }
            _ => None,
        };
        assert_eq!(token(&[]), None);
        assert_eq!(
            token(&[("GITHUB_TOKEN", ""), ("GH_TOKEN", "b\n")]).as_deref(),
            Some("b")
        );
        assert_eq!(
            token(&[("GITHUB_TOKEN", "a"), ("GH_TOKEN", "b")]).as_deref(),
            Some("a")
        );
        let broken = Access::from_env(&env(&[("GITHUB_TOKEN", "sec\nret")]));
        assert!(broken.is_err_and(|refusal| !format!("{refusal:?}").contains("ret\"")));
    }

    #[test]
    fn an_app_needs_a_key_and_says_so_without_showing_it() {
        let none = Access::from_env(&env(&[("LESSONBOOK_APP_ID", "5")]));
        assert!(none.is_err_and(|refusal| refusal.sentence().contains("neither")));
        let pem = "-----BEGIN RSA PRIVATE KEY-----\nc2VjcmV0\n-----END RSA PRIVATE KEY-----";
        let broken = Access::from_env(&env(&[
            ("LESSONBOOK_APP_ID", "5"),
            ("LESSONBOOK_APP_PRIVATE_KEY", pem),
        ]));
        assert!(broken.is_err_and(|refusal| !format!("{refusal:?}{}", refusal.sentence()).contains("c2Vj")));
    }
}
