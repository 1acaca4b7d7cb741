//! The coverage of a target: which lessons are present at which entry points, on the base branch and after the merge.
//!
//! Input: the placements that the proof has read. Output: [`Coverage`], and its serialised form. Not here: reading the files
//! (`read`, `tree_files`).
//!
//! Of a thousand placements, most differ in nothing but a line number. The serialised form therefore holds every kind of
//! placement once; for each lesson it lists the number of the kind and the line.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{MapAccess, Visitor};
use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use lessonbook_base::shared::SharedStr;
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
    pub asked: Detail,
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
        self.counts() && self.current.detail >= self.asked
    }

    /// Whether the required detail would be present after the proposal.
    pub fn is_covered(&self) -> bool {
        self.counts() && self.proposed.detail >= self.asked
    }

    /// Whether the proposal leaves less than the policy requires, without an exemption.
    pub fn is_hole(&self) -> bool {
        self.counts() && self.proposed.detail < self.asked
    }

    /// Whether the placement counts as covered or as a hole. A lesson that waits counts as neither.
    fn counts(&self) -> bool {
        self.exempt.is_none() && self.waits.is_none()
    }
}

/// The coverage of a target.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(try_from = "Compact", into = "Compact")]
pub struct Coverage {
    /// Sorted by severity and id, then by entry point in the table's order.
    pub cells: Vec<Placement>,
}

impl Coverage {
    /// How many of the placements without an exemption are covered now, how many after the proposal, and how many there are.
    pub fn counts(&self, severity: Option<Severity>) -> (usize, usize, usize) {
        let cells = || {
            self.cells
                .iter()
                .filter(|cell| cell.exempt.is_none() && severity.is_none_or(|only| cell.severity == only))
        };
        (
            cells().filter(|cell| cell.is_covered_now()).count(),
            cells().filter(|cell| cell.is_covered()).count(),
            cells().count(),
        )
    }
}

/// The serialised form of the coverage.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Compact {
    counts: Counts,
    /// The kinds of placements, numbered from 0 in the order of their first occurrence.
    kinds: Vec<CellKind>,
    lessons: CoverageByLesson,
}

/// How many placements the policy requires, and how many of them are covered.
#[derive(Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
struct Counts {
    asked: usize,
    current: usize,
    proposed: usize,
}

/// A placement without its lesson and its lines.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
struct CellKind {
    entry_point: SharedStr,
    severity: Severity,
    asked: Detail,
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

/// [`Presence`] without its line.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
struct StoredPresence {
    detail: Detail,
    path: SharedStr,
    #[serde(default, skip_serializing_if = "is_empty")]
    missing: SharedStr,
    named: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    through: Option<SharedStr>,
}

/// The lessons in their order, each with its placements.
struct CoverageByLesson(Vec<(SharedStr, Vec<CellRef>)>);

/// A placement of a lesson: the number of its kind, and the rule's line on the base branch and after the merge.
#[derive(Clone, Copy)]
struct CellRef {
    kind: usize,
    current: usize,
    proposed: usize,
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

impl From<Coverage> for Compact {
    fn from(coverage: Coverage) -> Self {
        let (current, proposed, asked) = coverage.counts(None);
        let mut numbers: BTreeMap<CellKind, usize> = BTreeMap::new();
        let mut kinds: Vec<CellKind> = Vec::new();
        let mut lessons: Vec<(SharedStr, Vec<CellRef>)> = Vec::new();
        for cell in coverage.cells {
            let (now, then) = (
                StoredPresence::new(&cell.current),
                StoredPresence::new(&cell.proposed),
            );
            let kind = CellKind {
                entry_point: cell.entry_point,
                severity: cell.severity,
                asked: cell.asked,
                exempt: cell.exempt,
                waits: cell.waits,
                proposed: (then != now).then_some(then),
                current: now,
            };
            let kind = *numbers.entry(kind).or_insert_with_key(|kind| {
                kinds.push(kind.clone());
                kinds.len() - 1
            });
            let cell_ref = CellRef {
                kind,
                current: cell.current.line,
                proposed: cell.proposed.line,
            };
            match lessons.last_mut() {
                Some((lesson, cells)) if *lesson == cell.lesson => cells.push(cell_ref),
                _ => lessons.push((cell.lesson, vec![cell_ref])),
            }
        }
        Compact {
            counts: Counts {
                asked,
                current,
                proposed,
            },
            kinds,
            lessons: CoverageByLesson(lessons),
        }
    }
}

impl TryFrom<Compact> for Coverage {
    type Error = String;

    fn try_from(compact: Compact) -> Result<Self, String> {
        let mut cells = Vec::new();
        for (lesson, refs) in compact.lessons.0 {
            for CellRef {
                kind,
                current,
                proposed,
            } in refs
            {
                let kind = compact.kinds.get(kind).ok_or_else(|| {
                    format!("the coverage of {lesson} refers to kind {kind}, which does not exist")
                })?;
                cells.push(Placement {
                    lesson: lesson.clone(),
                    severity: kind.severity,
                    entry_point: kind.entry_point.clone(),
                    asked: kind.asked,
                    exempt: kind.exempt.clone(),
                    waits: kind.waits.clone(),
                    current: kind.current.at(current),
                    proposed: kind.proposed.as_ref().unwrap_or(&kind.current).at(proposed),
                });
            }
        }
        let coverage = Coverage { cells };
        let (current, proposed, asked) = coverage.counts(None);
        let counts = Counts {
            asked,
            current,
            proposed,
        };
        if counts == compact.counts {
            Ok(coverage)
        } else {
            Err("the counts of the coverage do not match its placements".to_owned())
        }
    }
}

impl Serialize for CoverageByLesson {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (lesson, cells) in &self.0 {
            map.serialize_entry(lesson, cells)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for CoverageByLesson {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(CoverageVisitor)
    }
}

/// Reads a map without losing the order of its keys.
struct CoverageVisitor;

impl<'de> Visitor<'de> for CoverageVisitor {
    type Value = CoverageByLesson;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the placements of each lesson")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<CoverageByLesson, A::Error> {
        let mut lessons = Vec::new();
        while let Some(entry) = map.next_entry()? {
            lessons.push(entry);
        }
        Ok(CoverageByLesson(lessons))
    }
}

impl Serialize for CellRef {
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

impl<'de> Deserialize<'de> for CellRef {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let numbers = Vec::<usize>::deserialize(deserializer)?;
        let (kind, current, proposed) = match numbers[..] {
            [kind, line] => (kind, line, line),
            [kind, current, proposed] => (kind, current, proposed),
            _ => return Err(serde::de::Error::invalid_length(numbers.len(), &"2 or 3 numbers")),
        };
        Ok(CellRef {
            kind,
            current,
            proposed,
        })
    }
}
