//! `lessonbook render` on the real binary: the final files, hand-written text included, without losing a byte.

#![allow(clippy::unwrap_used, reason = "a test may stop at what it can't read")]

use support::Sandbox;

use crate::support;

const BEGIN: &str = "<!-- lessonbook:begin acme ";

/// A store and two repositories with hand-written files.
fn store() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.repository(
        "shop",
        &[("CLAUDE.md", "# Shop\r\n\r\nBe kind.\r\n"), ("src/app.py", "\n")],
    );
    sandbox.repository("cluster", &[("AGENTS.md", "# Cluster"), ("a.yaml", "\n")]);
    sandbox.write(
        "store/targets.yaml",
        "version: 1\nname: acme\nuse: [copilot, claude, \"agents?\", copilot-scoped]\ntargets:\n  ../shop: [all]\n  ../cluster: [all]\n  acme/web: [all]\n",
    );
    lesson(&sandbox, "Pin every version.");
    sandbox
}

fn lesson(sandbox: &Sandbox, rule: &str) {
    let text = format!("title: T\nseverity: critical\ntags: [all]\nrule: {rule}\nrationale: It bites.\n");
    sandbox.write("store/lessons/basics/pin.yaml", text);
}

fn text(sandbox: &Sandbox, path: &str) -> String {
    String::from_utf8(sandbox.read(path)).unwrap()
}

#[test]
fn one_target_has_the_folder_to_itself() {
    let sandbox = store();
    let before = sandbox.files("shop");
    let run = sandbox.run(&["render", "../shop", "--store", "store", "--out", "out"]);
    assert_eq!(run.code, 0, "{run:?}");
    let paths: Vec<&str> = run
        .stdout
        .lines()
        .map(|line| line.split_whitespace().nth(1).unwrap())
        .collect();
    assert_eq!(paths, [".github/copilot-instructions.md", "CLAUDE.md"]);
    assert_eq!(run.stderr, "render: 1 target, 2 files changed\n");
    let claude = text(&sandbox, "out/CLAUDE.md");
    assert!(claude.starts_with("# Shop\r\n\r\n"), "{claude}");
    assert!(
        claude.contains("Be kind.\r\n") && claude.contains("Pin every version."),
        "{claude}"
    );
    assert_eq!(sandbox.files("shop"), before);

    let again = sandbox.run(&["render", "../shop", "--store", "store", "--out", "out"]);
    assert_eq!(
        (again.code, again.stderr.as_str()),
        (0, "render: 1 target, 0 files changed\n")
    );
    assert!(
        again.stdout.lines().all(|line| line.starts_with("same ")),
        "{}",
        again.stdout
    );
}

#[test]
fn several_targets_have_a_folder_each_and_what_was_not_rendered_is_said() {
    let sandbox = store();
    let run = sandbox.run(&["render", "--store", "store", "--out", "out"]);
    assert_eq!(run.code, 0, "{run:?}");
    assert!(text(&sandbox, "out/shop/CLAUDE.md").contains(BEGIN));
    let agents = text(&sandbox, "out/cluster/AGENTS.md");
    assert!(
        agents.starts_with("# Cluster") && agents.contains(BEGIN),
        "{agents}"
    );
    assert!(
        run.stderr.contains("acme/web") && run.stderr.contains("   UNREACHABLE\n"),
        "{}",
        run.stderr
    );
    assert!(
        run.stderr.ends_with("render: 2 targets, 5 files changed\n"),
        "{}",
        run.stderr
    );
    let none = sandbox.run(&["render", "acme/web", "--store", "store", "--out", "none"]);
    assert_eq!((none.code, none.stdout.as_str()), (1, ""));
    assert!(!sandbox.path("none").exists());
}

#[test]
fn files_that_were_not_rendered_are_never_replaced() {
    let sandbox = store();
    sandbox.write("out/CLAUDE.md", "mine\n");
    let before = sandbox.files("out");
    let run = sandbox.run(&["render", "../shop", "--store", "store", "--out", "out"]);
    assert_eq!((run.code, run.stdout.as_str()), (2, ""));
    assert_eq!(
        run.stderr,
        "error: out contains files that were not rendered from this store: CLAUDE.md\n  \
         help: nothing was written; name an empty folder\n"
    );
    assert_eq!(sandbox.files("out"), before);
}

#[test]
fn another_work_tree_is_no_place_to_render_to() {
    let sandbox = store();
    let before = sandbox.files("cluster");
    let run = sandbox.run(&["render", "../shop", "--store", "store", "--out", "cluster"]);
    assert_eq!(run.code, 2, "{run:?}");
    assert!(
        run.stderr
            .starts_with("error: cluster is a git work tree, but not that of the target"),
        "{}",
        run.stderr
    );
    let all = sandbox.run(&["render", "--store", "store", "--out", "shop"]);
    assert_eq!(all.code, 2, "{all:?}");
    assert!(
        all.stderr
            .ends_with("help: refresh that target alone: lessonbook render ../shop --out shop\n"),
        "{}",
        all.stderr
    );
    assert_eq!(sandbox.files("cluster"), before);
}

#[test]
fn a_refused_target_writes_nothing() {
    let sandbox = store();
    sandbox.write("shop/CLAUDE.md", format!("{BEGIN}0123456789ab -->\n\nno end\n"));
    sandbox.commit("shop", "Break the markers");
    let run = sandbox.run(&["render", "../shop", "--store", "store", "--out", "out"]);
    assert_eq!((run.code, run.stdout.as_str()), (1, ""), "{run:?}");
    assert!(
        run.stderr.contains("   REFUSED\n") && run.stderr.contains("marker-unbalanced"),
        "{}",
        run.stderr
    );
    assert!(!sandbox.path("out").exists());
}

#[test]
fn its_own_work_tree_is_refreshed_and_uncommitted_changes_stay() {
    let sandbox = store();
    sandbox.write("shop/CLAUDE.md", "# Shop\r\n\r\nBe kind, and brief.\r\n");
    sandbox.write("shop/.github/copilot-instructions.md", "Not tracked yet.\n");
    let git = sandbox.files("shop/.git");
    let run = sandbox.run(&["render", "../shop", "--store", "store", "--out", "shop"]);
    assert_eq!(
        (run.code, run.stderr.as_str()),
        (0, "render: 1 target, 2 files changed\n"),
        "{run:?}"
    );
    let claude = text(&sandbox, "shop/CLAUDE.md");
    assert!(
        claude.contains("Be kind, and brief.\r\n") && claude.contains("Pin every version."),
        "{claude}"
    );
    let copilot = text(&sandbox, "shop/.github/copilot-instructions.md");
    assert!(
        copilot.contains("Not tracked yet.\n") && copilot.contains("Pin every version."),
        "{copilot}"
    );
    assert_eq!(sandbox.files("shop/.git"), git, "git's own files are not touched");

    let again = sandbox.run(&["render", "../shop", "--store", "store", "--out", "shop"]);
    assert_eq!(
        (again.code, again.stderr.as_str()),
        (0, "render: 1 target, 0 files changed\n")
    );

    // A change of the lesson changes its block, and nothing that people wrote meanwhile.
    sandbox.write("shop/CLAUDE.md", format!("{claude}More by hand.\r\n"));
    lesson(&sandbox, "Pin every single version.");
    let third = sandbox.run(&["render", "../shop", "--store", "store", "--out", "shop"]);
    assert_eq!(third.code, 0, "{third:?}");
    let claude = text(&sandbox, "shop/CLAUDE.md");
    assert!(
        claude.contains("Pin every single version.") && claude.ends_with("More by hand.\r\n"),
        "{claude}"
    );
}

#[test]
fn when_nothing_is_left_to_say_our_own_files_go_and_hand_written_ones_are_as_before() {
    let sandbox = store();
    let render = ["render", "../shop", "--store", "store", "--out", "shop"];
    let before = sandbox.files("shop");
    assert_eq!(sandbox.run(&render).code, 0);
    assert!(sandbox.path("shop/.github").exists());
    let targets = text(&sandbox, "store/targets.yaml")
        .replace("../shop: [all]", "../shop: { tags: [all], enabled: false }");
    sandbox.write("store/targets.yaml", targets);
    let run = sandbox.run(&render);
    assert_eq!(run.code, 0, "{run:?}");
    assert!(
        run.stdout.contains("deleted  .github/copilot-instructions.md"),
        "{}",
        run.stdout
    );
    assert_eq!(sandbox.files("shop"), before);
    assert!(!sandbox.path("shop/.github").exists(), "no empty folder is left");
}

#[test]
fn a_detached_head_on_another_branch_is_refreshed_as_it_is_checked_out() {
    let sandbox = store();
    sandbox.git("shop", &["checkout", "--quiet", "-b", "topic"]);
    sandbox.write("shop/CLAUDE.md", "# Topic\n");
    sandbox.commit("shop", "On a branch");
    sandbox.git("shop", &["checkout", "--quiet", "--detach"]);
    sandbox.git("shop", &["branch", "--quiet", "-D", "topic", "main"]);
    let run = sandbox.run(&["render", "../shop", "--store", "store", "--out", "shop"]);
    assert_eq!(run.code, 0, "{run:?}");
    assert!(text(&sandbox, "shop/CLAUDE.md").starts_with("# Topic\n"));
}

#[cfg(unix)]
#[test]
fn nothing_is_written_through_a_link_in_the_work_tree() {
    let sandbox = store();
    sandbox.write("elsewhere/CLAUDE.md", "somebody's\n");
    std::fs::remove_file(sandbox.path("shop/CLAUDE.md")).unwrap();
    std::os::unix::fs::symlink("../elsewhere/CLAUDE.md", sandbox.path("shop/CLAUDE.md")).unwrap();
    let run = sandbox.run(&["render", "../shop", "--store", "store", "--out", "shop"]);
    assert_eq!(run.code, 1, "{run:?}");
    assert_eq!(sandbox.read("elsewhere/CLAUDE.md"), b"somebody's\n");
    assert!(sandbox.path("shop/CLAUDE.md").is_symlink());
    assert!(!sandbox.path("shop/.github").exists(), "{}", run.stdout);
}

#[test]
fn what_a_sparse_checkout_leaves_out_is_not_lost() {
    let sandbox = store();
    sandbox.write("shop/.github/copilot-instructions.md", "By hand.\n");
    sandbox.commit("shop", "More");
    sandbox.git(
        "shop",
        &["sparse-checkout", "set", "--no-cone", "/src", "/CLAUDE.md"],
    );
    assert!(!sandbox.path("shop/.github").exists());
    let run = sandbox.run(&["render", "../shop", "--store", "store", "--out", "shop"]);
    assert_eq!(run.code, 0, "{run:?}");
    let copilot = text(&sandbox, "shop/.github/copilot-instructions.md");
    assert!(
        copilot.contains("By hand.\n") && copilot.contains(BEGIN),
        "{copilot}"
    );
}
