//! The checks of a lesson, or of a checks file.
//!
//! Input: the node of `checks`. Output: [`Check`]s with the places of their parts, and findings with the column inside an
//! expression or path. Not here: whether the checks do what their lesson says (`self_test`), and running them.

use std::ops::Range;

use super::check_written::written;
use super::expression::expression;
use super::fields::{Fields, FieldsReader};
use super::{conditions, limits};
use crate::words::{listed, one_line};
use crate::yaml::{YamlNode, YamlValue};
use lessonbook_base::finding::Code;
use lessonbook_checks::change_check::ChangeCheck;
use lessonbook_checks::check::{Check, CheckExample, CheckKind, MAX_CHECKS};
use lessonbook_checks::file_check::{FileCheck, FileVerb};
use lessonbook_checks::structure::{Demand, StructureCheck};
use lessonbook_checks::text_check::{TextCheck, TextVerb};

/// The keys of a check, in the order in which the writer puts them.
pub const CHECK_KEYS: [&str; 15] = [
    "each",
    "within",
    "when",
    "forbid",
    "require",
    "unless",
    "forbid_file",
    "require_file",
    "changed",
    "needs",
    "untouched",
    "paths",
    "except",
    "message",
    "examples",
];

/// The keys of an example.
pub const CHECK_EXAMPLE_KEYS: [&str; 3] = ["bad", "good", "file"];

/// The keys of which a check has exactly one: they say which kind it is.
const KINDS: [&str; 6] = [
    "forbid",
    "require",
    "forbid_file",
    "require_file",
    "changed",
    "untouched",
];

/// A check and where its parts are.
#[derive(Debug)]
pub struct WrittenCheck {
    /// The check.
    pub check: Check,
    /// The bytes of its first key.
    pub span: Range<usize>,
    /// The bytes of each of its examples.
    pub examples: Vec<Range<usize>>,
}

/// Reads a list of checks. A check with a mistake is left out.
pub fn checks(reader: &mut FieldsReader, node: &YamlNode) -> Vec<WrittenCheck> {
    let YamlValue::List(items) = &node.value else {
        reader.wrong_type(node, "`checks`", "a list");
        return Vec::new();
    };
    if items.len() > MAX_CHECKS {
        let finding = reader
            .finding(
                Code::CheckTooLarge,
                node.span.clone(),
                format!("the lesson has {} checks, more than {MAX_CHECKS}", items.len()),
            )
            .effect("the checks after them are not read")
            .help("split the lesson: one rule each");
        reader.push(finding);
    }
    let items = items.iter().take(MAX_CHECKS);
    items.filter_map(|item| check(reader, item)).collect()
}

fn check(reader: &mut FieldsReader, node: &YamlNode) -> Option<WrittenCheck> {
    let errors = reader.findings.len();
    let fields = reader.map(node, "a check", &CHECK_KEYS)?;
    // A key that is not known is most likely the one that is missing.
    let is_known = reader.findings.len() == errors;
    let kind = kind(reader, &fields, is_known)?;
    let kind = match kind {
        "forbid" | "require" => content(reader, &fields, kind),
        "forbid_file" => files(reader, &fields, kind, FileVerb::Forbid),
        "require_file" => files(reader, &fields, kind, FileVerb::Require),
        _ => change(reader, &fields, kind),
    };
    let paths = fields.has("paths").then(|| globs(reader, &fields, "paths"));
    let except = globs(reader, &fields, "except");
    let message = reader.string(&fields, "message");
    let (examples, spans) = examples(reader, &fields);
    let wrong = reader
        .findings
        .iter()
        .skip(errors)
        .any(lessonbook_base::finding::Finding::is_error);
    let kind = kind.filter(|_| !wrong)?;
    let check = Check {
        written: written(reader, &fields, &CHECK_KEYS),
        paths,
        except,
        message,
        examples,
        kind,
    };
    Some(WrittenCheck {
        check,
        span: node.span.clone(),
        examples: spans,
    })
}

/// The one key that says which kind the check is; and keys of other kinds are findings.
fn kind(reader: &mut FieldsReader, fields: &Fields, is_known: bool) -> Option<&'static str> {
    let mut written = KINDS.into_iter().filter(|key| fields.has(key));
    let first = written.next();
    let Some(kind) = first else {
        if !is_known {
            return None;
        }
        let help = if fields.has("needs") {
            "add `changed: [\"src/**\"]`, the files that `needs` follows".to_owned()
        } else {
            format!("add one of {}", listed(&KINDS))
        };
        let finding = reader
            .finding(
                Code::CheckShape,
                fields.span.clone(),
                "a check does not say what it forbids or requires",
            )
            .effect("it would never fire")
            .help(help);
        reader.push(finding);
        return None;
    };
    let is_map = fields
        .raw(kind)
        .is_some_and(|node| matches!(node.value, YamlValue::Map(_)));
    let takes: &[&str] = match kind {
        "forbid" | "require" if is_map => &["each", "within", "when"],
        "forbid" => &["unless"],
        "changed" => &["needs"],
        _ => &[],
    };
    let others = CHECK_KEYS[..11]
        .iter()
        .filter(|key| **key != kind && fields.has(key) && !takes.contains(key));
    let mut is_alone = true;
    for other in others {
        let span = fields
            .raw(other)
            .map_or(fields.span.clone(), |node| node.span.clone());
        let (message, help) = if KINDS.contains(other) {
            (
                format!("`{kind}` and `{other}` are in one check"),
                "write two checks".to_owned(),
            )
        } else {
            (
                format!(
                    "`{other}` does not belong to a check with `{}`",
                    described(kind, is_map)
                ),
                belongs(other).to_owned(),
            )
        };
        let finding = reader
            .finding(Code::CheckShape, span, message)
            .effect("the check is not read")
            .help(help);
        reader.push(finding);
        is_alone = false;
    }
    is_alone.then_some(kind)
}

fn described(kind: &str, is_map: bool) -> String {
    match kind {
        "forbid" | "require" if is_map => format!("{kind}: {{…}}"),
        "forbid" | "require" => format!("{kind}: '…'"),
        _ => kind.to_owned(),
    }
}

fn belongs(key: &str) -> &'static str {
    match key {
        "unless" => "`unless` excuses lines that `forbid: '…'` matches; a structural check says it in `when`",
        "needs" => "`needs` belongs to `changed`",
        _ => "`each`, `within` and `when` choose values for `forbid: {…}` or `require: {…}`",
    }
}

/// A check of text or of structure, as its value says.
fn content(reader: &mut FieldsReader, fields: &Fields, key: &str) -> Option<CheckKind> {
    let node = reader.value(fields, key)?;
    match &node.value {
        YamlValue::Text(text) => {
            let expression = expression(reader, node, text);
            let unless = match reader.text(fields, "unless") {
                Some((text, node)) => Some(self::expression(reader, node, text)?),
                None => None,
            };
            let verb = if key == "forbid" {
                TextVerb::Forbid
            } else {
                TextVerb::Require
            };
            Some(CheckKind::Text(TextCheck {
                verb,
                expression: expression?,
                unless,
            }))
        }
        YamlValue::Map(_) => {
            let demanded = conditions::conditions(reader, node, &format!("`{key}`"));
            let each = conditions::each(reader, fields);
            let when = optional(reader, fields, "when");
            let within = optional(reader, fields, "within");
            let demanded = demanded?;
            Some(CheckKind::Structure(StructureCheck {
                each: each?,
                when: when?,
                within: within?,
                demand: if key == "forbid" {
                    Demand::Forbid(demanded)
                } else {
                    Demand::Require(demanded)
                },
            }))
        }
        _ => {
            reader.wrong_type(
                node,
                &format!("`{key}`"),
                "an expression in quotes, or a map of paths and conditions",
            );
            None
        }
    }
}

fn optional(
    reader: &mut FieldsReader,
    fields: &Fields,
    key: &str,
) -> Option<Vec<lessonbook_checks::structure::PathCondition>> {
    if !fields.has(key) {
        return Some(Vec::new());
    }
    let node = reader.value(fields, key)?;
    conditions::conditions(reader, node, &format!("`{key}`"))
}

fn files(reader: &mut FieldsReader, fields: &Fields, key: &str, verb: FileVerb) -> Option<CheckKind> {
    let globs = some_globs(reader, fields, key)?;
    Some(CheckKind::File(FileCheck { verb, globs }))
}

fn change(reader: &mut FieldsReader, fields: &Fields, key: &str) -> Option<CheckKind> {
    let globs = some_globs(reader, fields, key);
    if key == "untouched" {
        return Some(CheckKind::Change(ChangeCheck::Untouched(globs?)));
    }
    reader.require(fields, "a check with `changed`", "needs");
    let needs = if fields.has("needs") {
        some_globs(reader, fields, "needs")
    } else {
        None
    };
    Some(CheckKind::Change(ChangeCheck::Needs {
        changed: globs?,
        needs: needs?,
    }))
}

/// Globs of a key that can't do without one.
fn some_globs(reader: &mut FieldsReader, fields: &Fields, key: &str) -> Option<Vec<String>> {
    let found = globs(reader, fields, key);
    if let Some(node) = fields.raw(key)
        && matches!(&node.value, YamlValue::List(items) if items.is_empty())
    {
        reader.wrong_type(node, &format!("`{key}`"), "at least one glob");
    }
    (!found.is_empty()).then_some(found)
}

fn globs(reader: &mut FieldsReader, fields: &Fields, key: &str) -> Vec<String> {
    let effect = "it would not be known which files the check is about";
    limits::paths(reader, fields, key, effect).unwrap_or_default()
}

fn examples(reader: &mut FieldsReader, fields: &Fields) -> (Vec<CheckExample>, Vec<Range<usize>>) {
    let (mut examples, mut spans) = (Vec::new(), Vec::new());
    if !fields.has("examples") {
        return (examples, spans);
    }
    let Some(node) = reader.value(fields, "examples") else {
        return (examples, spans);
    };
    let YamlValue::List(items) = &node.value else {
        reader.wrong_type(node, "`examples`", "a list");
        return (examples, spans);
    };
    for item in items {
        let Some(fields) = reader.map(item, "an example", &CHECK_EXAMPLE_KEYS) else {
            continue;
        };
        let bad = super::prose::example(reader, &fields, "bad");
        let good = super::prose::example(reader, &fields, "good");
        if bad.is_none() && good.is_none() {
            let finding = reader
                .finding(
                    Code::MissingField,
                    fields.span.clone(),
                    "an example has neither `bad` nor `good`",
                )
                .help("add `bad: …`, which the check must find");
            reader.push(finding);
        }
        let file = reader.text(&fields, "file").map(|(text, _)| one_line(text));
        examples.push(CheckExample { bad, good, file });
        spans.push(item.span.clone());
    }
    (examples, spans)
}
