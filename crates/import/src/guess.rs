//! What a rule's words let us guess: severity, rationale, topic, title and id.
//!
//! Input: a rule and the headings above it. Output: guesses, each with its reason where it is shown. Not here: whether it is a rule.

use lessonbook_store::Severity;
use sha2::{Digest, Sha256};

use crate::inline::inline;
use crate::vocabulary as words;
use lessonbook_base::word_list::WordList;

/// Titles are cut at a word before this many characters.
const TITLE: usize = 72;

/// Topics by words of headings and file names.
const TOPICS: [(&str, &[&str]); 12] = [
    (
        "security",
        &[
            "security",
            "secret",
            "secrets",
            "auth",
            "credentials",
            "safety",
            "permissions",
        ],
    ),
    ("testing", &["test", "tests", "testing", "coverage", "fixtures"]),
    (
        "git",
        &[
            "git",
            "commit",
            "commits",
            "branch",
            "pr",
            "pull",
            "release",
            "releases",
            "changelog",
            "versioning",
        ],
    ),
    (
        "database",
        &["database", "migration", "migrations", "sql", "schema"],
    ),
    ("errors", &["error", "errors", "exceptions", "logging"]),
    ("performance", &["performance", "caching", "memory"]),
    ("documentation", &["documentation", "docs", "comments", "readme"]),
    (
        "dependencies",
        &["dependencies", "dependency", "packages", "imports"],
    ),
    (
        "style",
        &[
            "style",
            "naming",
            "format",
            "formatting",
            "conventions",
            "convention",
            "code",
            "coding",
            "typescript",
            "python",
        ],
    ),
    ("api", &["api", "endpoints", "http", "grpc"]),
    (
        "ui",
        &["ui", "components", "styling", "css", "accessibility", "frontend"],
    ),
    (
        "ci",
        &[
            "ci",
            "workflow",
            "workflows",
            "build",
            "deployment",
            "deploy",
            "docker",
        ],
    ),
];

/// Words that are left out of an id.
static FILLERS: WordList = WordList::new("\
a an and are as at be by for from if in into is it its of on or should so that the their them then this to use when with you your must always do
please any all");

/// The severity of a rule, and the reason for the guess.
pub fn severity(rule: &str, headings: &[String]) -> (Severity, String) {
    let small = inline(rule).plain.to_lowercase();
    let hard = words::hard_modal(&small).map(|(phrase, _)| phrase);
    let consequence = words::consequence(&small);
    let grave = [
        "security",
        "secret",
        "migration",
        "release",
        "policy",
        "critical",
        "production",
        "danger",
    ];
    let grave_head = headings
        .iter()
        .take(2)
        .find_map(|heading| grave.iter().find(|word| heading.contains(**word)));
    match (hard, consequence, grave_head) {
        (Some(modal), Some(what), _) => (Severity::Critical, format!("“{modal}” and a consequence: {what}")),
        (Some(modal), None, Some(head)) => (
            Severity::Critical,
            format!("“{modal}” under a heading about {head}"),
        ),
        (Some(modal), None, None) => (Severity::High, format!("“{modal}”")),
        (None, Some(what), _) => (Severity::High, format!("a consequence: {what}")),
        (None, None, _) => {
            let style = ["style", "formatting", "naming", "tips"];
            let mild = ["consider ", "avoid ", "prefer ", "try to "];
            if mild.iter().any(|word| small.contains(word)) {
                (Severity::Low, "a preference".to_owned())
            } else if headings
                .first()
                .is_some_and(|heading| style.iter().any(|word| heading.contains(word)))
            {
                (Severity::Low, "a heading about style".to_owned())
            } else {
                (Severity::Medium, "an order without a consequence".to_owned())
            }
        }
    }
}

/// The reason that a rule gives itself, or nothing.
pub fn rationale(rule: &str) -> String {
    let starts = [
        " because ",
        " so that ",
        " to avoid ",
        " to prevent ",
        ", otherwise ",
        "; otherwise ",
        " otherwise ",
        " since ",
        " or else ",
        "This prevents ",
        "This ensures ",
        " — prevents ",
        " — Prevents ",
    ];
    let found = starts
        .iter()
        .filter_map(|start| rule.find(start).map(|at| (at, *start)))
        .min();
    let Some((at, start)) = found else {
        return String::new();
    };
    let reason = rule[at..].trim_start_matches([' ', ',', ';', '—']);
    // Half a code span or half of bold text is not a sentence.
    if reason.matches('`').count() % 2 == 1 || reason.matches("**").count() % 2 == 1 || start.is_empty() {
        return String::new();
    }
    let mut letters = reason.chars();
    let first = letters.next().map(|c| c.to_uppercase().to_string());
    format!("{}{}", first.unwrap_or_default(), letters.as_str())
}

/// What a rule is about: by the file's name, else by the nearest heading that says it.
pub fn topic(path: &str, headings: &[String]) -> String {
    let stem = path.rsplit('/').next().unwrap_or_default().to_lowercase();
    let scoped = [".instructions.md", ".mdc"]
        .iter()
        .find_map(|end| stem.strip_suffix(end));
    let named = std::iter::once(scoped.unwrap_or_default()).chain(headings.iter().map(String::as_str));
    for text in named {
        let mut parts = text
            .split(|c: char| !c.is_alphanumeric())
            .filter(|part| !part.is_empty());
        let found = parts.find_map(|part| TOPICS.iter().find(|(_, known)| known.contains(&part)));
        if let Some((topic, _)) = found {
            return (*topic).to_owned();
        }
    }
    "imported".to_owned()
}

/// A heading for people: the label of a rule with its first clause, cut at a word.
pub fn title(rule: &str) -> String {
    let text = inline(rule);
    let plain = text.plain.replace('`', "");
    let clause_end = [". ", "; ", " — ", " – ", ": ", " (", "。"]
        .iter()
        .filter_map(|stop| plain.match_indices(stop).map(|(at, _)| at).find(|at| *at >= 24))
        .min();
    let clause = plain[..clause_end.unwrap_or(plain.len())]
        .trim()
        .trim_end_matches(['.', ':', '。', ';'])
        .trim_start_matches(crate::inline::is_sign)
        .trim();
    cut(clause, TITLE)
}

fn cut(text: &str, longest: usize) -> String {
    if text.chars().count() <= longest {
        return text.to_owned();
    }
    let head: String = text.chars().take(longest).collect();
    let words = head.rsplit_once(' ').map_or(head.as_str(), |(words, _)| words);
    format!("{}…", words.trim_end_matches([',', ';', ':', '-', '–', '—', ' ']))
}

/// A name that stays the same as long as the words do: up to five words of weight, and four hexadecimal digits of all of them.
pub fn id(rule: &str) -> String {
    id_of_normal(&normal(rule))
}

/// The same of a text that [`normal`] made.
pub fn id_of_normal(normal: &str) -> String {
    let digest = Sha256::digest(normal);
    let weight =
        |word: &&str| word.chars().all(|c| c.is_ascii_alphanumeric()) && word.len() > 1 && !FILLERS.has(word);
    let words: Vec<&str> = normal.split(' ').filter(weight).take(5).collect();
    let mut name: String = words.join("-").chars().take(40).collect();
    name.truncate(name.trim_end_matches('-').len());
    if !name.starts_with(|c: char| c.is_ascii_lowercase()) {
        name.insert_str(0, if name.is_empty() { "rule" } else { "rule-" });
    }
    format!("{name}-{:02x}{:02x}", digest[0], digest[1])
}

/// A rule's words in lower case, without markup and signs: equal for texts that say the same word for word.
pub fn normal(rule: &str) -> String {
    let plain = inline(rule).plain.to_lowercase();
    let mut out = String::with_capacity(plain.len());
    for c in plain.chars() {
        let kept = c.is_alphanumeric()
            || matches!(c, '_' | '/' | '*' | '#' | '+' | '<' | '>' | '=' | '%' | '$' | '@');
        if kept {
            out.push(if c == '’' { '\'' } else { c });
        } else if !matches!(c, '\'' | '’') && !out.ends_with(' ') {
            out.push(' ');
        }
    }
    out.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_names_and_titles_end_at_words() {
        let id = id("Always **pin** third-party `actions` to a full SHA.");
        assert!(id.starts_with("pin-third-party-actions-full-"), "{id}");
        assert!(super::id("必须使用中文").starts_with("rule-"));
        assert_eq!(
            title("**Logs**: never print a `token`; it leaks."),
            "Logs: never print a token"
        );
        assert_eq!(normal("Don’t  use `any`!"), normal("- don't use **`any`**"));
    }

    #[test]
    fn a_consequence_weighs_more_than_capitals() {
        let severity = |rule| super::severity(rule, &[]).0;
        assert_eq!(
            severity("Never drop a column: it corrupts old clients."),
            Severity::Critical
        );
        assert_eq!(severity("ALWAYS use tabs"), Severity::High);
        assert_eq!(severity("Use tabs"), Severity::Medium);
        assert_eq!(severity("Prefer tabs"), Severity::Low);
    }
}
