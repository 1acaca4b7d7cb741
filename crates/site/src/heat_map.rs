//! The picture of coverage: a square for each target and lesson or, in a large store, for each target and topic.
//!
//! Input: the outline. Output: a [`HeatMap`] with the shapes of a picture, and the same as numbers. Not here: colors (`style.css`).

use std::collections::BTreeMap;

use serde::Serialize;

use crate::address::encoded;
use crate::coverage_sum::{CoverageShade, CoverageSum};
use crate::outline::{GroupKind, SiteOutline};

/// With more lessons than this, a row is a topic.
const MOST_ROWS: usize = 60;

/// The side of a square, and the distance from one to the next.
const SIDE: usize = 14;
const STEP: usize = 17;

/// The room for names beside and above the squares.
const LEFT: usize = 250;
const TOP: usize = 150;

/// A name is cut at so many characters.
const LONGEST_NAME: usize = 34;

/// The picture and its table.
#[derive(Serialize)]
pub struct HeatMap<'a> {
    /// `lesson` or `topic`.
    rows_are: &'static str,
    width: usize,
    height: usize,
    columns: Vec<MapLabel>,
    rows: Vec<MapLabel>,
    /// All squares of a shade in one shape.
    shades: Vec<ShadeShape>,
    /// The same for people who can't see it: how many targets have each shade, for each row.
    table: Vec<MapTableLine<'a>>,
}

#[derive(Serialize)]
struct MapLabel {
    x: usize,
    y: usize,
    text: String,
}

#[derive(Serialize)]
struct ShadeShape {
    class: &'static str,
    words: &'static str,
    count: usize,
    shape: String,
    /// A cross in each square, so that a missing lesson does not depend on color.
    cross: String,
}

#[derive(Serialize)]
struct MapTableLine<'a> {
    name: &'a str,
    href: String,
    /// In the order of the shades.
    counts: Vec<usize>,
}

/// A row of the map.
struct MapRow<'a> {
    name: &'a str,
    href: String,
    sums: Vec<CoverageSum>,
}

impl<'a> HeatMap<'a> {
    /// Draws the coverage of all active lessons.
    pub fn new(outline: &'a SiteOutline) -> Self {
        let is_by_topic = outline.lessons.len() > MOST_ROWS;
        let rows = rows(outline, is_by_topic);
        let shape = |shade: CoverageShade| {
            let (mut shape, mut cross, mut count) = (String::new(), String::new(), 0);
            for (y, row) in rows.iter().enumerate() {
                for (x, sum) in row.sums.iter().enumerate() {
                    if sum.shade() == shade {
                        let (left, top) = (LEFT + x * STEP, TOP + y * STEP);
                        shape.push_str(&format!("M{left} {top}h{SIDE}v{SIDE}h-{SIDE}z"));
                        if shade == CoverageShade::Missing {
                            cross.push_str(&format!("M{} {}l8 8m0-8l-8 8", left + 3, top + 3));
                        }
                        count += 1;
                    }
                }
            }
            ShadeShape {
                class: shade.class(),
                words: shade.words(),
                count,
                shape,
                cross,
            }
        };
        let table = rows.iter().map(|row| MapTableLine {
            name: row.name,
            href: row.href.clone(),
            counts: CoverageShade::ALL
                .into_iter()
                .map(|shade| row.sums.iter().filter(|sum| sum.shade() == shade).count())
                .collect(),
        });
        let columns = outline.targets.iter().enumerate().map(|(at, one)| MapLabel {
            x: LEFT + at * STEP + SIDE / 2 + 4,
            y: TOP - 8,
            text: cut(&one.target.plan.target.name, LONGEST_NAME * 2 / 3),
        });
        let labels = rows.iter().enumerate().map(|(at, row)| MapLabel {
            x: LEFT - 8,
            y: TOP + at * STEP + SIDE - 3,
            text: cut(row.name, LONGEST_NAME),
        });
        HeatMap {
            rows_are: if is_by_topic { "topic" } else { "lesson" },
            width: LEFT + outline.targets.len() * STEP + 90,
            height: TOP + rows.len() * STEP + 4,
            columns: columns.collect(),
            rows: labels.collect(),
            shades: CoverageShade::ALL.into_iter().map(shape).collect(),
            table: table.collect(),
        }
    }
}

/// The rows of lessons that some target receives, or of their topics.
fn rows<'a>(outline: &'a SiteOutline, is_by_topic: bool) -> Vec<MapRow<'a>> {
    let mut rows: Vec<MapRow> = Vec::new();
    let mut by_topic: BTreeMap<&str, usize> = BTreeMap::new();
    for one in outline.lessons.iter().filter(|one| one.lesson.is_active()) {
        let topic = one.lesson.topic.as_str();
        let known = by_topic.get(topic).copied().filter(|_| is_by_topic);
        let at = known.unwrap_or(rows.len());
        if known.is_none() {
            by_topic.insert(topic, at);
            rows.push(MapRow {
                name: if is_by_topic {
                    one.topic_title
                } else {
                    &one.lesson.id
                },
                href: if is_by_topic {
                    outline.groups.href(GroupKind::Topic, topic)
                } else {
                    encoded(&one.path)
                },
                sums: vec![CoverageSum::default(); outline.targets.len()],
            });
        }
        for (target, placements) in &one.placements {
            let state = outline.targets[*target].target.state;
            for placement in placements {
                rows[at].sums[*target].add(placement, state);
            }
        }
    }
    rows
}

/// A name with at most so many characters. The end of a path says most, so its beginning is cut.
pub fn cut(name: &str, most: usize) -> String {
    let length = name.chars().count();
    if length <= most {
        return name.to_owned();
    }
    let kept: String = name.chars().skip(length + 1 - most).collect();
    format!("…{kept}")
}
