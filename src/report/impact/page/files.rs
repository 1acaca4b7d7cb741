//! The repositories on the page, and the changes in their files, in folded parts.
//!
//! Input: the targets that may be shown. Output: Markdown, each part up to a limit. Not here: whether the page has room for it.

use std::fmt::Write;

use super::{PageDisclosure, TABLE};
use crate::report::findings::counted;
use crate::report::impact::{few, remark, repositories, word};
use crate::report::markdown_page as markdown;
use lessonbook_pipeline::gfm_escape::{code, cut};
use lessonbook_pipeline::impact::{FileStatus, Group, ImpactState, TargetDiff};

/// The most characters of one diff; a longer one is cut after a line.
const DIFF: usize = 12_000;
/// How many paths are shown above a folded diff.
const SHOWN: usize = 3;

/// One row for each repository, in a folded part.
pub(super) fn table(sight: &PageDisclosure<'_>) -> String {
    let touched: Vec<&&TargetDiff> = sight
        .shown
        .iter()
        .filter(|diff| diff.state != ImpactState::Same)
        .collect();
    let same = sight.shown.len() - touched.len();
    if touched.is_empty() {
        return String::new();
    }
    let mut body = String::from("| repository | | files | + | − | lessons |\n|---|---|---:|---:|---:|---|\n");
    let mut left = 0;
    for diff in &touched {
        let (added, removed) = diff.counts();
        let (word, bad) = word(diff);
        let word = word.to_lowercase();
        let ids: Vec<&str> = diff.lessons.iter().map(|change| change.lesson.as_str()).collect();
        let lessons = few(&ids, 3, code);
        let remark = markdown::words(&cut(&remark(diff), 200));
        let gap = if lessons.is_empty() || remark.is_empty() {
            ""
        } else {
            "; "
        };
        let row = format!(
            "| {} | {} | {} | {added} | {removed} | {lessons}{gap}{remark} |\n",
            code(&diff.target),
            if bad { format!("**{word}**") } else { word },
            diff.files.len(),
        );
        if left > 0 || body.chars().count() + row.chars().count() > TABLE {
            left += 1;
        } else {
            body.push_str(&row);
        }
    }
    if left > 0 {
        let _ = writeln!(body, "\n…and {left} more.");
    }
    if same > 0 {
        let _ = writeln!(body, "\nUnchanged: {}.", repositories(same));
    }
    let files: usize = touched.iter().map(|diff| diff.files.len()).sum();
    let summary = format!("{}, {}", repositories(touched.len()), counted(files, "file"));
    markdown::details(&summary, &body)
}

/// One diff in a folded part, with the other files that it is the same for.
pub(in crate::report) fn diff(group: &Group<'_>) -> String {
    let targets = group.targets();
    let paths = group.paths();
    let (added, removed) = (group.first.added, group.first.removed);
    let what = match group.first.status {
        FileStatus::New => ", new",
        FileStatus::Changed => "",
        FileStatus::Deleted => ", deleted",
    };
    let same = match (targets.len(), group.files.len()) {
        (1, 1) => format!("in {}", markdown::name(targets[0])),
        (1, files) => format!(
            "the same in {} of {}",
            counted(files, "file"),
            markdown::name(targets[0])
        ),
        (number, files) if files == number => format!("the same in {}", repositories(number)),
        (number, files) => format!(
            "the same in {} of {}",
            counted(files, "file"),
            repositories(number)
        ),
    };
    let summary = format!(
        "{}{what}: {same} (+{added} −{removed})",
        few(&paths, SHOWN, markdown::name)
    );
    let mut body = String::new();
    if group.files.len() > 1 {
        let paths = match paths.len() {
            0..=SHOWN => "In".to_owned(), // the summary names them all
            _ => format!("{}; in", few(&paths, 10, code)),
        };
        let _ = writeln!(body, "{paths} {}. The first is shown.\n", few(&targets, 30, code));
    }
    let (text, more) = shortened(&group.first.diff);
    body.push_str(&markdown::fence("diff", text));
    if more > 0 {
        let _ = writeln!(body, "\n…and {}.", counted(more, "more line"));
    }
    markdown::details(&summary, &body)
}

/// The name of a diff that is left out.
pub(in crate::report) fn name(group: &Group<'_>) -> String {
    let targets = group.targets();
    let place = match &targets[..] {
        [only] => (*only).to_owned(),
        several => repositories(several.len()),
    };
    let (added, removed) = (group.first.added, group.first.removed);
    format!(
        "{} in {place}, +{added} −{removed}",
        few(&group.paths(), 1, str::to_owned)
    )
}

/// The first lines of a diff, and how many more there are.
fn shortened(diff: &str) -> (&str, usize) {
    let mut room = DIFF;
    for (at, line) in diff.split_inclusive('\n').scan(0, |at, line| {
        let start = *at;
        *at += line.len();
        Some((start, line))
    }) {
        let length = line.chars().count();
        if length > room {
            let (shown, rest) = diff.split_at(at);
            return (shown, rest.lines().count());
        }
        room -= length;
    }
    (diff, 0)
}
