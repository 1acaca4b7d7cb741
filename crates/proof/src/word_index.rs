//! The words of a block, visible or not, indexed so that many lessons can be looked up.
//!
//! Input: a block's text and units. Output: whether the block holds some words, and which units end in a word. Not here: what
//! follows from that (`read`).

use std::collections::BTreeMap;

use super::wording::{bare_words, words_from_the_end};
use lessonbook_base::markdown::TextUnit;

/// The words between our markers, indexed.
#[derive(Debug, Clone)]
pub(super) struct WordIndex {
    /// All words, without punctuation.
    words: String,
    /// One bit for every eight bytes of the words. Most texts that are not in the block contain eight bytes whose bit is not set.
    eights: Vec<u64>,
    /// The units of our block by their last word.
    pub ends: BTreeMap<String, Vec<usize>>,
}

impl WordIndex {
    /// Indexes a block: its text, and the units of the page that are in it.
    pub fn new<'u>(block: &str, units: impl Iterator<Item = (usize, &'u TextUnit)>) -> Self {
        let words = bare_words(block);
        let mut eights = vec![0; words.len().next_power_of_two().max(8) / 8];
        for window in words.as_bytes().windows(8) {
            let (at, bit) = bit_of(window, eights.len());
            eights[at] |= bit;
        }
        let mut ends: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (at, unit) in units {
            if let Some(last) = words_from_the_end(&unit.tokens).next() {
                ends.entry(last.to_owned()).or_default().push(at);
            }
        }
        WordIndex { words, eights, ends }
    }

    /// Whether the block holds these words, which have no punctuation.
    pub fn contains(&self, text: &str) -> bool {
        let known = |window: &[u8]| {
            let (at, bit) = bit_of(window, self.eights.len());
            self.eights[at] & bit != 0
        };
        text.as_bytes().windows(8).all(known) && self.words.contains(text)
    }
}

/// The position of the bit for eight bytes; `numbers`, the length of the bit set, is a power of two.
fn bit_of(window: &[u8], numbers: usize) -> (usize, u64) {
    let value = window
        .iter()
        .fold(0, |value: u64, byte| value << 8 | u64::from(*byte));
    let mixed = value.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 24;
    let at = usize::try_from(mixed >> 6).unwrap_or(0) & (numbers - 1);
    (at, 1 << (mixed & 63))
}
