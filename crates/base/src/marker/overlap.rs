//! Finds damaged markers, overlapping blocks and blocks inside a fence, from every mention of a marker in a file.
//!
//! Input: a file's bytes, the mentions in them, and the block that `scan` found. Output: the store's blocks in the file.
//! Not here: finding mentions (`disguise`) and pairing markers (`scan`).

use super::disguise::{self, Mention};
use super::scan;
use super::{Block, BlocksInFile, begin, content_hash, end};
use crate::front_matter;
use crate::markdown::{self, VisibleText, VisibleToken};

/// A file and the mentions of markers in it.
pub(super) struct MarkedFile<'b> {
    bytes: &'b [u8],
    name: &'b str,
    /// The file after front matter and byte order mark.
    text: String,
    offset: usize,
    page: VisibleText,
    mentions: Vec<(Mention, Marker)>,
}

/// What kind of text a mention is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Marker {
    /// A line exactly as we write it, outside fences.
    AsWritten,
    /// A damaged marker.
    Damaged,
    /// Text about a marker, or an example.
    Text,
}

impl<'b> MarkedFile<'b> {
    pub fn new(bytes: &'b [u8], name: &'b str, mentions: Vec<Mention>) -> Self {
        let bom = if bytes.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
        let first = mentions.first().map_or(0, |mention| mention.range.start);
        let front = front_matter::split(bytes).map(|front| front.range.end);
        let offset = front.filter(|&end| end <= first).unwrap_or(bom);
        let text = disguise::same_length(&bytes[offset..]);
        let page = markdown::outline(&text);
        let judge = |mention: Mention| {
            let start = mention.range.start.saturating_sub(offset);
            let marker = if scan::is_marker(bytes, mention.range.start, &mention.name) {
                // In an example, a marker may have any form.
                if disguise::in_fence(start, &text, &page) {
                    Marker::Text
                } else {
                    Marker::AsWritten
                }
            } else if disguise::is_damaged(&mention, &text, &page, offset) {
                Marker::Damaged
            } else {
                Marker::Text
            };
            (mention, marker)
        };
        MarkedFile {
            mentions: mentions.into_iter().map(judge).collect(),
            bytes,
            name,
            text,
            offset,
            page,
        }
    }

    /// The result if `scan` found no block.
    pub fn nothing(&self) -> BlocksInFile {
        let damaged: Vec<&Mention> = self.damaged().collect();
        if !damaged.is_empty() {
            return self.unusable(&damaged, None);
        }
        match scan::fenced(self.bytes, self.name) {
            Some(block) if self.is_real(&block) => BlocksInFile::Swallowed {
                by: self.opening_line(&block),
            },
            _ => BlocksInFile::Nothing,
        }
    }

    /// The result if `scan` found a block.
    pub fn block(&self, block: Block) -> BlocksInFile {
        if let Some(found) = self.overlap(&block) {
            return found;
        }
        // An unedited block is valid, even if an older version wrote a lesson with marker text into it.
        let inside = |mention: &&Mention| block.inner.contains(&mention.range.start);
        let mut damaged: Vec<&Mention> = self.damaged().collect();
        if damaged.iter().any(inside) && self.is_unedited(&block) {
            damaged.retain(|mention| !inside(mention));
        }
        if damaged.is_empty() {
            return BlocksInFile::Block(block);
        }
        let is_copy = !damaged.iter().any(inside);
        self.unusable(&damaged, is_copy.then_some(&block))
    }

    fn damaged(&self) -> impl Iterator<Item = &Mention> {
        let all = self.mentions.iter();
        all.filter(|(mention, marker)| {
            *marker == Marker::Damaged && (mention.name == self.name || mention.name.is_empty())
        })
        .map(|(mention, _)| mention)
    }

    /// Another store's block in ours, or ours in another's.
    fn overlap(&self, block: &Block) -> Option<BlocksInFile> {
        let others = || {
            let all = self.mentions.iter();
            all.filter(|(mention, marker)| {
                *marker != Marker::Text && mention.name != self.name && !mention.name.is_empty()
            })
        };
        let inside = others().find(|(mention, marker)| {
            block.inner.contains(&mention.range.start)
                && (*marker == Marker::AsWritten || !self.is_unedited(block))
        });
        let around = || {
            others().map(|(mention, _)| mention).find(|other| {
                let same = || {
                    others()
                        .map(|(mention, _)| mention)
                        .filter(|m| m.name == other.name)
                };
                let above = same().rfind(|mention| mention.range.start < block.range.start);
                let below = same().find(|mention| mention.range.start >= block.range.end);
                above.is_some_and(|mention| mention.is_begin)
                    && below.is_some_and(|mention| !mention.is_begin)
            })
        };
        let other = inside.map(|(mention, _)| mention).or_else(around)?;
        let theirs = &other.name;
        Some(BlocksInFile::Unbalanced {
            why: format!(
                "the block of `{theirs}` and the block of `{}` overlap, and Lessonbook does not remove text of another store",
                self.name
            ),
            line: self.line(other.range.start),
            help: format!(
                "put the two blocks one after the other, each between its own begin and end line; or remove the block of `{theirs}`"
            ),
        })
    }

    fn unusable(&self, damaged: &[&Mention], intact: Option<&Block>) -> BlocksInFile {
        let name = self.name;
        let lines: Vec<usize> = damaged
            .iter()
            .map(|mention| self.line(mention.range.start))
            .collect();
        let line = lines.first().copied().unwrap_or(1);
        let mut others: Vec<String> = lines
            .iter()
            .filter(|other| **other != line)
            .map(usize::to_string)
            .collect();
        others.dedup();
        let also = match others.len() {
            0 => String::new(),
            1 => format!("; line {} is damaged, too", others[0]),
            _ => format!("; lines {} are damaged, too", others.join(", ")),
        };
        let mention = "if the line only mentions a marker, put the marker into backticks within a sentence";
        let help = if let Some(block) = intact {
            format!(
                "delete this copy with its lessons (the block in line {} remains); {mention}",
                self.line(block.range.start)
            )
        } else {
            let hash = damaged.iter().find_map(|mention| mention.hash.as_deref());
            format!(
                "write `{}` above the block and `{}` below it again, each alone on its line and at the first column; or delete the \
                 block with both lines, and the next run adds it again; {mention}",
                begin(name, hash.unwrap_or("000000000000")),
                end(name)
            )
        };
        BlocksInFile::Unbalanced {
            why: format!("a marker of `{name}` is damaged: its line is not as Lessonbook wrote it{also}"),
            line,
            help,
        }
    }

    /// Whether a pair in a fence is our block and not an example: its hash matches, or it contains a lesson's id with its severity.
    fn is_real(&self, block: &Block) -> bool {
        const SEVERITIES: [&str; 4] = ["critical", "high", "medium", "low"];
        let signed = || {
            let inner = String::from_utf8_lossy(&self.bytes[block.inner.clone()]);
            let page = markdown::read(&inner);
            page.units.iter().any(|unit| {
                unit.tokens.windows(3).any(|tokens| match tokens {
                    [
                        VisibleToken::Code(_),
                        VisibleToken::Word(comma),
                        VisibleToken::Word(word),
                    ] if comma == "," => {
                        SEVERITIES.contains(&word.trim_end_matches(|c: char| !c.is_alphanumeric()))
                    }
                    _ => false,
                })
            })
        };
        self.is_unedited(block) || signed()
    }

    fn is_unedited(&self, block: &Block) -> bool {
        let inner = String::from_utf8_lossy(&self.bytes[block.inner.clone()]);
        content_hash(&[], &inner) == block.hash
            || front_matter::split(self.bytes)
                .is_some_and(|front| content_hash(&front.entries, &inner) == block.hash)
    }

    /// The line that opens the fence around a block.
    fn opening_line(&self, block: &Block) -> usize {
        let at = block.range.start.saturating_sub(self.offset);
        let around = self.page.units.iter().find(|unit| unit.range.contains(&at));
        let start = around.map_or(at, |unit| unit.range.start);
        self.line(start.min(self.text.len()) + self.offset)
    }

    /// The line of a byte, from 1.
    fn line(&self, at: usize) -> usize {
        1 + scan::line_endings(&self.bytes[..at.min(self.bytes.len())])
    }
}
