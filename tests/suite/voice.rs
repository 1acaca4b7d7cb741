//! Pages, templates, help and messages use plain English: no word from the list below.
//!
//! Input: the Markdown pages, the templates, `docs/cli.md` (generated from `--help`), and string literals of the sources.
//! Output: each line with such a word, and what to write instead. Not here: names in code font (a finding's code, a key).

#![allow(clippy::unwrap_used, reason = "a test may stop at what it can't read")]

use std::fmt::Write as _;
use std::path::Path;

use crate::architecture::source::{sources, split};
use crate::docs_pages::written_pages;

/// Words that read like a dialect, and what to write instead. A phrase of several words is separated by single blanks.
const WORDS: &[(&str, &str)] = &[
    ("stands", "is present, is in FILE:LINE"),
    ("stood", "was present"),
    ("told", "reported, shown"),
    ("nobody", "no repository, no one, or name who"),
    ("somebody", "someone, a person"),
    ("whom", "which repositories"),
    ("mend", "fix"),
    ("mends", "fixes"),
    ("mended", "fixed"),
    ("anew", "again"),
    ("guardrail", "lesson"),
    ("guardrails", "lessons"),
    ("our letter", "pull request body"),
    ("the letter", "pull request body"),
    ("talk to stderr", "messages to stderr"),
    ("without a word", "silently"),
    ("is no", "is not a"),
    ("are no", "are not"),
    ("was no", "was not a"),
    ("takes back", "reverts, overwrites"),
    ("taken back", "reverted, overwritten"),
    ("gives back", "restores"),
    ("say again", "run again"),
    ("shelf", "library_tags"),
    ("vanishes", "disappears"),
];

/// Words before and after a phrase with which it is plain English: "there is no file", "is no longer".
const BEFORE: [&str; 3] = ["there", "where", "if"];
const AFTER: [&str; 2] = ["longer", "more"];

/// Where a word may be used, and why.
const ALLOWED: &[(&str, &str, &str)] = &[
    (
        "docs/cli.md",
        "guardrails",
        "the name of the store in the examples of `init`",
    ),
    ("cli.rs", "guardrails", "the same example, in the help"),
    ("commands/init.rs", "guardrails", "the same example, in the help"),
    ("commands/demo.rs", "guardrails", "the name of the demo's store"),
    (
        "docs/findings.md",
        "taken back",
        "a sentence of earlier templates that the proof still accepts",
    ),
    (
        "crates/base/text/instruction_override.rs",
        "nobody",
        "a word that the lint recognises in texts",
    ),
    (
        "crates/base/text/instruction_override.rs",
        "guardrail",
        "a word that the lint recognises in texts",
    ),
    (
        "crates/base/text/instruction_override.rs",
        "guardrails",
        "a word that the lint recognises in texts",
    ),
    (
        "crates/store/read/fields.rs",
        "shelf",
        "the old name of a key, which `check --fix` replaces",
    ),
    (
        "crates/proof/frame.rs",
        "taken back",
        "a sentence of earlier templates that the proof still accepts",
    ),
    (
        "crates/proof/frame.rs",
        "guardrails",
        "a word that a heading in a template may have",
    ),
    (
        "crates/pipeline/pr_body/metadata.rs",
        "told",
        "a key of the hidden line in merged pull requests",
    ),
];

/// The words of a line: letters, digits and hyphens, so that the name `stand-in` is one word.
fn words(line: &str) -> Vec<String> {
    line.split(|c: char| !(c.is_alphanumeric() || "-_'’=".contains(c)))
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect()
}

/// The phrases of the list that a line contains.
fn dialect(line: &str) -> Vec<(&'static str, &'static str)> {
    let words = words(line);
    let mut found = Vec::new();
    for (phrase, instead) in WORDS {
        let parts: Vec<&str> = phrase.split(' ').collect();
        let at = words.windows(parts.len()).position(|some| some == parts);
        let Some(at) = at else { continue };
        let before = at.checked_sub(1).map_or("", |at| words[at].as_str());
        let after = words.get(at + parts.len()).map_or("", String::as_str);
        let plain = parts.last() == Some(&"no") && (BEFORE.contains(&before) || AFTER.contains(&after));
        if !plain {
            found.push((*phrase, *instead));
        }
    }
    found
}

/// A page without fenced blocks and code spans, line for line: they hold names, commands and output.
fn prose(page: &str) -> String {
    let mut fenced = false;
    let mut kept = String::new();
    for line in page.lines() {
        let fence = line.trim_start().starts_with("```");
        fenced ^= fence;
        if !fenced && !fence {
            for (at, part) in line.split('`').enumerate() {
                kept.push_str(if at % 2 == 0 { part } else { "…" });
            }
        }
        kept.push('\n');
    }
    kept
}

/// Every line of a text with a word of the list.
fn look(name: &str, text: &str, into: &mut String) {
    for (number, line) in text.lines().enumerate() {
        for (word, instead) in dialect(line) {
            if ALLOWED
                .iter()
                .any(|(file, allowed, _)| *file == name && *allowed == word)
            {
                continue;
            }
            let _ = writeln!(into, "{name}:{}: `{word}`: write: {instead}", number + 1);
        }
    }
}

fn none(found: &str) {
    assert!(found.is_empty(), "\n{found}");
}

fn read(path: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(root.join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

#[test]
fn pages_are_written_in_plain_english() {
    let mut found = String::new();
    for name in written_pages() {
        look(&name, &prose(&read(&name)), &mut found);
    }
    none(&found);
}

#[test]
fn templates_and_lessons_are_written_in_plain_english() {
    let mut found = String::new();
    for (name, text) in lessonbook_templates::TEMPLATES {
        look(name, text, &mut found);
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("lessons");
    for topic in std::fs::read_dir(root).unwrap() {
        for lesson in std::fs::read_dir(topic.unwrap().path()).unwrap() {
            let path = lesson.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            look(&name, &std::fs::read_to_string(path).unwrap(), &mut found);
        }
    }
    none(&found);
}

#[test]
fn help_is_written_in_plain_english() {
    let mut found = String::new();
    look("docs/cli.md", &read("docs/cli.md"), &mut found);
    none(&found);
}

#[test]
fn messages_are_written_in_plain_english() {
    let mut found = String::new();
    for source in sources() {
        look(&source.path, &literals(&source.text), &mut found);
    }
    none(&found);
}

/// The string literals of a Rust file, line for line, with blanks in place of code and comments.
fn literals(text: &str) -> String {
    let (code, comments) = split(text);
    text.chars()
        .zip(code.chars().zip(comments.chars()))
        .map(|(c, (code, comment))| {
            let literal = code == ' ' && comment == ' ';
            if c == '\n' || literal { c } else { ' ' }
        })
        .collect()
}

#[test]
fn a_word_of_the_list_is_found_and_a_name_is_not() {
    let found = |line: &str| dialect(line).iter().map(|(word, _)| *word).collect::<Vec<_>>();
    assert_eq!(found("The rule stands in a file."), ["stands"]);
    assert_eq!(found("Nobody, SOMEBODY."), ["nobody", "somebody"]);
    assert_eq!(found("`x` is no glob"), ["is no"]);
    assert_eq!(found("There is no glob, and it is no longer read."), [""; 0]);
    assert_eq!(found("critical-reaches-nobody, stand-in, told="), [""; 0]);
    assert_eq!(prose("a `told` b\n```\nnobody\n```\nc"), "a … b\n\n\n\nc\n");
    assert_eq!(literals("f(\"told\"); // told\n").trim(), "\"told\"");
}
