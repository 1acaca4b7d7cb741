//! Remembers where values are written in the store's files, for findings that are made after reading.
//!
//! Input: marks that are set while reading. Output: [`Location`]s. Not here: the findings.

use std::collections::BTreeMap;
use std::ops::Range;

use super::Evidence;
use super::yaml::{self, SourceFile, YamlNode, YamlValue};
use crate::yaml::scalar::quoted;
use lessonbook_base::finding::{Fix, Location};

/// The kind of value that a mark locates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum SourceMark {
    Lesson,
    Severity,
    Glob,
    Tag,
    Supersedes,
    Check,
    Evidence,
    Target,
    TargetTag,
    ExceptionLesson,
    ExceptionTarget,
    ExceptionEntryPoint,
    ExceptionAccepts,
    Acknowledge,
    Canary,
    OpeningLesson,
    OpeningVersion,
    Template,
}

/// Marks in the store's files.
#[derive(Debug, Clone, Default)]
pub struct Places {
    texts: BTreeMap<String, String>,
    marks: BTreeMap<(SourceMark, String, String), (String, Range<usize>)>,
    /// Whether a target could not be read, so that it is unknown whether only lessons use a tag.
    pub(super) targets_unclear: bool,
}

impl Places {
    /// Where a lesson's severity is written, otherwise the start of its file.
    pub fn lesson(&self, id: &str) -> Option<Location> {
        self.find(SourceMark::Severity, id, "")
            .or_else(|| self.find(SourceMark::Lesson, id, ""))
    }

    /// Where a lesson's glob is written, in its own file or in the topic's.
    pub fn glob(&self, lesson: &str, glob: &str) -> Option<Location> {
        self.find(SourceMark::Glob, lesson, glob)
    }

    /// Where a tag of a lesson is written, in its own file or in the topic's.
    pub fn tag(&self, lesson: &str, tag: &str) -> Option<Location> {
        self.find(SourceMark::Tag, lesson, tag)
    }

    /// Where a check of a lesson is written; checks are counted from 0.
    pub fn check(&self, lesson: &str, number: usize) -> Option<Location> {
        self.find(SourceMark::Check, lesson, &number.to_string())
    }

    /// Where evidence of a lesson is written.
    pub fn evidence(&self, lesson: &str, evidence: &Evidence) -> Option<Location> {
        self.find(SourceMark::Evidence, lesson, &evidence.to_string())
    }

    /// The change that writes other evidence in its place.
    pub fn evidence_fix(&self, lesson: &str, before: &Evidence, after: &Evidence) -> Option<Fix> {
        let mark = (SourceMark::Evidence, lesson.to_owned(), before.to_string());
        let (file, span) = self.marks.get(&mark)?;
        Some(Fix {
            file: file.clone(),
            span: span.clone(),
            replacement: quoted(&after.to_string()),
        })
    }

    /// Where a target is written.
    pub fn target(&self, name: &str) -> Option<Location> {
        self.find(SourceMark::Target, name, "")
    }

    /// Where the lesson of an exception is written; exceptions are counted from 0.
    pub fn exception(&self, number: usize) -> Option<Location> {
        self.find(SourceMark::ExceptionLesson, &number.to_string(), "")
    }

    /// Where a file contains a text, word for word.
    pub fn text(&self, file: &str, words: &str) -> Option<Location> {
        let text = self.texts.get(file)?;
        let at = text.find(words)?;
        Some(Location::in_text(
            file,
            &lessonbook_base::text::redact(text),
            at..at + words.len(),
        ))
    }

    /// Where a part of a value is written. `value` is the value, as it was read, of a top-level key.
    pub fn value(&self, file: &str, key: &str, value: &str, part: Range<usize>) -> Option<Location> {
        let text = self.texts.get(file)?;
        let (source, root) = yaml::parse(file, text.as_bytes()).0?;
        let YamlValue::Map(entries) = &root.value else {
            return None;
        };
        let is_key = |node: &YamlNode| matches!(&node.value, YamlValue::Text(name) if name == key);
        let (_, node) = entries.iter().find(|(name, _)| is_key(name))?;
        let raw = text.get(node.span.clone())?;
        let span = match yaml::locate(raw, value, part) {
            Some(found) => node.span.start + found.start..node.span.start + found.end,
            None => node.span.start..node.span.start,
        };
        Some(source.place(span))
    }

    /// Keeps a file's text, so that locations in it can show their line.
    pub(super) fn keep(&mut self, source: SourceFile) {
        self.texts.insert(source.file, source.text);
    }

    /// Sets a mark; a second one for the same value is ignored.
    pub(super) fn mark(&mut self, mark: SourceMark, name: &str, part: &str, file: &str, at: Range<usize>) {
        self.marks
            .entry((mark, name.to_owned(), part.to_owned()))
            .or_insert_with(|| (file.to_owned(), at));
    }

    /// The location of a mark.
    pub(super) fn find(&self, mark: SourceMark, name: &str, part: &str) -> Option<Location> {
        let (file, span) = self.marks.get(&(mark, name.to_owned(), part.to_owned()))?;
        let text = self.texts.get(file)?;
        Some(Location::in_text(
            file,
            &lessonbook_base::text::redact(text),
            span.clone(),
        ))
    }
}
