//! The lessons of a document: a table of changes, and their texts before and after.

use crate::report::findings::counted;
use crate::report::impact::{fields, repositories};
use crate::report::style::{self, BAD, BOLD, CAREFUL, DIM, GOOD, REMOVED};
use crate::report::{Document, Line, TextTable, View};
use lessonbook_pipeline::impact::Impact;
use lessonbook_store::compare::{LessonDifference, LessonEvent};

/// How many lessons have their texts on a page. The texts of the others are only in the diffs.
const TEXTS: usize = 25;

/// One row for each lesson.
pub(super) fn table(impact: &Impact) -> Document {
    let mut table = TextTable::new(&["", "lesson", "severity", "what changes", "reaches"]).can_shrink(3);
    for change in &impact.store.lessons {
        let style = match change.event {
            LessonEvent::Added => GOOD,
            LessonEvent::Changed | LessonEvent::Moved | LessonEvent::Renamed | LessonEvent::Repaired => {
                CAREFUL
            }
            LessonEvent::Retired | LessonEvent::Removed | LessonEvent::Broken => BAD,
        };
        let reach = match impact.reach(change) {
            0 => "no repository".to_owned(),
            number => repositories(number),
        };
        table.row([
            Line::styled(style, change.event.word()),
            Line::code(&change.lesson).style(BOLD),
            Line::styled(style::severity(change.severity), change.severity.word()),
            Line::join(fields(change), "; "),
            reach.into(),
        ]);
    }
    let mut document = Document::default();
    document.table(table);
    document
}

/// The texts that a reviewer checks, before and after.
pub(super) fn texts(impact: &Impact, view: View) -> Document {
    let changes = &impact.store.lessons;
    let most = view.most(usize::MAX, TEXTS);
    let mut document = Document::default();
    for change in changes.iter().take(most) {
        add(&mut document, change, view);
    }
    if changes.len() > most {
        let more = counted(changes.len() - most, "more lesson");
        document.line(format!("The text of {more} is in the diffs."));
    }
    document
}

fn add(document: &mut Document, change: &LessonDifference, view: View) {
    let names: &[&str] = match change.event {
        LessonEvent::Added | LessonEvent::Repaired | LessonEvent::Removed => &["rule", "rationale"],
        LessonEvent::Retired | LessonEvent::Broken => &[],
        _ => &["title", "rule", "rationale", "incidents", "source"],
    };
    for field in change.fields.iter().filter(|field| names.contains(&field.name)) {
        let mut lines = |sign: &str, word: &str, style, text: &Option<String>| {
            for text in text.iter().flat_map(|text| text.lines()) {
                let lesson = Line::code(&change.lesson);
                let line = if view.is_page() {
                    lesson.then(format!(" {}{word}: {text}", field.name))
                } else {
                    Line::from(format!("{sign} "))
                        .then(lesson)
                        .then(format!(" {}: {text}", field.name))
                };
                document.item(line.style(style));
            }
        };
        let (was, now) = if field.before.is_some() && field.after.is_some() {
            (" was", " now")
        } else {
            ("", "")
        };
        lines("-", was, REMOVED, &field.before);
        lines("+", now, GOOD, &field.after);
    }
    let is_kept = !matches!(
        change.event,
        LessonEvent::Removed | LessonEvent::Broken | LessonEvent::Retired
    );
    if !change.active && is_kept {
        let line = " is a draft or retired: no repository receives it";
        document.item(Line::code(&change.lesson).then(line).style(DIM));
    }
}
