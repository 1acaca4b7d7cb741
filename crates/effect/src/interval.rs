//! The exact confidence interval of the ratio of two rates.
//!
//! Input: for each repository, events and exposure before and after a date. Output: a [`RatioInterval`]. Not here: what an event
//! is, and what follows from the interval (`comparison`).
//!
//! In one repository with n events in all, the number of those after the date is binomial with p = rA / (rA + B), where A and B are
//! the exposures after and before it, and r is the ratio of the rates. The bounds of Clopper and Pearson (1934) for p are those of r:
//! Przyborowski and Wilenski (1940). For several repositories, each with a rate of its own, the events after the date are a
//! sum of such binomials with one r, so the bounds are found from the distribution of the sum (Gart 1970). Neither needs an
//! approximation, nor that the repositories are alike.

/// How often the true ratio is outside of the interval, at most.
pub const ERROR_RATE: f64 = 0.05;

/// With more events than this the sum is normal to four digits, and adding up every case would take long.
const MAX_EXACT: usize = 10_000;

/// The bounds of the search, as logarithms: no ratio of two counts below 2^40 is outside. The steps give seven digits.
const WIDEST: f64 = 30.0;
const STEPS: usize = 30;

/// Probabilities below this do not count: they are more than twelve standard deviations away.
const NEGLIGIBLE: f64 = 1e-40;

/// Events and exposure of one repository before and after its date.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Stratum {
    /// Events before.
    pub before: usize,
    /// Exposure before.
    pub exposed_before: usize,
    /// Events after.
    pub after: usize,
    /// Exposure after.
    pub exposed_after: usize,
}

/// The ratio of the rate after a date to the one before it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RatioInterval {
    /// The most likely ratio; none: it has no bound, because nothing happened before the date.
    pub ratio: Option<f64>,
    /// The lower bound.
    pub low: f64,
    /// The upper bound; none: there is none.
    pub high: Option<f64>,
}

impl Stratum {
    /// Whether there was exposure on both sides, so that the rates can be compared.
    pub fn is_comparable(&self) -> bool {
        self.exposed_before > 0 && self.exposed_after > 0
    }

    fn events(&self) -> usize {
        self.before + self.after
    }

    /// The probability that an event is one after the date.
    #[expect(clippy::cast_precision_loss, reason = "counts of commits are far below 2^52")]
    fn probability(&self, ratio: f64) -> f64 {
        let after = ratio * self.exposed_after as f64;
        after / (after + self.exposed_before as f64)
    }
}

/// The interval of the ratio that all repositories have in common; none without any event. Repositories that can't be compared are
/// left out.
pub fn ratio_interval(strata: &[Stratum]) -> Option<RatioInterval> {
    let strata: Vec<Stratum> = strata
        .iter()
        .copied()
        .filter(|stratum| stratum.is_comparable() && stratum.events() > 0)
        .collect();
    let after: usize = strata.iter().map(|stratum| stratum.after).sum();
    let events: usize = strata.iter().map(Stratum::events).sum();
    if events == 0 {
        return None;
    }
    let tail = ERROR_RATE / 2.0;
    let sum = EventSum::new(strata, after, events);
    // With a larger ratio more events are after the date: the first probability grows, the second one shrinks.
    let at_least = |ratio: f64| 1.0 - sum.below(after, ratio);
    let at_most = |ratio: f64| sum.below(after + 1, ratio);
    let low = if after == 0 {
        0.0
    } else {
        search(|ratio| at_least(ratio) < tail)
    };
    let high = (after < events).then(|| search(|ratio| at_most(ratio) > tail));
    let ratio = match after {
        0 => Some(0.0),
        _ if after == events => None,
        _ => Some(sum.likely),
    };
    Some(RatioInterval { ratio, low, high })
}

/// The ratio at which a condition that holds for small ratios ends.
fn search(is_below: impl Fn(f64) -> bool) -> f64 {
    let (mut low, mut high) = (-WIDEST, WIDEST);
    for _ in 0..STEPS {
        let middle = f64::midpoint(low, high);
        if is_below(middle.exp()) {
            low = middle;
        } else {
            high = middle;
        }
    }
    f64::midpoint(low, high).exp()
}

/// How many events after the date are expected.
fn expected(strata: &[Stratum], ratio: f64) -> f64 {
    let of = |stratum: &Stratum| precise(stratum.events()) * stratum.probability(ratio);
    strata.iter().map(of).sum()
}

/// The number of events after the date in all repositories, for any ratio.
struct EventSum {
    strata: Vec<Stratum>,
    /// The ratio with which the observed number is the expected one.
    likely: f64,
    /// The logarithms of the probabilities with that ratio, for 0, 1, … events; none: there are too many events.
    logs: Option<Vec<f64>>,
}

impl EventSum {
    fn new(strata: Vec<Stratum>, after: usize, events: usize) -> Self {
        // At the ends there is no such ratio; half an event is near enough to start from.
        let target = precise(after).clamp(0.5, precise(events) - 0.5);
        let likely = search(|ratio| expected(&strata, ratio) < target);
        let logs = (events <= MAX_EXACT).then(|| {
            let factorials = log_factorials(events);
            let mut sum = vec![1.0];
            for stratum in &strata {
                sum = convolved(
                    &sum,
                    &binomial(&factorials, stratum.events(), stratum.probability(likely)),
                );
            }
            sum.into_iter().map(f64::ln).collect()
        });
        EventSum { strata, likely, logs }
    }

    /// The probability of fewer than `count` events after the date. With another ratio each probability is multiplied by the power
    /// of the ratios' quotient, and all by one constant.
    fn below(&self, count: usize, ratio: f64) -> f64 {
        let Some(logs) = &self.logs else {
            return below_of_normal(&self.strata, count, ratio);
        };
        let factor = (ratio / self.likely).ln();
        let weights: Vec<f64> = logs
            .iter()
            .enumerate()
            .map(|(number, log)| log + precise(number) * factor)
            .collect();
        let most = weights.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let sum = |weights: &[f64]| weights.iter().map(|weight| (weight - most).exp()).sum::<f64>();
        let split = count.min(weights.len());
        let (less, more) = (sum(&weights[..split]), sum(&weights[split..]));
        less / (less + more)
    }
}

/// The probability of fewer than `count` events, where the sum is normal, with the correction for whole numbers.
fn below_of_normal(strata: &[Stratum], count: usize, ratio: f64) -> f64 {
    let variance: f64 = strata
        .iter()
        .map(|stratum| {
            let p = stratum.probability(ratio);
            precise(stratum.events()) * p * (1.0 - p)
        })
        .sum();
    let distance = precise(count) - 0.5 - expected(strata, ratio);
    if variance <= 0.0 {
        return if distance > 0.0 { 1.0 } else { 0.0 };
    }
    normal_below(distance / variance.sqrt())
}

/// The normal distribution function, by the series of Marsaglia (2004), which is exact to the last digits of a number.
fn normal_below(z: f64) -> f64 {
    if z.abs() > 8.0 {
        return if z > 0.0 { 1.0 } else { 0.0 };
    }
    let (mut sum, mut term, mut odd) = (z, z, 1.0);
    for _ in 0..200 {
        odd += 2.0;
        term *= z * z / odd;
        sum += term;
    }
    let density = (-z * z / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt();
    (0.5 + sum * density).clamp(0.0, 1.0)
}

/// The probabilities of 0 to n successes.
fn binomial(logs: &[f64], n: usize, p: f64) -> Vec<f64> {
    let (yes, no) = (p.ln(), (-p).ln_1p());
    (0..=n)
        .map(|k| {
            let ways = logs[n] - logs[k] - logs[n - k];
            // Zero times the logarithm of zero is one way and no factor.
            let power = |count: usize, log: f64| if count == 0 { 0.0 } else { precise(count) * log };
            (ways + power(k, yes) + power(n - k, no)).exp()
        })
        .collect()
}

/// The distribution of the sum of two independent numbers.
fn convolved(one: &[f64], other: &[f64]) -> Vec<f64> {
    let mut sum = vec![0.0; one.len() + other.len() - 1];
    for (at, a) in one.iter().enumerate().filter(|(_, a)| **a > NEGLIGIBLE) {
        for (place, b) in sum[at..].iter_mut().zip(other) {
            *place += a * b;
        }
    }
    sum
}

fn log_factorials(n: usize) -> Vec<f64> {
    let mut logs = vec![0.0; n + 1];
    for k in 1..=n {
        logs[k] = logs[k - 1] + precise(k).ln();
    }
    logs
}

#[expect(clippy::cast_precision_loss, reason = "counts of commits are far below 2^52")]
fn precise(count: usize) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may stop at what it can't read")]

    use super::*;

    fn one(before: usize, exposed_before: usize, after: usize, exposed_after: usize) -> Stratum {
        Stratum {
            before,
            exposed_before,
            after,
            exposed_after,
        }
    }

    fn near(value: f64, expected: f64) {
        assert!(
            (value - expected).abs() <= 1e-4 * expected.abs().max(1e-3),
            "{value}, not {expected}"
        );
    }

    /// The bounds of p in one stratum with equal exposures, where the ratio is p / (1 - p).
    fn clopper_pearson(successes: usize, n: usize) -> (f64, f64) {
        let interval = ratio_interval(&[one(n - successes, 7, successes, 7)]).unwrap();
        let p = |ratio: f64| ratio / (1.0 + ratio);
        (p(interval.low), interval.high.map_or(1.0, p))
    }

    #[test]
    fn one_repository_has_the_bounds_of_clopper_and_pearson() {
        // `binom.test(x, n)$conf.int` of R.
        for (x, n, low, high) in [
            (3, 20, 0.032_071_0, 0.378_926_8),
            (0, 10, 0.0, 0.308_497_1),
            (10, 10, 0.691_502_9, 1.0),
            (5, 10, 0.187_086_0, 0.812_914_0),
            (1, 100, 0.000_253_146, 0.054_459_4),
        ] {
            let bounds = clopper_pearson(x, n);
            near(bounds.0, low);
            near(bounds.1, high);
        }
    }

    #[test]
    fn the_ratio_counts_exposure() {
        // Clopper and Pearson for 2 of 14, as a ratio of rates.
        let interval = ratio_interval(&[one(12, 140, 2, 90)]).unwrap();
        near(interval.ratio.unwrap(), 2.0 / 90.0 / (12.0 / 140.0));
        near(interval.low, 0.028_181_84);
        near(interval.high.unwrap(), 1.164_561);
    }

    #[test]
    fn equal_strata_are_as_one_and_what_can_t_be_compared_is_left_out() {
        let whole = ratio_interval(&[one(12, 140, 6, 70)]).unwrap();
        let parts = ratio_interval(&[one(8, 70, 2, 35), one(4, 70, 4, 35), one(9, 10, 0, 0)]).unwrap();
        near(parts.low, whole.low);
        near(parts.high.unwrap(), whole.high.unwrap());
        near(parts.ratio.unwrap(), 1.0);
        assert_eq!(ratio_interval(&[one(0, 10, 0, 10), one(3, 5, 0, 0)]), None);
    }

    #[test]
    fn repositories_with_other_rates_do_not_look_like_an_effect() {
        // Each repository has the same rate before and after; the busy one was merged late, the quiet one early.
        let interval = ratio_interval(&[one(90, 180, 10, 20), one(1, 20, 9, 180)]).unwrap();
        near(interval.ratio.unwrap(), 1.0);
    }

    #[test]
    fn nothing_on_one_side_has_one_bound() {
        let none_after = ratio_interval(&[one(9, 50, 0, 50)]).unwrap();
        assert_eq!((none_after.ratio, none_after.low), (Some(0.0), 0.0));
        near(none_after.high.unwrap(), 0.336_267_0 / (1.0 - 0.336_267_0));
        let none_before = ratio_interval(&[one(0, 50, 9, 50)]).unwrap();
        assert_eq!((none_before.ratio, none_before.high), (None, None));
    }

    #[test]
    fn many_events_are_quick_and_join_the_exact_bounds() {
        let exact = ratio_interval(&[one(4_990, 50_000, 4_990, 50_000)]).unwrap();
        let normal = ratio_interval(&[one(5_010, 50_000, 5_010, 50_000)]).unwrap();
        assert!((exact.low - normal.low).abs() < 3e-4, "{exact:?} {normal:?}");
        let large = ratio_interval(&[one(90_000, 100_000, 45_000, 100_000)]).unwrap();
        assert!(
            (large.ratio.unwrap() - 0.5).abs() < 1e-3 && large.high.unwrap() < 0.51,
            "{large:?}"
        );
    }
}
