//! Reads `scopes` of a target.
//!
//! Input: a map of folders. Output: [`TargetScope`]s. Not here: whether the folders exist, and which lessons concern them.

use std::ops::Range;

use super::fields::FieldsReader;
use super::uses;
use crate::assistants::follow;
use crate::entry_point::EntryPoint;
use crate::folder::{in_folder, is_within};
use crate::scope::file_prefix;
use crate::target::{EntryPointUse, Target, TargetScope};
use crate::words::one_line;
use crate::yaml::{YamlNode, YamlValue};
use lessonbook_base::finding::{Code, Finding};
use lessonbook_base::globs::Glob;

/// The keys of a scope's long form.
pub const SCOPE_KEYS: [&str; 3] = ["tags", "assistants", "enabled"];

/// Tags, and where they are written.
pub(super) type WrittenTags = Vec<(String, Range<usize>)>;

/// What a folder with a mistake means.
const EFFECT: &str = "the folder gets no lessons of its own";

/// Reads the scopes of a target whose own settings are known, and notes where their tags are written. The second list has the folders of
/// those that are disabled.
pub(super) fn scopes(
    reader: &mut FieldsReader,
    node: &YamlNode,
    target: &Target,
    rows: &[EntryPoint],
    tags: &mut WrittenTags,
) -> (Vec<TargetScope>, Vec<String>) {
    if !matches!(node.value, YamlValue::Map(_)) {
        reader.wrong_type(
            node,
            "`scopes`",
            "a map of folders (`services/billing: [python]`)",
        );
        return (Vec::new(), Vec::new());
    }
    let mut all: Vec<(TargetScope, bool)> = Vec::new();
    for (folder, key, value) in reader.entries(node) {
        if is_folder(reader, &folder, key, rows) && is_distinct(reader, &folder, key, &all) {
            all.extend(scope(reader, folder, value, target, rows, tags));
        }
    }
    all.sort_by(|(a, _), (b, _)| a.folder.cmp(&b.folder));
    let (enabled, disabled): (Vec<_>, Vec<_>) = all.into_iter().partition(|(_, enabled)| *enabled);
    (
        enabled.into_iter().map(|(scope, _)| scope).collect(),
        disabled.into_iter().map(|(scope, _)| scope.folder).collect(),
    )
}

/// A scope, and whether it is enabled.
fn scope(
    reader: &mut FieldsReader,
    folder: String,
    node: &YamlNode,
    target: &Target,
    rows: &[EntryPoint],
    known: &mut WrittenTags,
) -> Option<(TargetScope, bool)> {
    let mut assistants = target.assistants.clone();
    let mut enabled = true;
    let written = match &node.value {
        YamlValue::List(_) => reader.as_texts(node, "a scope")?,
        YamlValue::Map(_) => {
            let fields = reader.map(node, "a scope", &SCOPE_KEYS)?;
            if let Some(node) = reader.value(&fields, "assistants") {
                assistants = uses::assistants(reader, node, rows).apply(&assistants, |a, b| a == b);
            }
            enabled = reader.boolean(&fields, "enabled").unwrap_or(true);
            reader.texts(&fields, "tags").unwrap_or_default()
        }
        _ => {
            reader.wrong_type(node, "a scope", "a list of tags or a map (`[]` for no tags)");
            return None;
        }
    };
    let mut tags: Vec<String> = Vec::new();
    for (tag, item) in written {
        let tag = one_line(tag);
        if !tag.is_empty() && !tags.contains(&tag) {
            known.push((tag.clone(), item.span.clone()));
            tags.push(tag);
        }
    }
    let scope = TargetScope {
        folder,
        uses: scope_uses(target, &assistants, rows),
        tags,
        assistants,
    };
    Some((scope, enabled))
}

/// The entry points that follow from a scope's assistants. One that the target leaves out is left out here, too, unless only the
/// scope's assistants need it.
fn scope_uses(target: &Target, assistants: &[String], rows: &[EntryPoint]) -> Vec<EntryPointUse> {
    let ours = follow(&target.assistants, rows);
    let mut uses = follow(assistants, rows);
    uses.retain(|used| {
        let same = |other: &EntryPointUse| other.entry_point == used.entry_point;
        target.uses.iter().any(same) || !ours.iter().any(same)
    });
    uses
}

/// Reports a text that is not the path of a folder as git writes it, or a folder that holds instruction files.
fn is_folder(reader: &mut FieldsReader, folder: &str, key: &YamlNode, rows: &[EntryPoint]) -> bool {
    let parts: Vec<&str> = folder.split('/').collect();
    let trimmed = folder.trim_start_matches("./").trim_matches('/');
    let is_reserved = |row: &EntryPoint| {
        let place = match row.family() {
            Some((place, _)) => place,
            None => row.path.rsplit_once('/').map_or("", |(place, _)| place),
        };
        !place.is_empty() && !row.own && place.starts_with('.') && {
            let top = place.split('/').next().unwrap_or_default();
            is_within(folder, top)
        }
    };
    let (message, help) = if parts.contains(&"..") {
        (
            format!("the scope `{folder}` leaves the repository"),
            "write the folder relative to the repository's top folder".to_owned(),
        )
    } else if trimmed != folder || parts.iter().any(|part| matches!(*part, "" | ".")) {
        let plain: Vec<&str> = parts
            .iter()
            .copied()
            .filter(|part| !matches!(*part, "" | "."))
            .collect();
        (
            format!("the scope `{folder}` is not a folder as git writes it"),
            match plain.as_slice() {
                [] => "tags for the whole repository belong in the target's own `tags`".to_owned(),
                plain => format!("write `{}`", plain.join("/")),
            },
        )
    } else if folder.contains(['*', '?', '[', ']', '{', '}', '!', '\\']) {
        (
            format!("the scope `{folder}` is a pattern, not one folder"),
            "list each folder, or give lessons `paths`".to_owned(),
        )
    } else if let Err(problem) = Glob::parse(&in_folder(folder, "**")) {
        (
            format!(
                "the scope `{folder}` can't be part of a glob: {}",
                problem.message
            ),
            "assistants could not find out for which files the lessons are; use another folder".to_owned(),
        )
    } else if parts[0] == ".git" || rows.iter().any(is_reserved) {
        (
            format!("the scope `{folder}` is a folder for instruction files"),
            "choose a folder of source files".to_owned(),
        )
    } else {
        return true;
    };
    let finding = bad_scope(reader, key, message).help(help);
    reader.push(finding);
    false
}

/// Reports a scope that is the same as another one, on some file system or in the names of its files.
fn is_distinct(
    reader: &mut FieldsReader,
    folder: &str,
    key: &YamlNode,
    known: &[(TargetScope, bool)],
) -> bool {
    let prefix = file_prefix(folder).to_lowercase();
    let mut others = known.iter().map(|(scope, _)| scope);
    let Some(other) = others.find(|scope| file_prefix(&scope.folder).to_lowercase() == prefix) else {
        return true;
    };
    let message = format!("the scopes `{}` and `{folder}` would share files", other.folder);
    let finding = bad_scope(reader, key, message).help("keep one of them, with the tags of both");
    reader.push(finding);
    false
}

fn bad_scope(reader: &mut FieldsReader, key: &YamlNode, message: String) -> Finding {
    reader
        .finding(Code::BadScope, key.span.clone(), message)
        .effect(EFFECT)
}
