//! The hand-written texts that a plan moves into our blocks or puts back.
//!
//! Input: plans. Output: a list for a terminal or a page, and the line that offers it. Not here: which texts these are (the proof).

use super::{Document, Line, View};
use lessonbook_base::finding::Code;
use lessonbook_pipeline::plan::TargetPlan;
use lessonbook_proof::{MoveDirection, MovedText};
use lessonbook_store::Store;

/// The list; empty if nothing is moved.
pub fn list(plan: &TargetPlan, view: View) -> Document {
    let mut texts = Document::default();
    texts.items(plan.moved().map(line), view.most(5, 20));
    let mut document = Document::default();
    if !texts.is_empty() {
        document.section("hand-written text moved, word for word:", texts);
    }
    document
}

fn line(text: &MovedText) -> Line {
    let clause = match text.to {
        MoveDirection::IntoBlock => "now in the block",
        MoveDirection::Back => "put back",
        MoveDirection::BehindBlock => "put back after the block, because its place is no longer there",
    };
    let place = Line::code(format!("{}:{}", text.path, text.line));
    place
        .then(format!(" {clause} ("))
        .then(Line::code(&text.lesson))
        .then(format!("): {}", text.text))
}

/// The line that offers to move hand-written copies of lessons, if there are any in a target that does not do it.
pub fn offer(store: &Store, plans: &[TargetPlan]) -> Option<String> {
    let adopts = |name: &str| {
        let target = store.target(name);
        target.is_some_and(|target| target.adopt)
    };
    let others = plans.iter().filter(|plan| !adopts(&plan.target.name));
    let copies = others
        .flat_map(|plan| &plan.outcome.findings)
        .filter(|finding| finding.code == Code::HandCopy)
        .count();
    let copies = match copies {
        0 => return None,
        1 => "1 hand-written copy of a lesson".to_owned(),
        many => format!("{many} hand-written copies of lessons"),
    };
    Some(format!(
        "{copies}: `adopt: true` in targets.yaml removes what a lesson says word for word, in the same proposal"
    ))
}
