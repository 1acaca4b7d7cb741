//! What is rendered is what formatters leave: a fixed point of Prettier's and markdownlint's defaults.
//!
//! `tests/data/rendered/` holds every file that the shipped lessons and a store of hard cases give, as Prettier left them; its
//! `README.md` says with which versions and how to repeat it. Here the same files are rendered again and compared byte for byte,
//! so the embedded templates and the wrapping change only knowingly.
//!
//! `LESSONBOOK_REFRESH=1 cargo test --test suite rendered` updates them; run the formatters over them afterwards.

#![allow(clippy::unwrap_used, reason = "a test may stop at what is not there")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use library::{Book, TODAY, in_order, plan};

use crate::support::library;
use lessonbook_base::tree::{Mode, Tree};
use lessonbook_store::Files;

const EVERYWHERE: &str =
    "copilot, claude, agents, gemini, copilot-scoped, claude-rules, cursor-rules, reference";

#[test]
fn the_shipped_lessons_are_rendered_as_the_formatters_left_them() {
    let files = shipped();
    let tags = "agents, terraform, kubernetes, trading, delivery, review, lessonbook";
    let target = |use_: &str| format!("{{ tags: [{tags}], visibility: private, use: [{use_}] }}");
    // Every topic at every scoped entry point is more than the default limit of files.
    let policy = "policy: { max_files_per_target: 30 }\n";
    check(
        "shipped",
        &render(&with_targets(&files, policy, &target(EVERYWHERE)), &repository()),
    );
    // Again with people's text around the block, and without what only insiders may read.
    let public = target("copilot, agents, reference").replace("private", "public");
    let mut people = repository();
    people.load(
        "AGENTS.md",
        Mode::File,
        "# Our app\n\nHow to build it.\n\n- `make`\n",
    );
    people.load(
        ".github/copilot-instructions.md",
        Mode::File,
        "How to build it.\n\n## Parts\n\n- `make`\n",
    );
    check(
        "shipped-public",
        &render(&with_targets(&files, "", &public), &people),
    );
}

#[test]
fn hard_cases_are_rendered_as_the_formatters_left_them() {
    let book = hard();
    let target = format!("{{ tags: [app], visibility: private, use: [{EVERYWHERE}] }}");
    check(
        "hard",
        &render(&with_targets(&book.files, "", &target), &repository()),
    );
    // Every form in a list: loose items with examples and incidents, and tight ones.
    for detail in ["rule", "summary", "full"] {
        let settings = format!(
            "redundancy: {{ critical: {{ always: {detail} }}, high: {{ always: {detail} }}, medium: {{ always: {detail} }}, low: {{ always: {detail} }} }}\n"
        );
        let target = "{ tags: [app], visibility: private, use: [copilot] }";
        check(
            &format!("hard-{detail}"),
            &render(&with_targets(&book.files, &settings, target), &repository()),
        );
    }
}

/// The lessons that come with the program.
fn shipped() -> Files {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Files::new();
    for topic in std::fs::read_dir(root.join("lessons")).unwrap().flatten() {
        for file in std::fs::read_dir(topic.path()).unwrap().flatten() {
            let path = file.path();
            let name = path
                .strip_prefix(root)
                .unwrap()
                .to_str()
                .unwrap()
                .replace('\\', "/");
            let text = std::fs::read_to_string(&path).unwrap().replace("\r\n", "\n");
            files.insert(name, text.into_bytes());
        }
    }
    files
}

/// Texts that formatters like to change.
fn hard() -> Book {
    let lesson = |severity: &str, paths: &str, rule: &str, rationale: &str, more: &str| {
        format!(
            "title: A {severity} lesson of {} words\nseverity: {severity}\n{paths}tags: [app]\nrule: {}\nrationale: {}\n{more}",
            rule.split_whitespace().count(),
            serde_json::to_string(rule).unwrap(),
            serde_json::to_string(rationale).unwrap(),
        )
    };
    let long = "Never put a value of `more than one word` into a line that is then as long as this one is, 1. not even with numbers, - nor with dashes, + nor with plus signs, # nor with number signs, > nor with arrows.";
    let code = "bad: |\n  ```md\n  - a list\n\n\n  * another\n  ```\n  last\ngood: |\n  a: [1,2]\n  ~~~\nlanguage: text\nincidents:\n  - { date: 2026-02-17, repository: acme/one, summary: \"It was down for a long time and nobody was told of it until the next morning, when `everything` was over.\" }\n  - { date: 2026-03-01, summary: \"Again.\" }\nsource: https://acme.example/a/very/long/address/that/can/not/be/broken/anywhere/at/all/because/it/has/no/spaces\n";
    Book::new(&[])
        .lesson(
            "alpha/one",
            &lesson(
                "critical",
                "paths: [\"**/*.yaml\", \"a-rather-long-folder-name/**/*.{json,yaml}\"]\n",
                long,
                long,
                code,
            ),
        )
        .lesson("alpha/two", &lesson("critical", "", "Do it.", "So it is.", ""))
        .lesson(
            "alpha/three",
            &lesson(
                "high",
                "paths: [\"src/**\"]\n",
                "Use `a`, `b` & `c`; _never_ **d**.",
                "See [the page](https://acme.example/page), where 2 < 3 and 5 * 3 = 15.",
                code,
            ),
        )
        .lesson(
            "beta/four",
            &lesson(
                "medium",
                "paths: [\"docs/**\"]\n",
                "Write snake_case_names and 5\\* stars.",
                "Ünïcode ☃ counts — characters, not bytes; 日本語 too.",
                "",
            ),
        )
        .lesson(
            "beta/five",
            &lesson("low", "", "Say ``a ` tick`` when you mean it.", long, "bad: x\n"),
        )
}

fn with_targets(files: &Files, settings: &str, target: &str) -> Files {
    let mut files = files.clone();
    let targets =
        format!("version: 1\nname: acme\nhome: acme/guardrails\n{settings}targets:\n  ../app: {target}\n");
    files.insert("targets.yaml".into(), targets.into_bytes());
    files
}

fn repository() -> Tree {
    let mut tree = Tree::new();
    for path in ["deploy.yaml", "src/main.py", "docs/guide.md"] {
        tree.list(path, Mode::File);
    }
    tree
}

/// The files that a target gets.
fn render(files: &Files, tree: &Tree) -> BTreeMap<String, String> {
    let (store, _) = lessonbook_store::load(files, TODAY);
    let plan = plan(&store, tree);
    in_order(&plan);
    let after = plan
        .content
        .edits
        .iter()
        .filter_map(|edit| Some((edit, edit.after.as_ref()?)));
    after
        .map(|(edit, state)| {
            (
                edit.path.clone(),
                String::from_utf8(state.bytes.to_vec()).unwrap(),
            )
        })
        .collect()
}

fn check(case: &str, rendered: &BTreeMap<String, String>) {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data/rendered")
        .join(case);
    assert!(!rendered.is_empty());
    for (path, text) in rendered {
        // Names of instruction files would be read by assistants who work here.
        let file = root.join(path.replace(['/', '.'], "_") + ".md");
        if std::env::var_os("LESSONBOOK_REFRESH").is_some() {
            std::fs::create_dir_all(&root).unwrap();
            std::fs::write(&file, text).unwrap();
            continue;
        }
        let kept = std::fs::read_to_string(&file)
            .unwrap_or_default()
            .replace("\r\n", "\n");
        assert_eq!(
            &kept,
            text,
            "{} differs from what is rendered now",
            file.display()
        );
    }
    let kept = std::fs::read_dir(&root).unwrap().count();
    assert_eq!(kept, rendered.len(), "{} holds other files", root.display());
}
