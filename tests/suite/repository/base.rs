//! Which branch is the base.

use super::*;
use lessonbook_base::finding::Level;

fn app(sandbox: &Sandbox) -> String {
    sandbox.repository("app", &[("CLAUDE.md", "# App\n")])
}

fn base(sandbox: &Sandbox, path: &str, wanted: Option<&str>) -> (String, Vec<String>) {
    let snapshot = open(sandbox, path).snapshot(wanted, "acme", &everything);
    let snapshot = snapshot.unwrap_or_else(|finding| panic!("{finding:#?}"));
    for finding in &snapshot.findings {
        assert_eq!((code(finding), finding.level), ("base-unclear", Level::Warning));
    }
    let said = snapshot
        .findings
        .into_iter()
        .map(|finding| finding.message)
        .collect();
    (snapshot.base.branch, said)
}

fn unclear(sandbox: &Sandbox, path: &str, wanted: Option<&str>) -> Finding {
    let finding = open(sandbox, path)
        .snapshot(wanted, "acme", &everything)
        .expect_err("a base was chosen");
    assert_eq!(code(&finding), "base-unclear");
    assert!(finding.is_error());
    finding
}

#[test]
fn the_written_base_wins() {
    let sandbox = Sandbox::new();
    app(&sandbox);
    sandbox.git("app", &["branch", "release/2"]);
    assert_eq!(base(&sandbox, "app", Some("release/2")).0, "release/2");
}

#[test]
fn a_written_base_that_does_not_exist_is_a_finding_with_the_branches_that_do() {
    let sandbox = Sandbox::new();
    app(&sandbox);
    sandbox.git("app", &["branch", "develop"]);
    sandbox.git("app", &["branch", "lessonbook/acme"]);
    for name in [
        "mian",
        "..",
        "a b",
        "",
        "HEAD",
        "refs/heads/main",
        "lessonbook/acme",
    ] {
        let finding = unclear(&sandbox, "app", Some(name));
        let help = finding.help.expect("a way out");
        assert!(help.ends_with("there are `develop`, `main`"), "{name}: {help}");
    }
}

#[test]
fn origins_head_names_the_base_and_its_remote_branch_stands_in_for_a_missing_local_one() {
    let sandbox = Sandbox::new();
    app(&sandbox);
    sandbox.git("app", &["branch", "--move", "main", "trunk"]);
    sandbox.git(".", &["clone", "--quiet", "app", "clone"]);
    sandbox.git("clone", &["branch", "main"]);
    assert_eq!(base(&sandbox, "clone", None), ("trunk".into(), vec![]));
    sandbox.git("clone", &["checkout", "--quiet", "main"]);
    sandbox.git("clone", &["branch", "--delete", "--force", "trunk"]);
    assert_eq!(base(&sandbox, "clone", None), ("trunk".into(), vec![]));
    created(&propose(&sandbox, "clone", "CLAUDE.md", "new\n"));
    assert_eq!(
        sandbox.git("clone", &["rev-parse", &format!("{BRANCH}^")]),
        sandbox.git("app", &["rev-parse", "trunk"])
    );
}

#[test]
fn without_origin_it_is_main_then_master_then_the_branch_that_is_checked_out() {
    let sandbox = Sandbox::new();
    app(&sandbox);
    sandbox.git("app", &["checkout", "--quiet", "-b", "feature"]);
    assert_eq!(base(&sandbox, "app", None), ("main".into(), vec![]));
    sandbox.git("app", &["branch", "--move", "main", "master"]);
    assert_eq!(base(&sandbox, "app", None), ("master".into(), vec![]));
    sandbox.git("app", &["branch", "--delete", "master"]);
    assert_eq!(base(&sandbox, "app", None), ("feature".into(), vec![]));
    sandbox.git("app", &["branch", "other"]);
    let (name, said) = base(&sandbox, "app", None);
    assert_eq!(name, "feature");
    assert_eq!(said, ["`feature` is used as the base because it is checked out"]);
}

#[test]
fn our_own_branch_is_never_the_base() {
    let sandbox = Sandbox::new();
    app(&sandbox);
    sandbox.git("app", &["branch", "--move", "main", "lessonbook/acme"]);
    unclear(&sandbox, "app", None);
}

#[test]
fn main_beside_master_is_in_doubt() {
    let sandbox = Sandbox::new();
    app(&sandbox);
    sandbox.git("app", &["branch", "master"]);
    unclear(&sandbox, "app", None);
    assert_eq!(base(&sandbox, "app", Some("master")).0, "master");
}

#[test]
fn the_head_of_a_bare_repository_settles_it() {
    let sandbox = Sandbox::new();
    app(&sandbox);
    sandbox.git("app", &["branch", "master"]);
    sandbox.git(".", &["clone", "--quiet", "--bare", "app", "bare.git"]);
    sandbox.git("bare.git", &["symbolic-ref", "HEAD", "refs/heads/master"]);
    assert_eq!(base(&sandbox, "bare.git", None), ("master".into(), vec![]));
    sandbox.git("bare.git", &["symbolic-ref", "HEAD", "refs/heads/unborn"]);
    unclear(&sandbox, "bare.git", None);
    sandbox.git("bare.git", &["branch", "--delete", "--force", "master"]);
    assert_eq!(base(&sandbox, "bare.git", None), ("main".into(), vec![]));
}

#[test]
fn a_branch_whose_name_looks_like_a_reference_is_not_taken_for_it() {
    let sandbox = Sandbox::new();
    app(&sandbox);
    sandbox.git("app", &["branch", "--move", "main", "trunk"]);
    sandbox.git("app", &["update-ref", "refs/heads/refs/heads/main", "trunk"]);
    unclear(&sandbox, "app", Some("main"));
}

#[test]
fn a_detached_head_without_main_or_master_is_in_doubt() {
    let sandbox = Sandbox::new();
    app(&sandbox);
    sandbox.git("app", &["branch", "--move", "main", "trunk"]);
    sandbox.git("app", &["checkout", "--quiet", "--detach"]);
    unclear(&sandbox, "app", None);
    sandbox.git("app", &["branch", "--delete", "--force", "trunk"]);
    let finding = unclear(&sandbox, "app", None);
    assert!(finding.help.expect("a way out").contains("no branch yet"));
}

#[test]
fn a_base_behind_origin_or_parted_from_it_is_a_warning_and_one_ahead_is_none() {
    let sandbox = Sandbox::new();
    app(&sandbox);
    sandbox.git(".", &["clone", "--quiet", "app", "clone"]);
    sandbox.write("clone/mine", "");
    sandbox.commit("clone", "Mine");
    assert_eq!(base(&sandbox, "clone", None).1, [""; 0]);
    sandbox.write("app/theirs", "");
    sandbox.commit("app", "Theirs");
    sandbox.git("clone", &["fetch", "--quiet"]);
    assert_eq!(
        base(&sandbox, "clone", None).1,
        ["`main` and `origin/main` have diverged"]
    );
    sandbox.git("clone", &["reset", "--quiet", "--hard", "HEAD^"]);
    assert_eq!(
        base(&sandbox, "clone", None).1,
        ["`main` is behind `origin/main`"]
    );
}

#[test]
fn the_base_has_the_time_of_its_commit() {
    let sandbox = Sandbox::new();
    let commit = app(&sandbox);
    let base = snapshot(&sandbox, "app").base;
    assert_eq!(base.commit, commit);
    let time = sandbox.git("app", &["log", "-1", "--format=%ct"]);
    assert_eq!(base.time.to_string(), time);
}
