//! Which targets receive a lesson, and whether that is known for certain.
//!
//! Input: the plans. Output: [`Receivers`]. Not here: why a lesson is placed (crate `pipeline`).

use std::collections::{BTreeMap, BTreeSet};

use crate::{AuditInput, AuditTarget};
use lessonbook_base::tree::Tree;
use lessonbook_pipeline::target_state::TargetState;
use lessonbook_store::{Detail, Lesson};

/// The targets of each lesson, by their position in the input.
pub struct Receivers {
    by_lesson: BTreeMap<String, BTreeSet<usize>>,
    /// Lessons that are exempt somewhere.
    exempt: BTreeSet<String>,
    /// Enabled targets whose plan does not say which lessons they receive.
    unknown: Vec<usize>,
}

impl Receivers {
    /// Reads all plans.
    pub fn new(input: &AuditInput) -> Self {
        let mut by_lesson: BTreeMap<String, BTreeSet<usize>> = BTreeMap::new();
        let (mut exempt, mut unknown) = (BTreeSet::new(), Vec::new());
        for (at, one) in input.targets.iter().enumerate() {
            if is_unknown(one) {
                unknown.push(at);
            }
            for placement in &one.plan.proof.coverage.placements {
                let is_placed = placement.required > Detail::None
                    && placement
                        .exempt
                        .as_deref()
                        .is_none_or(|why| why.starts_with("budget of "));
                if placement.exempt.is_some() && !exempt.contains(placement.lesson.as_str()) {
                    exempt.insert(placement.lesson.as_str().to_owned());
                }
                if is_placed {
                    let lesson = placement.lesson.as_str();
                    match by_lesson.get_mut(lesson) {
                        Some(targets) => drop(targets.insert(at)),
                        None => drop(by_lesson.insert(lesson.to_owned(), BTreeSet::from([at]))),
                    }
                }
            }
        }
        Receivers {
            by_lesson,
            exempt,
            unknown,
        }
    }

    /// The targets that receive a lesson.
    pub fn of(&self, lesson: &str) -> BTreeSet<usize> {
        self.by_lesson.get(lesson).cloned().unwrap_or_default()
    }

    /// Whether a lesson is exempt somewhere.
    pub fn is_exempt(&self, lesson: &str) -> bool {
        self.exempt.contains(lesson)
    }

    /// Whether a target of which nothing is known may receive the lesson, too.
    pub fn may_be_more(&self, input: &AuditInput, lesson: &Lesson) -> bool {
        !input.is_whole
            || self.unknown.iter().any(|at| {
                let tags = &input.targets[*at].target.tags;
                lesson.tags.is_empty() || lesson.tags.iter().any(|tag| tags.contains(tag))
            })
    }

    /// The trees of all targets that receive the lesson; none if nothing is certain: no target receives it, or one was not read.
    pub fn trees<'a>(&self, input: &AuditInput<'a>, lesson: &Lesson) -> Option<Vec<(usize, &'a Tree)>> {
        let receivers = self.of(&lesson.id);
        if receivers.is_empty() || self.may_be_more(input, lesson) {
            return None;
        }
        let trees = receivers.into_iter();
        trees.map(|at| Some((at, input.targets[at].tree?))).collect()
    }
}

/// Whether an enabled target was not planned far enough to know its lessons.
fn is_unknown(one: &AuditTarget) -> bool {
    let state = one.plan.outcome.state;
    one.target.enabled
        && one.plan.target.enabled
        && one.plan.proof.coverage.placements.is_empty()
        && matches!(state, TargetState::Refused | TargetState::Unreachable)
}
