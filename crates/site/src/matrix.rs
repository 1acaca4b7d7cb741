//! A table of where lessons are present: one row for each target or lesson, one column for each entry point.
//!
//! Input: placements. Output: a [`PlacementMatrix`] for the templates.

use lessonbook_pipeline::check_level::LevelChange;
use lessonbook_pipeline::target_state::TargetState;
use lessonbook_proof::Placement;
use serde::Serialize;

use crate::coverage_sum::CoverageSum;

/// The table.
#[derive(Debug, Default, Serialize)]
pub struct PlacementMatrix<'a> {
    /// The entry points, in the order of the store's table.
    pub columns: Vec<&'a str>,
    /// Whether a lesson in it is kept by checks.
    pub has_levels: bool,
    /// The rows.
    pub rows: Vec<MatrixLine<'a>>,
}

/// A row.
#[derive(Debug, Serialize)]
pub struct MatrixLine<'a> {
    /// The target or lesson.
    pub name: &'a str,
    /// Its page, from the site's root; empty: it has none.
    pub href: String,
    /// The lesson's severity; empty in a row of a target.
    pub severity: &'static str,
    /// The target's state; empty in a row of a lesson.
    pub state: &'static str,
    /// How firmly the lesson is kept; empty: nowhere in this table is a check.
    pub level: String,
    /// How much is present.
    pub sum: CoverageSum,
    /// One for each column.
    pub cells: Vec<MatrixCell>,
}

/// A lesson at an entry point of a target.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub struct MatrixCell {
    /// The class in the style sheet; empty: the lesson is not required here.
    pub class: &'static str,
    /// The detail now.
    pub current: &'static str,
    /// The detail after the merge, if it is another one.
    pub proposed: &'static str,
}

/// What a row is about, before its cells are known.
#[derive(Debug)]
pub struct LineHead<'a> {
    /// The target or lesson.
    pub name: &'a str,
    /// Its page.
    pub href: String,
    /// The lesson's severity, or nothing.
    pub severity: &'static str,
    /// How firmly the lesson is kept.
    pub level: LevelChange,
    /// The target's state.
    pub state: TargetState,
    /// Whether the row shows the state.
    pub shows_state: bool,
}

impl<'a> PlacementMatrix<'a> {
    /// From rows of placements. `order`: the entry points of the store.
    pub fn new(lines: Vec<(LineHead<'a>, Vec<&'a Placement>)>, order: &[&str]) -> Self {
        let mut columns: Vec<&str> = Vec::new();
        for placement in lines.iter().flat_map(|(_, placements)| placements) {
            let entry_point = placement.entry_point.as_str();
            if !columns.contains(&entry_point) {
                columns.push(entry_point);
            }
        }
        // The entry points of scopes, which are not in the store's table, are last.
        columns.sort_by_key(|column| {
            let known = order.iter().position(|name| name == column);
            (known.is_none(), known, *column)
        });
        let has_levels = lines.iter().any(|(head, _)| head.level.is_checked());
        let rows = lines.into_iter().map(|(head, placements)| {
            let mut sum = CoverageSum::default();
            let mut cells = vec![MatrixCell::default(); columns.len()];
            for placement in placements {
                sum.add(placement, head.state);
                let at = columns
                    .iter()
                    .position(|column| *column == placement.entry_point.as_str());
                if let Some(cell) = at.and_then(|at| cells.get_mut(at)) {
                    *cell = MatrixCell::new(placement, head.state);
                }
            }
            MatrixLine {
                name: head.name,
                href: head.href,
                severity: head.severity,
                level: if has_levels {
                    head.level.words()
                } else {
                    String::new()
                },
                state: if head.shows_state { head.state.word() } else { "" },
                sum,
                cells,
            }
        });
        PlacementMatrix {
            rows: rows.collect(),
            has_levels,
            columns,
        }
    }
}

impl MatrixCell {
    fn new(placement: &Placement, state: TargetState) -> Self {
        let is_refused = state == TargetState::Refused;
        let current = placement.current.detail;
        let proposed = if is_refused {
            current
        } else {
            placement.proposed.detail
        };
        let class = if placement.exempt.is_some() {
            "exempt"
        } else if placement.waits.is_some() {
            "waits"
        } else if current >= placement.required {
            "present"
        } else if proposed >= placement.required {
            "proposed"
        } else {
            "missing"
        };
        MatrixCell {
            class,
            current: current.word(),
            proposed: if proposed == current { "" } else { proposed.word() },
        }
    }
}
