//! `lessonbook check` tests the checks of a lesson by its examples, and reports what fails at its line.

use crate::support::Sandbox;

const HEAD: &str = "title: Probes\nseverity: high\nlibrary: x\n";

/// The codes and lines that `check` reports of a lesson.
fn checked(lesson: &str) -> Vec<String> {
    let sandbox = Sandbox::new();
    let head = HEAD.replace(
        "library: x\n",
        "tags: [library]\nrule: Do it.\nrationale: It is so.\n",
    );
    sandbox.write(
        "store/targets.yaml",
        "version: 1\nname: acme\nlibrary_tags: [library]\n",
    );
    sandbox.write("store/lessons/k8s/probe.yaml", format!("{head}{lesson}"));
    let run = sandbox.run(&["--store", "store", "check", "--format", "json"]);
    let document: serde_json::Value =
        serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error} {run:?}"));
    let findings = document["findings"].as_array().unwrap();
    findings
        .iter()
        .map(|finding| {
            format!(
                "{} {}:{}",
                finding["code"].as_str().unwrap(),
                finding["at"]["line"],
                finding["at"]["column"]
            )
        })
        .collect()
}

const PATHS: &str = "paths: [\"**/*.yaml\"]\n";
const BAD: &str = "bad: |\n  livenessProbe:\n    failureThreshold: 1\n";
const GOOD: &str = "good: |\n  livenessProbe:\n    failureThreshold: 5\n";
const CHECK: &str =
    "checks:\n  - each: \"**.livenessProbe\"\n    forbid: { failureThreshold: { below: 3 } }\n";

#[test]
fn a_lesson_whose_examples_fit_its_checks_is_right() {
    assert_eq!(checked(&format!("{PATHS}{BAD}{GOOD}{CHECK}")), [""; 0]);
    assert_eq!(checked("checks:\n  - forbid_file: [\"**/yarn.lock\"]\n"), [""; 0]);
}

#[test]
fn what_fails_is_reported_at_its_line() {
    for (lesson, expected) in [
        (format!("{PATHS}{CHECK}"), vec!["check-needs-examples 8:5"]),
        (format!("{PATHS}{BAD}{CHECK}"), vec!["check-needs-examples 11:5"]),
        (
            format!("{PATHS}{BAD}{GOOD}{}", CHECK.replace("Probe\"", "Prob\"")),
            vec!["check-does-not-fire 8:3"],
        ),
        (
            format!("{PATHS}{BAD}{GOOD}{}", CHECK.replace("below: 3", "below: 6")),
            vec!["check-fires-on-good 12:5"],
        ),
        (
            format!("{PATHS}{BAD}{GOOD}{CHECK}  - forbid: 'never'\n"),
            vec!["check-untested 16:5"],
        ),
        (
            format!("{PATHS}{BAD}{GOOD}{CHECK}  - forbid: 'never'\n    examples: [{{ bad: never }}]\n"),
            vec![],
        ),
        (
            format!(
                "{PATHS}{BAD}{GOOD}{CHECK}  - forbid: 'never'\n    examples: [{{ bad: x }}, {{ good: never }}]\n"
            ),
            vec!["check-does-not-fire 17:16", "check-fires-on-good 17:28"],
        ),
        (
            format!("{PATHS}{BAD}{GOOD}{CHECK}    except: [\"**/*.yaml\"]\n"),
            vec!["check-does-not-fire 14:5"],
        ),
        (
            format!("{PATHS}bad: |\n  a: [\n{GOOD}{CHECK}"),
            vec!["check-does-not-fire 8:3"],
        ),
    ] {
        assert_eq!(checked(&lesson), expected, "{lesson}");
    }
}

#[test]
fn the_examples_of_a_check_do_not_replace_those_of_the_lesson() {
    let own = "    examples: [{ bad: 'livenessProbe: { failureThreshold: 1 }', good: 'a: 1' }]\n";
    for (lesson, expected) in [
        (format!("{PATHS}{CHECK}{own}"), "check-needs-examples 8:5"),
        (format!("{PATHS}{GOOD}{CHECK}{own}"), "check-needs-examples 11:5"),
        (format!("{PATHS}{BAD}{CHECK}{own}"), "check-needs-examples 11:5"),
        (
            format!("{PATHS}bad: |\n  livenessProbe: {{}}\n{GOOD}{CHECK}{own}"),
            "check-does-not-fire 8:3",
        ),
        (
            format!("{PATHS}{BAD}good: |\n  livenessProbe: {{ failureThreshold: 2 }}\n{CHECK}{own}"),
            "check-fires-on-good 11:3",
        ),
    ] {
        assert_eq!(checked(&lesson), [expected], "{lesson}");
    }
}

#[test]
fn the_examples_are_tried_under_a_path_that_the_check_is_about() {
    let workflow = "paths: [\".github/workflows/**\"]\nlanguage: yaml\nbad: |\n  permissions: write-all\ngood: |\n  permissions: {}\n\
                    checks:\n  - forbid: { permissions: write-all }\n    paths: [\".github/workflows/*.yml\"]\n";
    assert_eq!(checked(workflow), [""; 0]);
    let named = "bad: x\ngood: y\nchecks:\n  - forbid: { a: 1 }\n    paths: [\"**/*.json\"]\n    \
                 examples: [{ bad: \"a: 1\", file: b.yaml }]\n  - forbid: x\n";
    assert_eq!(
        checked(named),
        ["check-does-not-fire 11:16"],
        "b.yaml is not a path of the check"
    );
}

#[test]
fn a_failing_self_test_does_not_stop_the_lesson_itself() {
    let sandbox = Sandbox::new();
    sandbox.repository("shop", &[("a.yaml", "a: 1\n")]);
    sandbox.write(
        "store/targets.yaml",
        "version: 1\nname: acme\ntargets:\n  ../shop: []\n",
    );
    let lesson = format!("title: Probes\nseverity: high\nrule: Do it.\nrationale: It is so.\n{PATHS}{CHECK}");
    sandbox.write("store/lessons/k8s/probe.yaml", lesson);
    assert_eq!(sandbox.run(&["--store", "store", "check"]).code, 1);
    assert_eq!(sandbox.run(&["--store", "store", "plan"]).code, 0);
}
