//! Compares the lessons of two versions of a store.
//!
//! Input: two stores. Output: a [`LessonDifference`] for each lesson that differs. Not here: templates and settings.

use super::{Field, LessonDifference, LessonEvent};
use crate::{Audience, Lesson, Status, Store};

/// The differences, by severity (most severe first), then by id.
pub(super) fn compare(base: &Store, head: &Store) -> Vec<LessonDifference> {
    let missing = only_in(base, head).into_iter();
    let (broken, removed): (Vec<&Lesson>, Vec<&Lesson>) = missing.partition(|lesson| is_unread(head, lesson));
    let added: Vec<&Lesson> = only_in(head, base);
    let same_rule = |one: &Lesson| removed.iter().copied().find(|other| other.rule == one.rule);
    let renamed: Vec<(&Lesson, &Lesson)> = added
        .iter()
        .filter_map(|one| Some((same_rule(one)?, *one)))
        .collect();
    let mut changes: Vec<LessonDifference> = Vec::new();
    for (before, after) in &renamed {
        changes.push(LessonDifference {
            was: Some(before.id.clone()),
            ..change(LessonEvent::Renamed, after, fields(Some(before), Some(after)))
        });
    }
    for lesson in added {
        if !renamed.iter().any(|(_, after)| after.id == lesson.id) {
            let event = if is_unread(base, lesson) {
                LessonEvent::Repaired
            } else {
                LessonEvent::Added
            };
            changes.push(change(event, lesson, fields(None, Some(lesson))));
        }
    }
    for lesson in broken {
        changes.push(change(LessonEvent::Broken, lesson, Vec::new()));
    }
    for lesson in removed {
        if !renamed.iter().any(|(before, _)| before.id == lesson.id) {
            changes.push(change(LessonEvent::Removed, lesson, fields(Some(lesson), None)));
        }
    }
    for after in &head.lessons {
        let Some(before) = base.lesson(&after.id) else {
            continue;
        };
        let fields = fields(Some(before), Some(after));
        let event = match &fields[..] {
            [] => continue,
            [topic] if topic.name == "topic" => LessonEvent::Moved,
            _ if after.status == Status::Retired && before.status != Status::Retired => LessonEvent::Retired,
            _ => LessonEvent::Changed,
        };
        changes.push(change(event, after, fields));
    }
    changes.sort_by(|a, b| (b.severity, &a.lesson).cmp(&(a.severity, &b.lesson)));
    changes
}

/// The lessons that one store has and the other lacks.
fn only_in<'s>(store: &'s Store, other: &Store) -> Vec<&'s Lesson> {
    store
        .lessons
        .iter()
        .filter(|lesson| other.lesson(&lesson.id).is_none())
        .collect()
}

/// Whether a lesson's file exists and can't be read.
fn is_unread(store: &Store, lesson: &Lesson) -> bool {
    let name = format!("/{}.yaml", lesson.id);
    store.unread.iter().any(|file| file.ends_with(&name))
}

fn change(event: LessonEvent, lesson: &Lesson, fields: Vec<Field>) -> LessonDifference {
    LessonDifference {
        lesson: lesson.id.clone(),
        event,
        was: None,
        severity: lesson.severity,
        file: lesson.file.clone(),
        active: lesson.is_active() && !matches!(event, LessonEvent::Removed | LessonEvent::Broken),
        fields,
    }
}

/// Reads one field of a lesson.
type FieldReader = fn(&Lesson) -> Option<String>;

/// The fields that differ, in the order in which a reviewer needs them.
fn fields(before: Option<&Lesson>, after: Option<&Lesson>) -> Vec<Field> {
    let all: [(&'static str, FieldReader); 19] = [
        ("status", |lesson| Some(status(lesson.status).to_owned())),
        ("severity", |lesson| Some(lesson.severity.word().to_owned())),
        ("audience", |lesson| Some(audience(lesson.audience).to_owned())),
        ("topic", |lesson| Some(lesson.topic.clone())),
        ("paths", |lesson| {
            let globs: Vec<&str> = lesson
                .paths
                .iter()
                .map(lessonbook_base::globs::Glob::as_written)
                .collect();
            list(&globs)
        }),
        ("tags", |lesson| list(&lesson.tags)),
        ("title", |lesson| text(&lesson.title)),
        ("rule", |lesson| text(&lesson.rule)),
        ("rationale", |lesson| text(&lesson.rationale)),
        ("bad", |lesson| lesson.bad.clone()),
        ("good", |lesson| lesson.good.clone()),
        ("language", |lesson| text(&lesson.language)),
        ("incidents", incidents),
        ("source", |lesson| lesson.source.clone()),
        ("sources", sources),
        ("evidence", |lesson| {
            let all: Vec<String> = lesson.evidence.iter().map(ToString::to_string).collect();
            list(&all)
        }),
        ("owner", |lesson| lesson.owner.clone()),
        ("review_by", |lesson| lesson.review_by.map(|day| day.to_string())),
        ("supersedes", |lesson| list(&lesson.supersedes)),
    ];
    let value = |lesson: Option<&Lesson>, read: FieldReader| lesson.and_then(read);
    let is_default = |name: &str, value: &Option<String>| {
        // Default values of an added or removed lesson are not shown.
        matches!(
            (name, value.as_deref()),
            ("status", Some("active")) | ("audience", Some("everyone"))
        )
    };
    let whole = before.is_none() || after.is_none();
    all.into_iter()
        .map(|(name, read)| Field {
            name,
            before: value(before, read),
            after: value(after, read),
        })
        .filter(|field| field.before != field.after)
        .filter(|field| {
            !(whole && (is_default(field.name, &field.before) || is_default(field.name, &field.after)))
        })
        .collect()
}

fn text(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

fn list(items: &[impl AsRef<str>]) -> Option<String> {
    let items: Vec<&str> = items.iter().map(AsRef::as_ref).collect();
    (!items.is_empty()).then(|| items.join(", "))
}

fn status(status: Status) -> &'static str {
    match status {
        Status::Active => "active",
        Status::Draft => "draft",
        Status::Retired => "retired",
    }
}

fn audience(audience: Audience) -> &'static str {
    match audience {
        Audience::Everyone => "everyone",
        Audience::Internal => "internal",
    }
}

fn sources(lesson: &Lesson) -> Option<String> {
    let places = lesson
        .sources
        .iter()
        .map(|source| format!("{}: {}:{}", source.repository, source.path, source.line));
    list(&places.collect::<Vec<_>>())
}

fn incidents(lesson: &Lesson) -> Option<String> {
    let lines = lesson.incidents.iter().map(|incident| {
        let at = if incident.repository.is_empty() {
            String::new()
        } else {
            format!(", {}", incident.repository)
        };
        format!("{}{at}: {}", incident.date, incident.summary)
    });
    list(&lines.collect::<Vec<String>>())
}
