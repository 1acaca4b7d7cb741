//! An entry point that assistants can't read as text: another encoding on disk, or encrypted text.
//!
//! Input: a file as it is on disk, and git's attributes. Output: a finding. Not here: filters that are applied already, as in an unlocked
//! clone: assistants read what is on disk.

use super::VerifyInput;
use lessonbook_base::finding::{Code, Finding, Level, Location};
use lessonbook_base::git_rules;
use lessonbook_base::text;
use lessonbook_base::tree::Tree;
use lessonbook_store::EntryPoint;

/// Checks a file. A problem is an error if the file holds, or should hold, a block.
pub(super) fn unreadable(
    input: VerifyInput<'_>,
    row: &EntryPoint,
    path: &str,
    tree: &Tree,
) -> Option<Finding> {
    let bytes = tree.file(path)?;
    let encoding = git_rules::conversion(tree, path).encoding;
    let (code, message, help) = if let Some(tool) = git_rules::encrypted_by(bytes) {
        let message = format!("`{path}` is encrypted with {tool}");
        (
            Code::ContentFiltered,
            message,
            "unlock the clone before it is checked, or keep the file unencrypted",
        )
    } else if let Some(encoding) = encoding {
        let message = format!("`{path}` is {encoding} on disk (`working-tree-encoding` in .gitattributes)");
        (
            Code::NotText,
            message,
            "remove `working-tree-encoding` from this file in .gitattributes",
        )
    } else {
        let message = format!("`{path}` {}", text::not_text(bytes)?);
        (Code::NotText, message, "save it as UTF-8")
    };
    // In UTF-16 and UTF-32 each character of a marker has zeros next to it.
    let plain: Vec<u8> = bytes.iter().copied().filter(|byte| *byte != 0).collect();
    let mark = b"lessonbook:begin ";
    let holds = plain.windows(mark.len()).any(|window| window == mark);
    let level = if holds || input.expect.contains(&row.name) {
        Level::Error
    } else {
        Level::Warning
    };
    Some(Finding {
        level,
        ..Finding::new(code, message)
            .at(Location::file(path))
            .effect("assistants expect UTF-8 text, so they can't read the file")
            .help(help)
    })
}
