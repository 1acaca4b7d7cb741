//! Finds the block of a store in a file.
//!
//! Input: a file's bytes. Output: the store's blocks in it. Not here: Markdown's grammar (`markdown`).

use std::ops::Range;

use super::overlap::MarkedFile;
use super::{Block, BlocksInFile, disguise};
use crate::front_matter;
use crate::markdown::{self, VisibleText};

/// The most markers that a file may have. Real files show a few examples at most; the text above every marker is read, so this bounds
/// the work.
const MAX_MARKERS: usize = 64;

/// The blocks of one store in a file. Damaged markers, overlapping blocks and blocks inside a fence make the file unusable.
pub(super) fn find(bytes: &[u8], name: &str) -> BlocksInFile {
    let found = as_written(bytes, name);
    let mentions = disguise::mentions(bytes);
    if mentions.is_empty() || !matches!(found, BlocksInFile::Nothing | BlocksInFile::Block(_)) {
        return found;
    }
    // Nearly every file with a block names no marker but the block's own two: nothing can be damaged or overlap.
    if let BlocksInFile::Block(block) = &found
        && let [first, last] = &mentions[..]
        && (block.range.start..block.inner.start).contains(&first.range.start)
        && (block.inner.end..block.range.end).contains(&last.range.start)
    {
        return found;
    }
    let file = MarkedFile::new(bytes, name, mentions);
    match found {
        BlocksInFile::Block(block) => file.block(block),
        _ => file.nothing(),
    }
}

/// The same, but only from lines that are exactly as we write them.
fn as_written(bytes: &[u8], name: &str) -> BlocksInFile {
    let bom = if bytes.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
    let markers = markers(bytes, bom, name);
    let Some(first) = markers.first() else {
        return BlocksInFile::Nothing;
    };
    if let Some(marker) = markers.get(MAX_MARKERS) {
        let why = format!("the file contains more than {MAX_MARKERS} markers of this store");
        return unbalanced(marker, &why);
    }
    // A file that begins with a `---` line may contain another one far below: text with our marker in it is not front matter.
    let front = front_matter::split(bytes).map(|front| front.range.end);
    let body = front.filter(|&end| end <= first.range.start).unwrap_or(bom);
    let mut scan = Scan {
        bytes,
        body,
        markers: &markers,
        block: None,
    };
    match scan.run() {
        Err(verdict) => verdict,
        Ok(()) => scan.block.map_or(BlocksInFile::Nothing, BlocksInFile::Block),
    }
}

pub(super) fn names(bytes: &[u8]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    let body = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    for line in body.split(|byte| matches!(byte, b'\n' | b'\r')) {
        let Some(rest) = line.strip_prefix(b"<!-- lessonbook:") else {
            continue;
        };
        let rest = String::from_utf8_lossy(rest);
        let mut words = rest.split_ascii_whitespace();
        if let (Some("begin" | "end"), Some(name)) = (words.next(), words.next())
            && !names.iter().any(|known| known == name)
            && kind(line, name).is_some()
        {
            names.push(name.to_owned());
        }
    }
    for mention in disguise::mentions(bytes) {
        if !mention.name.is_empty() && !names.contains(&mention.name) {
            names.push(mention.name);
        }
    }
    names
}

/// A pair of markers in a fence that the text around it closes.
pub(super) fn fenced(bytes: &[u8], name: &str) -> Option<Block> {
    match as_written(bytes, name) {
        BlocksInFile::Nothing => first_pair(bytes, name),
        _ => None,
    }
}

fn first_pair(bytes: &[u8], name: &str) -> Option<Block> {
    let bom = if bytes.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
    let markers = markers(bytes, bom, name);
    markers.windows(2).find_map(|pair| match pair {
        [begin, end] => match (&begin.kind, &end.kind) {
            (MarkerKind::Begin(Some(hash)), MarkerKind::End) => Some(Block {
                range: begin.range.start..end.range.end,
                inner: begin.range.end..end.range.start,
                hash: hash.clone(),
            }),
            _ => None,
        },
        _ => None,
    })
}

/// A line that reads like one of our markers, anywhere in the file.
struct MarkerLine {
    /// The line with its ending.
    range: Range<usize>,
    /// The line's number, from 1.
    line: usize,
    kind: MarkerKind,
}

enum MarkerKind {
    /// With its hash, if that is valid.
    Begin(Option<String>),
    End,
}

/// All lines that read like our markers.
fn markers(bytes: &[u8], start: usize, name: &str) -> Vec<MarkerLine> {
    let mut markers = Vec::new();
    let mut at = start;
    let mut line = 1;
    while at < bytes.len() {
        let length = bytes[at..].iter().position(|byte| matches!(byte, b'\n' | b'\r'));
        let text = &bytes[at..at + length.unwrap_or(bytes.len() - at)];
        let ending = match bytes[at + text.len()..] {
            [b'\r', b'\n', ..] => 2,
            [] => 0,
            _ => 1,
        };
        let end = at + text.len() + ending;
        if let Some(kind) = kind(text, name) {
            markers.push(MarkerLine {
                range: at..end,
                line,
                kind,
            });
        }
        at = end;
        line += 1;
    }
    markers
}

/// Whether the line that contains a byte is a marker of this store exactly as we write it.
pub(super) fn is_marker(bytes: &[u8], at: usize, name: &str) -> bool {
    let ends = |byte: &u8| matches!(byte, b'\n' | b'\r');
    let bom = if bytes.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
    let start = bytes[..at].iter().rposition(ends).map_or(bom, |end| end + 1);
    let end = bytes[at..]
        .iter()
        .position(ends)
        .map_or(bytes.len(), |end| at + end);
    kind(&bytes[start..end], name).is_some()
}

fn kind(line: &[u8], name: &str) -> Option<MarkerKind> {
    let line = line.strip_prefix(b"<!-- lessonbook:")?;
    let line = std::str::from_utf8(line).ok()?;
    let inside = line.trim_end_matches([' ', '\t']).strip_suffix("-->")?;
    // With a second comment on the line, the marker is not alone.
    if inside.contains("-->") {
        return None;
    }
    let mut words = inside.split_ascii_whitespace();
    let (verb, named) = (words.next()?, words.next()?);
    if named != name {
        return None;
    }
    let rest: Vec<&str> = words.collect();
    match (verb, &rest[..]) {
        ("begin", [hash]) if is_hash(hash) => Some(MarkerKind::Begin(Some((*hash).to_owned()))),
        ("begin", _) => Some(MarkerKind::Begin(None)),
        ("end", _) => Some(MarkerKind::End),
        _ => None,
    }
}

fn is_hash(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

struct Scan<'t> {
    bytes: &'t [u8],
    /// Where front matter and BOM end.
    body: usize,
    markers: &'t [MarkerLine],
    block: Option<Block>,
}

impl Scan<'_> {
    /// Visits the markers in order; an error is the result for the whole file.
    fn run(&mut self) -> Result<(), BlocksInFile> {
        let mut rest = self.markers;
        while let Some((marker, behind)) = rest.split_first() {
            let opening = open_at_end(&self.bytes[self.body..marker.range.start]);
            rest = match (&marker.kind, opening) {
                (MarkerKind::Begin(hash), None) => self.pair(marker, hash.as_ref(), behind)?,
                (MarkerKind::End, None) => {
                    return Err(unbalanced(marker, "an end marker has no begin marker before it"));
                }
                (MarkerKind::Begin(Some(_)), Some(opening)) => match behind.split_first() {
                    Some((end, behind)) if matches!(end.kind, MarkerKind::End) => {
                        if self.is_swallowed(marker, end, &opening) {
                            let by = 1 + line_endings(&self.bytes[..self.body]) + opening.lines;
                            return Err(BlocksInFile::Swallowed { by });
                        }
                        behind
                    }
                    _ => behind,
                },
                // A begin line without its `-->` opens such a comment, and this line closes it.
                (MarkerKind::End, Some(opening)) if opening.kind == OpeningKind::Comment => {
                    let why = "the end marker is inside a comment that is opened above it and not closed";
                    return Err(unbalanced(marker, why));
                }
                // The marker belongs to an example.
                (_, Some(_)) => behind,
            };
        }
        Ok(())
    }

    /// Stores the block that begins here; returns the markers after it.
    fn pair<'m>(
        &mut self,
        begin: &MarkerLine,
        hash: Option<&String>,
        behind: &'m [MarkerLine],
    ) -> Result<&'m [MarkerLine], BlocksInFile> {
        let Some(hash) = hash else {
            let why = "a begin marker has no hash of 12 hexadecimal digits";
            return Err(unbalanced(begin, why));
        };
        let start = begin.range.end;
        let mut hidden_end = None;
        for (at, marker) in behind.iter().enumerate() {
            // Examples in our own block may contain markers.
            if open_at_end(&self.bytes[start..marker.range.start]).is_some() {
                hidden_end =
                    hidden_end.or(Some(marker).filter(|marker| matches!(marker.kind, MarkerKind::End)));
                continue;
            }
            if matches!(marker.kind, MarkerKind::Begin(_)) {
                let why = "a begin marker is inside the block that begins above it";
                return Err(unbalanced(marker, why));
            }
            if self.block.is_some() {
                return Err(unbalanced(begin, "a second block of the same store begins here"));
            }
            self.block = Some(Block {
                range: begin.range.start..marker.range.end,
                inner: start..marker.range.start,
                hash: hash.clone(),
            });
            return Ok(&behind[at + 1..]);
        }
        Err(match hidden_end {
            Some(end) => unbalanced(
                end,
                "the end marker is inside a fence or comment that the block opens and never closes",
            ),
            None => unbalanced(begin, "a begin marker has no end marker after it"),
        })
    }

    /// Whether the text around a pair never closes what it opened above the pair. If it closes it, the pair is an example.
    fn is_swallowed(&self, begin: &MarkerLine, end: &MarkerLine, opening: &OpenConstruct) -> bool {
        if opening.kind == OpeningKind::Comment {
            // The begin marker itself closes the comment, so it can't be an example.
            return true;
        }
        let before = String::from_utf8_lossy(&self.bytes[self.body..begin.range.start]);
        let after = String::from_utf8_lossy(&self.bytes[end.range.end..]);
        let around = format!("{before}{after}");
        let page = markdown::outline(&around);
        if is_open(&page) {
            return true;
        }
        // If the text below the pair opens another fence inside this one, this one was most likely meant to end before it.
        let fence = page.units.iter().find(|unit| unit.range.contains(&opening.at));
        let end_of_fence = fence.map_or(0, |unit| unit.range.end);
        around
            .get(before.len()..end_of_fence)
            .is_some_and(|below| below.lines().any(opens_fence_with_info))
    }
}

fn unbalanced(marker: &MarkerLine, why: &str) -> BlocksInFile {
    BlocksInFile::Unbalanced {
        why: why.to_owned(),
        line: marker.line,
        help: "leave one begin line and one end line, or remove both".to_owned(),
    }
}

/// A fence or comment that a text leaves open at its end.
struct OpenConstruct {
    /// Where it was opened: an offset into the text with invalid bytes replaced.
    at: usize,
    /// The number of lines that end before it.
    lines: usize,
    kind: OpeningKind,
}

#[derive(PartialEq, Eq)]
enum OpeningKind {
    /// It ends at its own closing line or tag.
    Fence,
    /// The next `-->` ends it.
    Comment,
}

/// The fence or comment that these bytes leave open; they end at the end of a line.
fn open_at_end(bytes: &[u8]) -> Option<OpenConstruct> {
    let is_fence = |part: &[u8]| part == b"```" || part == b"~~~";
    if !bytes.contains(&b'<') && !bytes.windows(3).any(is_fence) {
        return None;
    }
    let text = String::from_utf8_lossy(bytes);
    let page = markdown::outline(&text);
    let opening = |range: &Range<usize>, kind| OpenConstruct {
        at: range.start,
        lines: line_endings(&text.as_bytes()[..range.start]),
        kind,
    };
    if let Some(fence) = &page.unclosed_fence {
        return Some(opening(fence, OpeningKind::Fence));
    }
    let raw = page.hidden.iter().find(|hidden| hidden.unclosed)?;
    let source = text[raw.range.clone()].trim_start();
    let kind = if source.starts_with("<!") || source.starts_with("<?") {
        OpeningKind::Comment
    } else {
        OpeningKind::Fence
    };
    Some(opening(&raw.range, kind))
}

/// The number of line endings in these bytes: `\n`, `\r\n` or `\r`.
pub(super) fn line_endings(bytes: &[u8]) -> usize {
    let ends =
        |&(at, &byte): &(usize, &u8)| byte == b'\n' || byte == b'\r' && bytes.get(at + 1) != Some(&b'\n');
    bytes.iter().enumerate().filter(ends).count()
}

fn is_open(page: &VisibleText) -> bool {
    page.unclosed_fence.is_some() || page.hidden.iter().any(|hidden| hidden.unclosed)
}

fn opens_fence_with_info(line: &str) -> bool {
    let line = line.trim_start_matches(' ');
    ['`', '~'].iter().any(|&fence| {
        let info = line.trim_start_matches(fence);
        line.len() - info.len() >= 3 && !info.trim().is_empty()
    })
}
