//! Repositories that can't have a proposal or opted out, and runs that are refused.

use super::{BRANCH, World};
use lessonbook_github_standin::{Role, Rule};

fn make(world: &World, name: &str) {
    world.repository(name);
}

#[test]
fn archived_empty_forked_and_opted_out_repositories_are_left_out_with_the_reason() {
    let world = World::new(
        "  acme/a-old: [all]\n  acme/b-empty: [all]\n  acme/c-fork: [all]\n  acme/d-off: [all]\n  acme/e-shop: [all]\n",
    );
    let new = |name: &str| {
        world
            .hub
            .repository(&format!("acme/{name}"))
            .file("README.md", "x\n")
    };
    new("a-old").archived().create();
    new("b-empty").empty().create();
    new("c-fork").fork().create();
    new("d-off").topics(&["lessonbook-off"]).create();
    new("e-shop").create();
    world.sync();
    let states = world.states();
    let told: Vec<(&str, &str)> = states
        .iter()
        .map(|(_, state, why)| (state.as_str(), why.as_str()))
        .collect();
    assert_eq!(told[0], ("disabled", "archived"));
    assert_eq!(told[1], ("disabled", "empty"));
    assert_eq!(told[2], ("disabled", "a fork"));
    assert_eq!(told[3].0, "disabled");
    assert!(told[3].1.contains("it lacks 1 critical lesson"), "{}", told[3].1);
    assert_eq!(told[4].0, "proposed");
    world.rests();
    // No write was tried on them.
    assert!(
        world
            .hub
            .repos()
            .iter()
            .take(4)
            .all(|repo| repo.pulls().is_empty())
    );
}

#[test]
fn a_repository_that_is_archived_while_its_proposal_is_open_is_left() {
    let world = World::shop();
    world.sync();
    world.hub.repo("acme/shop").archive(true);
    world.lesson("pin", "critical", "Pin every version by its digest.");
    world.commit();
    world.rests();
    assert_eq!(world.state(), "disabled");
}

#[test]
fn a_renamed_repository_is_followed_and_reported() {
    let world = World::shop();
    world.hub.repo("acme/shop").rename("acme/store-front");
    let run = world.sync();
    assert!(
        run.stdout
            .contains("`acme/shop` was renamed to `acme/store-front`"),
        "{}",
        run.stdout
    );
    assert_eq!(world.pulls().len(), 1);
    world.rests();
}

#[test]
fn without_permission_to_push_a_target_is_blocked_and_the_run_fails() {
    let world = World::new("  acme/open: [all]\n  acme/read: [all]\n");
    make(&world, "open");
    make(&world, "read");
    world
        .hub
        .repo("acme/read")
        .role(lessonbook_github_standin::ROBOT, Role::Read);
    let run = world.sync_ends(1, &[]);
    assert_eq!(world.hub.repo("acme/open").pulls().len(), 1);
    assert!(run.stdout.contains("acme/read"), "{}", run.stdout);
    let states = world.states();
    assert_eq!(states[1].1, "blocked");
    assert_eq!(world.run(&["status"]).code, 1);
    world.hub.forget();
    world.sync_ends(1, &[]);
    assert_eq!(world.hub.writes().len(), 0);
    assert_eq!(world.run(&["plan"]).code, 1);
}

#[test]
fn a_ruleset_on_our_branch_blocks_one_target_and_leaves_nothing_behind() {
    let world = World::new("  acme/a: [all]\n  acme/b: [all]\n");
    make(&world, "a");
    make(&world, "b");
    world
        .hub
        .repo("acme/a")
        .ruleset("No bots", &["refs/heads/lessonbook/**"], &[Rule::Creation]);
    let run = world.sync_ends(1, &[]);
    assert!(
        run.stdout.contains("ruleset `No bots`") && run.stdout.contains("acme/a"),
        "{}",
        run.stdout
    );
    assert_eq!(world.hub.repo("acme/a").head(BRANCH), None);
    assert_eq!(world.hub.repo("acme/b").pulls().len(), 1);
    world.hub.repo("acme/a").unprotect();
    world.sync();
    assert_eq!(world.hub.repo("acme/a").pulls().len(), 1);
    world.rests();
}

#[test]
fn a_branch_of_our_name_with_another_persons_commit_is_not_used() {
    let world = World::shop();
    let shop = world.hub.repo("acme/shop");
    let theirs = shop.commit(BRANCH).by("dana").write("notes.md", "mine\n").push();
    world.hub.forget();
    world.sync_ends(1, &[]);
    assert_eq!(world.hub.writes().len(), 0);
    assert_eq!(shop.head(BRANCH), Some(theirs));
    assert_eq!(world.state(), "blocked");
}

#[test]
fn a_store_that_is_not_committed_or_not_on_its_default_branch_writes_nothing() {
    let world = World::shop();
    world.lesson("pin", "critical", "Pin every version by its digest.");
    let run = world.sync_ends(2, &[]);
    assert!(
        run.stderr
            .contains("the store has uncommitted changes in lessons/basics/pin.yaml"),
        "{}",
        run.stderr
    );
    world
        .sandbox
        .git("store", &["checkout", "--quiet", "-b", "draft"]);
    world.commit();
    let run = world.sync_ends(2, &[]);
    assert!(run.stderr.contains("the branch `draft`"), "{}", run.stderr);
    assert_eq!(world.hub.writes().len(), 0);
    // Reading is allowed.
    assert_eq!(world.run(&["plan"]).code, 0);
}

#[test]
fn without_yes_and_without_a_terminal_nothing_is_written() {
    let world = World::shop();
    let run = world.run(&["sync"]);
    assert_eq!(run.code, 2, "{run:?}");
    assert_eq!(world.hub.writes().len(), 0);
}

#[test]
fn an_expired_token_fails_the_run_and_is_never_shown() {
    let world = World::shop();
    world.hub.expire(&world.token);
    for args in [
        &["plan", "-v"][..],
        &["sync", "--yes", "-v"],
        &["status"],
        &["status", "--lesson", "pin"],
        &["doctor"],
        &["sync", "--yes", "--format", "json"],
    ] {
        let run = world.run(args);
        assert_eq!(run.code, 1, "{args:?}: {run:?}");
    }
    assert_eq!(world.hub.writes().len(), 0);
}

#[test]
fn a_commit_of_the_default_branch_can_be_named_beside_an_unfinished_folder() {
    let world = World::shop();
    let old = world.sandbox.git("store", &["rev-parse", "HEAD"]);
    world.lesson("pin", "critical", "Pin every version by its digest.");
    world.sync_ends(0, &["--from-commit", &old]);
    let shop = world.hub.repo("acme/shop");
    assert!(!shop.text(BRANCH, "CLAUDE.md").unwrap().contains("by its digest"));
    assert!(shop.log(BRANCH)[0].contains(&old), "{}", shop.log(BRANCH)[0]);
    // A commit that is only on another branch is refused.
    world
        .sandbox
        .git("store", &["checkout", "--quiet", "-b", "draft"]);
    let draft = world.commit();
    let run = world.sync_ends(2, &["--from-commit", &draft]);
    assert!(
        run.stderr.contains("is not on its branch main or master"),
        "{}",
        run.stderr
    );
    let run = world.sync_ends(1, &["--from-commit", "0123456789"]);
    assert!(
        run.stderr.contains("has no commit `0123456789`"),
        "{}",
        run.stderr
    );
}

#[test]
fn a_known_failure_does_not_make_the_run_fail_unless_it_is_asked_for() {
    let world = World::shop();
    world
        .hub
        .repo("acme/shop")
        .role(lessonbook_github_standin::ROBOT, Role::Read);
    for command in [&["plan"][..], &["status"], &["sync", "--yes"]] {
        let ends = |which: &str| world.run(&[command, &["--fail-on", which]].concat()).code;
        assert_eq!((ends("any"), ends("new")), (1, 1), "{command:?}");
        assert_ne!(ends("none"), 1, "{command:?}");
    }
    world.targets(
        "",
        "targets:\n  acme/shop: [all]\nacknowledge:\n  - { target: acme/shop, state: blocked, reason: they know, until: 2099-01-01 }\n",
    );
    world.commit();
    for command in [&["plan"][..], &["status"], &["sync", "--yes"]] {
        let ends = |which: &str| world.run(&[command, &["--fail-on", which]].concat()).code;
        assert_eq!((ends("new"), ends("any")), (0, 1), "{command:?}");
    }
}

#[test]
fn what_a_repository_ignores_or_encrypts_is_left_alone() {
    let world = World::new(
        "  acme/a: { tags: [all], use: [copilot, claude] }\n  acme/b: { tags: [all], use: [copilot, claude] }\n  acme/c: { tags: [all], use: [copilot, claude] }\n  acme/d: { tags: [all], use: [copilot, claude] }\n",
    );
    let new = |name: &str| {
        world
            .hub
            .repository(&format!("acme/{name}"))
            .file("README.md", "x\n")
    };
    new("a").file(".gitignore", "CLAUDE.md\n").create();
    new("b").file(".github/.gitignore", "copilot-*\n").create();
    new("c")
        .file(".gitattributes", "* filter=git-crypt\n")
        .file("CLAUDE.md", b"\0GITCRYPT\0\x01\x02\xff\xfe")
        .create();
    new("d")
        .file(".github/.gitattributes", "*.md working-tree-encoding=UTF-16\n")
        .create();
    let run = world.sync_ends(1, &[]);
    let files = |name: &str| -> Vec<String> {
        let repo = world.hub.repo(&format!("acme/{name}"));
        if repo.head(BRANCH).is_none() {
            return Vec::new();
        }
        let paths = repo.files(BRANCH).into_keys();
        paths
            .filter(|path| repo.text("main", path) != repo.text(BRANCH, path))
            .collect()
    };
    assert_eq!(files("a"), [super::COPILOT]);
    assert_eq!(files("b"), ["CLAUDE.md"]);
    assert_eq!(files("c"), [""; 0]);
    assert_eq!(files("d"), [""; 0]);
    for code in ["entry-point-ignored", "content-filtered", "not-text"] {
        assert!(run.stdout.contains(code), "{code}: {}", run.stdout);
    }
}
