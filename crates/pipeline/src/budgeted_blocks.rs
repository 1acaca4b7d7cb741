//! The blocks of a target within their budgets, and everything from which they were made, so that the next target can use them again.
//!
//! Input: placed lessons and their surroundings. Output: [`BudgetedBlocks`]. Not here: reducing details (`budget`).

use crate::render::{Renderer, Surroundings};
use crate::{budget, place, render};
use lessonbook_base::finding::Finding;
use lessonbook_store::Detail;

/// Blocks, and everything from which they were made.
pub(super) struct BudgetedBlocks<'s> {
    pub(super) placed: place::PlacedLessons<'s>,
    pub(super) around: Vec<Surroundings>,
    /// As `placed`, with the detail that the budgets leave.
    pub(super) placement: place::PlacedLessons<'s>,
    pub(super) blocks: Vec<render::RenderedBlock>,
    pub(super) findings: Vec<Finding>,
}

impl<'s> BudgetedBlocks<'s> {
    /// The lessons that get less detail than the policy requires.
    pub(super) fn shrunk(&self) -> impl Iterator<Item = (String, String, Detail)> {
        let files = self.placement.files.iter();
        files.flat_map(|file| {
            let shrunk = file
                .placed
                .iter()
                .filter(|placed| placed.detail < placed.required_detail);
            shrunk.map(|placed| {
                (
                    placed.lesson.id.clone(),
                    file.entry_point.name.clone(),
                    placed.detail,
                )
            })
        })
    }

    pub(super) fn size(&self) -> usize {
        self.blocks.iter().map(|block| block.text.len()).sum()
    }

    pub(super) fn new(
        placed: place::PlacedLessons<'s>,
        around: Vec<Surroundings>,
        renderer: &Renderer<'s>,
    ) -> Result<Self, Finding> {
        let mut placement = placed.clone();
        let (blocks, findings) = budget::fit(&mut placement, renderer, &around)?;
        Ok(BudgetedBlocks {
            placed,
            around,
            placement,
            blocks,
            findings,
        })
    }
}
