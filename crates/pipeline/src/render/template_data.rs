//! The variables that a template gets.
//!
//! Input: a planned file, its surroundings, and the store. Output: [`TemplateData`], which tera reads. Not here: rendering (`render`);
//! `docs/guide/templates.md` describes the variables.

use std::borrow::Cow;

use serde::Serialize;

use super::Surroundings;
use crate::place::{PlacedLesson, PlannedFile};
use lessonbook_store::{Detail, EntryPointKind, Store};

/// Plain data for a template.
#[derive(Serialize)]
pub(super) struct TemplateData<'a> {
    store: StoreData<'a>,
    entry_point: EntryPointData<'a>,
    topic: TopicData<'a>,
    globs: Vec<Cow<'a, str>>,
    reference: &'a str,
    titled: bool,
    loose: bool,
    shortened: usize,
    lessons: Vec<LessonData<'a>>,
    sections: Vec<Section<'a>>,
}

#[derive(Serialize)]
struct StoreData<'a> {
    name: &'a str,
    home: &'a str,
}

#[derive(Serialize)]
struct EntryPointData<'a> {
    name: &'a str,
    kind: &'static str,
    path: &'a str,
}

#[derive(Serialize)]
struct TopicData<'a> {
    id: &'a str,
    title: &'a str,
}

#[derive(Serialize)]
struct Section<'a> {
    topic: &'a str,
    title: &'a str,
    lessons: Vec<LessonData<'a>>,
}

#[derive(Serialize, Clone)]
struct LessonData<'a> {
    id: &'a str,
    title: &'a str,
    /// The title, unless the rule begins with it.
    heading: &'a str,
    severity: &'static str,
    topic: &'a str,
    detail: &'static str,
    rule: &'a str,
    rationale: &'a str,
    bad: &'a str,
    good: &'a str,
    language: &'a str,
    bad_fence: String,
    good_fence: String,
    incidents: Vec<IncidentData<'a>>,
    source: String,
    paths: Vec<Cow<'a, str>>,
    owner: &'a str,
}

#[derive(Serialize, Clone)]
struct IncidentData<'a> {
    date: String,
    repository: &'a str,
    summary: &'a str,
}

pub(super) fn page<'a>(
    store: &'a Store,
    file: &'a PlannedFile<'a>,
    around: &'a Surroundings,
) -> TemplateData<'a> {
    let globs = file.globs();
    let shown: Vec<&PlacedLesson<'_>> = file
        .placed
        .iter()
        .filter(|placed| placed.detail != Detail::None)
        .collect();
    let lessons: Vec<_> = shown
        .iter()
        .map(|placed| lesson(file, &globs, placed, around))
        .collect();
    let mut sections: Vec<Section<'a>> = Vec::new();
    if file.entry_point.kind == EntryPointKind::Reference {
        for lesson in &lessons {
            match sections
                .last_mut()
                .filter(|section| section.topic == lesson.topic)
            {
                Some(section) => section.lessons.push(lesson.clone()),
                None => sections.push(Section {
                    topic: lesson.topic,
                    title: title(store, lesson.topic),
                    lessons: vec![lesson.clone()],
                }),
            }
        }
    }
    TemplateData {
        store: StoreData {
            name: &store.name,
            home: &store.home,
        },
        entry_point: EntryPointData {
            name: &file.entry_point.name,
            kind: file.entry_point.kind.word(),
            path: &file.entry_point.path,
        },
        topic: TopicData {
            id: &file.topic,
            title: title(store, &file.topic),
        },
        globs,
        reference: around
            .reference
            .as_deref()
            .filter(|path| *path != file.entry_point.path)
            .unwrap_or_default(),
        titled: around.titled,
        loose: shown.iter().any(|placed| placed.detail == Detail::Full),
        shortened: file
            .placed
            .iter()
            .filter(|placed| placed.detail < placed.required_detail)
            .count(),
        lessons,
        sections,
    }
}

/// A topic's title, or its name if it has none.
pub(super) fn title<'a>(store: &'a Store, topic: &'a str) -> &'a str {
    store.topics.get(topic).map_or(topic, String::as_str)
}

fn lesson<'a>(
    file: &PlannedFile<'_>,
    globs: &[Cow<'_, str>],
    placed: &PlacedLesson<'a>,
    around: &Surroundings,
) -> LessonData<'a> {
    let PlacedLesson { lesson, detail, .. } = *placed;
    let full = detail == Detail::Full;
    let internal = full && around.internal;
    let own = placed.globs();
    let title = lesson.title.trim_end_matches('.');
    let narrower = match file.entry_point.kind {
        EntryPointKind::Scoped => own.len() < globs.len(),
        // A file in a folder need not say that it is for the folder.
        EntryPointKind::Always => !lesson.paths.is_empty(),
        EntryPointKind::Reference => true,
    };
    let example = |text: &'a Option<String>| text.as_deref().filter(|_| full).unwrap_or_default();
    LessonData {
        id: &lesson.id,
        title,
        heading: if lesson.rule.starts_with(title) { "" } else { title },
        severity: lesson.severity.word(),
        topic: &lesson.topic,
        detail: detail.word(),
        rule: &lesson.rule,
        rationale: if detail >= Detail::Summary {
            &lesson.rationale
        } else {
            ""
        },
        bad: example(&lesson.bad),
        good: example(&lesson.good),
        // markdownlint wants every fence to name a language (MD040).
        language: if lesson.language.is_empty() {
            "text"
        } else {
            &lesson.language
        },
        bad_fence: fence(lesson.bad.as_deref()),
        good_fence: fence(lesson.good.as_deref()),
        incidents: if internal {
            let data = |incident: &'a lessonbook_store::Incident| IncidentData {
                date: incident.date.to_string(),
                repository: &incident.repository,
                summary: &incident.summary,
            };
            lesson.incidents.iter().map(data).collect()
        } else {
            Vec::new()
        },
        source: lesson
            .source
            .as_deref()
            .filter(|_| internal)
            .map(link)
            .unwrap_or_default(),
        paths: if narrower { own } else { Vec::new() },
        owner: lesson.owner.as_deref().unwrap_or_default(),
    }
}

/// An address as an autolink; other text unchanged.
fn link(source: &str) -> String {
    let address = source.starts_with("http://") || source.starts_with("https://");
    if address && !source.contains([' ', '<', '>']) {
        format!("<{source}>")
    } else {
        source.to_owned()
    }
}

/// A fence that is longer than any run of backticks in the example, and only as long as needed, like Prettier's.
fn fence(example: Option<&str>) -> String {
    let runs = example.into_iter().flat_map(|text| text.split(|c| c != '`'));
    let longest = runs.map(str::len).max().unwrap_or(0);
    "`".repeat(longest.max(2) + 1)
}
