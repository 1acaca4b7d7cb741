//! Which lessons the blocks of two trees hold, and what differs.
//!
//! Input: the files before and after. Output: lessons that would be in no block any more, and lessons that would be in other files
//! or of another severity; read from the blocks themselves, so that what the store forgot is named too. Not here: why
//! (`pipeline/changes`).

use std::collections::{BTreeMap, BTreeSet};

use super::{Prover, TreeFiles};
use lessonbook_store::Severity;

/// A lesson as a block shows it, beside its id and severity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PresentLesson {
    /// Its id.
    pub lesson: String,
    /// The severity beside the id.
    pub severity: Option<Severity>,
    /// The text before the id, on one line.
    pub rule: String,
}

/// A lesson that is in a block now and in none after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemovedLesson {
    /// As the first block shows it.
    pub held: PresentLesson,
    /// The files that hold it now.
    pub paths: Vec<String>,
}

/// A lesson that is in blocks before and after.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RemainingLesson {
    /// The files that would not hold it any more.
    pub left: Vec<String>,
    /// The files that did not hold it.
    pub entered: Vec<String>,
    /// The severity that a block shows now, where it would show another one.
    pub severity: Option<Severity>,
}

/// What differs between the blocks of two trees.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Differences {
    /// By id.
    pub gone: Vec<RemovedLesson>,
    /// Those of which something differs, by id.
    pub stays: BTreeMap<String, RemainingLesson>,
}

/// By lesson, by file.
type PresentByLesson = BTreeMap<String, BTreeMap<String, PresentLesson>>;

impl Prover<'_> {
    pub(super) fn differences(&self, now: &TreeFiles<'_>, proposed: &TreeFiles<'_>) -> Differences {
        let (before, after) = (self.lessons(now), self.lessons(proposed));
        let mut differences = Differences::default();
        for (id, held) in before {
            let paths: BTreeSet<&String> = held.keys().collect();
            let Some(then) = after.get(&id) else {
                let paths = paths.into_iter().cloned().collect();
                if let Some(held) = held.into_values().next() {
                    differences.gone.push(RemovedLesson { held, paths });
                }
                continue;
            };
            let other = |path: &&String| then[*path].severity != held[*path].severity;
            let stays = RemainingLesson {
                left: held
                    .keys()
                    .filter(|path| !then.contains_key(*path))
                    .cloned()
                    .collect(),
                entered: then
                    .keys()
                    .filter(|path| !held.contains_key(*path))
                    .cloned()
                    .collect(),
                severity: paths
                    .into_iter()
                    .filter(|path| then.contains_key(*path))
                    .find(other)
                    .and_then(|path| held[path].severity),
            };
            if stays != RemainingLesson::default() {
                differences.stays.insert(id, stays);
            }
        }
        differences
    }

    /// The lessons of all blocks. A lesson that the store knows counts without a severity beside it, unless another lesson speaks of it.
    fn lessons(&self, side: &TreeFiles<'_>) -> PresentByLesson {
        let mut lessons = PresentByLesson::new();
        for (_, file) in side.ours() {
            let mut held = file.view.held();
            let named = self.store.lessons.iter().filter(|lesson| {
                file.view.names(&lesson.id)
                    && !self.spoken_of.contains(lesson.id.as_str())
                    && !held.iter().any(|held| held.lesson == lesson.id)
            });
            let named: Vec<PresentLesson> = named
                .map(|lesson| PresentLesson {
                    lesson: lesson.id.clone(),
                    severity: None,
                    rule: String::new(),
                })
                .collect();
            held.extend(named);
            for held in held {
                let files = lessons.entry(held.lesson.clone()).or_default();
                files.entry(file.path.clone()).or_insert(held);
            }
        }
        lessons
    }
}
