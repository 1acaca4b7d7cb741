//! Reads one lesson's file.
//!
//! Input: a tree, the topic's defaults and today's date. Output: a [`Lesson`], if it is clear which targets it concerns.
//! Not here: checks over several lessons (`store::lint`).

use std::ops::Range;

use super::fields::FieldsReader;
use super::language::{guess_language, language};
use super::topic::{self, Defaults, WrittenGlob};
use super::{cut, prose};
use crate::Evidence;
use crate::lesson::{Audience, Incident, Lesson, LessonSource, Severity, Status};
use crate::yaml::{YamlNode, YamlValue};
use lessonbook_base::finding::Code;

/// The keys of a lesson.
pub const KEYS: [&str; 19] = [
    "title",
    "severity",
    "paths",
    "tags",
    "rule",
    "rationale",
    "bad",
    "good",
    "language",
    "checks",
    "incidents",
    "source",
    "sources",
    "evidence",
    "owner",
    "review_by",
    "supersedes",
    "audience",
    "status",
];

/// The keys of an incident.
pub const INCIDENT_KEYS: [&str; 3] = ["date", "repository", "summary"];

/// The keys of a place that a lesson was imported from.
pub const SOURCE_KEYS: [&str; 4] = ["repository", "path", "line", "commit"];

/// The longest rule, in characters, without a warning.
const MAX_RULE: usize = 240;

/// A lesson, and where its parts are written.
#[derive(Debug)]
pub struct LocatedLesson {
    /// The lesson.
    pub lesson: Lesson,
    /// The bytes of the severity.
    pub severity: Range<usize>,
    /// The globs, from its file or its topic's file.
    pub globs: Vec<WrittenGlob>,
    /// File and bytes of each tag.
    pub tags: Vec<(String, Range<usize>)>,
    /// The bytes of each superseded id.
    pub supersedes: Vec<Range<usize>>,
    /// The bytes of each evidence.
    pub evidence: Vec<Range<usize>>,
    /// The bytes of each check, and of its examples.
    pub checks: Vec<(Range<usize>, Vec<Range<usize>>)>,
}

/// Reads a lesson. `None` if it is unclear which targets it concerns.
pub fn read(
    reader: &mut FieldsReader,
    root: &YamlNode,
    (topic, id): (&str, &str),
    defaults: &Defaults,
    hosts: &[String],
    today: jiff::civil::Date,
) -> Option<LocatedLesson> {
    reader.about_lesson(id);
    let fields = reader.map(root, "a lesson", &KEYS)?;
    prose::check_tree(reader, root);
    cut::check_tree(reader, root);
    required(reader, &fields);
    let source = reader.string(&fields, "source");
    let known_hosts: Vec<&str> = hosts
        .iter()
        .map(String::as_str)
        .chain(source.as_deref().and_then(host))
        .collect();

    let title = prose::paragraph(reader, &fields, "title", Code::MissingField, &known_hosts);
    let words = Severity::ALL.map(|severity| (severity.word(), severity));
    let severity = reader.word(&fields, "severity", Code::UnknownSeverity, &words);
    let rule = prose::paragraph(reader, &fields, "rule", Code::EmptyRule, &known_hosts);
    long_rule(reader, &fields, rule.as_deref());
    let rationale = prose::paragraph(reader, &fields, "rationale", Code::MissingField, &known_hosts);

    let source_file = reader.source;
    let globs = if fields.has("paths") {
        topic::globs(reader, source_file, &fields, severity.map(Severity::word))?
    } else {
        defaults.paths.clone()
    };
    let (tags, tag_spans): (Vec<String>, _) = if fields.has("tags") {
        let tags = topic::tags(reader, &fields)?;
        let file = &source_file.file;
        tags.into_iter()
            .map(|(tag, span)| (tag, (file.clone(), span)))
            .unzip()
    } else {
        let file = &defaults.file;
        let tags = defaults.tags.iter();
        tags.map(|(tag, span)| (tag.clone(), (file.clone(), span.clone())))
            .unzip()
    };
    let paths: Vec<_> = globs.iter().map(|written| written.glob.clone()).collect();
    let language = language(reader, &fields).unwrap_or_else(|| guess_language(&paths));
    let review_by = reader.date(&fields, "review_by");
    let (supersedes, superseded_spans) = reader
        .texts(&fields, "supersedes")
        .unwrap_or_default()
        .into_iter()
        .map(|(id, node)| (id.to_owned(), node.span.clone()))
        .unzip();
    let (audience, status) = audience_and_status(reader, &fields);
    let (evidence, evidence_spans) = evidence(reader, &fields).into_iter().unzip();
    let written = match reader.value(&fields, "checks") {
        Some(node) => super::checks::checks(reader, node),
        None => Vec::new(),
    };
    let (checks, check_spots) = written
        .into_iter()
        .map(|written| (written.check, (written.span, written.examples)))
        .unzip();
    let lesson = Lesson {
        id: id.to_owned(),
        topic: topic.to_owned(),
        file: source_file.file.clone(),
        title: title.unwrap_or_else(|| id.to_owned()),
        // A lesson without a valid severity is broken and is not placed. For other checks, assume the highest severity.
        severity: severity.unwrap_or(Severity::Critical),
        paths,
        tags,
        rule: rule.unwrap_or_default(),
        rationale: rationale.unwrap_or_default(),
        bad: prose::example(reader, &fields, "bad"),
        good: prose::example(reader, &fields, "good"),
        language,
        checks,
        incidents: incidents(reader, &fields, &known_hosts),
        source,
        sources: sources(reader, &fields),
        evidence,
        owner: reader.string(&fields, "owner").or_else(|| defaults.owner.clone()),
        review_by,
        supersedes,
        audience,
        status,
        broken: false,
    };
    overdue(reader, &fields, &lesson, today);
    let severity = fields
        .raw("severity")
        .map_or(fields.span.clone(), |node| node.span.clone());
    let tags = lesson
        .tags
        .iter()
        .zip::<Vec<(String, Range<usize>)>>(tag_spans)
        .map(|(_, span)| span)
        .collect();
    Some(LocatedLesson {
        lesson,
        severity,
        globs,
        tags,
        supersedes: superseded_spans,
        evidence: evidence_spans,
        checks: check_spots,
    })
}

/// Reports missing keys. A draft may lack its rationale, because imported rules often have none.
fn required(reader: &mut FieldsReader, fields: &super::fields::Fields) {
    for key in ["title", "severity", "rule"] {
        reader.require(fields, "a lesson", key);
    }
    let status = fields.raw("status").map(|node| &node.value);
    if !matches!(status, Some(YamlValue::Text(word)) if word == "draft") {
        reader.require(fields, "a lesson", "rationale");
    }
}

fn long_rule(reader: &mut FieldsReader, fields: &super::fields::Fields, rule: Option<&str>) {
    if let Some(length) = rule.map(|rule| rule.chars().count())
        && length > MAX_RULE
        && let Some(node) = fields.raw("rule")
    {
        let finding = reader
            .finding(
                Code::LongRule,
                node.span.clone(),
                format!("the rule has {length} characters, more than {MAX_RULE}"),
            )
            .effect("assistants load it in every session, and follow long rules less reliably")
            .help("write what to do in one or two sentences, and move the reason to `rationale`");
        reader.push(finding);
    }
}

fn audience_and_status(reader: &mut FieldsReader, fields: &super::fields::Fields) -> (Audience, Status) {
    let audience = [("everyone", Audience::Everyone), ("internal", Audience::Internal)];
    let status = [
        ("active", Status::Active),
        ("draft", Status::Draft),
        ("retired", Status::Retired),
    ];
    // If the audience is invalid, assume the smaller one.
    let fallback = if fields.has("audience") {
        Audience::Internal
    } else {
        Audience::Everyone
    };
    let audience = reader.word(fields, "audience", Code::UnknownValue, &audience);
    let status = reader.word(fields, "status", Code::UnknownValue, &status);
    (audience.unwrap_or(fallback), status.unwrap_or_default())
}

fn overdue(
    reader: &mut FieldsReader,
    fields: &super::fields::Fields,
    lesson: &Lesson,
    today: jiff::civil::Date,
) {
    if let Some(day) = lesson.review_by
        && day < today
        && lesson.status != Status::Retired
        && let Some(node) = fields.raw("review_by")
    {
        let owner = lesson
            .owner
            .as_deref()
            .map_or_else(String::new, |owner| format!(" (ask {owner})"));
        let finding = reader
            .finding(
                Code::ReviewOverdue,
                node.span.clone(),
                format!("the review was due on {day}"),
            )
            .effect("the lesson is still placed, but may be out of date")
            .help(format!(
                "review the lesson{owner}, then set a later `review_by`, or `status: retired`"
            ));
        reader.push(finding);
    }
}

fn incidents(reader: &mut FieldsReader, fields: &super::fields::Fields, hosts: &[&str]) -> Vec<Incident> {
    let Some(node) = reader.value(fields, "incidents") else {
        return Vec::new();
    };
    let YamlValue::List(items) = &node.value else {
        reader.wrong_type(node, "`incidents`", "a list");
        return Vec::new();
    };
    let mut incidents = Vec::new();
    for item in items {
        let Some(fields) = reader.map(item, "an incident", &INCIDENT_KEYS) else {
            continue;
        };
        reader.require(&fields, "an incident", "date");
        reader.require(&fields, "an incident", "summary");
        let date = reader.date(&fields, "date");
        let repository = reader.string(&fields, "repository").unwrap_or_default();
        let summary = prose::paragraph(reader, &fields, "summary", Code::MissingField, hosts);
        if let (Some(date), Some(summary)) = (date, summary) {
            incidents.push(Incident {
                date,
                repository,
                summary,
            });
        }
    }
    incidents
}

fn sources(reader: &mut FieldsReader, fields: &super::fields::Fields) -> Vec<LessonSource> {
    let Some(node) = reader.value(fields, "sources") else {
        return Vec::new();
    };
    let YamlValue::List(items) = &node.value else {
        reader.wrong_type(node, "`sources`", "a list");
        return Vec::new();
    };
    let mut sources = Vec::new();
    for item in items {
        let Some(fields) = reader.map(item, "a source", &SOURCE_KEYS) else {
            continue;
        };
        for key in ["repository", "path", "line"] {
            reader.require(&fields, "a source", key);
        }
        let repository = reader.string(&fields, "repository");
        let path = reader.string(&fields, "path");
        let line = reader.count(&fields, "line");
        let commit = reader.string(&fields, "commit");
        if let (Some(repository), Some(path), Some(line)) = (repository, path, line) {
            sources.push(LessonSource {
                repository,
                path,
                line,
                commit,
            });
        }
    }
    sources
}

fn evidence(reader: &mut FieldsReader, fields: &super::fields::Fields) -> Vec<(Evidence, Range<usize>)> {
    let mut all = Vec::new();
    for (text, node) in reader.texts(fields, "evidence").unwrap_or_default() {
        if let Some(evidence) = Evidence::parse(text) {
            all.push((evidence, node.span.clone()));
            continue;
        }
        let finding = reader
            .finding(
                Code::UnknownValue,
                node.span.clone(),
                "evidence must be lines of a target, like acme/shop:deploy/web.yaml#L3-L9",
            )
            .effect("a change of the lines would stay unnoticed")
            .help("write TARGET:PATH#Lfirst-Llast, and let `lessonbook audit --fix` add the hash");
        reader.push(finding);
    }
    all
}

/// The host of an address.
fn host(address: &str) -> Option<&str> {
    let rest = address.split_once("://")?.1;
    let host = rest.split(['/', '?', '#', ':']).next()?;
    (!host.is_empty()).then_some(host)
}
