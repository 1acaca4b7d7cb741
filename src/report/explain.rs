//! Prints which lessons assistants load when they edit a path, for a terminal and for programs.
//!
//! Input: an [`Explanation`]. Output: one string with colors, or one JSON document. Not here: computing it
//! (`pipeline/explain`).

use lessonbook_pipeline::target_state::TargetState;
use serde_json::{Value, json};

use super::assistants::{arrow, names, size};
use super::check_levels;
use super::coverage::{details, heads, heads_legend};
use super::envelope::{DocumentSubject, envelope};
use super::findings::counted;
use super::plan::{content, short, state_word};
use super::style::{self, BAD, BOLD, CAREFUL, DIM, GOOD};
use super::{Document, Line, TextTable, View};
use lessonbook_pipeline::assistant_view::LoadTime;
use lessonbook_pipeline::custom_agents;
use lessonbook_pipeline::explain::{AssistantRow, Explanation, FileRow, LessonRow, ReadPlace, Size};
use lessonbook_pipeline::plan::TargetPlan;
use lessonbook_pipeline::select::Reason;
use lessonbook_proof::chain::{ChainFile, ChainLoad};
use lessonbook_store::{Detail, EntryPoint, Store};

/// How many names of assistants are shown without `-v`.
const NAMES: usize = 3;

/// The explanation as a document.
pub fn json(store: &Store, plan: &TargetPlan, explanation: &Explanation) -> Value {
    let mut page = json!(explanation);
    page["target"] = plan.target.name.as_str().into();
    page["verdict"] = json!(plan.outcome.state);
    page["custom_agents"] = json!(custom_agents::of_plan(plan).collect::<Vec<_>>());
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
    let base = plan.target.base.as_ref();
    let base = base.map(|base| format!("   {}@{}", base.branch, short(&base.commit)));
    let first = Line::styled(BOLD, &explanation.path)
        .then(format!(" in {}{}   ", plan.target.name, base.unwrap_or_default()))
        .then(state_word(plan.outcome.state));
    let mut document = Document::default();
    document.section(first, facts(plan, explanation));
    let about = explanation.lessons.iter().filter(|row| row.concerns_path).count();
    let parts = [
        (
            format!("{} about this path", counted(about, "lesson")),
            lessons(store, explanation, verbose),
        ),
        (
            "How many of them each assistant loads".to_owned(),
            assistants(explanation, verbose),
        ),
        ("Instruction files".to_owned(), files(store, explanation, verbose)),
        (
            "In order, from the root down".to_owned(),
            chains(explanation, verbose),
        ),
        (
            "Not loaded, although about this path".to_owned(),
            misses(explanation, verbose),
        ),
        (
            "Custom agents that load none of these files".to_owned(),
            content::findings(custom_agents::of_plan(plan)),
        ),
        (
            format!(
                "{} in the store about such paths, but not for this target",
                counted(explanation.elsewhere.len(), "lesson")
            ),
            elsewhere(explanation, verbose),
        ),
    ];
    for (number, (title, content)) in parts.into_iter().enumerate() {
        if number < 3 || !content.is_empty() {
            document.section(Line::styled(BOLD, title), content);
        }
    }
    document.human()
}

fn facts(plan: &TargetPlan, explanation: &Explanation) -> Document {
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
        let fact = "the plan is refused, so nothing is proposed; run `lessonbook plan` to see why";
        facts.push(fact.to_owned());
    }
    let mut document = Document::default();
    for fact in facts {
        document.line(Line::styled(DIM, fact));
    }
    document
}

/// First the lessons about this path, grouped by reason; then the other lessons in the prompt.
fn lessons(store: &Store, explanation: &Explanation, verbose: bool) -> Document {
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

/// Assistants with the same counts share a line; with `-v` each has its own.
fn assistants(explanation: &Explanation, verbose: bool) -> Document {
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
    let mut document = Document::default();
    document.table(table);
    document
}

/// The instruction files: which assistants load each for this path, and which do not, and why.
fn files(store: &Store, explanation: &Explanation, verbose: bool) -> Document {
    let mut document = Document::default();
    for row in &explanation.files {
        let mut marks = vec![if row.broken {
            "it can't be read: it is a link to a missing file, or not a regular file".to_owned()
        } else {
            grown(row.current, row.proposed)
        }];
        marks.extend(row.link.as_ref().map(|link| format!("a link to {link}")));
        if !row.in_use {
            let name = &row.entry_point;
            marks.push(format!("`{name}` is not in `use`, so no lesson is written to it"));
        }
        let title = Line::from(&row.path).then("   ");
        document.section(
            title.then(Line::styled(DIM, marks.join("; "))),
            loading(row, verbose),
        );
    }
    let missing = |row: &&EntryPoint| !explanation.files.iter().any(|file| file.entry_point == row.name);
    let unused = store.entry_points.iter().filter(missing);
    let unused: Vec<&str> = unused.map(|row| row.name.as_str()).collect();
    if !unused.is_empty() {
        document.line(Line::styled(DIM, format!("no file for {}", unused.join(", "))));
    }
    document
}

/// When assistants load a file.
fn loading(row: &FileRow, verbose: bool) -> Document {
    let mut document = Document::default();
    for (when, assistants) in by_when(row) {
        let (style, text) = match &when {
            LoadTime::Never { why } => (CAREFUL, format!("not read ({why})")),
            other => (GOOD, super::assistants::when(other)),
        };
        let assistants = names(&assistants, if verbose { assistants.len() } else { NAMES });
        document.item(Line::styled(style, format!("{text}: {assistants}")));
    }
    if row.assistants.is_empty() && !row.broken {
        document.item(Line::styled(
            DIM,
            "on request: any assistant that is asked to read it",
        ));
    }
    document
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

/// The files of each assistant in the order in which it loads them, if some of them are in folders below the root.
fn chains(explanation: &Explanation, verbose: bool) -> Document {
    let mut document = Document::default();
    let is_below = |file: &ChainFile| {
        let in_root = explanation
            .files
            .iter()
            .any(|row| row.path == file.path && row.entry_point == file.entry_point);
        !in_root
    };
    if !verbose
        && !explanation
            .chains
            .iter()
            .any(|chain| chain.files.iter().any(is_below))
    {
        return document;
    }
    let mut groups: Vec<(&[ChainFile], Vec<&str>)> = Vec::new();
    for chain in &explanation.chains {
        match groups.iter_mut().find(|(files, _)| *files == chain.files) {
            Some((_, names)) => names.push(&chain.assistant),
            None => groups.push((&chain.files, vec![&chain.assistant])),
        }
    }
    for (files, assistants) in groups {
        let mut list = Document::default();
        for file in files {
            let mut text = format!("{}   {} bytes", file.path, file.bytes);
            let style = match &file.load {
                ChainLoad::Loaded => GOOD,
                ChainLoad::Imported { by } => {
                    text.push_str(&format!(", imported by {by}"));
                    GOOD
                }
                ChainLoad::ForPaths => {
                    text.push_str(", for this path");
                    GOOD
                }
                ChainLoad::NotLoaded { why } => {
                    text.push_str(&format!(", not loaded: {why}"));
                    CAREFUL
                }
            };
            if let Some(cut) = &file.cut {
                text.push_str(&format!(
                    ", only {} read: the chain is cut at {}",
                    cut.read, cut.limit
                ));
            }
            list.item(Line::styled(
                if file.cut.is_some() { CAREFUL } else { style },
                text,
            ));
        }
        if files.is_empty() {
            list.item(Line::styled(CAREFUL, "no file"));
        }
        document.section(names(&assistants, NAMES), list);
    }
    document
}

fn misses(explanation: &Explanation, verbose: bool) -> Document {
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
    let mut document = Document::default();
    for (assistants, why, lessons) in groups {
        let shown = |all: usize| if verbose { all } else { NAMES };
        document.item(format!(
            "{}: not loaded by {}: {why}",
            names(&lessons, shown(lessons.len())),
            names(assistants, shown(assistants.len()))
        ));
    }
    document
}

fn elsewhere(explanation: &Explanation, verbose: bool) -> Document {
    let most = if verbose { usize::MAX } else { 5 };
    let mut table = TextTable::new(&[]).can_shrink(2).most(most);
    for row in &explanation.elsewhere {
        let first = row.globs.first();
        let path = first.map_or("every path".to_owned(), |glob| format!("path {glob}"));
        table.row([
            Line::from(row.lesson.as_str()),
            Line::styled(style::severity(row.severity), row.severity.word()),
            Line::from(format!("{}; {path}", row.why)),
        ]);
    }
    let mut document = Document::default();
    document.table(table);
    document
}
