//! The limits of assistants: how much of a file they read.
//!
//! Input: an entry point's limits, the final tree, and where a lesson ends in its file. Output: the limits that are exceeded,
//! and whether an assistant still reads the lesson. Not here: how to shorten the text (`budget`).

use lessonbook_base::tree::{Mode, Tree, TreeEntry};
use lessonbook_store::Target;
use lessonbook_store::entry_point::{EntryPoint, Limit, LimitUnit, PastLimit, Scope};
use lessonbook_store::folder::is_within;

/// A limit that a file in the final tree exceeds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExceededLimit {
    /// The assistant whose limit it is.
    pub assistant: String,
    /// The limit.
    pub limit: Limit,
    /// The actual size.
    pub size: usize,
    /// The size of the files that the assistant reads before this one, in a chain.
    pub before: usize,
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

/// The limits that the file of an entry point (or its family, or its chain) exceeds in this tree. `rows`: the table.
pub fn passed(rows: &[EntryPoint], row: &EntryPoint, path: &str, tree: &Tree) -> Vec<ExceededLimit> {
    let mut passed = Vec::new();
    for assistant in &row.assistants {
        for limit in &assistant.limits {
            let (size, before) = match limit.scope {
                Scope::File => (tree.file(path).map_or(0, |bytes| measure(bytes, limit.unit)), 0),
                Scope::Chain => chain(path, tree, limit.unit),
                Scope::Family => (family(rows, row, tree, limit.unit), 0),
            };
            if size > limit.count {
                passed.push(ExceededLimit {
                    assistant: assistant.name.clone(),
                    limit: *limit,
                    size,
                    before,
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
            passed.before + measure(&bytes[..end.min(bytes.len())], passed.limit.unit) <= passed.limit.count
        }
        PastLimit::Skips | PastLimit::Unknown => false,
    }
}

pub(crate) fn measure(bytes: &[u8], unit: LimitUnit) -> usize {
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

/// The largest chain of files with one name from the root down through the folder of a file, and the part of it that is read before that
/// file. A file that was not loaded counts as empty.
fn chain(path: &str, tree: &Tree, unit: LimitUnit) -> (usize, usize) {
    let (own, name) = path
        .rsplit_once('/')
        .map_or(("", path), |(folder, name)| (folder, name));
    let ending = format!("/{name}");
    let sizes: Vec<(&str, usize)> = tree
        .iter()
        .filter(|(other, entry)| {
            (*other == name || other.ends_with(&ending)) && entry.mode != Mode::Submodule
        })
        .map(|(other, entry)| {
            let folder = other.strip_suffix(name).unwrap_or("").trim_end_matches('/');
            (folder, size(entry, unit))
        })
        .collect();
    let down_to = |folder: &str| -> usize {
        sizes
            .iter()
            .filter(|(other, _)| is_within(folder, other))
            .map(|(_, size)| size)
            .sum()
    };
    let through = sizes.iter().filter(|(folder, _)| is_within(folder, own));
    let whole = through.map(|(folder, _)| down_to(folder)).max().unwrap_or(0);
    let before = sizes
        .iter()
        .filter(|(folder, _)| *folder != own && is_within(own, folder));
    (whole, before.map(|(_, size)| size).sum())
}

/// The files of a family that an assistant loads together in a folder: the target's, and those of the folder and the ones above it.
fn family(rows: &[EntryPoint], row: &EntryPoint, tree: &Tree, unit: LimitUnit) -> usize {
    let Some((folder, _)) = row.family() else { return 0 };
    let family: Vec<&EntryPoint> = rows
        .iter()
        .filter(|other| other.base_name() == row.base_name())
        .collect();
    let is_loaded = |path: &str| {
        let owners = family.iter().filter(|other| other.owns(path));
        let owner = owners.max_by_key(|other| other.folder.len());
        owner.is_some_and(|owner| is_within(&row.folder, &owner.folder))
    };
    let files = tree.under(folder).filter(|(path, _)| is_loaded(path));
    files.map(|(_, entry)| size(entry, unit)).sum()
}
