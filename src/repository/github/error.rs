//! What an answer of GitHub that is no success means.
//!
//! Comes in: a status, headers and a body, or the `errors` of a GraphQL answer. Goes out: a [`Refusal`], with a plain sentence and
//! what to do. Leaves to others: waiting (`pace`), asking again (`client`, `write`).
//!
//! GitHub has no codes for most of this: the texts were seen in answers quoted in issues and recorded by other clients
//! (`Reference already exists`, `Update is not a fast forward`, …). What is not known by its text stays `Other` with GitHub's words.

use serde_json::Value;

use lessonbook_base::finding::{Code, Finding};

/// Something that exists already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Thing {
    /// A branch of this name.
    Branch,
    /// An open pull request from this branch to this base.
    Pull,
}

/// Why GitHub did not do what was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
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
    Exists(Thing),
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

impl Refusal {
    /// What an HTTP answer means. `needs` is the permission that the request takes.
    pub(super) fn of_answer(status: u16, accepted: Option<&str>, body: &[u8], needs: &str) -> Self {
        let parsed: Option<Value> = serde_json::from_slice(body).ok();
        let message = words(parsed.as_ref(), body);
        let needed = || Refusal::NoPermission {
            needs: accepted.map_or_else(|| needs.to_owned(), |listed| listed.replace('=', ": ")),
        };
        if let Some(known) = Self::of_words(&message) {
            return known;
        }
        match status {
            401 => Refusal::Unauthorized,
            403 if message.starts_with("Resource not accessible") || message.contains("Must have") => {
                needed()
            }
            403 => Refusal::NoPermission {
                needs: if message.is_empty() {
                    needs.to_owned()
                } else {
                    format!("{needs}; GitHub said: {message}")
                },
            },
            404 | 410 | 451 => Refusal::NotFound {
                what: needs.to_owned(),
            },
            301 | 302 | 307 | 308 => {
                Refusal::Stale("the repository was renamed or transferred meanwhile".into())
            }
            413 => Refusal::TooLarge(message),
            429 => Refusal::Limited { until: None },
            500.. => Refusal::Down(format!("status {status}")),
            _ => Refusal::Other { status, message },
        }
    }

    /// What one of the `errors` of a GraphQL answer means.
    pub(super) fn of_graphql(kind: &str, message: &str, needs: &str) -> Self {
        let known = Self::of_words(message);
        match (kind, known) {
            ("RATE_LIMITED" | "RATE_LIMIT", _) => Refusal::Limited { until: None },
            (_, Some(known)) => known,
            ("NOT_FOUND", None) => Refusal::NotFound {
                what: message.to_owned(),
            },
            ("FORBIDDEN" | "INSUFFICIENT_SCOPES", None) => Refusal::NoPermission {
                needs: format!("{needs}; GitHub said: {message}"),
            },
            ("STALE_DATA", None) => Refusal::Stale(message.to_owned()),
            (
                "MAX_NODE_LIMIT_EXCEEDED" | "RESOURCE_LIMITS_EXCEEDED" | "INTERNAL" | "SERVICE_UNAVAILABLE",
                None,
            ) => Refusal::Down(message.to_owned()),
            _ => Refusal::Other {
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
                Refusal::Limited { until: None }
            } else if has("Repository was archived") {
                Refusal::Archived
            } else if lower.contains("issue is locked")
                || lower.contains("conversation is locked")
                || lower.contains("conversation has been locked")
            {
                Refusal::Locked
            } else if has("Git Repository is empty") {
                Refusal::Empty
            } else if has("Reference already exists") {
                Refusal::Exists(Thing::Branch)
            } else if has("A pull request already exists") {
                Refusal::Exists(Thing::Pull)
            } else if has("Reference does not exist")
                || has("Object does not exist")
                || has("is not a valid tree oid")
            {
                Refusal::Missing(text())
            } else if lower.contains("not a fast forward") || lower.contains("not a fast-forward") {
                Refusal::NotFastForward
            } else if has("Expected branch to point to") || has("but expected") {
                Refusal::Stale(text())
            } else if has("state cannot be changed") {
                Refusal::NotReopened(text())
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
                Refusal::Rule(text())
            } else if lower.contains("is too long") || lower.contains("too large") {
                Refusal::TooLarge(text())
            } else if has("Something went wrong while executing your query")
                || has("timed out")
                || has("timeout")
            {
                Refusal::Down(text())
            } else {
                return None;
            },
        )
    }

    /// One sentence, no full stop.
    pub fn sentence(&self) -> String {
        match self {
            Refusal::Unauthorized => "GitHub does not accept the credentials".into(),
            Refusal::NotFound { what } => format!("GitHub finds nothing there ({})", clip(what)),
            Refusal::NoPermission { needs } => format!("the token may not do that; it takes {}", clip(needs)),
            Refusal::Archived => "the repository is archived, so nothing can be written there".into(),
            Refusal::Empty => "the repository holds no commit".into(),
            Refusal::Locked => "the conversation is locked, so our token may not comment there".into(),
            Refusal::Rule(text) => format!("a rule of the repository forbids it: {}", clip(text)),
            Refusal::Exists(Thing::Branch) => "the branch exists already, with another commit".into(),
            Refusal::Exists(Thing::Pull) => "a pull request exists already".into(),
            Refusal::Missing(text) => format!("something that was there is gone: {}", clip(text)),
            Refusal::NotFastForward => "the branch holds commits that the move would lose".into(),
            Refusal::Stale(text) => format!("it changed since it was read: {}", clip(text)),
            Refusal::NotReopened(text) => {
                format!("GitHub does not open the pull request again: {}", clip(text))
            }
            Refusal::Limited { .. } => "GitHub takes no more requests for now".into(),
            Refusal::TooLarge(text) => format!("it is larger than GitHub takes: {}", clip(text)),
            Refusal::Down(text) => format!("GitHub did not answer as it should: {}", clip(text)),
            Refusal::Stopped => "stopped before it was written, as asked".into(),
            Refusal::Setup(text) | Refusal::NotSent(text) | Refusal::Unrecorded(text) => clip(text),
            Refusal::Other { status, message } => {
                format!("GitHub refused with status {status}: {}", clip(message))
            }
        }
    }

    /// What to do about it.
    pub fn way_out(&self) -> &'static str {
        match self {
            Refusal::Unauthorized => {
                "see that GITHUB_TOKEN (or GH_TOKEN, or the App's key) is right and has not expired"
            }
            Refusal::NotFound { .. } => {
                "correct the name, or give the token access to the repository: GitHub hides what a token may not see"
            }
            Refusal::NoPermission { .. } => {
                "give the token that permission; an organization with single sign-on must also authorize it. `lessonbook doctor` shows what is held and missing"
            }
            Refusal::Archived => "take the target out of targets.yaml, or unarchive it",
            Refusal::Locked => "unlock the conversation, or read there what the run says of it",
            Refusal::Empty => "push a first commit, or take the target out of targets.yaml",
            Refusal::Rule(_) => {
                "let the token's user or App bypass the rule for branches `lessonbook/*`, or take the branch out of the rule; `lessonbook doctor` lists the rules"
            }
            Refusal::Exists(_) | Refusal::Missing(_) | Refusal::NotFastForward | Refusal::Stale(_) => {
                "run again: the next run reads it anew"
            }
            Refusal::NotReopened(_) => "the next run opens a new pull request that names the old one",
            Refusal::Limited { .. } => {
                "the next run begins with what was left over; a larger `proposal.pace` meets the limit later"
            }
            Refusal::TooLarge(_) => "shorten the lessons, or spread them over more entry points",
            Refusal::Down(_) => {
                "run again later; https://www.githubstatus.com says whether GitHub has trouble"
            }
            Refusal::Stopped => "run again: what was written is found, nothing is written twice",
            Refusal::Setup(_) => "correct the variable",
            Refusal::Unrecorded(_) => "make room, or name another file with --log; then run again",
            Refusal::NotSent(_) => "please report it: a plan should not ask for that",
            Refusal::Other { .. } => {
                "GitHub's words above say what it wants; `lessonbook doctor` looks at the usual causes"
            }
        }
    }

    /// The code of the finding.
    pub fn code(&self) -> Code {
        match self {
            Refusal::Unauthorized | Refusal::Setup(_) => Code::GithubSetup,
            Refusal::NotFound { .. } => Code::GithubNotFound,
            Refusal::NoPermission { .. } => Code::GithubForbidden,
            Refusal::Empty => Code::EmptyRepository,
            Refusal::Stale(_) | Refusal::Exists(_) | Refusal::Missing(_) | Refusal::NotFastForward => {
                Code::BaseMoved
            }
            Refusal::Limited { .. } | Refusal::Stopped => Code::GithubLimited,
            Refusal::Unrecorded(_) => Code::RecordUnwritable,
            Refusal::Down(_) => Code::GithubDown,
            Refusal::Archived
            | Refusal::Locked
            | Refusal::Rule(_)
            | Refusal::NotReopened(_)
            | Refusal::TooLarge(_)
            | Refusal::NotSent(_)
            | Refusal::Other { .. } => Code::GithubRefused,
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
            Refusal::Limited { .. } | Refusal::Stopped | Refusal::Unrecorded(_)
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
