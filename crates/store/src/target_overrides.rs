//! The settings of a target in its own `.github/lessonbook.yaml`.
//!
//! Input: the file's bytes and today's date.
//! Output: [`TargetOverrides`], from which follow a hold and exceptions for that target.
//! Not here: reading the file (`repository/`), and the effect of a hold (`pipeline/lifecycle`).
//!
//! All findings are warnings: people who can write that file can't be expected to know the store's rules, so no mistake in it stops a
//! plan.

use jiff::civil::Date;

use super::read::fields::{Fields, FieldsReader};
use super::yaml::{self, YamlNode, YamlValue};
use super::{Exception, Severity, Store, Target};
use crate::words::one_line;
use lessonbook_base::finding::{Code, Finding, Level};

/// The file with a target's own settings.
pub const FILE: &str = ".github/lessonbook.yaml";

/// The keys of the file.
pub const KEYS: [&str; 2] = ["hold", "decline"];

/// The keys of `hold`.
pub const HOLD_KEYS: [&str; 2] = ["reason", "until"];

/// The keys of an entry of `decline`.
pub const DECLINE_KEYS: [&str; 2] = ["lesson", "reason"];

/// The requests of a target.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TargetOverrides {
    /// Nothing should be proposed for now.
    pub hold: Option<Hold>,
    /// Lessons that it does not want.
    pub decline: Vec<Decline>,
}

/// A request that nothing is proposed for now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hold {
    /// Why.
    pub reason: String,
    /// The last day; `None` if it applies until it is removed.
    pub until: Option<Date>,
}

impl Hold {
    /// The reason and the day, in one clause.
    pub fn clause(&self) -> String {
        match self.until {
            Some(day) => format!("{} (until {day})", self.reason),
            None => self.reason.clone(),
        }
    }
}

/// A lesson that a target does not want.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decline {
    /// The lesson's id.
    pub lesson: String,
    /// Why.
    pub reason: String,
}

/// Reads the file. A hold whose day has passed no longer applies, and is reported.
pub fn read(bytes: &[u8], today: Date) -> (TargetOverrides, Vec<Finding>) {
    let mut overrides = TargetOverrides::default();
    // An empty file contains no request.
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return (overrides, Vec::new());
    }
    let (read, mut findings) = yaml::parse(FILE, bytes);
    if let Some((source, root)) = read {
        let mut reader = FieldsReader::new(&source);
        if let Some(fields) = reader.map(&root, FILE, &KEYS) {
            overrides.hold = hold(&mut reader, &fields, today);
            overrides.decline = decline(&mut reader, &fields);
        }
        findings.extend(reader.findings);
    }
    for finding in &mut findings {
        if finding.is_error() {
            (finding.code, finding.level) = (Code::WishUnclear, Level::Warning);
        }
        finding.fix = None; // the file belongs to another repository
    }
    (overrides, findings)
}

impl TargetOverrides {
    /// Grants the requests that are allowed: lessons below critical become exceptions for this target. Reports the others.
    pub fn grant(&self, store: &Store, target: &mut Target) -> Vec<Finding> {
        let mut findings = Vec::new();
        for request in &self.decline {
            let refused = |message: String, help: &str| {
                Finding::new(Code::WishRefused, message)
                    .target(&target.name)
                    .lesson(&request.lesson)
                    .help(help)
            };
            match store.lesson(&request.lesson) {
                None => findings.push(refused(
                    format!("it declines `{}`, which is not in the store", request.lesson),
                    "ask the repository's owners to remove it from `.github/lessonbook.yaml`",
                )),
                Some(lesson) if lesson.severity == Severity::Critical => findings.push(
                    refused(
                        format!(
                            "it declines `{}`, which is critical, so the request is refused ({})",
                            request.lesson, request.reason
                        ),
                        "write an exception in targets.yaml if you agree, or explain to the repository's owners why not",
                    )
                    .effect("the lesson is placed there anyway"),
                ),
                Some(lesson) => target.declined.push(Exception {
                    lesson: lesson.id.clone(),
                    target: target.name.clone(),
                    entry_point: None,
                    accepts: None,
                    reason: request.reason.clone(),
                    by: "the repository itself".to_owned(),
                    until: None,
                }),
            }
        }
        findings
    }
}

fn hold(reader: &mut FieldsReader, fields: &Fields, today: Date) -> Option<Hold> {
    let node = reader.value(fields, "hold")?;
    let fields = reader.map(node, "`hold`", &HOLD_KEYS)?;
    let until = reader.date(&fields, "until");
    let reason = reason(reader, &fields, "`hold`");
    if let Some(day) = until
        && day < today
    {
        let finding = reader
            .finding(
                Code::WishPast,
                fields.span.clone(),
                format!("it holds until {day}, which has passed"),
            )
            .help("ask the repository's owners to remove `hold`");
        reader.push(finding);
        return None;
    }
    Some(Hold { reason, until })
}

fn decline(reader: &mut FieldsReader, fields: &Fields) -> Vec<Decline> {
    let Some(node) = reader.value(fields, "decline") else {
        return Vec::new();
    };
    let YamlValue::List(items) = &node.value else {
        reader.wrong_type(node, "`decline`", "a list");
        return Vec::new();
    };
    items.iter().filter_map(|item| declined(reader, item)).collect()
}

fn declined(reader: &mut FieldsReader, item: &YamlNode) -> Option<Decline> {
    const WHAT: &str = "an entry of `decline`";
    let fields = reader.map(item, WHAT, &DECLINE_KEYS)?;
    reader.require(&fields, WHAT, "lesson");
    // A reason is required, so that people can decide later whether it still applies.
    let reason = reason(reader, &fields, WHAT);
    let lesson = reader.string(&fields, "lesson")?;
    (!reason.is_empty()).then_some(Decline { lesson, reason })
}

/// The reason, on one line of at most 200 characters, because reports show it.
fn reason(reader: &mut FieldsReader, fields: &Fields, what: &str) -> String {
    reader.require(fields, what, "reason");
    let text = reader.string(fields, "reason").unwrap_or_default();
    one_line(&text).chars().take(200).collect()
}
