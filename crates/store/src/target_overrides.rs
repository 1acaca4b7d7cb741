//! What a target says for itself, in its own `.github/lessonbook.yaml`.
//!
//! Input: the file's bytes and today's date. Output: [`TargetOverrides`], and what they come to: a reason to wait, and exceptions for
//! that target alone. Not here: reading the file (`repository/`), and what waiting means (`pipeline/lifecycle`).
//! Nothing in that file stops a plan: whoever may write there is not asked for the store's rules. So all findings are warnings.

use jiff::civil::Date;

use super::read::fields::{Fields, FieldsReader, one_line};
use super::yaml::{self, YamlNode, YamlValue};
use super::{Exception, Severity, Store, Target};
use lessonbook_base::finding::{Code, Finding, Level};

/// Where a target says what it wants.
pub const FILE: &str = ".github/lessonbook.yaml";

/// The keys of the file.
pub const KEYS: [&str; 2] = ["hold", "decline"];

/// The keys of `hold`.
pub const HOLD_KEYS: [&str; 2] = ["reason", "until"];

/// The keys of an entry of `decline`.
pub const DECLINE_KEYS: [&str; 2] = ["lesson", "reason"];

/// What a target wants.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TargetOverrides {
    /// To be left alone for now.
    pub hold: Option<Hold>,
    /// Lessons that it does not want.
    pub decline: Vec<Decline>,
}

/// To be left alone for now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hold {
    /// Why.
    pub reason: String,
    /// To the end of which day; none: until it is taken out.
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

/// Reads the file. A hold whose day has passed holds no more, and a finding says so.
pub fn read(bytes: &[u8], today: Date) -> (TargetOverrides, Vec<Finding>) {
    let mut wishes = TargetOverrides::default();
    // An empty file wants nothing.
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return (wishes, Vec::new());
    }
    let (read, mut findings) = yaml::parse(FILE, bytes);
    if let Some((source, root)) = read {
        let mut reader = FieldsReader::new(&source);
        if let Some(fields) = reader.map(&root, FILE, &KEYS) {
            wishes.hold = hold(&mut reader, &fields, today);
            wishes.decline = decline(&mut reader, &fields);
        }
        findings.extend(reader.findings);
    }
    for finding in &mut findings {
        if finding.is_error() {
            (finding.code, finding.level) = (Code::WishUnclear, Level::Warning);
        }
        finding.fix = None; // the file is another repository's
    }
    (wishes, findings)
}

impl TargetOverrides {
    /// Grants what may be granted: lessons below critical become exceptions of this target alone. Says what is not.
    pub fn grant(&self, store: &Store, target: &mut Target) -> Vec<Finding> {
        let mut findings = Vec::new();
        for wish in &self.decline {
            let refused = |message: String, help: &str| {
                Finding::new(Code::WishRefused, message)
                    .target(&target.name)
                    .lesson(&wish.lesson)
                    .help(help)
            };
            match store.lesson(&wish.lesson) {
                None => findings.push(refused(
                    format!("asked to leave out `{}`, which the store does not know", wish.lesson),
                    "tell the repository's owners to take it out of `.github/lessonbook.yaml`",
                )),
                Some(lesson) if lesson.severity == Severity::Critical => findings.push(
                    refused(
                        format!(
                            "asked to leave out `{}`, which is critical: asked, not granted ({})",
                            wish.lesson, wish.reason
                        ),
                        "write an exception in targets.yaml if you agree, or tell the repository's owners why not",
                    )
                    .effect("the lesson is placed there all the same"),
                ),
                Some(lesson) => target.declined.push(Exception {
                    lesson: lesson.id.clone(),
                    target: target.name.clone(),
                    entry_point: None,
                    accepts: None,
                    reason: wish.reason.clone(),
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
                format!("it asks to wait until {day}, which has passed"),
            )
            .help("tell the repository's owners to take `hold` out");
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
    // Without a reason nothing is declined: somebody has to be able to ask later whether it still holds.
    let reason = reason(reader, &fields, WHAT);
    let lesson = reader.string(&fields, "lesson")?;
    (!reason.is_empty()).then_some(Decline { lesson, reason })
}

/// Why, on one line of at most 200 characters: it is shown in reports.
fn reason(reader: &mut FieldsReader, fields: &Fields, what: &str) -> String {
    reader.require(fields, what, "reason");
    let text = reader.string(fields, "reason").unwrap_or_default();
    one_line(&text).chars().take(200).collect()
}
