//! Every kind of repository that git makes, and those that we refuse.

use super::*;

/// Snapshot, proposal, check by git, and rest: what must work in every repository.
fn goes_all_the_way(sandbox: &Sandbox, path: &str) {
    let before = snapshot(sandbox, path);
    assert_eq!(before.tree.file("CLAUDE.md"), Some(b"# App\n".as_slice()));
    assert_eq!(before.base.branch, "main");
    assert_eq!(before.base.commit, sandbox.git(path, &["rev-parse", "main"]));
    assert!(before.branch.is_none());
    assert_eq!(before.findings, []);

    let outcome = propose(sandbox, path, "CLAUDE.md", "# App\n\nLessons.\n");
    let commit = created(&outcome);
    assert_eq!(sandbox.git(path, &["rev-parse", BRANCH]), commit);
    assert_eq!(
        sandbox.git(path, &["rev-parse", &format!("{BRANCH}^")]),
        before.base.commit
    );
    assert_eq!(
        sandbox.git(path, &["show", &format!("{BRANCH}:CLAUDE.md")]),
        "# App\n\nLessons."
    );
    assert_eq!(sandbox.git(path, &["fsck", "--strict", "--no-dangling"]), "");

    let after = snapshot(sandbox, path).branch.expect("our branch");
    assert!(after.ours && !after.merged && after.foreign.is_empty());
    assert_eq!(after.head, commit);
    assert_eq!(after.digest.as_deref(), Some("3f2a9c0d1e4b"));
    assert_eq!(after.touched, ["CLAUDE.md"]);
    assert_eq!(
        after.tree.file("CLAUDE.md"),
        Some(b"# App\n\nLessons.\n".as_slice())
    );
    assert_eq!(
        propose(sandbox, path, "CLAUDE.md", "# App\n\nLessons.\n"),
        WriteOutcome::Unchanged
    );
}

fn app(sandbox: &Sandbox) {
    sandbox.repository("app", &[("CLAUDE.md", "# App\n"), ("src/a.py", "a\n")]);
}

fn refused(sandbox: &Sandbox, path: &str) -> Finding {
    LocalRepository::open(&sandbox.path(path), path).expect_err("it was opened")
}

#[test]
fn an_ordinary_repository_works() {
    let sandbox = Sandbox::new();
    app(&sandbox);
    goes_all_the_way(&sandbox, "app");
}

#[test]
fn a_packed_repository_works() {
    let sandbox = Sandbox::new();
    app(&sandbox);
    sandbox.git("app", &["gc", "--quiet"]);
    sandbox.git("app", &["commit-graph", "write", "--reachable"]);
    goes_all_the_way(&sandbox, "app");
}

#[test]
fn a_bare_repository_works() {
    let sandbox = Sandbox::new();
    app(&sandbox);
    sandbox.git(".", &["clone", "--quiet", "--bare", "app", "bare.git"]);
    goes_all_the_way(&sandbox, "bare.git");
}

#[test]
fn a_linked_work_tree_works() {
    let sandbox = Sandbox::new();
    app(&sandbox);
    sandbox.git("app", &["worktree", "add", "--quiet", "-b", "side", "../side"]);
    goes_all_the_way(&sandbox, "side");
    assert!(
        snapshot(&sandbox, "app").branch.is_some(),
        "seen from the main work tree"
    );
}

#[test]
fn a_sha256_repository_works() {
    let sandbox = Sandbox::new();
    sandbox.git(".", &["init", "--quiet", "--object-format=sha256", "app"]);
    sandbox.write("app/CLAUDE.md", "# App\n");
    let commit = sandbox.commit("app", "First");
    assert_eq!(commit.len(), 64);
    goes_all_the_way(&sandbox, "app");
}

#[test]
fn a_repository_with_borrowed_objects_works() {
    let sandbox = Sandbox::new();
    app(&sandbox);
    sandbox.git(".", &["clone", "--quiet", "--shared", "app", "shared"]);
    goes_all_the_way(&sandbox, "shared");
}

#[test]
fn a_submodule_works() {
    let sandbox = Sandbox::new();
    app(&sandbox);
    sandbox.repository("outer", &[("README.md", "")]);
    sandbox.git("outer", &["submodule", "--quiet", "add", "../app", "inner"]);
    goes_all_the_way(&sandbox, "outer/inner");
    sandbox.commit("outer", "Add inner");
    let outer = snapshot(&sandbox, "outer");
    assert_eq!(
        outer.tree.get("inner").map(|entry| entry.mode),
        Some(Mode::Submodule)
    );
}

#[test]
fn a_shallow_clone_works() {
    let sandbox = Sandbox::new();
    app(&sandbox);
    for n in 0..3 {
        sandbox.write("app/src/a.py", format!("{n}\n"));
        sandbox.commit("app", "More");
    }
    let url = format!("file://{}", sandbox.path("app").display());
    sandbox.git(".", &["clone", "--quiet", "--depth=1", &url, "shallow"]);
    goes_all_the_way(&sandbox, "shallow");

    // Another shallow fetch cuts the new base off from the old one; our commit is still ours.
    for n in 3..6 {
        sandbox.write("app/src/a.py", format!("{n}\n"));
        sandbox.commit("app", "Newer");
    }
    sandbox.git("shallow", &["fetch", "--quiet", "--depth=1", "origin", "main"]);
    sandbox.git("shallow", &["reset", "--quiet", "--hard", "FETCH_HEAD"]);
    let branch = snapshot(&sandbox, "shallow").branch.expect("our branch");
    assert!(branch.ours, "{:?}", branch.foreign);
    assert_eq!(branch.touched, ["CLAUDE.md"]);
    let outcome = propose(&sandbox, "shallow", "CLAUDE.md", "# App\n\nLessons.\n");
    assert!(matches!(outcome, WriteOutcome::Updated { .. }));
}

#[test]
fn modes_links_and_odd_names_are_listed_as_git_has_them() {
    let sandbox = Sandbox::new();
    sandbox.repository(
        "app",
        &[
            ("docs/a[b]$(c) ä.md", "x"),
            ("run.sh", "#!/bin/sh\n"),
            ("aux", ""),
            ("a:b", ""),
        ],
    );
    sandbox.git("app", &["update-index", "--chmod=+x", "run.sh"]);
    std::os::unix::fs::symlink("AGENTS.md", sandbox.path("app/CLAUDE.md")).expect("a link");
    sandbox.git("app", &["add", "CLAUDE.md"]);
    sandbox.git("app", &["commit", "--quiet", "-m", "More"]);
    let wanted = |path: &str| path == "CLAUDE.md" || path == "run.sh";
    let tree = open(&sandbox, "app")
        .snapshot(None, "acme", &wanted)
        .expect("a snapshot")
        .tree;
    let listed: Vec<_> = tree
        .iter()
        .map(|(path, entry)| (path, entry.mode, entry.content.as_deref()))
        .collect();
    assert_eq!(
        listed,
        [
            ("CLAUDE.md", Mode::Symlink, Some(b"AGENTS.md".as_slice())),
            ("a:b", Mode::File, None),
            ("aux", Mode::File, None),
            ("docs/a[b]$(c) ä.md", Mode::File, None),
            ("run.sh", Mode::Executable, Some(b"#!/bin/sh\n".as_slice())),
        ]
    );
    // Names that are odd elsewhere, in the same folder, are no obstacle.
    created(&propose(&sandbox, "app", "AGENTS.md", "x\n"));
}

#[test]
fn what_is_no_repository_is_told_apart() {
    let sandbox = Sandbox::new();
    app(&sandbox);
    sandbox.write("plain/file", "");
    let missing = refused(&sandbox, "nowhere");
    assert_eq!(code(&missing), "target-missing");
    let file = refused(&sandbox, "plain/file");
    assert_eq!(code(&file), "target-missing");
    let plain = refused(&sandbox, "plain");
    assert_eq!(code(&plain), "target-not-a-repository");
    for inner in ["app/src", "app/.git"] {
        let inner = refused(&sandbox, inner);
        assert_eq!(code(&inner), "target-not-a-repository");
        let top = sandbox.path("app").display().to_string();
        assert!(inner.help.expect("a way out").contains(&top));
    }
    sandbox.write("app/.git/config", "[core\n");
    let broken = refused(&sandbox, "app");
    assert_eq!(code(&broken), "target-not-a-repository");
    assert!(broken.message.contains("can't be opened"), "{}", broken.message);
}

#[test]
fn a_reftable_is_refused_with_a_way_out_that_works() {
    let sandbox = Sandbox::new();
    if !sandbox
        .try_git(".", &["init", "--quiet", "--ref-format=reftable", "app"])
        .status
        .success()
    {
        eprintln!("skipped: this git knows no reftable");
        return;
    }
    sandbox.write("app/CLAUDE.md", "# App\n");
    sandbox.commit("app", "First");
    let finding = refused(&sandbox, "app");
    assert_eq!(code(&finding), "reftable");
    if sandbox
        .try_git("app", &["refs", "migrate", "--ref-format=files"])
        .status
        .success()
    {
        goes_all_the_way(&sandbox, "app");
    }
}

#[test]
fn an_empty_repository_is_a_finding() {
    let sandbox = Sandbox::new();
    sandbox.init("app");
    sandbox.git(".", &["init", "--quiet", "--bare", "bare.git"]);
    for path in ["app", "bare.git"] {
        let finding = open(&sandbox, path)
            .snapshot(None, "acme", &everything)
            .expect_err("refused");
        assert_eq!(code(&finding), "empty-repository");
    }
}

#[test]
fn a_missing_object_is_a_finding_that_names_the_file() {
    let sandbox = Sandbox::new();
    app(&sandbox);
    let blob = sandbox.git("app", &["rev-parse", "main:CLAUDE.md"]);
    let path = format!("app/.git/objects/{}/{}", &blob[..2], &blob[2..]);
    std::fs::remove_file(sandbox.path(&path)).expect("removed");
    let finding = open(&sandbox, "app")
        .snapshot(None, "acme", &everything)
        .expect_err("refused");
    assert_eq!(code(&finding), "repository-unreadable");
    assert!(finding.message.contains("`CLAUDE.md`"), "{}", finding.message);
    // If the file is not needed, nothing is missing.
    let other = open(&sandbox, "app").snapshot(None, "acme", &|path| path == "src/a.py");
    assert!(other.is_ok());
}

#[test]
fn a_partial_clone_says_how_to_complete_it() {
    let sandbox = Sandbox::new();
    app(&sandbox);
    sandbox.git("app", &["config", "uploadpack.allowFilter", "true"]);
    let url = format!("file://{}", sandbox.path("app").display());
    sandbox.git(
        ".",
        &[
            "clone",
            "--quiet",
            "--no-checkout",
            "--filter=blob:none",
            &url,
            "partial",
        ],
    );
    let finding = open(&sandbox, "partial")
        .snapshot(None, "acme", &everything)
        .expect_err("refused");
    assert_eq!(code(&finding), "repository-unreadable");
    assert!(finding.help.expect("a way out").contains("--refetch"));
    sandbox.git("partial", &["fetch", "--quiet", "--refetch", "--no-filter"]);
    goes_all_the_way(&sandbox, "partial");
}

#[test]
fn a_repository_of_another_user_is_refused_until_it_is_called_safe() {
    let Some(root) = support::sandbox_of_parent() else {
        let sandbox = Sandbox::new();
        app(&sandbox);
        if std::os::unix::fs::chown(sandbox.path("app/.git"), Some(12345), None).is_err()
            || std::os::unix::fs::chown(sandbox.path("app"), Some(12345), None).is_err()
        {
            eprintln!("skipped: only root can give a folder away");
            return;
        }
        let this = "repository::formats::a_repository_of_another_user_is_refused_until_it_is_called_safe";
        sandbox.run_test(this, &[("EXPECT", "not-ours")]);
        let path = sandbox.path("app").display().to_string();
        sandbox.git(".", &["config", "--global", "--add", "safe.directory", &path]);
        sandbox.run_test(this, &[("EXPECT", "opened")]);
        return;
    };
    let opened = LocalRepository::open(&root.join("app"), "app");
    if std::env::var("EXPECT").is_ok_and(|expected| expected == "opened") {
        let snapshot = opened.expect("opened").snapshot(None, "acme", &everything);
        assert!(snapshot.is_ok());
    } else {
        let finding = opened.expect_err("refused");
        assert_eq!(code(&finding), "not-ours");
        let help = finding.help.expect("a way out");
        assert!(
            help.contains("git config --global --add safe.directory"),
            "{help}"
        );
    }
}

#[test]
fn variables_that_a_hook_sets_for_another_repository_change_nothing() {
    let Some(root) = support::sandbox_of_parent() else {
        let sandbox = Sandbox::new();
        app(&sandbox);
        sandbox.repository("other", &[("x", "")]);
        sandbox.git(".", &["clone", "--quiet", "--bare", "app", "bare.git"]);
        let git_dir = sandbox.path("other/.git").display().to_string();
        let work_tree = sandbox.path("other").display().to_string();
        let objects = format!("{git_dir}/objects");
        sandbox.run_test(
            "repository::formats::variables_that_a_hook_sets_for_another_repository_change_nothing",
            &[
                ("GIT_DIR", &git_dir),
                ("GIT_WORK_TREE", &work_tree),
                ("GIT_INDEX_FILE", &format!("{git_dir}/index")),
                ("GIT_OBJECT_DIRECTORY", &objects),
                ("GIT_NAMESPACE", "other"),
            ],
        );
        for path in ["app", "bare.git"] {
            assert_eq!(sandbox.git(path, &["show", &format!("{BRANCH}:new.md")]), "x");
            assert_eq!(sandbox.git(path, &["fsck", "--strict", "--no-dangling"]), "");
        }
        return;
    };
    for path in ["app", "bare.git"] {
        let local = LocalRepository::open(&root.join(path), path).expect("opened");
        let snapshot = local.snapshot(None, "acme", &everything).expect("a snapshot");
        assert_eq!(snapshot.tree.len(), 2);
        let change = BranchUpdate {
            branch: BRANCH,
            base: &snapshot.base,
            expected_head: None,
            edits: &[edit(&snapshot, "new.md", Some("x\n"))],
            message: MESSAGE,
            author: ("Lessonbook", "lessonbook@localhost"),
            time: FIRST_COMMIT,
        };
        created(&local.propose(&change).expect("proposed"));
    }
}

#[test]
fn replacement_objects_are_not_followed() {
    let sandbox = Sandbox::new();
    app(&sandbox);
    let first = sandbox.git("app", &["rev-parse", "main"]);
    sandbox.git("app", &["checkout", "--quiet", "--orphan", "fake"]);
    sandbox.write("app/CLAUDE.md", "fake\n");
    let fake = sandbox.commit("app", "Fake");
    sandbox.git("app", &["checkout", "--quiet", "main"]);
    sandbox.git("app", &["replace", &first, &fake]);
    let tree = snapshot(&sandbox, "app").tree;
    assert_eq!(tree.file("CLAUDE.md"), Some(b"# App\n".as_slice()));
}
