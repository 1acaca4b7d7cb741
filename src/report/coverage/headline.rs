//! The headline of a coverage report: how many required placements are covered now and after the merge, and why not all.
//!
//! Input: the plans. Output: counts, and one or two lines. Not here: which lesson is where (`matrix`).

use anstyle::Style;

use crate::report::findings::counted;
use crate::report::style::{CAREFUL, GOOD};
use crate::report::{Document, Line};
use lessonbook_pipeline::plan::TargetPlan;
use lessonbook_pipeline::target_state::TargetState;
use lessonbook_proof::CoverageCounts;
use lessonbook_store::Severity;

/// The coverage of these plans, for one severity or for all.
pub fn counts(plans: &[TargetPlan], severity: Option<Severity>) -> CoverageCounts {
    let mut sum = CoverageCounts::default();
    for plan in plans {
        let counts = plan.proof.coverage.counts(severity);
        sum.current += counts.current;
        // A refused plan proposes nothing.
        sum.proposed += if plan.outcome.state == TargetState::Refused {
            counts.current
        } else {
            counts.proposed
        };
        sum.required += counts.required;
    }
    sum
}

/// How many required placements would be missing without an exception.
pub fn holes(plans: &[TargetPlan]) -> usize {
    let cells = plans.iter().flat_map(|plan| &plan.proof.coverage.placements);
    cells.filter(|cell| cell.is_hole()).count()
}

/// `critical: 0 of 20 placements covered, 20 of 20 after the merge: 40 open proposals are not merged`.
pub fn headline(plans: &[TargetPlan]) -> String {
    let line = |word: &str, counts: CoverageCounts| {
        let CoverageCounts {
            current: now,
            proposed,
            required,
        } = counts;
        let later = if proposed == now {
            String::new()
        } else {
            format!(", {proposed} of {required} after the merge")
        };
        format!(
            "{word}: {now} of {} covered{later}",
            counted(required, "placement")
        )
    };
    let critical = counts(plans, Some(Severity::Critical));
    let all = counts(plans, None);
    let count = |is: &dyn Fn(TargetState) -> bool| plans.iter().filter(|plan| is(plan.outcome.state)).count();
    let (open, to_update) = (
        count(&|state| state == TargetState::Proposed),
        count(&TargetState::is_due),
    );
    let mut why = Vec::new();
    if open > 0 && all.current < all.proposed {
        let verb = if open == 1 { "is" } else { "are" };
        why.push(format!("{} {verb} not merged", counted(open, "open proposal")));
    }
    if to_update > 0 && all.current < all.proposed {
        let verb = if to_update == 1 { "waits" } else { "wait" };
        why.push(format!("{} {verb} for `sync`", counted(to_update, "target")));
    }
    why.extend(crate::report::rollout::sum(plans));
    let unseen = plans.iter().filter(|plan| is_unseen(plan)).count();
    if unseen > 0 {
        let verb = if unseen == 1 { "was" } else { "were" };
        why.push(format!("{} {verb} not looked at", counted(unseen, "target")));
    }
    let why = if why.is_empty() {
        String::new()
    } else {
        format!(": {}", why.join(", "))
    };
    if all.required == 0 {
        return format!("no lesson is required anywhere{why}");
    }
    if critical.required == 0 {
        return line("all lessons", all) + &why;
    }
    let first = line("critical", critical);
    if critical.required == all.required {
        return first + &why;
    }
    format!("{first}{why}\n{}", line("all lessons", all))
}

/// Whether a target's coverage is unknown: it was not reached, or errors in the store stopped it.
pub(super) fn is_unseen(plan: &TargetPlan) -> bool {
    plan.target.enabled
        && plan.proof.coverage.placements.is_empty()
        && matches!(
            plan.outcome.state,
            TargetState::Refused | TargetState::Unreachable
        )
}

/// The headline in its color.
pub(in crate::report) fn head(plans: &[TargetPlan]) -> Document {
    let critical = counts(plans, Some(Severity::Critical));
    let is_good = critical.current == critical.required && !plans.iter().any(is_unseen);
    let style = if is_good { GOOD } else { CAREFUL };
    let headline = headline(plans);
    let mut document = Document::default();
    for (number, line) in headline.lines().enumerate() {
        document.line(Line::styled(if number == 0 { style } else { Style::new() }, line));
    }
    document
}
