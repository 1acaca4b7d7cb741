//! Names the assistants in use whose facts in the table were verified too long ago.
//!
//! Input: a store, and today's date. Output: one finding with the whole list, or none. Not here: the facts (`entry-points.yaml`), and newer
//! ones in `targets.yaml` (`read/assistants`).

use std::collections::BTreeMap;

use super::{EntryPoint, Store};
use crate::entry_point::Assistant;
use jiff::civil::Date;
use lessonbook_base::finding::{Code, Finding, Location};

/// For how many days facts about an assistant count as recent.
pub const DAYS: i32 = 180;

/// How many sources are listed.
const SHOWN: usize = 8;

/// The facts that any target relies on and that are older than [`DAYS`], the oldest first.
pub fn check_age(store: &Store, today: Date) -> Option<Finding> {
    let mut old: BTreeMap<(Date, &str, &str), Vec<&str>> = BTreeMap::new();
    for row in &store.entry_points {
        for assistant in &row.assistants {
            if age(assistant, today) > DAYS && is_used(store, row, assistant) {
                let key = (
                    assistant.verified_on,
                    assistant.name.as_str(),
                    assistant.page.as_str(),
                );
                old.entry(key).or_default().push(&row.name);
            }
        }
    }
    let ((date, name, _), rows) = old.first_key_value()?;
    let row = rows.first()?;
    let facts = match old.values().map(Vec::len).sum() {
        1 => "the facts about 1 assistant at an entry point in use were".to_owned(),
        several => format!("the facts about assistants at {several} entry points in use were"),
    };
    let list = old.iter().map(|((date, name, page), rows)| {
        let rows: Vec<String> = rows.iter().map(|row| format!("`{row}`")).collect();
        format!("{name} at {} ({date}, {page})", rows.join(", "))
    });
    let mut list: Vec<String> = list.take(SHOWN).collect();
    let more = old.len().saturating_sub(SHOWN);
    list.extend((more > 0).then(|| format!("and {more} more, see `lessonbook entry-points`")));
    let message = format!("{facts} verified more than {DAYS} days ago: {}", list.join("; "));
    let finding = Finding::new(Code::VerificationOverdue, message)
        .at(Location::file("targets.yaml"))
        .effect(format!(
            "since {date} the vendor of {name} may have changed which files it loads, and how much of them"
        ))
        .help(format!(
            "update Lessonbook; or compare with the source, and write the day into targets.yaml: entry_points: {{ {row}: {{ assistants: \
             [{{ name: \"{name}\", verified_on: {today} }}] }} }}"
        ));
    Some(finding)
}

fn age(assistant: &Assistant, today: Date) -> i32 {
    (today - assistant.verified_on).get_days()
}

/// Whether a target may use the entry point, and its teams use the assistant. Which of several files it uses depends on its tree; all of
/// these facts take part in that decision.
fn is_used(store: &Store, row: &EntryPoint, assistant: &Assistant) -> bool {
    store.targets.iter().any(|target| {
        target.enabled
            && target.uses.iter().any(|used| used.entry_point == row.name)
            && target.has_assistant(&store.entry_points, &assistant.assistant)
    })
}
