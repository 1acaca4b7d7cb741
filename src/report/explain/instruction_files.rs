//! The instruction files for a path: which assistants load each, when, and in which order.
//!
//! Input: an [`Explanation`]. Output: a section for each file, and one for each chain of files. Not here: the lessons in them
//! (`lesson_rows`).

use crate::report::assistants::names;
use crate::report::explain::NAMES;
use crate::report::findings::counted;
use crate::report::style::{CAREFUL, DIM, GOOD};
use crate::report::{Document, Line};
use lessonbook_pipeline::assistant_view::LoadTime;
use lessonbook_pipeline::explain::{Explanation, FileRow, Size};
use lessonbook_proof::chain::{ChainFile, ChainLoad};
use lessonbook_store::{EntryPoint, Store};

/// The instruction files: which assistants load each for this path, and which do not, and why.
pub(super) fn files(store: &Store, explanation: &Explanation, verbose: bool) -> Document {
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
            other => (GOOD, crate::report::assistants::when(other)),
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
pub(super) fn chains(explanation: &Explanation, verbose: bool) -> Document {
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
