//! Where readers stop reading.
//!
//! Input: a row's limits, the final tree, and the place of a lesson in its file. Output: nothing where every reader reads
//! that far, else who does not. Not here: what we could do about it (`fit`, or people).

use lessonbook_base::tree::{Mode, Tree, TreeEntry};
use lessonbook_store::entry_point::{EntryPoint, Limit, LimitUnit, PastLimit, Scope};

/// A limit that the final tree does not keep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExceededLimit {
    /// Whose.
    pub assistant: String,
    /// Which.
    pub limit: Limit,
    /// How much there is.
    pub size: usize,
}

impl ExceededLimit {
    /// One clause for people.
    pub fn clause(&self) -> String {
        let what = match self.limit.scope {
            Scope::File => "the file has",
            Scope::Chain => "the chain of files down to the deepest folder has",
            Scope::Family => "all files of the family together have",
        };
        let then = match self.limit.over {
            PastLimit::CutsTail => "cuts the tail",
            PastLimit::Skips => "skips what is over",
            PastLimit::Unknown => "does not say what it does",
            PastLimit::Advice => "advises less",
        };
        let unit = unit(self.limit.unit);
        format!(
            "{what} {} {unit}; past {}, {} {then}",
            self.size, self.limit.count, self.assistant
        )
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

/// The limits that a row's file (or family, or chain) passes in this tree.
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

/// Whether a reader that passes its limit still reads the bytes up to `end` of the file. Past a limit that cuts, the head is
/// read (the root's file first, of a chain); past any other, nothing is sure.
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

/// How large a file is. One that is too large to be read counts by its bytes: a limit that it could pass counts as passed.
fn size(entry: &TreeEntry, unit: LimitUnit) -> usize {
    let bytes = entry.content.as_deref().map(|bytes| measure(bytes, unit));
    let unread = entry
        .unread
        .map(|size| usize::try_from(size).unwrap_or(usize::MAX / 4096));
    bytes.or(unread).unwrap_or(0)
}

/// The largest chain of files of one name from the root down to a folder. A file whose bytes nobody loaded counts as nothing.
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
