//! Prints which lessons assistants load when they edit a path, for a terminal and for programs.
//!
//! Input: an [`Explanation`]. Output: one string with colors, or one JSON document. Not here: computing it
//! (`pipeline/explain`).

mod instruction_files;
mod lesson_rows;

use serde_json::{Value, json};

use super::assistants::{arrow, names, size};
use super::envelope::{DocumentSubject, envelope};
use super::findings::counted;
use super::plan::{content, state_word};
use super::style::{self, BAD, BOLD, CAREFUL, DIM, GOOD};
use super::words::short;
use super::{Document, Line, TextTable};
use instruction_files::{chains, files};
use lesson_rows::lessons;
use lessonbook_pipeline::custom_agents;
use lessonbook_pipeline::explain::{AssistantRow, Explanation};
use lessonbook_pipeline::plan::TargetPlan;
use lessonbook_pipeline::target_state::TargetState;
use lessonbook_store::Store;

/// How many names of assistants are shown without `-v`.
const NAMES: usize = 3;

/// The explanation as a document.
pub fn json(store: &Store, plan: &TargetPlan, explanation: &Explanation) -> Value {
    let mut page = json!(explanation);
    page["target"] = plan.target.name.as_str().into();
    page["verdict"] = json!(plan.outcome.state);
    page["custom_agents"] = json!(custom_agents::of_plan(plan).collect::<Vec<_>>());
    page["base"] = json!(
        plan.target
            .base
            .as_ref()
            .map(|base| json!({ "branch": base.branch, "commit": base.commit }))
    );
    envelope(DocumentSubject::Store(store), page)
}

/// The explanation for a person.
pub fn human(store: &Store, plan: &TargetPlan, explanation: &Explanation, verbose: bool) -> String {
    let base = plan.target.base.as_ref();
    let base = base.map(|base| format!("   {}@{}", base.branch, short(&base.commit)));
    let first = Line::styled(BOLD, &explanation.path)
        .then(format!(" in {}{}   ", plan.target.name, base.unwrap_or_default()))
        .then(state_word(plan.outcome.state));
    let mut document = Document::default();
    document.section(first, facts(plan, explanation));
    let about = explanation.lessons.iter().filter(|row| row.concerns_path).count();
    let parts = [
        (
            format!("{} about this path", counted(about, "lesson")),
            lessons(store, explanation, verbose),
        ),
        (
            "How many of them each assistant loads".to_owned(),
            assistants(explanation, verbose),
        ),
        ("Instruction files".to_owned(), files(store, explanation, verbose)),
        (
            "In order, from the root down".to_owned(),
            chains(explanation, verbose),
        ),
        (
            "Not loaded, although about this path".to_owned(),
            misses(explanation, verbose),
        ),
        (
            "Custom agents that load none of these files".to_owned(),
            content::findings(custom_agents::of_plan(plan)),
        ),
        (
            format!(
                "{} in the store about such paths, but not for this target",
                counted(explanation.elsewhere.len(), "lesson")
            ),
            elsewhere(explanation, verbose),
        ),
    ];
    for (number, (title, content)) in parts.into_iter().enumerate() {
        if number < 3 || !content.is_empty() {
            document.section(Line::styled(BOLD, title), content);
        }
    }
    document.human()
}

fn facts(plan: &TargetPlan, explanation: &Explanation) -> Document {
    let mut facts = Vec::new();
    if !explanation.tracked {
        facts.push("this file does not exist yet; globs are matched against its name".to_owned());
    }
    if let Some(name) = &explanation.is_entry_point {
        facts.push(format!(
            "it is an instruction file itself (`{name}`), and the `paths` of lessons never match those"
        ));
    }
    if plan.outcome.state == TargetState::Refused {
        let fact = "the plan is refused, so nothing is proposed; run `lessonbook plan` to see why";
        facts.push(fact.to_owned());
    }
    let mut document = Document::default();
    for fact in facts {
        document.line(Line::styled(DIM, fact));
    }
    document
}

/// Assistants with the same counts share a line; with `-v` each has its own.
fn assistants(explanation: &Explanation, verbose: bool) -> Document {
    let mut groups: Vec<(&AssistantRow, Vec<&str>)> = Vec::new();
    for row in &explanation.assistants {
        let alike = |(other, _): &&mut (&AssistantRow, Vec<&str>)| {
            !verbose && (other.current, other.proposed) == (row.current, row.proposed)
        };
        match groups.iter_mut().find(alike) {
            Some((_, names)) => names.push(&row.assistant),
            None => groups.push((row, vec![&row.assistant])),
        }
    }
    let mut table = TextTable::new(&["lessons", "copies", "loads", "assistants"])
        .right(1)
        .can_shrink(3);
    for (row, assistants) in groups {
        let all = explanation.about_path;
        let (now, later) = (row.current.about_path, row.proposed.about_path);
        let style = match (now >= all, later >= all) {
            (true, _) => GOOD,
            (false, true) => CAREFUL,
            (false, false) => BAD,
        };
        let sum = row.proposed;
        table.row([
            if all == 0 {
                Line::styled(DIM, "none")
            } else {
                Line::styled(style, format!("{} of {all}", arrow(now, later)))
            },
            Line::from(sum.copies.to_string()),
            Line::from(size((sum.files, sum.lines, sum.bytes))),
            Line::from(names(&assistants, NAMES)),
        ]);
    }
    let mut document = Document::default();
    document.table(table);
    document
}

fn misses(explanation: &Explanation, verbose: bool) -> Document {
    let mut groups: Vec<(&[String], &str, Vec<&str>)> = Vec::new();
    for miss in &explanation.misses {
        let alike = |(assistants, why, _): &&mut (&[String], &str, Vec<&str>)| {
            *assistants == miss.assistants.as_slice() && *why == miss.why
        };
        match groups.iter_mut().find(alike) {
            Some((.., lessons)) => lessons.push(&miss.lesson),
            None => groups.push((&miss.assistants, &miss.why, vec![&miss.lesson])),
        }
    }
    let mut document = Document::default();
    for (assistants, why, lessons) in groups {
        let shown = |all: usize| if verbose { all } else { NAMES };
        document.item(format!(
            "{}: not loaded by {}: {why}",
            names(&lessons, shown(lessons.len())),
            names(assistants, shown(assistants.len()))
        ));
    }
    document
}

fn elsewhere(explanation: &Explanation, verbose: bool) -> Document {
    let most = if verbose { usize::MAX } else { 5 };
    let mut table = TextTable::new(&[]).can_shrink(2).most(most);
    for row in &explanation.elsewhere {
        let first = row.globs.first();
        let path = first.map_or("every path".to_owned(), |glob| format!("path {glob}"));
        table.row([
            Line::from(row.lesson.as_str()),
            Line::styled(style::severity(row.severity), row.severity.word()),
            Line::from(format!("{}; {path}", row.why)),
        ]);
    }
    let mut document = Document::default();
    document.table(table);
    document
}
