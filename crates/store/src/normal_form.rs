//! Finds paths that a lesson's globs would match except for the Unicode normal form of their letters.
//!
//! Input: a lesson and the paths of a target. Output: a finding for the first such path, which mixes composed and decomposed letters.
//! Not here: paths in one normal form, because both forms of a glob are written.

use lessonbook_base::finding::{Code, Finding, Level};
use lessonbook_base::globs::{Dialect, Matcher, composed};
use lessonbook_base::tree::Tree;

use super::{Lesson, Severity, Store};

/// Reports a path of the tree that the lesson means, but for which no assistant would load the lesson.
pub fn unmatched_path(store: &Store, lesson: &Lesson, tree: &Tree) -> Option<Finding> {
    let globs = lesson.globs();
    if !lesson.is_active() || globs.iter().all(|glob| glob.is_ascii()) {
        return None;
    }
    let in_one_form: Vec<_> = globs.iter().map(|glob| composed(glob)).collect();
    let (meant, loaded) = (
        Matcher::new(Dialect::Portable, &in_one_form),
        Matcher::new(Dialect::Portable, &lesson.spellings()),
    );
    let mut paths = tree.paths().filter(|path| !path.is_ascii());
    let path = paths.find(|path| {
        meant.is_match(&composed(path))
            && !loaded.is_match(path)
            && !store.entry_points.iter().any(|row| row.owns(path))
    })?;
    let mut hits = Vec::new();
    meant.matching(&composed(path), &mut hits);
    let glob = hits
        .first()
        .and_then(|at| globs.get(*at))
        .copied()
        .unwrap_or_default();
    let (written, found) = (escaped(glob), escaped(path));
    let mut finding = Finding::new(
        Code::PathNormalForm,
        format!("`{glob}` of {} and `{path}` differ only in their Unicode normal form: \"{written}\" and \"{found}\"", lesson.id),
    )
    .lesson(&lesson.id)
    .effect("assistants compare the bytes of a path, so the lesson is not loaded for this file")
    .help(format!("add the path's own spelling to the lesson's `paths`: \"{found}\""));
    if lesson.severity == Severity::Critical {
        finding.level = Level::Error;
    }
    Some(finding)
}

/// A text for a double-quoted YAML string, with every letter beyond ASCII written as an escape.
fn escaped(text: &str) -> String {
    let letter = |c: char| match u32::from(c) {
        0..=0x7f => c.to_string(),
        number @ 0x80..=0xffff => format!("\\u{number:04x}"),
        number => format!("\\U{number:08x}"),
    };
    text.chars().map(letter).collect()
}
