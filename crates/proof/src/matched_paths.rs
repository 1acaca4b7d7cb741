//! Which paths of a tree the lessons' globs match, from the root and from the folders of scopes.
//!
//! Input: the store's lessons, a target, a tree. Output: [`MatchedPaths`]. Not here: what follows for a lesson (`expect`).

use std::cell::OnceCell;
use std::collections::BTreeMap;

use lessonbook_base::globs::{Dialect, Matcher};
use lessonbook_base::tree::Tree;
use lessonbook_store::folder::is_within;
use lessonbook_store::{ChecksFile, Store, Target};

/// The globs of a store's lessons. Each glob is compiled once, however many lessons have it.
#[derive(Debug)]
pub struct Globs {
    matcher: Matcher,
    /// For each lesson, the numbers of its globs.
    pub of_lesson: Vec<Vec<usize>>,
}

impl Globs {
    /// Compiles the globs of all lessons.
    pub fn new(store: &Store) -> Self {
        let mut numbers: BTreeMap<&str, usize> = BTreeMap::new();
        let mut globs: Vec<&str> = Vec::new();
        let mut of_lesson = vec![Vec::new(); store.lessons.len()];
        for (at, lesson) in store.lessons.iter().enumerate() {
            for glob in lesson.spellings() {
                let number = *numbers.entry(glob).or_insert_with(|| {
                    globs.push(glob);
                    globs.len() - 1
                });
                of_lesson[at].push(number);
            }
        }
        Globs {
            matcher: Matcher::new(Dialect::Portable, &globs),
            of_lesson,
        }
    }

    /// Which tracked paths each glob matches, except entry points and submodules: from the root, and from each scope's folder.
    pub fn matched<'g, 't>(&'g self, store: &Store, target: &Target, tree: &'t Tree) -> MatchedPaths<'g, 't> {
        let globs = self.of_lesson.iter().flatten().max().map_or(0, |last| last + 1);
        let mut matched = MatchedPaths {
            by_glob: vec![Vec::new(); globs],
            scopes: target.scopes.iter().map(|_| vec![Vec::new(); globs]).collect(),
            folders: target.scopes.iter().map(|scope| scope.folder.clone()).collect(),
            files: target.scopes.iter().map(|_| Vec::new()).collect(),
            of_lesson: &self.of_lesson,
        };
        let mut hits = Vec::new();
        for path in tree.paths() {
            let ours = OnceCell::new();
            let is_ours = || {
                *ours.get_or_init(|| {
                    ChecksFile::is_path(path) || store.entry_points.iter().any(|row| row.owns(path))
                })
            };
            self.matcher.matching(path, &mut hits);
            if !hits.is_empty() && !is_ours() {
                for hit in &hits {
                    matched.by_glob[*hit].push(path);
                }
            }
            for (at, folder) in matched.folders.iter().enumerate() {
                let below = path
                    .strip_prefix(folder.as_str())
                    .and_then(|rest| rest.strip_prefix('/'));
                let Some(below) = below.filter(|_| !is_ours()) else {
                    continue;
                };
                matched.files[at].push(path);
                self.matcher.matching(below, &mut hits);
                for hit in &hits {
                    matched.scopes[at][*hit].push(path);
                }
            }
        }
        matched
    }
}

/// Which tracked paths the lessons' own globs match.
#[derive(Debug)]
pub struct MatchedPaths<'g, 't> {
    by_glob: Vec<Vec<&'t str>>,
    /// The same for each scope, with globs relative to its folder.
    scopes: Vec<Vec<Vec<&'t str>>>,
    folders: Vec<String>,
    /// Every path of each scope.
    files: Vec<Vec<&'t str>>,
    of_lesson: &'g [Vec<usize>],
}

impl<'t> MatchedPaths<'_, 't> {
    /// The paths that a lesson's globs match. A path that two of its globs match is returned twice.
    pub fn paths(&self, lesson: usize) -> impl Iterator<Item = &'t str> {
        self.of_lesson[lesson]
            .iter()
            .flat_map(|glob| self.by_glob[*glob].iter().copied())
    }

    /// The paths in a folder that a lesson is about, whose globs are relative to `origin`. Without globs these are all its paths.
    pub fn paths_in(&self, lesson: usize, origin: &str, folder: &str) -> Vec<&'t str> {
        let globs = &self.of_lesson[lesson];
        let place = |name: &str| self.folders.iter().position(|one| one == name);
        if globs.is_empty() {
            return place(folder).map_or(Vec::new(), |at| self.files[at].clone());
        }
        let by_glob = match place(origin) {
            Some(at) => &self.scopes[at],
            None => &self.by_glob,
        };
        let paths = globs.iter().flat_map(|glob| by_glob[*glob].iter().copied());
        paths.filter(|path| is_within(path, folder)).collect()
    }

    /// Whether a lesson has globs, and one of them matches a path of a folder, to which they are relative.
    pub(super) fn is_matched(&self, lesson: usize, folder: &str) -> bool {
        !self.of_lesson[lesson].is_empty() && !self.paths_in(lesson, folder, folder).is_empty()
    }
}
