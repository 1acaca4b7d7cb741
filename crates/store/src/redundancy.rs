//! The redundancy policy: how much of a lesson is written at an entry point.
//!
//! Input: a lesson and an entry point. Output: a [`Detail`]. Not here: reading the policy from `targets.yaml` (`read/policy`).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::entry_point::{EntryPoint, EntryPointKind};
use super::lesson::{Lesson, Severity};

/// How much of a lesson is written at an entry point. Ordered from least to most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Detail {
    /// Nothing.
    None,
    /// The rule.
    Rule,
    /// Rule and rationale.
    Summary,
    /// Rule, rationale and examples; also incidents and source, if the target may read them.
    Full,
}

impl Detail {
    /// Every detail, from least to most.
    pub const ALL: [Detail; 4] = [Detail::None, Detail::Rule, Detail::Summary, Detail::Full];

    /// The word in `targets.yaml`.
    pub fn word(self) -> &'static str {
        match self {
            Detail::None => "none",
            Detail::Rule => "rule",
            Detail::Summary => "summary",
            Detail::Full => "full",
        }
    }

    /// The detail of a word.
    pub fn parse(word: &str) -> Option<Self> {
        Detail::ALL.into_iter().find(|detail| detail.word() == word)
    }
}

/// The redundancy policy: severity × (entry point's name, otherwise its kind) → detail.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, Serialize)]
#[serde(from = "RedundancyTable", into = "RedundancyTable")]
pub struct Redundancy {
    cells: BTreeMap<(Severity, String), Detail>,
}

/// The same as in `targets.yaml`: severity → name or kind → detail.
type RedundancyTable = BTreeMap<Severity, BTreeMap<String, Detail>>;

impl From<RedundancyTable> for Redundancy {
    fn from(table: RedundancyTable) -> Self {
        let mut redundancy = Redundancy::default();
        for (severity, row) in table {
            for (place, detail) in row {
                redundancy.set(severity, &place, detail);
            }
        }
        redundancy
    }
}

impl From<Redundancy> for RedundancyTable {
    fn from(redundancy: Redundancy) -> Self {
        let mut table = RedundancyTable::new();
        for ((severity, place), detail) in redundancy.cells {
            table.entry(severity).or_default().insert(place, detail);
        }
        table
    }
}

impl Redundancy {
    /// The default table (docs/guide/redundancy.md).
    pub fn standard() -> Self {
        use Detail::{Full, None, Rule, Summary};
        let rows = [
            (Severity::Critical, [Summary, Full, Full]),
            (Severity::High, [Summary, Full, Full]),
            (Severity::Medium, [Rule, Summary, Full]),
            (Severity::Low, [None, Rule, Full]),
        ];
        let mut table = Self::default();
        for (severity, details) in rows {
            for (kind, detail) in [
                EntryPointKind::Always,
                EntryPointKind::Scoped,
                EntryPointKind::Reference,
            ]
            .into_iter()
            .zip(details)
            {
                table.set(severity, kind.word(), detail);
            }
        }
        table
    }

    /// Sets one value; `place` is a kind's word or an entry point's name.
    pub fn set(&mut self, severity: Severity, place: &str, detail: Detail) {
        self.cells.insert((severity, place.to_owned()), detail);
    }

    /// The required detail of a lesson; a value for the entry point's name takes precedence over one for its kind, and a scope's entry
    /// point has that of the target's. A lesson without paths is in a family only if that is all that an assistant loads for a scope.
    /// Then it is loaded always, and gets the detail of such files.
    pub fn detail(&self, lesson: &Lesson, row: &EntryPoint) -> Detail {
        let kind = match row.kind {
            EntryPointKind::Scoped if lesson.paths.is_empty() => EntryPointKind::Always,
            kind => kind,
        };
        self.of_severity(lesson.severity, row, kind)
    }

    /// The detail for a severity at an entry point, as if it were of this kind.
    pub fn of_severity(&self, severity: Severity, row: &EntryPoint, kind: EntryPointKind) -> Detail {
        let cell = |place: &str| self.cells.get(&(severity, place.to_owned())).copied();
        cell(&row.name)
            .or_else(|| cell(row.base_name()))
            .or_else(|| cell(kind.word()))
            .unwrap_or(Detail::None)
    }
}
