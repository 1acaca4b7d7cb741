//! A change of one file: its content before and after.
//!
//! Input: the bytes in a repository and the bytes that we propose. Output: counts of lines and a unified diff.
//! Not here: the reason for the edit (`pipeline/`) and how it is written (`repository/`).

use serde::Serialize;
use serde::ser::{SerializeStruct, Serializer};

use crate::shared::SharedBytes;
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
        let (before, after) = self.texts();
        let diff = similar::TextDiff::from_lines(before.as_ref(), after.as_ref());
        diff.iter_all_changes()
            .fold((0, 0), |(added, removed), change| match change.tag() {
                similar::ChangeTag::Insert => (added + 1, removed),
                similar::ChangeTag::Delete => (added, removed + 1),
                similar::ChangeTag::Equal => (added, removed),
            })
    }

    /// A unified diff with git's headers; invalid UTF-8 is shown with replacement characters.
    pub fn unified(&self) -> String {
        let (before, after) = self.texts();
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
        let body = similar::TextDiff::from_lines(before.as_ref(), after.as_ref())
            .unified_diff()
            .context_radius(3)
            .header(&old, &new)
            .to_string();
        let (a, b) = (format!("a/{}", self.path), format!("b/{}", self.path));
        format!("diff --git {} {}\n{mode}{body}", quoted(&a), quoted(&b))
    }

    fn texts(&self) -> (std::borrow::Cow<'_, str>, std::borrow::Cow<'_, str>) {
        fn text(state: Option<&FileState>) -> std::borrow::Cow<'_, str> {
            state.map_or_else(|| "".into(), |state| String::from_utf8_lossy(&state.bytes))
        }
        (text(self.before.as_ref()), text(self.after.as_ref()))
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

/// The lines of a text, counted from 0, that contain a word which the other text lacks. Differences in layout do not count: lines
/// that were wrapped differently or moved, and the characters of bullets and emphasis.
pub fn lost_lines(before: &str, after: &str) -> Vec<usize> {
    let lines: Vec<&str> = before.lines().map(str::trim).collect();
    let kept: std::collections::BTreeSet<&str> = after.lines().map(str::trim).collect();
    let missing: Vec<usize> = (0..lines.len())
        .filter(|at| !lines[*at].is_empty() && !kept.contains(lines[*at]))
        .collect();
    let (old, new) = (words(before), words(after));
    let (old_words, new_words): (Vec<&str>, Vec<&str>) = (
        old.iter().map(|word| word.1).collect(),
        new.iter().map(|word| word.1).collect(),
    );
    let ops = similar::capture_diff_slices(similar::Algorithm::Myers, &old_words, &new_words);
    let mut with_changed_words = std::collections::BTreeSet::new();
    for op in ops.iter().filter(|op| op.tag() != similar::DiffTag::Equal) {
        with_changed_words.extend(old[op.old_range()].iter().map(|(line, _)| *line));
    }
    if old_words == new_words {
        // Only white space differs, which has a meaning in code.
        let (old, new): (Vec<&str>, Vec<&str>) = (before.lines().collect(), after.lines().collect());
        let changed = similar::capture_diff_slices(similar::Algorithm::Myers, &old, &new);
        let changed = changed.iter().filter(|op| op.tag() != similar::DiffTag::Equal);
        return changed
            .flat_map(similar::DiffOp::old_range)
            .filter(|at| !lines[*at].is_empty())
            .collect();
    }
    missing
        .into_iter()
        .filter(|at| with_changed_words.contains(at))
        .collect()
}

/// Words with their line numbers, without the characters of bullets and emphasis.
fn words(text: &str) -> Vec<(usize, &str)> {
    let lines = text.lines().enumerate();
    let words = lines.flat_map(|(line, text)| text.split_whitespace().map(move |word| (line, word)));
    let bare = words.map(|(line, word)| (line, word.trim_matches(['*', '_'])));
    bare.filter(|(_, word)| !matches!(*word, "" | "-" | "+"))
        .collect()
}

/// The lines of `before` that `after` lacks, and the lines of `after` that are new, each by number from 0.
pub fn changed_lines(before: &[&[u8]], after: &[&[u8]]) -> (Vec<usize>, Vec<usize>) {
    let operations = similar::capture_diff_slices(similar::Algorithm::Myers, before, after);
    let changed = || {
        operations
            .iter()
            .filter(|operation| operation.tag() != similar::DiffTag::Equal)
    };
    let removed = changed().flat_map(similar::DiffOp::old_range);
    (
        removed.collect(),
        changed().flat_map(similar::DiffOp::new_range).collect(),
    )
}

/// All lines of both texts in the order in which a diff shows them; an unchanged line occurs once.
pub fn interleaved<'a>(before: &[&'a [u8]], after: &[&'a [u8]]) -> Vec<&'a [u8]> {
    let operations = similar::capture_diff_slices(similar::Algorithm::Myers, before, after);
    let changes = operations
        .iter()
        .flat_map(|operation| operation.iter_changes(before, after));
    changes.map(|change| change.value()).collect()
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
