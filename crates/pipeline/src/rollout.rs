//! Whether a version of a lesson may leave the canaries: a gate for each, from what the canaries' own repositories tell.
//!
//! Input: the rules, what each canary says of one version of one lesson, and the time. Output: a [`RolloutGate`]. Not here:
//! asking the canaries (`run/canary_queries`), reading their answers (`witness`), and what the other targets get meanwhile (`rest`).
//!
//! Nothing is kept between runs, and each version of each lesson has a gate of its own: a new lesson moves no other's. With the same
//! answers a gate that is open stays open, however late it is.

pub mod canary_state;
pub mod non_canary_plan;
mod store_cache;

use serde::Serialize;

use lessonbook_store::{Lesson, Release, Rollout, Severity};

pub use canary_state::{CanaryState, LessonVersion, TouchQuery};
pub use non_canary_plan::{EarlierVersion, LessonVersions, NonCanaryPlans, WaitingLesson};
pub use store_cache::StoreCache;

/// What one canary says of one version of a lesson.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CanaryVerdict {
    /// It was merged then, in seconds since 1970. That counts, whatever became of the canary later.
    Merged(i64),
    /// It counts, and has not merged it; where it is known, since when it is proposed there.
    Asked(Option<i64>),
    /// It can't be asked, for this reason, and does not count.
    Left(String),
    /// It stands for canaries that nobody could look for, for this reason: how many they are, and what they say, nobody knows.
    Unsought(String),
}

/// A canary that a version of a lesson concerns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CanaryAnswer {
    /// Its name.
    pub canary: String,
    /// What it says.
    pub word: CanaryVerdict,
}

/// Where a version of a lesson stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// Enough canaries merged it, and it stood there long enough.
    Open,
    /// It concerns no canary, so nobody could ever try it: it is for everybody.
    NoCanary,
    /// Somebody opened it by hand.
    OpenedByHand,
    /// Enough canaries merged it, and it has to stand there a while.
    Baking,
    /// Too few canaries merged it so far.
    Asking,
    /// Too few merged it in time.
    GivenUp,
    /// All canaries that it concerns left the count.
    Nobody,
    /// Canaries may be there that could not be looked for.
    Unsought,
}

/// A canary that left the count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DroppedCanary {
    /// Its name.
    pub canary: String,
    /// Why.
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
    /// Where it stands.
    pub phase: Phase,
    /// The canaries that merged it, the first one first.
    pub merged: Vec<String>,
    /// The canaries that count and did not; and names of canaries that could not be looked for.
    pub missing: Vec<String>,
    /// The canaries that left the count.
    pub left: Vec<DroppedCanary>,
    /// How many must merge it.
    pub needed: usize,
    /// When it was first proposed to a canary, where that is known.
    pub since: Option<i64>,
    /// When the bake ends, once enough merged it.
    pub opens: Option<i64>,
    /// When it is given up, unless enough merge it before.
    pub gives_up: Option<i64>,
    /// Who opened it by hand, and why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub opened: Option<Release>,
    /// All of it in one clause.
    pub why: String,
}

/// What decides a gate, besides the answers.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// The rules.
    pub rules: &'a Rollout,
    /// The lesson in this version.
    pub lesson: &'a Lesson,
    /// Who opened it by hand.
    pub opening: Option<&'a Release>,
    /// When the store came to say it in this version, where that is known: a proposal may be older than what it says now.
    pub introduced: Option<i64>,
    /// The time.
    pub now: i64,
}

/// Decides. `says` holds the canaries that the version concerns, and no others.
pub fn gate(question: &Question<'_>, says: &[CanaryAnswer]) -> RolloutGate {
    let Question {
        rules, lesson, now, ..
    } = *question;
    let mut merged: Vec<(i64, &str)> = Vec::new();
    let (mut missing, mut left, mut asked) = (Vec::new(), Vec::new(), Vec::new());
    let mut unsought: Vec<String> = Vec::new();
    for CanaryAnswer { canary, word } in says {
        match word {
            CanaryVerdict::Merged(at) => merged.push((*at, canary)),
            CanaryVerdict::Asked(since) => {
                asked.extend(*since);
                missing.push(canary.clone());
            }
            CanaryVerdict::Left(why) => left.push(DroppedCanary {
                canary: canary.clone(),
                why: why.clone(),
            }),
            CanaryVerdict::Unsought(why) => {
                missing.push(canary.clone());
                unsought.push(format!("`{canary}`: {why}"));
            }
        }
    }
    merged.sort_unstable();
    let counting = merged.len() + missing.len();
    let needed = (counting * usize::from(rules.quorum)).div_ceil(100).max(1);
    let first = asked.into_iter().chain(merged.first().map(|(at, _)| *at)).min();
    let since = first.map(|first| question.introduced.map_or(first, |time| time.max(first)));
    let gives_up = since.map(|since| since + rules.give_up);
    // The merge that made the quorum; one that came too late does not count.
    let made = merged.get(needed - 1).map(|(at, _)| *at);
    let late = |at: i64| gives_up.is_some_and(|end| at > end);
    let known = made.filter(|at| unsought.is_empty() && !late(*at));
    let opens = known.map(|at| at + rules.bake);
    let phase = match opens {
        _ if question.opening.is_some() => Phase::OpenedByHand,
        _ if !unsought.is_empty() => Phase::Unsought,
        _ if says.is_empty() => Phase::NoCanary,
        _ if counting == 0 => Phase::Nobody,
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
    gate.why = gate.sentence(rules, now, &unsought);
    gate
}

impl RolloutGate {
    /// Whether everybody gets it.
    pub fn is_open(&self) -> bool {
        matches!(self.phase, Phase::Open | Phase::NoCanary | Phase::OpenedByHand)
    }

    /// The command that opens it by hand, where nothing else will.
    pub fn way_out(&self) -> Option<String> {
        matches!(self.phase, Phase::GivenUp | Phase::Nobody).then(|| {
            format!(
                "`lessonbook release {} --reason TEXT --by WHO` opens it",
                self.lesson
            )
        })
    }

    fn sentence(&self, rules: &Rollout, now: i64, unsought: &[String]) -> String {
        let counting = self.merged.len() + self.missing.len();
        let share = format!(
            "{} of {counting} {} merged",
            self.merged.len(),
            if counting == 1 { "canary" } else { "canaries" }
        );
        match self.phase {
            Phase::Open => format!("open: {share}"),
            Phase::NoCanary => "open: no canary is asked for it".to_owned(),
            Phase::OpenedByHand => {
                let opening = self.opened.as_ref();
                let (by, reason) = opening.map_or(("", ""), |opening| (&opening.by, &opening.reason));
                format!("opened by {by}: {reason}")
            }
            Phase::Baking => {
                let left = self.opens.map_or(0, |opens| opens - now);
                format!("waits for its bake: {share}, and it ends in {}", span(left))
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
                "stays shut: {share} within {}, {} needed ({} %)",
                span(rules.give_up),
                self.needed,
                rules.quorum
            ),
            Phase::Nobody => {
                let left: Vec<String> = self
                    .left
                    .iter()
                    .map(|left| format!("{}: {}", left.canary, left.why))
                    .collect();
                format!("stays shut: no canary is left to try it ({})", left.join(", "))
            }
            Phase::Unsought => {
                let unsought = unsought.join("; ");
                format!("stays shut: nobody could look for all of its canaries ({unsought})")
            }
        }
    }
}

/// `3 d`, `5 h`, `20 min`: rounded up, so that it is never over too soon.
pub fn span(seconds: i64) -> String {
    let up = |unit: i64| (seconds.max(0) + unit - 1) / unit;
    match seconds {
        i64::MIN..3_600 => format!("{} min", up(60)),
        3_600..172_800 => format!("{} h", up(3_600)),
        _ => format!("{} d", up(86_400)),
    }
}
