//! A rule's words as sets that can be compared: what it is about, and what it says about that.
//!
//! Input: a normalised rule. Output: [`RuleWords`]. Not here: which rules are compared (`clusters`).

use std::collections::{BTreeMap, BTreeSet};

use crate::vocabulary::{is_noun_too, is_verb};
use lessonbook_base::text_diff;
use lessonbook_base::word_list::WordList;

/// How strongly a rule speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Force {
    /// It allows.
    Option,
    /// It recommends.
    Advice,
    /// It orders.
    Duty,
}

/// What two rules on one subject must share to say the same.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Stance {
    /// The numbers, in order.
    pub numbers: Vec<String>,
    /// Whether it forbids.
    pub is_negative: bool,
    /// How strongly it speaks.
    pub force: Force,
}

/// A rule's words.
#[derive(Debug, Clone)]
pub struct RuleWords {
    /// All words in order.
    pub all: Vec<String>,
    /// The words of its subject, without numbers, negations, modals and fillers; sorted.
    pub subject: Vec<String>,
    /// What it says of it.
    pub stance: Stance,
}

static NEGATIONS: WordList =
    WordList::new("not never no avoid without cannot nor neither forbidden prohibited stop refuse");
/// Contracted forms without their apostrophe, and what they are short for.
const CONTRACTIONS: [(&str, &str); 8] = [
    ("dont", "do"),
    ("shouldnt", "should"),
    ("mustnt", "must"),
    ("cant", "can"),
    ("cannot", "can"),
    ("doesnt", "does"),
    ("isnt", "is"),
    ("arent", "are"),
];
/// How many percent of a rule's subject a text must share to count as a copy.
const LEAST_SHARED: usize = 85;

static MODALS: WordList = WordList::new("must should may shall can is are");
static ADVICE: WordList =
    WordList::new("should prefer consider recommended preferably ideally try usually generally");
static OPTION: WordList = WordList::new("may optional optionally can");
static FILLERS: WordList = WordList::new("\
a an and are as at be been by for from has have if in into is it its of on or that the their them then there these this those to up was we when
which will with you your always must do does please also only any all make sure ensure use using used shall need needs required should never not
dont no avoid prefer may can so but than via per each every");

impl RuleWords {
    /// Reads a rule that [`normal`](crate::normal) made comparable.
    pub fn new(normal: &str) -> Self {
        let mut all: Vec<String> = Vec::new();
        for word in normal.split(' ') {
            match CONTRACTIONS.iter().find(|(short, _)| *short == word) {
                Some((_, long)) => all.extend([(*long).to_owned(), "not".to_owned()]),
                None => all.push(word.to_owned()),
            }
        }
        let is_number = |word: &str| word.starts_with(|c: char| c.is_ascii_digit());
        let numbers: Vec<String> = all.iter().filter(|word| is_number(word)).cloned().collect();
        // `Use a, never b` orders; `Never use a` and `x must not do a` forbid.
        let at_start = all.iter().take(3).any(|word| NEGATIONS.has(word));
        let behind_modal = all.windows(2).any(|pair| {
            MODALS.has(&pair[0]) && matches!(pair[1].as_str(), "not" | "never" | "forbidden" | "prohibited")
        });
        let is_negative = at_start || behind_modal || normal.contains("禁止") || normal.contains("不要");
        let force = if all.iter().any(|word| ADVICE.has(word)) {
            Force::Advice
        } else if all.iter().any(|word| OPTION.has(word)) && !is_negative {
            Force::Option
        } else {
            Force::Duty
        };
        let mut subject: Vec<String> = all
            .iter()
            .filter(|word| {
                !is_number(word) && !FILLERS.has(word) && !NEGATIONS.has(word) && !ADVICE.has(word)
            })
            .map(|word| stem(word))
            .collect();
        subject.sort();
        subject.dedup();
        RuleWords {
            all,
            subject,
            stance: Stance {
                numbers,
                is_negative,
                force,
            },
        }
    }

    /// Whether a text holds nearly all words of the rule, in any order. A cheap test before [`Self::is_repeated_by`].
    pub fn is_contained_in(&self, text: &RuleWords) -> bool {
        let shared = self
            .subject
            .iter()
            .filter(|word| text.subject.binary_search(word).is_ok());
        !self.subject.is_empty() && shared.count() * 100 >= self.subject.len() * LEAST_SHARED
    }

    /// Whether another text says this rule: nearly all of its words, its numbers, and the same stance. The text may say more, such as
    /// the reason.
    pub fn is_repeated_by(&self, text: &RuleWords) -> bool {
        let numbers = &text.stance.numbers;
        self.is_contained_in(text)
            && self.stance.numbers.iter().all(|number| numbers.contains(number))
            && self.stance.is_negative == text.stance.is_negative
            && text.subject.len() <= 3 * self.subject.len() + 6
    }

    /// How much two rules share word by word, from 0 to 1.
    #[expect(
        clippy::cast_precision_loss,
        reason = "counts of words are far below the precision of a float"
    )]
    pub fn ratio(&self, other: &RuleWords) -> f32 {
        let (one, two): (Vec<&[u8]>, Vec<&[u8]>) = (
            self.all.iter().map(String::as_bytes).collect(),
            other.all.iter().map(String::as_bytes).collect(),
        );
        let (only_one, _) = text_diff::changed_items(&one, &two);
        2.0 * (one.len() - only_one.len()) as f32 / (one.len() + two.len()) as f32
    }
}

/// A word without the ending of a plural.
fn stem(word: &str) -> String {
    match word.strip_suffix('s') {
        Some(stem) if stem.len() > 2 && !stem.ends_with('s') => stem.to_owned(),
        _ => word.to_owned(),
    }
}

/// What is different in what two rules say of one subject; none: nothing.
pub fn difference(one: &Stance, other: &Stance) -> Option<&'static str> {
    if one.numbers != other.numbers {
        Some("other numbers")
    } else if one.is_negative != other.is_negative {
        Some("one forbids, the other does not")
    } else if one.force != other.force {
        Some("one orders, the other advises or allows")
    } else {
        None
    }
}

/// Whether each of two subjects has a word for a thing that the other lacks: then they are two subjects, however much they share.
pub fn name_other_things(one: &[String], other: &[String]) -> bool {
    let lacks = |one: &[String], other: &[String]| {
        one.iter()
            .any(|word| other.binary_search(word).is_err() && (!is_verb(word) || is_noun_too(word)))
    };
    lacks(one, other) && lacks(other, one)
}

/// Finds rules on one subject: those that share one of their rarest words.
#[derive(Default)]
pub struct SubjectIndex {
    by_word: BTreeMap<u32, Vec<usize>>,
}

impl SubjectIndex {
    /// What was added with one of these words, in order.
    pub fn near(&self, rarest: &[u32]) -> BTreeSet<usize> {
        let found = rarest.iter().filter_map(|word| self.by_word.get(word));
        found.flatten().copied().collect()
    }

    /// Adds a number for a rule with these rarest words.
    pub fn add(&mut self, rarest: Vec<u32>, number: usize) {
        for word in rarest {
            self.by_word.entry(word).or_default().push(number);
        }
    }
}

/// The weights of words over many rules: the fewer rules have a word, the more it says.
#[derive(Debug, Default)]
pub struct Rarity {
    /// By number of the word, in the words' order.
    weights: Vec<f32>,
    numbers: BTreeMap<String, u32>,
}

impl Rarity {
    /// Counts the words of all rules.
    #[expect(
        clippy::cast_precision_loss,
        reason = "counts are far below the precision of a float"
    )]
    pub fn new<'w>(rules: impl Iterator<Item = &'w RuleWords>) -> Self {
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        let mut all = 0;
        for rule in rules {
            all += 1;
            for word in &rule.subject {
                *counts.entry(word.clone()).or_default() += 1;
            }
        }
        let weights = counts
            .values()
            .map(|count| (1.0 + all as f32 / *count as f32).ln())
            .collect();
        let numbers = counts.into_keys().zip(0u32..).collect();
        Rarity { weights, numbers }
    }

    /// The words of a subject by number, in order.
    pub fn numbers(&self, subject: &[String]) -> Vec<u32> {
        subject
            .iter()
            .filter_map(|word| self.numbers.get(word).copied())
            .collect()
    }

    fn weight(&self, number: u32) -> f32 {
        self.weights.get(number as usize).copied().unwrap_or_default()
    }

    /// The rarest words of a subject, of which another subject must have one to share `least` of the weight.
    pub fn rarest(&self, subject: &[u32], least: f32) -> Vec<u32> {
        let mut sorted = subject.to_vec();
        sorted.sort_by(|a, b| self.weight(*b).total_cmp(&self.weight(*a)).then_with(|| a.cmp(b)));
        let total: f32 = subject.iter().map(|number| self.weight(*number)).sum();
        let mut behind = total;
        // The words that are left out weigh less than `least` together.
        let keep = sorted.iter().take_while(|number| {
            let before = behind;
            behind -= self.weight(**number);
            before >= least * total * 0.999
        });
        let keep = keep.count();
        sorted.truncate(keep);
        sorted
    }

    /// The share of weight that two subjects have in common, from 0 to 1.
    pub fn overlap(&self, one: &[u32], other: &[u32]) -> f32 {
        let (mut both, mut any) = (0.0, 0.0);
        let (mut at, mut by) = (0, 0);
        while at < one.len() || by < other.len() {
            let (left, right) = (one.get(at), other.get(by));
            let next = left.into_iter().chain(right).min().copied().unwrap_or_default();
            let weight = self.weight(next);
            any += weight;
            if left == right {
                both += weight;
            }
            at += usize::from(left == Some(&next));
            by += usize::from(right == Some(&next));
        }
        if any > 0.0 { both / any } else { 0.0 }
    }
}
