//! One text, several Unicode spellings: `ö` is one character, or `o` and a sign above it. Git and assistants compare bytes.
//!
//! Input: globs and paths. Output: a glob's other spellings, and a text in the composed form. Not here: what follows where a path
//! is in none of these spellings (`store/normal_form`).

use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization as _;

/// The texts, then those of their composed and decomposed forms that are not among them.
pub(super) fn spellings(texts: &[String]) -> Vec<String> {
    let mut all = texts.to_vec();
    for text in texts.iter().filter(|text| !text.is_ascii()) {
        for other in [text.nfc().collect::<String>(), text.nfd().collect()] {
            if !all.contains(&other) {
                all.push(other);
            }
        }
    }
    all
}

/// The composed form (NFC), in which texts that look the same are the same.
pub fn composed(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(text.nfc().collect())
    }
}
