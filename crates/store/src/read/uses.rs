//! Reads `assistants` and `use` of `targets.yaml`, for the store and for a target.
//!
//! Input: nodes of the file. Output: ids of assistants, and the entry points that may be in use.
//! Not here: which of them are in use in a repository.

use super::fields::FieldsReader;
use super::policy::unknown_row;
use crate::assistants::ids;
use crate::entry_point::EntryPoint;
use crate::target::EntryPointUse;
use crate::words::{listed, nearest};
use crate::yaml::YamlNode;
use lessonbook_base::finding::Code;

/// A list of changes: plain names replace the previous list, `+name` and `-name` change it.
#[derive(Debug, Clone)]
pub struct Changes<T> {
    relative: bool,
    /// Each entry, and whether it is added or removed.
    entries: Vec<(bool, T)>,
}

impl<T: Clone> Changes<T> {
    /// No change.
    pub fn none() -> Self {
        Changes {
            relative: true,
            entries: Vec::new(),
        }
    }

    /// Whether they replace the previous list.
    pub fn replaces(&self) -> bool {
        !self.relative
    }

    /// The list after the changes.
    pub fn apply(&self, before: &[T], same: impl Fn(&T, &T) -> bool) -> Vec<T> {
        let mut after = if self.relative {
            before.to_vec()
        } else {
            Vec::new()
        };
        for (add, entry) in &self.entries {
            after.retain(|other| !same(other, entry));
            if *add {
                after.push(entry.clone());
            }
        }
        after
    }
}

/// Reads a list whose entries may have signs. `known` returns the meaning of an entry, or reports it.
fn changes<T>(
    reader: &mut FieldsReader,
    node: &YamlNode,
    what: &str,
    mut known: impl FnMut(&mut FieldsReader, &YamlNode, &str) -> Option<T>,
) -> Changes<T> {
    let written = reader.as_texts(node, what).unwrap_or_default();
    let signed = |text: &str| text.starts_with(['+', '-']);
    let relative = written.iter().any(|(text, _)| signed(text));
    let mut entries = Vec::new();
    for (text, item) in written {
        if signed(text) != relative {
            let finding = reader
                .finding(
                    Code::UnknownValue,
                    item.span.clone(),
                    format!("`{text}` is mixed with entries of the other form"),
                )
                .help("write + or - before every entry, or before none");
            reader.push(finding);
            continue;
        }
        let name = text.strip_prefix(['+', '-']).unwrap_or(text);
        if let Some(entry) = known(reader, item, name) {
            entries.push((!text.starts_with('-'), entry));
        }
    }
    Changes { relative, entries }
}

/// Reads `use`.
pub fn uses(reader: &mut FieldsReader, node: &YamlNode, rows: &[EntryPoint]) -> Changes<EntryPointUse> {
    changes(reader, node, "`use`", |reader, item, text| {
        let (name, if_exists) = match text.strip_suffix('?') {
            Some(name) => (name, true),
            None => (text, false),
        };
        if !rows.iter().any(|row| row.name == name) {
            unknown_row(reader, item, name, rows);
            return None;
        }
        Some(EntryPointUse {
            entry_point: name.to_owned(),
            if_exists,
            follows: false,
        })
    })
}

/// Reads `assistants`.
pub fn assistants(reader: &mut FieldsReader, node: &YamlNode, rows: &[EntryPoint]) -> Changes<String> {
    changes(reader, node, "`assistants`", |reader, item, text| {
        let known = ids(rows);
        if known.contains(&text) {
            return Some(text.to_owned());
        }
        let mut programs = rows.iter().flat_map(|row| &row.assistants);
        let meant = programs
            .find(|program| program.name.eq_ignore_ascii_case(text))
            .map(|program| program.assistant.as_str())
            .or_else(|| nearest(text, &known));
        let help = match meant {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => format!("write one of {}", listed(&known)),
        };
        let finding = reader
            .finding(
                Code::UnknownAssistant,
                item.span.clone(),
                format!("there is no assistant `{text}`"),
            )
            .effect("no file would be written for it")
            .help(help);
        reader.push(finding);
        None
    })
}

/// Whether two uses are of the same entry point, no matter how they are written.
pub fn same_row(a: &EntryPointUse, b: &EntryPointUse) -> bool {
    a.entry_point == b.entry_point
}
