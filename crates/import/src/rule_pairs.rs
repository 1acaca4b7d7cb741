//! Rules of one store that say nearly the same, or that contradict each other.
//!
//! Input: rules. Output: pairs of them, with what is between the two. Not here: rules of many repositories (`clusters`), and rules that
//! are the same (`RuleWords`).

use crate::clusters::{SAME_SUBJECT, SAME_TEXT};
use crate::guess::normal;
use crate::wording::{Force, Rarity, RuleWords, SubjectIndex, name_other_things};
use lessonbook_base::word_list::WordList;

/// What is between two rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum RuleRelation {
    /// They say nearly the same in nearly the same words.
    NearlySame,
    /// One forbids what the other demands.
    OppositePolarity,
    /// They demand other numbers of one thing.
    OtherNumbers,
}

/// Two rules, by their position.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct RulePair {
    /// The first.
    pub one: usize,
    /// The second, which is later.
    pub other: usize,
    /// What is between them.
    pub relation: RuleRelation,
}

/// Words after which a rule and its opposite can mean the same: "do not log without a level" and "log with a level".
static TURNS: WordList = WordList::new(
    "without unless except instead rather otherwise but only until outside beyond other else not never no avoid dont cannot skip omit \
forget ignore miss remove exclude stop disable prevent",
);

/// The pairs. Rules with the same words are left out.
pub fn rule_pairs(rules: &[&str]) -> Vec<RulePair> {
    let words: Vec<RuleWords> = rules.iter().map(|rule| RuleWords::new(&normal(rule))).collect();
    let rarity = Rarity::new(words.iter());
    let subjects: Vec<Vec<u32>> = words.iter().map(|one| rarity.numbers(&one.subject)).collect();
    let mut index = SubjectIndex::default();
    let mut pairs = Vec::new();
    for (at, one) in words.iter().enumerate() {
        let rarest = rarity.rarest(&subjects[at], SAME_SUBJECT);
        for earlier in index.near(&rarest) {
            let other = &words[earlier];
            // A subject of one word says too little: "never do these things".
            let is_one_subject = one.subject.len().min(other.subject.len()) > 1
                && rarity.overlap(&subjects[at], &subjects[earlier]) >= SAME_SUBJECT
                && !name_other_things(&one.subject, &other.subject);
            if let Some(relation) = relation(one, other).filter(|_| is_one_subject) {
                pairs.push(RulePair {
                    one: earlier,
                    other: at,
                    relation,
                });
            }
        }
        index.add(rarest, at);
    }
    pairs
}

/// What is between two rules on one subject.
fn relation(one: &RuleWords, other: &RuleWords) -> Option<RuleRelation> {
    let (a, b) = (&one.stance, &other.stance);
    if a.is_negative != b.is_negative {
        let (negative, positive) = if a.is_negative { (one, other) } else { (other, one) };
        let is_plain = turns(negative) == 1 && turns(positive) == 0 && a.numbers == b.numbers;
        return (is_plain && positive.stance.force != Force::Option)
            .then_some(RuleRelation::OppositePolarity);
    }
    if a.numbers != b.numbers {
        let is_like = !a.numbers.is_empty() && a.numbers.len() == b.numbers.len();
        let is_same_otherwise = one.ratio(other) >= SAME_TEXT;
        return (is_like && is_same_otherwise).then_some(RuleRelation::OtherNumbers);
    }
    // The same words in another order are a duplicate that `check` reports.
    let is_same = one.subject == other.subject && a == b;
    (!is_same && one.ratio(other) >= SAME_TEXT).then_some(RuleRelation::NearlySame)
}

/// How often a rule turns what it says.
fn turns(rule: &RuleWords) -> usize {
    rule.all.iter().filter(|word| TURNS.has(word)).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn relation_of(one: &str, other: &str) -> Option<RuleRelation> {
        // Other rules, so that words have different weights.
        let others = [
            "Pin every action to a commit.",
            "Run the linter before each commit.",
            "Keep secrets out of logs.",
        ];
        let rules: Vec<&str> = [one, other].into_iter().chain(others).collect();
        let pairs = rule_pairs(&rules);
        assert!(pairs.iter().all(|pair| pair.other < 2), "{pairs:?}");
        pairs.first().map(|pair| pair.relation)
    }

    #[test]
    fn rules_on_one_subject_are_compared() {
        use RuleRelation::{NearlySame, OppositePolarity, OtherNumbers};
        for (one, other, expected) in [
            (
                "Set a memory limit for every container.",
                "Set a memory limit for every production container.",
                Some(NearlySame),
            ),
            (
                "Use default exports in components.",
                "Never use default exports in components.",
                Some(OppositePolarity),
            ),
            (
                "Set `failureThreshold` to 3 for liveness probes.",
                "Set `failureThreshold` to 5 for liveness probes.",
                Some(OtherNumbers),
            ),
            // One turn more, and both mean the same.
            ("Do not log without a level.", "Log with a level.", None),
            (
                "Do not skip the three forms of a connection.",
                "Show the three forms of a connection.",
                None,
            ),
            ("Never do these things.", "Always do these things.", None),
            ("Use tabs for indentation.", "Use spaces for indentation.", None),
            ("Keep functions short.", "Keep functions below 50 lines.", None),
            ("You may use default exports.", "Never use default exports.", None),
            // The same words: `duplicate-rule`.
            ("Set a memory limit.", "Set a memory limit.", None),
        ] {
            assert_eq!(relation_of(one, other), expected, "{one} / {other}");
        }
    }
}
