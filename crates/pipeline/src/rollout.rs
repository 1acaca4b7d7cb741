//! Whether a version of a lesson may leave the canaries. Each version has a gate, which is computed from the canaries' own repositories.
//!
//! Input: the rules, the state of one version of one lesson in each canary, and the time. Output: a [`RolloutGate`]. Not here: asking the
//! canaries (`run/canary_queries`), reading their answers (`canary_state`), and what the other targets get meanwhile
//! (`non_canary_plan`).
//!
//! Nothing is stored between runs, and each version of each lesson has a gate of its own: a new lesson does not affect another's. With the
//! same answers, an open gate stays open at any later time.

pub mod canary_state;
pub mod non_canary_plan;
mod store_cache;

use serde::Serialize;

use lessonbook_store::{Lesson, Release, Rollout, Severity};

pub use canary_state::{CanaryState, LessonVersion, TouchQuery};
pub use non_canary_plan::{EarlierVersion, LessonVersions, NonCanaryPlans};
pub use store_cache::StoreCache;

/// The answer of one canary about one version of a lesson.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CanaryVerdict {
    /// It was merged at this time, in seconds since 1970. That counts, whatever happened to the canary later.
    Merged(i64),
    /// It counts, and has not merged it; with the time since when it is proposed there, if known.
    Asked(Option<i64>),
    /// It can't be asked, for this reason, and does not count.
    Left(String),
    /// Represents canaries that could not be searched, for this reason: their number and their answers are unknown.
    Unsearched(String),
}

/// A canary that a version of a lesson concerns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CanaryAnswer {
    /// Its name.
    pub canary: String,
    /// Its answer.
    pub word: CanaryVerdict,
}

/// The state of a version of a lesson.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// Enough canaries merged it, and it was present long enough.
    Open,
    /// It concerns no canary, so none could try it: all targets get it.
    NoCanary,
    /// A person opened it by hand.
    OpenedByHand,
    /// Enough canaries merged it, but its bake time is not over.
    Baking,
    /// Too few canaries have merged it so far.
    Asking,
    /// Too few canaries merged it in time.
    GivenUp,
    /// All canaries that it concerns no longer count.
    NoCanaryLeft,
    /// There may be canaries that could not be searched.
    Unsearched,
}

/// A canary that does not count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DroppedCanary {
    /// Its name.
    pub canary: String,
    /// The reason.
    pub why: String,
}

/// The gate of one version of one lesson. Times are seconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RolloutGate {
    /// The lesson.
    pub lesson: String,
    /// Its severity.
    pub severity: Severity,
    /// The version.
    pub version: String,
    /// Its state.
    pub phase: Phase,
    /// The canaries that merged it, the first one first.
    pub merged: Vec<String>,
    /// The canaries that count and have not merged it, and names of canaries that could not be searched.
    pub missing: Vec<String>,
    /// The canaries that do not count.
    pub left: Vec<DroppedCanary>,
    /// How many must merge it.
    pub needed: usize,
    /// When it was first proposed to a canary, if known.
    pub since: Option<i64>,
    /// When the bake time ends, after enough canaries merged it.
    pub opens: Option<i64>,
    /// When it is given up, unless enough canaries merge it before.
    pub gives_up: Option<i64>,
    /// Who opened it by hand, and why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub opened: Option<Release>,
    /// A summary in one clause.
    pub why: String,
}

/// What a gate depends on, besides the answers.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// The rules.
    pub rules: &'a Rollout,
    /// The lesson in this version.
    pub lesson: &'a Lesson,
    /// Who opened it by hand.
    pub opening: Option<&'a Release>,
    /// When the store got this version, if known. A proposal may be older than its current content.
    pub introduced: Option<i64>,
    /// The time.
    pub now: i64,
}

/// Computes the gate. `answers` holds the canaries that the version concerns, and no others.
pub fn gate(question: &Question<'_>, answers: &[CanaryAnswer]) -> RolloutGate {
    let Question {
        rules, lesson, now, ..
    } = *question;
    let mut merged: Vec<(i64, &str)> = Vec::new();
    let (mut missing, mut left, mut proposed_since) = (Vec::new(), Vec::new(), Vec::new());
    let mut unsearched: Vec<String> = Vec::new();
    for CanaryAnswer { canary, word } in answers {
        match word {
            CanaryVerdict::Merged(at) => merged.push((*at, canary)),
            CanaryVerdict::Asked(since) => {
                proposed_since.extend(*since);
                missing.push(canary.clone());
            }
            CanaryVerdict::Left(why) => left.push(DroppedCanary {
                canary: canary.clone(),
                why: why.clone(),
            }),
            CanaryVerdict::Unsearched(why) => {
                missing.push(canary.clone());
                unsearched.push(format!("`{canary}`: {why}"));
            }
        }
    }
    merged.sort_unstable();
    let counting = merged.len() + missing.len();
    let needed = (counting * usize::from(rules.quorum)).div_ceil(100).max(1);
    let first = proposed_since
        .into_iter()
        .chain(merged.first().map(|(at, _)| *at))
        .min();
    let since = first.map(|first| question.introduced.map_or(first, |time| time.max(first)));
    let gives_up = since.map(|since| since + rules.give_up);
    // The merge that completed the quorum; one that came too late does not count.
    let completed = merged.get(needed - 1).map(|(at, _)| *at);
    let late = |at: i64| gives_up.is_some_and(|end| at > end);
    let known = completed.filter(|at| unsearched.is_empty() && !late(*at));
    let opens = known.map(|at| at + rules.bake);
    let phase = match opens {
        _ if question.opening.is_some() => Phase::OpenedByHand,
        _ if !unsearched.is_empty() => Phase::Unsearched,
        _ if answers.is_empty() => Phase::NoCanary,
        _ if counting == 0 => Phase::NoCanaryLeft,
        Some(opens) if now >= opens => Phase::Open,
        Some(_) => Phase::Baking,
        None if gives_up.is_some_and(|end| now >= end) => Phase::GivenUp,
        None => Phase::Asking,
    };
    let mut gate = RolloutGate {
        lesson: lesson.id.clone(),
        severity: lesson.severity,
        version: lesson.version(),
        phase,
        merged: merged.into_iter().map(|(_, canary)| canary.to_owned()).collect(),
        missing,
        left,
        needed,
        since,
        opens,
        gives_up,
        opened: question.opening.cloned(),
        why: String::new(),
    };
    gate.why = gate.sentence(rules, now, &unsearched);
    gate
}

impl RolloutGate {
    /// Whether all targets get it.
    pub fn is_open(&self) -> bool {
        matches!(self.phase, Phase::Open | Phase::NoCanary | Phase::OpenedByHand)
    }

    /// The command that opens it by hand, if nothing else will open it.
    pub fn way_out(&self) -> Option<String> {
        matches!(self.phase, Phase::GivenUp | Phase::NoCanaryLeft).then(|| {
            format!(
                "`lessonbook release {} --reason TEXT --by WHO` opens it",
                self.lesson
            )
        })
    }

    fn sentence(&self, rules: &Rollout, now: i64, unsearched: &[String]) -> String {
        let counting = self.merged.len() + self.missing.len();
        let share = format!(
            "{} of {counting} {} merged",
            self.merged.len(),
            if counting == 1 { "canary" } else { "canaries" }
        );
        match self.phase {
            Phase::Open => format!("open: {share}"),
            Phase::NoCanary => "open: the lesson concerns no canary".to_owned(),
            Phase::OpenedByHand => {
                let opening = self.opened.as_ref();
                let (by, reason) = opening.map_or(("", ""), |opening| (&opening.by, &opening.reason));
                format!("opened by {by}: {reason}")
            }
            Phase::Baking => {
                let left = self.opens.map_or(0, |opens| opens - now);
                format!("waits for its bake time: {share}, {} left", span(left))
            }
            Phase::Asking => {
                let end = self
                    .gives_up
                    .map(|end| format!("; given up in {}", span(end - now)));
                format!(
                    "waits for canaries: {share}, {} needed ({} %){}",
                    self.needed,
                    rules.quorum,
                    end.unwrap_or_default()
                )
            }
            Phase::GivenUp => format!(
                "stays closed: {share} within {}, {} needed ({} %)",
                span(rules.give_up),
                self.needed,
                rules.quorum
            ),
            Phase::NoCanaryLeft => {
                let left: Vec<String> = self
                    .left
                    .iter()
                    .map(|left| format!("{}: {}", left.canary, left.why))
                    .collect();
                format!("stays closed: no canary is left to try it ({})", left.join(", "))
            }
            Phase::Unsearched => {
                let unsearched = unsearched.join("; ");
                format!("stays closed: some canaries could not be searched ({unsearched})")
            }
        }
    }
}

/// `3 d`, `5 h`, `20 min`: rounded up, so that the time is never over before.
pub fn span(seconds: i64) -> String {
    let up = |unit: i64| (seconds.max(0) + unit - 1) / unit;
    match seconds {
        i64::MIN..3_600 => format!("{} min", up(60)),
        3_600..172_800 => format!("{} h", up(3_600)),
        _ => format!("{} d", up(86_400)),
    }
}
