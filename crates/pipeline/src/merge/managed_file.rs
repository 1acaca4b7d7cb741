//! What stands in a file that holds our block: its hash, its front matter, its markers.
//!
//! Input: a row of the table and a file's bytes. Output: the hash of what stands there, or a finding that says why nobody can
//! work with the file. Not here: what should stand there (`merge`), what became of it (`drift`).

use lessonbook_base::finding::{Code, Finding, Location};
use lessonbook_base::front_matter::FrontMatter;
use lessonbook_base::marker::{self, BlocksInFile};
use lessonbook_store::{EntryPoint, EntryPointKind, entry_point};

/// The content hash of a block as it stands in a file, front matter included where the file is of a family.
pub(crate) fn hash_of(
    row: &EntryPoint,
    bytes: &[u8],
    front: Option<&FrontMatter>,
    block: &marker::Block,
) -> String {
    let entries = front
        .filter(|_| row.kind == EntryPointKind::Scoped)
        .map(|front| front.entries.clone())
        .unwrap_or_default();
    marker::content_hash(&entries, &String::from_utf8_lossy(&bytes[block.inner.clone()]))
}

/// The line that a byte stands on, from 1.
pub(crate) fn line_of(bytes: &[u8], at: usize) -> usize {
    bytes[..at.min(bytes.len())].split(|byte| *byte == b'\n').count()
}

/// The keys that an entry point's front matter may hold; any other could hide the file from a reader.
pub(crate) fn keys(row: &EntryPoint) -> &'static [&'static str] {
    match row.front_matter {
        entry_point::FrontMatterForm::None => &[],
        entry_point::FrontMatterForm::CopilotInstructions => &["applyTo"],
        entry_point::FrontMatterForm::ClaudeRules => &["paths"],
        entry_point::FrontMatterForm::CursorRules => &["description", "globs", "alwaysApply"],
    }
}

/// A key that is not ours.
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
            .effect("the key can hide the file, and the lessons in it, from a reader")
            .help(format!("take `{key}` out, or put it into a file of your own")),
        ))
    })
}

fn place_of_key(path: &str, bytes: &[u8], key: &str) -> Location {
    let text = String::from_utf8_lossy(bytes);
    let found = (1..).zip(text.lines().skip(1)).find_map(|(nth, line)| {
        let rest = line.trim_start().strip_prefix(key)?;
        (key.is_empty() || rest.trim_start().starts_with(':')).then_some((nth, line))
    });
    // A line that is no key has an empty one: which line it is, nobody can tell from that.
    match found.filter(|_| !key.is_empty()) {
        Some((nth, line)) => Location {
            line: nth + 1,
            text: line.to_owned(),
            ..Location::file(path)
        },
        None => Location::file(path),
    }
}

/// Front matter is first, or readers don't see it: nothing may stand above ours, and nothing between it and the block is read
/// as part of it.
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
        return Ok(()); // what a byte order mark does is for the proof to say
    }
    Err(Box::new(
        Finding::new(
            Code::FrontMatterForeign,
            format!("`{path}` is ours, but something stands above its front matter"),
        )
        .at(Location::file(path))
        .effect("readers see front matter in the first line only, so nobody loads the file")
        .help("move it below our block, or into a file of your own"),
    ))
}

/// Why a file with markers of ours can't be used.
pub(crate) fn unusable(path: &str, found: &BlocksInFile) -> Finding {
    match found {
        BlocksInFile::Unbalanced { why, line, help } => {
            Finding::new(Code::MarkerUnbalanced, format!("`{path}`, line {line}: {why}"))
                .at(Location {
                    line: *line,
                    ..Location::file(path)
                })
                .effect("the file is left alone, so its lessons grow old")
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
