//! One repository under two names: two plans would write one branch, and take each other back on every run.
//!
//! Input: a store, and targets that lead to the same place. Output: what the program said, and that it wrote nothing there. Leaves
//! to others: two spellings of one path (`store_findings`), and what `init` offers (`init`).

#![allow(clippy::unwrap_used, reason = "a test may stop at what it can't read")]

use support::{Run, Sandbox};

use crate::support;

/// A store beside `search`, `other` and a second way to `search`.
fn world(second: &str) -> Sandbox {
    let sandbox = Sandbox::new();
    for name in ["search", "other"] {
        sandbox.repository(name, &[("charts/web.yaml", "kind: Deployment\n")]);
    }
    sandbox.init("store");
    sandbox.write(
        "store/targets.yaml",
        format!(
            "version: 1\nname: acme\nuse: [claude, reference]\ntargets:\n  ../search: [a]\n  ../other: [a, b]\n  {second}: [b]\n"
        ),
    );
    for (id, tag) in [("probe", "a"), ("names", "b")] {
        sandbox.write(
            &format!("store/lessons/ops/{id}.yaml"),
            format!(
                "title: T\nseverity: critical\ntags: [{tag}]\nrule: Keep the {id}.\nrationale: It bites.\n"
            ),
        );
    }
    sandbox.commit("store", "First");
    sandbox
}

fn run(sandbox: &Sandbox, args: &[&str]) -> Run {
    sandbox.run_in("store", args)
}

fn branches(sandbox: &Sandbox, repository: &str) -> String {
    sandbox.git(
        repository,
        &["for-each-ref", "--format=%(refname)", "refs/heads/lessonbook/"],
    )
}

/// Checks that both names are refused by everything that plans, that nothing is written there, and that the others go on.
fn is_refused(sandbox: &Sandbox, second: &str) {
    let said = run(sandbox, &["check"]);
    assert_eq!(said.code, 1, "{said:?}");
    assert_eq!(said.stdout.matches("error[target-twice]").count(), 1, "{said:?}");
    let words = format!("`{second}` is the same repository as `../search`");
    assert!(
        said.stdout.contains(&words) && said.stdout.contains("--> targets.yaml:7:3"),
        "{said:?}"
    );

    let said = run(sandbox, &["plan"]);
    assert_eq!(said.code, 1, "{said:?}");
    assert!(
        said.stdout.contains(&words)
            && said
                .stdout
                .contains(&format!("`../search` is the same repository as `{second}`")),
        "{said:?}"
    );
    // With one of them named the other one is there all the same.
    for one in ["../search", second] {
        let said = run(sandbox, &["sync", "--yes", one]);
        assert_eq!(said.code, 1, "{said:?}");
        assert!(said.stdout.contains("target-twice"), "{said:?}");
    }
    assert_eq!(run(sandbox, &["sync", "--yes"]).code, 1);
    assert_eq!(branches(sandbox, "search"), "");
    assert_eq!(branches(sandbox, "other"), "refs/heads/lessonbook/acme");
}

#[cfg(unix)]
#[test]
fn a_link_to_a_target_is_that_target() {
    let sandbox = world("../se");
    std::os::unix::fs::symlink("search", sandbox.path("se")).unwrap();
    is_refused(&sandbox, "../se");
}

#[test]
fn a_target_by_way_of_another_folder_is_that_target() {
    let sandbox = world("../../files/search");
    is_refused(&sandbox, "../../files/search");
}

#[test]
fn another_work_tree_of_a_target_is_that_target() {
    let sandbox = world("../topic");
    sandbox.git(
        "search",
        &["worktree", "add", "--quiet", "-b", "topic", "../topic"],
    );
    is_refused(&sandbox, "../topic");
}

#[test]
fn a_target_that_is_switched_off_under_another_name_would_still_be_written() {
    let sandbox = world("../topic");
    sandbox.git(
        "search",
        &["worktree", "add", "--quiet", "-b", "topic", "../topic"],
    );
    let text = String::from_utf8(sandbox.read("store/targets.yaml")).unwrap();
    let off = text.replace("../topic: [b]", "../topic: { tags: [b], enabled: false }");
    sandbox.write("store/targets.yaml", off);
    is_refused(&sandbox, "../topic");
}

#[cfg(unix)]
#[test]
fn a_saved_plan_is_not_carried_out_where_a_target_became_another_one() {
    let sandbox = world("../se");
    sandbox.repository("se", &[("charts/web.yaml", "kind: Deployment\n")]);
    let saved = run(&sandbox, &["plan", "../se", "--out", "../plan.json"]);
    assert_eq!(saved.code, 0, "{saved:?}");
    std::fs::remove_dir_all(sandbox.path("se")).unwrap();
    std::os::unix::fs::symlink("search", sandbox.path("se")).unwrap();
    let said = run(&sandbox, &["apply", "../plan.json", "--yes"]);
    assert_eq!(said.code, 1, "{said:?}");
    assert!(said.stdout.contains("target-twice"), "{said:?}");
    assert_eq!(branches(&sandbox, "search"), "");
}

#[test]
fn nothing_is_withdrawn_where_two_names_write_one_branch() {
    let sandbox = world("../../files/search");
    let both = String::from_utf8(sandbox.read("store/targets.yaml")).unwrap();
    let once = both.replace("../../files/search: [b]", "../elsewhere: [b]");
    sandbox.write("store/targets.yaml", once);
    assert_eq!(run(&sandbox, &["sync", "--yes", "../search"]).code, 0);
    let tip = || sandbox.git("search", &["rev-parse", "lessonbook/acme"]);
    let before = tip();
    sandbox.write("store/targets.yaml", both);
    let said = run(
        &sandbox,
        &["withdraw", "probe", "--reason", "it is wrong", "--yes"],
    );
    assert_eq!(said.code, 1, "{said:?}");
    assert!(said.stdout.contains("target-twice"), "{said:?}");
    assert_eq!(tip(), before);
}

#[test]
fn a_change_of_the_store_that_names_a_target_twice_fails() {
    let sandbox = world("../topic");
    sandbox.git(
        "search",
        &["worktree", "add", "--quiet", "-b", "topic", "../topic"],
    );
    let text = String::from_utf8(sandbox.read("store/targets.yaml")).unwrap();
    sandbox.write("store/targets.yaml", text.replace("  ../topic: [b]\n", ""));
    sandbox.commit("store", "Once");
    sandbox.write("store/targets.yaml", text);
    let said = run(&sandbox, &["diff", "HEAD", "--stat"]);
    assert_eq!(said.code, 1, "{said:?}");
    assert!(
        said.stdout
            .contains("error[target-twice]: `../topic` is the same repository as `../search`"),
        "{said:?}"
    );
}
