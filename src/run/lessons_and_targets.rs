//! Which lessons and targets the words of `backtest` and `effect` mean.
//!
//! Input: ids of lessons, and names or globs of targets, in any order. Output: [`Chosen`], or an error of wrong usage that names the
//! nearest known word. A word that names a lesson is that lesson; every other word must name a target.

use std::collections::BTreeSet;

use crate::report::UserError;
use crate::run::targets;
use lessonbook_base::finding::Finding;
use lessonbook_store::words::nearest;
use lessonbook_store::{Lesson, Status, Store, Target};

/// What the words mean.
pub struct Chosen<'s> {
    /// Ids of lessons.
    pub lessons: BTreeSet<&'s str>,
    /// Whether the user named them.
    pub are_lessons_named: bool,
    /// Targets, in the order of `targets.yaml`.
    pub targets: Vec<&'s Target>,
    /// Whether the user named them.
    pub are_targets_named: bool,
}

/// The lessons and targets. Without lessons: all that are not retired, and that have checks if those are needed.
pub fn chosen<'s>(
    store: &'s Store,
    findings: &[Finding],
    words: &[String],
    need_checks: bool,
) -> anyhow::Result<Chosen<'s>> {
    let (mut named, mut places): (Vec<&Lesson>, Vec<String>) = (Vec::new(), Vec::new());
    for word in words {
        if let Some(lesson) = store.lesson(word) {
            named.push(lesson);
        } else if targets::select(store, std::slice::from_ref(word)).is_ok() {
            places.push(word.clone());
        } else {
            return Err(unknown(store, findings, word).into());
        }
    }
    if let Some(lesson) = named
        .iter()
        .find(|lesson| need_checks && lesson.checks.is_empty() && !lesson.broken)
    {
        let message = format!("the lesson `{}` has no checks", lesson.id);
        let help = format!(
            "write `checks` in {}; docs/guide/checks.md shows how",
            lesson.file
        );
        return Err(UserError::wrong_use(message).help(help).into());
    }
    let all = store.lessons.iter();
    let lessons: BTreeSet<&str> = if named.is_empty() {
        let is_enough = |lesson: &&Lesson| !need_checks || !lesson.checks.is_empty();
        all.filter(|lesson| is_enough(lesson) && lesson.status != Status::Retired)
            .map(|lesson| lesson.id.as_str())
            .collect()
    } else {
        named.iter().map(|lesson| lesson.id.as_str()).collect()
    };
    Ok(Chosen {
        lessons,
        are_lessons_named: !named.is_empty(),
        targets: targets::select(store, &places)?,
        are_targets_named: !places.is_empty(),
    })
}

/// Errors that are about a chosen lesson, or about no lesson, end the run: what would be tried is not known.
pub fn refuse_errors(findings: &[Finding], lessons: &BTreeSet<&str>, are_named: bool) -> anyhow::Result<()> {
    let concerns = |finding: &&Finding| match &finding.lesson {
        Some(id) => !are_named || lessons.contains(id.as_str()),
        None => true,
    };
    let errors = findings.iter().filter(|finding| finding.is_error());
    let errors = errors.filter(concerns).count();
    if errors == 0 {
        return Ok(());
    }
    let message = format!(
        "the store has {}",
        crate::report::findings::counted(errors, "error")
    );
    Err(UserError::new(message)
        .help("`lessonbook check` shows them; name the lessons to try to leave out errors of others")
        .into())
}

/// The store with only the chosen lessons, all of them active.
pub fn only(store: &Store, lessons: &BTreeSet<&str>) -> Store {
    let mut tried = store.clone();
    tried
        .lessons
        .retain(|lesson| lessons.contains(lesson.id.as_str()));
    for lesson in &mut tried.lessons {
        lesson.status = Status::Active;
    }
    tried
}

fn unknown(store: &Store, findings: &[Finding], word: &str) -> UserError {
    let trouble = UserError::wrong_use(format!("no lesson and no target is called `{word}`"));
    if findings
        .iter()
        .any(|finding| finding.is_error() && finding.lesson.as_deref() == Some(word))
    {
        return trouble.help("its file has errors: `lessonbook check` shows them");
    }
    let ids = store.lessons.iter().map(|lesson| lesson.id.as_str());
    let names: Vec<&str> = store.targets.iter().map(|target| target.name.as_str()).collect();
    let known: Vec<&str> = ids.chain(names.iter().copied()).collect();
    let part = || {
        let is_part = |known: &&&str| word.len() > 2 && known.contains(word);
        known.iter().find(is_part).copied()
    };
    match nearest(word, &known).or_else(part) {
        Some(near) => trouble.help(format!("did you mean `{near}`?")),
        None if names.is_empty() => {
            trouble.help("`lessonbook list` shows the lessons; targets.yaml names no target yet")
        }
        None => trouble.help(format!(
            "`lessonbook list` shows the lessons; targets.yaml names {}",
            targets::listed(names.into_iter())
        )),
    }
}
