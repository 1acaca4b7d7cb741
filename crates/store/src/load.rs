//! Reads the whole store.
//!
//! Input: the store's files and today's date.
//! Output: a [`Store`] with everything that could be read, and a finding for everything that is wrong.
//! Not here: checks that need the targets' files ([`super::reach`]).

use std::collections::BTreeMap;

use super::names::{is_name, name_rule};
use super::read::fields::FieldsReader;
use super::read::topic::{self, Defaults};
use super::read::{entry_points, lesson, targets};
use super::source_map::SourceMark;
use super::yaml::{self, SourceFile};
use super::{EntryPoint, Files, Store, lint};
use lessonbook_base::finding::{self, Code, Finding, Location};
use lessonbook_base::threads;

/// The built-in table, a file that users can read and copy rows from.
const ENTRY_POINTS: &str = include_str!("entry-points.yaml");

/// Reads a store. It reads as much as it can: a syntax error hides only the rest of its own file.
pub fn load(files: &Files, today: jiff::civil::Date) -> (Store, Vec<Finding>) {
    let (rows, mut findings) = built_in(today);
    let mut store = Store {
        entry_points: rows,
        ..Store::default()
    };
    templates(files, &mut store, &mut findings);
    targets_file(files, &mut store, &mut findings, today);
    let topics = topics(files, &mut store, &mut findings);
    lessons(files, &mut store, &topics, &mut findings, today);
    lint::check(&mut store, &mut findings);
    break_lessons(&mut store, &findings);
    hide_secrets(&mut findings);
    finding::sort(&mut findings);
    (store, findings)
}

/// The built-in rows. A test checks that there are no findings.
pub(super) fn built_in(today: jiff::civil::Date) -> (Vec<EntryPoint>, Vec<Finding>) {
    let (read, mut findings) = yaml::parse("entry-points.yaml", ENTRY_POINTS.as_bytes());
    let Some((source, root)) = read else {
        return (Vec::new(), findings);
    };
    let mut reader = FieldsReader::new(&source);
    let rows = entry_points::read(&mut reader, &root, &[], today);
    findings.extend(reader.findings);
    (rows, findings)
}

fn templates(files: &Files, store: &mut Store, findings: &mut Vec<Finding>) {
    for (name, text) in lessonbook_templates::TEMPLATES {
        store.templates.insert(name.to_owned(), text.to_owned());
    }
    for (name, text) in lessonbook_templates::SITE_TEMPLATES {
        store.site_templates.insert(name.to_owned(), text.to_owned());
    }
    for (path, bytes) in below(files, "templates/") {
        match yaml::decode(path, bytes) {
            Ok(source) => {
                let marker =
                    lessonbook_base::marker::mention(&source.text).map(super::read::prose::marker_text);
                for suspect in lessonbook_base::text::hidden(&source.text)
                    .into_iter()
                    .chain(marker)
                {
                    findings.push(
                        Finding::new(suspect.code, suspect.message)
                            .at(source.place(suspect.span))
                            .effect(suspect.effect)
                            .help(suspect.help),
                    );
                }
                let name = &path["templates/".len()..];
                match name.strip_prefix("site/") {
                    Some(name) => store.site_templates.insert(name.to_owned(), source.text),
                    None => store.templates.insert(name.to_owned(), source.text),
                };
            }
            Err(finding) => findings.push(*finding),
        }
    }
}

fn targets_file(files: &Files, store: &mut Store, findings: &mut Vec<Finding>, today: jiff::civil::Date) {
    const FILE: &str = "targets.yaml";
    let Some(bytes) = files.get(FILE) else {
        findings.push(
            Finding::new(Code::MissingField, "the store has no targets.yaml")
                .at(Location::file(FILE))
                .effect("no repository receives its lessons")
                .help("run `lessonbook init`, which writes one"),
        );
        return;
    };
    let (read, found) = yaml::parse(FILE, bytes);
    findings.extend(found);
    if let Some((source, root)) = read {
        let mut reader = FieldsReader::new(&source);
        targets::read(&mut reader, &root, store, today);
        findings.extend(reader.findings);
        store.places.keep(source);
    }
}

/// Reads each `_topic.yaml`, and sets the titles of the topics.
fn topics(files: &Files, store: &mut Store, findings: &mut Vec<Finding>) -> BTreeMap<String, Defaults> {
    let mut topics = BTreeMap::new();
    for (path, bytes) in below(files, "lessons/") {
        let Some((topic, "_topic.yaml")) = path["lessons/".len()..].split_once('/') else {
            continue;
        };
        let (read, found) = yaml::parse(path, bytes);
        findings.extend(found);
        if let Some((source, root)) = read {
            let mut reader = FieldsReader::new(&source);
            let defaults = topic::read(&mut reader, &root);
            findings.extend(reader.findings);
            store.places.keep(source);
            if let Some(title) = &defaults.title {
                store.topics.insert(topic.to_owned(), title.clone());
            }
            topics.insert(topic.to_owned(), defaults);
        }
    }
    topics
}

/// A lesson's file before it is read.
struct LessonFile<'f> {
    path: &'f str,
    bytes: &'f [u8],
    topic: &'f str,
    id: &'f str,
}

/// The result of reading one lesson's file.
struct LessonRead {
    source: Option<SourceFile>,
    read: Option<lesson::LocatedLesson>,
    findings: Vec<Finding>,
}

fn lessons(
    files: &Files,
    store: &mut Store,
    topics: &BTreeMap<String, Defaults>,
    findings: &mut Vec<Finding>,
    today: jiff::civil::Date,
) {
    let work = lesson_files(files, findings);
    let hosts = store.policy.hosts.clone();
    // A few lessons are read faster than threads start.
    let threads = if work.len() < 100 { 1 } else { 4 };
    let outcomes = threads::map(&work, threads, |file| read_lesson(file, topics, &hosts, today));
    for (file, outcome) in work.iter().zip(outcomes) {
        findings.extend(outcome.findings);
        match (&outcome.source, outcome.read) {
            (Some(source), Some(read)) => {
                keep(store, source, read);
                let title = || title_of(file.topic);
                store.topics.entry(file.topic.to_owned()).or_insert_with(title);
            }
            _ => store.unread.push(file.path.to_owned()),
        }
        if let Some(source) = outcome.source {
            store.places.keep(source);
        }
    }
    store
        .lessons
        .sort_by(|a, b| (&a.id, &a.file).cmp(&(&b.id, &b.file)));
}

/// The files whose path is that of a lesson. Other files, and folders whose name is not a topic, are reported.
fn lesson_files<'f>(files: &'f Files, findings: &mut Vec<Finding>) -> Vec<LessonFile<'f>> {
    let mut work = Vec::new();
    let mut bad_topics: Vec<&str> = Vec::new();
    for (path, bytes) in below(files, "lessons/") {
        let (topic, id) = match locate(path) {
            Ok(Some(found)) => found,
            Ok(None) => continue,
            Err(finding) => {
                findings.push(*finding);
                continue;
            }
        };
        if !bad_topics.contains(&topic)
            && let Some(finding) = bad_topic(path, topic)
        {
            findings.push(finding);
            bad_topics.push(topic);
        }
        if id != "_topic" {
            work.push(LessonFile {
                path,
                bytes,
                topic,
                id,
            });
        }
    }
    work
}

/// Reads one lesson's file.
fn read_lesson(
    file: &LessonFile,
    topics: &BTreeMap<String, Defaults>,
    hosts: &[String],
    today: jiff::civil::Date,
) -> LessonRead {
    let (read, mut findings) = yaml::parse(file.path, file.bytes);
    let Some((source, root)) = read else {
        return LessonRead {
            source: None,
            read: None,
            findings,
        };
    };
    if !is_name(file.id) {
        findings.push(
            Finding::new(
                Code::BadId,
                format!("`{}` is not a valid id for a lesson", file.id),
            )
            .at(source.place(0..0))
            .lesson(file.id)
            .effect("the file's name is the lesson's id, which blocks show")
            .help(format!("rename the file: {}", name_rule(file.id))),
        );
    }
    let nothing = Defaults::default();
    let defaults = topics.get(file.topic).unwrap_or(&nothing);
    let mut reader = FieldsReader::new(&source);
    let read = lesson::read(&mut reader, &root, (file.topic, file.id), defaults, hosts, today);
    findings.extend(reader.findings);
    LessonRead {
        source: Some(source),
        read,
        findings,
    }
}

/// Topic and id of a path below `lessons/`; nothing for a hidden file.
fn locate(path: &str) -> Result<Option<(&str, &str)>, Box<Finding>> {
    let inside = &path["lessons/".len()..];
    let name = inside.rsplit('/').next().unwrap_or(inside);
    if name.starts_with('.') {
        return Ok(None);
    }
    let parts = inside.split_once('/').filter(|(_, name)| !name.contains('/'));
    if let Some((topic, name)) = parts
        && let Some(id) = name.strip_suffix(".yaml")
    {
        return Ok(Some((topic, id)));
    }
    let short = name.strip_suffix(".yml");
    let help = match (parts, short) {
        (Some((topic, _)), Some(id)) => format!("rename it to lessons/{topic}/{id}.yaml"),
        (None, id) if id.or(name.strip_suffix(".yaml")).is_some() => {
            "move it into a folder for its topic: lessons/<topic>/<id>.yaml".into()
        }
        _ => "move it elsewhere; lessons/ contains only lessons/<topic>/<id>.yaml and _topic.yaml".into(),
    };
    let finding = Finding::new(
        Code::MisplacedFile,
        format!("`{path}` is not where a lesson can be"),
    )
    .at(Location::file(path))
    .effect("it is not read, although it looks like a part of the store")
    .help(help);
    Err(Box::new(finding))
}

fn bad_topic(path: &str, topic: &str) -> Option<Finding> {
    if is_name(topic) {
        return None;
    }
    Some(
        Finding::new(
            Code::BadTopic,
            format!("`{topic}` is not a valid name for a topic"),
        )
        .at(Location::file(path))
        .effect("scoped files are named after topics, so its scoped file could not be written")
        .help(format!("rename the folder: {}", name_rule(topic))),
    )
}

/// Keeps a lesson, and where its parts are written.
fn keep(store: &mut Store, source: &SourceFile, read: lesson::LocatedLesson) {
    let id = read.lesson.id.as_str();
    let places = &mut store.places;
    places.mark(SourceMark::Lesson, id, "", &source.file, 0..0);
    places.mark(SourceMark::Severity, id, "", &source.file, read.severity);
    for written in read.globs {
        let glob = written.glob.as_written();
        places.mark(SourceMark::Glob, id, glob, &written.file, written.span);
    }
    for (tag, (file, span)) in read.lesson.tags.iter().zip(read.tags) {
        places.mark(SourceMark::Tag, id, tag, &file, span);
    }
    for (number, (span, examples)) in read.checks.into_iter().enumerate() {
        places.mark(SourceMark::Check, id, &number.to_string(), &source.file, span);
        for (example, span) in examples.into_iter().enumerate() {
            let part = format!("{number}.{example}");
            places.mark(SourceMark::Check, id, &part, &source.file, span);
        }
    }
    for (evidence, span) in read.lesson.evidence.iter().zip(read.evidence) {
        places.mark(
            SourceMark::Evidence,
            id,
            &evidence.to_string(),
            &source.file,
            span,
        );
    }
    for (other, span) in read.lesson.supersedes.iter().zip(read.supersedes) {
        places.mark(SourceMark::Supersedes, id, other, &source.file, span);
    }
    store.lessons.push(read.lesson);
}

/// A title for a topic without one, made from its name.
fn title_of(topic: &str) -> String {
    let words = topic.replace('-', " ");
    let mut letters = words.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().chain(letters).collect())
        .unwrap_or_default()
}

/// Marks lessons whose file, or whose topic's file, has an error. They stop the targets that they concern.
fn break_lessons(store: &mut Store, findings: &[Finding]) {
    let files: std::collections::BTreeSet<&str> = findings
        .iter()
        .filter(|finding| finding.is_error())
        .filter_map(|finding| finding.at.as_ref())
        .map(|place| place.file.as_str())
        .collect();
    for lesson in &mut store.lessons {
        let topic = format!("lessons/{}/_topic.yaml", lesson.topic);
        lesson.broken =
            files.contains(lesson.file.as_str()) || files.contains(topic.as_str()) || !is_name(&lesson.topic);
    }
}

/// Removes secrets from findings: from their texts, and from the lines that they show.
fn hide_secrets(findings: &mut [Finding]) {
    for finding in findings.iter_mut() {
        let label = finding.at.as_mut().map(|at| &mut at.label);
        let others = finding.effect.as_mut().into_iter().chain(finding.help.as_mut());
        for words in others.chain([&mut finding.message]).chain(label) {
            *words = lessonbook_base::text::redact(words);
        }
        // A fix that contains the secret would show it. The secret must be removed first.
        let shows = |fix: &lessonbook_base::finding::Fix| {
            lessonbook_base::text::redact(&fix.replacement) != fix.replacement
        };
        if finding.fix.as_ref().is_some_and(shows) {
            finding.fix = None;
        }
    }
    let place = |finding: &Finding| {
        let at = finding.at.as_ref()?;
        Some((at.file.clone(), at.line, at.column, at.length))
    };
    let secrets: Vec<_> = findings
        .iter()
        .filter(|finding| finding.code == Code::LikelySecret)
        .filter_map(place)
        .collect();
    if secrets.is_empty() {
        return;
    }
    for at in findings.iter_mut().filter_map(|finding| finding.at.as_mut()) {
        for (file, line, column, length) in &secrets {
            if at.file == *file && at.line == *line {
                // The first four characters identify the kind of key, and do not reveal it.
                let hidden = column + 3..column - 1 + length;
                at.text = lessonbook_base::text::redact(&at.text)
                    .chars()
                    .enumerate()
                    .map(|(nth, c)| if hidden.contains(&nth) { '*' } else { c })
                    .collect();
            }
        }
    }
}

/// The files below a folder; `folder` ends with `/`.
fn below<'f>(files: &'f Files, folder: &'static str) -> impl Iterator<Item = (&'f str, &'f [u8])> {
    files
        .range(folder.to_owned()..)
        .take_while(move |(path, _)| path.starts_with(folder))
        .map(|(path, bytes)| (path.as_str(), bytes.as_slice()))
}
