//! The matrix of a target: a row for each lesson, a column for each entry point.
//!
//! Input: a plan's coverage. Output: a table, and the parts of it that other matrices share. Not here: every placement with its line
//! (`placements`).

use crate::report::findings::counted;
use crate::report::sanitize::width;
use crate::report::style::{self, BAD, CAREFUL, DIM, GOOD};
use crate::report::table::COLUMNS;
use crate::report::{Document, Line, TextTable, View, check_levels};
use lessonbook_base::shared::SharedStr;
use lessonbook_pipeline::check_level::PlannedLevels;
use lessonbook_pipeline::plan::TargetPlan;
use lessonbook_proof::Placement;
use lessonbook_store::{Detail, Severity};

/// If more lessons than this are present everywhere as required, they are counted instead of listed.
const LISTED: usize = 12;

/// One row for each lesson, one column for each entry point. On a terminal, many lessons that are present everywhere are counted.
pub(super) fn matrix(plan: &TargetPlan, levels: &PlannedLevels, view: View) -> Document {
    let mut document = Document::default();
    let lessons = by_lesson(plan);
    let (whole, listed): (Vec<_>, Vec<_>) = lessons.iter().partition(|cells| is_whole(cells));
    let is_counted = !view.is_page() && whole.len() > LISTED;
    let listed = if is_counted {
        listed
    } else {
        lessons.iter().collect()
    };
    let names = entry_points(plan);
    let ids = listed.iter().filter_map(|cells| cells.first());
    let heads = heads(ids.map(|cell| cell.lesson.as_str()), &names, view);
    let has_checks = check_levels::has_checks(plan, levels);
    let head = ["lesson", "severity"].map(Line::from).into_iter();
    let head = head.chain(heads.iter().map(Line::code));
    let mut table = TextTable::with_head(head.chain(has_checks.then(|| "checks".into()))).can_shrink(0);
    for cells in &listed {
        let Some(first) = cells.first() else { continue };
        let mut row = vec![
            Line::code(first.lesson.as_str()),
            Line::styled(style::severity(first.severity), first.severity.word()),
        ];
        row.extend(names.iter().map(|name| {
            let cell = cells.iter().find(|cell| cell.entry_point == *name);
            cell.map_or_else(Line::default, |cell| mark(cell, view))
        }));
        row.extend(has_checks.then(|| check_levels::cell(levels.level(&first.lesson))));
        table.row(row);
    }
    document.table(table);
    if !listed.is_empty() {
        document.append(heads_legend(&heads, &names));
    }
    if is_counted {
        let by_severity = Severity::ALL.iter().filter_map(|severity| {
            let of = |cells: &&&Vec<&Placement>| cells.first().is_some_and(|cell| cell.severity == *severity);
            let number = whole.iter().filter(of).count();
            (number > 0).then(|| format!("{number} {}", severity.word()))
        });
        let by_severity: Vec<String> = by_severity.collect();
        let lessons = if listed.is_empty() {
            "lesson"
        } else {
            "more lesson"
        };
        let line = format!(
            " {} everywhere as required, now and after the merge: {} (-v lists them)",
            counted(whole.len(), lessons),
            by_severity.join(", ")
        );
        document.line(Line::styled(GOOD, "✓").then(line));
    }
    document
}

/// The names of the columns; on a terminal numbers, if the names are too wide beside these ids of lessons.
pub(in crate::report) fn heads<'i>(
    ids: impl Iterator<Item = &'i str>,
    names: &[String],
    view: View,
) -> Vec<String> {
    let widest = ids.map(width).max().unwrap_or(0).min(40);
    let wide: usize = names.iter().map(|name| 2 + width(name).max(7)).sum();
    if view.is_page() || 4 + widest + 2 + 8 + wide <= COLUMNS {
        names.to_vec()
    } else {
        (1..=names.len()).map(|number| number.to_string()).collect()
    }
}

/// The meaning of the numbers; empty if the columns have names.
pub(in crate::report) fn heads_legend(heads: &[String], names: &[String]) -> Document {
    let mut document = Document::default();
    if heads != names {
        let pairs = heads.iter().zip(names);
        let pairs: Vec<String> = pairs.map(|(head, name)| format!("{head} {name}")).collect();
        document.line(Line::styled(DIM, pairs.join(", ")));
    }
    document
}

/// The lessons of a matrix, each with its cells.
pub(in crate::report) fn by_lesson(plan: &TargetPlan) -> Vec<Vec<&Placement>> {
    let mut lessons: Vec<Vec<&Placement>> = Vec::new();
    for cell in &plan.proof.coverage.placements {
        match lessons.last_mut() {
            Some(cells) if cells.first().is_some_and(|first| first.lesson == cell.lesson) => cells.push(cell),
            _ => lessons.push(vec![cell]),
        }
    }
    lessons
}

/// The entry points of a matrix, in the order of their first use.
fn entry_points(plan: &TargetPlan) -> Vec<String> {
    let mut names: Vec<SharedStr> = Vec::new();
    let longest = by_lesson(plan).into_iter().max_by_key(Vec::len);
    let cells = longest
        .into_iter()
        .flatten()
        .chain(&plan.proof.coverage.placements);
    for cell in cells {
        if !names.contains(&cell.entry_point) {
            names.push(cell.entry_point.clone());
        }
    }
    names.iter().map(SharedStr::to_string).collect()
}

fn is_whole(cells: &[&Placement]) -> bool {
    cells
        .iter()
        .all(|cell| cell.is_covered_now() && cell.is_covered() && cell.current.detail == cell.proposed.detail)
}

/// A detail as one letter.
pub(in crate::report) fn letter(detail: Detail) -> &'static str {
    match detail {
        Detail::None => "·",
        Detail::Rule => "r",
        Detail::Summary => "s",
        Detail::Full => "f",
    }
}

/// `s`, or `· → s` where the proposal changes it.
pub(in crate::report) fn details(now: Detail, proposed: Detail) -> String {
    if now == proposed {
        letter(now).to_owned()
    } else {
        format!("{} → {}", letter(now), letter(proposed))
    }
}

/// How a lesson is present at an entry point: letters on a terminal, words on a page.
fn mark(cell: &Placement, view: View) -> Line {
    // The summary of a lesson without examples is the same as its full text. More detail than required is not shown here.
    let (now, later) = (
        cell.current.detail.min(cell.required),
        cell.proposed.detail.min(cell.required),
    );
    let details = match (view.is_page(), now == later) {
        (false, _) => details(now, later),
        (true, true) => now.word().to_owned(),
        (true, false) => format!("{} → {}", now.word(), later.word()),
    };
    if cell.exempt.is_some() {
        Line::styled(DIM, format!("({details})"))
    } else if cell.waits.is_some() {
        Line::styled(CAREFUL, format!("{details} …"))
    } else if cell.is_hole() {
        Line::styled(BAD, format!("{details} !"))
    } else {
        Line::styled(if cell.is_covered_now() { GOOD } else { CAREFUL }, details)
    }
}
