//! The checks file says exactly the checks of the lessons that concern the target.
//!
//! Input: the file's final bytes, and the store's lessons. Output: one invariant; and, for other invariants, whether a file is our
//! checks file. Not here: whether the path may be written, and whether a file may be deleted (`bytes_preserved`).
//!
//! The bytes are parsed again and compared with the lessons, key by key. Which lessons concern the target is decided here once more,
//! without the pipeline. Comments are compared, too, because a parser skips them.

use super::{Invariant, InvariantInput, count, invariant};
use crate::expect;
use lessonbook_base::finding::{Code, Finding, Location};
use lessonbook_base::tree::Mode;
use lessonbook_store::{CheckedLesson, ChecksFile, Lesson, PathException, Store};

/// The evidence where there is no checks file, and none is due.
pub const NO_CHECKS: &str = "no checks file";

/// Computes the invariant.
pub(super) fn checks_as_lessons(facts: &InvariantInput<'_>, findings: &mut Vec<Finding>) -> Invariant {
    let path = ChecksFile::path_for(&facts.store.name);
    let lessons = expect::checked(facts.store, facts.target, facts.proposed.tree, facts.globs);
    let entry = facts.proposed.tree.get(&path);
    let wrong = |why: String| Err(why);
    let evidence = match (entry, lessons.is_empty()) {
        (None, true) => Ok(NO_CHECKS.to_owned()),
        (None, false) => wrong(format!(
            "`{path}` would be missing, although {} that concern this target have checks",
            count(lessons.len(), "lesson")
        )),
        (Some(_), true) => {
            let bytes = facts.proposed.tree.file(&path);
            if bytes.is_some_and(|bytes| is_own(facts.store, &path, bytes)) {
                wrong(format!(
                    "`{path}` would stay, although no check belongs in this target"
                ))
            } else {
                Ok(format!("{NO_CHECKS} of this store: `{path}` is not ours"))
            }
        }
        (Some(entry), false) => {
            let bytes = facts.proposed.tree.file(&path).unwrap_or_default();
            let is_regular = matches!(entry.mode, Mode::File | Mode::Executable);
            match difference(facts, &path, bytes, &lessons) {
                _ if !is_regular => wrong(format!("`{path}` is not a regular file")),
                Some(why) => wrong(format!("`{path}` {why}")),
                None => {
                    let checks: usize = lessons.iter().map(|(lesson, _)| lesson.checks.len()).sum();
                    Ok(format!(
                        "`{path}` says exactly the {} of {}",
                        count(checks, "check"),
                        count(lessons.len(), "lesson")
                    ))
                }
            }
        }
    };
    match evidence {
        Ok(evidence) => invariant("checks-as-lessons", true, evidence),
        Err(why) => {
            findings.push(
                Finding::new(Code::ChecksFileWrong, why.clone())
                    .at(Location::file(&path))
                    .effect("`lint` would judge changes by other checks than the store has, so nothing is proposed here")
                    .help("if another finding names the file, follow it; otherwise this is a bug in Lessonbook: please report it"),
            );
            invariant("checks-as-lessons", false, why)
        }
    }
}

/// What the file says otherwise than the lessons.
fn difference(
    facts: &InvariantInput<'_>,
    path: &str,
    bytes: &[u8],
    concerned: &[(&Lesson, Vec<String>)],
) -> Option<String> {
    let lessons: Vec<&Lesson> = concerned.iter().map(|(lesson, _)| *lesson).collect();
    let Some(file) = ChecksFile::parse(path, bytes).0 else {
        return Some("can't be read as checks".to_owned());
    };
    if file.name != facts.store.name || file.home != facts.store.home {
        return Some(format!("names the store `{}` at `{}`", file.name, file.home));
    }
    let ids: Vec<&str> = file.lessons.iter().map(|lesson| lesson.id.as_str()).collect();
    if let Some(extra) = ids
        .iter()
        .find(|id| !lessons.iter().any(|lesson| lesson.id == **id))
    {
        return Some(format!(
            "has the checks of `{extra}`, which do not belong in this target"
        ));
    }
    for (lesson, folders) in concerned {
        let mut same = file.lessons.iter().filter(|said| said.id == lesson.id);
        match (same.next(), same.next()) {
            (None, _) => return Some(format!("lacks the checks of `{}`", lesson.id)),
            (_, Some(_)) => return Some(format!("names `{}` twice", lesson.id)),
            (Some(said), None) if !is_same(said, lesson, folders) => {
                return Some(format!("says something else than `{}`", lesson.id));
            }
            (Some(_), None) => {}
        }
    }
    if let Some(why) = other_exceptions(facts, &file, &lessons) {
        return Some(why);
    }
    let is_written = facts.edits.iter().any(|edit| edit.path == path);
    (is_written && has_other_comments(&file, bytes)).then(|| "has a comment that is not ours".to_owned())
}

/// The globs of a lesson that concerns these folders, as the root sees them.
fn globs_for(lesson: &Lesson, folders: &[String]) -> Vec<String> {
    let written: Vec<&str> = lesson
        .paths
        .iter()
        .map(lessonbook_base::globs::Glob::as_written)
        .collect();
    let mut globs: Vec<String> = Vec::new();
    for folder in folders {
        let is_anchored = lesson
            .globs()
            .iter()
            .any(|glob| glob.split('/').next() != Some("**"));
        let inside = |other: &String| {
            other != folder && (other.is_empty() || folder.starts_with(&format!("{other}/")))
        };
        if !is_anchored && folders.iter().any(inside) {
            continue; // another folder's globs include these
        }
        match (folder.as_str(), written.as_slice()) {
            ("", written) => globs.extend(written.iter().map(|glob| (*glob).to_owned())),
            (folder, []) => globs.push(format!("{folder}/**")),
            (folder, written) => globs.extend(written.iter().map(|glob| format!("{folder}/{glob}"))),
        }
    }
    globs
}

/// Whether a lesson in the file says the same as in the store. Examples are for the store's own test and are left out.
fn is_same(said: &CheckedLesson, lesson: &Lesson, folders: &[String]) -> bool {
    let mut checks = lesson.checks.clone();
    for check in &mut checks {
        check.examples.clear();
    }
    let globs = |paths: &[lessonbook_base::globs::Glob]| -> Vec<String> {
        paths.iter().map(|glob| glob.as_written().to_owned()).collect()
    };
    said.title == lesson.title
        && said.severity == lesson.severity
        && said.rule == lesson.rule
        && globs(&said.paths) == globs_for(lesson, folders)
        && said.checks == checks
}

/// What the file excuses otherwise than the store.
fn other_exceptions(facts: &InvariantInput<'_>, file: &ChecksFile, lessons: &[&Lesson]) -> Option<String> {
    let is_here = |exception: &&PathException| {
        exception.names_target(&facts.target.name)
            && lessons.iter().any(|lesson| lesson.id == exception.lesson)
    };
    let exceptions: Vec<&PathException> = facts.store.path_exceptions.iter().filter(is_here).collect();
    let same = exceptions.len() == file.exceptions.len()
        && exceptions.iter().zip(&file.exceptions).all(|(exception, said)| {
            (
                &exception.lesson,
                &exception.path,
                &exception.reason,
                exception.until,
            ) == (&said.lesson, &said.path, &said.reason, said.until)
        });
    (!same).then(|| "excuses other paths than the store".to_owned())
}

/// Whether a line is a comment that the format does not have. A parser skips it, so it could say anything.
fn has_other_comments(file: &ChecksFile, bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    let comments = file.comments();
    let mut found = text.lines().filter(|line| line.trim_start().starts_with('#'));
    found.any(|line| !comments.iter().any(|known| known == line))
}

/// The file, if it is our checks file.
pub(crate) fn own(store: &Store, path: &str, bytes: &[u8]) -> Option<ChecksFile> {
    if path != ChecksFile::path_for(&store.name) {
        return None;
    }
    let file = ChecksFile::parse(path, bytes)
        .0
        .filter(|file| file.name == store.name)?;
    let has_had =
        |id: &str| store.history.ids.contains(id) || store.lessons.iter().any(|lesson| lesson.id == id);
    let is_ours = file.home == store.home
        || !file.lessons.is_empty() && file.lessons.iter().all(|lesson| has_had(&lesson.id));
    is_ours.then_some(file)
}

/// Whether the file is our checks file, also where a person damaged it so that it can't be read.
pub(super) fn is_own(store: &Store, path: &str, bytes: &[u8]) -> bool {
    own(store, path, bytes).is_some()
        || path == ChecksFile::path_for(&store.name)
            && ChecksFile::damage(path, bytes, (&store.name, &store.home)).is_some()
}

/// Whether the file is our checks file as we wrote it.
pub(super) fn is_own_unedited(store: &Store, path: &str, bytes: &[u8]) -> bool {
    own(store, path, bytes).is_some_and(|file| file.is_unedited(bytes))
}
