//! Prints which lessons assistants load when they edit a path, for a terminal and for programs.
//!
//! Input: an [`Explanation`]. Output: one string with colors, or one JSON document. Not here: computing it
//! (`pipeline/explain`).

use lessonbook_pipeline::target_state::TargetState;
use serde_json::{Value, json};

use super::assistants::{arrow, fill, names, size};
use super::check_levels;
use super::coverage::{details, heads, heads_legend};
use super::envelope::{DocumentSubject, envelope};
use super::findings::counted;
use super::plan::{say, short, state_word};
use super::sanitize::visible;
use super::style::{self, BAD, BOLD, CAREFUL, DIM, GOOD, paint};
use super::{Line, TextTable};
use lessonbook_pipeline::assistant_view::LoadTime;
use lessonbook_pipeline::explain::{AssistantRow, Explanation, FileRow, LessonRow, ReadPlace, Size};
use lessonbook_pipeline::plan::TargetPlan;
use lessonbook_pipeline::select::Reason;
use lessonbook_store::{Detail, EntryPoint, Store};

/// How many names of assistants are shown without `-v`.
const NAMES: usize = 3;

/// The explanation as a document.
pub fn json(store: &Store, plan: &TargetPlan, explanation: &Explanation) -> Value {
    let mut page = json!(explanation);
    page["target"] = plan.target.name.as_str().into();
    page["verdict"] = json!(plan.outcome.state);
    page["base"] = json!(
        plan.target
            .base
            .as_ref()
            .map(|base| json!({ "branch": base.branch, "commit": base.commit }))
    );
    envelope(DocumentSubject::Store(store), page)
}

/// The explanation for a person.
pub fn human(store: &Store, plan: &TargetPlan, explanation: &Explanation, verbose: bool) -> String {
    let mut out = String::new();
    let base = plan
        .target
        .base
        .as_ref()
        .map(|base| format!("   {}@{}", visible(&base.branch), short(&base.commit)))
        .unwrap_or_default();
    let path = paint(BOLD, &visible(&explanation.path));
    say(
        &mut out,
        &format!(
            "{path} in {}{base}   {}",
            visible(&plan.target.name),
            state_word(plan.outcome.state)
        ),
    );
    state(&mut out, plan, explanation);
    lessons(&mut out, store, explanation, verbose);
    assistants(&mut out, explanation, verbose);
    files(&mut out, store, explanation, verbose);
    not_seen(&mut out, explanation, verbose);
    out
}

fn state(out: &mut String, plan: &TargetPlan, explanation: &Explanation) {
    let mut facts = Vec::new();
    if !explanation.tracked {
        facts.push("this file does not exist yet; globs are matched against its name".to_owned());
    }
    if let Some(name) = &explanation.is_entry_point {
        facts.push(format!(
            "it is an instruction file itself (`{name}`), and the `paths` of lessons never match those"
        ));
    }
    if plan.outcome.state == TargetState::Refused {
        facts
            .push("the plan is refused, so nothing is proposed; run `lessonbook plan` to see why".to_owned());
    }
    for fact in facts {
        say(out, &paint(DIM, &format!("  {fact}")));
    }
}

fn title(out: &mut String, text: &str) {
    out.push('\n');
    say(out, &paint(BOLD, text));
}

/// First the lessons about this path, grouped by reason; then the other lessons in the prompt.
fn lessons(out: &mut String, store: &Store, explanation: &Explanation, verbose: bool) {
    let (about, rest): (Vec<&LessonRow>, Vec<&LessonRow>) =
        explanation.lessons.iter().partition(|row| row.concerns_path);
    title(
        out,
        &format!("{} about this path", counted(about.len(), "lesson")),
    );
    let mut groups: Vec<(String, Vec<&LessonRow>)> = Vec::new();
    for row in &about {
        let why = why(row);
        match groups.iter_mut().find(|(known, _)| *known == why) {
            Some((_, rows)) => rows.push(row),
            None => groups.push((why, vec![row])),
        }
    }
    for (why, rows) in groups {
        say(out, &format!("  {}", visible(&why)));
        out.push_str(&marks(store, &rows));
    }
    if !about.is_empty() {
        let legend = "r rule, s summary, f full, · nothing; empty: not loaded; now → after the merge";
        say(out, &paint(DIM, &format!("  {legend}")));
    }
    if about.iter().any(|row| row.check_level.is_checked()) {
        let line = check_levels::run_words(explanation.lint_run.as_ref());
        out.push_str(&paint(DIM, &fill(2, 4, &visible(&format!("checks: {line}")))));
    }
    if verbose {
        for row in &about {
            for (word, places) in [("now", &row.current), ("after the merge", &row.proposed)] {
                for at in places {
                    let line = format!("{}, {word}: {}", row.lesson, place(at));
                    out.push_str(&paint(DIM, &fill(2, 4, &visible(&line))));
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
        out.push_str(&paint(DIM, &fill(2, 4, &visible(&line))));
    }
}

/// One row for each lesson, and one column for each entry point from which an assistant loads one of them.
fn marks(store: &Store, rows: &[&LessonRow]) -> String {
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
    let heads = heads(rows.iter().map(|row| row.lesson.as_str()), &columns);
    let mut table = TextTable::new(&[]).indent(4).can_shrink(0);
    let mut head = vec![Line::styled(BOLD, "lesson"), Line::styled(BOLD, "severity")];
    head.extend(heads.iter().map(|name| Line::styled(BOLD, name)));
    let has_checks = rows.iter().any(|row| row.check_level.is_checked());
    head.extend(has_checks.then(|| Line::styled(BOLD, "checks")));
    table.row(head);
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
    table.render() + &heads_legend(&heads, &columns)
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

/// Assistants with the same counts share a line; with `-v` each has its own.
fn assistants(out: &mut String, explanation: &Explanation, verbose: bool) {
    title(out, "How many of them each assistant loads");
    let mut groups: Vec<(&AssistantRow, Vec<&str>)> = Vec::new();
    for row in &explanation.assistants {
        let alike = |(other, _): &&mut (&AssistantRow, Vec<&str>)| {
            !verbose && (other.current, other.proposed) == (row.current, row.proposed)
        };
        match groups.iter_mut().find(alike) {
            Some((_, names)) => names.push(&row.assistant),
            None => groups.push((row, vec![&row.assistant])),
        }
    }
    let mut table = TextTable::new(&["lessons", "copies", "loads", "assistants"])
        .indent(2)
        .right(1)
        .can_shrink(3);
    for (row, assistants) in groups {
        let all = explanation.about_path;
        let (now, later) = (row.current.about_path, row.proposed.about_path);
        let style = match (now >= all, later >= all) {
            (true, _) => GOOD,
            (false, true) => CAREFUL,
            (false, false) => BAD,
        };
        let sum = row.proposed;
        table.row([
            if all == 0 {
                Line::styled(DIM, "none")
            } else {
                Line::styled(style, format!("{} of {all}", arrow(now, later)))
            },
            Line::from(sum.copies.to_string()),
            Line::from(size((sum.files, sum.lines, sum.bytes))),
            Line::from(names(&assistants, NAMES)),
        ]);
    }
    out.push_str(&table.render());
}

/// The instruction files: which assistants load each for this path, and which do not, and why.
fn files(out: &mut String, store: &Store, explanation: &Explanation, verbose: bool) {
    title(out, "Instruction files");
    for row in &explanation.files {
        let mut marks = vec![if row.broken {
            "it can't be read: it is a link to a missing file, or not a regular file".to_owned()
        } else {
            grown(row.current, row.proposed)
        }];
        marks.extend(row.link.as_ref().map(|link| format!("a link to {link}")));
        if !row.in_use {
            marks.push(format!(
                "`{}` is not in `use`, so no lesson is written to it",
                row.entry_point
            ));
        }
        say(
            out,
            &format!(
                "  {}   {}",
                visible(&row.path),
                paint(DIM, &visible(&marks.join("; ")))
            ),
        );
        for (when, assistants) in by_when(row) {
            let (style, text) = match &when {
                LoadTime::Never { why } => (CAREFUL, format!("not read ({why})")),
                other => (GOOD, super::assistants::when(other)),
            };
            let assistants = names(&assistants, if verbose { assistants.len() } else { NAMES });
            let line = fill(4, 6, &format!("{}: {assistants}", visible(&text)));
            out.push_str(&paint(style, &line));
        }
        if row.assistants.is_empty() && !row.broken {
            say(
                out,
                &format!(
                    "    {}",
                    paint(DIM, "on request: any assistant that is asked to read it")
                ),
            );
        }
    }
    let missing = |row: &&EntryPoint| !explanation.files.iter().any(|file| file.entry_point == row.name);
    let unused: Vec<&str> = store
        .entry_points
        .iter()
        .filter(missing)
        .map(|row| row.name.as_str())
        .collect();
    if !unused.is_empty() {
        say(out, &paint(DIM, &format!("  no file for {}", unused.join(", "))));
    }
}

/// Assistants, grouped by when they load a file after the merge (or now, if the merge removes the file).
fn by_when(row: &FileRow) -> Vec<(LoadTime, Vec<String>)> {
    let mut groups: Vec<(LoadTime, Vec<String>)> = Vec::new();
    for loads in &row.assistants {
        let Some(when) = loads.proposed.as_ref().or(loads.current.as_ref()) else {
            continue;
        };
        match groups.iter_mut().find(|(known, _)| known == when) {
            Some((_, assistants)) => assistants.push(loads.assistant.clone()),
            None => groups.push((when.clone(), vec![loads.assistant.clone()])),
        }
    }
    groups.sort_by_key(|(when, _)| !when.is_loaded()); // stable: the assistants' order stays
    groups
}

fn grown(now: Option<Size>, proposed: Option<Size>) -> String {
    match (now, proposed) {
        (None, Some(size)) => format!("only after the merge, {}", counted(size.lines, "line")),
        (Some(size), None) => format!("{}, removed by the merge", counted(size.lines, "line")),
        (Some(now), Some(later)) if now != later => {
            format!(
                "{} now, {} after the merge",
                counted(now.lines, "line"),
                later.lines
            )
        }
        (_, Some(size)) => counted(size.lines, "line"),
        (None, None) => String::new(),
    }
}

fn not_seen(out: &mut String, explanation: &Explanation, verbose: bool) {
    if !explanation.misses.is_empty() {
        title(out, "Not loaded, although about this path");
        let mut groups: Vec<(&[String], &str, Vec<&str>)> = Vec::new();
        for miss in &explanation.misses {
            let alike = |(assistants, why, _): &&mut (&[String], &str, Vec<&str>)| {
                *assistants == miss.assistants.as_slice() && *why == miss.why
            };
            match groups.iter_mut().find(alike) {
                Some((.., lessons)) => lessons.push(&miss.lesson),
                None => groups.push((&miss.assistants, &miss.why, vec![&miss.lesson])),
            }
        }
        for (assistants, why, lessons) in groups {
            let shown = |all: usize| if verbose { all } else { NAMES };
            let line = format!(
                "{}: not loaded by {}: {why}",
                names(&lessons, shown(lessons.len())),
                names(assistants, shown(assistants.len()))
            );
            out.push_str(&fill(2, 4, &visible(&line)));
        }
    }
    if explanation.elsewhere.is_empty() {
        return;
    }
    let count = explanation.elsewhere.len();
    title(
        out,
        &format!(
            "{} in the store about such paths, but not for this target",
            counted(count, "lesson")
        ),
    );
    let shown = if verbose { count } else { 5 };
    let mut table = TextTable::new(&[]).indent(2).can_shrink(2);
    for row in explanation.elsewhere.iter().take(shown) {
        let path = row
            .globs
            .first()
            .map_or("every path".to_owned(), |glob| format!("path {glob}"));
        table.row([
            Line::from(row.lesson.as_str()),
            Line::styled(style::severity(row.severity), row.severity.word()),
            Line::from(format!("{}; {path}", row.why)),
        ]);
    }
    out.push_str(&table.render());
    if count > shown {
        say(
            out,
            &paint(DIM, &format!("  and {} more (-v lists them)", count - shown)),
        );
    }
}
