//! The page of each lesson.
//!
//! Input: the outline. Output: `lessons/ID/index.html`. Not here: the lists of lessons (`index`).

use serde::Serialize;

use crate::address::encoded;
use crate::audit_line::{AuditLine, audit_lines};
use crate::effect_section::EffectSection;
use crate::engine::Engine;
use crate::feed::{day, second};
use crate::input::LessonChange;
use crate::matrix::{LineHead, PlacementMatrix};
use crate::named_link::NamedLink;
use crate::outline::{GroupKind, OutlineLesson, SiteHead, SiteOutline};
use crate::prose;
use lessonbook_base::finding::Finding;
use lessonbook_base::globs::Glob;
use lessonbook_checks::check::CheckKind;
use lessonbook_pipeline::target_state::TargetState;
use lessonbook_store::{Audience, Lesson, LessonSource, Status};

/// The values of the template.
#[derive(Serialize)]
struct LessonPage<'a> {
    site: &'a SiteHead<'a>,
    /// From the page to the site's root.
    root: &'static str,
    lesson: LessonValues<'a>,
    matrix: PlacementMatrix<'a>,
    /// How many targets it concerns.
    concerned: usize,
    /// How many have it wherever it is required.
    reached: usize,
    /// How many targets could not be read, so that it is not known whether they ask for it.
    unread: usize,
    effect: Option<EffectSection>,
    findings: Vec<AuditLine<'a>>,
    changes: Vec<ChangeLine<'a>>,
    is_history_whole: bool,
}

#[derive(Serialize)]
struct LessonValues<'a> {
    id: &'a str,
    title: &'a str,
    severity: &'static str,
    status: &'static str,
    topic: NamedLink<'a>,
    tags: Vec<NamedLink<'a>>,
    owner: Option<NamedLink<'a>>,
    is_internal: bool,
    paths: Vec<&'a str>,
    rule: String,
    rationale: String,
    bad: Option<&'a str>,
    good: Option<&'a str>,
    language: &'a str,
    incidents: Vec<IncidentValues<'a>>,
    source: Option<&'a str>,
    sources: Vec<&'a LessonSource>,
    review_by: Option<String>,
    supersedes: Vec<NamedLink<'a>>,
    superseded_by: Vec<NamedLink<'a>>,
    checks: Vec<CheckValues<'a>>,
}

#[derive(Serialize)]
struct IncidentValues<'a> {
    date: String,
    repository: &'a str,
    summary: String,
}

#[derive(Serialize)]
struct CheckValues<'a> {
    kind: &'static str,
    message: &'a str,
    written: &'a str,
}

#[derive(Serialize)]
struct ChangeLine<'a> {
    day: String,
    time: String,
    kind: &'static str,
    commit: &'a str,
    /// Empty in a public site: messages of commits were not written for everyone.
    subject: &'a str,
    author: &'a str,
}

/// The pages.
pub fn pages(engine: &Engine, outline: &SiteOutline) -> Result<Vec<(String, Vec<u8>)>, Finding> {
    let pages = outline.lessons.iter().map(|one| {
        let values = page(outline, one);
        Ok((one.path.clone(), engine.render("lesson.html.tera", &values)?))
    });
    pages.collect()
}

fn page<'a>(outline: &'a SiteOutline, one: &'a OutlineLesson) -> LessonPage<'a> {
    let lines = one.placements.iter().map(|(at, placements)| {
        let target = &outline.targets[*at];
        let head = LineHead {
            name: &target.target.plan.target.name,
            href: encoded(&target.path),
            severity: "",
            level: target.target.levels.level(&one.lesson.id),
            state: target.target.state,
            shows_state: true,
        };
        (head, placements.clone())
    });
    let matrix = PlacementMatrix::new(lines.collect(), &outline.entry_points);
    let reached = matrix.rows.iter().filter(|row| row.sum.current == row.sum.asked);
    LessonPage {
        site: &outline.head,
        root: "../../",
        lesson: lesson(outline, one.lesson),
        concerned: matrix.rows.len(),
        unread: outline
            .targets
            .iter()
            .filter(|one| one.target.state == TargetState::Unreachable)
            .count(),
        reached: reached.count(),
        matrix,
        findings: audit_lines(outline, Some(&one.lesson.id)),
        effect: outline.input.effects.get(&one.lesson.id).map(EffectSection::new),
        changes: one.changes.iter().map(|change| line(outline, change)).collect(),
        is_history_whole: outline.input.is_history_whole,
    }
}

fn lesson<'a>(outline: &'a SiteOutline, lesson: &'a Lesson) -> LessonValues<'a> {
    let is_public = outline.head.is_public;
    let group = |kind: GroupKind, name: &'a str| NamedLink {
        name,
        href: outline.groups.href(kind, name),
    };
    let other = |id: &'a String| NamedLink {
        name: id,
        href: outline.lesson_href(id).unwrap_or_default(),
    };
    let topic_title = outline.input.store.topics.get(&lesson.topic);
    let later = outline
        .lessons
        .iter()
        .filter(|later| later.lesson.supersedes.contains(&lesson.id));
    // As in targets that everyone can read: what happened, and where, stays inside.
    let incidents = lesson.incidents.iter().filter(|_| !is_public);
    let superseded = lesson.supersedes.iter();
    LessonValues {
        id: &lesson.id,
        title: &lesson.title,
        severity: lesson.severity.word(),
        status: status_word(lesson.status),
        topic: NamedLink {
            name: topic_title.unwrap_or(&lesson.topic),
            href: outline.groups.href(GroupKind::Topic, &lesson.topic),
        },
        tags: lesson.tags.iter().map(|tag| group(GroupKind::Tag, tag)).collect(),
        owner: lesson
            .owner
            .as_deref()
            .map(|owner| group(GroupKind::Owner, owner)),
        is_internal: lesson.audience == Audience::Internal,
        paths: lesson.paths.iter().map(Glob::as_written).collect(),
        rule: prose::html(&lesson.rule),
        rationale: prose::html(&lesson.rationale),
        bad: lesson.bad.as_deref(),
        good: lesson.good.as_deref(),
        language: &lesson.language,
        incidents: incidents
            .map(|incident| IncidentValues {
                date: incident.date.to_string(),
                repository: &incident.repository,
                summary: prose::inline_html(&incident.summary),
            })
            .collect(),
        source: lesson.source.as_deref().filter(|_| !is_public),
        sources: lesson.sources.iter().filter(|_| !is_public).collect(),
        review_by: lesson.review_by.map(|day| day.to_string()),
        supersedes: superseded
            .filter(|id| !is_public || outline.lesson_href(id).is_some())
            .map(other)
            .collect(),
        superseded_by: later.map(|later| other(&later.lesson.id)).collect(),
        checks: lesson
            .checks
            .iter()
            .map(|check| CheckValues {
                kind: check_kind(&check.kind),
                message: check.message.as_deref().unwrap_or_default(),
                written: &check.written,
            })
            .collect(),
    }
}

fn check_kind(kind: &CheckKind) -> &'static str {
    match kind {
        CheckKind::Text(_) => "text",
        CheckKind::Structure(_) => "structure",
        CheckKind::File(_) => "files",
        CheckKind::Change(_) => "changes",
    }
}

fn line<'a>(outline: &SiteOutline, change: &'a LessonChange) -> ChangeLine<'a> {
    let is_public = outline.head.is_public;
    ChangeLine {
        day: day(change.time),
        time: second(change.time),
        kind: change.kind.word(),
        commit: change.commit.get(..7).unwrap_or(&change.commit),
        subject: if is_public { "" } else { &change.subject },
        author: if is_public { "" } else { &change.author },
    }
}

/// The word for a status.
pub fn status_word(status: Status) -> &'static str {
    match status {
        Status::Active => "active",
        Status::Draft => "draft",
        Status::Retired => "retired",
    }
}
