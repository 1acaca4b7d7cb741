//! A lesson's own words, and whether a paragraph consists of nothing else.
//!
//! Input: a lesson, and the visible tokens of a paragraph or list item. Output: whether it holds the whole rule, rationale or
//! incident, without other words that could reverse the meaning. Not here: where in a file it is (`read`).

use lessonbook_base::markdown::{self, TextUnit, VisibleToken};
use lessonbook_base::marker;
use lessonbook_store::folder::in_folder;
use lessonbook_store::{Lesson, Severity, Store};

/// Words that may be in the same list item or paragraph as a rule. None of them can reverse its meaning.
const DECORATION: &[&str] = &[
    "", "why", "because", "reason", "rule", "lesson", "for", "in", "only", "and", "applies", "to", "files",
    "since", "source",
];

/// A lesson's words, parsed once.
#[derive(Debug, Clone)]
pub struct LessonWording<'s> {
    /// The lesson.
    pub lesson: &'s Lesson,
    pub(super) rule: Vec<VisibleToken>,
    pub(super) rationale: Vec<VisibleToken>,
    pub(super) incidents: Vec<Vec<VisibleToken>>,
    /// The incidents' summaries, without punctuation.
    pub(super) summaries: Vec<String>,
    pub(super) source: Vec<VisibleToken>,
    /// The addresses of the links in rule and rationale: a page does not show them, but an assistant reads them.
    pub(super) addresses: [Vec<String>; 2],
    /// The lesson's globs as files of scopes state them.
    pub(super) scope_globs: Vec<String>,
    /// Whether a part of the text disappears when it is rendered, so that it can't be proved anywhere.
    pub(super) lossy: bool,
}

impl<'s> LessonWording<'s> {
    /// Parses a lesson's texts.
    pub fn new(lesson: &'s Lesson) -> Self {
        let (rule, rule_whole) = markdown::inline(&lesson.rule);
        let (rationale, rationale_whole) = markdown::inline(&lesson.rationale);
        let incident = |incident: &lessonbook_store::Incident| {
            let code = Some(VisibleToken::Code(incident.repository.clone()))
                .filter(|_| !incident.repository.is_empty());
            let mut tokens = markdown::inline(&format!("{}", incident.date)).0;
            tokens.extend(code);
            tokens.extend(markdown::inline(&incident.summary).0);
            tokens
        };
        LessonWording {
            lesson,
            rule,
            rationale,
            incidents: lesson.incidents.iter().map(incident).collect(),
            source: lesson.source.as_deref().map(source_tokens).unwrap_or_default(),
            summaries: lesson
                .incidents
                .iter()
                .map(|incident| bare_words(&incident.summary))
                .collect(),
            addresses: [&lesson.rule, &lesson.rationale].map(|text| {
                // A text without one of these characters has no link.
                let may_link = text.contains(['[', '<']);
                let read = Some(text).filter(|_| may_link).map(|text| markdown::read(text));
                read.map(|page| page.unseen).unwrap_or_default()
            }),
            scope_globs: Vec::new(),
            lossy: !(rule_whole && rationale_whole),
        }
    }

    /// Parses the texts of all lessons of a store.
    pub fn all(store: &'s Store) -> Vec<Self> {
        let mut folders: Vec<&str> = store.entry_points.iter().map(|row| row.folder.as_str()).collect();
        folders.retain(|folder| !folder.is_empty());
        folders.dedup();
        let lessons = store.lessons.iter();
        lessons
            .map(|lesson| LessonWording::in_folders(lesson, &folders))
            .collect()
    }

    /// Parses a lesson's texts for a table with these scopes.
    fn in_folders(lesson: &'s Lesson, folders: &[&str]) -> Self {
        let globs = lesson.globs();
        let everything = ["**"];
        let globs = if globs.is_empty() { &everything[..] } else { &globs };
        let placed = folders
            .iter()
            .flat_map(|folder| globs.iter().map(|glob| in_folder(folder, glob)));
        LessonWording {
            scope_globs: placed.collect(),
            ..LessonWording::new(lesson)
        }
    }

    /// The code spans in the rule and the rationale.
    pub fn codes(&self) -> impl Iterator<Item = &str> {
        let tokens = self.rule.iter().chain(&self.rationale);
        tokens.filter_map(|token| match token {
            VisibleToken::Code(code) => Some(code.as_str()),
            VisibleToken::Word(_) | VisibleToken::Gap => None,
        })
    }
}

/// The tokens of a source: an address is one word, whatever its characters mean in Markdown.
fn source_tokens(source: &str) -> Vec<VisibleToken> {
    if source.contains("://") && !source.contains(char::is_whitespace) {
        vec![VisibleToken::Word(source.to_owned())]
    } else {
        markdown::inline(source).0
    }
}

/// The code spans in a lesson's rule and rationale, once for each time that these are in the units word for word.
pub fn quoted_codes(lesson: &Lesson, units: &[TextUnit]) -> Vec<String> {
    let mut all = Vec::new();
    for text in [&lesson.rule, &lesson.rationale] {
        let (words, _) = markdown::inline(text);
        if words.is_empty() {
            continue;
        }
        let occurrences = |unit: &TextUnit| {
            unit.tokens
                .windows(words.len())
                .filter(|part| *part == words)
                .count()
        };
        for _ in 0..units.iter().map(occurrences).sum() {
            all.extend(words.iter().filter_map(|token| match token {
                VisibleToken::Code(code) => Some(code.clone()),
                VisibleToken::Word(_) | VisibleToken::Gap => None,
            }));
        }
    }
    all
}

/// The ids in a unit that a severity follows: `` `probes`, critical ``.
pub(super) fn named_lessons(unit: &TextUnit) -> impl Iterator<Item = (&str, Severity)> {
    unit.tokens.windows(3).filter_map(|tokens| match tokens {
        [
            VisibleToken::Code(id),
            VisibleToken::Word(comma),
            VisibleToken::Word(word),
        ] if comma == "," => Some((id.as_str(), Severity::parse(&plain(word))?)),
        _ => None,
    })
}

/// What follows a rule in its own unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TrailingText {
    Nothing,
    Rationale,
}

/// Whether a unit is the whole rule, alone or followed by the whole rationale, with nothing else but decoration. `beside`: the
/// id is in the unit before; otherwise it must be in this unit.
pub(super) fn rule_in(
    tokens: &[VisibleToken],
    words: &LessonWording<'_>,
    beside: bool,
) -> Option<TrailingText> {
    let id = |token: &VisibleToken| matches!(token, VisibleToken::Code(code) if *code == words.lesson.id);
    for at in starts(tokens, &words.rule, words) {
        let (before, after) = (&tokens[..at], &tokens[at + words.rule.len()..]);
        let mut around = before.iter().chain(after);
        if !beside && !around.any(id) {
            continue;
        }
        // First the rationale: it may consist of words that are decoration elsewhere ("Because.").
        if is_whole(after, &words.rationale, words) {
            return Some(TrailingText::Rationale);
        }
        if after.iter().all(|token| is_decoration(token, words)) {
            return Some(TrailingText::Nothing);
        }
    }
    None
}

/// Whether the tokens are the expected ones and decoration, and nothing else.
pub(super) fn is_whole(
    tokens: &[VisibleToken],
    expected: &[VisibleToken],
    words: &LessonWording<'_>,
) -> bool {
    let decoration = |tokens: &[VisibleToken]| tokens.iter().all(|token| is_decoration(token, words));
    starts(tokens, expected, words).any(|at| decoration(&tokens[at + expected.len()..]))
}

/// Where the expected tokens begin, if only decoration precedes them.
fn starts<'t>(
    tokens: &'t [VisibleToken],
    expected: &'t [VisibleToken],
    words: &'t LessonWording<'_>,
) -> impl Iterator<Item = usize> + 't {
    let decorated = tokens
        .iter()
        .take_while(|token| is_decoration(token, words))
        .count();
    (0..=decorated).filter(move |at| !expected.is_empty() && tokens[*at..].starts_with(expected))
}

pub(super) fn is_decoration(token: &VisibleToken, words: &LessonWording<'_>) -> bool {
    let lesson = words.lesson;
    match token {
        VisibleToken::Code(code) => {
            *code == lesson.id || lesson.globs().contains(&code.as_str()) || words.scope_globs.contains(code)
        }
        VisibleToken::Word(word) => {
            let bare = plain(word);
            is_harmless(word) && (DECORATION.contains(&bare.as_str()) || bare == lesson.severity.word())
        }
        VisibleToken::Gap => false,
    }
}

/// Whether a word has no signs but punctuation: ✗, 🚫, ¬ and ! can reverse the meaning of the words that follow.
pub(super) fn is_harmless(word: &str) -> bool {
    word.chars().all(|c| {
        c.is_alphanumeric() || c.is_ascii_punctuation() && !"!~^?".contains(c) || "–—·•…→’“”".contains(c)
    })
}

pub(super) fn plain(word: &str) -> String {
    word.chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

/// Whether a unit is an incident: its date, repository and summary in order, apart from punctuation.
pub(super) fn is_incident(tokens: &[VisibleToken], incident: &[VisibleToken]) -> bool {
    // From the end, because only a unit's last words can be the incident.
    let mut unit = words_from_the_end(tokens);
    words_from_the_end(incident).all(|word| unit.next() == Some(word))
        && unit.all(|word| DECORATION.contains(&word.to_lowercase().as_str()))
}

/// The words of a text in lower case, without punctuation around them, each between two spaces.
pub(super) fn bare_words(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push(' ');
    for word in text.split_whitespace() {
        let word = word.trim_matches(|c: char| !c.is_alphanumeric());
        if word.is_ascii() {
            let start = out.len();
            out.push_str(word);
            out[start..].make_ascii_lowercase();
        } else {
            out.extend(word.chars().flat_map(char::to_lowercase));
        }
        if !word.is_empty() {
            out.push(' ');
        }
    }
    out
}

/// The words of tokens, without the punctuation around them, the last word first.
pub(super) fn words_from_the_end(tokens: &[VisibleToken]) -> impl Iterator<Item = &str> {
    tokens.iter().rev().map(bare).filter(|word| !word.is_empty())
}

fn bare(token: &VisibleToken) -> &str {
    match token {
        VisibleToken::Code(code) => code,
        VisibleToken::Word(word) => word.trim_matches(|c: char| !c.is_alphanumeric()),
        VisibleToken::Gap => "\u{0}",
    }
}

/// Whether two examples are the same byte for byte, apart from line endings.
pub(super) fn same_code(example: &str, code: &str) -> bool {
    example == code || example.replace("\r\n", "\n") == code.replace("\r\n", "\n")
}

/// Whether two examples differ only in how wide their lines are indented, which formatters change.
pub(super) fn same_but_indented(example: &str, code: &str) -> bool {
    marker::by_depth(example) == marker::by_depth(code)
}
