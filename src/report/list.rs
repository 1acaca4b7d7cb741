//! Prints the lessons of a store: a table, a summary, or one JSON document.
//!
//! Input: lessons, and today. Output: text. Not here: the filters (`commands/list`).

use jiff::civil::Date;
use serde::Serialize;

use super::envelope::{DocumentSubject, envelope};
use super::findings::counted;
use super::{Line, TextTable, style};
use lessonbook_store::{Audience, Incident, Lesson, Severity, Status};

/// Whether a lesson's review date has passed. A retired lesson needs no review.
pub fn overdue(lesson: &Lesson, today: Date) -> bool {
    lesson.status != Status::Retired && lesson.review_by.is_some_and(|by| by < today)
}

/// A row for each lesson.
pub fn table(lessons: &[&Lesson], today: Date) -> TextTable {
    let mut table = TextTable::new(&[
        "topic",
        "lesson",
        "severity",
        "status",
        "tags",
        "owner",
        "review by",
        "title",
    ])
    .can_shrink(4)
    .can_shrink(7);
    for lesson in lessons {
        let review = lesson.review_by.map(|by| by.to_string()).unwrap_or_default();
        let review_style = if overdue(lesson, today) {
            style::CAREFUL
        } else {
            style::DIM
        };
        let late = if overdue(lesson, today) { " overdue" } else { "" };
        let status = match lesson.status {
            Status::Active => Line::from("active"),
            Status::Draft => Line::styled(style::ASIDE, "draft"),
            Status::Retired => Line::styled(style::DIM, "retired"),
        };
        table.row([
            Line::from(lesson.topic.as_str()),
            Line::styled(style::BOLD, lesson.id.as_str()),
            Line::styled(style::severity(lesson.severity), lesson.severity.word()),
            status,
            Line::from(lesson.tags.join(", ")),
            Line::from(lesson.owner.clone().unwrap_or_default()),
            Line::styled(review_style, review + late),
            Line::from(lesson.title.as_str()),
        ]);
    }
    table
}

/// `3 of 47 lessons: 2 active, 1 draft, 0 retired; 1 overdue`.
pub fn summary(lessons: &[&Lesson], all: usize, today: Date) -> String {
    let count = |status| lessons.iter().filter(|lesson| lesson.status == status).count();
    let late = lessons.iter().filter(|lesson| overdue(lesson, today)).count();
    let some = if lessons.len() == all {
        String::new()
    } else {
        format!("{} of ", lessons.len())
    };
    format!(
        "{some}{}: {} active, {} draft, {} retired; {late} overdue",
        counted(all, "lesson"),
        count(Status::Active),
        count(Status::Draft),
        count(Status::Retired),
    )
}

/// One JSON document.
pub fn json(about: DocumentSubject<'_>, lessons: &[&Lesson], today: Date) -> serde_json::Result<String> {
    let data = serde_json::json!({
        "lessons": lessons.iter().map(|lesson| ListedLesson::new(lesson, today)).collect::<Vec<_>>(),
    });
    Ok(serde_json::to_string_pretty(&envelope(about, data))? + "\n")
}

/// A lesson for scripts.
#[derive(Serialize)]
struct ListedLesson<'a> {
    id: &'a str,
    topic: &'a str,
    file: &'a str,
    title: &'a str,
    severity: Severity,
    status: Status,
    audience: Audience,
    paths: Vec<&'a str>,
    tags: &'a [String],
    rule: &'a str,
    rationale: &'a str,
    bad: Option<&'a str>,
    good: Option<&'a str>,
    language: &'a str,
    incidents: &'a [Incident],
    source: Option<&'a str>,
    owner: Option<&'a str>,
    review_by: Option<Date>,
    overdue: bool,
    supersedes: &'a [String],
}

impl<'a> ListedLesson<'a> {
    fn new(lesson: &'a Lesson, today: Date) -> Self {
        ListedLesson {
            id: &lesson.id,
            topic: &lesson.topic,
            file: &lesson.file,
            title: &lesson.title,
            severity: lesson.severity,
            status: lesson.status,
            audience: lesson.audience,
            paths: lesson
                .paths
                .iter()
                .map(lessonbook_base::globs::Glob::as_written)
                .collect(),
            tags: &lesson.tags,
            rule: &lesson.rule,
            rationale: &lesson.rationale,
            bad: lesson.bad.as_deref(),
            good: lesson.good.as_deref(),
            language: &lesson.language,
            incidents: &lesson.incidents,
            source: lesson.source.as_deref(),
            owner: lesson.owner.as_deref(),
            review_by: lesson.review_by,
            overdue: overdue(lesson, today),
            supersedes: &lesson.supersedes,
        }
    }
}
