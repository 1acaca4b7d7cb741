//! Checks one block of a file: whether it is unedited, read as text, and after front matter that is ours.
//!
//! Input: a file's bytes and where the block is. Output: findings with their lines, and whether a formatter changed the layout. Not here:
//! which files are checked, and whether another file hides this one (`verify`).

use std::ops::Range;

use crate::merge::managed_file;
use crate::wrap::tidy;
use lessonbook_base::finding::{Code, Finding, Level, Location};
use lessonbook_base::markdown::{self, TextUnit, VisibleText};
use lessonbook_base::marker::Block;
use lessonbook_base::{front_matter, text};
use lessonbook_store::entry_point::{EntryPoint, EntryPointKind, FrontMatterForm};

/// The result of checking a block.
#[derive(Debug, Default)]
pub(super) struct BlockCheck {
    pub findings: Vec<Finding>,
    /// Whether it has the words that we wrote, in another layout.
    pub reformatted: bool,
}

/// Checks a block whose markers pair up.
pub(super) fn check(row: &EntryPoint, path: &str, bytes: &[u8], name: &str, block: &Block) -> BlockCheck {
    let mut checked = BlockCheck::default();
    let findings = &mut checked.findings;
    if row.kind == EntryPointKind::Scoped {
        front(row, path, bytes, block, findings);
    }
    let text = FileText::new(bytes, block);
    let (line, _) = lines(bytes, &block.range);
    let unedited = is_unedited(row, bytes, block);
    if !unedited && findings.is_empty() {
        let what = if row.kind == EntryPointKind::Scoped {
            "block or its front matter"
        } else {
            "block"
        };
        findings.push(Finding {
            level: Level::Error,
            ..Finding::new(
                Code::BlockEdited,
                format!("`{path}`, line {line}: the {what} of `{name}` was edited by hand"),
            )
            .at(at_line(path, &text.whole, line))
            .effect("its text is no longer the one that the store proved")
            .help("revert the change, or move it out of the block; to keep it, make it in the store's lesson")
        });
    }
    if let Some(line) = text.swallowed() {
        findings.push(
            Finding::new(
                Code::BlockSwallowed,
                format!(
                    "`{path}`, line {line}: text around the block of `{name}` hides it or changes its meaning"
                ),
            )
            .at(at_line(path, &text.whole, line))
            .effect("assistants do not read the lessons as they are written there")
            .help("close the comment, fence or tag above the block, or move the block"),
        );
    }
    for suspect in text::hidden(text.inner())
        .into_iter()
        .filter(|suspect| suspect.code.level() == Level::Error)
    {
        let span = suspect.span.start + text.inner.start..suspect.span.end + text.inner.start;
        findings.push(
            Finding::new(suspect.code, format!("`{path}`: {}", suspect.message))
                .at(Location::in_text(path, &text::redact(&text.whole), span))
                .effect(suspect.effect)
                .help(suspect.help),
        );
    }
    if unedited && has_other_layout(text.inner()) {
        checked.reformatted = true;
        findings.push(
            Finding::new(
                Code::BlockReformatted,
                format!("`{path}`: the block of `{name}` has the same words in another layout"),
            )
            .at(at_line(path, &text.whole, line)),
        );
    }
    checked
}

/// Whether the hash in the begin line matches the text.
pub(super) fn is_unedited(row: &EntryPoint, bytes: &[u8], block: &Block) -> bool {
    managed_file::hash_of(row, bytes, front_matter::split(bytes).as_ref(), block) == block.hash
}

/// The first and the last line of a range, from 1.
pub(super) fn lines(bytes: &[u8], range: &Range<usize>) -> (usize, usize) {
    let last = range.start + bytes[range.clone()].trim_ascii_end().len();
    (
        managed_file::line_of(bytes, range.start),
        managed_file::line_of(bytes, last),
    )
}

/// The finding for a real block inside a fence.
pub(super) fn fenced_in(path: &str, bytes: &[u8], block: &Block) -> Finding {
    let (line, _) = lines(bytes, &block.range);
    Finding::new(
        Code::BlockSwallowed,
        format!("`{path}`, line {line}: the block is in a fence or comment, like an example"),
    )
    .at(at_line(path, &String::from_utf8_lossy(bytes), line))
    .effect("assistants treat it as an example, not as lessons")
    .help("remove the fence or comment around it")
}

/// Checks the front matter of a scoped file of ours.
fn front(row: &EntryPoint, path: &str, bytes: &[u8], block: &Block, findings: &mut Vec<Finding>) {
    let front = front_matter::split(bytes);
    let above = managed_file::text_above(path, bytes, block, front.as_ref());
    let foreign = above.and_then(|()| managed_file::foreign_front_matter(row, path, bytes, front.as_ref()));
    if let Err(finding) = foreign {
        findings.push(*finding);
        return;
    }
    let wrong = |message: String, help: &str| {
        Finding {
            level: Level::Error,
            ..Finding::new(Code::FrontMatterEdited, message)
        }
        .at(Location::file(path))
        .effect("assistants load the file for other paths than those of its lessons, or not at all")
        .help(help)
    };
    match front {
        Some(front) if front.after_bom => findings.push(wrong(
            format!("`{path}`: a byte order mark precedes the front matter"),
            "save the file without a byte order mark",
        )),
        // A Claude Code rule for every path has no front matter.
        None if matches!(
            row.front_matter,
            FrontMatterForm::CopilotInstructions | FrontMatterForm::CursorRules
        ) =>
        {
            findings.push(wrong(
                format!("`{path}`: the front matter is missing"),
                "restore it from the git history; it belongs between two `---` lines at the top",
            ));
        }
        _ => {}
    }
}

/// The location of a line, with its text.
fn at_line(path: &str, whole: &str, line: usize) -> Location {
    let shown = whole.lines().nth(line - 1).unwrap_or_default();
    Location {
        line,
        length: shown.chars().count().max(1),
        text: text::redact(shown.trim_start_matches('\u{feff}')),
        ..Location::file(path)
    }
}

/// A file as text, with invalid bytes replaced, and the positions of the block in it.
struct FileText {
    whole: String,
    /// Where front matter and byte order mark end.
    body: usize,
    inner: Range<usize>,
}

impl FileText {
    fn new(bytes: &[u8], block: &Block) -> Self {
        let bom = if bytes.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
        let front = front_matter::split(bytes).map_or(bom, |front| front.range.end);
        // A thematic break at the top may pair with another one far below. Front matter can't contain the block.
        let body = if front <= block.range.start { front } else { bom };
        let mut whole = String::new();
        let mut ends = Vec::new();
        let mut from = 0;
        for end in [body, block.inner.start, block.inner.end, bytes.len()] {
            whole.push_str(&String::from_utf8_lossy(&bytes[from..end]));
            ends.push(whole.len());
            from = end;
        }
        FileText {
            body: ends[0],
            inner: ends[1]..ends[2],
            whole,
        }
    }

    fn inner(&self) -> &str {
        &self.whole[self.inner.clone()]
    }

    /// The line of the text that changes how the block is read; none if it is read as it would be alone.
    fn swallowed(&self) -> Option<usize> {
        let page = markdown::read(&self.whole[self.body..]);
        let alone = markdown::read(self.inner());
        let inner = self.inner.start - self.body..self.inner.end - self.body;
        let held = page
            .units
            .iter()
            .filter(|unit| inner.contains(&unit.range.start) && unit.range.end <= inner.end);
        if held.map(content_of).eq(alone.units.iter().map(content_of)) {
            return None;
        }
        let at = opened_above(&page, inner.start).unwrap_or(inner.start) + self.body;
        Some(1 + self.whole[..at].matches('\n').count())
    }
}

/// Everything of a unit except its position.
fn content_of(
    unit: &TextUnit,
) -> (
    &markdown::Shape,
    &[markdown::VisibleToken],
    &str,
    Option<markdown::HidingReason>,
) {
    (&unit.shape, &unit.tokens, &unit.code, unit.hiding)
}

/// The last raw HTML above a position, apart from the begin line itself.
fn opened_above(page: &VisibleText, at: usize) -> Option<usize> {
    let above = page
        .hidden
        .iter()
        .filter(|hidden| hidden.range.start < at && !hidden.comment);
    above.map(|hidden| hidden.range.start).next_back()
}

/// Whether it has another layout than ours: lines are wrapped differently, or a list has other bullets.
fn has_other_layout(inner: &str) -> bool {
    let inner = inner.replace("\r\n", "\n");
    let other_bullet = |unit: &TextUnit| {
        matches!(unit.shape, markdown::Shape::Item)
            && unit
                .item
                .as_ref()
                .and_then(|item| inner.get(item.clone()))
                .is_some_and(|item| item.trim_start().starts_with(['*', '+']))
    };
    inner != format!("\n{}\n", tidy(&inner)) || markdown::outline(&inner).units.iter().any(other_bullet)
}
