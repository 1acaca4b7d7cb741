//! Which assistants a target's teams use, and which entry points those assistants load.
//!
//! Input: the table of entry points and a target's settings.
//! Output: the entry points that follow from `assistants`, and whether a target uses an assistant.
//! Not here: which of several files is chosen in a repository (`place` of the pipeline, `expect` of the proof).

use crate::entry_point::{Assistant, EntryPoint, EntryPointKind};
use crate::target::{EntryPointUse, Target};

/// The assistants that a store's teams use if `assistants` is not set.
pub const DEFAULT: [&str; 2] = ["copilot", "claude-code"];

/// The ids of the table's assistants without duplicates, in the table's order.
pub fn ids(rows: &[EntryPoint]) -> Vec<&str> {
    let mut ids: Vec<&str> = Vec::new();
    for program in rows.iter().flat_map(|row| &row.assistants) {
        if !ids.contains(&program.assistant.as_str()) {
            ids.push(&program.assistant);
        }
    }
    ids
}

/// The program that represents an assistant: the first one of the file that is made for it, otherwise the first in the table.
pub fn main_program<'r>(rows: &'r [EntryPoint], assistant: &str) -> Option<&'r str> {
    let own = rows.iter().filter(|row| row.made_for() == Some(assistant));
    let programs = own.chain(rows).flat_map(|row| &row.assistants);
    let mut programs = programs.filter(|program| program.assistant == assistant);
    programs.next().map(|program| program.name.as_str())
}

/// How an assistant's main program reads an entry point; `None` if it does not load it.
pub fn reads<'r>(rows: &'r [EntryPoint], assistant: &str, row: &'r EntryPoint) -> Option<&'r Assistant> {
    let name = main_program(rows, assistant)?;
    row.assistants.iter().find(|program| program.name == name)
}

/// The built-in entry points that follow from a list of assistants: every always-loaded file that one of them may load, their
/// families, and the reference.
pub fn follow(assistants: &[String], rows: &[EntryPoint]) -> Vec<EntryPointUse> {
    let belongs = |row: &&EntryPoint| match row.kind {
        EntryPointKind::Always => assistants.iter().any(|id| reads(rows, id, row).is_some()),
        EntryPointKind::Scoped => assistants.iter().any(|id| row.made_for() == Some(id)),
        EntryPointKind::Reference => row.name == "reference",
    };
    let rows = rows.iter().filter(|row| !row.own);
    let uses = rows.filter(belongs).map(|row| EntryPointUse {
        entry_point: row.name.clone(),
        if_exists: row.if_exists,
        follows: true,
    });
    uses.collect()
}

impl Target {
    /// Whether a target's teams use the assistant: it is in `assistants`, or a file that is made for it is in `use`.
    pub fn has_assistant(&self, rows: &[EntryPoint], assistant: &str) -> bool {
        let of_scopes = self.scopes.iter().flat_map(|scope| &scope.assistants);
        self.assistants.iter().chain(of_scopes).any(|id| id == assistant)
            || self.uses.iter().filter(|used| !used.follows).any(|used| {
                let mut rows = rows.iter().filter(|row| row.name == used.entry_point);
                rows.any(|row| row.made_for() == Some(assistant))
            })
    }

    /// Whether a target's teams use this program.
    pub fn has_program(&self, rows: &[EntryPoint], name: &str) -> bool {
        let mut programs = rows.iter().flat_map(|row| &row.assistants);
        programs.any(|program| program.name == name && self.has_assistant(rows, &program.assistant))
    }
}
