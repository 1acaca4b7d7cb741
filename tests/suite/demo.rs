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
        "== 4. the diff",
        "== 5. coverage",
        "Everything is up to date or waits for review: nothing to do.",
        "== What to try next",
    ] {
        assert!(first.stdout.contains(part), "{part}\n{}", first.stdout);
    }
    for target in ["shop", "cluster", "trade-bot"] {
        let head = sandbox.git(&format!("d/{target}"), &["rev-parse", "lessonbook/demo"]);
        assert!(!head.is_empty());
        let status = sandbox.git(&format!("d/{target}"), &["status", "--porcelain"]);
        assert_eq!(status, "", "the work tree of {target} is untouched");
        sandbox.git(&format!("d/{target}"), &["fsck", "--strict"]);
    }
    let again = sandbox.run(&["demo", "d"]);
    assert_eq!(
        (again.code, again.stdout),
        (0, first.stdout),
        "the same commits on every run"
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
