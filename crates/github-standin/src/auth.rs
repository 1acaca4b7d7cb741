//! Authentication and permissions.
//!
//! Input: the `authorization` header, a repository, a permission. Output: success, or the error for this kind of token: classic
//! tokens get 404 where others get 403. Not here: rules for branches (`moves.rs`).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use serde_json::Value;

use super::answer::{Answer, not_found, refuse};
use super::state::{Kind, Role, State, Token, Visibility};

/// The key with which every App of the stand-in signs.
pub const APP_KEY: &str = include_str!("../data/app.pem");

/// The token in a header; `None` without one.
pub fn caller(state: &State, header: Option<&str>) -> Result<Option<Token>, Answer> {
    let Some(header) = header else {
        return Ok(None);
    };
    let text = header
        .split_once(' ')
        .filter(|(word, _)| word.eq_ignore_ascii_case("bearer") || word.eq_ignore_ascii_case("token"))
        .map_or(header, |(_, text)| text.trim());
    if text.split('.').count() == 3 {
        return app(state, text).map(Some);
    }
    match state.tokens.get(text) {
        Some(token) if token.expires.is_none_or(|ends| ends > state.now()) => Ok(Some(token.clone())),
        _ => Err(refuse(401, "Bad credentials")),
    }
}

/// An App by its signature. Signatures use the machine's clock, so it is used here, too.
fn app(state: &State, text: &str) -> Result<Token, Answer> {
    let unreadable = || refuse(401, "A JSON web token could not be decoded");
    let (signed, signature) = text.rsplit_once('.').ok_or_else(unreadable)?;
    let signature = BASE64_URL_SAFE_NO_PAD
        .decode(signature)
        .map_err(|_| unreadable())?;
    ring::signature::UnparsedPublicKey::new(&ring::signature::RSA_PKCS1_2048_8192_SHA256, public_key())
        .verify(signed.as_bytes(), &signature)
        .map_err(|_| unreadable())?;
    let part = |n: usize| -> Option<Value> {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(signed.split('.').nth(n)?).ok()?;
        serde_json::from_slice(&bytes).ok()
    };
    let (header, claims) = (part(0).ok_or_else(unreadable)?, part(1).ok_or_else(unreadable)?);
    if header["alg"] != "RS256" {
        return Err(unreadable());
    }
    let now = jiff::Timestamp::now().as_second() + if state.settings.real_clock { state.clock } else { 0 };
    let claim = |name: &str| claims[name].as_f64();
    match (claim("exp"), claim("iat")) {
        #[allow(clippy::cast_precision_loss, reason = "a time of today")]
        (Some(ends), Some(made)) => {
            if ends > (now + 660) as f64 {
                return Err(refuse(
                    401,
                    "'Expiration time' claim ('exp') is too far in the future",
                ));
            }
            if ends <= now as f64 {
                return Err(refuse(
                    401,
                    "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires",
                ));
            }
            if made > (now + 60) as f64 {
                return Err(refuse(
                    401,
                    "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued",
                ));
            }
        }
        _ => return Err(unreadable()),
    }
    let issuer = claims["iss"]
        .as_str()
        .map(str::to_owned)
        .or_else(|| claims["iss"].as_u64().map(|id| id.to_string()));
    let known = issuer
        .and_then(|id| id.parse().ok())
        .and_then(|id: u64| state.apps.get(&id));
    let found = known.ok_or_else(|| refuse(404, "Integration not found"))?;
    Ok(Token {
        login: format!("{}[bot]", found.slug),
        kind: Kind::App { app: found.id },
        permissions: BTreeMap::new(),
        repositories: Some(BTreeSet::new()),
        expires: None,
    })
}

fn public_key() -> &'static [u8] {
    static KEY: OnceLock<Vec<u8>> = OnceLock::new();
    KEY.get_or_init(|| {
        use ring::signature::KeyPair as _;
        let text: String = APP_KEY.lines().filter(|line| !line.starts_with("---")).collect();
        let der = BASE64_STANDARD.decode(text).expect("a key");
        let pair = ring::rsa::KeyPair::from_der(&der).expect("a key");
        pair.public_key().as_ref().to_vec()
    })
}

impl State {
    /// A person's role in a repository.
    pub fn role(&self, login: &str, repo: u64) -> Role {
        let repo = self.repo(repo);
        if let Some(role) = repo.roles.get(&login.to_lowercase()) {
            return *role;
        }
        if repo.owner.eq_ignore_ascii_case(login) {
            return Role::Admin;
        }
        let member = self
            .account(&repo.owner)
            .is_some_and(|owner| owner.members.contains(&login.to_lowercase()));
        let least = if repo.visibility == Visibility::Public {
            Role::Read
        } else {
            Role::None
        };
        if member {
            self.settings.member_role.max(least)
        } else {
            least
        }
    }

    /// Whether a token sees a repository at all.
    pub fn sees(&self, caller: Option<&Token>, repo: u64) -> bool {
        let public = self.repo(repo).visibility == Visibility::Public;
        let Some(token) = caller else {
            return public;
        };
        match &token.kind {
            Kind::App { .. } => false,
            Kind::Installation { .. } => public || self.holds(token, repo),
            Kind::FineGrained => {
                public || (self.holds(token, repo) && self.role(&token.login, repo) >= Role::Read)
            }
            Kind::Classic { scopes } => {
                public || (scopes.contains("repo") && self.role(&token.login, repo) >= Role::Read)
            }
        }
    }

    /// Whether a repository is among those that a token was made for.
    pub fn holds(&self, token: &Token, repo: u64) -> bool {
        if let Some(listed) = &token.repositories {
            return listed.contains(&repo);
        }
        match &token.kind {
            Kind::Installation { installation } => self
                .installations
                .get(installation)
                .is_some_and(|at| at.account.eq_ignore_ascii_case(&self.repo(repo).owner)),
            _ => true,
        }
    }

    /// Whether a token has a permission: success, or the error response.
    pub fn may(
        &self,
        caller: Option<&Token>,
        repo: u64,
        permission: &str,
        level: Role,
    ) -> Result<(), Answer> {
        if !self.sees(caller, repo) {
            return Err(not_found());
        }
        let open = self.repo(repo).visibility == Visibility::Public
            && level == Role::Read
            && permission != "administration";
        let Some(token) = caller else {
            return if open {
                Ok(())
            } else {
                Err(refuse(401, "Requires authentication"))
            };
        };
        let needed = match (permission, level) {
            ("administration", _) => Role::Admin,
            (_, Role::Read) | ("comments", _) => Role::Read,
            ("issues", _) => Role::Triage,
            _ => Role::Write,
        };
        let person = self.role(&token.login, repo) >= needed;
        let granted = |name: &str| token.permissions.get(name).is_some_and(|held| *held >= level);
        // For what issues and pull requests have in common, either permission is enough.
        let permitted = match permission {
            "metadata" => true,
            "comments" | "issues" => granted("issues") || granted("pull_requests"),
            _ => granted(permission),
        };
        let (allowed, refusal) = match &token.kind {
            Kind::Classic { scopes } => {
                let public = self.repo(repo).visibility == Visibility::Public;
                let scoped = scopes.contains("repo") || (public && (open || scopes.contains("public_repo")));
                (person && scoped, not_found())
            }
            Kind::FineGrained => (
                open || (person && permitted && self.holds(token, repo)),
                refuse(403, "Resource not accessible by personal access token"),
            ),
            Kind::Installation { .. } | Kind::App { .. } => (
                open || (permitted && self.holds(token, repo)),
                refuse(403, "Resource not accessible by integration"),
            ),
        };
        if allowed { Ok(()) } else { Err(refusal) }
    }

    /// Whether a token may write: it has the permission, and the repository is not read-only.
    pub fn may_write(&self, caller: Option<&Token>, repo: u64, permission: &str) -> Result<(), Answer> {
        self.may(caller, repo, permission, Role::Write)?;
        let held = self.repo(repo);
        if held.archived {
            return Err(refuse(403, "Repository was archived so is read-only."));
        }
        if held.disabled {
            return Err(refuse(403, "Repository access blocked"));
        }
        Ok(())
    }

    /// Whether a token may change workflows.
    pub fn may_change_workflows(token: &Token) -> bool {
        match &token.kind {
            Kind::Classic { scopes } => scopes.contains("workflow"),
            _ => token
                .permissions
                .get("workflows")
                .is_some_and(|held| *held >= Role::Write),
        }
    }
}
