//! The change in one sentence: which assistants get how many new, changed or fewer rules.
//!
//! Input: a plan and the store. Output: a sentence. Not here: the rules themselves (`table`).

use crate::changes::ChangeKind;
use crate::gfm_escape::{cut, quiet};
use crate::plan::TargetPlan;
use lessonbook_store::entry_point::Assistant;
use lessonbook_store::{ChecksFile, Store};

/// The change in one sentence.
pub(super) fn summary(store: &Store, plan: &TargetPlan) -> String {
    let count = |kind: ChangeKind| {
        plan.content
            .changes
            .iter()
            .filter(|change| change.kind == kind)
            .count()
    };
    let rules = |number: usize| if number == 1 { "rule" } else { "rules" };
    let names = assistants(store, plan);
    // "get" for several assistants, "gets" for one.
    let s = if names.len() == 1 { "s" } else { "" };
    let assistants = listed(&names);
    let (new, reworded, fewer) = (
        count(ChangeKind::Added),
        count(ChangeKind::Changed),
        count(ChangeKind::Removed),
    );
    let get = match (new, reworded) {
        (0, 0) => String::new(),
        (new, 0) => format!("get{s} {new} new {}", rules(new)),
        (0, reworded) => format!("get{s} {reworded} changed {}", rules(reworded)),
        (new, reworded) => format!(
            "get{s} {new} new and {reworded} changed {}",
            rules(new + reworded)
        ),
    };
    let lose = match (fewer, get.is_empty()) {
        (0, _) => String::new(),
        (fewer, true) => format!("lose{s} {fewer} {}", rules(fewer)),
        (fewer, false) => format!(" and lose{s} {fewer}"),
    };
    if get.is_empty() && lose.is_empty() {
        let what = if plan.only_takes_back() {
            "the changes of our text are reverted"
        } else if plan
            .content
            .edits
            .iter()
            .all(|edit| ChecksFile::is_path(&edit.path))
        {
            "what `lessonbook lint` checks here changes"
        } else {
            "the text around them is updated"
        };
        return format!("{assistants} get{s} the same rules as before; {what}.");
    }
    let work = if names.len() == 1 { "it works" } else { "they work" };
    format!("{assistants} {get}{lose} when {work} here.")
}

/// The assistants in use that load the files that change. A file that none of them loads counts for its first assistant.
fn assistants(store: &Store, plan: &TargetPlan) -> Vec<String> {
    let target = store.target(&plan.target.name);
    let mut known: Vec<(&str, String)> = Vec::new();
    for file in plan.content.files.iter().filter(|file| file.counts() != (0, 0)) {
        let Some(row) = store.entry_point(&file.entry_point) else {
            continue;
        };
        let in_use = |assistant: &&Assistant| {
            target.is_some_and(|target| target.has_assistant(&store.entry_points, &assistant.assistant))
        };
        let mut readers: Vec<&Assistant> = row.assistants.iter().filter(in_use).collect();
        if readers.is_empty() {
            readers.extend(row.assistants.first());
        }
        for assistant in readers {
            // Several programs are one assistant; the first one is named.
            if known.len() < 8 && !known.iter().any(|(id, _)| *id == assistant.assistant) {
                known.push((&assistant.assistant, quiet(&cut(&assistant.name, 60))));
            }
        }
    }
    known.into_iter().map(|(_, name)| name).collect()
}

fn listed(names: &[String]) -> String {
    match names.split_last() {
        None => "Assistants".to_owned(),
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
    }
}
