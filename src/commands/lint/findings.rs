//! Hits and what else `lint` has to say, as findings.
//!
//! Input: the hits of both sides. Output: findings, the severest first. Not here: how they are printed.

use crate::run::tree_checks::{FileReader, ShownFiles};
use lessonbook_base::finding::{Code, Finding, Level, Location};
use lessonbook_base::text::redact;
use lessonbook_checks::allow::Until;
use lessonbook_checks::comment::CommentSyntax;
use lessonbook_checks::document::Unread;
use lessonbook_checks::tree_hits::{AllowFault, AllowProblem, Excuse, JudgedHit, TreeHits};
use lessonbook_store::{CheckedLesson, Severity};

/// What is described.
pub(super) struct Shown<'a> {
    /// The lessons, in the order of the linter.
    pub lessons: &'a [&'a CheckedLesson],
    /// The hits before the change.
    pub old: &'a TreeHits,
    /// The hits after it.
    pub new: &'a TreeHits,
    /// Which of them are new.
    pub added: &'a [usize],
    /// Reads a file after the change.
    pub read: FileReader<'a>,
}

/// New hits by severity, then excused hits, comments that are wrong, and files that could not be read.
pub(super) fn describe(shown: &Shown) -> Result<Vec<Finding>, Finding> {
    let mut texts = ShownFiles::new(shown.read);
    let mut hits: Vec<&JudgedHit> = shown.added.iter().map(|index| &shown.new.hits[*index]).collect();
    hits.retain(|judged| judged.excuse.is_none());
    let key = |judged: &&JudgedHit| {
        let hit = &judged.hit;
        (
            std::cmp::Reverse(shown.lessons[hit.lesson].severity),
            hit.file.clone(),
            hit.line,
            shown.lessons[hit.lesson].id.clone(),
            hit.check,
        )
    };
    hits.sort_by_key(key);
    let mut findings = Vec::new();
    for judged in hits {
        findings.push(hit(shown, judged, &mut texts)?);
    }
    for judged in &shown.new.hits {
        if let Some(excuse) = &judged.excuse {
            findings.push(excused(shown, judged, excuse, &mut texts)?);
        }
    }
    for problem in &shown.new.allow_problems {
        findings.push(comment(problem, &mut texts)?);
    }
    for (file, unread) in &shown.new.unread {
        findings.push(
            not_read(file, unread, "its checks of structure do not run here")
                .at(texts.place(file, unread.span.clone())?),
        );
    }
    let after = |file: &String| shown.new.unread.iter().any(|(unread, _)| unread == file);
    for (file, unread) in shown.old.unread.iter().filter(|(file, _)| !after(file)) {
        let finding = not_read(
            file,
            unread,
            "it is not known which of its places are new, so none is reported",
        );
        findings.push(finding.at(Location::file(file)));
    }
    for (file, lesson) in &shown.new.cut {
        let id = &shown.lessons[*lesson].id;
        let finding = Finding::new(Code::CheckUnread, format!("`{id}` has too many places in {file}"))
            .effect("only the first of them are compared and listed")
            .lesson(id.as_str());
        findings.push(finding.at(Location::file(file)));
    }
    Ok(findings)
}

fn place(judged: &JudgedHit, texts: &mut ShownFiles) -> Result<Option<Location>, Finding> {
    let hit = &judged.hit;
    let label = redact(&hit.detail);
    if hit.file.is_empty() {
        return Ok(None);
    }
    if !hit.is_in_text {
        return Ok(Some(Location::file(&hit.file).label(label)));
    }
    Ok(Some(texts.place(&hit.file, hit.span.clone())?.label(label)))
}

fn hit(shown: &Shown, judged: &JudgedHit, texts: &mut ShownFiles) -> Result<Finding, Finding> {
    let lesson = shown.lessons[judged.hit.lesson];
    let id = &lesson.id;
    let mut said = lesson.message(judged.hit.check).to_owned();
    if judged.hit.file.is_empty() {
        said = format!("{said}: {}", judged.hit.detail);
    }
    let mut finding = Finding::new(Code::CheckHit, said)
        .effect(format!(
            "lesson `{id}` ({}): {}",
            lesson.severity.word(),
            lesson.rule
        ))
        .lesson(id.as_str());
    let comment = CommentSyntax::new(&judged.hit.file)
        .usual()
        .filter(|_| judged.hit.is_in_text);
    finding = finding.help(match comment {
        Some((start, end)) => {
            format!("change it; if it is right here, write `{start}lessonbook:allow {id} REASON{end}` above the line")
        }
        None => "change it; if it is right here, ask the owners of the store for an exception with `path`".to_owned(),
    });
    finding.level = if lesson.severity >= Severity::High {
        Level::Error
    } else {
        Level::Warning
    };
    finding.at = place(judged, texts)?;
    Ok(finding)
}

fn excused(
    shown: &Shown,
    judged: &JudgedHit,
    excuse: &Excuse,
    texts: &mut ShownFiles,
) -> Result<Finding, Finding> {
    let lesson = shown.lessons[judged.hit.lesson];
    let why = match excuse {
        Excuse::Comment { reason, .. } if reason.is_empty() => {
            "excused by a comment, without a reason".to_owned()
        }
        Excuse::Comment { reason, .. } => format!("excused by a comment: {reason}"),
        Excuse::Exception { reason } => format!("excused by the store: {reason}"),
    };
    let said = format!("{} ({why})", lesson.message(judged.hit.check));
    let mut finding = Finding::new(Code::CheckExcused, redact(&said)).lesson(lesson.id.as_str());
    finding.at = place(judged, texts)?;
    Ok(finding)
}

fn comment(problem: &AllowProblem, texts: &mut ShownFiles) -> Result<Finding, Finding> {
    let allow = &problem.allow;
    let id = &allow.id;
    let (code, message, effect, help) = match problem.problem {
        AllowFault::NoId => (
            Code::AllowIncomplete,
            "`lessonbook:allow` names no lesson".to_owned(),
            "it excuses nothing",
            "write `lessonbook:allow ID REASON`",
        ),
        AllowFault::NoReason => (
            Code::AllowIncomplete,
            format!("`lessonbook:allow {id}` has no reason"),
            "later it is not known whether it still holds",
            "write the reason after the id",
        ),
        AllowFault::BadDay => (
            Code::AllowIncomplete,
            match &allow.until {
                Some(Until::Unreadable(word)) => format!("`until={word}` is not a day"),
                _ => "`until=` has no day".to_owned(),
            },
            "it excuses nothing",
            "write the day as YYYY-MM-DD",
        ),
        AllowFault::Past => (
            Code::AllowWithoutEffect,
            match &allow.until {
                Some(Until::Day(day)) => format!("`lessonbook:allow {id}` ended on {day}"),
                _ => format!("`lessonbook:allow {id}` has ended"),
            },
            "it excuses nothing any more",
            "change the place, or set a later day with a reason",
        ),
        AllowFault::UnknownLesson => (
            Code::AllowWithoutEffect,
            format!("no lesson with checks is called `{id}`"),
            "it excuses nothing",
            "correct the id, or remove the comment",
        ),
        AllowFault::NothingThere => (
            Code::AllowWithoutEffect,
            format!("no check of `{id}` finds anything here"),
            "it excuses nothing, and would hide the next mistake",
            "remove the comment; it counts for its own line and the next one",
        ),
    };
    let finding = Finding::new(code, message).effect(effect).help(help);
    Ok(finding.at(texts.place(&problem.file, allow.span.clone())?))
}

fn not_read(file: &str, unread: &Unread, effect: &str) -> Finding {
    Finding::new(
        Code::CheckUnread,
        format!("{file} can't be read in whole: {}", redact(&unread.reason)),
    )
    .effect(effect)
}
