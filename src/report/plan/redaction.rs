//! Decides what a page shows of a plan.
//!
//! Input: the page's content and who may read what. Output: whether a target is shown, named or only counted.
//! Not here: the page.

use super::page_input::PlanPage;
use lessonbook_base::finding::Finding;
use lessonbook_pipeline::plan::TargetPlan;
use lessonbook_pipeline::redaction::{Disclosure, Disclosures};

/// The content of a page, and how much of each target it may show.
pub(super) struct PageContent<'a> {
    pub(super) sheet: &'a PlanPage<'a>,
    pub(super) sights: Option<Disclosures>,
}

impl<'a> std::ops::Deref for PageContent<'a> {
    type Target = PlanPage<'a>;

    fn deref(&self) -> &PlanPage<'a> {
        self.sheet
    }
}

impl PageContent<'_> {
    fn sight(&self, target: &str) -> Disclosure {
        let sights = self.sights.as_ref();
        sights.map_or(Disclosure::Shown, |sights| sights.sight(target))
    }

    /// Whether only the name of a target is shown.
    pub(super) fn hides(&self, plan: &TargetPlan) -> bool {
        self.sight(&plan.target.name) != Disclosure::Shown
    }

    /// Whether not even the name of a target is shown.
    pub(super) fn counts(&self, plan: &TargetPlan) -> bool {
        self.sight(&plan.target.name) == Disclosure::Counted
    }

    pub(super) fn tells(&self, finding: &Finding) -> bool {
        let mut target = finding.target.iter();
        target.all(|target| self.sight(target) == Disclosure::Shown)
    }
}
