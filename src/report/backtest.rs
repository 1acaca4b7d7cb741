//! What `backtest` prints.
//!
//! Input: a [`BacktestReport`]. Output: a page for a terminal, JSON, Markdown, and a line of summary. Not here: running the checks
//! (`commands/backtest`).

mod document;

pub use document::{human, markdown};

use jiff::civil::Date;
use serde::Serialize;
use serde_json::{Value, json};

use super::envelope::{DocumentSubject, envelope};
use super::findings::counted;
use lessonbook_base::finding::Location;
use lessonbook_base::snapshot::Base;
use lessonbook_store::{Severity, Status};

/// What was found in all targets.
#[derive(Debug, Default)]
pub struct BacktestReport {
    /// The targets that were read, in the order of `targets.yaml`.
    pub targets: Vec<TargetBacktest>,
    /// Those that were not.
    pub unread: Vec<UnreadTarget>,
}

/// A target that was not read.
#[derive(Debug, Serialize)]
pub struct UnreadTarget {
    /// Its name.
    pub name: String,
    /// Why.
    pub why: String,
    /// What the user can do.
    pub help: Option<String>,
    /// It should have been readable.
    #[serde(skip)]
    pub is_failure: bool,
}

/// What was found in one target.
#[derive(Debug)]
pub struct TargetBacktest {
    /// Its name.
    pub name: String,
    /// The branch and commit that were read.
    pub base: Base,
    /// The lessons whose checks ran, by severity, then id.
    pub lessons: Vec<BacktestLesson>,
    /// How many.
    pub counts: BacktestCounts,
    /// Every place, excused or not, by lesson and file.
    pub places: Vec<BacktestHit>,
    /// Files, or parts of them, that could not be read.
    pub unread: Vec<UnreadFile>,
    /// Files, and the lessons of which only the first places there are known.
    pub cut: Vec<(String, String)>,
    /// What the commits introduced, where they were asked for.
    pub history: Option<HistoryBacktest>,
}

/// A lesson whose checks ran.
#[derive(Debug, Serialize)]
pub struct BacktestLesson {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Its severity.
    pub severity: Severity,
    /// Its status in the store.
    pub status: Status,
    /// How many places there are that nothing excuses.
    pub places: usize,
    /// How many of them commits introduced.
    pub introduced: Option<usize>,
}

/// The figures of a target as it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct BacktestCounts {
    /// Files that were read.
    pub files: usize,
    /// Places that nothing excuses.
    pub places: usize,
    /// Places that a comment or an exception excuses.
    pub excused: usize,
    /// Places that could not be decided.
    pub undecided: usize,
    /// Files, or parts of them, that could not be read.
    pub unread: usize,
    /// Files that are not text.
    pub binary: usize,
}

/// A place.
#[derive(Debug, Serialize)]
pub struct BacktestHit {
    /// The lesson's number in the target.
    #[serde(skip)]
    pub number: usize,
    /// The lesson's id.
    pub lesson: String,
    /// The check's index in the lesson.
    pub check: usize,
    /// What the check says.
    pub message: String,
    /// What is there.
    pub detail: String,
    /// The file; empty where its absence is the hit.
    pub file: String,
    /// The place in it; none where the hit is about the file as a whole.
    pub at: Option<Location>,
    /// What excuses it; none: nothing.
    pub excuse: Option<String>,
}

/// A file that could not be read in whole.
#[derive(Debug, Serialize)]
pub struct UnreadFile {
    /// The file.
    pub file: String,
    /// The line, from 1.
    pub line: u32,
    /// Why.
    pub reason: String,
}

/// What the commits of a base branch introduced.
#[derive(Debug, Default, Serialize)]
pub struct HistoryBacktest {
    /// How many commits were looked at.
    pub commits: usize,
    /// The day of the newest of them.
    pub newest: Option<Date>,
    /// The day of the oldest of them.
    pub oldest: Option<Date>,
    /// How many of them introduced a place that nothing excuses.
    pub introducing: usize,
    /// How many such places.
    pub places: usize,
    /// How many that something excuses.
    pub excused: usize,
    /// Files that could not be read in whole before or after a commit, each side counted.
    pub unread: usize,
    /// Changed files that are vendored or generated.
    pub left_out: usize,
    /// Different contents that were read.
    pub contents: usize,
    /// The clone is shallow, and ends within the range.
    pub is_shallow: bool,
    /// The range has more commits than were asked for.
    pub has_more: bool,
    /// The places, excused or not, the newest commit first.
    pub introduced: Vec<IntroducedHit>,
}

/// A place that a commit introduced.
#[derive(Debug, Serialize)]
pub struct IntroducedHit {
    /// The commit, in hexadecimal digits.
    pub commit: String,
    /// The day on which it was committed, in UTC.
    pub day: Date,
    /// The author's day.
    pub authored: Date,
    /// The place.
    #[serde(flatten)]
    pub hit: BacktestHit,
}

impl BacktestHit {
    /// By lesson, then place.
    pub fn order(&self) -> (usize, &str, usize, usize, usize) {
        let (line, column) = self.at.as_ref().map_or((0, 0), |at| (at.line, at.column));
        (self.number, &self.file, line, column, self.check)
    }

    /// `deploy/app.yaml:9:31`; the file where the hit is about it as a whole; `-` where it is about no file.
    fn place(&self) -> String {
        match &self.at {
            Some(at) => format!("{}:{}:{}", at.file, at.line, at.column),
            None if self.file.is_empty() => "-".to_owned(),
            None => self.file.clone(),
        }
    }

    /// The line there, without blanks around it.
    fn text(&self) -> &str {
        self.at.as_ref().map_or("", |at| at.text.trim())
    }

    /// What is there, or what excuses it.
    fn remark(&self) -> String {
        match &self.excuse {
            Some(excuse) => format!("excused by {excuse}"),
            None => self.detail.clone(),
        }
    }
}

impl UnreadTarget {
    /// For stderr.
    pub fn line(&self) -> String {
        let level = if self.is_failure { "error" } else { "note" };
        let mut text = format!("{level}: {} was not read: {}", self.name, self.why);
        if let Some(help) = &self.help {
            text.push_str(&format!("\n  help: {help}"));
        }
        text
    }
}

impl TargetBacktest {
    /// `3 places in 214 files; 1 place is excused; …`.
    fn line(&self) -> String {
        if self.lessons.is_empty() {
            return "no lesson that concerns it has checks".to_owned();
        }
        let counts = &self.counts;
        let mut line = format!(
            "{} in {}",
            counted(counts.places, "place"),
            counted(counts.files, "file")
        );
        also(
            &mut line,
            counts.excused,
            "place is excused",
            "places are excused",
        );
        also(
            &mut line,
            counts.undecided,
            "place could not be decided",
            "places could not be decided",
        );
        also(
            &mut line,
            counts.unread,
            "file could not be read in whole",
            "files could not be read in whole",
        );
        line
    }
}

impl HistoryBacktest {
    /// `31 places in 12 of 2500 commits of main, 2024-01-02 to 2026-11-20; …`.
    fn line(&self, base: &Base) -> String {
        let (Some(newest), Some(oldest)) = (self.newest, self.oldest) else {
            let why = if self.is_shallow {
                "this clone is shallow: `git fetch --unshallow`".to_owned()
            } else {
                let newest = jiff::Timestamp::from_second(base.time).unwrap_or_default();
                let newest = jiff::tz::TimeZone::UTC.to_datetime(newest).date();
                format!("the newest one is of {newest}")
            };
            return format!("no commit of {} in this range; {why}", base.branch);
        };
        let mut line = format!(
            "{} introduced by {} of {} of {}, {oldest} to {newest}",
            counted(self.places, "place"),
            self.introducing,
            counted(self.commits, "commit"),
            base.branch,
        );
        also(&mut line, self.excused, "more is excused", "more are excused");
        also(
            &mut line,
            self.unread,
            "file could not be read in whole before or after a commit",
            "files could not be read in whole before or after a commit",
        );
        also(
            &mut line,
            self.left_out,
            "changed file is vendored or generated",
            "changed files are vendored or generated",
        );
        if self.is_shallow {
            line.push_str("; older commits are not in this clone, which is shallow");
        }
        line
    }
}

fn also(line: &mut String, count: usize, one: &str, many: &str) {
    if count > 0 {
        line.push_str(&format!("; {count} {}", if count == 1 { one } else { many }));
    }
}

impl BacktestReport {
    /// One line: how many places in how many targets.
    pub fn line(&self) -> String {
        let places = self.targets.iter().map(|target| target.counts.places).sum();
        let mut line = format!(
            "{} in {}",
            counted(places, "place"),
            counted(self.targets.len(), "target")
        );
        let histories = || self.targets.iter().filter_map(|target| target.history.as_ref());
        if histories().next().is_some() {
            let introduced = histories().map(|history| history.places).sum();
            let commits = histories().map(|history| history.commits).sum();
            line.push_str(&format!(
                "; {} introduced in {}",
                counted(introduced, "place"),
                counted(commits, "commit")
            ));
        }
        also(
            &mut line,
            self.unread.len(),
            "target was not read",
            "targets were not read",
        );
        line
    }
}

/// For scripts.
pub fn json(report: &BacktestReport, about: DocumentSubject<'_>) -> serde_json::Result<String> {
    let of_target = |target: &TargetBacktest| -> Value {
        let cut = target.cut.iter();
        let cut: Vec<Value> = cut
            .map(|(file, lesson)| json!({ "file": file, "lesson": lesson }))
            .collect();
        json!({
            "name": target.name,
            "base": { "branch": target.base.branch, "commit": target.base.commit },
            "counts": target.counts,
            "lessons": target.lessons,
            "places": target.places,
            "unread": target.unread,
            "cut": cut,
            "history": target.history,
        })
    };
    let data = json!({
        "targets": report.targets.iter().map(of_target).collect::<Vec<Value>>(),
        "not_read": report.unread,
    });
    Ok(serde_json::to_string_pretty(&envelope(about, data))? + "\n")
}
