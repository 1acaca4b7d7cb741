//! The coverage of a target in a saved plan: kinds of placements that all targets share, and the lines in which this target differs.
//!
//! Input: a [`Coverage`], or its stored form. Output: the other one. Not here: the form in the output of commands (`proof`).

use std::fmt;
use std::mem::size_of;

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::numbering::{Numbering, ValueReader};
use lessonbook_base::shared::SharedStr;
use lessonbook_proof::{Coverage, CoverageCounts, Placement, PlacementKind};

/// The lessons in their order, each with the numbers of its kinds of placements.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct PlacementList(Vec<(SharedStr, Vec<u32>)>);

/// The coverage of one target.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
pub(super) struct StoredCoverage {
    counts: CoverageCounts,
    /// The number of its list of placements.
    placements: u32,
    /// The line of each rule on the base branch; empty if no rule is there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    current: Vec<usize>,
    /// The line of each rule after the merge; none if all are the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    proposed: Option<Vec<usize>>,
}

impl StoredCoverage {
    pub fn new(
        coverage: &Coverage,
        kinds: &mut Numbering<PlacementKind>,
        lists: &mut Numbering<PlacementList>,
    ) -> Self {
        let mut lessons: Vec<(SharedStr, Vec<u32>)> = Vec::new();
        for placement in &coverage.placements {
            let kind = kinds.number(PlacementKind::new(placement));
            match lessons.last_mut() {
                Some((lesson, kinds)) if *lesson == placement.lesson => kinds.push(kind),
                _ => lessons.push((placement.lesson.clone(), vec![kind])),
            }
        }
        let lines = |of: fn(&Placement) -> usize| -> Vec<usize> {
            let lines: Vec<usize> = coverage.placements.iter().map(of).collect();
            if lines.iter().all(|line| *line == 0) {
                Vec::new()
            } else {
                lines
            }
        };
        let current = lines(|placement| placement.current.line);
        let proposed = lines(|placement| placement.proposed.line);
        StoredCoverage {
            counts: coverage.counts(None),
            placements: lists.number(PlacementList(lessons)),
            proposed: (proposed != current).then_some(proposed),
            current,
        }
    }

    /// The coverage. Fails if it contradicts itself or the shared values.
    pub fn resolve(
        &self,
        kinds: &[PlacementKind],
        lists: &[PlacementList],
        reader: &mut ValueReader,
    ) -> Result<Coverage, String> {
        let PlacementList(lessons) = reader.value("placements", lists, self.placements, |_| 0)?;
        let all: usize = lessons.iter().map(|(_, kinds)| kinds.len()).sum();
        reader.take(all.saturating_mul(size_of::<Placement>()))?;
        let current = &self.current;
        let proposed = self.proposed.as_ref().unwrap_or(current);
        for lines in [current, proposed] {
            if !lines.is_empty() && lines.len() != all {
                return Err(format!(
                    "its coverage has {all} placements, but {} lines",
                    lines.len()
                ));
            }
        }
        let line = |lines: &[usize], at: usize| lines.get(at).copied().unwrap_or_default();
        let mut placements = Vec::with_capacity(all);
        for (lesson, numbers) in lessons {
            for number in numbers {
                let kind = reader.value("kind", kinds, *number, |_| 0)?;
                let at = placements.len();
                placements.push(kind.placement(lesson, line(current, at), line(proposed, at)));
            }
        }
        let coverage = Coverage {
            placements: placements.into(),
        };
        if coverage.counts(None) == self.counts {
            Ok(coverage)
        } else {
            Err("the counts of its coverage do not match its placements".to_owned())
        }
    }
}

impl Serialize for PlacementList {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(lesson, kinds)| (lesson, kinds)))
    }
}

impl<'de> Deserialize<'de> for PlacementList {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(PlacementVisitor)
    }
}

/// Reads a map without losing the order of its keys.
struct PlacementVisitor;

impl<'de> Visitor<'de> for PlacementVisitor {
    type Value = PlacementList;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the placements of each lesson")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<PlacementList, A::Error> {
        let mut lessons = Vec::new();
        while let Some(entry) = map.next_entry()? {
            lessons.push(entry);
        }
        Ok(PlacementList(lessons))
    }
}
