//! The text that a block may hold besides the lessons' own words: an allow-list.
//!
//! Input: the store's own words (names, titles, paths) and the fixed lists below. Output: whether a heading, paragraph or
//! comment is on the list; with `walk`, every piece of a block that is not. Not here: whether a lesson is present (`read`).
//!
//! A list of forbidden phrases can't be complete: "this rule was withdrawn", a heading, a caution box or a parent list item
//! can all reverse a rule. So everything in a block must be known, and free prose in a template is not allowed.

mod walk;

use std::collections::{BTreeMap, BTreeSet};

use super::wording::{LessonWording, is_decoration, is_harmless};
use lessonbook_base::markdown::{self, VisibleToken};
use lessonbook_store::{EntryPoint, Store};

/// The sentences that a template may add, each in a paragraph at the top level, alone or one after the other. `{home}` and
/// `{name}` are the store's, `{path}` is the path of an entry point in backticks, `{number}` is a number. Sentences of the
/// built-in templates of earlier versions are kept, because blocks that were merged still hold them.
pub const SENTENCES: &[&str] = &[
    "From {home}, where changes belong; edits in this block are taken back by the next proposal.",
    "Before you change infrastructure, read {path}: it says why, with examples.",
    "To keep this short, {number} more or longer in {path}.",
    "To keep this short, {number} more or longer in {home}.",
    "Managed by {home}. Edit it there; changes here are overwritten.",
    "Managed by {home}. Edit them there; changes here are overwritten.",
    "Managed by {home}.",
    "Lessons from {home}.",
    "Reasons and examples: {path}.",
    "Reasons and examples are in {path}.",
    "Details: {path}.",
    "Details are in {path}.",
    "See {path}.",
    "See {path} for details.",
    "Read {path} for reasons and examples.",
    "{number} more in {path}.",
    "{number} more in {home}.",
];

/// The headings of whole files that a template may write, besides those of [`HEADING_WORDS`].
pub const TITLES: &[&str] = &["Lessons from {home}: edit them there, changes here are overwritten"];

/// Words that a heading may have besides names and titles. No combination of them limits or denies a rule.
const HEADING_WORDS: &[&str] = &[
    "a",
    "about",
    "all",
    "and",
    "by",
    "conventions",
    "critical",
    "every",
    "file",
    "files",
    "for",
    "from",
    "guardrails",
    "guidelines",
    "high",
    "in",
    "learned",
    "lesson",
    "lessons",
    "low",
    "medium",
    "more",
    "of",
    "our",
    "practices",
    "repository",
    "rule",
    "rules",
    "the",
    "this",
    "to",
];

/// Labels that may precede an example of what not to write.
const BAD_LABELS: &[&str] = &["avoid", "bad", "bad example", "don't", "do not", "not", "wrong"];
/// Labels that may precede an example of what to write.
const GOOD_LABELS: &[&str] = &[
    "better",
    "do",
    "good",
    "good example",
    "instead",
    "right",
    "use",
    "write",
];

/// How comments begin that only formatters and linters read.
const TOOL_COMMENTS: &[&str] = &[
    "prettier-ignore",
    "markdownlint-",
    "mdformat",
    "rumdl-",
    "textlint-",
    "vale ",
    "cspell:",
];

/// Which example a label announces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Bad,
    Good,
}

/// The allow-list of one store.
#[derive(Debug)]
pub(super) struct AllowedText<'s> {
    rows: &'s [EntryPoint],
    by_id: BTreeMap<&'s str, usize>,
    titles: Vec<Vec<VisibleToken>>,
    by_title: BTreeMap<String, Vec<usize>>,
    links: Vec<BTreeSet<(String, String)>>,
    names: Vec<Vec<VisibleToken>>,
    sentences: Vec<Vec<VisibleToken>>,
    file_titles: Vec<Vec<VisibleToken>>,
}

impl<'s> AllowedText<'s> {
    /// Collects a store's own words.
    pub fn new(store: &'s Store, words: &[LessonWording<'s>]) -> Self {
        let mut by_id = BTreeMap::new();
        let mut by_title: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        let (mut titles, mut links) = (Vec::new(), Vec::new());
        for (at, words) in words.iter().enumerate() {
            by_id.insert(words.lesson.id.as_str(), at);
            let title = markdown::inline(words.lesson.title.trim_end_matches('.')).0;
            by_title.entry(key(&title)).or_default().push(at);
            titles.push(title);
            links.push(own_links(words));
        }
        let mut names: Vec<Vec<VisibleToken>> = Vec::new();
        let own = [store.name.as_str(), store.home.as_str()];
        let topics = store.topics.iter().flat_map(|(id, title)| [id.as_str(), title]);
        for name in own.into_iter().chain(topics) {
            let tokens = markdown::inline(name).0;
            if !tokens.is_empty() {
                names.push(tokens);
            }
        }
        names.sort_by_key(|name| std::cmp::Reverse(name.len()));
        names.dedup();
        let sentence = |pattern: &&str| {
            let text = pattern
                .replace("{home}", &store.home)
                .replace("{name}", &store.name)
                .replace("{path}", "`{path}`");
            [text.clone(), format!("_{text}_")].map(|text| markdown::inline(&text).0)
        };
        AllowedText {
            rows: &store.entry_points,
            by_id,
            titles,
            by_title,
            links,
            names,
            sentences: SENTENCES.iter().flat_map(sentence).collect(),
            file_titles: TITLES
                .iter()
                .map(|title| markdown::inline(&title.replace("{home}", &store.home)).0)
                .collect(),
        }
    }

    /// Whether a paragraph consists of known sentences only.
    fn is_sentences(&self, tokens: &[VisibleToken]) -> bool {
        let fits = |pattern: &[VisibleToken]| {
            pattern.len() <= tokens.len()
                && pattern
                    .iter()
                    .zip(tokens)
                    .all(|(wanted, found)| match (wanted, found) {
                        (VisibleToken::Code(slot), VisibleToken::Code(path)) if slot == "{path}" => {
                            self.is_path(path)
                        }
                        (VisibleToken::Word(slot), VisibleToken::Word(number)) if slot == "{number}" => {
                            number.bytes().all(|byte| byte.is_ascii_digit())
                        }
                        _ => wanted == found,
                    })
        };
        let mut patterns = self.sentences.iter().filter(|pattern| !pattern.is_empty());
        tokens.is_empty()
            || patterns.any(|pattern| fits(pattern) && self.is_sentences(&tokens[pattern.len()..]))
    }

    /// Whether a paragraph only imports entry points.
    fn is_imports(&self, tokens: &[VisibleToken]) -> bool {
        let import = |token: &VisibleToken| matches!(token, VisibleToken::Word(word) if word.strip_prefix('@').is_some_and(|path| self.is_path(path.trim_start_matches("../"))));
        !tokens.is_empty() && tokens.iter().all(import)
    }

    fn is_path(&self, path: &str) -> bool {
        self.rows.iter().any(|row| row.owns(path))
    }

    /// Whether a heading consists of the store's names, topics and harmless words.
    fn is_heading(&self, tokens: &[VisibleToken]) -> bool {
        self.file_titles.iter().any(|title| title == tokens) || self.is_harmless_heading(tokens)
    }

    fn is_harmless_heading(&self, tokens: &[VisibleToken]) -> bool {
        let Some(first) = tokens.first() else { return true };
        let rest = &tokens[1..];
        let word = match first {
            VisibleToken::Word(word) => {
                let bare = word.trim_matches([':', ',', '.', '(', ')', '-', '–', '—', '·']);
                let is_number = !bare.is_empty() && bare.bytes().all(|byte| byte.is_ascii_digit());
                is_number || bare.is_empty() || HEADING_WORDS.contains(&bare.to_lowercase().as_str())
            }
            VisibleToken::Code(code) => self.names.iter().any(|name| key(name) == *code),
            VisibleToken::Gap => false,
        };
        word && self.is_harmless_heading(rest)
            || self.names.iter().any(|name| {
                begins_with(tokens, name).is_some_and(|length| self.is_harmless_heading(&tokens[length..]))
            })
    }

    /// The lessons that a heading announces: by id and perhaps title, or by title alone.
    fn lessons_announced(
        &self,
        tokens: &[VisibleToken],
        words: &[LessonWording<'_>],
    ) -> Option<(Vec<usize>, bool)> {
        let ids = tokens.iter().filter_map(|token| match token {
            VisibleToken::Code(code) => self.by_id.get(code.as_str()).copied(),
            VisibleToken::Word(_) | VisibleToken::Gap => None,
        });
        for at in ids {
            let lesson = &words[at];
            if self.is_titled(at, tokens, lesson) || tokens.iter().all(|token| is_decoration(token, lesson)) {
                return Some((vec![at], true));
            }
        }
        let mut numbered = tokens;
        if let Some((VisibleToken::Word(first), rest)) = tokens.split_first()
            && first
                .trim_end_matches(['.', ')', ':'])
                .bytes()
                .all(|byte| byte.is_ascii_digit())
            && !rest.is_empty()
        {
            numbered = rest;
        }
        let exact = [tokens, numbered]
            .into_iter()
            .find_map(|tokens| self.by_title.get(&key(tokens)));
        if let Some(exact) = exact {
            return Some((exact.clone(), false));
        }
        let titled = |at: &usize| self.is_titled(*at, numbered, &words[*at]);
        let lessons: Vec<usize> = (0..words.len()).filter(titled).collect();
        (!lessons.is_empty()).then_some((lessons, false))
    }

    /// Whether a heading is a lesson's title, with no other words than harmless ones.
    fn is_titled(&self, at: usize, tokens: &[VisibleToken], lesson: &LessonWording<'_>) -> bool {
        let decorated = |tokens: &[VisibleToken]| tokens.iter().all(|token| is_decoration(token, lesson));
        (0..tokens.len()).any(|from| {
            let end = begins_with(&tokens[from..], &self.titles[at]);
            end.is_some_and(|length| decorated(&tokens[..from]) && decorated(&tokens[from + length..]))
        })
    }

    /// Whether a comment is for tools only, or is nothing but a lesson's id.
    fn is_quiet_comment(&self, text: &str) -> bool {
        let inner = text
            .trim()
            .strip_prefix("<!--")
            .and_then(|rest| rest.strip_suffix("-->"));
        inner.map(str::trim).is_some_and(|inner| {
            let single = !inner.contains("--") && !inner.contains('\n');
            let tool = TOOL_COMMENTS.iter().any(|tool| inner.starts_with(tool))
                && inner.split_whitespace().count() <= 6;
            single && (tool || self.by_id.contains_key(inner.trim_matches('`')))
        })
    }
}

/// The addresses and titles of a lesson's own links.
fn own_links(words: &LessonWording<'_>) -> BTreeSet<(String, String)> {
    let lesson = words.lesson;
    let mut texts = vec![lesson.rule.as_str(), &lesson.rationale, &lesson.title];
    texts.extend(lesson.incidents.iter().map(|incident| incident.summary.as_str()));
    let linked = texts.into_iter().filter(|text| text.contains(['[', '<']));
    let pages = linked.map(|text| markdown::read(text).links);
    let mut links: BTreeSet<_> = pages.flatten().map(|link| (link.address, link.title)).collect();
    links.extend(lesson.source.iter().map(|source| (source.clone(), String::new())));
    links
}

/// Which example a paragraph announces, if it contains nothing else.
fn label(tokens: &[VisibleToken]) -> Option<Role> {
    let mut words = Vec::new();
    for token in tokens {
        let VisibleToken::Word(word) = token else {
            return None;
        };
        words.push(word.to_lowercase().replace('’', "'"));
    }
    let words = words.join(" ");
    let words = words.strip_suffix(':')?;
    if BAD_LABELS.contains(&words) {
        return Some(Role::Bad);
    }
    GOOD_LABELS.contains(&words).then_some(Role::Good)
}

/// How many tokens a phrase takes up at the beginning of others; punctuation after its last word does not matter.
fn begins_with(tokens: &[VisibleToken], phrase: &[VisibleToken]) -> Option<usize> {
    let (last, head) = phrase.split_last()?;
    let found = tokens.get(head.len())?;
    let same = match (last, found) {
        (VisibleToken::Word(wanted), VisibleToken::Word(found)) => {
            let ends = ['.', ':', ','];
            wanted.trim_end_matches(ends) == found.trim_end_matches(ends)
        }
        _ => last == found,
    };
    (same && tokens.starts_with(head)).then_some(phrase.len())
}

fn key(tokens: &[VisibleToken]) -> String {
    let mut key = String::new();
    for token in tokens {
        if !key.is_empty() {
            key.push(' ');
        }
        match token {
            VisibleToken::Word(word) | VisibleToken::Code(word) => key.push_str(word),
            VisibleToken::Gap => key.push('\u{0}'),
        }
    }
    key
}

/// Whether no word of a unit is a sign that could deny what follows (✗, 🚫, ¬).
fn has_no_signs(tokens: &[VisibleToken]) -> bool {
    tokens.iter().all(|token| match token {
        VisibleToken::Word(word) => is_harmless(word) || word.contains(char::is_alphanumeric),
        VisibleToken::Code(_) => true,
        VisibleToken::Gap => false,
    })
}
