//! Which lessons the blocks of two trees hold, and what differs.
//!
//! Input: the files before and after. Output: the lessons that would be in no block after the plan, and those that would be
//! in other files or have another severity. They are read from the blocks, so lessons that the store no longer has are
//! included. Not here: why they differ (`pipeline/changes`).

use std::collections::{BTreeMap, BTreeSet};

use super::read::PresentLesson;
use super::{Prover, TreeFiles};
use lessonbook_store::Severity;

/// A lesson that is in a block now and would be in no block after the plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemovedLesson {
    /// The lesson in the first block that holds it.
    pub held: PresentLesson,
    /// The files that hold it now.
    pub paths: Vec<String>,
}

/// A lesson that is in blocks before and after.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RemainingLesson {
    /// The files that would not hold it after the plan.
    pub left: Vec<String>,
    /// The files that do not hold it now.
    pub entered: Vec<String>,
    /// The severity in the block now, if the plan would change it.
    pub severity: Option<Severity>,
}

/// What differs between the blocks of two trees.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Differences {
    /// The lessons that are removed everywhere, by id.
    pub removed: Vec<RemovedLesson>,
    /// The lessons that stay, but in other files or with another severity, by id.
    pub remaining: BTreeMap<String, RemainingLesson>,
}

/// The lessons by id, then by file.
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
                    differences.removed.push(RemovedLesson { held, paths });
                }
                continue;
            };
            let other = |path: &&String| then[*path].severity != held[*path].severity;
            let remaining = RemainingLesson {
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
            if remaining != RemainingLesson::default() {
                differences.remaining.insert(id, remaining);
            }
        }
        differences
    }

    /// The lessons of all blocks. A known lesson counts without a severity after its id, unless another lesson's text names it.
    fn lessons(&self, side: &TreeFiles<'_>) -> PresentByLesson {
        let mut lessons = PresentByLesson::new();
        for (_, file) in side.ours() {
            let mut held = file.view.lessons_in_block();
            let named = self.store.lessons.iter().filter(|lesson| {
                file.view.names(&lesson.id)
                    && !self.named_by_others.contains(lesson.id.as_str())
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
