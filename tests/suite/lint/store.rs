//! From a store: `lint` runs the store's own checks over targets, before they are in a checks file there.

use super::{found, pod};
use crate::support::Sandbox;

fn store() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.repository(
        "shop",
        &[("deploy/old.yaml", &pod("old", 1)), ("src/a.yaml", &pod("a", 1))],
    );
    sandbox.repository("other", &[("deploy/old.yaml", &pod("old", 1))]);
    sandbox.write(
        "store/targets.yaml",
        "version: 1\nname: acme\ntargets:\n  ../shop: [k8s]\n  ../other: [web]\n  acme/far: [k8s]\nexceptions:\n  \
         - { lesson: probe, target: ../shop, path: \"src/**\", reason: it is a test, by: dana }\n",
    );
    sandbox.write(
        "store/lessons/k8s/probe.yaml",
        "title: Probes\nseverity: critical\npaths: [\"**/*.yaml\"]\ntags: [k8s]\nrule: Do it.\nrationale: It is so.\n\
         bad: |\n  livenessProbe: { failureThreshold: 1 }\ngood: |\n  livenessProbe: { failureThreshold: 5 }\n\
         checks:\n  - each: \"**.livenessProbe\"\n    forbid: { failureThreshold: { below: 3 } }\n",
    );
    sandbox.write(
        "store/lessons/web/web.yaml",
        "title: Web\nseverity: low\ntags: [web]\nrule: Do it.\nrationale: It is so.\n",
    );
    sandbox
}

#[test]
fn the_checks_that_concern_a_target_run_over_its_clone() {
    let sandbox = store();
    let run = sandbox.run_in("store", &["lint", "--all", "../shop", "--format", "json"]);
    assert_eq!(run.code, 0, "{run:?}");
    assert_eq!(
        found(&run),
        [
            "check-hit ../shop: deploy/old.yaml:10",
            "check-excused ../shop: src/a.yaml:10"
        ]
    );
    let run = sandbox.run(&["--store", "store", "lint", "--all", "--strict", "../shop"]);
    assert_eq!(run.code, 1, "{run:?}");
    let run = sandbox.run_in("store", &["lint", "--all", "../other"]);
    assert_eq!((run.code, run.stdout.as_str()), (0, ""));
    assert!(
        run.stderr.contains("no lesson that concerns it has checks"),
        "{run:?}"
    );
}

#[test]
fn only_what_a_branch_adds_counts_without_all() {
    let sandbox = store();
    sandbox.git("shop", &["checkout", "--quiet", "-b", "fix"]);
    sandbox.write("shop/deploy/new.yaml", pod("new", 2));
    sandbox.git("shop", &["add", "--all"]);
    let run = sandbox.run_in("store", &["lint", "../shop", "--format", "json"]);
    assert_eq!(
        (run.code, found(&run)),
        (1, vec!["check-hit ../shop: deploy/new.yaml:10".to_owned()])
    );
}

#[test]
fn a_target_on_github_and_a_store_with_errors_are_refused() {
    let sandbox = store();
    let run = sandbox.run_in("store", &["lint", "--all", "acme/far"]);
    assert!(
        run.code == 2 && run.stderr.contains("`acme/far` is on GitHub"),
        "{run:?}"
    );
    let run = sandbox.run_in("store", &["lint", "--all", "../shob"]);
    assert!(
        run.code == 2 && run.stderr.contains("there is no target `../shob`"),
        "{run:?}"
    );
    sandbox.write("store/lessons/k8s/probe.yaml", "title: Probes\n");
    let run = sandbox.run_in("store", &["lint", "--all", "../shop"]);
    assert!(
        run.code == 1 && run.stderr.contains("lessonbook check"),
        "{run:?}"
    );
}

#[test]
fn an_exception_with_a_path_leaves_the_lesson_in_its_files() {
    let sandbox = store();
    let run = sandbox.run_in("store", &["plan", "../shop", "--format", "json"]);
    assert!(run.stdout.contains("probe"), "{run:?}");
    let run = sandbox.run_in("store", &["check"]);
    assert!(!run.stdout.contains("exception"), "{run:?}");
}

#[test]
fn a_lesson_that_an_exception_excludes_from_the_whole_target_does_not_run_there() {
    let sandbox = store();
    let targets = String::from_utf8(sandbox.read("store/targets.yaml")).unwrap();
    sandbox.write(
        "store/targets.yaml",
        targets + "  - { lesson: probe, target: ../shop, reason: it runs no probes, by: dana }\n",
    );
    let run = sandbox.run_in(
        "store",
        &["lint", "--all", "--strict", "../shop", "--format", "json"],
    );
    assert_eq!((run.code, found(&run)), (0, Vec::new()), "{run:?}");
}
