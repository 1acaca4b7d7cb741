//! `lessonbook verify` on the real binary, in real repositories without a store: right after a merge all is well; every kind of
//! damage is found, with its file and line; what people write beside a block is their own business.

#![allow(clippy::unwrap_used, reason = "a test may stop at what it can't read")]

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::Value;
use support::{Run, Sandbox};

use crate::support;

const COPILOT: &str = ".github/copilot-instructions.md";
const SCOPED: &str = ".github/instructions/kubernetes.instructions.md";
const EVERY: &str = "copilot,claude,agents,gemini,copilot-scoped,claude-rules,cursor-rules,reference";

/// A repository into which a proposal for every entry point was merged, and no store anywhere near it.
fn merged() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.repository(
        "shop",
        &[
            ("CLAUDE.md", "# Ours\r\n\r\nBe kind.\r\n"),
            ("AGENTS.md", "# Agents\n\nHello.\n"),
            ("deploy.yaml", "replicas: 2\n"),
        ],
    );
    sandbox.write(
        "store/lessons/kubernetes/probe.yaml",
        "title: Probes\nseverity: critical\npaths: [\"**/*.yaml\"]\nrule: Never set `failureThreshold` below 3 on a *liveness* probe.\n\
         rationale: One failed check restarts every pod at once.\nbad: |\n  failureThreshold: 1\ngood: |\n  failureThreshold: 5\n",
    );
    sandbox.write(
        "store/lessons/kubernetes/limits.yaml",
        "title: T\nseverity: high\nrule: Set a memory limit on every container.\nrationale: One leak takes the node.\n",
    );
    sandbox.write(
        "store/targets.yaml",
        format!("version: 1\nname: acme\nuse: [{EVERY}]\ntargets:\n  ../shop: {{ visibility: private }}\n"),
    );
    let run = sandbox.run(&["sync", "--yes", "--store", "store"]);
    assert_eq!(run.code, 0, "{run:?}");
    sandbox.git("shop", &["merge", "--quiet", "lessonbook/acme"]);
    std::fs::remove_dir_all(sandbox.path("store")).unwrap();
    sandbox
}

fn text(sandbox: &Sandbox, path: &str) -> String {
    String::from_utf8(sandbox.read(&format!("shop/{path}"))).unwrap()
}

fn change(sandbox: &Sandbox, path: &str, from: &str, to: &str) {
    let old = text(sandbox, path);
    assert!(old.contains(from), "{path} holds no {from:?}: {old}");
    sandbox.write(&format!("shop/{path}"), old.replace(from, to));
}

fn verify(sandbox: &Sandbox, args: &[&str]) -> Run {
    sandbox.run_in("shop", &[&["verify"], args].concat())
}

fn json(sandbox: &Sandbox, args: &[&str]) -> Value {
    let run = verify(sandbox, &[args, &["--format", "json"]].concat());
    serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {run:?}"))
}

/// `code file:line` of every finding that is an error.
fn errors(page: &Value) -> Vec<String> {
    let all = page["findings"].as_array().unwrap().iter();
    all.filter(|finding| finding["level"] == "error")
        .map(|finding| {
            let at = &finding["at"];
            format!(
                "{} {}:{}",
                finding["code"].as_str().unwrap(),
                at["file"].as_str().unwrap(),
                at["line"]
            )
        })
        .collect()
}

#[test]
fn right_after_the_merge_every_entry_point_is_fine() {
    let sandbox = merged();
    let run = verify(&sandbox, &["--expect", EVERY]);
    assert_eq!(
        (run.code, run.stderr.as_str()),
        (0, "verify: 8 of 8 blocks fine; 0 errors, 0 warnings\n"),
        "{run:?}"
    );
    assert!(
        run.stdout.contains("✓  CLAUDE.md") && !run.stdout.contains("reformatted"),
        "{run:?}"
    );
    let page = json(&sandbox, &[]);
    assert_eq!(
        (&page["ok"], page["files"].as_array().unwrap().len()),
        (&Value::Bool(true), 8)
    );
    assert_eq!(page["findings"].as_array().unwrap().len(), 0);
    // From inside, the repository's top is looked at.
    assert_eq!(
        sandbox
            .run_in("shop/.github", &["verify", "--expect", "claude"])
            .code,
        0
    );
}

#[test]
fn it_needs_no_git_and_no_commit() {
    let sandbox = merged();
    std::fs::remove_dir_all(sandbox.path("shop/.git")).unwrap();
    let plain = verify(&sandbox, &["--expect", EVERY]);
    assert_eq!(
        (plain.code, plain.stdout.contains("✓  CLAUDE.md")),
        (0, true),
        "{plain:?}"
    );
    sandbox.init("shop");
    let unborn = verify(&sandbox, &["--expect", EVERY]);
    assert_eq!(unborn.code, 0, "{unborn:?}");
    assert!(
        unborn.stderr.contains("the files are read without git"),
        "{unborn:?}"
    );
    // A folder of files, wherever it is.
    let run = sandbox.run(&["verify", "shop", "--expect", "claude"]);
    assert_eq!(run.code, 0, "{run:?}");
}

#[test]
fn where_nothing_is_nothing_is_wrong_unless_it_is_expected() {
    let sandbox = Sandbox::new();
    sandbox.repository("shop", &[("CLAUDE.md", "# Ours\n")]);
    let run = verify(&sandbox, &[]);
    assert_eq!(
        (run.code, run.stdout.as_str()),
        (0, "no managed block and no checks file of any store was found\n")
    );
    assert_eq!(
        errors(&json(&sandbox, &["--expect", "claude,copilot"])),
        [
            format!("block-missing {COPILOT}:1"),
            "block-missing CLAUDE.md:1".to_owned(),
        ]
    );
    assert_eq!(verify(&sandbox, &["--expect", "claude"]).code, 1);
    assert_eq!(verify(&sandbox, &["--expect", ""]).code, 2);
    let wrong = verify(&sandbox, &["--expect", "claude,copilt"]);
    assert_eq!(wrong.code, 2);
    assert!(wrong.stderr.contains("did you mean `copilot`?"), "{wrong:?}");
    assert_eq!(verify(&sandbox, &["nowhere"]).code, 2);
}

#[test]
fn only_the_named_store_counts_where_one_is_named() {
    let sandbox = merged();
    change(&sandbox, "CLAUDE.md", "Set a memory", "Set no memory");
    assert_eq!(verify(&sandbox, &["--name", "acme"]).code, 1);
    assert_eq!(verify(&sandbox, &["--name", "beta"]).code, 0);
    assert_eq!(
        errors(&json(&sandbox, &["--name", "beta", "--expect", "claude"])),
        ["block-missing CLAUDE.md:1"]
    );
}

type Break = fn(&Sandbox);

/// What is done, and every error that it gives.
const DAMAGE: &[(&str, Break, &[&str])] = &[
    (
        "a word",
        |s| change(s, "CLAUDE.md", "memory limit", "memory wish"),
        &["block-edited CLAUDE.md:3"],
    ),
    (
        "an example's blanks",
        |s| {
            change(
                s,
                "docs/ai-lessons.md",
                "failureThreshold: 5",
                " failureThreshold: 5",
            );
        },
        &["block-edited docs/ai-lessons.md:1"],
    ),
    (
        "a comment in the block",
        |s| change(s, "AGENTS.md", "- Set", "<!-- not here -->\n\n- Set"),
        &["block-edited AGENTS.md:3"],
    ),
    (
        "a line too much",
        |s| change(s, COPILOT, "- Set", "- Be brave.\n- Set"),
        &["block-edited .github/copilot-instructions.md:1"],
    ),
    (
        "no end",
        |s| change(s, "AGENTS.md", "<!-- lessonbook:end acme -->\n", ""),
        &["marker-unbalanced AGENTS.md:3"],
    ),
    (
        "no begin",
        |s| change(s, "GEMINI.md", "<!-- lessonbook:begin", "<!-- begin"),
        &["marker-unbalanced GEMINI.md:10"],
    ),
    (
        "a doubled block",
        |s| {
            let all = text(s, "GEMINI.md");
            s.write("shop/GEMINI.md", format!("{all}\n{all}"));
        },
        &["marker-unbalanced GEMINI.md:12"],
    ),
    (
        "a nested begin",
        |s| {
            change(
                s,
                "GEMINI.md",
                "- Set",
                "<!-- lessonbook:begin acme 0123456789ab -->\n- Set",
            );
        },
        &["marker-unbalanced GEMINI.md:8"],
    ),
    (
        "crossing stores",
        |s| {
            change(
                s,
                "GEMINI.md",
                "- Set",
                "<!-- lessonbook:begin beta 0123456789ab -->\n\n- Set",
            );
            let all = text(s, "GEMINI.md");
            s.write("shop/GEMINI.md", format!("{all}<!-- lessonbook:end beta -->\n"));
        },
        &["marker-unbalanced GEMINI.md:12", "marker-unbalanced GEMINI.md:8"],
    ),
    (
        "an open fence",
        |s| change(s, "AGENTS.md", "# Agents\n", "# Agents\n\n```sh\nmake\n"),
        &["block-swallowed AGENTS.md:3"],
    ),
    (
        "an open comment",
        |s| change(s, "AGENTS.md", "# Agents\n", "# Agents\n\n<!-- todo\n"),
        &["block-swallowed AGENTS.md:3"],
    ),
    (
        "an open element",
        |s| change(s, "AGENTS.md", "# Agents\n", "# Agents\n\n<details>\n"),
        &["block-swallowed AGENTS.md:3"],
    ),
    (
        "a fence around it",
        |s| {
            let all = text(s, "GEMINI.md");
            s.write("shop/GEMINI.md", format!("~~~~\n{all}~~~~\n"));
        },
        &["block-swallowed GEMINI.md:2"],
    ),
    (
        "another glob",
        |s| change(s, SCOPED, "**/*.yaml\"\n", "src/*.yaml\"\n"),
        &["block-edited .github/instructions/kubernetes.instructions.md:5"],
    ),
    (
        "a foreign key",
        |s| change(s, SCOPED, "applyTo:", "excludeAgent: x\napplyTo:"),
        &["front-matter-foreign .github/instructions/kubernetes.instructions.md:2"],
    ),
    (
        "front matter that is not first",
        |s| change(s, SCOPED, "---\napplyTo", "\n---\napplyTo"),
        &["front-matter-foreign .github/instructions/kubernetes.instructions.md:1"],
    ),
    (
        "front matter that is gone",
        |s| change(s, SCOPED, "---\napplyTo: \"**/*.yaml\"\n---\n\n", ""),
        &["front-matter-edited .github/instructions/kubernetes.instructions.md:1"],
    ),
    (
        "a byte order mark",
        |s| change(s, SCOPED, "---\napplyTo", "\u{feff}---\napplyTo"),
        &["front-matter-edited .github/instructions/kubernetes.instructions.md:1"],
    ),
    (
        "hidden text",
        |s| change(s, "AGENTS.md", "- Set", "- Set\u{e0041}\u{e0042}"),
        &["block-edited AGENTS.md:3", "hidden-character AGENTS.md:8"],
    ),
    (
        "text before it, over a limit that cuts",
        |s| {
            let long = "Be kind to each other, and to yourself.\n".repeat(900);
            change(s, "AGENTS.md", "# Agents\n", &format!("# Agents\n\n{long}"));
        },
        // Codex reads 32 KiB, Antigravity 24,000 bytes.
        &["limit-exceeded AGENTS.md:904", "limit-exceeded AGENTS.md:904"],
    ),
    (
        "a file that hides it",
        |s| s.write("shop/AGENTS.override.md", "Mine.\n"),
        &["shadowed AGENTS.md:1"],
    ),
    (
        "a file that hides it from somebody",
        |s| s.write("shop/.claude/CLAUDE.md", "Mine.\n"),
        &["shadowed AGENTS.md:1"],
    ),
    (
        "a file that goes",
        |s| std::fs::remove_file(s.path("shop/GEMINI.md")).unwrap(),
        &["block-missing GEMINI.md:1"],
    ),
    (
        "a file of a family that goes",
        |s| std::fs::remove_dir_all(s.path("shop/.cursor")).unwrap(),
        &["block-missing .cursor/rules:1"],
    ),
];

#[test]
fn every_kind_of_damage_is_found_with_its_file_and_line() {
    let sandbox = merged();
    for (what, damage, expected) in DAMAGE {
        damage(&sandbox);
        let mut found = errors(&json(&sandbox, &["--expect", EVERY]));
        found.sort();
        assert_eq!(found, *expected, "{what}");
        let run = verify(&sandbox, &["--expect", EVERY]);
        assert_eq!(run.code, 1, "{what}");
        assert!(
            run.stdout.contains("✗") && run.stdout.contains("next: "),
            "{what}: {run:?}"
        );
        let marks = verify(&sandbox, &["--expect", EVERY, "--format", "github"]).stdout;
        assert!(
            marks
                .lines()
                .filter(|line| line.starts_with("::error file="))
                .count()
                == found.len(),
            "{marks}"
        );
        sandbox.git("shop", &["clean", "--quiet", "-fd"]);
        sandbox.git("shop", &["checkout", "--quiet", "--", "."]);
        assert_eq!(verify(&sandbox, &["--expect", EVERY]).code, 0, "after {what}");
    }
}

#[cfg(unix)]
#[test]
fn a_link_is_as_good_as_what_it_leads_to() {
    let sandbox = merged();
    let link = |target: &str| {
        std::fs::remove_file(sandbox.path("shop/GEMINI.md")).unwrap();
        std::os::unix::fs::symlink(target, sandbox.path("shop/GEMINI.md")).unwrap();
    };
    link("AGENTS.md");
    let run = verify(&sandbox, &["--expect", EVERY]);
    assert!(
        run.code == 0 && run.stdout.contains("is a link to AGENTS.md"),
        "{run:?}"
    );
    for target in ["nowhere.md", "deploy.yaml", "/etc/hostname", "../other.md"] {
        link(target);
        assert_eq!(
            errors(&json(&sandbox, &[])),
            ["entry-point-is-link GEMINI.md:1"],
            "{target}"
        );
    }
    // A hand-written file of two names, in a repository whose block is in another file, is not an error.
    let other = Sandbox::new();
    other.repository("shop", &[("AGENTS.md", "# Ours\n")]);
    std::os::unix::fs::symlink("AGENTS.md", other.path("shop/CLAUDE.md")).unwrap();
    other.write(
        &format!("shop/{COPILOT}"),
        sandbox.read(&format!("shop/{COPILOT}")),
    );
    other.commit("shop", "All");
    assert_eq!(verify(&other, &[]).code, 0);
    assert_eq!(
        errors(&json(&other, &["--expect", "claude"])),
        ["block-missing CLAUDE.md:1"]
    );
}

#[test]
fn another_layout_passes_with_a_note() {
    let sandbox = merged();
    change(&sandbox, "GEMINI.md", "\n- ", "\n* ");
    change(&sandbox, "AGENTS.md", " Why: One failed", "\n  Why: One failed");
    change(&sandbox, COPILOT, "Reasons and", "Reasons   and");
    let run = verify(&sandbox, &["--expect", EVERY]);
    assert_eq!(run.code, 0, "{run:?}");
    assert_eq!(
        run.stdout.matches("reformatted, which is allowed").count(),
        2,
        "{run:?}"
    );
    let page = json(&sandbox, &[]);
    let codes: Vec<_> = page["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| &finding["code"])
        .collect();
    assert_eq!(codes, ["block-reformatted"; 2]);
}

#[test]
fn examples_of_markers_and_text_around_a_block_are_no_damage() {
    let sandbox = merged();
    change(
        &sandbox,
        "AGENTS.md",
        "Hello.\n",
        "Hello.\n\n```md\n<!-- lessonbook:begin acme 0123456789ab -->\nan example\n<!-- lessonbook:end acme -->\n```\n\n<details>\n\nMore.\n\
         \n</details>\n",
    );
    sandbox.write("shop/docs/AGENTS.md", "Nested.\n");
    sandbox.write("shop/.rules", "For Zed.\n");
    let run = verify(&sandbox, &["--expect", EVERY]);
    // `.rules` hides files from an assistant that is not in use: that is reported, and does not fail.
    assert_eq!(run.code, 0, "{run:?}");
    assert!(run.stderr.contains("0 errors, 2 warnings"), "{run:?}");
}

/// Where the visible text of a file's block is.
fn inside(text: &str) -> std::ops::Range<usize> {
    let start = text.find("<!-- lessonbook:begin").unwrap();
    let start = start + text[start..].find('\n').unwrap();
    start..text.find("<!-- lessonbook:end").unwrap()
}

#[test]
fn any_other_letter_in_a_block_is_found_and_any_beside_it_is_not() {
    let sandbox = merged();
    let files = [
        "CLAUDE.md",
        "AGENTS.md",
        SCOPED,
        "docs/ai-lessons.md",
        ".cursor/rules/kubernetes.mdc",
    ];
    let mut runner = TestRunner::new(Config {
        cases: 150,
        failure_persistence: None,
        ..Config::default()
    });
    let one = (
        0..files.len(),
        any::<prop::sample::Index>(),
        b'a'..=b'z',
        any::<bool>(),
    );
    runner
        .run(&one, |(file, at, letter, beside)| {
            let path = format!("shop/{}", files[file]);
            let old = sandbox.read(&path);
            let text = String::from_utf8(old.clone()).unwrap();
            let block = inside(&text);
            let is_free = |at: &usize| {
                // Outside: what people wrote. Front matter and markers are ours.
                *at < text.find("<!--").unwrap() && !text.starts_with("---") || *at > block.end + 30
            };
            let letters = |at: &usize| old[*at].is_ascii_alphanumeric() && old[*at] != letter;
            let places: Vec<usize> = if beside {
                (0..old.len()).filter(is_free).filter(letters).collect()
            } else {
                block.clone().filter(letters).collect()
            };
            prop_assume!(!places.is_empty());
            let at = places[at.index(places.len())];
            let mut new = old.clone();
            new[at] = letter;
            sandbox.write(&path, &new);
            let code = verify(&sandbox, &["-q"]).code;
            sandbox.write(&path, &old);
            prop_assert_eq!(
                code,
                i32::from(!beside),
                "{} at {}: {:?}",
                path,
                at,
                char::from(letter)
            );
            Ok(())
        })
        .unwrap();
}

#[test]
fn any_other_byte_of_the_markers_is_found() {
    let sandbox = merged();
    let old = sandbox.read("shop/AGENTS.md");
    let text = String::from_utf8(old.clone()).unwrap();
    let block = inside(&text);
    let begin = text.find("<!-- lessonbook:begin").unwrap();
    let end = block.end..block.end + text[block.end..].find('\n').unwrap();
    for at in (begin..block.start).chain(end) {
        let mut new = old.clone();
        new[at] = if old[at] == b'x' { b'y' } else { b'x' };
        sandbox.write("shop/AGENTS.md", &new);
        let run = verify(&sandbox, &["-q"]);
        assert_eq!(run.code, 1, "{at}: {}", String::from_utf8_lossy(&new[begin..]));
    }
}
