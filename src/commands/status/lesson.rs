//! `lessonbook status --lesson ID`: the state of one lesson in every target.
//!
//! Input: the planned targets and the lesson's id. Output: a table or JSON. Not here: the states of proposals (`run/target_states`).

use lessonbook_pipeline::target_state::TargetState;
use serde_json::json;

use super::super::{Context, Exit};
use super::StatusArgs;
use crate::report::envelope::{DocumentSubject, envelope};
use crate::report::style;
use crate::report::{Line, TextTable};
use crate::run::format::Format;
use crate::run::planning::Planning;
use crate::run::{lesson_ids, outcome};
use lessonbook_store::Detail;

/// The word for a target that the lesson does not concern.
const NOT_REQUIRED: &str = "not required";

/// Prints the state of the lesson in each target. The exit code is 3 if the lesson is missing where it is required.
pub fn run(args: &StatusArgs, lesson: &str, survey: &Planning, context: &Context) -> anyhow::Result<Exit> {
    lesson_ids::find(&survey.store, lesson)?;
    let statuses = crate::run::target_states::statuses(survey, context.now);
    let mut rows = Vec::new();
    for (plan, status) in survey.plans.iter().zip(&statuses) {
        let cells: Vec<_> = plan
            .proof
            .coverage
            .cells
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
        rows.push((status, word, present, required));
    }
    let text = match args.format {
        Format::Human => human(&rows),
        Format::Json => {
            let targets: Vec<_> = rows
                .iter()
                .map(|(status, word, present, required)| {
                    json!({ "target": status.target, "lesson": word, "placements_current": present, "placements_required": required, "state": status.state, "link": status.link })
                })
                .collect();
            let data = json!({ "lesson": lesson, "targets": targets });
            let commit = survey.commit.as_ref().map(|commit| commit.commit.as_str());
            let document = envelope(DocumentSubject::StoreAt(&survey.store, commit), data);
            format!("{document:#}\n")
        }
    };
    context.printer.data(&text)?;
    let is_missing = rows
        .iter()
        .any(|(_, word, ..)| ![TargetState::UpToDate.word(), NOT_REQUIRED].contains(word));
    let pending = if is_missing { Exit::Pending } else { Exit::Done };
    Ok(outcome::exit(survey, context, args.fail, &[]).and(pending))
}

fn human(rows: &[(&crate::report::status::TargetStatus, &str, usize, usize)]) -> String {
    let mut table = TextTable::new(&["target", "lesson", "placements", "proposal"])
        .right(2)
        .can_shrink(3);
    for (status, word, present, required) in rows {
        let style = match *word {
            NOT_REQUIRED => style::DIM,
            word if word == TargetState::UpToDate.word() => style::GOOD,
            _ => style::CAREFUL,
        };
        let placements = if *required == 0 {
            String::new()
        } else {
            format!("{present} of {required}")
        };
        let link = status.link.clone().unwrap_or_else(|| status.why.clone());
        table.row([
            status.target.as_str().into(),
            Line::styled(style, *word),
            placements.into(),
            link.into(),
        ]);
    }
    table.render()
}
