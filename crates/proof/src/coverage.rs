//! The coverage of a target: which lessons are present at which entry points, on the base branch and after the merge.
//!
//! Input: the placements that the proof has read. Output: [`Coverage`], and its serialised form. Not here: reading the files
//! (`read`, `tree_files`).
//!
//! Of a thousand placements, most differ in nothing but a line number. The serialised form therefore holds every kind of
//! placement once; for each lesson it lists the number of the kind and the line. A saved plan uses the same kinds, for all of its
//! targets together (`pipeline/plan_file`).

use std::collections::BTreeMap;

use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Deserialize, Serialize, Serializer};

use lessonbook_base::shared::SharedStr;
use lessonbook_base::shared_list::SharedList;
use lessonbook_store::{Detail, Severity};

/// How much of one lesson is present at one entry point.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Presence {
    /// How much is present; `None` if the lesson is missing, or if an assistant does not get it.
    pub detail: Detail,
    /// The file.
    pub path: SharedStr,
    /// The rule's line, from 1; 0 if the rule is missing.
    pub line: usize,
    /// What is missing; empty if nothing is.
    pub missing: SharedStr,
    /// Whether our block names the lesson at all.
    pub named: bool,
    /// The symlink through which the file was reached, if the entry point is a symlink.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub through: Option<SharedStr>,
}

/// One lesson at one entry point.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Placement {
    /// The lesson's id.
    pub lesson: SharedStr,
    /// Its severity.
    pub severity: Severity,
    /// The entry point's name.
    pub entry_point: SharedStr,
    /// The detail that the policy requires.
    pub required: Detail,
    /// Why the policy requires less here, or nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exempt: Option<SharedStr>,
    /// Why the lesson waits in this version. The policy requires it, but no check fails because of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waits: Option<SharedStr>,
    /// What is present on the base branch.
    pub current: Presence,
    /// What would be present after the proposal is merged.
    pub proposed: Presence,
}

impl Placement {
    /// Whether the required detail is present on the base branch.
    pub fn is_covered_now(&self) -> bool {
        self.counts() && self.current.detail >= self.required
    }

    /// Whether the required detail would be present after the proposal.
    pub fn is_covered(&self) -> bool {
        self.counts() && self.proposed.detail >= self.required
    }

    /// Whether the proposal leaves less than the policy requires, without an exemption.
    pub fn is_hole(&self) -> bool {
        self.counts() && self.proposed.detail < self.required
    }

    /// Whether the placement counts as covered or as a hole. A lesson that waits counts as neither.
    fn counts(&self) -> bool {
        self.exempt.is_none() && self.waits.is_none()
    }
}

/// The coverage of a target.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(into = "Compact")]
pub struct Coverage {
    /// Sorted by severity and id, then by entry point in the table's order.
    pub placements: SharedList<Placement>,
}

/// How many placements the policy requires, and how many of them are covered.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
pub struct CoverageCounts {
    /// How many are required.
    pub required: usize,
    /// How many are covered on the base branch.
    pub current: usize,
    /// How many would be covered after the merge.
    pub proposed: usize,
}

impl Coverage {
    /// How many placements without an exemption there are, for one severity or for all, and how many of them are covered.
    pub fn counts(&self, severity: Option<Severity>) -> CoverageCounts {
        let mut counts = CoverageCounts::default();
        for placement in &self.placements {
            if placement.exempt.is_none() && severity.is_none_or(|only| placement.severity == only) {
                counts.required += 1;
                counts.current += usize::from(placement.is_covered_now());
                counts.proposed += usize::from(placement.is_covered());
            }
        }
        counts
    }
}

/// A placement without its lesson and its lines.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
pub struct PlacementKind {
    entry_point: SharedStr,
    severity: Severity,
    required: Detail,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    exempt: Option<SharedStr>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    waits: Option<SharedStr>,
    /// What is on the base branch.
    current: StoredPresence,
    /// What would be there after the merge; absent if it is the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    proposed: Option<StoredPresence>,
}

impl PlacementKind {
    /// The kind of a placement.
    pub fn new(placement: &Placement) -> Self {
        let current = StoredPresence::new(&placement.current);
        let proposed = StoredPresence::new(&placement.proposed);
        PlacementKind {
            entry_point: placement.entry_point.clone(),
            severity: placement.severity,
            required: placement.required,
            exempt: placement.exempt.clone(),
            waits: placement.waits.clone(),
            proposed: (proposed != current).then_some(proposed),
            current,
        }
    }

    /// The placement of a lesson, with the rule's line on the base branch and after the merge.
    pub fn placement(&self, lesson: &SharedStr, current: usize, proposed: usize) -> Placement {
        Placement {
            lesson: lesson.clone(),
            severity: self.severity,
            entry_point: self.entry_point.clone(),
            required: self.required,
            exempt: self.exempt.clone(),
            waits: self.waits.clone(),
            current: self.current.at(current),
            proposed: self.proposed.as_ref().unwrap_or(&self.current).at(proposed),
        }
    }
}

/// [`Presence`] without its line.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
struct StoredPresence {
    detail: Detail,
    path: SharedStr,
    #[serde(default, skip_serializing_if = "is_empty")]
    missing: SharedStr,
    named: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    through: Option<SharedStr>,
}

fn is_empty(text: &SharedStr) -> bool {
    text.as_str().is_empty()
}

impl StoredPresence {
    fn new(presence: &Presence) -> Self {
        StoredPresence {
            detail: presence.detail,
            path: presence.path.clone(),
            missing: presence.missing.clone(),
            named: presence.named,
            through: presence.through.clone(),
        }
    }

    fn at(&self, line: usize) -> Presence {
        Presence {
            detail: self.detail,
            path: self.path.clone(),
            line,
            missing: self.missing.clone(),
            named: self.named,
            through: self.through.clone(),
        }
    }
}

/// The serialised form of the coverage.
#[derive(Serialize)]
struct Compact {
    counts: CoverageCounts,
    /// The kinds of placements, numbered from 0 in the order of their first occurrence.
    kinds: Vec<PlacementKind>,
    lessons: CoverageByLesson,
}

/// The lessons in their order, each with its placements.
struct CoverageByLesson(Vec<(SharedStr, Vec<PlacementRef>)>);

/// A placement of a lesson: the number of its kind, and the rule's line on the base branch and after the merge.
#[derive(Clone, Copy)]
struct PlacementRef {
    kind: usize,
    current: usize,
    proposed: usize,
}

impl From<Coverage> for Compact {
    fn from(coverage: Coverage) -> Self {
        let mut numbers: BTreeMap<PlacementKind, usize> = BTreeMap::new();
        let mut kinds: Vec<PlacementKind> = Vec::new();
        let mut lessons: Vec<(SharedStr, Vec<PlacementRef>)> = Vec::new();
        for placement in &coverage.placements {
            let kind = *numbers
                .entry(PlacementKind::new(placement))
                .or_insert_with_key(|kind| {
                    kinds.push(kind.clone());
                    kinds.len() - 1
                });
            let numbers = PlacementRef {
                kind,
                current: placement.current.line,
                proposed: placement.proposed.line,
            };
            match lessons.last_mut() {
                Some((lesson, placements)) if *lesson == placement.lesson => placements.push(numbers),
                _ => lessons.push((placement.lesson.clone(), vec![numbers])),
            }
        }
        Compact {
            counts: coverage.counts(None),
            kinds,
            lessons: CoverageByLesson(lessons),
        }
    }
}

impl Serialize for CoverageByLesson {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (lesson, placements) in &self.0 {
            map.serialize_entry(lesson, placements)?;
        }
        map.end()
    }
}

impl Serialize for PlacementRef {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(None)?;
        list.serialize_element(&self.kind)?;
        list.serialize_element(&self.current)?;
        if self.proposed != self.current {
            list.serialize_element(&self.proposed)?;
        }
        list.end()
    }
}
