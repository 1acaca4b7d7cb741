//! The checks of lessons over the files of one repository.
//!
//! Input: checks files, as they are in a target or as a store would write them; the trees of a repository. Output: lessons ready to run,
//! what excuses their hits, and every hit of a tree. Not here: what a check finds (the crate `checks`).

use std::collections::BTreeMap;
use std::ops::Range;

use crate::repository::change_trees::ChangeTrees;
use lessonbook_base::finding::{Finding, Location};
use lessonbook_base::text::redact;
use lessonbook_base::tree::{Mode, Tree};
use lessonbook_checks::check::LessonChecks;
use lessonbook_checks::linter::Linter;
use lessonbook_checks::tree_hits::{FileBytes, PathExcuse, TreeHits};
use lessonbook_pipeline::checks_delivery;
use lessonbook_pipeline::select::{SelectedLesson, Selector};
use lessonbook_store::{CheckedLesson, ChecksFile, Store, Target};

/// The lessons of several checks files in one list.
pub struct ChecksToRun<'f> {
    /// The lessons, as they are run.
    pub lessons: Vec<LessonChecks>,
    /// Where each of them is from.
    pub origin: Vec<&'f CheckedLesson>,
    /// The exceptions of each file, for its own lessons.
    pub excuses: Vec<PathExcuse>,
}

impl<'f> ChecksToRun<'f> {
    /// Lessons and exceptions of all files.
    pub fn new(files: &'f [ChecksFile]) -> Self {
        let origin: Vec<&CheckedLesson> = files.iter().flat_map(|file| &file.lessons).collect();
        let mut excuses = Vec::new();
        let mut first = 0;
        for file in files {
            for exception in &file.exceptions {
                let at = file
                    .lessons
                    .iter()
                    .position(|lesson| lesson.id == exception.lesson);
                let excuse = |at| PathExcuse::new(first + at, &exception.path, exception.reason.as_str());
                excuses.extend(at.map(excuse));
            }
            first += file.lessons.len();
        }
        ChecksToRun {
            lessons: origin.iter().map(|lesson| lesson.lesson_checks()).collect(),
            origin,
            excuses,
        }
    }
}

/// The checks of a store that concern a target, as its checks file would have them. `paths`: every path of the target.
pub fn checks_for<'p>(
    store: &Store,
    target: &Target,
    paths: impl IntoIterator<Item = &'p str>,
) -> ChecksFile {
    let mut tree = Tree::new();
    for path in paths {
        tree.list(path, Mode::File);
    }
    let selection = Selector::new(store).select(target, &tree);
    let lessons = selection
        .chosen
        .iter()
        .filter(|chosen| !chosen.lesson.broken)
        .map(SelectedLesson::in_target);
    checks_delivery::checks_of(store, target, lessons)
}

/// Whether a check reads a path. A checks file is left out: it contains the expressions, so text checks would match them.
pub fn is_judged(linter: &Linter, path: &str) -> bool {
    linter.reads(path) && !ChecksFile::is_path(path)
}

/// Every hit of the state after a change. Only files that a check reads are opened.
pub fn all_hits(
    trees: &ChangeTrees,
    linter: &Linter,
    excuses: &[PathExcuse],
    today: jiff::civil::Date,
) -> Result<TreeHits, Finding> {
    let mut hits = TreeHits::default();
    let paths = trees.paths_after();
    for path in paths.iter().filter(|path| is_judged(linter, path)) {
        if let Some(bytes) = trees.read_after(path)? {
            hits.add_file(linter, excuses, today, path, &bytes);
        }
    }
    hits.add_paths(excuses, linter.paths(&paths));
    Ok(hits)
}

/// Reads a file for [`ShownFiles`].
pub type FileReader<'a> = &'a dyn Fn(&str) -> Result<Option<FileBytes>, Finding>;

/// Files as they are shown: without secrets, each read once.
pub struct ShownFiles<'a> {
    read: FileReader<'a>,
    known: BTreeMap<String, String>,
}

impl<'a> ShownFiles<'a> {
    /// No file was read yet.
    pub fn new(read: FileReader<'a>) -> Self {
        ShownFiles {
            read,
            known: BTreeMap::new(),
        }
    }

    /// A place in a file, with its line.
    pub fn place(&mut self, file: &str, span: Range<usize>) -> Result<Location, Finding> {
        if !self.known.contains_key(file) {
            let text = match (self.read)(file)? {
                Some(FileBytes::Whole(bytes)) => redact(&String::from_utf8_lossy(&bytes)),
                _ => String::new(),
            };
            self.known.insert(file.to_owned(), text);
        }
        let text = self.known.get(file).map(String::as_str).unwrap_or_default();
        Ok(Location::in_text(file, text, span))
    }
}
