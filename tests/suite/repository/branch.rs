//! The state of our branch.

use super::*;
use lessonbook_base::snapshot::Branch;

/// A repository with our branch on it.
fn with_branch(sandbox: &Sandbox) {
    sandbox.repository("app", &[("CLAUDE.md", "# App\n"), ("a", "a\n")]);
    created(&propose(sandbox, "app", "CLAUDE.md", "# App\n\nLessons.\n"));
}

fn branch(sandbox: &Sandbox) -> Branch {
    snapshot(sandbox, "app").branch.expect("our branch")
}

/// Proposes other text and gives the finding that refuses it; nothing may have moved.
fn refused(sandbox: &Sandbox) -> Finding {
    let before = sandbox.git("app", &["for-each-ref"]);
    let snapshot = snapshot(sandbox, "app");
    let edits = [edit(&snapshot, "CLAUDE.md", Some("other\n"))];
    let finding = try_propose(sandbox, "app", &snapshot, &edits).expect_err("it was written");
    assert_eq!(sandbox.git("app", &["for-each-ref"]), before);
    finding
}

#[test]
fn a_commit_of_somebody_else_makes_the_branch_foreign() {
    let sandbox = Sandbox::new();
    with_branch(&sandbox);
    sandbox.git("app", &["worktree", "add", "--quiet", "../side", BRANCH]);
    sandbox.write("side/b", "b\n");
    let theirs = sandbox.commit("side", "Fix\u{1b}[31m a typo");
    sandbox.git("app", &["worktree", "remove", "../side"]);

    let found = branch(&sandbox);
    assert!(!found.ours);
    assert_eq!(
        found.foreign,
        [format!("{} Fix?[31m a typo (Dana)", &theirs[..7])]
    );
    assert_eq!(found.touched, ["CLAUDE.md", "b"]);
    assert_eq!(found.digest, None);
    let finding = refused(&sandbox);
    assert_eq!(code(&finding), "branch-foreign");
    assert!(finding.message.contains("a typo (Dana)"), "{}", finding.message);
}

#[test]
fn the_trailer_of_another_store_is_foreign() {
    let sandbox = Sandbox::new();
    sandbox.repository("app", &[("CLAUDE.md", "# App\n")]);
    sandbox.git("app", &["checkout", "--quiet", "-b", BRANCH]);
    sandbox.commit("app", "Add\n\nLessonbook: acme-two 12ab");
    sandbox.git("app", &["checkout", "--quiet", "main"]);
    assert!(!branch(&sandbox).ours);
}

#[test]
fn only_twenty_foreign_commits_are_listed() {
    let sandbox = Sandbox::new();
    sandbox.repository("app", &[("CLAUDE.md", "# App\n")]);
    sandbox.git("app", &["checkout", "--quiet", "-b", BRANCH]);
    for n in 0..23 {
        sandbox.commit("app", &format!("Commit {n}"));
    }
    sandbox.git("app", &["checkout", "--quiet", "main"]);
    let foreign = branch(&sandbox).foreign;
    assert_eq!(foreign.len(), 21);
    assert!(foreign[0].contains("Commit 22"));
    assert_eq!(foreign[20], "and 3 more");
}

#[test]
fn a_merged_branch_is_detected_also_after_more_commits() {
    let sandbox = Sandbox::new();
    with_branch(&sandbox);
    assert!(!branch(&sandbox).merged);
    sandbox.git("app", &["merge", "--quiet", "--no-ff", "-m", "Merge", BRANCH]);
    for _ in 0..2 {
        let found = branch(&sandbox);
        assert!(found.merged && found.ours);
        assert_eq!(found.touched, [""; 0]);
        sandbox.commit("app", "More");
    }
}

#[test]
fn a_branch_that_only_points_into_the_base_can_be_used() {
    let sandbox = Sandbox::new();
    sandbox.repository("app", &[("CLAUDE.md", "# App\n")]);
    sandbox.git("app", &["branch", BRANCH]);
    let found = branch(&sandbox);
    assert!(found.ours && found.merged && found.digest.is_none());
    let outcome = propose(&sandbox, "app", "CLAUDE.md", "new\n");
    assert!(matches!(outcome, WriteOutcome::Updated { .. }));
}

#[test]
fn a_squashed_or_rebased_branch_is_still_ours() {
    let sandbox = Sandbox::new();
    with_branch(&sandbox);
    sandbox.git("app", &["merge", "--quiet", "--squash", BRANCH]);
    sandbox.commit("app", "Lessons (#1)");
    let found = branch(&sandbox);
    assert!(found.ours && !found.merged);
    assert_eq!(found.touched, ["CLAUDE.md"]);
}

#[test]
fn a_branch_without_common_history_is_foreign() {
    let sandbox = Sandbox::new();
    sandbox.repository("app", &[("CLAUDE.md", "# App\n")]);
    sandbox.git("app", &["checkout", "--quiet", "--orphan", BRANCH]);
    sandbox.commit("app", "Other");
    sandbox.git("app", &["checkout", "--quiet", "main"]);
    let found = branch(&sandbox);
    assert!(!found.ours && !found.merged);
    assert_eq!(found.touched, ["CLAUDE.md"]);
}

#[test]
fn renames_of_folders_are_listed_file_by_file() {
    let sandbox = Sandbox::new();
    sandbox.repository(
        "app",
        &[("a/x", "x"), ("a/y/z", "z"), ("b", "b"), ("same/s", "s")],
    );
    sandbox.git("app", &["checkout", "--quiet", "-b", BRANCH]);
    sandbox.git("app", &["mv", "a", "c"]);
    sandbox.git("app", &["rm", "--quiet", "b"]);
    sandbox.write("app/b/now-a-folder", "");
    sandbox.commit("app", "Move\n\nLessonbook: acme 12ab");
    sandbox.git("app", &["checkout", "--quiet", "main"]);
    let touched = branch(&sandbox).touched;
    assert_eq!(touched, ["a/x", "a/y/z", "b", "b/now-a-folder", "c/x", "c/y/z"]);
}

#[test]
fn a_checked_out_branch_is_not_moved() {
    let sandbox = Sandbox::new();
    with_branch(&sandbox);
    sandbox.git("app", &["checkout", "--quiet", BRANCH]);
    let main = sandbox.path("app").display().to_string();
    assert_eq!(branch(&sandbox).checked_out, Some(main));
    assert_eq!(code(&refused(&sandbox)), "branch-checked-out");
    // What needs no write is no reason to complain.
    let outcome = propose(&sandbox, "app", "CLAUDE.md", "# App\n\nLessons.\n");
    assert_eq!(outcome, WriteOutcome::Unchanged);

    sandbox.git("app", &["checkout", "--quiet", "main"]);
    sandbox.git("app", &["worktree", "add", "--quiet", "../side", BRANCH]);
    let side = sandbox.path("side").display().to_string();
    assert_eq!(branch(&sandbox).checked_out, Some(side));
    assert_eq!(code(&refused(&sandbox)), "branch-checked-out");
    let head = branch(&sandbox).head;
    let finding = open(&sandbox, "app")
        .remove_branch(BRANCH, &head)
        .expect_err("refused");
    assert_eq!(code(&finding), "branch-checked-out");

    // A work tree that was deleted without telling git has nothing to lose.
    std::fs::remove_dir_all(sandbox.path("side")).expect("removed");
    assert_eq!(branch(&sandbox).checked_out, None);
    let outcome = propose(&sandbox, "app", "CLAUDE.md", "other\n");
    assert!(matches!(outcome, WriteOutcome::Updated { .. }));
}

#[test]
fn a_branch_that_is_being_rebased_or_bisected_is_not_moved() {
    let sandbox = Sandbox::new();
    with_branch(&sandbox);
    sandbox.write("app/CLAUDE.md", "conflict\n");
    sandbox.commit("app", "Conflict");
    sandbox.git("app", &["checkout", "--quiet", BRANCH]);
    assert!(!sandbox.try_git("app", &["rebase", "main"]).status.success());
    assert!(branch(&sandbox).checked_out.is_some(), "a rebase");
    sandbox.git("app", &["rebase", "--abort"]);
    sandbox.git("app", &["bisect", "start", "HEAD", "main^"]);
    sandbox.git("app", &["checkout", "--quiet", "--detach", "main"]);
    assert!(branch(&sandbox).checked_out.is_some(), "a bisection");
}

#[test]
fn an_unborn_head_on_our_branch_counts_as_checked_out() {
    let sandbox = Sandbox::new();
    sandbox.repository("app", &[("CLAUDE.md", "# App\n")]);
    sandbox.git("app", &["symbolic-ref", "HEAD", "refs/heads/lessonbook/acme"]);
    assert_eq!(code(&refused(&sandbox)), "branch-checked-out");
}

#[test]
fn an_alias_in_place_of_our_branch_is_not_written_through() {
    let sandbox = Sandbox::new();
    sandbox.repository("app", &[("CLAUDE.md", "# App\n")]);
    sandbox.git(
        "app",
        &["symbolic-ref", "refs/heads/lessonbook/acme", "refs/heads/main"],
    );
    assert_eq!(code(&refused(&sandbox)), "branch-foreign");
}

#[test]
fn a_branch_whose_name_is_in_the_way_is_named() {
    for taken in ["lessonbook", "lessonbook/acme/x"] {
        let sandbox = Sandbox::new();
        sandbox.repository("app", &[("CLAUDE.md", "# App\n")]);
        sandbox.git("app", &["branch", taken]);
        let finding = refused(&sandbox);
        assert_eq!(code(&finding), "branch-foreign");
        assert!(
            finding
                .message
                .contains(&format!("the branch `{taken}` prevents")),
            "{}",
            finding.message
        );
    }
}
