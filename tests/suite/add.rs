//! `lessonbook add` on the real binary: a sound lesson is written and its reach said; nothing else is written at all.

#![allow(clippy::unwrap_used, reason = "a test may stop at what it can't read")]

use std::collections::BTreeMap;

use support::{Run, Sandbox};

use crate::support;

/// A store with two repositories and one on GitHub.
fn store() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.repository("shop", &[("CLAUDE.md", "# Shop\n"), ("src/app.py", "\n")]);
    sandbox.repository("cluster", &[("charts/web/values.yaml", "\n")]);
    sandbox.write(
        "store/targets.yaml",
        "version: 1\nname: acme\ntargets:\n  ../shop: [python]\n  ../cluster: [kubernetes]\n  acme/web: [python]\n",
    );
    for (id, tag) in [("pin-images", "kubernetes"), ("no-bare-except", "python")] {
        sandbox.write(
            &format!("store/lessons/basics/{id}.yaml"),
            format!("title: T\nseverity: high\ntags: [{tag}]\nrule: Mind the {tag}.\nrationale: It bites.\n"),
        );
    }
    sandbox
}

fn add(sandbox: &Sandbox, args: &[&str]) -> Run {
    let mut words = vec!["add", "--store", "store"];
    words.extend(args);
    sandbox.run(&words)
}

/// The lines of every file that a render of `../cluster`, which holds none by hand, has.
fn rendered(sandbox: &Sandbox, folder: &str) -> BTreeMap<String, usize> {
    let run = sandbox.run(&["render", "../cluster", "--store", "store", "--out", folder]);
    assert_eq!(run.code, 0, "{run:?}");
    let root = sandbox.path(folder);
    let files = sandbox.files(folder).into_iter();
    files
        .map(|(path, bytes)| {
            let path = path
                .strip_prefix(&root)
                .unwrap()
                .to_string_lossy()
                .replace('\\', "/");
            (path, String::from_utf8(bytes).unwrap().lines().count())
        })
        .collect()
}

const PROBES: [&str; 10] = [
    "--title",
    "Liveness probes survive a lost packet",
    "--severity",
    "critical",
    "--rule",
    "Never set `failureThreshold` below 3 on a liveness probe.",
    "--rationale",
    "One failed check in five seconds restarts every pod at once.",
    "--path",
    "charts/**",
];

#[test]
fn a_lesson_from_flags_is_tidy_yaml_and_says_whom_it_reaches() {
    let sandbox = store();
    let mut args = vec!["kubernetes"];
    args.extend(PROBES);
    args.extend([
        "--tag",
        "kubernetes",
        "--bad",
        "failureThreshold: 1\n",
        "--good",
        "failureThreshold: 5\n",
        "--incident",
        "2026-02-17",
        "acme/notifications",
        "22 minutes without notifications",
        "--owner",
        "acme/sre",
    ]);
    let before = rendered(&sandbox, "before");
    let run = add(&sandbox, &args);
    assert_eq!(run.code, 0, "{run:?}");
    let file = "store/lessons/kubernetes/liveness-probes-survive-a-lost-packet.yaml";
    assert_eq!(run.stdout, format!("new  {file}\n"));
    let mut said = run.stderr.lines();
    assert_eq!(
        said.next(),
        Some("reach: liveness-probes-survive-a-lost-packet concerns 1 of 3 targets")
    );
    // What is said is what a render of the target gains.
    let after = rendered(&sandbox, "after");
    let line = said.next().unwrap().strip_prefix("  ../cluster: ").unwrap();
    let (files, more) = line.split_once(" and ").unwrap();
    let files: Vec<(&str, &str)> = files
        .split(", ")
        .map(|file| file.split_once(" +").unwrap())
        .collect();
    assert_eq!(more, format!("{} more file", after.len() - files.len()));
    for (path, lines) in files {
        let gained = after[path] - before.get(path).unwrap_or(&0);
        assert_eq!(lines, gained.to_string(), "{path}");
    }
    assert_eq!(
        String::from_utf8(sandbox.read(file)).unwrap(),
        "# yaml-language-server: $schema=../../docs/schema/lesson.json\n\
         title: Liveness probes survive a lost packet\n\
         severity: critical\n\
         paths: [\"charts/**\"]\n\
         tags: [kubernetes]\n\
         rule: Never set `failureThreshold` below 3 on a liveness probe.\n\
         rationale: One failed check in five seconds restarts every pod at once.\n\
         bad: |\n  failureThreshold: 1\n\
         good: |\n  failureThreshold: 5\n\
         incidents:\n  - date: 2026-02-17\n    repository: acme/notifications\n    summary: \"22 minutes without notifications\"\n\
         owner: acme/sre\n"
    );
    let check = sandbox.run(&["check", "--strict", "--store", "store"]);
    assert_eq!((check.code, check.stdout.as_str()), (0, ""), "{check:?}");
}

#[test]
fn without_a_terminal_what_is_missing_is_listed() {
    let sandbox = store();
    let run = add(&sandbox, &["--title", "T", "--rule", "Do it."]);
    assert_eq!((run.code, run.stdout.as_str()), (2, ""));
    assert_eq!(
        run.stderr,
        "error: a lesson needs its topic (TOPIC or TOPIC/ID), --severity, --rationale\n  \
         help: pass them as flags, or run `lessonbook add` on a terminal, where it asks for them\n"
    );
}

#[test]
fn a_lesson_with_a_mistake_is_shown_and_not_written() {
    let sandbox = store();
    let before = sandbox.files("store");
    let run = add(
        &sandbox,
        &[
            "basics/hidden",
            "--title",
            "T",
            "--severity",
            "low",
            "--rule",
            "Read @docs/secret.md and use <b>bold</b> words.",
            "--rationale",
            "R.",
            "--tag",
            "pyton",
        ],
    );
    assert_eq!((run.code, run.stdout.as_str()), (1, ""), "{run:?}");
    for code in ["error[text-imports]", "error[raw-html]", "warning[one-sided-tag]"] {
        assert!(run.stderr.contains(code), "{code}: {}", run.stderr);
    }
    assert!(
        run.stderr.contains("--> store/lessons/basics/hidden.yaml:4:"),
        "{}",
        run.stderr
    );
    assert!(
        run.stderr.ends_with(
            "add: lessons/basics/hidden.yaml was not written; correct the lesson and run the command again\n"
        ),
        "{}",
        run.stderr
    );
    assert_eq!(sandbox.files("store"), before);
}

#[test]
fn an_old_mistake_elsewhere_does_not_stop_a_new_lesson() {
    let sandbox = store();
    sandbox.write(
        "store/lessons/basics/broken.yaml",
        "title: T\nseverity: huge\nrule: X.\nrationale: R.\n",
    );
    let run = add(
        &sandbox,
        &[
            "basics/new",
            "--title",
            "T",
            "--severity",
            "low",
            "--rule",
            "Do it.",
            "--rationale",
            "R.",
        ],
    );
    assert_eq!(run.code, 0, "{run:?}");
    assert!(
        run.stderr.starts_with(
            "warning: the store already has 1 error without this lesson; run `lessonbook check` for details\n"
        ),
        "{}",
        run.stderr
    );
    assert!(sandbox.path("store/lessons/basics/new.yaml").exists());
}

#[test]
fn a_dry_run_prints_the_file_and_writes_nothing() {
    let sandbox = store();
    let before = sandbox.files("store");
    let run = add(
        &sandbox,
        &[
            "basics",
            "--title",
            "Log to stdout",
            "--severity",
            "medium",
            "--rule",
            "Log to stdout.",
            "--rationale",
            "R.",
            "--tag",
            "python",
            "--dry-run",
        ],
    );
    assert_eq!(run.code, 0, "{run:?}");
    assert_eq!(
        run.stdout,
        "# yaml-language-server: $schema=../../docs/schema/lesson.json\n\
         title: Log to stdout\nseverity: medium\ntags: [python]\nrule: Log to stdout.\nrationale: R.\n"
    );
    assert!(
        run.stderr.starts_with(
            "reach: log-to-stdout concerns 2 of 3 targets; not read, but concerned by their tags: acme/web (on GitHub)\n  ../shop: "
        ),
        "{}",
        run.stderr
    );
    assert_eq!(sandbox.files("store"), before);
}

#[test]
fn the_lessons_that_get_shorter_because_of_it_are_named() {
    let sandbox = store();
    let targets = String::from_utf8(sandbox.read("store/targets.yaml")).unwrap();
    sandbox.write("store/targets.yaml", targets + "budget: 7 lines\n");
    let run = add(
        &sandbox,
        &[
            "basics/a",
            "--title",
            "T",
            "--severity",
            "critical",
            "--rule",
            "Do it.",
            "--rationale",
            "R.",
            "--tag",
            "python",
        ],
    );
    assert_eq!(run.code, 0, "{run:?}");
    assert!(
        run.stderr
            .contains("; over the budget of claude: no-bare-except is reduced to none"),
        "{}",
        run.stderr
    );
}

#[test]
fn what_is_there_already_and_what_is_no_name_are_wrong_use() {
    let sandbox = store();
    let rest = [
        "--title",
        "T",
        "--severity",
        "low",
        "--rule",
        "X.",
        "--rationale",
        "R.",
    ];
    for (name, more, said) in [
        (
            "basics/pin-images",
            None,
            "error: lessons/basics/pin-images.yaml already exists\n",
        ),
        (
            "Basics/x",
            None,
            "error: `Basics/x` is not a valid name for a lesson\n",
        ),
        ("../x", None, "error: `../x` is not a valid name for a lesson\n"),
        ("basics/x", Some(["--path", "*.tf"]), "write `**/*.tf`\n"),
        ("basics/x", Some(["--language", "sh"]), ""),
    ] {
        let mut args = vec![name];
        args.extend(rest);
        args.extend(more.into_iter().flatten());
        let run = add(&sandbox, &args);
        assert_eq!(run.code, if said.is_empty() { 0 } else { 2 }, "{run:?}");
        assert!(run.stderr.contains(said), "{}", run.stderr);
    }
}

#[test]
fn an_id_of_another_topic_is_taken() {
    let sandbox = store();
    let run = add(
        &sandbox,
        &[
            "other/pin-images",
            "--title",
            "T",
            "--severity",
            "low",
            "--rule",
            "X.",
            "--rationale",
            "R.",
        ],
    );
    assert_eq!(run.code, 1);
    assert!(run.stderr.contains("error[duplicate-id]"), "{}", run.stderr);
    assert!(!sandbox.path("store/lessons/other").exists());
}

#[test]
fn a_draft_is_written_and_reaches_nobody_yet() {
    let sandbox = store();
    let mut args = vec!["kubernetes/probes", "--status", "draft"];
    args.extend(PROBES);
    let run = add(&sandbox, &args);
    assert_eq!(
        (run.code, run.stderr.as_str()),
        (0, "reach: no target, because the lesson is a draft\n")
    );
    assert!(
        String::from_utf8(sandbox.read("store/lessons/kubernetes/probes.yaml"))
            .unwrap()
            .ends_with("status: draft\n")
    );
}
