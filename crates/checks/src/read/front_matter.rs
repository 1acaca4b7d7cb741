//! The front matter of a Markdown file as a document.
//!
//! Input: the text of a file. Output: one [`Document`], or none without front matter.

use super::{Lines, Origin, yaml};
use crate::document::{Document, Unread};

/// Reads what is between the two `---` lines at the beginning of a file.
pub fn read(text: &str) -> Result<Vec<Document>, Unread> {
    let Some(front_matter) = lessonbook_base::front_matter::split(text.as_bytes()) else {
        return Ok(Vec::new());
    };
    let block = &text[front_matter.range.clone()];
    let first = block.find('\n').map_or(block.len(), |at| at + 1);
    let last = block.trim_end().rfind('\n').map_or(first, |at| at + 1);
    let inner = block.get(first..last).unwrap_or_default();
    let bytes = front_matter.range.start + first;
    let origin = Origin {
        bytes,
        lines: Lines::new(&text[..bytes]).line(bytes).saturating_sub(1),
    };
    yaml::read(inner, yaml::YamlDialect::Yaml, origin)
}
