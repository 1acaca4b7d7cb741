//! What can go wrong on the way, and for which request.
//!
//! Input: a test's wish. Output: the fault for a request. Not here: carrying it out (`server.rs`).

use super::Seen;

/// What happens instead of an answer, or to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// An error with GitHub's shape; nothing is done.
    Status(u16),
    /// An error's page; nothing is done.
    Html(u16),
    /// An answer of the test's own: status, headers, body; nothing is done.
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
    /// No answer at all; nothing is done.
    Hang,
    /// It is done, and the connection is reset.
    LostAnswer,
    /// It is done, and there is no answer.
    HangAfter,
    /// It is done, and half of the answer's body comes.
    CutBody,
    /// It is done, and the answer is a 502 page.
    BadGatewayAfter,
}

impl Fault {
    /// Whether the request does its work all the same.
    pub fn works(&self) -> bool {
        matches!(
            self,
            Fault::LostAnswer | Fault::HangAfter | Fault::CutBody | Fault::BadGatewayAfter
        )
    }
}

/// Which requests.
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

    /// Requests of a method to paths of a pattern, in which `*` stands for anything: `("POST", "/repos/acme/*/git/refs")`.
    pub fn rest(method: &str, path: &str) -> Self {
        Match {
            method: Some(method.to_owned()),
            path: Some(path.to_owned()),
            ..Match::default()
        }
    }

    /// GraphQL requests whose body holds this text.
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

    /// Only those whose body holds this text, too.
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

    /// So many times; without this, once.
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

/// A fault that waits for its request.
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

/// The fault for this request; the first one planned counts.
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

/// Whether a text fits a pattern in which `*` stands for anything, slashes too.
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
