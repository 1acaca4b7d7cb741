//! Escapes brackets of our text that a link definition of the file (`[1]: https://…`) would turn into links.
//!
//! Input: a file with our block in it. Output: the same file with a backslash before each such bracket of the block, so that a page
//! and an assistant read the lesson's own words. Not here: definitions inside the block, which the proof refuses.

use std::borrow::Cow;

use lessonbook_base::front_matter;
use lessonbook_base::markdown;
use lessonbook_base::marker::{self, BlocksInFile};

/// After one bracket is escaped, the next one may make a link with another definition, so the search is repeated.
const ROUNDS: usize = 8;

/// The file with such brackets escaped; `None` if there are none.
pub(super) fn escaped(bytes: &[u8], name: &str) -> Option<Vec<u8>> {
    let mut now = Cow::Borrowed(bytes);
    for _ in 0..ROUNDS {
        let brackets = brackets_to_escape(&now, name);
        if brackets.is_empty() {
            break;
        }
        let mut next = Vec::with_capacity(now.len() + brackets.len());
        let mut done = 0;
        for at in brackets {
            next.extend_from_slice(&now[done..at]);
            next.push(b'\\');
            done = at;
        }
        next.extend_from_slice(&now[done..]);
        now = Cow::Owned(next);
    }
    match now {
        Cow::Borrowed(_) => None,
        Cow::Owned(escaped) => Some(escaped),
    }
}

/// The offsets of the opening brackets in the file.
fn brackets_to_escape(bytes: &[u8], name: &str) -> Vec<usize> {
    let defines = |part: &[u8]| part.windows(2).any(|pair| pair == b"]:");
    if !defines(bytes) {
        return Vec::new(); // nearly every file ends here, without being searched for our block
    }
    let BlocksInFile::Block(block) = marker::find(bytes, name) else {
        return Vec::new();
    };
    let inner = &bytes[block.inner.clone()];
    let mut outside = [&bytes[..block.range.start], &bytes[block.range.end..]].into_iter();
    if !inner.contains(&b'[') || !outside.any(defines) {
        return Vec::new();
    }
    let start = front_matter::split(bytes).map_or(0, |front| front.range.end);
    let start = if start == 0 && bytes.starts_with(b"\xef\xbb\xbf") {
        3
    } else {
        start
    };
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes[start..].utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(std::iter::repeat_n('?', chunk.invalid().len()));
    }
    let page = markdown::read(&text);
    let links = page.links.iter().filter(|link| link.by_definition);
    let mut brackets: Vec<usize> = links
        .map(|link| link.range.start + usize::from(text[link.range.clone()].starts_with('!')) + start)
        .filter(|at| block.inner.contains(at))
        .collect();
    brackets.sort_unstable();
    brackets.dedup();
    brackets
}
