//! Generates random stores and repositories for property tests.
//!
//! Output: valid stores whose lessons contain text that is hard to render and to find again, and repositories with files as
//! people may have them. Not here: what is expected of them.

// Each test crate that includes this module uses another part of it.
#![allow(dead_code)]
#![allow(clippy::unwrap_used, reason = "a test may stop at what is not there")]

use proptest::prelude::*;

use super::library::Book;
use lessonbook_base::tree::{Mode, Tree};

const SEVERITIES: [&str; 4] = ["critical", "high", "medium", "low"];

const PATHS: [&str; 9] = [
    "",
    "[\"**/*.yaml\"]",
    "[\".github/**\"]",
    "[\"docs/**\"]",
    "[\"**/*\"]",
    "[\"**/*.md\", \"src/**/*.{py,rs}\"]",
    "[\"charts/**\", \"charts/app/*.yaml\"]",
    "[\".claude/**\", \".cursor/**\"]",
    "[\"nowhere/**\"]",
];

/// Words of rules and rationales, which wrapping could put at the start of a line.
const WORDS: [&str; 28] = [
    "never",
    "`lesson-0`",
    "(`lesson-1`)",
    "set",
    "`a b  c`",
    "``x ` y``",
    "`<!-- -->`",
    "2",
    "3.",
    "1)",
    "-",
    "+",
    "#",
    "= =",
    "---",
    ">",
    "|",
    "été",
    "日本語",
    "**bold words**",
    "*so*",
    "[a link](https://acme.example/x)",
    "\\<x\\>",
    "a_b_c",
    "x & y",
    "&lt;",
    "supercalifragilisticexpialidociousandstilllongerthanonelineofeightycolumnsreallyis",
    "`---`",
];

const EXAMPLES: [&str; 9] = [
    "",
    "a: 1\n",
    "```md\nx\n```\n",
    "~~~\n````\n",
    "trailing  \n\n\n\ttab\n",
    "<!-- lessonbook:v1 acme -->\n",
    "---\nx: {{ y }}\n---\n",
    "win\r\ndows\r\n",
    "a very long line of code that goes on and on, far beyond the eighty columns at which prose is wrapped, `so` it goes\n",
];

fn sentence() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(&WORDS[..]), 1..14)
        .prop_map(|words| format!("Do {}.", words.join(" ")))
}

/// A lesson's topic and text.
fn lesson() -> impl Strategy<Value = (&'static str, String)> {
    let topic = prop::sample::select(vec!["app", "data", "ops"]);
    let words = (sentence(), sentence(), prop::option::of(sentence()));
    let examples = (
        prop::sample::select(&EXAMPLES[..]),
        prop::sample::select(&EXAMPLES[..]),
    );
    let policy = (
        0..4usize,
        prop::sample::select(&PATHS[..]),
        any::<bool>(),
        prop::bool::weighted(0.2),
    );
    (topic, words, examples, policy).prop_map(
        |(topic, words, (bad, good), (severity, paths, tagged, internal))| {
            let quoted = |text: &str| serde_json::to_string(text).unwrap();
            let mut text = format!("title: Some lesson\nseverity: {}\n", SEVERITIES[severity]);
            let mut line = |key: &str, value: &str| text.extend([key, ": ", value, "\n"]);
            line("rule", &quoted(&words.0));
            line("rationale", &quoted(&words.1));
            if !paths.is_empty() {
                line("paths", paths);
            }
            if tagged {
                line("tags", "[app]");
            }
            if internal {
                line("audience", "internal");
            }
            if !bad.is_empty() {
                line("bad", &quoted(bad));
            }
            if !good.is_empty() {
                line("good", &quoted(good));
            }
            if let Some(summary) = words.2 {
                // Words of its own, so that it is not the rule of another lesson by chance, which is public.
                let summary = quoted(&format!("On that day: {summary}"));
                let incident = format!("[{{ date: 2026-02-17, repository: acme/x, summary: {summary} }}]");
                line("incidents", &incident);
                line("source", "https://acme.example/postmortem");
            }
            (topic, text)
        },
    )
}

/// A store without errors: lessons that `check` refuses are left out.
pub fn book() -> impl Strategy<Value = Book> {
    let lessons = prop::collection::vec(lesson(), 1..9);
    let names = [
        "copilot",
        "claude",
        "agents",
        "gemini",
        "copilot-scoped",
        "claude-rules",
        "cursor-rules",
        "reference",
    ];
    let uses = prop::collection::vec(
        (prop::bool::weighted(0.5), prop::bool::weighted(0.3)),
        names.len(),
    );
    let visibility = prop::sample::select(vec!["public", "private", "internal"]);
    (lessons, uses, visibility).prop_map(move |(lessons, uses, visibility)| {
        let mut book = Book::new(&[]);
        for (at, (topic, text)) in lessons.iter().enumerate() {
            book = book.lesson(&format!("{topic}/lesson-{at}"), text);
        }
        let mut names_used = vec!["copilot".to_owned()];
        for (name, (used_here, if_exists)) in names.iter().zip(&uses).skip(1) {
            if *used_here {
                names_used.push(if *if_exists {
                    format!("\"{name}?\"")
                } else {
                    (*name).to_owned()
                });
            }
        }
        book = book.target(&format!(
            "{{ tags: [app], visibility: {visibility}, use: [{}] }}",
            names_used.join(", ")
        ));
        for lesson in book.store().lessons.iter().filter(|lesson| lesson.broken) {
            book = book.without(&format!("{}/{}", lesson.topic, lesson.id));
        }
        book
    })
}

const FILES: [&str; 13] = [
    "AGENTS.md",
    "CLAUDE.md",
    "GEMINI.md",
    ".github/copilot-instructions.md",
    ".github/instructions/app.instructions.md",
    ".github/instructions/deep/data.instructions.md",
    ".claude/rules/ops.md",
    ".cursor/rules/general.mdc",
    "docs/ai-lessons.md",
    "src/AGENTS.md",
    "src/CLAUDE.md",
    "docs/guide.md",
    "Claude.md",
];

const CONTENTS: [&[u8]; 14] = [
    b"",
    b"\n",
    b"# Mine",
    b"# Mine\r\n\r\nText\r\n",
    b"\xef\xbb\xbf# Mine\n\nText",
    b"Text\xff\n\nMore\n",
    b"@AGENTS.md\n",
    b"---\napplyTo: \"**\"\n---\n\nText\n",
    b"---\npaths: []\n---\n",
    b"Title\n=====\nText\n",
    b"<!-- BEGIN:tool -->\nx\n<!-- END:tool -->\n",
    b"# Mine\n\n<!-- lessonbook:begin other 0123456789ab -->\n\nx\n\n<!-- lessonbook:end other -->\n",
    b"# Mine\n\n```md\n<!-- lessonbook:begin acme 0123456789ab -->\n```\n",
    b"# Mine\n\n<!-- never closed\n",
];

pub fn repository() -> impl Strategy<Value = Tree> {
    let kind = prop_oneof![8 => Just(Mode::File), 1 => Just(Mode::Executable), 1 => Just(Mode::Symlink)];
    let file = (
        prop::sample::select(&FILES[..]),
        prop::sample::select(&CONTENTS[..]),
        kind,
    );
    let plain = prop::sample::subsequence(
        vec![
            "deploy.yaml",
            "src/main.py",
            "charts/app/values.yaml",
            ".github/workflows/ci.yml",
            "docs/guide.md",
            "vendor",
        ],
        0..6,
    );
    (prop::collection::vec(file, 0..5), plain).prop_map(|(files, plain)| {
        let mut tree = Tree::new();
        for path in plain {
            tree.list(
                path,
                if path == "vendor" {
                    Mode::Submodule
                } else {
                    Mode::File
                },
            );
        }
        for (path, bytes, mode) in files {
            let bytes = if mode == Mode::Symlink {
                b"AGENTS.md"
            } else {
                bytes
            };
            if mode != Mode::Symlink || path != "AGENTS.md" {
                tree.load(path, mode, bytes);
            }
        }
        tree
    })
}
