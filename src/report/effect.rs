//! What `effect` prints.
//!
//! Input: an [`Effect`]. Output: a page for a terminal, JSON, Markdown, and a line of summary. Not here: measuring (`run/effect`).
//!
//! The sentences are the same in every page: "introduced before" and "introduced after", never that something was prevented.

mod document;

pub use document::{human, markdown};

use serde_json::Value;

use super::envelope::{DocumentSubject, envelope};
use super::findings::counted;
use lessonbook_effect::comparison::{Comparison, Doubt, Verdict};
use lessonbook_effect::incidents::{DatedIncident, IncidentTime};
use lessonbook_effect::presence::PresenceState;
use lessonbook_effect::propagation::{Propagation, TargetPropagation};
use lessonbook_effect::recurrence::CheckRecurrence;
use lessonbook_effect::suppressions::{ReasonCount, Suppressions};
use lessonbook_effect::{Effect, LessonEffect, NotRead, ReadHistory};

/// For scripts.
pub fn json(effect: &Effect, about: DocumentSubject<'_>) -> serde_json::Result<String> {
    let data = serde_json::to_value(effect)?;
    let document: Value = envelope(about, data);
    Ok(serde_json::to_string_pretty(&document)? + "\n")
}

/// One line: how many lessons in how many targets, and what may be said.
pub fn line(effect: &Effect) -> String {
    let checked = effect
        .lessons
        .iter()
        .filter_map(|lesson| lesson.by_check.as_ref());
    let verdicts: Vec<Verdict> = checked.map(|checked| checked.merged.verdict).collect();
    let count = |verdict: Verdict| verdicts.iter().filter(|known| **known == verdict).count();
    let mut line = format!(
        "{} in {}",
        counted(effect.lessons.len(), "lesson"),
        counted(effect.targets.len(), "target")
    );
    if !verdicts.is_empty() {
        line.push_str(&format!(
            "; introduced after the merge: fewer for {}, more for {}, cannot tell for {}",
            count(Verdict::Fewer),
            count(Verdict::More),
            count(Verdict::CannotTell)
        ));
    }
    let again: usize = effect.lessons.iter().map(|lesson| lesson.by_incident.after).sum();
    if again > 0 {
        line.push_str(&format!("; {} after the merge", counted(again, "incident")));
    }
    line
}

/// A target that was not read, for stderr.
pub fn not_read_line(not_read: &NotRead) -> String {
    let level = if not_read.is_failure { "error" } else { "note" };
    let mut text = format!("{level}: {} was not read: {}", not_read.target, not_read.why);
    if let Some(help) = &not_read.help {
        text.push_str(&format!("\n  help: {help}"));
    }
    text
}

/// A clone that does not hold the whole history; none: it does.
fn cut_line(read: &ReadHistory) -> Option<String> {
    let known = read.oldest.map_or_else(
        || "its newest commit".to_owned(),
        |day| format!("the commits since {day}"),
    );
    let name = &read.target;
    if read.is_shallow {
        let help = "`git fetch --unshallow` completes it";
        return Some(format!(
            "{name} is a shallow clone, so only {known} can be read; {help}"
        ));
    }
    read.has_more.then(|| format!("of {name} only {known} are read"))
}

/// `written 2026-01-05; merged in 2 of 3 targets, half of them within 4 days, …`.
fn propagation_line(propagation: &Propagation) -> String {
    let mut line = written_words(propagation);
    let due = propagation.concerned - propagation.exempt - propagation.not_read;
    if propagation.concerned == 0 {
        return line + "; concerns no target";
    }
    line.push_str(&format!(
        "; merged in {} of {}",
        propagation.merged,
        counted(due, "target")
    ));
    if propagation.merged + propagation.removed > 0 {
        line.push_str(&days_words(propagation, due));
    }
    for (count, word) in [
        (propagation.waiting, "waiting"),
        (propagation.declined, "declined"),
        (propagation.exempt, "exempt"),
        (propagation.removed, "removed"),
        (propagation.not_read, "not read"),
    ] {
        if count > 0 {
            line.push_str(&format!("; {count} {word}"));
        }
    }
    line
}

/// When the lesson was written, or why that is not known.
fn written_words(propagation: &Propagation) -> String {
    let unclear = propagation.written_unclear.as_ref();
    let Some(written) = propagation.written else {
        return match unclear {
            Some(why) => format!("when it was written is not known, because {why}"),
            None => "not committed in the store yet".to_owned(),
        };
    };
    let active = propagation
        .active
        .map(|active| format!(", active since {active}"));
    let earlier = unclear.map(|why| format!(" or earlier ({why})"));
    format!(
        "written {written}{}{}",
        active.unwrap_or_default(),
        earlier.unwrap_or_default()
    )
}

/// After how many days the targets merged it. `due`: how many should have it.
fn days_words(propagation: &Propagation, due: usize) -> String {
    let is_timed = |target: &TargetPropagation| {
        target.merged.is_some() && target.days.is_some() && !target.is_merge_unclear
    };
    if !propagation.targets.iter().any(is_timed) {
        // The line begins with the reason if there is no date in the store to count from.
        let is_known = propagation.written.is_some();
        return if is_known {
            "; after how many days is not known"
        } else {
            ""
        }
        .to_owned();
    }
    let days = |days: i64| counted(usize::try_from(days).unwrap_or(0), "day");
    match (propagation.median_days, propagation.p90_days) {
        (Some(median), _) if due == 1 => format!(" within {}", days(median)),
        (Some(median), Some(most)) if median == most => format!("; 90 % of them within {}", days(most)),
        (Some(median), Some(most)) => format!(
            "; half of them within {}, 90 % within {}",
            days(median),
            days(most)
        ),
        (Some(median), None) => format!("; half of them within {}, 90 % not yet", days(median)),
        (None, _) => "; not yet in half of them".to_owned(),
    }
}

/// Since when, and why not.
fn target_remark(target: &TargetPropagation) -> String {
    let days = |days: i64| counted(usize::try_from(days).unwrap_or(0), "day");
    let mut parts: Vec<String> = Vec::new();
    if let Some(merged) = target.merged {
        let commit = target.commit.as_deref().unwrap_or_default();
        let short = commit.get(..7).unwrap_or(commit);
        parts.push(if target.is_merge_unclear {
            format!("on {merged} or earlier")
        } else {
            match target.days {
                Some(count) => format!("{merged} by {short}, after {}", days(count)),
                None => format!("{merged} by {short}"),
            }
        });
    } else if let Some(count) = target.days {
        parts.push(format!("for {}", days(count)));
    }
    if let (PresenceState::Removed | PresenceState::Waits, Some(removed)) = (target.state, target.removed) {
        parts.push(format!("removed {removed}"));
    }
    parts.extend(target.why.clone());
    parts.join("; ")
}

/// The comparisons of a lesson, each with its name.
fn comparisons(recurrence: &CheckRecurrence) -> Vec<(String, &Comparison)> {
    let mut all = vec![("before and after the merge".to_owned(), &recurrence.merged)];
    if let Some(not_reached) = &recurrence.not_reached {
        all.push(("not merged yet, same dates".to_owned(), not_reached));
    }
    if let Some(placebo) = &recurrence.placebo {
        let mut dates = recurrence.placebo_dates.values();
        let name = match (dates.next(), dates.next()) {
            (Some(day), None) => format!("placebo, {day}"),
            _ => "placebo dates before the merge".to_owned(),
        };
        all.push((name, placebo));
    }
    all
}

/// What does not count, and what is not known.
fn check_notes(lesson: &LessonEffect, recurrence: &CheckRecurrence) -> Vec<String> {
    let mut notes = Vec::new();
    if let (Some(last), count) = (
        lesson.propagation.checks_changed.last(),
        lesson.propagation.checks_changed.len(),
    ) {
        let times = if count == 1 {
            String::new()
        } else {
            format!("{count} times, last ")
        };
        notes.push(format!(
            "its checks changed {times}on {last}; all commits are judged by the checks as they are now"
        ));
    }
    if recurrence.merged.left_out > 0 {
        notes.push(format!(
            "{} has no exposed commit on one side of the merge, and is left out",
            counted(recurrence.merged.left_out, "target")
        ));
    }
    if let Some((higher, lower)) = recurrence.differing_targets() {
        notes.push(differing_note(higher, lower));
    }
    if recurrence.reverts > 0 {
        notes.push(format!(
            "{} only brought back what was there within 7 days before, and {} not count",
            counted(recurrence.reverts, "commit"),
            if recurrence.reverts == 1 { "does" } else { "do" }
        ));
    }
    if recurrence.unread > 0 {
        notes.push(format!(
            "{} could not be read in whole before or after a commit",
            counted(recurrence.unread, "file")
        ));
    }
    notes
}

/// What the checks may be said to show, in one sentence.
fn by_check_words(lesson: &LessonEffect, recurrence: &CheckRecurrence) -> String {
    let propagation = &lesson.propagation;
    let comparison = &recurrence.merged;
    if comparison.doubt != Some(Doubt::NothingToCompare) {
        comparison.verdict_words()
    } else if propagation.merged + propagation.removed == 0 {
        "cannot tell: no target has merged it".to_owned()
    } else {
        "cannot tell: no commit before the merge, or none after it, gave its checks something to judge"
            .to_owned()
    }
}

fn differing_note(higher: &str, lower: &str) -> String {
    format!(
        "the intervals of {higher} and {lower} do not overlap, so the ratio of all targets describes neither of them"
    )
}

/// When an incident was, compared with the merge.
fn incident_remark(lesson: &LessonEffect, incident: &DatedIncident) -> String {
    let mut targets = lesson.propagation.targets.iter();
    let is_merge_unclear =
        targets.any(|target| target.is_merge_unclear && Some(&target.target) == incident.target.as_ref());
    match incident.when {
        IncidentTime::Before if incident.target.is_some() => "before the lesson was merged there".to_owned(),
        IncidentTime::Before => "before".to_owned(),
        IncidentTime::SameDay if is_merge_unclear => "when it was merged there is not known".to_owned(),
        IncidentTime::SameDay => "on the day of the merge".to_owned(),
        IncidentTime::AfterMerge => {
            let days = incident.days_after.and_then(|days| usize::try_from(days).ok());
            format!(
                "recurrence, {} after the merge",
                counted(days.unwrap_or(0), "day")
            )
        }
        IncidentTime::UnknownRepository if incident.incident.repository.is_empty() => {
            "names no repository".to_owned()
        }
        IncidentTime::UnknownRepository => "not a target of this lesson".to_owned(),
    }
}

/// `31 places were introduced, and 4 excused`.
fn suppressions_line(suppressions: &Suppressions) -> String {
    format!(
        "{} introduced in all, {} excused",
        counted(suppressions.introduced, "place"),
        suppressions.excused
    )
}

fn reason_source(reason: &ReasonCount) -> &'static str {
    if reason.is_comment {
        "comment"
    } else {
        "exception of the store"
    }
}

fn reason_text(reason: &ReasonCount) -> String {
    if reason.reason.is_empty() {
        "no reason given".to_owned()
    } else {
        reason.reason.clone()
    }
}
