//! Two lessons of a store with the same rule.
//!
//! Input: a store. Output: a warning at the later lesson of each pair. Not here: copies in hand-written text (`hand_copies`).

use std::collections::BTreeMap;

use lessonbook_base::finding::{Code, Finding, Location};
use lessonbook_import::{RuleWords, normal};
use lessonbook_store::{Lesson, Store};

/// Checks every active lesson and draft against the ones before it, in the order of their ids.
pub fn findings(store: &Store) -> Vec<Finding> {
    let mut lessons: Vec<&Lesson> = store
        .lessons
        .iter()
        .filter(|lesson| lesson.status != lessonbook_store::Status::Retired && !lesson.rule.is_empty())
        .collect();
    lessons.sort_by(|a, b| a.id.cmp(&b.id));
    let mut first_with: BTreeMap<_, &Lesson> = BTreeMap::new();
    let mut findings = Vec::new();
    for lesson in lessons {
        let words = RuleWords::new(&normal(&lesson.rule));
        if words.subject.is_empty() {
            continue;
        }
        let key = (words.subject, words.stance);
        match first_with.get(&key) {
            Some(first) if !are_separate(first, lesson) => findings.push(finding(first, lesson)),
            _ => {
                first_with.entry(key).or_insert(lesson);
            }
        }
    }
    findings
}

/// Two lessons that no target receives together, because each has tags and none in common, are not duplicates.
fn are_separate(one: &Lesson, other: &Lesson) -> bool {
    !one.tags.is_empty() && !other.tags.is_empty() && !one.tags.iter().any(|tag| other.tags.contains(tag))
}

fn finding(first: &Lesson, second: &Lesson) -> Finding {
    Finding::new(
        Code::DuplicateRule,
        format!("{} has the same rule as {}", second.id, first.id),
    )
    .at(Location::file(&second.file))
    .lesson(&second.id)
    .effect("a target that receives both loads the rule twice, and a change of one leaves the other as it is")
    .help("keep one of them, and set `status: retired` in the other file")
}
