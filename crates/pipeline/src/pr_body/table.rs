//! The lessons of a pull request body: a table that explains why each concerns the repository, and the words of new and changed ones.
//!
//! Input: a plan's changes. Output: Markdown, up to a limit, with the number of lessons that are left out. Not here: the text around it.

use std::fmt::Write;

use super::{StorePages, shortened};
use crate::changes::{ChangeKind, LessonChange};
use crate::gfm_escape::{code, cut, quiet};
use crate::select::Reason;
use lessonbook_store::{Severity, Store};

pub(super) fn table(
    body: &mut String,
    store: &Store,
    rows: &[&LessonChange],
    home: &StorePages<'_>,
    limit: usize,
) {
    if rows.is_empty() {
        return;
    }
    body.push_str("| | lesson | severity | why this repository | owner |\n|---|---|---|---|---|\n");
    let mut left = rows.len();
    for change in rows {
        let lesson = store.lesson(&change.lesson);
        let owner = lesson
            .and_then(|lesson| lesson.owner.as_deref())
            .map(code)
            .unwrap_or_default();
        let row = format!(
            "| {} | {} | {} | {} | {owner} |\n",
            word(change.kind),
            home.lesson(store, &change.lesson),
            change.severity.map_or("", Severity::word),
            why(change)
        );
        if body.len() + row.len() > limit {
            break;
        }
        body.push_str(&row);
        left -= 1;
    }
    if left > 0 {
        let _ = writeln!(body, "\n…and {left} more; all of them are in the changed files.");
    }
    body.push('\n');
}

fn word(kind: ChangeKind) -> &'static str {
    match kind {
        ChangeKind::Added => "new",
        ChangeKind::Changed => "changed",
        ChangeKind::Removed => "removed",
        ChangeKind::Moved => "moved",
        ChangeKind::Unchanged => "",
    }
}

/// Tag, glob, and a file that matches.
fn why(change: &LessonChange) -> String {
    let mut parts = Vec::new();
    match &change.reason {
        Some(Reason::Tags { tags }) => {
            let tags: Vec<String> = tags.iter().map(|tag| format!("tag {}", code(tag))).collect();
            parts.push(shortened(&tags, 3));
        }
        Some(Reason::Everywhere) => parts.push("every repository".to_owned()),
        Some(Reason::Paths) | None => {}
    }
    parts.extend(change.because.as_ref().map(|because| quiet(&cut(because, 300))));
    let matching = change.matches.iter().filter(|found| found.count > 0);
    if let Some(best) = matching.max_by_key(|found| found.count) {
        let files = if best.count == 1 {
            "1 file matches".to_owned()
        } else {
            format!("{} files match", best.count)
        };
        let example = best
            .example
            .as_deref()
            .map(|path| format!(", e.g. {}", code(path)))
            .unwrap_or_default();
        parts.push(format!("{files} {}{example}", code(&best.glob)));
    }
    parts.join("; ")
}

/// The words of the lessons.
pub(super) fn words(body: &mut String, store: &Store, rows: &[&LessonChange], limit: usize) {
    let kept = rows.iter().filter(|change| change.kind != ChangeKind::Removed);
    let number = kept
        .clone()
        .filter(|change| store.lesson(&change.lesson).is_some())
        .count();
    if number == 0 {
        return;
    }
    // A few rules are read at once; more would move the decision off the first screen.
    let open = if number <= OPEN { " open" } else { "" };
    let _ = writeln!(
        body,
        "<details{open}><summary><b>The {}</b>, word for word</summary>\n",
        if number == 1 {
            "rule".to_owned()
        } else {
            format!("{number} rules")
        }
    );
    let mut left = 0;
    for (at, change) in kept.enumerate() {
        let Some(lesson) = store.lesson(&change.lesson) else {
            continue;
        };
        let rule = quiet(&cut(&lesson.rule, 1_000));
        let change_text = match (&change.was, change.kind) {
            (Some(was), _) => format!("**Changed:** ~~{}~~ → {rule}", struck(was)),
            (None, ChangeKind::Added) => format!("**New:** {rule}"),
            (None, ChangeKind::Moved) => format!("**Moved:** {rule}"),
            (None, _) => format!("**Other entry points or detail:** {rule}"),
        };
        let why = quiet(&cut(&lesson.rationale, 1_000));
        let quote = format!("> {change_text} ({})\\\n> *Why:* {why}\n\n", code(&lesson.id));
        if at >= 20 || body.len() + quote.len() > limit {
            left += 1;
        } else {
            body.push_str(&quote);
        }
    }
    if left > 0 {
        let _ = writeln!(body, "The words of {left} more are in the changed files.\n");
    }
    body.push_str("</details>\n\n");
}

/// How many rules are shown unfolded.
const OPEN: usize = 3;

/// Text to be struck through, without characters that would end it.
fn struck(text: &str) -> String {
    quiet(&cut(text, 600)).replace('~', "\\~").trim().to_owned()
}
