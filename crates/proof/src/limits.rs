//! The limits of assistants: how much of a file they read.
//!
//! Input: an entry point's limits, the final tree, and where a lesson ends in its file. Output: the limits that are exceeded,
//! and whether an assistant still reads the lesson. Not here: how to shorten the text (`budget`).

use lessonbook_base::tree::{Mode, Tree, TreeEntry};
use lessonbook_store::Target;
use lessonbook_store::entry_point::{EntryPoint, Limit, LimitUnit, PastLimit, Scope};

/// A limit that a file in the final tree exceeds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExceededLimit {
    /// The assistant whose limit it is.
    pub assistant: String,
    /// The limit.
    pub limit: Limit,
    /// The actual size.
    pub size: usize,
}

impl ExceededLimit {
    /// One clause for a message.
    pub fn clause(&self) -> String {
        let what = match self.limit.scope {
            Scope::File => "the file has",
            Scope::Chain => "the chain of files down to the deepest folder has",
            Scope::Family => "all files of the family together have",
        };
        let then = match self.limit.over {
            PastLimit::CutsTail => "cuts the rest off",
            PastLimit::Skips => "skips the rest",
            PastLimit::Unknown => "does not document what it does",
            PastLimit::Advice => "recommends less",
        };
        let (size, most) = (size_with_unit(self.size, self.limit.unit), self.limit.count);
        format!("{what} {size}; above {most}, {} {then}", self.assistant)
    }
}

/// The word for a unit.
pub fn unit(unit: LimitUnit) -> &'static str {
    match unit {
        LimitUnit::Lines => "lines",
        LimitUnit::Characters => "characters",
        LimitUnit::Bytes => "bytes",
    }
}

/// A size with its unit: `1 line`, `2 lines`.
pub(crate) fn size_with_unit(size: usize, unit: LimitUnit) -> String {
    let plural = self::unit(unit);
    let word = if size == 1 {
        plural.trim_end_matches('s')
    } else {
        plural
    };
    format!("{size} {word}")
}

/// The limits that the file of an entry point (or its family, or its chain) exceeds in this tree.
pub fn passed(row: &EntryPoint, path: &str, tree: &Tree) -> Vec<ExceededLimit> {
    let mut passed = Vec::new();
    for assistant in &row.assistants {
        for limit in &assistant.limits {
            let size = match limit.scope {
                Scope::File => tree.file(path).map_or(0, |bytes| measure(bytes, limit.unit)),
                Scope::Chain => chain(path, tree, limit.unit),
                Scope::Family => family(row, tree, limit.unit),
            };
            if size > limit.count {
                passed.push(ExceededLimit {
                    assistant: assistant.name.clone(),
                    limit: *limit,
                    size,
                });
            }
        }
    }
    passed
}

/// Whether a target's teams use the assistant whose limit is exceeded. `rows`: the whole table.
pub fn is_watched(passed: &ExceededLimit, row: &EntryPoint, target: &Target, rows: &[EntryPoint]) -> bool {
    let mut assistants = row.assistants.iter();
    let assistant = assistants.find(|assistant| assistant.name == passed.assistant);
    assistant.is_none_or(|assistant| target.has_assistant(rows, &assistant.assistant))
}

/// Whether the limit is only a doubt about an assistant that a target's teams do not use: it is not documented what it does beyond the
/// limit.
pub fn is_idle_doubt(passed: &ExceededLimit, row: &EntryPoint, target: &Target, rows: &[EntryPoint]) -> bool {
    passed.limit.over == PastLimit::Unknown && !is_watched(passed, row, target, rows)
}

/// Whether an assistant whose limit is exceeded still reads the bytes up to `end` of the file. If it cuts the rest off, it
/// reads the beginning (of a chain, the file at the root comes first); otherwise nothing is certain.
pub fn still_reads(passed: &ExceededLimit, bytes: &[u8], end: usize) -> bool {
    match passed.limit.over {
        PastLimit::Advice => true,
        PastLimit::CutsTail => {
            measure(&bytes[..end.min(bytes.len())], passed.limit.unit) <= passed.limit.count
        }
        PastLimit::Skips | PastLimit::Unknown => false,
    }
}

fn measure(bytes: &[u8], unit: LimitUnit) -> usize {
    match unit {
        LimitUnit::Bytes => bytes.len(),
        LimitUnit::Lines => bytes.split_inclusive(|byte| *byte == b'\n').count(),
        LimitUnit::Characters => String::from_utf8_lossy(bytes).chars().count(),
    }
}

/// How large a file is. A file that is too large to be read is measured in bytes, so any limit that it might exceed is exceeded.
fn size(entry: &TreeEntry, unit: LimitUnit) -> usize {
    let bytes = entry.content.as_deref().map(|bytes| measure(bytes, unit));
    let unread = entry
        .unread
        .map(|size| usize::try_from(size).unwrap_or(usize::MAX / 4096));
    bytes.or(unread).unwrap_or(0)
}

/// The largest chain of files with one name from the root down to a folder. A file that was not loaded counts as empty.
fn chain(path: &str, tree: &Tree, unit: LimitUnit) -> usize {
    let name = path.rsplit('/').next().unwrap_or(path);
    let ending = format!("/{name}");
    let sizes: Vec<(&str, usize)> = tree
        .iter()
        .filter(|(other, entry)| {
            (*other == name || other.ends_with(&ending)) && entry.mode != Mode::Submodule
        })
        .map(|(other, entry)| (other.strip_suffix(name).unwrap_or(""), size(entry, unit)))
        .collect();
    let down_to = |folder: &str| {
        sizes
            .iter()
            .filter(|(other, _)| folder.starts_with(other))
            .map(|(_, size)| size)
            .sum()
    };
    sizes.iter().map(|(folder, _)| down_to(folder)).max().unwrap_or(0)
}

fn family(row: &EntryPoint, tree: &Tree, unit: LimitUnit) -> usize {
    let Some((folder, _)) = row.family() else { return 0 };
    let files = tree.under(folder).filter(|(path, _)| row.owns(path));
    files.map(|(_, entry)| size(entry, unit)).sum()
}
