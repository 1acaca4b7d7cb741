//! Which commits on our branch are ours: only those that are still as we wrote them.

use super::*;

/// A repository with our proposal, and our branch checked out.
fn reviewed(sandbox: &Sandbox) {
    sandbox.repository("app", &[("CLAUDE.md", "# App\n")]);
    created(&propose(sandbox, "app", "CLAUDE.md", "# App\n\nLessons.\n"));
    sandbox.git("app", &["checkout", "--quiet", BRANCH]);
}

/// What a person does on our branch stays there, and the next proposal is refused with that commit's name.
fn is_a_persons(what: &str, act: impl FnOnce(&Sandbox)) {
    let sandbox = Sandbox::new();
    reviewed(&sandbox);
    act(&sandbox);
    sandbox.git("app", &["checkout", "--quiet", "--force", "main"]);
    let before = sandbox.git("app", &["for-each-ref"]);
    let snapshot = snapshot(&sandbox, "app");
    let branch = snapshot.branch.as_ref().expect("our branch");
    assert!(!branch.ours && !branch.foreign.is_empty(), "{what}: {branch:?}");
    let edits = [edit(&snapshot, "CLAUDE.md", Some("other\n"))];
    let finding = try_propose(&sandbox, "app", &snapshot, &edits).expect_err(what);
    assert_eq!(code(&finding), "branch-foreign", "{what}");
    assert!(
        finding.message.contains("a person made or changed"),
        "{finding:?}"
    );
    assert_eq!(sandbox.git("app", &["for-each-ref"]), before, "{what}");
}

fn amend(sandbox: &Sandbox, more: &[&str]) {
    let args = [&["commit", "--quiet", "--all", "--amend"], more].concat();
    sandbox.git("app", &args);
}

#[test]
fn an_amended_commit_is_a_persons() {
    let better = "# App\n\nLessons, better.\n";
    is_a_persons("other content", |sandbox| {
        sandbox.write("app/CLAUDE.md", better);
        amend(sandbox, &["--no-edit"]);
    });
    is_a_persons("other content, --reset-author", |sandbox| {
        sandbox.write("app/CLAUDE.md", better);
        amend(sandbox, &["--no-edit", "--reset-author"]);
    });
    is_a_persons("another file, in our name", |sandbox| {
        sandbox.write("app/notes.md", "mine\n");
        sandbox.git("app", &["add", "--all"]);
        sandbox.git("app", &["config", "user.name", "Lessonbook"]);
        sandbox.git("app", &["config", "user.email", "lessonbook@localhost"]);
        amend(sandbox, &["--no-edit"]);
    });
    is_a_persons("the executable bit", |sandbox| {
        sandbox.git("app", &["update-index", "--chmod=+x", "CLAUDE.md"]);
        sandbox.git("app", &["commit", "--quiet", "--amend", "--no-edit"]);
    });
    is_a_persons("the same content", |sandbox| {
        amend(sandbox, &["--no-edit", "--reset-author"]);
    });
    is_a_persons("other words", |sandbox| {
        let message = sandbox.git("app", &["log", "-1", "--format=%B"]);
        amend(sandbox, &["-m", &message.replace("an outage", "two outages")]);
    });
}

#[test]
fn a_squashed_rebased_or_copied_commit_is_a_persons() {
    is_a_persons("a fixup that was squashed into ours", |sandbox| {
        let message = sandbox.git("app", &["log", "-1", "--format=%B"]);
        sandbox.write("app/CLAUDE.md", "mine\n");
        sandbox.commit("app", "Fix");
        sandbox.git("app", &["reset", "--quiet", "--soft", "main"]);
        sandbox.git("app", &["commit", "--quiet", "-m", &message]);
    });
    is_a_persons("merge --squash of another branch", |sandbox| {
        let message = sandbox.git("app", &["log", "-1", "--format=%B"]);
        sandbox.git("app", &["checkout", "--quiet", "-b", "side", "main"]);
        sandbox.write("app/side", "mine\n");
        sandbox.commit("app", "Side");
        sandbox.git("app", &["checkout", "--quiet", BRANCH]);
        sandbox.git("app", &["merge", "--quiet", "--squash", "side"]);
        sandbox.git("app", &["commit", "--quiet", "-m", &message]);
    });
    is_a_persons("a rebase onto a newer base", |sandbox| {
        sandbox.git("app", &["checkout", "--quiet", "main"]);
        sandbox.write("app/newer", "");
        sandbox.commit("app", "Newer");
        sandbox.git("app", &["checkout", "--quiet", BRANCH]);
        sandbox.git("app", &["rebase", "--quiet", "main"]);
    });
    is_a_persons("a cherry-pick onto a newer base", |sandbox| {
        let ours = sandbox.git("app", &["rev-parse", BRANCH]);
        sandbox.git("app", &["checkout", "--quiet", "main"]);
        sandbox.write("app/newer", "");
        sandbox.commit("app", "Newer");
        sandbox.git("app", &["checkout", "--quiet", "-B", BRANCH, "main"]);
        sandbox.git("app", &["cherry-pick", &ours]);
    });
    is_a_persons("the base merged into it", |sandbox| {
        sandbox.git("app", &["checkout", "--quiet", "main"]);
        sandbox.write("app/newer", "");
        sandbox.commit("app", "Newer");
        sandbox.git("app", &["checkout", "--quiet", BRANCH]);
        sandbox.git("app", &["merge", "--quiet", "-m", "Merge", "main"]);
    });
    is_a_persons(
        "our trailer without a digest, as an older version wrote it",
        |sandbox| {
            sandbox.git("app", &["checkout", "--quiet", "-B", BRANCH, "main"]);
            sandbox.write("app/CLAUDE.md", "older\n");
            sandbox.commit("app", MESSAGE);
        },
    );
}

#[test]
fn a_rebased_proposal_that_says_what_we_would_say_needs_nothing() {
    let sandbox = Sandbox::new();
    reviewed(&sandbox);
    amend(&sandbox, &["--no-edit", "--reset-author"]);
    sandbox.git("app", &["checkout", "--quiet", "main"]);
    let outcome = propose(&sandbox, "app", "CLAUDE.md", "# App\n\nLessons.\n");
    assert_eq!(outcome, WriteOutcome::Unchanged);
}

#[test]
fn our_commit_stays_ours_in_a_clone_after_a_repack_and_with_the_base_moved_on() {
    let sandbox = Sandbox::new();
    reviewed(&sandbox);
    sandbox.git("app", &["checkout", "--quiet", "main"]);
    sandbox.write("app/newer", "");
    sandbox.commit("app", "Newer");
    sandbox.git("app", &["gc", "--quiet"]);
    sandbox.git(".", &["clone", "--quiet", "--mirror", "app", "mirror.git"]);
    for path in ["app", "mirror.git"] {
        assert!(
            snapshot(&sandbox, path).branch.expect("our branch").ours,
            "{path}"
        );
    }
    let outcome = propose(&sandbox, "app", "CLAUDE.md", "other\n");
    assert!(matches!(outcome, WriteOutcome::Updated { .. }));
}
