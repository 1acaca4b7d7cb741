//! Lessons that say nearly the same, and lessons that contradict each other.
//!
//! Input: the rules, and which targets receive them. Output: a finding at the later rule, which names the other one. Not here: comparing
//! words (crate `import`), and rules with the same words (`duplicate-rule`).

use crate::receivers::Receivers;
use crate::{AuditInput, active, retire};
use lessonbook_base::finding::{Code, Finding, Location};
use lessonbook_base::globs::{Dialect, Matcher};
use lessonbook_import::{RulePair, RuleRelation, rule_pairs};
use lessonbook_store::Lesson;

const UNDECIDED: &str = "an assistant that reads both follows one of them, and it is not known which";

/// A finding for each pair that some target receives, for files that both are about.
pub fn findings(input: &AuditInput, receivers: &Receivers) -> Vec<Finding> {
    let lessons: Vec<&Lesson> = active(input.store).collect();
    let rules: Vec<&str> = lessons.iter().map(|lesson| lesson.rule.as_str()).collect();
    let pairs = rule_pairs(&rules).into_iter();
    pairs
        .filter(|pair| meet(input, receivers, lessons[pair.one], lessons[pair.other]))
        .map(|pair| finding(input, &lessons, pair))
        .collect()
}

/// Whether a target receives both, and has a file that both are about.
fn meet(input: &AuditInput, receivers: &Receivers, one: &Lesson, other: &Lesson) -> bool {
    let both = &receivers.of(&one.id) & &receivers.of(&other.id);
    if one.paths.is_empty() || other.paths.is_empty() || one.globs() == other.globs() {
        return !both.is_empty();
    }
    let matcher = |lesson: &Lesson| Matcher::new(Dialect::Portable, &lesson.spellings());
    let (one, other) = (matcher(one), matcher(other));
    both.into_iter()
        .filter_map(|at| input.targets[at].tree)
        .any(|tree| {
            tree.paths()
                .any(|path| one.is_match(path) && other.is_match(path))
        })
}

fn finding(input: &AuditInput, lessons: &[&Lesson], pair: RulePair) -> Finding {
    let (first, second) = (lessons[pair.one], lessons[pair.other]);
    let (a, b) = (&first.id, &second.id);
    let rule = rule_place(input, first);
    let first_at = rule.map_or_else(|| first.file.clone(), |at| format!("{}:{}", at.file, at.line));
    let or_the_other = || {
        let (one, other) = (retire(b, &format!("{a} holds")), retire(a, &format!("{b} holds")));
        format!("decide which one holds, and retire the other: {one}, or {other}")
    };
    let (code, message, effect, help) = match pair.relation {
        RuleRelation::NearlySame => (
            Code::NearDuplicate,
            format!("`{b}` says nearly the same as `{a}` ({first_at})"),
            "a target that receives both loads the rule twice, and a change of one leaves the other as it is",
            format!(
                "move what is different into one of them, and retire the other: {}",
                retire(b, &format!("{a} says the same"))
            ),
        ),
        RuleRelation::OppositePolarity => (
            Code::RulesDisagree,
            format!(
                "`{b}` and `{a}` ({first_at}) are on one subject, and one forbids what the other demands"
            ),
            UNDECIDED,
            or_the_other(),
        ),
        RuleRelation::OtherNumbers => (
            Code::RulesDisagree,
            format!("`{b}` and `{a}` ({first_at}) are on one subject, with other numbers"),
            UNDECIDED,
            or_the_other(),
        ),
    };
    let mut finding = Finding::new(code, message).effect(effect).help(help);
    finding.at = rule_place(input, second)
        .map(|at| at.label(format!("`{a}`: {}", first.rule)))
        .or_else(|| input.store.places.lesson(b));
    finding.lesson(b)
}

/// Where a rule begins.
fn rule_place(input: &AuditInput, lesson: &Lesson) -> Option<Location> {
    let rule = &lesson.rule;
    let first = rule.split(' ').next().map_or(0, str::len);
    input.store.places.value(&lesson.file, "rule", rule, 0..first)
}
