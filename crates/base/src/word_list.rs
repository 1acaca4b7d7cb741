//! Words that are looked up often.
//!
//! Input: the words as one text. Output: whether a word is one of them. Not here: the lists, which are beside what they decide.

use std::sync::OnceLock;

/// A list of words, sorted at the first use.
pub struct WordList {
    text: &'static str,
    sorted: OnceLock<Vec<&'static str>>,
}

impl WordList {
    /// The words of a text, with white space between them.
    pub const fn new(text: &'static str) -> Self {
        WordList {
            text,
            sorted: OnceLock::new(),
        }
    }

    /// Whether a word is in the list.
    pub fn has(&self, word: &str) -> bool {
        let sorted = self.sorted.get_or_init(|| {
            let mut words: Vec<&str> = self.text.split_ascii_whitespace().collect();
            words.sort_unstable();
            words
        });
        sorted.binary_search(&word).is_ok()
    }
}
