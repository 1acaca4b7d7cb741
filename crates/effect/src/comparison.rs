//! Rates before and after a date, and what may be said of them.
//!
//! Input: a [`Stratum`] for each repository. Output: a [`Comparison`] with a [`Verdict`]. Not here: which commits count
//! (`recurrence`).

use serde::Serialize;

use crate::interval::{Stratum, ratio_interval};

/// With fewer events than this the verdict is `CannotTell`.
pub const FEWEST_EVENTS: usize = 5;

/// Commits that introduced a place, and those that had the opportunity.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Rate {
    /// Commits that introduced at least one place.
    pub introduced: usize,
    /// Commits that added or changed at least one place that a check judges.
    pub exposed: usize,
}

impl Rate {
    /// `12 of 140`.
    pub fn words(self) -> String {
        format!("{} of {}", self.introduced, self.exposed)
    }
}

/// What may be said of the commits after a date, compared with those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Fewer of them introduced a place.
    Fewer,
    /// More of them did.
    More,
    /// Chance alone may explain the difference, or something else does.
    CannotTell,
}

/// Why the verdict is `CannotTell`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Doubt {
    /// There is no exposed commit on one of the two sides.
    NothingToCompare,
    /// Fewer than [`FEWEST_EVENTS`] commits introduced a place.
    TooFew,
    /// The interval contains 1.
    Interval,
    /// Targets that had not merged the lesson changed in the same way over the same dates.
    AlsoNotReached,
    /// There is the same difference at a date on which nothing happened.
    AlsoPlacebo,
}

/// A comparison over one or more repositories.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Comparison {
    /// Before the date.
    pub before: Rate,
    /// After it.
    pub after: Rate,
    /// How many repositories are compared.
    pub repositories: usize,
    /// How many have no exposed commit on one of the two sides, and are left out.
    pub left_out: usize,
    /// The rate after the date divided by the one before it; none: it is not known, or has no bound.
    pub ratio: Option<f64>,
    /// The lower bound of its 95 % interval; none: nothing happened.
    pub low: Option<f64>,
    /// The upper bound; none: there is none.
    pub high: Option<f64>,
    /// The verdict.
    pub verdict: Verdict,
    /// Why the verdict is `CannotTell`.
    pub doubt: Option<Doubt>,
}

impl Comparison {
    /// Compares the two sides of each repository.
    pub fn new(strata: &[Stratum]) -> Self {
        let comparable: Vec<&Stratum> = strata.iter().filter(|stratum| stratum.is_comparable()).collect();
        let sum = |count: fn(&Stratum) -> usize| comparable.iter().map(|stratum| count(stratum)).sum();
        let before = Rate {
            introduced: sum(|stratum| stratum.before),
            exposed: sum(|stratum| stratum.exposed_before),
        };
        let after = Rate {
            introduced: sum(|stratum| stratum.after),
            exposed: sum(|stratum| stratum.exposed_after),
        };
        let interval = ratio_interval(strata);
        let (low, high) = (
            interval.map(|interval| interval.low),
            interval.and_then(|interval| interval.high),
        );
        let doubt = if comparable.is_empty() {
            Some(Doubt::NothingToCompare)
        } else if before.introduced + after.introduced < FEWEST_EVENTS {
            Some(Doubt::TooFew)
        } else if low.is_none_or(|low| low <= 1.0) && high.is_none_or(|high| high >= 1.0) {
            Some(Doubt::Interval)
        } else {
            None
        };
        let verdict = match doubt {
            Some(_) => Verdict::CannotTell,
            None if high.is_some_and(|high| high < 1.0) => Verdict::Fewer,
            None => Verdict::More,
        };
        Comparison {
            before,
            after,
            repositories: comparable.len(),
            left_out: strata.len() - comparable.len(),
            ratio: interval.and_then(|interval| interval.ratio),
            low,
            high,
            verdict,
            doubt,
        }
    }

    /// The verdict, with the reason if it is `CannotTell`.
    pub fn verdict_words(&self) -> String {
        let why = match self.doubt {
            None => None,
            Some(Doubt::NothingToCompare) => Some("no exposed commit on one side".to_owned()),
            Some(Doubt::TooFew) => Some(format!("fewer than {FEWEST_EVENTS} commits introduced a place")),
            Some(Doubt::Interval) => Some("the interval contains 1".to_owned()),
            Some(Doubt::AlsoNotReached) => {
                Some("targets that had not merged the lesson changed in the same way".to_owned())
            }
            Some(Doubt::AlsoPlacebo) => Some("a date on which nothing happened shows the same".to_owned()),
        };
        let word = match self.verdict {
            Verdict::Fewer => "fewer",
            Verdict::More => "more",
            Verdict::CannotTell => "cannot tell",
        };
        why.map_or_else(|| word.to_owned(), |why| format!("{word}: {why}"))
    }

    /// `0.13 (0.00 to 0.86)`.
    pub fn ratio_words(&self) -> String {
        let Some(low) = self.low else {
            return "-".to_owned();
        };
        let bound = |value: Option<f64>| value.map_or_else(|| "∞".to_owned(), |value| format!("{value:.2}"));
        format!("{} ({low:.2} to {})", bound(self.ratio), bound(self.high))
    }

    /// The same, but `CannotTell` if another comparison, in which the lesson can't be the reason, has the same verdict.
    #[must_use]
    pub fn unless_also_in(mut self, other: Option<&Comparison>, doubt: Doubt) -> Self {
        let is_same = other.is_some_and(|other| other.verdict == self.verdict);
        if self.verdict != Verdict::CannotTell && is_same {
            (self.verdict, self.doubt) = (Verdict::CannotTell, Some(doubt));
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compared(before: usize, exposed_before: usize, after: usize, exposed_after: usize) -> Comparison {
        Comparison::new(&[Stratum {
            before,
            exposed_before,
            after,
            exposed_after,
        }])
    }

    #[test]
    fn little_or_no_difference_is_no_verdict() {
        let say = |comparison: Comparison| (comparison.verdict, comparison.doubt);
        assert_eq!(say(compared(20, 100, 2, 100)), (Verdict::Fewer, None));
        assert_eq!(say(compared(2, 100, 20, 100)), (Verdict::More, None));
        assert_eq!(say(compared(9, 100, 0, 100)), (Verdict::Fewer, None));
        assert_eq!(
            say(compared(4, 10, 0, 1000)),
            (Verdict::CannotTell, Some(Doubt::TooFew))
        );
        assert_eq!(
            say(compared(10, 100, 8, 100)),
            (Verdict::CannotTell, Some(Doubt::Interval))
        );
        assert_eq!(
            say(compared(9, 100, 0, 0)),
            (Verdict::CannotTell, Some(Doubt::NothingToCompare))
        );
    }

    #[test]
    fn a_difference_that_is_also_elsewhere_is_no_verdict() {
        let fewer = compared(20, 100, 2, 100);
        let elsewhere = compared(30, 100, 3, 100);
        let after = fewer
            .clone()
            .unless_also_in(Some(&elsewhere), Doubt::AlsoNotReached);
        assert_eq!(
            (after.verdict, after.doubt),
            (Verdict::CannotTell, Some(Doubt::AlsoNotReached))
        );
        let other = compared(3, 100, 30, 100);
        assert_eq!(
            fewer.clone().unless_also_in(Some(&other), Doubt::AlsoPlacebo),
            fewer
        );
    }
}
