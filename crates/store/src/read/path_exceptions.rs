//! Exceptions with `path`: paths of a target in which a lesson's checks may fire.
//!
//! Input: the fields of an exception in `targets.yaml`. Output: a [`PathException`]. Not here: exceptions that excuse a placement or
//! accept a warning (`exceptions`), and comments in the files themselves (the crate `checks`).

use super::exception_fields::{past, required_text};
use super::fields::{Fields, FieldsReader};
use super::limits;
use crate::Store;
use crate::exception::PathException;
use crate::source_map::SourceMark;
use lessonbook_base::finding::Code;

/// Reads an exception that has `path`.
pub(super) fn read(reader: &mut FieldsReader, fields: &Fields, store: &mut Store, today: jiff::civil::Date) {
    for other in ["entry_point", "accepts"] {
        if let Some(node) = fields.raw(other) {
            let finding = reader
                .finding(
                    Code::UnknownValue,
                    node.span.clone(),
                    format!("an exception takes `path` or `{other}`, not both"),
                )
                .effect("it excuses nothing")
                .help("`path` excuses hits of the lesson's checks; write a second exception for the rest");
            reader.push(finding);
            return;
        }
    }
    for key in ["lesson", "target"] {
        reader.require(fields, "an exception", key);
    }
    let reason = required_text(reader, fields, "the exception", "reason", "why");
    let by = required_text(reader, fields, "the exception", "by", "who decided it");
    let until = reader.date(fields, "until");
    past(reader, fields, until, today);
    let path = reader.value(fields, "path");
    let path = path
        .filter(|node| limits::is_path_node(reader, "path", node, "it is unclear which files it excuses"));
    let (lesson, target) = (reader.string(fields, "lesson"), reader.string(fields, "target"));
    let (Some(path), Some(lesson), Some(target)) = (path, lesson, target) else {
        return;
    };
    let number = format!("path {}", store.path_exceptions.len());
    for (mark, field) in [
        (SourceMark::ExceptionLesson, "lesson"),
        (SourceMark::ExceptionTarget, "target"),
    ] {
        if let Some(node) = fields.raw(field) {
            store
                .places
                .mark(mark, &number, "", &reader.source.file, node.span.clone());
        }
    }
    let path = reader.as_text(path, "`path`").unwrap_or_default().to_owned();
    store.path_exceptions.push(PathException {
        lesson,
        target,
        path,
        reason: reason.unwrap_or_default(),
        by: by.unwrap_or_default(),
        until,
    });
}
