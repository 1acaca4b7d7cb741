//! Whether a text contains one of several words: a cheap test before an expensive search.
//!
//! Input: the words. Output: a value that tests texts in one pass. Not here: what the words mean (`pipe_to_shell`, `instruction_override`).

use aho_corasick::AhoCorasick;

/// Words in lower case, compiled for a search in one pass.
pub(super) struct AnyOf {
    /// None if the words could not be compiled: then every text has to be searched.
    compiled: Option<AhoCorasick>,
}

impl AnyOf {
    pub fn new(words: &[&str]) -> Self {
        AnyOf {
            compiled: AhoCorasick::builder()
                .ascii_case_insensitive(true)
                .build(words)
                .ok(),
        }
    }

    /// Whether the text contains one of the words, in upper or lower case.
    pub fn is_match(&self, text: &str) -> bool {
        self.compiled
            .as_ref()
            .is_none_or(|compiled| compiled.is_match(text))
    }
}
