//! The languages of the files that a lesson is about.
//!
//! Input: the globs of a lesson, and a tree. Output: [`LessonFiles`]. Not here: which languages a linter reads (`table`).

use std::collections::BTreeMap;

use lessonbook_base::globs::{Dialect, Matcher};
use lessonbook_base::tree::Tree;

/// The endings of sources. Scripts of shells, styles and data are beside them in nearly every repository, so they do not count.
const SOURCES: &[&str] = &[
    ".c", ".cc", ".cjs", ".cpp", ".cs", ".cts", ".cxx", ".dart", ".ex", ".exs", ".fs", ".go", ".h", ".hpp",
    ".java", ".js", ".jsx", ".kt", ".kts", ".lua", ".m", ".mjs", ".ml", ".mm", ".mts", ".php", ".py", ".pyi",
    ".rb", ".rs", ".scala", ".svelte", ".swift", ".ts", ".tsx", ".vb", ".vue",
];
/// How many percent of the files a language must have: a stray file of another language changes nothing.
const NEARLY_ALL: usize = 90;

/// The sources that a lesson is about, counted by their endings.
#[derive(Debug, Clone, Default)]
pub struct LessonFiles {
    counts: BTreeMap<&'static str, usize>,
    sources: usize,
}

impl LessonFiles {
    /// The files of a repository that the globs of a lesson match; all if it has none.
    pub fn new(globs: &[&str], tree: &Tree) -> Self {
        let mut files = LessonFiles::default();
        let matcher = Matcher::new(Dialect::Portable, globs);
        tree.paths()
            .filter(|path| globs.is_empty() || matcher.is_match(path))
            .for_each(|path| files.add(path));
        files
    }

    fn add(&mut self, path: &str) {
        let name = path.rsplit('/').next().unwrap_or(path);
        let ending = name.rfind('.').map(|dot| &name[dot..]);
        if let Some(ending) = ending.and_then(|ending| SOURCES.iter().find(|known| **known == ending)) {
            *self.counts.entry(ending).or_default() += 1;
            self.sources += 1;
        }
    }

    /// Whether nearly all have one of these endings.
    pub fn are_of(&self, endings: &[&str]) -> bool {
        let found = self.count(endings);
        found > 0 && found * 100 >= self.sources * NEARLY_ALL
    }

    /// Whether one has one of these endings.
    pub fn has(&self, endings: &[&str]) -> bool {
        self.count(endings) > 0
    }

    fn count(&self, endings: &[&str]) -> usize {
        endings.iter().filter_map(|ending| self.counts.get(ending)).sum()
    }

    /// The endings that more than a few files have; `.*` if there is no source.
    pub fn endings(&self) -> Vec<&'static str> {
        let few = self.sources * (100 - NEARLY_ALL) / 100;
        let found: Vec<&str> = self
            .counts
            .iter()
            .filter(|(_, count)| **count > few)
            .map(|(ending, _)| *ending)
            .collect();
        if found.is_empty() { vec![".*"] } else { found }
    }
}
