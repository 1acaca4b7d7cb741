//! Writes a lesson as YAML.
//!
//! Input: a [`Lesson`]. Output: the text of its file. Not here: writing it to disk, and reading it back.

use std::fmt::Write as _;

use super::incident::incident_lines;
use super::lesson::{Audience, Lesson, Status};
use crate::yaml::scalar::{printable, quoted, scalar};
use lessonbook_checks::check::Check;

/// The comment by which editors find the schema of a lesson.
const SCHEMA_LINE: &str = "# yaml-language-server: $schema=../../docs/schema/lesson.json";

/// The width at which prose is wrapped.
const WIDTH: usize = 100;

/// The file of a lesson, without keys that have their default value.
pub fn to_yaml(lesson: &Lesson) -> String {
    let mut text = format!("{SCHEMA_LINE}\n");
    line(&mut text, "title", &scalar(&lesson.title));
    line(&mut text, "severity", lesson.severity.word());
    let paths: Vec<&str> = lesson
        .paths
        .iter()
        .map(lessonbook_base::globs::Glob::as_written)
        .collect();
    list(&mut text, "paths", &paths, quoted);
    list(&mut text, "tags", &lesson.tags, scalar);
    prose(&mut text, "rule", &lesson.rule);
    // Only a draft may be without.
    if !lesson.rationale.is_empty() {
        prose(&mut text, "rationale", &lesson.rationale);
    }
    for (key, example) in [("bad", &lesson.bad), ("good", &lesson.good)] {
        if let Some(example) = example {
            block(&mut text, key, example);
        }
    }
    if !lesson.language.is_empty() {
        line(&mut text, "language", &scalar(&lesson.language));
    }
    checks(&mut text, &lesson.checks, "", true);
    incidents(&mut text, lesson);
    if let Some(source) = &lesson.source {
        line(&mut text, "source", &scalar(source));
    }
    sources(&mut text, lesson);
    if !lesson.evidence.is_empty() {
        text.push_str("evidence:\n");
        for evidence in &lesson.evidence {
            let _ = writeln!(text, "  - {}", quoted(&evidence.to_string()));
        }
    }
    if let Some(owner) = &lesson.owner {
        line(&mut text, "owner", &scalar(owner));
    }
    if let Some(day) = lesson.review_by {
        line(&mut text, "review_by", &day.to_string());
    }
    list(&mut text, "supersedes", &lesson.supersedes, scalar);
    if lesson.audience == Audience::Internal {
        line(&mut text, "audience", "internal");
    }
    match lesson.status {
        Status::Active => {}
        Status::Draft => line(&mut text, "status", "draft"),
        Status::Retired => line(&mut text, "status", "retired"),
    }
    text
}

fn line(text: &mut String, key: &str, value: &str) {
    let _ = writeln!(text, "{key}: {value}"); // writing to a String can't fail
}

fn list<S: AsRef<str>>(text: &mut String, key: &str, items: &[S], write: fn(&str) -> String) {
    if !items.is_empty() {
        let items: Vec<String> = items.iter().map(|item| write(item.as_ref())).collect();
        line(text, key, &format!("[{}]", items.join(", ")));
    }
}

fn incidents(text: &mut String, lesson: &Lesson) {
    if lesson.incidents.is_empty() {
        return;
    }
    text.push_str("incidents:\n");
    for incident in &lesson.incidents {
        text.push_str(&incident_lines(incident, "  ", "\n"));
    }
}

/// A list of checks, each key on a line. `indent`: what is before the key `checks`.
pub(crate) fn checks(text: &mut String, checks: &[Check], indent: &str, with_examples: bool) {
    if checks.is_empty() {
        return;
    }
    let _ = writeln!(text, "{indent}checks:");
    for check in checks {
        for (number, line) in check.written.lines().enumerate() {
            let start = if number == 0 { "- " } else { "  " };
            let _ = writeln!(text, "{indent}  {start}{line}");
        }
        let examples = check.examples.iter().filter(|_| with_examples);
        for (number, example) in examples.enumerate() {
            if number == 0 {
                let _ = writeln!(text, "{indent}    examples:");
            }
            let parts = [
                ("bad", &example.bad),
                ("good", &example.good),
                ("file", &example.file),
            ];
            let parts = parts
                .into_iter()
                .filter_map(|(key, value)| Some((key, value.as_ref()?)));
            let parts: Vec<String> = parts
                .map(|(key, value)| format!("{key}: {}", quoted(value)))
                .collect();
            let _ = writeln!(text, "{indent}      - {{ {} }}", parts.join(", "));
        }
    }
}

fn sources(text: &mut String, lesson: &Lesson) {
    if lesson.sources.is_empty() {
        return;
    }
    text.push_str("sources:\n");
    for source in &lesson.sources {
        let commit = source
            .commit
            .as_ref()
            .map_or_else(String::new, |commit| format!(", commit: {}", quoted(commit)));
        let _ = writeln!(
            text,
            "  - {{ repository: {}, path: {}, line: {}{commit} }}",
            quoted(&source.repository),
            quoted(&source.path),
            source.line
        );
    }
}

/// Prose on one line, or folded if it is long.
fn prose(text: &mut String, key: &str, value: &str) {
    let foldable = value.split(' ').all(|word| !word.is_empty()) && value.chars().all(printable);
    if value.chars().count() + key.len() + 2 <= WIDTH || !foldable {
        return line(text, key, &scalar(value));
    }
    line(text, key, ">-");
    let mut width = 0;
    for word in value.split(' ') {
        let length = word.chars().count();
        if width > 0 && width + 1 + length > WIDTH {
            text.push('\n');
            width = 0;
        }
        text.push_str(if width == 0 { "  " } else { " " });
        text.push_str(word);
        width += if width == 0 { length + 2 } else { length + 1 };
    }
    text.push('\n');
}

/// An example as a literal block, or in quotes if a block can't contain it.
fn block(text: &mut String, key: &str, value: &str) {
    let holds = value.chars().all(|c| c == '\n' || c == '\t' || printable(c))
        && !value.ends_with('\n')
        && !value.trim().is_empty();
    if !holds {
        return line(text, key, &quoted(&format!("{value}\n")));
    }
    // The first line's indentation is read as the block's, unless the header states the block's indentation.
    let first_is_plain = !value.starts_with([' ', '\t', '\n']);
    line(text, key, if first_is_plain { "|" } else { "|2" });
    for row in value.split('\n') {
        if !row.is_empty() {
            text.push_str("  ");
            text.push_str(row);
        }
        text.push('\n');
    }
}
