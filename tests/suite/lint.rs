//! `lint` on the real binary, in real repositories without a store, and from a store; the self-test of checks; and the examples of
//! the guide.
//!
//! Input: repositories with a checks file, or a store. Output: what the program reports. Not here: what one check finds in one file
//! (the tests of the crate `checks`).

#![allow(clippy::unwrap_used, reason = "a test may stop at what it can't read")]

mod guide;
mod read_back;
mod refactorings;
mod self_test;
mod store;
mod suppressions;
mod target;

use crate::support::{Run, Sandbox};
use serde_json::Value;

/// Where the checks of the store `acme` are in a target.
const CHECKS: &str = ".lessonbook/acme.checks.yaml";

/// A checks file with two lessons: one that stops, and one that warns.
const TWO_LESSONS: &str = r#"version: 1
store: acme
home: acme/guardrails
lessons:
  - id: liveness
    title: "Liveness probes survive a lost packet"
    severity: critical
    rule: "Never set `failureThreshold` below 3 on a liveness probe."
    paths: ["**/*.yaml", "**/*.json"]
    checks:
      - each: "**.livenessProbe"
        forbid: { failureThreshold: { below: 3 } }
  - id: no-todo
    title: "Finish what you begin"
    severity: medium
    rule: "Leave no TODO behind."
    paths: ["**/*.py"]
    checks:
      - forbid: '\bTODO\b'
        message: "A TODO is left behind"
exceptions:
  - lesson: no-todo
    path: "examples/**"
    reason: "examples end where the reader begins"
"#;

/// A manifest with one liveness probe.
fn pod(name: &str, threshold: u32) -> String {
    format!(
        "kind: Deployment\nmetadata:\n  name: {name}\nspec:\n  template:\n    spec:\n      containers:\n        \
         - name: app\n          livenessProbe:\n            failureThreshold: {threshold}\n"
    )
}

/// A repository with a checks file and one bad place, on a branch `fix` that changes nothing yet.
fn target() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.repository(
        "shop",
        &[
            (CHECKS, TWO_LESSONS),
            ("deploy/old.yaml", &pod("old", 1)),
            ("README.md", "# Shop\n"),
        ],
    );
    sandbox.git("shop", &["checkout", "--quiet", "-b", "fix"]);
    sandbox
}

fn lint(sandbox: &Sandbox, args: &[&str]) -> Run {
    sandbox.run_in("shop", &[&["lint"], args].concat())
}

/// The one repository of a JSON report.
fn report(run: &Run) -> Value {
    let mut document: Value =
        serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {run:?}"));
    document["repositories"][0].take()
}

/// Code, file and line of each finding.
fn found(run: &Run) -> Vec<String> {
    let report = report(run);
    let findings = report["findings"].as_array().unwrap().iter();
    findings
        .map(|finding| {
            let at = &finding["at"];
            let file = at["file"].as_str().unwrap_or("-");
            format!("{} {file}:{}", finding["code"].as_str().unwrap(), at["line"])
        })
        .collect()
}
