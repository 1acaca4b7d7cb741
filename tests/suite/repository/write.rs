//! What is written, and what is not.

use std::path::PathBuf;

use super::*;

fn app(sandbox: &Sandbox) {
    sandbox.repository(
        "app",
        &[
            ("CLAUDE.md", "# App\n"),
            ("docs/deep/only.md", "x\n"),
            ("src/a.py", "a\n"),
        ],
    );
}

/// Files of a repository that are neither objects, references nor reflogs of ours.
fn untouchable(sandbox: &Sandbox, path: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let files = sandbox.files(path).into_iter();
    files
        .filter(|(file, _)| {
            let file = file.to_string_lossy();
            !file.contains("/.git/objects/") && !file.contains("/lessonbook/")
        })
        .collect()
}

#[test]
fn work_tree_index_head_and_all_else_are_byte_identical_afterwards_and_no_hook_runs() {
    let sandbox = Sandbox::new();
    app(&sandbox);
    sandbox.write("app/src/a.py", "changed and staged\n");
    sandbox.git("app", &["add", "src/a.py"]);
    sandbox.write("app/CLAUDE.md", "changed, not staged\n");
    sandbox.write("app/untracked", "");
    for hook in [
        "reference-transaction",
        "pre-commit",
        "commit-msg",
        "post-commit",
        "post-checkout",
        "post-index-change",
    ] {
        let path = format!("app/.git/hooks/{hook}");
        sandbox.write(
            &path,
            format!(
                "#!/bin/sh\ntouch '{}'\nexit 1\n",
                sandbox.path("hook-ran").display()
            ),
        );
        let mode = <std::fs::Permissions as std::os::unix::fs::PermissionsExt>::from_mode(0o755);
        std::fs::set_permissions(sandbox.path(&path), mode).expect("permissions");
    }
    let before = untouchable(&sandbox, "app");
    created(&propose(&sandbox, "app", "CLAUDE.md", "one\n"));
    assert!(matches!(
        propose(&sandbox, "app", "CLAUDE.md", "two\n"),
        WriteOutcome::Updated { .. }
    ));
    assert_eq!(
        propose(&sandbox, "app", "CLAUDE.md", "# App\n"),
        WriteOutcome::Removed
    );
    assert!(untouchable(&sandbox, "app") == before, "a file changed");
    assert!(!sandbox.path("hook-ran").exists(), "a hook ran");
    // The hooks are real: git itself runs them.
    let _ = sandbox.try_git("app", &["commit", "--quiet", "-m", "x"]);
    assert!(sandbox.path("hook-ran").exists());
}

#[test]
fn the_commit_is_what_was_asked_for_and_git_finds_no_fault() {
    let sandbox = Sandbox::new();
    app(&sandbox);
    let commit = propose(&sandbox, "app", "docs/ai-lessons.md", "Lessons.\n");
    let commit = created(&commit);
    assert_eq!(
        sandbox.git(
            "app",
            &[
                "log",
                "-1",
                "--format=%an <%ae> %ad|%cn <%ce> %cd|%P",
                "--date=raw",
                commit
            ]
        ),
        format!(
            "Lessonbook <lessonbook@localhost> {FIRST_COMMIT} +0000|Lessonbook <lessonbook@localhost> {FIRST_COMMIT} +0000|{}",
            sandbox.git("app", &["rev-parse", "main"])
        )
    );
    let message = sandbox.git("app", &["log", "-1", "--format=%B", commit]);
    let (ours, digest) = message.split_once("Lessonbook-Commit: ").expect("a digest");
    assert_eq!((ours, digest.trim_end().len()), (MESSAGE, 32));
    assert_eq!(
        sandbox
            .git(
                "app",
                &[
                    "log",
                    "-1",
                    "--format=%(trailers:key=Lessonbook,valueonly)",
                    commit
                ]
            )
            .trim(),
        "acme 3f2a9c0d1e4b"
    );
    assert_eq!(
        sandbox.git(
            "app",
            &["diff-tree", "-r", "--no-commit-id", "--name-status", commit]
        ),
        "A\tdocs/ai-lessons.md"
    );
    assert_eq!(sandbox.git("app", &["fsck", "--strict", "--no-dangling"]), "");
    let log = sandbox.git(
        "app",
        &["reflog", "show", "--format=%gs|%gn|%gd", "--date=raw", BRANCH],
    );
    assert_eq!(
        log,
        format!("lessonbook: create|Lessonbook|{BRANCH}@{{{FIRST_COMMIT} +0000}}")
    );
}

#[test]
fn same_input_gives_the_same_commit_in_any_time_zone() {
    let Some(root) = support::sandbox_of_parent() else {
        let sandbox = Sandbox::new();
        app(&sandbox);
        for copy in ["b", "c", "d"] {
            let clone = ["clone", "--quiet", "--no-local", "app", copy];
            sandbox.git(".", &clone);
        }
        sandbox.git("c", &["gc", "--quiet"]);
        let this = "repository::write::same_input_gives_the_same_commit_in_any_time_zone";
        sandbox.run_test(this, &[("TARGET", "b"), ("TZ", "Asia/Kathmandu")]);
        let other = [
            ("TARGET", "c"),
            ("TZ", "America/St_Johns"),
            ("GIT_AUTHOR_NAME", "Eve"),
            ("GIT_COMMITTER_EMAIL", "eve@example.com"),
            ("GIT_COMMITTER_DATE", "1 +0100"),
            ("LC_ALL", "tr_TR.UTF-8"),
        ];
        sandbox.run_test(this, &other);
        created(&propose(&sandbox, "d", "CLAUDE.md", "new\n"));
        let commit = |path| sandbox.git(path, &["rev-parse", BRANCH]);
        assert_eq!(commit("b"), commit("c"));
        assert_eq!(commit("b"), commit("d"));
        return;
    };
    let target = std::env::var("TARGET").expect("a target");
    let local = LocalRepository::open(&root.join(&target), &target).expect("opened");
    let snapshot = local.snapshot(None, "acme", &everything).expect("a snapshot");
    let change = BranchUpdate {
        branch: BRANCH,
        base: &snapshot.base,
        expected_head: None,
        edits: &[edit(&snapshot, "CLAUDE.md", Some("new\n"))],
        message: MESSAGE,
        author: ("Lessonbook", "lessonbook@localhost"),
        time: FIRST_COMMIT,
    };
    created(&local.propose(&change).expect("proposed"));
}

#[test]
fn a_second_run_writes_nothing_at_all() {
    let sandbox = Sandbox::new();
    app(&sandbox);
    created(&propose(&sandbox, "app", "CLAUDE.md", "new\n"));
    let before = sandbox.files("app");
    let snapshot = snapshot(&sandbox, "app");
    let edits = [edit(&snapshot, "CLAUDE.md", Some("new\n"))];
    let head = snapshot.branch.as_ref().map(|branch| branch.head.as_str());
    // Another message, author and time are no reason to write.
    let outcome = open(&sandbox, "app").propose(&BranchUpdate {
        branch: BRANCH,
        base: &snapshot.base,
        expected_head: head,
        edits: &edits,
        message: "Other\n\nLessonbook: acme 0123456789ab\n",
        author: ("Eve", "eve@example.com"),
        time: 1,
    });
    assert_eq!(outcome, Ok(WriteOutcome::Unchanged));
    assert!(sandbox.files("app") == before, "something was written");
}

#[test]
fn a_refused_change_writes_nothing_at_all() {
    let sandbox = Sandbox::new();
    app(&sandbox);
    sandbox.git("app", &["symbolic-ref", "HEAD", "refs/heads/lessonbook/acme"]);
    let before = sandbox.files("app");
    let snapshot = snapshot(&sandbox, "app");
    let edits = [edit(&snapshot, "CLAUDE.md", Some("new\n"))];
    assert!(try_propose(&sandbox, "app", &snapshot, &edits).is_err());
    assert!(sandbox.files("app") == before, "something was written");
}

#[test]
fn nothing_to_say_creates_no_branch_and_takes_an_old_one_away() {
    let sandbox = Sandbox::new();
    app(&sandbox);
    let before = sandbox.files("app");
    assert_eq!(
        propose(&sandbox, "app", "CLAUDE.md", "# App\n"),
        WriteOutcome::Unchanged
    );
    assert!(sandbox.files("app") == before, "something was written");
    created(&propose(&sandbox, "app", "CLAUDE.md", "new\n"));
    assert_eq!(
        propose(&sandbox, "app", "CLAUDE.md", "# App\n"),
        WriteOutcome::Removed
    );
    assert_eq!(sandbox.git("app", &["branch", "--list", "lessonbook/*"]), "");
}

#[test]
fn a_base_that_moved_since_the_snapshot_is_refused() {
    let sandbox = Sandbox::new();
    app(&sandbox);
    let old = snapshot(&sandbox, "app");
    sandbox.commit("app", "Meanwhile");
    let edits = [edit(&old, "CLAUDE.md", Some("new\n"))];
    let finding = try_propose(&sandbox, "app", &old, &edits).expect_err("refused");
    assert_eq!(code(&finding), "base-moved");
    assert!(finding.message.contains("`main`"), "{}", finding.message);
    assert_eq!(sandbox.git("app", &["branch", "--list", "lessonbook/*"]), "");
}

#[test]
fn a_branch_that_moved_appeared_or_vanished_since_the_snapshot_is_refused() {
    let sandbox = Sandbox::new();
    app(&sandbox);
    let without = snapshot(&sandbox, "app");
    let edits = [edit(&without, "CLAUDE.md", Some("new\n"))];
    sandbox.git("app", &["branch", BRANCH]);
    let appeared = try_propose(&sandbox, "app", &without, &edits).expect_err("refused");
    let with = snapshot(&sandbox, "app");
    sandbox.git("app", &["branch", "--delete", BRANCH]);
    let vanished = try_propose(&sandbox, "app", &with, &edits).expect_err("refused");
    created(&propose(&sandbox, "app", "CLAUDE.md", "meanwhile\n"));
    let moved = try_propose(&sandbox, "app", &with, &edits).expect_err("refused");
    let head = with.branch.expect("our branch").head;
    let kept = open(&sandbox, "app")
        .remove_branch(BRANCH, &head)
        .expect_err("refused");
    for finding in [appeared, vanished, moved, kept] {
        assert_eq!(code(&finding), "base-moved");
        assert!(
            finding.message.contains("`lessonbook/acme`"),
            "{}",
            finding.message
        );
    }
}

#[test]
fn of_many_at_once_one_creates_the_branch_and_the_others_are_told() {
    let sandbox = Sandbox::new();
    app(&sandbox);
    let snapshot = snapshot(&sandbox, "app");
    let path = sandbox.path("app");
    let start = std::sync::Barrier::new(8);
    let outcomes: Vec<Result<WriteOutcome, Finding>> = std::thread::scope(|scope| {
        let (snapshot, path, start) = (&snapshot, &path, &start);
        let threads: Vec<_> = (0..8)
            .map(|n| {
                scope.spawn(move || {
                    let local = LocalRepository::open(path, "app")?;
                    let edits = [edit(snapshot, "CLAUDE.md", Some(&format!("{n}\n")))];
                    start.wait();
                    local.propose(&BranchUpdate {
                        branch: BRANCH,
                        base: &snapshot.base,
                        expected_head: None,
                        edits: &edits,
                        message: MESSAGE,
                        author: ("Lessonbook", "lessonbook@localhost"),
                        time: FIRST_COMMIT,
                    })
                })
            })
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().expect("joined"))
            .collect()
    });
    let made: Vec<&str> = outcomes.iter().flatten().map(created).collect();
    assert_eq!(made, [sandbox.git("app", &["rev-parse", BRANCH])]);
    for finding in outcomes.iter().filter_map(|outcome| outcome.as_ref().err()) {
        assert!(
            ["base-moved", "repository-unwritable"].contains(&code(finding)),
            "{finding:?}"
        );
    }
}

#[test]
fn a_lock_of_another_git_is_no_move() {
    let sandbox = Sandbox::new();
    app(&sandbox);
    created(&propose(&sandbox, "app", "CLAUDE.md", "one\n"));
    sandbox.write("app/.git/refs/heads/lessonbook/acme.lock", "");
    let snapshot = snapshot(&sandbox, "app");
    let edits = [edit(&snapshot, "CLAUDE.md", Some("two\n"))];
    let finding = try_propose(&sandbox, "app", &snapshot, &edits).expect_err("refused");
    assert_eq!(code(&finding), "repository-unwritable");
    assert!(finding.help.expect("a way out").contains(".lock"));
}

#[test]
fn a_removed_branch_is_gone_also_when_it_was_packed() {
    let sandbox = Sandbox::new();
    app(&sandbox);
    let outcome = propose(&sandbox, "app", "CLAUDE.md", "new\n");
    sandbox.git("app", &["pack-refs", "--all"]);
    let local = open(&sandbox, "app");
    assert_eq!(
        local.remove_branch(BRANCH, created(&outcome)),
        Ok(WriteOutcome::Removed)
    );
    assert_eq!(
        sandbox.git("app", &["for-each-ref", "--format=%(refname)"]),
        "refs/heads/main"
    );
    assert_eq!(sandbox.git("app", &["fsck", "--strict", "--no-dangling"]), "");
    created(&propose(&sandbox, "app", "CLAUDE.md", "again\n"));
}

#[test]
fn a_packed_branch_is_moved() {
    let sandbox = Sandbox::new();
    app(&sandbox);
    created(&propose(&sandbox, "app", "CLAUDE.md", "one\n"));
    sandbox.git("app", &["pack-refs", "--all"]);
    let WriteOutcome::Updated { commit } = propose(&sandbox, "app", "CLAUDE.md", "two\n") else {
        panic!("not updated");
    };
    assert_eq!(sandbox.git("app", &["rev-parse", BRANCH]), commit);
    assert_eq!(
        sandbox.git("app", &["rev-list", "--count", "main..lessonbook/acme"]),
        "1"
    );
}

#[test]
fn the_executable_bit_is_kept() {
    let sandbox = Sandbox::new();
    app(&sandbox);
    sandbox.git("app", &["update-index", "--chmod=+x", "CLAUDE.md"]);
    sandbox.git("app", &["commit", "--quiet", "-m", "Odd"]);
    created(&propose(&sandbox, "app", "CLAUDE.md", "new\n"));
    let listed = sandbox.git("app", &["ls-tree", BRANCH, "CLAUDE.md"]);
    assert!(listed.starts_with("100755 blob"), "{listed}");
}

#[test]
fn a_deleted_file_takes_its_emptied_folders_along() {
    let sandbox = Sandbox::new();
    app(&sandbox);
    let snapshot = snapshot(&sandbox, "app");
    let edits = [
        edit(&snapshot, "docs/deep/only.md", None),
        edit(&snapshot, "new/dir/x.md", Some("x")),
    ];
    created(&try_propose(&sandbox, "app", &snapshot, &edits).expect("proposed"));
    assert_eq!(
        sandbox.git("app", &["ls-tree", "-r", "-t", "--name-only", BRANCH]),
        "CLAUDE.md\nnew\nnew/dir\nnew/dir/x.md\nsrc\nsrc/a.py"
    );
    assert_eq!(sandbox.git("app", &["fsck", "--strict", "--no-dangling"]), "");
}

#[test]
fn empty_files_and_empty_repositories_are_whole() {
    let sandbox = Sandbox::new();
    sandbox.repository("app", &[("CLAUDE.md", "# App\n")]);
    created(&propose(&sandbox, "app", "CLAUDE.md", ""));
    assert_eq!(sandbox.git("app", &["fsck", "--strict", "--no-dangling"]), "");
    let snapshot = snapshot(&sandbox, "app");
    let edits = [edit(&snapshot, "CLAUDE.md", None)];
    let outcome = try_propose(&sandbox, "app", &snapshot, &edits);
    assert!(matches!(outcome, Ok(WriteOutcome::Updated { .. })));
    assert_eq!(sandbox.git("app", &["fsck", "--strict", "--no-dangling"]), "");
    assert_eq!(sandbox.git("app", &["ls-tree", BRANCH]), "");
    let bare = ["clone", "--quiet", "--bare", "--no-local", "app", "copy.git"];
    sandbox.git(".", &bare);
}

#[test]
fn bytes_are_written_as_they_are() {
    let sandbox = Sandbox::new();
    app(&sandbox);
    sandbox.write("app/.gitattributes", "* text eol=crlf\n*.md filter=lfs\n");
    sandbox.git("app", &["config", "core.autocrlf", "true"]);
    sandbox.commit("app", "Attributes");
    let snapshot = snapshot(&sandbox, "app");
    let bytes = b"\xef\xbb\xbfa\r\nb\n\xff\xfe\x00 end".to_vec();
    let mut change = edit(&snapshot, "CLAUDE.md", Some(""));
    change.after.as_mut().expect("a state").bytes = (&bytes).into();
    created(&try_propose(&sandbox, "app", &snapshot, &[change]).expect("proposed"));
    let written = sandbox.try_git("app", &["cat-file", "blob", "lessonbook/acme:CLAUDE.md"]);
    assert_eq!(written.stdout, bytes);
}

#[test]
fn a_file_that_is_not_what_the_plan_saw_is_refused() {
    let sandbox = Sandbox::new();
    app(&sandbox);
    let snapshot = snapshot(&sandbox, "app");
    let mut other_bytes = edit(&snapshot, "CLAUDE.md", Some("new\n"));
    other_bytes.before.as_mut().expect("a state").bytes = b"other".into();
    let mut other_mode = edit(&snapshot, "CLAUDE.md", Some("new\n"));
    other_mode.before.as_mut().expect("a state").mode = Mode::Executable;
    let mut new_over_old = edit(&snapshot, "CLAUDE.md", Some("new\n"));
    new_over_old.before = None;
    let mut old_over_new = edit(&snapshot, "AGENTS.md", Some("new\n"));
    old_over_new.before.clone_from(&other_bytes.before);
    for change in [other_bytes, other_mode, new_over_old, old_over_new] {
        let finding = try_propose(&sandbox, "app", &snapshot, &[change]).expect_err("refused");
        assert_eq!(code(&finding), "base-moved");
        assert!(
            finding.message.contains(".md` does not hold"),
            "{}",
            finding.message
        );
    }
}

#[test]
fn paths_that_leave_the_repository_or_are_gits_own_are_refused() {
    let sandbox = Sandbox::new();
    app(&sandbox);
    let snapshot = snapshot(&sandbox, "app");
    for path in [
        "../x.md",
        "a/../../x.md",
        "/etc/x.md",
        ".git/x.md",
        "sub/.GIT/x.md",
        "a\\b.md",
        "c:x.md",
        "a//b.md",
        "",
    ] {
        let edits = [
            edit(&snapshot, "CLAUDE.md", Some("new\n")),
            edit(&snapshot, path, Some("x")),
        ];
        let finding = try_propose(&sandbox, "app", &snapshot, &edits).expect_err("refused");
        assert_eq!(code(&finding), "outside-writable-area", "{path}");
    }
    assert_eq!(sandbox.git("app", &["branch", "--list", "lessonbook/*"]), "");
}

#[test]
fn a_path_that_is_taken_by_something_else_is_refused() {
    let sandbox = Sandbox::new();
    app(&sandbox);
    sandbox.repository("inner", &[("x", "")]);
    sandbox.git("app", &["submodule", "--quiet", "add", "../inner", "module"]);
    std::os::unix::fs::symlink("docs", sandbox.path("app/linked")).expect("a link");
    sandbox.commit("app", "More");
    let snapshot = snapshot(&sandbox, "app");
    for path in [
        "CLAUDE.md/x.md",
        "module/x.md",
        "linked/x.md",
        "docs/deep/only.md/x/y.md",
        "docs",
        "docs/deep",
    ] {
        let new = FileState {
            mode: Mode::File,
            bytes: b"x".into(),
        };
        let change = Edit {
            path: path.into(),
            before: None,
            after: Some(new),
        };
        let finding = try_propose(&sandbox, "app", &snapshot, &[change]).expect_err("refused");
        assert_eq!(code(&finding), "entry-point-blocked", "{path}");
    }
    for path in ["linked", "module"] {
        let change = Edit {
            path: path.into(),
            before: None,
            after: None,
        };
        let finding = try_propose(&sandbox, "app", &snapshot, &[change]).expect_err("refused");
        assert_eq!(code(&finding), "entry-point-blocked", "{path}");
    }
    for (one, other) in [("a.md", "a.md"), ("a", "a/b.md")] {
        let edits = [edit(&snapshot, one, Some("1")), edit(&snapshot, other, Some("2"))];
        let finding = try_propose(&sandbox, "app", &snapshot, &edits).expect_err("refused");
        assert_eq!(code(&finding), "entry-point-blocked", "{one} and {other}");
    }
}

#[test]
fn only_branches_of_our_own_are_written() {
    let sandbox = Sandbox::new();
    app(&sandbox);
    let snapshot = snapshot(&sandbox, "app");
    let local = open(&sandbox, "app");
    for branch in [
        "main",
        "lessonbook/",
        "lessonbook/../main",
        "refs/heads/main",
        "lessonbook/a b",
    ] {
        let finding = local
            .remove_branch(branch, &snapshot.base.commit)
            .expect_err("refused");
        assert_eq!(code(&finding), "outside-writable-area", "{branch}");
    }
}

#[test]
fn objects_that_exist_are_not_written_again() {
    let sandbox = Sandbox::new();
    app(&sandbox);
    let objects = || {
        let files = sandbox.files("app").into_keys();
        files
            .filter(|path| path.to_string_lossy().contains("/objects/"))
            .count()
    };
    let before = objects();
    // The bytes of another file, at the root: one tree and one commit are new.
    created(&propose(&sandbox, "app", "CLAUDE.md", "a\n"));
    assert_eq!(objects(), before + 2);
}

#[test]
fn the_program_runs_in_a_clean_environment() {
    let sandbox = Sandbox::new();
    let run = sandbox.run(&["--version"]);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
}
