//! Numbers for values that many targets have, and the values for these numbers.
//!
//! Input: values, or numbers. Output: the other one. Not here: which values are numbered (`shared_values`).

use std::collections::BTreeMap;

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
