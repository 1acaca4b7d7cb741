//! A change of one file: its content before and after.
//!
//! Input: the bytes in a repository and the bytes that we propose. Output: counts of lines and a unified diff.
//! Not here: the reason for the edit (`pipeline/`) and how it is written (`repository/`).

use serde::Serialize;
use serde::ser::{SerializeStruct, Serializer};

use crate::shared::SharedBytes;
use crate::text_diff;
use crate::tree::{Mode, Tree};

/// A file before or after an edit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileState {
    /// Its mode in git.
    pub mode: Mode,
    /// The whole content.
    pub bytes: SharedBytes,
}

/// Serialized as the mode in octal digits and the SHA-256 of the content, which is the content's key in a saved plan.
impl Serialize for FileState {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut state = serializer.serialize_struct("FileState", 2)?;
        state.serialize_field("mode", self.mode.octal())?;
        state.serialize_field("content", self.bytes.sha256())?;
        state.end()
    }
}

/// A change of one file. `before: None` creates it, `after: None` deletes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Edit {
    /// Relative path with `/`.
    pub path: String,
    /// The file in the base commit; the edit is refused for any other content.
    pub before: Option<FileState>,
    /// The file that we propose.
    pub after: Option<FileState>,
}

impl Edit {
    /// Lines added and removed, as `git diff --numstat` counts them.
    pub fn counts(&self) -> (usize, usize) {
        let (before, after) = self.lines();
        let (removed, added) = text_diff::changed_items(&before, &after);
        (added.len(), removed.len())
    }

    /// A unified diff with git's headers; invalid UTF-8 is shown with replacement characters.
    pub fn unified(&self) -> String {
        let (before, after) = self.lines();
        let old = if self.before.is_some() {
            quoted(&format!("a/{}", self.path))
        } else {
            "/dev/null".into()
        };
        let new = if self.after.is_some() {
            quoted(&format!("b/{}", self.path))
        } else {
            "/dev/null".into()
        };
        let mode = match (&self.before, &self.after) {
            (None, Some(state)) => format!("new file mode {}\n", state.mode.octal()),
            (Some(state), None) => format!("deleted file mode {}\n", state.mode.octal()),
            _ => String::new(),
        };
        let hunks = text_diff::hunks(&before, &after);
        let header = if hunks.is_empty() {
            String::new()
        } else {
            format!("--- {old}\n+++ {new}\n")
        };
        let (a, b) = (format!("a/{}", self.path), format!("b/{}", self.path));
        format!("diff --git {} {}\n{mode}{header}{hunks}", quoted(&a), quoted(&b))
    }

    /// The lines before and after, each with its end of line.
    fn lines(&self) -> (Vec<&[u8]>, Vec<&[u8]>) {
        fn lines(state: Option<&FileState>) -> Vec<&[u8]> {
            let bytes = state.map_or(&b""[..], |state| &state.bytes);
            bytes.split_inclusive(|byte| *byte == b'\n').collect()
        }
        (lines(self.before.as_ref()), lines(self.after.as_ref()))
    }
}

/// A path as git writes it in a diff: in quotes if it contains a character that could end the line or the quotes.
fn quoted(path: &str) -> String {
    if !path.contains(|c: char| c.is_control() || matches!(c, '"' | '\\')) {
        return path.to_owned();
    }
    let mut out = String::from("\"");
    for c in path.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '"' | '\\' => out.extend(['\\', c]),
            c if c.is_control() => {
                let mut bytes = [0; 4];
                for byte in c.encode_utf8(&mut bytes).bytes() {
                    out.push_str(&format!("\\{byte:03o}"));
                }
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

// This method is here so that `tree.rs` does not depend on edits.
impl Tree {
    /// This tree after the edits, which is what assistants find once the proposal is merged.
    #[must_use]
    pub fn with(&self, edits: &[Edit]) -> Tree {
        let mut after = self.clone();
        for edit in edits {
            match &edit.after {
                Some(state) => after.load(&edit.path, state.mode, state.bytes.clone()),
                None => after.remove(&edit.path),
            }
        }
        after
    }
}
