//! How firmly a lesson is kept in a target, as a user sees it in `coverage`, `status --lesson` and `explain`.
//!
//! Input: a store with and without checks, and a target with and without a workflow that runs `lint`. Output: the levels. Not here:
//! which workflows count (`crates/pipeline/src/check_level/lint_run.rs`).

#![allow(clippy::unwrap_used, reason = "a test may stop at what it can't read")]

use lessonbook_github_standin::{Github, How};
use serde_json::{Value, json};

use crate::support::{Run, Sandbox};

const PROBE: &str = "title: Liveness probes survive a lost packet
severity: critical
tags: [all]
paths: [\"**/*.yaml\"]
rule: Never set `failureThreshold` below 3 on a liveness probe.
rationale: One failed check restarts every pod at once.
bad: |
  livenessProbe:
    failureThreshold: 1
good: |
  livenessProbe:
    failureThreshold: 5
checks:
  - each: \"**.livenessProbe\"
    forbid: { failureThreshold: { below: 3 } }
";
const KIND: &str = "title: Be kind
severity: high
tags: [all]
rule: Explain the reason of a change in its description.
rationale: Readers ask.
";
const WORKFLOW: &str = "name: lessons
on: pull_request
permissions: { contents: read }
jobs:
  lint:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
        with: { fetch-depth: 0 }
      - uses: lessonbook/lessonbook@v1
        with: { command: lint }
";
const WORKFLOW_PATH: &str = ".github/workflows/lessons.yml";

fn sandbox(settings: &str) -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.repository(
        "shop",
        &[("CLAUDE.md", "# Ours\n"), ("deploy.yaml", "kind: Pod\n")],
    );
    sandbox.write("store/lessons/kubernetes/liveness.yaml", PROBE);
    sandbox.write("store/lessons/review/kind.yaml", KIND);
    sandbox.write(
        "store/targets.yaml",
        format!(
            "version: 1\nname: acme\n{settings}targets:\n  ../shop: [all]\n  ../other: {{ tags: [none] }}\n"
        ),
    );
    sandbox.repository("other", &[("README.md", "# Other\n")]);
    sandbox
}

fn run(sandbox: &Sandbox, args: &[&str]) -> Run {
    sandbox.run_in("store", args)
}

fn document(sandbox: &Sandbox, args: &[&str]) -> Value {
    let run = run(sandbox, &[args, &["--format", "json"]].concat());
    serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {run:?}"))
}

/// The level of each lesson in `../shop`, now and after the merge, and where `lint` runs.
fn levels(sandbox: &Sandbox) -> (Vec<[String; 3]>, Value) {
    let page = document(sandbox, &["coverage"]);
    let levels = &page["targets"][0]["check_levels"];
    let word = |value: &Value| value.as_str().unwrap().to_owned();
    let lessons = levels["lessons"].as_array().unwrap().iter();
    let lessons = lessons.map(|one| {
        [
            word(&one["lesson"]),
            word(&one["current"]),
            word(&one["proposed"]),
        ]
    });
    (lessons.collect(), levels["lint_run"].clone())
}

fn merge(sandbox: &Sandbox) {
    let synced = run(sandbox, &["sync", "--yes"]);
    assert_eq!(synced.code, 0, "{synced:?}");
    sandbox.git("shop", &["merge", "--quiet", "lessonbook/acme"]);
}

fn expect(lessons: &[[&str; 3]], found: &[[String; 3]]) {
    assert_eq!(
        found,
        lessons
            .iter()
            .map(|row| row.map(str::to_owned))
            .collect::<Vec<_>>()
    );
}

#[test]
fn a_lesson_rises_from_advisory_to_detected_to_enforced_and_falls_back() {
    let sandbox = sandbox("checks: true\n");
    let kind = ["kind", "advisory", "advisory"];
    let (found, run_at) = levels(&sandbox);
    expect(&[["liveness", "advisory", "detected"], kind], &found);
    assert_eq!(run_at, Value::Null);
    let page = run(&sandbox, &["coverage"]).stdout;
    assert!(page.contains("advisory → detected"), "{page}");
    assert!(
        page.contains(
            "  checks: 2 advisory, after the merge 1 detected, 1 advisory; no workflow runs `lint`\n"
        ),
        "{page}"
    );

    merge(&sandbox);
    let (found, _) = levels(&sandbox);
    expect(&[["liveness", "detected", "detected"], kind], &found);

    sandbox.write(&format!("shop/{WORKFLOW_PATH}"), WORKFLOW);
    assert_eq!(
        levels(&sandbox).0[0][1],
        "detected",
        "what is not committed does not count"
    );
    sandbox.commit("shop", "Run lint");
    let (found, run_at) = levels(&sandbox);
    expect(&[["liveness", "enforced", "enforced"], kind], &found);
    assert_eq!(run_at, json!({ "path": WORKFLOW_PATH, "line": 10 }));
    let page = document(&sandbox, &["coverage"]);
    assert_eq!(
        page["targets"][0]["check_levels"]["current"],
        json!({ "enforced": 1, "detected": 0, "advisory": 1 })
    );
    let page = run(&sandbox, &["coverage"]).stdout;
    assert!(
        page.contains("  checks: 1 enforced, 1 advisory; `lint` runs in .github/workflows/lessons.yml:10\n"),
        "{page}"
    );
    let page = run(&sandbox, &["coverage", "-v"]).stdout;
    assert!(page.contains("  liveness   critical   enforced\n"), "{page}");
    let page = run(&sandbox, &["coverage", "--format", "markdown"]).stdout;
    assert!(
        page.contains("| checks |\n") && page.contains("| enforced |\n"),
        "{page}"
    );

    // Without the setting the file leaves, and with it the level.
    let settings = sandbox
        .shown(&sandbox.read("store/targets.yaml"))
        .replace("checks: true\n", "");
    sandbox.write("store/targets.yaml", settings);
    let (found, _) = levels(&sandbox);
    expect(&[["liveness", "enforced", "advisory"], kind], &found);
}

#[test]
fn one_lesson_and_one_file_show_the_level_too() {
    let sandbox = sandbox("checks: true\n");
    merge(&sandbox);
    let status = run(&sandbox, &["status", "--lesson", "liveness"]).stdout;
    assert!(
        status.contains("checks") && status.contains("detected"),
        "{status}"
    );
    let status = document(&sandbox, &["status", "--lesson", "liveness"]);
    assert_eq!(
        status["targets"][0]["check_level"],
        json!({ "current": "detected", "proposed": "detected" })
    );
    assert_eq!(status["targets"][1]["check_level"]["current"], "advisory");
    let page = run(&sandbox, &["explain", "../shop", "deploy.yaml"]).stdout;
    assert!(
        page.contains("detected") && page.contains("no workflow runs `lint`"),
        "{page}"
    );
    let page = document(&sandbox, &["explain", "../shop", "deploy.yaml"]);
    let of = |id: &str| {
        let mut all = page["lessons"].as_array().unwrap().iter();
        all.find(|row| row["lesson"] == id).unwrap()["check_level"]["current"].clone()
    };
    assert_eq!(
        (of("liveness"), of("kind")),
        (json!("detected"), json!("advisory"))
    );
}

#[test]
fn a_store_without_checks_shows_no_levels_to_people() {
    let sandbox = sandbox("");
    let pages = [
        run(&sandbox, &["coverage"]).stdout,
        run(&sandbox, &["status", "--lesson", "liveness"]).stdout,
        run(&sandbox, &["explain", "../shop", "deploy.yaml"]).stdout,
    ];
    for page in pages {
        assert!(!page.contains("checks") && !page.contains("advisory"), "{page}");
    }
    let (found, _) = levels(&sandbox);
    expect(
        &[
            ["liveness", "advisory", "advisory"],
            ["kind", "advisory", "advisory"],
        ],
        &found,
    );
}

#[test]
fn workflows_of_targets_on_github_are_read_in_the_same_query() {
    let hub = Github::start();
    let token = hub.token();
    let environment = hub.environment(&token);
    let environment = environment
        .each_ref()
        .map(|(name, value)| (*name, value.as_str()));
    let sandbox = Sandbox::new();
    sandbox.write(
        "store/targets.yaml",
        "version: 1\nname: acme\nchecks: true\nproposal: { pace: 0s }\ntargets:\n  acme/shop: [all]\n",
    );
    sandbox.write("store/lessons/review/todo.yaml", TODO);
    sandbox.init("store");
    sandbox.commit("store", "Start");
    hub.repository("acme/shop")
        .file("CLAUDE.md", "# Ours\n")
        .file(WORKFLOW_PATH, WORKFLOW)
        .create();
    let level = |expected: [&str; 2]| {
        hub.forget();
        let run = sandbox.run_with("store", &["coverage", "--format", "json"], &environment);
        let page: Value = serde_json::from_str(&run.stdout).unwrap_or_else(|_| panic!("{run:?}"));
        let lesson = &page["targets"][0]["check_levels"]["lessons"][0];
        assert_eq!([&lesson["current"], &lesson["proposed"]], expected, "{page:#}");
        hub.lines().len()
    };
    level(["advisory", "enforced"]);
    let run = sandbox.run_with("store", &["sync", "--yes"], &environment);
    assert_eq!(run.code, 0, "{run:?}");
    let shop = hub.repo("acme/shop");
    shop.merge(1, "dana", How::Squash);
    let requests = level(["enforced", "enforced"]);
    shop.commit("main")
        .by("dana")
        .write(WORKFLOW_PATH, "on: push\njobs: {}\n")
        .push();
    assert_eq!(level(["detected", "detected"]), requests);
}

const TODO: &str = "title: Finish what you begin
severity: high
tags: [all]
rule: Leave no TODO behind.
rationale: It stays for ever.
bad: \"pass  # TODO later\"
good: \"pass\"
checks:
  - forbid: '\\bTODO\\b'
";
