//! Counts of placements, and what a picture shows for them.
//!
//! Input: placements of the proof. Output: a [`CoverageSum`] and its [`CoverageShade`].

use lessonbook_pipeline::target_state::TargetState;
use lessonbook_proof::Placement;
use serde::Serialize;

/// How many of the required placements are present. Those with an exception are not counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct CoverageSum {
    /// On the base branches.
    pub current: usize,
    /// After the proposals are merged.
    pub proposed: usize,
    /// How many are required.
    pub asked: usize,
}

impl CoverageSum {
    /// Counts a placement. A refused plan proposes nothing.
    pub fn add(&mut self, placement: &Placement, state: TargetState) {
        if placement.exempt.is_some() {
            return;
        }
        let current = placement.is_covered_now();
        let is_refused = state == TargetState::Refused;
        let proposed = if is_refused {
            current
        } else {
            placement.is_covered()
        };
        self.current += usize::from(current);
        self.proposed += usize::from(proposed);
        self.asked += 1;
    }

    /// Adds another sum.
    pub fn add_sum(&mut self, other: CoverageSum) {
        self.current += other.current;
        self.proposed += other.proposed;
        self.asked += other.asked;
    }

    /// What a picture shows.
    pub fn shade(self) -> CoverageShade {
        match self {
            CoverageSum { asked: 0, .. } => CoverageShade::NotAsked,
            sum if sum.current == sum.asked => CoverageShade::Present,
            sum if sum.proposed == sum.asked => CoverageShade::Proposed,
            sum if sum.current > 0 => CoverageShade::Part,
            _ => CoverageShade::Missing,
        }
    }
}

/// How well something is covered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum CoverageShade {
    /// Every required placement is present.
    Present,
    /// Every one is present after the merge.
    Proposed,
    /// Some are present.
    Part,
    /// None is.
    Missing,
    /// Nothing is required.
    NotAsked,
}

impl CoverageShade {
    /// Every shade, from best to worst.
    pub const ALL: [CoverageShade; 5] = [
        CoverageShade::Present,
        CoverageShade::Proposed,
        CoverageShade::Part,
        CoverageShade::Missing,
        CoverageShade::NotAsked,
    ];

    /// The class in the style sheet.
    pub fn class(self) -> &'static str {
        match self {
            CoverageShade::Present => "present",
            CoverageShade::Proposed => "proposed",
            CoverageShade::Part => "part",
            CoverageShade::Missing => "missing",
            CoverageShade::NotAsked => "not-asked",
        }
    }

    /// The words of the legend.
    pub fn words(self) -> &'static str {
        match self {
            CoverageShade::Present => "present wherever required",
            CoverageShade::Proposed => "complete after the merge",
            CoverageShade::Part => "partly present",
            CoverageShade::Missing => "missing",
            CoverageShade::NotAsked => "does not apply",
        }
    }
}
