//! Reads the parts of `targets.yaml` for GitHub: `discover`, `acknowledge` and `report`.
//!
//! Input: nodes of `targets.yaml`. Output: values, with their defaults.
//! Not here: requests to GitHub, and whether an acknowledged target exists (`store::lint`).

use super::exception_fields::required_text;
use super::fields::FieldsReader;
use crate::Store;
use crate::settings::{Acknowledge, Discover, FAILING, ReportSettings};
use crate::source_map::SourceMark;
use crate::yaml::{YamlNode, YamlValue};
use lessonbook_base::finding::Code;

/// The keys of an entry of `discover`.
pub const DISCOVER_KEYS: [&str; 8] = [
    "organization",
    "user",
    "topics",
    "properties",
    "include",
    "exclude",
    "forks",
    "tags",
];

/// The keys of an entry of `acknowledge`.
pub const ACKNOWLEDGE_KEYS: [&str; 4] = ["target", "state", "reason", "until"];

/// The keys of `report`.
pub const REPORT_KEYS: [&str; 1] = ["issue"];

/// Reads `discover`.
pub fn discover(reader: &mut FieldsReader, node: &YamlNode) -> Vec<Discover> {
    const WHAT: &str = "an entry of `discover`";
    let YamlValue::List(items) = &node.value else {
        reader.wrong_type(node, "`discover`", "a list");
        return Vec::new();
    };
    let mut found = Vec::new();
    for item in items {
        let Some(fields) = reader.map(item, WHAT, &DISCOVER_KEYS) else {
            continue;
        };
        let is_user = fields.has("user");
        if !is_user {
            reader.require(&fields, WHAT, "organization");
        } else if let Some(node) = fields.raw("organization") {
            let finding = reader
                .finding(
                    Code::UnknownValue,
                    node.span.clone(),
                    "an entry can't have both `organization` and `user`",
                )
                .help("write one entry for each");
            reader.push(finding);
        }
        let login = if is_user { "user" } else { "organization" };
        let mut entry = Discover {
            organization: reader.string(&fields, login).unwrap_or_default(),
            is_user,
            topics: reader.strings(&fields, "topics").unwrap_or_default(),
            include: reader.strings(&fields, "include").unwrap_or_default(),
            exclude: reader.strings(&fields, "exclude").unwrap_or_default(),
            forks: reader.boolean(&fields, "forks").unwrap_or_default(),
            tags: reader.strings(&fields, "tags").unwrap_or_default(),
            ..Discover::default()
        };
        if let Some(node) = reader.value(&fields, "properties") {
            if !matches!(node.value, YamlValue::Map(_)) {
                reader.wrong_type(node, "`properties`", "a map");
            }
            for (name, _, value) in reader.entries(node) {
                if let Some(text) = reader.as_text(value, &format!("`{name}`")) {
                    entry.properties.insert(name, text.to_owned());
                }
            }
        }
        found.push(entry);
    }
    found
}

/// Reads `acknowledge`.
pub fn acknowledge(reader: &mut FieldsReader, node: &YamlNode, store: &mut Store, today: jiff::civil::Date) {
    const WHAT: &str = "an entry of `acknowledge`";
    let YamlValue::List(items) = &node.value else {
        reader.wrong_type(node, "`acknowledge`", "a list");
        return;
    };
    let states = FAILING.map(|state| (state, state));
    for item in items {
        let Some(fields) = reader.map(item, WHAT, &ACKNOWLEDGE_KEYS) else {
            continue;
        };
        reader.require(&fields, WHAT, "target");
        reader.require(&fields, WHAT, "state");
        let reason = required_text(reader, &fields, "the acknowledgement", "reason", "why");
        let state = reader.word(&fields, "state", Code::UnknownValue, &states);
        let until = reader.date(&fields, "until");
        if let Some(day) = until
            && day < today
            && let Some(node) = fields.raw("until")
        {
            let finding = reader
                .finding(
                    Code::AcknowledgePast,
                    node.span.clone(),
                    format!("the acknowledgement ended on {day}"),
                )
                .effect("the failure makes runs fail again")
                .help("fix the failure, set a later day, or remove the acknowledgement");
            reader.push(finding);
        }
        let target = reader
            .string(&fields, "target")
            .filter(|target| !target.is_empty());
        let (Some(target), Some(state)) = (target, state) else {
            continue;
        };
        if let Some(node) = fields.raw("target") {
            let number = store.acknowledge.len().to_string();
            let file = &reader.source.file;
            store
                .places
                .mark(SourceMark::Acknowledge, &number, "", file, node.span.clone());
        }
        store.acknowledge.push(Acknowledge {
            target,
            state: state.to_owned(),
            reason: reason.unwrap_or_default(),
            until,
        });
    }
}

/// Reads `report`.
pub fn report(reader: &mut FieldsReader, node: &YamlNode) -> ReportSettings {
    let Some(fields) = reader.map(node, "`report`", &REPORT_KEYS) else {
        return ReportSettings::default();
    };
    ReportSettings {
        issue: reader.boolean(&fields, "issue").unwrap_or_default(),
    }
}
