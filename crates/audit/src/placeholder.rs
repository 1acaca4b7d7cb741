//! Words that stand for something else: `NNN`, `name`, `my`.
//!
//! Input: a word. Output: whether a reader replaces it. Not here: paths and commands with such words.

/// Words that stand for something else.
const STANDS_FOR: &str = "abc bar baz dd example fake foo foobar id mm my n name new nn nnn nnnn other owner placeholder qux repo sample slug some thing \
user version whatever x xx xxx xxxx y your yyyy z";

/// `NNN`, `name`, `my`: a word to be replaced.
pub fn stands_for(word: &str) -> bool {
    let word = word.to_lowercase();
    STANDS_FOR.split_ascii_whitespace().any(|known| known == word)
}
