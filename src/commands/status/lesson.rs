//! `lessonbook status --lesson ID`: in which targets a lesson is merged, proposed, declined or absent.
//!
//! Input: a survey and the lesson's id. Output: a table or JSON. Not here: the states of proposals (`run/target_states`).

use serde_json::json;

use super::super::{Context, Exit};
use super::StatusArgs;
use crate::report::envelope::{DocumentSubject, envelope};
use crate::report::style;
use crate::report::table::{TableCell, TextTable};
use crate::run::format::Format;
use crate::run::planning::Planning;
use crate::run::{lesson_ids, outcome};
use lessonbook_pipeline::lifecycle::TargetState;
use lessonbook_store::Detail;

/// Looks and prints. Exits with 3 where the lesson has to be present and is not yet.
pub fn run(args: &StatusArgs, lesson: &str, survey: &Planning, context: &Context) -> anyhow::Result<Exit> {
    lesson_ids::known(&survey.store, lesson)?;
    let standings = crate::run::target_states::standings(survey, context.now);
    let mut rows = Vec::new();
    for (plan, standing) in survey.plans.iter().zip(&standings) {
        let cells: Vec<_> = plan
            .proof
            .coverage
            .cells
            .iter()
            .filter(|cell| cell.lesson == lesson)
            .collect();
        let now = cells
            .iter()
            .filter(|cell| cell.current.detail > Detail::None)
            .count();
        let asked = cells.iter().filter(|cell| cell.exempt.is_none()).count();
        let whole = cells
            .iter()
            .all(|cell| cell.exempt.is_some() || cell.is_covered_now());
        let word = match standing.state {
            // Nobody could look, or the plan stopped before it was laid out.
            TargetState::Unreachable | TargetState::Deferred | TargetState::Refused if cells.is_empty() => {
                "unknown"
            }
            _ if cells.is_empty() => "not asked for",
            _ if whole => "merged",
            TargetState::Current
            | TargetState::Outdated
            | TargetState::Conflicting
            | TargetState::Edited
            | TargetState::Approved => "open",
            TargetState::Held if standing.age.is_some() => "open",
            TargetState::Declined => "declined",
            _ if now > 0 => "in part",
            _ => "absent",
        };
        rows.push((standing, word, now, asked));
    }
    let text = match args.format {
        Format::Human => human(&rows),
        Format::Json => {
            let targets: Vec<_> = rows
                .iter()
                .map(|(standing, word, now, asked)| {
                    json!({ "target": standing.target, "lesson": word, "places_now": now, "places_asked": asked, "state": standing.state, "link": standing.link })
                })
                .collect();
            let data = json!({ "lesson": lesson, "targets": targets });
            let commit = survey.commit.as_ref().map(|commit| commit.commit.as_str());
            let document = envelope(DocumentSubject::StoreAt(&survey.store, commit), data);
            format!("{document:#}\n")
        }
    };
    context.printer.data(&text)?;
    let lacks = rows
        .iter()
        .any(|(_, word, ..)| !matches!(*word, "merged" | "not asked for"));
    let pending = if lacks { Exit::Pending } else { Exit::Done };
    Ok(outcome::ended(survey, context, args.fail, &[]).and(pending))
}

fn human(rows: &[(&crate::report::status::TargetStatus, &str, usize, usize)]) -> String {
    let mut table = TextTable::new(&["target", "lesson", "places now", "proposal"])
        .right(2)
        .gives_way(3);
    for (standing, word, now, asked) in rows {
        let style = match *word {
            "merged" => style::GOOD,
            "not asked for" => style::DIM,
            _ => style::CAREFUL,
        };
        let places = if *asked == 0 {
            String::new()
        } else {
            format!("{now} of {asked}")
        };
        let link = standing.link.clone().unwrap_or_else(|| standing.why.clone());
        table.row([
            standing.target.as_str().into(),
            TableCell::styled(style, *word),
            places.into(),
            link.into(),
        ]);
    }
    table.render()
}
