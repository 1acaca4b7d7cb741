//! What budgets do: lessons that fall out of one, and those that come back.
//!
//! Input: the plan of a target before the change and after it. Output: a [`Fit`] for each lesson at each entry point that stands
//! there in another form. Not here: shrinking (`pipeline/budget`).

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
    /// What stood there before; none: it was not there.
    pub was: Option<Detail>,
    /// What stands there after.
    pub detail: Detail,
    /// What the policy asks for.
    pub wanted: Detail,
}

/// What falls out of a budget, and what comes back.
pub(super) fn fits(old: Option<&TargetPlan>, new: &TargetPlan) -> (Vec<Fit>, Vec<Fit>) {
    let cell = |plan: &TargetPlan, lesson: &str, place: &str| {
        let same = |cell: &&Placement| cell.lesson == lesson && cell.entry_point == place;
        // A lesson that says no more than its rule stands there in full; what counts is what was asked for.
        let detail = |cell: &Placement| cell.proposed.detail.min(cell.asked);
        plan.proof.coverage.cells.iter().find(same).map(detail)
    };
    let fell = new.content.shrunk.iter().filter_map(|now| {
        let was = old.and_then(|old| cell(old, &now.lesson, &now.entry_point));
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
            let detail = cell(new, &was.lesson, &was.entry_point)?;
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
