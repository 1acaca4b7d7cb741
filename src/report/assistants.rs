//! Prints which lessons each assistant loads in a target.
//!
//! Input: the plans, and for each the lessons that assistants load. Output: text for a terminal, or a page. Not here: JSON
//! (`coverage/json`), and a single path (`explain`).

use anstyle::Style;

use super::coverage::{head, letter, state, target_line};
use super::findings::counted;
use super::plan;
use super::style::{self, BOLD, CAREFUL, DIM, GOOD};
use super::{Document, Line, TextTable, View};
use lessonbook_pipeline::assistant_view::{AssistantFile, AssistantView, LessonsSeen, LoadTime};
use lessonbook_pipeline::custom_agents;
use lessonbook_pipeline::plan::TargetPlan;

/// For a terminal: one line for each assistant, with `-v` also its files and lessons.
pub fn human(plans: &[TargetPlan], assistants: &[Vec<AssistantView>], verbose: bool) -> String {
    document(plans, assistants, View::terminal(verbose)).human()
}

/// As a page: one row for each assistant.
pub fn markdown(plans: &[TargetPlan], assistants: &[Vec<AssistantView>]) -> String {
    let document = document(plans, assistants, View::Page);
    let where_else = "Run `lessonbook coverage --by assistant` to see everything.";
    document.markdown("Lessons that assistants load", where_else)
}

fn document(plans: &[TargetPlan], assistants: &[Vec<AssistantView>], view: View) -> Document {
    let mut document = head(plans);
    for (plan, views) in plans.iter().zip(assistants) {
        let mut content = state(plan);
        let changes = plan.content.changes.iter();
        let concerned = changes.filter(|change| change.reason.is_some()).count();
        if views.is_empty() {
        } else if view == View::Verbose {
            for (names, view) in alike(views) {
                content.gap();
                content.section(Line::styled(BOLD, names.join(", ")), details(view));
            }
        } else {
            content.append(table(views, concerned, view));
            content.append(notes(views));
        }
        if !views.is_empty() {
            content.append(plan::content::findings(custom_agents::of_plan(plan)));
        }
        document.section(target_line(plan), content);
    }
    document
}

fn table(views: &[AssistantView], concerned: usize, view: View) -> Document {
    let mut table = TextTable::new(&[
        "assistant",
        "lessons",
        "copies",
        "in every session",
        "for matching paths",
    ])
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
            view.proposed.copies().to_string().into(),
            size(view.proposed.size(true)).into(),
            size(view.proposed.size(false)).into(),
        ]);
    }
    let mut document = Document::default();
    document.table(table);
    let more = if view.is_page() {
        ""
    } else {
        ". -v: files, and why lessons are not loaded"
    };
    let legend = format!(
        "of {} for this target: now → after the merge; copies: how often a prompt contains the same lesson, at most{more}",
        counted(concerned, "lesson")
    );
    document.line(Line::styled(DIM, legend));
    document
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
fn notes(views: &[AssistantView]) -> Document {
    let mut notes: Vec<(String, Vec<&str>)> = Vec::new();
    for view in views {
        for text in view.proposed.files.iter().flat_map(trouble) {
            match notes.iter_mut().find(|(known, _)| *known == text) {
                Some((_, assistants)) => assistants.push(&view.assistant),
                None => notes.push((text, vec![&view.assistant])),
            }
        }
    }
    let mut document = Document::default();
    for (text, assistants) in notes {
        let line = format!("{}: {text}", assistants.join(", "));
        document.item(Line::styled(CAREFUL, line));
    }
    document
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
fn details(view: &AssistantView) -> Document {
    let mut document = Document::default();
    document.line(format!(
        "{} lessons; {} at most",
        arrow(view.current.lessons.len(), view.proposed.lessons.len()),
        copies(view.proposed.copies())
    ));
    let mut table = TextTable::new(&[]).can_shrink(0).can_shrink(1);
    let all = view.proposed.files.iter();
    let gone = view.current.files.iter();
    let gone = gone.filter(|file| !all.clone().any(|other| other.path == file.path));
    for file in all.clone() {
        let before = view.current.files.iter().find(|other| other.path == file.path);
        let style = if file.when.is_loaded() { GOOD } else { DIM };
        table.row([
            Line::from(file.path.as_str()),
            Line::styled(style, when(&file.when)),
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
    document.table(table);
    for file in &view.proposed.files {
        for clause in file.cut.iter().chain(&file.advice) {
            document.item(Line::styled(CAREFUL, format!("{}: {clause}", file.path)));
        }
    }
    document.append(lessons(view));
    document
}

fn lessons(view: &AssistantView) -> Document {
    let mut table = TextTable::new(&[]).can_shrink(2);
    let all = view.proposed.lessons.iter();
    let gone = view.current.lessons.iter();
    let gone = gone.filter(|seen| view.proposed.seen(&seen.lesson).is_none());
    for seen in all.chain(gone) {
        let (now, later) = (view.current.seen(&seen.lesson), view.proposed.seen(&seen.lesson));
        let state = match (now, later) {
            (Some(_), Some(_)) => Line::styled(GOOD, "="),
            (None, _) => Line::styled(CAREFUL, "+"),
            (_, None) => Line::styled(style::BAD, "-"),
        };
        let places = seen.copies.iter();
        let places = places.map(|copy| format!("{}:{} {}", copy.entry_point, copy.line, letter(copy.detail)));
        let places: Vec<String> = places.collect();
        let lesson = Line::styled(style::severity(seen.severity), seen.lesson.as_str());
        table.row([state, lesson, places.join(", ").into()]);
    }
    let mut document = Document::default();
    document.table(table);
    let missed = view.proposed.missed.iter();
    for missed in missed.filter(|missed| view.proposed.seen(&missed.lesson).is_none()) {
        let line = format!("not {}: in {}, but {}", missed.lesson, missed.path, missed.why);
        document.item(Line::styled(DIM, line));
    }
    document
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
