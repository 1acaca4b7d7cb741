//! A lesson as tidy YAML.
//!
//! Comes in: a [`Lesson`]. Goes out: the text of its file, which reads as the same lesson. Leaves to others: where it is written.

use std::fmt::Write as _;

use super::lesson::{Audience, Lesson, Status};
use super::read::fields::day;

/// What editors need to help with a lesson.
const SCHEMA_LINE: &str = "# yaml-language-server: $schema=../../docs/schema/lesson.json";

/// Where prose is wrapped.
const WIDTH: usize = 100;

/// The file of a lesson. Keys that say what is so anyway are left out.
pub fn to_yaml(lesson: &Lesson) -> String {
    let mut text = format!("{SCHEMA_LINE}\n");
    line(&mut text, "title", &scalar(&lesson.title));
    line(&mut text, "severity", lesson.severity.word());
    let paths: Vec<&str> = lesson.paths.iter().map(crate::globs::Glob::as_written).collect();
    list(&mut text, "paths", &paths, quoted);
    list(&mut text, "tags", &lesson.tags, scalar);
    prose(&mut text, "rule", &lesson.rule);
    prose(&mut text, "rationale", &lesson.rationale);
    for (key, example) in [("bad", &lesson.bad), ("good", &lesson.good)] {
        if let Some(example) = example {
            block(&mut text, key, example);
        }
    }
    if !lesson.language.is_empty() {
        line(&mut text, "language", &scalar(&lesson.language));
    }
    incidents(&mut text, lesson);
    if let Some(source) = &lesson.source {
        line(&mut text, "source", &scalar(source));
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
        let _ = writeln!(text, "  - date: {}", incident.date);
        if !incident.repository.is_empty() {
            let _ = writeln!(text, "    repository: {}", scalar(&incident.repository));
        }
        let _ = writeln!(text, "    summary: {}", scalar(&incident.summary));
    }
}

/// Prose on one line, or folded where it is long.
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

/// An example as a literal block, or in quotes where a block could not hold it.
fn block(text: &mut String, key: &str, value: &str) {
    let holds = value.chars().all(|c| c == '\n' || c == '\t' || printable(c))
        && !value.ends_with('\n')
        && !value.trim().is_empty();
    if !holds {
        return line(text, key, &quoted(&format!("{value}\n")));
    }
    // The first line's indentation is read as the block's, unless the head says how deep the block is.
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

/// Text as a plain scalar where no YAML reader takes it for anything else, else in quotes.
fn scalar(text: &str) -> String {
    let starts_plain = text.starts_with(|c: char| c.is_ascii_alphabetic());
    let plain = |c: char| c.is_alphanumeric() || " _-./@+()'`;\"*!?=&%$~^".contains(c);
    let reserved = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"];
    let harmless = starts_plain
        && text.chars().all(plain)
        && text.chars().all(printable)
        && !text.ends_with(' ')
        && !text.contains("  ")
        && day(text).is_none()
        && !reserved.contains(&text.to_lowercase().as_str());
    if harmless { text.to_owned() } else { quoted(text) }
}

/// Text in double quotes; what can't be seen is written as an escape.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            c if printable(c) => out.push(c),
            c => {
                let _ = write!(out, "\\U{:08X}", u32::from(c));
            }
        }
    }
    out.push('"');
    out
}

/// What stands in a YAML file as itself.
fn printable(c: char) -> bool {
    !c.is_control() && !matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}
