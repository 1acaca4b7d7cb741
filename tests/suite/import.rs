//! `lessonbook import` on the real binary: hand-written rules of repositories become draft lessons, once.
//!
//! Input: real git repositories and folders. Output: nothing, or the difference. Not here: how well rules are recognized
//! (`import_corpus`, and the example `measure` of the crate).

#![allow(clippy::unwrap_used, reason = "a test may stop at what it can't read")]

use serde_json::Value;

use support::{Run, Sandbox};

use crate::support;

const RULES: &str = "# Rules\n\n- Never log a password; it leaks to everyone who reads the logs.\n- Use `uv` to install packages.\n\n\
    ## Commands\n\n- `make test` - run the tests\n";

/// A store with three repositories that share a rule.
fn store() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.repository("shop", &[("CLAUDE.md", RULES), ("src/app.py", "\n")]);
    sandbox.repository(
        "web",
        &[
            ("AGENTS.md", "# Rules\n\n- **Never** log a password; it leaks to everyone who reads the logs.\n- Keep functions under 40 lines.\n"),
            ("api/AGENTS.md", "# API rules\n\n- Always return a 4xx for a wrong request, never a 5xx.\n"),
        ],
    );
    sandbox.repository(
        "jobs",
        &[(
            ".github/instructions/style.instructions.md",
            "---\napplyTo: '**/*.py'\n---\n# Style rules\n\n- Keep functions under 60 lines.\n",
        )],
    );
    sandbox.write(
        "store/targets.yaml",
        "version: 1\nname: acme\ntargets:\n  ../shop: [python]\n  ../web: [web]\n  ../jobs: [batch]\n",
    );
    sandbox
}

fn import(sandbox: &Sandbox, args: &[&str]) -> Run {
    let mut words = vec!["import", "--store", "store"];
    words.extend(args);
    sandbox.run(&words)
}

fn json(sandbox: &Sandbox, args: &[&str]) -> Value {
    let mut words = args.to_vec();
    words.extend(["--format", "json"]);
    let run = import(sandbox, &words);
    assert_eq!(run.code, 0, "{run:?}");
    serde_json::from_str(&run.stdout).unwrap()
}

#[test]
fn the_same_rule_in_two_repositories_is_one_with_two_sources() {
    let sandbox = store();
    let found = json(&sandbox, &[]);
    let first = &found["clusters"][0];
    assert_eq!(first["repositories"], 2);
    assert_eq!(
        first["rule"],
        "Never log a password; it leaks to everyone who reads the logs."
    );
    assert_eq!(first["severity"], "critical");
    let places: Vec<&str> = first["citations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|place| place["path"].as_str().unwrap())
        .collect();
    assert_eq!(places, ["CLAUDE.md", "AGENTS.md"]);
    for file in found["files"].as_array().unwrap() {
        let left = file["left_out"].as_object().unwrap().values();
        let bytes = |sum: &Value| sum["bytes"].as_u64().unwrap();
        let all: u64 = left.map(bytes).sum::<u64>()
            + ["taken", "duplicate", "listed"]
                .map(|key| bytes(&file[key]))
                .iter()
                .sum::<u64>();
        assert_eq!(all, file["size"].as_u64().unwrap(), "{file}");
    }
}

#[test]
fn other_numbers_are_a_disagreement_and_stay_two_rules() {
    let sandbox = store();
    let run = import(&sandbox, &[]);
    assert_eq!(run.code, 0, "{run:?}");
    assert!(
        run.stdout
            .contains("disagrees: other numbers: Keep functions under 60 lines."),
        "{}",
        run.stdout
    );
    assert!(
        run.stdout
            .contains("disagrees: other numbers: Keep functions under 40 lines."),
        "{}",
        run.stdout
    );
    assert!(
        !sandbox.path("store/lessons").exists(),
        "nothing is written unasked"
    );
}

#[test]
fn drafts_have_sources_paths_and_tags_and_a_second_import_finds_nothing() {
    let sandbox = store();
    let run = import(&sandbox, &["--take", "default"]);
    assert_eq!(run.code, 0, "{run:?}");
    let texts: Vec<String> = sandbox
        .files("store/lessons")
        .into_values()
        .map(|bytes| String::from_utf8(bytes).unwrap())
        .collect();
    assert_eq!(texts.len(), 5, "{run:?}");
    let about = |words: &str| texts.iter().find(|text| text.contains(words)).unwrap();
    let password = about("log a password");
    assert!(password.contains("status: draft"), "{password}");
    assert!(password.contains("tags: [python, web]"), "{password}");
    assert!(
        password.contains("{ repository: \"../shop\", path: \"CLAUDE.md\", line: 3, commit: \""),
        "{password}"
    );
    assert!(about("under 60").contains("paths: [\"**/*.py\"]"));
    assert!(about("4xx").contains("paths: [\"api/**\"]"));

    let check = sandbox.run(&["check", "--store", "store"]);
    assert_eq!(check.code, 0, "{check:?}");
    let again = import(&sandbox, &["--take", "all"]);
    assert!(
        again
            .stdout
            .starts_with("0 rules in 4 files, 5 already in the store"),
        "{}",
        again.stdout
    );
    assert_eq!(sandbox.files("store/lessons").len(), 5);
}

#[test]
fn a_draft_needs_its_reason_before_it_is_active() {
    let sandbox = store();
    import(&sandbox, &["../jobs", "--take", "default"]);
    let (path, bytes) = sandbox.files("store/lessons").pop_first().unwrap();
    let active = String::from_utf8(bytes)
        .unwrap()
        .replace("status: draft", "status: active");
    std::fs::write(&path, active).unwrap();
    let check = sandbox.run(&["check", "--store", "store"]);
    assert_eq!(check.code, 1, "{check:?}");
    assert!(check.stdout.contains("a lesson has no `rationale`"), "{check:?}");
}

#[test]
fn since_shows_what_changed_by_hand() {
    let sandbox = store();
    let before = sandbox.git("shop", &["rev-parse", "HEAD"]);
    sandbox.write(
        "shop/CLAUDE.md",
        format!("{RULES}\n## Rules of June\n\n- Never drop a column without asking.\n"),
    );
    sandbox.commit("shop", "A rule");
    let found = json(&sandbox, &["../shop", "--since", &before]);
    let rules: Vec<&str> = found["clusters"]
        .as_array()
        .unwrap()
        .iter()
        .map(|cluster| cluster["rule"].as_str().unwrap())
        .collect();
    assert_eq!(rules, ["Never drop a column without asking."]);
    let run = import(&sandbox, &["../shop", "--since", "no-such-commit"]);
    assert_eq!(run.code, 1);
    assert!(
        run.stderr
            .contains("`no-such-commit` is neither a day nor a commit here"),
        "{}",
        run.stderr
    );
}

#[test]
fn blocks_of_tools_code_quotes_and_opt_outs_are_not_rules() {
    let sandbox = Sandbox::new();
    sandbox.write(
        "app/CLAUDE.md",
        "<!-- BEGIN:tool -->\n- Never edit this.\n<!-- END:tool -->\n\n> Always quote.\n\n```\n- Never run this.\n```\n\n- Never push to main.\n",
    );
    sandbox.write("app/GEMINI.md", "<!-- Generated by Ruler -->\n- Never do it.\n");
    sandbox.write(
        "app/.github/instructions/a.instructions.md",
        "---\napplyTo: '**'\nexcludeAgent: 'code-review'\n---\n- Never approve alone.\n",
    );
    let run = sandbox.run(&["import", "app", "--format", "markdown"]);
    assert_eq!(run.code, 0, "{run:?}");
    let rules: Vec<&str> = run
        .stdout
        .lines()
        .filter(|line| line.starts_with("- Never") || line.starts_with("- Always"))
        .collect();
    assert_eq!(rules, ["- Never push to main."]);
    for reason in [
        "a tool writes it (`BEGIN:tool`)",
        "a quote",
        "code",
        "another tool writes it (line 1)",
        "`excludeAgent: code-review` keeps an assistant out",
    ] {
        assert!(run.stdout.contains(reason), "{reason}: {}", run.stdout);
    }
}

#[test]
fn stores_of_other_tools_and_records_of_lessons_are_read() {
    let sandbox = Sandbox::new();
    for path in [
        ".rulesync/rules/a.md",
        ".ai-rulez/rules/b.md",
        ".ruler/c.md",
        ".apm/instructions/d.instructions.md",
    ] {
        let letter = path.rsplit('/').next().unwrap().chars().next().unwrap();
        sandbox.write(
            &format!("app/{path}"),
            format!("# Rules\n\n- Never rename the table {letter}{letter}.\n"),
        );
    }
    sandbox.write(
        "app/.totem/lessons/one.md",
        "## Lesson — Retries are bound too early\n\n**Tags:** python, retry\n\nA decorator is bound once. Always build the retry object in the call.\n\n**Source:** PR 7\n",
    );
    sandbox.write(
        "app/docs/lessons-learned.md",
        "# Lessons\n\n## 2026-01-02 — The queue stopped\n\n**Context**: the disk was full.\n\n**Lesson**: Set a limit on the queue's files.\n",
    );
    let run = sandbox.run(&["import", "app", "--format", "json"]);
    assert_eq!(run.code, 0, "{run:?}");
    let found: Value = serde_json::from_str(&run.stdout).unwrap();
    let clusters = found["clusters"].as_array().unwrap();
    assert_eq!(clusters.len(), 6, "{}", run.stdout);
    let about = |words: &str| {
        clusters
            .iter()
            .find(|cluster| cluster["rule"].as_str().unwrap().contains(words))
            .unwrap()
    };
    assert_eq!(about("retry object")["title"], "Retries are bound too early");
    assert_eq!(about("retry object")["topic"], "python");
    assert_eq!(about("limit")["rule"], "Set a limit on the queue's files.");
    assert!(
        about("limit")["rationale"]
            .as_str()
            .unwrap()
            .contains("the disk was full")
    );
}

#[test]
fn what_can_not_be_read_has_a_clear_word() {
    let sandbox = Sandbox::new();
    sandbox.write("app/CLAUDE.md", b"\xff\xfe-\0 \0N\0e\0v\0e\0r\0");
    sandbox.write("app/AGENTS.md", b"\x7fELF\0\0\x01\x02");
    sandbox.write("app/GEMINI.md", "- Never do it.\n".repeat(1_400_000));
    sandbox.write("app/sub/CLAUDE.md", "\n\n");
    let run = sandbox.run(&["import", "app"]);
    assert_eq!(run.code, 0, "{run:?}");
    for words in [
        "UTF-16 text; save it as UTF-8",
        "a binary file",
        "larger than 4 MB",
        "no text in it",
    ] {
        assert!(run.stdout.contains(words), "{words}: {}", run.stdout);
    }
    sandbox.write("empty/README.md", "# Nothing\n");
    let run = sandbox.run(&["import", "empty"]);
    assert_eq!(run.code, 2, "{run:?}");
    assert!(
        run.stderr.contains("no file with rules in empty"),
        "{}",
        run.stderr
    );
    let run = sandbox.run(&["import", "nowhere"]);
    assert_eq!(run.code, 2, "{run:?}");
    assert!(
        run.stderr.contains("there is no file or folder `nowhere`"),
        "{}",
        run.stderr
    );
}

#[test]
fn a_symbolic_link_is_accounted_for_and_read_once() {
    let sandbox = Sandbox::new();
    sandbox.init("shop");
    sandbox.write("shop/AGENTS.md", RULES);
    std::os::unix::fs::symlink("AGENTS.md", sandbox.path("shop/CLAUDE.md")).unwrap();
    sandbox.commit("shop", "Start");
    sandbox.write(
        "store/targets.yaml",
        "version: 1\nname: acme\ntargets:\n  ../shop: [python]\n",
    );
    for args in [&[][..], &["shop"][..]] {
        let found = json(&sandbox, args);
        assert_eq!(found["clusters"][0]["citations"].as_array().unwrap().len(), 1);
        let files = found["files"].as_array().unwrap();
        let link = files.iter().find(|file| file["path"] == "CLAUDE.md").unwrap();
        let left = link["left_out"].as_object().unwrap();
        let why = left.keys().next().unwrap();
        assert_eq!(
            why,
            "a symbolic link; the file that it leads to is read by its own name"
        );
        assert_eq!(link["size"], "AGENTS.md".len());
    }
}

#[test]
fn what_can_be_taken_is_taken_and_what_is_refused_is_counted_with_its_reason() {
    let sandbox = store();
    sandbox.write(
        "shop/.github/instructions/review.instructions.md",
        "---\napplyTo: 'src/!(a)/**'\n---\n# Rules\n\n- Never approve your own change.\n",
    );
    sandbox.commit("shop", "Rules for paths that no glob of the store can name");
    let run = import(&sandbox, &["../shop", "--take", "all"]);
    // A script goes on with what was written: the same rule would be refused in every run.
    assert_eq!(run.code, 0, "{run:?}");
    let drafts = sandbox.files("store/lessons").len();
    assert!(drafts > 0, "{run:?}");
    let refused: Vec<&str> = run
        .stderr
        .lines()
        .filter(|line| line.starts_with("refused: "))
        .collect();
    assert!(
        matches!(refused[..], [line] if line.contains("src/!(a)/**")),
        "{run:?}"
    );
    let count = format!("1 of {} chosen rules refused, {drafts} files written", drafts + 1);
    assert!(run.stderr.lines().any(|line| line == count), "{count}: {run:?}");
    let again = json(&sandbox, &["../shop", "--take", "all"]);
    assert_eq!(
        again["refused"].as_object().map(serde_json::Map::len),
        Some(1),
        "{again}"
    );
}
