//! The effect of budgets: lessons that a budget reduces, and those that have room again.
//!
//! Input: the plan of a target before the change and after it. Output: a [`Fit`] for each lesson and entry point where the detail
//! changes. Not here: reducing the detail (`pipeline/budget`).

use serde::Serialize;

use crate::plan::TargetPlan;
use lessonbook_proof::Placement;
use lessonbook_store::Detail;

/// A lesson that a budget makes shorter, or longer again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fit {
    /// The lesson's id.
    pub lesson: String,
    /// The entry point's name.
    pub entry_point: String,
    /// The detail before; none if the lesson was not present.
    pub was: Option<Detail>,
    /// The detail after.
    pub detail: Detail,
    /// The detail that the policy requires.
    pub wanted: Detail,
}

/// The lessons that a budget reduces, and those that have room again.
pub(super) fn fits(old: Option<&TargetPlan>, new: &TargetPlan) -> (Vec<Fit>, Vec<Fit>) {
    let placement = |plan: &TargetPlan, lesson: &str, place: &str| {
        let same = |placement: &&Placement| placement.lesson == lesson && placement.entry_point == place;
        // A lesson without rationale is complete with its rule alone; then the required detail counts.
        let detail = |placement: &Placement| placement.proposed.detail.min(placement.required);
        plan.proof.coverage.placements.iter().find(same).map(detail)
    };
    let fell = new.content.shrunk.iter().filter_map(|now| {
        let was = old.and_then(|old| placement(old, &now.lesson, &now.entry_point));
        let shrunk = old.into_iter().flat_map(|old| &old.content.shrunk);
        let before = shrunk
            .into_iter()
            .find(|was| was.lesson == now.lesson && was.entry_point == now.entry_point);
        if before.is_some_and(|before| before.detail <= now.detail) {
            return None;
        }
        Some(Fit {
            lesson: now.lesson.clone(),
            entry_point: now.entry_point.clone(),
            was: was.filter(|detail| *detail > Detail::None),
            detail: now.detail,
            wanted: now.wanted,
        })
    });
    let returned = old
        .into_iter()
        .flat_map(|old| &old.content.shrunk)
        .filter_map(|was| {
            let detail = placement(new, &was.lesson, &was.entry_point)?;
            (detail > was.detail).then(|| Fit {
                lesson: was.lesson.clone(),
                entry_point: was.entry_point.clone(),
                was: Some(was.detail).filter(|detail| *detail > Detail::None),
                detail,
                wanted: was.wanted,
            })
        });
    (fell.collect(), returned.collect())
}
