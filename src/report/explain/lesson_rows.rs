//! The lessons about a path: grouped by reason, with the detail at each entry point from which an assistant loads them.
//!
//! Input: an [`Explanation`]. Output: a table for each group. Not here: the files (`instruction_files`).

use crate::report::assistants::names;
use crate::report::coverage::{details, heads, heads_legend};
use crate::report::explain::NAMES;
use crate::report::findings::counted;
use crate::report::style::{self, BAD, CAREFUL, DIM, GOOD};
use crate::report::{Document, Line, TextTable, View, check_levels};
use lessonbook_pipeline::explain::{Explanation, LessonRow, ReadPlace};
use lessonbook_pipeline::select::Reason;
use lessonbook_store::{Detail, Store};

/// First the lessons about this path, grouped by reason; then the other lessons in the prompt.
pub(super) fn lessons(store: &Store, explanation: &Explanation, verbose: bool) -> Document {
    let mut document = Document::default();
    let (about, rest): (Vec<&LessonRow>, Vec<&LessonRow>) =
        explanation.lessons.iter().partition(|row| row.concerns_path);
    let mut groups: Vec<(String, Vec<&LessonRow>)> = Vec::new();
    for row in &about {
        let why = why(row);
        match groups.iter_mut().find(|(known, _)| *known == why) {
            Some((_, rows)) => rows.push(row),
            None => groups.push((why, vec![row])),
        }
    }
    for (why, rows) in groups {
        document.section(why, marks(store, &rows));
    }
    if !about.is_empty() {
        let legend = "r rule, s summary, f full, · nothing; empty: not loaded; now → after the merge";
        document.line(Line::styled(DIM, legend));
    }
    if about.iter().any(|row| row.check_level.is_checked()) {
        let line = check_levels::run_words(explanation.lint_run.as_ref());
        document.line(Line::styled(DIM, format!("checks: {line}")));
    }
    if verbose {
        for row in &about {
            for (word, places) in [("now", &row.current), ("after the merge", &row.proposed)] {
                for at in places {
                    let line = format!("{}, {word}: {}", row.lesson, place(at));
                    document.item(Line::styled(DIM, line));
                }
            }
        }
    }
    if !rest.is_empty() {
        let ids: Vec<&str> = rest.iter().map(|row| row.lesson.as_str()).collect();
        let line = format!(
            "and {} about other paths, in files that are loaded anyway: {}",
            counted(rest.len(), "lesson"),
            names(&ids, if verbose { ids.len() } else { NAMES })
        );
        document.line(Line::styled(DIM, line));
    }
    document
}

/// One row for each lesson, and one column for each entry point from which an assistant loads one of them.
fn marks(store: &Store, rows: &[&LessonRow]) -> Document {
    let places = || {
        rows.iter()
            .flat_map(|row| row.current.iter().chain(&row.proposed))
    };
    let columns: Vec<String> = store
        .entry_points
        .iter()
        .filter(|row| places().any(|place| place.at.entry_point == row.name))
        .map(|row| row.name.clone())
        .collect();
    let ids = rows.iter().map(|row| row.lesson.as_str());
    let heads = heads(ids, &columns, View::Brief);
    let has_checks = rows.iter().any(|row| row.check_level.is_checked());
    let head = ["lesson", "severity"].map(Line::from).into_iter();
    let head = head.chain(heads.iter().map(Line::from));
    let mut table = TextTable::with_head(head.chain(has_checks.then(|| "checks".into()))).can_shrink(0);
    for row in rows {
        let best = |places: &[ReadPlace], name: &str| {
            let here = places.iter().filter(|place| place.at.entry_point == name);
            here.map(|place| place.at.detail).max().unwrap_or(Detail::None)
        };
        let mut cells = vec![
            Line::from(row.lesson.as_str()),
            Line::styled(style::severity(row.severity), row.severity.word()),
        ];
        for name in &columns {
            let (now, later) = (best(&row.current, name), best(&row.proposed, name));
            cells.push(match (now, later) {
                (Detail::None, Detail::None) => Line::from(""),
                (Detail::None, _) => Line::styled(CAREFUL, details(now, later)),
                _ => Line::styled(GOOD, details(now, later)),
            });
        }
        cells.extend(has_checks.then(|| check_levels::cell(row.check_level)));
        if row.current.is_empty() && row.proposed.is_empty() {
            cells.push(Line::styled(BAD, "not loaded"));
        }
        table.row(cells);
    }
    let mut document = Document::default();
    document.table(table);
    document.append(heads_legend(&heads, &columns));
    document
}

/// `tag kubernetes, and the path matches charts/**`.
fn why(row: &LessonRow) -> String {
    let target = match &row.reason {
        Some(Reason::Tags { tags }) => format!("tag {}", tags.join(", ")),
        Some(Reason::Everywhere) => "for every repository".to_owned(),
        Some(Reason::Paths) => "no tag".to_owned(),
        None => "not (or no longer) for this target".to_owned(),
    };
    match (row.globs.is_empty(), &row.reason) {
        (true, Some(Reason::Everywhere)) => "for every repository and every path".to_owned(),
        (true, _) => format!("{target}, for every path"),
        (false, _) => format!("{target}, and {} {}", row.globs.join(", "), matches(&row.globs)),
    }
}

fn matches(globs: &[String]) -> &'static str {
    if globs.len() == 1 { "matches" } else { "match" }
}

fn place(place: &ReadPlace) -> String {
    let at = &place.at;
    format!(
        "{} at {}:{}, loaded by {}",
        at.detail.word(),
        at.path,
        at.line,
        place.assistants.join(", ")
    )
}
