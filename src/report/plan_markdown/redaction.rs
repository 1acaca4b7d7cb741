//! What of a plan a page shows.
//!
//! Comes in: the sheet and who may read what. Goes out: whether a target is shown, named or counted. Leaves to others: the page.

use super::Sheet;
use lessonbook_base::finding::Finding;
use lessonbook_pipeline::plan::TargetPlan;
use lessonbook_pipeline::redaction::{Sight, Sights};

/// The page as it is made: what is shown of whom.
pub(super) struct Made<'a> {
    pub(super) sheet: &'a Sheet<'a>,
    pub(super) sights: Option<Sights>,
}

impl<'a> std::ops::Deref for Made<'a> {
    type Target = Sheet<'a>;

    fn deref(&self) -> &Sheet<'a> {
        self.sheet
    }
}

impl Made<'_> {
    fn sight(&self, target: &str) -> Sight {
        let sights = self.sights.as_ref();
        sights.map_or(Sight::Shown, |sights| sights.sight(target))
    }

    /// Whether a target is named and no more is said of it.
    pub(super) fn hides(&self, plan: &TargetPlan) -> bool {
        self.sight(&plan.target.name) != Sight::Shown
    }

    /// Whether it is not even named.
    pub(super) fn counts(&self, plan: &TargetPlan) -> bool {
        self.sight(&plan.target.name) == Sight::Counted
    }

    pub(super) fn tells(&self, finding: &Finding) -> bool {
        let mut target = finding.target.iter();
        target.all(|target| self.sight(target) == Sight::Shown)
    }
}
