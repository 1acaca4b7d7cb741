//! All hits of a repository at one moment, with what excuses them; and what a change adds to them.
//!
//! Input: a [`Linter`], files one by one, paths, and the exceptions of the store. Output: [`TreeHits`]; [`new_hits`] of two of
//! them. Not here: reading the files, and the words of a report.

use jiff::civil::Date;
use lessonbook_base::globs::{Dialect, Matcher};

use crate::allow::{Allow, allows};
use crate::document::Unread;
use crate::hit::Hit;
use crate::judged_place::JudgedPlace;
use crate::linter::{FileReport, Linter, too_large};
use crate::pairing::pair;

/// Paths in which hits of a lesson are excused, from `targets.yaml`.
#[derive(Debug, Clone)]
pub struct PathExcuse {
    /// The lesson's index in the linter.
    lesson: usize,
    paths: Matcher,
    /// The glob.
    glob: String,
    /// Why.
    reason: String,
}

impl PathExcuse {
    /// An exception for a glob of paths.
    pub fn new(lesson: usize, glob: &str, reason: impl Into<String>) -> Self {
        PathExcuse {
            lesson,
            paths: Matcher::new(Dialect::Portable, &[glob]),
            glob: glob.to_owned(),
            reason: reason.into(),
        }
    }

    /// The lesson's index in the linter.
    pub fn lesson(&self) -> usize {
        self.lesson
    }

    /// The glob and the reason: all that decides what it excuses, and how.
    pub fn written(&self) -> String {
        format!("{}\n{}", self.glob, self.reason)
    }
}

/// What excuses a hit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Excuse {
    /// A comment in the file, on this line.
    Comment {
        /// Line, from 1.
        line: usize,
        /// Why.
        reason: String,
    },
    /// An exception of the store.
    Exception {
        /// Why.
        reason: String,
    },
}

/// A hit and what excuses it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JudgedHit {
    /// The hit.
    pub hit: Hit,
    /// What excuses it; none: nothing.
    pub excuse: Option<Excuse>,
}

/// Something that is wrong with a comment that excuses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AllowProblem {
    /// The file.
    pub file: String,
    /// The comment.
    pub allow: Allow,
    /// What is wrong.
    pub problem: AllowFault,
}

/// What is wrong with a comment that excuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AllowFault {
    /// It has no id.
    NoId,
    /// It has no reason. It excuses nonetheless.
    NoReason,
    /// `until=` has no day.
    BadDay,
    /// Its last day has passed.
    Past,
    /// No lesson with checks has this id.
    UnknownLesson,
    /// No hit of the lesson is there.
    NothingThere,
}

/// The bytes of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileBytes {
    /// All of them.
    Whole(Vec<u8>),
    /// So many that it is not read.
    TooLarge(u64),
}

/// What the checks give for one content.
#[derive(Debug)]
pub struct FileVerdict {
    report: FileReport,
    /// Comments that excuse places.
    comments: Vec<Allow>,
}

impl FileVerdict {
    /// Runs the checks that are about a file with this path.
    pub fn new(linter: &Linter, path: &str, bytes: &[u8]) -> Self {
        let report = linter.file(path, bytes);
        let comments = if report.is_binary {
            Vec::new()
        } else {
            allows(path, std::str::from_utf8(bytes).unwrap_or_default())
        };
        FileVerdict { report, comments }
    }

    /// How many places it holds.
    pub(crate) fn places(&self) -> usize {
        self.report.hits.len() + self.report.judged.len()
    }

    /// The places that its checks judge, if the linter lists them.
    pub(crate) fn judged(&self) -> &[JudgedPlace] {
        &self.report.judged
    }
}

/// All hits at one moment.
#[derive(Debug, Default)]
pub struct TreeHits {
    /// In the order in which files were added.
    pub hits: Vec<JudgedHit>,
    /// How many places could not be decided.
    pub undecided: usize,
    /// Files, or parts of them, that were not read.
    pub unread: Vec<(String, Unread)>,
    /// Files, and lessons of which only the first hits there are known.
    pub cut: Vec<(String, usize)>,
    /// How many files are not text.
    pub binary: usize,
    /// How many files were read.
    pub read: usize,
    /// What is wrong with comments.
    pub allow_problems: Vec<AllowProblem>,
}

impl TreeHits {
    /// Adds what the checks give for a file.
    pub fn add_file(
        &mut self,
        linter: &Linter,
        excuses: &[PathExcuse],
        today: Date,
        path: &str,
        bytes: &FileBytes,
    ) {
        match bytes {
            FileBytes::Whole(bytes) => {
                let verdict = FileVerdict::new(linter, path, bytes);
                self.add_verdict(linter, excuses, today, path, &verdict);
            }
            FileBytes::TooLarge(size) => self.unread.push((path.to_owned(), too_large(*size))),
        }
    }

    /// Adds what the checks gave for a content, as that of a file with this path. `today`: the day on which comments must hold.
    pub fn add_verdict(
        &mut self,
        linter: &Linter,
        excuses: &[PathExcuse],
        today: Date,
        path: &str,
        verdict: &FileVerdict,
    ) {
        let FileVerdict { report, comments } = verdict;
        self.read += 1;
        self.binary += usize::from(report.is_binary);
        self.undecided += report.undecided;
        let is_whole = report.unread.is_empty() && report.cut.is_empty();
        self.cut
            .extend(report.cut.iter().map(|lesson| (path.to_owned(), *lesson)));
        self.unread.extend(
            report
                .unread
                .iter()
                .map(|unread| (path.to_owned(), unread.clone())),
        );
        let mut used = vec![false; comments.len()];
        for hit in &report.hits {
            let id = linter.lessons()[hit.lesson].id.as_str();
            let comment = comments
                .iter()
                .position(|allow| allow.holds_on(today) && allow.is_about(id, hit.line));
            if let Some(comment) = comment {
                used[comment] = true;
            }
            let comment = comment.map(|comment| Excuse::Comment {
                line: comments[comment].line,
                reason: comments[comment].reason.clone(),
            });
            let hit = Hit {
                file: path.to_owned(),
                ..hit.clone()
            };
            let excuse = comment.or_else(|| excused(excuses, &hit));
            self.hits.push(JudgedHit { hit, excuse });
        }
        for (allow, used) in comments.iter().zip(used) {
            let problem = fault(linter, allow, used, is_whole, today);
            self.allow_problems.extend(problem.map(|problem| AllowProblem {
                file: path.to_owned(),
                allow: allow.clone(),
                problem,
            }));
        }
    }

    /// Adds hits of file checks and change checks, which only an exception can excuse.
    pub fn add_paths(&mut self, excuses: &[PathExcuse], hits: Vec<Hit>) {
        self.hits.extend(hits.into_iter().map(|hit| JudgedHit {
            excuse: excused(excuses, &hit),
            hit,
        }));
    }
}

fn excused(excuses: &[PathExcuse], hit: &Hit) -> Option<Excuse> {
    let excuse = excuses
        .iter()
        .find(|excuse| excuse.lesson == hit.lesson && excuse.paths.is_match(&hit.file))?;
    Some(Excuse::Exception {
        reason: excuse.reason.clone(),
    })
}

fn fault(linter: &Linter, allow: &Allow, used: bool, is_whole: bool, today: Date) -> Option<AllowFault> {
    if allow.id.is_empty() {
        return Some(AllowFault::NoId);
    }
    if matches!(allow.until, Some(crate::allow::Until::Unreadable(_))) {
        return Some(AllowFault::BadDay);
    }
    if !linter.lessons().iter().any(|lesson| lesson.id == allow.id) {
        return Some(AllowFault::UnknownLesson);
    }
    if !allow.holds_on(today) {
        return Some(AllowFault::Past);
    }
    if allow.reason.is_empty() {
        return Some(AllowFault::NoReason);
    }
    // Where a part of the file was not read, the hit may be there.
    (!used && is_whole).then_some(AllowFault::NothingThere)
}

/// The indices of the hits after a change that were not there before it. A hit that was excused, and is not any more, is new. In a
/// file that could not be read before, it is not known which hits are new, so none is.
pub fn new_hits(before: &TreeHits, after: &TreeHits) -> Vec<usize> {
    changed_hits(before, after).0
}

/// The same, and the indices of the hits that something excuses after a change, and that were not there or not excused before it.
pub fn changed_hits(before: &TreeHits, after: &TreeHits) -> (Vec<usize>, Vec<usize>) {
    let plain = |tree: &TreeHits| {
        tree.hits
            .iter()
            .map(|judged| judged.hit.clone())
            .collect::<Vec<Hit>>()
    };
    let pairs = pair(&plain(before), &plain(after));
    let is_new = |(index, old): (usize, &Option<usize>)| {
        let lost =
            old.is_some_and(|old| before.hits[old].excuse.is_some() && after.hits[index].excuse.is_none());
        let file = &after.hits[index].hit.file;
        let was_unread = before.unread.iter().any(|(unread, _)| unread == file);
        (lost || (old.is_none() && !was_unread)).then_some(index)
    };
    let is_newly_excused = |(index, old): (usize, &Option<usize>)| {
        let was_excused = old.is_some_and(|old| before.hits[old].excuse.is_some());
        (after.hits[index].excuse.is_some() && !was_excused).then_some(index)
    };
    let new = pairs.iter().enumerate().filter_map(is_new).collect();
    (
        new,
        pairs.iter().enumerate().filter_map(is_newly_excused).collect(),
    )
}
