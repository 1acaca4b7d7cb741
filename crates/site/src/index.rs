//! The first page, the lists of lessons, the page of coverage, and `index.json`.
//!
//! Input: the outline. Output: pages, and the values of `index.json`.

use serde::Serialize;
use serde_json::{Value, json};

use crate::address::encoded;
use crate::audit_line::{AuditLine, audit_lines};
use crate::coverage_sum::CoverageSum;
use crate::engine::Engine;
use crate::heat_map::HeatMap;
use crate::input::ChangeKind;
use crate::lesson_page::status_word;
use crate::named_link::NamedLink;
use crate::outline::{GroupKind, OutlineLesson, SiteHead, SiteOutline};
use crate::target_page::{self, TargetLine};
use lessonbook_base::finding::Finding;
use lessonbook_store::Severity;

/// At most so many targets that need attention are on the first page.
const LISTED: usize = 20;

/// The newest changes on the first page.
const NEWEST: usize = 10;

/// The values of the first page.
#[derive(Serialize)]
struct IndexPage<'a> {
    site: &'a SiteHead<'a>,
    root: &'static str,
    critical: CoverageSum,
    all: CoverageSum,
    states: Vec<StateCount>,
    groups: Vec<GroupList<'a>>,
    incomplete: Vec<TargetLine<'a>>,
    incomplete_more: usize,
    changes: Vec<NewestChange<'a>>,
    findings: Vec<AuditLine<'a>>,
    findings_more: usize,
}

#[derive(Serialize)]
struct StateCount {
    state: &'static str,
    targets: usize,
}

#[derive(Serialize)]
struct GroupList<'a> {
    kind: &'static str,
    groups: Vec<GroupLine<'a>>,
}

#[derive(Serialize)]
struct GroupLine<'a> {
    link: NamedLink<'a>,
    lessons: usize,
    sum: CoverageSum,
}

#[derive(Serialize)]
struct NewestChange<'a> {
    day: String,
    kind: &'static str,
    title: &'a str,
    href: String,
}

/// The values of a list of lessons.
#[derive(Serialize)]
struct LessonsPage<'a> {
    site: &'a SiteHead<'a>,
    root: &'static str,
    /// The kind of the group; empty for all lessons.
    kind: &'static str,
    name: &'a str,
    lessons: Vec<LessonLine<'a>>,
}

#[derive(Serialize)]
struct LessonLine<'a> {
    id: &'a str,
    title: &'a str,
    href: String,
    severity: &'static str,
    status: &'static str,
    topic: &'a str,
    owner: &'a str,
    tags: &'a [String],
    has_checks: bool,
    targets: usize,
    sum: CoverageSum,
}

/// The values of the page of coverage.
#[derive(Serialize)]
struct CoveragePage<'a> {
    site: &'a SiteHead<'a>,
    root: &'static str,
    map: HeatMap<'a>,
}

/// The pages.
pub fn pages(engine: &Engine, outline: &SiteOutline) -> Result<Vec<(String, Vec<u8>)>, Finding> {
    let mut pages = vec![(
        "index.html".to_owned(),
        engine.render("index.html.tera", &first(outline))?,
    )];
    let coverage = CoveragePage {
        site: &outline.head,
        root: "../",
        map: HeatMap::new(outline),
    };
    pages.push((
        "coverage/index.html".to_owned(),
        engine.render("coverage.html.tera", &coverage)?,
    ));
    let every = LessonsPage {
        site: &outline.head,
        root: "../",
        kind: "",
        name: "",
        lessons: outline.lessons.iter().map(lesson_line).collect(),
    };
    pages.push((
        "lessons/index.html".to_owned(),
        engine.render("lessons.html.tera", &every)?,
    ));
    for kind in GroupKind::ALL {
        for name in outline.group_names(kind) {
            let lessons = outline.lessons.iter().filter(|one| one.is_in(kind, name));
            let page = LessonsPage {
                site: &outline.head,
                root: "../../",
                kind: kind.word(),
                name: group_title(outline, kind, name),
                lessons: lessons.map(lesson_line).collect(),
            };
            let path = outline.groups.path(kind, name);
            pages.push((path, engine.render("lessons.html.tera", &page)?));
        }
    }
    Ok(pages)
}

fn first<'a>(outline: &'a SiteOutline) -> IndexPage<'a> {
    let (mut all, mut critical) = (CoverageSum::default(), CoverageSum::default());
    for one in &outline.lessons {
        all.add_sum(one.sum);
        if one.lesson.severity == Severity::Critical {
            critical.add_sum(one.sum);
        }
    }
    let states = lessonbook_pipeline::target_state::TargetState::ALL.into_iter();
    let states = states.map(|state| StateCount {
        state: state.word(),
        targets: outline
            .targets
            .iter()
            .filter(|one| one.target.state == state)
            .count(),
    });
    let is_incomplete = |line: &TargetLine| line.critical.current < line.critical.asked;
    let mut incomplete: Vec<TargetLine> = outline
        .targets
        .iter()
        .map(target_page::line)
        .filter(is_incomplete)
        .collect();
    incomplete.sort_by_key(|line| std::cmp::Reverse(line.critical.asked - line.critical.current));
    let incomplete_more = incomplete.len().saturating_sub(LISTED);
    incomplete.truncate(LISTED);
    let mut findings = audit_lines(outline, None);
    let findings_more = findings.len().saturating_sub(LISTED);
    findings.truncate(LISTED);
    IndexPage {
        site: &outline.head,
        root: "",
        critical,
        all,
        states: states.filter(|count| count.targets > 0).collect(),
        groups: GroupKind::ALL
            .into_iter()
            .map(|kind| group_list(outline, kind))
            .collect(),
        incomplete,
        incomplete_more,
        changes: newest(outline),
        findings,
        findings_more,
    }
}

fn group_title<'a>(outline: &'a SiteOutline, kind: GroupKind, name: &'a str) -> &'a str {
    let title = outline
        .input
        .store
        .topics
        .get(name)
        .filter(|_| kind == GroupKind::Topic);
    title.map_or(name, String::as_str)
}

fn group_list<'a>(outline: &'a SiteOutline, kind: GroupKind) -> GroupList<'a> {
    let groups = outline.group_names(kind).into_iter().map(|name| {
        let (mut sum, mut lessons) = (CoverageSum::default(), 0);
        for one in outline.lessons.iter().filter(|one| one.is_in(kind, name)) {
            sum.add_sum(one.sum);
            lessons += 1;
        }
        let link = NamedLink {
            name: group_title(outline, kind, name),
            href: outline.groups.href(kind, name),
        };
        GroupLine { link, lessons, sum }
    });
    GroupList {
        kind: kind.word(),
        groups: groups.collect(),
    }
}

fn newest<'a>(outline: &'a SiteOutline) -> Vec<NewestChange<'a>> {
    let changes = crate::feed::changes(outline).into_iter().take(NEWEST);
    let changes = changes.map(|(one, change)| NewestChange {
        day: crate::feed::day(change.time),
        kind: change.kind.word(),
        title: &one.lesson.title,
        href: encoded(&one.path),
    });
    changes.collect()
}

fn lesson_line<'a>(one: &'a OutlineLesson) -> LessonLine<'a> {
    let lesson = one.lesson;
    LessonLine {
        id: &lesson.id,
        title: &lesson.title,
        href: encoded(&one.path),
        severity: lesson.severity.word(),
        status: status_word(lesson.status),
        topic: one.topic_title,
        owner: lesson.owner.as_deref().unwrap_or_default(),
        tags: &lesson.tags,
        has_checks: !lesson.checks.is_empty(),
        targets: one.placements.len(),
        sum: one.sum,
    }
}

/// What `index.json` says beside its files.
pub fn json(outline: &SiteOutline) -> Value {
    let lessons = outline.lessons.iter().map(|one| {
        let lesson = one.lesson;
        let changed = one.changes.iter().find(|change| change.kind != ChangeKind::Moved);
        json!({
            "id": lesson.id,
            "title": lesson.title,
            "topic": lesson.topic,
            "severity": lesson.severity,
            "status": lesson.status,
            "tags": lesson.tags,
            "owner": lesson.owner,
            "rule": lesson.rule,
            "checks": lesson.checks.len(),
            "page": encoded(&one.path),
            "changed": changed.map(|change| crate::feed::second(change.time)),
            "targets": one.placements.len(),
            "coverage": one.sum,
        })
    });
    let targets = outline.targets.iter().map(|one| {
        json!({
            "name": one.target.plan.target.name,
            "page": encoded(&one.path),
            "state": one.target.state,
            "coverage": one.sum,
        })
    });
    json!({
        "public": outline.head.is_public,
        "lessons": lessons.collect::<Vec<_>>(),
        "targets": targets.collect::<Vec<_>>(),
        "targets_not_named": outline.head.hidden_targets,
    })
}
