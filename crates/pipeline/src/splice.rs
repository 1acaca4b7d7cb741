//! Adds a block to the bytes of one file, replaces it, or removes it. Every other byte stays.
//!
//! Input: a file's bytes and our text with `\n` endings. Output: the new bytes. Not here: whether the file may be changed at all (`merge`).
//! Removing a new block restores exactly the bytes from before. How to do so follows from the position and the end of the block itself:
//!
//! | the file had | the block is added | so that removing it also removes |
//! |---|---|---|
//! | a heading or front matter, then more | after it and one line ending | one line ending before it |
//! | only a heading or front matter, unfinished last line | after it and two line endings, itself unfinished | two line endings before it |
//! | anything else | first, with one line ending after it | one line ending after it |
//! | no byte at all | alone, itself unfinished | nothing, and the empty file stays |

use lessonbook_base::front_matter;
use lessonbook_base::marker::Block;

const BOM: &[u8] = b"\xef\xbb\xbf";

/// The file with a new block, after front matter and a leading first-level heading.
pub fn insert(content: &[u8], text: &str) -> Vec<u8> {
    let start = bom_length(content);
    let at = position(content, start);
    let (prefix, rest) = content.split_at(at);
    let unfinished = !prefix.ends_with(b"\n");
    let ending = match ending_before(prefix).or_else(|| first_ending(rest)) {
        // A carriage return at the end would combine with our line feed.
        None if prefix.ends_with(b"\r") => "\r\n",
        ending => ending.unwrap_or("\n"),
    };
    let block = with_ending(text, ending);
    let open_end = block.strip_suffix(ending.as_bytes()).unwrap_or(&block);
    let ending = ending.as_bytes();
    if at == start {
        if rest.is_empty() {
            [prefix, open_end].concat()
        } else {
            [prefix, &block, ending, rest].concat()
        }
    } else if unfinished {
        let ending: &[u8] = if prefix.ends_with(b"\r") { b"\r\n" } else { ending };
        [prefix, ending, ending, open_end].concat()
    } else {
        [prefix, ending, &block, rest].concat()
    }
}

/// The file with another text in its block. Line endings and an unfinished last line stay as the block had them.
pub fn update(content: &[u8], block: &Block, text: &str) -> Vec<u8> {
    let old = &content[block.range.clone()];
    let ending = first_ending(old).unwrap_or("\n");
    let new = with_ending(text, ending);
    let new = if old.ends_with(b"\n") {
        &new[..]
    } else {
        new.strip_suffix(ending.as_bytes()).unwrap_or(&new)
    };
    [&content[..block.range.start], new, &content[block.range.end..]].concat()
}

/// The file without its block; `None` if nothing is left and the file held only our text.
pub fn remove(content: &[u8], block: &Block) -> Option<Vec<u8>> {
    let (prefix, rest) = (&content[..block.range.start], &content[block.range.end..]);
    let start = bom_length(content);
    let finished = content[block.range.clone()].ends_with(b"\n");
    if prefix.len() == start {
        return match (rest.is_empty(), finished) {
            (true, true) if start == 0 => None,
            (true, _) => Some(prefix.to_vec()),
            (false, _) => Some([prefix, strip_ending_before(rest)].concat()),
        };
    }
    let kept = match (rest.is_empty() && !finished, strip_ending(prefix)) {
        (true, once) => strip_ending(once),
        // A blank line before the block is ours. If there is none, a person moved things, so nothing else is removed.
        (false, once) if once.ends_with(b"\n") => once,
        (false, _) => prefix,
    };
    Some([kept, rest].concat())
}

/// The file with other front matter; everything else stays. `new` is empty or ends with a newline.
pub fn replace_front_matter(content: &[u8], new: &str) -> Vec<u8> {
    let start = bom_length(content);
    let ending = first_ending(content).unwrap_or("\n");
    let new = with_ending(new, ending);
    match front_matter::split(content) {
        Some(old) if new.is_empty() => {
            [&content[..start], strip_ending_before(&content[old.range.end..])].concat()
        }
        Some(old) => [&content[..old.range.start], &new, &content[old.range.end..]].concat(),
        None if new.is_empty() => content.to_vec(),
        None => [&content[..start], &new, ending.as_bytes(), &content[start..]].concat(),
    }
}

/// The position of a new block: after front matter and a first-level heading, otherwise at the first byte (after a BOM).
fn position(content: &[u8], start: usize) -> usize {
    let front = front_matter::split(content).map_or(start, |front| front.range.end);
    let mut at = front;
    loop {
        let line = line(content, at);
        if line.is_empty() {
            return front;
        }
        let text = line.trim_ascii();
        if text.is_empty() {
            at += line.len();
            continue;
        }
        // A single carriage return ends a line in Markdown, so what looks like one line here may hold an open fence.
        let below = self::line(content, at + line.len());
        if [line, below]
            .iter()
            .any(|line| strip_ending(line).contains(&b'\r'))
        {
            return front;
        }
        let indented = line.iter().take_while(|byte| **byte == b' ').count() > 3 || line.starts_with(b"\t");
        let hashed = text == b"#" || text.starts_with(b"# ") || text.starts_with(b"#\t");
        let rule = below.trim_ascii();
        let underlined = !rule.is_empty()
            && rule.iter().all(|byte| *byte == b'=')
            && below.iter().take_while(|b| **b == b' ').count() <= 3;
        return match (indented, hashed, underlined) {
            (false, true, _) => at + line.len(),
            (false, false, true) if is_paragraph_start(text) => at + line.len() + below.len(),
            _ => front,
        };
    }
}

/// Whether a line can be the text of an underlined heading: it starts no list, quote, fence, table, or HTML.
fn is_paragraph_start(text: &[u8]) -> bool {
    !matches!(
        text.first(),
        Some(b'-' | b'+' | b'*' | b'>' | b'`' | b'~' | b'<' | b'|' | b'=' | b'[' | b'0'..=b'9' | b'#')
    )
}

/// The line that starts at a byte, with its ending; empty at the end.
fn line(content: &[u8], at: usize) -> &[u8] {
    let rest = &content[at.min(content.len())..];
    rest.iter()
        .position(|byte| *byte == b'\n')
        .map_or(rest, |end| &rest[..=end])
}

fn bom_length(content: &[u8]) -> usize {
    if content.starts_with(BOM) { BOM.len() } else { 0 }
}

/// The ending of the last finished line.
fn ending_before(prefix: &[u8]) -> Option<&'static str> {
    let at = prefix.iter().rposition(|byte| *byte == b'\n')?;
    Some(if prefix[..at].ends_with(b"\r") {
        "\r\n"
    } else {
        "\n"
    })
}

/// The ending of the first line.
fn first_ending(rest: &[u8]) -> Option<&'static str> {
    let at = rest.iter().position(|byte| *byte == b'\n')?;
    Some(if rest[..at].ends_with(b"\r") { "\r\n" } else { "\n" })
}

fn strip_ending(bytes: &[u8]) -> &[u8] {
    bytes
        .strip_suffix(b"\r\n")
        .or_else(|| bytes.strip_suffix(b"\n"))
        .unwrap_or(bytes)
}

fn strip_ending_before(bytes: &[u8]) -> &[u8] {
    bytes
        .strip_prefix(b"\r\n")
        .or_else(|| bytes.strip_prefix(b"\n"))
        .unwrap_or(bytes)
}

fn with_ending(text: &str, ending: &str) -> Vec<u8> {
    if ending == "\n" {
        text.into()
    } else {
        text.replace('\n', ending).into()
    }
}
