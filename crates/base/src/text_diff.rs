//! What differs between two texts, by lines or by words.
//!
//! Input: two sequences, or two texts. Output: numbers of items that were removed or added, or the hunks of a unified diff.
//! Not here: whose file it is (`edit`, `hand_text`).

use std::collections::BTreeSet;

use similar::algorithms::{Capture, Compact, Replace, myers};
use similar::{DiffOp, DiffTag, group_diff_ops};

/// How many unchanged lines a hunk shows around a change, as in git.
const CONTEXT: usize = 3;

/// The items of `before` that `after` lacks, and the items of `after` that are new, each by number from 0.
pub fn changed_items(before: &[&[u8]], after: &[&[u8]]) -> (Vec<usize>, Vec<usize>) {
    let operations = operations(before, after);
    let changed = || {
        operations
            .iter()
            .filter(|operation| operation.tag() != DiffTag::Equal)
    };
    let removed = changed().flat_map(DiffOp::old_range);
    (removed.collect(), changed().flat_map(DiffOp::new_range).collect())
}

/// All items of both sequences in the order in which a diff shows them; an unchanged item occurs once.
pub fn interleaved<'a>(before: &[&'a [u8]], after: &[&'a [u8]]) -> Vec<&'a [u8]> {
    let mut items = Vec::new();
    for operation in operations(before, after) {
        items.extend_from_slice(&before[operation.old_range()]);
        if operation.tag() != DiffTag::Equal {
            items.extend_from_slice(&after[operation.new_range()]);
        }
    }
    items
}

/// The hunks of a unified diff between lines that have their ends of line; empty if nothing differs. Invalid UTF-8 is shown with
/// replacement characters.
pub(crate) fn hunks(before: &[&[u8]], after: &[&[u8]]) -> String {
    let mut text = String::new();
    for group in group_diff_ops(operations(before, after), CONTEXT) {
        let (Some(first), Some(last)) = (group.first(), group.last()) else {
            continue;
        };
        let old = place(first.old_range().start, last.old_range().end);
        let new = place(first.new_range().start, last.new_range().end);
        text.push_str(&format!("@@ -{old} +{new} @@\n"));
        for operation in &group {
            if operation.tag() == DiffTag::Equal {
                push_lines(&mut text, ' ', &before[operation.old_range()]);
            } else {
                push_lines(&mut text, '-', &before[operation.old_range()]);
                push_lines(&mut text, '+', &after[operation.new_range()]);
            }
        }
    }
    text
}

/// The first line and the number of lines, as a hunk's header names them: an empty range has the number of the line before it.
fn place(start: usize, end: usize) -> String {
    match end - start {
        0 => format!("{start},0"),
        1 => format!("{}", start + 1),
        count => format!("{},{count}", start + 1),
    }
}

fn push_lines(text: &mut String, sign: char, lines: &[&[u8]]) {
    for line in lines {
        text.push(sign);
        text.push_str(&String::from_utf8_lossy(line));
        if !line.ends_with(b"\n") {
            text.push_str("\n\\ No newline at end of file\n");
        }
    }
}

/// The lines of a text, counted from 0, that contain a word which the other text lacks. Differences in layout do not count: lines
/// that were wrapped differently or moved, and the characters of bullets and emphasis.
pub fn lost_lines(before: &str, after: &str) -> Vec<usize> {
    let lines: Vec<&str> = before.lines().map(str::trim).collect();
    let kept: BTreeSet<&str> = after.lines().map(str::trim).collect();
    let (old, new) = (words(before), words(after));
    let (old_words, new_words) = (only_words(&old), only_words(&new));
    if old_words == new_words {
        // Only white space differs, which has a meaning in code.
        let (old, new): (Vec<&[u8]>, Vec<&[u8]>) = (
            before.lines().map(str::as_bytes).collect(),
            after.lines().map(str::as_bytes).collect(),
        );
        let (mut changed, _) = changed_items(&old, &new);
        changed.retain(|at| !lines[*at].is_empty());
        return changed;
    }
    let (changed, _) = changed_items(&old_words, &new_words);
    let with_changed_words: BTreeSet<usize> = changed.into_iter().map(|word| old[word].0).collect();
    (0..lines.len())
        .filter(|at| !lines[*at].is_empty() && !kept.contains(lines[*at]))
        .filter(|at| with_changed_words.contains(at))
        .collect()
}

/// Words with their line numbers, without the characters of bullets and emphasis.
fn words(text: &str) -> Vec<(usize, &str)> {
    let lines = text.lines().enumerate();
    let words = lines.flat_map(|(line, text)| text.split_whitespace().map(move |word| (line, word)));
    let bare = words.map(|(line, word)| (line, word.trim_matches(['*', '_'])));
    bare.filter(|(_, word)| !matches!(*word, "" | "-" | "+"))
        .collect()
}

fn only_words<'a>(words: &[(usize, &'a str)]) -> Vec<&'a [u8]> {
    words.iter().map(|(_, word)| word.as_bytes()).collect()
}

/// The shortest edit that leads from one sequence to the other. It is compiled for one type and one algorithm: the crate's generic
/// entry points make half a million lines of LLVM code of a few calls.
fn operations(before: &[&[u8]], after: &[&[u8]]) -> Vec<DiffOp> {
    let mut hook = Compact::new(Replace::new(Capture::new()), before, after);
    let Ok(()) = myers::diff(&mut hook, before, 0..before.len(), after, 0..after.len());
    hook.into_inner().into_inner().into_ops()
}
