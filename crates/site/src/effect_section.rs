//! How a lesson spread and whether its mistake came back, as numbers and as two pictures.
//!
//! Input: a [`LessonEffect`]. Output: an [`EffectSection`] for the template. Not here: measuring (the crate `effect`). Nothing that depends
//! on the clock is shown, such as for how long a target waits.

use jiff::civil::Date;
use serde::Serialize;

use lessonbook_effect::LessonEffect;
use lessonbook_effect::comparison::Comparison;
use lessonbook_effect::propagation::{CurvePoint, Propagation};
use lessonbook_effect::recurrence::CheckRecurrence;

/// The size of the curve.
const WIDTH: i32 = 600;
const HEIGHT: i32 = 140;

/// Half of the width of the scale of ratios, which is logarithmic: 1 is in its middle.
const HALF: f64 = 280.0;

/// The ratio at the right end of the scale; at the left end is its inverse.
const LARGEST_RATIO: f64 = 16.0;

/// The values of the section.
#[derive(Serialize)]
pub struct EffectSection {
    written: String,
    merged: usize,
    /// How many targets should have it.
    due: usize,
    waiting: usize,
    declined: usize,
    exempt: usize,
    not_read: usize,
    median_days: Option<i64>,
    p90_days: Option<i64>,
    curve: Option<CurvePicture>,
    comparisons: Vec<ComparisonLine>,
    /// The interval of the first comparison.
    interval: Option<IntervalPicture>,
    verdict: String,
    /// Two targets that one ratio does not describe.
    differing: Option<[String; 2]>,
    incidents_before: usize,
    incidents_after: usize,
}

/// How many targets have the lesson over time.
#[derive(Serialize)]
struct CurvePicture {
    first: String,
    last: String,
    most: usize,
    line: String,
    area: String,
    points: Vec<PointLine>,
}

#[derive(Serialize)]
struct PointLine {
    day: String,
    merged: usize,
    of: usize,
}

#[derive(Serialize)]
struct ComparisonLine {
    name: &'static str,
    before: String,
    after: String,
    ratio: String,
    verdict: String,
}

/// The ratio after and before on a logarithmic scale, with its interval.
#[derive(Serialize)]
struct IntervalPicture {
    low: i32,
    /// From `low` to the upper bound.
    length: i32,
    ratio: Option<i32>,
    words: String,
}

impl EffectSection {
    /// The section of a lesson.
    pub fn new(effect: &LessonEffect) -> Self {
        let propagation = &effect.propagation;
        let left_out = propagation.exempt + propagation.not_read;
        let by_check = effect.by_check.as_ref();
        let merged = by_check.map(|checked| &checked.merged);
        let mut comparisons = Vec::new();
        for (name, comparison) in [
            ("Before and after the merge", merged),
            (
                "Not merged yet, same dates",
                by_check.and_then(|checked| checked.not_reached.as_ref()),
            ),
            (
                "Placebo date",
                by_check.and_then(|checked| checked.placebo.as_ref()),
            ),
        ] {
            comparisons.extend(comparison.map(|comparison| ComparisonLine {
                name,
                before: comparison.before.words(),
                after: comparison.after.words(),
                ratio: comparison.ratio_words(),
                verdict: comparison.verdict_words(),
            }));
        }
        EffectSection {
            written: propagation.written.map(|day| day.to_string()).unwrap_or_default(),
            merged: propagation.merged,
            due: propagation.concerned.saturating_sub(left_out),
            waiting: propagation.waiting,
            declined: propagation.declined,
            exempt: propagation.exempt,
            not_read: propagation.not_read,
            median_days: propagation.median_days,
            p90_days: propagation.p90_days,
            curve: CurvePicture::new(propagation),
            comparisons,
            interval: merged.and_then(IntervalPicture::new),
            verdict: merged.map(Comparison::verdict_words).unwrap_or_default(),
            differing: by_check
                .and_then(CheckRecurrence::differing_targets)
                .map(|(higher, lower)| [higher, lower].map(str::to_owned)),
            incidents_before: effect.by_incident.before,
            incidents_after: effect.by_incident.after,
        }
    }
}

impl CurvePicture {
    /// None for a lesson that no target has merged.
    fn new(propagation: &Propagation) -> Option<Self> {
        let (newest, most) = (propagation.curve.last()?, most(&propagation.curve)?);
        let oldest = propagation.curve.first()?.day;
        let start = propagation
            .active
            .or(propagation.written)
            .unwrap_or(oldest)
            .min(oldest);
        let days = days_between(start, newest.day).max(1);
        // The last step is a part of the picture, so that it can be seen.
        let x = |day: Date| days_between(start, day) * (WIDTH - 20) / days;
        let y = |merged: usize| HEIGHT - scaled(merged, most);
        let mut line = format!("M0 {HEIGHT}");
        for point in &propagation.curve {
            line.push_str(&format!("H{}V{}", x(point.day), y(point.merged)));
        }
        line.push_str(&format!("H{WIDTH}"));
        Some(CurvePicture {
            first: start.to_string(),
            last: newest.day.to_string(),
            most,
            area: format!("{line}V{HEIGHT}z"),
            line,
            points: propagation
                .curve
                .iter()
                .map(|point| PointLine {
                    day: point.day.to_string(),
                    merged: point.merged,
                    of: point.of,
                })
                .collect(),
        })
    }
}

/// The number of targets at the top of the picture; none: there are none.
fn most(curve: &[CurvePoint]) -> Option<usize> {
    let most = curve.iter().map(|point| point.of.max(point.merged)).max()?;
    (most > 0).then_some(most)
}

fn scaled(merged: usize, most: usize) -> i32 {
    let height = usize::try_from(HEIGHT - 10).unwrap_or_default();
    i32::try_from(merged * height / most).unwrap_or(HEIGHT)
}

fn days_between(start: Date, end: Date) -> i32 {
    start.until(end).map(|span| span.get_days()).unwrap_or_default()
}

impl IntervalPicture {
    fn new(comparison: &Comparison) -> Option<Self> {
        let low = place(comparison.low?);
        let high = comparison.high.map_or_else(|| place(f64::INFINITY), place);
        Some(IntervalPicture {
            low,
            length: (high - low).max(2),
            ratio: comparison.ratio.map(place),
            words: comparison.ratio_words(),
        })
    }
}

/// Where a ratio is on the scale, from its left end.
#[expect(
    clippy::cast_possible_truncation,
    reason = "the value is between 0 and twice HALF"
)]
fn place(ratio: f64) -> i32 {
    let ratio = ratio.clamp(1.0 / LARGEST_RATIO, LARGEST_RATIO);
    (HALF + HALF * ratio.ln() / LARGEST_RATIO.ln()).round() as i32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ratio_of_one_is_in_the_middle_and_extremes_are_at_the_ends() {
        assert_eq!(
            [1.0, 0.0, f64::INFINITY, 16.0, 4.0, 0.25].map(place),
            [280, 0, 560, 560, 420, 140]
        );
    }
}
