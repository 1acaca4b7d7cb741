//! Which assistants a target's teams use, and which of the table's files those load.
//!
//! Input: the table and a target's settings. Output: the entry points that follow from `assistants`, and whether a reader counts.
//! Not here: which of several files is chosen in a repository (`place` of the pipeline, `expect` of the proof).

use crate::entry_point::{Assistant, EntryPoint, EntryPointKind};
use crate::target::{EntryPointUse, Target};

/// The assistants that a store's teams use where `assistants` is not written.
pub const DEFAULT: [&str; 2] = ["copilot", "claude-code"];

/// The ids of the table's assistants, each once, in the table's order.
pub fn ids(rows: &[EntryPoint]) -> Vec<&str> {
    let mut ids: Vec<&str> = Vec::new();
    for reader in rows.iter().flat_map(|row| &row.assistants) {
        if !ids.contains(&reader.assistant.as_str()) {
            ids.push(&reader.assistant);
        }
    }
    ids
}

/// The program that stands for an assistant: the first one of the file that is made for it, else the first of the table.
pub fn main_program<'r>(rows: &'r [EntryPoint], assistant: &str) -> Option<&'r str> {
    let own = rows.iter().filter(|row| row.made_for() == Some(assistant));
    let assistants = own.chain(rows).flat_map(|row| &row.assistants);
    let mut assistants = assistants.filter(|reader| reader.assistant == assistant);
    assistants.next().map(|reader| reader.name.as_str())
}

/// How an assistant's main program reads an entry point; none where it does not load it.
pub fn reads<'r>(rows: &'r [EntryPoint], assistant: &str, row: &'r EntryPoint) -> Option<&'r Assistant> {
    let program = main_program(rows, assistant)?;
    row.assistants.iter().find(|reader| reader.name == program)
}

/// The built-in entry points that follow from a list of assistants: every always-loaded file that may be theirs, their families,
/// and the reference.
pub fn follow(assistants: &[String], rows: &[EntryPoint]) -> Vec<EntryPointUse> {
    let theirs = |row: &&EntryPoint| match row.kind {
        EntryPointKind::Always => assistants.iter().any(|id| reads(rows, id, row).is_some()),
        EntryPointKind::Scoped => assistants.iter().any(|id| row.made_for() == Some(id)),
        EntryPointKind::Reference => row.name == "reference",
    };
    let rows = rows.iter().filter(|row| !row.own);
    let uses = rows.filter(theirs).map(|row| EntryPointUse {
        entry_point: row.name.clone(),
        if_exists: false,
        follows: true,
    });
    uses.collect()
}

impl Target {
    /// Whether a target's teams use the assistant: it is in `assistants`, or a file that is made for it is named in `use`.
    pub fn has_assistant(&self, rows: &[EntryPoint], assistant: &str) -> bool {
        self.assistants.iter().any(|id| id == assistant)
            || self.uses.iter().filter(|used| !used.follows).any(|used| {
                let mut rows = rows.iter().filter(|row| row.name == used.entry_point);
                rows.any(|row| row.made_for() == Some(assistant))
            })
    }

    /// Whether they use this program.
    pub fn has_program(&self, rows: &[EntryPoint], name: &str) -> bool {
        let mut assistants = rows.iter().flat_map(|row| &row.assistants);
        assistants.any(|reader| reader.name == name && self.has_assistant(rows, &reader.assistant))
    }
}
