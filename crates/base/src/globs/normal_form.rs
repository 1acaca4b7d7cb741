//! Unicode normal forms of globs: `ö` is one character, or `o` and a combining mark. Git and assistants compare bytes.
//!
//! Input: globs and paths. Output: a glob in its other normal forms, and a text in the composed form.
//! Not here: the finding for a path in a mixed form (`store/normal_form`).

use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization as _;

/// The texts, followed by their composed and decomposed forms, without duplicates.
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

/// The composed form (NFC), in which texts that look the same are equal.
pub fn composed(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(text.nfc().collect())
    }
}
