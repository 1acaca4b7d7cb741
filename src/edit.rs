//! One file's before and after.
//!
//! Comes in: the bytes that a repository holds and the bytes that we propose. Goes out: counts and a unified diff.
//! Leaves to others: why the edit is made (`pipeline/`) and how it is written (`repository/`).

use crate::tree::{Mode, Tree};

/// A file as it stands on one side of an edit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileState {
    /// How git stores it.
    pub mode: Mode,
    /// The whole content.
    pub bytes: Vec<u8>,
}

/// A change of one file. `before: None` creates it, `after: None` deletes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// Relative path with `/`.
    pub path: String,
    /// What the base commit holds; applying the edit to anything else is refused.
    pub before: Option<FileState>,
    /// What we propose.
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
            format!("a/{}", self.path)
        } else {
            "/dev/null".into()
        };
        let new = if self.after.is_some() {
            format!("b/{}", self.path)
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
        format!("diff --git a/{0} b/{0}\n{mode}{body}", self.path)
    }

    fn texts(&self) -> (std::borrow::Cow<'_, str>, std::borrow::Cow<'_, str>) {
        fn text(side: Option<&FileState>) -> std::borrow::Cow<'_, str> {
            side.map_or_else(|| "".into(), |state| String::from_utf8_lossy(&state.bytes))
        }
        (text(self.before.as_ref()), text(self.after.as_ref()))
    }
}

// Here and not beside the other methods of `Tree`, so that `tree.rs` knows nothing of edits.
impl Tree {
    /// This tree after the edits: what a reader finds once the proposal is merged.
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
