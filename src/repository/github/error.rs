//! What an answer of GitHub that is no success means.
//!
//! Input: a status, headers and a body, or the `errors` of a GraphQL answer. Output: a [`GithubError`], with a plain sentence and
//! what to do. Not here: waiting (`pace`), asking again (`client`, `write`).
//!
//! GitHub has no codes for most of this: the texts were seen in answers quoted in issues and recorded by other clients
//! (`Reference already exists`, `Update is not a fast forward`, …). What is not known by its text stays `Other` with GitHub's words.

use serde_json::Value;

use lessonbook_base::finding::{Code, Finding};

/// Something that exists already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExistingObject {
    /// A branch of this name.
    Branch,
    /// An open pull request from this branch to this base.
    Pull,
}

/// Why GitHub did not do what was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GithubError {
    /// The credentials are not accepted at all.
    Unauthorized,
    /// It does not exist, or the token may not see it.
    NotFound {
        /// What was asked for.
        what: String,
    },
    /// The token may not do it.
    NoPermission {
        /// The permission that it takes, or what GitHub said.
        needs: String,
    },
    /// The repository is read-only.
    Archived,
    /// The repository holds no commit.
    Empty,
    /// A rule of the repository or its owner: GitHub's words.
    Rule(String),
    /// The conversation is locked, so that only some people may comment.
    Locked,
    /// It exists already.
    Exists(ExistingObject),
    /// A reference or object that must exist does not.
    Missing(String),
    /// The move would leave commits behind.
    NotFastForward,
    /// It is not as it was when it was read: somebody was quicker.
    Stale(String),
    /// The pull request can't be opened again: GitHub's words.
    NotReopened(String),
    /// Too many requests; until when, in seconds since 1970, where it is known.
    Limited {
        /// When GitHub answers again.
        until: Option<i64>,
    },
    /// Larger than GitHub takes.
    TooLarge(String),
    /// No answer, or none that can be read.
    Down(String),
    /// The user asked to stop.
    Stopped,
    /// Credentials or addresses that can't be used.
    Setup(String),
    /// We did not send it: why.
    NotSent(String),
    /// We did not send it, because the record of the run can't tell it: why.
    Unrecorded(String),
    /// Anything else.
    Other {
        /// The status.
        status: u16,
        /// GitHub's words.
        message: String,
    },
}

impl GithubError {
    /// What an HTTP answer means. `needs` is the permission that the request takes.
    pub(super) fn of_answer(status: u16, accepted: Option<&str>, body: &[u8], needs: &str) -> Self {
        let parsed: Option<Value> = serde_json::from_slice(body).ok();
        let message = words(parsed.as_ref(), body);
        let needed = || GithubError::NoPermission {
            needs: accepted.map_or_else(|| needs.to_owned(), |listed| listed.replace('=', ": ")),
        };
        if let Some(known) = Self::of_words(&message) {
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
                    format!("{needs}; GitHub said: {message}")
                },
            },
            404 | 410 | 451 => GithubError::NotFound {
                what: needs.to_owned(),
            },
            301 | 302 | 307 | 308 => {
                GithubError::Stale("the repository was renamed or transferred meanwhile".into())
            }
            413 => GithubError::TooLarge(message),
            429 => GithubError::Limited { until: None },
            500.. => GithubError::Down(format!("status {status}")),
            _ => GithubError::Other { status, message },
        }
    }

    /// What one of the `errors` of a GraphQL answer means.
    pub(super) fn of_graphql(kind: &str, message: &str, needs: &str) -> Self {
        let known = Self::of_words(message);
        match (kind, known) {
            ("RATE_LIMITED" | "RATE_LIMIT", _) => GithubError::Limited { until: None },
            (_, Some(known)) => known,
            ("NOT_FOUND", None) => GithubError::NotFound {
                what: message.to_owned(),
            },
            ("FORBIDDEN" | "INSUFFICIENT_SCOPES", None) => GithubError::NoPermission {
                needs: format!("{needs}; GitHub said: {message}"),
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

    /// The refusals that only their text tells apart.
    fn of_words(message: &str) -> Option<Self> {
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

    /// One sentence, no full stop.
    pub fn sentence(&self) -> String {
        match self {
            GithubError::Unauthorized => "GitHub does not accept the credentials".into(),
            GithubError::NotFound { what } => format!("GitHub finds nothing there ({})", clip(what)),
            GithubError::NoPermission { needs } => {
                format!("the token may not do that; it takes {}", clip(needs))
            }
            GithubError::Archived => "the repository is archived, so nothing can be written there".into(),
            GithubError::Empty => "the repository holds no commit".into(),
            GithubError::Locked => "the conversation is locked, so our token may not comment there".into(),
            GithubError::Rule(text) => format!("a rule of the repository forbids it: {}", clip(text)),
            GithubError::Exists(ExistingObject::Branch) => {
                "the branch exists already, with another commit".into()
            }
            GithubError::Exists(ExistingObject::Pull) => "a pull request exists already".into(),
            GithubError::Missing(text) => format!("something that was there is gone: {}", clip(text)),
            GithubError::NotFastForward => "the branch holds commits that the move would lose".into(),
            GithubError::Stale(text) => format!("it changed since it was read: {}", clip(text)),
            GithubError::NotReopened(text) => {
                format!("GitHub does not open the pull request again: {}", clip(text))
            }
            GithubError::Limited { .. } => "GitHub takes no more requests for now".into(),
            GithubError::TooLarge(text) => format!("it is larger than GitHub takes: {}", clip(text)),
            GithubError::Down(text) => format!("GitHub did not answer as it should: {}", clip(text)),
            GithubError::Stopped => "stopped before it was written, as asked".into(),
            GithubError::Setup(text) | GithubError::NotSent(text) | GithubError::Unrecorded(text) => {
                clip(text)
            }
            GithubError::Other { status, message } => {
                format!("GitHub refused with status {status}: {}", clip(message))
            }
        }
    }

    /// What to do about it.
    pub fn way_out(&self) -> &'static str {
        match self {
            GithubError::Unauthorized => {
                "see that GITHUB_TOKEN (or GH_TOKEN, or the App's key) is right and has not expired"
            }
            GithubError::NotFound { .. } => {
                "correct the name, or give the token access to the repository: GitHub hides what a token may not see"
            }
            GithubError::NoPermission { .. } => {
                "give the token that permission; an organization with single sign-on must also authorize it. `lessonbook doctor` shows what is held and missing"
            }
            GithubError::Archived => "take the target out of targets.yaml, or unarchive it",
            GithubError::Locked => "unlock the conversation, or read there what the run says of it",
            GithubError::Empty => "push a first commit, or take the target out of targets.yaml",
            GithubError::Rule(_) => {
                "let the token's user or App bypass the rule for branches `lessonbook/*`, or take the branch out of the rule; `lessonbook doctor` lists the rules"
            }
            GithubError::Exists(_)
            | GithubError::Missing(_)
            | GithubError::NotFastForward
            | GithubError::Stale(_) => "run again: the next run reads it anew",
            GithubError::NotReopened(_) => "the next run opens a new pull request that names the old one",
            GithubError::Limited { .. } => {
                "the next run begins with what was left over; a larger `proposal.pace` meets the limit later"
            }
            GithubError::TooLarge(_) => "shorten the lessons, or spread them over more entry points",
            GithubError::Down(_) => {
                "run again later; https://www.githubstatus.com says whether GitHub has trouble"
            }
            GithubError::Stopped => "run again: what was written is found, nothing is written twice",
            GithubError::Setup(_) => "correct the variable",
            GithubError::Unrecorded(_) => "make room, or name another file with --log; then run again",
            GithubError::NotSent(_) => "please report it: a plan should not ask for that",
            GithubError::Other { .. } => {
                "GitHub's words above say what it wants; `lessonbook doctor` looks at the usual causes"
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

    /// Whether the same request may succeed later without anybody doing anything: then the target is deferred, not failed.
    pub fn is_for_now(&self) -> bool {
        matches!(
            self,
            GithubError::Limited { .. } | GithubError::Stopped | GithubError::Unrecorded(_)
        )
    }
}

/// GitHub's words: `message`, and what its `errors` add.
fn words(parsed: Option<&Value>, body: &[u8]) -> String {
    let Some(parsed) = parsed else {
        // A page of something between us and GitHub.
        let text = String::from_utf8_lossy(body);
        return if text.trim_start().starts_with('<') {
            String::new()
        } else {
            clip(&text)
        };
    };
    let text = |value: &Value, key: &str| value.get(key).and_then(Value::as_str).map(str::to_owned);
    let mut said: Vec<String> = text(parsed, "message").into_iter().collect();
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
            said.push(words);
        } else if let (Some(field), Some(code)) = (text(error, "field"), text(error, "code")) {
            said.push(format!("{field}: {code}"));
        }
    }
    said.join(": ")
}

/// At most 300 characters on one line.
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
