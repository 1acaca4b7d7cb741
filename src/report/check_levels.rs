//! How firmly lessons are kept in a target, as a line, a column and JSON.
//!
//! Input: the levels of a target and the lessons that are required there. Output: text, or a JSON value. Not here: deciding the levels
//! (`pipeline/check_level`).

use serde_json::{Value, json};

use super::Line;
use super::style::{CAREFUL, DIM, GOOD};
use lessonbook_pipeline::check_level::{CheckLevel, CheckLevels, LevelChange, LintRun, PlannedLevels};
use lessonbook_pipeline::plan::TargetPlan;

/// The levels of the lessons that are required in a target, in the order of its matrix.
fn levels<'p>(plan: &'p TargetPlan, levels: &PlannedLevels) -> Vec<(&'p str, LevelChange)> {
    let mut all: Vec<(&str, LevelChange)> = Vec::new();
    for cell in &plan.proof.coverage.placements {
        let lesson = cell.lesson.as_str();
        if all.last().is_none_or(|(last, _)| *last != lesson) {
            all.push((lesson, levels.level(lesson)));
        }
    }
    all
}

/// Whether a check of a required lesson is, or will be, in the target. If not, every lesson is advisory, and views leave levels out.
pub(super) fn has_checks(plan: &TargetPlan, planned: &PlannedLevels) -> bool {
    levels(plan, planned).iter().any(|(_, level)| level.is_checked())
}

/// `checks: 3 enforced, 12 advisory lessons; lint runs in .github/workflows/lessons.yml:9`; none if no check is in the target.
pub(super) fn line(plan: &TargetPlan, planned: &PlannedLevels) -> Option<String> {
    let levels = levels(plan, planned);
    if !levels.iter().any(|(_, level)| level.is_checked()) {
        return None;
    }
    let counts = |side: fn(&LevelChange) -> CheckLevel| {
        let words = [CheckLevel::Enforced, CheckLevel::Detected, CheckLevel::Advisory].map(|level| {
            let count = levels.iter().filter(|(_, change)| side(change) == level).count();
            (count > 0).then(|| format!("{count} {}", level.word()))
        });
        words.into_iter().flatten().collect::<Vec<_>>().join(", ")
    };
    let (now, later) = (counts(|change| change.current), counts(|change| change.proposed));
    let later = if now == later {
        String::new()
    } else {
        format!(", after the merge {later}")
    };
    Some(format!("checks: {now}{later}; {}", run_words(run(planned))))
}

/// Where `lint` runs.
fn run(planned: &PlannedLevels) -> Option<&LintRun> {
    planned.proposed.run().or(planned.current.run())
}

pub(super) fn run_words(run: Option<&LintRun>) -> String {
    match run {
        Some(run) => format!("`lint` runs in {}:{}", run.path, run.line),
        None => "no workflow runs `lint`".to_owned(),
    }
}

/// The level of a lesson in a table.
pub(crate) fn cell(level: LevelChange) -> Line {
    let style = match level.current {
        CheckLevel::Advisory if !level.is_checked() => DIM,
        CheckLevel::Enforced => GOOD,
        _ => CAREFUL,
    };
    Line::styled(style, level.words())
}

/// The levels of the required lessons, and where `lint` runs.
pub(super) fn json(plan: &TargetPlan, planned: &PlannedLevels) -> Value {
    let count = |levels: &CheckLevels, level| {
        let all = self::levels(plan, planned);
        all.iter()
            .filter(|(lesson, _)| levels.level(lesson) == level)
            .count()
    };
    let counts = |levels: &CheckLevels| {
        json!({
            "enforced": count(levels, CheckLevel::Enforced),
            "detected": count(levels, CheckLevel::Detected),
            "advisory": count(levels, CheckLevel::Advisory),
        })
    };
    let lessons = levels(plan, planned);
    let lessons = lessons.iter().map(
        |(lesson, level)| json!({ "lesson": lesson, "current": level.current, "proposed": level.proposed }),
    );
    json!({
        "current": counts(&planned.current),
        "proposed": counts(&planned.proposed),
        "lessons": lessons.collect::<Vec<_>>(),
        "lint_run": run(planned),
    })
}
