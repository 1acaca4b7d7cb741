//! What an error response of GitHub means.
//!
//! Input: a status, headers and a body, or the `errors` of a GraphQL response. Output: a [`GithubError`], with a message and
//! help. Not here: waiting (`rate_limit`), and repeating requests (`client`, `write`).
//!
//! GitHub has no codes for most errors. The messages are known from responses in public issues and in tests of other clients
//! (`Reference already exists`, `Update is not a fast forward`, …). An unknown message becomes `Other`.

use serde_json::Value;

use lessonbook_base::finding::{Code, Finding};

/// An object that exists already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExistingObject {
    /// A branch of this name.
    Branch,
    /// An open pull request from this branch to this base.
    Pull,
}

/// Why a request to GitHub failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GithubError {
    /// GitHub does not accept the credentials.
    Unauthorized,
    /// It does not exist, or the token may not see it.
    NotFound {
        /// The thing that was requested.
        what: String,
    },
    /// The token lacks a permission.
    NoPermission {
        /// The permission that is needed, or GitHub's message.
        needs: String,
    },
    /// The repository is read-only.
    Archived,
    /// The repository holds no commit.
    Empty,
    /// A rule of the repository or its owner forbids it, with GitHub's message.
    Rule(String),
    /// The conversation is locked, so that only some people may comment.
    Locked,
    /// It exists already.
    Exists(ExistingObject),
    /// A reference or object that must exist does not.
    Missing(String),
    /// The move would lose commits of the branch.
    NotFastForward,
    /// It changed since it was read.
    Stale(String),
    /// The pull request can't be reopened, with GitHub's message.
    NotReopened(String),
    /// Too many requests.
    Limited {
        /// When the limit ends, in seconds since 1970, if known.
        until: Option<i64>,
    },
    /// Larger than GitHub allows.
    TooLarge(String),
    /// No response, or one that can't be parsed.
    Down(String),
    /// The user asked to stop.
    Stopped,
    /// Credentials or addresses that can't be used.
    Setup(String),
    /// We did not send the request, and why.
    NotSent(String),
    /// We did not send the request because the audit log can't be written, and why.
    Unrecorded(String),
    /// Anything else.
    Other {
        /// The status.
        status: u16,
        /// GitHub's message.
        message: String,
    },
}

impl GithubError {
    /// The error for an HTTP response. `needs` is the permission that the request needs.
    pub(super) fn from_response(status: u16, accepted: Option<&str>, body: &[u8], needs: &str) -> Self {
        let parsed: Option<Value> = serde_json::from_slice(body).ok();
        let message = words(parsed.as_ref(), body);
        let needed = || GithubError::NoPermission {
            needs: accepted.map_or_else(|| needs.to_owned(), |listed| listed.replace('=', ": ")),
        };
        if let Some(known) = Self::from_message(&message) {
            return known;
        }
        match status {
            401 => GithubError::Unauthorized,
            403 if message.starts_with("Resource not accessible") || message.contains("Must have") => {
                needed()
            }
            403 => GithubError::NoPermission {
                needs: if message.is_empty() {
                    needs.to_owned()
                } else {
                    format!("{needs}; GitHub's message: {message}")
                },
            },
            404 | 410 | 451 => GithubError::NotFound {
                what: needs.to_owned(),
            },
            301 | 302 | 307 | 308 => GithubError::Stale("the repository was renamed or transferred".into()),
            413 => GithubError::TooLarge(message),
            429 => GithubError::Limited { until: None },
            500.. => GithubError::Down(format!("status {status}")),
            _ => GithubError::Other { status, message },
        }
    }

    /// The error for one of the `errors` of a GraphQL response.
    pub(super) fn from_graphql(kind: &str, message: &str, needs: &str) -> Self {
        let known = Self::from_message(message);
        match (kind, known) {
            ("RATE_LIMITED" | "RATE_LIMIT", _) => GithubError::Limited { until: None },
            (_, Some(known)) => known,
            ("NOT_FOUND", None) => GithubError::NotFound {
                what: message.to_owned(),
            },
            ("FORBIDDEN" | "INSUFFICIENT_SCOPES", None) => GithubError::NoPermission {
                needs: format!("{needs}; GitHub's message: {message}"),
            },
            ("STALE_DATA", None) => GithubError::Stale(message.to_owned()),
            (
                "MAX_NODE_LIMIT_EXCEEDED" | "RESOURCE_LIMITS_EXCEEDED" | "INTERNAL" | "SERVICE_UNAVAILABLE",
                None,
            ) => GithubError::Down(message.to_owned()),
            _ => GithubError::Other {
                status: 200,
                message: message.to_owned(),
            },
        }
    }

    /// The error for a message, if the message is known.
    fn from_message(message: &str) -> Option<Self> {
        let has = |part: &str| message.contains(part);
        let lower = message.to_lowercase();
        let text = || message.to_owned();
        Some(
            if lower.contains("rate limit")
                || lower.contains("abuse detection")
                || has("submitted too quickly")
            {
                GithubError::Limited { until: None }
            } else if has("Repository was archived") {
                GithubError::Archived
            } else if lower.contains("issue is locked")
                || lower.contains("conversation is locked")
                || lower.contains("conversation has been locked")
            {
                GithubError::Locked
            } else if has("Git Repository is empty") {
                GithubError::Empty
            } else if has("Reference already exists") {
                GithubError::Exists(ExistingObject::Branch)
            } else if has("A pull request already exists") {
                GithubError::Exists(ExistingObject::Pull)
            } else if has("Reference does not exist")
                || has("Object does not exist")
                || has("is not a valid tree oid")
            {
                GithubError::Missing(text())
            } else if lower.contains("not a fast forward") || lower.contains("not a fast-forward") {
                GithubError::NotFastForward
            } else if has("Expected branch to point to") || has("but expected") {
                GithubError::Stale(text())
            } else if has("state cannot be changed") {
                GithubError::NotReopened(text())
            } else if has("rule violations")
                || has("Repository rule")
                || lower.contains("protected branch")
                || has("Changes must be made through")
                || has("Cannot force-push")
                || has("Cannot update this protected ref")
                || has("Cannot create ref due to creations being restricted")
                || has("Cannot change this locked branch")
                || has("Commits must have verified signatures")
                || has("Cannot delete this")
                || has("push protection")
                || has("GH013")
                || has("Secret detected")
                || has("Reference update failed")
            {
                GithubError::Rule(text())
            } else if lower.contains("is too long") || lower.contains("too large") {
                GithubError::TooLarge(text())
            } else if has("Something went wrong while executing your query")
                || has("timed out")
                || has("timeout")
            {
                GithubError::Down(text())
            } else {
                return None;
            },
        )
    }

    /// The message: one sentence, without a full stop.
    pub fn sentence(&self) -> String {
        match self {
            GithubError::Unauthorized => "GitHub does not accept the credentials".into(),
            GithubError::NotFound { what } => format!("GitHub can't find it ({})", clip(what)),
            GithubError::NoPermission { needs } => {
                format!("the token lacks a permission: {}", clip(needs))
            }
            GithubError::Archived => "the repository is archived, so nothing can be written to it".into(),
            GithubError::Empty => "the repository has no commit".into(),
            GithubError::Locked => "the conversation is locked, so the token may not comment there".into(),
            GithubError::Rule(text) => format!("a rule of the repository forbids it: {}", clip(text)),
            GithubError::Exists(ExistingObject::Branch) => {
                "the branch already exists, with another commit".into()
            }
            GithubError::Exists(ExistingObject::Pull) => "a pull request already exists".into(),
            GithubError::Missing(text) => format!("it was deleted since it was read: {}", clip(text)),
            GithubError::NotFastForward => "the branch has commits that the move would lose".into(),
            GithubError::Stale(text) => format!("it changed since it was read: {}", clip(text)),
            GithubError::NotReopened(text) => {
                format!("GitHub does not reopen the pull request: {}", clip(text))
            }
            GithubError::Limited { .. } => "GitHub accepts no more requests for now (rate limit)".into(),
            GithubError::TooLarge(text) => format!("it is larger than GitHub allows: {}", clip(text)),
            GithubError::Down(text) => format!("GitHub gave no usable response: {}", clip(text)),
            GithubError::Stopped => "the run was stopped before this was written".into(),
            GithubError::Setup(text) | GithubError::NotSent(text) | GithubError::Unrecorded(text) => {
                clip(text)
            }
            GithubError::Other { status, message } => {
                format!("GitHub refused with status {status}: {}", clip(message))
            }
        }
    }

    /// What the user can do.
    pub fn way_out(&self) -> &'static str {
        match self {
            GithubError::Unauthorized => {
                "check that GITHUB_TOKEN (or GH_TOKEN, or the App's key) is correct and has not expired"
            }
            GithubError::NotFound { .. } => {
                "correct the name, or give the token access to the repository; GitHub reports a repository without access as missing"
            }
            GithubError::NoPermission { .. } => {
                "give the token that permission; an organization with single sign-on must also authorize it. `lessonbook doctor` lists the permissions that the token has and lacks"
            }
            GithubError::Archived => "remove the target from targets.yaml, or unarchive the repository",
            GithubError::Locked => "unlock the conversation, or read the comment in the output of the run",
            GithubError::Empty => "push a first commit, or remove the target from targets.yaml",
            GithubError::Rule(_) => {
                "allow the token's user or App to bypass the rule for branches `lessonbook/*`, or exclude the branch from the rule; `lessonbook doctor` lists the rules"
            }
            GithubError::Exists(_)
            | GithubError::Missing(_)
            | GithubError::NotFastForward
            | GithubError::Stale(_) => "run the command again: it reads the current state",
            GithubError::NotReopened(_) => "the next run opens a new pull request that names the old one",
            GithubError::Limited { .. } => {
                "run again later: the next run starts with the remaining targets; a larger `proposal.pace` reaches the limit later"
            }
            GithubError::TooLarge(_) => "shorten the lessons, or distribute them over more entry points",
            GithubError::Down(_) => {
                "run again later; https://www.githubstatus.com shows whether GitHub has a problem"
            }
            GithubError::Stopped => "run the command again: nothing is written twice",
            GithubError::Setup(_) => "correct the variable",
            GithubError::Unrecorded(_) => {
                "free some disk space, or name another file with --log; then run the command again"
            }
            GithubError::NotSent(_) => "please report this as a bug: no plan should contain it",
            GithubError::Other { .. } => {
                "GitHub's message above shows the reason; `lessonbook doctor` checks the usual causes"
            }
        }
    }

    /// The code of the finding.
    pub fn code(&self) -> Code {
        match self {
            GithubError::Unauthorized | GithubError::Setup(_) => Code::GithubSetup,
            GithubError::NotFound { .. } => Code::GithubNotFound,
            GithubError::NoPermission { .. } => Code::GithubForbidden,
            GithubError::Empty => Code::EmptyRepository,
            GithubError::Stale(_)
            | GithubError::Exists(_)
            | GithubError::Missing(_)
            | GithubError::NotFastForward => Code::BaseMoved,
            GithubError::Limited { .. } | GithubError::Stopped => Code::GithubLimited,
            GithubError::Unrecorded(_) => Code::RecordUnwritable,
            GithubError::Down(_) => Code::GithubDown,
            GithubError::Archived
            | GithubError::Locked
            | GithubError::Rule(_)
            | GithubError::NotReopened(_)
            | GithubError::TooLarge(_)
            | GithubError::NotSent(_)
            | GithubError::Other { .. } => Code::GithubRefused,
        }
    }

    /// The finding about a target.
    pub fn finding(&self, target: &str) -> Finding {
        Finding::new(self.code(), self.sentence())
            .help(self.way_out())
            .target(target)
    }

    /// Whether the same request may succeed later without any change: then the target is deferred, and has not failed.
    pub fn is_for_now(&self) -> bool {
        matches!(
            self,
            GithubError::Limited { .. } | GithubError::Stopped | GithubError::Unrecorded(_)
        )
    }
}

/// GitHub's message: `message`, and the details in `errors`.
fn words(parsed: Option<&Value>, body: &[u8]) -> String {
    let Some(parsed) = parsed else {
        // The body is not JSON: a page of a proxy, for example.
        let text = String::from_utf8_lossy(body);
        return if text.trim_start().starts_with('<') {
            String::new()
        } else {
            clip(&text)
        };
    };
    let text = |value: &Value, key: &str| value.get(key).and_then(Value::as_str).map(str::to_owned);
    let mut parts: Vec<String> = text(parsed, "message").into_iter().collect();
    for error in parsed
        .get("errors")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        if let Some(words) = error
            .as_str()
            .map(str::to_owned)
            .or_else(|| text(error, "message"))
        {
            parts.push(words);
        } else if let (Some(field), Some(code)) = (text(error, "field"), text(error, "code")) {
            parts.push(format!("{field}: {code}"));
        }
    }
    parts.join(": ")
}

/// A text on one line, cut after 300 characters.
fn clip(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let line = line.replace(char::is_control, "?");
    if line.chars().count() <= 300 {
        return line;
    }
    line.chars().take(299).chain(['…']).collect()
}

#[cfg(test)]
mod tests;
