//! Lessons that a store has already.
//!
//! Input: lessons as values. Output: which of them says a rule that was found. Not here: reading a store.

use std::collections::{BTreeMap, BTreeSet};

use crate::candidate::Citation;
use crate::guess;

/// A lesson that a store has.
#[derive(Debug, Clone, Default)]
pub struct KnownLesson {
    /// Its id.
    pub id: String,
    /// Its rule.
    pub rule: String,
    /// Where it was imported from: repository, path and line.
    pub sources: Vec<(String, String, usize)>,
}

/// The lessons of a store, by all that a rule can be recognized by.
#[derive(Default)]
pub struct KnownIndex<'k> {
    ids: BTreeSet<&'k str>,
    by_text: BTreeMap<String, &'k str>,
    by_place: BTreeMap<(&'k str, &'k str, usize), &'k str>,
}

impl<'k> KnownIndex<'k> {
    /// Reads the lessons.
    pub fn new(known: &'k [KnownLesson]) -> Self {
        let mut index = KnownIndex::default();
        for lesson in known {
            index.ids.insert(&lesson.id);
            index
                .by_text
                .entry(guess::normal(&lesson.rule))
                .or_insert(&lesson.id);
            for (repository, path, line) in &lesson.sources {
                index
                    .by_place
                    .entry((repository, path, *line))
                    .or_insert(&lesson.id);
            }
        }
        index
    }

    /// The lesson that says it already: by its id, its words, or the place that it was imported from.
    pub fn lesson(&self, texts: &[&str], citations: &[Citation]) -> Option<String> {
        let by_text = || texts.iter().find_map(|text| self.by_text.get(*text).copied());
        let by_id = || {
            texts
                .iter()
                .find_map(|text| self.ids.get(guess::id_of_normal(text).as_str()).copied())
        };
        let by_place = || {
            citations.iter().find_map(|citation| {
                let place = (
                    citation.repository.as_str(),
                    citation.path.as_str(),
                    citation.line,
                );
                self.by_place.get(&place).copied()
            })
        };
        by_text().or_else(by_id).or_else(by_place).map(str::to_owned)
    }
}
