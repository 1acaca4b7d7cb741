//! Finds the words of templates: text in our blocks that belongs to no lesson.
//!
//! Input: the targets before and after, and the two stores. Output: [`NewWord`]s, each text once with the targets that receive it. Not
//! here: whether the words are allowed. A template can add a sentence in a paragraph of its own, and the proof may accept it; so a
//! reviewer must see it.
//!
//! A block's visible text is read unit by unit. The words of the lessons (title, rule, rationale, incidents), numbers, and names that
//! the store itself defines are removed; what is left between them are fragments. A fragment is new if it was in no block before, and
//! is not in the templates that come with Lessonbook.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use serde::Serialize;

use lessonbook_base::markdown::{self, Shape, VisibleText, VisibleToken};
use lessonbook_base::marker::{self, BlocksInFile};
use lessonbook_base::tree::Tree;
use lessonbook_store::{Severity, Store};

/// Words of a template that were not there before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NewWord {
    /// The words.
    pub text: String,
    /// The targets that receive them, in the order of the run.
    pub targets: Vec<String>,
}

/// Collects words over many targets. If both stores use only the templates that come with Lessonbook, there is nothing to collect.
pub struct Wording<'s> {
    sides: Option<[StoreWording<'s>; 2]>,
    ours: Vec<String>,
    before: BTreeSet<String>,
    after: BTreeMap<String, NewWord>,
}

impl<'s> Wording<'s> {
    /// Prepares the two stores.
    pub fn new(base: &'s Store, head: &'s Store) -> Self {
        let own = |store: &Store| {
            let embedded = |name: &String, text: &String| {
                lessonbook_templates::TEMPLATES
                    .iter()
                    .any(|(known, built_in)| name == known && text == built_in)
            };
            !store.templates.iter().all(|(name, text)| embedded(name, text))
        };
        let needed = own(base) || own(head);
        Wording {
            sides: needed.then(|| [StoreWording::new(base), StoreWording::new(head)]),
            ours: lessonbook_templates::TEMPLATES
                .iter()
                .flat_map(|(_, text)| template_text(text))
                .collect(),
            before: BTreeSet::new(),
            after: BTreeMap::new(),
        }
    }

    /// Reads the blocks of a target; `after` is none if nothing is written.
    pub fn see(&mut self, target: &str, before: &Tree, after: Option<&Tree>) {
        let Some([base, head]) = &mut self.sides else {
            return;
        };
        for fragments in base.fragments(before) {
            self.before.extend(fragments.keys().cloned());
        }
        for fragments in after.map(|after| head.fragments(after)).unwrap_or_default() {
            for (key, text) in fragments.iter() {
                let added = self.after.entry(key.clone()).or_insert_with(|| NewWord {
                    text: text.clone(),
                    targets: Vec::new(),
                });
                if added.targets.last().is_none_or(|last| last != target) {
                    added.targets.push(target.to_owned());
                }
            }
        }
    }

    /// The new words; those that reach the most targets come first.
    pub fn added(self) -> Vec<NewWord> {
        let known = |key: &String| {
            self.before.contains(key)
                || self
                    .ours
                    .iter()
                    .any(|words_of_lessons| words_of_lessons.contains(key.as_str()))
        };
        let new = self.after.into_iter().filter(|(key, _)| !known(key));
        let mut added: Vec<NewWord> = new.map(|(_, added)| added).collect();
        added.sort_by(|a, b| (b.targets.len(), &a.text).cmp(&(a.targets.len(), &b.text)));
        added
    }
}

/// The fragments of a block that belong to no lesson, by their words without punctuation.
type Fragments = BTreeMap<String, String>;

/// One store's own words.
struct StoreWording<'s> {
    store: &'s Store,
    /// Sequences of words of lessons and topics, by their first word; the longest first.
    runs: BTreeMap<String, Vec<Vec<String>>>,
    /// Code spans that are ids, globs, or names.
    names: BTreeSet<&'s str>,
    /// Examples.
    examples: BTreeSet<String>,
    /// Blocks that were read already: many targets hold the same.
    read: BTreeMap<Vec<u8>, Rc<Fragments>>,
}

/// How many blocks are kept.
const KEPT: usize = 500;

impl<'s> StoreWording<'s> {
    fn new(store: &'s Store) -> Self {
        let mut side = StoreWording {
            store,
            runs: BTreeMap::new(),
            names: BTreeSet::new(),
            examples: BTreeSet::new(),
            read: BTreeMap::new(),
        };
        side.names.extend([store.name.as_str(), store.home.as_str()]);
        side.names
            .extend(store.entry_points.iter().map(|row| row.path.as_str()));
        for title in store.topics.values().chain([&store.name, &store.home]) {
            side.run(title);
        }
        for lesson in &store.lessons {
            side.names.insert(&lesson.id);
            side.names.extend(lesson.globs());
            let texts = [&lesson.title, &lesson.rule, &lesson.rationale];
            for text in texts.into_iter().chain(&lesson.source).chain(&lesson.owner) {
                side.run(text);
            }
            for incident in &lesson.incidents {
                side.run(&incident.summary);
                side.names.insert(&incident.repository);
            }
            let examples = lesson.bad.iter().chain(&lesson.good);
            side.examples
                .extend(examples.map(|example| example.replace("\r\n", "\n")));
        }
        for runs in side.runs.values_mut() {
            runs.sort_by_key(|run| std::cmp::Reverse(run.len()));
            runs.dedup();
        }
        side
    }

    fn run(&mut self, text: &str) {
        let words: Vec<String> = markdown::inline(text)
            .0
            .iter()
            .map(bare)
            .filter(|word| !word.is_empty())
            .collect();
        if let Some(first) = words.first() {
            self.runs.entry(first.clone()).or_default().push(words);
        }
    }

    /// The fragments of every block in a tree.
    fn fragments(&mut self, tree: &Tree) -> Vec<Rc<Fragments>> {
        let mut all = Vec::new();
        let paths = tree.iter().filter(|(_, entry)| entry.content.is_some());
        for (path, _) in paths {
            let Some(bytes) = tree.file(path) else { continue };
            let BlocksInFile::Block(block) = marker::find(bytes, &self.store.name) else {
                continue;
            };
            let inner = &bytes[block.inner];
            if let Some(known) = self.read.get(inner) {
                all.push(Rc::clone(known));
                continue;
            }
            let fragments = Rc::new(self.of_block(&String::from_utf8_lossy(inner)));
            if self.read.len() >= KEPT {
                self.read.clear();
            }
            self.read.insert(inner.to_vec(), Rc::clone(&fragments));
            all.push(fragments);
        }
        all
    }

    fn of_block(&self, text: &str) -> Fragments {
        let page = markdown::read(text);
        let mut fragments = Fragments::new();
        let mut keep = |words: &str| {
            let key = key(words);
            if !key.trim().is_empty() {
                fragments.entry(key).or_insert_with(|| shown(words));
            }
        };
        for unit in &page.units {
            match &unit.shape {
                Shape::Code(_) if !self.examples.contains(&unit.code) => keep(&unit.code),
                Shape::Code(_) => {}
                _ => self.of_unit(&unit.tokens, &mut keep),
            }
        }
        self.unseen(text, &page, &mut keep);
        fragments
    }

    /// The text between the words of lessons in a paragraph, heading or item.
    fn of_unit(&self, tokens: &[VisibleToken], keep: &mut impl FnMut(&str)) {
        let words: Vec<(String, String)> = tokens.iter().map(|token| (bare(token), written(token))).collect();
        let mut fragment: Vec<&str> = Vec::new();
        let mut end = |fragment: &mut Vec<&str>| {
            if !fragment.iter().all(|word| is_decoration(word)) {
                keep(&fragment.join(" "));
            }
            fragment.clear();
        };
        let mut at = 0;
        while at < words.len() {
            let length = self.known(tokens, &words, at);
            if length > 0 {
                end(&mut fragment);
                at += length;
            } else {
                fragment.push(&words[at].1);
                at += 1;
            }
        }
        end(&mut fragment);
    }

    /// How many tokens from here on are a lesson's, a name or a number.
    fn known(&self, tokens: &[VisibleToken], words: &[(String, String)], at: usize) -> usize {
        let number = |word: &str| !word.is_empty() && word.chars().all(|c| c.is_ascii_digit() || c == '-');
        if matches!(&tokens[at], VisibleToken::Code(code) if self.names.contains(code.as_str()))
            || number(&words[at].0)
        {
            return 1;
        }
        let runs = self.runs.get(&words[at].0).into_iter().flatten();
        let fits = |run: &&Vec<String>| {
            // Punctuation on its own does not count.
            let rest = words[at..]
                .iter()
                .map(|(bare, _)| bare)
                .filter(|bare| !bare.is_empty());
            rest.take(run.len()).eq(run.iter())
        };
        let Some(run) = runs.into_iter().find(fits) else {
            return 0;
        };
        let mut left = run.len();
        let taken = words[at..].iter().take_while(|(bare, _)| {
            let continues = left > 0;
            left -= usize::from(continues && !bare.is_empty());
            continues
        });
        taken.count()
    }

    /// Comments, raw HTML and addresses: not visible on the page, but some assistants read them. Comments for formatters do not count.
    fn unseen(&self, text: &str, page: &VisibleText, keep: &mut impl FnMut(&str)) {
        for hidden in &page.hidden {
            let raw = text.get(hidden.range.clone()).unwrap_or_default();
            if !marker::UNFORMATTED.contains(&raw.trim()) {
                keep(raw);
            }
        }
        let words_of_lessons = |address: &str| {
            let mut texts = self.store.lessons.iter().flat_map(|lesson| {
                [&lesson.rule, &lesson.rationale]
                    .into_iter()
                    .chain(&lesson.source)
            });
            texts.any(|text| text.contains(address))
        };
        for address in page.unseen.iter().filter(|address| !words_of_lessons(address)) {
            keep(address);
        }
    }
}

/// A token without the punctuation around it, in lower case.
fn bare(token: &VisibleToken) -> String {
    match token {
        VisibleToken::Code(code) => code.clone(),
        VisibleToken::Word(word) => word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase(),
        VisibleToken::Gap => String::new(),
    }
}

fn written(token: &VisibleToken) -> String {
    match token {
        VisibleToken::Code(code) => format!("`{code}`"),
        VisibleToken::Word(word) => word.clone(),
        VisibleToken::Gap => String::new(),
    }
}

/// The words of a text without punctuation, each between two spaces.
fn key(text: &str) -> String {
    let words = text
        .split_whitespace()
        .map(|word| word.trim_matches(|c: char| !c.is_alphanumeric()));
    let words: Vec<String> = words
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect();
    format!(" {} ", words.join(" "))
}

/// The text on one line, without the punctuation that the removed words left.
fn shown(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    line.trim_matches(|c: char| c.is_whitespace() || ",;()".contains(c))
        .to_owned()
}

/// Words that accompany every rule and mean nothing on their own.
fn is_decoration(word: &str) -> bool {
    let word = key(word);
    let word = word.trim();
    word.is_empty()
        || Severity::ALL.iter().any(|severity| severity.word() == word)
        || ["why", "for", "and", "since", "source", "rule", "lesson"].contains(&word)
}

/// The text of a template between its variables.
fn template_text(template: &str) -> Vec<String> {
    let mut words_of_lessons = Vec::new();
    let mut rest = template;
    while let Some(at) = rest.find(['{']) {
        words_of_lessons.push(key(&rest[..at]));
        rest = &rest[at..];
        let close = [("{{", "}}"), ("{%", "%}"), ("{#", "#}")]
            .iter()
            .find(|(open, _)| rest.starts_with(open))
            .and_then(|(_, close)| rest.find(close).map(|end| end + close.len()));
        rest = &rest[close.unwrap_or(1)..];
    }
    words_of_lessons.push(key(rest));
    words_of_lessons
}
