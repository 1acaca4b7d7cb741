//! Compares the files that two plans write in a target: paths, deletions, modes, lines.
//!
//! Input: the edits of both plans. Output: differences. Not here: whether the plans write to the target at all (`target`).
//!
//! Lines are compared as multisets, independently of any diff: a line that a file has more often after than before is added. The
//! first line of our block contains a hash of the rest, so it counts as the same line whatever the hash is.

use std::collections::BTreeMap;

use super::{Class, DifferenceKind, DifferenceList, counted};
use lessonbook_base::edit::{Edit, FileState};
use lessonbook_base::marker::{self, BlocksInFile as Marked};
use lessonbook_base::text_diff;

/// Represents the first line of our block. No real line holds two line feeds.
const BEGIN: &[u8] = b"\n\n";

/// Compares the edits. `name` is the store's, as in the markers of its blocks.
pub(super) fn compare(old: &[Edit], new: &[Edit], name: &str, found: &mut DifferenceList) {
    let position = |edits: &'_ [Edit], path: &str| edits.iter().position(|edit| edit.path == path);
    for edit in new {
        match position(old, &edit.path) {
            Some(at) => both(&old[at], edit, name, found),
            None => only(edit, Class::Wider, found),
        }
    }
    for edit in old.iter().filter(|edit| position(new, &edit.path).is_none()) {
        only(edit, Class::Narrower, found);
    }
}

/// The deletions of a target that only one plan writes.
pub(super) fn deletions(edits: &[Edit], class: Class, found: &mut DifferenceList) {
    for edit in edits.iter().filter(|edit| is_deletion(edit)) {
        only(edit, class, found);
    }
}

fn is_deletion(edit: &Edit) -> bool {
    edit.before.is_some() && edit.after.is_none()
}

/// A file that only one plan writes.
fn only(edit: &Edit, class: Class, found: &mut DifferenceList) {
    let path = &edit.path;
    let no_longer = if class == Class::Narrower {
        "no longer "
    } else {
        ""
    };
    if is_deletion(edit) {
        found.push(
            class,
            DifferenceKind::Deletion,
            path,
            format!("`{path}` is {no_longer}deleted"),
        );
        return;
    }
    let (added, removed) = edit.counts();
    let how = if edit.before.is_none() {
        "created"
    } else {
        "written"
    };
    found.push(
        class,
        DifferenceKind::File,
        path,
        format!("`{path}` is {no_longer}{how}, +{added} -{removed}"),
    );
}

/// A file that both plans write.
fn both(old: &Edit, new: &Edit, name: &str, found: &mut DifferenceList) {
    if old == new {
        return;
    }
    let path = &new.path;
    let before = found.all.len();
    match (is_deletion(old), is_deletion(new)) {
        (false, true) => {
            found.push(
                Class::Wider,
                DifferenceKind::Deletion,
                path,
                format!("`{path}` is deleted; it was written before"),
            );
            return;
        }
        (true, false) => found.push(
            Class::Narrower,
            DifferenceKind::Deletion,
            path,
            format!("`{path}` is kept; it was deleted before"),
        ),
        _ => {}
    }
    modes(old, new, found);
    let (was, is) = (FileLines::new(old, name), FileLines::new(new, name));
    let (added_before, removed_before) = was.changes();
    let (added, removed) = is.changes();
    more(
        (&added_before, &added),
        DifferenceKind::AddedLines,
        ("gets", path),
        found,
    );
    more(
        (&removed_before, &removed),
        DifferenceKind::RemovedLines,
        ("loses", path),
        found,
    );
    let is_wider = found.all[before..]
        .iter()
        .any(|difference| difference.class == Class::Wider);
    if !is_wider && !keeps_order(old, &was, new, &is) {
        found.push(
            Class::Wider,
            DifferenceKind::Order,
            path,
            format!("`{path}` has its lines in another order"),
        );
    }
    if found.all.len() == before {
        let text = if old.before == new.before {
            format!("`{path}` has another hash in its begin line")
        } else {
            format!("`{path}` has other text around our block")
        };
        found.push(Class::Changed, DifferenceKind::File, path, text);
    }
}

/// A mode that is set: on a new file, or where it would change.
fn modes(old: &Edit, new: &Edit, found: &mut DifferenceList) {
    let set = |edit: &Edit| {
        let after = edit.after.as_ref()?.mode;
        let kept = edit.before.as_ref().is_some_and(|before| before.mode == after);
        (!kept).then_some((edit.before.as_ref().map(|before| before.mode), after))
    };
    let path = &new.path;
    let (class, text) = match (set(old), set(new)) {
        (was, is) if was == is => return,
        (_, Some((None, mode))) => (
            Class::Wider,
            format!("`{path}` is created with mode {}", mode.octal()),
        ),
        (_, Some((Some(_), mode))) => (Class::Wider, format!("`{path}` gets the mode {}", mode.octal())),
        (_, None) => (Class::Narrower, format!("`{path}` keeps its mode")),
    };
    found.push(class, DifferenceKind::Mode, path, text);
}

type Lines<'e> = BTreeMap<&'e [u8], usize>;

/// Lines that the new plan adds (or removes) and the old one did not, and the other way round.
fn more(
    (old, new): (&Lines<'_>, &Lines<'_>),
    what: DifferenceKind,
    (verb, path): (&str, &str),
    found: &mut DifferenceList,
) {
    for (class, lines) in [
        (Class::Wider, minus(new, old)),
        (Class::Narrower, minus(old, new)),
    ] {
        let number: usize = lines.values().sum();
        if number == 0 {
            continue;
        }
        let fewer = if class == Class::Wider { "more" } else { "fewer" };
        let text = format!("`{path}` {verb} {} {fewer}", counted(number, "line"));
        let shown = lines
            .iter()
            .flat_map(|(line, times)| std::iter::repeat_n(*line, *times));
        let shown = shown.map(|line| match line {
            BEGIN => "the first line of our block".to_owned(),
            line => String::from_utf8_lossy(line)
                .trim_end_matches(['\r', '\n'])
                .to_owned(),
        });
        found.push_lines(class, what, path, text, shown.collect());
    }
}

fn minus<'e>(all: &Lines<'e>, known: &Lines<'_>) -> Lines<'e> {
    let left = all.iter().filter_map(|(line, times)| {
        let left = times.saturating_sub(known.get(line).copied().unwrap_or_default());
        (left > 0).then_some((*line, left))
    });
    left.collect()
}

/// A file before and after an edit, line by line.
struct FileLines<'e> {
    before: Vec<&'e [u8]>,
    after: Vec<&'e [u8]>,
    /// Where our block is in them.
    blocks: Option<[std::ops::Range<usize>; 2]>,
}

impl<'e> FileLines<'e> {
    fn new(edit: &'e Edit, name: &str) -> Self {
        let (before, old_block) = lines(edit.before.as_ref(), name);
        let (after, new_block) = lines(edit.after.as_ref(), name);
        FileLines {
            before,
            after,
            blocks: new_block.map(|block| [old_block.unwrap_or(0..0), block]),
        }
    }

    /// The lines that are added and those that are removed.
    fn changes(&self) -> (Lines<'e>, Lines<'e>) {
        let count = |lines: &[&'e [u8]]| {
            let mut counts = Lines::new();
            for line in lines {
                *counts.entry(*line).or_default() += 1;
            }
            counts
        };
        let (before, after) = (count(&self.before), count(&self.after));
        (minus(&after, &before), minus(&before, &after))
    }

    /// The lines of our block before and after.
    fn block(&self) -> Option<[&[&'e [u8]]; 2]> {
        let [before, after] = self.blocks.clone()?;
        Some([self.before.get(before)?, self.after.get(after)?])
    }
}

/// A file's lines, and the numbers of those of our block.
fn lines<'e>(state: Option<&'e FileState>, name: &str) -> (Vec<&'e [u8]>, Option<std::ops::Range<usize>>) {
    let bytes = state.map(|state| state.bytes.as_slice()).unwrap_or_default();
    let mut lines: Vec<&[u8]> = bytes.split_inclusive(|byte| *byte == b'\n').collect();
    let Marked::Block(block) = marker::find(bytes, name) else {
        return (lines, None);
    };
    // A block begins with a line, but for a byte order mark before it, and ends with one.
    let start = bytes[..block.range.start].split(|byte| *byte == b'\n').count() - 1;
    let pieces = bytes[block.range.clone()].split_inclusive(|byte| *byte == b'\n');
    let end = lines.len().min(start + pieces.count());
    if let Some(line) = lines.get_mut(start) {
        *line = BEGIN;
    }
    (lines, Some(start..end))
}

/// Whether the lines that the new plan leaves are in the order in which the old one showed them. If the file itself has changed in
/// the meantime, only our block is compared.
fn keeps_order(old: &Edit, was: &FileLines<'_>, new: &Edit, is: &FileLines<'_>) -> bool {
    let (before, after, now) = if old.before == new.before {
        (&was.before[..], &was.after[..], &is.after[..])
    } else {
        match (was.block(), is.block()) {
            (Some([before, after]), Some([_, now])) => (before, after, now),
            _ => return true,
        }
    };
    let shown = text_diff::interleaved(before, after);
    let mut shown = shown.iter();
    now.iter().all(|line| shown.any(|known| known == line))
}
