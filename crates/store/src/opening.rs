//! One more entry of `open` in `targets.yaml`, as a person would write it.
//!
//! Input: the text of `targets.yaml` and a [`Release`]. Output: the new text. Not here: writing it to disk, and reading it back.

use super::rollout::Release;
use super::yaml::scalar::{quoted, scalar};

/// An entry of `open`.
pub fn entry(opening: &Release) -> String {
    format!(
        "{{ lesson: {}, version: {}, reason: {}, by: {} }}",
        scalar(&opening.lesson),
        quoted(&opening.version), // digits alone would be a number
        scalar(&opening.reason),
        scalar(&opening.by)
    )
}

/// `targets.yaml` with an entry at the end of its list `open`, and no other change. `None` if the list is written in a way to which no
/// line can be added. The caller must read the text back before it writes it.
pub fn with_entry(text: &str, new: &Release) -> Option<String> {
    let end = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let entry = entry(new);
    let mut lines: Vec<&str> = text.split_inclusive('\n').collect();
    let Some(at) = lines.iter().position(|line| line.starts_with("open:")) else {
        let gap = if text.is_empty() || text.ends_with('\n') {
            ""
        } else {
            end
        };
        return Some(format!("{text}{gap}open:{end}  - {entry}{end}"));
    };
    let (head, value) = lines[at].split_at("open:".len());
    let value = value.trim();
    if let Some(inner) = value.strip_prefix('[').and_then(|value| value.strip_suffix(']')) {
        let items = inner.trim().trim_end_matches(',');
        let gap = if items.is_empty() { "" } else { ", " };
        let line = format!("{head} [{items}{gap}{entry}]{end}");
        lines[at] = &line;
        return Some(lines.concat());
    }
    if !value.is_empty() && !value.starts_with('#') {
        return None;
    }
    // The list ends before the next key; blank lines and comments before that key stay where they are.
    let is_inside = |line: &&&str| line.trim().is_empty() || line.starts_with([' ', '-', '#']);
    let below: Vec<&&str> = lines[at + 1..].iter().take_while(is_inside).collect();
    let is_item = |line: &&&str| line.starts_with([' ', '-']) && !line.trim().is_empty();
    let first = below.iter().find(|line| line.trim_start().starts_with('-'))?;
    let indent = &first[..first.len() - first.trim_start().len()];
    let last = at + 1 + below.iter().rposition(is_item)?;
    let gap = if lines[last].ends_with('\n') { "" } else { end };
    let line = format!("{}{gap}{indent}- {entry}{end}", lines[last]);
    lines[last] = &line;
    Some(lines.concat())
}
