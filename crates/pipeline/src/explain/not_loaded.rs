//! Which lessons about a path are not seen, and why.
//!
//! Input: what each assistant sees, and the plan. Output: [`MissedLesson`]es, and lessons that are [`LessonForOthers`]. Not here: the
//! lessons that are seen.

use std::borrow::Cow;

use super::{LessonForOthers, LessonRow, MissedLesson, ViewOnBothSides, matching};
use crate::assistant_view::AssistantViews;
use crate::plan::TargetPlan;
use lessonbook_proof::Placement;
use lessonbook_store::{Detail, EntryPoint, Lesson, Status, Target};

/// The assistants that do not get a lesson about the path, even after the proposal: one [`MissedLesson`] for each reason.
pub(super) fn misses(
    store_views: &AssistantViews<'_>,
    plan: &TargetPlan,
    views: &[ViewOnBothSides],
    lessons: &[LessonRow],
    uses: &dyn Fn(&EntryPoint) -> bool,
) -> Vec<MissedLesson> {
    let mut misses: Vec<MissedLesson> = Vec::new();
    for row in lessons
        .iter()
        .filter(|row| row.concerns_path && row.reason.is_some())
    {
        for view in views
            .iter()
            .filter(|view| view.proposed.seen(&row.lesson).is_none())
        {
            let why = why_missed(store_views, plan, view, &row.lesson, uses);
            let known = misses
                .iter_mut()
                .find(|miss| miss.lesson == row.lesson && miss.why == why);
            match known {
                Some(miss) => miss.assistants.push(view.assistant.clone()),
                None => misses.push(MissedLesson {
                    lesson: row.lesson.clone(),
                    severity: row.severity,
                    assistants: vec![view.assistant.clone()],
                    why,
                }),
            }
        }
    }
    misses
}

fn why_missed(
    store_views: &AssistantViews<'_>,
    plan: &TargetPlan,
    view: &ViewOnBothSides,
    lesson: &str,
    uses: &dyn Fn(&EntryPoint) -> bool,
) -> String {
    let reads = |row: &&EntryPoint| {
        row.assistants
            .iter()
            .any(|assistant| assistant.name == view.assistant)
    };
    let rows: Vec<&EntryPoint> = store_views.store.entry_points.iter().filter(reads).collect();
    let in_use: Vec<&str> = rows
        .iter()
        .filter(|row| uses(row))
        .map(|row| row.name.as_str())
        .collect();
    if in_use.is_empty() {
        let names: Vec<String> = rows.iter().map(|row| format!("`{}`", row.name)).collect();
        return format!(
            "the target's `use` has none of its entry points: {}",
            names.join(", ")
        );
    }
    let placements = || {
        plan.proof.coverage.placements.iter().filter(|placement| {
            placement.lesson == lesson && in_use.contains(&placement.entry_point.as_str())
        })
    };
    let waits = |placement: &Placement| Some(format!("it {}", placement.waits.as_ref()?));
    let excuse = |placement: &Placement| {
        let reason = placement.exempt.as_ref()?;
        Some(format!("at `{}` it is exempt: {reason}", placement.entry_point))
    };
    let kept = || {
        let missed = view
            .proposed
            .missed
            .iter()
            .find(|missed| missed.lesson == lesson)?;
        Some(format!("it is in {}, but {}", missed.path, missed.why))
    };
    let hole = |placement: &Placement| {
        (placement.required > Detail::None).then(|| placement.proposed.missing.to_string())
    };
    let found = placements()
        .find_map(excuse)
        .or_else(|| placements().find_map(waits))
        .or_else(kept)
        .or_else(|| placements().filter_map(hole).find(|missing| !missing.is_empty()));
    found.unwrap_or_else(|| match in_use.as_slice() {
        [only] => format!("the policy does not require it at `{only}`, its only entry point in use"),
        several => format!(
            "the policy does not require it at any of its entry points in use: {}",
            several.join(", ")
        ),
    })
}

/// Lessons about such a path that do not concern this target.
pub(super) fn lessons_for_others(
    placed: &[Cow<'_, Lesson>],
    target: &Target,
    plan: &TargetPlan,
    path: &str,
) -> Vec<LessonForOthers> {
    let concerned = |id: &str| {
        plan.content
            .changes
            .iter()
            .any(|change| change.lesson == id && change.reason.is_some())
    };
    let mut all: Vec<LessonForOthers> = Vec::new();
    for lesson in placed {
        let globs = matching(lesson, path);
        let about = lesson.paths.is_empty() || !globs.is_empty();
        if !about || lesson.status == Status::Retired || concerned(&lesson.id) {
            continue;
        }
        let left_out = plan.content.left_out.iter().find(|left| left.lesson == lesson.id);
        let waiting = plan
            .content
            .waiting
            .iter()
            .find(|waiting| waiting.lesson == lesson.id);
        let why = match left_out {
            _ if !target.enabled => "the target is disabled".to_owned(),
            Some(left_out) => left_out.why.clone(),
            None if lesson.status == Status::Draft => "it is a draft".to_owned(),
            None if waiting.is_some() => format!("it {}", waiting.map_or("", |waiting| &waiting.why)),
            None if !lesson.tags.is_empty() => format!("it is for {}", tagged(&lesson.tags)),
            None => "none of the target's files matches its paths yet".to_owned(),
        };
        all.push(LessonForOthers {
            lesson: lesson.id.clone(),
            severity: lesson.severity,
            globs,
            why,
        });
    }
    all.sort_by(|a, b| (b.severity, &a.lesson).cmp(&(a.severity, &b.lesson)));
    all
}

fn tagged(tags: &[String]) -> String {
    format!(
        "the tag{} {}",
        if tags.len() == 1 { "" } else { "s" },
        tags.join(", ")
    )
}
