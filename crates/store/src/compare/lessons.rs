//! Lessons that came, went or changed.
//!
//! Input: two stores. Output: one [`LessonDifference`] for each lesson that differs. Not here: templates and settings.

use super::{Field, LessonDifference, LessonEvent};
use crate::{Audience, Lesson, Status, Store};

/// The most severe first, then by id.
pub(super) fn compare(base: &Store, head: &Store) -> Vec<LessonDifference> {
    let gone = only(base, head).into_iter();
    let (broken, gone): (Vec<&Lesson>, Vec<&Lesson>) = gone.partition(|lesson| is_unread(head, lesson));
    let come: Vec<&Lesson> = only(head, base);
    let same_rule = |one: &Lesson| gone.iter().copied().find(|other| other.rule == one.rule);
    let renamed: Vec<(&Lesson, &Lesson)> = come
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
    for lesson in come {
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
    for lesson in gone {
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

fn only<'s>(here: &'s Store, there: &Store) -> Vec<&'s Lesson> {
    here.lessons
        .iter()
        .filter(|lesson| there.lesson(&lesson.id).is_none())
        .collect()
}

/// Whether a lesson's file is there and can't be read.
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

/// Reads one thing that a lesson says.
type FieldReader = fn(&Lesson) -> Option<String>;

/// What differs, in the order in which a reviewer asks.
fn fields(before: Option<&Lesson>, after: Option<&Lesson>) -> Vec<Field> {
    let all: [(&'static str, FieldReader); 17] = [
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
        ("owner", |lesson| lesson.owner.clone()),
        ("review_by", |lesson| lesson.review_by.map(|day| day.to_string())),
        ("supersedes", |lesson| list(&lesson.supersedes)),
    ];
    let said = |lesson: Option<&Lesson>, read: FieldReader| lesson.and_then(read);
    let usual = |name: &str, value: &Option<String>| {
        // What a new lesson, or one that is gone, need not say.
        matches!(
            (name, value.as_deref()),
            ("status", Some("active")) | ("audience", Some("everyone"))
        )
    };
    let whole = before.is_none() || after.is_none();
    all.into_iter()
        .map(|(name, read)| Field {
            name,
            before: said(before, read),
            after: said(after, read),
        })
        .filter(|field| field.before != field.after)
        .filter(|field| !(whole && (usual(field.name, &field.before) || usual(field.name, &field.after))))
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

fn incidents(lesson: &Lesson) -> Option<String> {
    let told = lesson.incidents.iter().map(|incident| {
        let at = if incident.repository.is_empty() {
            String::new()
        } else {
            format!(", {}", incident.repository)
        };
        format!("{}{at}: {}", incident.date, incident.summary)
    });
    list(&told.collect::<Vec<String>>())
}
