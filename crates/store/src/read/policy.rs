//! Reads the policies in `targets.yaml`: redundancy, budgets, proposals and limits.
//!
//! Input: nodes of `targets.yaml`. Output: values, with their defaults. Not here: the targets ([`super::targets`]).

use std::time::Duration;

use super::fields::{Fields, FieldsReader};
use super::limits;
use crate::entry_point::{EntryPoint, EntryPointKind, Scope};
use crate::lesson::Severity;
use crate::redundancy::{Detail, Redundancy};
use crate::settings::{OnDrift, Policy, Proposal};
use crate::target::EntryPointUse;
use crate::yaml::{YamlNode, YamlValue};
use lessonbook_base::finding::Code;

/// The keys of `proposal`.
pub const PROPOSAL_KEYS: [&str; 9] = [
    "title",
    "author",
    "labels",
    "reviewers",
    "team_reviewers",
    "assignees",
    "draft",
    "pace",
    "open_for",
];

/// The keys of `policy`.
pub const POLICY_KEYS: [&str; 11] = [
    "max_new_proposals",
    "max_new_proposals_per_hour",
    "max_files_per_target",
    "max_targets",
    "max_files",
    "max_changed_lines",
    "forbid_paths",
    "allow_paths",
    "max_added_lines",
    "hosts",
    "on_drift",
];

/// Sorts entry points in use into the table's order.
pub fn in_order(mut uses: Vec<EntryPointUse>, rows: &[EntryPoint]) -> Vec<EntryPointUse> {
    uses.sort_by_key(|entry| rows.iter().position(|row| row.name == entry.entry_point));
    uses
}

pub(super) fn unknown_row(reader: &mut FieldsReader, node: &YamlNode, name: &str, rows: &[EntryPoint]) {
    let names: Vec<&str> = rows.iter().map(|row| row.name.as_str()).collect();
    let mut finding = reader.finding(
        Code::UnknownEntryPoint,
        node.span.clone(),
        format!("there is no entry point `{name}`"),
    );
    finding = finding.effect("nothing would be written for it");
    finding = match crate::words::nearest(name, &names) {
        Some(meant) => finding.help(format!("did you mean `{meant}`?")),
        None => finding.help(format!("write one of {}", crate::words::listed(&names))),
    };
    reader.push(finding);
}

/// Reads a redundancy policy; values that are not set keep their default.
pub fn redundancy(
    reader: &mut FieldsReader,
    node: &YamlNode,
    rows: &[EntryPoint],
    default: &Redundancy,
) -> Redundancy {
    let mut table = default.clone();
    let severities = Severity::ALL.map(|severity| (severity.word(), severity));
    let details = Detail::ALL.map(|detail| (detail.word(), detail));
    if !matches!(node.value, YamlValue::Map(_)) {
        reader.wrong_type(node, "`redundancy`", "a map of severities");
        return table;
    }
    for (word, key, cells) in reader.entries(node) {
        let Some((_, severity)) = severities.iter().find(|(known, _)| *known == word) else {
            let names = severities.map(|(name, _)| name);
            reader.unknown_word(key, "a key of `redundancy`", Code::UnknownSeverity, &word, &names);
            continue;
        };
        if !matches!(cells.value, YamlValue::Map(_)) {
            reader.wrong_type(cells, &format!("`{word}`"), "a map, like { always: rule }");
            continue;
        }
        for (place, key, value) in reader.entries(cells) {
            let kind = [
                EntryPointKind::Always,
                EntryPointKind::Scoped,
                EntryPointKind::Reference,
            ]
            .iter()
            .any(|kind| kind.word() == place);
            if !kind && !rows.iter().any(|row| row.name == place) {
                unknown_row(reader, key, &place, rows);
                continue;
            }
            let what = format!("`{place}`");
            let Some(detail) = reader.as_word(value, &what, Code::UnknownValue, &details) else {
                continue;
            };
            if *severity == Severity::Critical && detail == Detail::None {
                let finding = reader
                    .finding(
                        Code::CriticalPlacedNowhere,
                        value.span.clone(),
                        format!("`{place}` can't be `none` for critical lessons"),
                    )
                    .effect("an assistant that loads only this entry point would not know critical lessons")
                    .help("write at least `rule`; to leave out one lesson at an entry point, write an exception with a reason");
                reader.push(finding);
                continue;
            }
            table.set(*severity, &place, detail);
        }
    }
    table
}

/// Reads `budget`: one value for all entry points that are always loaded, or a map by name or kind.
pub fn budgets(reader: &mut FieldsReader, node: &YamlNode, rows: &mut [EntryPoint]) {
    let scope = |row: &EntryPoint| {
        if row.kind == EntryPointKind::Scoped {
            Scope::Family
        } else {
            Scope::File
        }
    };
    let by_name = matches!(&node.value, YamlValue::Map(entries)
        if !entries.iter().any(|(key, _)| key.value == YamlValue::Text("count".into())));
    if !by_name {
        if let Some(budget) = super::size_limit::budget(reader, node, Scope::File) {
            for row in rows
                .iter_mut()
                .filter(|row| row.kind == EntryPointKind::Always && !row.own)
            {
                row.budget = budget;
            }
        }
        return;
    }
    // Kinds first, so that a name takes precedence in any order.
    let mut entries = reader.entries(node);
    entries.sort_by_key(|(name, ..)| rows.iter().any(|row| row.name == *name));
    for (name, key, value) in entries {
        let matches = |row: &EntryPoint| row.name == name || row.kind.word() == name;
        let Some(first) = rows.iter().find(|row| matches(row)) else {
            unknown_row(reader, key, &name, rows);
            continue;
        };
        if let Some(budget) = super::size_limit::budget(reader, value, scope(first)) {
            for row in rows.iter_mut().filter(|row| matches(row)) {
                row.budget = budget;
            }
        }
    }
}

/// Reads `proposal`.
pub fn proposal(reader: &mut FieldsReader, node: &YamlNode) -> Proposal {
    let default = Proposal::default();
    let Some(fields) = reader.map(node, "`proposal`", &PROPOSAL_KEYS) else {
        return default;
    };
    let severities = Severity::ALL.map(|severity| (severity.word(), severity));
    Proposal {
        title: reader.string(&fields, "title"),
        author: author(reader, &fields).unwrap_or(default.author),
        labels: reader.strings(&fields, "labels").unwrap_or_default(),
        reviewers: reader.strings(&fields, "reviewers").unwrap_or_default(),
        team_reviewers: reader.strings(&fields, "team_reviewers").unwrap_or_default(),
        assignees: reader.strings(&fields, "assignees").unwrap_or_default(),
        draft: reader.boolean(&fields, "draft").unwrap_or(default.draft),
        pace: pace(reader, &fields).unwrap_or(default.pace),
        open_for: reader
            .word(&fields, "open_for", Code::UnknownSeverity, &severities)
            .unwrap_or(default.open_for),
    }
}

/// `Name <mail>`, as git writes it.
fn author(reader: &mut FieldsReader, fields: &Fields) -> Option<(String, String)> {
    let (text, node) = reader.text(fields, "author")?;
    let parts = text
        .trim()
        .strip_suffix('>')
        .and_then(|text| text.split_once('<'))
        .map(|(name, mail)| (name.trim(), mail.trim()));
    if let Some((name, mail)) = parts
        && !name.is_empty()
        && mail.contains('@')
        && !format!("{name}{mail}").contains(['<', '>', '\n', '\0'])
    {
        return Some((name.to_owned(), mail.to_owned()));
    }
    let finding = reader
        .finding(
            Code::UnknownValue,
            node.span.clone(),
            "`author` must be a name and an e-mail address",
        )
        .help("write it like `Lessonbook <lessonbook@example.com>`");
    reader.push(finding);
    None
}

/// `1s`, `500ms`, `2m`.
fn pace(reader: &mut FieldsReader, fields: &Fields) -> Option<Duration> {
    let (text, node) = reader.text(fields, "pace")?;
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (count, unit) = text.split_at(digits);
    let count: Option<u64> = count.parse().ok();
    let pace = match (count, unit.trim()) {
        (Some(count), "ms") => Some(Duration::from_millis(count)),
        (Some(count), "s") => Some(Duration::from_secs(count)),
        (Some(count), "m") => count.checked_mul(60).map(Duration::from_secs),
        _ => None,
    };
    if pace.is_none() {
        let finding = reader
            .finding(
                Code::UnknownValue,
                node.span.clone(),
                format!("`pace` can't be `{text}`"),
            )
            .help("write it like 1s, 500ms or 2m");
        reader.push(finding);
    }
    pace
}

/// Reads `policy`.
pub fn policy(reader: &mut FieldsReader, node: &YamlNode) -> Policy {
    let default = Policy::default();
    let Some(fields) = reader.map(node, "`policy`", &POLICY_KEYS) else {
        return default;
    };
    Policy {
        max_new_proposals: reader
            .count(&fields, "max_new_proposals")
            .unwrap_or(default.max_new_proposals),
        max_new_proposals_per_hour: reader.count(&fields, "max_new_proposals_per_hour"),
        max_files_per_target: reader
            .count(&fields, "max_files_per_target")
            .unwrap_or(default.max_files_per_target),
        path_policy: limits::path_policy(reader, &fields),
        bounds: limits::bounds(reader, &fields),
        hosts: reader.strings(&fields, "hosts").unwrap_or_default(),
        on_drift: reader
            .word(&fields, "on_drift", Code::UnknownValue, &OnDrift::WORDS)
            .unwrap_or(default.on_drift),
    }
}
