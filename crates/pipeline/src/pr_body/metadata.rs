//! The hidden line that ends a pull request's body: it records what was proposed, for later runs.
//!
//! Input: a plan, or a body as GitHub returns it. Output: the line, or its values. Not here: the text above it. The line records who
//! wrote the text; the proposed changes themselves are read from git only. A person can remove or change the line: then we know less,
//! and do less.

use std::ops::Range;

use sha2::{Digest, Sha256};

use super::metadata_words::{self, escaped, is_id, unescaped};
use crate::changes::{ChangeKind, LessonChange};
use crate::plan::TargetPlan;
use crate::withdrawn_lesson::WithdrawnLesson;
use lessonbook_store::lesson::short;
use lessonbook_store::{Store, Visibility};

const START: &str = "<!-- lessonbook:v1 ";

/// How many bytes of the line hold lessons by name. The ids of further lessons are written as digests, which are shorter.
const NAMED_BYTES: usize = 7_000;
/// The most lessons that are recorded.
const MAX_LESSONS: usize = 1_200;

/// Why a proposal is opened again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReproposalReason {
    /// A person closed it, and one of its lessons has changed since then.
    Declined {
        /// The number of the closed one.
        number: u64,
        /// The lesson.
        lesson: String,
    },
    /// We closed it, because nothing was left to propose.
    Closed {
        /// The number of the closed one.
        number: u64,
    },
    /// It was merged, and the files were changed back.
    Drifted {
        /// The number of the merged one.
        number: u64,
    },
}

impl ReproposalReason {
    fn word(&self) -> String {
        match self {
            ReproposalReason::Declined { number, lesson } => format!("declined:{number}:{lesson}"),
            ReproposalReason::Closed { number } => format!("closed:{number}"),
            ReproposalReason::Drifted { number } => format!("drifted:{number}"),
        }
    }

    fn parse(word: &str) -> Option<Self> {
        let (kind, rest) = word.split_once(':')?;
        let (number, lesson) = rest.split_once(':').unwrap_or((rest, ""));
        let number = number.parse().ok()?;
        match kind {
            "declined" if is_id(lesson) => Some(ReproposalReason::Declined {
                number,
                lesson: lesson.to_owned(),
            }),
            "closed" => Some(ReproposalReason::Closed { number }),
            "drifted" => Some(ReproposalReason::Drifted { number }),
            _ => None,
        }
    }
}

/// The values of the hidden line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BodyMetadata {
    /// The store's name.
    pub name: String,
    /// The store's home, because two stores may have one name. None in lines of old versions.
    pub home: Option<String>,
    /// Who could read the repository when the text was written. None in lines of old versions.
    pub seen_by: Option<Visibility>,
    /// The store's commit; `-` if there was none.
    pub source: String,
    /// The plan's digest.
    pub want: String,
    /// A digest of the title as we wrote it. If it differs, a person changed the title.
    pub title: String,
    /// A digest of the text above the line as we wrote it. If it differs, a person edited the text.
    pub text: String,
    /// The lessons that the proposal changes, each with its version.
    pub lessons: Vec<(String, String)>,
    /// Further lessons: the digest of the id, and the version.
    pub more: Vec<(String, String)>,
    /// Why it is opened again.
    pub again: Option<ReproposalReason>,
    /// What was done once: keys of comments, and `marked` if missing labels were added.
    pub told: Vec<String>,
    /// Whether we closed the proposal ourselves.
    pub closed_by_us: bool,
    /// Lessons that were wrong, and that the proposal removes or no longer contains.
    pub withdrawn: Vec<WithdrawnLesson>,
}

impl BodyMetadata {
    /// The line of a new text; `past`: the line of the text that it replaces.
    pub fn new(
        store: &Store,
        plan: &TargetPlan,
        store_commit: Option<&str>,
        past: &EarlierWithdrawals<'_>,
    ) -> Self {
        let mut marker = BodyMetadata {
            name: store.name.clone(),
            home: Some(store.home.clone()),
            seen_by: Some(plan.target.visibility),
            source: store_commit.unwrap_or("-").to_owned(),
            want: plan.content.digest.clone(),
            title: String::new(),
            text: String::new(),
            lessons: Vec::new(),
            more: Vec::new(),
            again: past.again.cloned(),
            told: Vec::new(),
            closed_by_us: false,
            withdrawn: past.with(plan),
        };
        let mut changed: Vec<&LessonChange> = plan
            .content
            .changes
            .iter()
            .filter(|change| is_recorded(change))
            .collect();
        changed.sort_by_key(|change| std::cmp::Reverse(change.severity)); // a stable sort, so that the most severe lessons are named
        let mut bytes = 0;
        for change in changed.into_iter().take(MAX_LESSONS) {
            let version = version_of(store, change);
            bytes += change.lesson.len() + version.len() + 2;
            if bytes <= NAMED_BYTES {
                marker.lessons.push((change.lesson.clone(), version));
            } else {
                marker.more.push((short(&change.lesson), version));
            }
        }
        marker
    }

    /// Adds the digests of the title and of the text above the line.
    #[must_use]
    pub fn of(mut self, title: &str, text: &str) -> Self {
        self.title = digest(title);
        self.text = digest(text);
        self
    }

    /// The line, as it ends a body.
    pub fn line(&self) -> String {
        let pairs = |pairs: &[(String, String)]| {
            let pairs: Vec<String> = pairs
                .iter()
                .map(|(id, version)| format!("{id}@{version}"))
                .collect();
            pairs.join(",")
        };
        let mut line = format!("{START}name={}", self.name);
        if let Some(home) = &self.home {
            line.push_str(&format!(" home={}", escaped(home)));
        }
        if let Some(seen_by) = self.seen_by {
            line.push_str(&format!(" seen-by={}", seen_by.word()));
        }
        line.push_str(&format!(
            " source={} want={} title={} text={}",
            self.source, self.want, self.title, self.text
        ));
        if self.closed_by_us {
            line.push_str(" closed-by=lessonbook");
        }
        if let Some(again) = &self.again {
            line.push_str(&format!(" again={}", again.word()));
        }
        if !self.told.is_empty() {
            line.push_str(&format!(" told={}", self.told.join(",")));
        }
        if !self.withdrawn.is_empty() {
            let words: Vec<String> = self.withdrawn.iter().map(metadata_words::word).collect();
            line.push_str(&format!(" withdraws={}", words.join(",")));
        }
        line.push_str(&format!(" lessons={}", pairs(&self.lessons)));
        if !self.more.is_empty() {
            line.push_str(&format!(" more={}", pairs(&self.more)));
        }
        line.push_str(" -->\n");
        line
    }

    /// Reads the line of a body; none if it is not ours, or if a person removed it.
    pub fn read(body: &str, name: &str) -> Option<Self> {
        let line = body[place(body)?].trim();
        let inside = line.strip_prefix(START)?.strip_suffix("-->")?;
        let value = |key: &str| {
            inside
                .split_whitespace()
                .find_map(|pair| pair.strip_prefix(key)?.strip_prefix('='))
        };
        let list = |key: &str| {
            value(key)
                .unwrap_or_default()
                .split(',')
                .filter(|item| !item.is_empty())
        };
        let pairs = |key: &str| {
            list(key)
                .filter_map(|pair| pair.split_once('@'))
                .map(|(id, version)| (id.to_owned(), version.to_owned()))
                .collect()
        };
        let marker = BodyMetadata {
            name: value("name")?.to_owned(),
            home: value("home").map(unescaped),
            seen_by: value("seen-by").and_then(Visibility::parse),
            source: value("source")?.to_owned(),
            want: value("want")?.to_owned(),
            title: value("title").unwrap_or_default().to_owned(),
            text: value("text")?.to_owned(),
            lessons: pairs("lessons"),
            more: pairs("more"),
            again: value("again").and_then(ReproposalReason::parse),
            told: list("told").map(str::to_owned).collect(),
            closed_by_us: value("closed-by") == Some("lessonbook"),
            withdrawn: list("withdraws").filter_map(metadata_words::parse).collect(),
        };
        (marker.name == name).then_some(marker)
    }

    /// The home of another store that wrote the line; none if it is this store's, or if that is unknown. A home that only repeats the name
    /// was not set then, and may have been set since.
    pub fn other_home(&self, store: &Store) -> Option<&str> {
        let home = self.home.as_deref().filter(|home| *home != self.name)?;
        (!home.eq_ignore_ascii_case(&store.home)).then_some(home)
    }

    /// Whether the body is as we wrote it, apart from GitHub's line endings.
    pub fn is_untouched(&self, body: &str) -> bool {
        place(body).is_some_and(|place| {
            body[place.end..].trim().is_empty() && digest(&body[..place.start]) == self.text
        })
    }

    /// Whether the title is as we wrote it.
    pub fn is_titled(&self, title: &str) -> bool {
        digest(title) == self.title
    }

    /// The version of a lesson that was proposed; none if the proposal did not change it.
    pub fn version(&self, id: &str) -> Option<&str> {
        let short = short(id);
        let named = self.lessons.iter().find(|(known, _)| known == id);
        let told = || self.more.iter().find(|(known, _)| *known == short);
        named.or_else(told).map(|(_, version)| version.as_str())
    }

    /// Whether the proposal had this lesson in the words of the change; none if it did not have it.
    pub fn says(&self, store: &Store, change: &LessonChange) -> Option<bool> {
        self.version(&change.lesson)
            .map(|version| version == version_of(store, change))
    }

    /// Whether the proposal changed this lesson.
    pub fn names(&self, id: &str) -> bool {
        self.version(id).is_some()
    }
}

/// A body with another hidden line and no other change. The line is added at the end if there was none.
pub fn replace(body: &str, marker: &BodyMetadata) -> String {
    match place(body) {
        Some(place) => format!("{}{}{}", &body[..place.start], marker.line(), &body[place.end..]),
        None => format!("{}\n\n{}", body.trim_end(), marker.line()),
    }
}

/// The range of the hidden line, its line ending included.
fn place(body: &str) -> Option<Range<usize>> {
    let mut start = 0;
    let mut found = None;
    for line in body.split_inclusive('\n') {
        let trimmed = line.trim();
        if trimmed.starts_with(START) && trimmed.ends_with("-->") {
            found = Some(start..start + line.len());
        }
        start += line.len();
    }
    found
}

fn is_recorded(change: &LessonChange) -> bool {
    change.kind != ChangeKind::Unchanged && is_id(&change.lesson)
}

/// Six hexadecimal digits that change when the text of a change does. Every removal is the same, whatever the lesson's text is.
fn version_of(store: &Store, change: &LessonChange) -> String {
    match (change.kind, store.lesson(&change.lesson)) {
        (ChangeKind::Removed, _) | (_, None) => "gone".to_owned(),
        (_, Some(lesson)) => lesson.version(),
    }
}

fn digest(text: &str) -> String {
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    let digest = Sha256::digest(lines.join("\n").trim_end());
    digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// What a new text takes over from the earlier one.
#[derive(Debug, Clone, Copy, Default)]
pub struct EarlierWithdrawals<'a> {
    /// Why the proposal is opened again.
    pub again: Option<&'a ReproposalReason>,
    /// The lessons that it has withdrawn so far.
    pub withdrawn: &'a [WithdrawnLesson],
}

impl<'a> EarlierWithdrawals<'a> {
    /// Taken from the hidden line of the text that is replaced.
    pub fn of(marker: &'a BodyMetadata) -> Self {
        EarlierWithdrawals {
            again: marker.again.as_ref(),
            withdrawn: &marker.withdrawn,
        }
    }

    /// All withdrawals, with the plan's own; only the last few are kept.
    pub fn with(&self, plan: &TargetPlan) -> Vec<WithdrawnLesson> {
        let own = plan.proposal.withdraws.iter().map(|taken| &taken.what);
        let mut all: Vec<WithdrawnLesson> = self.withdrawn.to_vec();
        for one in own {
            all.retain(|known| known.lesson != one.lesson);
            all.push(one.clone());
        }
        all.split_off(all.len().saturating_sub(WITHDRAWN))
    }
}

/// The most withdrawals that are recorded of one proposal.
const WITHDRAWN: usize = 10;
