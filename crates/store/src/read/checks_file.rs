//! Reads a checks file, and explains why a damaged one can't be read.
//!
//! Input: the bytes of the file. Output: a [`ChecksFile`] and findings. Not here: the type and its text (`checks_file`).

use super::fields::{Fields, FieldsReader};
use super::topic;
use crate::checks_file::{CheckedLesson, ChecksException, ChecksFile, VERSION};
use crate::lesson::Severity;
use crate::yaml::{self, YamlNode, YamlValue};
use lessonbook_base::finding::{Code, Finding, Location};

/// The keys of the file.
const KEYS: [&str; 6] = ["version", "store", "home", "digest", "lessons", "exceptions"];

/// The keys of a lesson in it.
const LESSON_KEYS: [&str; 6] = ["id", "title", "severity", "rule", "paths", "checks"];

/// The keys of an exception in it.
const EXCEPTION_KEYS: [&str; 4] = ["lesson", "path", "reason", "until"];

impl ChecksFile {
    /// Reads a checks file. None: it has a mistake, which is among the findings, with one that says what follows from it.
    pub fn parse(path: &str, bytes: &[u8]) -> (Option<ChecksFile>, Vec<Finding>) {
        let (parsed, mut findings) = yaml::parse(path, bytes);
        if findings.iter().any(|finding| finding.code == Code::EmptyFile) {
            let message = format!("`{path}` is empty, or contains only comments");
            let finding = Finding::new(Code::ChecksInvalid, message);
            return (None, vec![without_checks(finding, path)]);
        }
        let mut file = None;
        if let Some((source, root)) = parsed {
            let mut reader = FieldsReader::new(&source);
            file = read(&mut reader, &root);
            findings.extend(reader.findings);
        }
        if file.is_none() || findings.iter().any(Finding::is_error) {
            let finding = Finding::new(Code::ChecksInvalid, format!("`{path}` can't be read as checks"));
            findings.push(without_checks(finding, path));
            return (None, findings);
        }
        (file, findings)
    }

    /// Why a file of this store can't be read, after an edit or a merge. None: it can be read, or its own lines don't name this store, this
    /// home and this version of the format.
    pub fn damage(path: &str, bytes: &[u8], (name, home): (&str, &str)) -> Option<String> {
        let text = String::from_utf8_lossy(bytes);
        let is_stated = |key: &str, value: &str| {
            let mut stated = text
                .lines()
                .filter_map(|line| line.strip_prefix(key)?.strip_prefix(':'));
            let is_value = |word: &str| word.trim().trim_matches(['"', '\'']) == value;
            let first = stated.next();
            first.is_some_and(is_value) && stated.all(is_value)
        };
        if !is_stated("store", name)
            || !is_stated("home", home)
            || !is_stated("version", &VERSION.to_string())
        {
            return None;
        }
        let (None, findings) = Self::parse(path, bytes) else {
            return None;
        };
        let first = findings.into_iter().next()?;
        let line = first.at.map_or(1, |at| at.line);
        Some(format!("line {line}: {}", first.message))
    }
}

/// What follows from a checks file that can't be read, and the way out.
fn without_checks(finding: Finding, path: &str) -> Finding {
    finding
        .at(Location::file(path))
        .effect("none of its checks runs, so this change is not judged by them")
        .help("restore the file from the git history, or merge the store's next proposal, which writes it again; if the file is newer than this program, update the program")
}

fn read(reader: &mut FieldsReader, root: &YamlNode) -> Option<ChecksFile> {
    // A file of a later version may have other keys, so the version is looked at first.
    if let YamlValue::Map(entries) = &root.value {
        let is_version = |key: &YamlNode| matches!(&key.value, YamlValue::Text(word) if word == "version");
        let version = entries
            .iter()
            .find(|(key, _)| is_version(key))
            .map(|(_, value)| value);
        let known = version.is_some_and(|node| node.value == YamlValue::Number(Some(VERSION)));
        if !known {
            let span = version.map_or(root.span.clone(), |node| node.span.clone());
            let message = format!("this Lessonbook reads version {VERSION} of checks files");
            let finding = reader
                .finding(Code::ChecksInvalid, span, message)
                .help("update the program");
            reader.push(finding);
            return None;
        }
    }
    let fields = reader.map(root, "a checks file", &KEYS)?;
    for key in ["store", "home", "lessons"] {
        reader.require(&fields, "a checks file", key);
    }
    let (name, home) = (reader.string(&fields, "store"), reader.string(&fields, "home"));
    let _ = reader.string(&fields, "digest"); // whether it fits is for `is_unedited`
    let lessons = items(reader, &fields, "lessons", lesson)?;
    let exceptions = if fields.has("exceptions") {
        items(reader, &fields, "exceptions", exception)?
    } else {
        Vec::new()
    };
    Some(ChecksFile {
        name: name?,
        home: home?,
        lessons,
        exceptions,
    })
}

fn items<T>(
    reader: &mut FieldsReader,
    fields: &Fields,
    key: &str,
    read: fn(&mut FieldsReader, &YamlNode) -> Option<T>,
) -> Option<Vec<T>> {
    let node = reader.value(fields, key)?;
    let YamlValue::List(items) = &node.value else {
        reader.wrong_type(node, &format!("`{key}`"), "a list");
        return None;
    };
    let read: Vec<_> = items.iter().map(|item| read(reader, item)).collect();
    read.into_iter().collect()
}

fn lesson(reader: &mut FieldsReader, node: &YamlNode) -> Option<CheckedLesson> {
    let fields = reader.map(node, "a lesson", &LESSON_KEYS)?;
    for key in ["id", "title", "severity", "rule", "checks"] {
        reader.require(&fields, "a lesson", key);
    }
    let id = reader.string(&fields, "id")?;
    let title = reader.text(&fields, "title")?.0.to_owned();
    let rule = reader.text(&fields, "rule")?.0.to_owned();
    let words = Severity::ALL.map(|severity| (severity.word(), severity));
    let severity = reader.word(&fields, "severity", Code::UnknownSeverity, &words)?;
    let source = reader.source;
    let paths = if fields.has("paths") {
        topic::globs(reader, source, &fields, None)?
    } else {
        Vec::new()
    };
    let node = reader.value(&fields, "checks")?;
    let checks = super::checks::checks(reader, node);
    Some(CheckedLesson {
        id,
        title,
        severity,
        rule,
        paths: paths.into_iter().map(|written| written.glob).collect(),
        checks: checks.into_iter().map(|written| written.check).collect(),
    })
}

fn exception(reader: &mut FieldsReader, node: &YamlNode) -> Option<ChecksException> {
    let fields = reader.map(node, "an exception", &EXCEPTION_KEYS)?;
    for key in ["lesson", "path", "reason"] {
        reader.require(&fields, "an exception", key);
    }
    Some(ChecksException {
        lesson: reader.string(&fields, "lesson")?,
        path: reader.string(&fields, "path")?,
        reason: reader.text(&fields, "reason")?.0.to_owned(),
        until: reader.date(&fields, "until"),
    })
}
