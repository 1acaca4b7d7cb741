//! The hand-written texts that a proposal moves into our blocks or puts back, each with its line.
//!
//! Input: a plan. Output: two lists of Markdown. Not here: which texts these are (the proof).

use std::fmt::Write;

use super::counted;
use crate::gfm_escape::{code, cut, quiet};
use crate::plan::TargetPlan;
use lessonbook_proof::{MoveDirection, MovedText};

/// How many texts are listed with their words; the others are in the diff.
const SHOWN: usize = 20;

pub(super) fn moved(body: &mut String, plan: &TargetPlan) {
    let (into, back): (Vec<&MovedText>, Vec<&MovedText>) =
        plan.moved().partition(|text| text.to == MoveDirection::IntoBlock);
    let lists = [
        (
            into,
            "**Moved into the block:** these lines of yours are removed, because the block says them word for word now. Without the \
                lesson, they are put back.",
        ),
        (
            back,
            "**Put back:** these lines were yours before a lesson replaced them.",
        ),
    ];
    for (texts, opening) in lists {
        if texts.is_empty() {
            continue;
        }
        // Writing to a String can't fail, here and below.
        let _ = write!(body, "{opening}\n\n");
        for text in texts.iter().take(SHOWN) {
            let place = match text.to {
                MoveDirection::BehindBlock => ", after the block, because its place is no longer there",
                MoveDirection::IntoBlock | MoveDirection::Back => "",
            };
            let _ = writeln!(
                body,
                "- {} line {}: {} ({}){place}",
                code(&text.path),
                text.line,
                quiet(&cut(&text.text, 300)),
                code(&text.lesson)
            );
        }
        if let Some(more) = texts.len().checked_sub(SHOWN).filter(|more| *more > 0) {
            let _ = writeln!(body, "- …and {}, in the diff", counted(more, "more text"));
        }
        body.push('\n');
    }
}
