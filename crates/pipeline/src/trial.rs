//! Places lessons in empty files, so that `check` finds what every plan would refuse.
//!
//! Input: a store. Output: a finding for each lesson, and for each template, whose block the proof would reject, at the words that are the
//! cause. Not here: what depends on a target's own files (`plan`).
//!
//! Many lessons share a block, because rendering and reading a block costs much more than a lesson in it. Only if something is wrong with the
//! block, each of its lessons is placed alone.

use std::collections::{BTreeMap, BTreeSet};

use super::place::{PlacedLesson, PlannedFile};
use super::render::{Renderer, Surroundings};
use lessonbook_base::finding::{Code, Finding, Level, Location};
use lessonbook_base::globs::Glob;
use lessonbook_base::text;
use lessonbook_proof::{Fault, Prover};
use lessonbook_store::{Detail, EntryPoint, EntryPointKind, Incident, Lesson, Severity, Store, Target};

/// The parts of a lesson that a block shows, and how each is replaced for a trial.
type LessonPart = (&'static str, fn(&mut Lesson));
const PARTS: [LessonPart; 6] = [
    ("rule", |lesson| "Do it.".clone_into(&mut lesson.rule)),
    ("rationale", |lesson| {
        "So it is.".clone_into(&mut lesson.rationale);
    }),
    ("title", |lesson| "A lesson".clone_into(&mut lesson.title)),
    ("incidents", |lesson| lesson.incidents.clear()),
    ("source", |lesson| lesson.source = None),
    ("bad", |lesson| (lesson.bad, lesson.good) = (None, None)),
];

/// A finding for everything that can't be placed as it is written.
pub fn check(store: &Store) -> Vec<Finding> {
    let Ok(renderer) = Renderer::new(store) else {
        return Vec::new(); // `render::check` reports it
    };
    let mut findings = Vec::new();
    let mut usable: Vec<&EntryPoint> = Vec::new();
    for row in rows(store) {
        match template_fault(store, &renderer, row) {
            None => usable.push(row),
            Some(finding) if findings.contains(&finding) => {}
            Some(finding) => findings.push(finding),
        }
    }
    let prover = Prover::new(store);
    for at in suspects(store, &renderer, &prover, &usable) {
        let lesson = &store.lessons[at];
        let mut places = usable.iter().flat_map(|row| {
            details(store, lesson, row)
                .into_iter()
                .map(move |detail| (*row, detail))
        });
        let failed = places.find_map(|(row, detail)| {
            let fault = place(store, &renderer, &prover, row, &[at], detail)?;
            Some((row, detail, fault))
        });
        let Some((row, detail, fault)) = failed else {
            continue;
        };
        let finding = lesson_fault(store, &renderer, row, (lesson, detail), &fault);
        // If a topic's title is the cause, it is the same for all of its lessons.
        if !findings.contains(&finding) {
            findings.push(finding);
        }
    }
    findings
}

/// The most lessons in one block. Larger blocks hardly save more, and one wrong lesson has all others of its block tried alone.
const TOGETHER: usize = 50;

/// The lessons of all blocks with which something is wrong, by their index in the store.
fn suspects(
    store: &Store,
    renderer: &Renderer<'_>,
    prover: &Prover<'_>,
    rows: &[&EntryPoint],
) -> BTreeSet<usize> {
    let mut suspects = BTreeSet::new();
    for row in rows {
        let mut blocks: BTreeMap<(&str, Detail), Vec<usize>> = BTreeMap::new();
        let all = store.lessons.iter().enumerate();
        for (at, lesson) in all.filter(|(_, lesson)| !lesson.broken && lesson.is_active()) {
            for detail in details(store, lesson, row) {
                blocks.entry((&lesson.topic, detail)).or_default().push(at);
            }
        }
        for ((_, detail), lessons) in blocks {
            for block in lessons.chunks(TOGETHER) {
                if place(store, renderer, prover, row, block, detail).is_some() {
                    suspects.extend(block);
                }
            }
        }
    }
    suspects
}

/// The entry points in use, one for each template and kind.
fn rows(store: &Store) -> Vec<&EntryPoint> {
    let used: BTreeSet<&str> = targets(store)
        .flat_map(|target| &target.uses)
        .map(|used| used.entry_point.as_str())
        .collect();
    let mut seen = BTreeSet::new();
    let all = store
        .entry_points
        .iter()
        .filter(|row| used.contains(row.name.as_str()));
    all.filter(|row| seen.insert((row.template.as_str(), row.kind.word())))
        .collect()
}

fn targets(store: &Store) -> impl Iterator<Item = &Target> {
    store.targets.iter().chain(&store.prototype)
}

/// The details that may be required of a lesson at an entry point of this template and kind.
fn details(store: &Store, lesson: &Lesson, row: &EntryPoint) -> BTreeSet<Detail> {
    if row.kind == EntryPointKind::Scoped && lesson.paths.is_empty() && lesson.severity != Severity::Critical
    {
        return BTreeSet::new();
    }
    let least = if lesson.severity == Severity::Critical {
        Detail::Rule
    } else {
        Detail::None
    };
    let same = |other: &&EntryPoint| other.template == row.template && other.kind == row.kind;
    let rows: Vec<&EntryPoint> = store.entry_points.iter().filter(same).collect();
    targets(store)
        .flat_map(|target| {
            rows.iter()
                .map(|row| target.redundancy.detail(lesson, row).max(least))
        })
        .filter(|detail| *detail > Detail::None)
        .collect()
}

/// Places lessons of one topic, given by their index, in an empty file and returns what is wrong with it.
fn place(
    store: &Store,
    renderer: &Renderer<'_>,
    prover: &Prover<'_>,
    row: &EntryPoint,
    lessons: &[usize],
    detail: Detail,
) -> Option<Fault> {
    let placed = lessons
        .iter()
        .filter_map(|at| Some(PlacedLesson::new(store.lessons.get(*at)?, detail)));
    let placed: Vec<PlacedLesson<'_>> = placed.collect();
    let file = PlannedFile {
        entry_point: row,
        topic: placed.first()?.lesson.topic.clone(),
        placed,
    };
    let reference = store
        .entry_points
        .iter()
        .find(|row| row.kind == EntryPointKind::Reference);
    let around = Surroundings {
        reference: reference.map(|row| row.path.clone()),
        internal: true,
        imports: Vec::new(),
        titled: true,
    };
    // `render::check` reports an error. The hash makes no difference to the proof, and it is expensive.
    let block = renderer.draft(&file, &around).ok()?.unsealed(&store.name);
    let bytes = if block.front_matter.is_empty() {
        block.text
    } else {
        format!("{}\n{}", block.front_matter, block.text)
    };
    prover.fault(bytes.as_bytes(), lessons, detail)
}

/// What is wrong with a template, tested with a lesson that has no problem of its own.
fn template_fault(store: &Store, renderer: &Renderer<'_>, row: &EntryPoint) -> Option<Finding> {
    let probe = probe();
    let detail = Detail::Full;
    let alone = alone(store, probe);
    let fault = place(&alone, renderer, &Prover::new(&alone), row, &[0], detail)?;
    let file = format!("templates/{}", row.template);
    let found = fault
        .text
        .as_deref()
        .and_then(|text| written(store, &row.template, text));
    let mut finding = Finding::new(
        fault.code,
        format!("`{file}` does not show a lesson unchanged: {}", fault.why),
    )
    .at(found.unwrap_or_else(|| Location::file(&file)))
    .effect("every plan with this template is refused")
    .help("a template may contain only the lesson's own text and the lines that docs/findings.md lists under `unknown-block-text`");
    finding.level = Level::Error;
    Some(finding)
}

/// A store with one lesson.
fn alone(store: &Store, lesson: Lesson) -> Store {
    let mut topics = store.topics.clone();
    topics
        .entry(lesson.topic.clone())
        .or_insert_with(|| lesson.topic.clone());
    Store {
        name: store.name.clone(),
        home: store.home.clone(),
        lessons: vec![lesson],
        topics,
        entry_points: store.entry_points.clone(),
        exceptions: store.exceptions.clone(),
        policy: store.policy.clone(),
        ..Store::default()
    }
}

/// A lesson with every part, and nothing unusual in any of them.
fn probe() -> Lesson {
    Lesson {
        id: "lessonbook-probe".into(),
        topic: "lessonbook".into(),
        file: String::new(),
        title: "Probes survive".into(),
        severity: Severity::Critical,
        paths: Glob::parse("**/*.yaml").into_iter().collect(),
        tags: Vec::new(),
        rule: "Keep this sentence word for word.".into(),
        rationale: "Another sentence says why.".into(),
        bad: Some("first: 1".into()),
        good: Some("second: 2".into()),
        language: "yaml".into(),
        checks: Vec::new(),
        incidents: vec![Incident {
            date: jiff::civil::date(2026, 1, 2),
            repository: "acme/one".into(),
            summary: "It failed for an hour.".into(),
        }],
        source: Some("https://example.com/probe".into()),
        owner: None,
        review_by: None,
        sources: Vec::new(),
        evidence: Vec::new(),
        supersedes: Vec::new(),
        audience: lessonbook_store::Audience::Everyone,
        status: lessonbook_store::Status::Active,
        broken: false,
    }
}

/// Where a piece of a block is in the store's templates or settings: the longest beginning of it that is found.
fn written(store: &Store, template: &str, piece: &str) -> Option<Location> {
    let words: Vec<&str> = piece.split_whitespace().collect();
    for length in (1..=words.len()).rev() {
        let part = words[..length].join(" ");
        let part = part.trim_end_matches('…');
        if part.chars().filter(|c| c.is_alphanumeric()).count() < 3 {
            break;
        }
        let own = store.templates.get_key_value(template);
        let mut templates = own.into_iter().chain(&store.templates);
        let found = templates.find_map(|(name, text)| Some((name, text, text.find(part)?)));
        if let Some((name, text, at)) = found {
            return Some(Location::in_text(
                &format!("templates/{name}"),
                text,
                at..at + part.len(),
            ));
        }
        if let Some(place) = store.places.text("targets.yaml", part) {
            return Some(place);
        }
    }
    None
}

/// The finding for a lesson, at the part that prevents placing it.
fn lesson_fault(
    store: &Store,
    renderer: &Renderer<'_>,
    row: &EntryPoint,
    (lesson, detail): (&Lesson, Detail),
    fault: &Fault,
) -> Finding {
    let is_cause = |(_, take_out): &&LessonPart| {
        let mut changed = lesson.clone();
        take_out(&mut changed);
        let alone = alone(store, changed);
        place(&alone, renderer, &Prover::new(&alone), row, &[0], detail).is_none()
    };
    let Some((key, _)) = PARTS.iter().find(is_cause) else {
        return around_lesson(store, lesson, fault);
    };
    let is_active_text = !matches!(fault.code, Code::LessonNotCovered | Code::UnknownBlockText);
    let value = match *key {
        "rationale" => &lesson.rationale,
        "title" => &lesson.title,
        _ => &lesson.rule,
    };
    let mark = text::unplaceable(value).filter(|_| !is_active_text);
    let (part, why, help) = mark.unwrap_or_else(|| {
        (
            0..0,
            fault.why.clone(),
            "write what is code in backticks, and a backslash before a sign that has a meaning in Markdown"
                .to_owned(),
        )
    });
    let place = store
        .places
        .value(&lesson.file, key, value, part)
        .or_else(|| store.places.lesson(&lesson.id))
        .unwrap_or_else(|| Location::file(&lesson.file));
    let message = format!(
        "`{key}` can't be placed as it is written (tried at `{}` as `{}`): {why}",
        row.name,
        detail.word()
    );
    let mut finding = Finding::new(
        if is_active_text {
            fault.code
        } else {
            Code::NotPlaceable
        },
        message,
    )
    .at(place)
    .lesson(&lesson.id)
    .effect("every target that should receive the lesson is refused")
    .help(if is_active_text {
        format!(
            "reword it, or accept it with an exception that has `accepts: {}`",
            fault.code.name()
        )
    } else {
        help
    });
    finding.level = Level::Error;
    finding
}

/// The finding for a fault that is in no part of the lesson, but in its topic.
fn around_lesson(store: &Store, lesson: &Lesson, fault: &Fault) -> Finding {
    let file = format!("lessons/{}/_topic.yaml", lesson.topic);
    let text = fault.text.as_deref().unwrap_or_default();
    let title = store.places.text(&file, text).filter(|_| !text.is_empty());
    let is_title = title.is_some();
    let place = title
        .or_else(|| store.places.lesson(&lesson.id))
        .unwrap_or_else(|| Location::file(&lesson.file));
    let mut finding = Finding::new(fault.code, format!("no block could hold this: {}", fault.why))
        .at(place)
        .effect("every target that should receive the lesson is refused")
        .help("reword it");
    finding.level = Level::Error;
    if !is_title {
        finding.lesson = Some(lesson.id.clone());
    }
    finding
}
