//! Which lesson is written where, folded, and shortened if there is too much of it.
//!
//! Input: a plan and a limit in bytes. Output: a table for each lesson and entry point. Not here: what changes (`table`).

use std::fmt::Write;

use super::shortened;
use crate::gfm_escape::code;
use crate::plan::TargetPlan;
use crate::pr_body::{checks, counted};
use lessonbook_proof::Placement;
use lessonbook_store::{Audience, Detail, Store, Visibility};

/// Which lesson is written where, folded, and shortened if there is too much of it.
pub(super) fn details(body: &mut String, store: &Store, plan: &TargetPlan, limit: usize) {
    let files: Vec<String> = plan
        .content
        .files
        .iter()
        .filter(|file| file.counts() != (0, 0))
        .map(|file| format!("{} +{} −{}", code(&file.path), file.added, file.removed))
        .collect();
    // A public page must not even name an internal lesson, which the coverage lists as exempt.
    let is_shown = |cell: &&Placement| {
        let internal = |lesson: &lessonbook_store::Lesson| lesson.audience == Audience::Internal;
        plan.target.visibility != Visibility::Public || !store.lesson(&cell.lesson).is_some_and(internal)
    };
    let cells: Vec<&Placement> = plan.proof.coverage.placements.iter().filter(is_shown).collect();
    let lessons = cells.chunk_by(|a, b| a.lesson == b.lesson);
    let mut places: Vec<&str> = Vec::new();
    for cell in &cells {
        if !places.contains(&cell.entry_point.as_str()) && places.len() < 20 {
            places.push(&cell.entry_point);
        }
    }
    if cells.is_empty() && files.is_empty() {
        return;
    }
    let _ = writeln!(
        body,
        "<details><summary><b>Where:</b> {} × {}</summary>\n",
        counted(lessons.clone().count(), "lesson"),
        counted(places.len(), "entry point")
    );
    if !files.is_empty() {
        let _ = writeln!(body, "{}\n", shortened(&files, 30));
    }
    checks::invariants(body, plan);
    if !cells.is_empty() {
        let names: Vec<String> = places.iter().map(|place| code(place)).collect();
        let _ = writeln!(body, "| lesson | {} |", names.join(" | "));
        let _ = writeln!(body, "|---|{}", "---|".repeat(places.len()));
    }
    let mut left = 0;
    for cells in lessons {
        let details: Vec<&str> = places.iter().map(|place| detail(cells, place)).collect();
        let id = cells.first().map_or("", |cell| cell.lesson.as_str());
        let row = format!("| {} | {} |\n", code(id), details.join(" | "));
        if body.len() + row.len() > limit {
            left += 1;
        } else {
            body.push_str(&row);
        }
    }
    if left > 0 {
        let _ = writeln!(body, "\n…and {}.", counted(left, "more lesson"));
    }
    body.push_str("\n</details>\n\n");
}

fn detail(cells: &[&Placement], place: &str) -> &'static str {
    let cell = cells.iter().find(|cell| cell.entry_point == place);
    cell.map_or("", |cell| {
        if cell.exempt.is_some() && !cell.is_covered() && cell.proposed.detail == Detail::None {
            "exempt"
        } else {
            cell.proposed.detail.word()
        }
    })
}
