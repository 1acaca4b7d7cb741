//! `lessonbook demo`: the whole way, offline, and again.

#![allow(clippy::unwrap_used, reason = "a test may stop at what it can't read")]

use support::Sandbox;

use crate::support;

#[test]
fn the_demo_goes_the_whole_way_and_a_former_one_is_replaced() {
    let sandbox = Sandbox::new();
    let first = sandbox.run(&["demo", "d"]);
    assert_eq!(first.code, 0, "{}\n{}", first.stdout, first.stderr);
    for part in [
        "== 1. check",
        "== 2. plan",
        "== 3. sync",
        "== 4. diff",
        "== 5. coverage",
        "Everything is up to date or waits for review: nothing to do.",
        "== 7. lint",
        "error[check-hit]: Liveness probes survive a lost packet",
        "failureThreshold is 1 (below 3)",
        "Exit code 0: the change adds no mistake.",
        "== 8. effect",
        "by check: fewer",
        "10 of 20  1 of 20   0.10 (0.00 to 0.70)",
        "k8s/worker-32.yaml:17",
        "== What to try next",
    ] {
        assert!(first.stdout.contains(part), "{part}\n{}", first.stdout);
    }
    for target in ["shop", "cluster", "trade-bot"] {
        let head = sandbox.git(&format!("d/{target}"), &["rev-parse", "lessonbook/demo"]);
        assert!(!head.is_empty());
        let changed = sandbox.git(&format!("d/{target}"), &["diff", "--name-only"]);
        let untracked = sandbox.git(
            &format!("d/{target}"),
            &["ls-files", "--others", "--exclude-standard"],
        );
        // The developer's change, of which `lint` sees the right version last.
        let expected = if target == "shop" {
            "k8s/deployment.yaml"
        } else {
            ""
        };
        assert_eq!(
            (changed.as_str(), untracked.as_str()),
            (expected, ""),
            "`sync` leaves the work tree of {target} alone"
        );
        sandbox.git(&format!("d/{target}"), &["fsck", "--strict"]);
    }
    let manifest = String::from_utf8(sandbox.read("d/shop/k8s/deployment.yaml")).unwrap();
    assert!(manifest.ends_with("failureThreshold: 5\n"), "{manifest}");
    assert_eq!(
        first.stdout.matches("error[check-hit]").count(),
        1,
        "only what the change adds is reported\n{}",
        first.stdout
    );
    let later = [("LESSONBOOK_NOW", "2031-05-06T07:08:09Z")];
    let again = sandbox.run_with(".", &["demo", "d"], &later);
    assert_eq!(
        (again.code, again.stdout),
        (0, first.stdout),
        "the same commits on every run, on any day"
    );
}

#[test]
fn a_folder_that_is_no_former_demo_is_refused_and_the_one_we_stand_in_is_replaced() {
    let sandbox = Sandbox::new();
    sandbox.write("mine/notes.md", "keep me");
    let run = sandbox.run(&["demo", "mine"]);
    assert_eq!(run.code, 2, "{}", run.stderr);
    assert_eq!(sandbox.read("mine/notes.md"), b"keep me");
    sandbox.run(&["demo", "d"]);
    let inside = sandbox.run_in("d", &["demo", "."]);
    assert_eq!(inside.code, 0, "{}", inside.stderr);
}
