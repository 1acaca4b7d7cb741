//! Limits the speed of requests, and waits for GitHub's rate limits.
//!
//! Input: calls before each request, and the headers of every response. Output: a turn, after the necessary wait; or
//! [`GithubError::Limited`] if the wait would be too long, or [`GithubError::Stopped`]. Not here: sending.
//!
//! GitHub asks clients to wait a second between writes. After a secondary limit: for `retry-after`, else until the reset time if
//! nothing remains, else a minute, doubled each time (docs.github.com, "Best practices for using the REST API", 2026-11-20).

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http::HeaderMap;
use tokio::sync::Notify;
use tokio::time::{Instant, timeout_at};

use super::error::GithubError;

/// The rate limit that a request counts against. GitHub counts REST and GraphQL separately.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Quota {
    Rest,
    Graphql,
}

/// Paces the requests of one run.
#[derive(Debug)]
pub(super) struct RateLimiter {
    state: Mutex<LimiterState>,
    /// The least time between two writes.
    floor: Duration,
    /// The longest single wait.
    patience: Duration,
    /// The first wait before a request is repeated.
    backoff: Duration,
    deadline: Option<Instant>,
    stop: StopSignal,
}

/// Stops a run: a request in flight gets its response, no further one is sent, and all waits end.
#[derive(Debug, Clone, Default)]
pub struct StopSignal(Arc<(AtomicBool, Notify)>);

impl StopSignal {
    /// Stops the run: from now on nothing is sent.
    pub fn stop(&self) {
        self.0.0.store(true, Ordering::SeqCst);
        self.0.1.notify_waiters();
    }

    fn check(&self) -> Result<(), GithubError> {
        if self.0.0.load(Ordering::SeqCst) {
            return Err(GithubError::Stopped);
        }
        Ok(())
    }

    /// Waits until this time, or until the run is stopped.
    async fn sleep_until(&self, until: Instant) -> Result<(), GithubError> {
        // Created before the check, so that a stop in between is not missed.
        let stopped = self.0.1.notified();
        self.check()?;
        let _time_is_up = timeout_at(until, stopped).await;
        self.check()
    }
}

#[derive(Debug, Default)]
struct LimiterState {
    /// The current time between two writes.
    gap: Duration,
    next_write: Option<Instant>,
    /// Until when GitHub refuses the requests of a token's owner.
    closed: BTreeMap<(String, Quota), Instant>,
    /// Limits in a row, without a successful response in between.
    strikes: u32,
    /// Successful writes since the gap changed.
    calm: u32,
    waited: Duration,
}

/// The longest wait if GitHub does not send a time.
const LONGEST: Duration = Duration::from_secs(15 * 60);
/// After this many successful writes the gap is reduced again.
const CALM: u32 = 20;

impl RateLimiter {
    pub fn new(floor: Duration, patience: Duration, backoff: Duration, deadline: Option<Instant>) -> Self {
        let state = LimiterState {
            gap: floor,
            ..LimiterState::default()
        };
        RateLimiter {
            state: Mutex::new(state),
            floor,
            patience,
            backoff,
            deadline,
            stop: StopSignal::default(),
        }
    }

    /// The signal with which the run can be stopped.
    pub fn stopper(&self) -> StopSignal {
        self.stop.clone()
    }

    /// Waits for a turn.
    pub async fn turn(&self, owner: &str, purse: Quota, write: bool) -> Result<(), GithubError> {
        let key = (owner.to_owned(), purse);
        let mut reserved = None;
        loop {
            let now = Instant::now();
            let until = {
                let mut state = self.state();
                let closed = state.closed.get(&key).copied().filter(|until| *until > now);
                if write && reserved.is_none() {
                    let at = state
                        .next_write
                        .unwrap_or(now)
                        .max(closed.unwrap_or(now))
                        .max(now);
                    if !self.is_worth(now, at) {
                        return Err(limited(at, now));
                    }
                    state.next_write = Some(at + state.gap);
                    reserved = Some(at);
                }
                closed.into_iter().chain(reserved.filter(|at| *at > now)).max()
            };
            if !self.is_worth(now, until.unwrap_or(now)) {
                return Err(limited(until.unwrap_or(now), now));
            }
            let Some(until) = until else {
                return self.stop.check();
            };
            self.stop.sleep_until(until).await?;
            self.state().waited += until - now;
        }
    }

    /// Waits before a request is repeated, longer each time.
    pub async fn rest(&self, tried: u32) -> Result<(), GithubError> {
        let time = self.backoff * 2_u32.saturating_pow(tried.clamp(1, 6) - 1);
        let now = Instant::now();
        if !self.is_worth(now, now + time) {
            return Err(limited(now + time, now));
        }
        self.stop.sleep_until(now + time).await?;
        self.state().waited += time;
        Ok(())
    }

    /// Updates the limits from a response. `limited` if the response reports too many requests.
    pub fn learn(&self, owner: &str, purse: Quota, write: bool, headers: &HeaderMap, limited: bool) {
        let now = Instant::now();
        let spent = number(headers, "x-ratelimit-remaining") == Some(0);
        let reset = spent.then(|| reset(headers)).flatten();
        let mut state = self.state();
        if !limited {
            if let Some(wait) = reset {
                close(&mut state, owner, purse, now + wait);
            }
            state.strikes = 0;
            if write {
                state.calm += 1;
            }
            if state.calm >= CALM && state.gap > self.floor {
                state.gap = (state.gap * 3 / 4).max(self.floor);
                state.calm = 0;
            }
            return;
        }
        state.strikes += 1;
        state.calm = 0;
        let guess = Duration::from_secs(60) * 2_u32.saturating_pow(state.strikes.min(8) - 1);
        let retry_after = number(headers, "retry-after").map(Duration::from_secs);
        let until = now + retry_after.or(reset).unwrap_or(guess.min(LONGEST));
        close(&mut state, owner, purse, until);
        if reset.is_none() {
            // A secondary limit is about speed, and applies to REST and GraphQL together.
            for purse in [Quota::Rest, Quota::Graphql] {
                close(&mut state, owner, purse, until);
            }
            state.gap = (state.gap * 2).clamp(Duration::from_millis(500), Duration::from_secs(60));
        }
    }

    /// The current time between two writes.
    pub fn gap(&self) -> Duration {
        self.state().gap
    }

    /// The total waiting time.
    pub fn waited(&self) -> Duration {
        self.state().waited
    }

    /// Whether the deadline has passed.
    pub fn is_over(&self) -> bool {
        self.deadline.is_some_and(|deadline| Instant::now() >= deadline)
    }

    fn is_worth(&self, now: Instant, until: Instant) -> bool {
        until.saturating_duration_since(now) <= self.patience
            && self.deadline.is_none_or(|deadline| until < deadline)
    }

    fn state(&self) -> MutexGuard<'_, LimiterState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn close(state: &mut LimiterState, owner: &str, purse: Quota, until: Instant) {
    let at = state.closed.entry((owner.to_owned(), purse)).or_insert(until);
    *at = (*at).max(until);
}

fn limited(until: Instant, now: Instant) -> GithubError {
    let seconds = until.saturating_duration_since(now).as_secs();
    let clock = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    GithubError::Limited {
        until: clock
            .ok()
            .and_then(|time| i64::try_from(time.as_secs() + seconds).ok()),
    }
}

/// The time until the rate limit is reset, by GitHub's clock if the response has a date.
fn reset(headers: &HeaderMap) -> Option<Duration> {
    let reset = number(headers, "x-ratelimit-reset")?;
    let date = headers.get("date").and_then(|date| date.to_str().ok());
    let theirs = date
        .and_then(|date| jiff::fmt::rfc2822::parse(date).ok())
        .and_then(|date| u64::try_from(date.timestamp().as_second()).ok());
    let ours = || {
        let clock = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        clock.map(|time| time.as_secs()).unwrap_or_default()
    };
    let now = theirs.unwrap_or_else(ours);
    // One second more, because both times are rounded down to whole seconds.
    Some(Duration::from_secs(reset.saturating_sub(now) + 1))
}

fn number(headers: &HeaderMap, name: &str) -> Option<u64> {
    headers.get(name)?.to_str().ok()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| {
                (
                    http::HeaderName::from_static(name),
                    value.parse().unwrap_or(http::HeaderValue::from_static("")),
                )
            })
            .collect()
    }

    fn run<F: Future<Output = ()>>(test: F) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build();
        runtime.map_or_else(|error| panic!("{error}"), |runtime| runtime.block_on(test)); // a test
    }

    const HOUR: Duration = Duration::from_secs(3600);

    #[test]
    fn writes_keep_their_distance_and_reads_do_not_wait() {
        run(async {
            let pace = RateLimiter::new(Duration::from_secs(1), HOUR, Duration::ZERO, None);
            let start = Instant::now();
            for _ in 0..5 {
                assert!(pace.turn("", Quota::Rest, true).await.is_ok());
                assert!(pace.turn("", Quota::Rest, false).await.is_ok());
            }
            assert_eq!(start.elapsed().as_secs(), 4);
            assert_eq!(pace.waited().as_secs(), 4);
        });
    }

    #[test]
    fn retry_after_is_waited_for_and_the_pace_slows_down_and_recovers() {
        run(async {
            let pace = RateLimiter::new(Duration::from_secs(1), HOUR, Duration::ZERO, None);
            pace.learn("", Quota::Rest, true, &headers(&[("retry-after", "30")]), true);
            let start = Instant::now();
            assert!(pace.turn("", Quota::Graphql, false).await.is_ok());
            assert_eq!(start.elapsed().as_secs(), 30);
            assert_eq!(pace.gap().as_secs(), 2);
            for _ in 0..80 {
                pace.learn("", Quota::Rest, true, &headers(&[]), false);
            }
            assert_eq!(pace.gap().as_secs(), 1);
        });
    }

    #[test]
    fn an_empty_purse_is_waited_for_by_githubs_own_clock() {
        run(async {
            let pace = RateLimiter::new(Duration::ZERO, HOUR, Duration::ZERO, None);
            let answer = headers(&[
                ("x-ratelimit-remaining", "0"),
                ("x-ratelimit-reset", "100"),
                ("date", "Thu, 01 Jan 1970 00:00:40 GMT"),
            ]);
            pace.learn("acme", Quota::Rest, false, &answer, false);
            let start = Instant::now();
            assert!(pace.turn("acme", Quota::Graphql, false).await.is_ok());
            assert!(pace.turn("other", Quota::Rest, false).await.is_ok());
            assert_eq!(start.elapsed().as_secs(), 0);
            assert!(pace.turn("acme", Quota::Rest, false).await.is_ok());
            assert_eq!(start.elapsed().as_secs(), 61);
        });
    }

    #[test]
    fn without_a_hint_the_wait_is_a_minute_then_two() {
        run(async {
            let pace = RateLimiter::new(Duration::ZERO, HOUR, Duration::ZERO, None);
            let start = Instant::now();
            for minutes in [1, 3, 7] {
                pace.learn("", Quota::Rest, true, &headers(&[]), true);
                assert!(pace.turn("", Quota::Rest, false).await.is_ok());
                assert_eq!(start.elapsed().as_secs(), minutes * 60);
            }
        });
    }

    #[test]
    fn a_stop_ends_a_long_wait() {
        run(async {
            let pace = RateLimiter::new(Duration::ZERO, HOUR, Duration::ZERO, None);
            pace.learn("", Quota::Rest, true, &headers(&[("retry-after", "600")]), true);
            let start = Instant::now();
            let stopper = pace.stopper();
            let (turn, ()) = futures_util::future::join(pace.turn("", Quota::Rest, true), async {
                tokio::time::sleep(Duration::from_secs(2)).await;
                stopper.stop();
            })
            .await;
            assert_eq!((turn, start.elapsed().as_secs()), (Err(GithubError::Stopped), 2));
            assert_eq!(
                pace.turn("", Quota::Graphql, false).await,
                Err(GithubError::Stopped)
            );
        });
    }

    #[test]
    fn a_wait_past_the_deadline_or_too_long_fails_at_once() {
        run(async {
            let impatient = RateLimiter::new(Duration::ZERO, Duration::from_secs(10), Duration::ZERO, None);
            impatient.learn("", Quota::Rest, true, &headers(&[("retry-after", "30")]), true);
            let start = Instant::now();
            assert!(matches!(
                impatient.turn("", Quota::Rest, false).await,
                Err(GithubError::Limited { until: Some(_) })
            ));
            let late = RateLimiter::new(
                Duration::from_secs(1),
                HOUR,
                Duration::ZERO,
                Some(start + Duration::from_millis(1500)),
            );
            assert!(late.turn("", Quota::Rest, true).await.is_ok());
            assert!(late.turn("", Quota::Rest, true).await.is_ok());
            assert!(matches!(
                late.turn("", Quota::Rest, true).await,
                Err(GithubError::Limited { .. })
            ));
            assert_eq!(start.elapsed().as_secs(), 1);
        });
    }
}
