//! `lessonbook status --lesson ID`: the state of one lesson in every target.
//!
//! Input: the planned targets and the lesson's id. Output: a table or JSON. Not here: the states of proposals (`run/target_states`).

use lessonbook_pipeline::check_level::LevelChange;
use lessonbook_pipeline::target_state::TargetState;
use serde_json::json;

use super::super::{Context, Exit};
use super::StatusArgs;
use crate::report::envelope::{DocumentSubject, envelope};
use crate::report::status::TargetStatus;
use crate::report::{Line, TextTable, check_levels, style};
use crate::run::format::Format;
use crate::run::planning::Planning;
use crate::run::{lesson_ids, outcome};
use lessonbook_store::Detail;

/// The word for a target that the lesson does not concern.
const NOT_REQUIRED: &str = "not required";

/// The lesson in one target.
struct LessonInTarget<'s> {
    status: &'s TargetStatus,
    /// The lesson's state there.
    word: &'static str,
    /// At how many entry points it is present.
    present: usize,
    /// At how many it is required.
    required: usize,
    level: LevelChange,
}

/// Prints the state of the lesson in each target. The exit code is 3 if the lesson is missing where it is required.
pub fn run(args: &StatusArgs, lesson: &str, planning: &Planning, context: &Context) -> anyhow::Result<Exit> {
    lesson_ids::find(&planning.store, lesson)?;
    let statuses = crate::run::target_states::statuses(planning, context.now);
    let mut rows = Vec::new();
    let levels = planning.check_levels();
    for ((plan, status), levels) in planning.plans.iter().zip(&statuses).zip(&levels) {
        let cells: Vec<_> = plan
            .proof
            .coverage
            .placements
            .iter()
            .filter(|cell| cell.lesson == lesson)
            .collect();
        let present = cells
            .iter()
            .filter(|cell| cell.current.detail > Detail::None)
            .count();
        let required = cells.iter().filter(|cell| cell.exempt.is_none()).count();
        let is_complete = !cells.is_empty()
            && cells
                .iter()
                .all(|cell| cell.exempt.is_some() || cell.is_covered_now());
        let word = match status.state {
            TargetState::Unreachable | TargetState::Deferred | TargetState::Refused => status.state.word(),
            _ if cells.is_empty() => NOT_REQUIRED,
            _ if is_complete => TargetState::UpToDate.word(),
            state => state.word(),
        };
        rows.push(LessonInTarget {
            status,
            word,
            present,
            required,
            level: levels.level(lesson),
        });
    }
    let text = match args.format {
        Format::Human => human(&rows),
        Format::Json => {
            let targets: Vec<_> = rows
                .iter()
                .map(|row| {
                    json!({
                        "target": row.status.target,
                        "lesson": row.word,
                        "placements_current": row.present,
                        "placements_required": row.required,
                        "check_level": row.level,
                        "state": row.status.state,
                        "link": row.status.link,
                    })
                })
                .collect();
            let data = json!({ "lesson": lesson, "targets": targets });
            let commit = planning.commit.as_ref().map(|commit| commit.commit.as_str());
            let document = envelope(DocumentSubject::StoreAt(&planning.store, commit), data);
            format!("{document:#}\n")
        }
    };
    context.printer.data(&text)?;
    let is_missing = rows
        .iter()
        .any(|row| ![TargetState::UpToDate.word(), NOT_REQUIRED].contains(&row.word));
    let pending = if is_missing { Exit::Pending } else { Exit::Done };
    Ok(outcome::exit(planning, context, args.fail, &[]).and(pending))
}

fn human(rows: &[LessonInTarget<'_>]) -> String {
    let has_checks = rows.iter().any(|row| row.level.is_checked());
    let heads: &[&str] = if has_checks {
        &["target", "lesson", "placements", "checks", "proposal"]
    } else {
        &["target", "lesson", "placements", "proposal"]
    };
    let mut table = TextTable::new(heads).right(2).can_shrink(heads.len() - 1);
    for row in rows {
        let style = match row.word {
            NOT_REQUIRED => style::DIM,
            word if word == TargetState::UpToDate.word() => style::GOOD,
            _ => style::CAREFUL,
        };
        let placements = if row.required == 0 {
            String::new()
        } else {
            format!("{} of {}", row.present, row.required)
        };
        let link = row.status.link.clone().unwrap_or_else(|| row.status.why.clone());
        let mut cells: Vec<Line> = vec![
            row.status.target.as_str().into(),
            Line::styled(style, row.word),
            placements.into(),
        ];
        cells.extend(has_checks.then(|| check_levels::cell(row.level)));
        cells.push(link.into());
        table.row(cells);
    }
    table.render()
}
