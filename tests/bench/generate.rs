//! Stores and trees of any size, the same ones in every run.
//!
//! Input: how many. Output: a store's files, trees, texts. Not here: what is measured. No chance is at work: what
//! looks like it is counted on from the item's number.

// Each program that includes this file uses a part of it.
#![allow(dead_code)]

use std::fmt::Write as _;
use std::path::PathBuf;

use lessonbook_base::tree::{Mode, Tree};
use lessonbook_store::{Files, Store};

/// The date that the generated store is read on.
pub const TODAY: jiff::civil::Date = jiff::civil::date(2026, 11, 20);

/// The entry points of the goals: the four that a store uses by default.
pub const FOUR: &str = "[copilot, claude, copilot-scoped, reference]";

const TOPICS: [(&str, &str, &str); 20] = [
    ("kubernetes", "charts/**/*.yaml", "yaml"),
    ("terraform", "**/*.tf", "hcl"),
    ("python", "**/*.py", "python"),
    ("typescript", "packages/**/*.ts", "ts"),
    ("go", "cmd/**/*.go", "go"),
    ("rust", "**/*.rs", "rust"),
    ("workflows", ".github/workflows/*.yml", "yaml"),
    ("docker", "**/Dockerfile", "dockerfile"),
    ("postgres", "db/**/*.sql", "sql"),
    ("shell", "**/*.sh", "sh"),
    ("flask", "app/**/*.py", "python"),
    ("react", "web/**/*.{ts,tsx}", "tsx"),
    ("trading", "src/trading/**", "python"),
    ("agents", "agents/**", "python"),
    ("docs", "docs/**/*.md", "md"),
    ("monitoring", "monitoring/**/*.{yaml,yml}", "yaml"),
    ("dns", "dns/**", "yaml"),
    ("network", "network/**/*.tf", "hcl"),
    ("secrets", "**/*.env.example", "sh"),
    ("tests", "tests/**", "python"),
];

const VERBS: [&str; 12] = [
    "Pin", "Check", "Close", "Name", "Limit", "Log", "Retry", "Quote", "Test", "Split", "Cache", "Guard",
];
const THINGS: [&str; 18] = [
    "connection",
    "probe",
    "deployment",
    "pipeline",
    "secret",
    "migration",
    "queue",
    "bucket",
    "image",
    "volume",
    "certificate",
    "order",
    "replica",
    "cursor",
    "webhook",
    "schedule",
    "token",
    "namespace",
];
const REASONS: [&str; 10] = [
    "the service lost its state twice before somebody noticed",
    "a restart in the middle left half of the rows behind",
    "the alarm came forty minutes after the first customer did",
    "the next release took the old value from a cache",
    "two workers took the same job and both of them paid",
    "the node went away and nothing else could take over",
    "the default changed between two minor versions",
    "nobody could tell from the logs which call had failed",
    "the test passed because it never ran",
    "the quota was shared with the system that had to repair it",
];

/// The next number of a row that looks like chance and is not.
fn next(seed: &mut u64) -> usize {
    *seed = seed
        .wrapping_mul(6_364_136_223_846_793_005)
        .wrapping_add(1_442_695_040_888_963_407);
    usize::try_from(*seed >> 40).unwrap_or(0)
}

fn pick<'w>(seed: &mut u64, words: &[&'w str]) -> &'w str {
    words[next(seed) % words.len()]
}

/// One lesson's file: topic, id and YAML. Of a hundred lessons, 2 are critical, 18 high, 50 medium and 30 low; one in ten is for
/// the whole repository.
pub fn lesson(number: usize) -> (String, String, String) {
    let mut seed = number as u64 + 1;
    let (topic, glob, language) = TOPICS[number % TOPICS.len()];
    let severity = match number % 50 {
        7 => "critical",
        0..10 => "high",
        10..35 => "medium",
        _ => "low",
    };
    let (verb, thing, other) = (
        pick(&mut seed, &VERBS),
        pick(&mut seed, &THINGS),
        pick(&mut seed, &THINGS),
    );
    let id = format!("{}-{thing}-{number:04}", verb.to_lowercase());
    let minutes = next(&mut seed) % 90 + 5;
    let mut yaml = String::from("# yaml-language-server: $schema=../../docs/schema/lesson.json\n");
    let _ = writeln!(yaml, "title: {verb} every {thing} before the {other}");
    let _ = writeln!(yaml, "severity: {severity}");
    if number % 10 == 3 {
        // For the whole repository; by its tag it goes where the others go.
    } else if number % 10 == 4 {
        let _ = writeln!(yaml, "paths: [\"{glob}\", \"modules/**/{thing}_*\"]");
    } else {
        let _ = writeln!(yaml, "paths: [\"{glob}\"]");
    }
    let _ = writeln!(yaml, "tags: [everything]");
    let _ = writeln!(
        yaml,
        "rule: >-\n  {verb} every {thing} with `{thing}_{number}` before the {other} starts, and wait at most\n  {minutes} seconds for the {other} to answer."
    );
    let _ = writeln!(
        yaml,
        "rationale: >-\n  Without that, {}, and the {other}\n  had to be repaired by hand while {}.",
        pick(&mut seed, &REASONS),
        pick(&mut seed, &REASONS)
    );
    if !number.is_multiple_of(3) {
        let _ = writeln!(
            yaml,
            "bad: |\n  {thing}_{number}:\n    wait: forever\n    {other}: unchecked"
        );
        let _ = writeln!(
            yaml,
            "good: |\n  {thing}_{number}:\n    wait: {minutes}\n    {other}: checked"
        );
        let _ = writeln!(yaml, "language: {language}");
    }
    if number.is_multiple_of(2) {
        let _ = writeln!(
            yaml,
            "incidents:\n  - date: 2026-{:02}-{:02}\n    repository: acme/{other}-{}\n    summary: {minutes} minutes without a {thing}",
            number % 12 + 1,
            number % 28 + 1,
            number % 7
        );
    }
    (topic.to_owned(), id, yaml)
}

/// A store's files: so many lessons, and a list of targets that all use the four default entry points.
pub fn files(lessons: usize, targets: &[String]) -> Files {
    let mut files = Files::new();
    for number in 0..lessons {
        let (topic, id, yaml) = lesson(number);
        files.insert(format!("lessons/{topic}/{id}.yaml"), yaml.into_bytes());
    }
    let mut list = format!("version: 1\nname: acme\nuse: {FOUR}\ntargets:\n");
    for target in targets {
        let _ = writeln!(list, "  {target}: {{ tags: [everything], visibility: private }}");
    }
    files.insert("targets.yaml".into(), list.into_bytes());
    files
}

/// A store as a value; wrong generated lessons would measure the wrong thing.
pub fn store(lessons: usize, targets: usize) -> Store {
    let names: Vec<String> = (0..targets)
        .map(|number| format!("../target-{number:04}"))
        .collect();
    let (store, findings) = lessonbook_store::load(&files(lessons, &names), TODAY);
    let errors: Vec<_> = findings.iter().filter(|finding| finding.is_error()).collect();
    assert!(
        errors.is_empty(),
        "the generated store is wrong: {:?}",
        errors.first()
    );
    assert_eq!(store.lessons.len(), lessons);
    store
}

/// A repository's tree of so many paths, with hand-written files at two entry points.
pub fn tree(paths: usize, variant: usize) -> Tree {
    let mut tree = Tree::new();
    for path in path_names(paths, variant) {
        tree.list(path, Mode::File);
    }
    for path in [
        "Dockerfile",
        "app/.env.example",
        "src/trading/bot.py",
        "monitoring/alerts.yml",
        ".github/workflows/ci.yml",
    ] {
        tree.list(path, Mode::File);
    }
    let note = format!("# Repository {variant}\n\nUse the house style, and ask before you deploy.\n");
    tree.load("CLAUDE.md", Mode::File, note.clone());
    tree.load(".github/copilot-instructions.md", Mode::File, note);
    tree
}

/// Paths as repositories have them: a few folders deep, forty files or so in each.
pub fn path_names(count: usize, variant: usize) -> Vec<String> {
    const ROOTS: [&str; 14] = [
        "src",
        "app",
        "charts",
        "cmd",
        "packages",
        "web",
        "db",
        "docs",
        "tests",
        "modules",
        "agents",
        "network",
        "monitoring",
        "dns",
    ];
    const ENDINGS: [&str; 14] = [
        "py", "ts", "tsx", "go", "rs", "yaml", "tf", "sql", "md", "sh", "json", "js", "css", "txt",
    ];
    let names = (0..count).map(|number| {
        let mut seed = (number / 40 + variant * 1000) as u64;
        let (root, one, two) = (
            pick(&mut seed, &ROOTS),
            pick(&mut seed, &THINGS),
            pick(&mut seed, &THINGS),
        );
        let ending = ENDINGS[number % ENDINGS.len()];
        format!(
            "{root}/{one}/{two}-{}/{}_{number}.{ending}",
            number / 40,
            THINGS[number % THINGS.len()]
        )
    });
    names.collect()
}

/// The largest real tree that is known here, 56,970 paths, or a generated one of that size; says which.
pub fn large_tree() -> (Tree, &'static str) {
    let mut tree = Tree::new();
    let (paths, which) = match std::fs::read_to_string(corpus().join("trees/tc39__test262.txt")) {
        Ok(text) => (
            text.lines().map(str::to_owned).collect(),
            "the tree of tc39/test262",
        ),
        Err(_) => (
            path_names(56_970, 0),
            "a generated tree, for ../shared/corpus is absent",
        ),
    };
    for path in paths {
        tree.list(path, Mode::File);
    }
    (tree, which)
}

/// Where files from real repositories are, if they are here.
pub fn corpus() -> PathBuf {
    std::env::var_os("LESSONBOOK_CORPUS").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/corpus")),
        PathBuf::from,
    )
}

/// A Markdown text of about so many bytes: headings, paragraphs, lists, code, a table, a comment now and then.
pub fn markdown(bytes: usize) -> String {
    let mut text = String::with_capacity(bytes + 1000);
    let mut seed = 7;
    let mut number = 0;
    while text.len() < bytes {
        number += 1;
        let (one, two, why) = (
            pick(&mut seed, &THINGS),
            pick(&mut seed, &THINGS),
            pick(&mut seed, &REASONS),
        );
        let _ = writeln!(text, "## The {one}, part {number}\n");
        let _ = writeln!(
            text,
            "Every *{one}* waits for its `{two}_{number}`, for {why}. See [the {two}](https://example.com/{two}).\n"
        );
        for nth in 0..4 {
            let _ = writeln!(text, "- The {two} of step {nth}: {why} (`{one}-{nth}`).");
        }
        let _ = writeln!(text, "\n```sh\n{one} --{two} {number}\n```\n");
        if number % 5 == 0 {
            let _ = writeln!(
                text,
                "| {one} | {two} |\n|---|---|\n| {number} | `{two}` |\n\n<!-- a note on the {one} -->\n"
            );
        }
    }
    text
}
