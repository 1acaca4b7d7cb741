//! Which two states are compared, and how a wrong range is answered.

use crate::diff::{PROBE, World, line};

fn reworded(world: &World, to: &str) -> String {
    world.lesson(PROBE, "critical", to, "paths: [\"**/*.yaml\"]\n");
    world.commit()
}

#[test]
fn without_a_range_the_branch_is_compared_from_where_it_began_with_the_folder_as_it_stands() {
    let world = World::three();
    reworded(&world, "Give each probe five tries.");
    world.sandbox.git("store", &["checkout", "--quiet", "main"]);
    world.lesson("lessons/review/other.yaml", "high", "Say why in a comment.", "");
    world.commit();
    world.sandbox.git("store", &["checkout", "--quiet", "fix"]);
    world.change(PROBE, "five", "six");
    let said = world.diff(0, &["--stat"]);
    let head = line(&said, "store acme/lessons");
    assert!(
        head.contains("(where fix left main) → the folder: ")
            && head.ends_with("(fix) and 1 file that is not committed"),
        "{head}"
    );
    assert_eq!(
        line(&said, "not committed"),
        "not committed: lessons/kubernetes/probe.yaml"
    );
    assert_eq!(line(&said, "+ probe"), "+ probe rule: Give each probe six tries.");
    // What came to main in the meantime is no part of the branch; with two dots it is.
    assert!(!said.contains("other"), "{said}");
    assert!(!world.diff(0, &["main...fix", "--stat"]).contains("other"));
    assert!(world.diff(0, &["main..fix", "--stat"]).contains("removed  other"));
    assert!(world.diff(0, &["fix..main", "--stat"]).contains("added    other"));
}

#[test]
fn two_commits_are_compared_whatever_the_folder_holds() {
    let world = World::three();
    let first = world.sandbox.git("store", &["rev-parse", "HEAD"]);
    reworded(&world, "Give each probe five tries.");
    let clean = world.diff(0, &["main..fix"]);
    world.write("targets.yaml", ": : garbage [");
    world.write(PROBE, "\u{0}\u{1}");
    world.write("templates/always.md.tera", "{% broken");
    for range in ["main..fix", "main...fix", "main..", "main..HEAD"] {
        let said = world.diff(0, &[range]);
        let body = |text: &str| text.lines().skip(1).collect::<Vec<_>>().join("\n");
        assert_eq!(body(&said), body(&clean), "{range}");
    }
    assert_eq!(
        world
            .run(&["diff", &format!("{first}..{first}"), "--exit-code"])
            .code,
        0
    );
    assert_eq!(world.run(&["diff"]).code, 1);
    assert!(
        world
            .sandbox
            .git("store", &["status", "--porcelain"])
            .contains("targets.yaml")
    );
}

#[test]
fn on_the_default_branch_what_was_not_pushed_is_compared_else_what_is_not_committed() {
    let world = World::three();
    world.sandbox.git("store", &["checkout", "--quiet", "main"]);
    assert!(world.diff(0, &[]).contains("nothing differs in the store"));
    world.change(PROBE, "three", "five");
    let said = world.diff(0, &["--stat"]);
    assert!(line(&said, "store").contains("(main) → the folder: "), "{said}");
    assert!(said.contains("1 lesson changed"), "{said}");

    world.sandbox.git(".", &["clone", "--quiet", "store", "clone"]);
    world.sandbox.write(
        "clone/lessons/review/more.yaml",
        "title: T\nseverity: high\ntags: [all]\nrule: Say why.\nrationale: So.\n",
    );
    world.sandbox.commit("clone", "Not pushed");
    let run = world.sandbox.run_in("clone", &["diff", "--stat"]);
    assert_eq!(
        line(&run.stdout, "added").split("  ").next(),
        Some("added"),
        "{run:?}"
    );
    assert!(
        line(&run.stdout, "store").contains("(where main left origin/main)"),
        "{run:?}"
    );
}

#[test]
fn a_store_that_is_new_on_a_branch_is_all_new() {
    let world = World::three();
    world
        .sandbox
        .git("store", &["checkout", "--quiet", "--orphan", "empty"]);
    world.sandbox.git("store", &["rm", "--quiet", "-rf", "."]);
    let empty = world.commit();
    world.sandbox.git("store", &["checkout", "--quiet", "fix"]);
    let said = world.diff(0, &[&format!("{empty}..fix"), "--stat"]);
    assert!(
        said.contains("there was no store before, so everything is new"),
        "{said}"
    );
    assert!(
        line(&said, "3 lessons added").contains("reaches 3 repositories, 9 files"),
        "{said}"
    );
    assert!(line(&said, "../a").contains("NEW TARGET"), "{said}");
    let run = world.run(&["diff", &format!("fix..{empty}")]);
    assert!(
        run.code == 1 && run.stderr.contains("has no targets.yaml"),
        "{run:?}"
    );
    let run = world.run(&["diff", &format!("{empty}...fix")]);
    assert!(
        run.code == 2 && run.stderr.contains("have no commit in common") && run.stderr.contains("two dots"),
        "{run:?}"
    );
}

#[test]
fn a_word_that_is_no_commit_is_a_target_or_an_error_that_says_what_there_is() {
    let world = World::three();
    world.change(PROBE, "three", "five");
    for args in [
        &["../a"][..],
        &["--", "../a"],
        &["main", "../a"],
        &["main", "--", "../a"],
        &["../{a,x}"],
    ] {
        let said = world.diff(0, &[&["--stat"], args].concat());
        assert!(
            line(&said, "1 lesson").contains("reaches 1 repository, 3 files"),
            "{args:?}: {said}"
        );
    }
    let fails = |args: &[&str], words: &[&str]| {
        let run = world.run(&[&["diff"], args].concat());
        assert_eq!(run.code, 2, "{args:?}: {run:?}");
        for words in words {
            assert!(run.stderr.contains(words), "{args:?}: {words}: {}", run.stderr);
        }
    };
    fails(
        &["mian"],
        &[
            "`mian` is neither a commit of the store's repository nor a target",
            "did you mean `main`?",
        ],
    );
    fails(
        &["nothing-like-it"],
        &["use one of fix, main, or the id of a commit"],
    );
    fails(
        &["main..nowhere"],
        &["the store's repository has no commit `nowhere`"],
    );
    fails(&["main", "../z"], &["there is no target `../z`"]);
    fails(
        &["--from-commit", "main"],
        &["`diff` takes its commits as a range"],
    );
    // What is both is said, and both can be asked for.
    world.sandbox.git("store", &["branch", "shop"]);
    world.repository("store/shop", &[]);
    world.change("targets.yaml", "  ../a:", "  ./shop: [all]\n  ../a:");
    world.write(".gitignore", "shop\n");
    fails(
        &["shop"],
        &[
            "`shop` is both a target and a commit of the store",
            "diff -- shop",
            "refs/heads/shop",
        ],
    );
    assert!(line(&world.diff(0, &["--stat", "--", "shop"]), "./shop").contains("NEW TARGET"));
    assert!(
        world
            .diff(0, &["refs/heads/shop", "--stat"])
            .contains("reaches 4 repositories")
    );
}

#[test]
fn history_that_is_not_there_is_said_with_the_way_to_get_it() {
    let world = World::three();
    let first = world.sandbox.git("store", &["rev-parse", "main"]);
    reworded(&world, "Give each probe four tries.");
    reworded(&world, "Give each probe five tries.");
    let url = format!("file://{}", world.sandbox.path("store").display());
    world.sandbox.git(
        ".",
        &["clone", "--quiet", "--depth", "1", "--branch", "fix", &url, "cut"],
    );
    for args in [
        &["diff", &first][..],
        &["diff", "main..HEAD"],
        &["diff", "HEAD~1.."],
    ] {
        let run = world.sandbox.run_in("cut", args);
        assert_eq!(run.code, 2, "{args:?}: {run:?}");
        assert!(
            run.stderr.contains("shallow") && run.stderr.contains("`fetch-depth: 0`"),
            "{args:?}: {}",
            run.stderr
        );
    }
    // Both ends are there, and what lies between them is not.
    world.sandbox.git(
        "cut",
        &["fetch", "--quiet", "--depth", "1", "origin", "main:main"],
    );
    let run = world.sandbox.run_in("cut", &["diff", "main...HEAD"]);
    assert!(
        run.code == 2 && run.stderr.contains("no commit in common") && run.stderr.contains("fetch-depth: 0"),
        "{run:?}"
    );
    assert_eq!(
        world
            .sandbox
            .run_in("cut", &["diff", "main..HEAD", "--stat"])
            .code,
        0
    );

    world
        .sandbox
        .write("loose/targets.yaml", "version: 1\nname: acme\n");
    let run = world.sandbox.run_in("loose", &["diff"]);
    assert!(
        run.code == 2 && run.stderr.contains("is not in a git repository"),
        "{run:?}"
    );
    world.sandbox.git("store", &["checkout", "--quiet", "fix"]);
    world
        .sandbox
        .git("store", &["branch", "--quiet", "-m", "main", "trunk"]);
    let run = world.run(&["diff"]);
    assert!(
        run.code == 2
            && run.stderr.contains("no branch main or master")
            && run.stderr.contains("LESSONBOOK_DEFAULT_BRANCH"),
        "{run:?}"
    );
    let run = world.sandbox.run_with(
        "store",
        &["diff", "--stat"],
        &[("LESSONBOOK_DEFAULT_BRANCH", "trunk")],
    );
    assert!(run.stdout.contains("(where fix left trunk)"), "{run:?}");
}
