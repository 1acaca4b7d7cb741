//! What a public page may show about a target: everything, its name, or only that it exists.
//!
//! Input: the store as its files define it, and plans. Output: a [`Disclosure`] for each name. Not here: who can read a page.

use std::collections::{BTreeMap, BTreeSet};

use super::plan::TargetPlan;
use lessonbook_store::{Store, Visibility};

/// How much about a target may be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disclosure {
    /// Everything, because the target is public.
    Shown,
    /// Its name, which the store's files contain, and its result.
    Named,
    /// Only that it exists, because the store does not contain its name.
    Counted,
}

/// The disclosure of all targets.
#[derive(Debug, Clone, Default)]
pub struct Disclosures {
    written: BTreeSet<String>,
    seen: BTreeMap<String, Visibility>,
}

impl Disclosures {
    /// From plans, and from the store without discovered targets.
    pub fn new<'p>(store: &Store, plans: impl Iterator<Item = &'p TargetPlan>) -> Self {
        Disclosures {
            written: store.targets.iter().map(|target| target.name.clone()).collect(),
            seen: plans
                .map(|plan| (plan.target.name.clone(), plan.target.visibility))
                .collect(),
        }
    }

    /// Combines two versions of a store: the stricter visibility of either, and the names of both.
    #[must_use]
    pub fn and(mut self, other: Disclosures) -> Self {
        self.written.extend(other.written);
        for (name, visibility) in other.seen {
            let seen = self.seen.entry(name).or_insert(visibility);
            if visibility != Visibility::Public {
                *seen = visibility;
            }
        }
        self
    }

    /// How much about a target may be shown. A target that was not read is not known to be public.
    pub fn sight(&self, target: &str) -> Disclosure {
        if self.seen.get(target) == Some(&Visibility::Public) {
            Disclosure::Shown
        } else if self.written.contains(target) {
            Disclosure::Named
        } else {
            Disclosure::Counted
        }
    }
}
