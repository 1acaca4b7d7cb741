//! Prints which lessons each assistant loads in a target, for a terminal.
//!
//! Input: the plans, and for each the lessons that assistants load. Output: one string with colors. Not here: pages and
//! programs (`coverage_page`), and a single path (`explain`).

use anstyle::Style;

use super::coverage::{head, letter, target_line};
use super::findings::counted;
use super::plan::say;
use super::sanitize::{visible, width};
use super::style::{self, BOLD, CAREFUL, DIM, GOOD, paint};
use super::table::COLUMNS;
use super::{Line, TextTable};
use lessonbook_pipeline::assistant_view::{AssistantFile, AssistantView, LessonsSeen, LoadTime};
use lessonbook_pipeline::plan::TargetPlan;

/// Every target with its assistants: one line for each, with `-v` also its files and lessons.
pub fn human(plans: &[TargetPlan], assistants: &[Vec<AssistantView>], verbose: bool) -> String {
    let mut out = head(plans);
    for (plan, views) in plans.iter().zip(assistants) {
        out.push('\n');
        target_line(&mut out, plan);
        if views.is_empty() {
            continue;
        }
        let concerned = plan
            .content
            .changes
            .iter()
            .filter(|change| change.reason.is_some())
            .count();
        if verbose {
            for (names, view) in alike(views) {
                details(&mut out, &names, view);
            }
        } else {
            table(&mut out, views, concerned);
            notes(&mut out, views);
        }
    }
    out
}

fn table(out: &mut String, views: &[AssistantView], concerned: usize) {
    let mut table = TextTable::new(&[
        "assistant",
        "lessons",
        "copies",
        "in every session",
        "for matching paths",
    ])
    .indent(2)
    .can_shrink(0)
    .right(2);
    for (names, view) in rows(views) {
        let (now, proposed) = (view.current.lessons.len(), view.proposed.lessons.len());
        let style = match (now >= concerned, proposed >= concerned) {
            (true, _) => GOOD,
            (false, true) => CAREFUL,
            (false, false) => DIM,
        };
        let plain = if view.watched { Style::new() } else { DIM };
        table.row([
            Line::styled(plain, self::names(&names, 2)),
            Line::styled(style, arrow(now, proposed)),
            Line::from(view.proposed.copies().to_string()),
            Line::from(size(view.proposed.size(true))),
            Line::from(size(view.proposed.size(false))),
        ]);
    }
    out.push_str(&table.render());
    let legend = format!(
        "of {} for this target: now → after the merge; copies: how often a prompt contains the same lesson, at most. \
        -v: files, and why lessons are not loaded",
        counted(concerned, "lesson")
    );
    out.push_str(&paint(DIM, &fill(2, 2, &legend)));
}

/// A row for each of the store's assistants; other assistants share one if they load the same.
fn rows(views: &[AssistantView]) -> Vec<(Vec<&str>, &AssistantView)> {
    let shape = |view: &AssistantView| {
        let of = |sight: &LessonsSeen| {
            (
                sight.lessons.len(),
                sight.copies(),
                sight.size(true),
                sight.size(false),
            )
        };
        (of(&view.current), of(&view.proposed))
    };
    let mut rows: Vec<(Vec<&str>, &AssistantView)> = Vec::new();
    for view in views {
        let known = rows
            .iter_mut()
            .find(|(_, other)| !view.watched && !other.watched && shape(other) == shape(view));
        match known {
            Some((names, _)) => names.push(&view.assistant),
            None => rows.push((vec![&view.assistant], view)),
        }
    }
    rows
}

/// Groups assistants that load exactly the same.
fn alike(views: &[AssistantView]) -> Vec<(Vec<&str>, &AssistantView)> {
    let mut groups: Vec<(Vec<&str>, &AssistantView)> = Vec::new();
    for view in views {
        let same = |(_, other): &&mut (Vec<&str>, &AssistantView)| {
            other.current == view.current && other.proposed == view.proposed
        };
        match groups.iter_mut().find(same) {
            Some((names, _)) => names.push(&view.assistant),
            None => groups.push((vec![&view.assistant], view)),
        }
    }
    groups
}

/// Shadowed and cut files, each listed once with all assistants that it concerns.
fn notes(out: &mut String, views: &[AssistantView]) {
    let mut notes: Vec<(String, Vec<&str>)> = Vec::new();
    for view in views {
        for text in view.proposed.files.iter().flat_map(trouble) {
            match notes.iter_mut().find(|(known, _)| *known == text) {
                Some((_, assistants)) => assistants.push(&view.assistant),
                None => notes.push((text, vec![&view.assistant])),
            }
        }
    }
    for (text, assistants) in notes {
        let line = format!("{}: {}", assistants.join(", "), visible(&text));
        out.push_str(&paint(CAREFUL, &fill(2, 4, &line)));
    }
}

/// Why an assistant does not load a file, or a part of it.
fn trouble(file: &AssistantFile) -> Vec<String> {
    let cuts = file.cut.iter().map(|cut| format!("{} is cut: {cut}", file.path));
    let hidden = match &file.when {
        LoadTime::Never { why } => Some(format!("{} is not read: {why}", file.path)),
        _ => None,
    };
    hidden.into_iter().chain(cuts).collect()
}

/// With `-v`: the files and lessons of assistants that load the same.
fn details(out: &mut String, names: &[&str], view: &AssistantView) {
    let sum = format!(
        "    {} lessons; {} at most",
        arrow(view.current.lessons.len(), view.proposed.lessons.len()),
        copies(view.proposed.copies())
    );
    out.push('\n');
    out.push_str(&paint(BOLD, &fill(2, 2, &names.join(", "))));
    say(out, &sum);
    let mut table = TextTable::new(&[]).indent(4).can_shrink(0).can_shrink(1);
    let all = view.proposed.files.iter();
    let gone = view
        .current
        .files
        .iter()
        .filter(|file| !all.clone().any(|other| other.path == file.path));
    for file in all.clone() {
        let before = view.current.files.iter().find(|other| other.path == file.path);
        table.row([
            Line::from(file.path.as_str()),
            Line::styled(if file.when.is_loaded() { GOOD } else { DIM }, when(&file.when)),
            Line::from(grown(before, Some(file))),
        ]);
    }
    for file in gone {
        table.row([
            Line::from(file.path.as_str()),
            Line::styled(DIM, when(&file.when)),
            Line::from(grown(Some(file), None)),
        ]);
    }
    out.push_str(&table.render());
    for file in &view.proposed.files {
        for clause in file.cut.iter().chain(&file.advice) {
            let line = format!("{}: {clause}", visible(&file.path));
            out.push_str(&paint(CAREFUL, &fill(4, 6, &line)));
        }
    }
    lessons(out, view);
}

fn lessons(out: &mut String, view: &AssistantView) {
    let mut table = TextTable::new(&[]).indent(4).can_shrink(2);
    let all = view.proposed.lessons.iter();
    let gone = view
        .current
        .lessons
        .iter()
        .filter(|seen| view.proposed.seen(&seen.lesson).is_none());
    for seen in all.chain(gone) {
        let (now, later) = (view.current.seen(&seen.lesson), view.proposed.seen(&seen.lesson));
        let state = match (now, later) {
            (Some(_), Some(_)) => Line::styled(GOOD, "="),
            (None, _) => Line::styled(CAREFUL, "+"),
            (_, None) => Line::styled(style::BAD, "-"),
        };
        let places: Vec<String> = seen
            .copies
            .iter()
            .map(|copy| format!("{}:{} {}", copy.entry_point, copy.line, letter(copy.detail)))
            .collect();
        table.row([
            state,
            Line::styled(style::severity(seen.severity), seen.lesson.as_str()),
            Line::from(places.join(", ")),
        ]);
    }
    out.push_str(&table.render());
    let unseen = view
        .proposed
        .missed
        .iter()
        .filter(|missed| view.proposed.seen(&missed.lesson).is_none());
    for missed in unseen {
        let line = format!("not {}: in {}, but {}", missed.lesson, missed.path, missed.why);
        out.push_str(&paint(DIM, &fill(4, 6, &visible(&line))));
    }
}

/// When a file is loaded, in words.
pub(super) fn when(when: &LoadTime) -> String {
    match when {
        LoadTime::Always => "in every session".to_owned(),
        LoadTime::Imported { by } => format!("in every session, imported by {by}"),
        LoadTime::Paths { globs } => format!("for {}", globs.join(", ")),
        LoadTime::OnRequest => "on request".to_owned(),
        LoadTime::Never { why } => format!("not read: {why}"),
    }
}

/// `120 lines, 4.1 kB`.
pub(super) fn size((files, lines, bytes): (usize, usize, usize)) -> String {
    if files == 0 {
        return "nothing".to_owned();
    }
    format!("{}, {}", counted(lines, "line"), kilobytes(bytes))
}

/// `16` if both numbers are equal, else `0 → 16`.
pub(super) fn arrow(now: usize, later: usize) -> String {
    if now == later {
        now.to_string()
    } else {
        format!("{now} → {later}")
    }
}

/// `Codex, Cursor and 14 more`.
pub(super) fn names<S: AsRef<str>>(names: &[S], shown: usize) -> String {
    let shown = if names.len() <= shown + 1 {
        names.len()
    } else {
        shown
    };
    let first: Vec<&str> = names[..shown].iter().map(AsRef::as_ref).collect();
    match names.len() - shown {
        0 => first.join(", "),
        more => format!("{} and {more} more", first.join(", ")),
    }
}

/// Lines of at most 100 columns, broken at spaces: the first indented by `first`, the others by `rest`.
pub(super) fn fill(first: usize, rest: usize, text: &str) -> String {
    let mut lines = String::new();
    let mut line = " ".repeat(first);
    let mut empty = true;
    let text = text.replace('\n', "\\n");
    for word in text.split(' ') {
        if !empty && width(&line) + 1 + width(word) > COLUMNS {
            lines.push_str(line.trim_end());
            lines.push('\n');
            (line, empty) = (" ".repeat(rest), true);
        }
        if !empty {
            line.push(' ');
        }
        line.push_str(word);
        empty = false;
    }
    lines + line.trim_end() + "\n"
}

/// `880 B`, `4.1 kB`.
pub(super) fn kilobytes(bytes: usize) -> String {
    if bytes < 1000 {
        return format!("{bytes} B");
    }
    let tenths = bytes.div_ceil(100);
    format!("{}.{} kB", tenths / 10, tenths % 10)
}

/// `3 copies`.
pub(super) fn copies(number: usize) -> String {
    format!("{number} {}", if number == 1 { "copy" } else { "copies" })
}

fn grown(now: Option<&AssistantFile>, proposed: Option<&AssistantFile>) -> String {
    let one = |file: &AssistantFile| format!("{}, {}", counted(file.lines, "line"), kilobytes(file.bytes));
    match (now, proposed) {
        (None, Some(file)) => format!("new: {}", one(file)),
        (Some(file), None) => format!("removed: {}", one(file)),
        (Some(now), Some(later)) if now.bytes != later.bytes => format!("{} → {}", now.lines, one(later)),
        (_, Some(file)) => one(file),
        (None, None) => String::new(),
    }
}
