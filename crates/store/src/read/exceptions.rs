//! Reads the exceptions of `targets.yaml`.
//!
//! Input: the node `exceptions`. Output: [`Exception`]s. Not here: whether they match lessons and targets (`store::lint`).

use super::exception_fields::{past, required_text};
use super::fields::{Fields, FieldsReader};
use crate::Store;
use crate::exception::Exception;
use crate::source_map::SourceMark;
use crate::yaml::{YamlNode, YamlValue};
use lessonbook_base::finding::{Code, Level};

/// The keys of an exception.
pub const KEYS: [&str; 8] = [
    "lesson",
    "target",
    "path",
    "entry_point",
    "accepts",
    "reason",
    "by",
    "until",
];

/// Reads `exceptions`.
pub fn exceptions(reader: &mut FieldsReader, node: &YamlNode, store: &mut Store, today: jiff::civil::Date) {
    let YamlValue::List(items) = &node.value else {
        reader.wrong_type(node, "`exceptions`", "a list");
        return;
    };
    for item in items {
        let Some(fields) = reader.map(item, "an exception", &KEYS) else {
            continue;
        };
        if fields.has("path") {
            super::path_exceptions::read(reader, &fields, store, today);
            continue;
        }
        let accepts = accepted(reader, &fields);
        reader.require(&fields, "an exception", "lesson");
        if !fields.has("accepts") {
            reader.require(&fields, "an exception", "target");
        }
        let reason = required_text(reader, &fields, "the exception", "reason", "why");
        let by = required_text(reader, &fields, "the exception", "by", "who decided it");
        let until = reader.date(&fields, "until");
        past(reader, &fields, until, today);
        let target = reader.string(&fields, "target");
        let Some(lesson) = reader.string(&fields, "lesson") else {
            continue;
        };
        // An exception without `target` and `accepts` would apply everywhere. It is dropped, and the missing key is reported.
        if accepts.is_none() && target.is_none() {
            continue;
        }
        let number = store.exceptions.len().to_string();
        for (mark, field) in [
            (SourceMark::ExceptionLesson, "lesson"),
            (SourceMark::ExceptionTarget, "target"),
            (SourceMark::ExceptionEntryPoint, "entry_point"),
            (SourceMark::ExceptionAccepts, "accepts"),
        ] {
            if let Some(node) = fields.raw(field) {
                let file = &reader.source.file;
                store.places.mark(mark, &number, "", file, node.span.clone());
            }
        }
        store.exceptions.push(Exception {
            lesson,
            target: target.unwrap_or_default(),
            entry_point: reader.string(&fields, "entry_point"),
            accepts,
            reason: reason.unwrap_or_default(),
            by: by.unwrap_or_default(),
            until,
        });
    }
}

/// The code of the warning that an exception accepts.
fn accepted(reader: &mut FieldsReader, fields: &Fields) -> Option<String> {
    let (text, node) = reader.text(fields, "accepts")?;
    let warnings: Vec<&str> = Code::ALL
        .iter()
        .filter(|code| code.level() == Level::Warning)
        .map(|code| code.name())
        .collect();
    if warnings.contains(&text) {
        return Some(text.to_owned());
    }
    if Code::ALL.iter().any(|code| code.name() == text) {
        let finding = reader
            .finding(
                Code::UnknownValue,
                node.span.clone(),
                format!("`{text}` can't be accepted: it is not a warning"),
            )
            .help("fix the lesson, and remove the exception");
        reader.push(finding);
    } else {
        reader.unknown_word(node, "`accepts`", Code::UnknownValue, text, &warnings);
    }
    None
}
