//! A file that holds our block: its hash, its front matter, its markers.
//!
//! Input: an entry point and a file's bytes. Output: the hash of its text, or a finding that explains why the file can't be used. Not
//! here: what the file should hold (`merge`), and how people changed it (`drift`).

use lessonbook_base::finding::{Code, Finding, Location};
use lessonbook_base::front_matter::FrontMatter;
use lessonbook_base::marker::{self, BlocksInFile};
use lessonbook_store::{EntryPoint, entry_point};

/// The content hash of the block in a file, with the front matter if the file belongs to a family.
pub(crate) fn hash_of(
    row: &EntryPoint,
    bytes: &[u8],
    front: Option<&FrontMatter>,
    block: &marker::Block,
) -> String {
    let entries = row.hashed_entries(front);
    marker::content_hash(&entries, &String::from_utf8_lossy(&bytes[block.inner.clone()]))
}

/// The line of a byte, from 1.
pub(crate) fn line_of(bytes: &[u8], at: usize) -> usize {
    bytes[..at.min(bytes.len())].split(|byte| *byte == b'\n').count()
}

/// The keys that an entry point's front matter may hold; any other could hide the file from an assistant.
pub(crate) fn keys(row: &EntryPoint) -> &'static [&'static str] {
    match row.front_matter {
        entry_point::FrontMatterForm::None => &[],
        entry_point::FrontMatterForm::CopilotInstructions => &["applyTo"],
        entry_point::FrontMatterForm::ClaudeRules => &["paths"],
        entry_point::FrontMatterForm::CursorRules => &["description", "globs", "alwaysApply"],
    }
}

/// The finding for a key that is not ours.
pub(crate) fn foreign_front_matter(
    row: &EntryPoint,
    path: &str,
    bytes: &[u8],
    front: Option<&FrontMatter>,
) -> Result<(), Box<Finding>> {
    let foreign = front
        .into_iter()
        .flat_map(|front| &front.entries)
        .find(|(key, _)| !keys(row).contains(&key.as_str()));
    foreign.map_or(Ok(()), |(key, _)| {
        Err(Box::new(
            Finding::new(
                Code::FrontMatterForeign,
                format!("`{path}` is ours, but its front matter holds `{key}`, which is not"),
            )
            .at(place_of_key(path, bytes, key))
            .effect("the key can hide the file, and the lessons in it, from an assistant")
            .help(format!("remove `{key}`, or move it to a file of your own")),
        ))
    })
}

fn place_of_key(path: &str, bytes: &[u8], key: &str) -> Location {
    let text = String::from_utf8_lossy(bytes);
    let found = (1..).zip(text.lines().skip(1)).find_map(|(nth, line)| {
        let rest = line.trim_start().strip_prefix(key)?;
        (key.is_empty() || rest.trim_start().starts_with(':')).then_some((nth, line))
    });
    // A line without a key has an empty key, which does not show which line it is.
    match found.filter(|_| !key.is_empty()) {
        Some((nth, line)) => Location {
            line: nth + 1,
            text: line.to_owned(),
            ..Location::file(path)
        },
        None => Location::file(path),
    }
}

/// Assistants see front matter only at the start of the file: no text may be above ours, and text between it and the block would be
/// read as part of it.
pub(crate) fn text_above(
    path: &str,
    bytes: &[u8],
    block: &marker::Block,
    front: Option<&FrontMatter>,
) -> Result<(), Box<Finding>> {
    let above = match front {
        Some(front) => &bytes[..front.range.start],
        None => &bytes[..block.range.start],
    };
    if above.is_empty() || front.is_some_and(|front| front.after_bom) {
        return Ok(()); // the proof decides about a byte order mark
    }
    Err(Box::new(
        Finding::new(
            Code::FrontMatterForeign,
            format!("`{path}` is ours, but there is text above its front matter"),
        )
        .at(Location::file(path))
        .effect("assistants see front matter only in the first line, so they do not load the file")
        .help("move the text below our block, or to a file of your own"),
    ))
}

/// Why a file with our markers can't be used.
pub(crate) fn unusable(path: &str, found: &BlocksInFile) -> Finding {
    match found {
        BlocksInFile::Unbalanced { why, line, help } => {
            Finding::new(Code::MarkerUnbalanced, format!("`{path}`, line {line}: {why}"))
                .at(Location {
                    line: *line,
                    ..Location::file(path)
                })
                .effect("the file is not changed, so its lessons become outdated")
                .help(help)
        }
        BlocksInFile::Swallowed { by } => Finding::new(
            Code::BlockSwallowed,
            format!("`{path}`, line {by} opens a comment or fence that hides our block"),
        )
        .at(Location {
            line: *by,
            ..Location::file(path)
        })
        .effect("no assistant reads the lessons as text")
        .help("close the comment or fence above the block"),
        BlocksInFile::Nothing | BlocksInFile::Block(_) => {
            Finding::new(Code::MarkerUnbalanced, format!("`{path}` has no usable block"))
        }
    }
}
