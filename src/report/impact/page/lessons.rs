//! The lessons on the page: a table of changes, and their text before and after.
//!
//! Input: an [`Impact`]. Output: Markdown, each part up to a limit. Not here: the changes in repositories.

use std::fmt::Write;

use super::TABLE;
use crate::report::findings::counted;
use crate::report::impact::{few, fields};
use crate::report::markdown_page::MarkdownPage;
use lessonbook_pipeline::gfm_escape::{code, cut, quiet};
use lessonbook_pipeline::impact::Impact;
use lessonbook_store::compare::{Field, LessonDifference, LessonEvent};

/// The most characters for the text of lessons. Further lessons are only in the diffs.
const WORDS: usize = 12_000;

/// One row for each lesson.
pub(super) fn table(page: &mut MarkdownPage, downstream: &Impact) {
    let changes = &downstream.store.lessons;
    if changes.is_empty() {
        return;
    }
    let mut table =
        String::from("| | lesson | severity | what changes | repositories |\n|---|---|---|---|---:|\n");
    let (mut left, mut room) = (0, TABLE);
    for change in changes {
        let parts: Vec<String> = fields(change, code);
        let row = format!(
            "| {} | {} | {} | {} | {} |\n",
            change.event.word(),
            code(&change.lesson),
            change.severity.word(),
            few(&parts, 8, str::to_owned),
            match downstream.reach(change) {
                0 => "—".to_owned(),
                number => number.to_string(),
            }
        );
        let length = row.chars().count();
        if left > 0 || length > room {
            left += 1;
        } else {
            room -= length;
            table.push_str(&row);
        }
    }
    if left > 0 {
        let _ = writeln!(table, "\n…and {}.", counted(left, "more lesson"));
    }
    table.push('\n');
    page.part("the lessons", &table);
}

/// The text of the lessons, before and after.
pub(super) fn words(page: &mut MarkdownPage, downstream: &Impact) {
    let (mut left, mut room) = (0, WORDS);
    for change in &downstream.store.lessons {
        let quote = quoted(change);
        let length = quote.chars().count();
        if length > room || !page.has_room(length) {
            left += 1;
        } else {
            room -= length;
            page.part("", &quote);
        }
    }
    if left > 0 {
        let line = format!(
            "The text of {} is in the diffs.\n\n",
            counted(left, "more lesson")
        );
        page.part("the words of lessons", &line);
    }
}

fn quoted(change: &LessonDifference) -> String {
    let text_of = |text: &Option<String>| {
        text.as_deref()
            .map(|text| quiet(&cut(text, 1_000)).trim().to_owned())
    };
    let id = code(&change.lesson);
    let mut lines = Vec::new();
    match (change.event, change.rule()) {
        (LessonEvent::Added | LessonEvent::Repaired, Some(rule)) => {
            let word = if change.event == LessonEvent::Added {
                "New"
            } else {
                "Not readable before"
            };
            lines.push(format!(
                "**{word}:** {} ({id})",
                text_of(&rule.after).unwrap_or_default()
            ));
            if let Some(why) = change.field("rationale").and_then(|field| text_of(&field.after)) {
                lines.push(format!("*Why:* {why}"));
            }
        }
        (LessonEvent::Removed, Some(rule)) => {
            lines.push(format!(
                "**Removed:** {} ({id})",
                text_of(&rule.before).unwrap_or_default()
            ));
        }
        (LessonEvent::Broken, _) => lines.push(format!("**Broken:** {id} can't be read.")),
        (LessonEvent::Retired, _) => {
            lines.push(format!("**Retired:** {id} is removed from every repository."));
        }
        _ => {
            for field in &change.fields {
                lines.extend(reworded(field, &id));
            }
        }
    }
    if !change.active
        && !matches!(
            change.event,
            LessonEvent::Removed | LessonEvent::Broken | LessonEvent::Retired
        )
    {
        lines.push("*A draft, or retired: no repository receives it.*".to_owned());
    }
    if lines.is_empty() {
        return String::new();
    }
    format!("> {}\n\n", lines.join("\\\n> "))
}

/// A text before and after; for an example only that it changes, because the diffs show it.
fn reworded(field: &Field, id: &str) -> Vec<String> {
    let word = match field.name {
        "rule" => "Rule",
        "rationale" => "Why",
        "title" => "Title",
        _ => return Vec::new(),
    };
    let text_of = |text: &Option<String>| {
        text.as_deref().map_or("*nothing*".to_owned(), |text| {
            quiet(&cut(text, 1_000)).trim().to_owned()
        })
    };
    vec![
        format!("**{word} was:** {}", text_of(&field.before)),
        format!("**{word} now:** {} ({id})", text_of(&field.after)),
    ]
}
