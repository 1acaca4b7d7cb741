//! Faults that a test plans, and the requests that they apply to.
//!
//! Input: calls of a test. Output: the fault for a request. Not here: carrying it out (`server.rs`).

use super::Seen;

/// What happens instead of, or to, a response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// An error with GitHub's shape; nothing is done.
    Status(u16),
    /// An error's page; nothing is done.
    Html(u16),
    /// A response from the test: status, headers, body; nothing is done.
    Answer(u16, Vec<(&'static str, String)>, String),
    /// The secondary limit with this status and these seconds in `retry-after`; nothing is done.
    Secondary(u16, Option<u64>),
    /// The primary limit with the time at which it ends; nothing is done.
    Primary(i64),
    /// GraphQL: 200 with `was submitted too quickly`; nothing is done.
    TooQuick,
    /// GraphQL: 200 with `RATE_LIMITED`; nothing is done.
    RateLimited,
    /// The connection is reset; nothing is done.
    Reset,
    /// No response; nothing is done.
    Hang,
    /// The request is carried out, and the connection is reset.
    LostAnswer,
    /// The request is carried out, and there is no response.
    HangAfter,
    /// The request is carried out, and half of the response's body is sent.
    CutBody,
    /// The request is carried out, and the response is a 502 page.
    BadGatewayAfter,
}

impl Fault {
    /// Whether the request is carried out anyway.
    pub fn works(&self) -> bool {
        matches!(
            self,
            Fault::LostAnswer | Fault::HangAfter | Fault::CutBody | Fault::BadGatewayAfter
        )
    }
}

/// The requests that a fault applies to.
#[derive(Debug, Clone, Default)]
pub struct Match {
    method: Option<String>,
    path: Option<String>,
    body: Option<String>,
    writes: Option<bool>,
    skip: usize,
    times: Option<usize>,
}

impl Match {
    /// Every request.
    pub fn any() -> Self {
        Match::default()
    }

    /// Requests with a method and a path that matches a pattern, in which `*` is any text: `("POST", "/repos/acme/*/git/refs")`.
    pub fn rest(method: &str, path: &str) -> Self {
        Match {
            method: Some(method.to_owned()),
            path: Some(path.to_owned()),
            ..Match::default()
        }
    }

    /// GraphQL requests whose body contains this text.
    pub fn graphql(text: &str) -> Self {
        Match {
            path: Some("/graphql".to_owned()),
            body: Some(text.to_owned()),
            ..Match::default()
        }
    }

    /// Requests that write.
    pub fn writes() -> Self {
        Match {
            writes: Some(true),
            ..Match::default()
        }
    }

    /// Requests that only read.
    pub fn reads() -> Self {
        Match {
            writes: Some(false),
            ..Match::default()
        }
    }

    /// Only those whose body contains this text.
    #[must_use]
    pub fn with(mut self, text: &str) -> Self {
        self.body = Some(text.to_owned());
        self
    }

    /// From the n-th of them on; the first one is 1.
    #[must_use]
    pub fn nth(mut self, n: usize) -> Self {
        self.skip = n - 1;
        self
    }

    /// A number of times; the default is once.
    #[must_use]
    pub fn times(mut self, n: usize) -> Self {
        self.times = Some(n);
        self
    }

    /// Every time.
    #[must_use]
    pub fn always(self) -> Self {
        self.times(usize::MAX)
    }

    fn fits(&self, seen: &Seen) -> bool {
        self.method.as_ref().is_none_or(|method| *method == seen.method)
            && self.path.as_ref().is_none_or(|path| fits(path, &seen.path))
            && self
                .body
                .as_ref()
                .is_none_or(|text| seen.body.contains(text.as_str()))
            && self.writes.is_none_or(|writes| writes == seen.writes)
    }
}

/// A planned fault.
#[derive(Debug, Clone)]
pub struct Planned {
    which: Match,
    fault: Fault,
    left: usize,
}

impl Planned {
    /// Plans it.
    pub fn new(which: Match, fault: Fault) -> Self {
        let left = which.times.unwrap_or(1);
        Planned { which, fault, left }
    }
}

/// The fault for this request; the first one planned is used.
pub fn fault_for(planned: &mut [Planned], seen: &Seen) -> Option<Fault> {
    let mut found = None;
    for plan in planned {
        if plan.left == 0 || !plan.which.fits(seen) {
            continue;
        }
        if plan.which.skip > 0 {
            plan.which.skip -= 1;
        } else if found.is_none() {
            plan.left -= 1;
            found = Some(plan.fault.clone());
        }
    }
    found
}

/// Whether a text matches a pattern in which `*` is any text, also with slashes.
pub fn fits(pattern: &str, text: &str) -> bool {
    let Some((first, rest)) = pattern.split_once('*') else {
        return pattern == text;
    };
    let Some(mut text) = text.strip_prefix(first) else {
        return false;
    };
    loop {
        if fits(rest, text) {
            return true;
        }
        let Some(next) = text.chars().next() else {
            return false;
        };
        text = &text[next.len_utf8()..];
    }
}
