//! What everybody may read of a target: all of it, its name, or that there is one.
//!
//! Input: the store as its files say it, and plans. Output: a [`Disclosure`] for each name. Not here: who can read a page.

use std::collections::{BTreeMap, BTreeSet};

use super::plan::TargetPlan;
use lessonbook_store::{Store, Visibility};

/// How much of a target may be said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disclosure {
    /// Everything, for everybody can read the target.
    Shown,
    /// Its name, which the store's files hold, and what it comes to.
    Named,
    /// Only that there is one: nobody wrote its name into the store.
    Counted,
}

/// The same for all targets.
#[derive(Debug, Clone, Default)]
pub struct Disclosures {
    written: BTreeSet<String>,
    seen: BTreeMap<String, Visibility>,
}

impl Disclosures {
    /// From the store without what `discover` found, and plans.
    pub fn of<'p>(store: &Store, plans: impl Iterator<Item = &'p TargetPlan>) -> Self {
        Disclosures {
            written: store.targets.iter().map(|target| target.name.clone()).collect(),
            seen: plans
                .map(|plan| (plan.target.name.clone(), plan.target.visibility))
                .collect(),
        }
    }

    /// Two states of a store: as little as either allows of who can read it, and every name that either wrote.
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

    /// How much of a target may be said. Of one that nobody looked at it is not known that it is public.
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
