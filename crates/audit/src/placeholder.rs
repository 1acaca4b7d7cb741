//! Placeholders in code spans: `NNN`, `name`, `my`.
//!
//! Input: a word. Output: whether it is a placeholder. Not here: paths and commands with such words.

use lessonbook_base::word_list::WordList;

static PLACEHOLDERS: WordList = WordList::new(
    "abc bar baz dd example fake foo foobar id mm my n name new nn nnn nnnn other owner placeholder qux repo sample slug some thing \
user version whatever x xx xxx xxxx y your yyyy z",
);

/// Whether a reader replaces a word, in upper or lower case.
pub fn is_placeholder(word: &str) -> bool {
    PLACEHOLDERS.has(&word.to_lowercase())
}
