//! Runs the checks of many lessons over the files of a repository.
//!
//! Input: lessons with checks; paths, and the bytes of the files that [`Linter::reads`] names. Output: hits, places that could not
//! be decided, and files that can't be read. Not here: which hits are new (`pairing`) or excused (`allow`), and reading files.

use std::collections::BTreeSet;

use lessonbook_base::globs::{Dialect, Matcher};

use crate::change_check::ChangeCheck;
use crate::check::{Check, CheckKind, LessonChecks};
use crate::document::Unread;
use crate::file_check::FileVerb;
use crate::hit::{FileHits, Hit, HitPlace, Identity, MAX_HITS};
use crate::judged_place::JudgedPlace;
use crate::read::FileFormat;
use crate::structure::{StructureCheck, StructureGroup, StructureHit, StructureResult};

pub use crate::read::MAX_BYTES;

/// Lessons whose checks run together: each file is matched, decoded and parsed once.
#[derive(Debug)]
pub struct Linter<'l> {
    lessons: &'l [LessonChecks],
    /// Every glob of every check that reads files, in one matcher, and which check each belongs to.
    globs: Matcher,
    owners: Vec<GlobOwner>,
    /// Checks that read files.
    checks: Vec<(usize, usize)>,
    lists_places: bool,
}

/// What a glob is for.
#[derive(Debug, Clone, Copy)]
struct GlobOwner {
    /// Index in [`Linter::checks`].
    check: usize,
    /// The check is not about what it matches.
    is_except: bool,
}

/// What the checks give for one file.
#[derive(Debug, Default)]
pub struct FileReport {
    /// The places, by lesson and check.
    pub hits: Vec<Hit>,
    /// How many places could not be decided.
    pub undecided: usize,
    /// Why the file, or a part of it, was not read; none: it was.
    pub unread: Vec<Unread>,
    /// Lessons of which only the first hits here are known.
    pub cut: Vec<usize>,
    /// Whether it is not text: such files are counted and not reported one by one.
    pub is_binary: bool,
    /// Every place that structural checks judge, if [`Linter::listing_places`] asks for them.
    pub judged: Vec<JudgedPlace>,
}

/// A path that a change touches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChangedPath<'p> {
    /// The path.
    pub path: &'p str,
    /// Whether it was there before.
    pub before: bool,
    /// Whether it is there after.
    pub after: bool,
}

impl<'l> Linter<'l> {
    /// Compiles the globs of all checks.
    pub fn new(lessons: &'l [LessonChecks]) -> Self {
        let everything = ["**".to_owned()];
        let (mut globs, mut owners, mut checks) = (Vec::new(), Vec::new(), Vec::new());
        for (number, lesson) in lessons.iter().enumerate() {
            for (index, check) in lesson.checks.iter().enumerate() {
                if !check.reads_content() {
                    continue;
                }
                let paths = paths_of(lesson, check);
                let paths = if paths.is_empty() { &everything[..] } else { paths };
                for (list, is_except) in [(paths, false), (&check.except[..], true)] {
                    owners.extend(list.iter().map(|_| GlobOwner {
                        check: checks.len(),
                        is_except,
                    }));
                    globs.extend(list.iter().map(String::as_str));
                }
                checks.push((number, index));
            }
        }
        Linter {
            lessons,
            globs: Matcher::new(Dialect::Portable, &globs),
            owners,
            checks,
            lists_places: false,
        }
    }

    /// The same, except that it lists every place that checks judge, for the exposure of a history (`exposure`).
    #[must_use]
    pub fn listing_places(mut self) -> Self {
        self.lists_places = true;
        self
    }

    /// Whether it lists every place that checks judge.
    pub(crate) fn lists_places(&self) -> bool {
        self.lists_places
    }

    /// The lessons.
    pub fn lessons(&self) -> &'l [LessonChecks] {
        self.lessons
    }

    /// Whether any check reads what is in this file.
    pub fn reads(&self, path: &str) -> bool {
        !self.checks_of(path).is_empty()
    }

    /// The checks that are about a file, as indices of lesson and check.
    pub(crate) fn checks_of(&self, path: &str) -> Vec<(usize, usize)> {
        let mut matching = Vec::new();
        self.globs.matching(path, &mut matching);
        let (mut about, mut not_about) = (BTreeSet::new(), BTreeSet::new());
        for owner in matching.iter().filter_map(|glob| self.owners.get(*glob)) {
            if owner.is_except {
                not_about.insert(owner.check);
            } else {
                about.insert(owner.check);
            }
        }
        let left = about.difference(&not_about);
        left.filter_map(|check| self.checks.get(*check).copied())
            .collect()
    }

    /// The lessons whose checks read what is in a file.
    pub fn lessons_of(&self, path: &str) -> BTreeSet<usize> {
        self.checks_of(path)
            .into_iter()
            .map(|(lesson, _)| lesson)
            .collect()
    }

    /// The lessons of the text checks among these.
    pub(crate) fn text_lessons(&self, checks: &[(usize, usize)]) -> BTreeSet<usize> {
        let is_text = |(lesson, check): &&(usize, usize)| {
            matches!(self.lessons[*lesson].checks[*check].kind, CheckKind::Text(_))
        };
        checks.iter().filter(is_text).map(|(lesson, _)| *lesson).collect()
    }

    /// Runs the checks that are about a file over its bytes.
    pub fn file(&self, path: &str, bytes: &[u8]) -> FileReport {
        let mut report = FileReport::default();
        let checks = self.checks_of(path);
        if checks.is_empty() {
            return report;
        }
        if bytes.contains(&0) {
            report.is_binary = true;
            return report;
        }
        if bytes.len() > MAX_BYTES {
            report.unread.push(too_large(bytes.len() as u64));
            return report;
        }
        let text = match std::str::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => {
                let at = error.valid_up_to();
                report.unread.push(Unread {
                    span: at..at + 1,
                    line: u32::try_from(bytes[..at].split(|byte| *byte == b'\n').count()).unwrap_or(u32::MAX),
                    reason: format!(
                        "byte {:#04x} is not UTF-8",
                        bytes.get(at).copied().unwrap_or_default()
                    ),
                });
                return report;
            }
        };
        self.text(path, text, &checks, &mut report);
        report
    }

    fn text(&self, path: &str, text: &str, checks: &[(usize, usize)], report: &mut FileReport) {
        let mut structural: Vec<((usize, usize), &StructureCheck)> = Vec::new();
        for &(number, index) in checks {
            match &self.lessons[number].checks[index].kind {
                CheckKind::Text(check) => keep(path, (number, index), check.hits(text), report),
                CheckKind::Structure(check) => structural.push(((number, index), check)),
                CheckKind::File(_) | CheckKind::Change(_) => {}
            }
        }
        if structural.is_empty() {
            return;
        }
        let documents = match FileFormat::new(path, text).map(|format| format.read(text)) {
            None => return,
            Some(Ok(documents)) => documents,
            Some(Err(unread)) => {
                report.unread.push(unread);
                return;
            }
        };
        let group = StructureGroup::new(structural.iter().map(|(_, check)| *check));
        let group = group.listing_places(self.lists_places);
        for ((owner, _), result) in structural.iter().zip(group.run(&documents)) {
            let places = result.judged.iter();
            report
                .judged
                .extend(places.map(|place| JudgedPlace::new(owner.0, owner.1, place)));
            keep(path, *owner, FileHits::from(result), report);
        }
    }

    /// The hits of file checks in a tree. `paths`: every tracked path.
    pub fn paths(&self, paths: &[&str]) -> Vec<Hit> {
        let mut hits = Vec::new();
        for (number, index, lesson, check) in self.all() {
            let CheckKind::File(file) = &check.kind else {
                continue;
            };
            let (matcher, scope) = (file.matcher(), PathMatchers::new(check));
            let mut matching = paths
                .iter()
                .filter(|path| matcher.is_match(path) && scope.holds(path));
            match file.verb {
                FileVerb::Forbid => hits.extend(matching.take(10 * MAX_HITS).map(|path| {
                    let name = path.rsplit('/').next().unwrap_or(path);
                    path_hit(number, index, path, "this file is not allowed", name)
                })),
                FileVerb::Require => {
                    if matching.next().is_none() {
                        let detail = format!("there is no {}", listed(&file.globs));
                        hits.push(path_hit(number, index, "", &detail, &lesson.id));
                    }
                }
            }
        }
        hits
    }

    /// The hits of change checks.
    pub fn change(&self, changed: &[ChangedPath]) -> Vec<Hit> {
        let mut hits = Vec::new();
        for (number, index, _, check) in self.all() {
            let CheckKind::Change(change) = &check.kind else {
                continue;
            };
            let scope = PathMatchers::new(check);
            match change {
                ChangeCheck::Needs {
                    changed: first,
                    needs,
                } => {
                    let (first, second) = (portable(first), portable(needs));
                    let start = changed
                        .iter()
                        .find(|path| first.is_match(path.path) && scope.holds(path.path));
                    let follows = || changed.iter().any(|path| second.is_match(path.path));
                    if let Some(start) = start
                        && !follows()
                    {
                        let detail = format!("{} changes, and none of {} does", start.path, listed(needs));
                        hits.push(path_hit(number, index, start.path, &detail, start.path));
                    }
                }
                ChangeCheck::Untouched(globs) => {
                    let matcher = portable(globs);
                    let touched = changed
                        .iter()
                        .filter(|path| matcher.is_match(path.path) && scope.holds(path.path));
                    hits.extend(touched.take(10 * MAX_HITS).map(|path| {
                        let what = match (path.before, path.after) {
                            (false, _) => "added",
                            (true, false) => "deleted",
                            (true, true) => "edited",
                        };
                        path_hit(
                            number,
                            index,
                            path.path,
                            &format!("this file is {what}"),
                            path.path,
                        )
                    }));
                }
            }
        }
        hits
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = (usize, usize, &'l LessonChecks, &'l Check)> {
        let lessons = self.lessons.iter().enumerate();
        lessons.flat_map(|(number, lesson)| {
            let checks = lesson.checks.iter().enumerate();
            checks.map(move |(index, check)| (number, index, lesson, check))
        })
    }
}

/// Adds what one check gives for a file.
fn keep(path: &str, (lesson, check): (usize, usize), found: FileHits, report: &mut FileReport) {
    report.undecided += found.undecided;
    if found.is_cut {
        report.cut.push(lesson);
    }
    report.hits.extend(found.places.into_iter().map(|place| Hit {
        lesson,
        check,
        file: path.to_owned(),
        span: place.span,
        line: place.line,
        detail: place.detail,
        identity: place.identity,
        is_in_text: true,
    }));
}

impl From<StructureResult> for FileHits {
    fn from(result: StructureResult) -> Self {
        FileHits {
            places: result.hits.into_iter().map(HitPlace::from).collect(),
            undecided: result.undecided,
            is_cut: result.more,
        }
    }
}

impl From<StructureHit> for HitPlace {
    fn from(hit: StructureHit) -> Self {
        let nameless = hit.identity.without_names();
        HitPlace {
            span: hit.span,
            line: usize::try_from(hit.line).unwrap_or(usize::MAX),
            detail: hit.message,
            identity: Identity {
                named: format!("{:?}", hit.identity),
                nameless: format!("{nameless:?}"),
            },
        }
    }
}

/// Why a file of this size is not read.
pub fn too_large(size: u64) -> Unread {
    Unread {
        span: 0..0,
        line: 1,
        reason: format!("the file has {size} bytes, more than {MAX_BYTES}"),
    }
}

/// The globs of a check that reads files: its own, else its lesson's.
pub(crate) fn paths_of<'c>(lesson: &'c LessonChecks, check: &'c Check) -> &'c [String] {
    check.paths.as_deref().unwrap_or(&lesson.paths)
}

/// `paths` and `except` of a check of paths. Its own globs say which paths it is about, so those of the lesson do not count.
pub(crate) struct PathMatchers {
    paths: Option<Matcher>,
    except: Matcher,
}

impl PathMatchers {
    pub(crate) fn new(check: &Check) -> Self {
        PathMatchers {
            paths: check.paths.as_deref().map(portable),
            except: portable(&check.except),
        }
    }

    pub(crate) fn holds(&self, path: &str) -> bool {
        self.paths.as_ref().is_none_or(|paths| paths.is_match(path)) && !self.except.is_match(path)
    }
}

pub(crate) fn portable(globs: &[String]) -> Matcher {
    Matcher::new(Dialect::Portable, globs)
}

fn path_hit(lesson: usize, check: usize, path: &str, detail: &str, identity: &str) -> Hit {
    Hit {
        lesson,
        check,
        file: path.to_owned(),
        span: 0..0,
        line: 1,
        detail: detail.to_owned(),
        identity: Identity::nameless(identity),
        is_in_text: false,
    }
}

/// `a`, `b` or `c`.
fn listed(globs: &[String]) -> String {
    let quoted: Vec<String> = globs.iter().map(|glob| format!("`{glob}`")).collect();
    match quoted.split_last() {
        Some((last, others)) if !others.is_empty() => format!("{} or {last}", others.join(", ")),
        _ => quoted.concat(),
    }
}
