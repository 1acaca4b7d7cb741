//! The Atom feed of new and changed lessons, and the dates of all pages.
//!
//! Input: the outline, with the histories of lessons. Output: `feed.xml`, or nothing for a store without a history. All dates are those
//! of commits, so the same history gives the same feed.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;

use crate::address::encoded;
use crate::engine::Engine;
use crate::input::{ChangeKind, LessonChange};
use crate::outline::{OutlineLesson, SiteHead, SiteOutline};
use crate::prose;
use lessonbook_base::finding::Finding;

/// The most entries of the feed.
const ENTRIES: usize = 50;

#[derive(Serialize)]
struct FeedPage<'a> {
    site: &'a SiteHead<'a>,
    /// The site's address without a final `/`; empty if it is unknown.
    url: &'a str,
    updated: String,
    entries: Vec<FeedEntry<'a>>,
}

#[derive(Serialize)]
struct FeedEntry<'a> {
    /// Stays the same as long as the commit does.
    id: String,
    title: String,
    updated: String,
    href: String,
    severity: &'static str,
    content: String,
    topic: &'a str,
}

/// The feed.
pub fn page(engine: &Engine, outline: &SiteOutline) -> Result<Option<(String, Vec<u8>)>, Finding> {
    let changes = changes(outline);
    let Some((_, newest)) = changes.first() else {
        return Ok(None);
    };
    let page = FeedPage {
        site: &outline.head,
        url: outline.input.url.as_deref().unwrap_or_default(),
        updated: second(newest.time),
        entries: changes
            .iter()
            .take(ENTRIES)
            .map(|(one, change)| entry(outline.head.name, one, change))
            .collect(),
    };
    Ok(Some((
        "feed.xml".to_owned(),
        engine.render("feed.xml.tera", &page)?,
    )))
}

/// The changes of the lessons that are in the site, newest first. A move to another topic is left out.
pub fn changes<'a>(outline: &'a SiteOutline) -> Vec<(&'a OutlineLesson<'a>, &'a LessonChange)> {
    let all = outline
        .lessons
        .iter()
        .flat_map(|one| one.changes.iter().map(move |change| (one, change)));
    let is_news = |(_, change): &(&OutlineLesson, &LessonChange)| {
        matches!(change.kind, ChangeKind::Added | ChangeKind::Changed)
    };
    let mut changes: Vec<_> = all.filter(is_news).collect();
    changes.sort_by(|(a, left), (b, right)| (right.time, &a.lesson.id).cmp(&(left.time, &b.lesson.id)));
    changes
}

fn entry<'a>(store: &str, one: &'a OutlineLesson, change: &LessonChange) -> FeedEntry<'a> {
    let lesson = one.lesson;
    let word = match change.kind {
        ChangeKind::Added => "New lesson",
        _ => "Changed",
    };
    FeedEntry {
        id: format!(
            "urn:lessonbook:{}:{}:{}",
            encoded(store),
            encoded(&lesson.id),
            change.commit
        ),
        title: format!("{word}: {}", lesson.title),
        updated: second(change.time),
        href: encoded(&one.path),
        severity: lesson.severity.word(),
        content: prose::html(&lesson.rule) + &prose::html(&lesson.rationale),
        topic: one.topic_title,
    }
}

/// The day of a time, in UTC.
pub fn day(time: i64) -> String {
    TimeZone::UTC.to_datetime(timestamp(time)).date().to_string()
}

/// A time to the second, as Atom and HTML write it.
pub fn second(time: i64) -> String {
    timestamp(time).to_string()
}

/// A commit can claim a time that no calendar has; it counts as the first second of 1970.
fn timestamp(time: i64) -> Timestamp {
    Timestamp::from_second(time).unwrap_or_default()
}
