//! Findings as SARIF 2.1.0, for code scanning and editors.
//!
//! Input: findings. Output: one log with one run; every code is a rule, whether it was found or not. Not here:
//! uploading it.
//!
//! Format: <https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>; what GitHub needs of it:
//! <https://docs.github.com/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning>.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use lessonbook_base::finding::{Code, Finding, Level};

/// The file for findings without a place in the store: GitHub shows no result without a place.
const STORE: &str = "targets.yaml";

/// Findings as a SARIF log, with a final newline. `prefix` is the folder of the store in the repository that is scanned:
/// empty, or with a final `/`.
pub fn sarif(findings: &[Finding], prefix: &str) -> serde_json::Result<String> {
    sarif_with_lessons(findings, prefix, &[])
}

/// A lesson that is a rule of its own, so that code scanning groups its hits.
#[derive(Debug, Clone, Copy)]
pub struct SarifLesson<'l> {
    /// Its id.
    pub id: &'l str,
    /// Its title.
    pub title: &'l str,
    /// Its rule.
    pub rule: &'l str,
}

/// The same with a rule for each lesson, which its hits belong to.
pub fn sarif_with_lessons(
    findings: &[Finding],
    prefix: &str,
    lessons: &[SarifLesson],
) -> serde_json::Result<String> {
    let codes = Code::ALL.iter().map(|code| rule(*code));
    let rules: Vec<Value> = codes.chain(lessons.iter().map(lesson_rule)).collect();
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "Lessonbook",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            }},
            "columnKind": "unicodeCodePoints",
            "results": findings.iter().map(|finding| result(finding, prefix, lessons)).collect::<Vec<_>>(),
        }],
    });
    Ok(serde_json::to_string_pretty(&log)? + "\n")
}

fn rule(code: Code) -> Value {
    let mut rule = json!({
        "id": code.name(),
        "shortDescription": { "text": code.title() },
        "help": { "text": format!("See {}.", super::page(code)) },
        "defaultConfiguration": { "level": level(code.level()) },
    });
    if let Some(page) = super::page_on_the_web(code) {
        rule["helpUri"] = page.into();
    }
    rule
}

fn lesson_rule(lesson: &SarifLesson) -> Value {
    json!({
        "id": format!("lesson/{}", lesson.id),
        "shortDescription": { "text": lesson.title },
        "help": { "text": lesson.rule },
    })
}

fn result(finding: &Finding, prefix: &str, lessons: &[SarifLesson]) -> Value {
    let mut index = Code::ALL.iter().position(|code| *code == finding.code);
    let mut id = finding.code.name().to_owned();
    let of_lesson = lessons
        .iter()
        .position(|lesson| finding.lesson.as_deref() == Some(lesson.id));
    if let Some(at) = of_lesson.filter(|_| matches!(finding.code, Code::CheckHit | Code::CheckExcused)) {
        index = Some(Code::ALL.len() + at);
        id = format!("lesson/{}", lessons[at].id);
    }
    let mut lines = super::lines(finding);
    let place = super::file_of_the_store(finding);
    if let (None, Some(elsewhere)) = (place, &finding.at) {
        lines.insert(
            1,
            format!("at: {}:{}:{}", elsewhere.file, elsewhere.line, elsewhere.column),
        );
    } else if let Some(target) = &finding.target {
        lines.insert(1, format!("target: {target}"));
    }
    let file = place.map_or_else(|| format!("{prefix}{STORE}"), |place| place.file.clone());
    let mut properties = json!({});
    for (name, value) in [("target", &finding.target), ("lesson", &finding.lesson)] {
        if let Some(value) = value {
            properties[name] = value.as_str().into();
        }
    }
    let mut result = json!({
        "ruleId": id,
        "ruleIndex": index,
        "level": level(finding.level),
        "message": { "text": lines.join("\n") },
        "locations": [{ "physicalLocation": {
            "artifactLocation": { "uri": uri(&file), "uriBaseId": "%SRCROOT%" },
            "region": place.map_or_else(|| json!({ "startLine": 1 }), region),
        }}],
        "properties": properties,
    });
    if finding.code == Code::CheckExcused {
        result["suppressions"] = json!([{ "kind": "inSource", "justification": finding.message }]);
    }
    result
}

fn region(place: &lessonbook_base::finding::Location) -> Value {
    json!({
        "startLine": place.line,
        "startColumn": place.column,
        "endColumn": place.column + place.length.max(1),
    })
}

fn level(level: Level) -> &'static str {
    level.word()
}

/// Everything but the unreserved characters of RFC 3986 and `/`.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'/');

/// A relative path as a URI reference.
fn uri(path: &str) -> String {
    utf8_percent_encode(path, RESERVED).to_string()
}
