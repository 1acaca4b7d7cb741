//! Active lessons that no target receives.
//!
//! Input: the plans. Output: a finding at the line that keeps the lesson out. Not here: critical ones, which `check` reports as an error.

use crate::receivers::Receivers;
use crate::{AuditInput, active, retire};
use lessonbook_base::finding::{Code, Finding, Location};
use lessonbook_base::globs::Glob;
use lessonbook_store::{Lesson, Severity};

/// A finding for each of them. In a store without targets every lesson would be one, so there is none.
pub fn findings(input: &AuditInput, receivers: &Receivers) -> Vec<Finding> {
    let is_any_enabled = input.targets.iter().any(|one| one.target.enabled);
    let unplaced = active(input.store).filter(|lesson| {
        is_any_enabled
            && lesson.severity != Severity::Critical
            && !input.store.is_library(lesson)
            && receivers.of(&lesson.id).is_empty()
            && !receivers.may_be_more(input, lesson)
    });
    unplaced.map(|lesson| finding(input, receivers, lesson)).collect()
}

fn finding(input: &AuditInput, receivers: &Receivers, lesson: &Lesson) -> Finding {
    let (why, place) = why(input, receivers, lesson);
    let mut finding = Finding::new(
        Code::NeverPlaced,
        format!("no target receives `{}`: {why}", lesson.id),
    )
    .lesson(&lesson.id)
    .effect("no assistant reads the lesson, and it is still reviewed and tested")
    .help(format!(
        "{}, or retire it: {}",
        if lesson.tags.is_empty() {
            "correct or widen `paths`"
        } else {
            "give a target one of its tags"
        },
        retire(&lesson.id, "no target needs it")
    ));
    finding.at = place.or_else(|| input.store.places.lesson(&lesson.id));
    finding
}

/// What keeps it out of every target, and where that is written.
fn why(input: &AuditInput, receivers: &Receivers, lesson: &Lesson) -> (String, Option<Location>) {
    let places = &input.store.places;
    let left_out: Vec<&str> = input
        .targets
        .iter()
        .flat_map(|one| &one.plan.content.left_out)
        .filter(|excluded| excluded.lesson == lesson.id)
        .map(|excluded| excluded.why.as_str())
        .collect();
    if let Some(first) = left_out.first() {
        return ((*first).to_owned(), None);
    }
    let enabled = || {
        input
            .targets
            .iter()
            .map(|one| one.target)
            .filter(|target| target.enabled)
    };
    let has_tag = enabled().any(|target| lesson.tags.iter().any(|tag| target.tags.contains(tag)));
    if let Some(first) = lesson.tags.first().filter(|_| !has_tag) {
        let tags: Vec<String> = lesson.tags.iter().map(|tag| format!("`{tag}`")).collect();
        let why = format!("no target has the tag {}", tags.join(" or "));
        return (why, places.tag(&lesson.id, first));
    }
    if receivers.is_exempt(&lesson.id) {
        return ("exceptions leave it out wherever it would be".to_owned(), None);
    }
    match lesson.paths.first().map(Glob::as_written) {
        Some(first) if lesson.tags.is_empty() => (
            "its paths match no file".to_owned(),
            places.glob(&lesson.id, first),
        ),
        _ => (
            format!(
                "`redundancy` asks for no {} lesson at the entry points in use",
                lesson.severity.word()
            ),
            None,
        ),
    }
}
