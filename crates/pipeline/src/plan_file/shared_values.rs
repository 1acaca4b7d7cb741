//! What many targets of a saved plan have in common. Each value is stored once, and a target lists its number.
//!
//! Input: values of plans, or numbers as they were read. Output: [`SharedValues`] and the numbers, or the values. Not here: which
//! values a target has (`document`), and the contents of files (`contents`).
//!
//! Five hundred targets of the same sixty lessons differ in little. Without this, their plan is three times as large.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::coverage::PlacementList;
use crate::changes::LessonChange;
use crate::merge::WrittenFile;
use lessonbook_proof::{Invariant, PlacementKind};

/// The values, numbered from 0.
#[derive(Deserialize, Serialize)]
pub(super) struct SharedValues<'a> {
    /// Changes of lessons.
    pub lessons: Vec<Cow<'a, LessonChange>>,
    /// Files of ours.
    pub files: Vec<Cow<'a, WrittenFile>>,
    /// Changes of files.
    pub edits: Vec<StoredEdit<'a>>,
    /// Invariants.
    pub invariants: Vec<Cow<'a, Invariant>>,
    /// Messages of commits.
    pub messages: Vec<Cow<'a, str>>,
    /// Kinds of placements.
    pub kinds: Vec<PlacementKind>,
    /// For each lesson the numbers of its kinds of placements.
    pub placements: Vec<PlacementList>,
}

/// A change of a file, with references to its contents.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
pub(super) struct StoredEdit<'a> {
    pub path: Cow<'a, str>,
    pub before: Option<StoredState<'a>>,
    pub after: Option<StoredState<'a>>,
}

/// A file before or after a change.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
pub(super) struct StoredState<'a> {
    /// Git's octal mode.
    pub mode: Cow<'a, str>,
    /// The content's SHA-256.
    pub content: Cow<'a, str>,
}

/// Numbers values in the order of their first occurrence.
pub(super) struct Numbering<T>(BTreeMap<T, u32>);

impl<T> Default for Numbering<T> {
    fn default() -> Self {
        Numbering(BTreeMap::new())
    }
}

impl<T: Ord> Numbering<T> {
    /// The number of a value.
    pub fn number(&mut self, value: T) -> u32 {
        let next = u32::try_from(self.0.len()).unwrap_or(u32::MAX);
        *self.0.entry(value).or_insert(next)
    }

    /// The numbers of several values.
    pub fn numbers(&mut self, values: impl IntoIterator<Item = T>) -> Vec<u32> {
        values.into_iter().map(|value| self.number(value)).collect()
    }

    /// The values in the order of their numbers.
    pub fn into_values(self) -> Vec<T> {
        let mut values: Vec<(T, u32)> = self.0.into_iter().collect();
        values.sort_by_key(|(_, number)| *number);
        values.into_iter().map(|(value, _)| value).collect()
    }
}

/// The most bytes that the values of all targets may need together, counted without sharing. A file of a few megabytes could otherwise
/// list one large value again and again.
const MOST_BYTES: usize = 1 << 30;

/// Looks values up by their numbers, and counts what they need.
pub(super) struct ValueReader {
    left: usize,
}

impl Default for ValueReader {
    fn default() -> Self {
        ValueReader { left: MOST_BYTES }
    }
}

impl ValueReader {
    /// The value with a number. `what` names its kind; `size` estimates its bytes.
    pub fn value<'v, T>(
        &mut self,
        what: &str,
        values: &'v [T],
        number: u32,
        size: impl Fn(&T) -> usize,
    ) -> Result<&'v T, String> {
        let at = usize::try_from(number).ok();
        let value = at
            .and_then(|at| values.get(at))
            .ok_or_else(|| format!("it refers to {what} {number}, which does not exist"))?;
        self.take(size(value))?;
        Ok(value)
    }

    /// Counts bytes.
    pub fn take(&mut self, bytes: usize) -> Result<(), String> {
        self.left = self.left.checked_sub(bytes).ok_or_else(|| {
            format!(
                "its targets repeat values of more than {} MiB",
                MOST_BYTES / (1024 * 1024)
            )
        })?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_numbered_once_and_found_by_number() {
        let mut numbering = Numbering::default();
        assert_eq!(numbering.numbers(["b", "a", "b"]), [0, 1, 0]);
        assert_eq!(numbering.into_values(), ["b", "a"]);
        let mut reader = ValueReader::default();
        assert_eq!(reader.value("word", &["b", "a"], 1, |_| 1), Ok(&"a"));
        assert!(reader.value("word", &["b", "a"], 2, |_| 1).is_err());
    }

    #[test]
    fn a_large_value_that_is_repeated_without_end_is_refused() {
        let mut reader = ValueReader::default();
        let read = (0..2000).try_for_each(|_| {
            let value = reader.value("text", &["long"], 0, |_| 1_000_000);
            value.map(drop)
        });
        let why = "its targets repeat values of more than 1024 MiB";
        assert_eq!(read, Err(why.to_owned()));
    }
}
