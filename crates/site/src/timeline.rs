//! The timeline of merges: a row for each target, and a dot for each day on which it merged lessons.
//!
//! Input: the outline, with what the histories say of each lesson. Output: `timeline/index.html`; none without histories. Not here: reading
//! histories (`src/run/effect`) and colors (`style.css`).

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::{ToSpan, Unit};
use serde::Serialize;

use crate::address::encoded;
use crate::engine::Engine;
use crate::named_link::NamedLink;
use crate::outline::{SiteHead, SiteOutline};
use lessonbook_base::finding::Finding;
use lessonbook_effect::presence::PresenceState;

/// The room for names, for dots, and right of them.
const LEFT: i32 = 200;
const WIDTH: i32 = 640;
const RIGHT: i32 = 24;
const TOP: i32 = 30;
const STEP: i32 = 22;

/// A name is cut at so many characters.
const LONGEST_NAME: usize = 28;

/// At most so many days have a label.
const MOST_LABELS: i32 = 8;

/// The newest merges are listed, and so many lessons of each.
const LISTED: usize = 50;
const NAMED: usize = 6;

/// A dot is larger the more lessons were merged on its day: the smallest number of each size, and the width of its stroke.
const SIZES: [(usize, i32, &str); 4] = [
    (1, 6, "1 lesson"),
    (2, 9, "2 to 4 lessons"),
    (5, 12, "5 to 19 lessons"),
    (20, 16, "20 or more lessons"),
];

#[derive(Serialize)]
struct TimelinePage<'a> {
    site: &'a SiteHead<'a>,
    root: &'static str,
    picture: Option<TimelinePicture>,
    targets: Vec<TimelineTarget<'a>>,
    newest: Vec<MergeDay<'a>>,
    /// How many days of merges are not listed.
    more: usize,
}

#[derive(Serialize)]
struct TimelinePicture {
    width: i32,
    height: i32,
    bottom: i32,
    first: String,
    last: String,
    merges: usize,
    labels: Vec<TimeLabel>,
    rows: Vec<TimelineRow>,
    dots: Vec<DotShape>,
    /// A cross for each day on which a target lost a lesson that it does not have today.
    removed: String,
}

#[derive(Serialize)]
struct TimeLabel {
    x: i32,
    text: String,
}

#[derive(Serialize)]
struct TimelineRow {
    y: i32,
    name: String,
}

/// All dots of a size in one shape.
#[derive(Serialize)]
struct DotShape {
    width: i32,
    words: &'static str,
    shape: String,
}

/// A row of the table, with what the picture shows and what it can't.
#[derive(Serialize)]
struct TimelineTarget<'a> {
    name: &'a str,
    href: String,
    merged: usize,
    waiting: usize,
    first: String,
    last: String,
    /// Lessons that were there already when the history begins.
    unclear: usize,
}

/// What one target merged on one day.
#[derive(Serialize)]
struct MergeDay<'a> {
    day: String,
    target: NamedLink<'a>,
    lessons: Vec<NamedLink<'a>>,
    more: usize,
}

/// What a target merged and lost, by day.
#[derive(Default)]
struct TargetDays<'a> {
    merged: BTreeMap<Date, Vec<&'a str>>,
    removed: BTreeMap<Date, usize>,
    waiting: usize,
    unclear: usize,
    present: usize,
}

/// The page.
pub fn page(engine: &Engine, outline: &SiteOutline) -> Result<Option<(String, Vec<u8>)>, Finding> {
    if !outline.head.has_timeline {
        return Ok(None);
    }
    let days = days(outline);
    let (newest, more) = newest(outline, &days);
    let page = TimelinePage {
        site: &outline.head,
        root: "../",
        picture: TimelinePicture::new(outline, &days),
        targets: targets(outline, &days),
        newest,
        more,
    };
    let html = engine.render("timeline.html.tera", &page)?;
    Ok(Some(("timeline/index.html".to_owned(), html)))
}

/// What happened in each target, in the order of the outline.
fn days<'a>(outline: &'a SiteOutline) -> Vec<TargetDays<'a>> {
    let names = outline.targets.iter().enumerate();
    let places: BTreeMap<&str, usize> = names
        .map(|(at, one)| (one.target.plan.target.name.as_str(), at))
        .collect();
    let mut days: Vec<TargetDays> = Vec::new();
    days.resize_with(outline.targets.len(), TargetDays::default);
    for one in &outline.lessons {
        let effect = outline.input.effects.get(&one.lesson.id);
        for row in effect.into_iter().flat_map(|effect| &effect.propagation.targets) {
            let Some(target) = places.get(row.target.as_str()).and_then(|at| days.get_mut(*at)) else {
                continue;
            };
            match row.state {
                PresenceState::Merged => target.present += 1,
                PresenceState::Proposed | PresenceState::Waits => target.waiting += 1,
                _ => {}
            }
            match row.merged {
                Some(_) if row.is_merge_unclear => target.unclear += 1,
                Some(day) => target.merged.entry(day).or_default().push(&one.lesson.id),
                None => {}
            }
            if let (PresenceState::Removed, Some(day)) = (row.state, row.removed) {
                *target.removed.entry(day).or_default() += 1;
            }
        }
    }
    days
}

fn targets<'a>(outline: &'a SiteOutline, days: &[TargetDays]) -> Vec<TimelineTarget<'a>> {
    let day = |day: Option<&Date>| day.map(Date::to_string).unwrap_or_default();
    let all = outline.targets.iter().zip(days);
    all.map(|(one, days)| TimelineTarget {
        name: &one.target.plan.target.name,
        href: encoded(&one.path),
        merged: days.present,
        waiting: days.waiting,
        first: day(days.merged.keys().next()),
        last: day(days.merged.keys().next_back()),
        unclear: days.unclear,
    })
    .collect()
}

/// The newest merges, and how many more there are.
fn newest<'a>(outline: &'a SiteOutline, days: &[TargetDays<'a>]) -> (Vec<MergeDay<'a>>, usize) {
    let mut all: Vec<(&Date, usize, &Vec<&'a str>)> = days
        .iter()
        .enumerate()
        .flat_map(|(at, days)| days.merged.iter().map(move |(day, lessons)| (day, at, lessons)))
        .collect();
    all.sort_by(|a, b| (b.0, a.1).cmp(&(a.0, b.1)));
    let more = all.len().saturating_sub(LISTED);
    let listed = all.into_iter().take(LISTED).map(|(day, at, lessons)| {
        let one = &outline.targets[at];
        let link = |id: &&'a str| NamedLink {
            name: id,
            href: outline.lesson_href(id).unwrap_or_default(),
        };
        MergeDay {
            day: day.to_string(),
            target: NamedLink {
                name: &one.target.plan.target.name,
                href: encoded(&one.path),
            },
            lessons: lessons.iter().take(NAMED).map(link).collect(),
            more: lessons.len().saturating_sub(NAMED),
        }
    });
    (listed.collect(), more)
}

impl TimelinePicture {
    /// None if nothing was merged on a day that is known.
    fn new(outline: &SiteOutline, days: &[TargetDays]) -> Option<Self> {
        let merged = || days.iter().flat_map(|days| days.merged.keys());
        let removed = || days.iter().flat_map(|days| days.removed.keys());
        let first = *merged().min()?;
        let last = *merged().chain(removed()).max()?;
        let scale = TimeScale::new(first, last);
        let row = |at: usize| TOP + STEP / 2 + STEP * i32::try_from(at).unwrap_or_default();
        let dots = SIZES.iter().enumerate().map(|(size, (_, width, words))| {
            let mut shape = String::new();
            for (at, days) in days.iter().enumerate() {
                for (day, lessons) in &days.merged {
                    if size_of(lessons.len()) == size {
                        shape.push_str(&format!("M{} {}h0", scale.x(*day), row(at)));
                    }
                }
            }
            DotShape {
                width: *width,
                words,
                shape,
            }
        });
        let mut crosses = String::new();
        for (at, days) in days.iter().enumerate() {
            for day in days.removed.keys() {
                crosses.push_str(&format!("M{} {}l8 8m0-8l-8 8", scale.x(*day) - 4, row(at) - 4));
            }
        }
        let names = outline.targets.iter().enumerate();
        let bottom = TOP + STEP * i32::try_from(days.len()).unwrap_or_default();
        Some(TimelinePicture {
            width: LEFT + WIDTH + RIGHT,
            height: bottom + 6,
            bottom,
            first: first.to_string(),
            last: last.to_string(),
            merges: days
                .iter()
                .flat_map(|days| days.merged.values())
                .map(Vec::len)
                .sum(),
            labels: scale.labels(),
            rows: names
                .map(|(at, one)| TimelineRow {
                    y: row(at),
                    name: crate::heat_map::cut(&one.target.plan.target.name, LONGEST_NAME),
                })
                .collect(),
            dots: dots.collect(),
            removed: crosses,
        })
    }
}

/// The size of a dot for so many lessons.
fn size_of(lessons: usize) -> usize {
    SIZES.iter().rposition(|(from, ..)| lessons >= *from).unwrap_or(0)
}

/// From the first day to the last one, with room for a dot on both sides.
struct TimeScale {
    first: Date,
    last: Date,
    days: i64,
}

impl TimeScale {
    fn new(first: Date, last: Date) -> Self {
        TimeScale {
            first,
            last,
            days: i64::from(days_between(first, last)).max(1),
        }
    }

    fn x(&self, day: Date) -> i32 {
        const INSET: i32 = 10;
        let room = i64::from(WIDTH - 2 * INSET);
        let offset = i64::from(days_between(self.first, day)) * room / self.days;
        LEFT + INSET + i32::try_from(offset).unwrap_or(WIDTH)
    }

    /// The first days of months, so many months apart that there is room for them; of a short time, its first and last day.
    fn labels(&self) -> Vec<TimeLabel> {
        let months = i32::from(self.last.year() - self.first.year()) * 12
            + i32::from(self.last.month() - self.first.month());
        let steps = [1, 2, 3, 6, 12, 24, 60, 120, 600];
        let step = steps.into_iter().find(|step| months / step <= MOST_LABELS);
        let step = step.unwrap_or(1200);
        let mut labels = Vec::new();
        let mut day = self.first.first_of_month();
        while day <= self.last {
            let since = i32::from(day.year()) * 12 + i32::from(day.month()) - 1;
            if day >= self.first && since % step == 0 {
                labels.push(TimeLabel {
                    x: self.x(day),
                    text: format!("{:04}-{:02}", day.year(), day.month()),
                });
            }
            let Ok(next) = day.checked_add(1.month()) else {
                break;
            };
            day = next;
        }
        if labels.len() < 2 {
            let label = |day: Date| TimeLabel {
                x: self.x(day),
                text: day.to_string(),
            };
            labels = vec![label(self.first)];
            labels.extend((self.last > self.first).then(|| label(self.last)));
        }
        labels
    }
}

fn days_between(start: Date, end: Date) -> i32 {
    let span = start.until((Unit::Day, end));
    span.map(|span| span.get_days()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn labels(first: Date, last: Date) -> Vec<String> {
        let labels = TimeScale::new(first, last).labels();
        labels.into_iter().map(|label| label.text).collect()
    }

    #[test]
    fn a_time_of_any_length_has_a_few_labels_in_order() {
        assert_eq!(labels(date(2026, 3, 24), date(2026, 3, 24)), ["2026-03-24"]);
        assert_eq!(
            labels(date(2026, 3, 24), date(2026, 4, 9)),
            ["2026-03-24", "2026-04-09"]
        );
        assert_eq!(
            labels(date(2026, 1, 5), date(2026, 4, 9)),
            ["2026-02", "2026-03", "2026-04"]
        );
        assert_eq!(
            labels(date(2023, 11, 2), date(2026, 7, 1)),
            ["2024-01", "2024-07", "2025-01", "2025-07", "2026-01", "2026-07"]
        );
        for years in [1, 3, 7, 12, 30, 90] {
            let last = date(1990 + years, 5, 1);
            let count = labels(date(1990, 2, 3), last).len();
            assert!((2..=10).contains(&count), "{years} years: {count}");
            let scale = TimeScale::new(date(1990, 2, 3), last);
            assert_eq!(
                (scale.x(date(1990, 2, 3)), scale.x(last)),
                (LEFT + 10, LEFT + WIDTH - 10)
            );
        }
    }

    #[test]
    fn more_lessons_make_a_larger_dot() {
        assert_eq!([1, 2, 4, 5, 19, 20, 900].map(size_of), [0, 1, 1, 2, 2, 3, 3]);
    }
}
