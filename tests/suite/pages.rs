//! Every Markdown page keeps its tables, also where the store has findings.
//!
//! Input: stores and targets with errors, warnings, limits, exceptions and refused plans. Output: each command's page, read by a parser.
//! Not here: pull requests (`pr_body.rs`) and the dashboard (`github_sync/dashboard.rs`).

use crate::support::{Sandbox, blocks};

const LESSON: &str =
    "title: T\nseverity: critical\ntags: [all]\nrule: Pin every version.\nrationale: It bites.\n";

/// What is wrong, or unusual, in the store: a name, more lines of `targets.yaml`, and more of a second lesson.
const SHAPES: [(&str, &str, &str); 6] = [
    ("right", "", ""),
    ("an unknown key", "", "colour: red\n"),
    ("warnings", "", "review_by: 2026-01-01\n"),
    (
        "a run's bound",
        "policy: { max_targets: 1, max_changed_lines: 3 }\n",
        "colour: red\n",
    ),
    (
        "an exception",
        "exceptions:\n  - { lesson: small, target: ../app, reason: \"See #41 | @dana\", by: dana }\n  - { lesson: small, accepts: long-rule, reason: y, by: kim, until: 2026-01-01 }\n",
        "",
    ),
    ("a target that is missing", "", "paths: [\"nowhere/**\"]\n"),
];

fn world(more: &str, field: &str) -> Sandbox {
    let sandbox = Sandbox::new();
    let targets = format!(
        "version: 1\nname: acme\nuse: [claude, copilot-scoped, reference]\ntargets:\n  ../app: [all]\n  ../web: [all]\n  ../gone: [all]\n{more}"
    );
    let small = LESSON.replace("critical", "high").replace("Pin", "Keep");
    sandbox.repository(
        "store",
        &[
            ("targets.yaml", &targets),
            ("lessons/basics/pin.yaml", LESSON),
            ("lessons/basics/small.yaml", &format!("{small}{field}")),
        ],
    );
    sandbox.repository("app", &[("CLAUDE.md", "# App\n")]);
    sandbox.repository(
        "web",
        &[("CLAUDE.md", "<!-- lessonbook:begin acme 000000000000 -->\n")],
    );
    sandbox
}

#[test]
fn every_page_keeps_its_tables_whatever_is_wrong_in_the_store() {
    for (shape, more, field) in SHAPES {
        let world = world(more, field);
        world.run_in("store", &["plan", "--out", "../one.json"]);
        world.write("store/lessons/basics/pin.yaml", LESSON.replace("every", "each"));
        world.write(
            "store/lessons/basics/third.yaml",
            LESSON.replace("Pin", "Never unpin"),
        );
        world.run_in("store", &["plan", "--out", "../two.json"]);
        for line in [
            "show ../two.json --format markdown",
            "show ../two.json --format markdown --public",
            "coverage --format markdown",
            "coverage --by assistant --format markdown",
            "compare ../one.json ../two.json --format markdown",
            "compare ../two.json ../one.json --format markdown",
            "diff --format markdown",
            "entry-points --format markdown",
        ] {
            let args: Vec<&str> = line.split(' ').collect();
            let run = world.run_in("store", &args);
            assert!(
                (0..=5).contains(&run.code) && run.code != 2,
                "{shape}: {line}: {run:?}"
            );
            assert!(!run.stdout.is_empty(), "{shape}: {line}: {run:?}");
            blocks::are_apart(&run.stdout);
        }
    }
}

#[test]
fn the_table_of_targets_is_a_table_below_the_findings_of_the_store() {
    let world = world("", "colour: red\n");
    world.run_in("store", &["plan", "--out", "../plan.json"]);
    let page = world
        .run_in("store", &["show", "../plan.json", "--format", "markdown"])
        .stdout;
    assert!(page.contains("`unknown-key`"), "{page}");
    let heads = blocks::tables_in(&page);
    let wanted = "target | state | lessons | files | proof".to_owned();
    assert!(heads.contains(&wanted), "{heads:?} in\n{page}");
}
