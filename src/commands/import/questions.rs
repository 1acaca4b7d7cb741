//! What to do with each cluster, asked on a terminal.
//!
//! Input: clusters that are not lessons yet. Output: a choice for each that is taken. Not here: making drafts.

use super::drafts::Choice;
use crate::report::import as report;
use crate::report::prompt;
use crate::run::Context;
use lessonbook_import::{Confidence, ImportResult};
use lessonbook_store::Store;

const ANSWERS: [&str; 5] = [
    "take: a draft of this rule",
    "edit: a draft in other words",
    "skip",
    "merge: add the sources to a lesson of the store",
    "quit: leave the rest",
];

/// Asks. Clusters below the level are not asked about.
pub fn ask(
    context: &Context,
    result: &ImportResult,
    store: &Store,
    level: Confidence,
) -> anyhow::Result<Vec<Choice>> {
    let printer = &context.printer;
    let otherwise = "use --take high, default or all";
    let mut choices = Vec::new();
    let open: Vec<usize> = (0..result.clusters.len())
        .filter(|at| result.clusters[*at].lesson.is_none() && result.clusters[*at].confidence >= level)
        .collect();
    for (number, &cluster) in open.iter().enumerate() {
        printer.complain(&format!("\n{} of {}", number + 1, open.len()));
        printer.complain(&report::one(result, &result.clusters[cluster]));
        let mut choice = Choice {
            cluster,
            rule: None,
            merge_into: None,
        };
        match prompt::choose(printer, "What to do", otherwise, &ANSWERS, 2)? {
            0 => {}
            1 => {
                let not_empty = |text: &str| {
                    if text.is_empty() {
                        Err("a rule needs words".to_owned())
                    } else {
                        Ok(())
                    }
                };
                choice.rule = Some(prompt::text(printer, "Rule", otherwise, not_empty)?);
            }
            3 => {
                let known = |id: &str| match store.lesson(id) {
                    Some(_) => Ok(()),
                    None => Err(format!(
                        "the store has no lesson `{id}`; `lessonbook list` shows all"
                    )),
                };
                choice.merge_into = Some(prompt::text(printer, "Id of the lesson", otherwise, known)?);
            }
            4 => break,
            _ => continue,
        }
        choices.push(choice);
    }
    Ok(choices)
}
