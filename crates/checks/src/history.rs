//! Which hits a commit introduces, for many commits of one history.
//!
//! Input: a [`Linter`], and the files that each commit changes, with the ids of their contents on both sides. Output: a
//! [`CommitHits`] for each commit. Not here: walking through a history and reading its objects (`src/repository/`).
//!
//! A content is judged once for all commits and all paths that are read in the same way: the content after a commit is most
//! often the content before the next commit that changes the file.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use jiff::civil::Date;

use crate::exposure::{PlacesInFiles, lessons_with_new_places};
use crate::linter::{ChangedPath, Linter};
use crate::read::FileFormat;
use crate::tree_hits::{FileBytes, FileVerdict, PathExcuse, TreeHits, changed_hits};

/// So many contents and places are remembered; then everything is forgotten, so that memory is bounded.
const MAX_CONTENTS: usize = 200_000;
const MAX_PLACES: usize = 400_000;

/// A path that a commit changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangedFile {
    /// The path.
    pub path: String,
    /// Its content before the commit; none: there was no such file.
    pub before: Option<FileContent>,
    /// Its content after the commit; none if the commit deletes it.
    pub after: Option<FileContent>,
}

/// What is at a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileContent {
    /// A regular file; the id of its content.
    Regular(String),
    /// A symbolic link or a submodule, which is not read.
    Other,
}

/// Reads what a commit holds.
pub trait CommitContents {
    /// Why something can't be read.
    type Error;

    /// The bytes of a content that a [`ChangedFile`] names.
    fn bytes(&self, id: &str) -> Result<FileBytes, Self::Error>;

    /// Every path after the commit.
    fn paths(&self) -> Result<Vec<String>, Self::Error>;
}

/// The hits in the files that a commit changes.
#[derive(Debug, Default)]
pub struct CommitHits {
    /// Before the commit.
    pub before: TreeHits,
    /// After it.
    pub after: TreeHits,
    /// Those after it that were not there before, as indices.
    pub introduced: Vec<usize>,
    /// Those after it that are excused, and were not there or not excused before, as indices.
    pub newly_excused: Vec<usize>,
    /// The lessons for which the commit adds or changes a place that is judged, if the linter lists such places.
    pub exposed: BTreeSet<usize>,
}

impl CommitHits {
    /// How many files could not be read in whole, each side counted.
    pub fn unread(&self) -> usize {
        let files = |tree: &TreeHits| {
            let files: BTreeSet<&str> = tree.unread.iter().map(|(file, _)| file.as_str()).collect();
            files.len()
        };
        files(&self.before) + files(&self.after)
    }
}

/// What decides, beside its bytes, what the checks give for a file: the checks that are about it, how it is read, and its name's ending,
/// by which comments are found.
type ReadingKind = (Vec<(usize, usize)>, Option<FileFormat>, String);

/// The contents that a commit changes, for what it gives checks to judge.
#[derive(Default)]
struct CommitExposure<'f> {
    before: Vec<JudgedContent<'f>>,
    after: Vec<JudgedContent<'f>>,
}

/// A content at a path.
struct JudgedContent<'f> {
    path: &'f str,
    id: &'f str,
    /// The number of its kind.
    kind: usize,
    verdict: Rc<FileVerdict>,
}

impl<'f> CommitExposure<'f> {
    /// The lessons with a new place. A file that could not be read on one side says nothing about new places.
    fn lessons(&self, hits: &CommitHits, text_lessons: &[BTreeSet<usize>]) -> BTreeSet<usize> {
        let unread = hits.before.unread.iter().chain(&hits.after.unread);
        let unread: BTreeSet<&str> = unread.map(|(file, _)| file.as_str()).collect();
        let places = |contents: &[JudgedContent<'f>]| -> PlacesInFiles<'f> {
            let mut places = PlacesInFiles::new();
            for content in contents.iter().filter(|content| !unread.contains(content.path)) {
                let judged = content.verdict.judged().iter();
                places.extend(judged.map(|place| (content.path, *place)));
            }
            places
        };
        let mut lessons = lessons_with_new_places(&places(&self.before), &places(&self.after));
        let before: BTreeSet<&str> = self.before.iter().map(|content| content.id).collect();
        // The same content is there under another path: the file was moved.
        for content in self.after.iter().filter(|content| !before.contains(content.id)) {
            lessons.extend(text_lessons.get(content.kind).into_iter().flatten());
        }
        lessons
    }
}

/// Judges the commits of one history.
#[derive(Debug)]
pub struct HistoryJudge<'l> {
    linter: &'l Linter<'l>,
    excuses: &'l [PathExcuse],
    /// Kinds by path, because the same paths change again and again; none: no check reads the file.
    kinds: BTreeMap<String, Option<usize>>,
    /// The number of each kind.
    numbers: BTreeMap<ReadingKind, usize>,
    /// The lessons of the text checks of each kind, by its number.
    text_lessons: Vec<BTreeSet<usize>>,
    verdicts: BTreeMap<(String, usize), Rc<FileVerdict>>,
    places: usize,
    reads: usize,
    has_path_checks: bool,
    /// Checks that require a file, by lesson and number.
    required: BTreeSet<(usize, usize)>,
}

impl<'l> HistoryJudge<'l> {
    /// A judge that has seen nothing yet.
    pub fn new(linter: &'l Linter<'l>, excuses: &'l [PathExcuse]) -> Self {
        let all = linter.lessons().iter().flat_map(|lesson| &lesson.checks);
        let required = linter.paths(&[]).into_iter();
        HistoryJudge {
            linter,
            excuses,
            kinds: BTreeMap::new(),
            numbers: BTreeMap::new(),
            text_lessons: Vec::new(),
            verdicts: BTreeMap::new(),
            places: 0,
            reads: 0,
            has_path_checks: all.into_iter().any(|check| !check.reads_content()),
            required: required.map(|hit| (hit.lesson, hit.check)).collect(),
        }
    }

    /// How many contents were judged.
    pub fn reads(&self) -> usize {
        self.reads
    }

    /// Judges a commit. `day`: its day, on which comments that excuse must hold. `is_left_out`: files whose content is not judged.
    pub fn commit<C: CommitContents>(
        &mut self,
        files: &[ChangedFile],
        day: Date,
        is_left_out: &dyn Fn(&str) -> bool,
        contents: &C,
    ) -> Result<CommitHits, C::Error> {
        let mut hits = CommitHits::default();
        let mut exposure = CommitExposure::default();
        for file in files {
            let path = file.path.as_str();
            let Some(kind) = self.kind(path).filter(|_| !is_left_out(path)) else {
                continue;
            };
            let sides = [
                (&file.before, &mut hits.before, &mut exposure.before),
                (&file.after, &mut hits.after, &mut exposure.after),
            ];
            for (content, tree, judged) in sides {
                let Some(FileContent::Regular(id)) = content else {
                    continue;
                };
                match self.verdict(id, kind, path, contents)? {
                    Ok(verdict) => {
                        tree.add_verdict(self.linter, self.excuses, day, path, &verdict);
                        judged.push(JudgedContent {
                            path,
                            id,
                            kind,
                            verdict,
                        });
                    }
                    Err(too_large) => tree.add_file(self.linter, self.excuses, day, path, &too_large),
                }
            }
        }
        if self.has_path_checks {
            self.paths(files, contents, &mut hits)?;
        }
        (hits.introduced, hits.newly_excused) = changed_hits(&hits.before, &hits.after);
        if self.linter.lists_places() {
            let lessons = exposure.lessons(&hits, &self.text_lessons);
            hits.exposed.extend(lessons);
        }
        Ok(hits)
    }

    /// The number of a path's kind; none: no check reads the file.
    fn kind(&mut self, path: &str) -> Option<usize> {
        if let Some(kind) = self.kinds.get(path) {
            return *kind;
        }
        let checks = self.linter.checks_of(path);
        let kind = (!checks.is_empty()).then(|| {
            // With this text, the format is that of a template wherever the path allows it.
            let name = path.rsplit('/').next().unwrap_or(path);
            let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
            let key = (checks, FileFormat::new(path, "{{"), ending.to_owned());
            if let Some(known) = self.numbers.get(&key) {
                return *known;
            }
            let next = self.numbers.len();
            self.text_lessons.push(self.linter.text_lessons(&key.0));
            self.numbers.insert(key, next);
            next
        });
        if self.kinds.len() >= MAX_CONTENTS {
            self.kinds.clear();
        }
        self.kinds.insert(path.to_owned(), kind);
        kind
    }

    /// What the checks give for a content; an error inside: it is too large.
    fn verdict<C: CommitContents>(
        &mut self,
        id: &str,
        kind: usize,
        path: &str,
        contents: &C,
    ) -> Result<Result<Rc<FileVerdict>, FileBytes>, C::Error> {
        let key = (id.to_owned(), kind);
        if let Some(verdict) = self.verdicts.get(&key) {
            return Ok(Ok(Rc::clone(verdict)));
        }
        let bytes = match contents.bytes(id)? {
            FileBytes::Whole(bytes) => bytes,
            too_large @ FileBytes::TooLarge(_) => return Ok(Err(too_large)),
        };
        self.reads += 1;
        let verdict = Rc::new(FileVerdict::new(self.linter, path, &bytes));
        if self.verdicts.len() >= MAX_CONTENTS || self.places >= MAX_PLACES {
            self.verdicts.clear();
            self.places = 0;
        }
        self.places += verdict.places();
        self.verdicts.insert(key, Rc::clone(&verdict));
        Ok(Ok(verdict))
    }

    /// Hits of file checks and change checks.
    fn paths<C: CommitContents>(
        &self,
        files: &[ChangedFile],
        contents: &C,
        hits: &mut CommitHits,
    ) -> Result<(), C::Error> {
        let changed: Vec<ChangedPath> = files
            .iter()
            .map(|file| ChangedPath {
                path: &file.path,
                before: file.before.is_some(),
                after: file.after.is_some(),
            })
            .collect();
        let only = |before: bool| {
            let paths = changed
                .iter()
                .filter(|path| path.before == before && path.after != before);
            paths.map(|path| path.path).collect::<Vec<&str>>()
        };
        let (removed, added) = (only(true), only(false));
        // A file that is required is missing only if no path matches. So these hits of a part of the paths say nothing, except
        // which checks the removed paths are about: for those, all paths are looked at.
        let mut unaffected = BTreeSet::new();
        let mut old = self.linter.paths(&removed);
        old.retain(|hit| {
            let is_path = !hit.file.is_empty();
            if !is_path {
                unaffected.insert((hit.lesson, hit.check));
            }
            is_path
        });
        let mut new = self.linter.paths(&added);
        new.retain(|hit| !hit.file.is_empty());
        if unaffected.len() < self.required.len() {
            let all = contents.paths()?;
            let all: Vec<&str> = all.iter().map(String::as_str).collect();
            let missing = self.linter.paths(&all).into_iter();
            new.extend(
                missing.filter(|hit| hit.file.is_empty() && !unaffected.contains(&(hit.lesson, hit.check))),
            );
        }
        hits.before.add_paths(self.excuses, old);
        hits.after.add_paths(self.excuses, new);
        hits.after.add_paths(self.excuses, self.linter.change(&changed));
        if self.linter.lists_places() {
            hits.exposed = self.linter.lessons_about_paths(&changed);
        }
        Ok(())
    }
}
